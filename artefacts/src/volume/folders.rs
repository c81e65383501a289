//! The folders of a volume, kept while its files are handed out: a file's record knows only its own folder's record.

use std::collections::HashMap;

use super::record::{Name, Reference};

/// The root folder's record.
pub(super) const ROOT: u64 = 5;
/// Deepest folder whose path is told in full.
const DEPTH_MAX: usize = 255;
/// Longest path that is told in full, in bytes: the limit of Windows.
const PATH_BYTES_MAX: usize = 32_767;
/// What an entry costs beside its name: the map's own share, and what a `HashMap` keeps free.
const ENTRY_BYTES: usize = 64;

/// The folders by their records.
#[derive(Default)]
pub(super) struct Folders {
    entries: HashMap<u64, Folder>,
    names: String,
}

struct Folder {
    parent: Reference,
    /// How often the record had been used while the folder existed.
    sequence: u16,
    name_at: u32,
    name_bytes: u16,
}

impl Folders {
    /// Keeps a folder. `sequence` is that of its record, `in_use` whether it exists: a record's sequence grows when it is freed.
    pub(super) fn add(&mut self, record: u64, sequence: u16, in_use: bool, name: &Name) {
        let sequence = if in_use {
            sequence
        } else {
            sequence.wrapping_sub(1)
        };
        let (Ok(name_at), Ok(name_bytes)) = (
            u32::try_from(self.names.len()),
            u16::try_from(name.text.len()),
        ) else {
            return;
        };
        let folder = Folder {
            parent: name.parent,
            sequence,
            name_at,
            name_bytes,
        };
        self.names.push_str(&name.text);
        self.entries.insert(record, folder);
    }

    /// Tells whether a folder is known already.
    pub(super) fn has(&self, record: u64) -> bool {
        self.entries.contains_key(&record)
    }

    /// Returns about how much memory the folders take.
    pub(super) fn bytes(&self) -> usize {
        self.entries.len() * ENTRY_BYTES + self.names.len()
    }

    /// Returns the path of a name; `?/` stands for folders that are gone.
    pub(super) fn path(&self, name: &Name) -> String {
        let mut parts: Vec<&str> = vec![&name.text];
        let mut bytes = name.text.len();
        let mut parent = name.parent;
        while parent.number != ROOT {
            let folder = self.entries.get(&parent.number);
            let folder = folder.filter(|folder| {
                folder.sequence == parent.sequence
                    && parts.len() < DEPTH_MAX
                    && bytes < PATH_BYTES_MAX
            });
            let Some(folder) = folder else {
                parts.push("?");
                break;
            };
            let part = self.name(folder);
            bytes += part.len() + 1;
            parts.push(part);
            parent = folder.parent;
        }
        let mut path = String::with_capacity(bytes + parts.len());
        for part in parts.iter().rev() {
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(part);
        }
        path
    }

    fn name(&self, folder: &Folder) -> &str {
        let at = usize::try_from(folder.name_at).unwrap_or(usize::MAX);
        self.names
            .get(at..at + usize::from(folder.name_bytes))
            .unwrap_or("?")
    }
}
