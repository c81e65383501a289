//! Text in the columns of a terminal: how wide it is, where a line breaks, and what takes no room.

use std::os::fd::AsFd;

use rustix::termios;
use unicode_width::UnicodeWidthChar as _;

/// Narrower than this nothing can be laid out; the terminal breaks the lines then.
const COLUMNS_MIN: usize = 40;

/// Returns how many columns the terminal behind `output` has; nothing where it is not a terminal.
pub fn terminal_columns(output: impl AsFd) -> Option<usize> {
    if !termios::isatty(&output) {
        return None;
    }
    let columns = usize::from(termios::tcgetwinsize(&output).ok()?.ws_col);
    // A terminal that does not know its size says 0.
    (columns > 0).then(|| columns.max(COLUMNS_MIN))
}

/// Returns how many columns `text` takes: marks that stand on the letter before them none, Chinese and Japanese signs two.
pub fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// Returns `text`, filled with spaces on the right or cut to `width` columns; what is cut ends with `…`.
pub fn pad(text: &str, width: usize) -> String {
    let mut shown = if columns(text) > width {
        cut(text, width.saturating_sub(1)) + "…"
    } else {
        text.to_owned()
    };
    let padding = width.saturating_sub(columns(&shown));
    shown.extend(std::iter::repeat_n(' ', padding));
    shown
}

/// Returns the beginning of `text` that fits into `width` columns.
pub fn cut(text: &str, width: usize) -> String {
    let mut taken = 0;
    text.chars()
        .take_while(|c| {
            taken += columns_of(*c);
            taken <= width
        })
        .collect()
}

/// Breaks `text` between words into lines of at most `width` columns. A longer word has a line of its own and is left
/// whole, so that a path or a digest can be copied.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut taken = 0;
    for word in text.split(' ') {
        let wide = columns(word);
        if taken > 0 && taken + 1 + wide > width {
            lines.push(std::mem::take(&mut line));
            taken = 0;
        } else if !line.is_empty() {
            line.push(' ');
            taken += 1;
        }
        line.push_str(word);
        taken += wide;
    }
    lines.push(line);
    lines
}

/// Breaks `text` as [`wrap`] does, and inside words that are wider than a line: for columns that must not overflow.
pub fn wrap_hard(text: &str, width: usize) -> Vec<String> {
    // The widest sign has to fit.
    let width = width.max(2);
    let mut lines = Vec::new();
    for line in wrap(text, width) {
        let mut rest = line.as_str();
        while columns(rest) > width {
            let piece = cut(rest, width);
            rest = &rest[piece.len()..];
            lines.push(piece);
        }
        lines.push(rest.to_owned());
    }
    lines
}

/// Returns `text` with nothing in it that could move the cursor or turn the direction of writing.
pub fn printable(text: &str) -> String {
    domain::ItemPath {
        text: text.replace('\t', "    "),
        exact_hex: None,
    }
    .to_string()
}

/// `e` + U+0302 + U+0301, a letter typed in decomposed form, is one column.
fn columns_of(c: char) -> usize {
    c.width().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_between_words_and_leaves_long_words_whole() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(
            wrap("see /a/very/long/path now", 8),
            ["see", "/a/very/long/path", "now"]
        );
        assert_eq!(wrap("", 8), [""]);
        assert_eq!(wrap("anything at all", usize::MAX), ["anything at all"]);
    }

    #[test]
    fn no_column_overflows_when_words_are_broken_too() {
        let lines = wrap_hard("sha1 e464d10ad93600232d7a24856d69f00510949a40 end", 16);
        assert!(lines.iter().all(|line| columns(line) <= 16), "{lines:?}");
        assert_eq!(
            lines.concat().replace(' ', ""),
            "sha1e464d10ad93600232d7a24856d69f00510949a40end"
        );
    }

    #[test]
    fn decomposed_vietnamese_takes_the_columns_of_its_letters() {
        let decomposed = "e\u{302}\u{301}"; // ế
        assert_eq!((columns(decomposed), columns("ế")), (1, 1));
        assert_eq!(pad(decomposed, 3), format!("{decomposed}  "));
        assert_eq!(cut("ế\u{323}bc", 2), "ế\u{323}b");
    }

    #[test]
    fn signs_of_two_columns_overflow_no_line_and_what_is_cut_says_so() {
        assert_eq!((columns("財布"), cut("財布", 3)), (4, "財".to_owned()));
        let lines = wrap_hard("ルイヴィトン財布スーパーコピー", 7);
        assert!(lines.iter().all(|line| columns(line) <= 7), "{lines:?}");
        assert_eq!(lines.concat(), "ルイヴィトン財布スーパーコピー");
        assert_eq!(wrap_hard("財布", 1), ["財", "布"]);
        assert_eq!(pad("Giang Phước", 9), "Giang Ph…");
        assert_eq!(pad("財布財", 4), "財… ");
    }
}
