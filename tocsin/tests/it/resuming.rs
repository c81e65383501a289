//! A sweep that is killed at any moment goes on where it was: at most what it read in its last two seconds is read again.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fs_err as fs;
use serde_json::Value;
use testkit::alerts::dispatch_238;
use testkit::wait_until;

use crate::program::{Running, text, tocsin_done};

/// Files of nothing but zeros that take no room on the disk: hashing them takes some seconds.
const FILES: usize = 900;
const FILE_BYTES: u64 = 2 * 1024 * 1024;
/// When it is killed after it began to read. What was read in less than two seconds may all be lost.
const KILLED_AFTER_MS: [u64; 3] = [2_300, 900, 2_900];
/// What may be lost of what was read.
const LOST: Duration = Duration::from_secs(2);
/// Beside that: what each of two threads has in hand, and what a process reads that is no file of the tree.
const SLACK_BYTES: u64 = 16 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_mins(2);
/// Seconds by which the clock is ahead: what was written just now would not be kept.
const LATER: &str = "7200";

struct Host {
    folder: tempfile::TempDir,
}

/// What a process had read, at moments after it had begun.
type Samples = Vec<(Duration, u64)>;

impl Host {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let host = Self { folder };
        for number in 0..FILES {
            let place = host.file("disk").join((number % 30).to_string());
            fs::create_dir_all(&place).expect("made");
            let file = fs::File::create(place.join(format!("{number}.bin"))).expect("made");
            file.set_len(FILE_BYTES).expect("made longer");
        }
        let alert = serde_json::to_vec(&dispatch_238()).expect("JSON");
        fs::write(host.file("alert.json"), alert).expect("written");
        fs::write(host.file("clock"), LATER).expect("written");
        host
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn arguments(&self) -> Vec<String> {
        let argument = |name| text(&self.file(name)).to_owned();
        let words = ["--thorough", "--threads", "2", "--format", "json"];
        let mut arguments = vec!["sweep".to_owned(), argument("disk")];
        for (option, file) in [
            ("alert", "alert.json"),
            ("inventory", "kept"),
            ("clock", "clock"),
        ] {
            arguments.extend([format!("--{option}"), argument(file)]);
        }
        arguments.extend(words.map(str::to_owned));
        arguments
    }

    /// Sweeps until a while after the first bytes, kills everything, and returns what was read by when.
    fn sweep_and_kill(&self, after: Duration) -> Samples {
        let mut sweep = Running::start(self.arguments(), &self.file("log"));
        let mut worker = None;
        let has_begun = || {
            worker = sweep.worker();
            worker.is_some_and(|pid| bytes_read(pid) > 2 * FILE_BYTES)
        };
        assert!(wait_until(PATIENCE, has_begun), "it never began");
        let worker = worker.expect("it was seen");
        let began = Instant::now();
        let mut samples = Samples::new();
        let _ = wait_until(after, || {
            // Of one that has ended nothing is known any more.
            let before = samples.last().map_or(0, |(_, bytes)| *bytes);
            samples.push((began.elapsed(), bytes_read(worker).max(before)));
            false
        });
        sweep.kill();
        // It may have ended by itself.
        let _ = rustix::process::kill_process(worker, rustix::process::Signal::KILL);
        let is_gone = || rustix::process::test_kill_process(worker).is_err();
        assert!(wait_until(PATIENCE, is_gone), "it is still there");
        samples
    }
}

/// Returns what a process has asked the system to read, from files of any kind.
fn bytes_read(process: rustix::process::Pid) -> u64 {
    let io = Path::new("/proc")
        .join(process.as_raw_nonzero().to_string())
        .join("io");
    let io = fs::read_to_string(io).unwrap_or_default();
    let read = io.lines().find_map(|line| line.strip_prefix("rchar: "));
    read.and_then(|read| read.parse().ok()).unwrap_or(0)
}

#[test]
fn what_is_read_again_after_a_kill_is_no_more_than_two_seconds_of_work() {
    let host = Host::new();
    let (mut read_bytes, mut losable_bytes) = (0, 0);
    for after in KILLED_AFTER_MS {
        let samples = host.sweep_and_kill(Duration::from_millis(after));
        let (ended, all) = *samples.last().expect("it was watched");
        let mut earlier = samples.iter().rev();
        let safe = earlier.find(|(at, _)| *at + LOST <= ended);
        let safe = safe.map_or(0, |(_, bytes)| *bytes);
        read_bytes += all;
        losable_bytes += all - safe;
    }
    let report = tocsin_done(host.arguments());
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let coverage = &report["reports"][0]["coverage"];
    assert_eq!(coverage["item_count"], FILES);
    let at_last = coverage["read_bytes"].as_u64().expect("a number");
    let whole = FILES as u64 * FILE_BYTES;
    let kept = whole - at_last;
    let lost = read_bytes.saturating_sub(kept);
    let slack = SLACK_BYTES * KILLED_AFTER_MS.len() as u64;
    println!(
        "read before the kills {read_bytes} of {whole} bytes, read again {lost}, read in two seconds {losable_bytes}"
    );
    assert!(
        lost <= losable_bytes + slack,
        "{lost} bytes were read again, and only {losable_bytes} in the last two seconds"
    );
    assert!(kept > 0, "nothing was kept, and nothing is proved");
}
