//! A process that keeps what it learns is killed, again and again: what is lost is less than two seconds of work.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::*;

const FOLDER_VARIABLE: &str = "TOCSIN_TEST_INVENTORY";
/// What may be lost.
const LOSS_MAX: Duration = Duration::from_secs(2);

fn path_of(number: u64) -> Vec<u8> {
    format!("/files/{number}").into_bytes()
}

fn scene_at(folder: &Path) -> (InventoryOptions, TestClock) {
    (InventoryOptions::new(folder), TestClock::default())
}

#[test]
#[ignore = "the process that is killed: it is started by the test below, and does nothing without it"]
fn the_process_that_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER_VARIABLE) else {
        return;
    };
    let scene = Scene::new();
    let (options, clock) = scene_at(Path::new(&folder));
    let inventory = Inventory::open(&options, &clock).unwrap();
    let began = inventory.record_count();
    let mut out = std::io::stdout().lock();
    for number in began..u64::MAX {
        inventory.record(
            &scene.reading(&path_of(number), scene.settled(number)),
            facts(number),
        );
        writeln!(out, "\nkept {number}").unwrap();
        out.flush().unwrap();
        let _ = testkit::wait_until(Duration::from_micros(500), || false);
    }
}

/// Starts the process, kills it after this time, and returns each number that it had kept, and when.
fn keep_and_be_killed(folder: &Path, after: Duration) -> Vec<(u64, Instant)> {
    let mut child: Child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "inventory::tests::killing::the_process_that_is_killed",
        ])
        .args(["--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER_VARIABLE, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut kept = Vec::new();
    let mut first: Option<Instant> = None;
    let mut is_killed = false;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let Some(number) = line.strip_prefix("kept ").and_then(|n| n.parse().ok()) else {
            continue;
        };
        let now = Instant::now();
        kept.push((number, now));
        if !is_killed && now.duration_since(*first.get_or_insert(now)) >= after {
            child.kill().unwrap();
            is_killed = true;
        }
    }
    child.wait().unwrap();
    kept
}

#[test]
fn a_process_killed_at_any_moment_loses_less_than_two_seconds_of_work() {
    let scene = Scene::new();
    let (options, clock) = scene_at(scene.path());
    let mut total = 0;
    for after_ms in [30, 700, 1_100, 1_370] {
        let kept = keep_and_be_killed(scene.path(), Duration::from_millis(after_ms));
        let (last, killed_at) = *kept.last().expect("it kept something");
        let inventory = Inventory::open(&options, &clock).unwrap();
        assert_eq!(
            (inventory.recording(), inventory.notes()),
            (&Recording::On, &[][..])
        );
        let mut finder = inventory.finder();
        let mut is_known = |number: u64| {
            let path = path_of(number);
            let found = finder.find(FilePath::split(&path), &scene.settled(number));
            assert!(found.is_none() || found == Some(facts(number)));
            found.is_some()
        };
        let first_lost = (0..=last).find(|number| !is_known(*number));
        if let Some(lost) = first_lost {
            let lost_since = kept.iter().find(|(number, _)| *number == lost);
            let (_, lost_since) = lost_since.expect("only work of this process may be lost");
            let loss = killed_at.duration_since(*lost_since);
            assert!(loss < LOSS_MAX, "{loss:?} of work");
        }
        let known = first_lost.unwrap_or(last + 1);
        assert!(known >= total, "what was kept once stays");
        total = known;
    }
    assert!(
        total > 100,
        "{total}: it was not killed before it did anything"
    );
}
