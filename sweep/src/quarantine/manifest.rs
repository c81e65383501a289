//! What the vault remembers of one isolated file.

use domain::{AlertId, ItemPath};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One isolated file, as its manifest says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultEntry {
    /// Always 1.
    pub schema: u32,
    /// Its id in the vault.
    pub id: String,
    /// How far it is.
    pub state: EntryState,
    /// The alert for which it was isolated.
    pub alert: AlertId,
    /// When it was isolated.
    pub isolated_at: Timestamp,
    /// Where it was, absolute.
    pub item: ItemPath,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// MD5 of its content.
    pub md5: String,
    /// SHA-1 of its content.
    pub sha1: String,
    /// SHA-256 of its content.
    pub sha256: String,
    /// The numeric id of its owner.
    pub owner_id: u32,
    /// The numeric id of its group.
    pub group_id: u32,
    /// Its permission bits, with set-uid, set-gid and sticky.
    pub mode: u32,
    /// When it was last changed: seconds and nanoseconds since 1970.
    pub modified: (i64, u32),
    /// When it was last read.
    pub accessed: (i64, u32),
    /// Its extended attributes: names and values in hexadecimal.
    pub attributes: Vec<(String, String)>,
    /// How many names the file had. More than one: it is still reachable by the others.
    pub link_count: u64,
    /// Where it was restored to last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_to: Option<ItemPath>,
}

/// How far the isolation of a file is. After a crash, opening the vault goes on from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryState {
    /// The copy is being made; the original is in its place.
    Copying,
    /// The copy is on disk and was read back; the original is about to be removed.
    Stored,
    /// The original is gone from its place.
    Isolated,
    /// It is being put back.
    Restoring,
    /// It was put back; the copy is kept.
    Restored,
}
