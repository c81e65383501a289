//! The message inside signed S/MIME, which hides it from everything that does not look into the signature's syntax.
//!
//! The format is RFC 5652 5.1 in the encoding of X.690, with lengths that are stated and with those that are not.

/// The object identifier of signed data, 1.2.840.113549.1.7.2, with its tag and length.
const SIGNED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";

const OCTET_STRING: u8 = 0x04;
const CONSTRUCTED: u8 = 0x20;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const EXPLICIT: u8 = 0xa0;
/// Elements inside elements that are passed over when their length is not stated, at most.
const DEPTH_MAX: usize = 32;

/// Tells whether a part begins as signed data does.
pub(super) fn is_signed(head: &[u8]) -> bool {
    head.first() == Some(&SEQUENCE) && memchr::memmem::find(head, SIGNED_DATA).is_some()
}

/// Returns the message that is signed; `None` when these bytes are not signed data, or the message is elsewhere.
pub(super) fn find_content(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut info = Reader::new(bytes).enter(SEQUENCE)?;
    info.rest = info.rest.strip_prefix(SIGNED_DATA)?;
    let mut signed = info.enter(EXPLICIT)?.enter(SEQUENCE)?;
    let _version = signed.next()?;
    let (algorithms, _) = signed.next()?;
    let mut encapsulated = (algorithms == SET)
        .then(|| signed.enter(SEQUENCE))
        .flatten()?;
    let _type = encapsulated.next()?;
    let mut content = encapsulated.enter(EXPLICIT)?;
    let (tag, whole) = content.next()?;
    match tag {
        OCTET_STRING => Some(whole.to_vec()),
        // In pieces, as programs write it that do not know the length when they begin.
        _ if tag == OCTET_STRING | CONSTRUCTED => {
            let mut pieces = Reader::new(whole);
            let mut joined = Vec::with_capacity(whole.len());
            while let Some((OCTET_STRING, piece)) = pieces.next() {
                joined.extend_from_slice(piece);
            }
            Some(joined)
        }
        _ => None,
    }
}

/// What is left of an element's content.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// Goes into the next element, which has that tag.
    fn enter(&mut self, tag: u8) -> Option<Self> {
        let (found, content) = self.next()?;
        (found == tag).then_some(Self { rest: content })
    }

    /// Reads the next element: its tag and its content. Of one that is cut off, what there is.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, length, after) = header(self.rest)?;
        if let Some(length) = length {
            let (content, rest) = after.split_at(length.min(after.len()));
            self.rest = rest;
            return Some((tag, content));
        }
        let end = end_of_unstated(after);
        self.rest = after.get(end + 2..).unwrap_or_default();
        Some((tag, after.get(..end).unwrap_or(after)))
    }
}

/// Reads a tag and a length, which is `None` when the content's end is marked instead.
fn header(bytes: &[u8]) -> Option<(u8, Option<usize>, &[u8])> {
    let (&[tag, first], after) = bytes.split_first_chunk()?;
    if first < 0x80 {
        return Some((tag, Some(usize::from(first)), after));
    }
    let (length, after) = after.split_at_checked(usize::from(first & 0x7f))?;
    if length.is_empty() {
        return Some((tag, None, after));
    }
    let number = length.iter().try_fold(0_usize, |number, byte| {
        number.checked_mul(256)?.checked_add(usize::from(*byte))
    })?;
    Some((tag, Some(number), after))
}

/// Finds the two zeros that end an element whose length is not stated, passing over the elements in it.
fn end_of_unstated(content: &[u8]) -> usize {
    let mut at = 0;
    let mut depth = 1;
    while let Some(rest) = content.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(b"\0\0") {
            depth -= 1;
            if depth == 0 {
                return at;
            }
            at += 2;
            continue;
        }
        let Some((_, length, after)) = header(rest) else {
            break;
        };
        at = content.len() - after.len();
        match length {
            Some(length) => at = at.saturating_add(length),
            None if depth == DEPTH_MAX => break,
            None => depth += 1,
        }
    }
    content.len()
}

#[cfg(test)]
mod tests {
    use super::{SIGNED_DATA, find_content};

    const DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";

    fn element(tag: u8, content: &[&[u8]]) -> Vec<u8> {
        let content = content.concat();
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82][..], &length, &content].concat()
    }

    fn unstated(tag: u8, content: &[&[u8]]) -> Vec<u8> {
        [&[tag, 0x80][..], &content.concat(), b"\0\0"].concat()
    }

    #[test]
    fn finds_the_message_with_stated_lengths_and_without() {
        for make in [element, unstated] {
            for message in [
                element(0x04, &[b"Subject: x"]),
                unstated(0x24, &[b"\x04\x04Subj", b"\x04\x06ect: x"]),
            ] {
                let inner = make(0x30, &[DATA, &make(0xa0, &[&message])]);
                let signed = make(0x30, &[b"\x02\x01\x01", b"\x31\x00", &inner, b"\x31\x00"]);
                let bytes = make(0x30, &[SIGNED_DATA, &make(0xa0, &[&signed])]);
                assert_eq!(find_content(&bytes).as_deref(), Some(&b"Subject: x"[..]));
                // Whatever is cut off, it ends.
                for length in 0..bytes.len() {
                    let _ = find_content(&bytes[..length]);
                }
            }
        }
    }

    #[test]
    fn finds_nothing_where_the_message_is_elsewhere() {
        let inner = element(0x30, &[DATA]);
        let signed = element(0x30, &[b"\x02\x01\x01", b"\x31\x00", &inner]);
        let bytes = element(0x30, &[SIGNED_DATA, &element(0xa0, &[&signed])]);
        assert_eq!(find_content(&bytes), None);
        assert_eq!(find_content(b"\x30\x80"), None);
        assert_eq!(find_content(&b"\x30\x80".repeat(1000)), None);
    }
}
