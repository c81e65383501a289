//! Members that no directory lists: found by their local headers.

use std::io::SeekFrom;

use super::decoding::Entry;
use super::{CENTRAL_MAGIC, LOCAL_MAGIC, decoding, names};
use crate::ReadSeek;
use crate::reading::{le_u16, le_u32, read_at};
use crate::sink::{Problem, Sink};

/// Bytes of a local header without its name.
pub(super) const LOCAL_BYTES: usize = 30;
/// The sizes stand after the content.
const SIZES_FOLLOW: u16 = 1 << 3;
const DESCRIPTOR_MAGIC: &[u8] = b"PK\x07\x08";
/// The highest "version needed" in use is 6.3; what has more is no header but data that looks like one.
const VERSION_MAX: u16 = 100;
/// The highest method in use: AES.
const METHOD_MAX: u16 = 99;
const CHUNK_BYTES: usize = 256 * 1024;

/// Opens every member that has a local header between `from` and `to`, and returns how many there were.
pub(super) fn search(
    source: &mut dyn ReadSeek,
    from: u64,
    to: u64,
    sink: &mut Sink<'_>,
) -> Result<u64, Problem> {
    let (mut at, mut count) = (from, 0);
    while let Some(header_at) = find(source, at, to, &[LOCAL_MAGIC])? {
        sink.go_on()?;
        at = header_at + LOCAL_MAGIC.len() as u64;
        let Some((mut entry, header_bytes)) = header(source, header_at)? else {
            continue;
        };
        count += 1;
        let content_at = header_at + header_bytes;
        if entry.flags & SIZES_FOLLOW != 0 && entry.packed_bytes == 0 {
            // A decoder knows its end; what is stored ends where the next record begins.
            let marks = [LOCAL_MAGIC, CENTRAL_MAGIC, DESCRIPTOR_MAGIC];
            let next = match entry.method {
                0 => find(source, content_at, to, &marks)?,
                _ => None,
            };
            entry.packed_bytes = next.unwrap_or(to).saturating_sub(content_at);
            (entry.crc, entry.size) = (None, None);
        } else {
            at = content_at
                .saturating_add(entry.packed_bytes)
                .min(to)
                .max(at);
        }
        let used_bytes = decoding::open(source, content_at, entry, sink)?;
        at = at.max(content_at.saturating_add(used_bytes).min(to));
    }
    Ok(count)
}

/// Reads a local header; `None` if it only looks like one.
fn header(source: &mut dyn ReadSeek, at: u64) -> Result<Option<(Entry, u64)>, Problem> {
    let fixed = read_at(source, at, LOCAL_BYTES as u64)?;
    let Some(name_bytes) = le_u16(&fixed, 26).map(usize::from) else {
        return Ok(None);
    };
    let extra_bytes = le_u16(&fixed, 28).map_or(0, usize::from);
    let variable = read_at(
        source,
        at + LOCAL_BYTES as u64,
        (name_bytes + extra_bytes) as u64,
    )?;
    let Some((name, extra)) = variable.split_at_checked(name_bytes) else {
        return Ok(None);
    };
    Ok(parse(&fixed, name, extra)
        .map(|entry| (entry, (LOCAL_BYTES + name_bytes + extra_bytes) as u64)))
}

fn parse(fixed: &[u8], name: &[u8], extra: &[u8]) -> Option<Entry> {
    let flags = le_u16(fixed, 6)?;
    if le_u16(fixed, 4)? & 0xff > VERSION_MAX || le_u16(fixed, 8)? > METHOD_MAX || name.is_empty() {
        return None;
    }
    let mut sizes = [u64::from(le_u32(fixed, 22)?), u64::from(le_u32(fixed, 18)?)];
    names::widen(&mut sizes, extra);
    Some(Entry {
        name: names::name(name, flags, extra),
        flags,
        method: le_u16(fixed, 8)?,
        modified: names::modified(extra, le_u16(fixed, 12)?, le_u16(fixed, 10)?),
        crc: Some(le_u32(fixed, 14)?),
        packed_bytes: sizes[1],
        size: Some(sizes[0]),
    })
}

/// Tells whether the fixed part of a header, and the name after it, could be real.
pub(super) fn looks_real(bytes: &[u8]) -> bool {
    let fields = (le_u16(bytes, 4), le_u16(bytes, 8), le_u16(bytes, 26));
    let (Some(version), Some(method), Some(name_bytes @ 1..=4096)) = fields else {
        return false;
    };
    let name = bytes.get(LOCAL_BYTES..).unwrap_or_default();
    let name = name.get(..usize::from(name_bytes)).unwrap_or(name);
    version & 0xff <= VERSION_MAX && method <= METHOD_MAX && name.iter().all(|byte| *byte >= b' ')
}

/// Finds the first of some marks between `from` and `to`.
fn find(
    source: &mut dyn ReadSeek,
    from: u64,
    to: u64,
    marks: &[&[u8]],
) -> Result<Option<u64>, Problem> {
    const OVERLAP: usize = 3;
    let mut at = from;
    let mut chunk =
        vec![0; CHUNK_BYTES.min(usize::try_from(to.saturating_sub(from)).unwrap_or(CHUNK_BYTES))];
    while at < to {
        source.seek(SeekFrom::Start(at))?;
        let room = usize::try_from(to - at)
            .unwrap_or(usize::MAX)
            .min(chunk.len());
        let room = chunk.get_mut(..room).unwrap_or_default();
        let count = crate::reading::read_full(source, room)?;
        let seen = chunk.get(..count).unwrap_or_default();
        let found = (marks.iter())
            .filter_map(|mark| memchr::memmem::find(seen, mark))
            .min();
        if let Some(place) = found {
            return Ok(Some(at + place as u64));
        }
        if count <= OVERLAP {
            return Ok(None);
        }
        at += (count - OVERLAP) as u64;
        if at + OVERLAP as u64 >= to {
            return Ok(None);
        }
    }
    Ok(None)
}
