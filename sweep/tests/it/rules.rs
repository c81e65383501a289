//! Detectors that match, fail and panic.

use std::sync::atomic::{AtomicUsize, Ordering};

use domain::{CheckKind, Judgement, Outcome, Reason, Why};
use sweep::{
    Check, Detector, DetectorError, DetectorSession, Fingerprint, Interest, ItemFacts, PartSet,
    Unsought,
};

use crate::scene::{
    FakeDetector, Tree, alert, alert_with_rules, check, count, finding, matched, payload,
    sweep_with,
};

#[test]
fn a_match_is_a_finding_with_all_digests() {
    let tree = Tree::new();
    tree.write("a/needle.txt", "a needle");
    tree.write("a/thread.txt", "a thread");
    let detector = FakeDetector::new(&["r"], |item, content| {
        assert!(item.path.is_absolute());
        assert_eq!(item.size_bytes, content.len() as u64);
        let found = content.ends_with(b"needle");
        Ok(if found { matched("r") } else { Vec::new() })
    });
    let report = sweep_with(&alert_with_rules(&["r"]), Some(&detector), &tree.options());
    assert_eq!((report.outcome, report.findings.len()), (Outcome::Found, 1));
    let finding = finding(&report, "a/needle.txt");
    assert_eq!(
        (finding.judgement, finding.why),
        (Judgement::Confirmed, Why::RuleConfirmed)
    );
    assert!(finding.md5.is_some() && finding.sha1.is_some() && finding.sha256.is_some());
    assert_eq!(
        (
            finding.hits[0].kind.as_str(),
            finding.hits[0].value.as_str()
        ),
        ("yara", "a")
    );
    let check = check(&report, CheckKind::Yara, "r");
    assert_eq!((check.hits, check.absent_by_content), (1, 1));
}

#[test]
fn a_detector_that_fails_or_panics_costs_one_item() {
    let tree = Tree::new();
    for number in 0..100 {
        tree.write(&format!("{}/{number}", number % 7), number.to_string());
    }
    let detector = FakeDetector::new(&["r"], |_, content| match content {
        b"13" => panic!("a defect of the engine"),
        b"14" => Err(DetectorError::of("it took too long")),
        b"15" => Ok(matched("r")),
        b"16" => Ok(matched("a rule of nobody")),
        _ => Ok(Vec::new()),
    });
    let report = sweep_with(&alert_with_rules(&["r"]), Some(&detector), &tree.options());
    assert_eq!(report.outcome, Outcome::FoundIncomplete);
    assert_eq!(count(&report, Reason::DetectorFailed), 2);
    let check = check(&report, CheckKind::Yara, "r");
    assert_eq!(
        (check.hits, check.absent_by_content, check.not_examined),
        (1, 97, 2)
    );
    assert_eq!(report.findings.len(), 1);
}

#[test]
fn a_rule_that_nobody_matches_is_a_gap() {
    let tree = Tree::new();
    tree.write("a", "a");
    let alert = alert_with_rules(&["r", "s"]);
    let report = sweep_with(&alert, None, &tree.options());
    assert_eq!(report.outcome, Outcome::CleanIncomplete);
    assert_eq!(count(&report, Reason::CheckUnavailable), 2);
    let some = FakeDetector::new(&["r"], |_, _| Ok(Vec::new()));
    let report = sweep_with(&alert, Some(&some), &tree.options());
    assert_eq!(count(&report, Reason::CheckUnavailable), 1);
    assert_eq!(check(&report, CheckKind::Yara, "r").absent_by_content, 1);
    assert_eq!(check(&report, CheckKind::Yara, "s").not_examined, 1);
}

#[test]
fn one_large_folder_is_read_by_several_threads_each_file_once() {
    let tree = Tree::new();
    for number in 0..2_000 {
        tree.write(&format!("{number}"), number.to_string());
    }
    let scanned = AtomicUsize::new(0);
    let detector = FakeDetector::new(&["r"], |_, _| {
        scanned.fetch_add(1, Ordering::Relaxed);
        Ok(Vec::new())
    });
    let mut options = tree.options();
    options.threads = std::num::NonZeroUsize::new(8);
    let report = sweep_with(&alert_with_rules(&["r"]), Some(&detector), &options);
    assert_eq!(report.outcome, Outcome::Clean);
    assert_eq!(scanned.load(Ordering::Relaxed), 2_000);
    assert_eq!(report.coverage.read_count, 2_000);
}

#[test]
fn a_value_that_cannot_be_sought_is_not_available_though_its_check_is_made() {
    struct OneUrlOfTwo;

    impl Detector for OneUrlOfTwo {
        fn checks(&self) -> Vec<Check> {
            vec![url()]
        }

        fn unsought(&self) -> Vec<Unsought> {
            let value = "http://b.example/".to_owned();
            let check = url();
            vec![Unsought { check, value }]
        }

        fn parts(&self) -> Vec<Fingerprint> {
            vec![[1; 32]]
        }

        fn interest(&self, _: &ItemFacts<'_>, _: &PartSet, _: Option<&[u8]>) -> Interest {
            Interest::Nothing
        }

        fn session(&self) -> Box<dyn DetectorSession + '_> {
            unreachable!("nothing is of interest")
        }
    }

    fn url() -> Check {
        let (kind, indicator) = (CheckKind::Url, "i".to_owned());
        Check { kind, indicator }
    }

    let tree = Tree::new();
    tree.write("a", "a");
    let urls = [("url", "http://a.example/"), ("url", "http://b.example/")];
    let report = sweep_with(
        &alert(vec![payload("i", &urls)]),
        Some(&OneUrlOfTwo),
        &tree.options(),
    );
    assert!(!report.coverage.complete);
    assert_eq!(check(&report, CheckKind::Url, "i").absent_by_metadata, 1);
    let line = report.coverage.not_examined.first().expect("a line");
    assert_eq!((line.reason, line.count), (Reason::CheckUnavailable, 1));
    assert_eq!(line.examples[0].text, "i: url http://b.example/");
}
