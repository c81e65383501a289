//! From alerts to what must be read: made once, asked for every file. A question costs the same for one indicator as for
//! a hundred thousand: names by hash, sizes and digests by binary search.

use std::collections::HashMap;

use domain::{
    Alert, AlertId, Algorithm, CheckKind, Digest, Indicator, Observable, RuleLanguage, SizeRange,
};

use crate::contained::contained;
use crate::detector::{Check, Detector, Fingerprint, PartSet, Unsought};
use crate::hash::AlgorithmSet;
use crate::names::{NameEntry, NameKind, NameTable};
use crate::options::Thoroughness;
use crate::pipeline::Target;
use crate::sizes::SizeTable;

/// What all alerts of a sweep ask for.
pub(crate) struct Plan<'a> {
    pub(crate) targets: Vec<TargetPlan<'a>>,
    pub(crate) names: NameTable<'a>,
    /// Sorted by digest.
    digests: Vec<(Digest, Wanted)>,
    /// A bit for the first bytes of each digest sought: nearly every other one is told apart by it.
    digest_filter: Vec<u64>,
}

/// What one alert asks for.
pub(crate) struct TargetPlan<'a> {
    pub(crate) alert: &'a Alert,
    pub(crate) id: Option<AlertId>,
    pub(crate) detectors: Vec<PlannedDetector<'a>>,
    /// In the alert's order.
    pub(crate) indicators: Vec<IndicatorPlan>,
    /// How many indicators have [`Scope::Named`].
    pub(crate) named_count: usize,
    /// What every file is hashed with.
    pub(crate) everything: AlgorithmSet,
    pub(crate) sizes: SizeTable,
    /// What detectors and the running system are asked for: the alert's other observables, then its rules.
    pub(crate) checks: Vec<PlannedCheck>,
    check_numbers: HashMap<Check, usize>,
    pub(crate) indicator_numbers: HashMap<&'a str, usize>,
    pub(crate) rule_numbers: HashMap<&'a str, usize>,
    /// Detectors that failed when they were asked what they check, and check nothing.
    pub(crate) failed_detectors: Vec<String>,
    /// Checks that nobody makes here.
    pub(crate) unavailable: Vec<String>,
    /// Observables of the network that nobody here looks for.
    pub(crate) outside_sweep: Vec<String>,
}

/// A detector with what is asked of it.
pub(crate) struct PlannedDetector<'a> {
    pub(crate) detector: &'a dyn Detector,
    /// All of them.
    pub(crate) parts: PartSet,
    pub(crate) fingerprints: Vec<Fingerprint>,
    /// How it tells what is of its kind: [`Detector::kind`].
    pub(crate) kind: Option<Fingerprint>,
    /// What it says that it checks.
    pub(crate) checks: Vec<Check>,
    /// Values of these checks that it cannot seek.
    unsought: Vec<Unsought>,
}

/// A check that is made by somebody else than names, sizes and digests.
pub(crate) struct PlannedCheck {
    pub(crate) check: Check,
    /// Who makes it: [`LIVE`], or a detector's number + 1. Nobody: it is not available.
    pub(crate) makers: Vec<usize>,
    pub(crate) is_rule: bool,
}

/// The number of the running system among those who make checks.
pub(crate) const LIVE: usize = 0;
/// Detectors of one alert at most: what each came to is counted in every mixture.
pub const DETECTORS_MAX: usize = 7;

/// Whether the running system is examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Running {
    Examined,
    LeftOut,
}

/// What one indicator asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IndicatorPlan {
    /// Which files its digests are looked for in; nothing where it has none.
    pub(crate) scope: Option<Scope>,
    pub(crate) algorithms: AlgorithmSet,
    pub(crate) size: Option<SizeRange>,
    pub(crate) has_file_name: bool,
    pub(crate) has_path: bool,
}

/// Which files an indicator's digests are looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All.
    Everything,
    /// Those that have one of its names; the number counts such indicators.
    Named(usize),
    /// Those of a size in the range.
    Sizes(SizeRange),
}

/// Which indicator of which target a digest belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) target: usize,
    pub(crate) indicator: usize,
}

/// What must be read of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) algorithms: AlgorithmSet,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(
        targets: &[Target<'a>],
        thoroughness: Thoroughness,
        running: Running,
    ) -> Self {
        let mut digests = Vec::new();
        let mut names = Vec::new();
        let mut plans = Vec::new();
        for (number, target) in targets.iter().enumerate() {
            plans.push(TargetPlan::new(target, thoroughness, running));
            for (indicator_number, indicator) in target.alert.indicators.iter().enumerate() {
                let wanted = Wanted {
                    target: number,
                    indicator: indicator_number,
                };
                digests.extend(indicator.digests().map(|digest| (digest, wanted)));
                names.extend(names_of(indicator, wanted));
            }
        }
        digests.sort_by_key(|(digest, _)| *digest);
        Self {
            targets: plans,
            names: NameTable::new(names),
            digest_filter: filter_of(digests.iter().map(|(digest, _)| digest)),
            digests,
        }
    }

    /// Returns what must be read of a file of this size whose name or path `named` found.
    pub(crate) fn need(&self, size_bytes: u64, named: &[NameEntry<'_>]) -> Need {
        let mut need = Need::default();
        for target in &self.targets {
            need.algorithms = need
                .algorithms
                .with(target.everything)
                .with(target.sizes.algorithms(size_bytes));
        }
        for entry in named {
            let wanted = match entry.kind {
                // It will be a finding, and a finding shows all digests.
                NameKind::FileName(_) | NameKind::Path(_) => AlgorithmSet::ALL,
                NameKind::NameOfPath => self.scoped_by_name(entry.wanted),
            };
            need.algorithms = need.algorithms.with(wanted);
        }
        need
    }

    /// Returns the algorithms of all digests that are sought.
    pub(crate) fn algorithms(&self) -> Vec<Algorithm> {
        let is_used = |algorithm: &Algorithm| {
            let mut digests = self.digests.iter();
            digests.any(|(digest, _)| digest.algorithm() == *algorithm)
        };
        Algorithm::ALL.into_iter().filter(is_used).collect()
    }

    /// Returns which indicators look for a digest.
    pub(crate) fn wanted(&self, digest: &Digest) -> impl Iterator<Item = Wanted> + use<'_> {
        let bit = filter_bit(digest, self.digest_filter.len());
        let first = if self.digest_filter[bit / 64] & (1 << (bit % 64)) == 0 {
            self.digests.len()
        } else {
            let digests = &self.digests;
            digests.partition_point(|(candidate, _)| candidate < digest)
        };
        let digest = *digest;
        self.digests[first..]
            .iter()
            .take_while(move |(candidate, _)| *candidate == digest)
            .map(|(_, wanted)| *wanted)
    }

    fn scoped_by_name(&self, wanted: Wanted) -> AlgorithmSet {
        let indicator = &self.targets[wanted.target].indicators[wanted.indicator];
        match indicator.scope {
            Some(Scope::Named(_)) => indicator.algorithms,
            _ => AlgorithmSet::NONE,
        }
    }
}

impl<'a> TargetPlan<'a> {
    fn new(target: &Target<'a>, thoroughness: Thoroughness, running: Running) -> Self {
        let alert = target.alert;
        let mut indicators: Vec<IndicatorPlan> = alert.indicators.iter().map(parts_of).collect();
        let everything = choose_scopes(&mut indicators, thoroughness);
        let mut named_count = 0;
        let mut sized = Vec::new();
        for indicator in &mut indicators {
            match &mut indicator.scope {
                Some(Scope::Named(number)) => {
                    *number = named_count;
                    named_count += 1;
                }
                Some(Scope::Sizes(range)) => sized.push((*range, indicator.algorithms)),
                Some(Scope::Everything) | None => {}
            }
        }
        let (detectors, failed_detectors) = planned_detectors(target.detectors);
        let checks = planned_checks(alert, &detectors, running);
        let numbers = |(number, planned): (usize, &PlannedCheck)| (planned.check.clone(), number);
        let (mut unavailable, outside_sweep) = made_by_nobody(alert, &checks);
        add_unsought(&detectors, &mut unavailable, &outside_sweep);
        Self {
            alert,
            id: target.id,
            detectors,
            indicators,
            named_count,
            everything,
            sizes: SizeTable::new(&sized),
            check_numbers: checks.iter().enumerate().map(numbers).collect(),
            checks,
            indicator_numbers: numbers_of(alert.indicators.iter().map(|one| one.id.as_str())),
            rule_numbers: numbers_of(alert.rules.iter().map(|rule| rule.id.as_str())),
            failed_detectors,
            unavailable,
            outside_sweep,
        }
    }

    /// Returns the number of a planned check.
    pub(crate) fn check_number(&self, check: &Check) -> Option<usize> {
        self.check_numbers.get(check).copied()
    }

    /// Tells whether the alert asks for a check at all: a detector may not invent any.
    pub(crate) fn is_asked_for(&self, check: &Check) -> bool {
        let id = check.indicator.as_str();
        self.check_numbers.contains_key(check)
            || (is_of_files(check.kind) && self.indicator_numbers.contains_key(id))
    }

    /// Returns how many there are who make checks: the running system, and each detector.
    pub(crate) fn maker_count(&self) -> usize {
        self.detectors.len() + 1
    }
}

/// Asks the detectors what they check, and names those that failed over it: they are not asked again.
fn planned_detectors<'a>(given: &[&'a dyn Detector]) -> (Vec<PlannedDetector<'a>>, Vec<String>) {
    let mut planned = Vec::new();
    let mut failed = Vec::new();
    for (number, detector) in given.iter().take(DETECTORS_MAX).enumerate() {
        let said = || {
            (
                detector.parts(),
                detector.kind(),
                detector.checks(),
                detector.unsought(),
            )
        };
        match contained(said) {
            Some((fingerprints, kind, checks, unsought)) => planned.push(PlannedDetector {
                detector: *detector,
                parts: PartSet::all(fingerprints.len()),
                fingerprints,
                kind,
                checks,
                unsought,
            }),
            None => failed.push(format!("detector {} of {}", number + 1, given.len())),
        }
    }
    (planned, failed)
}

fn filter_of<'d>(digests: impl ExactSizeIterator<Item = &'d Digest>) -> Vec<u64> {
    let words = digests.len().next_power_of_two().max(64);
    let mut filter = vec![0; words];
    for digest in digests {
        let bit = filter_bit(digest, words);
        filter[bit / 64] |= 1 << (bit % 64);
    }
    filter
}

/// Returns the bit of a digest in a filter of so many words, a power of two.
fn filter_bit(digest: &Digest, words: usize) -> usize {
    let (first, _) = digest
        .as_bytes()
        .split_first_chunk()
        .unwrap_or((&[0; 8], &[]));
    let bit = u64::from_le_bytes(*first) & (words as u64 * 64 - 1);
    usize::try_from(bit).expect("below the number of bits")
}

fn numbers_of<'a>(ids: impl Iterator<Item = &'a str>) -> HashMap<&'a str, usize> {
    ids.enumerate().map(|(number, id)| (id, number)).collect()
}

/// Returns what is asked of detectors and of the running system, and who answers.
fn planned_checks(
    alert: &Alert,
    detectors: &[PlannedDetector<'_>],
    running: Running,
) -> Vec<PlannedCheck> {
    let mut makers: HashMap<Check, Vec<usize>> = HashMap::new();
    for (number, detector) in detectors.iter().enumerate() {
        for check in &detector.checks {
            let makers = makers.entry(check.clone()).or_default();
            if !makers.contains(&(number + 1)) {
                makers.push(number + 1);
            }
        }
    }
    let mut planned: Vec<PlannedCheck> = Vec::new();
    let mut add = |check: Check, is_rule: bool| {
        let mut makers = makers.get(&check).cloned().unwrap_or_default();
        let of_network = matches!(check.kind, CheckKind::Domain | CheckKind::Ip);
        if running == Running::Examined && of_network {
            makers.push(LIVE);
        }
        planned.push(PlannedCheck {
            check,
            makers,
            is_rule,
        });
    };
    for indicator in &alert.indicators {
        let mut kinds: Vec<CheckKind> = indicator.observables.iter().map(CheckKind::of).collect();
        kinds.retain(|kind| !is_of_files(*kind));
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            let indicator = indicator.id.clone();
            add(Check { kind, indicator }, false);
        }
    }
    for rule in &alert.rules {
        let kind = match rule.language {
            RuleLanguage::Sigma => CheckKind::Sigma,
            RuleLanguage::Yara => CheckKind::Yara,
        };
        let indicator = rule.id.clone();
        add(Check { kind, indicator }, true);
    }
    planned
}

/// Tells whether a check is made of names, sizes and digests.
pub(crate) const fn is_of_files(kind: CheckKind) -> bool {
    matches!(
        kind,
        CheckKind::Digest | CheckKind::FileName | CheckKind::Path
    )
}

fn parts_of(indicator: &Indicator) -> IndicatorPlan {
    let algorithms = indicator.digests().fold(AlgorithmSet::NONE, |set, digest| {
        set.with(AlgorithmSet::of(digest.algorithm()))
    });
    let has = |wanted: fn(&Observable) -> bool| indicator.observables.iter().any(wanted);
    let has_file_name = has(|observable| matches!(observable, Observable::FileName(_)));
    let has_path = has(|observable| matches!(observable, Observable::Path(_)));
    let scope = match indicator.size {
        _ if algorithms.is_empty() => None,
        Some(range) => Some(Scope::Sizes(range)),
        None if has_file_name || has_path => Some(Scope::Named(0)),
        None => Some(Scope::Everything),
    };
    IndicatorPlan {
        scope,
        algorithms,
        size: indicator.size,
        has_file_name,
        has_path,
    }
}

/// Widens the scopes as far as that is asked for, or costs nothing, and returns what every file is hashed with.
fn choose_scopes(indicators: &mut [IndicatorPlan], thoroughness: Thoroughness) -> AlgorithmSet {
    let everything = indicators
        .iter()
        .filter(|indicator| {
            thoroughness == Thoroughness::HashEverything
                || indicator.scope == Some(Scope::Everything)
        })
        .fold(AlgorithmSet::NONE, |set, indicator| {
            set.with(indicator.algorithms)
        });
    for indicator in indicators {
        let hashed_anyway = everything.contains(indicator.algorithms);
        match &mut indicator.scope {
            Some(scope @ Scope::Named(_)) if hashed_anyway => *scope = Scope::Everything,
            Some(scope) if thoroughness == Thoroughness::HashEverything => {
                *scope = Scope::Everything;
            }
            _ => {}
        }
    }
    everything
}

pub(crate) fn names_of(indicator: &Indicator, wanted: Wanted) -> Vec<NameEntry<'_>> {
    let mut entries = Vec::new();
    for observable in &indicator.observables {
        match observable {
            Observable::FileName(name) => entries.push(NameEntry {
                wanted,
                kind: NameKind::FileName(name),
            }),
            Observable::Path(path) => entries.push(NameEntry {
                wanted,
                kind: NameKind::Path(path),
            }),
            _ => {}
        }
    }
    entries
}

/// Adds the single values that a detector cannot seek, where it makes their check with other values. Of names, paths and
/// digests the sweep itself seeks each.
fn add_unsought(
    detectors: &[PlannedDetector<'_>],
    unavailable: &mut Vec<String>,
    outside_sweep: &[String],
) {
    for one in detectors.iter().flat_map(|planned| &planned.unsought) {
        let Check { kind, indicator } = &one.check;
        let line = format!("{indicator}: {} {}", kind.observable_kind(), one.value);
        if !is_of_files(*kind) && !unavailable.contains(&line) && !outside_sweep.contains(&line) {
            unavailable.push(line);
        }
    }
}

/// Returns the checks that nobody makes: what a sweep should do and cannot here, and the network's, which others watch.
fn made_by_nobody(alert: &Alert, checks: &[PlannedCheck]) -> (Vec<String>, Vec<String>) {
    let mut unavailable = Vec::new();
    let mut outside_sweep = Vec::new();
    let missing = |kind: CheckKind, id: &str| {
        checks.iter().any(|planned| {
            planned.makers.is_empty() && planned.check.kind == kind && planned.check.indicator == id
        })
    };
    for rule in &alert.rules {
        for (kind, name) in [(CheckKind::Sigma, "sigma"), (CheckKind::Yara, "yara")] {
            if missing(kind, &rule.id) {
                unavailable.push(format!("{}: {name}", rule.id));
            }
        }
    }
    for indicator in &alert.indicators {
        for observable in &indicator.observables {
            let kind = CheckKind::of(observable);
            if is_of_files(kind) || !missing(kind, &indicator.id) {
                continue;
            }
            let list = match kind {
                CheckKind::Domain | CheckKind::Ip | CheckKind::Url => &mut outside_sweep,
                _ => &mut unavailable,
            };
            list.push(format!(
                "{}: {} {}",
                indicator.id,
                observable.kind(),
                observable.value()
            ));
        }
    }
    (unavailable, outside_sweep)
}
