//! Members that come in pieces, and containers that change while they are opened.

use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use domain::{Alert, CheckKind, Outcome, Reason, SweepReport};
use sweep::inventory::InventoryOptions;
use sweep::{
    Check, Detector, DetectorError, DetectorSession, Fingerprint, Interest, ItemFacts, Match,
    MemberContent, MemberStream, PartSet, ReadSeek, Surroundings, SweepOptions, Unpacked, Unpacker,
};
use testkit::{TestClock, at};

use crate::scene::{
    FakeDetector, Tree, alert, alert_with_rules, check, count, finding, matched, payload, sha256,
    sized, sweep_in, yara,
};

const CONTENT: &[u8] = b"GET /index.html\nGET /evil.example/x\nGET /last";

/// Gives one member in pieces of seven bytes, and counts how often it was to be held.
struct Piecewise {
    stated_bytes: Option<u64>,
    hold_count: AtomicU64,
    /// Is written to while the container is open.
    changes: Option<PathBuf>,
    open_count: AtomicU64,
}

impl Piecewise {
    fn new(stated_bytes: Option<u64>) -> Self {
        Self {
            stated_bytes,
            hold_count: AtomicU64::new(0),
            changes: None,
            open_count: AtomicU64::new(0),
        }
    }
}

struct Pieces<'p>(&'p Piecewise);

impl MemberStream for Pieces<'_> {
    fn front(&self) -> &[u8] {
        &CONTENT[..7]
    }

    fn stated_bytes(&self) -> Option<u64> {
        self.0.stated_bytes
    }

    fn hold(&mut self, bytes_max: u64) -> Option<&[u8]> {
        self.0.hold_count.fetch_add(1, Ordering::Relaxed);
        (CONTENT.len() as u64 <= bytes_max).then_some(CONTENT)
    }

    fn pieces(&mut self, each: &mut dyn FnMut(&[u8])) {
        CONTENT.chunks(7).for_each(each);
    }
}

impl Unpacker for Piecewise {
    fn fingerprint(&self) -> Fingerprint {
        [2; 32]
    }

    fn recognises(&self, _name: &[u8], head: &[u8]) -> bool {
        head.starts_with(b"PACKED")
    }

    fn unpack(
        &self,
        _name: &[u8],
        _head: &[u8],
        _size_bytes: u64,
        _content: &mut dyn ReadSeek,
        _stop: &dyn Fn() -> bool,
        each: &mut dyn FnMut(Unpacked<'_>) -> ControlFlow<()>,
    ) {
        self.open_count.fetch_add(1, Ordering::Relaxed);
        let _ = each(Unpacked::Member {
            path: &[b"access.log".to_vec()],
            container: "gzip",
            content: MemberContent::Stream(&mut Pieces(self)),
        });
        if let Some(path) = &self.changes {
            let mut file = fs_err::OpenOptions::new()
                .append(true)
                .open(path)
                .expect("it opens");
            file.write_all(b"more").expect("it is written");
        }
    }
}

/// Finds lines with `evil`, in pieces, and remembers what it was given.
#[derive(Default)]
struct Lines(Mutex<Vec<u8>>);

impl Detector for Lines {
    fn checks(&self) -> Vec<Check> {
        vec![yara("r")]
    }

    fn parts(&self) -> Vec<Fingerprint> {
        vec![[3; 32]]
    }

    fn interest(&self, item: &ItemFacts<'_>, _parts: &PartSet, _head: Option<&[u8]>) -> Interest {
        match item.container {
            Some(_) => Interest::Pieces,
            None => Interest::Nothing,
        }
    }

    fn session(&self) -> Box<dyn DetectorSession + '_> {
        Box::new(LinesSession(self))
    }
}

struct LinesSession<'d>(&'d Lines);

impl DetectorSession for LinesSession<'_> {
    fn start(&mut self, _item: &ItemFacts<'_>, _parts: &PartSet) -> Result<(), DetectorError> {
        self.0.0.lock().expect("nobody panics").clear();
        Ok(())
    }

    fn push(&mut self, piece: &[u8]) -> Result<(), DetectorError> {
        assert!(piece.len() <= 7);
        self.0.0.lock().expect("nobody panics").extend(piece);
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<Match>, DetectorError> {
        let all = self.0.0.lock().expect("nobody panics");
        assert_eq!(all.as_slice(), CONTENT);
        Ok(matched("r"))
    }
}

fn swept(
    alert: &Alert,
    detectors: &[&dyn Detector],
    unpacker: &Piecewise,
    options: &SweepOptions,
) -> SweepReport {
    let clock = TestClock::new(at("2096-08-04T00:00:00Z"));
    let never = AtomicBool::new(false);
    let surroundings = Surroundings {
        unpacker: Some(unpacker),
        ..Surroundings::new(&clock, &never)
    };
    sweep_in(alert, detectors, options, &surroundings)
}

fn packed() -> Tree {
    let tree = Tree::new();
    tree.write("a.gz", "PACKED");
    tree
}

#[test]
fn a_digest_is_found_in_a_member_that_nobody_holds() {
    let tree = packed();
    for stated in [None, Some(CONTENT.len() as u64), Some(7)] {
        let unpacker = Piecewise::new(stated);
        let sought = payload("a", &[("sha256", &sha256(CONTENT))]);
        let alert = alert(vec![sized(sought, CONTENT.len() as u64)]);
        let report = swept(&alert, &[], &unpacker, &tree.options());
        let found = finding(&report, "/a.gz » access.log");
        assert_eq!(found.size_bytes, CONTENT.len() as u64);
        assert!(found.md5.is_some() && found.sha1.is_some() && found.sha256.is_some());
        assert_eq!(report.outcome, Outcome::Found);
        assert_eq!(unpacker.hold_count.load(Ordering::Relaxed), 0);
        assert_eq!(report.coverage.item_count, 2);
    }
}

#[test]
fn whoever_takes_pieces_gets_all_of_a_member_that_nobody_holds() {
    let tree = packed();
    let unpacker = Piecewise::new(None);
    let report = swept(
        &alert_with_rules(&["r"]),
        &[&Lines::default()],
        &unpacker,
        &tree.options(),
    );
    finding(&report, "/a.gz » access.log");
    assert!(report.coverage.complete);
    assert_eq!(unpacker.hold_count.load(Ordering::Relaxed), 0);
}

#[test]
fn whoever_wants_the_whole_gets_it_or_says_that_it_is_too_large() {
    let tree = packed();
    let whole = FakeDetector::new(&["r"], |item, content| {
        let is_member = item.container.is_some();
        assert_eq!(content == CONTENT, is_member);
        assert_eq!(item.size_bytes, content.len() as u64);
        Ok(if is_member { matched("r") } else { Vec::new() })
    });
    let alert = alert_with_rules(&["r"]);
    for stated in [None, Some(CONTENT.len() as u64)] {
        let unpacker = Piecewise::new(stated);
        let report = swept(&alert, &[&whole], &unpacker, &tree.options());
        finding(&report, "/a.gz » access.log");
        assert_eq!(unpacker.hold_count.load(Ordering::Relaxed), 1);

        let unpacker = Piecewise::new(stated);
        let mut options = tree.options();
        options.rule_bytes_max = 10;
        let report = swept(&alert, &[&whole], &unpacker, &options);
        assert_eq!(count(&report, Reason::TooLarge), 1);
        assert_eq!(check(&report, CheckKind::Yara, "r").not_examined, 1);
        assert_eq!(report.outcome, Outcome::CleanIncomplete);
    }
}

/// Wants the whole of contents of exactly one size, as a rule with a condition on it does, and can tell from pieces only
/// for the size that it was told at first.
struct OneSize(u64);

impl Detector for OneSize {
    fn checks(&self) -> Vec<Check> {
        vec![yara("r")]
    }

    fn parts(&self) -> Vec<Fingerprint> {
        vec![[4; 32]]
    }

    fn interest(&self, item: &ItemFacts<'_>, _parts: &PartSet, _head: Option<&[u8]>) -> Interest {
        if item.container.is_some() && item.size_bytes == self.0 {
            Interest::Whole
        } else {
            Interest::Nothing
        }
    }

    fn session(&self) -> Box<dyn DetectorSession + '_> {
        Box::new(NothingInPieces)
    }
}

struct NothingInPieces;

impl DetectorSession for NothingInPieces {
    fn start(&mut self, _item: &ItemFacts<'_>, _parts: &PartSet) -> Result<(), DetectorError> {
        Ok(())
    }

    fn push(&mut self, _piece: &[u8]) -> Result<(), DetectorError> {
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<Match>, DetectorError> {
        Ok(Vec::new())
    }
}

#[test]
fn a_size_that_nobody_states_or_somebody_lies_about_hides_nothing() {
    let tree = packed();
    let real = CONTENT.len() as u64;
    let mut options = tree.options();
    options.rule_bytes_max = 10;
    for (stated, wanted) in [(None, real), (Some(7), real), (Some(real + 1), real)] {
        let detector = OneSize(wanted);
        let alert = alert_with_rules(&["r"]);
        let report = swept(&alert, &[&detector], &Piecewise::new(stated), &options);
        assert_eq!(count(&report, Reason::TooLarge), 1, "{stated:?}");
        assert_eq!(check(&report, CheckKind::Yara, "r").not_examined, 1);
    }
    // Whoever wants another size than the real one was asked all the same, and wants nothing.
    let lied_to = OneSize(7);
    let alert = alert_with_rules(&["r"]);
    let report = swept(&alert, &[&lied_to], &Piecewise::new(Some(7)), &options);
    assert_eq!(check(&report, CheckKind::Yara, "r").not_examined, 0);
}

#[test]
fn a_container_that_changes_while_it_is_opened_is_said_to_and_not_remembered() {
    let tree = packed();
    let folder = tempfile::tempdir().expect("a folder");
    let mut options = tree.options();
    options.inventory = Some(InventoryOptions::new(folder.path().join("kept")));
    let alert = alert(vec![payload("a", &[("sha256", &sha256("nothing"))])]);
    let mut unpacker = Piecewise::new(None);
    unpacker.changes = Some(tree.join("a.gz"));
    for round in 1..3 {
        let report = swept(&alert, &[], &unpacker, &options);
        assert_eq!(count(&report, Reason::ChangedWhileRead), 1, "{round}");
        assert_eq!(report.outcome, Outcome::CleanIncomplete);
        assert_eq!(unpacker.open_count.load(Ordering::Relaxed), round);
    }
    unpacker.changes = None;
    for _ in 0..2 {
        let report = swept(&alert, &[], &unpacker, &options);
        assert_eq!(report.outcome, Outcome::Clean);
    }
    // Once more, and then it is remembered.
    assert_eq!(unpacker.open_count.load(Ordering::Relaxed), 3);
}
