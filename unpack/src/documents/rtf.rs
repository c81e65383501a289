//! Opens the objects of an RTF document, which are hexadecimal text that malware disguises in every way Word puts up with.
//!
//! The format is the Rich Text Format Specification 1.9.1; what Word does with what the specification forbids is known
//! from published analyses of exploits.

use memchr::{memchr3, memmem};

use crate::member::WhyNot;
use crate::sink::{Facts, Problem, Sink};

use super::compound::SIGNATURE;
use super::naming::Naming;
use super::ole1;

/// Objects inside the data of objects that are looked at, at most: it keeps the work proportional to the document.
const NESTED_MAX: usize = 4;
/// Destinations that take the text of their group away from the object's data, in alphabetical order.
const DESTINATIONS: [&[u8]; 36] = [
    b"annotation",
    b"author",
    b"bkmkend",
    b"bkmkstart",
    b"blipuid",
    b"category",
    b"colortbl",
    b"comment",
    b"company",
    b"datafield",
    b"datastore",
    b"doccomm",
    b"falt",
    b"fldinst",
    b"fldrslt",
    b"fname",
    b"fontemb",
    b"fontfile",
    b"fonttbl",
    b"footer",
    b"footnote",
    b"generator",
    b"header",
    b"info",
    b"keywords",
    b"objalias",
    b"objclass",
    b"objname",
    b"objsect",
    b"objtime",
    b"panose",
    b"pict",
    b"stylesheet",
    b"subject",
    b"themedata",
    b"title",
];

/// Tells whether the bytes begin as Word accepts it, which is more than the specification does.
pub(super) fn is_rtf(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.trim_ascii_start().starts_with(b"{\\rt")
}

/// Gives what each object carries to the sink.
pub(super) fn open(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut naming = Naming::default();
    for span in find_object_data(bytes) {
        sink.go_on()?;
        let mut first = None;
        let mut is_given = false;
        for reading in Reading::ALL {
            let data = decode(span, reading);
            sink.charge(data.len() as u64)?;
            if let Some(object) = ole1::parse_embedded(&data) {
                give(&object.native, &mut naming, sink)?;
                is_given = true;
                break;
            }
            first.get_or_insert(data);
        }
        match first {
            Some(data) if !is_given => give_unread(&data, &mut naming, sink)?,
            _ => {}
        }
    }
    Ok(())
}

/// Gives the file of an object.
fn give(
    native: &ole1::Native<'_>,
    naming: &mut Naming,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    let extension = if native.content.starts_with(SIGNATURE) {
        "ole"
    } else {
        "bin"
    };
    let name = naming.name(&native.name, "object", extension);
    sink.member_bytes(name.clone(), Facts::default(), native.content)?;
    if !native.is_whole {
        sink.not_opened(
            name,
            WhyNot::Damaged,
            "the object is shorter than it states",
        )?;
    }
    Ok(())
}

/// Gives an object whose header makes no sense, from where a compound file begins in it, if one does.
fn give_unread(data: &[u8], naming: &mut Naming, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let is_link = data.get(4..8) == Some(&[1, 0, 0, 0]);
    if data.is_empty() || is_link {
        return Ok(());
    }
    match memmem::find(data, SIGNATURE) {
        Some(start) => {
            let compound = data.get(start..).unwrap_or_default();
            sink.member_bytes(naming.next("object", "ole"), Facts::default(), compound)
        }
        None => sink.member_bytes(naming.next("object", "bin"), Facts::default(), data),
    }
}

/// Finds what stands between each `\objdata` and the end of its group.
fn find_object_data(bytes: &[u8]) -> Vec<&[u8]> {
    let mut spans = Vec::new();
    let mut opened: Vec<(usize, usize)> = Vec::new();
    let mut depth = 0_usize;
    let mut lexer = Lexer { bytes, at: 0 };
    while let Some(token) = lexer.next_mark() {
        match token {
            Token::Open => depth += 1,
            Token::Close => {
                depth = depth.saturating_sub(1);
                while let Some((_, start)) = opened.pop_if(|(inside, _)| *inside > depth) {
                    spans.extend(bytes.get(start..lexer.at - 1));
                }
            }
            Token::Word { name, .. } => {
                if name.eq_ignore_ascii_case(b"objdata") && opened.len() < NESTED_MAX {
                    opened.push((depth, lexer.at));
                }
            }
            Token::Binary(_) | Token::Symbol(_) | Token::Text(_) => {}
        }
    }
    spans.extend(
        opened
            .into_iter()
            .filter_map(|(_, start)| bytes.get(start..)),
    );
    spans
}

/// One way to read the hexadecimal text; Word's versions differ, and so do those who imitate them.
#[derive(Clone, Copy, Debug)]
struct Reading {
    /// Whether the text of groups with a destination of their own is left out.
    skips_groups: bool,
    /// Whether `\uN` takes the next letter with it, which stands for those who cannot show the character.
    skips_after_unicode: bool,
}

impl Reading {
    /// The likely one first.
    const ALL: [Self; 3] = [
        Self {
            skips_groups: true,
            skips_after_unicode: false,
        },
        Self {
            skips_groups: false,
            skips_after_unicode: false,
        },
        Self {
            skips_groups: true,
            skips_after_unicode: true,
        },
    ];
}

/// Decodes the hexadecimal text of an object, whatever stands between its digits.
fn decode(span: &[u8], reading: Reading) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(span.len() / 2);
    let mut half: Option<u8> = None;
    let mut depth = 0_usize;
    let mut skipped_from: Option<usize> = None;
    let mut is_group_new = false;
    let mut is_starred = false;
    let mut letters_to_skip = 0_usize;
    let mut letters_for_unicode = 1_usize;
    let mut lexer = Lexer { bytes: span, at: 0 };
    while let Some(token) = lexer.next_token() {
        let was_group_new = std::mem::take(&mut is_group_new);
        let was_starred = std::mem::take(&mut is_starred);
        match token {
            Token::Open => {
                depth += 1;
                is_group_new = true;
            }
            Token::Close => {
                if skipped_from == Some(depth) {
                    skipped_from = None;
                }
                depth = depth.saturating_sub(1);
            }
            Token::Symbol(b'*') => is_starred = true,
            // Word forgets half a byte when a character code comes between its digits.
            Token::Symbol(b'\'') => half = None,
            Token::Binary(raw) if skipped_from.is_none() => decoded.extend_from_slice(raw),
            Token::Word { name, number } => {
                let has_destination = was_starred && depth > 0
                    || was_group_new && DESTINATIONS.binary_search(&name).is_ok();
                if reading.skips_groups && has_destination && skipped_from.is_none() {
                    skipped_from = Some(depth);
                }
                match name {
                    b"uc" => letters_for_unicode = usize::try_from(number).unwrap_or(1),
                    b"u" if reading.skips_after_unicode => letters_to_skip = letters_for_unicode,
                    _ => {}
                }
            }
            Token::Text(text) if skipped_from.is_none() => {
                let skipped = letters_to_skip.min(text.len());
                letters_to_skip -= skipped;
                append_hex(&text[skipped..], &mut half, &mut decoded);
            }
            Token::Binary(_) | Token::Symbol(_) | Token::Text(_) => {}
        }
    }
    decoded
}

/// Appends the bytes of hexadecimal digits; whatever is no digit is not there.
fn append_hex(text: &[u8], half: &mut Option<u8>, decoded: &mut Vec<u8>) {
    let mut rest = text;
    loop {
        if half.is_none() {
            // Nearly all digits stand in pairs.
            let pairs = rest.as_chunks::<2>().0.iter();
            let pairs = pairs.map(|pair| pair.map(|byte| DIGITS[usize::from(byte)]));
            let before = decoded.len();
            decoded.extend(
                pairs
                    .take_while(|[high, low]| high | low < NO_DIGIT)
                    .map(|[high, low]| high << 4 | low),
            );
            rest = rest.get((decoded.len() - before) * 2..).unwrap_or_default();
        }
        let Some((byte, after)) = rest.split_first() else {
            return;
        };
        rest = after;
        let digit = DIGITS[usize::from(*byte)];
        if digit < NO_DIGIT {
            match half.take() {
                Some(high) => decoded.push(high << 4 | digit),
                None => *half = Some(digit),
            }
        }
    }
}

const NO_DIGIT: u8 = 16;
const DIGITS: [u8; 256] = digits();

const fn digits() -> [u8; 256] {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0_u8;
    while value < 16 {
        let lower = b"0123456789abcdef"[value as usize];
        values[lower as usize] = value;
        values[lower.to_ascii_uppercase() as usize] = value;
        value += 1;
    }
    values
}

/// A part of an RTF document.
enum Token<'a> {
    /// What follows `\bin`.
    Binary(&'a [u8]),
    Close,
    Open,
    /// A control symbol; the two digits after `\'` are passed over with it.
    Symbol(u8),
    Text(&'a [u8]),
    Word {
        name: &'a [u8],
        number: i64,
    },
}

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Lexer<'a> {
    /// Returns the next token that is no text.
    fn next_mark(&mut self) -> Option<Token<'a>> {
        loop {
            match self.next_token()? {
                Token::Text(_) => {}
                mark => return Some(mark),
            }
        }
    }

    fn next_token(&mut self) -> Option<Token<'a>> {
        let rest = self.bytes.get(self.at..)?;
        let token = match rest.first()? {
            b'{' => Token::Open,
            b'}' => Token::Close,
            b'\\' => {
                self.at += 1;
                return Some(self.control());
            }
            _ => {
                let end = memchr3(b'{', b'}', b'\\', rest).unwrap_or(rest.len());
                self.at += end;
                return Some(Token::Text(&rest[..end]));
            }
        };
        self.at += 1;
        Some(token)
    }

    /// Reads what follows a backslash: a symbol, or a word, its number and one space.
    fn control(&mut self) -> Token<'a> {
        let name = self.take_while(u8::is_ascii_alphabetic);
        if name.is_empty() {
            let symbol = self.bytes.get(self.at).copied().unwrap_or(b'\\');
            self.at += if symbol == b'\'' { 3 } else { 1 };
            return Token::Symbol(symbol);
        }
        let is_negative = self.bytes.get(self.at) == Some(&b'-')
            && self.bytes.get(self.at + 1).is_some_and(u8::is_ascii_digit);
        if is_negative {
            self.at += 1;
        }
        let digits = self.take_while(u8::is_ascii_digit);
        let number = digits.iter().fold(0_i64, |number, digit| {
            number
                .saturating_mul(10)
                .saturating_add(i64::from(digit - b'0'))
        });
        let number = if is_negative { -number } else { number };
        if self.bytes.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        if name == b"bin" {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let count = usize::try_from(number).unwrap_or(0).min(rest.len());
            self.at += count;
            return Token::Binary(&rest[..count]);
        }
        Token::Word { name, number }
    }

    fn take_while(&mut self, belongs: impl Fn(&u8) -> bool) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let end = rest
            .iter()
            .position(|byte| !belongs(byte))
            .unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Reading, decode, find_object_data, is_rtf};

    /// What the likely reading makes of `disguised`.
    fn read(disguised: &str) -> Vec<u8> {
        decode(disguised.as_bytes(), Reading::ALL[0])
    }

    #[test]
    fn sees_through_what_stands_between_the_digits() {
        let plain = b"\x01\x05\xab\xcd";
        for disguised in [
            "0105abcd",
            "01 05\r\n a\tb cd zzz",
            "01{\\*\\unknown 4142}05abcd",
            "01{}{0{5}}{\\rtlch }abcd",
            "01{\\pict 4142}05a\\zz bcd",
            "01\\'414205\\'zzabcd",
            "01058\\'41abcd",
            "01\\par05\\par abcd",
        ] {
            let expected: &[u8] = match disguised {
                // The escape takes two characters with it, whatever they are; 42 is data.
                "01\\'414205\\'zzabcd" => b"\x01\x42\x05\xab\xcd",
                "01\\par05\\par abcd" => b"\x01\xab\xcd",
                _ => plain,
            };
            assert_eq!(read(disguised), expected, "{disguised}");
        }
    }

    #[test]
    fn takes_binary_parts_as_they_are_even_when_they_look_like_groups() {
        assert_eq!(read("01\\bin3 {}\\05"), b"\x01{}\\\x05");
        assert_eq!(read("01\\bin-3 05"), b"\x01\x05");
        assert_eq!(read("01\\bin99999999999999999999 05"), b"\x0105");
    }

    #[test]
    fn reads_in_other_ways_what_the_likely_one_leaves_out() {
        let span = b"01{\\*\\x 05}\\u65 ?\\uc2\\u66 abcd";
        assert_eq!(decode(span, Reading::ALL[0]), b"\x01\xab\xcd");
        assert_eq!(decode(span, Reading::ALL[1]), b"\x01\x05\xab\xcd");
        assert_eq!(decode(span, Reading::ALL[2]), b"\x01\xcd");
    }

    #[test]
    fn finds_the_data_of_nested_and_unfinished_objects() {
        let bytes =
            b"{\\rtf1{\\object{\\*\\objdata 01{\\objdata 02}03}}text\\objdata 04{\\bin4 }}}}05";
        let spans: Vec<&str> = find_object_data(bytes)
            .into_iter()
            .map(|span| std::str::from_utf8(span).unwrap())
            .collect();
        assert_eq!(spans, ["02", "01{\\objdata 02}03", "04{\\bin4 }}}}05"]);
    }

    #[test]
    fn knows_what_word_takes_for_rtf() {
        assert!(is_rtf(b"{\\rt\0anything"));
        assert!(is_rtf(b"\xef\xbb\xbf \r\n{\\rtf1"));
        assert!(!is_rtf(b"{\\r"));
        assert!(!is_rtf(b"text {\\rtf1"));
    }

    proptest! {
        #[test]
        fn gives_back_whatever_was_written_with_noise(
            content in prop::collection::vec(any::<u8>(), 0..200),
            noise in prop::collection::vec("[ \r\n\tg-z]{0,3}|\\{\\\\\\*\\\\zz 41\\}|\\{\\}|\\\\par ", 0..400),
        ) {
            let mut text = String::new();
            let mut noise = noise.into_iter();
            for byte in &content {
                for digit in format!("{byte:02x}").chars() {
                    text.push(digit);
                    text.push_str(&noise.next().unwrap_or_default());
                }
            }
            prop_assert_eq!(read(&text), content);
        }
    }
}
