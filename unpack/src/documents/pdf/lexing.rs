//! The parts that a PDF is written in, as slices of it. No tree is built and nothing recurses: a value is where it
//! begins and ends, and is read again by whoever wants to know more.

use std::borrow::Cow;

/// Entries of one dictionary that are kept, at most: real ones have some hundreds.
const ENTRY_COUNT_MAX: usize = 65_536;
/// Bytes of a name, at most: the specification's limit is 127.
const NAME_BYTES_MAX: usize = 4096;

/// A place in the bytes.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    /// What is read.
    pub(super) bytes: &'a [u8],
    /// Where reading goes on.
    pub(super) at: usize,
}

/// The smallest parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    ArrayClose,
    ArrayOpen,
    DictionaryClose,
    DictionaryOpen,
    /// Hexadecimal text without its brackets.
    HexText(&'a [u8]),
    /// Text without its outer parentheses.
    LiteralText(&'a [u8]),
    /// A name without its slash, its escapes not undone.
    Name(&'a [u8]),
    /// A number or a keyword.
    Word(&'a [u8]),
}

impl<'a> Cursor<'a> {
    /// Starts at the beginning of `bytes`.
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Reads the next part; `None` at the end, and where a text has none.
    pub(super) fn token(&mut self) -> Option<Token<'a>> {
        self.skip_blanks();
        let first = *self.bytes.get(self.at)?;
        let second = self.bytes.get(self.at + 1).copied();
        let (token, length) = match (first, second) {
            (b'<', Some(b'<')) => (Token::DictionaryOpen, 2),
            (b'>', Some(b'>')) => (Token::DictionaryClose, 2),
            (b'[', _) => (Token::ArrayOpen, 1),
            (b']', _) => (Token::ArrayClose, 1),
            (b'(', _) => return self.literal_text(),
            (b'<', _) => return self.hex_text(),
            (b'/', _) => {
                self.at += 1;
                return Some(Token::Name(self.regular()));
            }
            (b')' | b'>' | b'{' | b'}', _) => (Token::Word(&self.bytes[self.at..=self.at]), 1),
            _ => return Some(Token::Word(self.regular())),
        };
        self.at += length;
        Some(token)
    }

    /// Reads one whole value: a scalar, a reference, or everything up to what closes an array or a dictionary.
    /// `None` where an object ends before its value does.
    pub(super) fn value(&mut self) -> Option<&'a [u8]> {
        self.skip_blanks();
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            match self.token()? {
                Token::ArrayOpen | Token::DictionaryOpen => depth += 1,
                Token::ArrayClose | Token::DictionaryClose => depth = depth.checked_sub(1)?,
                Token::Word(word) if is_structure(word) => return None,
                Token::Word(word) if depth == 0 => self.skip_rest_of_reference(word),
                _ => {}
            }
            if depth == 0 {
                return self.bytes.get(start..self.at);
            }
        }
    }

    /// Passes over blanks and comments; returns where the next part begins, if there is one.
    pub(super) fn next_start(&mut self) -> Option<usize> {
        self.skip_blanks();
        (self.at < self.bytes.len()).then_some(self.at)
    }

    /// After a number, which `word` may be: passes over the generation and the `R` that make it a reference.
    pub(super) fn skip_rest_of_reference(&mut self, word: &[u8]) {
        if !is_whole_number(word) {
            return;
        }
        let mut ahead = self.clone();
        if let Some(Token::Word(generation)) = ahead.token()
            && is_whole_number(generation)
            && ahead.token() == Some(Token::Word(b"R"))
        {
            self.at = ahead.at;
        }
    }

    fn skip_blanks(&mut self) {
        while let Some(byte) = self.bytes.get(self.at) {
            if *byte == b'%' {
                let rest = &self.bytes[self.at..];
                let end = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
                self.at += end;
            } else if is_blank(*byte) {
                self.at += 1;
            } else {
                break;
            }
        }
    }

    /// Reads what is neither blank nor a delimiter.
    fn regular(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let end = rest
            .iter()
            .position(|byte| is_blank(*byte) || is_delimiter(*byte))
            .unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn literal_text(&mut self) -> Option<Token<'a>> {
        let start = self.at + 1;
        let mut depth = 1_usize;
        let mut at = start;
        loop {
            at +=
                memchr::memchr3(b'(', b')', b'\\', self.bytes.get(at..)?).unwrap_or(usize::MAX / 2);
            match self.bytes.get(at) {
                Some(b'(') => depth += 1,
                Some(b')') => depth -= 1,
                Some(_) => at += 1,
                None => {
                    self.at = self.bytes.len();
                    return None;
                }
            }
            if depth == 0 {
                self.at = at + 1;
                return Some(Token::LiteralText(&self.bytes[start..at]));
            }
            at += 1;
        }
    }

    fn hex_text(&mut self) -> Option<Token<'a>> {
        let start = self.at + 1;
        let Some(length) = memchr::memchr(b'>', self.bytes.get(start..)?) else {
            self.at = self.bytes.len();
            return None;
        };
        self.at = start + length + 1;
        Some(Token::HexText(&self.bytes[start..start + length]))
    }
}

/// A dictionary's entries in their order.
pub(super) struct Dictionary<'a>(Vec<(Cow<'a, [u8]>, &'a [u8])>);

impl<'a> Dictionary<'a> {
    /// Reads the dictionary that `value` is; of one that is damaged, what stands before the damage.
    pub(super) fn parse(value: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        if cursor.token()? != Token::DictionaryOpen {
            return None;
        }
        let mut entries = Vec::new();
        while entries.len() < ENTRY_COUNT_MAX {
            match cursor.token() {
                Some(Token::Name(name)) => {
                    let mut ahead = cursor.clone();
                    let Some(value) = ahead.value() else { break };
                    cursor = ahead;
                    entries.push((unescape_name(name), value));
                }
                None | Some(Token::DictionaryClose) => break,
                Some(_) => {}
            }
        }
        Some(Self(entries))
    }

    /// Returns the value of the entry of that name.
    pub(super) fn get(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.entries()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// Returns all entries.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&[u8], &'a [u8])> {
        self.0.iter().map(|(name, value)| (name.as_ref(), *value))
    }
}

/// Undoes the escapes of a name: `#45mbedded` is `Embedded`, and malware writes it so.
pub(super) fn unescape_name(name: &[u8]) -> Cow<'_, [u8]> {
    let name = name.get(..NAME_BYTES_MAX).unwrap_or(name);
    if !name.contains(&b'#') {
        return Cow::Borrowed(name);
    }
    let mut plain = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((byte, later)) = rest.split_first() {
        rest = later;
        let escaped = match (byte, later) {
            (b'#', [high, low, ..]) => hex_digit(*high).zip(hex_digit(*low)),
            _ => None,
        };
        if let Some((high, low)) = escaped {
            plain.push(high << 4 | low);
            rest = later.get(2..).unwrap_or_default();
        } else {
            plain.push(*byte);
        }
    }
    Cow::Owned(plain)
}

/// Reads a value that is a name.
pub(super) fn parse_name(value: &[u8]) -> Option<Cow<'_, [u8]>> {
    match Cursor::new(value).token()? {
        Token::Name(name) => Some(unescape_name(name)),
        _ => None,
    }
}

/// Reads a value that is a whole number.
pub(super) fn parse_number(value: &[u8]) -> Option<u64> {
    match Cursor::new(value).token()? {
        Token::Word(word) => std::str::from_utf8(word).ok()?.parse().ok(),
        _ => None,
    }
}

/// Reads the object's number from a value that is a reference.
pub(super) fn parse_reference(value: &[u8]) -> Option<u32> {
    let mut cursor = Cursor::new(value);
    let (Token::Word(number), Token::Word(_), Token::Word(b"R")) =
        (cursor.token()?, cursor.token()?, cursor.token()?)
    else {
        return None;
    };
    std::str::from_utf8(number).ok()?.parse().ok()
}

/// Reads a value that is text, as the bytes it stands for.
pub(super) fn parse_text(value: &[u8]) -> Option<Vec<u8>> {
    match Cursor::new(value).token()? {
        Token::LiteralText(text) => Some(unescape_text(text)),
        Token::HexText(text) => Some(decode_hex(text)),
        _ => None,
    }
}

/// Turns a text's bytes into UTF-8 where a mark at the beginning says that they are something else.
pub(super) fn to_utf8(text: &[u8]) -> Vec<u8> {
    if let Some(text) = text.strip_prefix(b"\xfe\xff") {
        let units: Vec<u16> = text
            .as_chunks()
            .0
            .iter()
            .map(|unit| u16::from_be_bytes(*unit))
            .collect();
        return String::from_utf16_lossy(&units).into_bytes();
    }
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).to_vec()
}

fn unescape_text(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            plain.push(byte);
            continue;
        }
        let Some(escaped) = bytes.next() else { break };
        match escaped {
            b'n' => plain.push(b'\n'),
            b'r' => plain.push(b'\r'),
            b't' => plain.push(b'\t'),
            b'b' => plain.push(8),
            b'f' => plain.push(12),
            b'\n' => {}
            b'\r' => {
                bytes.next_if_eq(&b'\n');
            }
            b'0'..=b'7' => {
                let mut code = u32::from(escaped - b'0');
                for _ in 0..2 {
                    match bytes.next_if(|byte| (b'0'..=b'7').contains(byte)) {
                        Some(digit) => code = code * 8 + u32::from(digit - b'0'),
                        None => break,
                    }
                }
                plain.push((code & 0xff) as u8);
            }
            other => plain.push(other),
        }
    }
    plain
}

fn decode_hex(text: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = text.iter().filter_map(|byte| hex_digit(*byte)).collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0))
        .collect()
}

/// Returns the value of a hexadecimal digit.
pub(super) const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Tells whether a byte is white space in a PDF.
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 12 | 0)
}

const fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

fn is_whole_number(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(u8::is_ascii_digit)
}

/// Tells whether a word can only stand between values.
fn is_structure(word: &[u8]) -> bool {
    matches!(
        word,
        b"obj" | b"endobj" | b"stream" | b"endstream" | b"trailer" | b"xref" | b"startxref"
    )
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Dictionary, parse_name, parse_reference, parse_text, to_utf8};

    #[test]
    fn reads_values_to_their_ends() {
        let mut cursor =
            Cursor::new(b" 1 0 R [1 [2] (a\\)(b)) <</A<41>>>] /N#61me(x)true 7 %c\n-8.5");
        let mut values = Vec::new();
        while let Some(value) = cursor.value() {
            values.push(std::str::from_utf8(value).unwrap());
        }
        assert_eq!(
            values,
            [
                "1 0 R",
                "[1 [2] (a\\)(b)) <</A<41>>>]",
                "/N#61me",
                "(x)",
                "true",
                "7",
                "-8.5"
            ]
        );
        assert_eq!(Cursor::new(b"[1 endobj").value(), None);
        assert_eq!(Cursor::new(b"(never closed \\)").value(), None);
        assert_eq!(Cursor::new(b"]").value(), None);
    }

    #[test]
    fn reads_dictionaries_with_disguised_names_and_damage() {
        let value = b"<</#54ype/A /L 5 0 R/Odd 7 8/S(x>>)/Last<<";
        let dictionary = Dictionary::parse(value).unwrap();
        assert_eq!(dictionary.get(b"Type"), Some(&b"/A"[..]));
        assert_eq!(parse_reference(dictionary.get(b"L").unwrap()), Some(5));
        assert_eq!(dictionary.get(b"Odd"), Some(&b"7"[..]));
        assert_eq!(parse_text(dictionary.get(b"S").unwrap()).unwrap(), b"x>>");
        assert_eq!(dictionary.get(b"Last"), None);
        assert_eq!(parse_name(b"/A#2").unwrap().as_ref(), b"A#2");
    }

    #[test]
    fn undoes_the_escapes_of_texts() {
        assert_eq!(
            parse_text(b"(a\\n\\(\\101\\7\\\r\nb\\q)").unwrap(),
            b"a\n(A\x07bq"
        );
        assert_eq!(parse_text(b"<4 1 4>").unwrap(), b"A@");
        assert_eq!(to_utf8(b"\xfe\xff\x1e\xa3\0x"), "ảx".as_bytes());
        assert_eq!(to_utf8(b"\xef\xbb\xbfx"), b"x");
    }

    #[test]
    fn does_not_recurse_into_what_is_nested_deeply() {
        let deep = [vec![b'['; 1_000_000], vec![b']'; 1_000_000]].concat();
        assert_eq!(
            Cursor::new(&deep).value().map(<[u8]>::len),
            Some(deep.len())
        );
        assert_eq!(Cursor::new(&deep[..1_500_000]).value(), None);
    }
}
