//! The base: all records in order, in one file that is never changed, only replaced as a whole.
//!
//! ```text
//! header   mark, version, journal that it holds, algorithms, when it was made, sets of judges, checksums
//! blocks   `blocks.rs`
//! index    the first path of each block, and where the block is; at the end, where the index is
//! ```
//! Only the index is in memory, four bytes for a record. Without it the blocks are found one by one.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};

use super::blocks::{
    BLOCK_BYTES_MAX, Block, BlockBuilder, HEADER_BYTES, LoadedBlock, payload_bytes,
};
use super::bytes::{Source, checksum, put_length, put_short_list};
use super::judging::{JudgeSet, Judged, SetTable};
use super::path::FilePath;
use crate::detector::Fingerprint;

/// The version of the format; another one is not read.
pub(super) const VERSION: u32 = 2;
const MARK: [u8; 8] = *b"TOCSINiv";
const END_MARK: [u8; 8] = *b"TOCSINix";
/// Mark, version, length of the tables, their checksum, checksum of these.
const FILE_HEADER_BYTES: usize = 24;
const FOOTER_BYTES: usize = 40;
/// Sets of judges and what else is not about one file.
const TABLES_BYTES_MAX: usize = 32 * 1024 * 1024;
const INDEX_BYTES_MAX: usize = 256 * 1024 * 1024;

/// What is known beside the records.
#[derive(Clone, Debug)]
pub(super) struct Tables {
    /// The number of the journal that the base holds already.
    pub(super) journal: u64,
    /// Bits as in `hash::AlgorithmSet`.
    pub(super) algorithms: u8,
    /// In seconds since 1970.
    pub(super) made_at: i64,
    pub(super) sets: SetTable,
}

/// An open base.
pub(super) struct Base {
    file: Option<File>,
    pub(super) tables: Tables,
    index: Index,
    pub(super) byte_count: u64,
    damaged_count: AtomicU64,
}

/// What was wrong with a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    /// It is of another version.
    Version(u32),
    /// It is no base.
    Header,
    /// What verdicts mean is lost; digests are not.
    Tables,
    /// The index was made anew from the blocks.
    Index,
}

#[derive(Default)]
struct Index {
    /// Folder and name of the first record of each block, one after the other.
    paths: Vec<u8>,
    blocks: Vec<BlockPlace>,
    record_count: u64,
}

struct BlockPlace {
    folder_at: u32,
    name_at: u32,
    name_end: u32,
    byte_count: u32,
    at: u64,
    first_record: u64,
}

impl Tables {
    pub(super) fn new(made_at: i64) -> Self {
        Self {
            journal: 0,
            algorithms: 0,
            made_at,
            sets: SetTable::new(),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend_from_slice(&self.journal.to_le_bytes());
        out.push(self.algorithms);
        out.extend_from_slice(&self.made_at.to_le_bytes());
        put_length(&mut out, self.sets.len());
        for (number, set) in self.sets.iter() {
            out.push(number);
            put_set(&mut out, set);
        }
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut source = Source::new(bytes);
        let mut tables = Self {
            journal: source.u64()?,
            algorithms: source.u8()?,
            made_at: source.i64()?,
            sets: SetTable::new(),
        };
        for _ in 0..source.u32()? {
            let number = source.u8()?;
            tables.sets.define(number, read_set(&mut source)?);
        }
        source.is_empty().then_some(tables)
    }
}

pub(super) fn put_set(out: &mut Vec<u8>, set: &JudgeSet) {
    out.extend_from_slice(&set.used_at.to_le_bytes());
    put_length(out, set.fingerprints.len());
    out.extend(set.fingerprints.iter().flatten());
}

pub(super) fn read_set(source: &mut Source<'_>) -> Option<JudgeSet> {
    let used_at = source.i64()?;
    let count = usize::try_from(source.u32()?).ok()?;
    let bytes = source.take(count.checked_mul(size_of::<Fingerprint>())?)?;
    Some(JudgeSet {
        fingerprints: bytes.as_chunks().0.to_vec(),
        used_at,
    })
}

impl Base {
    /// Makes a base without records.
    pub(super) fn empty(now: i64) -> Self {
        Self {
            file: None,
            tables: Tables::new(now),
            index: Index::default(),
            byte_count: 0,
            damaged_count: AtomicU64::new(0),
        }
    }

    /// Opens a base, as far as it is whole.
    pub(super) fn open(file: File, now: i64) -> io::Result<(Self, Vec<Damage>)> {
        let byte_count = file.metadata()?.len();
        let mut base = Self {
            byte_count,
            ..Self::empty(now)
        };
        let (tables, blocks_at) = match read_header(&file, byte_count) {
            Ok(header) => header,
            Err(damage) => return Ok((base, vec![damage])),
        };
        let mut damages = Vec::new();
        if let Some(tables) = tables {
            base.tables = tables;
        } else {
            damages.push(Damage::Tables);
            // Records may have any bit, and none means anything.
            base.tables.sets.reserve(Judged(u64::MAX));
        }
        base.index = if let Some(index) = Index::read(&file, byte_count, blocks_at) {
            index
        } else {
            damages.push(Damage::Index);
            Index::rebuild(&file, byte_count, blocks_at)
        };
        base.file = Some(file);
        Ok((base, damages))
    }

    pub(super) fn record_count(&self) -> u64 {
        self.index.record_count
    }

    pub(super) fn block_count(&self) -> usize {
        self.index.blocks.len()
    }

    /// Returns the numbers of the blocks that can hold files of a folder.
    pub(super) fn blocks_of(&self, folder: &[u8]) -> Range<usize> {
        let blocks = &self.index.blocks;
        let folder_of = |place: &BlockPlace| self.index.first_path(place).folder;
        let begin = blocks.partition_point(|place| folder_of(place) < folder);
        let end = blocks.partition_point(|place| folder_of(place) <= folder);
        begin.saturating_sub(1)..end
    }

    /// Returns the number of the only one of these blocks that can hold a path.
    pub(super) fn block_of(&self, blocks: &Range<usize>, path: FilePath<'_>) -> Option<usize> {
        let after = self
            .index
            .blocks
            .get(blocks.clone())?
            .partition_point(|place| self.index.first_path(place) <= path);
        Some(blocks.start + after.checked_sub(1)?)
    }

    /// Reads a block; nothing where it is damaged, which is counted.
    pub(super) fn load(&self, number: usize) -> Option<LoadedBlock> {
        let place = self.index.blocks.get(number)?;
        let block = self.file.as_ref().and_then(|file| {
            let mut bytes = vec![0; place.byte_count as usize];
            file.read_exact_at(&mut bytes, place.at).ok()?;
            let block = LoadedBlock::read(bytes)?;
            // The index must mean this very block.
            (block.entry(0)?.0 == self.index.first_path(place)
                && block.len() as u64 == self.index.record_count_of(number))
            .then_some(block)
        });
        if block.is_none() {
            self.damaged_count.fetch_add(1, Ordering::Relaxed);
        }
        block
    }

    /// Returns the number of the first record of a block among all records.
    pub(super) fn first_record(&self, block: usize) -> u64 {
        self.index
            .blocks
            .get(block)
            .map_or(0, |place| place.first_record)
    }

    /// Returns how often a damaged block was met.
    pub(super) fn damaged_count(&self) -> u64 {
        self.damaged_count.load(Ordering::Relaxed)
    }
}

type Header = (Option<Tables>, u64);

fn read_header(file: &File, byte_count: u64) -> Result<Header, Damage> {
    let mut bytes = [0; FILE_HEADER_BYTES];
    file.read_exact_at(&mut bytes, 0)
        .map_err(|_| Damage::Header)?;
    let (version, length, tables_sum) = parse_header(&bytes).ok_or(Damage::Header)?;
    if version != VERSION {
        return Err(Damage::Version(version));
    }
    if length > TABLES_BYTES_MAX || length as u64 > byte_count {
        return Err(Damage::Header);
    }
    let mut tables = vec![0; length];
    let read = file.read_exact_at(&mut tables, FILE_HEADER_BYTES as u64);
    let whole = read.is_ok() && checksum(&[&tables]) == tables_sum;
    let tables = whole.then(|| Tables::decode(&tables)).flatten();
    Ok((tables, (FILE_HEADER_BYTES + length) as u64))
}

fn parse_header(bytes: &[u8; FILE_HEADER_BYTES]) -> Option<(u32, usize, u32)> {
    let mut source = Source::new(bytes);
    let mark = source.array()?;
    let (version, length, tables_sum) = (source.u32()?, source.u32()?, source.u32()?);
    let sum = checksum(&[&bytes[..FILE_HEADER_BYTES - 4]]);
    let is_base = mark == MARK && source.u32()? == sum;
    Some((version, usize::try_from(length).ok()?, tables_sum)).filter(|_| is_base)
}

impl Index {
    fn first_path(&self, place: &BlockPlace) -> FilePath<'_> {
        let (folder, name) = (place.folder_at as usize, place.name_at as usize);
        FilePath {
            folder: &self.paths[folder..name],
            name: &self.paths[name..place.name_end as usize],
        }
    }

    fn record_count_of(&self, number: usize) -> u64 {
        let first = self.blocks[number].first_record;
        let next = self.blocks.get(number + 1);
        next.map_or(self.record_count, |next| next.first_record) - first
    }

    /// Adds a block; false where there is no room for it.
    fn add(&mut self, first: FilePath<'_>, at: u64, byte_count: usize, count: u32) -> bool {
        let folder_at = self.paths.len();
        let name_at = folder_at + first.folder.len();
        let name_end = name_at + first.name.len();
        let (Ok(folder_at), Ok(name_at), Ok(name_end), Ok(byte_count)) = (
            folder_at.try_into(),
            name_at.try_into(),
            name_end.try_into(),
            byte_count.try_into(),
        ) else {
            return false;
        };
        self.paths.extend_from_slice(first.folder);
        self.paths.extend_from_slice(first.name);
        self.blocks.push(BlockPlace {
            folder_at,
            name_at,
            name_end,
            byte_count,
            at,
            first_record: self.record_count,
        });
        self.record_count += u64::from(count);
        true
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.paths.len() + 24 * self.blocks.len());
        for (number, place) in self.blocks.iter().enumerate() {
            let path = self.first_path(place);
            put_short_list(&mut out, path.folder);
            put_short_list(&mut out, path.name);
            out.extend_from_slice(&place.at.to_le_bytes());
            out.extend_from_slice(&place.byte_count.to_le_bytes());
            let count = self.record_count_of(number);
            out.extend_from_slice(&count.to_le_bytes());
        }
        out
    }

    fn read(file: &File, file_bytes: u64, blocks_at: u64) -> Option<Self> {
        let footer_at = file_bytes.checked_sub(FOOTER_BYTES as u64)?;
        let mut footer = [0; FOOTER_BYTES];
        file.read_exact_at(&mut footer, footer_at).ok()?;
        let mut source = Source::new(&footer);
        let (at, length, record_count) = (source.u64()?, source.u64()?, source.u64()?);
        let (index_sum, footer_sum) = (source.u32()?, source.u32()?);
        let in_order = source.array() == Some(END_MARK)
            && checksum(&[&footer[..FOOTER_BYTES - 12]]) == footer_sum
            && at >= blocks_at
            && at.checked_add(length) == Some(footer_at);
        let length = usize::try_from(length).ok()?;
        if !in_order || length > INDEX_BYTES_MAX {
            return None;
        }
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, at).ok()?;
        if checksum(&[&bytes]) != index_sum {
            return None;
        }
        let index = Self::decode(&bytes, at)?;
        (index.record_count == record_count).then_some(index)
    }

    fn decode(bytes: &[u8], blocks_end: u64) -> Option<Self> {
        let mut index = Self::default();
        let mut source = Source::new(bytes);
        while !source.is_empty() {
            let first = FilePath {
                folder: source.short_list()?,
                name: source.short_list()?,
            };
            let (at, byte_count, count) = (source.u64()?, source.u32()?, source.u64()?);
            let in_order = byte_count as usize <= BLOCK_BYTES_MAX
                // So that memory set aside for each record is in proportion to the file.
                && count <= u64::from(byte_count) / 8
                && at.checked_add(byte_count.into())? <= blocks_end
                && index.blocks.last().is_none_or(|last| index.first_path(last) < first);
            let count = u32::try_from(count).ok()?;
            if !in_order || !index.add(first, at, byte_count as usize, count) {
                return None;
            }
        }
        Some(index)
    }

    /// Finds block after block, up to the first that is damaged.
    fn rebuild(file: &File, file_bytes: u64, blocks_at: u64) -> Self {
        let mut index = Self::default();
        let mut at = blocks_at;
        while let Some((block, byte_count)) = read_block(file, file_bytes, at) {
            let Some((first, _)) = block.entry(0) else {
                break;
            };
            let in_order = index
                .blocks
                .last()
                .is_none_or(|last| index.first_path(last) < first);
            let count = u32::try_from(block.len()).unwrap_or(u32::MAX);
            if !in_order || !index.add(first, at, byte_count, count) {
                break;
            }
            at += byte_count as u64;
        }
        index
    }
}

fn read_block(file: &File, file_bytes: u64, at: u64) -> Option<(LoadedBlock, usize)> {
    let mut header = [0; HEADER_BYTES];
    file.read_exact_at(&mut header, at).ok()?;
    let byte_count = HEADER_BYTES + payload_bytes(&header)?;
    if at.checked_add(byte_count as u64)? > file_bytes {
        return None;
    }
    let mut bytes = vec![0; byte_count];
    file.read_exact_at(&mut bytes, at).ok()?;
    Some((LoadedBlock::read(bytes)?, byte_count))
}

/// Writes a new base.
pub(super) struct BaseWriter {
    file: BufWriter<File>,
    index: Index,
    builder: BlockBuilder,
    at: u64,
}

impl BaseWriter {
    pub(super) fn new(file: File, tables: &Tables) -> io::Result<Self> {
        let tables = tables.encode();
        let mut header = Vec::with_capacity(FILE_HEADER_BYTES);
        header.extend_from_slice(&MARK);
        header.extend_from_slice(&VERSION.to_le_bytes());
        put_length(&mut header, tables.len());
        header.extend_from_slice(&checksum(&[&tables]).to_le_bytes());
        let sum = checksum(&[&header]);
        header.extend_from_slice(&sum.to_le_bytes());
        let mut file = BufWriter::with_capacity(256 * 1024, file);
        file.write_all(&header)?;
        file.write_all(&tables)?;
        Ok(Self {
            file,
            index: Index::default(),
            builder: BlockBuilder::new(),
            at: (header.len() + tables.len()) as u64,
        })
    }

    /// Adds a record; they come in order.
    pub(super) fn add(&mut self, path: FilePath<'_>, body: &[u8]) -> io::Result<()> {
        if let Some(block) = self.builder.close_before(body) {
            self.write(&block)?;
        }
        self.builder.add(path, body);
        Ok(())
    }

    /// Writes what is left, and returns the file once all of it is on the disk.
    pub(super) fn finish(mut self) -> io::Result<File> {
        if let Some(block) = self.builder.close() {
            self.write(&block)?;
        }
        let index = self.index.encode();
        self.file.write_all(&index)?;
        let mut footer = Vec::with_capacity(FOOTER_BYTES);
        footer.extend_from_slice(&self.at.to_le_bytes());
        footer.extend_from_slice(&(index.len() as u64).to_le_bytes());
        footer.extend_from_slice(&self.index.record_count.to_le_bytes());
        footer.extend_from_slice(&checksum(&[&index]).to_le_bytes());
        let sum = checksum(&[&footer]);
        footer.extend_from_slice(&sum.to_le_bytes());
        footer.extend_from_slice(&END_MARK);
        self.file.write_all(&footer)?;
        let file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(file)
    }

    fn write(&mut self, block: &Block) -> io::Result<()> {
        self.file.write_all(&block.bytes)?;
        let first = FilePath {
            folder: &block.first.0,
            name: &block.first.1,
        };
        if !self
            .index
            .add(first, self.at, block.bytes.len(), block.count)
        {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.at += block.bytes.len() as u64;
        Ok(())
    }
}
