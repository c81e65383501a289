//! Memory of processes: found at every address, accounted for byte by byte.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use live::{Cause, LiveOptions, MemoryCoverage, Region};

use crate::companion::{Companion, marker, process};

/// Addresses of `sought` in a memory, and what reading it came to.
fn search(
    companion: &Companion,
    options: &LiveOptions,
    sought: &[u8],
) -> (BTreeSet<u64>, MemoryCoverage, Vec<Region>) {
    let mut memory = companion.process().open_memory(options).unwrap();
    let mut found = BTreeSet::new();
    let coverage = memory.read(&mut |piece| {
        let here = memchr::memmem::find_iter(piece.bytes, sought);
        found.extend(here.map(|at| piece.address + at as u64));
        ControlFlow::Continue(())
    });
    (found, coverage, memory.regions().to_vec())
}

/// Every byte of every region is in exactly one of the counts.
fn assert_adds_up(coverage: &MemoryCoverage, regions: &[Region]) {
    let gaps: u64 = coverage.gaps.iter().map(|gap| gap.end - gap.start).sum();
    let sum = coverage.read_bytes + coverage.untouched_bytes + coverage.file_bytes + gaps;
    assert_eq!(sum, regions.iter().map(Region::length).sum::<u64>());
    assert_eq!(coverage.region_count, regions.len() as u64);
}

#[test]
fn finds_everything_in_memory_whatever_the_windows() {
    let companion = Companion::start("markers");
    let (base, count) = (companion.number(0), companion.number(1));
    let expected: Vec<u64> = (0..count).map(|n| base + n * 10_007 + 9_000).collect();
    let sought = marker(1);
    for (window_bytes, overlap_bytes) in [(16 << 20, 64 << 10), (64 << 10, 4096), (100_000, 99)] {
        let options = LiveOptions {
            window_bytes,
            overlap_bytes,
            ..LiveOptions::default()
        };
        let (found, coverage, regions) = search(&companion, &options, &sought);
        let missed = expected.iter().filter(|address| !found.contains(address));
        assert_eq!(missed.count(), 0, "window of {window_bytes}");
        assert_adds_up(&coverage, &regions);
        assert!(coverage.file_bytes > 0 && coverage.untouched_bytes > 0);
    }
}

#[test]
fn finds_what_a_program_wrote_over_its_own_file() {
    let companion = Companion::start("written");
    let mut memory = companion
        .process()
        .open_memory(&LiveOptions::default())
        .unwrap();
    let sought = marker(2);
    let mut in_file = false;
    memory.read(&mut |piece| {
        let here = memchr::memmem::find(piece.bytes, &sought).is_some();
        in_file |= here && piece.region.file.is_some();
        ControlFlow::Continue(())
    });
    assert!(in_file);
}

#[test]
fn stops_at_the_limits_and_says_where() {
    let companion = Companion::start("markers");
    let base = companion.number(0);
    let options = LiveOptions {
        region_bytes_max: 1 << 20,
        ..LiveOptions::default()
    };
    let (found, coverage, regions) = search(&companion, &options, &marker(1));
    assert_adds_up(&coverage, &regions);
    assert!(found.iter().any(|&address| address >= base));
    let gap = coverage
        .gaps
        .iter()
        .find(|gap| gap.cause == Cause::TooLarge("bytes of one region"))
        .unwrap();
    assert!(gap.end >= base + (4 << 20) - 10_007, "{gap:?} {base:#x}");
    let options = LiveOptions {
        process_bytes_max: 1 << 20,
        ..LiveOptions::default()
    };
    let (_, coverage, regions) = search(&companion, &options, &marker(1));
    assert_adds_up(&coverage, &regions);
    assert!(coverage.read_bytes <= 1 << 20);
}

#[test]
fn a_process_that_ends_meanwhile_leaves_gaps() {
    let mut companion = Companion::start("markers");
    let options = LiveOptions {
        window_bytes: 64 << 10,
        ..LiveOptions::default()
    };
    let mut memory = companion.process().open_memory(&options).unwrap();
    let coverage = memory.read(&mut |_| {
        companion.end();
        ControlFlow::Continue(())
    });
    assert_adds_up(&coverage, memory.regions());
    assert!(coverage.gaps.iter().any(|gap| gap.cause == Cause::Vanished));
}

#[test]
fn a_reader_that_breaks_off_is_in_the_account() {
    let companion = Companion::start("markers");
    let mut memory = companion
        .process()
        .open_memory(&LiveOptions::default())
        .unwrap();
    let coverage = memory.read(&mut |_| ControlFlow::Break(()));
    assert_adds_up(&coverage, memory.regions());
    let left_out = |cause: &Cause| matches!(cause, Cause::LeftOut(_));
    assert!(coverage.gaps.iter().any(|gap| left_out(&gap.cause)));
}

#[test]
fn reads_a_memory_that_changes_all_the_time() {
    let companion = Companion::start("churn");
    for _ in 0..5 {
        let (_, coverage, regions) = search(&companion, &LiveOptions::default(), &marker(9));
        assert_adds_up(&coverage, &regions);
    }
}

#[test]
fn leaves_its_own_memory_out_and_says_so() {
    let own = process(std::process::id());
    let refused = own.open_memory(&LiveOptions::default()).unwrap_err();
    assert!(matches!(refused, Cause::LeftOut(_)), "{refused:?}");
    let companion = Companion::start("written");
    let options = LiveOptions {
        left_out_pids: vec![companion.pid()],
        ..LiveOptions::default()
    };
    let refused = companion.process().open_memory(&options).unwrap_err();
    assert!(matches!(refused, Cause::LeftOut(_)), "{refused:?}");
}

#[test]
fn reads_code_without_a_file_first() {
    let companion = Companion::start("written");
    let memory = companion
        .process()
        .open_memory(&LiveOptions::default())
        .unwrap();
    let first = &memory.regions()[0];
    // The kernel's own page of code is in every process, and in no file.
    assert!(
        first.permissions.execute && first.file.is_none(),
        "{first:?}"
    );
}
