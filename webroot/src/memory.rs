//! What a watch remembers of files that were right: as long as the file system says that nothing has changed, a fast pass believes it.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::platform::Stat;

/// Files of free folders that are remembered; others are read again in each pass. 2 million take 48 MB.
const FREE_FILES_MAX: usize = 2_000_000;
/// Seconds that a change must be old to be remembered: two changes within one tick of the file system's clock look like one.
const SETTLED_SECONDS: i64 = 2;

/// 8 bytes for each entry of a manifest and for each inode. The hashes are keyed anew in each run, so that nobody can make two states
/// that look like one.
#[derive(Debug)]
pub(crate) struct Memory {
    keys: RandomState,
    entries: Vec<AtomicU64>,
    inodes: Vec<AtomicU64>,
    free: Mutex<HashMap<u64, u64>>,
}

impl Memory {
    /// Remembers nothing of so many entries.
    pub(crate) fn new(entries: usize) -> Self {
        let empty = || (0..entries).map(|_| AtomicU64::new(0)).collect();
        Self {
            keys: RandomState::new(),
            entries: empty(),
            inodes: empty(),
            free: Mutex::default(),
        }
    }

    /// Tells whether the entry was right when it looked like this.
    pub(crate) fn knows(&self, number: usize, stat: &Stat) -> bool {
        self.entries[number].load(Ordering::Relaxed) == self.print(stat)
    }

    /// Remembers that the entry is right, if its last change is old enough to be told from the next.
    pub(crate) fn remember(&self, number: usize, stat: &Stat, kernel_seconds: i64) {
        let print = if is_settled(stat, kernel_seconds) {
            self.print(stat)
        } else {
            0
        };
        self.entries[number].store(print, Ordering::Relaxed);
    }

    /// Remembers which inode the entry is, so that events about it under another name are recognised.
    pub(crate) fn remember_inode(&self, number: usize, stat: &Stat) {
        self.inodes[number].store(stat.inode, Ordering::Relaxed);
    }

    /// Forgets an entry.
    pub(crate) fn forget(&self, number: usize) {
        self.entries[number].store(0, Ordering::Relaxed);
    }

    /// Returns inodes with the numbers of their entries, sorted.
    pub(crate) fn inodes(&self) -> Vec<(u64, u32)> {
        let inodes = self.inodes.iter().zip(0_u32..);
        let mut inodes: Vec<(u64, u32)> = inodes
            .map(|(inode, number)| (inode.load(Ordering::Relaxed), number))
            .filter(|(inode, _)| *inode != 0)
            .collect();
        inodes.sort_unstable();
        inodes
    }

    /// Tells whether a file in a free folder was right when it looked like this.
    pub(crate) fn knows_free(&self, path: &[u8], stat: &Stat) -> bool {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.get(&self.keys.hash_one(path)) == Some(&self.print(stat))
    }

    /// Remembers that a file in a free folder is right.
    pub(crate) fn remember_free(&self, path: &[u8], stat: &Stat, kernel_seconds: i64) {
        if !is_settled(stat, kernel_seconds) {
            return;
        }
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() >= FREE_FILES_MAX {
            free.clear();
        }
        free.insert(self.keys.hash_one(path), self.print(stat));
    }

    /// Returns a number of everything that the file system says, never 0.
    fn print(&self, stat: &Stat) -> u64 {
        self.keys.hash_one(stat) | 1
    }
}

fn is_settled(stat: &Stat, kernel_seconds: i64) -> bool {
    stat.changed.0.saturating_add(SETTLED_SECONDS) <= kernel_seconds
}
