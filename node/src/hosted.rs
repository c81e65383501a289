//! Organisations without a node: they answer on this node, by web form or with the reports of a sweep kit.
//!
//! What they say is their word, unsigned; it is kept apart from what agents report.

use std::sync::Arc;

use domain::{
    Alert, AlertId, Answer, HostCounters, OrganisationId, OrganisationStatus, Overdue, SweepReport,
};
use jiff::Timestamp;
use thiserror::Error;

use crate::node::{Node, ReadError};

/// Reports that one answer may carry.
pub const REPORTS_MAX: usize = 1_000;

/// The secret address under which an organisation answers.
#[derive(Clone, Debug)]
pub struct FormLink {
    /// The path on this node's pages, with the secret in it: `/form/…`.
    pub path: String,
}

/// What a hosted organisation sees.
#[derive(Clone, Debug)]
pub struct HostedView {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Its name.
    pub name: String,
    /// The organisation that asks.
    pub parent_name: String,
    /// The alerts it is addressed by that are in force, newest first.
    pub alerts: Vec<HostedAlert>,
}

/// One alert as a hosted organisation sees it.
#[derive(Clone, Debug)]
pub struct HostedAlert {
    /// The alert's id.
    pub id: AlertId,
    /// The alert.
    pub alert: Arc<Alert>,
    /// What it has answered so far.
    pub status: OrganisationStatus,
    /// Whether it is late.
    pub overdue: Overdue,
    /// The names of the hosts whose reports it has handed in.
    pub reported_hosts: Vec<String>,
}

/// What a hosted organisation answers. What is absent stays as it was.
#[derive(Clone, Debug)]
pub struct HostedAnswer {
    /// To which alert.
    pub alert: AlertId,
    /// Who answers.
    pub officer: String,
    /// Whether it will sweep; giving any answer acknowledges the alert.
    pub sweep: Option<Answer>,
    /// Its hosts, as it counts them. Replaces what it counted before and its reports.
    pub hosts: Option<HostCounters>,
    /// With `hosts`: how many of them have a confirmed or suspicious finding.
    pub hosts_found: u64,
    /// Reports of sweep kits, one for each host; a second report of a host replaces its first. Replaces `hosts`.
    pub reports: Vec<SweepReport>,
}

/// What became of an answer.
#[derive(Clone, Debug)]
pub struct HostedReceipt {
    /// When it was on disk.
    pub received_at: Timestamp,
    /// What was not accepted: a host's name and why, in English.
    pub refused_reports: Vec<(String, String)>,
}

/// Why an answer was not taken.
#[derive(Debug, Error)]
pub enum HostedError {
    /// No organisation answers under this address.
    #[error("find the organisation that answers under this address")]
    NoOrganisation,
    /// The alert is unknown, no longer in force, or not meant for the organisation.
    #[error("answer alert {0}, which is not in force for this organisation")]
    NoAlert(AlertId),
    /// The officer's name is empty or over-long.
    #[error("record the answer without the officer's name (1 to 200 characters)")]
    Officer,
    /// More hosts with findings than hosts.
    #[error("take an answer with more hosts found than hosts")]
    Counts,
    /// Too many reports at once.
    #[error("take more than {REPORTS_MAX} reports at once")]
    TooMany,
    /// The database did not answer.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl Node {
    /// Returns what the organisation behind `secret` (the last part of [`FormLink::path`]) sees.
    pub fn hosted_form(&self, _secret: &str) -> Result<Option<HostedView>, ReadError> {
        unimplemented!()
    }

    /// Takes the answer of the organisation behind `secret`.
    pub fn answer_for_hosted(
        &self,
        _secret: &str,
        _answer: &HostedAnswer,
    ) -> Result<HostedReceipt, HostedError> {
        unimplemented!()
    }
}
