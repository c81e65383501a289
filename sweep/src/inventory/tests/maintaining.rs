//! What people ask: how it stands, whether it is right, and to be rid of it.

use domain::{Algorithm, Digest, ItemPath};

use super::super::maintaining::{MaintainError, Verified, discard, status, verify};
use super::*;
use crate::hash::{AlgorithmSet, Digests};
use crate::platform;

/// An inventory of real files, each with the content of its name.
fn scene_with_files(names: &[&str]) -> Scene {
    let scene = Scene::new();
    let folder = scene.folder.path().canonicalize().unwrap();
    let handle = platform::open_root(&folder).unwrap();
    let mut newest = 0;
    for name in names {
        fs_err::write(folder.join(name), name).unwrap();
        newest = handle
            .stat(&std::ffi::CString::new(*name).unwrap())
            .unwrap()
            .changed
            .0;
    }
    scene
        .clock
        .set(Timestamp::from_second(newest + 3_600).unwrap());
    let inventory = scene.open();
    inventory.ask_for(&[Algorithm::Sha256]);
    for name in names {
        let stat = handle
            .stat(&std::ffi::CString::new(*name).unwrap())
            .unwrap();
        let learned = Facts {
            digests: Digests::of(name.as_bytes(), AlgorithmSet::of(Algorithm::Sha256)).into(),
            ..Facts::default()
        };
        let path = folder.join(name);
        let reading = scene.reading(platform::path_bytes(&path), FileIdentity::from(&stat));
        inventory.record(&reading, learned);
    }
    scene.finish(inventory);
    scene
}

fn verify_all(scene: &Scene) -> (Verified, Vec<ItemPath>) {
    let mut differing = Vec::new();
    let verified = verify(
        scene.path(),
        1,
        &scene.clock,
        &|| false,
        &mut |difference| {
            differing.push(difference.path);
        },
    )
    .unwrap();
    (verified, differing)
}

#[test]
fn says_how_it_stands() {
    let scene = scene_with_files(&["a", "b", "c"]);
    let told = status(scene.path(), &scene.clock).unwrap();
    assert_eq!((told.record_count, told.digest_count), (3, 3));
    assert_eq!(told.algorithms, [Algorithm::Sha256]);
    assert_eq!(told.oldest_at, Some(now(&scene.clock)));
    assert_eq!((told.is_in_use, told.notes.len()), (false, 0));
    assert!(told.byte_count > 300);
    let inventory = scene.open();
    assert!(status(scene.path(), &scene.clock).unwrap().is_in_use);
    drop(inventory);
}

#[test]
fn finds_the_file_that_is_another_although_nothing_shows_it() {
    let scene = scene_with_files(&["a", "b", "c"]);
    let (verified, differing) = verify_all(&scene);
    assert_eq!((verified.record_count, verified.same_count), (3, 3));
    assert_eq!(differing, []);
    // Stands for a change that went past the file system: the record is of another content.
    let folder = scene.folder.path().canonicalize().unwrap();
    let path = folder.join("b");
    let handle = platform::open_root(&folder).unwrap();
    let file = FileIdentity::from(&handle.stat(c"b").unwrap());
    let inventory = scene.open();
    let learned = Facts {
        digests: KnownDigests::default().with_digest(Digest::Sha256([1; 32])),
        ..Facts::default()
    };
    inventory.record(&scene.reading(platform::path_bytes(&path), file), learned);
    scene.finish(inventory);
    fs_err::write(folder.join("a"), "longer than before").unwrap();
    fs_err::remove_file(folder.join("c")).unwrap();
    let (verified, differing) = verify_all(&scene);
    let counts = (
        verified.differing_count,
        verified.changed_count,
        verified.gone_count,
    );
    assert_eq!(counts, (1, 1, 1));
    assert_eq!(
        differing,
        [ItemPath::from_bytes(platform::path_bytes(&path))]
    );
}

#[test]
fn verifies_as_many_as_it_is_asked_to_until_it_is_stopped() {
    let names: Vec<String> = (0..10).map(|number| format!("file{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let scene = scene_with_files(&names);
    let mut none = |difference: super::super::Difference| panic!("{difference:?}");
    let some = verify(scene.path(), 4, &scene.clock, &|| false, &mut none).unwrap();
    assert_eq!((some.record_count, some.same_count), (3, 3));
    let stopped = verify(scene.path(), 1, &scene.clock, &|| true, &mut none).unwrap();
    assert_eq!((stopped.record_count, stopped.is_stopped), (0, true));
}

#[test]
fn forgets_everything_when_it_is_told_to_but_not_under_a_sweep() {
    let scene = scene_with_files(&["a"]);
    let inventory = scene.open();
    assert!(matches!(
        discard(scene.path()),
        Err(MaintainError::InUse { .. })
    ));
    drop(inventory);
    assert!(discard(scene.path()).unwrap() > 100);
    assert_eq!(status(scene.path(), &scene.clock).unwrap().record_count, 0);
    assert!(scene.folder.path().join("a").try_exists().unwrap());
}

#[test]
fn an_inventory_that_is_not_there_is_not_made_by_asking() {
    let scene = Scene::new();
    assert!(status(scene.path(), &scene.clock).is_err());
    assert!(discard(scene.path()).is_err());
    assert!(!scene.path().try_exists().unwrap());
}
