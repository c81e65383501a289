//! A picture of any size as a small field of colours. How many pixels are read does not depend on its size.

use image::{DynamicImage, GenericImageView as _, Rgba};

/// Cells of the field on each side.
pub(crate) const SIDE: usize = 64;
/// Points that are read in a cell on each side: so many that thin lines count as much as they cover.
const POINTS: u32 = 8;

/// The colours of a picture in cells, row by row, each from 0 to 255.
pub(crate) struct Field {
    cells: Vec<[f32; 3]>,
}

/// Brightness by place, each from 0 to 255.
pub(crate) struct Greys {
    pub(crate) width: usize,
    pub(crate) values: Vec<f32>,
}

impl Field {
    /// Looks at a picture that has at least one pixel.
    pub(crate) fn of(picture: &DynamicImage) -> Self {
        let (width, height) = picture.dimensions();
        let mut cells = Vec::with_capacity(SIDE * SIDE);
        for row in 0..SIDE {
            let rows = points(row, height);
            for column in 0..SIDE {
                cells.push(mean_of(picture, &points(column, width), &rows));
            }
        }
        Self { cells }
    }

    /// Returns every cell.
    pub(crate) fn cells(&self) -> &[[f32; 3]] {
        &self.cells
    }

    /// Returns the means of so many equal parts on each side, row by row.
    pub(crate) fn shrunk(&self, width: usize, height: usize) -> Vec<[f32; 3]> {
        let mut means = Vec::with_capacity(width * height);
        for row in 0..height {
            for column in 0..width {
                let mut sum = [0.0; 3];
                let mut count = 0.0_f32;
                for y in part(row, height) {
                    for x in part(column, width) {
                        for (sum, value) in sum.iter_mut().zip(self.cells[y * SIDE + x]) {
                            *sum += value;
                        }
                        count += 1.0;
                    }
                }
                means.push(sum.map(|sum| sum / count.max(1.0)));
            }
        }
        means
    }

    /// Returns the brightness of so many equal parts on each side.
    pub(crate) fn greys(&self, width: usize, height: usize) -> Greys {
        let means = self.shrunk(width, height);
        Greys {
            width,
            values: means.into_iter().map(brightness).collect(),
        }
    }
}

/// Returns how bright a colour is (ITU-R BT.601).
pub(crate) fn brightness([red, green, blue]: [f32; 3]) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}

/// Returns the cells of one of `count` equal parts.
fn part(number: usize, count: usize) -> std::ops::Range<usize> {
    number * SIDE / count..(number + 1) * SIDE / count
}

/// Returns the places that are read in a cell of one direction: all of them where the picture has few.
fn points(cell: usize, length: u32) -> impl Iterator<Item = u32> + Clone {
    let side = SIDE as u64;
    let at = move |place: u64| {
        let pixel = place * u64::from(length) / (side * u64::from(POINTS));
        u32::try_from(pixel).unwrap_or(u32::MAX).min(length - 1)
    };
    let first = cell as u64 * u64::from(POINTS);
    (first..first + u64::from(POINTS)).map(at)
}

fn mean_of(
    picture: &DynamicImage,
    columns: &(impl Iterator<Item = u32> + Clone),
    rows: &(impl Iterator<Item = u32> + Clone),
) -> [f32; 3] {
    let mut sum = [0.0; 3];
    for y in rows.clone() {
        for x in columns.clone() {
            let colour = on_white(picture.get_pixel(x, y));
            for (sum, value) in sum.iter_mut().zip(colour) {
                *sum += value;
            }
        }
    }
    let count = f32::from(u8::try_from(POINTS * POINTS).unwrap_or(u8::MAX));
    sum.map(|sum| sum / count)
}

/// Returns the colour as it looks on a white page.
fn on_white(Rgba([red, green, blue, opacity]): Rgba<u8>) -> [f32; 3] {
    let opacity = f32::from(opacity) / 255.0;
    [red, green, blue].map(|value| f32::from(value) * opacity + 255.0 * (1.0 - opacity))
}
