//! One example of every reason for which something is not examined, planted in real sweeps of the built program, and found
//! again: in the report's totals, in those of each check, and by its path in the full list.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::{
    Alert, Confidence, Indicator, Observable, Reason, Role, Rule, RuleLanguage, SweepReport,
};
use fs_err as fs;
use serde_json::Value;
use sweep::not_examined::{Unexamined, read_page};
use testkit::skipping::skipped;
use testkit::wait_until;

use crate::program::{Running, text};

const PATIENCE: Duration = Duration::from_mins(2);
/// A rule that says nothing before it has seen the end of a content.
const RULE: &str = "rule last_byte { condition: uint8(filesize - 1) == 0xd6 and uint8(0) == 0xd6 }";
/// A rule that is not done in any time that one item may take.
const ENDLESS_RULE: &str = "rule endless {
    condition: filesize == 77777 and
        for all i in (0..1000000000) : ( for all j in (0..1000000000) : ( uint8((i + j) % 70000) == 0x61 ) )
}";
/// Levels of containers, more than are opened.
const LEVELS: usize = 20;
/// Sweeps of a folder in which files come and go, until one was seen and gone.
const ATTEMPTS: usize = 10;

/// In which sweep an example is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sweep {
    /// Without the right to read what others have closed.
    Calm,
    /// One that is ended whenever a certain item is in hand.
    Deadly,
    /// One with a rule that never ends.
    Endless,
    /// One of files that change and vanish.
    Restless,
    /// One with too little time.
    Short,
}

/// Says how a reason is planted: in which sweep, and the end of the path under which it is listed. A new reason does not
/// compile until it has its example here.
const fn example(reason: Reason) -> (Sweep, &'static str) {
    match reason {
        Reason::Budget => (Sweep::Calm, "nested.tar"),
        Reason::ChangedWhileRead => (Sweep::Restless, "/changing.bin"),
        Reason::CheckUnavailable => (Sweep::Calm, "sought: mutex Global\\tocsin-test"),
        Reason::Damaged => (Sweep::Calm, "/damaged.gz » damaged"),
        Reason::DetectorFailed => (Sweep::Deadly, "/deadly.bin"),
        Reason::Encrypted => (Sweep::Calm, "/encrypted.zip » secret.txt"),
        Reason::ExcludedByPlan => (Sweep::Calm, "/excluded"),
        Reason::ItemTime => (Sweep::Endless, "/endless.bin"),
        Reason::Permission => (Sweep::Calm, "/closed.bin"),
        Reason::ReadError => (Sweep::Calm, "/no-such-place"),
        Reason::SpecialFile => (Sweep::Calm, "/pipe"),
        Reason::Time => (Sweep::Short, "/long.bin"),
        Reason::TooLarge => (Sweep::Calm, "/large.bin"),
        Reason::UnsupportedContainer => (Sweep::Calm, "/unsupported.zip » odd.txt"),
        Reason::Vanished => (Sweep::Restless, ".passing"),
    }
}

/// Says whether a check of the alert can show that it missed the example: what is no item of a sweep is in no check.
const fn is_missed_by_a_check(reason: Reason) -> bool {
    match reason {
        Reason::ChangedWhileRead
        | Reason::Damaged
        | Reason::DetectorFailed
        | Reason::Encrypted
        | Reason::ItemTime
        | Reason::Permission
        | Reason::Time
        | Reason::TooLarge
        | Reason::UnsupportedContainer => true,
        // A container of which the own bytes were examined; a check, a place, or nothing with a content.
        Reason::Budget
        | Reason::CheckUnavailable
        | Reason::ExcludedByPlan
        | Reason::ReadError
        | Reason::SpecialFile
        | Reason::Vanished => false,
    }
}

/// What one sweep came to.
struct Outcome {
    report: SweepReport,
    listed: Vec<Unexamined>,
}

/// A folder with a disk and an alert.
struct Scene(tempfile::TempDir);

impl Scene {
    fn new(rule: &str) -> Self {
        let scene = Self(tempfile::tempdir().expect("a folder"));
        fs::create_dir(scene.disk()).expect("made");
        scene.put("ordinary.txt", b"an ordinary file");
        let alert = serde_json::to_vec(&alert(rule)).expect("JSON");
        fs::write(scene.path("alert.json"), alert).expect("written");
        scene
    }

    fn disk(&self) -> PathBuf {
        self.path("disk")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.disk().join(name);
        fs::write(&path, content).expect("written");
        path
    }

    /// Makes a file of which nothing is stored.
    fn put_sparse(&self, name: &str, bytes: u64) -> PathBuf {
        let path = self.disk().join(name);
        let file = fs::File::create(&path).expect("made");
        file.set_len(bytes).expect("sparse");
        path
    }

    fn arguments(&self, more: &[&str]) -> Vec<String> {
        let mut arguments = vec!["sweep".to_owned()];
        arguments.extend(more.iter().map(|&one| one.to_owned()));
        let files = [
            ("--alert", "alert.json"),
            ("--report", "report.json"),
            ("--not-examined", "list.jsonl"),
        ];
        for (option, name) in files {
            arguments.extend([option.to_owned(), text(&self.path(name)).to_owned()]);
        }
        arguments.extend(["--format", "json"].map(str::to_owned));
        arguments.push(text(&self.disk()).to_owned());
        arguments
    }

    fn start(&self, more: &[&str]) -> Running {
        Running::start(self.arguments(more), &self.path("log"))
    }

    /// Reads what a sweep came to, and checks that report and list say the same.
    fn outcome(&self) -> Outcome {
        let log = fs::read_to_string(self.path("log")).unwrap_or_default();
        let report = fs::read_to_string(self.path("report.json"))
            .unwrap_or_else(|_| panic!("no report: {log}"));
        let report: Value = serde_json::from_str(&report).expect("JSON");
        let report: SweepReport =
            serde_json::from_value(report["reports"][0].clone()).expect("a report");
        assert_eq!(report.check(), Ok(()), "every check adds up: {report:#?}");
        let listed = read_page(&self.path("list.jsonl"), None, 0, 100_000)
            .expect("a list")
            .items;
        for reason in Reason::ALL {
            let lines = listed.iter().filter(|line| line.reason == reason).count();
            assert_eq!(
                count(&report, reason),
                lines as u64,
                "{reason:?}: {listed:#?}"
            );
        }
        Outcome { report, listed }
    }
}

fn count(report: &SweepReport, reason: Reason) -> u64 {
    let mut lines = report.coverage.not_examined.iter();
    lines
        .find(|line| line.reason == reason)
        .map_or(0, |line| line.count)
}

/// Seeks a content that is nowhere, by its digest alone, so that every file is read; with a rule, and with something that
/// no sweep of files can look for.
fn alert(rule: &str) -> Alert {
    let observable = |kind, value: &str| Observable::new(kind, value).expect("an observable");
    let alert = Alert {
        indicators: vec![Indicator {
            id: "sought".to_owned(),
            label: "sought".to_owned(),
            role: Role::Payload,
            confidence: Confidence::High,
            size: None,
            observables: vec![
                observable("sha256", &"d6".repeat(32)),
                observable("mutex", "Global\\tocsin-test"),
            ],
        }],
        rules: vec![Rule {
            id: "rule".to_owned(),
            language: RuleLanguage::Yara,
            role: Role::Payload,
            confidence: Confidence::High,
            source: rule.to_owned(),
        }],
        ..testkit::alerts::exercise(&[])
    };
    assert_eq!(alert.check(), Ok(()));
    alert
}

#[test]
fn an_example_of_every_reason_is_found_in_the_report_and_in_the_list() {
    let calm = calm();
    let outcomes = [
        (Sweep::Calm, calm),
        (Sweep::Deadly, Some(deadly())),
        (Sweep::Endless, Some(endless())),
        (Sweep::Restless, Some(restless())),
        (Sweep::Short, Some(short())),
    ];
    for reason in Reason::ALL {
        let (sweep, end) = example(reason);
        let outcome = outcomes.iter().find(|(one, _)| *one == sweep);
        let Some((_, Some(outcome))) = outcome else {
            continue;
        };
        let (report, listed) = (&outcome.report, &outcome.listed);
        let is_example =
            |line: &&Unexamined| line.reason == reason && line.item.text.ends_with(end);
        let line = listed.iter().find(is_example);
        assert!(
            line.is_some(),
            "{reason:?} of '{end}' is listed: {listed:#?}"
        );
        assert!(
            count(report, reason) > 0,
            "{reason:?} is counted: {report:#?}"
        );
        let missed = report.coverage.checks.iter().map(|one| one.not_examined);
        if is_missed_by_a_check(reason) {
            assert!(
                missed.max() > Some(0),
                "{reason:?} is in a check: {report:#?}"
            );
        }
        if reason.leaves_a_gap() {
            assert!(!report.coverage.complete, "{reason:?}: {report:#?}");
        }
    }
}

/// Everything that lies still; nothing where this system cannot give up the right to read all.
fn calm() -> Option<Outcome> {
    let scene = Scene::new(RULE);
    scene.put("nested.tar", &nested_tars());
    scene.put(
        "damaged.gz",
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03 this was never compressed",
    );
    scene.put("encrypted.zip", &zip("secret.txt", 1, 0));
    scene.put("unsupported.zip", &zip("odd.txt", 0, 77));
    let closed = scene.put("closed.bin", b"closed");
    let no_rights = std::os::unix::fs::PermissionsExt::from_mode(0o000);
    fs::set_permissions(closed, no_rights).expect("closed");
    fs::create_dir(scene.disk().join("excluded")).expect("made");
    let pipe = scene.disk().join("pipe");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, mode).expect("a pipe");
    let mut large = vec![0_u8; 2 << 20];
    large[0] = 0xd6;
    scene.put("large.bin", &large);
    let excluded = scene.disk().join("excluded");
    let missing = scene.path("no-such-place");
    let arguments = scene.arguments(&[
        "--exclude",
        text(&excluded),
        "--rule-size-max",
        "1",
        text(&missing),
    ]);
    let program = env!("CARGO_BIN_EXE_tocsin");
    let mut command = Command::new(program);
    if rustix::process::geteuid().is_root() {
        // Root reads everything unless it gives that up.
        let dropped = "-dac_override,-dac_read_search";
        command = Command::new("setpriv");
        command.args([
            &format!("--bounding-set={dropped}"),
            &format!("--inh-caps={dropped}"),
            "--",
            program,
        ]);
    }
    let Ok(output) = command.args(arguments).output() else {
        skipped(
            "ten of the reasons for which something is not examined",
            "setpriv (package util-linux) is not installed",
        );
        return None;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    Some(scene.outcome())
}

/// An item that ends the program twice: then it is left out.
fn deadly() -> Outcome {
    let scene = Scene::new(RULE);
    let deadly = scene.put_sparse("deadly.bin", 1 << 42);
    let mut sweep = scene.start(&[]);
    let ended = wait_until(PATIENCE, || {
        if let Some(worker) = sweep.worker()
            && sweep.has_open(&deadly)
        {
            let _ = rustix::process::kill_process(worker, rustix::process::Signal::ABORT);
            let _ = wait_until(PATIENCE, || sweep.worker() != Some(worker));
        }
        sweep.0.try_wait().expect("our child").is_some()
    });
    assert!(ended, "it ends");
    scene.outcome()
}

/// A rule that is not done with an item.
fn endless() -> Outcome {
    let scene = Scene::new(ENDLESS_RULE);
    scene.put("endless.bin", &vec![0x61; 77_777]);
    let mut sweep = scene.start(&["--item-time-max", "3"]);
    assert_eq!(sweep.wait(), Some(2));
    scene.outcome()
}

/// Files that are written all the time, and others that come and go.
fn restless() -> Outcome {
    let scene = Scene::new(RULE);
    let changing = scene.put("changing.bin", &vec![1; 48 << 20]);
    let passing = scene.disk().join("passing");
    fs::create_dir(&passing).expect("made");
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let file = fs::OpenOptions::new().write(true).open(&changing);
            let file = file.expect("opened");
            let mut byte = 0_u8;
            while !is_over.load(Ordering::Relaxed) {
                byte = byte.wrapping_add(1);
                let _ = std::os::unix::fs::FileExt::write_all_at(file.file(), &[byte], 1_000);
            }
        });
        scope.spawn(|| {
            let names = (0..400).map(|number| passing.join(format!("{number}.passing")));
            let names: Vec<PathBuf> = names.collect();
            while !is_over.load(Ordering::Relaxed) {
                for name in &names {
                    let _ = fs::write(name, b"here");
                }
                for name in &names {
                    let _ = fs::remove_file(name);
                }
            }
        });
        let mut outcome = None;
        for _ in 0..ATTEMPTS {
            let mut sweep = scene.start(&[]);
            let _ = sweep.wait();
            let came_to = scene.outcome();
            let has = |reason| count(&came_to.report, reason) > 0;
            let is_enough = has(Reason::Vanished) && has(Reason::ChangedWhileRead);
            outcome = Some(came_to);
            if is_enough {
                break;
            }
        }
        is_over.store(true, Ordering::Relaxed);
        outcome.expect("at least one sweep")
    })
}

/// A file that takes longer than there is time.
fn short() -> Outcome {
    let scene = Scene::new(RULE);
    scene.put_sparse("long.bin", 1 << 42);
    let mut sweep = scene.start(&["--time-limit", "2"]);
    assert_eq!(sweep.wait(), Some(2));
    scene.outcome()
}

/// Archives inside each other: POSIX ustar, one header of 512 bytes and the content, padded, each.
fn nested_tars() -> Vec<u8> {
    let mut content = b"the innermost".to_vec();
    for level in 0..LEVELS {
        let mut header = [0_u8; 512];
        let name = if level == 0 {
            "innermost.txt"
        } else {
            "nested.tar"
        };
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
        header[148..156].fill(b' ');
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let mut archive = header.to_vec();
        archive.extend(&content);
        archive.resize(archive.len().next_multiple_of(512) + 1024, 0);
        content = archive;
    }
    content
}

/// An archive of one member with these general flags and this method (APPNOTE 6.3.10, §4.3.7 and §4.3.12).
fn zip(name: &str, flags: u16, method: u16) -> Vec<u8> {
    let content = b"twelve bytes and what was said";
    let length = u32::try_from(content.len()).expect("short").to_le_bytes();
    let name_length = u16::try_from(name.len()).expect("short").to_le_bytes();
    // From the version needed up to the length of the name: the same in both headers.
    let mut shared = Vec::new();
    for field in [20, flags, method, 0, 0x21] {
        shared.extend(u16::to_le_bytes(field));
    }
    shared.extend([1, 2, 3, 4]);
    shared.extend(length);
    shared.extend(length);
    shared.extend(name_length);
    shared.extend([0, 0]);
    let mut archive = b"PK\x03\x04".to_vec();
    archive.extend(&shared);
    archive.extend(name.as_bytes());
    archive.extend(content);
    let directory_at = u32::try_from(archive.len()).expect("short").to_le_bytes();
    let mut directory = b"PK\x01\x02\x14\0".to_vec();
    directory.extend(&shared);
    directory.extend([0; 14]);
    directory.extend(name.as_bytes());
    let directory_length = u32::try_from(directory.len()).expect("short").to_le_bytes();
    archive.extend(directory);
    archive.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    archive.extend(directory_length);
    archive.extend(directory_at);
    archive.extend([0, 0]);
    archive
}
