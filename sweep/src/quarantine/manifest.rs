//! What the vault remembers of one isolated file: `manifest.json`, replaced as a whole each time.

use std::io::{self, Read, Write};

use domain::digest::{parse_hex_bytes, to_hex};
use domain::{AlertId, ItemPath};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::platform::{FileAttributes, FolderHandle};

/// The version of this format that is written and read.
const SCHEMA: u32 = 1;
/// Bytes of a manifest: extended attributes are most of it.
const MANIFEST_BYTES_MAX: u64 = 2 * 1024 * 1024;

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

/// What is known of a file when its isolation begins.
pub(super) struct Origin {
    pub(super) item: ItemPath,
    pub(super) size_bytes: u64,
    pub(super) attributes: FileAttributes,
    pub(super) link_count: u64,
}

impl VaultEntry {
    pub(super) fn new(
        id: String,
        alert: AlertId,
        isolated_at: Timestamp,
        digests: [String; 3],
        origin: Origin,
    ) -> Self {
        let [md5, sha1, sha256] = digests;
        let attributes = origin.attributes;
        let in_hex = |(name, value): &(Vec<u8>, Vec<u8>)| (to_hex(name), to_hex(value));
        Self {
            schema: SCHEMA,
            id,
            state: EntryState::Copying,
            alert,
            isolated_at,
            item: origin.item,
            size_bytes: origin.size_bytes,
            md5,
            sha1,
            sha256,
            owner_id: attributes.owner_id,
            group_id: attributes.group_id,
            mode: attributes.mode,
            modified: attributes.modified,
            accessed: attributes.accessed,
            attributes: attributes.extended.iter().map(in_hex).collect(),
            link_count: origin.link_count,
            restored_to: None,
        }
    }

    /// Reads the manifest in an entry's folder.
    pub(super) fn load(folder: &FolderHandle, id: &str) -> io::Result<Self> {
        let mut json = Vec::new();
        folder
            .open_file(c"manifest.json", false)?
            .take(MANIFEST_BYTES_MAX)
            .read_to_end(&mut json)?;
        let entry: Self = serde_json::from_slice(&json)?;
        let invalid = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidData, what));
        if entry.schema != SCHEMA {
            return invalid("the manifest is of another version");
        }
        if entry.id != id || !id.starts_with(entry.sha256.get(..16).unwrap_or("-")) {
            return invalid("the manifest is of another entry");
        }
        Ok(entry)
    }

    /// Writes the manifest, so that after a crash there is the old one or the new one.
    pub(super) fn save(&self, folder: &FolderHandle) -> io::Result<()> {
        match folder.remove(c"manifest.new") {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = folder.create_file(c"manifest.new")?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        folder.rename_over(c"manifest.new", c"manifest.json")?;
        folder.sync()
    }

    /// Returns what the file had beside its content; nothing where the manifest is damaged.
    pub(super) fn file_attributes(&self) -> Option<FileAttributes> {
        let extended = self
            .attributes
            .iter()
            .map(|(name, value)| Some((parse_hex_bytes(name)?, parse_hex_bytes(value)?)));
        Some(FileAttributes {
            owner_id: self.owner_id,
            group_id: self.group_id,
            mode: self.mode,
            accessed: self.accessed,
            modified: self.modified,
            extended: extended.collect::<Option<_>>()?,
        })
    }
}

/// Returns the exact bytes of a path.
pub(super) fn exact_bytes(item: &ItemPath) -> Option<Vec<u8>> {
    match &item.exact_hex {
        None => Some(item.text.clone().into_bytes()),
        Some(hex) => parse_hex_bytes(hex),
    }
}
