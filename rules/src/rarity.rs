//! How rare bytes are in the files of a computer, roughly: what decides by which piece of a text it is looked for.

use crate::literals::Masked;

/// Returns how much the byte tells, in quarters of a bit: 4 for what every eighth byte is, 40 for what is hardly seen.
pub(crate) fn bits(byte: u8) -> u32 {
    match byte {
        0 => 6,
        b' ' | b'e' => 14,
        0xff | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' | b'l' | b'_' => 17,
        0x48 | 0x8b | 0x01 | b'd' | b'c' | b'u' | b'm' | b'p' | b'\n' => 19,
        b'f' | b'g' | b'h' | b'b' | b'y' | b'.' | b'0' | b'1' | b'-' | b'/' | b'2' | b',' => 21,
        0x89 | 0x0f | 0x24 | 0x02..=0x08 | b'\r' | b'\t' | b'"' | b'(' | b')' | b'=' | b'v' => 22,
        b'w' | b'k' | b'x' | b'3'..=b'9' | b':' | b';' | b'E' | b'A' | b'T' | b'S' => 23,
        b'A'..=b'Z' | b'j' | b'q' | b'z' | b'*' | b'<' | b'>' => 25,
        0x20..=0x7e => 27,
        _ => 29,
    }
}

/// Returns how much a text tells, in quarters of a bit: repeated bytes tell little.
pub(crate) fn of_text(text: &[u8]) -> u32 {
    text.iter()
        .enumerate()
        .map(|(at, byte)| {
            let repeats = at
                .checked_sub(1)
                .is_some_and(|before| text[before] == *byte)
                || at
                    .checked_sub(2)
                    .is_some_and(|before| text[before] == *byte && *byte != 0);
            if repeats { 2 } else { bits(*byte) }
        })
        .sum()
}

/// Returns how much a text tells of which some bits do not count.
pub(crate) fn of_masked(text: &[Masked]) -> u32 {
    let parts = text.split(|byte| !byte.is_told());
    parts
        .map(|part| of_text(&part.iter().map(|byte| byte.value).collect::<Vec<u8>>()))
        .sum()
}
