//! What the pages show about findings: those of this node's hosts, and those that organisations below share.

use domain::{AlertId, Finding, HostId, Judgement, OrganisationId};
use jiff::Timestamp;
use store::{StoreError, View};

use crate::node::{Node, ReadError};

/// Findings on one page, where nothing else is asked for.
const LIMIT_DEFAULT: u32 = 200;
/// Findings on one page at most.
const LIMIT_MAX: u32 = 1_000;

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
    pub fn list_findings(&self, filter: &FindingFilter) -> Result<Vec<FindingRow>, ReadError> {
        Ok(self.inner.store.read(|view| -> Result<_, StoreError> {
            let rows = view.list_findings(&stored(filter))?;
            rows.into_iter().map(|row| shown(view, row)).collect()
        })?)
    }

    /// Counts the findings that `filter` lets through, whatever its limit.
    pub fn count_findings(&self, filter: &FindingFilter) -> Result<u64, ReadError> {
        Ok(self
            .inner
            .store
            .read(|view| view.count_findings(&stored(filter)))?)
    }

    /// Returns one finding.
    pub fn finding(&self, id: i64) -> Result<Option<FindingRow>, ReadError> {
        Ok(self.inner.store.read(|view| -> Result<_, StoreError> {
            view.find_finding(id)?
                .map(|row| shown(view, row))
                .transpose()
        })?)
    }
}

fn stored(filter: &FindingFilter) -> store::FindingFilter {
    store::FindingFilter {
        alert: filter.alert,
        host: filter.host,
        organisation: filter.organisation.clone(),
        judgement: filter.judgement,
        limit: match filter.limit {
            0 => LIMIT_DEFAULT,
            limit => limit.min(LIMIT_MAX),
        },
        offset: filter.offset,
    }
}

fn shown(view: &View<'_>, row: store::FindingRow) -> Result<FindingRow, StoreError> {
    let alert = view.find_alert(row.alert)?;
    Ok(FindingRow {
        id: row.id,
        alert: row.alert,
        alert_number: alert
            .as_ref()
            .map_or_else(String::new, |alert| alert.number.clone()),
        exercise: alert.is_some_and(|alert| alert.head.exercise),
        organisation: row.organisation,
        host: row.host,
        host_name: row.host_name,
        received_at: row.received_at,
        finding: row.finding,
    })
}
