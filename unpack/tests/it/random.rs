//! Whatever the bytes are, for whatever kind: an end within the budget, never a panic.

use proptest::prelude::*;
use unpack::{Budget, Kind, WhyNot};

use super::building::{ar, cabinet, cpio, deflate, gzip, program, tar, zip};
use super::open_as;

/// Those that are opened, and one that is not.
fn kinds() -> Vec<Kind> {
    let opened = Kind::ALL.into_iter().filter(|kind| kind.is_opened());
    opened.chain([Kind::Rar]).collect()
}

fn budget() -> Budget {
    Budget {
        depth_max: 4,
        member_count_max: 200,
        bytes_max: 1 << 20,
        ratio_floor_bytes: 256 << 10,
        member_bytes_max: 256 << 10,
        held_bytes_max: 512 << 10,
        decoder_bytes_max: 4 << 20,
        ..Budget::default()
    }
}

/// Small containers of the formats that are easily made, and those of `ClamAV`'s test files where they are.
fn samples() -> Vec<(Kind, Vec<u8>)> {
    let text = b"words and words and words ".repeat(40);
    let inner = zip(&[("a.txt", &text), ("b", b"")]);
    let members: [(&str, &[u8]); 3] = [("in.zip", &inner), ("c.txt", &text), ("d", b"")];
    let block = [b"CK".as_slice(), &deflate(&text)].concat();
    let mut samples = vec![
        (Kind::Zip, zip(&members)),
        (Kind::Tar, tar(&members)),
        (Kind::Ar, ar(&members)),
        (Kind::Cpio, cpio(&members)),
        (Kind::Gzip, gzip(&tar(&members))),
        (
            Kind::Cab,
            cabinet("a", text.len(), 1, &[(block, text.len())]),
        ),
        (Kind::Program, program(&[inner.as_slice(), &text].concat())),
    ];
    for (kind, file) in [
        (Kind::SevenZip, "clam.7z"),
        (Kind::Bzip2, "clam.exe.bz2"),
        (Kind::Zip, "clam.d64.zip"),
        (Kind::Zip, "clam.impl.zip"),
        (Kind::Zip, "clam.bz2.zip"),
        (Kind::Ole, "clam.ole.doc"),
        (Kind::Cab, "clam.cab"),
    ] {
        if let Ok(bytes) = fs_err::read(format!("/usr/share/clamav-testfiles/{file}")) {
            samples.push((kind, bytes));
        }
    }
    samples
}

fn assert_bounded(kind: Kind, bytes: &[u8]) -> Result<(), TestCaseError> {
    let seen = open_as(kind, "x", bytes, &budget());
    prop_assert!(seen.bytes() <= budget().bytes_max);
    prop_assert!(seen.members.len() as u64 <= budget().member_count_max);
    prop_assert!(
        !seen.reasons().contains(&WhyNot::ParserFailed),
        "{kind}: {:?}",
        seen.not_opened
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_of_any_kind_end_within_the_budget(
        kind in prop::sample::select(kinds()),
        bytes in prop::collection::vec(any::<u8>(), 0..4096),
    ) {
        assert_bounded(kind, &bytes)?;
    }

    #[test]
    fn damaged_containers_end_within_the_budget(
        sample in prop::sample::select(samples()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let (kind, mut bytes) = sample;
        for (place, value) in changes {
            let at = place.index(bytes.len());
            bytes[at] = value;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        assert_bounded(kind, &bytes)?;
    }

    #[test]
    fn recognising_never_fails(name in prop::collection::vec(any::<u8>(), 0..20), head in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = unpack::recognise(&name, &head);
    }
}
