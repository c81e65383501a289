//! `tocsin sweep`: exit codes, the dispatch on a Windows disk, and what a report says.

use std::path::Path;
use std::time::Duration;

use fs_err as fs;
use serde_json::Value;
use testkit::alerts::dispatch_238;
use testkit::skipping::skipped;
use testkit::wait_until;

use crate::program::{Running, text, tocsin};

/// How long a program may take for what it does at once, on a loaded machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Writes the dispatch as a draft and returns its path.
fn dispatch(folder: &Path) -> std::path::PathBuf {
    let file = folder.join("dispatch.json");
    fs::write(&file, serde_json::to_vec(&dispatch_238()).expect("JSON")).expect("written");
    file
}

fn sweep_json(disk: &Path, alert: &Path) -> (i32, Value) {
    let outcome = tocsin([
        "sweep",
        text(disk),
        "--alert",
        text(alert),
        "--format",
        "json",
    ]);
    let report: Value = serde_json::from_str(&outcome.stdout)
        .unwrap_or_else(|_| panic!("no JSON: {}", outcome.stderr));
    (outcome.code, report["reports"][0].clone())
}

fn put(disk: &Path, place: &str, content: &[u8]) {
    let path = disk.join(place);
    fs::create_dir_all(path.parent().expect("it has a folder")).expect("made");
    fs::write(path, content).expect("written");
}

#[test]
fn a_complete_sweep_that_finds_nothing_ends_with_0() {
    let folder = tempfile::tempdir().expect("a folder");
    put(
        folder.path(),
        "disk/Windows/System32/kernel32.dll",
        &[7; 4000],
    );
    let (code, report) = sweep_json(&folder.path().join("disk"), &dispatch(folder.path()));
    assert_eq!((code, report["outcome"].as_str()), (0, Some("clean")));
    assert_eq!(report["coverage"]["complete"], true);
}

#[test]
fn names_of_the_dispatch_on_a_healthy_windows_disk_are_not_called_malware() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = folder.path().join("disk");
    put(&disk, "WINDOWS/system32/DISKPERF.EXE", &vec![1; 22_016]);
    put(
        &disk,
        "Program Files/Common Files/McAfee/McAfee.exe",
        &vec![2; 70_000],
    );
    let (code, report) = sweep_json(&disk, &dispatch(folder.path()));
    assert_eq!(code, 0, "{report:#}");
    let findings = report["findings"].as_array().expect("a list");
    assert_eq!(
        findings.len(),
        2,
        "both are told, as worth knowing: {report:#}"
    );
    assert!(
        findings
            .iter()
            .all(|finding| finding["judgement"] == "context"),
        "{report:#}"
    );
}

#[test]
fn the_path_of_a_payload_with_other_content_is_suspicious() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = folder.path().join("disk");
    put(&disk, "windows/SYSTEM32/diskmgers.DLL", &[3; 5000]);
    let (code, report) = sweep_json(&disk, &dispatch(folder.path()));
    assert_eq!(code, 1);
    assert_eq!(
        report["findings"][0]["judgement"], "suspicious",
        "{report:#}"
    );
}

#[test]
fn what_cannot_be_read_makes_a_sweep_incomplete_and_ends_with_2() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = folder.path().join("disk");
    put(&disk, "secret/inside.dll", &[4; 100]);
    let closed = disk.join("secret");
    fs::set_permissions(&closed, std::os::unix::fs::PermissionsExt::from_mode(0o000))
        .expect("closed");
    let alert = dispatch(folder.path());
    let program = env!("CARGO_BIN_EXE_tocsin");
    let arguments = [
        "sweep",
        text(&disk),
        "--alert",
        text(&alert),
        "--format",
        "json",
    ];
    let mut command = if rustix::process::geteuid().is_root() {
        // Root reads everything unless it gives that up.
        let mut command = std::process::Command::new("setpriv");
        let dropped = "-dac_override,-dac_read_search";
        command.args([
            &format!("--bounding-set={dropped}"),
            &format!("--inh-caps={dropped}"),
            "--",
            program,
        ]);
        command
    } else {
        std::process::Command::new(program)
    };
    let Ok(output) = command.args(arguments).output() else {
        skipped(
            "a folder that cannot be read",
            "setpriv (package util-linux) is not installed",
        );
        return;
    };
    fs::set_permissions(&closed, std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .expect("opened again");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(output.status.code(), Some(2), "{report:#}");
    let report = &report["reports"][0];
    assert_eq!(report["outcome"], "clean-incomplete");
    assert_eq!(
        report["coverage"]["not_examined"][0]["reason"],
        "permission"
    );
    let example = report["coverage"]["not_examined"][0]["examples"][0]["text"]
        .as_str()
        .expect("an example");
    assert!(example.ends_with("/secret"), "{example}");
}

#[test]
fn a_sweep_that_cannot_run_ends_with_3_and_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let alert = dispatch(folder.path());
    for (arguments, reason) in [
        (
            vec!["sweep", "/no/such/place", "--alert", text(&alert)],
            "/no/such/place",
        ),
        (
            vec!["sweep", "/usr/bin", "--alert", "/no/such/alert.json"],
            "/no/such/alert.json",
        ),
        (vec!["sweep", "/usr/bin"], "--alert"),
        (vec!["sweep", "--no-such-option"], "--no-such-option"),
    ] {
        let outcome = tocsin(&arguments);
        assert_eq!(outcome.code, 3, "{arguments:?}: {}", outcome.stderr);
        assert!(
            outcome.stderr.contains(reason),
            "{arguments:?}: {}",
            outcome.stderr
        );
    }
}

#[test]
fn what_is_no_file_is_written_to_and_never_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    put(folder.path(), "disk/a", b"a");
    let (disk, alert) = (folder.path().join("disk"), dispatch(folder.path()));
    let pipe = folder.path().join("pipe");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, mode).expect("a pipe");
    let reading = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read(pipe).expect("it is read")
    });
    let words = ["sweep", text(&disk), "--alert", text(&alert)];
    let outcome = tocsin([&words[..], &["--format", "json", "--report", text(&pipe)]].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let report = reading.join().expect("the reader ends");
    assert!(serde_json::from_slice::<Value>(&report).is_ok());

    let outcome = tocsin([&words[..], &["--not-examined", text(&pipe)]].concat());
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("is no file"), "{}", outcome.stderr);
    let kind = fs::symlink_metadata(&pipe)
        .expect("it is there")
        .file_type();
    assert!(std::os::unix::fs::FileTypeExt::is_fifo(&kind));
}

#[test]
fn odd_files_as_alerts_are_refused_and_the_reason_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).expect("written");
        path
    };
    // A file as large as a disk, of which nothing is stored: only the limit keeps it out of memory.
    let huge = file("huge.json", b"");
    let opened = fs::OpenOptions::new().write(true).open(&huge);
    opened.expect("opened").set_len(1 << 40).expect("sparse");
    for (alert, reason) in [
        (folder.path().to_owned(), "is a folder"),
        (file("empty.json", b""), "is empty"),
        (huge, "bytes that such a file may have"),
        (
            file("letter.txt", b"Kinh gui"),
            "neither a signed alert nor a draft",
        ),
        (
            file("half.json", br#"{"payload": "e30="}"#),
            "read the envelope",
        ),
    ] {
        let outcome = tocsin(["sweep", text(folder.path()), "--alert", text(&alert)]);
        assert_eq!(outcome.code, 3, "{}", alert.display());
        assert!(outcome.stderr.contains(reason), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(text(&alert)), "{}", outcome.stderr);
    }
}

#[test]
fn one_walk_serves_several_alerts_with_a_report_for_each() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = folder.path().join("disk");
    put(&disk, "windows/SYSTEM32/diskmgers.DLL", &[3; 5000]);
    let first = dispatch(folder.path());
    let mut other = dispatch_238();
    other.number = "239/VNCERT-ĐPƯC".to_owned();
    other.indicators.retain(|one| one.id == "playball");
    other.combinations.clear();
    let second = folder.path().join("second.json");
    fs::write(&second, serde_json::to_vec(&other).expect("JSON")).expect("written");
    let outcome = tocsin([
        "sweep",
        text(&disk),
        "--alert",
        text(&first),
        "--alert",
        text(&second),
        "--format",
        "json",
    ]);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let reports: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let outcomes: Vec<_> = (0..2)
        .map(|index| &reports["reports"][index])
        .map(|report| (&report["alert"]["number"], &report["outcome"]))
        .collect();
    assert_eq!(
        outcomes,
        [
            (&"238/VNCERT-ĐPƯC".into(), &"found".into()),
            (&"239/VNCERT-ĐPƯC".into(), &"clean".into())
        ]
    );
}

#[test]
fn a_sweep_that_is_interrupted_still_reports_and_is_not_called_clean() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = folder.path().join("disk");
    // Content without end, so that the sweep is certainly running: 1 TiB of which nothing is stored, to be hashed.
    put(&disk, "a.bin", b"");
    let big = fs::OpenOptions::new().write(true).open(disk.join("a.bin"));
    big.expect("opened").set_len(1 << 40).expect("sparse");
    let alert = dispatch(folder.path());
    let (report, log) = (folder.path().join("report.json"), folder.path().join("log"));
    let arguments = [
        "sweep",
        text(&disk),
        "--alert",
        text(&alert),
        "--thorough",
        "--format",
        "json",
        "--report",
        text(&report),
    ];
    let mut sweep = Running::start(arguments, &log);
    // Once the file is open, the sweep is under way and Ctrl-C is watched for.
    assert!(wait_until(PATIENCE, || sweep.has_open(&disk.join("a.bin"))));
    sweep.interrupt();
    assert_eq!(sweep.wait(), Some(2), "{}", read(&log));
    let report: Value = serde_json::from_str(&read(&report)).expect("JSON");
    let report = &report["reports"][0];
    assert_eq!(report["outcome"], "clean-incomplete");
    let reasons = report["coverage"]["not_examined"]
        .as_array()
        .expect("a list");
    assert!(
        reasons.iter().any(|line| line["reason"] == "time"),
        "{report:#}"
    );
    assert!(read(&log).contains("Stopping"), "{}", read(&log));
}

#[test]
fn a_second_interrupt_ends_a_sweep_at_once_without_a_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = folder.path().join("disk");
    put(&disk, "windows/diskperf.exe", b"");
    let alert = dispatch(folder.path());
    // A report into a pipe that nobody reads: the sweep ends and then waits, as behind a dead network disk.
    let (report, log) = (folder.path().join("report"), folder.path().join("log"));
    let pipe = folder.path().join("report.new");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, mode).expect("a pipe");
    let arguments = [
        "sweep",
        text(&disk),
        "--alert",
        text(&alert),
        "--report",
        text(&report),
    ];
    let mut sweep = Running::start(arguments, &log);
    assert!(wait_until(PATIENCE, || sweep.watches_for_interrupt()));
    sweep.interrupt();
    assert!(wait_until(PATIENCE, || read(&log).contains("Stopping")));
    sweep.interrupt();
    assert_eq!(sweep.wait(), Some(3), "{}", read(&log));
    assert!(!report.is_file(), "no report");
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_default()
}

#[test]
fn the_text_report_says_examined_found_and_not_examined_in_a_line_each() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = folder.path().join("disk");
    put(&disk, "Windows/a.dll", &[5; 100]);
    let alert = dispatch(folder.path());
    for (language, examined, found, gaps) in [
        ("en", "Examined", "Found", "Not examined"),
        ("vi", "Đã kiểm tra", "Phát hiện", "Chưa kiểm tra"),
    ] {
        let outcome = tocsin([
            "sweep",
            text(&disk),
            "--alert",
            text(&alert),
            "--lang",
            language,
        ]);
        for label in [examined, found, gaps] {
            let lines = outcome
                .stdout
                .lines()
                .filter(|line| line.trim_start().starts_with(label))
                .count();
            assert_eq!(lines, 1, "{label} in:\n{}", outcome.stdout);
        }
        assert!(
            outcome.stderr.is_empty(),
            "no progress where there is no terminal: {}",
            outcome.stderr
        );
        assert!(
            !outcome.stdout.contains('\u{1b}'),
            "no colours where there is no terminal"
        );
    }
}

#[test]
fn hostile_names_do_not_reach_the_terminal_or_the_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = folder.path().join("disk");
    put(
        &disk,
        "<script>alert(1)<!--/\u{1b}[2J\u{202e}/diskperf.exe",
        &[6; 100],
    );
    let alert = dispatch(folder.path());
    let shown = tocsin(["sweep", text(&disk), "--alert", text(&alert)]).stdout;
    assert!(
        shown.contains("diskperf.exe") && !shown.contains('\u{1b}') && !shown.contains('\u{202e}'),
        "{shown}"
    );
    let page = tocsin([
        "sweep",
        text(&disk),
        "--alert",
        text(&alert),
        "--format",
        "html",
    ])
    .stdout;
    assert!(
        page.contains("&#60;script&#62;") && !page.contains("<script"),
        "{page}"
    );
}
