//! `InstallShield`'s self-extracting setups: files in the clear behind the program, each after a line of NUL-ended texts.
//! The later forms, which are scrambled, are only recognised.

use crate::ReadSeek;
use crate::member::MemberName;
use crate::reading::{Exactly, digits, le_u16, read_at};
use crate::sink::{Facts, Problem, Sink};

/// What stands before the files of an installer for MSI packages, which are scrambled.
pub(super) const MAGIC: &[u8] = b"InstallShield\0";
/// What the later form has instead.
pub(super) const STREAM_MAGIC: &[u8] = b"ISSetupStream\0";
/// Bytes of the texts before a file: two paths of Windows, a version and a size.
const TEXTS_BYTES_MAX: u64 = 1200;

/// Tells whether one of the marks is the front of files, and not a text in a program.
pub(super) fn looks_real(header: &[u8]) -> bool {
    const RESERVED: std::ops::Range<usize> = 18..46;
    const FILE_COUNT_MAX: u16 = 4096;
    let count = le_u16(header, 14);
    let empty = |range| {
        header
            .get(range)
            .is_some_and(|bytes: &[u8]| bytes.iter().all(|byte| *byte == 0))
    };
    let named = header.get(RESERVED.end).is_some_and(u8::is_ascii_graphic);
    count.is_some_and(|count| (1..=FILE_COUNT_MAX).contains(&count))
        && (header.starts_with(STREAM_MAGIC) || empty(RESERVED) && named)
}

/// Opens the files that lie in the clear from `at` on, and returns where they end.
pub(super) fn open_plain(
    source: &mut dyn ReadSeek,
    mut at: u64,
    size_bytes: u64,
    sink: &mut Sink<'_>,
) -> Result<u64, Problem> {
    while at < size_bytes {
        let texts = read_at(source, at, TEXTS_BYTES_MAX)?;
        let Some((path, size, texts_bytes)) = parse(&texts) else {
            break;
        };
        let content_at = at + texts_bytes;
        let Some(end) = content_at
            .checked_add(size)
            .filter(|end| *end <= size_bytes)
        else {
            break;
        };
        source.seek(std::io::SeekFrom::Start(content_at))?;
        let facts = Facts {
            modified: None,
            declared_size: Some(size),
        };
        let name = MemberName::from_bytes(path);
        sink.member(name, facts, &mut Exactly::new(&mut *source, size))?;
        at = end;
    }
    Ok(at)
}

/// Reads name, path, version and size; `None` if that is not what stands there.
fn parse(bytes: &[u8]) -> Option<(&[u8], u64, u64)> {
    let mut fields = bytes.splitn(5, |byte| *byte == 0);
    let (name, path, version, size) = (
        fields.next()?,
        fields.next()?,
        fields.next()?,
        fields.next()?,
    );
    fields.next()?;
    let printable = |text: &[u8]| !text.is_empty() && text.iter().all(|byte| *byte >= b' ');
    let is_version = (version.iter()).all(|byte| byte.is_ascii_digit() || *byte == b'.');
    if !printable(name) || !path.ends_with(name) || !is_version || size.is_empty() {
        return None;
    }
    let texts_bytes = name.len() + path.len() + version.len() + size.len() + 4;
    Some((path, digits(size, 10)?, texts_bytes as u64))
}
