//! `tocsin inventory`: what a sweep remembers is shown, compared with the files, and forgotten.

use std::path::Path;

use fs_err as fs;
use serde_json::Value;
use testkit::alerts::dispatch_238;

use crate::program::{text, tocsin, tocsin_done};

/// Seconds by which the clock is ahead: what was written just now would not be kept.
const LATER: &str = "7200";

struct Host {
    folder: tempfile::TempDir,
}

impl Host {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let host = Self { folder };
        fs::create_dir(host.file("disk")).expect("made");
        for (name, content) in [("a.dll", "one"), ("b.dll", "other"), ("c.txt", "last")] {
            fs::write(host.file("disk").join(name), content).expect("written");
        }
        let alert = serde_json::to_vec(&dispatch_238()).expect("JSON");
        fs::write(host.file("alert.json"), alert).expect("written");
        fs::write(host.file("clock"), LATER).expect("written");
        host
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Sweeps everything, and returns how many files were read.
    fn sweep(&self) -> u64 {
        let (disk, alert) = (self.file("disk"), self.file("alert.json"));
        let (kept, clock) = (self.file("kept"), self.file("clock"));
        let report = tocsin_done([
            "sweep",
            text(&disk),
            "--alert",
            text(&alert),
            "--thorough",
            "--inventory",
            text(&kept),
            "--clock",
            text(&clock),
            "--format",
            "json",
        ]);
        let report: Value = serde_json::from_str(&report).expect("JSON");
        report["reports"][0]["coverage"]["read_count"]
            .as_u64()
            .expect("a number")
    }

    fn inventory_json(&self, verb: &str) -> (i32, Value) {
        let (kept, clock) = (self.file("kept"), self.file("clock"));
        let outcome = tocsin([
            "inventory",
            verb,
            "--folder",
            text(&kept),
            "--clock",
            text(&clock),
            "--json",
        ]);
        let printed = serde_json::from_str(&outcome.stdout).unwrap_or(Value::Null);
        (outcome.code, printed)
    }
}

#[test]
fn a_second_sweep_reads_nothing_until_the_inventory_is_dropped() {
    let host = Host::new();
    assert_eq!(host.sweep(), 3);
    assert_eq!(host.sweep(), 0);
    let (code, status) = host.inventory_json("status");
    assert_eq!((code, &status["files"]), (0, &Value::from(3)), "{status:#}");
    assert_eq!(status["files_with_digests"], 3);
    assert_eq!(status["notes"], Value::Array(Vec::new()));
    let kept = host.file("kept");
    for language in ["en", "vi"] {
        let folder = text(&kept);
        let shown = tocsin_done([
            "inventory",
            "status",
            "--folder",
            folder,
            "--lang",
            language,
        ]);
        assert!(shown.contains('3'), "{shown}");
    }
    tocsin_done(["inventory", "drop", "--folder", text(&kept)]);
    assert_eq!(host.inventory_json("status").1["files"], 0);
    assert_eq!(host.sweep(), 3);
}

#[test]
fn verifying_tells_changed_and_missing_files_from_those_that_are_as_remembered() {
    let host = Host::new();
    host.sweep();
    fs::write(host.file("disk/b.dll"), "changed").expect("written");
    fs::remove_file(host.file("disk/c.txt")).expect("removed");
    let (code, verified) = host.inventory_json("verify");
    assert_eq!(code, 0, "a change that shows is no difference");
    for (key, count) in [("files", 3), ("same", 1), ("changed", 1), ("gone", 1)] {
        assert_eq!(verified[key], count, "{key} in {verified:#}");
    }
    assert_eq!(verified["differing"], 0);
}

#[test]
fn an_inventory_that_is_not_there_is_an_error_and_is_not_made() {
    let host = Host::new();
    for verb in ["status", "verify"] {
        assert_eq!(host.inventory_json(verb).0, 3);
    }
    let absent: &Path = &host.file("kept");
    assert_eq!(
        tocsin(["inventory", "drop", "--folder", text(absent)]).code,
        3
    );
    assert!(!absent.try_exists().expect("readable"));
}
