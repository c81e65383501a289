//! What is known of a picture once it has been looked at, and how two of them differ.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::decoding::{PictureError, decode};
use crate::hashing::Hash;
use crate::limits::Limits;
use crate::sampling::{Field, brightness};

/// Fields of mean colours on each side.
const COLOURS: usize = 4;
/// Brightness below which a place is dark, of 255.
const DARK_BELOW: f32 = 64.0;
/// Bits of a hash in which two looks at one picture differ at most: stored anew, another size.
const SAME_BITS: u32 = 24;
/// And how far their colours are apart, from 0 to 1.
const SAME_COLOURS: f32 = 0.05;
/// Bits in which two pictures differ that people would call alike: of unrelated ones, half of all do.
const ALIKE_BITS: u32 = 72;
/// And how far their colours are apart.
const ALIKE_COLOURS: f32 = 0.15;

/// Kinds of pictures that are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PictureKind {
    /// GIF, of which the first picture is looked at.
    Gif,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP, of which the first picture is looked at.
    WebP,
}

/// What a picture looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// How it is stored.
    pub kind: PictureKind,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Its forms.
    pub hash: Hash,
    /// Its mean colours in four times four fields, row by row: red, green, blue.
    pub colours: [[u8; 3]; COLOURS * COLOURS],
    /// How much of it is dark.
    pub dark_percent: u8,
    /// How much of it is of the one colour that it has most of.
    pub one_colour_percent: u8,
}

/// How far two pictures are apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Bits of 256 in which their forms differ.
    pub hash: u32,
    /// The mean distance of their colours, from 0 to 1.
    pub colour: f32,
}

/// Whether two pictures look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// The same picture: stored anew, another size, a little brighter.
    Same,
    /// Much in common: something was added, or other colours.
    Alike,
    /// Another picture.
    Other,
}

/// Looks at a picture. Whatever the bytes are, it stays within the limits.
pub fn look_at(bytes: &[u8], limits: &Limits) -> Result<Picture, PictureError> {
    let (kind, pixels) = decode(bytes, limits)?;
    let field = Field::of(&pixels);
    let means = field.shrunk(COLOURS, COLOURS);
    let mut colours = [[0; 3]; COLOURS * COLOURS];
    for (colour, mean) in colours.iter_mut().zip(means) {
        *colour = mean.map(rounded);
    }
    let cells = field.cells();
    let dark = cells.iter().filter(|cell| brightness(**cell) < DARK_BELOW);
    Ok(Picture {
        kind,
        width: pixels.width(),
        height: pixels.height(),
        hash: Hash::of(&field),
        colours,
        dark_percent: percent(dark.count(), cells.len()),
        one_colour_percent: percent(count_most(cells), cells.len()),
    })
}

impl Picture {
    /// Returns how far another picture is from this one. Sizes do not count.
    pub fn distance(&self, other: &Self) -> Difference {
        let values = self.colours.iter().flatten();
        let pairs = values.zip(other.colours.iter().flatten());
        let sum: u32 = pairs
            .map(|(one, other)| u32::from(one.abs_diff(*other)))
            .sum();
        #[expect(clippy::cast_precision_loss, reason = "a sum of 48 bytes")]
        let colour = sum as f32 / (COLOURS * COLOURS * 3 * 255) as f32;
        Difference {
            hash: self.hash.distance(other.hash),
            colour,
        }
    }

    /// Returns how many pixels it has.
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

impl Difference {
    /// Says what the distance means to people.
    pub fn likeness(&self) -> Likeness {
        if self.hash <= SAME_BITS && self.colour <= SAME_COLOURS {
            Likeness::Same
        } else if self.hash <= ALIKE_BITS && self.colour <= ALIKE_COLOURS {
            Likeness::Alike
        } else {
            Likeness::Other
        }
    }
}

/// Counts the cells of the colour that most have, in steps of 32.
fn count_most(cells: &[[f32; 3]]) -> usize {
    let mut counts: HashMap<[u8; 3], usize> = HashMap::new();
    for cell in cells {
        *counts
            .entry(cell.map(|value| rounded(value) / 32))
            .or_default() += 1;
    }
    counts.into_values().max().unwrap_or(0)
}

fn percent(part: usize, whole: usize) -> u8 {
    u8::try_from(part * 100 / whole.max(1)).unwrap_or(100)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to a byte"
)]
fn rounded(value: f32) -> u8 {
    value.clamp(0.0, 255.0).round() as u8
}
