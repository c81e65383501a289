//! Pictures for tests: shapes in colours of a seed, stored in every form that is read.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// Returns a picture of shapes before a gradient: much like a banner or a photograph, and another for each seed.
pub fn scene(seed: u64, width: u32, height: u32) -> DynamicImage {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |below: u32| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u32::try_from((state >> 33) % u64::from(below)).unwrap()
    };
    let mut colour = || [next(256), next(256), next(256)].map(|value| u8::try_from(value).unwrap());
    let (from, to) = (colour(), colour());
    let shapes: Vec<[u8; 3]> = (0..9).map(|_| colour()).collect();
    let mut picture = RgbImage::from_fn(width, height, |x, y| {
        let (part, whole) = (x + y, width + height);
        let mix = |one: u8, other: u8| {
            let sum = u32::from(one) * (whole - part) + u32::from(other) * part;
            u8::try_from(sum / whole).unwrap()
        };
        Rgb([
            mix(from[0], to[0]),
            mix(from[1], to[1]),
            mix(from[2], to[2]),
        ])
    });
    for (number, colour) in shapes.into_iter().enumerate() {
        let (left, top) = (next(width), next(height));
        let (wide, high) = (
            next(width / 3) + width / 10 + 1,
            next(height / 2) + height / 8 + 1,
        );
        for y in top..(top + high).min(height) {
            for x in left..(left + wide).min(width) {
                let across = f64::from(x - left) / f64::from(wide) - 0.5;
                let down = f64::from(y - top) / f64::from(high) - 0.5;
                if number % 2 == 0 || across * across + down * down < 0.25 {
                    picture.put_pixel(x, y, Rgb(colour));
                }
            }
        }
    }
    DynamicImage::ImageRgb8(picture)
}

/// Returns a black picture with a few lines of bright blocks, as a message looks from afar.
pub fn message(width: u32, height: u32) -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| {
        let is_line = (y * 10 / height) % 3 == 1 && !(x * 37 / width).is_multiple_of(3);
        let is_middle = (width / 5..width * 4 / 5).contains(&x);
        if is_line && is_middle {
            Rgb([230, 20, 20])
        } else {
            Rgb([5, 5, 8])
        }
    }))
}

/// Stores a picture without loss.
pub fn stored(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Stores a picture as cameras do, so well.
pub fn stored_as_jpeg(picture: &DynamicImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode_image(picture)
        .unwrap();
    bytes
}
