//! Too many, too much, and a disk without room.

use std::process::Command;

use super::*;

fn path_of(number: u64) -> Vec<u8> {
    format!("/files/{:03}/{number}", number % 100).into_bytes()
}

fn keep(scene: &Scene, numbers: std::ops::Range<u64>) -> super::super::Summary {
    let inventory = scene.open();
    for number in numbers {
        let file = scene.settled(number);
        inventory.record(&scene.reading(&path_of(number), file), facts(number));
    }
    scene.finish(inventory)
}

fn known(scene: &Scene, numbers: std::ops::Range<u64>) -> usize {
    let inventory = Inventory::open_to_read(scene.path(), &scene.clock).unwrap();
    let mut finder = inventory.finder();
    numbers
        .filter(|number| {
            let path = path_of(*number);
            let found = finder.find(FilePath::split(&path), &scene.settled(*number));
            assert!(found.is_none() || found == Some(facts(*number)));
            found.is_some()
        })
        .count()
}

#[test]
fn of_too_many_records_those_not_seen_for_longest_go() {
    let mut scene = Scene::new().rewriting_always();
    scene.options.record_count_max = 250;
    keep(&scene, 0..200);
    scene.advance_seconds(3 * 86_400);
    {
        let inventory = scene.open();
        let mut finder = inventory.finder();
        for number in 150..200 {
            finder.see(FilePath::split(&path_of(number)));
        }
        for number in 200..350 {
            let file = scene.settled(number);
            inventory.record(&scene.reading(&path_of(number), file), facts(number));
        }
        let summary = scene.finish(inventory);
        assert_eq!((summary.is_rewritten, summary.dropped_count), (true, 100));
    }
    assert_eq!(known(&scene, 0..150), 50);
    assert_eq!(known(&scene, 150..350), 200);
}

#[test]
fn never_takes_more_room_than_it_is_given() {
    let mut scene = Scene::new().rewriting_always();
    scene.options.bytes_max = 300_000;
    for round in 0..8 {
        let summary = keep(&scene, round * 500..(round + 1) * 500);
        let mut bytes = 0;
        for entry in fs_err::read_dir(scene.path()).unwrap() {
            bytes += entry.unwrap().metadata().unwrap().len();
        }
        assert!(bytes <= 300_000, "{bytes} after {summary:?}");
        assert!(summary.is_rewritten);
        scene.advance_seconds(86_400);
    }
    assert!(known(&scene, 0..4_000) > 500);
}

#[test]
fn a_journal_as_long_as_it_may_be_says_so_and_what_it_holds_is_known() {
    let mut scene = Scene::new();
    scene.options.bytes_max = 90_000;
    keep(&scene, 0..100);
    let summary = keep(&scene, 100..2_000);
    assert!(
        summary.problem.is_some() && summary.not_kept_count > 0,
        "{summary:?}"
    );
    assert!(summary.is_rewritten, "so that there is room for the next");
    assert!(known(&scene, 0..2_000) >= 100);
    assert_eq!(keep(&scene, 100..200).problem, None);
    assert!(known(&scene, 0..2_000) >= 200);
}

#[test]
fn a_journal_read_in_several_passes_is_the_same() {
    use super::super::merging::{for_each, for_each_in_passes};

    let mut scene = Scene::new().rewriting_always();
    keep(&scene, 0..200);
    scene.options.journal_bytes_left = Some(u64::MAX);
    keep(&scene, 100..400);
    keep(&scene, 50..150);
    let inventory = Inventory::open_to_read(scene.path(), &scene.clock).unwrap();
    let journal = inventory.journal().unwrap();
    let mut at_once = Vec::new();
    for_each(inventory.base(), journal.as_ref(), &mut |merged| {
        at_once.push((merged.path.join(), merged.body.to_vec(), merged.in_base));
        Ok(())
    })
    .unwrap();
    assert_eq!(at_once.len(), 400);
    for pass_bytes in [0, 1_000, 10_000] {
        let mut in_passes = Vec::new();
        for_each_in_passes(
            inventory.base(),
            journal.as_ref(),
            pass_bytes,
            &mut |merged| {
                in_passes.push((merged.path.join(), merged.body.to_vec(), merged.in_base));
                Ok(())
            },
        )
        .unwrap();
        assert!(in_passes == at_once, "with {pass_bytes} bytes");
    }
}

/// A file system of its own, taken away with its folder.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn new(bytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={bytes},mode=700"),
                "none",
            ])
            .arg(folder.path())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(folder)),
            _ => {
                let what = "an inventory on a disk without room";
                testkit::skipping::skipped(what, "a small file system can be mounted only by root");
                None
            }
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}

#[test]
fn a_disk_without_room_ends_the_keeping_and_nothing_else() {
    let Some(disk) = SmallDisk::new(400 * 1024) else {
        return;
    };
    let mut scene = Scene::new();
    scene.options.folder = disk.0.path().join("inventory");
    let first = keep(&scene, 0..500);
    assert_eq!((first.problem, first.kept_count), (None, 500));
    let inventory = scene.open();
    for number in 500..10_000 {
        let file = scene.settled(number);
        inventory.record(&scene.reading(&path_of(number), file), facts(number));
    }
    let mut finder = inventory.finder();
    let found = finder.find(FilePath::split(&path_of(3)), &scene.settled(3));
    assert_eq!(
        found,
        Some(facts(3)),
        "what was known is still there for this sweep"
    );
    let summary = inventory.finish(&Walk::Partial, &scene.clock);
    assert!(
        summary.problem.is_some() && !summary.is_rewritten,
        "{summary:?}"
    );
    assert_eq!(known(&scene, 0..500), 500);
    // No room to rewrite either: it says so, and is as it was.
    scene.options.journal_bytes_left = Some(0);
    let filler = disk.0.path().join("filler");
    let _ = fs_err::write(&filler, vec![0; 400 * 1024]);
    let summary = keep(&scene, 0..10);
    assert!(summary.problem.is_some(), "{summary:?}");
    assert_eq!(known(&scene, 0..500), 500);
    fs_err::remove_file(&filler).unwrap();
    let summary = keep(&scene, 0..10);
    assert_eq!((summary.problem, summary.is_rewritten), (None, true));
    assert_eq!(known(&scene, 0..500), 500);
}
