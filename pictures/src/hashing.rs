//! Hashes that stay near each other while a picture looks the same: which places are brighter than their neighbours, and which
//! waves it is made of. Ours, because they are kept for years: a library that computes them a little otherwise one day would
//! make every picture look like another.

use serde::{Deserialize, Serialize};

use crate::sampling::{Field, Greys};

/// Bits of a hash.
pub const HASH_BITS: u32 = 256;
/// Places of the differences on the short side.
const PLACES: usize = 8;
/// How much brighter a neighbour must be to count, of 255: plain areas differ by less when they are stored anew.
const STEP_MIN: f32 = 3.0;
/// Places on each side that waves are found in.
const WAVES_OVER: usize = 32;
/// Waves of each direction that count.
const WAVES: (usize, usize) = (16, 8);
/// How strong a wave must be to count: weaker ones change when a picture is stored anew.
const WAVE_MIN: f32 = 12.0;

/// What a picture looks like, in 256 bits: 128 of differences, 128 of waves.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Hash([u64; 4]);

impl Hash {
    /// Returns in how many bits the two differ.
    pub fn distance(self, other: Self) -> u32 {
        let pairs = self.0.into_iter().zip(other.0);
        pairs.map(|(one, other)| (one ^ other).count_ones()).sum()
    }

    /// Returns its bits, the first byte first.
    pub fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (place, word) in bytes.chunks_exact_mut(8).zip(self.0) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// Hashes what a picture looks like.
    pub(crate) fn of(field: &Field) -> Self {
        let mut bits = Vec::with_capacity(HASH_BITS as usize);
        differences(&field.greys(PLACES + 1, PLACES), 1, &mut bits);
        differences(&field.greys(PLACES, PLACES + 1), PLACES, &mut bits);
        waves(&field.greys(WAVES_OVER, WAVES_OVER), &mut bits);
        let mut words = [0; 4];
        for (number, bit) in bits.into_iter().enumerate() {
            words[number / 64] |= u64::from(bit) << (number % 64);
        }
        Self(words)
    }
}

/// Says of each place whether the one `apart` after it is brighter: the next in its row, or below.
fn differences(greys: &Greys, apart: usize, bits: &mut Vec<bool>) {
    for (at, value) in greys.values.iter().enumerate() {
        let is_last_of_row = apart == 1 && at % greys.width == greys.width - 1;
        if let Some(next) = greys.values.get(at + apart)
            && !is_last_of_row
        {
            bits.push(next - value > STEP_MIN);
        }
    }
}

/// Says of each wave whether it is a strong one that goes upwards (discrete cosine transform, type II, orthonormal).
fn waves(greys: &Greys, bits: &mut Vec<bool>) {
    let cosines = cosines();
    let side = WAVES_OVER;
    // First along the rows, then down the columns of what came of it.
    let mut along = vec![[0.0_f32; WAVES.0]; side];
    for (row, sums) in along.iter_mut().enumerate() {
        let values = &greys.values[row * side..(row + 1) * side];
        for (sum, wave) in sums.iter_mut().zip(&cosines) {
            *sum = values.iter().zip(wave).map(|(value, by)| value * by).sum();
        }
    }
    for down in &cosines[..WAVES.1] {
        for across in 0..WAVES.0 {
            let pairs = along.iter().zip(down);
            let strength: f32 = pairs.map(|(sums, by)| sums[across] * by).sum();
            bits.push(strength > WAVE_MIN);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers below 64")]
fn cosines() -> [[f32; WAVES_OVER]; WAVES.0] {
    let side = WAVES_OVER as f32;
    let mut all = [[0.0; WAVES_OVER]; WAVES.0];
    for (wave, values) in all.iter_mut().enumerate() {
        let scale = if wave == 0 { 1.0 } else { 2.0 };
        let scale = f32::sqrt(scale / side);
        for (place, value) in values.iter_mut().enumerate() {
            let angle = std::f32::consts::PI / side * (place as f32 + 0.5) * wave as f32;
            *value = scale * angle.cos();
        }
    }
    all
}
