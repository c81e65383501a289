//! Tape archives: old, ustar, GNU with long names, pax. What follows the end marks is read too, since a tape can go on.
//!
//! The format is that of POSIX.1-2017 (`pax`) and of the GNU tar manual.

use std::io::Read;

use crate::member::{MemberName, WhyNot};
use crate::meter::Forward;
use crate::reading::{Exactly, digits, read_full, until_nul};
use crate::sink::{Facts, Problem, Sink};

const BLOCK_BYTES: usize = 512;
/// Bytes of a long name or of pax records that are read; more is passed over. Linux allows paths of 4 096.
const EXTENSION_BYTES_MAX: u64 = 256 * 1024;
/// Blocks that may be no header, one after the other, before the rest is given up. 16 MiB of padding is no archive.
const FOREIGN_BLOCKS_MAX: u32 = 32 * 1024;

/// What the extension headers before a member say of it.
#[derive(Default)]
struct Extension {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    modified: Option<i64>,
    sparse: bool,
}

/// Opens a tape archive.
pub(crate) fn open(source: &mut dyn Forward, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut block = [0_u8; BLOCK_BYTES];
    let mut extension = Extension::default();
    let (mut foreign_count, mut damage_told) = (0_u32, false);
    loop {
        let count = read_full(source, &mut block)?;
        sink.charge(count as u64)?;
        if count < BLOCK_BYTES {
            if block.iter().take(count).any(|byte| *byte != 0) {
                sink.list(WhyNot::Damaged, "it ends inside a header")?;
            }
            return Ok(());
        }
        let zeros = block.iter().all(|byte| *byte == 0);
        if zeros || !checksum_fits(&block) {
            foreign_count += 1;
            if foreign_count > FOREIGN_BLOCKS_MAX {
                return Ok(());
            }
            if !zeros && !damage_told {
                damage_told = true;
                sink.list(WhyNot::Damaged, "there is no header where one must be")?;
            }
            continue;
        }
        foreign_count = 0;
        if member(&block, &mut extension, source, sink)? == After::Extension {
            continue;
        }
        extension = Extension::default();
    }
}

/// What a header was for.
#[derive(PartialEq, Eq)]
enum After {
    Extension,
    Member,
}

/// Reads what belongs to one header.
fn member(
    block: &[u8; BLOCK_BYTES],
    extension: &mut Extension,
    source: &mut dyn Forward,
    sink: &mut Sink<'_>,
) -> Result<After, Problem> {
    let kind = block[156];
    let stated = number(&block[124..136]);
    let Some(size) = stated else {
        sink.list(WhyNot::Damaged, "a header states no size")?;
        return Ok(After::Member);
    };
    if let b'L' | b'K' | b'x' | b'X' | b'g' = kind {
        let bytes = extension_bytes(size, source, sink)?;
        match kind {
            b'L' => extension.name = Some(until_nul(&bytes).to_vec()),
            b'x' | b'X' => read_records(&bytes, extension),
            _ => {}
        }
        return Ok(After::Extension);
    }
    let size = extension.size.unwrap_or(size);
    let name = MemberName::from_bytes(&match extension.name.take() {
        Some(name) => name,
        None => header_name(block),
    });
    let facts = Facts {
        modified: extension
            .modified
            .or_else(|| i64::try_from(number(&block[136..148])?).ok()),
        declared_size: Some(size),
    };
    match kind {
        // Links, devices, folders and FIFOs have no content, whatever size is stated.
        b'1'..=b'6' => sink.empty_entry()?,
        b'S' => {
            pass_sparse_map(block, source, sink)?;
            sink.not_opened(
                name,
                WhyNot::Unsupported,
                "sparse files in tar are not opened",
            )?;
            source.skip(padded(size))?;
        }
        _ if extension.sparse => {
            sink.not_opened(
                name,
                WhyNot::Unsupported,
                "sparse files in tar are not opened",
            )?;
            source.skip(padded(size))?;
        }
        // The members of a dumped folder, a volume's name, a list of names.
        b'D' | b'M' | b'N' | b'V' => {
            sink.empty_entry()?;
            source.skip(padded(size))?;
        }
        _ => {
            let mut content = Exactly::new(&mut *source, size);
            sink.member(name, facts, &mut content)?;
            let left = content.left();
            source.skip(left.saturating_add(padded(size).saturating_sub(size)))?;
        }
    }
    Ok(After::Member)
}

/// Reads the content of an extension header; of a huge one nothing is kept.
fn extension_bytes(
    size: u64,
    source: &mut dyn Forward,
    sink: &mut Sink<'_>,
) -> Result<Vec<u8>, Problem> {
    sink.empty_entry()?;
    let mut bytes = Vec::new();
    if size > EXTENSION_BYTES_MAX {
        sink.list(
            WhyNot::Damaged,
            format!("an extension header of {size} bytes"),
        )?;
        source.skip(padded(size))?;
        return Ok(bytes);
    }
    Exactly::new(&mut *source, size).read_to_end(&mut bytes)?;
    sink.charge(size)?;
    source.skip(padded(size).saturating_sub(size))?;
    Ok(bytes)
}

/// Passes over the blocks in which GNU tar continues the map of an old sparse file.
fn pass_sparse_map(
    block: &[u8; BLOCK_BYTES],
    source: &mut dyn Forward,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    let mut more = block[482] != 0;
    while more {
        let mut map = [0_u8; BLOCK_BYTES];
        source.read_exact(&mut map)?;
        sink.charge(BLOCK_BYTES as u64)?;
        more = map[504] != 0;
    }
    Ok(())
}

/// Reads pax records, each of which is `length key=value\n`.
fn read_records(mut bytes: &[u8], extension: &mut Extension) {
    while let Some(space) = bytes.iter().position(|byte| *byte == b' ') {
        let length = bytes.get(..space).and_then(|field| digits(field, 10));
        let length = length.and_then(|length| usize::try_from(length).ok());
        let Some((record, rest)) = length.and_then(|length| bytes.split_at_checked(length)) else {
            return;
        };
        bytes = rest;
        let record = record.get(space + 1..).unwrap_or_default();
        let record = record.strip_suffix(b"\n").unwrap_or(record);
        let Some(equals) = record.iter().position(|byte| *byte == b'=') else {
            return;
        };
        let (key, value) = record.split_at(equals);
        let value = value.get(1..).unwrap_or_default();
        match key {
            b"path" | b"GNU.sparse.name" => extension.name = Some(value.to_vec()),
            b"size" => extension.size = digits(value, 10),
            b"mtime" => {
                let whole = value.split(|byte| *byte == b'.').next().unwrap_or_default();
                extension.modified = std::str::from_utf8(whole).ok().and_then(|s| s.parse().ok());
            }
            _ => {}
        }
        extension.sparse |= key.starts_with(b"GNU.sparse.");
        if length == Some(0) {
            return;
        }
    }
}

/// Returns the name that the header itself holds.
fn header_name(block: &[u8; BLOCK_BYTES]) -> Vec<u8> {
    let name = until_nul(&block[..100]);
    let prefix = until_nul(&block[345..500]);
    // GNU's own headers have times where ustar has the prefix.
    if &block[257..263] != b"ustar\0" || prefix.is_empty() {
        return name.to_vec();
    }
    [prefix, b"/", name].concat()
}

/// Tells whether the header's checksum is that of its bytes, counted as old or as new archivers count.
pub(crate) fn checksum_fits(block: &[u8; BLOCK_BYTES]) -> bool {
    let Some(stated) = digits(&block[148..156], 8) else {
        return false;
    };
    let (mut plain, mut signed) = (0_u32, 0_i32);
    for (at, byte) in block.iter().enumerate() {
        let byte = if (148..156).contains(&at) {
            b' '
        } else {
            *byte
        };
        plain += u32::from(byte);
        signed += i32::from(byte.cast_signed());
    }
    stated == u64::from(plain) || i64::try_from(stated) == Ok(i64::from(signed))
}

/// Reads an octal number, or the binary one that GNU tar writes where octal digits do not suffice.
fn number(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 == 0 {
        return digits(until_nul(field), 8);
    }
    let (high, low) = field.split_at_checked(field.len().checked_sub(8)?)?;
    let spare = high
        .iter()
        .enumerate()
        .all(|(at, byte)| *byte == if at == 0 { 0x80 } else { 0 });
    spare.then(|| u64::from_be_bytes(low.try_into().unwrap_or_default()))
}

fn padded(size: u64) -> u64 {
    size.checked_next_multiple_of(BLOCK_BYTES as u64)
        .unwrap_or(u64::MAX)
}
