//! The coverage ledger: what was examined, what was not, and why. "Clean" is said only when it is complete.

use serde::{Deserialize, Serialize};

use crate::indicator::Observable;
use crate::item::{ItemKind, ItemPath};

/// Everything that one alert's sweep examined and did not examine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Whether nothing that the plan covers was missed.
    pub complete: bool,
    /// Folders listed.
    pub folder_count: u64,
    /// Items seen: regular files, members of containers, processes and the rest of [`ItemKind`].
    pub item_count: u64,
    /// Their sizes together, as the file system states them.
    pub item_bytes: u64,
    /// How many items of each kind there were; kinds of which there were none are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<KindCount>,
    /// Whether containers were opened, so that what is in them was examined too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub containers_opened: bool,
    /// Whether processes, connections and what starts by itself were examined.
    #[serde(default, skip_serializing_if = "is_false")]
    pub running_examined: bool,
    /// Items of which content was read.
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

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// How many items of one kind there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindCount {
    /// Which kind.
    pub kind: ItemKind,
    /// How many.
    pub count: u64,
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
    /// Text logs, connections, host entries and event logs against the indicator's domains.
    Domain,
    /// Name against the indicator's file names.
    FileName,
    /// Text logs, connections and host entries against the indicator's addresses and blocks.
    Ip,
    /// Against the indicator's mutexes.
    Mutex,
    /// Against the indicator's named pipes.
    NamedPipe,
    /// Path against the indicator's paths.
    Path,
    /// Registry hives against the indicator's keys.
    RegistryKey,
    /// Registry hives against the indicator's values.
    RegistryValue,
    /// Tasks of the system against the indicator's.
    ScheduledTask,
    /// Services of the system against the indicator's.
    Service,
    /// Event logs against a Sigma source.
    Sigma,
    /// Text logs against the indicator's URLs.
    Url,
    /// Content against a YARA source.
    Yara,
}

impl CheckKind {
    /// All kinds, in the order in which they are listed.
    pub const ALL: [Self; 14] = [
        Self::Digest,
        Self::Domain,
        Self::FileName,
        Self::Ip,
        Self::Mutex,
        Self::NamedPipe,
        Self::Path,
        Self::RegistryKey,
        Self::RegistryValue,
        Self::ScheduledTask,
        Self::Service,
        Self::Sigma,
        Self::Url,
        Self::Yara,
    ];

    /// Returns the kind of check that an observable asks for.
    pub const fn of(observable: &Observable) -> Self {
        match observable {
            Observable::Digest(_) => Self::Digest,
            Observable::Domain(_) => Self::Domain,
            Observable::FileName(_) => Self::FileName,
            Observable::Mutex(_) => Self::Mutex,
            Observable::NamedPipe(_) => Self::NamedPipe,
            Observable::Network(_) => Self::Ip,
            Observable::Path(_) => Self::Path,
            Observable::RegistryKey(_) => Self::RegistryKey,
            Observable::RegistryValue(_) => Self::RegistryValue,
            Observable::ScheduledTask(_) => Self::ScheduledTask,
            Observable::Service(_) => Self::Service,
            Observable::Url(_) => Self::Url,
        }
    }

    /// Returns how a hit of this check names what it found: as documents write the kind of an observable.
    pub const fn observable_kind(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Domain => "domain",
            Self::FileName => "file-name",
            Self::Ip => "ip",
            Self::Mutex => "mutex",
            Self::NamedPipe => "named-pipe",
            Self::Path => "path",
            Self::RegistryKey => "registry-key",
            Self::RegistryValue => "registry-value",
            Self::ScheduledTask => "scheduled-task",
            Self::Service => "service",
            Self::Sigma => "sigma",
            Self::Url => "url",
            Self::Yara => "yara",
        }
    }
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
    /// A container would have cost more than one may: too deep, too many members, too many bytes, too high a ratio.
    Budget,
    /// It changed while it was read.
    ChangedWhileRead,
    /// There is no check of that kind here.
    CheckUnavailable,
    /// A container is damaged: what could be read of it was examined, the rest is not known.
    Damaged,
    /// The detector failed on it.
    DetectorFailed,
    /// It is encrypted.
    Encrypted,
    /// The plan leaves it out.
    ExcludedByPlan,
    /// It took longer than one item may.
    ItemTime,
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
    /// It is a container of a kind that is recognised and not opened.
    UnsupportedContainer,
    /// It vanished between being listed and being opened.
    Vanished,
}

impl Reason {
    /// All reasons, in the order in which they are listed.
    pub const ALL: [Self; 15] = [
        Self::Budget,
        Self::ChangedWhileRead,
        Self::CheckUnavailable,
        Self::Damaged,
        Self::DetectorFailed,
        Self::Encrypted,
        Self::ExcludedByPlan,
        Self::ItemTime,
        Self::Permission,
        Self::ReadError,
        Self::SpecialFile,
        Self::Time,
        Self::TooLarge,
        Self::UnsupportedContainer,
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
