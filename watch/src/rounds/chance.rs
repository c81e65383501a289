//! Times that nobody can foresee: SHA-256 of a secret seed and a counter. Whoever sees when their own site is looked at learns
//! nothing of when it will be looked at next.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

/// Draws numbers from a seed. The same seed draws the same numbers.
#[derive(Clone, Debug)]
pub struct Chance {
    seed: [u8; 32],
    drawn: u64,
    block: [u8; 32],
    used: usize,
}

impl Chance {
    /// Draws from this seed.
    pub fn of(seed: [u8; 32]) -> Self {
        Self {
            seed,
            drawn: 0,
            block: [0; 32],
            used: usize::MAX,
        }
    }

    /// Draws a number below a bound; 0 where the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The error is below 2^-40 for every bound used here: nobody can tell.
        let wide = u128::from(self.number()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// Draws a time between two, the later one left out.
    pub fn between(&mut self, from: Duration, to: Duration) -> Duration {
        let span = to.saturating_sub(from);
        let span_ms = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        from + Duration::from_millis(self.below(span_ms))
    }

    fn number(&mut self) -> u64 {
        let mut bytes = [0; 8];
        if self.used >= self.block.len() {
            let mut digest = Sha256::new();
            digest.update(self.seed);
            digest.update(self.drawn.to_le_bytes());
            self.block = digest.finalize().into();
            self.drawn = self.drawn.wrapping_add(1);
            self.used = 0;
        }
        bytes.copy_from_slice(&self.block[self.used..self.used + 8]);
        self.used += 8;
        u64::from_le_bytes(bytes)
    }
}
