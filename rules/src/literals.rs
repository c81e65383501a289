//! The texts that rules look for, each kept once, and how one is found in a content. A text may have bytes of which only some
//! bits count: letters in either case, digits, wildcards.

use std::collections::HashMap;

use memchr::memmem;

use crate::filter::samplings::Parts;
use crate::rarity;

/// Bytes of a text that are looked at, 256: what is longer is cut, which makes it no rarer in practice.
pub(crate) const LITERAL_BYTES_MAX: usize = 256;
/// Texts that stand for others with each byte changed by a key, of which one pattern can have 510.
const XORED_MAX: usize = 16_384;
/// The bits of a letter that do not tell its case.
pub(crate) const EITHER_CASE: u8 = 0xdf;

/// The index of a text in [`Literals`].
pub(crate) type LiteralId = u32;

/// One byte of a text: its value, and which bits of it count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Masked {
    /// Zero in the bits that do not count.
    pub value: u8,
    /// One in the bits that count.
    pub mask: u8,
}

impl Masked {
    /// Returns the byte itself.
    pub fn exact(value: u8) -> Self {
        Self { value, mask: 0xff }
    }

    /// Returns the byte, in either case where it is an ASCII letter.
    pub fn any_case(value: u8) -> Self {
        if value.is_ascii_alphabetic() {
            Self::with_mask(value, EITHER_CASE)
        } else {
            Self::exact(value)
        }
    }

    /// Returns a byte of which only some bits count.
    pub fn with_mask(value: u8, mask: u8) -> Self {
        Self {
            value: value & mask,
            mask,
        }
    }

    /// Says whether it is one byte, or one letter in both cases.
    pub fn is_told(self) -> bool {
        self.mask & EITHER_CASE == EITHER_CASE
    }
}

/// A text that some rule requires.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Literal {
    /// At least one byte, [`LITERAL_BYTES_MAX`] at most.
    pub bytes: Box<[u8]>,
    /// Which bits count; nothing where all do.
    mask: Option<Box<[u8]>>,
}

/// All texts that the rules of one alert require.
#[derive(Debug)]
pub(crate) struct Literals {
    list: Vec<Literal>,
    parts: Vec<Parts>,
    ids: HashMap<Literal, LiteralId>,
    xored_left: usize,
}

impl Default for Literals {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            parts: Vec::new(),
            ids: HashMap::new(),
            xored_left: XORED_MAX,
        }
    }
}

impl Literals {
    /// Keeps a text, without bytes at its ends that tell nothing and cut where it is too long, and returns its id; nothing
    /// for a text that any content may have.
    pub fn intern(&mut self, text: &[Masked]) -> Option<LiteralId> {
        let first = text.iter().position(|byte| byte.is_told())?;
        let last = text.iter().rposition(|byte| byte.is_told())?;
        let text = &text[first..=last];
        self.intern_whole(&text[..text.len().min(LITERAL_BYTES_MAX)])
    }

    /// Keeps a text as it stands, so that its place in a content is the pattern's.
    pub fn intern_whole(&mut self, text: &[Masked]) -> Option<LiteralId> {
        if text.is_empty() || text.len() > LITERAL_BYTES_MAX {
            return None;
        }
        let is_exact = text.iter().all(|byte| byte.mask == 0xff);
        let literal = Literal {
            bytes: text.iter().map(|byte| byte.value).collect(),
            mask: (!is_exact).then(|| text.iter().map(|byte| byte.mask).collect()),
        };
        if let Some(id) = self.ids.get(&literal) {
            return Some(*id);
        }
        let id = LiteralId::try_from(self.list.len()).ok()?;
        self.parts.push(Parts::of(&literal));
        self.list.push(literal.clone());
        self.ids.insert(literal, id);
        Some(id)
    }

    /// Says whether so many more texts may stand for changed ones, and counts them.
    pub fn allow_xored(&mut self, count: usize) -> bool {
        let left = self.xored_left.checked_sub(count);
        self.xored_left = left.unwrap_or(self.xored_left);
        left.is_some()
    }

    /// Forgets what only interning needs.
    pub fn seal(&mut self) {
        self.ids = HashMap::new();
        self.list.shrink_to_fit();
    }

    /// Returns the parts by which the text can be looked for.
    pub fn parts(&self, id: LiteralId) -> &Parts {
        &self.parts[id as usize]
    }

    /// Returns the text.
    pub fn literal(&self, id: LiteralId) -> &Literal {
        &self.list[id as usize]
    }
}

impl Literal {
    /// Says whether the content has it at this place.
    pub fn is_at(&self, content: &[u8], place: usize) -> bool {
        let Some(end) = place.checked_add(self.bytes.len()) else {
            return false;
        };
        let Some(there) = content.get(place..end) else {
            return false;
        };
        match &self.mask {
            None => *there == *self.bytes,
            Some(mask) => there
                .iter()
                .zip(&self.bytes)
                .zip(mask)
                .all(|((byte, value), mask)| byte & mask == *value),
        }
    }

    /// Says whether the content has it anywhere.
    pub fn is_in(&self, content: &[u8]) -> bool {
        if self.mask.is_none() {
            return memmem::find(content, &self.bytes).is_some();
        }
        let Some((at, rarest)) = self.rarest_byte() else {
            return true;
        };
        let last = content.len().checked_sub(self.bytes.len() - at);
        let Some(within) = last.and_then(|last| content.get(at..=last)) else {
            return false;
        };
        let run = self.exact_run();
        if run.len() >= 3 {
            return memmem::find_iter(content, &self.bytes[run.clone()])
                .any(|place| place >= run.start && self.is_at(content, place - run.start));
        }
        let other = if self.masked(at).mask == 0xff {
            rarest
        } else {
            rarest.to_ascii_lowercase()
        };
        memchr::memchr2_iter(rarest, other, within).any(|place| self.is_at(content, place))
    }

    /// Says whether all bits of all its bytes count.
    pub fn is_exact(&self) -> bool {
        self.mask.is_none()
    }

    /// Returns a byte of it.
    pub fn masked(&self, at: usize) -> Masked {
        Masked {
            value: self.bytes[at],
            mask: self.mask.as_ref().map_or(0xff, |mask| mask[at]),
        }
    }

    /// Returns the longest part of which all bits count.
    fn exact_run(&self) -> std::ops::Range<usize> {
        let (mut longest, mut start) = (0..0, 0);
        for at in 0..self.bytes.len() {
            if self.masked(at).mask != 0xff {
                start = at + 1;
            } else if at + 1 - start > longest.len() {
                longest = start..at + 1;
            }
        }
        longest
    }

    /// Returns place and value of the told byte that is least common in files.
    fn rarest_byte(&self) -> Option<(usize, u8)> {
        (0..self.bytes.len())
            .filter(|at| self.masked(*at).is_told())
            .filter(|at| {
                let byte = self.masked(*at);
                byte.mask == 0xff || byte.value.is_ascii_alphabetic()
            })
            .max_by_key(|at| rarity::bits(self.bytes[*at]))
            .map(|at| (at, self.bytes[at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &[u8], byte: fn(u8) -> Masked) -> Literal {
        let mut literals = Literals::default();
        let text: Vec<Masked> = text.iter().copied().map(byte).collect();
        let id = literals.intern(&text).unwrap();
        literals.literal(id).clone()
    }

    #[test]
    fn is_found_at_either_end_and_in_either_case() {
        let exact = literal(b"Needle", Masked::exact);
        let either = literal(b"Needle", Masked::any_case);
        for content in [&b"Needle"[..], b"xxNeedle", b"Needlexx", b"NeeNeedle"] {
            assert!(exact.is_in(content) && either.is_in(content));
        }
        for content in [&b"nEEDLE"[..], b"xxneedle", b"NEEDLExx"] {
            assert!(!exact.is_in(content) && either.is_in(content));
        }
        for content in [&b""[..], b"Needl", b"eedle", b"Need le"] {
            assert!(!exact.is_in(content) && !either.is_in(content));
        }
    }

    #[test]
    fn letters_only_have_cases() {
        assert!(!literal(b"@[a", Masked::any_case).is_in(b"`{a"));
        assert!(literal(b"123", Masked::any_case).is_exact());
        assert!(literal(b"\xc9a", Masked::any_case).is_in(b"\xc9A"));
        assert!(!literal(b"\xc9a", Masked::any_case).is_in(b"\xe9A"));
    }

    #[test]
    fn wildcards_match_anything_but_the_end() {
        let hidden = |byte| {
            if byte == b'.' {
                Masked::with_mask(0, 0)
            } else {
                Masked::exact(byte)
            }
        };
        for text in [&b"a.b"[..], b"abc.d", b"a.bcd"] {
            let text = literal(text, hidden);
            let content = text.bytes.to_vec();
            assert!(text.is_in(&content));
            assert!(text.is_in(&[b"--", &content[..]].concat()));
            assert!(!text.is_in(&content[..content.len() - 1]));
        }
        assert_eq!(literal(b"..a.b.", hidden).bytes.len(), 3);
        assert!(
            Literals::default()
                .intern(&[Masked::with_mask(0x40, 0xf0)])
                .is_none()
        );
    }
}
