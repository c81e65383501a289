//! The report of one sweep for one alert: the document that an agent sends up and `tocsin sweep` writes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::coverage::Coverage;
use crate::finding::{Finding, Judgement};
use crate::ids::AlertId;
use crate::item::ItemPath;

/// The version of this format that is written and read.
pub const SCHEMA: u32 = 1;
/// Findings that one report carries; more are counted and not listed.
pub const FINDINGS_MAX: usize = 10_000;

/// What one sweep of one host found for one alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepReport {
    /// Always [`SCHEMA`].
    pub schema: u32,
    /// The program and its version.
    pub tool: String,
    /// Which alert.
    pub alert: AlertReference,
    /// The host's name for people.
    pub host: String,
    /// When the sweep began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// What it was asked to cover.
    pub roots: Vec<ItemPath>,
    /// What each check of the alert said of a sample made for it, before the sweep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_test: Option<SelfTest>,
    /// What it came to.
    pub outcome: Outcome,
    /// What was examined, and what was not.
    pub coverage: Coverage,
    /// What was found, worst first, at most [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
    /// How many more there were.
    pub findings_left_out: u64,
}

/// Whether each check of the alert works on this host: a silent zero is a fact then, and no broken detector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelfTest {
    /// Checks that found the sample made for them.
    pub passed: u64,
    /// Checks of the alert.
    pub total: u64,
    /// Checks that did not, as `kind indicator: why`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<String>,
    /// Checks for which no sample can be made (a rule whose condition cannot be turned round), as `kind indicator`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untested: Vec<String>,
}

/// Names an alert in a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertReference {
    /// Its id; absent where an unsigned draft was swept for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<AlertId>,
    /// Its number.
    pub number: String,
    /// Its version.
    pub version: u32,
    /// Whether it is a drill.
    pub exercise: bool,
}

/// What a sweep came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Complete, and nothing found.
    Clean,
    /// Nothing found, but something was not examined: not clean.
    CleanIncomplete,
    /// Found, and complete.
    Found,
    /// Found, and something was not examined.
    FoundIncomplete,
}

impl Outcome {
    /// Returns the outcome of a sweep with this coverage and these findings.
    pub fn of(coverage: &Coverage, findings: &[Finding]) -> Self {
        let found = findings
            .iter()
            .any(|finding| finding.judgement.counts_as_found());
        match (found, coverage.complete) {
            (false, true) => Self::Clean,
            (false, false) => Self::CleanIncomplete,
            (true, true) => Self::Found,
            (true, false) => Self::FoundIncomplete,
        }
    }

    /// Tells whether anything suspicious or confirmed was found.
    pub const fn is_found(self) -> bool {
        matches!(self, Self::Found | Self::FoundIncomplete)
    }

    /// Tells whether nothing that the plan covers was missed.
    pub const fn is_complete(self) -> bool {
        matches!(self, Self::Clean | Self::Found)
    }
}

impl SweepReport {
    /// Checks that the report does not contradict itself: a false "clean" is refused wherever it comes from.
    pub fn check(&self) -> Result<(), String> {
        if self.schema != SCHEMA {
            return Err(format!(
                "report format {} is not known; this program reads {SCHEMA}",
                self.schema
            ));
        }
        if self.findings.len() > FINDINGS_MAX {
            return Err(format!(
                "{} findings are more than {FINDINGS_MAX}",
                self.findings.len()
            ));
        }
        if let Some(check) = self
            .coverage
            .checks
            .iter()
            .find(|check| !check.adds_up(self.coverage.item_count))
        {
            return Err(format!(
                "the check of '{}' does not account for every item",
                check.indicator
            ));
        }
        let gap = self
            .coverage
            .not_examined
            .iter()
            .any(|line| line.reason.leaves_a_gap() && line.count > 0)
            || self
                .coverage
                .checks
                .iter()
                .any(|check| check.not_examined > 0);
        if gap && self.coverage.complete {
            return Err("it says complete, and lists what was not examined".to_owned());
        }
        if self.outcome != Outcome::of(&self.coverage, &self.findings) {
            return Err("the outcome is not what coverage and findings say".to_owned());
        }
        Ok(())
    }

    /// Counts the findings judged `judgement`.
    pub fn count_findings(&self, judgement: Judgement) -> u64 {
        self.findings
            .iter()
            .filter(|finding| finding.judgement == judgement)
            .count() as u64
    }
}
