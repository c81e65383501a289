//! Prefetch files of each version, made as the tests run, as they are and compressed.

use std::ops::ControlFlow;

use artefacts::{Damaged, Kind, Limits, What};

use crate::samples::{lines, wide};

/// A FILETIME and the same instant in seconds since 1970.
const FILETIME: u64 = 131_147_547_930_000_000;
const SECONDS: i64 = 1_470_281_193;

/// Makes a file of one version.
pub(crate) fn prefetch(version: u32) -> Vec<u8> {
    let (times_at, times, count_at, metrics_at) = match version {
        17 => (120, 1, 144, 152_u32),
        23 => (128, 1, 152, 240),
        26 => (128, 8, 208, 304),
        _ => (128, 8, 200, 296),
    };
    let mut file = vec![0; metrics_at as usize];
    file[..4].copy_from_slice(&version.to_le_bytes());
    file[4..8].copy_from_slice(b"SCCA");
    let name = wide("MCAFEE.EXE");
    file[16..16 + name.len()].copy_from_slice(&name);
    file[84..88].copy_from_slice(&metrics_at.to_le_bytes());
    let names = wide(
        "\\VOLUME{01d1ee}\\PROGRAM FILES\\COMMON FILES\\MCAFEE\\MCAFEE.EXE\0\
         \\VOLUME{01d1ee}\\PROGRAM FILES\\COMMON FILES\\MCAFEE\\MCUTIL.DLL\0",
    );
    file[100..104].copy_from_slice(&metrics_at.to_le_bytes());
    file[104..108].copy_from_slice(
        &u32::try_from(names.len())
            .expect("they are short")
            .to_le_bytes(),
    );
    for index in 0..times.min(2) {
        let time = FILETIME - 600_000_000 * index as u64;
        file[times_at + index * 8..][..8].copy_from_slice(&time.to_le_bytes());
    }
    file[count_at..count_at + 4].copy_from_slice(&7_u32.to_le_bytes());
    file.extend(names);
    file
}

/// Compresses with LZXPRESS Huffman as simply as the format allows: every byte has a code of eight bits, itself.
pub(crate) fn compressed(plain: &[u8]) -> Vec<u8> {
    let mut packed = b"MAM\x04".to_vec();
    packed.extend(
        u32::try_from(plain.len())
            .expect("it is short")
            .to_le_bytes(),
    );
    for block in plain.chunks(65_536) {
        packed.extend([0x88; 128]);
        packed.extend([0; 128]);
        for pair in block.chunks(2) {
            packed.extend([pair.get(1).copied().unwrap_or(0), pair[0]]);
        }
        packed.extend([0, 0]);
    }
    packed
}

#[test]
fn says_which_program_was_run_when_and_what_it_loaded() {
    for version in [17, 23, 26, 30, 31] {
        let plain = prefetch(version);
        for content in [plain.clone(), compressed(&plain)] {
            let mut seen = Vec::new();
            let mut each = |trace: &artefacts::Trace<'_>| {
                seen.push((
                    trace.what,
                    trace.text.to_owned(),
                    trace.location.to_owned(),
                    trace.at,
                ));
                ControlFlow::Continue(())
            };
            let kind = artefacts::recognise(b"a/MCAFEE.EXE-1.pf", &content[..64]);
            assert_eq!(kind, Some(Kind::Prefetch));
            artefacts::read(Kind::Prefetch, b"", &content, &Limits::default(), &mut each).unwrap();
            let folder = "\\VOLUME{01d1ee}\\PROGRAM FILES\\COMMON FILES\\MCAFEE\\";
            let run = (
                What::FileName,
                "MCAFEE.EXE".to_owned(),
                "last run of 7".to_owned(),
                Some(SECONDS),
            );
            assert_eq!(seen[0], run, "version {version}");
            let earlier = seen.iter().any(|trace| trace.3 == Some(SECONDS - 60));
            assert_eq!(earlier, version >= 26, "version {version}");
            let program = (
                What::FilePath,
                format!("{folder}MCAFEE.EXE"),
                "the program".to_owned(),
                Some(SECONDS),
            );
            assert!(seen.contains(&program), "{seen:?}");
            let loaded = (
                What::FilePath,
                format!("{folder}MCUTIL.DLL"),
                "loaded file 2".to_owned(),
                None,
            );
            assert!(seen.contains(&loaded), "{seen:?}");
        }
    }
}

#[test]
fn unpacks_more_than_one_block() {
    let mut plain = prefetch(30);
    plain.resize(200_001, 0);
    let (whole, read) = lines("a.pf", &compressed(&plain));
    read.unwrap();
    assert_eq!(whole, lines("a.pf", &plain).0);
}

#[test]
fn believes_no_length_that_is_beyond_the_limit_or_the_data() {
    let mut packed = compressed(&prefetch(30));
    packed[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(matches!(
        lines("a.pf", &packed).1,
        Err(Damaged::Limit { .. })
    ));
    packed[4..8].copy_from_slice(&60_000_000_u32.to_le_bytes());
    assert!(matches!(lines("a.pf", &packed).1, Err(Damaged::Io(_))));
}

#[test]
fn names_a_version_that_it_does_not_know() {
    let mut file = prefetch(30);
    file[0] = 99;
    assert!(matches!(
        lines("a.pf", &file).1,
        Err(Damaged::Unknown { .. })
    ));
}
