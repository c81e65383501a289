//! What a report says about a sweep: what was left out, what was outside, what was interrupted.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::{CheckKind, Outcome, Reason};
use sweep::{Detector, Progress, ProgressNow, Surroundings, SweepError, Target, Thoroughness};
use testkit::{TestClock, at};

use crate::scene::{
    FakeDetector, Tree, alert, alert_with_rules, check, count, payload, sha256, sized, sweep_with,
};

#[test]
fn one_walk_answers_several_alerts_each_for_itself() {
    let tree = Tree::new();
    tree.write("a", "a");
    tree.write("b", "b");
    let first = alert(vec![sized(payload("x", &[("sha256", &sha256("a"))]), 1)]);
    let second = alert(vec![payload("x", &[("file-name", "b")])]);
    let third = alert_with_rules(&["r"]);
    let clock = TestClock::new(at("2016-08-04T00:00:00Z"));
    let detector = FakeDetector::new(&["r"], |_, _| Ok(Vec::new()));
    let detectors: [&dyn Detector; 1] = [&detector];
    let target = |alert, detectors| Target {
        alert,
        id: None,
        detectors,
    };
    let targets = [
        target(&first, &[]),
        target(&second, &[]),
        target(&third, &detectors[..]),
    ];
    let never = AtomicBool::new(false);
    let surroundings = Surroundings::new(&clock, &never);
    let reports =
        sweep::sweep(&targets, &tree.options(), &surroundings).expect("the tree can be swept");
    let outcomes: Vec<Outcome> = reports.iter().map(|report| report.outcome).collect();
    assert_eq!(outcomes, [Outcome::Found, Outcome::Found, Outcome::Clean]);
    for report in &reports {
        assert_eq!((report.check(), report.coverage.item_count), (Ok(()), 2));
    }
    assert!(reports[0].findings[0].item.text.ends_with("/a"));
    assert!(reports[1].findings[0].item.text.ends_with("/b"));
}

#[test]
fn what_a_sweep_does_not_look_for_is_listed() {
    let tree = Tree::new();
    let outside = payload(
        "net",
        &[
            ("domain", "*.dcsvn.org"),
            ("ip", "10.0.0.1"),
            ("url", "http://a.b/c"),
        ],
    );
    let report = tree.sweep(&alert(vec![outside.clone()]));
    assert_eq!(report.outcome, Outcome::Clean);
    assert_eq!(
        report.coverage.outside_sweep,
        [
            "net: domain *.dcsvn.org",
            "net: ip 10.0.0.1",
            "net: url http://a.b/c"
        ]
    );
    let unchecked = payload(
        "reg",
        &[("registry-key", r"HKLM\Software\x"), ("mutex", "m")],
    );
    let report = tree.sweep(&alert(vec![outside, unchecked]));
    assert_eq!(report.outcome, Outcome::CleanIncomplete);
    let line = &report.coverage.not_examined[0];
    assert_eq!((line.reason, line.count), (Reason::CheckUnavailable, 2));
    assert_eq!(line.examples[1].text, "reg: mutex m");
}

#[test]
fn a_digest_without_a_size_is_looked_for_under_its_name_and_the_rest_is_said_to_be_outside_the_plan()
 {
    let tree = Tree::new();
    tree.write("x/tool.exe", "payload");
    tree.write("x/renamed.exe", "payload");
    let named = alert(vec![payload(
        "a",
        &[("file-name", "tool.exe"), ("sha256", &sha256("payload"))],
    )]);
    let report = tree.sweep(&named);
    let line = check(&report, CheckKind::Digest, "a");
    assert_eq!((line.hits, line.outside_plan), (1, 1));
    assert_eq!(
        (report.outcome, report.coverage.read_count),
        (Outcome::Found, 1)
    );

    let mut options = tree.options();
    options.thoroughness = Thoroughness::HashEverything;
    let report = sweep_with(&named, None, &options);
    let line = check(&report, CheckKind::Digest, "a");
    assert_eq!((line.hits, line.outside_plan), (2, 0));
}

#[test]
fn excluded_folders_and_files_are_listed_and_no_gap() {
    let tree = Tree::new();
    tree.write("vault/payload", "payload");
    tree.write("other/vault/payload", "payload");
    tree.write("file", "payload");
    let mut options = tree.options();
    fs_err::os::unix::fs::symlink("vault", tree.join("link")).expect("a link");
    options.exclude = vec![tree.join("link"), tree.join("file")];
    let report = sweep_with(
        &alert(vec![payload("a", &[("sha256", &sha256("payload"))])]),
        None,
        &options,
    );
    assert_eq!(count(&report, Reason::ExcludedByPlan), 2);
    assert_eq!((report.outcome, report.findings.len()), (Outcome::Found, 1));
}

#[test]
fn roots_inside_each_other_are_walked_once_and_a_root_may_be_a_file() {
    let tree = Tree::new();
    tree.write("a/b", "payload");
    tree.write("a/c", "payload");
    let alert = alert(vec![payload("a", &[("sha256", &sha256("payload"))])]);
    let mut options = tree.options();
    options.roots = vec![
        tree.join("a"),
        tree.path().to_owned(),
        tree.join("a/b"),
        tree.join("a"),
    ];
    assert_eq!(sweep_with(&alert, None, &options).coverage.item_count, 2);
    options.roots = vec![tree.join("a/b"), tree.join("a/b")];
    let report = sweep_with(&alert, None, &options);
    assert_eq!((report.coverage.item_count, report.findings.len()), (1, 1));
}

/// Wants the sweep to end as soon as it hears of it.
struct Impatient<'a>(&'a AtomicBool);

impl Progress for Impatient<'_> {
    fn update(&self, _now: &ProgressNow) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_sweep_that_is_interrupted_says_what_is_left() {
    let tree = Tree::new();
    for number in 0..50 {
        tree.write(&format!("{number}/file"), "x");
    }
    let clock = TestClock::new(at("2016-08-04T00:00:00Z"));
    let alert = alert(vec![payload("a", &[("sha256", &sha256("payload"))])]);
    let target = Target {
        alert: &alert,
        id: None,
        detectors: &[],
    };
    let cancelled = AtomicBool::new(true);
    let progress = Impatient(&cancelled);
    let reports = sweep::sweep(
        &[target],
        &tree.options(),
        &Surroundings {
            progress: &progress,
            ..Surroundings::new(&clock, &cancelled)
        },
    );
    let report = &reports.expect("a report of nothing is a report")[0];
    assert_eq!(
        (report.check(), report.outcome),
        (Ok(()), Outcome::CleanIncomplete)
    );
    assert!(count(report, Reason::Time) > 0);

    let mut options = tree.options();
    options.time_limit = Some(Duration::ZERO);
    let report = sweep_with(&alert, None, &options);
    assert_eq!(report.outcome, Outcome::CleanIncomplete);
}

#[test]
fn a_file_that_is_being_matched_when_time_is_over_is_accounted_for() {
    let tree = Tree::new();
    for number in 0..50 {
        tree.write(&format!("{number}"), "x");
    }
    let cancelled = AtomicBool::new(false);
    let detector = FakeDetector::new(&["r"], |_, _| {
        cancelled.store(true, Ordering::Relaxed);
        Ok(Vec::new())
    });
    let clock = TestClock::new(at("2016-08-04T00:00:00Z"));
    let alert = alert_with_rules(&["r"]);
    let target = Target {
        alert: &alert,
        id: None,
        detectors: &[&detector],
    };
    let reports = sweep::sweep(
        &[target],
        &tree.options(),
        &Surroundings::new(&clock, &cancelled),
    );
    let report = &reports.expect("it was begun")[0];
    assert_eq!(
        (report.check(), report.outcome),
        (Ok(()), Outcome::CleanIncomplete)
    );
    assert!(report.coverage.item_count < 50);
}

#[derive(Default)]
struct Remembering(Mutex<Vec<ProgressNow>>);

impl Progress for Remembering {
    fn update(&self, now: &ProgressNow) {
        self.0.lock().expect("nobody panics").push(*now);
    }
}

#[test]
fn the_last_progress_is_the_whole() {
    let tree = Tree::new();
    tree.write("a/b/c", "payload");
    let clock = TestClock::new(at("2016-08-04T00:00:00Z"));
    let alert = alert(vec![payload("a", &[("sha256", &sha256("payload"))])]);
    let target = Target {
        alert: &alert,
        id: None,
        detectors: &[],
    };
    let progress = Remembering::default();
    let never = AtomicBool::new(false);
    let surroundings = Surroundings {
        progress: &progress,
        ..Surroundings::new(&clock, &never)
    };
    sweep::sweep(&[target], &tree.options(), &surroundings).expect("it is swept");
    let told = progress.0.into_inner().expect("nobody panics");
    let last = told.last().expect("it was told");
    assert_eq!(
        (
            last.folder_count,
            last.item_count,
            last.read_bytes,
            last.finding_count
        ),
        (3, 1, 7, 1)
    );
    assert!((last.fraction_done - 1.0).abs() < f64::EPSILON);
}

#[test]
fn nothing_to_look_at_is_an_error() {
    let clock = TestClock::new(at("2016-08-04T00:00:00Z"));
    let mut options = Tree::new().options();
    options.roots.clear();
    let never = AtomicBool::new(false);
    let error = sweep::sweep(&[], &options, &Surroundings::new(&clock, &never));
    assert!(matches!(error, Err(SweepError::NoRoot)));
}

#[test]
fn the_example_in_the_documentation_is_a_report() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/formats/report.md");
    let text = fs_err::read_to_string(file).expect("the documentation");
    let json = text
        .split("```json")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let report: domain::SweepReport =
        serde_json::from_str(json.expect("it has an example")).expect("it is a report");
    assert_eq!(report.check(), Ok(()));
}
