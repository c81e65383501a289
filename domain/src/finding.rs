//! What was found, what it means and why it is said to mean that.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::item::{ItemKind, ItemPath};

/// One item that an alert points at, judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What it means.
    pub judgement: Judgement,
    /// Why it is said to mean that.
    pub why: Why,
    /// What kind of thing it is.
    #[serde(default, skip_serializing_if = "ItemKind::is_file")]
    pub kind: ItemKind,
    /// Which: for a file its path, for a member `container » path inside`, for a process its number and executable.
    pub item: ItemPath,
    /// Its size in bytes when it was opened.
    pub size_bytes: u64,
    /// When its content was last changed, as the file system says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_at: Option<Timestamp>,
    /// MD5 of the content, where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub md5: Option<String>,
    /// SHA-1 of the content, where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha1: Option<String>,
    /// SHA-256 of the content, where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Everything that pointed at it.
    pub hits: Vec<Hit>,
    /// How many more there were than `hits` lists.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hits_left_out: u64,
    /// Combinations that it completes, by id.
    pub combinations: Vec<String>,
    /// The package that the system's own database says this content belongs to. It lowers a judgement and proves
    /// nothing: whoever owns the system can write that database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// What was done with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isolation: Option<Isolation>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// What a finding means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Judgement {
    /// Worth knowing; no alarm.
    Context,
    /// Worth a look by a person.
    Suspicious,
    /// Malware, by its content.
    Confirmed,
}

impl Judgement {
    /// Tells whether a host with such a finding counts as one where something was found.
    pub const fn counts_as_found(self) -> bool {
        matches!(self, Self::Suspicious | Self::Confirmed)
    }
}

/// The rule of judgement that decided. One sentence for each is in `texts`, under `why-…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// A legitimate program that the malware uses, by its content, without the malware beside it.
    AbusedLegitimateContent,
    /// A combination is complete, and at least one member matched by content.
    Combination,
    /// Something speaks against it, but the content is that of a package of the system itself.
    KnownPackage,
    /// The issuer calls the indicator context only.
    ContextOnly,
    /// The name is sought, the content was read and is another: a file that only shares its name.
    NameOtherContent,
    /// The name is sought and the alert gives no digest to check it by, or the content could not be read.
    NameUnchecked,
    /// The path is one that only the malware uses, but the content is another: perhaps a new variant.
    PathOtherContent,
    /// The path is sought, and the content could not be checked.
    PathUnchecked,
    /// The content is the payload's.
    PayloadContent,
    /// A rule of high confidence matched.
    RuleConfirmed,
    /// A rule matched.
    RuleMatched,
    /// A sought address, name, key, task or service stands in it: something has been here, or was called.
    TraceFound,
}

/// One match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hit {
    /// The indicator's or the rule's id in the alert.
    pub indicator: String,
    /// What matched: a kind of observable (`sha1`, `path`, …) or `yara`.
    pub kind: String,
    /// The value that matched, or the name of the rule inside its source.
    pub value: String,
    /// How much it proves.
    pub strength: Strength,
    /// Where inside the item, for whoever looks it up: a line and its time, a record, a key, a region of memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// How much a match proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// Something that mentions it.
    Trace,
    /// The name alone.
    Name,
    /// The whole path.
    Path,
    /// The content.
    Content,
}

/// What became of a finding that an alert asks to isolate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Isolation {
    /// It could not be isolated; nothing was changed.
    Failed {
        /// Why, in English, for whoever reads the log.
        reason: String,
    },
    /// It is in the vault.
    Isolated {
        /// Its id there: `tocsin quarantine restore ID`.
        vault_id: String,
    },
    /// The organisation does not permit it.
    NotPermitted,
}
