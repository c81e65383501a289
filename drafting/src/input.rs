//! What is given to read, which of the four forms it has, and how much of it is accepted.

use std::borrow::Cow;

/// Bytes of one input: 16 MiB. A letter has thousands; the longest public rule collections have a few millions.
pub const FILE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Characters of one line of text or of a table: 65,536. Longer lines are not what a person pasted.
pub const LINE_CHARS_MAX: usize = 65_536;
/// Values taken from all inputs together: as many as an alert can hold indicators.
pub const VALUES_MAX: usize = domain::alert::INDICATORS_MAX;

/// One file, or whatever was pasted.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Its name, for people; its ending helps to tell the form.
    pub name: &'a str,
    /// What it contains.
    pub bytes: &'a [u8],
}

/// The forms that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A table with a line of headings.
    Csv,
    /// The alert format, written by a person.
    Json,
    /// Sigma rules.
    Sigma,
    /// A letter or a web page.
    Text,
    /// YARA rules.
    Yara,
}

impl Source {
    /// Tells the form of an input from its name and, where that says nothing, from its content.
    pub fn detect(name: &str, bytes: &[u8]) -> Self {
        let ending = name.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
        match ending.as_str() {
            "json" => return Self::Json,
            "csv" | "tsv" => return Self::Csv,
            "yar" | "yara" => return Self::Yara,
            "yml" | "yaml" => return Self::Sigma,
            _ => {}
        }
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(65_536)]);
        let head = head.trim_start_matches('\u{feff}').trim_start();
        if head.starts_with('{') && head[1..].trim_start().starts_with(['"', '}']) {
            Self::Json
        } else if looks_like_yara(head) {
            Self::Yara
        } else if looks_like_sigma(head) {
            Self::Sigma
        } else if head.lines().next().is_some_and(crate::table::is_heading) {
            Self::Csv
        } else {
            Self::Text
        }
    }
}

/// A rule needs its keyword at the beginning of a line, an opening brace and a condition.
fn looks_like_yara(head: &str) -> bool {
    let rule_line = |line: &str| {
        let mut words = line.split_whitespace();
        let first = words.next();
        let keyword = if matches!(first, Some("private" | "global")) {
            words.next()
        } else {
            first
        };
        keyword == Some("rule") && words.next().is_some()
    };
    head.contains('{') && head.contains("condition:") && head.lines().any(rule_line)
}

/// The three keys that every Sigma rule has, each at the beginning of a line.
fn looks_like_sigma(head: &str) -> bool {
    let has = |key: &str| head.lines().any(|line| line.starts_with(key));
    ["title:", "logsource:", "detection:"].into_iter().all(has)
}

/// Why bytes are not text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotText {
    TooLarge,
    /// The line with the first byte that is not UTF-8, from 1.
    Encoding(usize),
}

/// Reads bytes as UTF-8, or as UTF-16 where a byte order mark says so.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(NotText::TooLarge);
    }
    let wide = |order: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units = bytes.chunks(2).map(|pair| match pair {
            [a, b] => order([*a, *b]),
            _ => 0xd800, // half a unit: not text
        });
        let mut text = String::new();
        for unit in char::decode_utf16(units) {
            match unit {
                Ok(c) => text.push(c),
                Err(_) => return Err(NotText::Encoding(text.matches('\n').count() + 1)),
            }
        }
        Ok(Cow::Owned(text))
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => wide(u16::from_be_bytes, rest),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) => {
            let good = &bytes[..error.valid_up_to()];
            let line = good.split(|byte| *byte == b'\n').count();
            Err(NotText::Encoding(line))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_form_by_name_and_by_content() {
        let detect = |name: &str, text: &str| Source::detect(name, text.as_bytes());
        assert_eq!(detect("a.JSON", ""), Source::Json);
        assert_eq!(detect("a.yar", ""), Source::Yara);
        assert_eq!(detect("a.yml", ""), Source::Sigma);
        let sigma = "title: a\nlogsource:\n  product: windows\ndetection:\n  condition: a\n";
        assert_eq!(detect("a", sigma), Source::Sigma);
        assert_eq!(detect("paste", " {\n \"schema\": 1}"), Source::Json);
        assert_eq!(detect("paste", "kind;value;role\nmd5;x;y"), Source::Csv);
        assert_eq!(
            detect("paste", "// x\nrule a {\n condition: true }"),
            Source::Yara
        );
        assert_eq!(
            detect("paste", "The rule {of thumb}: conditions apply"),
            Source::Text
        );
        assert_eq!(detect("paste", ""), Source::Text);
    }

    #[test]
    fn reads_utf_16_and_names_the_line_of_a_bad_byte() {
        let wide: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("Số".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        assert_eq!(decode(&wide).as_deref(), Ok("Số"));
        assert_eq!(decode(&wide[..wide.len() - 1]), Err(NotText::Encoding(1)));
        assert_eq!(decode(b"a\nb\n\xe9"), Err(NotText::Encoding(3)));
        assert_eq!(
            decode(&vec![b'a'; FILE_BYTES_MAX + 1]),
            Err(NotText::TooLarge)
        );
    }
}
