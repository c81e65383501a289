//! The sweep in a process of its own: killed, crashed, hung and held back, it still comes to the same end.

use std::path::Path;
use std::time::Duration;

use fs_err as fs;
use serde_json::Value;
use testkit::alerts::dispatch_238;
use testkit::wait_until;

use crate::program::{Running, text, tocsin};

const PATIENCE: Duration = Duration::from_mins(1);

/// Files in the tree: enough that a kill falls somewhere between.
pub const FILES: usize = 600;

pub fn tree(folder: &Path) -> (std::path::PathBuf, std::path::PathBuf) {
    let disk = folder.join("disk");
    for number in 0..FILES {
        let place = disk.join(format!("windows/{}", number % 20));
        fs::create_dir_all(&place).expect("made");
        let content = vec![u8::try_from(number % 251).expect("small"); 60_000 + number];
        fs::write(place.join(format!("{number}.bin")), content).expect("written");
    }
    fs::create_dir_all(disk.join("windows/system32")).expect("made");
    fs::write(disk.join("windows/system32/diskmgers.dll"), [3; 5000]).expect("written");
    let alert = folder.join("dispatch.json");
    fs::write(&alert, serde_json::to_vec(&dispatch_238()).expect("JSON")).expect("written");
    (disk, alert)
}

/// A report without its times and without what depends on whether anything was remembered.
fn essence(report: &Value) -> Value {
    let mut report = report["reports"][0].clone();
    for key in ["started_at", "finished_at"] {
        report[key] = Value::Null;
    }
    for key in ["read_count", "read_bytes"] {
        report["coverage"][key] = Value::Null;
    }
    report
}

fn essence_of(file: &Path) -> Value {
    let text = fs::read_to_string(file).expect("a report");
    essence(&serde_json::from_str(&text).expect("JSON"))
}

/// How long a process has run so far: `utime` and `stime` of proc(5), in hundredths.
fn processor_seconds(pid: rustix::process::Pid) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    let after_name = stat.rsplit(')').next()?;
    let mut numbers = after_name.split_whitespace().skip(11);
    let user: f64 = numbers.next()?.parse().ok()?;
    let system: f64 = numbers.next()?.parse().ok()?;
    Some((user + system) / 100.0)
}

pub fn arguments<'a>(disk: &'a Path, alert: &'a Path, report: &'a Path) -> Vec<&'a str> {
    vec![
        "sweep",
        text(disk),
        "--alert",
        text(alert),
        "--thorough",
        "--format",
        "json",
        "--report",
        text(report),
    ]
}

#[test]
fn a_worker_that_is_killed_again_and_again_still_comes_to_the_same_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let (disk, alert) = tree(folder.path());
    let calm = folder.path().join("calm.json");
    let mut here = arguments(&disk, &alert, &calm);
    here.push("--no-supervisor");
    let outcome = tocsin(here);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let (report, log) = (folder.path().join("killed.json"), folder.path().join("log"));
    let mut sweep = Running::start(arguments(&disk, &alert, &report), &log);
    let mut last = None;
    for kill in 0..3_u64 {
        let mut worker = None;
        let _ = wait_until(PATIENCE, || {
            worker = sweep.worker().filter(|pid| Some(*pid) != last);
            worker.is_some() || sweep.0.try_wait().expect("our child").is_some()
        });
        let Some(worker) = worker else { break };
        last = Some(worker);
        let _ = wait_until(Duration::from_millis(40 + 90 * kill), || false);
        let _ = rustix::process::kill_process(worker, rustix::process::Signal::KILL);
    }
    let told = fs::read_to_string(&log).unwrap_or_default();
    assert_eq!(sweep.wait(), Some(1), "{told}");
    assert_eq!(essence_of(&report), essence_of(&calm));
}

#[test]
fn an_item_that_ends_the_program_whenever_it_is_in_hand_is_named_and_the_rest_is_swept() {
    let folder = tempfile::tempdir().expect("a folder");
    let (disk, alert) = tree(folder.path());
    // Large enough to be in hand while this test looks: nothing of it is stored, and it is hashed for a while.
    let deadly = disk.join("windows/deadly.bin");
    fs::File::create(&deadly)
        .and_then(|file| file.set_len(1 << 42))
        .expect("sparse");
    let (report, log) = (folder.path().join("report.json"), folder.path().join("log"));
    let mut sweep = Running::start(arguments(&disk, &alert, &report), &log);
    // A fault of its own, whenever it is open: once it is suspected, then it is convicted.
    let mut crashes = 0;
    let ended = wait_until(PATIENCE, || {
        if let Some(worker) = sweep.worker().filter(|_| sweep.has_open(&deadly)) {
            crashes += 1;
            let _ = rustix::process::kill_process(worker, rustix::process::Signal::ABORT);
            let _ = wait_until(PATIENCE, || sweep.worker() != Some(worker));
        }
        sweep.0.try_wait().expect("our child").is_some()
    });
    let told = fs::read_to_string(&log).unwrap_or_default();
    assert!(ended, "{told}");
    assert_eq!(crashes, 2, "{told}");
    let report: Value =
        serde_json::from_str(&fs::read_to_string(&report).expect("a report")).expect("JSON");
    let report = &report["reports"][0];
    assert_eq!(report["outcome"], "found-incomplete", "{told}");
    let lines = report["coverage"]["not_examined"]
        .as_array()
        .expect("lines");
    let line = lines
        .iter()
        .find(|line| line["reason"] == "detector-failed")
        .expect("it is counted");
    assert_eq!(line["count"], 1);
    assert_eq!(line["examples"][0]["text"], text(&deadly));
    assert_eq!(report["coverage"]["item_count"], FILES + 2);
}

#[test]
fn a_sweep_that_is_paused_by_its_budget_goes_on_when_that_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let (disk, alert) = tree(folder.path());
    let (report, log) = (folder.path().join("report.json"), folder.path().join("log"));
    let budget = folder.path().join("budget.toml");
    fs::write(&budget, "paused = true\n").expect("written");
    // Looking a finding up in the system's packages may take longer than what is called hanging here.
    fs::remove_file(disk.join("windows/system32/diskmgers.dll")).expect("removed");
    let mut arguments = arguments(&disk, &alert, &report);
    // Waiting because it has to is not hanging.
    arguments.extend(["--budget", text(&budget), "--item-time-max", "1"]);
    let mut sweep = Running::start(arguments, &log);
    let ended = wait_until(Duration::from_secs(4), || {
        sweep.0.try_wait().expect("our child").is_some()
    });
    assert!(!ended, "it was to wait");
    fs::write(&budget, "paused = false\n").expect("written");
    let told = || fs::read_to_string(&log).unwrap_or_default();
    assert_eq!(sweep.wait(), Some(0), "{}", told());
    let report = essence_of(&report);
    assert_eq!(report["coverage"]["complete"], true, "{report:#}");
}

#[test]
fn a_worker_does_not_outlive_whoever_started_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (disk, alert) = tree(folder.path());
    let (report, log) = (folder.path().join("report.json"), folder.path().join("log"));
    let budget = folder.path().join("budget.toml");
    fs::write(&budget, "paused = true\n").expect("written");
    let mut arguments = arguments(&disk, &alert, &report);
    arguments.extend(["--budget", text(&budget)]);
    let mut sweep = Running::start(arguments, &log);
    let mut worker = None;
    assert!(wait_until(PATIENCE, || {
        worker = sweep.worker();
        worker.is_some()
    }));
    sweep.kill();
    let worker = worker.expect("there is one");
    assert!(wait_until(PATIENCE, || {
        rustix::process::test_kill_process(worker).is_err()
    }));
}

#[test]
fn a_budget_that_makes_no_sense_is_refused_with_its_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let (disk, alert) = tree(folder.path());
    let budget = folder.path().join("budget.toml");
    fs::write(&budget, "cpu_percent = 0\n").expect("written");
    let report = folder.path().join("report.json");
    let mut arguments = arguments(&disk, &alert, &report);
    arguments.extend(["--budget", text(&budget)]);
    let outcome = tocsin(arguments);
    assert_eq!(outcome.code, 3);
    assert!(outcome.stderr.contains("cpu_percent"), "{}", outcome.stderr);
}

#[test]
fn a_share_of_the_processor_is_held() {
    let folder = tempfile::tempdir().expect("a folder");
    let (disk, alert) = tree(folder.path());
    // Hashed for as long as there is time.
    fs::File::create(disk.join("windows/endless.bin"))
        .and_then(|file| file.set_len(1 << 42))
        .expect("sparse");
    let (report, log) = (folder.path().join("report.json"), folder.path().join("log"));
    let mut arguments = arguments(&disk, &alert, &report);
    arguments.extend(["--cpu", "10", "--time-limit", "6"]);
    let mut sweep = Running::start(arguments, &log);
    // What the worker has used before it ends is measured at its last look but one.
    let (mut began, mut first, mut last) = (None, 0.0, 0.0);
    let mut seconds = 0.0;
    let ended = wait_until(PATIENCE, || {
        if let Some(used) = sweep.worker().and_then(processor_seconds) {
            let since = *began.get_or_insert_with(|| {
                first = used;
                std::time::Instant::now()
            });
            (last, seconds) = (used, since.elapsed().as_secs_f64());
        }
        sweep.0.try_wait().expect("our child").is_some()
    });
    assert!(ended, "{}", fs::read_to_string(&log).unwrap_or_default());
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let processors = f64::from(u32::try_from(processors).expect("few"));
    let percent = 100.0 * (last - first) / seconds / processors;
    assert!(
        seconds > 3.0 && percent < 20.0,
        "{percent} % in {seconds} s"
    );
    assert!(percent > 2.0, "it does work: {percent} % in {seconds} s");
}
