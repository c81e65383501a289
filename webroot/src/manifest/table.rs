//! All entries of a manifest in memory: sorted, one block of bytes for all paths, found by binary search.

use std::ops::Range;

use documents::PublicKey;

use super::head::Head;

/// One entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The path below the root.
    pub path: &'a [u8],
    /// What is there.
    pub kind: EntryKind<'a>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind<'a> {
    /// A regular file.
    File {
        /// Permission bits.
        mode: u32,
        /// Bytes.
        size: u64,
        /// Of the content.
        sha256: &'a [u8; 32],
    },
    /// A folder.
    Folder {
        /// Permission bits.
        mode: u32,
    },
    /// A symbolic link.
    Link {
        /// What it says.
        target: &'a [u8],
    },
}

/// A manifest that is proven: a trusted key has signed its head, and the head states the digest of its entries.
#[derive(Debug)]
pub struct Manifest {
    pub(super) head: Head,
    pub(super) signer: PublicKey,
    pub(super) id: [u8; 32],
    pub(super) table: Table,
}

impl Manifest {
    /// Returns what was signed.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Returns the key that has signed.
    pub fn signer(&self) -> PublicKey {
        self.signer
    }

    /// Returns the SHA-256 of the signed bytes.
    pub fn id(&self) -> &[u8; 32] {
        &self.id
    }

    /// Returns how many entries there are.
    pub fn len(&self) -> usize {
        self.table.rows.len()
    }

    /// Tells whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.table.rows.is_empty()
    }

    /// Returns the number of the entry of this path.
    pub fn find(&self, path: &[u8]) -> Option<usize> {
        self.table.find(path)
    }

    /// Returns an entry by its number.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn entry(&self, number: usize) -> Entry<'_> {
        self.table.entry(number)
    }

    /// Returns the numbers of everything below a folder; of everything, below the root.
    pub fn below(&self, folder: &[u8]) -> Range<usize> {
        self.table.below(folder)
    }
}

/// Sorted entries.
#[derive(Debug, Default)]
pub(crate) struct Table {
    bytes: Vec<u8>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    path_begin: u64,
    path_len: u32,
    kind: RowKind,
}

#[derive(Debug)]
enum RowKind {
    File {
        mode: u16,
        size: u64,
        sha256: [u8; 32],
    },
    Folder {
        mode: u16,
    },
    /// The target follows the path.
    Link {
        target_len: u32,
    },
}

impl Table {
    /// Adds an entry, if its path comes after all others.
    pub(crate) fn push(&mut self, entry: &Entry<'_>) -> Result<(), ()> {
        if let Some(last) = self.rows.len().checked_sub(1)
            && self.path(last) >= entry.path
        {
            return Err(());
        }
        let narrow = |length: usize| u32::try_from(length).map_err(|_| ());
        let bits = |mode: u32| u16::try_from(mode).map_err(|_| ());
        let path_begin = self.bytes.len() as u64;
        self.bytes.extend_from_slice(entry.path);
        let kind = match entry.kind {
            EntryKind::File { mode, size, sha256 } => RowKind::File {
                mode: bits(mode)?,
                size,
                sha256: *sha256,
            },
            EntryKind::Folder { mode } => RowKind::Folder { mode: bits(mode)? },
            EntryKind::Link { target } => {
                self.bytes.extend_from_slice(target);
                RowKind::Link {
                    target_len: narrow(target.len())?,
                }
            }
        };
        self.rows.push(Row {
            path_begin,
            path_len: narrow(entry.path.len())?,
            kind,
        });
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn entry(&self, number: usize) -> Entry<'_> {
        let path = self.path(number);
        let kind = match &self.rows[number].kind {
            RowKind::File { mode, size, sha256 } => EntryKind::File {
                mode: u32::from(*mode),
                size: *size,
                sha256,
            },
            RowKind::Folder { mode } => EntryKind::Folder {
                mode: u32::from(*mode),
            },
            RowKind::Link { target_len } => {
                let begin = self.begin(number) + path.len();
                EntryKind::Link {
                    target: &self.bytes[begin..begin + *target_len as usize],
                }
            }
        };
        Entry { path, kind }
    }

    pub(crate) fn find(&self, path: &[u8]) -> Option<usize> {
        let at = self.first_from(path);
        (at < self.rows.len() && self.path(at) == path).then_some(at)
    }

    fn below(&self, folder: &[u8]) -> Range<usize> {
        if folder.is_empty() {
            return 0..self.rows.len();
        }
        // In the order of bytes, what begins with `folder/` stands before `folder0`: 0 is the byte after the slash.
        let mut bound = folder.to_vec();
        bound.push(b'/');
        let begin = self.first_from(&bound);
        bound.pop();
        bound.push(b'/' + 1);
        begin..self.first_from(&bound)
    }

    fn first_from(&self, path: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.rows.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.path(middle) < path {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    fn path(&self, number: usize) -> &[u8] {
        let begin = self.begin(number);
        &self.bytes[begin..begin + self.rows[number].path_len as usize]
    }

    fn begin(&self, number: usize) -> usize {
        usize::try_from(self.rows[number].path_begin).expect("what is in memory has an address")
    }
}
