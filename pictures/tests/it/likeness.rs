//! What looks alike and what does not.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat};
use pictures::{Difference, Likeness, Limits, Picture, PictureKind, look_at};
use proptest::prelude::*;

use crate::drawing::{message, scene, stored, stored_as_jpeg};

fn seen(bytes: &[u8]) -> Picture {
    look_at(bytes, &Limits::default()).unwrap()
}

fn of(picture: &DynamicImage) -> Picture {
    seen(&stored(picture, ImageFormat::Png))
}

fn between(one: &DynamicImage, other: &DynamicImage) -> Difference {
    of(one).distance(&of(other))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_picture_of_another_size_is_the_same(seed in any::<u64>(), width in 90_u32..400, height in 60_u32..240) {
        let picture = scene(seed, 300, 160);
        let resized = picture.resize_exact(width, height, FilterType::Triangle);
        let difference = between(&picture, &resized);
        prop_assert_eq!(difference.likeness(), Likeness::Same, "{:?}", difference);
    }

    #[test]
    fn a_picture_that_is_stored_anew_is_the_same(seed in any::<u64>(), quality in 30_u8..95) {
        let picture = scene(seed, 300, 160);
        let difference = of(&picture).distance(&seen(&stored_as_jpeg(&picture, quality)));
        prop_assert_eq!(difference.likeness(), Likeness::Same, "{:?}", difference);
    }

    #[test]
    fn a_picture_that_is_a_little_brighter_is_the_same(seed in any::<u64>(), by in -10_i32..10) {
        let picture = scene(seed, 300, 160);
        let difference = between(&picture, &picture.brighten(by));
        prop_assert_eq!(difference.likeness(), Likeness::Same, "{:?}", difference);
    }

    #[test]
    fn another_picture_is_another(one in any::<u64>(), other in any::<u64>()) {
        prop_assume!(one | 1 != other | 1);
        let difference = between(&scene(one, 300, 160), &scene(other, 300, 160));
        prop_assert_ne!(difference.likeness(), Likeness::Same, "{:?}", difference);
        prop_assert!(difference.hash > 30 || difference.colour > 0.15, "{:?}", difference);
    }

    #[test]
    fn a_message_is_another_picture_than_any_scene_and_dark(seed in any::<u64>()) {
        let message = message(300, 160);
        let difference = between(&scene(seed, 300, 160), &message);
        prop_assert_eq!(difference.likeness(), Likeness::Other, "{:?}", difference);
        prop_assert!(of(&message).dark_percent >= 60);
    }
}

#[test]
fn two_scenes_in_a_hundred_are_taken_for_alike_at_most() {
    let scenes: Vec<Picture> = (1..60)
        .map(|number| of(&scene(number * 7_919, 160, 90)))
        .collect();
    let mut pairs = 0;
    let mut alike = 0;
    for (at, one) in scenes.iter().enumerate() {
        for other in &scenes[at + 1..] {
            pairs += 1;
            alike += usize::from(one.distance(other).likeness() != Likeness::Other);
        }
    }
    assert!(alike * 50 < pairs, "{alike} of {pairs} pairs look alike");
}

#[test]
fn every_kind_is_read_and_looks_the_same() {
    let picture = scene(3, 200, 120);
    let first = of(&picture);
    for (format, kind) in [
        (ImageFormat::Gif, PictureKind::Gif),
        (ImageFormat::WebP, PictureKind::WebP),
    ] {
        let again = seen(&stored(&picture, format));
        assert_eq!((again.kind, again.width, again.height), (kind, 200, 120));
        assert_eq!(first.distance(&again).likeness(), Likeness::Same);
    }
}

#[test]
fn what_is_transparent_is_the_white_page() {
    let clear = DynamicImage::ImageRgba8(image::RgbaImage::new(40, 40));
    let seen = of(&clear);
    assert_eq!((seen.dark_percent, seen.one_colour_percent), (0, 100));
    assert_eq!(seen.colours[0], [255, 255, 255]);
}

#[test]
fn a_banner_with_a_message_over_half_of_it_is_no_longer_the_same() {
    let picture = scene(11, 300, 160);
    let mut spoilt = picture.clone();
    image::imageops::overlay(&mut spoilt, &message(200, 120), 50, 20);
    assert_ne!(between(&picture, &spoilt).likeness(), Likeness::Same);
}
