//! Text as Windows stores it and as Sigma compares it: UTF-16 to UTF-8, and one folding of case for rules and logs alike.

/// The form of a character in which upper and lower case are the same: its simple lower case.
///
/// One character stays one character, so that a part of a text stays a part of it when both are folded.
pub(crate) fn fold_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    // The long s has no simple lower case; regular expressions that ignore case take it for an s.
    if c == 'ſ' {
        return 's';
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

/// Returns a text with its case folded.
pub(crate) fn fold(text: &str) -> String {
    text.chars().map(fold_char).collect()
}

/// Folds the case of everything in `text` from byte `start` on, a boundary of characters.
pub(crate) fn fold_from(text: &mut String, start: usize) {
    let tail = text.get_mut(start..).expect("a boundary of characters");
    if tail.is_ascii() {
        tail.make_ascii_lowercase();
    } else {
        let folded = fold(tail);
        text.truncate(start);
        text.push_str(&folded);
    }
}

/// The characters that people and programs take for the dash before an option.
pub(crate) fn is_dash(c: char) -> bool {
    matches!(c, '-' | '/' | '\u{2013}' | '\u{2014}' | '\u{2015}')
}

/// Returns a text with each of the dashes written as `-`.
pub(crate) fn level_dashes(text: &str) -> String {
    text.chars()
        .map(|c| if is_dash(c) { '-' } else { c })
        .collect()
}

/// Appends UTF-16 of little-endian bytes. Lone surrogates become U+FFFD; an odd last byte is left out.
pub(crate) fn append_utf16(bytes: &[u8], out: &mut String) {
    let rest = append_ascii(bytes, out, |byte| byte);
    out.extend(chars(rest));
}

/// Appends the same with its case folded.
pub(crate) fn append_utf16_folded(bytes: &[u8], out: &mut String) {
    let rest = append_ascii(bytes, out, |byte| byte.to_ascii_lowercase());
    out.extend(chars(rest).map(fold_char));
}

fn chars(pairs: &[[u8; 2]]) -> impl Iterator<Item = char> {
    let units = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
}

/// Appends the ASCII that the text begins with, in whole blocks, and returns what is left.
fn append_ascii<'b>(bytes: &'b [u8], out: &mut String, change: impl Fn(u8) -> u8) -> &'b [[u8; 2]] {
    const BLOCK: usize = 32;
    let (pairs, _odd) = bytes.as_chunks::<2>();
    out.reserve(pairs.len());
    let mut done = 0;
    for block in pairs.chunks(BLOCK) {
        let mut ascii = [0_u8; BLOCK];
        let mut high = 0;
        for (to, [low_byte, high_byte]) in ascii.iter_mut().zip(block) {
            *to = change(*low_byte);
            high |= (low_byte & 0x80) | high_byte;
        }
        if high != 0 {
            break;
        }
        let text = ascii.get(..block.len()).unwrap_or_default();
        out.push_str(std::str::from_utf8(text).unwrap_or_default());
        done += block.len();
    }
    pairs.get(done..).unwrap_or_default()
}

/// Appends single-byte text as Windows-1252 would have it, taken as Latin-1.
pub(crate) fn append_ansi(bytes: &[u8], out: &mut String) {
    out.extend(bytes.iter().map(|&byte| char::from(byte)));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn replaces_what_is_no_character() {
        let mut out = String::from("kept ");
        append_utf16(&[0x00, 0xd8, 0x61, 0x00, 0x62], &mut out);
        assert_eq!(out, "kept \u{fffd}a");
    }

    #[test]
    fn folds_what_regular_expressions_take_for_one_letter() {
        for same in ["sSſ", "kK\u{212a}", "đĐ", "σΣ"] {
            let folded: Vec<char> = same.chars().map(fold_char).collect();
            assert!(folded.windows(2).all(|two| two[0] == two[1]), "{same}");
        }
    }

    proptest! {
        #[test]
        fn reads_any_text_back(text in "\\PC{0,80}|[ -~]{0,200}") {
            let mut out = String::new();
            append_utf16(&utf16(&text), &mut out);
            prop_assert_eq!(&out, &text);
            let mut folded = String::new();
            append_utf16_folded(&utf16(&text), &mut folded);
            prop_assert_eq!(folded, fold(&text));
        }

        #[test]
        fn a_part_of_a_text_stays_one_when_both_are_folded(a in "\\PC{0,20}", b in "\\PC{1,8}", c in "\\PC{0,20}") {
            let whole = format!("{a}{b}{c}");
            prop_assert!(fold(&whole).contains(&fold(&b)));
            let mut in_place = whole.clone();
            fold_from(&mut in_place, 0);
            prop_assert_eq!(in_place, fold(&whole));
        }
    }
}
