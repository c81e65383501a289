//! Reads OLE compound files as tolerantly as the programs that open them: what one damaged entry or chain says costs
//! that stream, never the others. Nothing is trusted but the bytes' own length, which bounds every table and chain.
//!
//! The format is [MS-CFB]. Decision 14 says why no crate is used.

use std::io::{self, Read};

/// The eight bytes that every compound file begins with.
pub(crate) const SIGNATURE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Entries of a directory that are read, at most: large installers have some thousands, and each costs us 150 bytes.
const ENTRY_COUNT_MAX: usize = 200_000;
/// Storages inside storages that a path names, at most.
const PATH_DEPTH_MAX: usize = 32;
const ENTRY_BYTES: usize = 128;
/// Ids from here on are marks, not sectors.
const MARKS_FROM: u32 = 0xffff_fffa;
const NO_ENTRY: u32 = 0xffff_ffff;

/// A compound file.
pub(crate) struct Compound<'a> {
    bytes: &'a [u8],
    sector_shift: u32,
    mini_shift: u32,
    mini_cutoff: u64,
    fat: Vec<u32>,
    mini_fat: Vec<u32>,
    /// The sectors that hold the mini sectors.
    mini_sectors: Vec<u32>,
    entries: Vec<Entry>,
    /// Each entry that a storage claims, behind that storage, in this order.
    by_parent: Vec<(usize, usize)>,
}

/// A storage or a stream.
pub(crate) struct Entry {
    /// Its name; what is not UTF-16 in it is U+FFFD.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: EntryKind,
    /// The storage that holds it. The root has none, nor has an entry that no storage claims.
    pub(crate) parent: Option<usize>,
    /// The size that is stated for a stream.
    pub(crate) size: u64,
    start: u32,
    left: u32,
    right: u32,
    child: u32,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// The storage of everything.
    Root,
    /// A folder of storages and streams.
    Storage,
    /// A file.
    Stream,
    /// A place in the directory that holds nothing.
    Unused,
}

impl<'a> Compound<'a> {
    /// Reads the tables and the directory; says what is wrong when there is no directory to be had.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, &'static str> {
        if !bytes.starts_with(SIGNATURE) {
            return Err("there is no OLE signature");
        }
        let sector_shift = u32::from(u16_at(bytes, 30).ok_or("the header is cut off")?);
        let mini_shift = u32::from(u16_at(bytes, 32).ok_or("the header is cut off")?);
        if !(9..=16).contains(&sector_shift) || mini_shift >= sector_shift || mini_shift < 4 {
            return Err("the size of a sector makes no sense");
        }
        let mut compound = Self {
            bytes,
            sector_shift,
            mini_shift,
            mini_cutoff: u64::from(u32_at(bytes, 56).ok_or("the header is cut off")?),
            fat: Vec::new(),
            mini_fat: Vec::new(),
            mini_sectors: Vec::new(),
            entries: Vec::new(),
            by_parent: Vec::new(),
        };
        compound.load_fat();
        compound.load_entries(u32_at(bytes, 48).ok_or("the header is cut off")?);
        if compound.entries.is_empty() {
            return Err("the directory cannot be found");
        }
        compound.load_mini_tables(u32_at(bytes, 60).unwrap_or(NO_ENTRY));
        compound.find_parents();
        Ok(compound)
    }

    /// Follows the header's list of table sectors, and the chain of sectors that continues it.
    fn load_fat(&mut self) {
        let limit = self.sector_count();
        for index in 0..109 {
            let Some(sector) = u32_at(self.bytes, 76 + index * 4) else {
                break;
            };
            self.append_fat_sector(sector, limit);
        }
        let per_sector = (1_usize << self.sector_shift) / 4 - 1;
        let mut next = u32_at(self.bytes, 68).unwrap_or(NO_ENTRY);
        // Each round uses up one sector of the file, so a loop ends.
        for _ in 0..limit {
            if self.fat.len() >= limit {
                break;
            }
            let Some(table) = self.sector(next) else {
                break;
            };
            for index in 0..per_sector {
                let Some(sector) = u32_at(table, index * 4) else {
                    break;
                };
                self.append_fat_sector(sector, limit);
            }
            next = u32_at(table, per_sector * 4).unwrap_or(NO_ENTRY);
        }
    }

    fn append_fat_sector(&mut self, sector: u32, limit: usize) {
        if sector >= MARKS_FROM || self.fat.len() >= limit {
            return;
        }
        let count = (1_usize << self.sector_shift) / 4;
        match self.sector(sector) {
            Some(table) => self
                .fat
                .extend(table.as_chunks().0.iter().map(|id| u32::from_le_bytes(*id))),
            // Its place must be kept, or every later sector would be found at a wrong one.
            None => self.fat.extend(std::iter::repeat_n(NO_ENTRY, count)),
        }
        self.fat.truncate(limit);
    }

    fn load_entries(&mut self, first: u32) {
        let is_version_3 = u16_at(self.bytes, 26).unwrap_or(3) < 4;
        for sector in Chain::new(&self.fat, first) {
            let Some(table) = self.sector(sector) else {
                break;
            };
            for record in table.as_chunks::<ENTRY_BYTES>().0 {
                if self.entries.len() == ENTRY_COUNT_MAX {
                    return;
                }
                self.entries.push(Entry::parse(record, is_version_3));
            }
        }
    }

    fn load_mini_tables(&mut self, first: u32) {
        for sector in Chain::new(&self.fat, first) {
            let Some(table) = self.sector(sector) else {
                break;
            };
            self.mini_fat
                .extend(table.as_chunks().0.iter().map(|id| u32::from_le_bytes(*id)));
        }
        let root = self
            .entries
            .iter()
            .find(|entry| entry.kind == EntryKind::Root)
            .or(self.entries.first());
        if let Some(root) = root {
            self.mini_sectors = Chain::new(&self.fat, root.start).collect();
        }
    }

    /// Gives each entry its storage by walking the trees of siblings, each entry once.
    fn find_parents(&mut self) {
        let mut is_seen = vec![false; self.entries.len()];
        let mut waiting: Vec<(u32, usize)> = self
            .entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| matches!(entry.kind, EntryKind::Root | EntryKind::Storage))
            .map(|(index, entry)| (entry.child, index))
            .collect();
        while let Some((id, parent)) = waiting.pop() {
            let index = id as usize;
            match is_seen.get_mut(index) {
                Some(seen) if !*seen && index != parent => *seen = true,
                _ => continue,
            }
            let Some(entry) = self.entries.get_mut(index) else {
                continue;
            };
            if entry.kind != EntryKind::Root {
                entry.parent = Some(parent);
            }
            waiting.extend([(entry.left, parent), (entry.right, parent)]);
        }
        let claimed = self.entries.iter().enumerate();
        self.by_parent = claimed
            .filter_map(|(index, entry)| Some((entry.parent?, index)))
            .collect();
        self.by_parent.sort_unstable();
    }

    /// Returns everything in the directory, unused places included: an entry's index is its id.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the streams with their ids, those that no storage claims included.
    pub(crate) fn streams(&self) -> impl Iterator<Item = (usize, &Entry)> {
        self.entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.kind == EntryKind::Stream)
    }

    /// Returns what lies directly in a storage.
    pub(crate) fn children(&self, storage: usize) -> impl Iterator<Item = (usize, &Entry)> {
        let first = self
            .by_parent
            .partition_point(|(parent, _)| *parent < storage);
        let rest = self.by_parent.get(first..).unwrap_or_default();
        rest.iter()
            .take_while(move |(parent, _)| *parent == storage)
            .filter_map(|(_, index)| Some((*index, self.entries.get(*index)?)))
    }

    /// Finds an entry of a storage by its name, in which case does not count.
    pub(crate) fn find(&self, storage: usize, name: &str) -> Option<usize> {
        self.children(storage)
            .find(|(_, entry)| entry.name.eq_ignore_ascii_case(name))
            .map(|(index, _)| index)
    }

    /// Returns the root storage.
    pub(crate) fn root(&self) -> usize {
        self.entries
            .iter()
            .position(|entry| entry.kind == EntryKind::Root)
            .unwrap_or(0)
    }

    /// Returns the names from the root's children down to an entry.
    pub(crate) fn path(&self, index: usize) -> Vec<&str> {
        let mut names = Vec::new();
        let mut at = Some(index);
        while let Some(entry) = at.and_then(|index| self.entries.get(index)) {
            if entry.kind == EntryKind::Root || names.len() == PATH_DEPTH_MAX {
                break;
            }
            names.push(entry.name.as_str());
            at = entry.parent;
        }
        names.reverse();
        names
    }

    /// Opens a stream for reading. What its chain lacks of its stated size is an error at the end of what there is.
    pub(crate) fn stream(&self, index: usize) -> StreamReader<'_> {
        let (start, size) = self
            .entries
            .get(index)
            .map_or((NO_ENTRY, 0), |entry| (entry.start, entry.size));
        let is_mini = size < self.mini_cutoff;
        StreamReader {
            compound: self,
            is_mini,
            chain: Chain::new(if is_mini { &self.mini_fat } else { &self.fat }, start),
            piece: &[],
            left: size,
        }
    }

    /// Reads a stream's first bytes, as many as there are up to `limit`.
    pub(crate) fn read(&self, index: usize, limit: usize) -> Vec<u8> {
        let mut content = Vec::new();
        let mut reader = self.stream(index);
        while content.len() < limit {
            let piece = reader.next_piece();
            if piece.is_empty() {
                break;
            }
            let taken = piece.len().min(limit - content.len());
            content.extend_from_slice(piece.get(..taken).unwrap_or_default());
        }
        content
    }

    fn sector_count(&self) -> usize {
        (self.bytes.len() >> self.sector_shift) + 1
    }

    /// Returns a sector; the last one of the file can be shorter.
    fn sector(&self, id: u32) -> Option<&'a [u8]> {
        if id >= MARKS_FROM {
            return None;
        }
        let start = (id as usize)
            .checked_add(1)?
            .checked_mul(1 << self.sector_shift)?;
        let rest = self.bytes.get(start..).filter(|rest| !rest.is_empty())?;
        Some(rest.get(..1 << self.sector_shift).unwrap_or(rest))
    }

    fn mini_sector(&self, id: u32) -> Option<&'a [u8]> {
        let offset = (id as usize).checked_shl(self.mini_shift)?;
        let sector = self.sector(*self.mini_sectors.get(offset >> self.sector_shift)?)?;
        let rest = sector.get(offset & ((1 << self.sector_shift) - 1)..)?;
        Some(rest.get(..1 << self.mini_shift).unwrap_or(rest)).filter(|piece| !piece.is_empty())
    }
}

impl Entry {
    fn parse(record: &[u8; ENTRY_BYTES], is_version_3: bool) -> Self {
        let number = |at| u32_at(record, at).unwrap_or(0);
        let kind = match record[66] {
            1 => EntryKind::Storage,
            2 => EntryKind::Stream,
            5 => EntryKind::Root,
            _ => EntryKind::Unused,
        };
        // Version 3 leaves rubbish in the upper half of the size.
        let high = if is_version_3 { 0 } else { number(124) };
        Self {
            name: parse_name(&record[..64], usize::from(record[64])),
            kind,
            parent: None,
            size: u64::from(high) << 32 | u64::from(number(120)),
            start: number(116),
            left: number(68),
            right: number(72),
            child: number(76),
        }
    }
}

/// Reads a name up to its stated length, or to its end where that is nonsense.
fn parse_name(field: &[u8], stated_bytes: usize) -> String {
    let units: Vec<u16> = field
        .as_chunks()
        .0
        .iter()
        .map(|unit| u16::from_le_bytes(*unit))
        .collect();
    let stated = (stated_bytes / 2).saturating_sub(1).min(units.len());
    let end = if stated == 0 {
        units.iter().position(|unit| *unit == 0).unwrap_or(32)
    } else {
        stated
    };
    String::from_utf16_lossy(units.get(..end).unwrap_or(&units))
}

/// The sectors of a chain. It ends after as many as the table has entries, so a loop ends too.
struct Chain<'t> {
    table: &'t [u32],
    next: u32,
    left: usize,
}

impl<'t> Chain<'t> {
    fn new(table: &'t [u32], start: u32) -> Self {
        Self {
            table,
            next: start,
            left: table.len(),
        }
    }
}

impl Iterator for Chain<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let sector = self.next;
        let following = *self.table.get(sector as usize)?;
        self.left = self.left.checked_sub(1)?;
        self.next = following;
        Some(sector)
    }
}

/// A stream that is read from the front to the end.
pub(crate) struct StreamReader<'c> {
    compound: &'c Compound<'c>,
    is_mini: bool,
    chain: Chain<'c>,
    piece: &'c [u8],
    left: u64,
}

impl<'c> StreamReader<'c> {
    /// Returns what is left of the sector at hand, or the next one; nothing at the end.
    fn next_piece(&mut self) -> &'c [u8] {
        if self.piece.is_empty() && self.left > 0 {
            let piece = self.chain.next().and_then(|id| {
                if self.is_mini {
                    self.compound.mini_sector(id)
                } else {
                    self.compound.sector(id)
                }
            });
            self.piece = piece.unwrap_or_default();
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let piece = self.piece.get(..most).unwrap_or(self.piece);
        self.left -= piece.len() as u64;
        self.piece = &[];
        piece
    }
}

impl Read for StreamReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 || out.is_empty() {
            return Ok(0);
        }
        let piece = self.next_piece();
        if piece.is_empty() {
            self.left = 0;
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the stream is shorter than its directory entry says",
            ));
        }
        let (now, later) = piece.split_at(piece.len().min(out.len()));
        out[..now.len()].copy_from_slice(now);
        self.piece = later;
        self.left += later.len() as u64;
        Ok(now.len())
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let field = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(field.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let field = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(field.try_into().ok()?))
}

#[cfg(test)]
mod tests;
