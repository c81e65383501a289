//! Pictures that were made to harm.

use image::ImageFormat;
use pictures::{Limits, PictureError, look_at};
use proptest::prelude::*;

use crate::drawing::{scene, stored, stored_as_jpeg};

fn look(bytes: &[u8]) -> Result<pictures::Picture, PictureError> {
    look_at(bytes, &Limits::default())
}

/// The beginning of a PNG that says how large it is (PNG specification, 11.2.2), and nothing behind it.
fn claiming(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0]);
    let mut sum = !0_u32;
    for byte in &bytes[12..] {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg());
        }
    }
    bytes.extend((!sum).to_be_bytes());
    bytes.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    bytes
}

#[test]
fn a_picture_that_claims_to_be_huge_is_refused_before_anything_is_allocated() {
    for (width, height) in [
        (60_000, 60_000),
        (u32::MAX, 1),
        (19_000, 19_000),
        (1, 30_000),
    ] {
        let error = look(&claiming(width, height)).unwrap_err();
        assert!(
            matches!(error, PictureError::TooLarge(_)),
            "{width}×{height}: {error}"
        );
    }
    assert!(matches!(
        look(&claiming(0, 4)),
        Err(PictureError::Damaged(_))
    ));
    assert!(matches!(
        look(&claiming(8, 8)),
        Err(PictureError::Damaged(_))
    ));
}

#[test]
fn more_bytes_than_allowed_are_not_read() {
    let limits = Limits {
        bytes: 100,
        ..Limits::default()
    };
    let bytes = stored(&scene(1, 60, 40), ImageFormat::Png);
    assert!(matches!(
        look_at(&bytes, &limits),
        Err(PictureError::TooLarge(_))
    ));
}

#[test]
fn a_jpeg_of_a_thousand_passes_is_refused() {
    let mut bytes = stored_as_jpeg(&scene(1, 60, 40), 80);
    let end = bytes.len() - 2;
    let more: Vec<u8> = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 0x3f, 0]
        .into_iter()
        .cycle()
        .take(10_000)
        .collect();
    bytes.splice(end..end, more);
    assert!(matches!(look(&bytes), Err(PictureError::TooLarge(_))));
}

#[test]
fn drawings_and_pages_are_told_from_pictures() {
    let drawing =
        b"<?xml version=\"1.0\"?>\n<!-- logo --><svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    assert_eq!(look(drawing), Err(PictureError::Drawing));
    assert_eq!(look(b"<!doctype html><p>no"), Err(PictureError::Unknown));
    assert_eq!(look(b""), Err(PictureError::Unknown));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_pictures_are_looked_at_or_refused(seed in any::<u64>(), form in 0..4, places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20), cut in any::<prop::sample::Index>()) {
        let picture = scene(seed, 48, 32);
        let mut bytes = match form {
            0 => stored(&picture, ImageFormat::Png),
            1 => stored(&picture, ImageFormat::Gif),
            2 => stored(&picture, ImageFormat::WebP),
            _ => stored_as_jpeg(&picture, 70),
        };
        for (place, value) in places {
            let at = place.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(cut.index(bytes.len()) + bytes.len() / 2);
        if let Ok(seen) = look(&bytes) {
            prop_assert!(seen.pixels() <= Limits::default().pixels);
        }
    }
}
