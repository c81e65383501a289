//! One line without what pasting and defanging put into it, and with the way back to what was written.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// One character and the characters of the original that it stands for.
#[derive(Clone, Copy, Debug)]
struct Cell {
    c: char,
    /// Index of the first, in characters.
    begin: usize,
    /// Index behind the last.
    end: usize,
}

/// A line as it is read.
#[derive(Debug)]
pub(crate) struct Line {
    original: Vec<char>,
    cells: Vec<Cell>,
    /// The characters.
    pub(crate) chars: Vec<char>,
    /// The characters in lower case and without diacritics, one for one.
    pub(crate) plain: Vec<char>,
}

impl Line {
    /// Reads a line: invisible characters, odd spaces and quotation marks, decomposed letters, and disguised dots.
    pub(crate) fn read(original: &str) -> Self {
        let cells = refang(&visible(original));
        let chars: Vec<char> = cells.iter().map(|cell| cell.c).collect();
        let plain = chars
            .iter()
            .map(|c| super::labels::plain_char(*c))
            .collect();
        Self {
            original: original.chars().collect(),
            cells,
            chars,
            plain,
        }
    }

    /// Returns the whole line.
    pub(crate) fn text(&self) -> String {
        self.chars.iter().collect()
    }

    /// Returns a part, as it is read.
    pub(crate) fn value(&self, begin: usize, end: usize) -> String {
        self.chars[begin..end].iter().collect()
    }

    /// Returns a part, as it was written.
    pub(crate) fn written(&self, begin: usize, end: usize) -> String {
        let (Some(first), Some(last)) = (self.cells.get(begin), self.cells[..end].last()) else {
            return String::new();
        };
        self.original
            .get(first.begin..last.end)
            .unwrap_or_default()
            .iter()
            .collect()
    }

    /// Returns the column of a character in what was written, from 1.
    pub(crate) fn column(&self, index: usize) -> usize {
        self.cells.get(index).map_or(1, |cell| cell.begin + 1)
    }
}

/// Composes letters, leaves out what cannot be seen, and makes spaces, quotes and full-width signs plain.
fn visible(original: &str) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    let mut cluster = String::new();
    let mut begin = 0;
    let mut index = 0;
    for c in original.chars() {
        if !is_combining_mark(c) && !cluster.is_empty() {
            compose(&cluster, begin, index, &mut cells);
            cluster.clear();
        }
        if cluster.is_empty() {
            begin = index;
        }
        cluster.push(c);
        index += 1;
        // A pile of marks is an attack on whoever composes it.
        if cluster.len() > 64 {
            compose(&cluster, begin, index, &mut cells);
            cluster.clear();
        }
    }
    compose(&cluster, begin, index, &mut cells);
    cells
}

fn compose(cluster: &str, begin: usize, end: usize, cells: &mut Vec<Cell>) {
    for c in cluster.nfc() {
        if let Some(c) = plain_sign(c) {
            cells.push(Cell { c, begin, end });
        }
    }
}

/// Returns the sign that a keyboard has for one that a word processor put in; nothing for what cannot be seen.
fn plain_sign(c: char) -> Option<char> {
    Some(match c {
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}' => return None,
        '\t' => '\t',
        c if c.is_control() => return None,
        c if c.is_whitespace() => ' ',
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' => '"',
        '‘' | '’' | '‚' | '‛' | '′' => '\'',
        '‐' | '‑' => '-',
        '⁄' | '∕' => '/',
        '∶' => ':',
        '․' | '。' => '.',
        '∖' | '﹨' => '\\',
        // Full-width forms of ASCII.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0)?,
        c => c,
    })
}

/// Puts the dots, colons and schemes back that were disguised so that nobody would click on them.
fn refang(cells: &[Cell]) -> Vec<Cell> {
    let mut output: Vec<Cell> = Vec::with_capacity(cells.len());
    let mut at = 0;
    while at < cells.len() {
        if let Some((sign, length)) = disguised(&cells[at..], output.last()) {
            let end = cells[at + length - 1].end;
            let begin = cells[at].begin;
            output.extend(sign.chars().map(|c| Cell { c, begin, end }));
            at += length;
        } else {
            output.push(cells[at]);
            at += 1;
        }
    }
    restore_schemes(&mut output);
    output
}

/// Returns what a disguise at the beginning stands for, and how long it is.
fn disguised(cells: &[Cell], before: Option<&Cell>) -> Option<(&'static str, usize)> {
    let char_at = |index: usize| cells.get(index).map(|cell| cell.c);
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
    let follows_a_name = joins(before.map(|cell| cell.c));
    // One space to either side of the brackets belongs to the disguise, where a name stands on both sides.
    let lead = usize::from(char_at(0) == Some(' ') && follows_a_name);
    let close = match char_at(lead)? {
        '[' => ']',
        '(' => ')',
        '{' => '}',
        // Half a disguise: `ddns.]info`.
        '.' if lead == 0 && follows_a_name && char_at(1) == Some(']') && joins(char_at(2)) => {
            return Some((".", 2));
        }
        _ => return None,
    };
    let inner: String = cells[lead + 1..]
        .iter()
        .take(8)
        .map(|cell| cell.c)
        .take_while(|c| *c != close)
        .collect();
    let closed = char_at(lead + 1 + inner.chars().count()) == Some(close);
    let sign = match inner.trim().to_lowercase().as_str() {
        "." | "dot" | "d0t" | "chấm" => ".",
        ":" => ":",
        "/" => "/",
        "//" => "//",
        "://" => "://",
        "@" | "at" => "@",
        // Half a disguise: `ddns[.info`.
        _ if lead == 0
            && close == ']'
            && char_at(1) == Some('.')
            && follows_a_name
            && joins(char_at(2)) =>
        {
            return Some((".", 2));
        }
        _ => return None,
    };
    if !closed {
        return None;
    }
    let length = lead + inner.chars().count() + 2;
    let trail = usize::from(
        sign == "." && char_at(length) == Some(' ') && joins(char_at(length + 1)) && lead == 1,
    );
    // A dot stands between two parts of a name; `(.)` alone is something else.
    let after_a_name = follows_a_name || before.is_some_and(|cell| cell.c == '*');
    if sign == "." && !(after_a_name && joins(char_at(length + trail))) {
        return None;
    }
    Some((sign, length + trail))
}

/// Makes `http` of `hxxp`, `hXXp`, `h**p` and the like, and `ftp` of `fxp`.
fn restore_schemes(cells: &mut [Cell]) {
    for at in 0..cells.len() {
        if cells.len() - at < 6 || at > 0 && cells[at - 1].c.is_alphanumeric() {
            continue;
        }
        let lower = |index: usize| {
            cells
                .get(at + index)
                .map_or(' ', |cell| cell.c.to_ascii_lowercase())
        };
        let masked = |c: char| "xt*_+h".contains(c);
        let is_http = lower(0) == 'h' && masked(lower(1)) && masked(lower(2)) && lower(3) == 'p';
        let colon = 4 + usize::from(lower(4) == 's');
        let is_http = is_http && lower(colon) == ':';
        let is_ftp = lower(0) == 'f'
            && "x*".contains(lower(1))
            && lower(2) == 'p'
            && lower(3) == ':'
            && lower(4) == '/';
        if is_http {
            cells[at + 1].c = 't';
            cells[at + 2].c = 't';
        } else if is_ftp {
            cells[at + 1].c = 't';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn puts_disguised_names_back() {
        for text in [
            "playball[.]ddns[.]info",
            "playball(.)ddns(.)info",
            "playball{.}ddns{.}info",
            "playball[dot]ddns[dot]info",
            "playball(DOT)ddns{dot}info",
            "playball[.ddns.]info",
            "playball [.] ddns [.] info",
            "play\u{200b}ball.ddns\u{ad}.info",
            "ｐlayball．ddns．info",
            "playball [dot] ddns [dot] info",
        ] {
            assert_eq!(Line::read(text).text(), "playball.ddns.info", "{text}");
        }
        for text in [
            "hxxp://a.com/x",
            "hXXp://a[.]com/x",
            "h**p[:]//a.com/x",
            "hxxp[://]a.com/x",
        ] {
            assert_eq!(Line::read(text).text(), "http://a.com/x", "{text}");
        }
        assert_eq!(Line::read("hxxps://a.com").text(), "https://a.com");
        assert_eq!(Line::read("ir[at]vncert[.]vn").text(), "ir@vncert.vn");
    }

    #[test]
    fn leaves_ordinary_brackets_alone() {
        for text in [
            r"C:\Program Files (x86)\a.exe",
            "xem [1] và (2).",
            "(.) trống",
            "[...]",
        ] {
            assert_eq!(Line::read(text).text(), text);
        }
    }

    #[test]
    fn leads_back_to_what_was_written() {
        let line = Line::read("Tên miền\u{a0}: playball[.]ddns[.]info;");
        let at = line.text().chars().position(|c| c == 'p').expect("there");
        assert_eq!(line.value(at, at + 18), "playball.ddns.info");
        assert_eq!(line.written(at, at + 18), "playball[.]ddns[.]info");
        assert_eq!(line.column(at), 12);
        // Decomposed letters are composed.
        let decomposed = "Dung lu\u{31b}o\u{31b}\u{323}ng: 3";
        let line = Line::read(decomposed);
        assert_eq!(line.text(), "Dung lượng: 3");
        assert_eq!(line.written(0, 10), "Dung lu\u{31b}o\u{31b}\u{323}ng");
    }
}
