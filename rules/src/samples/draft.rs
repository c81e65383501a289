//! A content under way: bytes that must stand somewhere, texts that may stand anywhere, and how long it may be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::patterns::Text;
use crate::file_types::file_type;
use crate::scanning::ScanFacts;

/// Bytes of the longest sample, 1 MiB.
pub(super) const SAMPLE_BYTES_MAX: usize = 1024 * 1024;
/// Where texts begin that may stand anywhere, unless something demands less: behind the headers of most formats.
const TEXTS_AT: usize = 0x100;
/// Bytes between two texts: words are told apart by what is no letter.
const GAP_BYTES: usize = 4;
/// Texts of one sample.
const TEXTS_MAX: usize = 50_000;

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// At this byte or anywhere behind it, up to a last one.
    Between(usize, usize),
    /// So many bytes before the end of the content.
    BeforeEnd(usize),
}

impl Place {
    pub const ANYWHERE: Self = Self::Between(TEXTS_AT, usize::MAX);
}

/// What a sample must have.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    fixed: BTreeMap<usize, u8>,
    texts: Vec<(Arc<Text>, Place)>,
    text_bytes: usize,
    size_min: usize,
    size_max: Option<usize>,
    /// By the names of the variables.
    pub values: BTreeMap<String, String>,
}

/// A content and what rules may ask about its file.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub content: Vec<u8>,
    path: PathBuf,
    owner: String,
    unpack_source: String,
}

impl Draft {
    /// Demands bytes at a place; says whether nothing else stands there.
    pub fn fix(&mut self, at: usize, bytes: &[u8]) -> bool {
        let mut agrees = true;
        for (at, byte) in (at..).zip(bytes) {
            if at >= SAMPLE_BYTES_MAX {
                return false;
            }
            agrees &= *self.fixed.entry(at).or_insert(*byte) == *byte;
        }
        agrees
    }

    /// Returns a byte that is demanded.
    pub fn fixed(&self, at: usize) -> Option<u8> {
        self.fixed.get(&at).copied()
    }

    /// Adds a text; says whether there is room.
    pub fn add(&mut self, text: &Arc<Text>, place: Place) -> bool {
        let length = text.bytes.len() + GAP_BYTES;
        if self.text_bytes + length > SAMPLE_BYTES_MAX || self.texts.len() >= TEXTS_MAX {
            return false;
        }
        self.text_bytes += length;
        self.texts.push((Arc::clone(text), place));
        true
    }

    /// Demands so many bytes at least.
    pub fn at_least(&mut self, size: i64) -> bool {
        let size = usize::try_from(size).unwrap_or(0);
        self.size_min = self.size_min.max(size);
        self.size_agrees()
    }

    /// Demands so many bytes at most.
    pub fn at_most(&mut self, size: i64) -> bool {
        let Ok(size) = usize::try_from(size) else {
            return false;
        };
        self.size_max = Some(self.size_max.map_or(size, |known| known.min(size)));
        self.size_agrees()
    }

    /// Writes the content; nothing where it has not the size that is demanded.
    pub fn write(&self, filler: u8) -> Option<Sample> {
        let starts = if self
            .size_max
            .is_some_and(|max| max < TEXTS_AT + self.text_bytes + GAP_BYTES)
        {
            0
        } else {
            TEXTS_AT
        };
        let mut taken = Taken::default();
        for at in self.fixed.keys() {
            taken.take(*at, *at + 1);
        }
        let mut writes: Vec<(usize, &Text)> = Vec::new();
        let mut cursor = 0;
        // First what must stand near its place, in the order of places; what may stand anywhere keeps the order of rules.
        let mut texts: Vec<&(Arc<Text>, Place)> = self.texts.iter().collect();
        texts.sort_by_key(|(text, place)| match place {
            _ if text.at_start => (0, 0),
            Place::Between(from, to) if *to != usize::MAX => (1, *from),
            _ => (2, 0),
        });
        let mut ends: Vec<(&Text, usize)> = Vec::new();
        for (text, place) in texts {
            let length = text.bytes.len();
            let at = match place {
                Place::BeforeEnd(before) => {
                    ends.push((text, *before));
                    continue;
                }
                _ if text.at_end => {
                    ends.push((text, length));
                    continue;
                }
                _ if text.at_start => 0,
                Place::Between(from, to) if from == to => *from,
                Place::Between(from, to) if *to != usize::MAX => {
                    let at = taken.free(*from, length);
                    if at > *to { *from } else { at }
                }
                Place::Between(..) => {
                    let at = taken.free(cursor.max(starts), length);
                    cursor = at + length + GAP_BYTES;
                    at
                }
            };
            taken.take(at, at.checked_add(length)?.checked_add(GAP_BYTES)?);
            writes.push((at, text));
        }
        let size = writes
            .iter()
            .map(|(at, text)| at + text.bytes.len())
            .chain(self.fixed.keys().map(|at| at + 1))
            .max()
            .unwrap_or(0);
        let tail = ends.iter().map(|(_, before)| before + GAP_BYTES).max();
        let size = size.saturating_add(tail.unwrap_or(0));
        let roomy = size.saturating_add(GAP_BYTES);
        let size = match self.size_max {
            Some(max) if max < roomy => size,
            _ if ends.is_empty() => roomy,
            _ => size,
        };
        let size = size.max(self.size_min);
        if size > SAMPLE_BYTES_MAX || self.size_max.is_some_and(|max| size > max) {
            return None;
        }
        for (text, before) in ends {
            writes.push((size.checked_sub(before)?, text));
        }
        let mut content = vec![filler; size];
        for (at, byte) in &self.fixed {
            *content.get_mut(*at)? = *byte;
        }
        for (at, text) in writes {
            content
                .get_mut(at..at + text.bytes.len())?
                .copy_from_slice(&text.bytes);
        }
        Some(self.named(content))
    }

    fn named(&self, content: Vec<u8>) -> Sample {
        let value = |name: &str| self.values.get(name).cloned().unwrap_or_default();
        let (folder, mut name) = (value("filepath"), value("filename"));
        if name.is_empty() {
            name = format!("sample{}", value("extension"));
        }
        let folder = if folder.is_empty() { "/" } else { &folder };
        Sample {
            content,
            path: Path::new(folder).join(name),
            owner: value("owner"),
            unpack_source: value("unpack_source"),
        }
    }

    fn size_agrees(&self) -> bool {
        self.size_min <= SAMPLE_BYTES_MAX && self.size_max.is_none_or(|max| self.size_min <= max)
    }

    /// Makes the content begin as one of the file type of this name.
    pub fn begin_as(&mut self, name: &str) -> bool {
        let beginnings: [&[u8]; 10] = [
            b"MZ",
            b"\x7fELF",
            b"PK\x03\x04",
            b"%PDF",
            b"GIF8",
            b"{\\rtf",
            b"MDMP",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            b"\xff\xd8\xff",
            b"<?php",
        ];
        let found = beginnings
            .into_iter()
            .find(|beginning| file_type(beginning) == name);
        found.is_some_and(|beginning| self.fix(0, beginning))
    }
}

impl Sample {
    /// What rules may ask about its file.
    pub fn facts(&self) -> ScanFacts<'_> {
        ScanFacts {
            path: &self.path,
            owner: &self.owner,
            unpack_source: &self.unpack_source,
        }
    }
}

/// Parts of a content that are written: start and end.
#[derive(Default)]
struct Taken(BTreeMap<usize, usize>);

impl Taken {
    fn take(&mut self, start: usize, end: usize) {
        let known = self.0.entry(start).or_insert(end);
        *known = (*known).max(end);
    }

    /// Returns the first place from `from` on where so many bytes are free.
    fn free(&self, from: usize, length: usize) -> usize {
        let mut at = from;
        if let Some((_, end)) = self.0.range(..from).next_back() {
            at = at.max(*end);
        }
        for (start, end) in self.0.range(from..) {
            if *start >= at + length {
                break;
            }
            at = at.max(*end);
        }
        at
    }
}
