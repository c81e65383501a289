//! Passes over a text at the speed of memory and tells where something sought may stand.
//!
//! For each thing sought, windows of seven bytes are chosen, of which every place where it stands has one. The four grams
//! of four bytes in a window begin at four places in a row: whatever the window's position, one of them begins at a
//! multiple of four. So only every fourth place of a text is looked at, in a table of bits small enough for the cache.
//! Where a bit is set, the four windows around that gram are looked up. `docs/decisions/0017-text-logs.md` has the figures.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::rarity::Rarity;

/// How many bytes are looked at together.
pub const GRAM: usize = 4;
/// How many bytes tell a thing sought: [`GRAM`] grams, one byte apart.
pub const WINDOW: usize = 7;

/// How much is looked at before the places found in it are: text and places stay in the first level of the cache.
const PIECE: usize = 4 * 1024;

/// [`GRAM`], as places are counted.
const PLACES_APART: u16 = 4;

/// Sets the bit that tells lower from upper case, in each byte.
const FOLD: u32 = 0x2020_2020;
const FOLD_WINDOW: u64 = 0x0020_2020_2020_2020;
const WINDOW_MASK: u64 = 0x00ff_ffff_ffff_ffff;

/// What may stand at a candidate: several of the lowest three bits can be set.
pub type Kinds = u8;
/// A name.
pub const HOST: Kinds = 1;
/// A digest.
pub const DIGEST: Kinds = 2;
/// An IPv6 address.
pub const IPV6: Kinds = 4;
/// An IPv4 address; never in the table of windows.
pub const IPV4: Kinds = 8;
const WINDOW_KINDS: Kinds = HOST | DIGEST | IPV6;

/// The bits of grams and the table of windows.
#[derive(Debug)]
pub struct Filter {
    /// One bit for each value of the hash, in words of 32.
    bits: Vec<u32>,
    shift: u32,
    windows: WindowTable,
    has_ipv4: bool,
    /// Whether a window could begin at or before a gram that may be of an address.
    has_numeric_windows: bool,
}

/// Collects what a [`Filter`] is made of.
#[derive(Debug, Default)]
pub struct FilterBuilder {
    grams: Vec<u32>,
    windows: Vec<(u64, Kinds, Option<u8>)>,
    has_ipv4: bool,
}

impl FilterBuilder {
    /// Adds a window and its grams, with the byte that always follows it, where one does.
    pub fn add_window(&mut self, window: [u8; WINDOW], next: Option<u8>, kind: Kinds) {
        for gram in window.windows(GRAM) {
            self.grams.push(fold([gram[0], gram[1], gram[2], gram[3]]));
        }
        self.windows.push((window_key(window), kind, next));
    }

    /// Adds every way to write four bytes in the middle of a dotted quad, with plain dots, `[.]` or both. Of any two words
    /// of four bytes that follow each other in an address, one is among them.
    pub fn add_dotted_quads(&mut self) {
        self.has_ipv4 = true;
        for shape in dotted_quad_shapes() {
            let digit_count = memchr::memchr_iter(b'0', &shape).count();
            for number in 0..10_usize.pow(u32::try_from(digit_count).unwrap_or(0)) {
                let mut left = number;
                let gram = shape.map(|byte| {
                    if byte != b'0' {
                        return byte;
                    }
                    let digit = b"0123456789"[left % 10];
                    left /= 10;
                    digit
                });
                self.grams.push(fold(gram));
            }
        }
    }

    /// Makes the filter.
    pub fn build(mut self) -> Filter {
        self.grams.sort_unstable();
        self.grams.dedup();
        let is_numeric = |&(window, _, _): &(u64, Kinds, Option<u8>)| {
            // Folding makes other brackets of these.
            let unfolded = window.to_le_bytes().map(|byte| match byte {
                b'{' => b'[',
                b'}' => b']',
                other => other,
            });
            unfolded[..WINDOW].windows(GRAM).any(is_of_dotted_quad)
        };
        let bit_count_log2 = table_bits(self.grams.len());
        let mut filter = Filter {
            bits: vec![0; 1 << (bit_count_log2 - 5)],
            shift: 32 - bit_count_log2,
            windows: WindowTable::new(&self.windows),
            has_ipv4: self.has_ipv4,
            has_numeric_windows: self.windows.iter().any(is_numeric),
        };
        for &gram in &self.grams {
            let hash = hash_gram(gram) >> filter.shift;
            filter.bits[(hash >> 5) as usize] |= 1 << (hash & 31);
        }
        filter
    }
}

/// Returns the grams with a dot that addresses have, with `0` for any digit.
fn dotted_quad_shapes() -> BTreeSet<[u8; GRAM]> {
    let mut written = vec![Vec::new()];
    for octet in 0..4 {
        let dots: &[&[u8]] = if octet == 0 { &[b""] } else { &[b".", b"[.]"] };
        let ways = || {
            dots.iter()
                .flat_map(|dot| [&b"0"[..], b"00", b"000"].map(|digits| [dot, digits].concat()))
        };
        written = written
            .iter()
            .flat_map(|text| ways().map(move |way| [text, &way[..]].concat()))
            .collect();
    }
    written
        .iter()
        .flat_map(|text: &Vec<u8>| text.windows(GRAM))
        .filter_map(|gram| gram.try_into().ok())
        .filter(|gram: &[u8; GRAM]| gram.contains(&b'.'))
        .collect()
}

/// Returns how many bits the table has, as a power of two: one in 32 to 64 is set, more where it would not fit the cache.
fn table_bits(gram_count: usize) -> u32 {
    const SMALLEST: u32 = 13;
    const LARGEST: u32 = 22;
    let wanted = (gram_count.max(1) * 32).next_power_of_two();
    wanted.trailing_zeros().clamp(SMALLEST, LARGEST)
}

impl Filter {
    /// Calls `found` with each place in `part`, a part of a text that begins at a multiple of four, where a window begins
    /// that something sought has, or (for addresses) with the place of a gram.
    pub fn find(&self, text: &[u8], part: Range<usize>, mut found: impl FnMut(usize, Kinds)) {
        let mut places = [0; PIECE / GRAM];
        let mut start = part.start;
        for piece in text[part].chunks(PIECE) {
            let count = self.find_grams(piece, &mut places);
            for &place in &places[..count] {
                self.look_closer(text, start + usize::from(place), &mut found);
            }
            start += piece.len();
        }
    }

    /// Puts the places of the grams that may be of something sought into `places`. Returns how many there are.
    fn find_grams(&self, piece: &[u8], places: &mut [u16; PIECE / GRAM]) -> usize {
        let (bits, shift) = (self.bits.as_slice(), self.shift);
        assert!(!bits.is_empty(), "the smallest table has words");
        let last_word = bits.len() - 1;
        let mut count = 0;
        let mut place = 0;
        for gram in piece.chunks_exact(GRAM) {
            let hash = hash_gram(fold([gram[0], gram[1], gram[2], gram[3]])) >> shift;
            let is_set = (bits[(hash >> 5) as usize & last_word] >> (hash & 31)) & 1;
            // Written always, kept only where the bit is set: no branch that the processor could guess wrongly.
            places[count % (PIECE / GRAM)] = place;
            count += is_set as usize;
            place += PLACES_APART;
        }
        count
    }

    /// Looks up the windows around the gram at `at`.
    #[inline]
    fn look_closer(&self, text: &[u8], at: usize, mut found: impl FnMut(usize, Kinds)) {
        if self.has_ipv4 && is_of_dotted_quad(&text[at..at + GRAM]) {
            found(at, IPV4);
            if !self.has_numeric_windows {
                return;
            }
        }
        for start in at.saturating_sub(GRAM - 1)..=at {
            let Some((window, next)) = window_at(text, start) else {
                continue;
            };
            if self.windows.may_have(window) {
                let kinds = self.windows.look_up(window, next);
                if kinds != 0 {
                    found(start, kinds);
                }
            }
        }
    }
}

/// Sets the case bit of four bytes, as one number.
pub fn fold(gram: [u8; GRAM]) -> u32 {
    u32::from_le_bytes(gram) | FOLD
}

const fn hash_gram(folded: u32) -> u32 {
    folded.wrapping_mul(0x9e37_79b1)
}

fn is_of_dotted_quad(gram: &[u8]) -> bool {
    let is_fitting = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'[' | b']');
    gram.iter().all(is_fitting) && gram.contains(&b'.')
}

fn window_key(window: [u8; WINDOW]) -> u64 {
    let mut bytes = [0; 8];
    bytes[..WINDOW].copy_from_slice(&window);
    u64::from_le_bytes(bytes) | FOLD_WINDOW
}

/// Returns the window and the byte that follows it.
fn window_at(text: &[u8], start: usize) -> Option<(u64, u8)> {
    if let Some(&bytes) = text.get(start..).and_then(<[u8]>::first_chunk::<8>) {
        let window = (u64::from_le_bytes(bytes) & WINDOW_MASK) | FOLD_WINDOW;
        return Some((window, bytes[WINDOW]));
    }
    let window = text.get(start..)?.first_chunk::<WINDOW>()?;
    Some((window_key(*window), 0))
}

/// Returns five bits of the byte after a window, the same for both cases of a letter; never 0, which stands for any byte.
const fn next_bits(next: u8) -> u8 {
    match next & 31 {
        0 => 31,
        bits => bits,
    }
}

/// Windows by their bytes: open addressing, one word each. In the byte that a window leaves free are the kinds (three
/// bits) and what is known of the byte that follows (five bits).
#[derive(Debug)]
struct WindowTable {
    /// One bit for each value of a shorter hash: most places are told by it, and it fits the first level of the cache.
    bits: Vec<u64>,
    bit_shift: u32,
    slots: Vec<u64>,
    shift: u32,
}

impl WindowTable {
    fn new(windows: &[(u64, Kinds, Option<u8>)]) -> Self {
        let size = (windows.len().max(4) * 4).next_power_of_two();
        let bit_count = (windows.len().max(4) * 16).next_power_of_two().max(64);
        let mut table = Self {
            bits: vec![0; bit_count / 64],
            bit_shift: 64 - bit_count.trailing_zeros(),
            slots: vec![0; size],
            shift: 64 - size.trailing_zeros(),
        };
        for &(window, kinds, next) in windows {
            table.insert(window, kinds, next.map_or(0, next_bits));
        }
        table
    }

    fn insert(&mut self, window: u64, kinds: Kinds, next: u8) {
        let bit = index(hash_window(window), self.bit_shift);
        self.bits[bit >> 6] |= 1 << (bit & 63);
        let mut at = self.home(window);
        while self.slots[at] != 0 && self.slots[at] & WINDOW_MASK != window {
            at = (at + 1) & (self.slots.len() - 1);
        }
        let slot = self.slots[at];
        let (kinds_there, next_there) = parts(slot);
        let next = if slot == 0 || next == next_there {
            next
        } else {
            0
        };
        let known = (kinds | kinds_there) | next << 3;
        self.slots[at] = window | u64::from(known) << 56;
    }

    fn may_have(&self, window: u64) -> bool {
        let bit = index(hash_window(window), self.bit_shift);
        let word = self.bits[(bit >> 6) & (self.bits.len() - 1)];
        (word >> (bit & 63)) & 1 != 0
    }

    /// Ends because at most a quarter of the slots is taken.
    fn look_up(&self, window: u64, next: u8) -> Kinds {
        let last = self.slots.len() - 1;
        let mut at = self.home(window);
        loop {
            let slot = self.slots[at & last];
            if slot == 0 {
                return 0;
            }
            if slot & WINDOW_MASK == window {
                let (kinds, known_next) = parts(slot);
                let is_other = known_next != 0 && known_next != next_bits(next);
                return if is_other { 0 } else { kinds };
            }
            at += 1;
        }
    }

    fn home(&self, window: u64) -> usize {
        index(hash_window(window), self.shift)
    }
}

/// Returns the upper bits of a hash: an index of a table far smaller than any memory.
#[expect(
    clippy::cast_possible_truncation,
    reason = "tables have fewer than 2^32 entries"
)]
const fn index(hash: u64, shift: u32) -> usize {
    (hash >> shift) as usize
}

/// Returns the kinds of a slot, and what is known of the byte that follows.
const fn parts(slot: u64) -> (Kinds, u8) {
    let known = (slot >> 56) as u8;
    (known & WINDOW_KINDS, known >> 3)
}

const fn hash_window(window: u64) -> u64 {
    window.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Returns how much it costs to look for this window: the grams that will be met in vain.
pub fn window_weight(rarity: &Rarity, window: [u8; WINDOW]) -> u64 {
    window
        .windows(GRAM)
        .map(|gram| rarity.weight([gram[0], gram[1], gram[2], gram[3]]))
        .sum()
}
