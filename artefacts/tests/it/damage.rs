//! Damaged copies of every sample, and chance: any bytes give traces and an end, never a panic and never a long wait.

use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::sync::LazyLock;

use artefacts::{Damaged, Kind, Limits, VolumeItem};
use proptest::prelude::*;

use crate::prefetch::{compressed, prefetch};
use crate::samples::{sample, volume, wide};

const KINDS: [Kind; 6] = [
    Kind::Link,
    Kind::MasterFileTable,
    Kind::NtfsVolume,
    Kind::Prefetch,
    Kind::RegistryHive,
    Kind::ScheduledTask,
];
const TASK: &str = "<Task xmlns='http://schemas.microsoft.com/windows/2004/02/mit/task'><RegistrationInfo>\
    <URI>\\a</URI></RegistrationInfo><Actions><Exec><Command>a&amp;b</Command></Exec></Actions></Task>";

static SAMPLES: LazyLock<Vec<(Kind, Vec<u8>)>> = LazyLock::new(|| {
    let hives = ["SYSTEM", "SOFTWARE", "NTUSER.DAT", "Amcache.hve"];
    let mut samples: Vec<(Kind, Vec<u8>)> = hives
        .iter()
        .map(|name| (Kind::RegistryHive, sample(name)))
        .collect();
    samples.push((Kind::Link, sample("mcafee.lnk")));
    samples.push((Kind::Prefetch, prefetch(30)));
    samples.push((Kind::Prefetch, compressed(&prefetch(26))));
    samples.push((Kind::ScheduledTask, TASK.as_bytes().to_vec()));
    samples.push((Kind::ScheduledTask, wide(TASK)));
    samples
});
static VOLUME: LazyLock<Vec<u8>> = LazyLock::new(volume);

/// Reads to the end; every parser's failure is one that it tells itself.
fn read(kind: Kind, content: &[u8]) -> Result<u64, Damaged> {
    let mut count = 0;
    let mut each = |trace: &artefacts::Trace<'_>| {
        count += 1 + trace.data.to_text().len() as u64;
        ControlFlow::Continue(())
    };
    artefacts::read(
        kind,
        b"C/Users/a/NTUSER.DAT",
        content,
        &Limits::default(),
        &mut each,
    )?;
    Ok(count)
}

fn assert_contained(kind: Kind, content: &[u8]) {
    let result = read(kind, content);
    assert!(
        !matches!(result, Err(Damaged::Parser)),
        "a {kind:?} made its parser fail"
    );
}

fn damaged(content: &[u8], changes: &[(usize, u8)], end: usize) -> Vec<u8> {
    let mut content = content[..content.len().min(end)].to_vec();
    for &(at, byte) in changes {
        if !content.is_empty() {
            let at = at % content.len();
            content[at] = byte;
        }
    }
    content
}

/// Bytes that make lengths, counts and offsets extreme.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![
        Just(0),
        Just(0xff),
        Just(0x7f),
        Just(0x80),
        Just(1),
        any::<u8>()
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_damaged_sample_gives_traces_and_an_end(
        index in 0_usize..9,
        changes in prop::collection::vec((any::<usize>(), byte()), 0..12),
        end in prop_oneof![4 => Just(usize::MAX), 1 => 0_usize..14_000],
    ) {
        let (kind, content) = &SAMPLES[index];
        assert_contained(*kind, &damaged(content, &changes, end));
    }

    #[test]
    fn chance_is_read_to_its_end_as_anything(content in prop::collection::vec(any::<u8>(), 0..2000)) {
        for kind in KINDS {
            assert_contained(kind, &content);
            let _ = artefacts::recognise(&content, &content);
        }
    }

    #[test]
    fn a_log_of_chance_changes_nothing_it_should_not(changes in prop::collection::vec((any::<usize>(), byte()), 1..6)) {
        let (dirty, log) = (sample("dirty"), sample("dirty.LOG1"));
        let log = damaged(&log, &changes, usize::MAX);
        let whole = sample("SOFTWARE");
        if let Some(made) = artefacts::with_logs(&dirty, &[&log]) {
            prop_assert_eq!(&made[4096..], &whole[4096..]);
        }
        let _ = artefacts::with_logs(&damaged(&dirty, &changes, usize::MAX), &[&sample("dirty.LOG1")]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_damaged_volume_gives_its_files_and_an_end(
        // Where the boot sector and the records of the files are.
        changes in prop::collection::vec((prop_oneof![0_usize..512, 16_384_usize..96_000, any::<usize>()], byte()), 1..20),
    ) {
        let image = damaged(&VOLUME, &changes, usize::MAX);
        let mut bytes = 0;
        let mut each = |item: &mut VolumeItem<'_>| {
            if let Some(content) = &mut item.content {
                let mut start = Vec::new();
                let _ = content.take(1 << 20).read_to_end(&mut start);
                bytes += start.len();
            }
            ControlFlow::Continue(())
        };
        let read = artefacts::read_volume(&mut Cursor::new(&image), &Limits::default(), &mut each);
        prop_assert!(!matches!(read, Err(Damaged::Parser)));
    }
}

#[test]
fn each_byte_of_a_hive_can_be_wrong() {
    let (_, hive) = &SAMPLES[1];
    for at in (0..hive.len()).step_by(3) {
        let mut hive = hive.clone();
        hive[at] = !hive[at];
        assert_contained(Kind::RegistryHive, &hive);
    }
}

#[test]
fn values_that_share_their_data_are_not_read_over_and_over() {
    // A thousand values, each of which says to have the same 60,000 bytes.
    let hive = sharing_hive(1000, 60_000);
    let mut bytes = 0;
    let mut each = |trace: &artefacts::Trace<'_>| {
        bytes += trace.data.to_text().len();
        ControlFlow::Continue(())
    };
    let read = artefacts::read(
        Kind::RegistryHive,
        b"x",
        &hive,
        &Limits::default(),
        &mut each,
    );
    assert!(read.is_err());
    assert!(bytes < 20 * hive.len(), "{bytes} out of {}", hive.len());
}

/// Makes a hive by hand: a root key whose values all point at one cell of data.
fn sharing_hive(values: u32, data_bytes: u32) -> Vec<u8> {
    let mut cells = vec![0; 32];
    let mut add = |content: &[u8]| {
        let offset = u32::try_from(cells.len()).expect("the hive is small");
        let size = (content.len() + 4).next_multiple_of(8);
        cells.extend((-i32::try_from(size).expect("a cell is small")).to_le_bytes());
        cells.extend(content);
        cells.resize(offset as usize + size, 0);
        offset
    };
    let data = add(&vec![0xaa; data_bytes as usize]);
    let mut list = Vec::new();
    for _ in 0..values {
        let mut value = vec![0; 20];
        value[..2].copy_from_slice(b"vk");
        value[4..8].copy_from_slice(&data_bytes.to_le_bytes());
        value[8..12].copy_from_slice(&data.to_le_bytes());
        value[12] = 3;
        list.extend(add(&value).to_le_bytes());
    }
    let list = add(&list);
    let mut root = vec![0; 76];
    root[..2].copy_from_slice(b"nk");
    root[36..40].copy_from_slice(&values.to_le_bytes());
    root[40..44].copy_from_slice(&list.to_le_bytes());
    let root = add(&root);
    let mut hive = vec![0; 4096];
    hive[..4].copy_from_slice(b"regf");
    hive[36..40].copy_from_slice(&root.to_le_bytes());
    hive.extend(cells);
    hive
}
