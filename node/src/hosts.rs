//! What the pages show about hosts: the list, where each stands with an alert, and what was not examined.

use domain::{AlertId, HostId, HostState, ItemPath, OrganisationId, Outcome, Reason};
use jiff::Timestamp;

use link::Peer;
use store::{SelfTestCounts, StoreError};

use crate::node::{Node, ReadError};
use crate::standing::StandingOfHost;

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
    /// Which checks proved themselves there, where its report says so.
    pub self_test: Option<SelfTestCounts>,
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
        Ok(self.inner.store.read(|view| -> Result<_, StoreError> {
            let rows = view.list_hosts()?;
            Ok(rows.into_iter().map(|row| self.shown(row)).collect())
        })?)
    }

    /// Returns one host.
    pub fn find_host(&self, host: HostId) -> Result<Option<HostRow>, ReadError> {
        let row = self.inner.store.read(|view| view.find_host(host))?;
        Ok(row
            .filter(|row| row.removed_at.is_none())
            .map(|row| self.shown(row)))
    }

    /// Lists where each host stands with `alert`, worst first: found, then unreachable, incomplete, pending, refused and
    /// complete.
    pub fn host_states(&self, alert: AlertId) -> Result<Vec<HostStateRow>, ReadError> {
        let standings = self
            .inner
            .store
            .read(|view| self.standings_of_hosts(view, alert))?;
        let mut rows: Vec<HostStateRow> = standings
            .into_iter()
            .map(|standing| self.shown_state(standing))
            .collect();
        rows.sort_by(|a, b| {
            let rank = |row: &HostStateRow| {
                let state = match row.state {
                    HostState::Unreachable => 0,
                    HostState::Incomplete => 1,
                    HostState::Pending => 2,
                    HostState::Refused => 3,
                    HostState::Complete => 4,
                };
                (
                    std::cmp::Reverse(row.confirmed),
                    std::cmp::Reverse(row.suspicious),
                    state,
                )
            };
            rank(a)
                .cmp(&rank(b))
                .then_with(|| a.host.name.cmp(&b.host.name))
                .then_with(|| a.host.id.cmp(&b.host.id))
        });
        Ok(rows)
    }

    /// Lists what was not examined for `alert`, what leaves a gap first.
    pub fn list_not_examined(&self, alert: AlertId) -> Result<Vec<NotExaminedRow>, ReadError> {
        let rows = self.inner.store.read(|view| -> Result<_, StoreError> {
            let removed = |id| -> Result<bool, StoreError> {
                Ok(view
                    .find_host(id)?
                    .is_none_or(|host| host.removed_at.is_some()))
            };
            let mut rows = Vec::new();
            for row in view.list_not_examined(alert)? {
                if row.host.map(removed).transpose()? != Some(true) {
                    rows.push(row);
                }
            }
            Ok(rows)
        })?;
        let mut rows: Vec<NotExaminedRow> = rows
            .into_iter()
            .map(|row| NotExaminedRow {
                host: row.host,
                host_name: row.host_name,
                organisation: row.organisation,
                reason: row.reason,
                count: row.count,
                examples: row.examples,
            })
            .collect();
        rows.sort_by_key(|row| !row.reason.leaves_a_gap());
        Ok(rows)
    }

    fn shown(&self, row: store::HostRow) -> HostRow {
        let last_seen_at = self.last_seen(&Peer::Host(row.id), row.last_seen_at);
        HostRow {
            id: row.id,
            name: row.name,
            organisation: row.organisation,
            enrolled_at: row.enrolled_at,
            last_seen_at,
            reachable: self.is_reachable(last_seen_at),
        }
    }

    fn shown_state(&self, standing: StandingOfHost) -> HostStateRow {
        let received_at = standing
            .answer
            .as_ref()
            .and_then(|answer| answer.received_at);
        let report = standing.answer.and_then(|answer| answer.report);
        HostStateRow {
            host: self.shown(standing.host),
            state: standing.state,
            received_at,
            answered_at: report.map(|report| report.answered_at),
            outcome: report.map(|report| report.outcome),
            confirmed: report.map_or(0, |report| report.confirmed),
            suspicious: report.map_or(0, |report| report.suspicious),
            context: report.map_or(0, |report| report.context),
            isolated: report.map_or(0, |report| report.isolated),
            not_examined: report.map_or(0, |report| report.not_examined),
            self_test: report.and_then(|report| report.self_test),
        }
    }
}
