//! Chunks: what their headers promise, whether it holds, and where their records are.

use memchr::memmem;

use super::{CHUNK_BYTES, index_at, u32_at, u64_at};

/// Where the first record of a chunk is.
const FIRST_RECORD_AT: usize = 512;
/// What a chunk begins with.
const SIGNATURE: &[u8] = b"ElfChnk\0";
/// What a record begins with.
const RECORD_SIGNATURE: &[u8] = &[0x2a, 0x2a, 0, 0];
/// Bytes of a record around its binary XML: signature, size, number and time before, size after.
const RECORD_HEAD_BYTES: usize = 24;
const RECORD_TAIL_BYTES: usize = 4;

/// One record of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Its number in the log.
    pub(crate) id: u64,
    /// When it was written, in 100 nanoseconds since 1601.
    pub(crate) written_at: u64,
    /// Where its binary XML begins in the chunk.
    pub(crate) start: usize,
    /// Where its binary XML ends.
    pub(crate) end: usize,
}

/// What is wrong with a part of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    /// Where in the chunk.
    pub(crate) at: usize,
    /// What is wrong.
    pub(crate) what: &'static str,
}

/// What a chunk is, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Appearance {
    Chunk,
    /// Nothing but zeros: room that was never used.
    Unused,
    Unknown,
}

/// Tells what the bytes in the place of a chunk are.
pub(crate) fn appearance(bytes: &[u8]) -> Appearance {
    if bytes.starts_with(SIGNATURE) {
        Appearance::Chunk
    } else if bytes.iter().all(|&byte| byte == 0) {
        Appearance::Unused
    } else {
        Appearance::Unknown
    }
}

/// Compares the checksums that a whole chunk states with its content.
pub(crate) fn checksum_flaws(chunk: &[u8]) -> impl Iterator<Item = Flaw> {
    let header = || {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(chunk.get(..120)?);
        hasher.update(chunk.get(128..FIRST_RECORD_AT)?);
        (Some(hasher.finalize()) != u32_at(chunk, 124)).then_some(Flaw {
            at: 0,
            what: "the checksum of the chunk's header is wrong",
        })
    };
    let records = || {
        let end = stated_end(chunk)?;
        let sum = crc32fast::hash(chunk.get(FIRST_RECORD_AT..end)?);
        (Some(sum) != u32_at(chunk, 52)).then_some(Flaw {
            at: FIRST_RECORD_AT,
            what: "the checksum of the chunk's records is wrong",
        })
    };
    header().into_iter().chain(records())
}

/// Where the header says that the records end, if that is possible.
fn stated_end(chunk: &[u8]) -> Option<usize> {
    index_at(chunk, 48).filter(|end| (FIRST_RECORD_AT..=CHUNK_BYTES).contains(end))
}

/// Goes from record to record. What is behind the end that the header states is left over from earlier and is not read.
#[derive(Clone, Debug)]
pub(crate) struct Records<'a> {
    chunk: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    /// Begins at the first record of a chunk, which may have been cut off.
    pub(crate) fn new(chunk: &'a [u8]) -> Self {
        let end = stated_end(chunk).unwrap_or(CHUNK_BYTES).min(chunk.len());
        Self {
            chunk: chunk.get(..end).unwrap_or_default(),
            at: FIRST_RECORD_AT,
        }
    }

    fn record_at(&self, at: usize) -> Option<Record> {
        let bytes = self.chunk.get(at..)?;
        if !bytes.starts_with(RECORD_SIGNATURE) {
            return None;
        }
        let size = index_at(bytes, 4)?;
        let tail_at = size.checked_sub(RECORD_TAIL_BYTES)?;
        if tail_at < RECORD_HEAD_BYTES || index_at(bytes.get(..size)?, tail_at)? != size {
            return None;
        }
        Some(Record {
            id: u64_at(bytes, 8)?,
            written_at: u64_at(bytes, 16)?,
            start: at + RECORD_HEAD_BYTES,
            end: at + tail_at,
        })
    }

    /// Looks for the next record that is whole, from `from` on.
    fn find_record(&self, from: usize) -> Option<usize> {
        let rest = self.chunk.get(from..)?;
        memmem::find_iter(rest, RECORD_SIGNATURE)
            .map(|found| from + found)
            .find(|&at| self.record_at(at).is_some())
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, Flaw>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        if let Some(record) = self.record_at(at) {
            self.at = record.end + RECORD_TAIL_BYTES;
            return Some(Ok(record));
        }
        let rest = self.chunk.get(at..).unwrap_or_default();
        if rest.iter().all(|&byte| byte == 0) {
            return None;
        }
        self.at = self.find_record(at + 1).unwrap_or(self.chunk.len());
        Some(Err(Flaw {
            at,
            what: "a record is broken",
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: u64, content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(RECORD_HEAD_BYTES + content.len() + RECORD_TAIL_BYTES).unwrap();
        let mut bytes = RECORD_SIGNATURE.to_vec();
        bytes.extend(size.to_le_bytes());
        bytes.extend(id.to_le_bytes());
        bytes.extend(7_u64.to_le_bytes());
        bytes.extend(content);
        bytes.extend(size.to_le_bytes());
        bytes
    }

    fn chunk(records: &[u8]) -> Vec<u8> {
        let mut chunk = vec![0; FIRST_RECORD_AT];
        chunk.extend(records);
        let end = u32::try_from(chunk.len()).unwrap();
        chunk.resize(CHUNK_BYTES, 0);
        chunk[48..52].copy_from_slice(&end.to_le_bytes());
        chunk
    }

    fn ids(chunk: &[u8]) -> Vec<Result<u64, usize>> {
        Records::new(chunk)
            .map(|record| record.map(|r| r.id).map_err(|flaw| flaw.at))
            .collect()
    }

    #[test]
    fn goes_on_behind_a_broken_record() {
        let mut bytes = record(1, b"aaaa");
        let broken_at = FIRST_RECORD_AT + bytes.len();
        let mut broken = record(2, b"bbbb");
        broken[4] = 0xff;
        bytes.extend(broken);
        bytes.extend(record(3, b"cccc"));
        assert_eq!(ids(&chunk(&bytes)), [Ok(1), Err(broken_at), Ok(3)]);
    }

    #[test]
    fn reads_nothing_behind_the_stated_end() {
        let mut bytes = chunk(&record(1, b"aaaa"));
        let old = record(9, b"old!");
        let end = FIRST_RECORD_AT + record(1, b"aaaa").len();
        bytes[end..end + old.len()].copy_from_slice(&old);
        assert_eq!(ids(&bytes), [Ok(1)]);
    }

    #[test]
    fn reads_all_where_the_stated_end_is_impossible() {
        let mut bytes = chunk(&record(1, b"aaaa"));
        bytes[48..52].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(ids(&bytes), [Ok(1)]);
        bytes[48..52].copy_from_slice(&3_u32.to_le_bytes());
        assert_eq!(ids(&bytes), [Ok(1)]);
    }

    #[test]
    fn ends_on_any_garbage() {
        for filler in [0x2a_u8, 0xff, 0x01] {
            let bytes = chunk(&vec![filler; CHUNK_BYTES - FIRST_RECORD_AT]);
            assert!(ids(&bytes).len() <= 2, "{filler:#x}");
        }
        assert!(ids(&[]).is_empty());
    }
}
