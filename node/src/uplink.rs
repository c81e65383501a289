//! The node's own end of the link to its parent: one thread fetches what comes down, one sends what goes up. Each loses
//! nothing when it is stopped at any moment: positions and the outbox are in the database.

use std::time::Duration;

use domain::{Clock as _, SystemClock};
use link::{Backoff, Identity, LinkError, ParentClient};
use store::StoreError;

use crate::node::{Node, ReadError};
use crate::parent::{Parent, save_parent};

/// How long one poll waits for something to come.
const POLL_WAIT: Duration = Duration::from_secs(25);
/// The first wait after a failure, at most.
const FIRST_RETRY: Duration = Duration::from_millis(500);
/// The longest wait after failures.
const LONGEST_RETRY: Duration = Duration::from_mins(1);
/// How long changes are collected before they go up together.
const COLLECTING: Duration = Duration::from_millis(250);
/// How long the sender sleeps when nothing rings. Another process may have queued something.
const IDLE: Duration = Duration::from_secs(5);

/// What one end of the uplink remembers between rounds.
struct Connection {
    parent: Parent,
    client: ParentClient,
}

/// Fetches what comes down until the node stops.
pub(crate) fn fetch(node: &Node) {
    let mut connection = None;
    let mut backoff = Backoff::new(FIRST_RETRY, LONGEST_RETRY);
    while !node.inner.bell.is_stopped() {
        let heard = node.inner.bell.rings();
        match connect(node, &mut connection) {
            Ok(None) => node.inner.bell.wait(heard, IDLE),
            Ok(Some(client)) => match fetch_once(node, client) {
                Ok(()) => backoff.reset(),
                Err(error) => rest(
                    node,
                    &mut backoff,
                    "could not fetch from the parent",
                    &error,
                ),
            },
            Err(error) => rest(node, &mut backoff, "could not prepare the uplink", &error),
        }
    }
}

/// Sends what goes up until the node stops.
pub(crate) fn send(node: &Node) {
    let mut connection = None;
    let mut backoff = Backoff::new(FIRST_RETRY, LONGEST_RETRY);
    while !node.inner.bell.is_stopped() {
        let heard = node.inner.bell.rings();
        match connect(node, &mut connection) {
            Ok(None) => node.inner.bell.wait(heard, IDLE),
            Ok(Some(client)) => match send_round(node, client) {
                Ok(()) => {
                    backoff.reset();
                    node.inner.bell.wait(heard, IDLE);
                    node.inner.bell.rest(COLLECTING);
                }
                Err(error) => rest(node, &mut backoff, "could not send to the parent", &error),
            },
            Err(error) => rest(node, &mut backoff, "could not prepare the uplink", &error),
        }
    }
}

/// Asks for the next certificate when it is time. Being on the parent's roster is what counts, so an expired one can be
/// renewed as well. A job: safe to run at any time.
pub(crate) fn renew(node: &Node) -> Result<(), UplinkError> {
    let Some(parent) = node.find_parent()? else {
        return Ok(());
    };
    let identity = identity_of(node, &parent)?;
    // Certificates carry the machine's time, whatever clock the node goes by.
    if SystemClock.now() < identity.renew_at() {
        return Ok(());
    }
    let client = ParentClient::new(&parent.urls, &parent.authority_pem, &identity)?;
    let renewed = Parent {
        chain_pem: client.renew()?,
        ..parent.clone()
    };
    identity_of(node, &renewed)?;
    node.inner
        .store
        .write(|change| -> Result<_, StoreError> {
            // Unless somebody enrolled anew meanwhile.
            if crate::parent::find_parent(change)?.as_ref() == Some(&parent) {
                save_parent(change, &renewed)?;
            }
            Ok(())
        })
        .map_err(ReadError::from)?;
    tracing::info!(parent = %renewed.organisation, "certificate renewed");
    Ok(())
}

/// Why the uplink did not work this time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UplinkError {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error("use the certificate that the parent issued")]
    Identity(#[from] link::IdentityError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

fn identity_of(node: &Node, parent: &Parent) -> Result<Identity, UplinkError> {
    Ok(Identity::new(node.inner.key.clone(), &parent.chain_pem)?)
}

/// Returns a client for the parent as the database has it now.
fn connect<'a>(
    node: &Node,
    connection: &'a mut Option<Connection>,
) -> Result<Option<&'a ParentClient>, UplinkError> {
    let Some(parent) = node.find_parent()? else {
        *connection = None;
        return Ok(None);
    };
    if connection.as_ref().is_none_or(|c| c.parent != parent) {
        let identity = identity_of(node, &parent)?;
        let client = ParentClient::new(&parent.urls, &parent.authority_pem, &identity)?;
        *connection = Some(Connection { parent, client });
    }
    Ok(connection.as_ref().map(|connection| &connection.client))
}

fn fetch_once(node: &Node, client: &ParentClient) -> Result<(), UplinkError> {
    let after = node.parent_cursor()?;
    let page = client.poll(after, POLL_WAIT)?;
    if page.documents.is_empty() && page.cursor == after {
        return Ok(());
    }
    node.accept_from_parent(&page)?;
    Ok(())
}

fn send_round(node: &Node, client: &ParentClient) -> Result<(), UplinkError> {
    node.make_roll_ups()?;
    loop {
        let outgoing = node.outgoing()?;
        if outgoing.documents.is_empty() || node.inner.bell.is_stopped() {
            return Ok(());
        }
        let answers = client.send(&outgoing.documents)?;
        node.confirm_sent(&outgoing, &answers)?;
    }
}

fn rest(node: &Node, backoff: &mut Backoff, what: &str, error: &UplinkError) {
    let delay = backoff.next_delay();
    let error = domain::chain(error);
    tracing::warn!(error, delay_ms = delay.as_millis(), "{what}");
    node.inner.bell.rest(delay);
}
