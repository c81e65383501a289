//! A node at work: the server for its children, the uplink to its parent, and its jobs.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use link::{Limits, ServeError, Server, ServerSettings};
use thiserror::Error;

use crate::config::host_of;
use crate::node::{Node, ReadError, Touches};
use crate::uplink;

/// How often the node looks for what other processes have committed: the command line issues and invites this way.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How often what only the clock changes is looked at, in looks.
const CLOCK_EVERY: u64 = 8;
/// How often catalogue and certificate are looked at, in looks.
const UPKEEP_EVERY: u64 = 8;
/// How often it is written down who was heard of at most, in looks.
const SEEN_EVERY_MAX: u64 = 120;

/// Why a node does not run.
#[derive(Debug, Error)]
pub enum RunError {
    /// The server for its children does not start.
    #[error("serve the node's children")]
    Serve(#[from] ServeError),
    /// A thread could not be started.
    #[error("start a thread")]
    Thread(#[from] io::Error),
}

/// Runs the node until `stop` is ready. It may also be killed at any moment: what it has answered is on disk. A node that
/// was stopped is opened anew to run again.
pub async fn run(node: Node, stop: impl Future<Output = ()> + Send) -> Result<(), RunError> {
    let config = node.config();
    let names = config
        .link_urls
        .iter()
        .filter_map(|url| host_of(url))
        .map(str::to_owned)
        .collect();
    let server = Server::bind(ServerSettings {
        address: config.link_address,
        names,
        key: node.inner.key.clone(),
        authority: Arc::clone(&node.inner.authority),
        inbox: Arc::new(node.clone()),
        limits: Limits::default(),
    })
    .await?;
    tracing::info!(address = %server.local_address(), organisation = %node.organisation(), "serving children");
    // Threads and not tasks: they block, and nobody has to wait for the end of a poll when the node stops.
    start(&node, "jobs", work)?;
    start(&node, "fetch", uplink::fetch)?;
    start(&node, "send", uplink::send)?;
    server.run(stop).await;
    node.inner.bell.stop();
    log_failure("write down who was heard of", node.save_seen());
    Ok(())
}

fn start(node: &Node, name: &str, life: fn(&Node)) -> io::Result<()> {
    let node = node.clone();
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || life(&node))?;
    Ok(())
}

/// Does what comes back, until the node stops.
fn work(node: &Node) {
    let mut stamp = node.inner.store.change_stamp().ok();
    let seen_every = seen_every(node.config().unreachable_after);
    let mut looks: u64 = 0;
    while !node.inner.bell.is_stopped() {
        let now = node.inner.store.change_stamp().ok();
        if now != stamp {
            stamp = now;
            node.announce(Touches::Feeds);
        }
        if looks.is_multiple_of(CLOCK_EVERY) {
            log_failure("look at the clock", node.mark_roll_ups_by_clock());
        }
        if looks.is_multiple_of(seen_every) {
            log_failure("write down who was heard of", node.save_seen());
        }
        if looks.is_multiple_of(UPKEEP_EVERY) {
            keep_up(node);
        }
        looks = looks.wrapping_add(1);
        node.inner.bell.rest(LOOK_EVERY);
    }
}

fn keep_up(node: &Node) {
    if let Err(error) = node.refresh_catalogue() {
        tracing::error!(
            error = domain::chain(&error),
            "could not refresh the catalogue"
        );
    }
    if let Err(error) = uplink::renew(node) {
        tracing::warn!(
            error = domain::chain(&error),
            "could not renew the certificate"
        );
    }
}

/// Who was heard of must be on disk well before silence counts, for other processes and for the time after a crash.
fn seen_every(unreachable_after: Duration) -> u64 {
    let quarter = unreachable_after.as_millis() / 4 / LOOK_EVERY.as_millis();
    u64::try_from(quarter)
        .unwrap_or(SEEN_EVERY_MAX)
        .clamp(1, SEEN_EVERY_MAX)
}

fn log_failure(what: &str, result: Result<(), ReadError>) {
    if let Err(error) = result {
        tracing::error!(error = domain::chain(&error), "could not {what}");
    }
}
