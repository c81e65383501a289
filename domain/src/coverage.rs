//! The coverage ledger: what was examined, what was not, and why. "Clean" is said only when it is complete.

use serde::{Deserialize, Serialize};

use crate::item::ItemPath;

/// Everything that one alert's sweep examined and did not examine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Whether nothing that the plan covers was missed.
    pub complete: bool,
    /// Folders listed.
    pub folder_count: u64,
    /// Regular files seen.
    pub item_count: u64,
    /// Their sizes together, as the file system states them.
    pub item_bytes: u64,
    /// Files of which content was read.
    pub read_count: u64,
    /// Bytes of content read.
    pub read_bytes: u64,
    /// One line for each check of the alert.
    pub checks: Vec<CheckCoverage>,
    /// What was not examined, by reason, in the order of [`Reason`].
    pub not_examined: Vec<NotExamined>,
    /// Observables that a sweep of files does not look for (domains to block, addresses), as `indicator: kind value`.
    pub outside_sweep: Vec<String>,
}

/// What one check of an alert came to. For every check,
/// `item_count = hits + absent_by_metadata + absent_by_content + outside_plan + not_examined`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckCoverage {
    /// What was checked.
    pub kind: CheckKind,
    /// The indicator's or the rule's id.
    pub indicator: String,
    /// Items that matched.
    pub hits: u64,
    /// Items known not to match by name, path or stated size, without reading them.
    pub absent_by_metadata: u64,
    /// Items known not to match because their content was read.
    pub absent_by_content: u64,
    /// Items that the plan leaves out: a digest without a stated size, looked for only under its own name.
    pub outside_plan: u64,
    /// Items that should have been examined and were not; the reasons are in [`Coverage::not_examined`].
    pub not_examined: u64,
}

/// The kinds of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckKind {
    /// Content against the indicator's digests.
    Digest,
    /// Name against the indicator's file names.
    FileName,
    /// Path against the indicator's paths.
    Path,
    /// Content against a YARA source.
    Yara,
}

/// What was not examined for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotExamined {
    /// Why.
    pub reason: Reason,
    /// How many items; a folder that cannot be listed counts as one, whatever lies in it.
    pub count: u64,
    /// Some of them, the first that were met.
    pub examples: Vec<ItemPath>,
}

/// Why something was not examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It changed while it was read.
    ChangedWhileRead,
    /// This version has no check of that kind.
    CheckUnavailable,
    /// The detector failed on it.
    DetectorFailed,
    /// The plan leaves it out.
    ExcludedByPlan,
    /// Access was denied.
    Permission,
    /// Reading failed.
    ReadError,
    /// No regular file: a FIFO, socket or device, or a file of the kernel's own file systems. It has no content.
    SpecialFile,
    /// The time given was over.
    Time,
    /// It is larger than the limit for matching.
    TooLarge,
    /// It vanished between being listed and being opened.
    Vanished,
}

impl Reason {
    /// All reasons, in the order in which they are listed.
    pub const ALL: [Self; 10] = [
        Self::ChangedWhileRead,
        Self::CheckUnavailable,
        Self::DetectorFailed,
        Self::ExcludedByPlan,
        Self::Permission,
        Self::ReadError,
        Self::SpecialFile,
        Self::Time,
        Self::TooLarge,
        Self::Vanished,
    ];

    /// Tells whether a sweep with such an item is incomplete. What has no content and what is no longer there hides
    /// nothing; what the plan leaves out is stated with the plan.
    pub const fn leaves_a_gap(self) -> bool {
        !matches!(
            self,
            Self::ExcludedByPlan | Self::SpecialFile | Self::Vanished
        )
    }
}

impl CheckCoverage {
    /// Tells whether the line accounts for each of `item_count` items exactly once.
    /// Saturates, so that a hostile report cannot overflow it.
    pub const fn adds_up(&self, item_count: u64) -> bool {
        self.hits
            .saturating_add(self.absent_by_metadata)
            .saturating_add(self.absent_by_content)
            .saturating_add(self.outside_plan)
            .saturating_add(self.not_examined)
            == item_count
    }
}
