//! The vault against crashes at every step, files that are swapped, and copies that are tampered with.

use std::fs::{File, Permissions};
use std::io::Write;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use domain::{AlertId, Finding, Hit, ItemPath, Judgement, Strength};
use rustix::fs::{Timespec, Timestamps, XattrFlags};
use tempfile::TempDir;
use testkit::{TestClock, at};

use super::vault::Step;
use super::*;
use crate::hash::{AlgorithmSet, Digests};
use crate::platform::{self, FileAttributes};

const CONTENT: &[u8] = b"harmless content that a test calls a payload";
const STEPS: [Step; 9] = [
    Step::EntryMade,
    Step::CopyBegun,
    Step::CopyWritten,
    Step::Stored,
    Step::OriginalMoved,
    Step::OriginalRemoved,
    Step::Restoring,
    Step::RestoredWritten,
    Step::RestoredNamed,
];

struct Scene {
    folder: TempDir,
    clock: TestClock,
}

impl Scene {
    fn new() -> Self {
        let scene = Self {
            folder: tempfile::tempdir().unwrap(),
            clock: TestClock::new(at("2016-08-03T09:00:00Z")),
        };
        fs_err::create_dir(scene.folder.path().join("disk")).unwrap();
        scene.write("payload.dll", CONTENT);
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("disk").join(name)
    }

    fn write(&self, name: &str, content: &[u8]) {
        fs_err::write(self.path(name), content).unwrap();
    }

    fn vault(&self) -> Vault {
        Vault::open(&self.folder.path().join("vault")).unwrap()
    }

    /// A vault in which the program ends at a step.
    fn vault_that_ends_at(&self, step: Step) -> Vault {
        let mut vault = self.vault();
        vault.kill_at = Some(step);
        vault
    }

    fn isolate(&self, vault: &Vault, name: &str) -> Result<VaultEntry, IsolateError> {
        vault.isolate(&finding(&self.path(name), CONTENT), alert(), &self.clock)
    }

    /// The names on the disk, in order.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs_err::read_dir(self.folder.path().join("disk"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn alert() -> AlertId {
    AlertId::from_bytes([7; 32])
}

fn finding(path: &Path, content: &[u8]) -> Finding {
    let sha256 = Digests::of(content, AlgorithmSet::ALL).sha256.unwrap();
    Finding {
        size_bytes: content.len() as u64,
        sha256: Some(sha256.to_string()),
        hits: vec![Hit {
            indicator: "payload".to_owned(),
            kind: "sha256".to_owned(),
            value: sha256.to_string(),
            strength: Strength::Content,
            place: None,
        }],
        ..testkit::finding(platform::path_bytes(path), Judgement::Confirmed)
    }
}

fn attributes(path: &Path) -> FileAttributes {
    let file = File::open(path).unwrap();
    FileAttributes::of(&file, &platform::stat_of(&file).unwrap()).unwrap()
}

#[test]
fn puts_back_bit_for_bit_with_times_owner_mode_and_attributes() {
    let scene = Scene::new();
    let path = scene.path("payload.dll");
    let file = File::options().write(true).open(&path).unwrap();
    fs_err::set_permissions(&path, Permissions::from_mode(0o4751)).unwrap();
    let with_attributes =
        rustix::fs::fsetxattr(&file, "user.origin", b"a\0b", XattrFlags::empty()).is_ok();
    if !with_attributes {
        testkit::skipping::skipped("restoring extended attributes", "this file system has none");
    }
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::fchown(&file, Some(1234), Some(4321)).unwrap();
        fs_err::set_permissions(&path, Permissions::from_mode(0o4751)).unwrap();
    }
    let times = Timestamps {
        last_access: Timespec {
            tv_sec: 1_000_000_001,
            tv_nsec: 123_456_789,
        },
        last_modification: Timespec {
            tv_sec: -5,
            tv_nsec: 987_654_321,
        },
    };
    rustix::fs::futimens(&file, &times).unwrap();
    drop(file);
    let before = attributes(&path);

    let vault = scene.vault();
    let entry = scene.isolate(&vault, "payload.dll").unwrap();
    assert_eq!(scene.names(), [""; 0]);
    assert_eq!(vault.list().unwrap(), std::slice::from_ref(&entry));
    assert_eq!(entry.state, EntryState::Isolated);

    let restored = vault.restore(&entry.id, &Restore::Original).unwrap();
    assert_eq!(restored.state, EntryState::Restored);
    // Attributes first: reading the content may change the time of access.
    assert_eq!(attributes(&path), before);
    assert_eq!(fs_err::read(&path).unwrap(), CONTENT);
    assert_eq!(scene.names(), ["payload.dll"]);
}

#[test]
fn loses_nothing_and_leaves_nothing_half_done_wherever_the_program_ends() {
    for step in STEPS {
        let scene = Scene::new();
        let vault = scene.vault_that_ends_at(step);
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let entry = scene.isolate(&vault, "payload.dll").unwrap();
            vault.restore(&entry.id, &Restore::Original).unwrap();
        }));
        assert!(ended.is_err(), "{step:?} was not reached");
        drop(vault);

        let vault = scene.vault();
        let entries = vault.list().unwrap();
        let states: Vec<EntryState> = entries.iter().map(|entry| entry.state).collect();
        let names = scene.names();
        match step {
            Step::EntryMade | Step::CopyBegun | Step::CopyWritten | Step::Stored => {
                assert_eq!(
                    (states.as_slice(), names.as_slice()),
                    (&[][..], &["payload.dll".to_owned()][..]),
                    "{step:?}"
                );
            }
            Step::OriginalMoved
            | Step::OriginalRemoved
            | Step::Restoring
            | Step::RestoredWritten => {
                assert_eq!(
                    (states.as_slice(), names.len()),
                    (&[EntryState::Isolated][..], 0),
                    "{step:?}"
                );
            }
            Step::RestoredNamed => {
                assert_eq!(
                    (states.as_slice(), names.len()),
                    (&[EntryState::Restored][..], 1),
                    "{step:?}"
                );
            }
        }
        // And the whole way can be gone from here.
        if names.is_empty() {
            vault.restore(&entries[0].id, &Restore::Original).unwrap();
        }
        assert_eq!(
            fs_err::read(scene.path("payload.dll")).unwrap(),
            CONTENT,
            "{step:?}"
        );
        let entry = scene.isolate(&vault, "payload.dll").unwrap();
        vault.restore(&entry.id, &Restore::Original).unwrap();
        assert_eq!(
            fs_err::read(scene.path("payload.dll")).unwrap(),
            CONTENT,
            "{step:?}"
        );
        assert_eq!(scene.names(), ["payload.dll"], "{step:?}");
    }
}

#[test]
fn isolates_only_what_is_confirmed_by_its_own_content() {
    let scene = Scene::new();
    let vault = scene.vault();
    let good = finding(&scene.path("payload.dll"), CONTENT);
    let mut suspicious = good.clone();
    suspicious.judgement = Judgement::Suspicious;
    let mut by_path = good.clone();
    by_path.hits[0].strength = Strength::Path;
    let mut unread = good.clone();
    unread.sha256 = None;
    let mut relative = good;
    relative.item = ItemPath::from_bytes(b"payload.dll");
    for (finding, expected) in [
        (suspicious, "not confirmed"),
        (by_path, "no content confirms"),
        (unread, "no content confirms"),
        (relative, "no absolute path"),
    ] {
        let error = vault.isolate(&finding, alert(), &scene.clock).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert_eq!(scene.names(), ["payload.dll"]);
    assert!(vault.list().unwrap().is_empty());
}

#[test]
fn refuses_content_that_is_not_what_was_found() {
    let scene = Scene::new();
    scene.write("payload.dll", b"edited since, and somebody's work");
    let error = scene.isolate(&scene.vault(), "payload.dll").unwrap_err();
    assert!(matches!(error, IsolateError::OtherContent(_)), "{error}");
    assert_eq!(scene.names(), ["payload.dll"]);
}

#[test]
fn follows_no_link_to_what_it_isolates() {
    let scene = Scene::new();
    fs_err::os::unix::fs::symlink("payload.dll", scene.path("link.dll")).unwrap();
    fs_err::os::unix::fs::symlink(".", scene.path("folder")).unwrap();
    let vault = scene.vault();
    let error = scene.isolate(&vault, "link.dll").unwrap_err();
    assert!(matches!(error, IsolateError::NotAFile(_)), "{error}");
    let error = scene.isolate(&vault, "folder/payload.dll").unwrap_err();
    assert!(matches!(error, IsolateError::Read { .. }), "{error}");
    assert_eq!(scene.names(), ["folder", "link.dll", "payload.dll"]);
}

#[test]
fn puts_back_what_was_swapped_in_at_the_last_moment() {
    let scene = Scene::new();
    // Ends after the original was moved aside; meanwhile somebody puts his own file in the place of the one aside.
    let vault = scene.vault_that_ends_at(Step::OriginalMoved);
    assert!(catch_unwind(AssertUnwindSafe(|| scene.isolate(&vault, "payload.dll"))).is_err());
    let aside = scene.names().remove(0);
    scene.write(&aside, b"somebody's own work");
    let vault = scene.vault();
    assert_eq!(scene.names(), ["payload.dll"]);
    let content = fs_err::read(scene.path("payload.dll")).unwrap();
    assert_eq!(content, b"somebody's own work");
    assert_eq!(vault.list().unwrap()[0].state, EntryState::Isolated);
}

#[test]
fn refuses_to_restore_over_anything() {
    let scene = Scene::new();
    let vault = scene.vault();
    let entry = scene.isolate(&vault, "payload.dll").unwrap();
    scene.write("payload.dll", b"new");
    fs_err::os::unix::fs::symlink("nowhere", scene.path("link")).unwrap();
    for to in [
        Restore::Original,
        Restore::To(scene.path("link")),
        Restore::To(scene.path("payload.dll")),
    ] {
        let error = vault.restore(&entry.id, &to).unwrap_err();
        assert!(matches!(error, RestoreError::AlreadyThere(_)), "{error}");
    }
    assert_eq!(fs_err::read(scene.path("payload.dll")).unwrap(), b"new");
    assert_eq!(vault.list().unwrap()[0].state, EntryState::Isolated);
    let relative = Restore::To(PathBuf::from("x"));
    assert!(matches!(
        vault.restore(&entry.id, &relative),
        Err(RestoreError::Path(_))
    ));

    let elsewhere = Restore::To(scene.path("copy"));
    let restored = vault.restore(&entry.id, &elsewhere).unwrap();
    assert!(restored.restored_to.unwrap().text.ends_with("/copy"));
    assert_eq!(fs_err::read(scene.path("copy")).unwrap(), CONTENT);
}

#[test]
fn refuses_a_copy_that_was_tampered_with() {
    let scene = Scene::new();
    let vault = scene.vault();
    let entry = scene.isolate(&vault, "payload.dll").unwrap();
    let content = scene
        .folder
        .path()
        .join("vault")
        .join(&entry.id)
        .join("content");
    let whole = fs_err::read(&content).unwrap();
    for (offset, byte) in [(0, b'X'), (20, 0), (whole.len() - 1, 0)] {
        let file = fs_err::OpenOptions::new()
            .write(true)
            .open(&content)
            .unwrap();
        file.file().write_all_at(&[byte], offset as u64).unwrap();
        let error = vault.restore(&entry.id, &Restore::Original).unwrap_err();
        assert!(matches!(error, RestoreError::Tampered(_)), "{error}");
        file.file().write_all_at(&whole, 0).unwrap();
    }
    let file = fs_err::OpenOptions::new()
        .append(true)
        .open(&content)
        .unwrap();
    (&file.into_file()).write_all(b"more").unwrap();
    assert!(matches!(
        vault.restore(&entry.id, &Restore::Original),
        Err(RestoreError::Tampered(_))
    ));
    assert_eq!(scene.names(), [""; 0]);
    for id in ["../vault", "", "0123456789abcdef-1", "..", "lock"] {
        let error = vault.restore(id, &Restore::Original);
        assert!(matches!(error, Err(RestoreError::Unknown(_))), "{id}");
    }
}

#[test]
fn stops_by_itself_past_the_limit_of_one_alert() {
    let scene = Scene::new();
    let vault = scene.vault().with_files_per_alert_max(2);
    for name in ["payload.dll", "b", "c"] {
        scene.write(name, CONTENT);
    }
    scene.isolate(&vault, "payload.dll").unwrap();
    let second = scene.isolate(&vault, "b").unwrap();
    let error = scene.isolate(&vault, "c").unwrap_err();
    assert!(matches!(error, IsolateError::LimitReached(2)), "{error}");
    let other_alert = AlertId::from_bytes([8; 32]);
    vault
        .isolate(
            &finding(&scene.path("c"), CONTENT),
            other_alert,
            &scene.clock,
        )
        .unwrap();
    // What was put back does not count.
    vault.restore(&second.id, &Restore::Original).unwrap();
    scene.isolate(&vault, "b").unwrap();
}

#[test]
fn says_when_a_file_has_other_names() {
    let scene = Scene::new();
    fs_err::hard_link(scene.path("payload.dll"), scene.path("other.dll")).unwrap();
    let vault = scene.vault();
    let first = scene.isolate(&vault, "payload.dll").unwrap();
    assert_eq!(
        (first.link_count, scene.names()),
        (2, vec!["other.dll".to_owned()])
    );
    let second = scene.isolate(&vault, "other.dll").unwrap();
    assert_eq!((second.link_count, scene.names().len()), (1, 0));
}

#[test]
fn keeps_names_that_are_not_utf8_and_empty_content() {
    let scene = Scene::new();
    let name = platform::path_from_bytes(b"\xff\xfe.dll");
    let path = scene.folder.path().join("disk").join(name);
    fs_err::write(&path, b"").unwrap();
    let vault = scene.vault();
    let entry = vault
        .isolate(&finding(&path, b""), alert(), &scene.clock)
        .unwrap();
    assert!(!path.try_exists().unwrap());
    vault.restore(&entry.id, &Restore::Original).unwrap();
    assert!(path.try_exists().unwrap());
}

#[test]
fn nobody_else_can_look_into_the_vault() {
    let scene = Scene::new();
    let vault = scene.vault();
    let entry = scene.isolate(&vault, "payload.dll").unwrap();
    let folder = scene.folder.path().join("vault");
    let mode = |path: &Path| fs_err::metadata(path).unwrap().mode() & 0o7777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join(&entry.id)), 0o700);
    for name in ["content", "manifest.json"] {
        assert_eq!(mode(&folder.join(&entry.id).join(name)), 0o600, "{name}");
    }
}

#[test]
fn works_across_file_systems() {
    let Ok(other) = tempfile::tempdir_in("/dev/shm") else {
        testkit::skipping::skipped("isolating across file systems", "there is no /dev/shm");
        return;
    };
    let scene = Scene::new();
    let vault = Vault::open(&other.path().join("vault")).unwrap();
    let entry = scene.isolate(&vault, "payload.dll").unwrap();
    vault.restore(&entry.id, &Restore::Original).unwrap();
    assert_eq!(fs_err::read(scene.path("payload.dll")).unwrap(), CONTENT);
}

#[test]
fn an_entry_with_a_damaged_manifest_hides_no_other() {
    let scene = Scene::new();
    let vault = scene.vault();
    scene.write("b", CONTENT);
    let first = scene.isolate(&vault, "payload.dll").unwrap();
    let second = scene.isolate(&vault, "b").unwrap();
    let manifest = scene
        .folder
        .path()
        .join("vault")
        .join(&first.id)
        .join("manifest.json");
    fs_err::write(manifest, "{").unwrap();
    assert_eq!(scene.vault().list().unwrap(), [second]);
}

/// Runs in a thread without the rights of root; skips where this is not root.
fn as_nobody(what: &str, run: impl FnOnce() + Send) {
    if !rustix::process::geteuid().is_root() {
        testkit::skipping::skipped(what, "only root can give up being root");
        return;
    }
    std::thread::scope(|scope| {
        let nobody = scope.spawn(|| {
            let uid = rustix::process::Uid::from_raw(65_534);
            rustix::thread::set_thread_res_uid(uid, uid, uid).unwrap();
            run();
        });
        nobody.join().unwrap();
    });
}

#[test]
fn what_cannot_be_removed_stays_and_leaves_nothing_in_the_vault() {
    let scene = Scene::new();
    let vault_folder = scene.folder.path().join("vault");
    fs_err::create_dir(&vault_folder).unwrap();
    std::os::unix::fs::chown(&vault_folder, Some(65_534), None).ok();
    fs_err::set_permissions(scene.folder.path(), Permissions::from_mode(0o755)).unwrap();
    as_nobody("a file that cannot be removed", || {
        let vault = scene.vault();
        let error = scene.isolate(&vault, "payload.dll").unwrap_err();
        assert!(matches!(error, IsolateError::Remove { .. }), "{error}");
        assert!(vault.ids().unwrap().is_empty());
    });
    assert_eq!(scene.names(), ["payload.dll"]);
}

#[test]
fn refuses_to_restore_without_the_right_owner() {
    let scene = Scene::new();
    for name in ["vault", "disk"] {
        fs_err::create_dir_all(scene.folder.path().join(name)).unwrap();
        std::os::unix::fs::chown(scene.folder.path().join(name), Some(65_534), None).ok();
    }
    fs_err::set_permissions(scene.folder.path(), Permissions::from_mode(0o755)).unwrap();
    as_nobody("restoring a file of another owner", || {
        // The folder is nobody's, so the file can be removed; it was root's.
        let vault = scene.vault();
        let entry = scene.isolate(&vault, "payload.dll").unwrap();
        let error = vault.restore(&entry.id, &Restore::Original).unwrap_err();
        assert!(matches!(error, RestoreError::Attributes { .. }), "{error}");
        assert_eq!(vault.list().unwrap(), [entry]);
        assert_eq!(scene.names(), [""; 0]);
    });
}

#[test]
fn a_full_disk_loses_nothing() {
    let scene = Scene::new();
    let vault_folder = scene.folder.path().join("vault");
    fs_err::create_dir(&vault_folder).unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
        .arg(&vault_folder)
        .output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        testkit::skipping::skipped("a vault on a full disk", "nothing can be mounted here");
        return;
    }
    let content = vec![7; 200_000];
    scene.write("large", &content);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let vault = scene.vault();
        let large = finding(&scene.path("large"), &content);
        let error = vault.isolate(&large, alert(), &scene.clock).unwrap_err();
        assert!(matches!(error, IsolateError::Vault(_)), "{error}");
        assert!(vault.ids().unwrap().is_empty());
        // There is room again for what fits.
        scene.isolate(&vault, "payload.dll").unwrap();
    }));
    let unmounted = std::process::Command::new("umount")
        .arg(&vault_folder)
        .status();
    assert!(unmounted.unwrap().success());
    assert!(outcome.is_ok());
    assert_eq!(scene.names(), ["large"]);
}

#[test]
fn a_file_that_is_running_is_isolated_and_runs_on() {
    let scene = Scene::new();
    let sleep = fs_err::read("/bin/sleep").unwrap();
    scene.write("running.exe", &sleep);
    fs_err::set_permissions(scene.path("running.exe"), Permissions::from_mode(0o755)).unwrap();
    let mut running = std::process::Command::new(scene.path("running.exe"))
        .arg("60")
        .spawn()
        .unwrap();
    let vault = scene.vault();
    let found = finding(&scene.path("running.exe"), &sleep);
    let entry = vault.isolate(&found, alert(), &scene.clock);
    let still_runs = running.try_wait().unwrap().is_none();
    running.kill().unwrap();
    running.wait().unwrap();
    let entry = entry.unwrap();
    assert!(still_runs);
    assert_eq!(scene.names(), ["payload.dll"]);
    vault.restore(&entry.id, &Restore::Original).unwrap();
    assert_eq!(fs_err::read(scene.path("running.exe")).unwrap(), sleep);
}

#[test]
fn a_read_only_file_system_is_refused_and_leaves_nothing_in_the_vault() {
    let scene = Scene::new();
    let disk = scene.folder.path().join("disk");
    let mount = |arguments: &[&str]| {
        let mut command = std::process::Command::new("mount");
        let outcome = command.args(arguments).arg(&disk).output();
        outcome.is_ok_and(|output| output.status.success())
    };
    if !mount(&["-t", "tmpfs", "tmpfs"]) {
        testkit::skipping::skipped(
            "isolating on a read-only disk",
            "nothing can be mounted here",
        );
        return;
    }
    scene.write("payload.dll", CONTENT);
    let read_only = mount(&["-o", "remount,ro"]);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let vault = scene.vault();
        let error = scene.isolate(&vault, "payload.dll").unwrap_err();
        assert!(matches!(error, IsolateError::Remove { .. }), "{error}");
        assert!(vault.ids().unwrap().is_empty());
    }));
    let names = scene.names();
    let unmounted = std::process::Command::new("umount").arg(&disk).status();
    assert!(unmounted.unwrap().success() && read_only);
    assert!(outcome.is_ok());
    assert_eq!(names, ["payload.dll"]);
}

#[test]
fn trying_out_says_what_would_happen_and_changes_nothing() {
    let scene = Scene::new();
    let vault = scene.vault();
    let found = finding(&scene.path("payload.dll"), CONTENT);
    assert!(vault.try_out(&found, alert()).is_ok());
    let inside = Finding {
        kind: domain::ItemKind::Member,
        ..found.clone()
    };
    let refused = vault.try_out(&inside, alert()).unwrap_err();
    assert!(matches!(refused, IsolateError::NotOnDisk(_)), "{refused}");
    scene.write("payload.dll", b"other content by now");
    let refused = vault.try_out(&found, alert()).unwrap_err();
    assert!(
        matches!(refused, IsolateError::OtherContent(_)),
        "{refused}"
    );
    assert!(vault.ids().unwrap().is_empty());
    assert_eq!(scene.names(), ["payload.dll"]);
}

#[test]
fn what_lies_in_the_vault_needs_its_key() {
    let scene = Scene::new();
    let entry = scene.isolate(&scene.vault(), "payload.dll").unwrap();
    let key = scene.folder.path().join("vault/key");
    fs_err::write(&key, [9; 32]).unwrap();
    let vault = scene.vault();
    let refused = vault.restore(&entry.id, &Restore::Original).unwrap_err();
    assert!(matches!(refused, RestoreError::Tampered(_)), "{refused}");
    assert_eq!(scene.names(), [""; 0]);
}
