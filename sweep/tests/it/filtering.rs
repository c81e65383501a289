//! Large files are held only for a detector that has seen in their pieces that it needs them.

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use domain::Reason;
use sweep::{
    Check, Detector, DetectorError, DetectorSession, Fingerprint, Interest, ItemFacts, Match,
    PartSet, Surroundings, SweepOptions,
};
use testkit::{TestClock, at};

use crate::scene::{Tree, alert_with_rules, finding, matched, sweep_in, yara};

const LARGE_BYTES: usize = 3 * 1024 * 1024;

/// Finds files with an exclamation mark, and keeps what it was asked with which file.
#[derive(Default)]
struct Sieve(Mutex<Vec<(&'static str, String)>>);

impl Sieve {
    fn note(&self, what: &'static str, item: &ItemFacts<'_>) {
        let name = item.path.file_name().unwrap_or_default().to_string_lossy();
        let mut noted = self.0.lock().expect("nobody panics");
        noted.push((what, name.into_owned()));
    }
}

impl Detector for Sieve {
    fn checks(&self) -> Vec<Check> {
        vec![yara("r")]
    }

    fn parts(&self) -> Vec<Fingerprint> {
        vec![[7; 32]]
    }

    fn interest(&self, _item: &ItemFacts<'_>, _parts: &PartSet, _head: Option<&[u8]>) -> Interest {
        Interest::Whole
    }

    fn filters_pieces(&self) -> bool {
        true
    }

    fn session(&self) -> Box<dyn DetectorSession + '_> {
        Box::new(Sieving {
            sieve: self,
            size_bytes: 0,
            is_noticed: false,
        })
    }
}

struct Sieving<'s> {
    sieve: &'s Sieve,
    size_bytes: usize,
    is_noticed: bool,
}

impl DetectorSession for Sieving<'_> {
    fn scan(
        &mut self,
        item: &ItemFacts<'_>,
        _parts: &PartSet,
        content: &[u8],
    ) -> Result<Vec<Match>, DetectorError> {
        self.sieve.note("scan", item);
        Ok(if content.contains(&b'!') {
            matched("r")
        } else {
            Vec::new()
        })
    }

    fn start(&mut self, item: &ItemFacts<'_>, _parts: &PartSet) -> Result<(), DetectorError> {
        self.sieve.note("start", item);
        (self.size_bytes, self.is_noticed) = (0, false);
        Ok(())
    }

    fn push(&mut self, piece: &[u8]) -> Result<(), DetectorError> {
        self.size_bytes += piece.len();
        self.is_noticed |= piece.contains(&b'!');
        Ok(())
    }

    fn needs_whole(&mut self) -> bool {
        assert_eq!(self.size_bytes, LARGE_BYTES);
        self.is_noticed
    }

    fn scan_after_pieces(
        &mut self,
        item: &ItemFacts<'_>,
        _parts: &PartSet,
        content: &[u8],
    ) -> Result<Vec<Match>, DetectorError> {
        assert!(self.is_noticed && content.len() == self.size_bytes);
        self.sieve.note("scan after pieces", item);
        Ok(matched("r"))
    }

    fn finish(&mut self) -> Result<Vec<Match>, DetectorError> {
        if self.is_noticed {
            return Err(DetectorError::because(Reason::TooLarge, ""));
        }
        Ok(Vec::new())
    }
}

fn tree() -> Tree {
    let tree = Tree::new();
    let mut large = vec![b'.'; LARGE_BYTES];
    tree.write("large", &large);
    large[LARGE_BYTES / 2] = b'!';
    tree.write("large!", &large);
    tree.write("small", "...");
    tree.write("small!", "..!");
    tree
}

fn swept(sieve: &Sieve, options: &SweepOptions) -> domain::SweepReport {
    let alert = alert_with_rules(&["r"]);
    let clock = TestClock::new(at("2096-08-04T00:00:00Z"));
    let never = AtomicBool::new(false);
    let surroundings = Surroundings::new(&clock, &never);
    sweep_in(&alert, &[sieve], options, &surroundings)
}

#[test]
fn a_large_file_is_held_only_where_its_pieces_ask_for_it() {
    let tree = tree();
    let sieve = Sieve::default();
    let report = swept(&sieve, &tree.options());
    assert_eq!(report.findings.len(), 2);
    finding(&report, "large!");
    finding(&report, "small!");
    let mut asked = sieve.0.into_inner().expect("nobody panics");
    asked.sort();
    let expected = [
        ("scan", "small"),
        ("scan", "small!"),
        ("scan after pieces", "large!"),
        ("start", "large"),
        ("start", "large!"),
    ];
    let expected = expected.map(|(what, name)| (what, name.to_owned()));
    assert_eq!(asked, expected);
}
