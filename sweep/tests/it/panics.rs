//! Engines that panic wherever they are asked something: the sweep goes on, and its report says what nobody answered.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use domain::{CheckKind, Outcome, Reason, SweepReport};
use sweep::inventory::InventoryOptions;
use sweep::{
    Check, Detector, DetectorError, DetectorSession, Fingerprint, Interest, ItemFacts, LiveItem,
    LiveSystem, Match, Packages, PartSet, Proof, Surroundings, SweepOptions,
};
use testkit::{TestClock, at};

use crate::scene::{Tree, alert_with_rules, check, count, finding, matched, sweep_in, yara};

/// What an engine is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    CheckOf,
    Checks,
    Finish,
    Interest,
    Nothing,
    Parts,
    SelfTest,
    Session,
}

/// Matches everything under the rule `r`, and panics at one question.
struct Fragile(Question);

impl Fragile {
    fn asked(&self, question: Question) {
        assert_ne!(self.0, question, "a defect of the engine");
    }
}

impl Detector for Fragile {
    fn checks(&self) -> Vec<Check> {
        self.asked(Question::Checks);
        vec![yara("r")]
    }

    fn parts(&self) -> Vec<Fingerprint> {
        self.asked(Question::Parts);
        vec![[7; 32]]
    }

    fn interest(&self, _item: &ItemFacts<'_>, _parts: &PartSet, _head: Option<&[u8]>) -> Interest {
        self.asked(Question::Interest);
        Interest::Whole
    }

    fn check_of(&self, _part: usize, remembered: &Check) -> Option<Check> {
        self.asked(Question::CheckOf);
        Some(remembered.clone())
    }

    fn self_test(&self) -> Vec<(Check, Proof)> {
        self.asked(Question::SelfTest);
        vec![(yara("r"), Proof::Works)]
    }

    fn session(&self) -> Box<dyn DetectorSession + '_> {
        self.asked(Question::Session);
        Box::new(FragileSession(self))
    }
}

struct FragileSession<'d>(&'d Fragile);

impl DetectorSession for FragileSession<'_> {
    fn scan(
        &mut self,
        _item: &ItemFacts<'_>,
        _parts: &PartSet,
        _content: &[u8],
    ) -> Result<Vec<Match>, DetectorError> {
        self.0.asked(Question::Finish);
        Ok(matched("r"))
    }
}

/// Sweeps with the fragile detector first and one after it that makes the rule `s`.
fn sweep_with_both(fragile: &Fragile, options: &SweepOptions) -> SweepReport {
    let sound = crate::scene::FakeDetector::new(&["s"], |_, _| Ok(matched("s")));
    let alert = alert_with_rules(&["r", "s"]);
    let detectors: [&dyn Detector; 2] = [fragile, &sound];
    let clock = TestClock::new(at("2036-08-04T00:00:00Z"));
    let never = AtomicBool::new(false);
    let surroundings = Surroundings::new(&clock, &never);
    sweep_in(&alert, &detectors, options, &surroundings)
}

#[test]
fn a_detector_that_panics_at_any_question_costs_its_own_checks_and_no_more() {
    let tree = Tree::new();
    tree.write("a", "content");
    for question in [
        Question::Checks,
        Question::Finish,
        Question::Interest,
        Question::Parts,
        Question::SelfTest,
        Question::Session,
    ] {
        let report = sweep_with_both(&Fragile(question), &tree.options());
        let (own, other) = (
            check(&report, CheckKind::Yara, "r"),
            check(&report, CheckKind::Yara, "s"),
        );
        assert_eq!(other.hits, 1, "{question:?}: the other detector works");
        let self_test = report.self_test.as_ref().expect("it was made");
        let failed = count(&report, Reason::DetectorFailed);
        match question {
            Question::Checks | Question::Parts => {
                assert_eq!(
                    (own.hits, own.not_examined, failed),
                    (0, 1, 1),
                    "{question:?}"
                );
                assert_eq!(count(&report, Reason::CheckUnavailable), 1, "{question:?}");
                assert_eq!(report.outcome, Outcome::FoundIncomplete);
            }
            Question::Finish | Question::Session => {
                assert_eq!(
                    (own.hits, own.not_examined, failed),
                    (0, 1, 1),
                    "{question:?}"
                );
                assert_eq!(report.outcome, Outcome::FoundIncomplete);
            }
            // It is asked to match all the same, and can.
            Question::Interest => assert_eq!((own.hits, failed), (1, 0), "{question:?}"),
            Question::SelfTest => {
                assert_eq!((own.hits, failed), (1, 0), "{question:?}");
                assert_eq!(self_test.failures, ["yara r: the detector panicked"]);
            }
            Question::CheckOf | Question::Nothing => unreachable!("not asked here"),
        }
    }
}

#[test]
fn a_remembered_match_is_not_lost_when_its_detector_panics_over_it() {
    let tree = Tree::new();
    tree.write("a", "content");
    let kept = tempfile::tempdir().expect("a folder");
    let options = SweepOptions {
        inventory: Some(InventoryOptions::new(kept.path().join("kept"))),
        ..tree.options()
    };
    let first = sweep_with_both(&Fragile(Question::Nothing), &options);
    let again = sweep_with_both(&Fragile(Question::CheckOf), &options);
    assert_eq!(again.coverage.read_bytes, 0, "the second remembers");
    assert_eq!(
        finding(&again, "/a").hits.len(),
        finding(&first, "/a").hits.len()
    );
    assert_eq!(check(&again, CheckKind::Yara, "r").hits, 1);
}

/// Tells of nothing, and panics.
struct FragileSystem;

impl LiveSystem for FragileSystem {
    fn persistence_points(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn visit(
        &self,
        _stop: &dyn Fn() -> bool,
        _each: &mut dyn FnMut(&mut LiveItem<'_>) -> ControlFlow<()>,
    ) {
        panic!("a defect of the engine");
    }
}

impl Packages for FragileSystem {
    fn package_of(&self, _path: &std::path::Path, _digests: &[domain::Digest]) -> Option<String> {
        panic!("a defect of the engine");
    }
}

#[test]
fn what_tells_of_the_running_system_or_of_packages_can_panic_too() {
    let tree = Tree::new();
    tree.write("a", "content");
    let alert = alert_with_rules(&["r"]);
    let detector = Fragile(Question::Nothing);
    let clock = TestClock::new(at("2036-08-04T00:00:00Z"));
    let never = AtomicBool::new(false);
    let surroundings = Surroundings {
        live: Some(&FragileSystem),
        packages: Some(&FragileSystem),
        ..Surroundings::new(&clock, &never)
    };
    let report = sweep_in(&alert, &[&detector], &tree.options(), &surroundings);
    assert_eq!(report.outcome, Outcome::FoundIncomplete);
    assert_eq!(count(&report, Reason::DetectorFailed), 1);
    assert_eq!(finding(&report, "/a").package, None);
}
