//! Who else may look in, and what happens when two sweeps use one inventory.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::super::folder::InventoryFolder;
use super::super::{InventoryError, Judged};
use super::*;
use crate::platform;

#[test]
fn a_second_sweep_reads_and_keeps_nothing() {
    let scene = Scene::new();
    let first = scene.open();
    first.record(&scene.reading(b"/a", scene.settled(1)), facts(1));
    scene.finish(first);
    let first = scene.open();
    let second = Inventory::open(&scene.options, &scene.clock).unwrap();
    assert_eq!(second.recording(), &Recording::OtherSweep);
    let found = second
        .finder()
        .find(FilePath::split(b"/a"), &scene.settled(1));
    assert_eq!(found, Some(facts(1)));
    second.record(&scene.reading(b"/b", scene.settled(2)), facts(2));
    let summary = second.finish(&Walk::Partial, &scene.clock);
    assert_eq!((summary.kept_count, summary.problem), (0, None));
    first.record(&scene.reading(b"/c", scene.settled(3)), facts(3));
    scene.finish(first);
    assert_eq!(scene.find(b"/b", &scene.settled(2)), None);
    assert_eq!(scene.find(b"/c", &scene.settled(3)), Some(facts(3)));
}

#[test]
fn the_lock_of_a_process_that_was_killed_and_hangs_is_taken_over_once() {
    let scene = Scene::new();
    let hanging = scene.open();
    hanging.record(&scene.reading(b"/a", scene.settled(1)), facts(1));
    let open = || InventoryFolder::open(scene.path()).unwrap();
    assert!(!open().lock_or_take_over(&|_| false).unwrap());
    let holder = |name: &str| Some(name) == platform::this_process().as_deref();
    let mut next = open();
    assert!(next.lock_or_take_over(&holder).unwrap());
    assert!(!open().lock().unwrap(), "whoever took it has it");
    drop(hanging);
    assert!(
        !open().lock().unwrap(),
        "what hung has nothing to give back"
    );
    drop(next);
    assert!(open().lock().unwrap());
}

#[test]
fn a_sweep_that_reads_is_not_disturbed_by_one_that_rewrites() {
    let scene = Scene::new().rewriting_always();
    let record_all = |inventory: &Inventory, set: u8| {
        let judging = inventory.judging(&[[set; 32]]);
        for number in 0..300_u64 {
            let learned = Facts {
                judged: Judged::NOTHING.with(&judging),
                ..facts(number)
            };
            let path = format!("/{number}");
            inventory.record(
                &scene.reading(path.as_bytes(), scene.settled(number)),
                learned,
            );
        }
    };
    let first = scene.open();
    record_all(&first, 1);
    scene.finish(first);
    let reader = Inventory::open_to_read(scene.path(), &scene.clock).unwrap();
    for set in 2..4 {
        let writer = scene.open();
        record_all(&writer, set);
        assert!(scene.finish(writer).is_rewritten);
    }
    let one = reader.judging(&[[1; 32]]);
    let two = reader.judging(&[[2; 32]]);
    let mut finder = reader.finder();
    for number in 0..300_u64 {
        let path = format!("/{number}");
        let found = finder
            .find(FilePath::split(path.as_bytes()), &scene.settled(number))
            .unwrap();
        assert!(one.is_complete(found.judged) && !two.is_complete(found.judged));
    }
}

#[test]
fn a_journal_that_continues_another_base_is_not_read() {
    let scene = Scene::new().rewriting_always();
    let keep = |set: u8| {
        let inventory = scene.open();
        let judging = inventory.judging(&[[set; 32]]);
        let learned = Facts {
            judged: Judged::NOTHING.with(&judging),
            ..facts(1)
        };
        inventory.record(&scene.reading(b"/a", scene.settled(1)), learned);
        inventory
    };
    scene.finish(keep(1));
    let old_base = fs_err::read(scene.file("base")).unwrap();
    scene.finish(keep(2));
    let mut later = scene;
    later.options.journal_bytes_left = Some(u64::MAX);
    let inventory = later.open();
    inventory.record(&later.reading(b"/b", later.settled(2)), facts(2));
    later.finish(inventory);
    assert!(later.find(b"/b", &later.settled(2)).is_some());
    fs_err::write(later.file("base"), old_base).unwrap();
    assert_eq!(later.find(b"/b", &later.settled(2)), None);
    assert!(later.find(b"/a", &later.settled(1)).is_some());
}

#[test]
fn only_its_owner_may_look_in() {
    let scene = Scene::new();
    scene.finish(scene.open());
    let mode = |path: &Path| fs_err::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(scene.path()), 0o700);
    for entry in fs_err::read_dir(scene.path()).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
    for others in [0o755, 0o710, 0o702] {
        fs_err::set_permissions(scene.path(), PermissionsExt::from_mode(others)).unwrap();
        let refused = Inventory::open(&scene.options, &scene.clock);
        assert!(
            matches!(refused, Err(InventoryError::NotPrivate { .. })),
            "{others:o}"
        );
    }
}

#[test]
fn follows_no_link_to_its_folder_or_its_files() {
    let scene = Scene::new();
    let elsewhere = scene.folder.path().join("elsewhere");
    fs_err::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, scene.path()).unwrap();
    assert!(Inventory::open(&scene.options, &scene.clock).is_err());
    fs_err::remove_file(scene.path()).unwrap();
    scene.finish(scene.open());
    let precious = elsewhere.join("precious");
    fs_err::write(&precious, "precious").unwrap();
    for name in ["journal", "base", "lock"] {
        let _ = fs_err::remove_file(scene.file(name));
        symlink(&precious, scene.file(name)).unwrap();
        if let Ok(inventory) = Inventory::open(&scene.options, &scene.clock) {
            inventory.record(&scene.reading(b"/a", scene.settled(1)), facts(1));
            scene.finish(inventory);
        }
        fs_err::remove_file(scene.file(name)).unwrap();
        assert_eq!(fs_err::read_to_string(&precious).unwrap(), "precious");
    }
}

#[test]
fn what_an_inventory_was_asked_for_is_asked_for_again() {
    use domain::Algorithm;

    let scene = Scene::new();
    let first = scene.open();
    assert_eq!(first.ask_for(&[Algorithm::Sha1]), [Algorithm::Sha1]);
    scene.finish(first);
    let second = scene.open();
    assert_eq!(
        second.ask_for(&[Algorithm::Md5]),
        [Algorithm::Md5, Algorithm::Sha1]
    );
    scene.finish(second);
    let mut later = scene;
    later.options.journal_bytes_left = Some(0);
    let third = later.open();
    assert_eq!(third.ask_for(&[]), [Algorithm::Md5, Algorithm::Sha1]);
    later.finish(third);
    assert_eq!(later.open().ask_for(&[]), [Algorithm::Md5, Algorithm::Sha1]);
}

#[test]
fn a_hundred_alerts_one_after_another_are_all_judged_once() {
    let scene = Scene::new();
    for alert in 0..100_u8 {
        let parts = [[alert; 32], [200; 32]];
        let inventory = scene.open();
        let judging = inventory.judging(&parts);
        let judged = inventory
            .finder()
            .find(FilePath::split(b"/a"), &scene.settled(1))
            .map_or(Judged::NOTHING, |facts| facts.judged);
        let missing: Vec<usize> = judging.missing(judged).iter().collect();
        let expected: &[usize] = if alert == 0 { &[0, 1] } else { &[0] };
        assert_eq!(missing, expected, "alert {alert}");
        let learned = Facts {
            judged: Judged::NOTHING.with(&judging),
            ..facts(1)
        };
        inventory.record(&scene.reading(b"/a", scene.settled(1)), learned);
        scene.finish(inventory);
        let again = scene.open();
        let found = again
            .finder()
            .find(FilePath::split(b"/a"), &scene.settled(1))
            .unwrap();
        assert!(
            again.judging(&parts).is_complete(found.judged),
            "alert {alert}"
        );
        drop(again);
        scene.advance_seconds(3_600);
    }
}
