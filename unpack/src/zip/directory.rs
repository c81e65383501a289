//! The central directory, wherever it is: data may stand before the archive and after it.

use super::decoding::Entry;
use super::{CENTRAL_MAGIC, Covered, LOCAL_MAGIC, decoding, names};
use crate::ReadSeek;
use crate::member::WhyNot;
use crate::reading::{array, le_u16, le_u32, le_u64, read_at};
use crate::sink::{Problem, Sink};

const END_MAGIC: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
const ZIP64_LOCATOR_MAGIC: &[u8] = b"PK\x06\x07";
const ZIP64_LOCATOR_BYTES: u64 = 20;
const ZIP64_END_MAGIC: &[u8] = b"PK\x06\x06";
const CENTRAL_BYTES: usize = 46;
const LOCAL_BYTES: u64 = 30;
/// Bytes from the end in which the end record is sought: a comment of 64 KiB and as much foreign data again and again.
const END_SEARCH_BYTES: u64 = 1 << 20;
/// Bytes of the directory that are read at a time; more than one entry can have.
const CHUNK_BYTES: u64 = 256 * 1024;

/// Where the central directory is, as far as the end record says.
pub(super) struct End {
    directory_at: u64,
    /// What has to be added to every stated offset, because data stands before the archive.
    shift: u64,
    /// One past the end record.
    after: u64,
    pub(super) entry_count: u64,
}

/// Finds the last end record that has a directory, or is empty.
pub(super) fn find(source: &mut dyn ReadSeek, size_bytes: u64) -> Result<Option<End>, Problem> {
    let from = size_bytes.saturating_sub(END_SEARCH_BYTES);
    let tail = read_at(source, from, END_SEARCH_BYTES)?;
    // A hostile tail of nothing but end records costs one look into the archive each.
    for at in memchr::memmem::rfind_iter(&tail, END_MAGIC).take(1_000) {
        let Some(record) = tail.get(at..at + END_BYTES) else {
            continue;
        };
        if let Some(end) = check(source, record, from + at as u64)? {
            return Ok(Some(end));
        }
    }
    Ok(None)
}

fn check(source: &mut dyn ReadSeek, record: &[u8], at: u64) -> Result<Option<End>, Problem> {
    let comment_bytes = u64::from(le_u16(record, 20).unwrap_or(0));
    let mut end = End {
        directory_at: 0,
        shift: 0,
        after: at + END_BYTES as u64 + comment_bytes,
        entry_count: u64::from(le_u16(record, 10).unwrap_or(0)),
    };
    let mut size = u64::from(le_u32(record, 12).unwrap_or(0));
    let mut offset = u64::from(le_u32(record, 16).unwrap_or(0));
    let mut directory_end = at;
    if let Some((zip64, zip64_at)) = zip64(source, at)? {
        end.entry_count = le_u64(&zip64, 32).unwrap_or(0);
        size = le_u64(&zip64, 40).unwrap_or(0);
        offset = le_u64(&zip64, 48).unwrap_or(0);
        directory_end = zip64_at;
    }
    if end.entry_count == 0 && size == 0 {
        end.directory_at = directory_end;
        return Ok(Some(end));
    }
    // The directory ends where the end record begins, so its size says where it is, whatever stands before the
    // archive. Where that fails the stated offset is believed.
    let by_size = directory_end.checked_sub(size);
    for directory_at in [by_size, Some(offset)].into_iter().flatten() {
        if read_at(source, directory_at, 4)? == CENTRAL_MAGIC {
            end.directory_at = directory_at;
            end.shift = directory_at.saturating_sub(offset);
            return Ok(Some(end));
        }
    }
    Ok(None)
}

/// Reads the zip64 end record, if there is one before the end record at `at`.
fn zip64(source: &mut dyn ReadSeek, at: u64) -> Result<Option<([u8; 56], u64)>, Problem> {
    let Some(locator_at) = at.checked_sub(ZIP64_LOCATOR_BYTES) else {
        return Ok(None);
    };
    let locator = read_at(source, locator_at, ZIP64_LOCATOR_BYTES)?;
    if !locator.starts_with(ZIP64_LOCATOR_MAGIC) {
        return Ok(None);
    }
    let stated = le_u64(&locator, 8).unwrap_or(0);
    // Without an extensible part, which nobody writes, it stands right before its locator.
    for record_at in [Some(stated), locator_at.checked_sub(56)]
        .into_iter()
        .flatten()
    {
        let record = read_at(source, record_at, 56)?;
        if record.starts_with(ZIP64_END_MAGIC)
            && let Some(record) = array(&record, 0)
        {
            return Ok(Some((record, record_at)));
        }
    }
    Ok(None)
}

/// Opens every member that the directory lists, and returns how many there were.
pub(super) fn members(
    source: &mut dyn ReadSeek,
    size_bytes: u64,
    end: &End,
    covered: &mut Covered,
    sink: &mut Sink<'_>,
) -> Result<u64, Problem> {
    let (mut at, mut count) = (end.directory_at, 0_u64);
    let mut chunk = Vec::new();
    let mut used = 0_usize;
    // The stated count is a hint at most: the directory ends where its entries do.
    loop {
        let mut rest = chunk.get(used..).unwrap_or_default();
        if entry_bytes(rest).is_none() {
            chunk = read_at(source, at, CHUNK_BYTES)?;
            used = 0;
            rest = &chunk;
        }
        let Some(length) = entry_bytes(rest) else {
            break;
        };
        let Some((entry, local_at)) = rest.get(..length).and_then(parse) else {
            break;
        };
        used += length;
        at += length as u64;
        count += 1;
        member(
            source, size_bytes, end.shift, entry, local_at, covered, sink,
        )?;
    }
    covered.add(end.directory_at, at);
    covered.add(at, end.after.max(at));
    if count < end.entry_count && end.entry_count <= size_bytes {
        let detail = format!("{} members are stated, {count} are there", end.entry_count);
        sink.list(WhyNot::Damaged, detail)?;
    }
    Ok(count)
}

fn member(
    source: &mut dyn ReadSeek,
    size_bytes: u64,
    shift: u64,
    entry: Entry,
    stated_at: u64,
    covered: &mut Covered,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    // Some archivers with data before the archive state offsets in the file, others offsets in the archive.
    for local_at in [stated_at.saturating_add(shift), stated_at] {
        if local_at >= size_bytes {
            continue;
        }
        let header = read_at(source, local_at, LOCAL_BYTES)?;
        if !header.starts_with(LOCAL_MAGIC) || (header.len() as u64) < LOCAL_BYTES {
            continue;
        }
        let name_bytes = u64::from(le_u16(&header, 26).unwrap_or(0));
        let extra_bytes = u64::from(le_u16(&header, 28).unwrap_or(0));
        let content_at = local_at + LOCAL_BYTES + name_bytes + extra_bytes;
        covered.add(local_at, content_at.saturating_add(entry.packed_bytes));
        return decoding::open(source, content_at, entry, sink).map(drop);
    }
    sink.not_opened(
        entry.name,
        WhyNot::Damaged,
        "there is no member where the directory says",
    )
}

/// Returns how long the entry at the front of `bytes` is, if it is there as a whole.
fn entry_bytes(bytes: &[u8]) -> Option<usize> {
    if !bytes.starts_with(CENTRAL_MAGIC) {
        return None;
    }
    let variable: usize = [28, 30, 32]
        .into_iter()
        .map(|at| le_u16(bytes, at).map_or(0, usize::from))
        .sum();
    Some(CENTRAL_BYTES + variable).filter(|length| bytes.len() >= *length)
}

/// Reads one entry of the directory, and where its local header is.
fn parse(bytes: &[u8]) -> Option<(Entry, u64)> {
    let name_bytes = usize::from(le_u16(bytes, 28)?);
    let extra_bytes = usize::from(le_u16(bytes, 30)?);
    let name = bytes.get(CENTRAL_BYTES..CENTRAL_BYTES + name_bytes)?;
    let extra = bytes.get(CENTRAL_BYTES + name_bytes..CENTRAL_BYTES + name_bytes + extra_bytes)?;
    let flags = le_u16(bytes, 8)?;
    let mut sizes = [
        u64::from(le_u32(bytes, 24)?),
        u64::from(le_u32(bytes, 20)?),
        u64::from(le_u32(bytes, 42)?),
    ];
    names::widen(&mut sizes, extra);
    let entry = Entry {
        name: names::name(name, flags, extra),
        flags,
        method: le_u16(bytes, 10)?,
        modified: names::modified(extra, le_u16(bytes, 14)?, le_u16(bytes, 12)?),
        crc: Some(le_u32(bytes, 16)?),
        packed_bytes: sizes[1],
        size: Some(sizes[0]),
    };
    Some((entry, sizes[2]))
}
