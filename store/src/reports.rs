//! What hosts answered to alerts: one line for each host and alert, replaced by newer reports and never added to.

use domain::{AlertId, HostCounters, HostId, OrganisationId, Outcome};
use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::columns::{
    count, from_word, instant, json, maybe_host_id, maybe_instant, parsed, seconds, stored_count,
    to_json, word,
};
use crate::store::{Change, StoreError, View};

/// Whom a report is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The host, where an agent reported; nothing, where a report was handed in.
    pub host: Option<HostId>,
    /// The host's name.
    pub host_name: String,
}

impl Subject {
    /// Returns the text by which the subject is told from all others of an alert.
    pub(crate) fn key(&self) -> String {
        match self.host {
            Some(host) => format!("host:{host}"),
            None => format!("name:{}:{}", self.organisation, self.host_name),
        }
    }
}

/// What a report comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportSummary {
    /// Which of two reports is the newer: the greater counts.
    pub revision: i64,
    /// When it arrived.
    pub answered_at: Timestamp,
    /// What it says.
    pub outcome: Outcome,
    /// Findings judged confirmed.
    pub confirmed: u64,
    /// Findings judged suspicious.
    pub suspicious: u64,
    /// Findings for context.
    pub context: u64,
    /// Files now in the host's vault.
    pub isolated: u64,
    /// Items not examined that leave a gap.
    pub not_examined: u64,
    /// Which checks proved themselves on the host, where the report says so.
    pub self_test: Option<SelfTestCounts>,
}

/// How many checks of an alert work on a host. The rest could not be tried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelfTestCounts {
    /// Checks that found the sample made for them.
    pub passed: u64,
    /// Checks that did not.
    pub failed: u64,
    /// Checks of the alert.
    pub total: u64,
}

/// Where one subject stands with one alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerOfHost {
    /// Who.
    pub subject: Subject,
    /// When the agent had received the alert.
    pub received_at: Option<Timestamp>,
    /// When its first report arrived.
    pub first_answered_at: Option<Timestamp>,
    /// What it reported last.
    pub report: Option<ReportSummary>,
}

/// What an organisation without a node counted by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountedHosts {
    /// Its hosts.
    pub hosts: HostCounters,
    /// Of these, how many have a finding.
    pub hosts_found: u64,
    /// When it said so.
    pub counted_at: Timestamp,
}

fn answer(row: &Row<'_>) -> rusqlite::Result<AnswerOfHost> {
    let report = match maybe_instant(row, "answered_at")? {
        Some(answered_at) => Some(ReportSummary {
            revision: row.get("revision")?,
            answered_at,
            outcome: from_word(row, "outcome")?,
            confirmed: count(row, "confirmed")?,
            suspicious: count(row, "suspicious")?,
            context: count(row, "context")?,
            isolated: count(row, "isolated")?,
            not_examined: count(row, "not_examined")?,
            self_test: self_test(row)?,
        }),
        None => None,
    };
    Ok(AnswerOfHost {
        subject: Subject {
            organisation: parsed(row, "organisation")?,
            host: maybe_host_id(row, "host")?,
            host_name: row.get("host_name")?,
        },
        received_at: maybe_instant(row, "received_at")?,
        first_answered_at: maybe_instant(row, "first_answered_at")?,
        report,
    })
}

fn self_test(row: &Row<'_>) -> rusqlite::Result<Option<SelfTestCounts>> {
    if row.get::<_, Option<i64>>("checks_total")?.is_none() {
        return Ok(None);
    }
    Ok(Some(SelfTestCounts {
        passed: count(row, "checks_passed")?,
        failed: count(row, "checks_failed")?,
        total: count(row, "checks_total")?,
    }))
}

impl View<'_> {
    /// Lists what is known of each subject for `alert`. Hosts that never answered are not in it.
    pub fn list_answers_of_hosts(&self, alert: AlertId) -> Result<Vec<AnswerOfHost>, StoreError> {
        self.list(
            "SELECT * FROM answers_of_hosts WHERE alert = ?1 ORDER BY subject",
            [alert.as_bytes()],
            answer,
        )
    }

    /// Returns what is known of one subject for `alert`.
    pub fn find_answer_of_host(
        &self,
        alert: AlertId,
        subject: &Subject,
    ) -> Result<Option<AnswerOfHost>, StoreError> {
        self.find(
            "SELECT * FROM answers_of_hosts WHERE alert = ?1 AND subject = ?2",
            params![alert.as_bytes(), subject.key()],
            answer,
        )
    }

    /// Counts the hosts of which `organisation` has handed in a report.
    pub fn count_handed_in(
        &self,
        alert: AlertId,
        organisation: &OrganisationId,
    ) -> Result<u64, StoreError> {
        let found = self.find(
            "SELECT count(*) AS count FROM answers_of_hosts
             WHERE alert = ?1 AND organisation = ?2 AND host IS NULL",
            params![alert.as_bytes(), organisation.as_str()],
            |row| count(row, "count"),
        )?;
        Ok(found.unwrap_or(0))
    }

    /// Returns what `organisation` counted by hand.
    pub fn find_counted_hosts(
        &self,
        alert: AlertId,
        organisation: &OrganisationId,
    ) -> Result<Option<CountedHosts>, StoreError> {
        self.find(
            "SELECT * FROM counted_hosts WHERE alert = ?1 AND organisation = ?2",
            params![alert.as_bytes(), organisation.as_str()],
            |row| {
                Ok(CountedHosts {
                    hosts: json(row, "hosts")?,
                    hosts_found: count(row, "hosts_found")?,
                    counted_at: instant(row, "counted_at")?,
                })
            },
        )
    }
}

impl Change<'_> {
    /// Notes that the alert has reached a subject. The first time stays. Returns false where it was noted.
    pub fn insert_receipt(
        &self,
        alert: AlertId,
        subject: &Subject,
        received_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let touched = self.run(
            "INSERT INTO answers_of_hosts (alert, subject, organisation, host, host_name, received_at, revision,
                                           confirmed, suspicious, context, isolated, not_examined)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, -1, 0, 0, 0, 0, 0)
             ON CONFLICT (alert, subject) DO UPDATE SET received_at = excluded.received_at
                WHERE answers_of_hosts.received_at IS NULL",
            params![
                alert.as_bytes(),
                subject.key(),
                subject.organisation.as_str(),
                subject.host.as_ref().map(HostId::as_bytes),
                subject.host_name,
                seconds(received_at),
            ],
        )?;
        Ok(touched == 1)
    }

    /// Puts a report in the place of the one before. Returns false, and changes nothing, where that one is newer. Of two
    /// with one revision (sweep, isolate and sweep again within a second) the one that came last counts. One from later than
    /// now was kept before the clock was set back, and keeps nothing out.
    pub fn replace_report(
        &self,
        alert: AlertId,
        subject: &Subject,
        report: &ReportSummary,
    ) -> Result<bool, StoreError> {
        let touched = self.run(
            "INSERT INTO answers_of_hosts (alert, subject, organisation, host, host_name, revision, answered_at,
                                           outcome, confirmed, suspicious, context, isolated, not_examined,
                                           first_answered_at, checks_passed, checks_failed, checks_total)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?7, ?14, ?15, ?16)
             ON CONFLICT (alert, subject) DO UPDATE SET
                organisation = excluded.organisation, host_name = excluded.host_name, revision = excluded.revision,
                answered_at = excluded.answered_at, outcome = excluded.outcome, confirmed = excluded.confirmed,
                suspicious = excluded.suspicious, context = excluded.context, isolated = excluded.isolated,
                not_examined = excluded.not_examined, checks_passed = excluded.checks_passed,
                checks_failed = excluded.checks_failed, checks_total = excluded.checks_total,
                first_answered_at = coalesce(answers_of_hosts.first_answered_at, excluded.first_answered_at)
             WHERE answers_of_hosts.revision <= excluded.revision
                OR answers_of_hosts.revision > excluded.answered_at",
            params![
                alert.as_bytes(),
                subject.key(),
                subject.organisation.as_str(),
                subject.host.as_ref().map(HostId::as_bytes),
                subject.host_name,
                report.revision,
                seconds(report.answered_at),
                word(&report.outcome)?,
                stored_count(report.confirmed),
                stored_count(report.suspicious),
                stored_count(report.context),
                stored_count(report.isolated),
                stored_count(report.not_examined),
                report.self_test.map(|counts| stored_count(counts.passed)),
                report.self_test.map(|counts| stored_count(counts.failed)),
                report.self_test.map(|counts| stored_count(counts.total)),
            ],
        )?;
        Ok(touched == 1)
    }

    /// Takes back the reports that `organisation` handed in: it counts by hand now.
    pub fn remove_handed_in_reports(
        &self,
        alert: AlertId,
        organisation: &OrganisationId,
    ) -> Result<(), StoreError> {
        for table in ["answers_of_hosts", "findings", "not_examined"] {
            self.run(
                &format!(
                    "DELETE FROM {table}
                     WHERE alert = ?1 AND organisation = ?2 AND host IS NULL AND subject LIKE 'name:%'"
                ),
                params![alert.as_bytes(), organisation.as_str()],
            )?;
        }
        Ok(())
    }

    /// Notes what `organisation` counted by hand, or that it does no longer.
    pub fn replace_counted_hosts(
        &self,
        alert: AlertId,
        organisation: &OrganisationId,
        counted: Option<&CountedHosts>,
    ) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM counted_hosts WHERE alert = ?1 AND organisation = ?2",
            params![alert.as_bytes(), organisation.as_str()],
        )?;
        if let Some(counted) = counted {
            self.run(
                "INSERT INTO counted_hosts (alert, organisation, hosts, hosts_found, counted_at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    alert.as_bytes(),
                    organisation.as_str(),
                    to_json(&counted.hosts)?,
                    stored_count(counted.hosts_found),
                    seconds(counted.counted_at),
                ],
            )?;
        }
        Ok(())
    }
}
