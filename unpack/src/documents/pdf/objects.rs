//! Finds the objects of a PDF by looking at all of its bytes. Cross-reference tables are not believed: readers repair
//! them in ways of their own, so any object that stands in the file may be one that a reader shows.

use std::collections::HashMap;

use memchr::memmem;

use super::lexing::{
    Cursor, Dictionary, Token, is_blank, parse_name, parse_number, parse_reference,
};

/// Objects of one document, at most: a quarter of the format's own limit, at 40 bytes each.
const OBJECT_COUNT_MAX: usize = 2_000_000;
/// References that lead to references, at most.
const HOP_COUNT_MAX: usize = 8;
/// Bytes of values that end nowhere, for each byte of the file: what keeps the work in proportion.
const FAILED_PER_BYTE: usize = 8;

/// All objects of a document, in the file and in the object streams that were added.
pub(super) struct Objects<'a> {
    all: Vec<Object<'a>>,
    /// The last object of each number.
    by_number: HashMap<u32, usize>,
    /// Where each `endstream` stands in the file.
    stream_ends: Vec<usize>,
    file: &'a [u8],
    /// Whether there was more than is looked at.
    pub(super) is_cut: bool,
}

/// An object.
#[derive(Clone, Copy)]
pub(super) struct Object<'a> {
    /// Its number; others can have the same.
    pub(super) number: u32,
    /// Its value.
    pub(super) value: &'a [u8],
    /// Where its stream begins in the file, when it has one.
    stream: Option<usize>,
}

impl<'a> Objects<'a> {
    /// Finds the objects of a file.
    pub(super) fn find(file: &'a [u8]) -> Self {
        let mut found = Self {
            all: Vec::new(),
            by_number: HashMap::new(),
            stream_ends: memmem::find_iter(file, b"endstream").collect(),
            file,
            is_cut: false,
        };
        let mut work_left = file.len().saturating_mul(FAILED_PER_BYTE);
        let mut searched = 0;
        while let Some(at) = file
            .get(searched..)
            .and_then(|rest| memmem::find(rest, b"obj"))
        {
            let at = searched + at;
            searched = at + 3;
            let Some(number) = number_before(file, at) else {
                continue;
            };
            let mut cursor = Cursor {
                bytes: file,
                at: searched,
            };
            let Some(value) = cursor.value() else {
                work_left = work_left.saturating_sub(cursor.at - searched);
                if work_left == 0 {
                    found.is_cut = true;
                    break;
                }
                continue;
            };
            searched = cursor.at;
            let stream = stream_start(&mut cursor);
            if !found.push(Object {
                number,
                value,
                stream,
            }) {
                break;
            }
        }
        found
    }

    /// Adds the objects of a decoded object stream, of which the first `count` numbers and offsets stand before `first`.
    pub(super) fn add_packed(&mut self, content: &'a [u8], count: u64, first: usize) {
        let mut header = Cursor::new(content.get(..first).unwrap_or(content));
        let mut number = || match header.token()? {
            Token::Word(word) => std::str::from_utf8(word).ok()?.parse::<u32>().ok(),
            _ => None,
        };
        let mut places = Vec::new();
        for _ in 0..count {
            let (Some(object), Some(offset)) = (number(), number()) else {
                break;
            };
            places.push((offset as usize, object));
        }
        // In the order of their places and each place once, so that none is read twice.
        places.sort_unstable();
        places.dedup_by_key(|(offset, _)| *offset);
        let mut read_to = 0;
        for (offset, number) in places {
            let Some(at) = first.checked_add(offset).filter(|at| *at >= read_to) else {
                continue;
            };
            let mut cursor = Cursor { bytes: content, at };
            let value = cursor.value();
            read_to = cursor.at;
            let Some(value) = value else { continue };
            if !self.push(Object {
                number,
                value,
                stream: None,
            }) {
                break;
            }
        }
    }

    fn push(&mut self, object: Object<'a>) -> bool {
        if self.all.len() == OBJECT_COUNT_MAX {
            self.is_cut = true;
            return false;
        }
        self.by_number.insert(object.number, self.all.len());
        self.all.push(object);
        true
    }

    /// Returns all objects, older versions included.
    pub(super) fn all(&self) -> &[Object<'a>] {
        &self.all
    }

    /// Returns what a value refers to, or the value itself.
    pub(super) fn resolve(&self, value: &'a [u8]) -> &'a [u8] {
        let mut value = value;
        for _ in 0..HOP_COUNT_MAX {
            let target = parse_reference(value).and_then(|number| self.by_number.get(&number));
            match target.and_then(|index| self.all.get(*index)) {
                Some(object) => value = object.value,
                None => break,
            }
        }
        value
    }

    /// Returns an entry of a dictionary with its reference resolved.
    pub(super) fn entry(&self, dictionary: &Dictionary<'a>, name: &[u8]) -> Option<&'a [u8]> {
        dictionary.get(name).map(|value| self.resolve(value))
    }

    /// Tells whether an entry of a dictionary is this name.
    pub(super) fn entry_is(&self, dictionary: &Dictionary<'a>, name: &[u8], is: &[u8]) -> bool {
        self.entry(dictionary, name)
            .and_then(parse_name)
            .is_some_and(|value| value.as_ref() == is)
    }

    /// Returns an object's stream as it stands in the file, and whether its end was found.
    pub(super) fn stream(
        &self,
        object: &Object<'a>,
        dictionary: &Dictionary<'a>,
    ) -> Option<(&'a [u8], bool)> {
        let start = object.stream?;
        let rest = self.file.get(start..)?;
        let stated = self
            .entry(dictionary, b"Length")
            .and_then(parse_number)
            .and_then(|length| usize::try_from(length).ok());
        if let Some(length) = stated
            && let Some((content, after)) = rest.split_at_checked(length)
            && after.trim_ascii_start().starts_with(b"endstream")
        {
            return Some((content, true));
        }
        // The length lies, or is not there: the stream goes to its mark.
        let next = self.stream_ends.partition_point(|end| *end < start);
        match self.stream_ends.get(next) {
            Some(end) => Some((without_line_end(&self.file[start..*end]), true)),
            None => Some((rest, false)),
        }
    }

    /// Tells whether a trailer or a cross-reference stream says that the document is encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        let says_so = |dictionary: &Dictionary<'_>| dictionary.get(b"Encrypt").is_some();
        let in_stream = self
            .all
            .iter()
            .filter(|object| object.stream.is_some())
            .filter_map(|object| Dictionary::parse(object.value))
            .any(|dictionary| self.entry_is(&dictionary, b"Type", b"XRef") && says_so(&dictionary));
        in_stream || self.trailers().any(|trailer| says_so(&trailer))
    }

    /// Returns the trailers, as many as take no more work than the file is worth.
    fn trailers(&self) -> impl Iterator<Item = Dictionary<'a>> {
        let mut work_left = self.file.len().saturating_mul(FAILED_PER_BYTE);
        memmem::find_iter(self.file, b"trailer")
            .map_while(move |at| {
                let mut cursor = Cursor::new(self.file.get(at + 7..)?);
                let value = cursor.value();
                work_left = work_left.checked_sub(cursor.at)?;
                Some(value.and_then(Dictionary::parse))
            })
            .flatten()
    }
}

/// Reads the object's number backwards from the `obj` at `at`; `None` when this is no object.
fn number_before(file: &[u8], at: usize) -> Option<u32> {
    let before = file.get(at.saturating_sub(40)..at)?;
    let before = trim_blanks(before);
    let (before, generation) = split_digits(before);
    let trimmed = trim_blanks(before);
    if generation.is_empty() || trimmed.len() == before.len() {
        return None;
    }
    let (_, number) = split_digits(trimmed);
    std::str::from_utf8(number).ok()?.parse().ok()
}

fn trim_blanks(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| !is_blank(*byte));
    bytes.get(..end.map_or(0, |at| at + 1)).unwrap_or_default()
}

/// Splits off the digits at the end.
fn split_digits(bytes: &[u8]) -> (&[u8], &[u8]) {
    let start = bytes
        .iter()
        .rposition(|byte| !byte.is_ascii_digit())
        .map_or(0, |at| at + 1);
    bytes.split_at(start)
}

/// Returns where the stream begins when the keyword follows.
fn stream_start(cursor: &mut Cursor<'_>) -> Option<usize> {
    if cursor.token()? != Token::Word(b"stream") {
        return None;
    }
    let rest = cursor.bytes.get(cursor.at..)?;
    let line_end = match rest {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    };
    Some(cursor.at + line_end)
}

/// Leaves out the end of line before `endstream`, which is not the stream's.
fn without_line_end(content: &[u8]) -> &[u8] {
    content
        .strip_suffix(b"\r\n")
        .or_else(|| content.strip_suffix(b"\n"))
        .or_else(|| content.strip_suffix(b"\r"))
        .unwrap_or(content)
}
