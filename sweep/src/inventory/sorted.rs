//! What the journal holds, in the order of the base and within a fixed amount of memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use super::encoding::Record;
use super::path::FilePath;

/// What an entry costs in memory beside its bytes.
const ENTRY_BYTES: usize = 96;

/// The records of one folder.
type Names = BTreeMap<Box<[u8]>, SortedEntry>;

/// Records by folder and name.
#[derive(Default)]
pub(super) struct Sorted {
    folders: BTreeMap<Box<[u8]>, Names>,
    byte_count: usize,
    entry_count: u64,
}

/// One encoded record.
pub(super) struct SortedEntry {
    pub(super) body: Vec<u8>,
    seen: AtomicBool,
}

impl SortedEntry {
    /// Notes that the file is still there.
    pub(super) fn see(&self) {
        self.seen.store(true, Ordering::Relaxed);
    }

    pub(super) fn was_seen(&self) -> bool {
        self.seen.load(Ordering::Relaxed)
    }
}

impl Sorted {
    /// Adds a record, to what is there of the same file.
    pub(super) fn add(&mut self, path: FilePath<'_>, body: &[u8]) {
        if !self.folders.contains_key(path.folder) {
            self.byte_count += ENTRY_BYTES + path.folder.len();
            self.folders.insert(path.folder.into(), Names::new());
        }
        let Some(names) = self.folders.get_mut(path.folder) else {
            return;
        };
        if let Some(entry) = names.get_mut(path.name) {
            let Some(body) = absorb(&entry.body, body) else {
                return;
            };
            self.byte_count = self.byte_count + body.len() - entry.body.len();
            entry.body = body;
            return;
        }
        let entry = SortedEntry {
            body: body.to_vec(),
            seen: AtomicBool::new(false),
        };
        names.insert(path.name.into(), entry);
        self.byte_count += ENTRY_BYTES + path.name.len() + body.len();
        self.entry_count += 1;
    }

    /// Drops the last record of all.
    pub(super) fn drop_last(&mut self) {
        let Some(mut folder) = self.folders.last_entry() else {
            return;
        };
        if let Some((name, entry)) = folder.get_mut().pop_last() {
            self.byte_count -= ENTRY_BYTES + name.len() + entry.body.len();
            self.entry_count -= 1;
        }
        if folder.get().is_empty() {
            let (folder, _) = folder.remove_entry();
            self.byte_count -= ENTRY_BYTES + folder.len();
        }
    }

    pub(super) fn find(&self, path: FilePath<'_>) -> Option<&SortedEntry> {
        self.folders.get(path.folder)?.get(path.name)
    }

    /// Returns all records in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (FilePath<'_>, &SortedEntry)> {
        self.folders.iter().flat_map(|(folder, names)| {
            names
                .iter()
                .map(move |(name, entry)| (FilePath { folder, name }, entry))
        })
    }

    pub(super) fn last(&self) -> Option<FilePath<'_>> {
        let (folder, names) = self.folders.last_key_value()?;
        let (name, _) = names.last_key_value()?;
        Some(FilePath { folder, name })
    }

    pub(super) fn len(&self) -> u64 {
        self.entry_count
    }

    /// Returns about how much memory it takes.
    pub(super) fn byte_count(&self) -> usize {
        self.byte_count
    }
}

/// Puts two encoded records of one file together; nothing where the newer one is damaged.
pub(super) fn absorb(older: &[u8], newer: &[u8]) -> Option<Vec<u8>> {
    let newer_record = Record::decode(newer)?;
    let together = match Record::decode(older) {
        Some(older) => older.absorb(newer_record),
        None => return Some(newer.to_vec()),
    };
    // Together they may be more than is kept of one file: then the newer one stands alone.
    Some(together.encode().unwrap_or_else(|| newer.to_vec()))
}
