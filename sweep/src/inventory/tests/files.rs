//! Real files that are changed in all the ways in which one can hide that.

use std::ffi::CString;
use std::fs::FileTimes as SetTimes;
use std::time::Duration;

use super::super::trust::FileIdentity;
use super::*;
use crate::platform::{self, Stat};

/// A folder with one file, and a clock that is an hour ahead, so that whatever is made now has long settled.
fn scene_with_file(content: &str) -> (Scene, std::path::PathBuf) {
    let scene = Scene::new();
    let path = scene.folder.path().join("file");
    fs_err::write(&path, content).unwrap();
    let made = Timestamp::from_second(identity(&path).changed.0).unwrap();
    scene.clock.set(made + SignedDuration::from_hours(1));
    (scene, path)
}

fn identity(path: &Path) -> FileIdentity {
    let folder = platform::open_root(path.parent().unwrap()).unwrap();
    let name = CString::new(path.file_name().unwrap().as_encoded_bytes()).unwrap();
    let stat: Stat = folder.stat(&name).unwrap();
    FileIdentity::from(&stat)
}

fn keep(scene: &Scene, path: &Path, file: FileIdentity, learned: Facts) -> super::super::Summary {
    let inventory = scene.open();
    inventory.record(&scene.reading(platform::path_bytes(path), file), learned);
    scene.finish(inventory)
}

/// Changes the system's own time of a file, which takes as long as one tick of its clock.
fn changed_since(path: &Path, before: &FileIdentity, change: &dyn Fn()) {
    let was_noticed = testkit::wait_until(Duration::from_secs(5), || {
        change();
        identity(path).changed != before.changed
    });
    assert!(was_noticed);
}

#[test]
fn a_file_whose_times_were_set_back_is_read_again() {
    let (scene, path) = scene_with_file("harmless");
    let before = identity(&path);
    keep(&scene, &path, before, facts(1));
    assert!(scene.find(platform::path_bytes(&path), &before).is_some());
    let modified = fs_err::metadata(&path).unwrap().modified().unwrap();
    changed_since(&path, &before, &|| {
        fs_err::write(&path, "malware!").unwrap();
        let file = fs_err::OpenOptions::new().write(true).open(&path).unwrap();
        file.file()
            .set_times(SetTimes::new().set_modified(modified))
            .unwrap();
    });
    let after = identity(&path);
    assert_eq!(
        (after.inode, after.size_bytes, after.modified),
        (before.inode, before.size_bytes, before.modified)
    );
    assert_eq!(scene.find(platform::path_bytes(&path), &after), None);
}

#[test]
fn another_file_with_the_same_name_size_and_times_is_read() {
    let (scene, path) = scene_with_file("harmless");
    let before = identity(&path);
    keep(&scene, &path, before, facts(1));
    let modified = fs_err::metadata(&path).unwrap().modified().unwrap();
    let other = path.with_file_name("other");
    changed_since(&path, &before, &|| {
        fs_err::write(&other, "malware!").unwrap();
        let file = fs_err::OpenOptions::new().write(true).open(&other).unwrap();
        file.file()
            .set_times(SetTimes::new().set_modified(modified))
            .unwrap();
        fs_err::rename(&other, &path).unwrap();
    });
    let after = identity(&path);
    assert_eq!(after.modified, before.modified);
    assert_eq!(scene.find(platform::path_bytes(&path), &after), None);
    let same_number = FileIdentity {
        changed: after.changed,
        ..before
    };
    assert_eq!(scene.find(platform::path_bytes(&path), &same_number), None);
}

#[test]
fn every_part_of_the_identity_counts() {
    let scene = Scene::new();
    let file = scene.settled(1);
    keep(&scene, Path::new("/a"), file, facts(1));
    assert_eq!(scene.find(b"/a", &file), Some(facts(1)));
    let (seconds, nanoseconds) = file.changed;
    for other in [
        FileIdentity {
            device: (8, 2),
            ..file
        },
        FileIdentity {
            device: (9, 1),
            ..file
        },
        FileIdentity { inode: 2, ..file },
        FileIdentity {
            size_bytes: 1,
            ..file
        },
        FileIdentity {
            modified: (seconds, nanoseconds + 1),
            ..file
        },
        FileIdentity {
            modified: (seconds - 1, nanoseconds),
            ..file
        },
        FileIdentity {
            changed: (seconds, nanoseconds + 1),
            ..file
        },
        FileIdentity {
            changed: (seconds - 1, nanoseconds),
            ..file
        },
    ] {
        assert_eq!(scene.find(b"/a", &other), None, "{other:?}");
    }
    assert_eq!(
        scene.find(b"/b", &file),
        None,
        "the same file by another name is another item"
    );
}

#[test]
fn a_file_that_has_just_changed_is_not_kept() {
    let scene = Scene::new();
    let seconds = now(&scene.clock).as_second();
    for age in [-100, 0, 1] {
        let file = FileIdentity {
            changed: (seconds - age, 0),
            ..scene.settled(1)
        };
        let summary = keep(&scene, Path::new("/a"), file, facts(1));
        assert_eq!(
            (summary.kept_count, summary.not_kept_count),
            (0, 1),
            "{age} s ago"
        );
        assert_eq!(scene.find(b"/a", &file), None);
    }
}

#[test]
fn a_file_that_had_hardly_settled_is_believed_for_ten_minutes() {
    let scene = Scene::new();
    let file = FileIdentity {
        changed: (now(&scene.clock).as_second() - 30, 0),
        ..scene.settled(1)
    };
    keep(&scene, Path::new("/a"), file, facts(1));
    scene.advance_seconds(600);
    assert_eq!(scene.find(b"/a", &file), Some(facts(1)));
    scene.advance_seconds(1);
    assert_eq!(scene.find(b"/a", &file), None);
    keep(&scene, Path::new("/a"), file, facts(1));
    scene.advance_seconds(1_000_000);
    assert_eq!(
        scene.find(b"/a", &file),
        Some(facts(1)),
        "it was read again, long after"
    );
}

#[test]
fn a_file_in_memory_is_believed_for_ten_minutes() {
    let scene = Scene::new();
    let file = scene.settled(1);
    let inventory = scene.open();
    let reading = Reading {
        times: FileTimes::Unsure,
        ..scene.reading(b"/dev/shm/a", file)
    };
    inventory.record(&reading, facts(1));
    scene.finish(inventory);
    assert!(scene.find(b"/dev/shm/a", &file).is_some());
    scene.advance_seconds(601);
    assert_eq!(scene.find(b"/dev/shm/a", &file), None);
}

#[test]
fn knows_which_file_systems_hide_changes() {
    let ordinary = tempfile::tempfile().unwrap();
    let memory = tempfile::tempfile_in("/dev/shm");
    match memory {
        Ok(memory) => assert_eq!(FileTimes::of(&memory).unwrap(), FileTimes::Unsure),
        Err(error) => testkit::skipping::skipped("files in memory", &error.to_string()),
    }
    if platform::keeps_times(&ordinary).unwrap() {
        assert_eq!(FileTimes::of(&ordinary).unwrap(), FileTimes::Kept);
    }
}

#[test]
fn a_clock_that_was_moved_back_is_believed_about_nothing() {
    let scene = Scene::new();
    let file = scene.settled(1);
    keep(&scene, Path::new("/a"), file, facts(1));
    scene.advance_seconds(-1);
    assert_eq!(scene.find(b"/a", &file), None);
    scene.advance_seconds(1);
    assert_eq!(
        scene.find(b"/a", &file),
        Some(facts(1)),
        "once it is right again"
    );
}

#[test]
fn takes_names_of_any_bytes_and_no_path_that_is_too_long() {
    let scene = Scene::new();
    let file = scene.settled(1);
    let inventory = scene.open();
    let deep = format!("/{}x", "d/".repeat(20_000)).into_bytes();
    for path in [&b"/\xff\xfe\n"[..], b"/a/\x01", &deep] {
        inventory.record(&scene.reading(path, file), facts(1));
    }
    let summary = scene.finish(inventory);
    assert_eq!((summary.kept_count, summary.not_kept_count), (2, 1));
    assert!(scene.find(b"/\xff\xfe\n", &file).is_some());
    assert_eq!(scene.find(&deep, &file), None);
}
