//! Trees that try to lead a sweep astray, to block it, or to make it give up.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use domain::{CheckKind, Judgement, Outcome, Reason};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};
use testkit::skipping::skipped;

use crate::scene::{
    FakeDetector, Tree, alert, alert_with_rules, check, count, finding, matched, payload, sha256,
    sized, sweep_with,
};

const CONTENT: &str = "what a test calls a payload";

/// Looks for [`CONTENT`] in every file.
fn everywhere() -> domain::Alert {
    alert(vec![payload("a", &[("sha256", &sha256(CONTENT))])])
}

#[test]
fn follows_no_link_out_of_the_tree_nor_in_circles() {
    let (tree, outside) = (Tree::new(), Tree::new());
    outside.write("payload", CONTENT);
    tree.write("folder/ordinary", "ordinary");
    let link = |target: &Path, name: &str| {
        fs_err::os::unix::fs::symlink(target, tree.join(name)).expect("a link");
    };
    link(outside.path(), "out");
    link(&outside.join("payload"), "payload");
    link(tree.path(), "folder/up");
    link(Path::new("folder"), "around");
    link(Path::new("self"), "self");
    let report = tree.sweep(&everywhere());
    assert_eq!(report.outcome, Outcome::Clean);
    assert_eq!(report.coverage.item_count, 1);
    assert_eq!(report.coverage.folder_count, 2);
}

#[test]
fn resolves_a_link_only_where_it_is_the_root_that_was_given() {
    let (tree, other) = (Tree::new(), Tree::new());
    tree.write("payload", CONTENT);
    fs_err::os::unix::fs::symlink(tree.path(), other.join("link")).expect("a link");
    let mut options = other.options();
    options.roots = vec![other.join("link")];
    let report = sweep_with(&everywhere(), None, &options);
    assert_eq!(report.findings.len(), 1);
    // The finding says where the file really is.
    assert_eq!(
        finding(&report, "payload").item.text,
        tree.join("payload").to_str().expect("text")
    );
}

#[test]
fn never_waits_for_fifos_sockets_and_devices() {
    let tree = Tree::new();
    tree.write("payload", CONTENT);
    let make = |name: &str, kind, device| {
        rustix::fs::mknodat(CWD, tree.join(name), kind, Mode::RUSR | Mode::WUSR, device)
    };
    make("fifo", FileType::Fifo, 0).expect("a FIFO");
    let _socket = UnixListener::bind(tree.join("socket")).expect("a socket");
    let mut special = 2;
    if rustix::process::geteuid().is_root() {
        // The terminal of whoever runs this, and a tape that would rewind.
        make("tty", FileType::CharacterDevice, rustix::fs::makedev(5, 0)).expect("a device");
        make("tape", FileType::CharacterDevice, rustix::fs::makedev(9, 0)).expect("a device");
        special += 2;
    } else {
        skipped("sweeping over devices", "only root can make them");
    }
    let report = tree.sweep(&everywhere());
    assert_eq!(report.outcome, Outcome::Found);
    assert_eq!(count(&report, Reason::SpecialFile), special);
    assert_eq!(report.coverage.item_count, 1);
}

#[test]
fn enters_none_of_the_kernels_own_file_systems() {
    let tree = Tree::new();
    tree.write("payload", CONTENT);
    let mut options = tree.options();
    options.roots.push("/proc".into());
    let report = sweep_with(&everywhere(), None, &options);
    assert_eq!(count(&report, Reason::SpecialFile), 1);
    assert_eq!(report.coverage.item_count, 1);
    options.roots = vec!["/proc".into()];
    let clock = domain::SystemClock;
    let never = AtomicBool::new(false);
    let alert = everywhere();
    let target = sweep::Target {
        alert: &alert,
        id: None,
        detectors: &[],
    };
    let error = sweep::sweep(
        &[target],
        &options,
        &sweep::Surroundings::new(&clock, &never),
    );
    assert!(matches!(
        error,
        Err(sweep::SweepError::KernelFileSystem { .. })
    ));
}

#[test]
fn a_mounted_kernel_file_system_is_listed_and_left_alone() {
    // /dev holds /dev/pts on every system; its other entries are devices.
    if !Path::new("/dev/pts/ptmx").try_exists().unwrap_or(false) {
        skipped(
            "meeting a kernel file system on the way",
            "there is no /dev/pts",
        );
        return;
    }
    let mut options = Tree::new().options();
    options.roots = vec!["/dev".into()];
    options.exclude = vec!["/dev/shm".into()];
    let report = sweep_with(&everywhere(), None, &options);
    let line = report
        .coverage
        .not_examined
        .iter()
        .find(|line| line.reason == Reason::SpecialFile);
    assert!(line.is_some_and(|line| line.count > 2), "{report:#?}");
}

#[test]
fn finds_names_that_are_not_utf8_and_names_of_255_bytes() {
    let tree = Tree::new();
    let odd = tree.join_bytes(b"\xff\xfe\n.dll");
    let long = tree.join(&"x".repeat(255));
    fs_err::write(&odd, CONTENT).expect("a file");
    fs_err::write(&long, CONTENT).expect("a file");
    let folder = tree.join_bytes(b"\xc3(");
    fs_err::create_dir(&folder).expect("a folder");
    fs_err::write(folder.join("DiskPerf.EXE"), "other").expect("a file");
    let mut alert = everywhere();
    alert
        .indicators
        .push(payload("b", &[("file-name", "diskperf.exe")]));
    let report = tree.sweep(&alert);
    assert_eq!(report.findings.len(), 3);
    let odd = report
        .findings
        .iter()
        .filter(|finding| finding.item.exact_hex.is_some());
    assert_eq!(odd.count(), 2);
}

#[test]
fn goes_to_the_bottom_of_a_tree_of_5000_levels() {
    let tree = Tree::new();
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
    let mut folder = rustix::fs::open(tree.path(), flags, Mode::empty()).expect("the tree");
    for level in 0..5_000 {
        rustix::fs::mkdirat(&folder, "d", Mode::RWXU).expect("a folder");
        if level % 7 == 0 {
            // So that the way down is not always the folder that was listed last.
            rustix::fs::mkdirat(&folder, "side", Mode::RWXU).expect("a folder");
        }
        folder = rustix::fs::openat(&folder, "d", flags, Mode::empty()).expect("the folder");
    }
    let create = OFlags::CREATE | OFlags::WRONLY;
    let file = rustix::fs::openat(&folder, "payload", create, Mode::RUSR).expect("a file");
    rustix::io::write(&file, CONTENT.as_bytes()).expect("its content");
    let report = tree.sweep(&everywhere());
    assert_eq!(report.outcome, Outcome::Found);
    assert_eq!(report.coverage.folder_count, 5_001 + 715);
    assert_eq!(
        finding(&report, "/d/payload").judgement,
        Judgement::Confirmed
    );
}

#[test]
fn a_sparse_file_of_a_terabyte_costs_nothing_where_its_size_is_not_sought() {
    let tree = Tree::new();
    let file = fs_err::File::create(tree.join("huge")).expect("a file");
    if file.set_len(1 << 40).is_err() {
        skipped("a sparse file of a terabyte", "this file system has none");
        return;
    }
    let alert = alert(vec![sized(
        payload("a", &[("sha256", &sha256(CONTENT))]),
        27,
    )]);
    let report = tree.sweep(&alert);
    assert_eq!(
        (report.outcome, report.coverage.read_bytes),
        (Outcome::Clean, 0)
    );
    assert_eq!(report.coverage.item_bytes, 1 << 40);
}

#[test]
fn a_file_larger_than_rules_are_matched_with_is_a_gap() {
    let tree = Tree::new();
    tree.write("large", vec![0; 2_000]);
    tree.write("small", vec![0; 1_000]);
    let detector = FakeDetector::new(&["r"], |_, _| Ok(matched("r")));
    let mut options = tree.options();
    options.rule_bytes_max = 1_000;
    let report = sweep_with(&alert_with_rules(&["r"]), Some(&detector), &options);
    assert_eq!(report.outcome, Outcome::FoundIncomplete);
    assert_eq!(count(&report, Reason::TooLarge), 1);
    let check = check(&report, CheckKind::Yara, "r");
    assert_eq!((check.hits, check.not_examined), (1, 1));
}

/// Runs in a thread without the rights of root.
fn as_nobody<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let nobody = scope.spawn(|| {
            if rustix::process::geteuid().is_root() {
                let uid = rustix::process::Uid::from_raw(65_534);
                rustix::thread::set_thread_res_uid(uid, uid, uid).expect("root can do that");
            }
            run()
        });
        nobody.join().expect("it does not panic")
    })
}

#[test]
fn what_may_not_be_read_is_a_gap_and_does_not_stop_the_sweep() {
    let tree = Tree::new();
    fs_err::set_permissions(tree.path(), Permissions::from_mode(0o755)).expect("a mode");
    let close = |name: &str| {
        fs_err::set_permissions(tree.join(name), Permissions::from_mode(0o0)).expect("a mode");
    };
    tree.write("a/payload", CONTENT);
    tree.write("secret", "what nobody may read here");
    tree.write("closed/payload", CONTENT);
    close("secret");
    close("closed");
    let report = as_nobody(|| tree.sweep(&everywhere()));
    assert_eq!(report.outcome, Outcome::FoundIncomplete);
    assert_eq!(count(&report, Reason::Permission), 2);
    let line = &report.coverage.not_examined[0];
    let mut examples: Vec<&str> = line.examples.iter().map(domain::ItemPath::name).collect();
    examples.sort_unstable();
    assert_eq!(examples, ["closed", "secret"]);
    assert_eq!(check(&report, CheckKind::Digest, "a").not_examined, 1);

    // What need not be read is no gap.
    fs_err::remove_dir_all(tree.join("closed")).expect("it is gone");
    let elsewhere = alert(vec![sized(
        payload("a", &[("sha256", &sha256(CONTENT))]),
        27,
    )]);
    let report = as_nobody(|| tree.sweep(&elsewhere));
    assert_eq!(report.outcome, Outcome::Found);
}

#[test]
fn what_vanishes_before_it_is_read_hides_nothing() {
    let tree = Tree::new();
    for name in ["a", "b", "c"] {
        tree.write(name, CONTENT);
    }
    let folder = tree.path().to_owned();
    // Whichever is matched first removes the others, which were listed with it.
    let detector = FakeDetector::new(&["r"], move |item, _| {
        for name in ["a", "b", "c"] {
            if item.path != folder.join(name) {
                let _ = rustix::fs::unlinkat(CWD, folder.join(name), AtFlags::empty());
            }
        }
        Ok(Vec::new())
    });
    let mut options = tree.options();
    options.threads = std::num::NonZeroUsize::new(1);
    let report = sweep_with(&alert_with_rules(&["r"]), Some(&detector), &options);
    assert_eq!(report.outcome, Outcome::Clean);
    assert_eq!(count(&report, Reason::Vanished), 2);
    assert_eq!(report.coverage.item_count, 1);
}

#[test]
fn a_root_that_is_not_there_is_an_error_or_beside_others_a_gap() {
    let tree = Tree::new();
    let mut options = tree.options();
    options.roots.push(tree.join("nowhere"));
    let report = sweep_with(&everywhere(), None, &options);
    assert_eq!(report.outcome, Outcome::CleanIncomplete);
    assert_eq!(count(&report, Reason::ReadError), 1);
    options.roots.remove(0);
    let alert = everywhere();
    let target = sweep::Target {
        alert: &alert,
        id: None,
        detectors: &[],
    };
    let never = AtomicBool::new(false);
    let error = sweep::sweep(
        &[target],
        &options,
        &sweep::Surroundings::new(&domain::SystemClock, &never),
    );
    assert!(matches!(error, Err(sweep::SweepError::Root { .. })));
}

#[test]
fn a_folder_mounted_inside_itself_is_walked_once() {
    let tree = Tree::new();
    tree.write("a/b/payload", CONTENT);
    fs_err::create_dir(tree.join("a/b/loop")).expect("a folder");
    let (from, to) = (tree.join("a"), tree.join("a/b/loop"));
    let mounted = std::process::Command::new("mount")
        .arg("--bind")
        .args([&from, &to])
        .output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        skipped(
            "a folder mounted inside itself",
            "nothing can be mounted here",
        );
        return;
    }
    let report = tree.sweep(&everywhere());
    let unmounted = std::process::Command::new("umount").arg(&to).status();
    assert!(unmounted.is_ok_and(|status| status.success()));
    assert_eq!(report.findings.len(), 1);
    assert_eq!(count(&report, Reason::ExcludedByPlan), 1);
    assert_eq!(report.outcome, Outcome::Found);
}

#[test]
fn a_file_that_never_stops_growing_is_a_gap_and_what_it_held_is_found_all_the_same() {
    let tree = Tree::new();
    // Long enough to read that the writer gets its turn meanwhile, also on a busy machine.
    let log = tree.write("log", vec![b'x'; 96 * 1024 * 1024]);
    tree.write("payload", CONTENT);
    let over = AtomicBool::new(false);
    let written = Barrier::new(2);
    let report = thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = fs_err::OpenOptions::new()
                .append(true)
                .open(&log)
                .expect("the file");
            file.write_all(b"y").expect("it grows");
            written.wait();
            while !over.load(Ordering::Relaxed) && file.write_all(b"y").is_ok() {
                std::hint::spin_loop();
            }
        });
        written.wait();
        let detector = FakeDetector::new(&["r"], |_, content| {
            Ok(if content.starts_with(b"x") {
                matched("r")
            } else {
                Vec::new()
            })
        });
        let mut alert = everywhere();
        alert.rules = alert_with_rules(&["r", "s"]).rules;
        let detector = FakeDetector {
            ids: vec!["r".into(), "s".into()],
            ..detector
        };
        let report = sweep_with(&alert, Some(&detector), &tree.options());
        over.store(true, Ordering::Relaxed);
        report
    });
    assert_eq!(report.outcome, Outcome::FoundIncomplete);
    assert_eq!(count(&report, Reason::ChangedWhileRead), 1);
    let (r, s) = (
        check(&report, CheckKind::Yara, "r"),
        check(&report, CheckKind::Yara, "s"),
    );
    assert_eq!((r.hits, r.absent_by_content, r.not_examined), (1, 1, 0));
    assert_eq!((s.hits, s.absent_by_content, s.not_examined), (0, 1, 1));
    assert_eq!(check(&report, CheckKind::Digest, "a").not_examined, 1);
}
