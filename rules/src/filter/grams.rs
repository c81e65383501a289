//! Pieces of texts, looked for at every second, fourth or eighth place of a content only: a text of eleven bytes has an eight-byte
//! piece at a fourth place wherever it stands. Letters are folded by one bit, so that one table serves either case.

use std::ops::Range;

use crate::filter::samplings::{Part, Sampling};
use crate::literals::Literal;

/// Sets the bit by which the cases of a letter differ, in each byte.
const FOLD: u64 = 0x2020_2020_2020_2020;
/// An odd number with its bits well mixed.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// Places tested before it is asked whether one was a hit.
const BATCH: usize = 8;
/// Bytes of which a block's start is a multiple: a batch of the widest stride.
pub(crate) const BLOCK_ALIGNMENT: usize = BATCH * 8;
/// Bits of a table for each of its pieces. Two are set, in one word, so that one place in hundreds is looked up in vain.
const BITS_PER_GRAM: usize = 40;
/// Words of the smallest table and of the largest: 4 KiB stay in the first cache, 512 KiB in the second.
const WORDS_MIN: usize = 1 << 9;
const WORDS_MAX: usize = 1 << 16;
/// Which bits of a hash tell the first and the second bit in the word: those below that tell the word.
const FIRST_BIT: u32 = 42;
const SECOND_BIT: u32 = 36;

/// The pieces of many texts of one sampling.
#[derive(Debug)]
pub(crate) struct Grams {
    sampling: Sampling,
    /// Two bits for each piece, in a word that its hash tells.
    words: Box<[u64]>,
    shift: u32,
    /// Open addressing by the same hash: a piece's entries.
    slots: Box<[Slot]>,
    slot_shift: u32,
    entries: Box<[Entry]>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    gram: u64,
    start: u32,
    count: u32,
}

/// A text that has the piece.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Its index among the texts of the tables.
    pub text: u32,
    /// Where in it the piece is.
    pub offset: u32,
}

impl Grams {
    /// Makes the table of texts, each given with its index and the part by which this sampling looks for it; nothing where
    /// there are none.
    pub fn new<'l>(
        sampling: Sampling,
        texts: impl Iterator<Item = (u32, &'l Literal, Part)>,
    ) -> Option<Self> {
        let mut grams: Vec<(u64, Entry)> = Vec::new();
        for (text, literal, part) in texts {
            add_pieces(sampling, part, text, literal, &mut grams);
        }
        if grams.is_empty() {
            return None;
        }
        grams.sort_unstable_by_key(|(gram, entry)| (*gram, entry.text, entry.offset));
        let word_count = (grams.len() * BITS_PER_GRAM / 64)
            .next_power_of_two()
            .clamp(WORDS_MIN, WORDS_MAX);
        let slot_count = (grams.len() * 3 / 2).next_power_of_two().max(2);
        let mut table = Self {
            sampling,
            words: vec![0; word_count].into(),
            shift: 64 - word_count.ilog2(),
            slots: vec![Slot::default(); slot_count].into(),
            slot_shift: 64 - slot_count.ilog2(),
            entries: grams.iter().map(|(_, entry)| *entry).collect(),
        };
        let mut start = 0;
        for run in grams.chunk_by(|one, other| one.0 == other.0) {
            table.insert(run[0].0, start, run.len());
            start += run.len();
        }
        Some(table)
    }

    fn insert(&mut self, gram: u64, start: usize, count: usize) {
        let hash = gram.wrapping_mul(SPREAD);
        let word = &mut self.words[top_bits(hash, self.shift)];
        *word |= 1 << (hash >> FIRST_BIT & 63) | 1 << (hash >> SECOND_BIT & 63);
        let mut at = top_bits(hash, self.slot_shift);
        while self.slots[at].count != 0 {
            at = (at + 1) % self.slots.len();
        }
        self.slots[at] = Slot {
            gram,
            start: u32::try_from(start).unwrap_or(u32::MAX),
            count: u32::try_from(count).unwrap_or(u32::MAX),
        };
    }

    /// Calls `found` with each tested place of a block that has a piece, and with the texts that have that piece. Blocks begin at
    /// multiples of [`BLOCK_ALIGNMENT`]; a piece may reach beyond its block.
    pub fn scan(
        &self,
        content: &[u8],
        block: Range<usize>,
        found: &mut impl FnMut(usize, &[Entry]),
    ) {
        match self.sampling.stride {
            8 => self.scan_by::<8, 72>(content, block, found),
            4 => self.scan_by::<4, 40>(content, block, found),
            _ => self.scan_by::<2, 24>(content, block, found),
        }
    }

    /// `REACH` is what a batch of places looks at: `BATCH * STRIDE + 8` bytes.
    fn scan_by<const STRIDE: usize, const REACH: usize>(
        &self,
        content: &[u8],
        block: Range<usize>,
        found: &mut impl FnMut(usize, &[Entry]),
    ) {
        let mask = mask_of(self.sampling);
        let mut place = block.start;
        while place < block.end
            && let Some(reach) = content.get(place..).and_then(<[u8]>::first_chunk::<REACH>)
        {
            let mut hits = 0_u64;
            for at in 0..BATCH {
                let piece = reach[at * STRIDE..]
                    .first_chunk()
                    .map_or(0, |piece| u64::from_le_bytes(*piece));
                hits |= self.bit_of((piece | FOLD) & mask) << at;
            }
            while hits != 0 {
                let at = hits.trailing_zeros() as usize;
                hits &= hits - 1;
                self.look_up(content, place + at * STRIDE, found);
            }
            place += BATCH * STRIDE;
        }
        while place < block.end {
            self.look_up(content, place, found);
            place += STRIDE;
        }
    }

    #[inline]
    fn bit_of(&self, gram: u64) -> u64 {
        let hash = gram.wrapping_mul(SPREAD);
        let word = self
            .words
            .get(top_bits(hash, self.shift))
            .copied()
            .unwrap_or(0);
        (word >> (hash >> FIRST_BIT & 63)) & (word >> (hash >> SECOND_BIT & 63)) & 1
    }

    fn look_up(&self, content: &[u8], place: usize, found: &mut impl FnMut(usize, &[Entry])) {
        let rest = &content[place..];
        let mut piece = [0; 8];
        let length = rest.len().min(8);
        piece[..length].copy_from_slice(&rest[..length]);
        let gram = gram_of(piece, self.sampling);
        let mut at = top_bits(gram.wrapping_mul(SPREAD), self.slot_shift);
        loop {
            let slot = self.slots[at];
            if slot.count == 0 {
                return;
            }
            if slot.gram == gram {
                let start = slot.start as usize;
                found(place, &self.entries[start..start + slot.count as usize]);
                return;
            }
            at = (at + 1) % self.slots.len();
        }
    }
}

/// Returns the highest bits of a hash, so few that they fit anywhere.
#[expect(clippy::cast_possible_truncation, reason = "no table has 2^32 places")]
fn top_bits(hash: u64, shift: u32) -> usize {
    (hash >> shift) as usize
}

fn mask_of(sampling: Sampling) -> u64 {
    u64::MAX >> (64 - 8 * sampling.width)
}

fn add_pieces(
    sampling: Sampling,
    part: Part,
    text: u32,
    literal: &Literal,
    grams: &mut Vec<(u64, Entry)>,
) {
    let Sampling { stride, width } = sampling;
    for at in 0..stride {
        let offset = part.start() + at;
        let mut piece = [0; 8];
        let entry = Entry {
            text,
            offset: u32::try_from(offset).unwrap_or(u32::MAX),
        };
        if part.is_open && at > 0 {
            let told = width - at;
            piece[..told].copy_from_slice(&literal.bytes[offset..offset + told]);
            // What stands behind the text may be anything, and nothing: the end is read as zeros.
            let folded = (0..=u8::MAX).filter(|byte| byte | 0x20 == *byte);
            for behind in folded {
                piece[told] = behind;
                grams.push((gram_of(piece, sampling), entry));
            }
        } else {
            piece[..width].copy_from_slice(&literal.bytes[offset..offset + width]);
            grams.push((gram_of(piece, sampling), entry));
        }
    }
}

fn gram_of(piece: [u8; 8], sampling: Sampling) -> u64 {
    (u64::from_le_bytes(piece) | FOLD) & mask_of(sampling)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::samplings::SAMPLINGS;
    use crate::literals::{Literals, Masked};

    #[test]
    fn finds_every_text_wherever_it_stands() {
        let mut literals = Literals::default();
        for length in 3..=30_u8 {
            let text = text_of(length);
            let masked: Vec<Masked> = text.iter().copied().map(Masked::any_case).collect();
            let id = literals.intern(&masked).unwrap();
            for (index, sampling) in SAMPLINGS.into_iter().enumerate() {
                let Some(part) = literals.parts(id).for_sampling(index) else {
                    continue;
                };
                let text = [(0, literals.literal(id), part)];
                let grams = Grams::new(sampling, text.into_iter()).unwrap();
                finds_everywhere(&grams, &text_of(length));
            }
        }
    }

    fn text_of(length: u8) -> Vec<u8> {
        (0..length).map(|at| b'a' + at * 7 % 26).collect()
    }

    fn finds_everywhere(grams: &Grams, text: &[u8]) {
        for before in 0..140 {
            for after in [0, 1, 2, 3, 4, 7, 8, 150] {
                let mut content = vec![b'-'; before];
                content.extend(text);
                content.resize(content.len() + after, b'-');
                for block_bytes in [BLOCK_ALIGNMENT, 1 << 20] {
                    let mut places = Vec::new();
                    for start in (0..content.len()).step_by(block_bytes) {
                        let end = content.len().min(start + block_bytes);
                        grams.scan(&content, start..end, &mut |place, entries| {
                            for entry in entries {
                                places.extend(place.checked_sub(entry.offset as usize));
                            }
                        });
                    }
                    assert!(places.contains(&before), "{text:?} {before} {after}");
                }
            }
        }
    }
}
