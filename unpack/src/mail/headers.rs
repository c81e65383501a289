//! The fields of a message or of one of its parts that say what its body is, read as tolerantly as mail programs do.
//!
//! The formats are RFC 5322 2.2, RFC 2045 5.1 and RFC 2231 (values in pieces and in other alphabets).

use std::borrow::Cow;

use super::words::{decode_words, to_utf8};

/// Bytes of one field that are kept, at most.
const FIELD_BYTES_MAX: usize = 64 * 1024;
/// Fields about the body that are kept, at most; a sane message has four.
const FIELD_COUNT_MAX: usize = 64;
/// Parameters of one field that are kept, at most.
const PARAMETER_COUNT_MAX: usize = 256;

/// The fields about the body, and the subject.
#[derive(Default)]
pub(super) struct Headers {
    fields: Vec<(String, Vec<u8>)>,
}

impl Headers {
    /// Reads fields to the empty line or to the first line that is none, and returns where the body begins.
    pub(super) fn parse(bytes: &[u8]) -> (Self, usize) {
        let mut headers = Self::default();
        let mut is_kept = false;
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let line = rest.get(..length).unwrap_or(rest);
            let text = without_line_end(line);
            if text.is_empty() {
                return (headers, at + length);
            }
            if matches!(text.first(), Some(b' ' | b'\t')) {
                if is_kept {
                    headers.continue_last(text);
                }
            } else if let Some((name, value)) = split_field(text) {
                is_kept = headers.keep(name, value);
            } else if at > 0 || !super::recognising::is_envelope(text) {
                return (headers, at);
            }
            at += length;
        }
        (headers, bytes.len())
    }

    fn keep(&mut self, name: &[u8], value: &[u8]) -> bool {
        let name = name.to_ascii_lowercase();
        let is_wanted = name.starts_with(b"content-") || name == b"subject";
        if !is_wanted || self.fields.len() == FIELD_COUNT_MAX {
            return false;
        }
        let value = value.get(..FIELD_BYTES_MAX).unwrap_or(value);
        let name = String::from_utf8_lossy(&name).into_owned();
        self.fields.push((name, value.to_vec()));
        true
    }

    fn continue_last(&mut self, text: &[u8]) {
        if let Some((_, value)) = self.fields.last_mut() {
            let room = FIELD_BYTES_MAX.saturating_sub(value.len());
            value.extend_from_slice(text.get(..room).unwrap_or(text));
        }
    }

    /// Returns every value of a field, in their order: attackers write one for us and one for the mail program.
    pub(super) fn all<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h [u8]> {
        self.fields
            .iter()
            .filter(move |(field, _)| field == name)
            .map(|(_, value)| value.as_slice())
    }

    /// Returns the first value of a field, with its parameters.
    pub(super) fn first(&self, name: &str) -> Option<Value> {
        self.all(name).next().map(Value::parse)
    }
}

/// A field's value before its first semicolon, and its parameters.
pub(super) struct Value {
    /// The value in lower case.
    pub(super) main: String,
    parameters: Vec<(String, Vec<u8>)>,
}

impl Value {
    /// Reads a value like `text/plain; charset="utf-8"`.
    pub(super) fn parse(value: &[u8]) -> Self {
        let end = memchr::memchr(b';', value).unwrap_or(value.len());
        let (main, mut rest) = value.split_at(end);
        let main = without_comments(main);
        let mut parameters = Vec::new();
        while let Some(after) = rest.strip_prefix(b";") {
            let (parameter, later) = split_parameter(after);
            rest = later;
            if parameters.len() < PARAMETER_COUNT_MAX {
                parameters.extend(parameter);
            }
        }
        Self {
            main: String::from_utf8_lossy(main.trim_ascii()).to_ascii_lowercase(),
            parameters,
        }
    }

    /// Returns a parameter, put together and decoded if it was in pieces or in another alphabet. The bytes are UTF-8
    /// unless nobody said what they are.
    pub(super) fn parameter(&self, name: &str) -> Option<Vec<u8>> {
        self.extended(name).or_else(|| {
            let plain = self.parameters.iter().find(|(key, _)| key == name);
            plain.map(|(_, value)| decode_words(value))
        })
    }

    /// Puts together `name*`, or `name*0*`, `name*1`, …, in the order of their numbers.
    fn extended(&self, name: &str) -> Option<Vec<u8>> {
        let mut pieces: Vec<(u32, bool, &[u8])> = Vec::new();
        for (key, value) in &self.parameters {
            let Some(section) = key.strip_prefix(name).and_then(|key| key.strip_prefix('*')) else {
                continue;
            };
            let (number, is_encoded) = match section.strip_suffix('*') {
                Some(number) => (number, true),
                None => (section, section.is_empty()),
            };
            let number = if number.is_empty() {
                0
            } else {
                number.parse().ok()?
            };
            pieces.push((number, is_encoded, value));
        }
        pieces.sort_by_key(|(number, _, _)| *number);
        let (_, first_is_encoded, first) = *pieces.first()?;
        let (charset, first) = if first_is_encoded {
            split_charset(first)
        } else {
            (&b""[..], first)
        };
        let mut joined = Vec::new();
        for (index, (_, is_encoded, value)) in pieces.iter().enumerate() {
            let value = if index == 0 { first } else { value };
            if *is_encoded {
                joined.extend_from_slice(&decode_percent(value));
            } else {
                joined.extend_from_slice(value);
            }
        }
        Some(to_utf8(charset, &joined).into_owned())
    }
}

/// Splits a line into a field's name and its value; `None` when it is no field.
pub(super) fn split_field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memchr(b':', line)?;
    let name = line.get(..colon)?.trim_ascii_end();
    let is_name = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    is_name.then(|| (name, line.get(colon + 1..).unwrap_or_default()))
}

/// Leaves out the end of a line.
pub(super) fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Reads one parameter, and returns what follows it, which begins with a semicolon or is empty.
fn split_parameter(text: &[u8]) -> (Option<(String, Vec<u8>)>, &[u8]) {
    let mark = memchr::memchr2(b'=', b';', text);
    let Some(equals) = mark.filter(|at| text.get(*at) == Some(&b'=')) else {
        return (
            None,
            text.get(mark.unwrap_or(text.len())..).unwrap_or_default(),
        );
    };
    let (name, value) = text.split_at(equals);
    let name = without_comments(name);
    let name = String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase();
    let value = value.get(1..).unwrap_or_default().trim_ascii_start();
    let (value, rest) = if let Some(quoted) = value.strip_prefix(b"\"") {
        unquote(quoted)
    } else {
        let end = memchr::memchr(b';', value).unwrap_or(value.len());
        let (plain, rest) = value.split_at(end);
        (plain.trim_ascii_end().to_vec(), rest)
    };
    (Some((name, value)), rest)
}

/// Reads to the closing quote, or to the end. Only a quote and a backslash are escaped: other backslashes are parts of
/// Windows paths.
fn unquote(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut value = Vec::new();
    let mut rest = text;
    loop {
        match rest {
            [] => return (value, rest),
            [b'"', after @ ..] => {
                let next = memchr::memchr(b';', after).unwrap_or(after.len());
                return (value, after.get(next..).unwrap_or_default());
            }
            [b'\\', escaped @ (b'"' | b'\\'), after @ ..] => {
                value.push(*escaped);
                rest = after;
            }
            [byte, after @ ..] => {
                value.push(*byte);
                rest = after;
            }
        }
    }
}

/// Leaves out comments in parentheses.
fn without_comments(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'(') {
        return Cow::Borrowed(text);
    }
    let mut depth = 0_usize;
    let mut plain = Vec::new();
    for byte in text {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(*byte),
            _ => {}
        }
    }
    Cow::Owned(plain)
}

/// Splits `utf-8'en'text` into its alphabet and the text.
fn split_charset(value: &[u8]) -> (&[u8], &[u8]) {
    let mut parts = value.splitn(3, |byte| *byte == b'\'');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(charset), Some(_), Some(text)) => (charset, text),
        _ => (b"", value),
    }
}

fn decode_percent(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, later)) = rest.split_first() {
        rest = later;
        let escaped = match (byte, later) {
            (b'%', [high, low, ..]) => super::transfer::hex_pair(*high, *low),
            _ => None,
        };
        match escaped {
            Some(byte) => {
                plain.push(byte);
                rest = later.get(2..).unwrap_or_default();
            }
            None => plain.push(*byte),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{Headers, Value};

    fn filename(value: &str) -> String {
        let name = Value::parse(value.as_bytes()).parameter("filename");
        String::from_utf8(name.unwrap_or_default()).unwrap()
    }

    #[test]
    fn reads_names_in_every_way_they_are_written() {
        for (value, expected) in [
            ("attachment; filename=a.exe", "a.exe"),
            ("attachment; FileName = \"a b;c.exe\" ; size=3", "a b;c.exe"),
            ("attachment; filename=a b.exe; size=3", "a b.exe"),
            (
                "attachment; filename=\"C:\\x\\\\y\\\"z.exe\"",
                "C:\\x\\y\"z.exe",
            ),
            (
                "attachment; filename=\"never closed.exe",
                "never closed.exe",
            ),
            (
                "attachment; filename*=utf-8'vi'b%E1%BA%A3ng.exe; filename=plain",
                "bảng.exe",
            ),
            ("attachment; filename*1=\"b.exe\"; filename*0=a", "ab.exe"),
            (
                "a; filename*0*=windows-1252''%e9; filename*1=%41; filename*2*=%42",
                "é%41B",
            ),
            (
                "attachment; filename=\"=?utf-8?B?YuG6o25nLmV4ZQ==?=\"",
                "bảng.exe",
            ),
            (
                "attachment; filename==?utf-8?q?b=E1=BA=A3ng?= =?utf-8?q?_x.exe?=",
                "bảng x.exe",
            ),
            ("attachment;;; x; (comment) filename(c)=a", "a"),
            ("attachment", ""),
        ] {
            assert_eq!(filename(value), expected, "{value}");
        }
    }

    #[test]
    fn reads_fields_to_the_empty_line_or_to_what_is_none() {
        let text =
            b"From x\nX: 1\r\nContent-Type: text/\r\n html;\n\tcharset=x\ncontent-type : b\n\nbody";
        let (headers, body) = Headers::parse(text);
        assert_eq!(&text[body..], b"body");
        let types: Vec<String> = headers
            .all("content-type")
            .map(|value| Value::parse(value).main)
            .collect();
        assert_eq!(types, ["text/ html", "b"]);

        let text = b"Content-Type: a\nno field\nContent-Type: b\n\n";
        let (headers, body) = Headers::parse(text);
        assert_eq!(&text[body..], b"no field\nContent-Type: b\n\n");
        assert_eq!(headers.all("content-type").count(), 1);
    }
}
