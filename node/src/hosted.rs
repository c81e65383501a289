//! Organisations without a node: they answer on this node, by web form or with the reports of a sweep kit.
//!
//! What they say is their word, unsigned; it is kept apart from what agents report.

use std::sync::Arc;

use domain::{
    Alert, AlertId, Answer, HostCounters, OrganisationId, OrganisationStatus, Overdue, SweepReport,
    Verb,
};
use jiff::Timestamp;
use thiserror::Error;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use store::{
    AlertRow, AnswerRow, Change, CountedHosts, OrganisationRow, Relation as StoredRelation,
    StoreError, Subject, View,
};

use crate::addressed::Tree;
use crate::config::is_line;
use crate::consent::{DecideError, check_officer};
use crate::node::{Node, ReadError, Touches};

/// Reports that one answer may carry.
pub const REPORTS_MAX: usize = 1_000;
/// Hosts of one organisation whose reports can be handed in for one alert: whoever has more has a node.
const HANDED_IN_MAX: u64 = 5_000;
/// Characters of a host's name.
const HOST_CHARS_MAX: usize = 255;
/// What the address of every form begins with.
const FORM_PATH: &str = "/form/";

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

impl From<StoreError> for HostedError {
    fn from(error: StoreError) -> Self {
        Self::Read(error.into())
    }
}

impl From<DecideError> for HostedError {
    fn from(error: DecideError) -> Self {
        match error {
            DecideError::NoAlert(id) | DecideError::NotInForce(id) => Self::NoAlert(id),
            DecideError::Read(error) => Self::Read(error),
            DecideError::NotAsked(_) | DecideError::Pending | DecideError::Officer => Self::Officer,
        }
    }
}

impl FormLink {
    /// Draws a new secret. Returns the link, and the hash that is kept of it.
    pub(crate) fn generate() -> Result<(Self, [u8; 32]), getrandom::Error> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret)?;
        let text = URL_SAFE_NO_PAD.encode(secret);
        let hash = hash_of(&text);
        let path = format!("{FORM_PATH}{text}");
        Ok((Self { path }, hash))
    }

    /// Returns the secret: the last part of the path.
    pub fn secret(&self) -> &str {
        self.path.strip_prefix(FORM_PATH).unwrap_or_default()
    }
}

fn hash_of(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

impl Node {
    /// Returns what the organisation behind `secret` (the last part of [`FormLink::path`]) sees.
    pub fn hosted_form(&self, secret: &str) -> Result<Option<HostedView>, ReadError> {
        let found = self.inner.store.read(|view| -> Result<_, StoreError> {
            let Some(organisation) = view.find_organisation_by_form(&hash_of(secret))? else {
                return Ok(None);
            };
            let rows = self.hosted_rows(view, &organisation)?;
            Ok(Some((organisation, rows)))
        })?;
        let Some((organisation, rows)) = found else {
            return Ok(None);
        };
        let mut alerts = Vec::new();
        for (row, status, reported_hosts) in rows {
            if let Some(alert) = self.stored_alert(row.id)? {
                alerts.push(HostedAlert {
                    id: row.id,
                    alert,
                    overdue: status.overdue(row.head.deadline_at, self.now()),
                    status,
                    reported_hosts,
                });
            }
        }
        Ok(Some(HostedView {
            organisation: organisation.id,
            name: organisation.name,
            parent_name: self.organisation_name().to_owned(),
            alerts,
        }))
    }

    /// Takes the answer of the organisation behind `secret`.
    pub fn answer_for_hosted(
        &self,
        secret: &str,
        answer: &HostedAnswer,
    ) -> Result<HostedReceipt, HostedError> {
        check_officer(&answer.officer)?;
        if answer.reports.len() > REPORTS_MAX {
            return Err(HostedError::TooMany);
        }
        if answer
            .hosts
            .is_some_and(|hosts| hosts.eligible() < answer.hosts_found)
        {
            return Err(HostedError::Counts);
        }
        self.write(Touches::Feeds, |change| {
            let organisation = change
                .find_organisation_by_form(&hash_of(secret))?
                .filter(|row| row.relation == StoredRelation::Hosted)
                .ok_or(HostedError::NoOrganisation)?;
            let row = self.find_answerable(change, answer.alert, &organisation.id)?;
            self.acknowledge_for(change, row.id, &organisation.id, &answer.officer)?;
            if let Some(sweep) = answer.sweep.filter(|sweep| *sweep != Answer::Pending) {
                let sweep = AnswerRow {
                    organisation: organisation.id.clone(),
                    verb: Verb::Sweep,
                    answer: sweep,
                    officer: Some(answer.officer.trim().to_owned()),
                    decided_at: self.now(),
                };
                self.answer_for(change, row.id, &sweep)?;
            }
            if let Some(hosts) = answer.hosts {
                self.forget_handed_in(change, row.id, &organisation.id)?;
                let counted = CountedHosts {
                    hosts,
                    hosts_found: answer.hosts_found,
                    counted_at: self.now(),
                };
                change.replace_counted_hosts(row.id, &organisation.id, Some(&counted))?;
            }
            let refused_reports =
                self.take_handed_in(change, row.id, &organisation, &answer.reports)?;
            change.set_roll_up_due(row.id)?;
            Ok(HostedReceipt {
                received_at: self.now(),
                refused_reports,
            })
        })
    }

    fn take_handed_in(
        &self,
        change: &Change<'_>,
        alert: AlertId,
        organisation: &OrganisationRow,
        reports: &[SweepReport],
    ) -> Result<Vec<(String, String)>, StoreError> {
        let mut refused = Vec::new();
        let mut count = change.count_handed_in(alert, &organisation.id)?;
        for report in reports {
            let mut refuse = |reason| {
                let name = report.host.chars().take(HOST_CHARS_MAX).collect();
                refused.push((name, reason));
            };
            if let Err(reason) = check_report(report, alert) {
                refuse(reason);
                continue;
            }
            let subject = Subject {
                organisation: organisation.id.clone(),
                host: None,
                host_name: report.host.clone(),
            };
            if change.find_answer_of_host(alert, &subject)?.is_none() {
                if count >= HANDED_IN_MAX {
                    refuse(format!("{HANDED_IN_MAX} hosts have been handed in already"));
                    continue;
                }
                count += 1;
            }
            change.replace_counted_hosts(alert, &organisation.id, None)?;
            self.apply_report(change, alert, &subject, report)?;
        }
        Ok(refused)
    }

    /// Takes back what the organisation has handed in, here and where its findings were shared.
    fn forget_handed_in(
        &self,
        change: &Change<'_>,
        alert: AlertId,
        organisation: &OrganisationId,
    ) -> Result<(), StoreError> {
        for answer in change.list_answers_of_hosts(alert)? {
            let subject = answer.subject;
            if subject.host.is_none() && subject.organisation == *organisation {
                let gone = change.replace_findings(alert, &subject, &[], self.now())?;
                self.take_findings_back(change, alert, &subject, gone)?;
            }
        }
        change.remove_handed_in_reports(alert, organisation)
    }

    fn hosted_rows(
        &self,
        view: &View<'_>,
        organisation: &OrganisationRow,
    ) -> Result<Vec<(AlertRow, OrganisationStatus, Vec<String>)>, StoreError> {
        let tree = Tree::load(self, view)?;
        let mut rows = Vec::new();
        for alert in view.list_alerts()? {
            let in_force = alert.in_force && alert.expires_at > self.now();
            if !in_force || !tree.addresses(&alert, &organisation.id) {
                continue;
            }
            let status = self
                .standings(view, &alert)?
                .into_iter()
                .map(|standing| standing.status)
                .find(|status| status.organisation == organisation.id);
            let reported = view
                .list_answers_of_hosts(alert.id)?
                .into_iter()
                .filter(|answer| answer.subject.host.is_none())
                .filter(|answer| answer.subject.organisation == organisation.id)
                .map(|answer| answer.subject.host_name)
                .collect();
            if let Some(status) = status {
                rows.push((alert, status, reported));
            }
        }
        Ok(rows)
    }
}

fn check_report(report: &SweepReport, alert: AlertId) -> Result<(), String> {
    report.check()?;
    if !is_line(&report.host, HOST_CHARS_MAX) {
        return Err(format!(
            "the host's name is not one line of 1 to {HOST_CHARS_MAX} characters"
        ));
    }
    if report.alert.id == Some(alert) {
        Ok(())
    } else {
        Err("it is about another alert".to_owned())
    }
}
