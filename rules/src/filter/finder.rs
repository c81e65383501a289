//! Looking for many texts in one pass over a content.

use crate::filter::grams::{BLOCK_ALIGNMENT, Entry, Grams};
use crate::filter::layout;
use crate::literals::{LiteralId, Literals};

/// Bytes that all tables are applied to before the next: they stay in the first cache.
const BLOCK_BYTES: usize = 256 * BLOCK_ALIGNMENT;

/// Texts, and the tables by which they are found.
#[derive(Debug, Default)]
pub(crate) struct Finder {
    grams: Vec<Grams>,
    /// In order of their ids.
    texts: Vec<LiteralId>,
}

impl Finder {
    /// Makes the tables for texts given in order of their ids, each of which has a part that can be looked for.
    pub fn new(texts: Vec<LiteralId>, literals: &Literals) -> Self {
        let indexed: Vec<(u32, LiteralId)> = (0..).zip(texts.iter().copied()).collect();
        Self {
            grams: layout::tables_for(&indexed, literals),
            texts,
        }
    }

    /// Returns the texts, in order of their ids.
    pub fn texts(&self) -> &[LiteralId] {
        &self.texts
    }

    /// Returns the index of a text that is looked for.
    pub fn index_of(&self, text: LiteralId) -> Option<usize> {
        self.texts.binary_search(&text).ok()
    }

    /// Looks for the texts in a piece of a content and marks those found.
    pub fn look_through(&self, piece: &[u8], literals: &Literals, found: &mut Found) {
        for start in (0..piece.len()).step_by(BLOCK_BYTES) {
            let end = piece.len().min(start + BLOCK_BYTES);
            for grams in &self.grams {
                grams.scan(piece, start..end, &mut |place, entries| {
                    self.check(piece, place, entries, literals, found);
                });
            }
        }
    }

    /// Marks those of the texts that stand there.
    fn check(
        &self,
        piece: &[u8],
        place: usize,
        entries: &[Entry],
        literals: &Literals,
        found: &mut Found,
    ) {
        for entry in entries {
            let text = entry.text as usize;
            if found.has(text) {
                continue;
            }
            let Some(start) = place.checked_sub(entry.offset as usize) else {
                continue;
            };
            if literals.literal(self.texts[text]).is_at(piece, start) {
                found.mark(text);
            }
        }
    }
}

/// Which texts of a finder were found in a content.
#[derive(Debug, Default)]
pub(crate) struct Found {
    bits: Vec<u64>,
    list: Vec<u32>,
}

impl Found {
    /// Forgets what was found, and makes room for so many texts.
    pub fn reset(&mut self, text_count: usize) {
        for text in self.list.drain(..) {
            if let Some(word) = self.bits.get_mut(text as usize / 64) {
                *word = 0;
            }
        }
        self.bits
            .resize(text_count.div_ceil(64).max(self.bits.len()), 0);
    }

    /// Says whether the text was found.
    pub fn has(&self, text: usize) -> bool {
        self.bits
            .get(text / 64)
            .is_some_and(|word| word >> (text % 64) & 1 == 1)
    }

    /// Returns the texts found.
    pub fn list(&self) -> &[u32] {
        &self.list
    }

    fn mark(&mut self, text: usize) {
        self.bits[text / 64] |= 1 << (text % 64);
        self.list.push(u32::try_from(text).unwrap_or(u32::MAX));
    }
}
