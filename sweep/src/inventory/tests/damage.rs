//! Every byte of every file missing or changed: an inventory always opens, and never says what is not so.

use std::path::PathBuf;

use super::super::{Contents, Inner, NotOpened, Note, Opener};
use super::*;
use crate::detector::Fingerprint;

/// Enough for several blocks.
const FILES: u64 = 60;
/// With which so few records fill several blocks.
const NOTE_BYTES: usize = 300;
/// Of the base: its header and its end are damaged at every byte, its blocks at every so many.
const STRIDE: usize = 61;
const JUDGE: [Fingerprint; 1] = [[7; 32]];

fn long_contents() -> Contents {
    let long = NotOpened {
        path: Vec::new(),
        reason: domain::Reason::Damaged,
        detail: "x".repeat(NOTE_BYTES),
    };
    Contents::Container(Opener(1), vec![Inner::NotOpened(long)])
}

fn path_of(number: u64) -> Vec<u8> {
    format!("/folder {}/file {number}", number % 7).into_bytes()
}

/// An inventory with a base of [`FILES`] records and a journal that says more of every tenth.
fn scene_with_both() -> Scene {
    let mut scene = Scene::new();
    scene.options.journal_bytes_left = Some(0);
    let inventory = scene.open();
    let judging = inventory.judging(&JUDGE);
    for number in 0..FILES {
        let learned = Facts {
            judged: super::super::Judged::NOTHING.with(&judging),
            contents: long_contents(),
            ..facts(number)
        };
        inventory.record(
            &scene.reading(&path_of(number), scene.settled(number)),
            learned,
        );
    }
    assert!(scene.finish(inventory).is_rewritten);
    scene.options.journal_bytes_left = Some(u64::MAX);
    // Three frames: each sweep writes one.
    for part in 0..3 {
        let inventory = scene.open();
        for number in (0..FILES).filter(|number| number % 30 == part * 10) {
            let file = scene.settled(number);
            inventory.record(&scene.reading(&path_of(number), file), more(number));
        }
        scene.finish(inventory);
    }
    scene
}

/// What the journal adds.
fn more(number: u64) -> Facts {
    let mut sha256 = [1; 32];
    sha256[..8].copy_from_slice(&number.to_le_bytes());
    let mut more = Facts::default();
    more.digests.sha256 = Some(sha256);
    more
}

/// Opens, and checks that nothing is said that is not so. Returns how many files are known.
fn check(scene: &Scene) -> u64 {
    let inventory = Inventory::open_to_read(scene.path(), &scene.clock).unwrap();
    let mut finder = inventory.finder();
    let judging = inventory.tables().sets.judging(None, &JUDGE);
    let mut known_count = 0;
    for number in 0..FILES {
        let path = path_of(number);
        let Some(found) = finder.find(FilePath::split(&path), &scene.settled(number)) else {
            continue;
        };
        known_count += 1;
        let is_so = (found.digests.md5.is_none() || found.digests.md5 == facts(number).digests.md5)
            && (found.digests.sha256.is_none()
                || found.digests.sha256 == more(number).digests.sha256);
        assert!(is_so, "file {number}: {found:?}");
        assert!(
            !judging.is_complete(found.judged) || found.digests.md5.is_some(),
            "file {number} was judged only together with its MD5"
        );
        let other = scene.settled(number + 1);
        assert_eq!(finder.find(FilePath::split(&path), &other), None);
    }
    known_count
}

fn damage(scene: &Scene, name: &str, places: &dyn Fn(usize) -> bool) -> Vec<u64> {
    let file: PathBuf = scene.file(name);
    let whole = fs_err::read(&file).unwrap();
    let mut known_counts = Vec::new();
    for at in (0..whole.len()).filter(|at| places(*at)) {
        fs_err::write(&file, &whole[..at]).unwrap();
        check(scene);
        let mut damaged = whole.clone();
        damaged[at] ^= 1 << (at % 8);
        fs_err::write(&file, &damaged).unwrap();
        known_counts.push(check(scene));
    }
    fs_err::write(&file, &whole).unwrap();
    assert_eq!(check(scene), FILES);
    known_counts
}

#[test]
fn a_journal_damaged_anywhere_says_nothing_wrong_and_hides_no_base() {
    let scene = scene_with_both();
    let known_counts = damage(&scene, "journal", &|at| at % 7 == 0 || at < 64);
    assert!(known_counts.iter().all(|count| *count == FILES));
}

#[test]
fn a_base_damaged_anywhere_says_nothing_wrong() {
    let scene = scene_with_both();
    let length = fs_err::read(scene.file("base")).unwrap().len();
    let journal_only = FILES / 10;
    let known_counts = damage(&scene, "base", &|at| {
        at < 64 || at % STRIDE == 0 || at + 64 > length
    });
    for known in known_counts {
        // Without its header the base is nothing, and neither is the journal that continues it. A block is a third.
        assert!(known == 0 || known >= FILES / 3 + journal_only, "{known}");
    }
}

#[test]
fn one_damaged_block_costs_only_its_records_even_without_the_index() {
    let scene = scene_with_both();
    fs_err::remove_file(scene.file("journal")).unwrap();
    let file = scene.file("base");
    let whole = fs_err::read(&file).unwrap();
    let mut damaged = whole.clone();
    let middle = whole.len() / 2;
    damaged[middle] ^= 1;
    fs_err::write(&file, &damaged).unwrap();
    let without_block = check(&scene);
    assert!(
        (FILES / 3..FILES).contains(&without_block),
        "{without_block}"
    );
    fs_err::write(&file, &whole[..whole.len() - 1]).unwrap();
    assert_eq!(
        check(&scene),
        FILES,
        "all blocks are found without the index"
    );
}

#[test]
fn a_damaged_inventory_is_used_and_mended_by_the_next_sweep() {
    for (name, at) in [
        ("base", 0),
        ("base", 30),
        ("base", 400),
        ("journal", 3),
        ("journal", 60),
    ] {
        let mut scene = scene_with_both();
        let file = scene.file(name);
        let mut bytes = fs_err::read(&file).unwrap();
        bytes[at] ^= 0xff;
        fs_err::write(&file, &bytes).unwrap();
        scene.options.journal_bytes_left = Some(0);
        let inventory = scene.open();
        for number in 0..FILES {
            let file = scene.settled(number);
            inventory.record(&scene.reading(&path_of(number), file), facts(number));
        }
        let summary = scene.finish(inventory);
        assert_eq!((summary.problem, summary.kept_count), (None, FILES));
        assert_eq!(check(&scene), FILES, "{name} at {at}");
        assert_eq!(scene.open().notes(), [], "{name} at {at}");
    }
}

#[test]
fn files_that_are_no_inventory_are_written_anew() {
    let scene = Scene::new().rewriting_always();
    scene.finish(scene.open());
    for content in [&b""[..], b"x", &[0xff; 10_000], b"TOCSINiv\xff\xff\xff\xff"] {
        fs_err::write(scene.file("base"), content).unwrap();
        fs_err::write(scene.file("journal"), content).unwrap();
        let inventory = scene.open();
        assert_eq!(inventory.notes(), [Note::Unreadable]);
        inventory.record(&scene.reading(b"/a", scene.settled(1)), facts(1));
        scene.finish(inventory);
        assert_eq!(scene.find(b"/a", &scene.settled(1)), Some(facts(1)));
    }
}

#[test]
fn another_version_is_named_and_not_read() {
    let scene = scene_with_both();
    let mut bytes = fs_err::read(scene.file("base")).unwrap();
    bytes[8] = 0;
    let sum = super::super::bytes::checksum(&[&bytes[..20]]);
    bytes[20..24].copy_from_slice(&sum.to_le_bytes());
    fs_err::write(scene.file("base"), &bytes).unwrap();
    assert_eq!(scene.open().notes(), [Note::OtherVersion(0)]);
    assert_eq!(check(&scene), 0);
}

#[test]
fn a_crash_between_the_two_steps_of_rewriting_counts_nothing_twice() {
    let mut scene = scene_with_both();
    let journal = fs_err::read(scene.file("journal")).unwrap();
    scene.options.journal_bytes_left = Some(0);
    let newer = FileIdentity {
        changed: (scene.settled(0).changed.0 + 1, 0),
        ..scene.settled(0)
    };
    let inventory = scene.open();
    inventory.record(&scene.reading(&path_of(0), newer), facts(0));
    assert!(scene.finish(inventory).is_rewritten);
    // The base is new, and the journal that it holds is still there.
    fs_err::write(scene.file("journal"), &journal).unwrap();
    assert_eq!(scene.find(&path_of(0), &scene.settled(0)), None);
    assert_eq!(scene.find(&path_of(0), &newer), Some(facts(0)));
    // A new base that was not finished is nothing.
    fs_err::write(scene.file("base.new"), b"half").unwrap();
    let inventory = scene.open();
    inventory.record(&scene.reading(&path_of(1), newer), facts(1));
    assert_eq!(scene.finish(inventory).problem, None);
    assert!(!scene.file("base.new").try_exists().unwrap());
}
