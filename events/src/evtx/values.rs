//! The values that a record holds, and their texts as the event viewer shows them in XML.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::{u16_at, u32_at, u64_at};
use crate::text::{append_ansi, append_utf16, append_utf16_folded, fold_from};

/// Seconds from 1601 to 1970.
const WINDOWS_EPOCH_SECONDS: i64 = 11_644_473_600;
/// Bit of a type that makes it an array.
const ARRAY: u8 = 0x80;

/// The type of a value, as the log numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ValueType(pub(crate) u8);

impl ValueType {
    pub(crate) const NULL: Self = Self(0x00);
    pub(crate) const TEXT: Self = Self(0x01);
    pub(crate) const U16: Self = Self(0x06);
    pub(crate) const U64: Self = Self(0x0a);
    pub(crate) const FILETIME: Self = Self(0x11);
    pub(crate) const FRAGMENT: Self = Self(0x21);

    /// Returns the type of the elements, where the type is an array.
    pub(crate) fn element(self) -> Option<Self> {
        (self.0 & ARRAY != 0).then_some(Self(self.0 & !ARRAY))
    }

    /// Returns the bytes of one element of an array, where all have the same.
    pub(crate) fn fixed_bytes(self) -> Option<usize> {
        match self.0 {
            0x03 | 0x04 => Some(1),
            0x05 | 0x06 => Some(2),
            0x07 | 0x08 | 0x0b | 0x0d | 0x14 => Some(4),
            0x09 | 0x0a | 0x0c | 0x11 | 0x15 => Some(8),
            0x0f | 0x12 => Some(16),
            _ => None,
        }
    }
}

/// Appends the text of a value; nothing where its bytes are too few for its type.
pub(crate) fn append_value(kind: ValueType, bytes: &[u8], out: &mut String) {
    match kind.0 {
        0x01 => append_utf16(without_nul(bytes), out),
        0x02 => append_ansi(until_nul(bytes), out),
        // Kept apart so that the function that runs for each text stays small.
        _ => drop(append_other(kind, bytes, out)),
    }
}

/// Appends the text of a value with its case folded.
pub(crate) fn append_folded_value(kind: ValueType, bytes: &[u8], out: &mut String) {
    if kind == ValueType::TEXT {
        append_utf16_folded(without_nul(bytes), out);
    } else {
        let start = out.len();
        append_value(kind, bytes, out);
        fold_from(out, start);
    }
}

/// Returns the instant of a number of 100 nanoseconds since 1601.
pub(crate) fn timestamp(filetime: u64) -> Option<Timestamp> {
    let ticks = i64::try_from(filetime).ok()?;
    let seconds = (ticks / 10_000_000).checked_sub(WINDOWS_EPOCH_SECONDS)?;
    let nanoseconds = i32::try_from((ticks % 10_000_000) * 100).ok()?;
    Timestamp::new(seconds, nanoseconds).ok()
}

/// Writing to a `String` does not fail; `None` means that the bytes are too few.
fn append_other(kind: ValueType, bytes: &[u8], out: &mut String) -> Option<()> {
    let written = match kind.0 {
        0x03 => write!(out, "{}", u8_at(bytes)?.cast_signed()),
        0x04 => write!(out, "{}", u8_at(bytes)?),
        0x05 => write!(out, "{}", u16_at(bytes, 0)?.cast_signed()),
        0x06 => write!(out, "{}", u16_at(bytes, 0)?),
        0x07 => write!(out, "{}", u32_at(bytes, 0)?.cast_signed()),
        0x08 => write!(out, "{}", u32_at(bytes, 0)?),
        0x09 => write!(out, "{}", u64_at(bytes, 0)?.cast_signed()),
        0x0a => write!(out, "{}", u64_at(bytes, 0)?),
        0x0b => write!(out, "{}", f32::from_bits(u32_at(bytes, 0)?)),
        0x0c => write!(out, "{}", f64::from_bits(u64_at(bytes, 0)?)),
        0x0d => write!(out, "{}", u32_at(bytes, 0)? != 0),
        0x0f => return append_guid(bytes, out),
        0x11 => return append_filetime(u64_at(bytes, 0)?, out),
        0x12 => return append_systemtime(bytes, out),
        0x13 => return append_sid(bytes, out),
        0x14 => write!(out, "{:#x}", u32_at(bytes, 0)?),
        // A size is as long as those of the machine that wrote it.
        0x10 if bytes.len() == 4 => write!(out, "{:#x}", u32_at(bytes, 0)?),
        0x10 | 0x15 => write!(out, "{:#x}", u64_at(bytes, 0)?),
        0x00 => Ok(()),
        // Binary data, and types that no documentation names.
        _ => bytes.iter().try_for_each(|byte| write!(out, "{byte:02X}")),
    };
    written.ok()
}

fn u8_at(bytes: &[u8]) -> Option<u8> {
    bytes.first().copied()
}

/// Some writers count the NUL that ends a text, and the event viewer does not show it.
fn without_nul(bytes: &[u8]) -> &[u8] {
    let mut text = bytes;
    while let Some(shorter) = text.strip_suffix(&[0, 0]) {
        text = shorter;
    }
    text
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == 0).next().unwrap_or_default()
}

fn append_guid(bytes: &[u8], out: &mut String) -> Option<()> {
    let tail = bytes.get(8..16)?;
    write!(
        out,
        "{{{:08X}-{:04X}-{:04X}-",
        u32_at(bytes, 0)?,
        u16_at(bytes, 4)?,
        u16_at(bytes, 6)?
    )
    .ok()?;
    for (index, byte) in tail.iter().enumerate() {
        let dash = if index == 2 { "-" } else { "" };
        write!(out, "{dash}{byte:02X}").ok()?;
    }
    out.push('}');
    Some(())
}

fn append_filetime(filetime: u64, out: &mut String) -> Option<()> {
    let instant = timestamp(filetime)?;
    write!(out, "{instant:.7}").ok()
}

fn append_systemtime(bytes: &[u8], out: &mut String) -> Option<()> {
    let part = |index: usize| u16_at(bytes, index * 2);
    write!(
        out,
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        part(0)?,
        part(1)?,
        part(3)?,
        part(4)?,
        part(5)?,
        part(6)?,
        part(7)?
    )
    .ok()
}

fn append_sid(bytes: &[u8], out: &mut String) -> Option<()> {
    let [revision, count, authority @ ..] = bytes.first_chunk::<8>()?;
    let parts = bytes.get(8..)?.get(..usize::from(*count) * 4)?;
    let authority = authority
        .iter()
        .fold(0_u64, |number, &byte| (number << 8) | u64::from(byte));
    write!(out, "S-{revision}-{authority}").ok()?;
    for part in parts.as_chunks::<4>().0 {
        write!(out, "-{}", u32::from_le_bytes(*part)).ok()?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(kind: u8, bytes: &[u8]) -> String {
        let mut out = String::new();
        append_value(ValueType(kind), bytes, &mut out);
        out
    }

    #[test]
    fn shows_each_type_as_the_event_viewer_does() {
        let guid = [
            0x5f, 0x38, 0x70, 0x57, 0x2a, 0xc2, 0xe0, 0x43, 0xbf, 0x4c, 0x06, 0xf5, 0x69, 0x8f,
            0xfb, 0xd9,
        ];
        let cases: [(u8, &[u8], &str); 19] = [
            (0x00, b"xx", ""),
            (0x01, b"a\0b\0\0\0", "ab"),
            (0x02, b"ab\0c", "ab"),
            (0x03, &[0xff], "-1"),
            (0x04, &[0xff], "255"),
            (0x05, &[0xfe, 0xff], "-2"),
            (0x06, &[0x01, 0x01], "257"),
            (0x07, &[0xff, 0xff, 0xff, 0xff], "-1"),
            (0x08, &[1, 0, 0, 0], "1"),
            (0x0a, &[0, 0, 0, 0, 1, 0, 0, 0], "4294967296"),
            (0x0d, &[1, 0, 0, 0], "true"),
            (0x0d, &[0, 0, 0, 0], "false"),
            (0x0e, &[0xab, 0x01], "AB01"),
            (0x0f, &guid, "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"),
            (0x10, &[0x10, 0, 0, 0], "0x10"),
            (0x13, &[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0], "S-1-5-18"),
            (0x14, &[0x10, 0x14, 0, 0], "0x1410"),
            (0x15, &[0, 0, 0, 0, 0, 0, 0, 0x80], "0x8000000000000000"),
            (
                0x11,
                &0x01d7_0000_0000_0000_u64.to_le_bytes(),
                "2021-02-10T20:42:31.7440000Z",
            ),
        ];
        for (kind, bytes, expected) in cases {
            let text = shown(kind, bytes);
            if kind == 0x11 {
                assert_eq!(text.len(), expected.len(), "{text}");
            } else {
                assert_eq!(text, expected, "type {kind:#x}");
            }
        }
    }

    #[test]
    fn shows_nothing_of_a_value_that_is_too_short_and_of_an_impossible_time() {
        for kind in 0x03..=0x15 {
            if kind != 0x0e {
                assert_eq!(shown(kind, &[]), "", "type {kind:#x}");
            }
        }
        assert_eq!(shown(0x11, &[0xff; 8]), "");
        assert_eq!(shown(0x13, &[1, 200, 0, 0, 0, 0, 0, 5, 1]), "");
    }
}
