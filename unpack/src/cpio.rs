//! `cpio` archives: new ASCII with and without checksums, old character, and binary in both byte orders.
//!
//! The formats are those of cpio(5).

use std::io::Read;

use crate::member::MemberName;
use crate::meter::Forward;
use crate::reading::{Exactly, digits, le_u16, read_full, until_nul};
use crate::sink::{Facts, Problem, Sink};

/// Bytes of a name that are accepted; Linux allows 4 096.
const NAME_BYTES_MAX: u64 = 65_536;
const TRAILER: &[u8] = b"TRAILER!!!";
const FILE_KIND: u64 = 0o170_000;
const REGULAR: u64 = 0o100_000;

/// What a header says, whichever form it has.
struct Header {
    mode: u64,
    modified: u64,
    name_bytes: u64,
    size: u64,
    /// What header with name, and what content, are padded to.
    alignment: u64,
    own_bytes: u64,
}

/// Opens an archive. Several, one after the other, are read as one, as the kernel does with an initial RAM disk; what
/// follows the last in another form is compressed, and opened as the kinds that it is.
pub(crate) fn open(source: &mut dyn Forward, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut ended = false;
    loop {
        let Some(header) = next_header(source, sink, ended)? else {
            return Ok(());
        };
        sink.charge(header.own_bytes)?;
        if header.name_bytes == 0 || header.name_bytes > NAME_BYTES_MAX {
            return Err(Problem::damaged("a header states an impossible name"));
        }
        let mut name = Vec::new();
        Exactly::new(&mut *source, header.name_bytes).read_to_end(&mut name)?;
        let name = until_nul(&name);
        source.skip(padding(
            header.own_bytes + header.name_bytes,
            header.alignment,
        ))?;
        ended = name == TRAILER;
        if ended {
            continue;
        }
        let content_padding = padding(header.size, header.alignment);
        if header.mode & FILE_KIND != REGULAR && header.mode & FILE_KIND != 0 {
            sink.empty_entry()?;
            source.skip(header.size.saturating_add(content_padding))?;
            continue;
        }
        let facts = Facts {
            modified: i64::try_from(header.modified).ok(),
            declared_size: Some(header.size),
        };
        let mut content = Exactly::new(&mut *source, header.size);
        sink.member(MemberName::from_bytes(name), facts, &mut content)?;
        let left = content.left();
        source.skip(left.saturating_add(content_padding))?;
    }
}

/// Reads the next header; `None` at the end.
fn next_header(
    source: &mut dyn Forward,
    sink: &mut Sink<'_>,
    ended: bool,
) -> Result<Option<Header>, Problem> {
    let mut magic = [0_u8; 2];
    loop {
        if read_full(source, &mut magic)? < 2 {
            if ended {
                return Ok(None);
            }
            return Err(Problem::damaged("it ends without its trailer"));
        }
        if !ended || magic != [0, 0] {
            break;
        }
        // The archive is padded to whole blocks.
        sink.charge(2)?;
    }
    let header = match magic {
        [0xc7, 0x71] => binary(source, u16::from_le_bytes)?,
        [0x71, 0xc7] => binary(source, u16::from_be_bytes)?,
        _ => {
            let mut form = [0_u8; 4];
            read_full(source, &mut form)?;
            match (&magic, &form) {
                (b"07", b"0701" | b"0702") => new_ascii(source)?,
                (b"07", b"0707") => old_character(source)?,
                _ if ended => {
                    return Err(Problem::unsupported(
                        "data in another form follows the archive",
                    ));
                }
                _ => return Err(Problem::damaged("there is no header where one must be")),
            }
        }
    };
    Ok(Some(header))
}

fn new_ascii(source: &mut dyn Forward) -> Result<Header, Problem> {
    let mut bytes = [0_u8; 104];
    source.read_exact(&mut bytes)?;
    let field = |index: usize| field(&bytes, index * 8, 8, 16);
    Ok(Header {
        mode: field(1)?,
        modified: field(5)?,
        size: field(6)?,
        name_bytes: field(11)?,
        alignment: 4,
        own_bytes: 110,
    })
}

fn old_character(source: &mut dyn Forward) -> Result<Header, Problem> {
    let mut bytes = [0_u8; 70];
    source.read_exact(&mut bytes)?;
    Ok(Header {
        mode: field(&bytes, 12, 6, 8)?,
        modified: field(&bytes, 42, 11, 8)?,
        name_bytes: field(&bytes, 53, 6, 8)?,
        size: field(&bytes, 59, 11, 8)?,
        alignment: 1,
        own_bytes: 76,
    })
}

fn binary(source: &mut dyn Forward, order: fn([u8; 2]) -> u16) -> Result<Header, Problem> {
    let mut bytes = [0_u8; 24];
    source.read_exact(&mut bytes)?;
    let half = |index: usize| {
        let bytes = le_u16(&bytes, index * 2).unwrap_or_default().to_le_bytes();
        u64::from(order(bytes))
    };
    Ok(Header {
        mode: half(2),
        modified: (half(7) << 16) | half(8),
        name_bytes: half(9),
        size: (half(10) << 16) | half(11),
        alignment: 2,
        own_bytes: 26,
    })
}

fn field(bytes: &[u8], at: usize, length: usize, radix: u32) -> Result<u64, Problem> {
    let field = bytes.get(at..at.saturating_add(length)).unwrap_or_default();
    digits(field, radix)
        .ok_or_else(|| Problem::damaged("a header holds no number where one must be"))
}

fn padding(size: u64, alignment: u64) -> u64 {
    (alignment - size % alignment) % alignment
}
