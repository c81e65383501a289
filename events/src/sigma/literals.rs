//! Many parts of texts looked for at once: those at an end by walking a tree from that end, the others with Aho-Corasick.

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError, MatchKind};

use super::pattern::Anchor;

/// Bytes of parts up to which the search is made for speed, at some 250 bytes of memory for each: beyond, processors could not
/// keep it near.
const FAST_BYTES_MAX: usize = 8 * 1024;

/// A number that stands for whoever asked for a part.
pub(super) type Asker = u32;

/// Parts of texts of one field.
#[derive(Debug, Default)]
pub(super) struct Literals {
    beginnings: Tree,
    endings: Tree,
    anywhere: Option<AhoCorasick>,
    /// By the number of the part in `anywhere`.
    anywhere_askers: Vec<Vec<Asker>>,
}

impl Literals {
    /// Makes the search for parts, none of them empty.
    pub(super) fn new<'p>(
        parts: impl Iterator<Item = (Anchor, &'p str, Asker)>,
    ) -> Result<Self, BuildError> {
        let mut literals = Self::default();
        let mut anywhere: Vec<(&str, Asker)> = Vec::new();
        for (anchor, part, asker) in parts {
            match anchor {
                Anchor::Anywhere => anywhere.push((part, asker)),
                Anchor::End => literals.endings.add(part.bytes().rev()).part.push(asker),
                Anchor::Start => literals.beginnings.add(part.bytes()).part.push(asker),
                Anchor::Whole => literals.beginnings.add(part.bytes()).whole.push(asker),
            }
        }
        anywhere.sort_unstable();
        anywhere.dedup();
        let mut patterns: Vec<&str> = Vec::new();
        for (part, asker) in anywhere {
            if patterns.last() != Some(&part) {
                patterns.push(part);
                literals.anywhere_askers.push(Vec::new());
            }
            if let Some(askers) = literals.anywhere_askers.last_mut() {
                askers.push(asker);
            }
        }
        if !patterns.is_empty() {
            let bytes: usize = patterns.iter().map(|part| part.len()).sum();
            let kind = if bytes <= FAST_BYTES_MAX {
                AhoCorasickKind::DFA
            } else {
                AhoCorasickKind::ContiguousNFA
            };
            let search = AhoCorasick::builder()
                .match_kind(MatchKind::Standard)
                .kind(Some(kind))
                // Nearly every text has some byte with which a part begins.
                .prefilter(false)
                .build(&patterns)?;
            literals.anywhere = Some(search);
        }
        Ok(literals)
    }

    /// Calls `found` with everybody who asked for a part of the text; some more than once.
    pub(super) fn search(&self, text: &str, found: &mut impl FnMut(Asker)) {
        self.beginnings.walk(text.bytes(), found);
        self.endings.walk(text.bytes().rev(), found);
        let Some(anywhere) = &self.anywhere else {
            return;
        };
        for part in anywhere.find_overlapping_iter(text) {
            let askers = self.anywhere_askers.get(part.pattern().as_usize());
            for &asker in askers.into_iter().flatten() {
                found(asker);
            }
        }
    }
}

/// Bytes in the order in which a text is walked.
#[derive(Debug)]
struct Tree {
    nodes: Vec<TreeNode>,
}

#[derive(Debug, Default)]
struct TreeNode {
    /// Sorted by the byte.
    next: Vec<(u8, u32)>,
    askers: TreeAskers,
}

#[derive(Debug, Default)]
struct TreeAskers {
    /// Who asked for what ends here, whatever the text goes on with.
    part: Vec<Asker>,
    /// Who asked for a text that is no longer.
    whole: Vec<Asker>,
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            nodes: vec![TreeNode::default()],
        }
    }
}

impl Tree {
    fn add(&mut self, bytes: impl Iterator<Item = u8>) -> &mut TreeAskers {
        let mut at = 0;
        for byte in bytes {
            let new = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
            let node = self.nodes.get_mut(at).expect("nodes point to nodes");
            let next = match node.next.binary_search_by_key(&byte, |(b, _)| *b) {
                Ok(known) => node.next.get(known).map_or(new, |(_, next)| *next),
                Err(place) => {
                    node.next.insert(place, (byte, new));
                    new
                }
            };
            if next == new {
                self.nodes.push(TreeNode::default());
            }
            at = usize::try_from(next).unwrap_or(usize::MAX);
        }
        &mut self.nodes.get_mut(at).expect("nodes point to nodes").askers
    }

    fn walk(&self, bytes: impl Iterator<Item = u8>, found: &mut impl FnMut(Asker)) {
        let mut node = self.nodes.first();
        for byte in bytes {
            let Some(here) = node else {
                return;
            };
            here.askers.part.iter().for_each(|&asker| found(asker));
            let next = here
                .next
                .binary_search_by_key(&byte, |(b, _)| *b)
                .ok()
                .and_then(|place| here.next.get(place))
                .and_then(|(_, next)| usize::try_from(*next).ok());
            node = next.and_then(|next| self.nodes.get(next));
        }
        if let Some(end) = node {
            end.askers.part.iter().for_each(|&asker| found(asker));
            end.askers.whole.iter().for_each(|&asker| found(asker));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn is_there(anchor: Anchor, part: &str, text: &str) -> bool {
        match anchor {
            Anchor::Anywhere => text.contains(part),
            Anchor::End => text.ends_with(part),
            Anchor::Start => text.starts_with(part),
            Anchor::Whole => text == part,
        }
    }

    proptest! {
        #[test]
        fn finds_all_parts_and_no_others(
            parts in prop::collection::vec((0_usize..4, "[abđ]{1,4}"), 0..12),
            text in "[abđ]{0,12}",
        ) {
            let anchors = [Anchor::Anywhere, Anchor::End, Anchor::Start, Anchor::Whole];
            let parts: Vec<(Anchor, &str, Asker)> = parts
                .iter()
                .zip(0..)
                .map(|((anchor, part), asker)| (anchors[*anchor], part.as_str(), asker))
                .collect();
            let mut found = BTreeSet::new();
            Literals::new(parts.iter().copied()).unwrap().search(&text, &mut |asker| {
                found.insert(asker);
            });
            let expected: BTreeSet<Asker> = parts
                .iter()
                .filter(|(anchor, part, _)| is_there(*anchor, part, &text))
                .map(|(_, _, asker)| *asker)
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
