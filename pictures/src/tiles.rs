//! A picture of a page in tiles, so that it can be said which parts of it look otherwise: each tile is twelve bytes, the brightness of
//! nine fields and the mean colour.

use domain::digest::{parse_hex_bytes, to_hex};
use image::RgbImage;
use serde::{Deserialize, Serialize};

use crate::decoding::{PictureError, decode};
use crate::limits::Limits;

/// Fields of a tile on each side.
const FIELDS: u32 = 3;
/// Bytes of one tile.
const TILE_BYTES: usize = 12;
/// Tiles on each side at most.
const SIDE_MAX: u32 = 64;
/// By how much a field of a tile may differ, of 255: the edges of letters are drawn a little otherwise on another machine.
const SAME_WITHIN: u8 = 12;

/// A picture in tiles, row by row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tiles {
    columns: u32,
    rows: u32,
    bytes: Vec<u8>,
}

/// Looks at a picture in tiles, up to 64 on each side.
pub fn look_at_tiles(
    bytes: &[u8],
    limits: &Limits,
    (columns, rows): (u32, u32),
) -> Result<Tiles, PictureError> {
    let (_, picture) = decode(bytes, limits)?;
    let pixels = picture.into_rgb8();
    let (columns, rows) = (columns.clamp(1, SIDE_MAX), rows.clamp(1, SIDE_MAX));
    let mut bytes = Vec::with_capacity((columns * rows) as usize * TILE_BYTES);
    for row in 0..rows {
        for column in 0..columns {
            let mut colour = [0_u32; 3];
            for y in 0..FIELDS {
                for x in 0..FIELDS {
                    let across = part(column * FIELDS + x, columns * FIELDS, pixels.width());
                    let down = part(row * FIELDS + y, rows * FIELDS, pixels.height());
                    let mean = mean_of(&pixels, across, down);
                    let grey = (299 * mean[0] + 587 * mean[1] + 114 * mean[2]) / 1_000;
                    bytes.push(byte(grey));
                    for (sum, value) in colour.iter_mut().zip(mean) {
                        *sum += value;
                    }
                }
            }
            bytes.extend(colour.map(|sum| byte(sum / (FIELDS * FIELDS))));
        }
    }
    Ok(Tiles {
        columns,
        rows,
        bytes,
    })
}

impl Tiles {
    /// Returns how many tiles there are.
    pub fn len(&self) -> usize {
        self.bytes.len() / TILE_BYTES
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Returns which tiles look otherwise in another picture, row by row; all of them where its tiles are not the same in number.
    pub fn changed(&self, other: &Self) -> Vec<bool> {
        if (self.columns, self.rows) != (other.columns, other.rows) {
            return vec![true; self.len()];
        }
        let pairs = self
            .bytes
            .chunks_exact(TILE_BYTES)
            .zip(other.bytes.chunks_exact(TILE_BYTES));
        let differs = |(one, other): (&u8, &u8)| one.abs_diff(*other) > SAME_WITHIN;
        pairs
            .map(|(one, two)| one.iter().zip(two).any(differs))
            .collect()
    }
}

impl From<Tiles> for String {
    fn from(tiles: Tiles) -> Self {
        let digits = to_hex(&tiles.bytes);
        format!("{}x{}:{digits}", tiles.columns, tiles.rows)
    }
}

impl TryFrom<String> for Tiles {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let wrong = "no tiles";
        let (shape, digits) = text.split_once(':').ok_or(wrong)?;
        let (columns, rows) = shape.split_once('x').ok_or(wrong)?;
        let side = |text: &str| {
            let side: u32 = text.parse().ok()?;
            (1..=SIDE_MAX).contains(&side).then_some(side)
        };
        let (columns, rows) = (side(columns).ok_or(wrong)?, side(rows).ok_or(wrong)?);
        let count = (columns * rows) as usize * TILE_BYTES;
        if digits.len() != count * 2 {
            return Err(wrong);
        }
        Ok(Self {
            columns,
            rows,
            bytes: parse_hex_bytes(digits).ok_or(wrong)?,
        })
    }
}

/// Returns the pixels of one of so many equal parts, at least one.
fn part(number: u32, parts: u32, whole: u32) -> std::ops::Range<u32> {
    let at = |number: u32| {
        let at = u64::from(number) * u64::from(whole) / u64::from(parts);
        u32::try_from(at).unwrap_or(whole)
    };
    let start = at(number).min(whole.saturating_sub(1));
    start..at(number + 1).max(start + 1).min(whole)
}

fn mean_of(
    pixels: &RgbImage,
    across: std::ops::Range<u32>,
    down: std::ops::Range<u32>,
) -> [u32; 3] {
    let mut sum = [0_u64; 3];
    let mut count = 0_u64;
    for y in down {
        for x in across.clone() {
            for (sum, value) in sum.iter_mut().zip(pixels.get_pixel(x, y).0) {
                *sum += u64::from(value);
            }
            count += 1;
        }
    }
    sum.map(|sum| u32::try_from(sum / count.max(1)).unwrap_or(255))
}

fn byte(value: u32) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgb};

    use super::*;

    fn png(pixels: &RgbImage) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        pixels.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn only_the_tile_that_something_stands_in_looks_otherwise() {
        let before = RgbImage::from_pixel(160, 240, Rgb([250, 250, 250]));
        let mut after = before.clone();
        for (x, y) in (85..95).flat_map(|x| (45..60).map(move |y| (x, y))) {
            after.put_pixel(x, y, Rgb([200, 0, 0]));
        }
        let of = |pixels| look_at_tiles(&png(pixels), &Limits::default(), (8, 12)).unwrap();
        let changed = of(&before).changed(&of(&after));
        let which: Vec<usize> = (0..changed.len()).filter(|at| changed[*at]).collect();
        assert_eq!(which, [20]);
        let text = String::from(of(&after));
        assert_eq!(Tiles::try_from(text).unwrap(), of(&after));
    }

    #[test]
    fn what_is_no_tiles_is_refused_whatever_it_says_of_its_size() {
        for text in [
            "",
            "8x12:",
            "99999999999x1:00",
            "0x0:",
            "1x1:zz",
            "1x1:é0",
            "65x1:00",
        ] {
            assert!(Tiles::try_from(text.to_owned()).is_err(), "{text}");
        }
        let one = look_at_tiles(&png(&RgbImage::new(1, 1)), &Limits::default(), (64, 64)).unwrap();
        assert_eq!(one.len(), 4_096);
    }
}
