//! Pictures that were made to harm.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

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

/// Bytes of a chunk of PNG (PNG specification, 5.3).
fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(kind);
    bytes.extend(data);
    let mut sum = flate2::Crc::new();
    sum.update(&bytes[4..]);
    bytes.extend(sum.sum().to_be_bytes());
    bytes
}

/// Compresses so many MiB of zeros: one block again and again (RFC 1950 and 1951), since each leaves the same behind.
fn zeros(mebibytes: u32) -> Vec<u8> {
    let mut deflate = flate2::Compress::new(flate2::Compression::best(), false);
    let mut block = Vec::with_capacity(64 * 1024);
    let sync = flate2::FlushCompress::Sync;
    deflate
        .compress_vec(&vec![0; 1 << 20], &mut block, sync)
        .unwrap();
    let mut bytes = vec![0x78, 0xda];
    bytes.extend(block.repeat(mebibytes as usize));
    bytes.extend([0x03, 0x00]);
    let count = u64::from(mebibytes) << 20;
    let sum = (u32::try_from(count % 65_521).unwrap() << 16) | 1;
    bytes.extend(sum.to_be_bytes());
    bytes
}

/// Texts and colour profiles of pictures are compressed as well: 8 MiB of them become 8 GiB, if somebody unpacks them.
#[test]
fn what_is_packed_beside_the_pixels_is_not_unpacked_without_bound() {
    let honest = stored(&scene(1, 60, 40), ImageFormat::Png);
    let bomb = zeros(1_024);
    let named = |name: &[u8]| [name, b"\0\0", &bomb].concat();
    let international = [b"a\0\x01\0\0\0".as_slice(), &bomb].concat();
    let chunks = [
        chunk(*b"iCCP", &named(b"a")),
        chunk(*b"zTXt", &named(b"b")),
        chunk(*b"iTXt", &international),
    ];
    for one in chunks {
        for count in [1, 8] {
            let mut bytes = honest.clone();
            // Behind the first chunk, which says how large it is.
            bytes.splice(33..33, one.repeat(count));
            let before = memory_kilobytes();
            let started = std::time::Instant::now();
            let _ = look(&bytes);
            let more = memory_kilobytes().saturating_sub(before);
            assert!(more < 300 * 1024, "{more} kB");
            assert!(started.elapsed() < std::time::Duration::from_secs(20));
        }
    }
}

/// Of films only the first picture is looked at, however many there are and however large they say that they are.
#[test]
fn a_film_of_a_hundred_thousand_pictures_costs_as_much_as_one() {
    let mut film = b"GIF89a\x10\0\x10\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
    // A frame of one pixel (GIF89a, 20 and 22), again and again.
    let frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
    film.extend(frame.repeat(100_000));
    film.push(0x3b);
    let started = std::time::Instant::now();
    assert!(look(&film).is_ok());
    assert!(started.elapsed() < std::time::Duration::from_secs(2));
    let mut huge = film.clone();
    huge[6..10].copy_from_slice(&[0xff; 4]);
    assert!(matches!(look(&huge), Err(PictureError::TooLarge(_))));
}

/// Other kinds that say they are 65,535 or 16,384 pixels wide and high, with nothing behind it.
#[test]
fn other_kinds_that_claim_to_be_huge_are_refused_as_well() {
    let jpeg = b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xda\0\x0c\x03\x01\0\x02\x11\x03\x11\0\x3f\0\xff\xd9";
    let lossless =
        b"RIFF\x1e\0\0\0WEBPVP8L\x11\0\0\0\x2f\xff\xff\xff\x0f\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let extended = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\xff\xff\xff\xff\xff\xff";
    for bytes in [&jpeg[..], lossless, extended] {
        let before = memory_kilobytes();
        assert!(look(bytes).is_err());
        assert!(memory_kilobytes().saturating_sub(before) < 300 * 1024);
    }
}

/// The most that this process ever held, whatever other tests do meanwhile.
fn memory_kilobytes() -> u64 {
    let status = fs_err::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.unwrap().trim().trim_end_matches(" kB");
    number.parse().unwrap()
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
