//! Records in blocks of some kilobytes, each with its checksum: what is damaged costs the records of one block.

use std::ops::Range;

use super::bytes::{Source, checksum, put_list, put_short_list};
use super::facts::FACT_BYTES_MAX;
use super::path::{COMPONENT_BYTES_MAX, FilePath};

/// Bytes after which a block is closed: some twenty-five records, read in two microseconds.
const BLOCK_BYTES: usize = 4 * 1024;
/// A block of one record can be this long, and none is longer.
pub(super) const BLOCK_BYTES_MAX: usize =
    HEADER_BYTES + FACT_BYTES_MAX + 2 * COMPONENT_BYTES_MAX + 64;
/// Mark, length, count and checksum.
pub(super) const HEADER_BYTES: usize = 16;
const MARK: [u8; 4] = *b"TIbl";

/// Puts records together until there is a block.
pub(super) struct BlockBuilder {
    payload: Vec<u8>,
    count: u32,
    first: Option<(Vec<u8>, Vec<u8>)>,
    /// Where the count of records of the folder that was written last stands.
    group: Option<(Vec<u8>, usize)>,
}

/// A closed block.
pub(super) struct Block {
    pub(super) bytes: Vec<u8>,
    pub(super) count: u32,
    /// Folder and name of the first record.
    pub(super) first: (Vec<u8>, Vec<u8>),
}

/// A block that was read and is whole.
pub(super) struct LoadedBlock {
    bytes: Vec<u8>,
    /// Folders, and where each one's records begin among the entries.
    groups: Vec<Group>,
    entries: Vec<Entry>,
}

struct Group {
    folder: Range<usize>,
    entries: Range<usize>,
}

struct Entry {
    group: usize,
    name: Range<usize>,
    body: Range<usize>,
}

impl BlockBuilder {
    pub(super) fn new() -> Self {
        Self {
            payload: Vec::new(),
            count: 0,
            first: None,
            group: None,
        }
    }

    /// Returns the block so far, if this record has no room in it.
    pub(super) fn close_before(&mut self, body: &[u8]) -> Option<Block> {
        if self.payload.len() + body.len() > BLOCK_BYTES {
            self.close()
        } else {
            None
        }
    }

    /// Adds a record; they come in order.
    pub(super) fn add(&mut self, path: FilePath<'_>, body: &[u8]) {
        if self.first.is_none() {
            self.first = Some((path.folder.to_vec(), path.name.to_vec()));
        }
        let count_at = match &self.group {
            Some((folder, count_at)) if *folder == path.folder => *count_at,
            _ => {
                put_short_list(&mut self.payload, path.folder);
                let count_at = self.payload.len();
                self.payload.extend_from_slice(&0_u16.to_le_bytes());
                self.group = Some((path.folder.to_vec(), count_at));
                count_at
            }
        };
        let place = &mut self.payload[count_at..count_at + 2];
        let count = u16::from_le_bytes([place[0], place[1]]) + 1;
        place.copy_from_slice(&count.to_le_bytes());
        put_short_list(&mut self.payload, path.name);
        put_list(&mut self.payload, body);
        self.count += 1;
    }

    /// Returns the block so far, if there is anything in it.
    pub(super) fn close(&mut self) -> Option<Block> {
        let builder = std::mem::replace(self, Self::new());
        let first = builder.first?;
        let length = u32::try_from(builder.payload.len()).expect("a block is short");
        let mut bytes = Vec::with_capacity(HEADER_BYTES + builder.payload.len());
        bytes.extend_from_slice(&MARK);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&builder.count.to_le_bytes());
        let sum = checksum(&[&bytes, &builder.payload]);
        bytes.extend_from_slice(&sum.to_le_bytes());
        bytes.extend_from_slice(&builder.payload);
        Some(Block {
            bytes,
            count: builder.count,
            first,
        })
    }
}

/// Returns how many bytes follow the header of a block, if it is one.
pub(super) fn payload_bytes(header: &[u8; HEADER_BYTES]) -> Option<usize> {
    let mut source = Source::new(header);
    let is_block = source.array() == Some(MARK);
    let length = usize::try_from(source.u32()?).ok()?;
    (is_block && length <= BLOCK_BYTES_MAX - HEADER_BYTES).then_some(length)
}

impl LoadedBlock {
    /// Reads a block; nothing where it is damaged.
    pub(super) fn read(bytes: Vec<u8>) -> Option<Self> {
        let (header, payload) = bytes.split_first_chunk::<HEADER_BYTES>()?;
        if payload_bytes(header)? != payload.len() {
            return None;
        }
        let (summed, sum) = header.split_last_chunk::<4>()?;
        if checksum(&[summed, payload]) != u32::from_le_bytes(*sum) {
            return None;
        }
        let count = u32::from_le_bytes([summed[8], summed[9], summed[10], summed[11]]);
        let (groups, entries) = entries_of(payload, bytes.len())?;
        let block = Self {
            bytes,
            groups,
            entries,
        };
        (block.is_in_order() && block.len() == usize::try_from(count).ok()?).then_some(block)
    }

    /// Returns a record's number in the block and its bytes.
    pub(super) fn find(&self, path: FilePath<'_>) -> Option<(usize, &[u8])> {
        let group = self
            .groups
            .binary_search_by(|group| self.bytes[group.folder.clone()].cmp(path.folder))
            .ok()?;
        let entries = self.groups[group].entries.clone();
        let found = self.entries[entries.clone()]
            .binary_search_by(|entry| self.bytes[entry.name.clone()].cmp(path.name))
            .ok()?;
        let number = entries.start + found;
        Some((number, &self.bytes[self.entries[number].body.clone()]))
    }

    pub(super) fn entry(&self, number: usize) -> Option<(FilePath<'_>, &[u8])> {
        let entry = self.entries.get(number)?;
        let path = FilePath {
            folder: &self.bytes[self.groups[entry.group].folder.clone()],
            name: &self.bytes[entry.name.clone()],
        };
        Some((path, &self.bytes[entry.body.clone()]))
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn byte_count(&self) -> usize {
        self.bytes.len()
    }

    fn is_in_order(&self) -> bool {
        let folders = |group: &Group| &self.bytes[group.folder.clone()];
        let names = |entry: &Entry| &self.bytes[entry.name.clone()];
        self.groups
            .is_sorted_by(|one, other| folders(one) < folders(other))
            && self.groups.iter().all(|group| {
                self.entries[group.entries.clone()]
                    .is_sorted_by(|one, other| names(one) < names(other))
            })
    }
}

/// Finds where everything stands in a payload that ends where the block does.
fn entries_of(payload: &[u8], block_bytes: usize) -> Option<(Vec<Group>, Vec<Entry>)> {
    let mut source = Source::new(payload);
    let taken = |source: &Source<'_>, count: usize| {
        let end = block_bytes - source.len();
        end - count..end
    };
    let mut groups = Vec::new();
    let mut entries = Vec::new();
    while !source.is_empty() {
        let length = source.short_list()?.len();
        let folder = taken(&source, length);
        let first = entries.len();
        for _ in 0..source.u16()? {
            let length = source.short_list()?.len();
            let name = taken(&source, length);
            let length = source.list()?.len();
            let body = taken(&source, length);
            entries.push(Entry {
                group: groups.len(),
                name,
                body,
            });
        }
        groups.push(Group {
            folder,
            entries: first..entries.len(),
        });
    }
    Some((groups, entries))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(paths: &[&[u8]]) -> Block {
        let mut builder = BlockBuilder::new();
        for path in paths {
            builder.add(FilePath::split(path), b"body");
        }
        builder.close().unwrap()
    }

    #[test]
    fn finds_what_is_in_a_block_and_nothing_else() {
        let block = block(&[b"/a/a", b"/a/c", b"/b/a"]);
        assert_eq!(block.first, (b"/a".to_vec(), b"a".to_vec()));
        let loaded = LoadedBlock::read(block.bytes).unwrap();
        assert_eq!(
            loaded.find(FilePath::split(b"/b/a")),
            Some((2, &b"body"[..]))
        );
        for absent in [&b"/a/b"[..], b"/b", b"/c/a", b"/a/"] {
            assert_eq!(loaded.find(FilePath::split(absent)), None);
        }
    }

    #[test]
    fn a_block_with_any_byte_changed_or_missing_is_none() {
        let block = block(&[b"/a/a", b"/a/c", b"/b/a"]).bytes;
        for at in 0..block.len() {
            assert!(LoadedBlock::read(block[..at].to_vec()).is_none());
            for flip in [1, 0x80, 0xff] {
                let mut damaged = block.clone();
                damaged[at] ^= flip;
                assert!(LoadedBlock::read(damaged).is_none(), "byte {at}");
            }
        }
    }

    #[test]
    fn a_block_out_of_order_is_none_even_with_a_checksum() {
        assert!(LoadedBlock::read(block(&[b"/b/a", b"/a/a"]).bytes).is_none());
        assert!(LoadedBlock::read(block(&[b"/a/a", b"/a/a"]).bytes).is_none());
    }
}
