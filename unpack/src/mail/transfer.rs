//! The encodings of bodies, decoded while they are read, and as tolerantly as mail programs decode them.
//!
//! The formats are RFC 2045 6.7 and 6.8.

use std::io::{self, Read};

/// How a body is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Base64.
    Base64,
    /// The bytes as they are: 7bit, 8bit, binary, or what nobody knows.
    Identity,
    /// Quoted-printable.
    QuotedPrintable,
    /// uuencode.
    Uuencode,
}

impl Encoding {
    /// Reads the value of a `Content-Transfer-Encoding` field, with whatever stands around it.
    pub(super) fn parse(value: &[u8]) -> Self {
        let letters: Vec<u8> = value
            .iter()
            .take_while(|byte| !matches!(byte, b';' | b'('))
            .filter(|byte| byte.is_ascii_alphanumeric())
            .map(u8::to_ascii_lowercase)
            .collect();
        match letters.as_slice() {
            b"base64" => Self::Base64,
            b"quotedprintable" => Self::QuotedPrintable,
            b"xuuencode" | b"uuencode" | b"uue" | b"xuue" => Self::Uuencode,
            _ => Self::Identity,
        }
    }
}

/// Base64. Whatever is no letter of it is passed over; it ends where padding completes a group.
pub(super) struct Base64<'a> {
    text: &'a [u8],
    at: usize,
    /// Bits of letters that are not bytes yet, and how many letters they are.
    group: u32,
    letter_count: u8,
    pad_count: u8,
    ready: [u8; 3],
    ready_at: usize,
    is_over: bool,
    ignores_padding: bool,
}

const NO_LETTER: u8 = 0xff;
const LETTERS: [u8; 256] = letters();

const fn letters() -> [u8; 256] {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [NO_LETTER; 256];
    let mut value = 0_u8;
    while value < 64 {
        values[alphabet[value as usize] as usize] = value;
        value += 1;
    }
    values
}

impl<'a> Base64<'a> {
    /// Decodes up to the padding.
    pub(super) const fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            at: 0,
            group: 0,
            letter_count: 0,
            pad_count: 0,
            ready: [0; 3],
            ready_at: 3,
            is_over: false,
            ignores_padding: false,
        }
    }

    /// Decodes what follows padding too, as some mail programs do.
    pub(super) const fn through_padding(text: &'a [u8]) -> Self {
        let mut decoder = Self::new(text);
        decoder.ignores_padding = true;
        decoder
    }

    /// Returns what has not been looked at.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Decodes groups of four letters that stand together, which is nearly all there is.
    fn whole_groups(&mut self, out: &mut [u8]) -> usize {
        let text = self.text.get(self.at..).unwrap_or_default();
        let mut count = 0;
        for (group, place) in text
            .as_chunks::<4>()
            .0
            .iter()
            .zip(out.as_chunks_mut::<3>().0)
        {
            let [a, b, c, d] = group.map(|letter| LETTERS[usize::from(letter)]);
            if a | b | c | d >= 64 {
                break;
            }
            *place = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
            count += 1;
        }
        self.at += count * 4;
        count * 3
    }

    /// Fills `ready` with the next one to three bytes, at its end.
    fn next_group(&mut self) {
        while let Some(byte) = self.text.get(self.at) {
            self.at += 1;
            let value = LETTERS[usize::from(*byte)];
            if value != NO_LETTER {
                self.pad_count = 0;
                self.group = self.group << 6 | u32::from(value);
                self.letter_count += 1;
                if self.letter_count == 4 {
                    self.flush();
                    return;
                }
            } else if *byte == b'=' && self.letter_count >= 2 {
                self.pad_count += 1;
                if self.letter_count + self.pad_count >= 4 {
                    self.is_over = !self.ignores_padding;
                    self.flush();
                    return;
                }
            }
        }
        self.is_over = true;
        self.flush();
    }

    /// Makes bytes of the letters that there are.
    fn flush(&mut self) {
        let missing = 4 - self.letter_count.min(4);
        let [_, bytes @ ..] = (self.group << (6 * u32::from(missing))).to_be_bytes();
        let count = usize::from(self.letter_count.saturating_sub(1).min(3));
        self.ready_at = 3 - count;
        self.ready[self.ready_at..].copy_from_slice(&bytes[..count]);
        (self.group, self.letter_count, self.pad_count) = (0, 0, 0);
    }
}

impl Read for Base64<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written < out.len() {
            if self.ready_at == 3 {
                if self.is_over {
                    break;
                }
                if self.letter_count == 0 {
                    written += self.whole_groups(&mut out[written..]);
                }
                if written < out.len() {
                    self.next_group();
                }
                continue;
            }
            let ready = &self.ready[self.ready_at..];
            let count = ready.len().min(out.len() - written);
            out[written..written + count].copy_from_slice(&ready[..count]);
            written += count;
            self.ready_at += count;
        }
        Ok(written)
    }
}

/// Quoted-printable. An escape that makes no sense stays as it is.
pub(super) struct QuotedPrintable<'a> {
    rest: &'a [u8],
}

impl<'a> QuotedPrintable<'a> {
    /// Decodes all of `text`.
    pub(super) const fn new(text: &'a [u8]) -> Self {
        Self { rest: text }
    }
}

impl Read for QuotedPrintable<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written < out.len() && !self.rest.is_empty() {
            let plain = memchr::memchr(b'=', self.rest).unwrap_or(self.rest.len());
            if plain > 0 {
                let count = plain.min(out.len() - written);
                let (now, later) = self.rest.split_at(count);
                out[written..written + count].copy_from_slice(now);
                written += count;
                self.rest = later;
                continue;
            }
            let escape = self.rest.get(1..).unwrap_or_default();
            if let Some(length) = soft_break(escape) {
                self.rest = escape.get(length..).unwrap_or_default();
            } else if let [high, low, after @ ..] = escape
                && let Some(byte) = hex_pair(*high, *low)
            {
                out[written] = byte;
                written += 1;
                self.rest = after;
            } else {
                out[written] = b'=';
                written += 1;
                self.rest = escape;
            }
        }
        Ok(written)
    }
}

/// Returns the length of the end of line that an escape takes back, with the blanks that gateways put before it.
fn soft_break(escape: &[u8]) -> Option<usize> {
    // A line has at most 76 letters where the format is kept to; more blanks than a few lines would be an attack.
    let window = escape.get(..256).unwrap_or(escape);
    let blanks = window
        .iter()
        .position(|byte| !matches!(byte, b' ' | b'\t'))
        .unwrap_or(window.len());
    match escape.get(blanks..)? {
        [b'\r', b'\n', ..] => Some(blanks + 2),
        [b'\n' | b'\r', ..] => Some(blanks + 1),
        [] => Some(blanks),
        _ => None,
    }
}

/// Returns the byte of two hexadecimal digits.
pub(super) fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use proptest::prelude::*;

    use super::{Base64, Encoding, QuotedPrintable};

    fn base64(text: &[u8]) -> Vec<u8> {
        let mut content = Vec::new();
        Base64::new(text).read_to_end(&mut content).unwrap();
        content
    }

    fn quoted(text: &[u8]) -> Vec<u8> {
        let mut content = Vec::new();
        QuotedPrintable::new(text)
            .read_to_end(&mut content)
            .unwrap();
        content
    }

    #[test]
    fn decodes_base64_with_rubbish_in_it_and_ends_at_its_padding() {
        assert_eq!(base64(b"TV qQ\r\n!AA=\n= footer of a list"), b"MZ\x90\0");
        assert_eq!(base64(b"TVo=footer"), b"MZ");
        assert_eq!(
            base64(b"TV=qQ"),
            b"MZ\x90",
            "one sign in the middle is rubbish"
        );
        assert_eq!(base64(b"=TVo"), b"MZ", "and so it is at the beginning");
        assert_eq!(base64(b"T"), b"");
        let mut decoder = Base64::through_padding(b"TVo=TVo=T");
        let mut content = Vec::new();
        decoder.read_to_end(&mut content).unwrap();
        assert_eq!(content, b"MZMZ");
        let mut decoder = Base64::new(b"TVo=rest");
        decoder.read_to_end(&mut content).unwrap();
        assert_eq!(decoder.rest(), b"rest");
    }

    #[test]
    fn decodes_quoted_printable_with_what_gateways_did_to_it() {
        assert_eq!(quoted(b"a=3Db=\r\nc= \t\nd=3de="), b"a=bcd=e");
        assert_eq!(quoted(b"=ZZ =4"), b"=ZZ =4");
    }

    #[test]
    fn knows_encodings_however_they_are_written() {
        for (value, expected) in [
            (&b" base64"[..], Encoding::Base64),
            (b"BASE64 (really); x", Encoding::Base64),
            (b"\"Quoted-Printable\"", Encoding::QuotedPrintable),
            (b"X-UUEncode", Encoding::Uuencode),
            (b"8bit", Encoding::Identity),
            (b"nonsense", Encoding::Identity),
        ] {
            assert_eq!(Encoding::parse(value), expected);
        }
    }

    proptest! {
        #[test]
        fn gives_back_what_another_encoder_wrote(
            content in prop::collection::vec(any::<u8>(), 0..300),
            width in 1_usize..80,
        ) {
            use base64::Engine;
            let text = base64::engine::general_purpose::STANDARD.encode(&content);
            let lines: Vec<u8> = text.as_bytes().chunks(width).collect::<Vec<_>>().join(&b"\r\n"[..]);
            prop_assert_eq!(base64(&lines), content);
        }

        #[test]
        fn gives_the_same_however_little_is_asked_for(text in "[A-Za-z0-9=\r\n ]{0,200}", most in 1_usize..7) {
            for (mut reader, whole) in [
                (Box::new(Base64::new(text.as_bytes())) as Box<dyn Read>, base64(text.as_bytes())),
                (Box::new(QuotedPrintable::new(text.as_bytes())), quoted(text.as_bytes())),
            ] {
                let mut content = Vec::new();
                let mut buffer = [0; 8];
                loop {
                    let count = reader.read(&mut buffer[..most]).unwrap();
                    if count == 0 { break; }
                    content.extend_from_slice(&buffer[..count]);
                }
                prop_assert_eq!(content, whole);
            }
        }
    }
}
