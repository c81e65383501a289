//! Findings while a sweep runs: bounded, the worst kept.

use domain::report::FINDINGS_MAX;
use domain::{Finding, Why};

use crate::judge::{ContentEvidence, Location};

/// Matches listed in one finding; more are counted. Only collections of rules match more, themselves above all.
pub(crate) const HITS_MAX: usize = 1_000;

/// A finding that may still become worse by what lies beside it.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) finding: Finding,
    /// The exact path of the folder.
    pub(crate) folder: Vec<u8>,
    /// The indicators that matched, with what speaks for each.
    pub(crate) members: Vec<(usize, Location, ContentEvidence)>,
}

/// The findings for one alert.
#[derive(Debug, Default)]
pub(crate) struct FindingList {
    pub(crate) pending: Vec<Pending>,
    pub(crate) left_out: u64,
}

impl FindingList {
    pub(crate) fn add(&mut self, pending: Pending) {
        self.pending.push(pending);
        if self.pending.len() >= 2 * FINDINGS_MAX {
            self.keep_the_worst();
        }
    }

    /// Sorts the findings, worst first, then by path, and keeps as many as a report carries.
    pub(crate) fn keep_the_worst(&mut self) {
        self.pending.sort_by(|one, other| {
            let (one, other) = (&one.finding, &other.finding);
            let by_judgement = other.judgement.cmp(&one.judgement);
            by_judgement.then_with(|| one.item.cmp(&other.item))
        });
        let more = self.pending.len().saturating_sub(FINDINGS_MAX);
        self.pending.truncate(FINDINGS_MAX);
        self.left_out += more as u64;
    }
}

impl Pending {
    /// Makes the judgement worse, if it is.
    pub(crate) fn raise(&mut self, to: (domain::Judgement, Why)) {
        if to.0 > self.finding.judgement {
            (self.finding.judgement, self.finding.why) = to;
        }
    }
}
