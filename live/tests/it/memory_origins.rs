//! Memory of every origin: reserved, hidden, shared, of a file that is gone. Looking at it changes nothing.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

use live::{LiveOptions, MemoryCoverage};
use testkit::skipping::skipped;

use crate::companion::{Companion, marker};

/// Parts of every script: the marker of [`marker`], and the address of a map.
const PRELUDE: &str = r"
import ctypes, hashlib, mmap, os, sys
def marker(seed):
    half = lambda salt: hashlib.md5(bytes([seed, salt])).digest()
    return b'tocsin:' + half(0x5a) + half(0xa5)
def address(m):
    return ctypes.addressof(ctypes.c_char.from_buffer(m))
def wait(*words):
    print('ready:', *words, flush=True)
    sys.stdin.read()
";

/// Starts a script that takes memory as this program cannot without unsafe code.
fn start(what: &str, script: &str) -> Option<Companion> {
    let works = Command::new("python3").args(["-c", PRELUDE]).output();
    if !works.is_ok_and(|output| output.status.success()) {
        skipped(what, "there is no python3 with ctypes and mmap");
        return None;
    }
    let mut command = Command::new("python3");
    command.arg("-c").arg(format!("{PRELUDE}{script}"));
    Some(Companion::start_script(command))
}

fn search(companion: &Companion, seed: u8) -> (BTreeSet<u64>, MemoryCoverage) {
    let sought = marker(seed);
    let options = LiveOptions::default();
    let mut memory = companion.process().open_memory(&options).unwrap();
    let mut found = BTreeSet::new();
    let coverage = memory.read(&mut |piece| {
        let here = memchr::memmem::find_iter(piece.bytes, &sought);
        found.extend(here.map(|at| piece.address + at as u64));
        ControlFlow::Continue(())
    });
    (found, coverage)
}

/// Memory of a process in the kernel's account, in KiB: its pages and their tables.
fn taken(companion: &Companion) -> u64 {
    let status = fs_err::read_to_string(format!("/proc/{}/status", companion.pid())).unwrap();
    let counted = |line: &&str| line.starts_with("VmRSS") || line.starts_with("VmPTE");
    let number = |line: &str| line.split_whitespace().nth(1)?.parse::<u64>().ok();
    status.lines().filter(counted).filter_map(number).sum()
}

/// What the process does by itself until it waits is a few pages; tables for 8 GiB would be 16 MiB.
fn assert_took_nothing(companion: &Companion, before: u64) {
    let now = taken(companion);
    assert!(now.abs_diff(before) < 512, "{before} KiB, now {now} KiB");
}

#[test]
fn finds_a_page_in_reserved_gigabytes_and_takes_no_memory_for_it() {
    let script = "
m = mmap.mmap(-1, 8 << 30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)
m[5 << 30:(5 << 30) + len(marker(4))] = marker(4)
wait(address(m))
";
    let Some(companion) = start("reserved memory", script) else {
        return;
    };
    let before = taken(&companion);
    let (found, coverage) = search(&companion, 4);
    assert!(found.contains(&(companion.number(0) + (5 << 30))));
    assert!(coverage.untouched_bytes > 7 << 30, "{coverage:?}");
    assert!(coverage.read_bytes < 1 << 30, "{coverage:?}");
    assert_took_nothing(&companion, before);
}

#[test]
fn finds_what_is_hidden_in_memory_that_nobody_may_read() {
    let script = "
m = mmap.mmap(-1, 1 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
m[5000:5000 + len(marker(5))] = marker(5)
at = address(m)
libc = ctypes.CDLL(None, use_errno=True)
assert libc.mprotect(ctypes.c_void_p(at), ctypes.c_size_t(1 << 20), 0) == 0
wait(at)
";
    let what = "memory without permissions";
    let Some(companion) = start(what, script) else {
        return;
    };
    let (found, coverage) = search(&companion, 5);
    let there = companion.number(0) + 5000;
    // A kernel may be set up to refuse it; then it is a gap.
    let gap = |gap: &live::RegionGap| (gap.start..gap.end).contains(&there);
    assert!(found.contains(&there) || coverage.gaps.iter().any(gap));
}

#[test]
fn finds_what_lies_in_shared_memory_and_fills_none_of_its_holes() {
    let script = "
fd = os.memfd_create('shared')
os.ftruncate(fd, 8 << 30)
m = mmap.mmap(fd, 8 << 30, mmap.MAP_SHARED)
m[5 << 30:(5 << 30) + len(marker(6))] = marker(6)
wait(address(m), fd)
";
    let what = "shared memory with holes";
    let Some(companion) = start(what, script) else {
        return;
    };
    if !rustix::process::geteuid().is_root() {
        return skipped(what, "only the administrator may read it as a file");
    }
    let file = format!("/proc/{}/fd/{}", companion.pid(), companion.number(1));
    let blocks = || fs_err::metadata(&file).unwrap().blocks();
    let (blocks_before, before) = (blocks(), taken(&companion));
    let (found, coverage) = search(&companion, 6);
    assert!(found.contains(&(companion.number(0) + (5 << 30))));
    assert!(coverage.read_bytes < 1 << 30, "{coverage:?}");
    assert_eq!(blocks(), blocks_before);
    assert_took_nothing(&companion, before);
}

#[test]
fn reads_a_file_that_is_gone_and_leaves_one_in_its_place_to_the_sweep() {
    let folder = tempfile::tempdir().unwrap();
    let mut content = vec![0; 20_000];
    content.extend(marker(7));
    content.resize(40_000, 0);
    for name in ["gone.so", "kept.so"] {
        fs_err::write(folder.path().join(name), &content).unwrap();
    }
    let script = format!(
        "
def show(name):
    with open('{}/' + name, 'rb') as f:
        return mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_COPY)
gone, kept = show('gone.so'), show('kept.so')
wait(address(gone), address(kept))
",
        folder.path().display()
    );
    let Some(companion) = start("files that are mapped", &script) else {
        return;
    };
    rustix::fs::unlink(folder.path().join("gone.so")).unwrap();
    let (found, coverage) = search(&companion, 7);
    assert!(found.contains(&(companion.number(0) + 20_000)));
    assert!(!found.contains(&(companion.number(1) + 20_000)));
    assert!(coverage.file_bytes >= 40_000);
    // Another file takes the place of the one that is still in use.
    let new = folder.path().join("new");
    fs_err::write(&new, &content).unwrap();
    fs_err::rename(&new, folder.path().join("kept.so")).unwrap();
    let (found, _) = search(&companion, 7);
    assert!(found.contains(&(companion.number(1) + 20_000)));
}
