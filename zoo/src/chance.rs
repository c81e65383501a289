//! Chance from a seed: the same on every machine and for ever.

/// A sequence of numbers (`SplitMix64`, Steele, Lea, Flood, 2014).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Begins a sequence that depends on all of these numbers and on their order.
    pub fn of(parts: &[u64]) -> Self {
        let mut chance = Self(0x5eed_0f20_0200_0001);
        for part in parts {
            chance.0 ^= part.wrapping_mul(0xff51_afd7_ed55_8ccd);
            chance.0 = chance.number();
        }
        chance
    }

    /// Returns the next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// Returns a number below `end`, which is not nothing.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap_or(1);
        usize::try_from(self.number() % end).unwrap_or(0)
    }

    /// Returns a number from `from` to `to`, both included.
    pub fn between(&mut self, from: u32, to: u32) -> u32 {
        let count = (to.max(from) - from) as usize + 1;
        from + u32::try_from(self.below(count)).unwrap_or(0)
    }

    /// Tells yes in so many of a hundred cases.
    pub fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    /// Returns one of these.
    pub fn pick<'t, T: ?Sized>(&mut self, list: &[&'t T]) -> &'t T {
        list[self.below(list.len())]
    }

    /// Returns letters and digits as tokens have them.
    pub fn token(&mut self, length: usize) -> String {
        const LETTERS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let letter = |_| char::from(LETTERS[self.below(LETTERS.len())]);
        (0..length).map(letter).collect()
    }

    /// Brings a list into another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            let other = self.below(at + 1);
            list.swap(at, other);
        }
    }
}
