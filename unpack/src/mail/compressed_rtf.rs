//! The body of an Outlook message as compressed RTF.
//!
//! The format is [MS-OXRTFCP] 2.1.

use crate::member::{MemberName, WhyNot};
use crate::sink::{Facts, Problem, Sink};

/// What the dictionary holds before anything is decompressed: the words that RTF begins with.
const PRELOADED: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const DICTIONARY_BYTES: usize = 4096;
const HEADER_BYTES: usize = 16;

/// Gives the decompressed body to the sink.
pub(super) fn give(property: &[u8], name: MemberName, sink: &mut Sink<'_>) -> Result<(), Problem> {
    if property.is_empty() {
        return Ok(());
    }
    let limit = usize::try_from(sink.member_bytes_left()).unwrap_or(usize::MAX);
    match decompress(property, limit) {
        Some(text) => sink.member_bytes(name, Facts::default(), &text),
        None => sink.not_opened(name, WhyNot::Damaged, "the body is not compressed RTF"),
    }
}

/// Decompresses as far as there is input. A step takes at least nine bits and gives at most seventeen bytes.
fn decompress(property: &[u8], limit: usize) -> Option<Vec<u8>> {
    let (header, mut rest) = property.split_at_checked(HEADER_BYTES)?;
    let stated = u32::from_le_bytes(header.get(4..8)?.try_into().ok()?) as usize;
    match header.get(8..12)? {
        b"MELA" => return Some(rest.get(..stated.min(limit)).unwrap_or(rest).to_vec()),
        b"LZFu" => {}
        _ => return None,
    }
    let mut dictionary = [b' '; DICTIONARY_BYTES];
    dictionary
        .get_mut(..PRELOADED.len())?
        .copy_from_slice(PRELOADED);
    let mut write_at = PRELOADED.len();
    let mut text = Vec::new();
    let mut put = |byte: u8, dictionary: &mut [u8; DICTIONARY_BYTES], text: &mut Vec<u8>| {
        text.push(byte);
        dictionary[write_at] = byte;
        write_at = (write_at + 1) % DICTIONARY_BYTES;
        write_at
    };
    while let Some((flags, after)) = rest.split_first() {
        rest = after;
        for bit in 0..8 {
            if text.len() >= limit {
                return Some(text);
            }
            if flags >> bit & 1 == 0 {
                let Some((byte, after)) = rest.split_first() else {
                    return Some(text);
                };
                rest = after;
                put(*byte, &mut dictionary, &mut text);
                continue;
            }
            let Some((token, after)) = rest.split_first_chunk() else {
                return Some(text);
            };
            rest = after;
            let token = u16::from_be_bytes(*token);
            let (offset, length) = (usize::from(token >> 4), usize::from(token & 0xf) + 2);
            if offset == (PRELOADED.len() + text.len()) % DICTIONARY_BYTES {
                return Some(text);
            }
            for step in 0..length {
                let byte = dictionary[(offset + step) % DICTIONARY_BYTES];
                put(byte, &mut dictionary, &mut text);
            }
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::decompress;

    fn header(kind: [u8; 4], size: u32) -> Vec<u8> {
        [
            &0_u32.to_le_bytes()[..],
            &size.to_le_bytes(),
            &kind,
            &[0; 4],
        ]
        .concat()
    }

    /// The examples of [MS-OXRTFCP] 3.1.
    #[test]
    fn decompresses_the_examples_of_the_specification() {
        let simple = b"\x03\x00\x0a\x00\x72\x63\x70\x67\x31\x32\x35\x42\x32\x0a\xf3\x20\x68\x65\x6c\x09\x00\x20\x62\x77\x05\xb0\x6c\x64\x7d\x0a\x80\x0f\xa0";
        let bytes = [header(*b"LZFu", 0x2b), simple.to_vec()].concat();
        assert_eq!(
            decompress(&bytes, 1 << 20).unwrap(),
            b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
        );
        let repeated =
            b"\x1c\x00\x7b\x5c\x72\x74\x66\x31\x20\x57\x58\x59\x5a\x0d\x70\x14\x70\x00\x04";
        let bytes = [header(*b"LZFu", 0x1e), repeated.to_vec()].concat();
        let _ = decompress(&bytes, 1 << 20).unwrap();
    }

    #[test]
    fn gives_what_was_not_compressed_and_refuses_the_rest() {
        let bytes = [header(*b"MELA", 2), b"{}rest".to_vec()].concat();
        assert_eq!(decompress(&bytes, 10).unwrap(), b"{}");
        assert_eq!(decompress(&header(*b"XXXX", 0), 10), None);
        assert_eq!(decompress(b"short", 10), None);
    }
}
