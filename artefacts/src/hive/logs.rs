//! Transaction logs: what Windows had decided to write to a hive and had not written yet when its disk was copied.
//!
//! A hive taken from a running system lacks its last changes without them, and they are often the ones that matter. Facts of the
//! format: Maxim Suhanov, "Windows registry file format specification", transaction log files.

use crate::bytes::{index_at, slice, u32_at};

/// What is appended to a hive's name to name its logs; in any case, as Windows writes names.
pub const LOG_ENDINGS: [&str; 3] = [".LOG1", ".LOG2", ".LOG"];

/// Bytes of a log before its first entry, and the unit of everything in it.
const SECTOR_BYTES: usize = 512;
/// Bytes of the base block of a hive.
const BASE_BLOCK_BYTES: usize = 4096;
/// Bytes of an entry before its list of pages.
const ENTRY_HEADER_BYTES: usize = 40;
/// Where the base block has the checksum of what stands before it.
const CHECKSUM_AT: usize = 508;
/// How much longer a hive can become by one entry: 256 MiB, ten times what has been seen.
const GROWTH_BYTES_MAX: usize = 256 << 20;
/// The key of the checksums of entries, its lower half first.
const SEED: (u32, u32) = (0x7a4e_55c5, 0x82ef_4d88);

/// Tells by the beginning of a hive, at least 512 bytes, whether changes are missing that its logs may have.
pub fn is_dirty(head: &[u8]) -> bool {
    head.starts_with(b"regf") && (u32_at(head, 4) != u32_at(head, 8) || !has_checksum(head))
}

/// Returns the hive with the changes of its logs (`.LOG1`, `.LOG2`; `.LOG` before Windows Vista), or nothing where it needs none
/// or none of them belongs to it. The logs can be given in any order.
pub fn with_logs(hive: &[u8], logs: &[&[u8]]) -> Option<Vec<u8>> {
    if !is_dirty(hive) || hive.len() < BASE_BLOCK_BYTES {
        return None;
    }
    let is_valid = |log: &&[u8]| {
        log.starts_with(b"regf") && u32_at(log, 4) == u32_at(log, 8) && has_checksum(log)
    };
    let logs: Vec<&[u8]> = logs.iter().copied().filter(is_valid).collect();
    let mut changed = Changed {
        bytes: hive.to_vec(),
        has_base_block: has_checksum(hive),
    };
    changed
        .apply_entries(&logs)
        .or_else(|| logs.iter().find_map(|log| changed.apply_sectors(log)))?;
    Some(changed.bytes)
}

/// Tells whether the base block has the checksum of its first 508 bytes.
fn has_checksum(base_block: &[u8]) -> bool {
    checksum(base_block).is_some_and(|sum| u32_at(base_block, CHECKSUM_AT) == Some(sum))
}

fn checksum(base_block: &[u8]) -> Option<u32> {
    let words = slice(base_block, 0, CHECKSUM_AT)?.chunks_exact(4);
    let sum = words.fold(0, |sum, word| {
        sum ^ u32::from_le_bytes([word[0], word[1], word[2], word[3]])
    });
    Some(match sum {
        0 => 1,
        u32::MAX => u32::MAX - 1,
        sum => sum,
    })
}

struct Changed {
    bytes: Vec<u8>,
    /// Whether the hive's own base block can be relied on.
    has_base_block: bool,
}

/// One entry of a log since Windows 8.1.
struct Entry<'a> {
    sequence: u32,
    /// Length of the hive without its base block, afterwards.
    hive_bytes: usize,
    /// Where each page goes, and the page.
    pages: Vec<(usize, &'a [u8])>,
}

/// Returns the entries of a log that carry on from its base block, up to the first that is not whole.
fn entries(log: &[u8]) -> Vec<Entry<'_>> {
    let mut found = Vec::new();
    let mut at = SECTOR_BYTES;
    let mut next = u32_at(log, 4);
    while let Some((entry, bytes)) = log.get(at..).and_then(entry) {
        if next != Some(entry.sequence) {
            break;
        }
        next = Some(entry.sequence.wrapping_add(1));
        found.push(entry);
        at += bytes;
    }
    found
}

/// Returns the entry at the beginning of `log` and its length, if both its checksums are right.
fn entry(log: &[u8]) -> Option<(Entry<'_>, usize)> {
    let bytes = index_at(log, 4)?;
    let whole = slice(log, 0, bytes)?;
    let count = index_at(whole, 20)?;
    let right = whole.starts_with(b"HvLE")
        && bytes >= ENTRY_HEADER_BYTES
        && bytes.is_multiple_of(SECTOR_BYTES)
        && index_at(whole, 16)?.is_multiple_of(BASE_BLOCK_BYTES)
        && slice(whole, 24, 8)? == marvin32(whole.get(ENTRY_HEADER_BYTES..)?).to_le_bytes()
        && slice(whole, 32, 8)? == marvin32(whole.get(..32)?).to_le_bytes();
    if !right {
        return None;
    }
    let references = slice(whole, ENTRY_HEADER_BYTES, count.checked_mul(8)?)?;
    let mut at = ENTRY_HEADER_BYTES + references.len();
    let mut pages = Vec::with_capacity(count);
    for reference in references.chunks_exact(8) {
        let page = slice(whole, at, index_at(reference, 4)?)?;
        at += page.len();
        pages.push((index_at(reference, 0)?, page));
    }
    let entry = Entry {
        sequence: u32_at(whole, 12)?,
        hive_bytes: index_at(whole, 16)?,
        pages,
    };
    Some((entry, bytes))
}

impl Changed {
    /// Applies logs of the newer kind: the one that begins earlier first, then the one that carries on from it.
    fn apply_entries(&mut self, logs: &[&[u8]]) -> Option<()> {
        let mut chains: Vec<(&[u8], Vec<Entry<'_>>)> = logs
            .iter()
            .map(|log| (*log, entries(log)))
            .filter(|(_, entries)| !entries.is_empty())
            .collect();
        chains.sort_by_key(|(_, entries)| entries[0].sequence);
        let mut first_allowed = u32_at(&self.bytes, 8)?;
        if !self.has_base_block {
            // The base block comes from the log whose entries are the latest, and only that log is applied.
            chains.drain(..chains.len().checked_sub(1)?);
            self.restore_base_block(chains[0].0);
            first_allowed = 0;
        }
        let mut last: Option<(u32, usize)> = None;
        for entry in chains.iter().flat_map(|(_, entries)| entries) {
            let expected = match last {
                None => entry.sequence >= first_allowed,
                Some((sequence, _)) => entry.sequence == sequence.wrapping_add(1),
            };
            if expected && self.apply(entry).is_some() {
                last = Some((entry.sequence, entry.hive_bytes));
            }
        }
        let (sequence, hive_bytes) = last?;
        self.finish(sequence, hive_bytes);
        Some(())
    }

    /// Writes the pages of an entry; all of them or none.
    fn apply(&mut self, entry: &Entry<'_>) -> Option<()> {
        let end = BASE_BLOCK_BYTES.checked_add(entry.hive_bytes)?;
        let fits = entry.pages.iter().all(|(at, page)| {
            at.checked_add(page.len())
                .is_some_and(|end| end <= entry.hive_bytes)
        });
        // Space that is added without pages is free: Windows adds at most some megabytes at once.
        if !fits || end > self.bytes.len().saturating_add(GROWTH_BYTES_MAX) {
            return None;
        }
        self.bytes.resize(self.bytes.len().max(end), 0);
        for (at, page) in &entry.pages {
            self.bytes[BASE_BLOCK_BYTES + at..][..page.len()].copy_from_slice(page);
        }
        Some(())
    }

    /// Applies a log of the older kind: a bit for each sector of the hive, then those sectors whose bit is set.
    fn apply_sectors(&mut self, log: &[u8]) -> Option<()> {
        const WRITTEN_AT: usize = 12;
        let same_time = slice(log, WRITTEN_AT, 8)? == slice(&self.bytes, WRITTEN_AT, 8)?;
        let belongs = same_time || !self.has_base_block;
        if !belongs || slice(log, SECTOR_BYTES, 4)? != b"DIRT" {
            return None;
        }
        let hive_bytes = index_at(log, 40)?;
        // Whole pages of eight sectors: one byte of bits each.
        let sectors = hive_bytes / BASE_BLOCK_BYTES * 8;
        let bits = slice(log, SECTOR_BYTES + 4, sectors / 8)?;
        let mut from = (SECTOR_BYTES + 4 + bits.len()).next_multiple_of(SECTOR_BYTES);
        let dirty = || (0..sectors).filter(|sector| bits[sector / 8] >> (sector % 8) & 1 == 1);
        let end = BASE_BLOCK_BYTES + sectors * SECTOR_BYTES;
        slice(log, from, dirty().count() * SECTOR_BYTES)?;
        if end > self.bytes.len().saturating_add(GROWTH_BYTES_MAX) {
            return None;
        }
        self.bytes.resize(self.bytes.len().max(end), 0);
        for sector in dirty() {
            let content = slice(log, from, SECTOR_BYTES)?;
            self.bytes[BASE_BLOCK_BYTES + sector * SECTOR_BYTES..][..SECTOR_BYTES]
                .copy_from_slice(content);
            from += SECTOR_BYTES;
        }
        if !self.has_base_block {
            self.restore_base_block(log);
        }
        self.finish(u32_at(log, 4)?, hive_bytes);
        Some(())
    }

    fn restore_base_block(&mut self, log: &[u8]) {
        self.bytes[..SECTOR_BYTES].copy_from_slice(&log[..SECTOR_BYTES]);
        // The kind of file: a hive, not a log.
        self.bytes[28..32].fill(0);
    }

    /// Makes the base block that of a hive which lacks nothing.
    fn finish(&mut self, sequence: u32, hive_bytes: usize) {
        self.bytes[4..8].copy_from_slice(&sequence.to_le_bytes());
        self.bytes[8..12].copy_from_slice(&sequence.to_le_bytes());
        let hive_bytes = u32::try_from(hive_bytes).unwrap_or(u32::MAX);
        self.bytes[40..44].copy_from_slice(&hive_bytes.to_le_bytes());
        if let Some(sum) = checksum(&self.bytes) {
            self.bytes[CHECKSUM_AT..CHECKSUM_AT + 4].copy_from_slice(&sum.to_le_bytes());
        }
    }
}

/// Returns the Marvin32 checksum. Source: Microsoft, "Marvin32" (US patent 20130262421), as the specification above names it.
fn marvin32(data: &[u8]) -> u64 {
    let (mut low, mut high) = SEED;
    let mut mix = |word: u32| {
        low = low.wrapping_add(word);
        high ^= low;
        low = low.rotate_left(20).wrapping_add(high);
        high = high.rotate_left(9) ^ low;
        low = low.rotate_left(27).wrapping_add(high);
        high = high.rotate_left(19);
    };
    let words = data.chunks_exact(4);
    let rest = words.remainder();
    for word in words {
        mix(u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    }
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x80;
    mix(u32::from_le_bytes(last));
    mix(0);
    u64::from(low) | u64::from(high) << 32
}
