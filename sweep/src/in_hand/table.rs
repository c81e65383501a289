//! The table of what threads have in hand: a file with two slots for each thread, one for a place and one for an item in
//! it. One process writes it, another reads it, also after the first has been killed.
//!
//! A slot is a count of changes (8 bytes, little-endian), the bytes of the path (2; 0 where nothing is in hand), the key
//! (32) and the path, of which only the beginning is kept where it is long.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::ItemPath;
use fs_err as fs;

use super::{InHand, ItemKey, KEY_BYTES, What};
use crate::pipeline::THREADS_MAX;

const SLOT_BYTES: usize = 4096;
const SLOT_COUNT: usize = THREADS_MAX * 2;
const COUNT_BYTES: usize = 8;
const LENGTH_BYTES: usize = 2;
const PATH_AT: usize = COUNT_BYTES + LENGTH_BYTES + 2 * KEY_BYTES;

/// Writes the table of a sweep.
#[derive(Debug)]
pub struct Writer {
    file: File,
    change_counts: Vec<AtomicU64>,
}

/// Reads the table of a sweep in another process.
#[derive(Debug)]
pub struct Reader {
    file: File,
}

/// What one thread has in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which thread.
    pub thread: usize,
    /// Whether it is an item or a place.
    pub what: What,
    /// Its key.
    pub key: ItemKey,
    /// Its path, or the beginning of it.
    pub path: ItemPath,
}

impl Writer {
    /// Begins a table at `path`; an earlier one is replaced.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = fs::File::create(path)?.into_parts().0;
        file.set_len((SLOT_BYTES * SLOT_COUNT) as u64)?;
        Ok(Self {
            file,
            change_counts: (0..SLOT_COUNT).map(|_| AtomicU64::new(0)).collect(),
        })
    }

    /// A table that cannot be written costs the supervisor its knowledge, and the sweep nothing.
    fn write(&self, slot: usize, rest: &[u8]) {
        let Some(count) = self.change_counts.get(slot) else {
            return;
        };
        let count = count.fetch_add(1, Ordering::Relaxed) + 1;
        let mut bytes = Vec::with_capacity(COUNT_BYTES + rest.len());
        bytes.extend_from_slice(&count.to_le_bytes());
        bytes.extend_from_slice(rest);
        let _ = self.file.write_all_at(&bytes, (slot * SLOT_BYTES) as u64);
    }
}

impl InHand for Writer {
    fn begin(&self, thread: usize, what: What, key: &ItemKey, path: &[u8]) {
        let path = &path[..path.len().min(SLOT_BYTES - PATH_AT)];
        let length = u16::try_from(path.len()).unwrap_or(u16::MAX).max(1);
        let mut rest = Vec::with_capacity(PATH_AT + path.len());
        rest.extend_from_slice(&length.to_le_bytes());
        rest.extend_from_slice(key.as_bytes());
        rest.extend_from_slice(path);
        self.write(slot_of(thread, what), &rest);
    }

    fn touch(&self, thread: usize) {
        self.write(slot_of(thread, What::Place), &[]);
    }

    fn end(&self, thread: usize, what: What) {
        self.write(slot_of(thread, what), &[0; LENGTH_BYTES]);
    }
}

impl From<File> for Reader {
    fn from(file: File) -> Self {
        Self { file }
    }
}

impl Reader {
    /// Opens the table at `path`.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = fs::File::open(path)?.into_parts().0;
        Ok(Self { file })
    }

    /// Returns how often each thread has changed anything so far: one that stands still has not.
    pub fn change_counts(&self) -> io::Result<Vec<u64>> {
        let mut counts = Vec::with_capacity(THREADS_MAX);
        for thread in 0..THREADS_MAX {
            let mut sum = 0_u64;
            for what in [What::Place, What::Item] {
                let mut count = [0; COUNT_BYTES];
                let at = slot_of(thread, what) * SLOT_BYTES;
                self.file.read_exact_at(&mut count, at as u64)?;
                sum = sum.wrapping_add(u64::from_le_bytes(count));
            }
            counts.push(sum);
            if sum == 0 {
                // Threads are numbered from 0, and each begins with something.
                break;
            }
        }
        Ok(counts)
    }

    /// Returns everything that is in hand.
    pub fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        let mut bytes = vec![0; SLOT_BYTES];
        for thread in 0..THREADS_MAX {
            for what in [What::Place, What::Item] {
                let at = slot_of(thread, what) * SLOT_BYTES;
                self.file.read_exact_at(&mut bytes, at as u64)?;
                let slot = &bytes[COUNT_BYTES..];
                let length = usize::from(u16::from_le_bytes([slot[0], slot[1]]));
                let key = &slot[LENGTH_BYTES..LENGTH_BYTES + 2 * KEY_BYTES];
                let path = &bytes[PATH_AT..];
                if let (true, Ok(key)) = (length > 0, std::str::from_utf8(key)) {
                    entries.push(Entry {
                        thread,
                        what,
                        key: ItemKey(key.to_owned()),
                        path: ItemPath::from_bytes(&path[..length.min(path.len())]),
                    });
                }
            }
        }
        Ok(entries)
    }
}

fn slot_of(thread: usize, what: What) -> usize {
    thread * 2 + usize::from(what == What::Item)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_tells_what_is_in_hand_and_who_gets_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table");
        let writer = Writer::create(&path).unwrap();
        let reader = Reader::open(&path).unwrap();
        assert_eq!(reader.entries().unwrap(), []);
        let place = ItemKey::of(b"/a");
        let item = ItemKey::of(b"/a/\xff");
        writer.begin(0, What::Place, &place, b"/a");
        writer.begin(0, What::Item, &item, b"/a/\xff");
        writer.begin(3, What::Place, &place, b"");
        let entries = reader.entries().unwrap();
        let told: Vec<_> = entries
            .iter()
            .map(|entry| (entry.thread, entry.what, &entry.key))
            .collect();
        let expected = [
            (0, What::Place, &place),
            (0, What::Item, &item),
            (3, What::Place, &place),
        ];
        assert_eq!(told, expected);
        assert_eq!(entries[1].path, ItemPath::from_bytes(b"/a/\xff"));
        let before = reader.change_counts().unwrap();
        writer.touch(0);
        let after = reader.change_counts().unwrap();
        assert!(after[0] > before[0]);
        assert_eq!(
            reader.entries().unwrap(),
            entries,
            "a touch changes no more"
        );
        writer.end(0, What::Item);
        assert_eq!(reader.entries().unwrap().len(), 2);
    }

    #[test]
    fn a_path_of_any_length_fits_and_threads_beyond_the_last_do_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table");
        let writer = Writer::create(&path).unwrap();
        let long = vec![b'x'; 100_000];
        let last = THREADS_MAX - 1;
        writer.begin(last, What::Item, &ItemKey::of(&long), &long);
        writer.begin(THREADS_MAX, What::Item, &ItemKey::of(b"y"), b"y");
        let entries = Reader::open(&path).unwrap().entries().unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].thread, last);
        assert_eq!(entries[0].key, ItemKey::of(&long));
        assert_eq!(entries[0].path.text.len(), SLOT_BYTES - PATH_AT);
    }
}
