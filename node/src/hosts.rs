//! What the pages show about hosts: the list, where each stands with an alert, and what was not examined.

use domain::{AlertId, HostId, HostState, ItemPath, OrganisationId, Outcome, Reason};
use jiff::Timestamp;

use crate::node::{Node, ReadError};

/// One host that an agent runs on.
#[derive(Clone, Debug)]
pub struct HostRow {
    /// Its id.
    pub id: HostId,
    /// Its name for people.
    pub name: String,
    /// The organisation it belongs to: this one, or one hosted here.
    pub organisation: OrganisationId,
    /// When its agent enrolled.
    pub enrolled_at: Timestamp,
    /// When its agent was last heard of.
    pub last_seen_at: Option<Timestamp>,
    /// Whether it was heard of within the time the node waits.
    pub reachable: bool,
}

/// Where one host stands with one alert.
#[derive(Clone, Debug)]
pub struct HostStateRow {
    /// The host.
    pub host: HostRow,
    /// Where it stands, derived from the clock where it has not answered.
    pub state: HostState,
    /// When its agent confirmed that the alert arrived and verified.
    pub received_at: Option<Timestamp>,
    /// When its last report arrived.
    pub answered_at: Option<Timestamp>,
    /// What its last sweep came to.
    pub outcome: Option<Outcome>,
    /// Findings judged confirmed.
    pub confirmed: u64,
    /// Findings judged suspicious.
    pub suspicious: u64,
    /// Findings for context.
    pub context: u64,
    /// Files now in its vault.
    pub isolated: u64,
    /// Items not examined that leave a gap.
    pub not_examined: u64,
}

/// What one host did not examine, for one reason.
#[derive(Clone, Debug)]
pub struct NotExaminedRow {
    /// The host; absent for a report that was handed in by form.
    pub host: Option<HostId>,
    /// Its name for people.
    pub host_name: String,
    /// Its organisation.
    pub organisation: OrganisationId,
    /// Why.
    pub reason: Reason,
    /// How many items.
    pub count: u64,
    /// Some of them.
    pub examples: Vec<ItemPath>,
}

impl Node {
    /// Lists the hosts that belong to this node, by name.
    pub fn list_hosts(&self) -> Result<Vec<HostRow>, ReadError> {
        unimplemented!()
    }

    /// Returns one host.
    pub fn find_host(&self, _host: HostId) -> Result<Option<HostRow>, ReadError> {
        unimplemented!()
    }

    /// Lists where each host stands with `alert`, worst first.
    pub fn host_states(&self, _alert: AlertId) -> Result<Vec<HostStateRow>, ReadError> {
        unimplemented!()
    }

    /// Lists what was not examined for `alert`, what leaves a gap first.
    pub fn list_not_examined(&self, _alert: AlertId) -> Result<Vec<NotExaminedRow>, ReadError> {
        unimplemented!()
    }
}
