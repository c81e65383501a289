//! Where the NTFS volumes of a whole disk begin: by its table of partitions, of either kind.
//!
//! Facts of the formats: the UEFI specification, §5.

use std::io::{self, Read, Seek, SeekFrom};

use super::content::read_at;
use super::item::ReadSeek;
use crate::bytes::{slice, u8_at, u16_at, u32_at, u64_at};

/// Most partitions that are looked at.
const PARTITIONS_MAX: usize = 256;
const SECTOR_BYTES: u64 = 512;

/// Tells whether a sector is the first of a volume.
pub(crate) fn is_volume(sector: &[u8]) -> bool {
    slice(sector, 3, 8) == Some(b"NTFS    ")
}

/// Tells whether a sector is the first of a disk that can have such volumes.
pub(crate) fn is_disk(sector: &[u8]) -> bool {
    let used = |entry: &Entry| {
        matches!(entry.kind, NTFS | NTFS_HIDDEN | RECOVERY | GPT) || entry.is_extended()
    };
    let sane = |entry: &Entry| matches!(entry.state, 0 | 0x80);
    u16_at(sector, 510) == Some(0xaa55)
        && entries(sector).iter().all(sane)
        && entries(sector).iter().any(used)
}

/// Returns where each volume begins: at the beginning of the source, or at that of a partition.
pub(super) fn starts(source: &mut dyn ReadSeek) -> io::Result<Vec<u64>> {
    let mut sector = [0; 512];
    read_at(source, 0, &mut sector)?;
    if is_volume(&sector) {
        return Ok(vec![0]);
    }
    let mut candidates = Vec::new();
    if is_disk(&sector) {
        if entries(&sector).iter().any(|entry| entry.kind == GPT) {
            // Disks count in sectors of 512 bytes or of 4096.
            for sector_bytes in [SECTOR_BYTES, 4096] {
                add_gpt(source, sector_bytes, &mut candidates)?;
            }
        } else {
            add_mbr(source, &sector, &mut candidates)?;
        }
    }
    candidates.sort_unstable();
    candidates.dedup();
    let mut starts = Vec::new();
    for start in candidates {
        if read_at(source, start, &mut sector)? == sector.len() && is_volume(&sector) {
            starts.push(start);
        }
    }
    Ok(starts)
}

const NTFS: u8 = 0x07;
const NTFS_HIDDEN: u8 = 0x17;
const RECOVERY: u8 = 0x27;
const GPT: u8 = 0xee;

/// An entry of the older kind of table.
struct Entry {
    state: u8,
    kind: u8,
    start: u64,
}

impl Entry {
    /// Tells whether it leads to a further table.
    fn is_extended(&self) -> bool {
        matches!(self.kind, 0x05 | 0x0f)
    }
}

fn entries(sector: &[u8]) -> Vec<Entry> {
    let table = slice(sector, 446, 64).unwrap_or_default();
    let entry = |entry: &[u8]| Entry {
        state: u8_at(entry, 0).unwrap_or(0),
        kind: u8_at(entry, 4).unwrap_or(0),
        start: u64::from(u32_at(entry, 8).unwrap_or(0)),
    };
    table.chunks_exact(16).map(entry).collect()
}

fn add_mbr(source: &mut dyn ReadSeek, sector: &[u8], starts: &mut Vec<u64>) -> io::Result<()> {
    let mut further = None;
    for entry in entries(sector) {
        if entry.is_extended() {
            further = Some(entry.start);
        } else if entry.kind != 0 {
            starts.push(entry.start * SECTOR_BYTES);
        }
    }
    // Each further table has one partition, counted from itself, and the next table, counted from the first.
    let Some(first) = further else {
        return Ok(());
    };
    let mut at = first;
    let mut sector = [0; 512];
    while starts.len() < PARTITIONS_MAX {
        if read_at(source, at * SECTOR_BYTES, &mut sector)? < sector.len()
            || u16_at(&sector, 510) != Some(0xaa55)
        {
            break;
        }
        let entries = entries(&sector);
        starts.push((at + entries[0].start) * SECTOR_BYTES);
        match entries.iter().find(|entry| entry.is_extended()) {
            Some(next) => at = first + next.start,
            None => break,
        }
    }
    Ok(())
}

fn add_gpt(source: &mut dyn ReadSeek, sector_bytes: u64, starts: &mut Vec<u64>) -> io::Result<()> {
    let mut header = [0; 92];
    read_at(source, sector_bytes, &mut header)?;
    let place = || {
        Some((
            u64_at(&header, 72)?,
            u32_at(&header, 80)?,
            u32_at(&header, 84)?,
        ))
    };
    let Some((table, count, entry_bytes)) = place().filter(|_| header.starts_with(b"EFI PART"))
    else {
        return Ok(());
    };
    if !(128..=4096).contains(&entry_bytes) {
        return Ok(());
    }
    let mut entry = [0; 128];
    for index in 0..u64::from(count).min(PARTITIONS_MAX as u64) {
        let at = table
            .saturating_mul(sector_bytes)
            .saturating_add(index * u64::from(entry_bytes));
        if read_at(source, at, &mut entry)? < entry.len() {
            break;
        }
        // An unused entry has no type.
        if entry[..16] != [0; 16]
            && let Some(start) = u64_at(&entry, 32)
        {
            starts.push(start.saturating_mul(sector_bytes));
        }
    }
    Ok(())
}

/// A source from some place on.
pub(super) struct Section<'a> {
    source: &'a mut dyn ReadSeek,
    start: u64,
}

impl<'a> Section<'a> {
    /// Takes the source from `start` on.
    pub(super) fn new(source: &'a mut dyn ReadSeek, start: u64) -> Self {
        Self { source, start }
    }
}

impl Read for Section<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.source.read(buffer)
    }
}

impl Seek for Section<'_> {
    /// Only from the beginning and from the end: what reads volumes needs nothing else.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => SeekFrom::Start(self.start.saturating_add(at)),
            other => other,
        };
        Ok(self.source.seek(to)?.saturating_sub(self.start))
    }
}
