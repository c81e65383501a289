//! A `/proc` made of plain files: numbers and sizes that no healthy system has.

use std::io::{Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::Path;

use live::{Cause, LiveOptions, Process, list_connections, list_processes};

fn write(root: &Path, path: &str, content: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, content).unwrap();
}

/// A process with that id, without rights to look at more of it.
fn add_process(root: &Path, pid: u32, start: u64) {
    let line = format!("{pid} (x) S 1 1 1 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 {start} 1 2 3\n");
    write(root, &format!("proc/{pid}/stat"), line);
    let status = format!("Name:\tx\nPid:\t{pid}\nUid:\t5\t6\t7\t8\n");
    write(root, &format!("proc/{pid}/status"), status);
    write(root, &format!("proc/{pid}/cmdline"), "x\0-y\0");
}

fn options(root: &Path) -> LiveOptions {
    LiveOptions {
        root: root.to_owned(),
        ..LiveOptions::default()
    }
}

fn only(root: &Path) -> Process {
    let mut listed = list_processes(&options(root));
    assert_eq!(listed.items.len(), 1);
    listed.items.remove(0)
}

#[test]
fn lists_what_it_can_and_names_the_rest() {
    let root = tempfile::tempdir().unwrap();
    let at = root.path();
    add_process(at, 4_000_007, 1);
    write(at, "proc/4000008/stat", "4000008 (cut");
    fs_err::create_dir_all(at.join("proc/4000009")).unwrap();
    write(at, "proc/not-a-number/stat", "");
    let listed = list_processes(&options(at));
    assert_eq!(listed.items.len(), 1);
    assert_eq!(
        (listed.items[0].user_id, listed.items[0].effective_user_id),
        (5, 6)
    );
    let unread: Vec<String> = listed.unread.iter().map(ToString::to_string).collect();
    assert_eq!(
        unread,
        [
            "process 4000007 (x): executable: vanished",
            "process 4000008: reading failed: 'stat' is not as proc(5) says",
            "process 4000009: vanished",
        ]
    );
}

#[test]
fn does_not_take_another_process_with_the_same_id_for_the_one_it_knew() {
    let root = tempfile::tempdir().unwrap();
    add_process(root.path(), 4_000_007, 1);
    let process = only(root.path());
    assert!(process.still_runs());
    add_process(root.path(), 4_000_007, 2);
    assert!(!process.still_runs());
    let refused = process.open_memory(&options(root.path())).unwrap_err();
    assert_eq!(refused, Cause::Vanished);
}

#[test]
fn lists_no_more_processes_than_the_limit() {
    let root = tempfile::tempdir().unwrap();
    for pid in 4_000_000..4_000_020 {
        add_process(root.path(), pid, 1);
    }
    let options = LiveOptions {
        process_count_max: 7,
        ..options(root.path())
    };
    let listed = list_processes(&options);
    assert_eq!(listed.items.len(), 7);
    assert!(
        listed
            .unread
            .iter()
            .any(|unread| unread.what == "more processes")
    );
}

/// A memory of plain bytes, with such regions.
fn add_memory(root: &Path, pid: u32, maps: &str, bytes: &[(u64, &[u8])]) {
    add_process(root, pid, 1);
    write(root, &format!("proc/{pid}/maps"), maps);
    let mut file = fs_err::File::create(root.join(format!("proc/{pid}/mem"))).unwrap();
    for (address, bytes) in bytes {
        file.seek(SeekFrom::Start(*address)).unwrap();
        file.write_all(bytes).unwrap();
    }
}

#[test]
fn reads_sixty_thousand_regions() {
    let root = tempfile::tempdir().unwrap();
    let maps: Vec<String> = (1..=60_000_u64)
        .map(|n| {
            format!(
                "{:x}-{:x} rw-p 00000000 00:00 0 \n",
                n * 8192,
                n * 8192 + 4096
            )
        })
        .collect();
    let last = 60_000 * 8192;
    add_memory(
        root.path(),
        4_000_007,
        &maps.concat(),
        &[(last, &[7; 4096])],
    );
    let process = only(root.path());
    let mut memory = process.open_memory(&options(root.path())).unwrap();
    assert_eq!(memory.regions().len(), 60_000);
    let mut count = 0;
    let coverage = memory.read(&mut |piece| {
        count += 1;
        assert_eq!(piece.bytes.len(), 4096);
        ControlFlow::Continue(())
    });
    assert_eq!((count, coverage.read_bytes), (60_000, 60_000 * 4096));
    assert_eq!(coverage.gaps, []);
    let few = LiveOptions {
        region_count_max: 10,
        ..options(root.path())
    };
    let mut memory = process.open_memory(&few).unwrap();
    let coverage = memory.read(&mut |_| ControlFlow::Continue(()));
    assert_eq!(coverage.region_count, 10);
    assert_eq!(
        coverage.gaps[0].cause,
        Cause::TooLarge("regions of one process")
    );
}

#[test]
fn hands_each_byte_out_once_but_for_the_overlap() {
    let root = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = (0_u32..1_000_000).map(|n| (n % 251) as u8).collect();
    let maps = "10000-200000 rwxp 00000000 00:00 0 \n";
    add_memory(root.path(), 4_000_007, maps, &[(0x10000, &bytes)]);
    let options = LiveOptions {
        window_bytes: 70_000,
        overlap_bytes: 1_000,
        region_bytes_max: 900_000,
        ..options(root.path())
    };
    let mut memory = only(root.path()).open_memory(&options).unwrap();
    let mut joined = Vec::new();
    let coverage = memory.read(&mut |piece| {
        let expected = if joined.is_empty() { 0 } else { 1_000 };
        assert_eq!(piece.overlap_bytes, expected);
        assert_eq!(
            piece.address - 0x10000 + piece.overlap_bytes as u64,
            joined.len() as u64
        );
        assert!(joined.ends_with(&piece.bytes[..piece.overlap_bytes]));
        joined.extend_from_slice(&piece.bytes[piece.overlap_bytes..]);
        ControlFlow::Continue(())
    });
    assert!(joined == bytes[..900_000]);
    assert_eq!(coverage.gaps.len(), 1);
    assert_eq!(coverage.gaps[0].start, 0x10000 + 900_000);
}

#[test]
fn takes_regions_at_the_end_of_the_address_space_and_of_absurd_size() {
    let root = tempfile::tempdir().unwrap();
    let maps = "0-ffffffffffffffff rw-p 00000000 00:00 0 \n\
                fffffffffffff000-ffffffffffffffff rwxp 00000000 00:00 0 \n\
                1000-2000 rw-s ffffffffffffffff 00:00 0 /gone (deleted)\n";
    add_memory(root.path(), 4_000_007, maps, &[(0, b"x")]);
    let mut memory = only(root.path())
        .open_memory(&options(root.path()))
        .unwrap();
    let coverage = memory.read(&mut |_| ControlFlow::Continue(()));
    assert!(!coverage.gaps.is_empty());
}

#[test]
fn garbled_tables_of_sockets_are_named() {
    let root = tempfile::tempdir().unwrap();
    add_process(root.path(), 4_000_007, 1);
    std::os::unix::fs::symlink("net:[77]", {
        fs_err::create_dir_all(root.path().join("proc/4000007/ns")).unwrap();
        root.path().join("proc/4000007/ns/net")
    })
    .unwrap();
    let line = "   0: 0100007F:1F90 0200007F:0050 01 0:0 0:0 0 1000 0 5 1\n";
    let table = format!("heading\n{line}nonsense\n{line}{line}");
    write(root.path(), "proc/4000007/net/tcp", table);
    let options = LiveOptions {
        connection_count_max: 3,
        ..options(root.path())
    };
    let connections = list_connections(&options, &list_processes(&options));
    assert_eq!(connections.items.len(), 2);
    assert_eq!(connections.items[0].namespace, 77);
    let unread: Vec<&str> = connections
        .unread
        .iter()
        .map(|unread| unread.what.as_str())
        .collect();
    assert_eq!(
        unread,
        [
            "sockets of 1 processes, the first process 4000007 (x)",
            "1 lines of net/tcp of network namespace 77",
            "the rest of net/tcp of network namespace 77",
        ]
    );
}
