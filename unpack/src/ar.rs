//! `ar` archives with GNU and BSD long names; a Debian package is one, and so is a static library.

use std::io::Read;

use crate::member::{MemberName, WhyNot};
use crate::meter::Forward;
use crate::reading::{Exactly, digits, read_full};
use crate::sink::{Facts, Problem, Sink};

/// What every archive begins with.
pub(crate) const MAGIC: &[u8] = b"!<arch>\n";
/// Bytes of the table of long names that are read. A library of a thousand objects has 20 KB.
const NAMES_BYTES_MAX: u64 = 4 << 20;

/// Opens an archive.
pub(crate) fn open(source: &mut dyn Forward, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut magic = [0_u8; 8];
    source.read_exact(&mut magic)?;
    if magic != MAGIC {
        return Err(Problem::unsupported(
            "a thin archive, whose members are elsewhere",
        ));
    }
    let mut names = Vec::new();
    loop {
        let mut header = [0_u8; 60];
        let count = read_full(source, &mut header)?;
        sink.charge(count as u64)?;
        if header
            .iter()
            .take(count)
            .all(|byte| matches!(byte, b'\n' | 0))
        {
            return Ok(());
        }
        if count < header.len() || &header[58..] != b"`\n" {
            return Err(Problem::damaged("there is no header where one must be"));
        }
        let size = digits(&header[48..58], 10);
        let size = size.ok_or_else(|| Problem::damaged("a header states no size"))?;
        if header.starts_with(b"// ") {
            sink.empty_entry()?;
            names = read_names(size, source, sink)?;
        } else {
            member(&header, size, &names, source, sink)?;
        }
    }
}

fn member(
    header: &[u8; 60],
    size: u64,
    names: &[u8],
    source: &mut dyn Forward,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    let field = header[..16].trim_ascii_end();
    let facts = |size| Facts {
        modified: digits(&header[16..28], 10).and_then(|at| i64::try_from(at).ok()),
        declared_size: Some(size),
    };
    let padding = size & 1;
    if matches!(field, b"/" | b"/SYM64/") || field.starts_with(b"__.SYMDEF") {
        sink.empty_entry()?;
        return Ok(skip(source, size.saturating_add(padding))?);
    }
    let mut content = Exactly::new(&mut *source, size);
    let name = match field
        .strip_prefix(b"#1/")
        .and_then(|length| digits(length, 10))
    {
        Some(length) if length <= size.min(4096) => {
            let mut name = Vec::new();
            (&mut content).take(length).read_to_end(&mut name)?;
            while name.last() == Some(&0) {
                name.pop();
            }
            name
        }
        _ => gnu_name(field, names),
    };
    let facts = facts(content.left());
    sink.member(MemberName::from_bytes(&name), facts, &mut content)?;
    let left = content.left();
    Ok(skip(source, left.saturating_add(padding))?)
}

/// Passes over bytes; the padding of the last member may be missing.
fn skip(source: &mut dyn Forward, count: u64) -> std::io::Result<()> {
    if count == 1 {
        return read_full(source, &mut [0]).map(drop);
    }
    source.skip(count)
}

fn read_names(
    size: u64,
    source: &mut dyn Forward,
    sink: &mut Sink<'_>,
) -> Result<Vec<u8>, Problem> {
    let mut names = Vec::new();
    let kept = size.min(NAMES_BYTES_MAX);
    if kept < size {
        sink.list(WhyNot::Damaged, format!("a table of names of {size} bytes"))?;
    }
    Exactly::new(&mut *source, kept).read_to_end(&mut names)?;
    sink.charge(kept)?;
    skip(source, (size - kept).saturating_add(size & 1))?;
    Ok(names)
}

/// Returns the name that `name/` or `/offset` says.
fn gnu_name(field: &[u8], names: &[u8]) -> Vec<u8> {
    let offset = field
        .strip_prefix(b"/")
        .and_then(|offset| digits(offset, 10));
    let long = offset.and_then(|offset| names.get(usize::try_from(offset).ok()?..));
    let name = match long {
        Some(long) => long.split(|byte| *byte == b'\n').next().unwrap_or_default(),
        None => field,
    };
    name.strip_suffix(b"/").unwrap_or(name).to_vec()
}
