//! How logs write names: which bytes a label has, in how many ways the dot between two labels is written, and what is
//! an escape in front of a name rather than its first letters.

/// The longest label of a name (RFC 1035 §2.3.4).
pub const LABEL_MAX: usize = 63;

/// Tells whether a byte can stand in a label. Bytes outside ASCII cannot: names are sought as they are in the DNS.
pub const fn is_label_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// The ways to write a dot that do not depend on what follows, in lower case: plainly, as a regular expression or a list
/// of filters does, percent-encoded, and as people write it who do not want it clicked on.
pub const DOTS: [&[u8]; 9] = [
    b".", b"\\.", b"%2e", b"[.]", b"(.)", b"{.}", b"[dot]", b"(dot)", b"{dot}",
];

/// Returns the end of the label bytes that begin at `start`, looking at no more than a label can have and one.
pub fn label_end(text: &[u8], start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let length = rest
        .iter()
        .take(LABEL_MAX + 1)
        .take_while(|&&byte| is_label_byte(byte))
        .count();
    start + length
}

/// Returns where the next label begins and ends, where a dot and a valid label follow at `end`.
pub fn next_label(text: &[u8], end: usize) -> Option<(usize, usize)> {
    let rest = text.get(end..)?;
    let plain = DOTS
        .iter()
        .find(|dot| starts_with_folded(rest, dot))
        .map(|dot| end + dot.len());
    let (start, announced) = match plain {
        Some(start) => (start, None),
        None => counted_dot(rest).map(|(length, count)| (end + length, Some(count)))?,
    };
    let next_end = label_end(text, start);
    let is_as_announced = announced.is_none_or(|count| count == next_end - start);
    (is_label(text.get(start..next_end)?) && is_as_announced).then_some((start, next_end))
}

/// Returns where the dot begins that stands in front of the label `start..end`, if one does.
pub fn dot_before(text: &[u8], start: usize, end: usize) -> Option<usize> {
    let before = text.get(..start)?;
    // The longest first: `\.` ends with `.`.
    let plain = DOTS.iter().rev().find(|dot| ends_with_folded(before, dot));
    if let Some(dot) = plain {
        return Some(start - dot.len());
    }
    let from = start.saturating_sub(4);
    (from..start.saturating_sub(2)).find(|&at| {
        counted_dot(&before[at..])
            .is_some_and(|(length, count)| at + length == start && count == end - start)
    })
}

/// Tells whether the bytes are a label that a name can have.
pub fn is_label(bytes: &[u8]) -> bool {
    (1..=LABEL_MAX).contains(&bytes.len()) && bytes.iter().any(|&byte| byte != b'-')
}

/// Reads the `(4)` that the debug log of Windows' DNS server writes in front of a label of four bytes.
fn counted_dot(text: &[u8]) -> Option<(usize, usize)> {
    let digit = |at: usize| match text.get(at) {
        Some(byte) if byte.is_ascii_digit() => Some(usize::from(byte - b'0')),
        _ => None,
    };
    if text.first() != Some(&b'(') {
        return None;
    }
    let first = digit(1)?;
    match (text.get(2)?, digit(2)) {
        (b')', _) => Some((3, first)),
        (_, Some(second)) if text.get(3) == Some(&b')') => Some((4, first * 10 + second)),
        _ => None,
    }
}

/// Where a word begins once an escape in front of it is taken off, and whether the escape could also be its letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WordStart {
    /// The beginning without the escape.
    pub start: usize,
    /// The beginning with it, where it may as well be a path (`\nas.example.org`) as an escape (`\n`).
    pub other: Option<usize>,
}

/// Takes the rest of an escape off the beginning of a word: `2F` after `%`, `n` after `\`, `u0026` after `\`.
pub fn word_start(text: &[u8], start: usize, end: usize) -> WordStart {
    let word = &text[start..end];
    let hex = |from: usize, to: usize| {
        word.get(from..to)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let skip = |count: usize| WordStart {
        start: start + count,
        other: None,
    };
    match start.checked_sub(1).map(|at| text[at]) {
        Some(b'%') if hex(0, 2) => skip(2),
        Some(b'\\') if is_escaping(text, start) => match word.first() {
            Some(b'x') if hex(1, 3) => skip(3),
            Some(b'u') if hex(1, 5) => skip(5),
            Some(b'n' | b'r' | b't') => WordStart {
                start: start + 1,
                other: Some(start),
            },
            _ => skip(0),
        },
        _ => skip(0),
    }
}

/// Tells whether the backslash before `start` begins an escape: a second one before it would make it a plain one.
fn is_escaping(text: &[u8], start: usize) -> bool {
    const LOOKED_AT_MAX: usize = 64;
    let count = text[..start]
        .iter()
        .rev()
        .take(LOOKED_AT_MAX)
        .take_while(|&&byte| byte == b'\\')
        .count();
    count % 2 == 1
}

fn starts_with_folded(text: &[u8], lower: &[u8]) -> bool {
    text.get(..lower.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(lower))
}

/// Tells whether `text` ends with `lower`, whatever the case.
pub fn ends_with_folded(text: &[u8], lower: &[u8]) -> bool {
    text.len()
        .checked_sub(lower.len())
        .is_some_and(|at| text[at..].eq_ignore_ascii_case(lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_is_read_in_every_notation_from_both_sides() {
        for dot in [
            ".", "\\.", "%2e", "%2E", "[.]", "(.)", "{.}", "[dot]", "(DOT)", "{dot}", "(4)",
        ] {
            let text = format!("ddns{dot}info");
            let at = text.len() - 4;
            assert_eq!(next_label(text.as_bytes(), 4), Some((at, at + 4)), "{text}");
            assert_eq!(dot_before(text.as_bytes(), at, at + 4), Some(4), "{text}");
        }
    }

    #[test]
    fn a_number_in_brackets_is_a_dot_only_where_it_counts_the_label() {
        for text in ["ddns(3)info", "ddns(0)info", "ddns(44)info", "ddns()info"] {
            assert_eq!(next_label(text.as_bytes(), 4), None, "{text}");
            let at = text.len() - 4;
            assert_eq!(dot_before(text.as_bytes(), at, at + 4), None, "{text}");
        }
        assert_eq!(next_label(b"a(12)abcdefghijkl", 1), Some((5, 17)));
    }

    #[test]
    fn escapes_are_taken_off_and_paths_are_left_both_readings() {
        let start = |text: &str, start| word_start(text.as_bytes(), start, text.len());
        let only = |start| WordStart { start, other: None };
        assert_eq!(start("%2Fair", 1), only(3));
        assert_eq!(start("\\u0026air", 1), only(6));
        assert_eq!(start("\\x22air", 1), only(4));
        assert_eq!(start("\\\\nair", 2), only(2));
        assert_eq!(
            start("\\nair", 1),
            WordStart {
                start: 2,
                other: Some(1)
            }
        );
    }
}
