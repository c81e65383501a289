//! The agent's work: sweep for what its organisation permits, isolate what it permits, and report.
//!
//! Each step is on the disk before the next begins: a killed agent goes on where it was. What was isolated is never lost
//! from a report, although a later sweep no longer finds it in its place.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use documents::{Decision, Envelope, HostReport, SignError, SigningKey, StrictJsonError, Verified};
use domain::digest::parse_hex;
use domain::{
    Alert, AlertId, Answer, Clock, Finding, HostId, Isolation, ItemPath, Judgement, Outcome,
    SweepReport, Verb, Why, chain,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sweep::quarantine::EntryState;
use sweep::{SweepError, Vault, VaultEntry};
use thiserror::Error;
use tracing::{info, warn};

use crate::disk;
use crate::paths::AgentPaths;
use crate::settings::Settings;
use crate::spool::Spool;
use crate::sweeping::{SweepOrder, Sweeper};

/// The version of the progress files that is written and read.
const PROGRESS_SCHEMA: u32 = 1;

/// What the worker needs, fixed for one run of the agent.
pub struct Worker<'a> {
    /// Where things lie.
    pub paths: &'a AgentPaths,
    /// What a person set.
    pub settings: &'a Settings,
    /// This host.
    pub host: HostId,
    /// Signs reports.
    pub key: &'a SigningKey,
    /// Takes reports.
    pub spool: &'a Spool,
    /// Tells the time.
    pub clock: &'a dyn Clock,
    /// Sweeps.
    pub sweeper: &'a dyn Sweeper,
    /// Becomes true when the agent is to stop.
    pub stop: &'a AtomicBool,
}

/// An alert to sweep for now.
#[derive(Debug)]
pub struct Job {
    alert: Verified<Alert>,
    isolate: Answer,
}

/// Why work could not be done.
#[derive(Debug, Error)]
pub enum WorkError {
    /// The agent's folder could not be read or written.
    #[error("keep the state of the work")]
    Disk(#[from] io::Error),
    /// The sweep could not begin.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// The report could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The vault could not be opened.
    #[error(transparent)]
    Vault(#[from] sweep::VaultError),
}

/// What was done about one alert so far.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Progress {
    schema: u32,
    phase: Phase,
    /// What was permitted when this was done; another answer means doing it again.
    isolate: Answer,
    report: SweepReport,
}

impl Progress {
    /// Checks what could not be reported: it would be tried for ever.
    fn check(&self, alert: AlertId) -> Result<(), String> {
        if self.schema != PROGRESS_SCHEMA {
            return Err(format!("format {} is not known", self.schema));
        }
        if self.report.alert.id != Some(alert) {
            return Err("it is about another alert".to_owned());
        }
        self.report.check()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Phase {
    /// Swept; findings are being isolated.
    Isolating,
    /// The report is in the spool.
    Reported,
}

impl Worker<'_> {
    /// Returns the alerts that are permitted and not done yet.
    pub fn list_jobs(
        &self,
        in_force: Vec<(Verified<Alert>, Option<Verified<Decision>>)>,
    ) -> Result<Vec<Job>, WorkError> {
        let mut jobs = Vec::new();
        for (alert, decision) in in_force {
            let Some(decision) =
                decision.filter(|decision| decision.answer(Verb::Sweep) == Answer::Permit)
            else {
                continue;
            };
            if !alert.asks_for(Verb::Sweep) {
                continue;
            }
            let isolate = if alert.asks_for(Verb::Isolate) {
                decision.answer(Verb::Isolate)
            } else {
                Answer::Refuse
            };
            let done = self
                .load_progress(alert.alert_id())?
                .is_some_and(|progress| {
                    progress.phase == Phase::Reported && progress.isolate == isolate
                });
            if !done {
                jobs.push(Job { alert, isolate });
            }
        }
        Ok(jobs)
    }

    /// Does the jobs: one walk over the disk for all alerts that still need one, and only when all that was found is on
    /// the disk is anything isolated: what is isolated for one alert can no longer be found for another. What fails for
    /// one alert holds up no other; the first failure is returned, and its job is still to be done.
    pub fn do_jobs(&self, jobs: &[Job]) -> Result<(), WorkError> {
        let mut unswept = Vec::new();
        for job in jobs {
            let progress = self.load_progress(job.alert.alert_id())?;
            if progress.is_none_or(|progress| progress.phase != Phase::Isolating) {
                unswept.push(job);
            }
        }
        let mut outcome = self.sweep_and_note(&unswept);
        for job in jobs {
            if self.stop.load(Ordering::Relaxed) {
                // What was cut off by stopping is not a result; the next run begins it again.
                return Ok(());
            }
            outcome = outcome.and(self.finish(job));
        }
        outcome
    }

    fn sweep_and_note(&self, jobs: &[&Job]) -> Result<(), WorkError> {
        let outcome = self
            .sweep(jobs)
            .and_then(|reports| self.note(jobs, reports));
        match outcome {
            // One of the alerts may be what ends the process that sweeps. Alone, it holds up no other.
            Err(WorkError::Sweep(SweepError::Worker { message })) if jobs.len() > 1 => {
                warn!(message, "sweeping for each alert by itself");
                let mut outcome = Ok(());
                for job in jobs.chunks(1) {
                    outcome = outcome.and(self.sweep_and_note(job));
                }
                outcome
            }
            outcome => outcome,
        }
    }

    fn note(&self, jobs: &[&Job], reports: Vec<SweepReport>) -> Result<(), WorkError> {
        for (job, mut report) in jobs.iter().zip(reports) {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            self.carry_over_isolated(job.alert.alert_id(), &mut report)?;
            self.save_progress(job, Phase::Isolating, &report)?;
        }
        Ok(())
    }

    /// Isolates and reports what was swept. What was not swept stays as it is.
    fn finish(&self, job: &Job) -> Result<(), WorkError> {
        match self.load_progress(job.alert.alert_id())? {
            Some(progress) if progress.phase == Phase::Isolating => {
                self.isolate_and_report(job, progress.report)
            }
            _ => Ok(()),
        }
    }

    fn sweep(&self, jobs: &[&Job]) -> Result<Vec<SweepReport>, WorkError> {
        if jobs.is_empty() || self.stop.load(Ordering::Relaxed) {
            return Ok(Vec::new());
        }
        info!(alert_count = jobs.len(), "sweep begins");
        disk::make_folder(&self.paths.not_examined_lists())?;
        let alerts: Vec<&Verified<Alert>> = jobs.iter().map(|job| &job.alert).collect();
        let order = SweepOrder {
            alerts: &alerts,
            settings: self.settings,
            paths: self.paths,
            clock: self.clock,
            cancel: self.stop,
        };
        Ok(self.sweeper.sweep(&order)?)
    }

    fn isolate_and_report(&self, job: &Job, mut report: SweepReport) -> Result<(), WorkError> {
        let alert = job.alert.alert_id();
        if job.alert.asks_for(Verb::Isolate) {
            self.isolate(alert, job.isolate, &mut report)?;
        }
        let mut document = HostReport {
            schema: documents::SCHEMA,
            host: self.host,
            alert,
            report,
        };
        let envelope = self.sign(&mut document)?;
        self.spool.put(envelope.id(), &envelope.to_bytes())?;
        self.save_progress(job, Phase::Reported, &document.report)?;
        info!(alert = %job.alert.number, outcome = ?document.report.outcome, "sweep reported");
        Ok(())
    }

    /// Signs a report. Ten thousand findings with the longest paths do not fit into a document: whoever makes
    /// such files must not be able to silence the host, so the least of them are counted and not listed.
    fn sign(&self, document: &mut HostReport) -> Result<Envelope, SignError> {
        loop {
            let signed = Envelope::sign(document, &[self.key]);
            let too_long = matches!(
                signed,
                Err(SignError::Unreadable(StrictJsonError::TooLong { .. }))
            );
            let count = document.report.findings.len();
            if !too_long || count <= 1 {
                return signed;
            }
            keep_the_first(&mut document.report, count / 2);
        }
    }

    fn isolate(
        &self,
        alert: AlertId,
        answer: Answer,
        report: &mut SweepReport,
    ) -> Result<(), WorkError> {
        let vault = Vault::open(&self.paths.vault())?
            .with_files_per_alert_max(self.settings.isolate_files_max);
        let isolated = list_isolated(&vault)?;
        for finding in &mut report.findings {
            if finding.judgement != Judgement::Confirmed
                || matches!(finding.isolation, Some(Isolation::Isolated { .. }))
            {
                continue;
            }
            // For another alert, or by a run that was killed before it could say so. Where the file is in its place it
            // has come back, and what the vault holds is an earlier one.
            let taken = isolated.iter().rev().find(|entry| is_of(entry, finding));
            if let Some(entry) = taken.filter(|_| is_gone(&finding.item)) {
                finding.isolation = Some(Isolation::Isolated {
                    vault_id: entry.id.clone(),
                });
                continue;
            }
            finding.isolation = match answer {
                Answer::Pending => None,
                Answer::Refuse => Some(Isolation::NotPermitted),
                Answer::Permit => Some(self.isolate_one(&vault, alert, finding)),
            };
        }
        Ok(())
    }

    fn isolate_one(&self, vault: &Vault, alert: AlertId, finding: &Finding) -> Isolation {
        match vault.isolate(finding, alert, self.clock) {
            Ok(entry) => {
                info!(item = %finding.item, vault_id = entry.id, "isolated");
                Isolation::Isolated { vault_id: entry.id }
            }
            Err(error) => {
                let reason = chain(&error);
                warn!(item = %finding.item, reason, "not isolated");
                Isolation::Failed { reason }
            }
        }
    }

    /// A file that an earlier run isolated is no longer found in its place; it still belongs in the picture.
    fn carry_over_isolated(
        &self,
        alert: AlertId,
        report: &mut SweepReport,
    ) -> Result<(), WorkError> {
        let earlier = self
            .load_progress(alert)?
            .map(|progress| progress.report.findings)
            .unwrap_or_default();
        let vault = Vault::open(&self.paths.vault())?;
        let isolated = list_isolated(&vault)?;
        let known: BTreeSet<ItemPath> = report.findings.iter().map(|f| f.item.clone()).collect();
        let mut carried: BTreeMap<ItemPath, Finding> = BTreeMap::new();
        for finding in earlier {
            if isolated.iter().any(|entry| is_of(entry, &finding)) {
                carried.insert(finding.item.clone(), finding);
            }
        }
        // The vault remembers also what the earlier report does not: it may be damaged, or have had no room.
        for entry in isolated.iter().filter(|entry| entry.alert == alert) {
            carried
                .entry(entry.item.clone())
                .or_insert_with(|| finding_of(entry));
        }
        carried.retain(|item, _| !known.contains(item));
        let swept = std::mem::take(&mut report.findings);
        report.findings = carried.into_values().chain(swept).collect();
        keep_the_first(report, domain::report::FINDINGS_MAX);
        Ok(())
    }

    fn load_progress(&self, alert: AlertId) -> Result<Option<Progress>, WorkError> {
        let Some(bytes) = disk::read_if_there(&self.paths.progress(alert))? else {
            return Ok(None);
        };
        // Of another version of this program, or damaged: the work is done again, which harms nothing.
        let progress = serde_json::from_slice::<Progress>(&bytes)
            .map_err(|error| error.to_string())
            .and_then(|progress| progress.check(alert).map(|()| progress));
        Ok(progress
            .inspect_err(|reason| warn!(%alert, reason, "the state of the work is not usable; beginning again"))
            .ok())
    }

    fn save_progress(
        &self,
        job: &Job,
        phase: Phase,
        report: &SweepReport,
    ) -> Result<(), WorkError> {
        let progress = Progress {
            schema: PROGRESS_SCHEMA,
            phase,
            isolate: job.isolate,
            report: report.clone(),
        };
        let bytes = serde_json::to_vec(&progress).map_err(io::Error::other)?;
        Ok(disk::replace(
            &self.paths.progress(job.alert.alert_id()),
            &bytes,
        )?)
    }
}

fn list_isolated(vault: &Vault) -> Result<Vec<VaultEntry>, WorkError> {
    let mut entries = vault.list()?;
    entries.retain(|entry| entry.state == EntryState::Isolated);
    Ok(entries)
}

/// Tells whether the vault's entry is what was found: the same place and the same content.
fn is_of(entry: &VaultEntry, finding: &Finding) -> bool {
    entry.item == finding.item && finding.sha256.as_ref() == Some(&entry.sha256)
}

/// Tells whether nothing lies in this place any more. When in doubt something does: isolating it says why it cannot.
fn is_gone(item: &ItemPath) -> bool {
    path_of(item).is_some_and(|path| {
        fs_err::symlink_metadata(path).is_err_and(|error| {
            matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            )
        })
    })
}

fn path_of(item: &ItemPath) -> Option<PathBuf> {
    let Some(hex) = &item.exact_hex else {
        return Some(PathBuf::from(&item.text));
    };
    let bytes = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).ok()?;
            parse_hex::<1>(pair).map(|[byte]| byte)
        })
        .collect::<Option<Vec<u8>>>()?;
    Some(PathBuf::from(OsString::from_vec(bytes)))
}

/// Makes a finding of what the vault alone remembers. What pointed at the file is not known any more.
fn finding_of(entry: &VaultEntry) -> Finding {
    Finding {
        judgement: Judgement::Confirmed,
        why: Why::PayloadContent,
        item: entry.item.clone(),
        size_bytes: entry.size_bytes,
        modified_at: Timestamp::from_second(entry.modified.0).ok(),
        md5: Some(entry.md5.clone()),
        sha1: Some(entry.sha1.clone()),
        sha256: Some(entry.sha256.clone()),
        hits: Vec::new(),
        hits_left_out: 0,
        combinations: Vec::new(),
        isolation: Some(Isolation::Isolated {
            vault_id: entry.id.clone(),
        }),
        kind: domain::ItemKind::File,
        package: None,
    }
}

/// Keeps the first, which are the worst, and counts the others.
fn keep_the_first(report: &mut SweepReport, count: usize) {
    let more = report.findings.len().saturating_sub(count) as u64;
    report.findings.truncate(count);
    report.findings_left_out = report.findings_left_out.saturating_add(more);
    report.outcome = Outcome::of(&report.coverage, &report.findings);
}

#[cfg(test)]
mod tests;
