//! What is shorter than a window: names such as `t.me`, and the beginnings of IPv6 addresses.
//!
//! Each has a dot, or what stands for one, or a colon. These are found with `memchr`; the bytes on both sides are looked up in
//! a table of bits, and the few places that are left are compared.

use std::collections::{BTreeSet, HashSet};

use crate::filter::{HOST, IPV6, Kinds};

/// The most bytes that a literal can have: one less than a window.
pub const LITERAL_MAX: usize = crate::filter::WINDOW - 1;

/// Literals of one kind of thing.
#[derive(Debug)]
pub struct ShortLiterals {
    /// What they are of.
    pub kind: Kinds,
    anchors: [u8; 3],
    /// A bit for each pair of bytes around an anchor, folded.
    pairs: Vec<u64>,
    /// Where the anchor is in a literal, and how long that is.
    shapes: BTreeSet<(usize, usize)>,
    /// In lower case.
    literals: HashSet<Vec<u8>>,
}

impl ShortLiterals {
    /// Makes names ready. Those without a dot, which only URLs have, cost a pass each.
    pub fn of_names(names: Vec<Vec<u8>>) -> Vec<Self> {
        /// One of them is in every way to write a dot.
        const DOTS: [u8; 3] = *b".(%";
        let has_dot = |name: &Vec<u8>| name.iter().any(|byte| DOTS.contains(byte));
        let (with_dot, without): (Vec<_>, Vec<_>) = names.into_iter().partition(has_dot);
        let mut all = Vec::new();
        if !with_dot.is_empty() {
            all.push(Self::new(HOST, DOTS, with_dot));
        }
        for name in without {
            let rarest = |&&byte: &&u8| b"qzxjkvwybfgp".iter().position(|&rare| rare == byte);
            let rarest = name
                .iter()
                .min_by_key(|byte| rarest(byte).unwrap_or(usize::MAX));
            if let Some(&byte) = rarest {
                all.push(Self::new(
                    HOST,
                    [byte, byte.to_ascii_uppercase(), byte],
                    vec![name],
                ));
            }
        }
        all
    }

    /// Makes the beginnings of IPv6 addresses ready.
    pub fn of_addresses(beginnings: Vec<Vec<u8>>) -> Option<Self> {
        (!beginnings.is_empty()).then(|| Self::new(IPV6, *b":::", beginnings))
    }

    /// Makes literals ready, each of which has an anchor.
    fn new(kind: Kinds, anchors: [u8; 3], literals: Vec<Vec<u8>>) -> Self {
        let mut short = Self {
            kind,
            anchors,
            pairs: vec![0; 1 << 10],
            shapes: BTreeSet::new(),
            literals: HashSet::new(),
        };
        for literal in literals {
            let anchor = literal.iter().position(|byte| anchors.contains(byte));
            let anchor = anchor.expect("the anchors are of the literals");
            short.mark(&literal, anchor);
            short.shapes.insert((anchor, literal.len()));
            short.literals.insert(literal);
        }
        short
    }

    /// Calls `found` with each place from `start` to `end` where a literal begins, and with some just outside.
    pub fn find(&self, text: &[u8], start: usize, end: usize, mut found: impl FnMut(usize)) {
        let [first, second, third] = self.anchors;
        let part = &text[start..text.len().min(end + LITERAL_MAX)];
        for at in memchr::memchr3_iter(first, second, third, part) {
            let at = start + at;
            let before = at.checked_sub(1).map_or(0, |before| text[before]);
            let after = text.get(at + 1).copied().unwrap_or(0);
            let pair = pair(before, after);
            if (self.pairs[pair >> 6] >> (pair & 63)) & 1 == 0 {
                continue;
            }
            for &(anchor, length) in &self.shapes {
                let literal_start = at.saturating_sub(anchor);
                if self.stands_at(text, literal_start, length) {
                    found(literal_start);
                }
            }
        }
    }

    fn stands_at(&self, text: &[u8], start: usize, length: usize) -> bool {
        let mut folded = [0; LITERAL_MAX];
        match (text.get(start..start + length), folded.get_mut(..length)) {
            (Some(there), Some(folded)) => {
                folded.copy_from_slice(there);
                folded.make_ascii_lowercase();
                self.literals.contains(&*folded)
            }
            _ => false,
        }
    }

    /// Sets the bits of all pairs that the literal's anchor can stand between.
    fn mark(&mut self, literal: &[u8], anchor: usize) {
        let before = anchor.checked_sub(1).map(|at| literal[at]);
        let after = literal.get(anchor + 1).copied();
        let either = |known: Option<u8>| known.map_or(0..=255, |byte| byte..=byte);
        for before in either(before) {
            for after in either(after) {
                let pair = pair(before, after);
                self.pairs[pair >> 6] |= 1 << (pair & 63);
            }
        }
    }
}

fn pair(before: u8, after: u8) -> usize {
    const FOLD: u8 = 0x20;
    usize::from(before | FOLD) << 8 | usize::from(after | FOLD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_found_in_any_case_wherever_they_begin() {
        let literals = [&b"t.me"[..], b"t%2eme", b"t(2)me", b"a.vn"].map(<[u8]>::to_vec);
        let short = ShortLiterals::new(1, *b".(%", literals.to_vec());
        let text = b"t.me T%2Eme x.t(2)ME a.v A.VNa.vn t.m";
        let mut places = Vec::new();
        short.find(text, 0, text.len(), |at| places.push(at));
        assert_eq!(places, [0, 5, 14, 25, 29]);
        places.clear();
        short.find(text, 1, 25, |at| places.push(at));
        assert!([5, 14].iter().all(|place| places.contains(place)));
    }
}
