//! Pieces of texts, looked for at every fourth place of a content only: a text of eleven bytes has an eight-byte piece at one
//! of them wherever it stands. Letters are folded by one bit, so that one table serves either case.

use crate::literals::{Literal, LiteralId, Literals};
use crate::rarity;

/// Sets the bit by which the cases of a letter differ, in each byte.
const FOLD: u64 = 0x2020_2020_2020_2020;
/// An odd number with its bits well mixed.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// Places tested before it is asked whether one was a hit.
const BATCH: usize = 8;
/// Bits of a table for each of its pieces, and of the largest table: 512 KiB stay in the second cache.
const BITS_PER_GRAM: usize = 24;
const BITS_MAX: usize = 1 << 22;

/// How a text of some length is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sampling {
    /// Places from one test to the next: 1, 2 or 4.
    pub stride: usize,
    /// Bytes of a piece, 3 to 8.
    pub width: usize,
}

/// The part of a text by which it is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// How.
    pub sampling: Sampling,
    /// Where in the text it begins.
    pub start: usize,
    /// How much the commonest of its pieces tells, in quarters of a bit.
    pub worth: u32,
}

impl Part {
    /// Returns the best part of a text; nothing where too few of its bytes are told.
    pub fn of(literal: &Literal) -> Option<Self> {
        let sampling = Sampling::of(literal)?;
        let (start, worth) = sampling.best_part(literal);
        Some(Self {
            sampling,
            start,
            worth,
        })
    }
}

/// All samplings there are.
pub(crate) const SAMPLINGS: [Sampling; 5] = [
    Sampling {
        stride: 4,
        width: 8,
    },
    Sampling {
        stride: 4,
        width: 6,
    },
    Sampling {
        stride: 4,
        width: 4,
    },
    Sampling {
        stride: 2,
        width: 4,
    },
    Sampling {
        stride: 1,
        width: 3,
    },
];

impl Sampling {
    /// Returns the sampling for a text; nothing where too few of its bytes are told.
    fn of(literal: &Literal) -> Option<Self> {
        let length = literal.told_length();
        SAMPLINGS
            .into_iter()
            .find(|sampling| sampling.window() <= length)
    }

    /// Returns how many bytes of a text are enough to have a piece wherever it stands.
    fn window(self) -> usize {
        self.width + self.stride - 1
    }

    /// Returns the start of the part of a text, long enough and all told, of which even the commonest piece is rare, and how
    /// much that piece tells.
    fn best_part(self, literal: &Literal) -> (usize, u32) {
        let told = |start: usize| literal.is_told(start..start + self.window());
        let worst = |start: usize| {
            (start..start + self.stride)
                .map(|at| rarity::of_text(&literal.bytes[at..at + self.width]))
                .min()
                .unwrap_or(0)
        };
        (0..=literal.bytes.len().saturating_sub(self.window()))
            .rev()
            .filter(|start| told(*start))
            .map(|start| (start, worst(start)))
            .max_by_key(|(_, worst)| *worst)
            .unwrap_or((0, 0))
    }

    fn mask(self) -> u64 {
        u64::MAX >> (64 - 8 * self.width)
    }
}

/// The pieces of many texts of one sampling.
#[derive(Debug)]
pub(crate) struct Grams {
    sampling: Sampling,
    /// One bit for each value that a piece's hash can have.
    bits: Box<[u64]>,
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
    /// Makes the table of the texts that this sampling serves, given with their indices; nothing where there are none.
    pub fn new(
        sampling: Sampling,
        texts: &[(u32, LiteralId)],
        literals: &Literals,
    ) -> Option<Self> {
        let mut grams: Vec<(u64, Entry)> = Vec::new();
        for (text, id) in texts {
            if let Some(part) = literals.part(*id)
                && part.sampling == sampling
            {
                add_pieces(part, *text, literals.literal(*id), &mut grams);
            }
        }
        if grams.is_empty() {
            return None;
        }
        grams.sort_unstable_by_key(|(gram, entry)| (*gram, entry.text, entry.offset));
        let bit_count = (grams.len() * BITS_PER_GRAM)
            .next_power_of_two()
            .clamp(1 << 12, BITS_MAX);
        let slot_count = (grams.len() * 3 / 2).next_power_of_two().max(2);
        let mut table = Self {
            sampling,
            bits: vec![0; bit_count / 64].into(),
            shift: 64 - bit_count.ilog2(),
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
        let bit = top_bits(hash, self.shift);
        self.bits[bit / 64] |= 1 << (bit % 64);
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

    /// Calls `found` with each tested place that has a piece, and with the texts that have that piece.
    pub fn scan(&self, content: &[u8], found: &mut impl FnMut(usize, &[Entry])) {
        match self.sampling.stride {
            4 => self.scan_by::<4, 40>(content, found),
            2 => self.scan_by::<2, 24>(content, found),
            _ => self.scan_by::<1, 16>(content, found),
        }
    }

    /// `REACH` is what a batch of places looks at: `BATCH * STRIDE + 8` bytes.
    fn scan_by<const STRIDE: usize, const REACH: usize>(
        &self,
        content: &[u8],
        found: &mut impl FnMut(usize, &[Entry]),
    ) {
        let mask = self.sampling.mask();
        let mut place = 0;
        while let Some(reach) = content.get(place..).and_then(<[u8]>::first_chunk::<REACH>) {
            let mut hits = 0_u32;
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
        while place + self.sampling.width <= content.len() {
            self.look_up(content, place, found);
            place += STRIDE;
        }
    }

    #[inline]
    fn bit_of(&self, gram: u64) -> u32 {
        let bit = top_bits(gram.wrapping_mul(SPREAD), self.shift);
        let word = self.bits.get(bit / 64).copied().unwrap_or(0);
        u32::from(word >> (bit % 64) & 1 == 1)
    }

    fn look_up(&self, content: &[u8], place: usize, found: &mut impl FnMut(usize, &[Entry])) {
        let rest = &content[place..];
        let mut piece = [0; 8];
        let length = rest.len().min(8);
        piece[..length].copy_from_slice(&rest[..length]);
        let gram = (u64::from_le_bytes(piece) | FOLD) & self.sampling.mask();
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

fn add_pieces(part: Part, text: u32, literal: &Literal, grams: &mut Vec<(u64, Entry)>) {
    let Part {
        sampling, start, ..
    } = part;
    for offset in start..start + sampling.stride {
        let mut piece = [0; 8];
        piece[..sampling.width].copy_from_slice(&literal.bytes[offset..offset + sampling.width]);
        let gram = (u64::from_le_bytes(piece) | FOLD) & sampling.mask();
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        grams.push((gram, Entry { text, offset }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::literals::Masked;

    #[test]
    fn finds_every_text_wherever_it_stands() {
        let mut literals = Literals::default();
        for length in 3..=30_u8 {
            let text: Vec<u8> = (0..length).map(|at| b'a' + at * 7 % 26).collect();
            let masked: Vec<Masked> = text.iter().copied().map(Masked::any_case).collect();
            let id = literals.intern(&masked).unwrap();
            let sampling = literals.part(id).unwrap().sampling;
            let grams = Grams::new(sampling, &[(0, id)], &literals).unwrap();
            for before in 0..70 {
                for after in [0, 1, 2, 3, 4, 7, 8, 50] {
                    let mut content = vec![b'-'; before];
                    content.extend(&text);
                    content.resize(content.len() + after, b'-');
                    let mut places = Vec::new();
                    grams.scan(&content, &mut |place, entries| {
                        for entry in entries {
                            places.push(place - entry.offset as usize);
                        }
                    });
                    assert!(places.contains(&before), "{length} {before} {after}");
                }
            }
        }
    }
}
