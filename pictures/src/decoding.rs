//! From bytes to pixels, within limits that are checked before anything is decoded. Of a film, the first picture.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader};
use thiserror::Error;

use crate::limits::Limits;
use crate::picture::PictureKind;

/// Bytes at the beginning in which a drawing names itself.
const DRAWING_WITHIN: usize = 1_024;
/// Characters of a decoder's complaint that are kept.
const MESSAGE_CHARS: usize = 200;

/// Why a picture cannot be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PictureError {
    /// The decoder has something against it.
    #[error("decode the picture: {0}")]
    Damaged(String),
    /// SVG, which would have to be drawn first.
    #[error("look at a drawing: it is made of commands, not of pixels")]
    Drawing,
    /// It goes beyond a limit.
    #[error("look at a picture of {0}")]
    TooLarge(String),
    /// No picture, or of a kind that is not read.
    #[error("recognise a picture")]
    Unknown,
}

/// Decodes a picture.
pub(crate) fn decode(
    bytes: &[u8],
    limits: &Limits,
) -> Result<(PictureKind, DynamicImage), PictureError> {
    if bytes.len() > limits.bytes {
        let message = format!("{} bytes; {} may be", bytes.len(), limits.bytes);
        return Err(PictureError::TooLarge(message));
    }
    let (kind, format) = match image::guess_format(bytes) {
        Ok(ImageFormat::Gif) => (PictureKind::Gif, ImageFormat::Gif),
        Ok(ImageFormat::Jpeg) => (PictureKind::Jpeg, ImageFormat::Jpeg),
        Ok(ImageFormat::Png) => (PictureKind::Png, ImageFormat::Png),
        Ok(ImageFormat::WebP) => (PictureKind::WebP, ImageFormat::WebP),
        _ if is_drawing(bytes) => return Err(PictureError::Drawing),
        _ => return Err(PictureError::Unknown),
    };
    if kind == PictureKind::Jpeg && count_passes(bytes) > limits.passes {
        let message = format!("more than {} passes", limits.passes);
        return Err(PictureError::TooLarge(message));
    }
    // Decoders of foreign bytes have had bugs; one picture must not end the watch.
    let decoded = catch_unwind(AssertUnwindSafe(|| pixels_of(bytes, format, limits)));
    let pixels = decoded.unwrap_or_else(|_| {
        let message = "the decoder failed".to_owned();
        Err(PictureError::Damaged(message))
    })?;
    Ok((kind, pixels))
}

fn pixels_of(
    bytes: &[u8],
    format: ImageFormat,
    limits: &Limits,
) -> Result<DynamicImage, PictureError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut allowed = image::Limits::default();
    allowed.max_image_width = Some(limits.side);
    allowed.max_image_height = Some(limits.side);
    allowed.max_alloc = Some(limits.memory_bytes);
    reader.limits(allowed);
    let decoder = reader.into_decoder().map_err(failed)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(PictureError::Damaged("it has no pixels".to_owned()));
    }
    let is_large = u64::from(width) * u64::from(height) > limits.pixels;
    if is_large || decoder.total_bytes() > limits.memory_bytes {
        let message = format!("{width} × {height} pixels");
        return Err(PictureError::TooLarge(message));
    }
    DynamicImage::from_decoder(decoder).map_err(failed)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn failed(error: image::ImageError) -> PictureError {
    let message: String = error.to_string().chars().take(MESSAGE_CHARS).collect();
    match error {
        image::ImageError::Limits(_) => PictureError::TooLarge(message),
        _ => PictureError::Damaged(message),
    }
}

/// Tells whether this is SVG: the first element says so.
fn is_drawing(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(DRAWING_WITHIN)];
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let head = head.trim_start_matches('\u{feff}').trim_start();
    head.starts_with('<') && head.contains("<svg")
}

/// Counts the beginnings of passes (`SOS`, ITU-T T.81 B.1.1.3). What is compressed cannot contain that pair of bytes.
fn count_passes(bytes: &[u8]) -> usize {
    bytes
        .windows(2)
        .filter(|pair| *pair == [0xff, 0xda])
        .count()
}
