//! Findings with their evidence, and what was not examined: the newest report of each subject, and what is shared from
//! below.

use std::collections::BTreeSet;

use domain::{AlertId, Finding, HostId, ItemPath, Judgement, NotExamined, OrganisationId, Reason};
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Row, params, params_from_iter};

use crate::columns::{
    alert_id, count, from_word, instant, json, maybe_host_id, maybe_parsed, parsed, seconds,
    stored_count, to_json, word,
};
use crate::reports::Subject;
use crate::store::{Change, StoreError, View};

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingRow {
    /// Its number in this database.
    pub id: i64,
    /// By which alert.
    pub alert: AlertId,
    /// Whose.
    pub organisation: OrganisationId,
    /// The host, where it is attached to this node.
    pub host: Option<HostId>,
    /// The host's name, or its pseudonym.
    pub host_name: String,
    /// The child that shared it.
    pub via: Option<OrganisationId>,
    /// When it arrived.
    pub received_at: Timestamp,
    /// The finding.
    pub finding: Finding,
}

/// Which findings to list. What is absent does not limit.
#[derive(Clone, Debug, Default)]
pub struct FindingFilter {
    /// Of this alert.
    pub alert: Option<AlertId>,
    /// Of this host.
    pub host: Option<HostId>,
    /// Of this organisation.
    pub organisation: Option<OrganisationId>,
    /// Judged this.
    pub judgement: Option<Judgement>,
    /// At most so many.
    pub limit: u32,
    /// Skip so many.
    pub offset: u32,
}

/// What one subject did not examine, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotExaminedRow {
    /// Whose.
    pub organisation: OrganisationId,
    /// The host, where it is attached to this node.
    pub host: Option<HostId>,
    /// The host's name.
    pub host_name: String,
    /// Why.
    pub reason: Reason,
    /// How many items.
    pub count: u64,
    /// Some of them.
    pub examples: Vec<ItemPath>,
}

const fn rank(judgement: Judgement) -> i64 {
    match judgement {
        Judgement::Context => 0,
        Judgement::Suspicious => 1,
        Judgement::Confirmed => 2,
    }
}

/// The text by which an item is told from all others of a subject.
fn item_key(item: &ItemPath) -> &str {
    item.exact_hex.as_deref().unwrap_or(&item.text)
}

fn shared_key(subject: &Subject) -> String {
    format!("shared:{}:{}", subject.organisation, subject.host_name)
}

fn finding(row: &Row<'_>) -> rusqlite::Result<FindingRow> {
    Ok(FindingRow {
        id: row.get("id")?,
        alert: alert_id(row, "alert")?,
        organisation: parsed(row, "organisation")?,
        host: maybe_host_id(row, "host")?,
        host_name: row.get("host_name")?,
        via: maybe_parsed(row, "via")?,
        received_at: instant(row, "received_at")?,
        finding: json(row, "finding")?,
    })
}

/// Returns the condition of `filter`, and its values.
fn condition(filter: &FindingFilter) -> (String, Vec<Value>) {
    let mut conditions = vec!["1"];
    let mut values = Vec::new();
    if let Some(alert) = filter.alert {
        conditions.push("alert = ?");
        values.push(Value::Blob(alert.as_bytes().to_vec()));
    }
    if let Some(host) = filter.host {
        conditions.push("host = ?");
        values.push(Value::Blob(host.as_bytes().to_vec()));
    }
    if let Some(organisation) = &filter.organisation {
        conditions.push("organisation = ?");
        values.push(Value::Text(organisation.as_str().to_owned()));
    }
    if let Some(judgement) = filter.judgement {
        conditions.push("judgement = ?");
        values.push(Value::Integer(rank(judgement)));
    }
    (conditions.join(" AND "), values)
}

impl View<'_> {
    /// Lists findings: confirmed first, then the newest first.
    pub fn list_findings(&self, filter: &FindingFilter) -> Result<Vec<FindingRow>, StoreError> {
        let (condition, mut values) = condition(filter);
        values.push(Value::Integer(i64::from(filter.limit)));
        values.push(Value::Integer(i64::from(filter.offset)));
        self.list(
            &format!(
                "SELECT * FROM findings WHERE {condition} ORDER BY judgement DESC, id DESC LIMIT ? OFFSET ?"
            ),
            params_from_iter(values),
            finding,
        )
    }

    /// Counts the findings that `filter` lets through, whatever its limit.
    pub fn count_findings(&self, filter: &FindingFilter) -> Result<u64, StoreError> {
        let (condition, values) = condition(filter);
        let found = self.find(
            &format!("SELECT count(*) AS count FROM findings WHERE {condition}"),
            params_from_iter(values),
            |row| count(row, "count"),
        )?;
        Ok(found.unwrap_or(0))
    }

    /// Returns one finding.
    pub fn find_finding(&self, id: i64) -> Result<Option<FindingRow>, StoreError> {
        self.find("SELECT * FROM findings WHERE id = ?1", [id], finding)
    }

    /// Lists what was not examined for `alert`, by reason and host.
    pub fn list_not_examined(&self, alert: AlertId) -> Result<Vec<NotExaminedRow>, StoreError> {
        self.list(
            "SELECT * FROM not_examined WHERE alert = ?1 ORDER BY reason, host_name, subject",
            [alert.as_bytes()],
            |row| {
                Ok(NotExaminedRow {
                    organisation: parsed(row, "organisation")?,
                    host: maybe_host_id(row, "host")?,
                    host_name: row.get("host_name")?,
                    reason: from_word(row, "reason")?,
                    count: count(row, "count")?,
                    examples: json(row, "examples")?,
                })
            },
        )
    }
}

impl Change<'_> {
    /// Puts a subject's findings for `alert` in the place of those before. One that is found again keeps its number.
    /// Returns those that counted as found before and no longer do.
    pub fn replace_findings(
        &self,
        alert: AlertId,
        subject: &Subject,
        findings: &[Finding],
        now: Timestamp,
    ) -> Result<Vec<Finding>, StoreError> {
        let key = subject.key();
        let found: BTreeSet<&str> = findings
            .iter()
            .filter(|finding| finding.judgement.counts_as_found())
            .map(|finding| item_key(&finding.item))
            .collect();
        let mut gone: Vec<Finding> = self.list(
            "SELECT finding FROM findings WHERE alert = ?1 AND subject = ?2 ORDER BY id",
            params![alert.as_bytes(), key],
            |row| json(row, "finding"),
        )?;
        gone.retain(|before| {
            before.judgement.counts_as_found() && !found.contains(item_key(&before.item))
        });
        let kept: BTreeSet<&str> = findings
            .iter()
            .map(|finding| item_key(&finding.item))
            .collect();
        let before: Vec<(i64, String)> = self.list(
            "SELECT id, item FROM findings WHERE alert = ?1 AND subject = ?2",
            params![alert.as_bytes(), key],
            |row| Ok((row.get("id")?, row.get("item")?)),
        )?;
        for (id, item) in before {
            if !kept.contains(item.as_str()) {
                self.run("DELETE FROM findings WHERE id = ?1", [id])?;
            }
        }
        for finding in findings {
            self.replace_finding(alert, &key, subject, None, finding, now)?;
        }
        Ok(gone)
    }

    /// Keeps a finding that `via` shares from below, in the place of the same one before. Returns false, and changes
    /// nothing, where `via` shares `shared_max` others for this alert already.
    pub fn replace_shared_finding(
        &self,
        alert: AlertId,
        subject: &Subject,
        via: &OrganisationId,
        finding: &Finding,
        shared_max: u64,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let key = shared_key(subject);
        let known = self.find(
            "SELECT 1 FROM findings WHERE alert = ?1 AND subject = ?2 AND item = ?3",
            params![alert.as_bytes(), key, item_key(&finding.item)],
            |_| Ok(()),
        )?;
        if known.is_none() && self.count_shared(alert, via)? >= shared_max {
            return Ok(false);
        }
        self.replace_finding(alert, &key, subject, Some(via), finding, now)?;
        Ok(true)
    }

    /// Forgets a finding that `via` has shared. Returns false where it has shared no such one.
    pub fn remove_shared_finding(
        &self,
        alert: AlertId,
        subject: &Subject,
        via: &OrganisationId,
        item: &ItemPath,
    ) -> Result<bool, StoreError> {
        let touched = self.run(
            "DELETE FROM findings WHERE alert = ?1 AND subject = ?2 AND item = ?3 AND via = ?4",
            params![
                alert.as_bytes(),
                shared_key(subject),
                item_key(item),
                via.as_str()
            ],
        )?;
        Ok(touched == 1)
    }

    fn count_shared(&self, alert: AlertId, via: &OrganisationId) -> Result<u64, StoreError> {
        let found = self.find(
            "SELECT count(*) AS count FROM findings WHERE alert = ?1 AND via = ?2",
            params![alert.as_bytes(), via.as_str()],
            |row| count(row, "count"),
        )?;
        Ok(found.unwrap_or(0))
    }

    fn replace_finding(
        &self,
        alert: AlertId,
        key: &str,
        subject: &Subject,
        via: Option<&OrganisationId>,
        finding: &Finding,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO findings (alert, subject, item, organisation, host, host_name, via, judgement, received_at,
                                   finding)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (alert, subject, item) DO UPDATE SET
                host_name = excluded.host_name, via = excluded.via, judgement = excluded.judgement,
                finding = excluded.finding",
            params![
                alert.as_bytes(),
                key,
                item_key(&finding.item),
                subject.organisation.as_str(),
                subject.host.as_ref().map(HostId::as_bytes),
                subject.host_name,
                via.map(OrganisationId::as_str),
                rank(finding.judgement),
                seconds(now),
                to_json(finding)?,
            ],
        )?;
        Ok(())
    }

    /// Puts what a subject did not examine in the place of what it said before.
    pub fn replace_not_examined(
        &self,
        alert: AlertId,
        subject: &Subject,
        lines: &[NotExamined],
    ) -> Result<(), StoreError> {
        let key = subject.key();
        self.run(
            "DELETE FROM not_examined WHERE alert = ?1 AND subject = ?2",
            params![alert.as_bytes(), key],
        )?;
        for line in lines {
            self.run(
                "INSERT INTO not_examined (alert, subject, reason, organisation, host, host_name, count, examples)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (alert, subject, reason) DO NOTHING",
                params![
                    alert.as_bytes(),
                    key,
                    word(&line.reason)?,
                    subject.organisation.as_str(),
                    subject.host.as_ref().map(HostId::as_bytes),
                    subject.host_name,
                    stored_count(line.count),
                    to_json(&line.examples)?,
                ],
            )?;
        }
        Ok(())
    }
}
