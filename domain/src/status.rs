//! The counters that add up at every level, and what an organisation answers to an alert.

use std::ops::AddAssign;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::consent::Answer;
use crate::ids::OrganisationId;

/// Where one host stands with one alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostState {
    /// Swept, and nothing that the plan covers was missed.
    Complete,
    /// Swept, with gaps.
    Incomplete,
    /// Has not answered yet, and was heard of lately.
    Pending,
    /// Does not sweep, by decision of its organisation.
    Refused,
    /// Has not answered, and was not heard of for longer than the node waits.
    Unreachable,
}

/// How many hosts stand where. The states exclude each other, so the sum *is* the number of eligible hosts; a document
/// that states another sum is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawHostCounters", into = "RawHostCounters")]
pub struct HostCounters {
    /// See [`HostState::Complete`].
    pub complete: u64,
    /// See [`HostState::Incomplete`].
    pub incomplete: u64,
    /// See [`HostState::Unreachable`].
    pub unreachable: u64,
    /// See [`HostState::Refused`].
    pub refused: u64,
    /// See [`HostState::Pending`].
    pub pending: u64,
}

impl HostCounters {
    /// Counts one more host in `state`.
    pub fn count(&mut self, state: HostState) {
        match state {
            HostState::Complete => self.complete += 1,
            HostState::Incomplete => self.incomplete += 1,
            HostState::Pending => self.pending += 1,
            HostState::Refused => self.refused += 1,
            HostState::Unreachable => self.unreachable += 1,
        }
    }

    /// Returns how many hosts the alert is meant for. Saturates, so that a hostile document cannot overflow it.
    pub const fn eligible(&self) -> u64 {
        self.complete
            .saturating_add(self.incomplete)
            .saturating_add(self.unreachable)
            .saturating_add(self.refused)
            .saturating_add(self.pending)
    }

    /// Returns how many hosts have not given a complete sweep or a refusal.
    pub const fn open(&self) -> u64 {
        self.pending.saturating_add(self.unreachable)
    }
}

impl AddAssign for HostCounters {
    fn add_assign(&mut self, other: Self) {
        self.complete = self.complete.saturating_add(other.complete);
        self.incomplete = self.incomplete.saturating_add(other.incomplete);
        self.unreachable = self.unreachable.saturating_add(other.unreachable);
        self.refused = self.refused.saturating_add(other.refused);
        self.pending = self.pending.saturating_add(other.pending);
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHostCounters {
    eligible: u64,
    complete: u64,
    incomplete: u64,
    unreachable: u64,
    refused: u64,
    pending: u64,
}

impl TryFrom<RawHostCounters> for HostCounters {
    type Error = String;

    fn try_from(raw: RawHostCounters) -> Result<Self, String> {
        let RawHostCounters {
            eligible,
            complete,
            incomplete,
            unreachable,
            refused,
            pending,
        } = raw;
        let sum = [complete, incomplete, unreachable, refused, pending]
            .iter()
            .try_fold(0u64, |sum, n| sum.checked_add(*n));
        if sum == Some(eligible) {
            Ok(Self {
                complete,
                incomplete,
                unreachable,
                refused,
                pending,
            })
        } else {
            Err(format!(
                "the counters do not add up to {eligible} eligible hosts"
            ))
        }
    }
}

impl From<HostCounters> for RawHostCounters {
    fn from(counters: HostCounters) -> Self {
        let HostCounters {
            complete,
            incomplete,
            unreachable,
            refused,
            pending,
        } = counters;
        Self {
            eligible: counters.eligible(),
            complete,
            incomplete,
            unreachable,
            refused,
            pending,
        }
    }
}

/// Where one organisation stands with one alert. A roll-up carries one for each organisation in the subtree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationStatus {
    /// Which organisation.
    pub organisation: OrganisationId,
    /// Its name for people.
    pub name: String,
    /// The organisation above it.
    pub parent: Option<OrganisationId>,
    /// When its node (or its parent's, for one without a node) received the alert.
    pub received_at: Option<Timestamp>,
    /// When an officer acknowledged it.
    pub acknowledged_at: Option<Timestamp>,
    /// What it decided about sweeping.
    pub sweep: Answer,
    /// What it decided about isolating.
    pub isolate: Answer,
    /// Its hosts; absent where it shares acknowledgements only.
    pub hosts: Option<HostCounters>,
    /// Hosts with a confirmed or suspicious finding.
    pub hosts_found: u64,
    /// Findings judged confirmed.
    pub confirmed: u64,
    /// Findings judged suspicious.
    pub suspicious: u64,
    /// Files now in a vault.
    pub isolated: u64,
    /// When the last of its hosts answered, once none is open.
    pub finished_at: Option<Timestamp>,
    /// When these numbers were true.
    pub as_of: Timestamp,
}

/// Whether an organisation is late. Derived from the clock each time, never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overdue {
    /// Answered before the deadline, or refused.
    DoneInTime,
    /// Answered after the deadline.
    DoneLate,
    /// Not answered; the deadline has passed.
    OpenOverdue,
    /// Not answered; there is time, or no deadline.
    OpenInTime,
}

impl OrganisationStatus {
    /// Makes the status of an organisation that has not been heard of.
    pub fn silent(
        organisation: OrganisationId,
        name: String,
        parent: Option<OrganisationId>,
        as_of: Timestamp,
    ) -> Self {
        Self {
            organisation,
            name,
            parent,
            received_at: None,
            acknowledged_at: None,
            sweep: Answer::Pending,
            isolate: Answer::Pending,
            hosts: None,
            hosts_found: 0,
            confirmed: 0,
            suspicious: 0,
            isolated: 0,
            finished_at: None,
            as_of,
        }
    }

    /// Returns when the organisation had answered: an officer acknowledged, and no host is open.
    pub fn answered_at(&self) -> Option<Timestamp> {
        let acknowledged_at = self.acknowledged_at?;
        if self.sweep == Answer::Refuse || self.hosts.is_some_and(|hosts| hosts.eligible() == 0) {
            return Some(acknowledged_at);
        }
        self.finished_at
            .map(|finished_at| finished_at.max(acknowledged_at))
    }

    /// Tells whether the organisation is late at `now`.
    pub fn overdue(&self, deadline_at: Option<Timestamp>, now: Timestamp) -> Overdue {
        match (self.answered_at(), deadline_at) {
            (Some(at), Some(deadline)) if at > deadline => Overdue::DoneLate,
            (Some(_), _) => Overdue::DoneInTime,
            (None, Some(deadline)) if now > deadline => Overdue::OpenOverdue,
            (None, _) => Overdue::OpenInTime,
        }
    }
}

/// The picture of an alert at one level: the statuses of all organisations addressed below it, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// Organisations addressed.
    pub addressed: u64,
    /// Of these, how many received the alert.
    pub received: u64,
    /// Of these, how many acknowledged it by an officer.
    pub acknowledged: u64,
    /// Of these, how many refused to sweep.
    pub refused_sweep: u64,
    /// Of these, how many refused to isolate.
    pub refused_isolate: u64,
    /// Of these, how many have not answered and the deadline has passed.
    pub overdue: u64,
    /// Organisations that keep their host counts to themselves: their hosts are unknown, and never counted as clean.
    pub hosts_unknown: u64,
    /// Hosts.
    pub hosts: HostCounters,
    /// Hosts with a confirmed or suspicious finding.
    pub hosts_found: u64,
    /// Findings judged confirmed.
    pub confirmed: u64,
    /// Findings judged suspicious.
    pub suspicious: u64,
    /// Files now in a vault.
    pub isolated: u64,
}

impl Totals {
    /// Adds up the statuses of organisations at `now`.
    pub fn of<'a>(
        statuses: impl IntoIterator<Item = &'a OrganisationStatus>,
        deadline_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let mut totals = Self::default();
        for status in statuses {
            totals.addressed += 1;
            totals.received += u64::from(status.received_at.is_some());
            totals.acknowledged += u64::from(status.acknowledged_at.is_some());
            totals.refused_sweep += u64::from(status.sweep == Answer::Refuse);
            totals.refused_isolate += u64::from(status.isolate == Answer::Refuse);
            totals.overdue += u64::from(status.overdue(deadline_at, now) == Overdue::OpenOverdue);
            match status.hosts {
                Some(hosts) => totals.hosts += hosts,
                None => totals.hosts_unknown += 1,
            }
            totals.hosts_found = totals.hosts_found.saturating_add(status.hosts_found);
            totals.confirmed = totals.confirmed.saturating_add(status.confirmed);
            totals.suspicious = totals.suspicious.saturating_add(status.suspicious);
            totals.isolated = totals.isolated.saturating_add(status.isolated);
        }
        totals
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_counters_that_do_not_add_up() {
        let honest =
            r#"{"eligible":3,"complete":1,"incomplete":1,"unreachable":0,"refused":0,"pending":1}"#;
        assert!(serde_json::from_str::<HostCounters>(honest).is_ok());
        let false_sum = honest.replace("\"eligible\":3", "\"eligible\":2");
        assert!(serde_json::from_str::<HostCounters>(&false_sum).is_err());
        let overflow = honest.replace("\"complete\":1", &format!("\"complete\":{}", u64::MAX));
        assert!(serde_json::from_str::<HostCounters>(&overflow).is_err());
    }

    fn status(name: &str, counters: HostCounters) -> OrganisationStatus {
        let id = format!("vn.{name}").parse().expect("valid id");
        OrganisationStatus {
            hosts: Some(counters),
            ..OrganisationStatus::silent(id, name.to_owned(), None, Timestamp::UNIX_EPOCH)
        }
    }

    proptest! {
        #[test]
        fn totals_are_the_same_however_the_tree_is_cut(parts in prop::collection::vec((0u64..999, 0u64..999, 0u64..999), 0..20), cut: usize) {
            let statuses: Vec<_> = parts.iter().enumerate().map(|(i, &(complete, pending, refused))| {
                status(&format!("o{i}"), HostCounters { complete, refused, pending, ..HostCounters::default() })
            }).collect();
            let whole = Totals::of(&statuses, None, Timestamp::UNIX_EPOCH);
            let (left, right) = statuses.split_at(if statuses.is_empty() { 0 } else { cut % statuses.len() });
            let (left, right) = (Totals::of(left, None, Timestamp::UNIX_EPOCH), Totals::of(right, None, Timestamp::UNIX_EPOCH));
            let mut hosts = left.hosts;
            hosts += right.hosts;
            prop_assert_eq!(whole.hosts, hosts);
            prop_assert_eq!(whole.addressed, left.addressed + right.addressed);
            prop_assert_eq!(whole.hosts.eligible(), parts.iter().map(|(a, b, c)| a + b + c).sum::<u64>());
        }
    }

    #[test]
    fn silence_becomes_overdue_and_refusal_does_not() {
        let deadline: Timestamp = "2016-08-05T09:00:00Z".parse().expect("valid");
        let later: Timestamp = "2016-08-05T09:00:01Z".parse().expect("valid");
        let mut silent = status(
            "silent",
            HostCounters {
                pending: 1,
                ..HostCounters::default()
            },
        );
        assert_eq!(
            silent.overdue(Some(deadline), deadline),
            Overdue::OpenInTime
        );
        assert_eq!(silent.overdue(Some(deadline), later), Overdue::OpenOverdue);
        silent.sweep = Answer::Refuse;
        silent.acknowledged_at = Some(deadline);
        assert_eq!(silent.overdue(Some(deadline), later), Overdue::DoneInTime);
    }
}
