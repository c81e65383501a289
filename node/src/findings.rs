//! What the pages show about findings: those of this node's hosts, and those that organisations below share.

use domain::{AlertId, Finding, HostId, Judgement, OrganisationId};
use jiff::Timestamp;

use crate::node::{Node, ReadError};

/// Which findings to list. What is absent does not limit.
#[derive(Clone, Debug, Default)]
pub struct FindingFilter {
    /// Of this alert only.
    pub alert: Option<AlertId>,
    /// Of this host only.
    pub host: Option<HostId>,
    /// Of this organisation only.
    pub organisation: Option<OrganisationId>,
    /// Judged this only.
    pub judgement: Option<Judgement>,
    /// At most so many; 0 means 200, and 1000 is the most.
    pub limit: u32,
    /// The next page: skip so many.
    pub offset: u32,
}

/// One finding.
#[derive(Clone, Debug)]
pub struct FindingRow {
    /// Its number at this node.
    pub id: i64,
    /// The alert it belongs to.
    pub alert: AlertId,
    /// That alert's number.
    pub alert_number: String,
    /// Whether that alert is a drill.
    pub exercise: bool,
    /// The organisation.
    pub organisation: OrganisationId,
    /// The host, where it is one of this node's.
    pub host: Option<HostId>,
    /// The host's name, or the pseudonym under which it is shared.
    pub host_name: String,
    /// When it arrived here.
    pub received_at: Timestamp,
    /// The finding with its evidence.
    pub finding: Finding,
}

impl Node {
    /// Lists findings, confirmed first, then newest first.
    pub fn list_findings(&self, _filter: &FindingFilter) -> Result<Vec<FindingRow>, ReadError> {
        unimplemented!()
    }

    /// Counts the findings that `filter` lets through, whatever its limit.
    pub fn count_findings(&self, _filter: &FindingFilter) -> Result<u64, ReadError> {
        unimplemented!()
    }

    /// Returns one finding.
    pub fn finding(&self, _id: i64) -> Result<Option<FindingRow>, ReadError> {
        unimplemented!()
    }
}
