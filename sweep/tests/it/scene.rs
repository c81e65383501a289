//! Trees to sweep and alerts to sweep for.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use domain::{
    Alert, CheckCoverage, CheckKind, Confidence, Finding, Indicator, Observable, Reason, Role,
    Rule, RuleLanguage, SizeRange, SweepReport,
};
use sha2::{Digest as _, Sha256};
use sweep::{
    Check, Detector, DetectorError, DetectorSession, Fingerprint, Interest, ItemFacts, Match,
    PartSet, Surroundings, SweepOptions, Target,
};
use tempfile::TempDir;
use testkit::{TestClock, at};

/// A folder with files, gone at the end.
pub struct Tree(TempDir);

impl Tree {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder for temporary files"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub fn join_bytes(&self, name: &[u8]) -> PathBuf {
        self.path().join(OsStr::from_bytes(name))
    }

    /// Writes a file, and its folders first.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(name);
        fs_err::create_dir_all(path.parent().expect("it lies in the tree")).expect("folders");
        fs_err::write(&path, content).expect("a file");
        path
    }

    pub fn options(&self) -> SweepOptions {
        let mut options = SweepOptions::new(vec![self.path().to_owned()]);
        "test".clone_into(&mut options.host);
        options.threads = std::num::NonZeroUsize::new(2);
        options
    }

    /// Sweeps the tree for an alert without rules.
    pub fn sweep(&self, alert: &Alert) -> SweepReport {
        sweep_with(alert, None, &self.options())
    }
}

impl Drop for Tree {
    /// Removes also what is too deep for a recursive removal.
    fn drop(&mut self) {
        let _ = std::process::Command::new("rm")
            .arg("-rf")
            .arg(self.path())
            .status();
        let _ = fs_err::create_dir(self.path());
    }
}

/// Sweeps, and checks what holds for every report.
pub fn sweep_with(
    alert: &Alert,
    detector: Option<&dyn Detector>,
    options: &SweepOptions,
) -> SweepReport {
    let clock = TestClock::new(at("2016-08-04T00:00:00Z"));
    let detectors: Vec<&dyn Detector> = detector.into_iter().collect();
    let never = AtomicBool::new(false);
    sweep_in(
        alert,
        &detectors,
        options,
        &Surroundings::new(&clock, &never),
    )
}

/// Sweeps in these surroundings, and checks what holds for every report.
pub fn sweep_in(
    alert: &Alert,
    detectors: &[&dyn Detector],
    options: &SweepOptions,
    surroundings: &Surroundings<'_>,
) -> SweepReport {
    let target = Target {
        alert,
        id: None,
        detectors,
    };
    let mut reports =
        sweep::sweep(&[target], options, surroundings).expect("the tree can be swept");
    let report = reports.remove(0);
    assert_eq!(report.check(), Ok(()), "{report:#?}");
    report
}

/// Returns an alert with these indicators and no more.
pub fn alert(indicators: Vec<Indicator>) -> Alert {
    let alert = Alert {
        indicators,
        ..testkit::alerts::exercise(&[])
    };
    assert_eq!(alert.check(), Ok(()));
    alert
}

/// Returns an alert with rules only, all of high confidence about payloads.
pub fn alert_with_rules(ids: &[&str]) -> Alert {
    let mut alert = alert(Vec::new());
    alert.rules = ids
        .iter()
        .map(|id| Rule {
            id: (*id).to_owned(),
            language: RuleLanguage::Yara,
            role: Role::Payload,
            confidence: Confidence::High,
            source: "rule a { condition: true }".to_owned(),
        })
        .collect();
    alert
}

/// Returns an indicator of a payload, of high confidence.
pub fn payload(id: &str, observables: &[(&str, &str)]) -> Indicator {
    Indicator {
        id: id.to_owned(),
        label: id.to_owned(),
        role: Role::Payload,
        confidence: Confidence::High,
        size: None,
        observables: observables
            .iter()
            .map(|(kind, value)| Observable::new(kind, value).expect("a valid observable"))
            .collect(),
    }
}

pub fn sized(mut indicator: Indicator, bytes: u64) -> Indicator {
    indicator.size = Some(SizeRange::exactly(bytes));
    indicator
}

pub fn sha256(content: impl AsRef<[u8]>) -> String {
    domain::digest::to_hex(&Sha256::digest(content.as_ref()))
}

pub fn check<'r>(report: &'r SweepReport, kind: CheckKind, id: &str) -> &'r CheckCoverage {
    report
        .coverage
        .checks
        .iter()
        .find(|check| check.kind == kind && check.indicator == id)
        .expect("the report has the check")
}

pub fn count(report: &SweepReport, reason: Reason) -> u64 {
    let lines = &report.coverage.not_examined;
    lines
        .iter()
        .find(|line| line.reason == reason)
        .map_or(0, |line| line.count)
}

pub fn finding<'r>(report: &'r SweepReport, end: &str) -> &'r Finding {
    report
        .findings
        .iter()
        .find(|finding| finding.item.text.ends_with(end))
        .unwrap_or_else(|| panic!("no finding at {end}: {:#?}", report.findings))
}

/// A detector made of a function: rule `text` of source `id` matches where it says so.
pub struct FakeDetector<F> {
    pub ids: Vec<String>,
    pub scan: F,
}

impl<F> FakeDetector<F>
where
    F: Fn(&ItemFacts<'_>, &[u8]) -> Result<Vec<Match>, DetectorError> + Send + Sync,
{
    pub fn new(ids: &[&str], scan: F) -> Self {
        Self {
            ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            scan,
        }
    }
}

struct FakeSession<'d, F>(&'d F);

impl<F> Detector for FakeDetector<F>
where
    F: Fn(&ItemFacts<'_>, &[u8]) -> Result<Vec<Match>, DetectorError> + Send + Sync,
{
    fn checks(&self) -> Vec<Check> {
        self.ids.iter().map(|id| yara(id)).collect()
    }

    fn parts(&self) -> Vec<Fingerprint> {
        vec![[0; 32]]
    }

    fn interest(&self, _item: &ItemFacts<'_>, _parts: &PartSet, _head: Option<&[u8]>) -> Interest {
        Interest::Whole
    }

    fn session(&self) -> Box<dyn DetectorSession + '_> {
        Box::new(FakeSession(&self.scan))
    }
}

impl<F> DetectorSession for FakeSession<'_, F>
where
    F: Fn(&ItemFacts<'_>, &[u8]) -> Result<Vec<Match>, DetectorError>,
{
    fn scan(
        &mut self,
        item: &ItemFacts<'_>,
        _parts: &PartSet,
        content: &[u8],
    ) -> Result<Vec<Match>, DetectorError> {
        (self.0)(item, content)
    }
}

pub fn yara(id: &str) -> Check {
    Check {
        kind: CheckKind::Yara,
        indicator: id.to_owned(),
    }
}

pub fn matched(source_id: &str) -> Vec<Match> {
    vec![Match {
        part: 0,
        check: yara(source_id),
        value: "a".to_owned(),
        place: None,
    }]
}
