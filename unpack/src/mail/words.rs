//! Text in other alphabets, as names in mail have it: `=?charset?B?…?=` and bytes of a named alphabet.
//!
//! The format is RFC 2047; it is read in quoted values too, where it does not belong and every mail program writes it.

use std::borrow::Cow;
use std::io::Read;

use encoding_rs::{Encoding, WINDOWS_1252};

use super::transfer::{Base64, hex_pair};

/// Decodes the encoded words in a value. What is around them stays as it is.
pub(super) fn decode_words(value: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = value;
    let mut is_after_word = false;
    while let Some(start) = memchr::memmem::find(rest, b"=?") {
        let (before, from_start) = rest.split_at(start);
        let Some((text, length)) = decode_word(from_start) else {
            decoded.extend_from_slice(before);
            decoded.extend_from_slice(b"=?");
            rest = from_start.get(2..).unwrap_or_default();
            is_after_word = false;
            continue;
        };
        // White space between two words belongs to neither.
        if !is_after_word || !before.trim_ascii().is_empty() {
            decoded.extend_from_slice(before);
        }
        decoded.extend_from_slice(&text);
        rest = from_start.get(length..).unwrap_or_default();
        is_after_word = true;
    }
    decoded.extend_from_slice(rest);
    decoded
}

/// Decodes the word that `text` begins with, and returns how long it is.
fn decode_word(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut parts = text.get(2..)?.splitn(4, |byte| *byte == b'?');
    let (charset, encoding, content, after) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if !after.starts_with(b"=") || charset.is_empty() || charset.contains(&b' ') {
        return None;
    }
    let length = 2 + charset.len() + 1 + encoding.len() + 1 + content.len() + 2;
    let charset = charset
        .split(|byte| *byte == b'*')
        .next()
        .unwrap_or(charset);
    let bytes = match encoding {
        b"b" | b"B" => {
            let mut bytes = Vec::new();
            Base64::new(content).read_to_end(&mut bytes).ok()?;
            bytes
        }
        b"q" | b"Q" => decode_q(content),
        _ => return None,
    };
    Some((to_utf8(charset, &bytes).into_owned(), length))
}

fn decode_q(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, later)) = rest.split_first() {
        rest = later;
        match (byte, later) {
            (b'=', [high, low, after @ ..]) if hex_pair(*high, *low).is_some() => {
                plain.extend(hex_pair(*high, *low));
                rest = after;
            }
            (b'_', _) => plain.push(b' '),
            _ => plain.push(*byte),
        }
    }
    plain
}

/// Turns bytes of a named alphabet into UTF-8. An alphabet that nobody knows is taken for UTF-8, else for that of
/// Western Windows, in which every byte is something.
pub(super) fn to_utf8<'b>(charset: &[u8], bytes: &'b [u8]) -> Cow<'b, [u8]> {
    let Some(encoding) = Encoding::for_label(charset) else {
        if charset.is_empty() || std::str::from_utf8(bytes).is_ok() {
            return Cow::Borrowed(bytes);
        }
        return into_bytes(WINDOWS_1252.decode_without_bom_handling(bytes).0);
    };
    into_bytes(encoding.decode_without_bom_handling(bytes).0)
}

fn into_bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::decode_words;

    #[test]
    fn decodes_words_and_leaves_the_rest() {
        for (value, expected) in [
            ("a.exe", "a.exe"),
            ("=?ISO-8859-1?Q?caf=E9_x?=.exe", "café x.exe"),
            ("=?utf-8?b?YQ==?= \r\n =?utf-8*vi?B?Yg?=", "ab"),
            ("=?utf-8?b?YQ==?= c =?utf-8?q?d?=", "a c d"),
            ("=?windows-1258?Q?=D0=FE?=", "Đ₫"),
            ("=?nobody?Q?=E9?= =?x?z?y?= =?", "é =?x?z?y?= =?"),
            ("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
        ] {
            let decoded = decode_words(value.as_bytes());
            assert_eq!(String::from_utf8(decoded).unwrap(), expected, "{value}");
        }
    }
}
