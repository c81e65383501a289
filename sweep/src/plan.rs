//! From alerts to what must be read: made once, asked for every file. A question costs the same for one indicator as for
//! a hundred thousand: names by hash, sizes and digests by binary search.

use std::collections::HashMap;

use domain::{Alert, AlertId, Digest, Indicator, Observable, SizeRange};

use crate::detector::Detector;
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
}

/// What one alert asks for.
pub(crate) struct TargetPlan<'a> {
    pub(crate) alert: &'a Alert,
    pub(crate) id: Option<AlertId>,
    pub(crate) detector: Option<&'a dyn Detector>,
    /// In the alert's order.
    pub(crate) indicators: Vec<IndicatorPlan>,
    /// How many indicators have [`Scope::Named`].
    pub(crate) named_count: usize,
    /// What every file is hashed with.
    pub(crate) everything: AlgorithmSet,
    pub(crate) sizes: SizeTable,
    /// Whether the detector matches each of the alert's rules, in the alert's order.
    pub(crate) rules: Vec<RuleState>,
    pub(crate) rule_numbers: HashMap<&'a str, usize>,
    /// Observables that a sweep should look for and cannot yet.
    pub(crate) unavailable: Vec<String>,
    /// Observables that are not looked for in files.
    pub(crate) outside_sweep: Vec<String>,
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

/// Whether a rule of the alert is matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RuleState {
    /// It is.
    Available,
    /// No detector for it was given.
    Unavailable,
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
    /// Whether rules want the whole content.
    pub(crate) content: bool,
}

impl Need {
    pub(crate) fn is_nothing(self) -> bool {
        self.algorithms.is_empty() && !self.content
    }
}

impl<'a> Plan<'a> {
    pub(crate) fn new(targets: &[Target<'a>], thoroughness: Thoroughness) -> Self {
        let mut digests = Vec::new();
        let mut names = Vec::new();
        let mut plans = Vec::new();
        for (number, target) in targets.iter().enumerate() {
            plans.push(TargetPlan::new(target, thoroughness));
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
            need.content |= target.matches_contents();
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

    /// Returns which indicators look for a digest.
    pub(crate) fn wanted(&self, digest: &Digest) -> impl Iterator<Item = Wanted> + use<'_> {
        let first = self
            .digests
            .partition_point(|(candidate, _)| candidate < digest);
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
    fn new(target: &Target<'a>, thoroughness: Thoroughness) -> Self {
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
        let matched = target.detector.map(Detector::rule_ids).unwrap_or_default();
        let rules = alert.rules.iter().map(|rule| {
            if matched.contains(&rule.id) {
                RuleState::Available
            } else {
                RuleState::Unavailable
            }
        });
        let numbers = alert.rules.iter().enumerate();
        let (unavailable, outside_sweep) = not_files(alert);
        Self {
            alert,
            id: target.id,
            detector: target.detector,
            indicators,
            named_count,
            everything,
            sizes: SizeTable::new(&sized),
            rules: rules.collect(),
            rule_numbers: numbers.map(|(n, rule)| (rule.id.as_str(), n)).collect(),
            unavailable,
            outside_sweep,
        }
    }

    /// Tells whether contents are matched with rules.
    pub(crate) fn matches_contents(&self) -> bool {
        self.detector.is_some() && self.rules.contains(&RuleState::Available)
    }
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

fn names_of(indicator: &Indicator, wanted: Wanted) -> Vec<NameEntry<'_>> {
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

fn not_files(alert: &Alert) -> (Vec<String>, Vec<String>) {
    let mut unavailable = Vec::new();
    let mut outside_sweep = Vec::new();
    for indicator in &alert.indicators {
        for observable in &indicator.observables {
            let list = match observable {
                Observable::Digest(_) | Observable::FileName(_) | Observable::Path(_) => continue,
                Observable::Domain(_) | Observable::Network(_) | Observable::Url(_) => {
                    &mut outside_sweep
                }
                Observable::Mutex(_)
                | Observable::NamedPipe(_)
                | Observable::RegistryKey(_)
                | Observable::RegistryValue(_)
                | Observable::ScheduledTask(_)
                | Observable::Service(_) => &mut unavailable,
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
