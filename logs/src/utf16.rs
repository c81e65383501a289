//! UTF-16 with a byte order mark, as some Windows programs log, turned into UTF-8 as it comes.

/// What a file's first bytes say about how its text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// ASCII, or anything whose letters without accents are ASCII's: UTF-8, Latin-1, windows-1258.
    Bytes,
    /// UTF-16, most significant byte first.
    Utf16Be,
    /// UTF-16, least significant byte first.
    Utf16Le,
}

impl Encoding {
    /// Tells the encoding by the first two bytes.
    pub fn of(first_two: [u8; 2]) -> Self {
        match first_two {
            [0xfe, 0xff] => Self::Utf16Be,
            [0xff, 0xfe] => Self::Utf16Le,
            _ => Self::Bytes,
        }
    }
}

/// Turns UTF-16 into UTF-8, whatever the pieces in which it comes. What is no character becomes U+FFFD.
#[derive(Debug)]
pub struct Utf16Decoder {
    encoding: Encoding,
    /// The first byte of a unit of which the second has not come.
    odd: Option<u8>,
    /// The first half of a character outside the first plane.
    high: Option<u16>,
}

impl Utf16Decoder {
    /// Makes a decoder for what follows the mark.
    pub fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            odd: None,
            high: None,
        }
    }

    /// Decodes the next bytes into `text`.
    pub fn decode(&mut self, bytes: &[u8], text: &mut Vec<u8>) {
        for &byte in bytes {
            let Some(first) = self.odd.take() else {
                self.odd = Some(byte);
                continue;
            };
            self.push_unit(
                match self.encoding {
                    Encoding::Utf16Be => u16::from_be_bytes([first, byte]),
                    Encoding::Bytes | Encoding::Utf16Le => u16::from_le_bytes([first, byte]),
                },
                text,
            );
        }
    }

    /// Ends the text: half a character is none.
    pub fn finish(&mut self, text: &mut Vec<u8>) {
        if self.high.take().is_some() {
            push_char(char::REPLACEMENT_CHARACTER, text);
        }
        self.odd = None;
    }

    fn push_unit(&mut self, unit: u16, text: &mut Vec<u8>) {
        let pair = self
            .high
            .take()
            .map(|high| char::decode_utf16([high, unit]).next());
        match pair {
            Some(Some(Ok(character))) => return push_char(character, text),
            Some(_) => push_char(char::REPLACEMENT_CHARACTER, text),
            None => {}
        }
        if (0xd800..0xdc00).contains(&unit) {
            self.high = Some(unit);
        } else {
            let character = char::from_u32(unit.into());
            push_char(character.unwrap_or(char::REPLACEMENT_CHARACTER), text);
        }
    }
}

fn push_char(character: char, text: &mut Vec<u8>) {
    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Returns how many bytes of UTF-16 became this UTF-8.
pub fn utf16_length(text: &[u8]) -> u64 {
    let units = |byte: &u8| match byte {
        0x80..0xc0 => 0,
        0xf0.. => 2,
        _ => 1,
    };
    2 * text.iter().map(units).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn decodes_as_the_standard_library_does_in_any_pieces(units: Vec<u16>, cuts: Vec<prop::sample::Index>) {
            let expected: String = char::decode_utf16(units.iter().copied())
                .map(|decoded| decoded.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect();
            let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let mut decoder = Utf16Decoder::new(Encoding::Utf16Be);
            let mut text = Vec::new();
            for pair in cuts.windows(2) {
                decoder.decode(&bytes[pair[0]..pair[1]], &mut text);
            }
            decoder.finish(&mut text);
            prop_assert_eq!(utf16_length(&text), bytes.len() as u64);
            prop_assert_eq!(String::from_utf8(text).expect("UTF-8"), expected);
        }
    }
}
