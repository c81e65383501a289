//! The agent's work: sweep for what its organisation permits, isolate what it permits, and report.
//!
//! Each step is on the disk before the next begins: a killed agent goes on where it was. What was isolated is never lost
//! from a report, although a later sweep no longer finds it in its place.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use documents::{Decision, Envelope, HostReport, SigningKey, Verified};
use domain::{
    Alert, AlertId, Answer, Clock, Finding, HostId, Isolation, Judgement, Outcome, SweepReport,
    Verb,
};
use serde::{Deserialize, Serialize};
use sweep::quarantine::EntryState;
use sweep::{Detector, NoProgress, SweepOptions, Target, Vault, VaultEntry};
use thiserror::Error;
use tracing::{info, warn};

use crate::disk;
use crate::paths::AgentPaths;
use crate::settings::Settings;
use crate::spool::Spool;

/// Makes the detector for an alert's rules. The agent itself links no rule engine.
pub trait DetectorMaker: Send + Sync {
    /// Returns a detector for the rules of `alert`, or nothing where it has none.
    fn make(&self, alert: &Alert) -> Result<Option<Box<dyn Detector>>, String>;
}

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
    /// Makes detectors.
    pub detectors: &'a dyn DetectorMaker,
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
    Sweep(#[from] sweep::SweepError),
    /// The report could not be signed.
    #[error(transparent)]
    Sign(#[from] documents::SignError),
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
    /// the disk is anything isolated: what is isolated for one alert can no longer be found for another.
    pub fn do_jobs(&self, jobs: &[Job]) -> Result<(), WorkError> {
        let mut unswept = Vec::new();
        for job in jobs {
            let progress = self.load_progress(job.alert.alert_id())?;
            if progress.is_none_or(|progress| progress.phase != Phase::Isolating) {
                unswept.push(job);
            }
        }
        let reports = self.sweep(&unswept)?;
        if self.stop.load(Ordering::Relaxed) {
            // What was cut off by stopping is not a result; the next run begins it again.
            return Ok(());
        }
        for (job, mut report) in unswept.iter().zip(reports) {
            self.carry_over_isolated(job.alert.alert_id(), &mut report)?;
            self.save_progress(job, Phase::Isolating, &report)?;
        }
        for job in jobs {
            if let Some(progress) = self.load_progress(job.alert.alert_id())? {
                self.isolate_and_report(job, progress.report)?;
            }
        }
        Ok(())
    }

    fn sweep(&self, jobs: &[&Job]) -> Result<Vec<SweepReport>, WorkError> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let mut detectors = Vec::new();
        for job in jobs {
            // Without its detector the alert's rules are reported as not checked: incomplete, never clean.
            detectors.push(self.detectors.make(&job.alert).unwrap_or_else(|reason| {
                warn!(alert = %job.alert.number, reason, "the rules cannot be used");
                None
            }));
        }
        let targets: Vec<Target<'_>> = jobs
            .iter()
            .zip(&detectors)
            .map(|(job, detector)| Target {
                alert: job.alert.value(),
                id: Some(job.alert.alert_id()),
                detector: detector.as_deref(),
            })
            .collect();
        let options = SweepOptions {
            threads: std::num::NonZeroUsize::new(self.settings.threads),
            rule_bytes_max: self.settings.rule_bytes_max,
            host: self.settings.host_name(),
            ..SweepOptions::new(self.settings.roots.clone())
        };
        info!(alert_count = jobs.len(), "sweep begins");
        Ok(sweep::sweep(
            &targets,
            &options,
            self.clock,
            &NoProgress,
            self.stop,
        )?)
    }

    fn isolate_and_report(&self, job: &Job, mut report: SweepReport) -> Result<(), WorkError> {
        let alert = job.alert.alert_id();
        if job.alert.asks_for(Verb::Isolate) {
            self.isolate(alert, job.isolate, &mut report)?;
        }
        let document = HostReport {
            schema: documents::SCHEMA,
            host: self.host,
            alert,
            report,
        };
        let envelope = Envelope::sign(&document, &[self.key])?;
        self.spool.put(envelope.id(), &envelope.to_bytes())?;
        self.save_progress(job, Phase::Reported, &document.report)?;
        info!(alert = %job.alert.number, outcome = ?document.report.outcome, "sweep reported");
        Ok(())
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
            // For another alert, or by a run that was killed before it could say so.
            if let Some(entry) = isolated.iter().find(|entry| is_of(entry, finding)) {
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
        let Some(earlier) = self.load_progress(alert)? else {
            return Ok(());
        };
        let vault = Vault::open(&self.paths.vault())?;
        let isolated = list_isolated(&vault)?;
        for finding in earlier.report.findings {
            let in_vault = isolated.iter().any(|entry| is_of(entry, &finding));
            let found_again = report
                .findings
                .iter()
                .any(|found| found.item == finding.item);
            if in_vault && !found_again {
                report.findings.insert(0, finding);
            }
        }
        report.findings.truncate(domain::report::FINDINGS_MAX);
        report.outcome = Outcome::of(&report.coverage, &report.findings);
        Ok(())
    }

    fn load_progress(&self, alert: AlertId) -> Result<Option<Progress>, WorkError> {
        let Some(bytes) = disk::read_if_there(&self.paths.progress(alert))? else {
            return Ok(None);
        };
        // Of another version of this program, or damaged: the work is done again, which harms nothing.
        Ok(serde_json::from_slice(&bytes)
            .inspect_err(|error| warn!(%alert, %error, "the state of the work is not readable; beginning again"))
            .ok())
    }

    fn save_progress(
        &self,
        job: &Job,
        phase: Phase,
        report: &SweepReport,
    ) -> Result<(), WorkError> {
        let progress = Progress {
            schema: 1,
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

/// Writes an error with its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
