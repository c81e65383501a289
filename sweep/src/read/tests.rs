//! Files that change while they are read: the change is made between two chunks, so that it always hits.

use std::ffi::CString;
use std::io::{Cursor, Write};
use std::path::Path;

use super::*;
use crate::platform::open_root;

static RUNNING: AtomicBool = AtomicBool::new(false);

fn read_file(folder: &Path, name: &str, wanted: Wanted) -> Result<ItemRead, NotRead> {
    let name = CString::new(name).unwrap();
    let handle = open_root(folder).unwrap();
    let listed = handle.stat(&name).unwrap();
    let stop = Stop::new(&RUNNING, None);
    let mut reader = Reader::new(1024, Room::new(Arc::default()));
    let opened = reader.open(&handle, &name, &listed)?;
    reader.read(opened, &listed, wanted, &stop, &mut |_| {})
}

fn hashing() -> Wanted {
    Wanted {
        algorithms: AlgorithmSet::ALL,
        ..Wanted::default()
    }
}

/// Reads a file of three chunks that `change` changes after the first.
fn read_while(change: impl Fn(&Path)) -> (u64, bool) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let size = 3 * CHUNK_BYTES as u64;
    fs_err::write(&path, vec![7; 3 * CHUNK_BYTES]).unwrap();
    let handle = open_root(folder.path()).unwrap();
    let mut file = handle.open_file(c"file", true).unwrap();
    let before = platform::stat_of(&file).unwrap();
    let stop = Stop::new(&RUNNING, None);
    let mut chunks = 0;
    let mut each = |_: &[u8]| {
        chunks += 1;
        if chunks == 1 {
            change(&path);
        }
    };
    let total = Reader::new(0, Room::new(Arc::default()))
        .read_chunks(&mut file, size, &stop, &mut each)
        .unwrap();
    let after = platform::stat_of(&file).unwrap();
    (total, total != size || !after.same_content(&before))
}

#[test]
fn notices_a_file_that_shrinks() {
    let (total, changed) = read_while(|path| {
        let file = fs_err::OpenOptions::new().write(true).open(path).unwrap();
        file.file().set_len(10).unwrap();
    });
    assert_eq!((total, changed), (CHUNK_BYTES as u64, true));
}

#[test]
fn notices_a_file_that_grows_and_does_not_follow_it() {
    let (total, changed) = read_while(|path| {
        let mut file = fs_err::OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(&vec![7; CHUNK_BYTES * 5]).unwrap();
    });
    assert_eq!((total, changed), (3 * CHUNK_BYTES as u64 + 1, true));
}

#[test]
fn notices_content_of_the_same_length_with_its_old_time_put_back() {
    let (_, changed) = read_while(|path| {
        let before = fs_err::metadata(path).unwrap().modified().unwrap();
        let mut file = fs_err::OpenOptions::new().write(true).open(path).unwrap();
        file.write_all(b"another").unwrap();
        file.file().set_modified(before).unwrap();
    });
    assert!(changed);
}

#[test]
fn does_not_follow_a_link_put_in_the_place_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("file"), folder.path().join("other"));
    fs_err::write(&path, "content").unwrap();
    fs_err::write(&other, "content").unwrap();
    let handle = open_root(folder.path()).unwrap();
    let listed = handle.stat(c"file").unwrap();
    fs_err::rename(&path, folder.path().join("away")).unwrap();
    fs_err::os::unix::fs::symlink(&other, &path).unwrap();
    let read = Reader::new(0, Room::new(Arc::default())).open(&handle, c"file", &listed);
    assert_eq!(read.err(), Some(NotRead::Failed(Reason::Vanished)));
    // Another file of the same content is another file.
    fs_err::rename(&other, &path).unwrap();
    let read = Reader::new(0, Room::new(Arc::default())).open(&handle, c"file", &listed);
    assert_eq!(read.err(), Some(NotRead::Replaced));
}

#[test]
fn keeps_content_up_to_the_limit_and_hashes_beyond() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("small"), vec![1; 1024]).unwrap();
    fs_err::write(folder.path().join("large"), vec![1; 1025]).unwrap();
    let wanted = Wanted {
        whole: true,
        ..hashing()
    };
    let small = read_file(folder.path(), "small", wanted).unwrap();
    assert!(small.has_content && !small.changed && small.digests.are_complete());
    let large = read_file(folder.path(), "large", wanted).unwrap();
    assert!(!large.has_content && !large.changed && large.digests.are_complete());
}

#[test]
fn reads_nothing_made_up_by_the_kernel() {
    let listed = read_file(Path::new("/proc/self"), "status", hashing());
    assert_eq!(listed.err(), Some(NotRead::Special));
}

#[test]
fn never_reads_more_than_one_byte_beyond_the_size() {
    let stop = Stop::new(&RUNNING, None);
    let mut endless = io::repeat(1);
    let mut seen = 0;
    let total = Reader::new(0, Room::new(Arc::default()))
        .read_chunks(&mut endless, 1000, &stop, &mut |chunk| seen += chunk.len())
        .unwrap();
    assert_eq!((total, seen), (1001, 1001));
    let mut short = Cursor::new([1; 10]);
    let total =
        Reader::new(0, Room::new(Arc::default())).read_chunks(&mut short, 1000, &stop, &mut |_| {});
    assert_eq!(total, Ok(10));
}
