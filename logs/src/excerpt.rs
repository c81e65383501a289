//! The part of a line that people are shown.

/// The longest excerpt, in characters.
pub const CHARS_MAX: usize = 300;
/// How much of it stands before what was found.
const CHARS_BEFORE_MAX: usize = 100;

/// Returns what of the line that begins at `line_start` stands around the place `at`; `…` where it goes on.
pub fn excerpt(text: &[u8], line_start: usize, is_cut: bool, at: usize) -> String {
    const CHAR_BYTES_MAX: usize = 4;
    let (before, is_cut_before) = before(text, line_start, is_cut, at);
    let rest = &text[at..];
    let rest = &rest[..rest.len().min(CHARS_MAX * CHAR_BYTES_MAX)];
    let after = match memchr::memchr(b'\n', rest) {
        Some(end) => &rest[..end],
        None => rest,
    };
    let after = decode(after.strip_suffix(b"\r").unwrap_or(after));
    let room = CHARS_MAX - before.chars().count() - usize::from(is_cut_before);
    let mut shown = String::new();
    if is_cut_before {
        shown.push('…');
    }
    shown.push_str(&before);
    if after.chars().count() <= room {
        shown.push_str(&after);
    } else {
        shown.extend(after.chars().take(room - 1));
        shown.push('…');
    }
    shown
}

/// Returns the last characters before `at`, and whether there are more.
fn before(text: &[u8], line_start: usize, is_cut: bool, at: usize) -> (String, bool) {
    const BYTES_MAX: usize = CHARS_BEFORE_MAX * 4;
    let mut from = line_start.max(at.saturating_sub(BYTES_MAX));
    let is_shortened = is_cut || from > line_start;
    // Not from within a character.
    while is_shortened && from < at && (0x80..0xc0).contains(&text[from]) {
        from += 1;
    }
    let decoded = decode(&text[from..at]);
    let count = decoded.chars().count();
    let skipped = count.saturating_sub(CHARS_BEFORE_MAX);
    let shown = decoded.chars().skip(skipped).collect();
    (shown, is_shortened || skipped > 0)
}

/// Decodes UTF-8; what is none is taken for Latin-1.
fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|&byte| char::from(byte)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_line_is_shown_whole() {
        let text = "một\nhai playball ba\r\nbốn".as_bytes();
        let start = 6;
        assert_eq!(excerpt(text, start, false, start + 4), "hai playball ba");
    }

    #[test]
    fn of_a_long_line_what_is_around_is_shown() {
        let text = format!("{}playball{}", "đ".repeat(5_000), "ê".repeat(5_000));
        let shown = excerpt(text.as_bytes(), 0, false, 10_000);
        assert_eq!(shown.chars().count(), CHARS_MAX);
        assert!(shown.starts_with("…đđ") && shown.contains("đplayballê") && shown.ends_with("ê…"));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_shown_as_latin1() {
        assert_eq!(excerpt(b"caf\xe9 \x00 x", 0, false, 5), "caf\u{e9} \0 x");
    }
}
