//! What a header says beside numbers: the name in its encoding, times, and sizes that do not fit.

use crate::member::MemberName;
use crate::reading::{dos_time, le_u16, le_u32, le_u64};

/// The name and the comment are UTF-8.
const UTF8: u16 = 1 << 11;
const ZIP64: u16 = 0x0001;
const UNIX_TIMES: u16 = 0x5455;
const UNICODE_PATH: u16 = 0x7075;

/// The upper half of code page 437, which names are in unless something else is said.
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// Returns the fields of an extra block: id and content.
fn fields(extra: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = extra;
    std::iter::from_fn(move || {
        let id = le_u16(rest, 0)?;
        let length = usize::from(le_u16(rest, 2)?);
        let content = rest.get(4..4 + length)?;
        rest = rest.get(4 + length..)?;
        Some((id, content))
    })
}

/// Replaces the sizes that are stated as too large for 32 bits, in the order in which zip64 has them.
pub(super) fn widen(sizes: &mut [u64], extra: &[u8]) {
    let Some((_, content)) = fields(extra).find(|(id, _)| *id == ZIP64) else {
        return;
    };
    let mut at = 0;
    for size in sizes
        .iter_mut()
        .filter(|size| **size == u64::from(u32::MAX))
    {
        let Some(wide) = le_u64(content, at) else {
            return;
        };
        *size = wide;
        at += 8;
    }
}

/// Returns the name: as UTF-8 where that is stated or the bytes are nothing else, as code page 437 otherwise.
pub(super) fn name(bytes: &[u8], flags: u16, extra: &[u8]) -> MemberName {
    if flags & UTF8 != 0 || bytes.is_ascii() {
        return MemberName::from_bytes(bytes);
    }
    // Version, checksum of the name it is for, and the name.
    let unicode = fields(extra).find(|(id, _)| *id == UNICODE_PATH);
    if let Some((_, content)) = unicode
        && le_u32(content, 1) == Some(crc32fast::hash(bytes))
        && let Some(Ok(text)) = content.get(5..).map(std::str::from_utf8)
    {
        return MemberName::with_text(bytes, text);
    }
    if std::str::from_utf8(bytes).is_ok() {
        return MemberName::from_bytes(bytes);
    }
    let upper: Vec<char> = CP437.chars().collect();
    let text: String = (bytes.iter())
        .map(|byte| match byte.checked_sub(0x80) {
            None => char::from(*byte),
            Some(place) => upper.get(usize::from(place)).copied().unwrap_or('\u{fffd}'),
        })
        .collect();
    MemberName::with_text(bytes, &text)
}

/// Returns the time of the last change: the one in UTC where there is one.
pub(super) fn modified(extra: &[u8], date: u16, time: u16) -> Option<i64> {
    let times = fields(extra).find(|(id, _)| *id == UNIX_TIMES);
    if let Some((_, content)) = times
        && content.first().is_some_and(|flags| flags & 1 != 0)
        && let Some(modified) = le_u32(content, 1)
    {
        return Some(i64::from(modified.cast_signed()));
    }
    dos_time(date, time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_code_page_437_where_a_name_is_no_utf8() {
        let name = name(b"caf\x82.txt", 0, b"");
        assert_eq!(name.to_string_lossy(), "café.txt");
        assert_eq!(name.as_bytes(), b"caf\x82.txt");
        assert_eq!(CP437.chars().count(), 128);
    }

    #[test]
    fn believes_a_unicode_path_only_for_the_name_it_is_of() {
        let field = |crc: u32| {
            let mut field = vec![0x75, 0x70, 10, 0, 1];
            field.extend_from_slice(&crc.to_le_bytes());
            field.extend_from_slice("đ.tx".as_bytes());
            field
        };
        let right = name(b"\xff.tx", 0, &field(crc32fast::hash(b"\xff.tx")));
        assert_eq!(right.to_string_lossy(), "đ.tx");
        let wrong = name(b"\xff.tx", 0, &field(7));
        assert_eq!(wrong.to_string_lossy(), "\u{a0}.tx");
    }
}
