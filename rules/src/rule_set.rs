//! All rules that were compiled together, with what each requires and how it is noticed.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::analysis::Formula;
use crate::analysis::source::{AnalysedSource, analyse};
use crate::evaluation::{Known, may_hold};
use crate::filter::classes::{Beginnings, Class, beginning_of};
use crate::filter::covers::{Cover, cover_of};
use crate::filter::finder::Finder;
use crate::filter::tables::Tables;
use crate::literals::{LiteralId, Literals};
use crate::rarity;

/// One rule.
#[derive(Debug)]
pub(crate) struct Rule {
    /// Which source it is of.
    pub source: u32,
    /// Which group must be matched to know whether it matches. Until all rules are read, its unit.
    pub group: u32,
    /// What it requires, apart from the global rules of its source.
    pub formula: Formula,
    /// Whether its match is told.
    pub is_reported: bool,
}

/// Rules of one source that must be compiled together.
#[derive(Debug)]
pub(crate) struct Unit {
    /// Which source.
    pub source: u32,
    /// Where its rules and the imports that they need are in the source's text; nothing where all of it is needed.
    pub text: Option<Vec<Range<usize>>>,
}

/// The rules of one alert.
#[derive(Debug, Default)]
pub(crate) struct RuleSet {
    /// All rules, private ones too, source by source.
    pub rules: Vec<Rule>,
    /// The parts of sources that cannot be compiled apart.
    pub units: Vec<Unit>,
    /// The units that are compiled and matched as one, in order: mostly one.
    pub groups: Vec<Vec<u32>>,
    /// The texts that rules require.
    pub literals: Literals,
    /// The first bytes that rules ask for.
    pub beginnings: Beginnings,
    /// For each source whether it asks for what is not in the content.
    pub depends_on_place: Vec<bool>,
    /// For each source its global rules.
    globals: Vec<Vec<usize>>,
    tables: Mutex<HashMap<Class, Arc<Tables>>>,
    /// Of each rule all texts, once they were needed.
    finders: Vec<OnceLock<Finder>>,
}

impl RuleSet {
    /// Reads sources that compile.
    pub fn new(sources: &[(&str, &str)]) -> Self {
        let mut set = Self::default();
        for (index, (_, source)) in (0..).zip(sources) {
            let first_rule = set.rules.len();
            match analyse(source, first_rule, &mut set.literals) {
                Some(analysed) => set.add(index, analysed),
                None => set.add_unread(index),
            }
        }
        set.literals.seal();
        for rule in &mut set.rules {
            sort_parts(&mut rule.formula, &set.literals);
        }
        let formulas = set.rules.iter().map(|rule| &rule.formula);
        set.beginnings = Beginnings::of(formulas, &set.literals);
        set.group();
        set.finders = set.rules.iter().map(|_| OnceLock::new()).collect();
        set
    }

    /// Puts the units into groups: one for each kind of file that some rules are about and match by more than texts, so that
    /// the engine's modules read such a file once; each other unit is alone.
    fn group(&mut self) {
        let mut kinds: Vec<Option<Vec<u8>>> = vec![None; self.units.len()];
        let mut is_mixed = vec![false; self.units.len()];
        let anything = Beginnings::default();
        let mut known = anything.known(anything.class_of(None, 0), &self.literals);
        for (index, rule) in self.rules.iter().enumerate() {
            if !rule.is_reported || self.cover_of(index, &mut known).is_some() {
                continue;
            }
            let unit = rule.group as usize;
            match (beginning_of(&rule.formula), &kinds[unit]) {
                (None, _) => is_mixed[unit] = true,
                (Some(kind), Some(other)) if kind != *other => is_mixed[unit] = true,
                (Some(kind), _) => kinds[unit] = Some(kind),
            }
        }
        let mut by_kind: HashMap<Vec<u8>, usize> = HashMap::new();
        let mut group_of_unit = Vec::with_capacity(self.units.len());
        for (unit, (kind, is_mixed)) in (0..).zip(kinds.into_iter().zip(is_mixed)) {
            let next = self.groups.len();
            let group = kind
                .filter(|_| !is_mixed)
                .map_or(next, |kind| *by_kind.entry(kind).or_insert(next));
            if group == next {
                self.groups.push(Vec::new());
            }
            self.groups[group].push(unit);
            group_of_unit.push(u32::try_from(group).unwrap_or(u32::MAX));
        }
        for rule in &mut self.rules {
            rule.group = group_of_unit[rule.group as usize];
        }
    }

    fn add(&mut self, source: u32, analysed: AnalysedSource) {
        let first_unit = self.units.len();
        let mut texts: Vec<Vec<Range<usize>>> = vec![Vec::new(); analysed.unit_count];
        for rule in &analysed.rules {
            for (module, import) in &analysed.imports {
                if rule.modules.contains(module) && !texts[rule.unit].contains(import) {
                    texts[rule.unit].insert(0, import.clone());
                }
            }
            texts[rule.unit].push(rule.text.clone());
        }
        self.units.extend(texts.into_iter().map(|text| Unit {
            source,
            text: Some(text),
        }));
        self.depends_on_place
            .push(analysed.rules.iter().any(|rule| rule.depends_on_place));
        self.globals.push(analysed.globals);
        let unit_of = |unit: usize| u32::try_from(first_unit + unit).unwrap_or(u32::MAX);
        self.rules
            .extend(analysed.rules.into_iter().map(|rule| Rule {
                source,
                group: unit_of(rule.unit),
                formula: rule.formula,
                is_reported: rule.is_reported,
            }));
    }

    /// A source that this reading does not understand may match anything.
    fn add_unread(&mut self, source: u32) {
        let unit = u32::try_from(self.units.len()).unwrap_or(u32::MAX);
        self.units.push(Unit { source, text: None });
        self.depends_on_place.push(true);
        self.globals.push(Vec::new());
        self.rules.push(Rule {
            source,
            group: unit,
            formula: Formula::May,
            is_reported: true,
        });
    }

    /// Returns by which texts the rule is noticed in contents of which this is known; nothing where it may match without any.
    pub fn cover_of(&self, rule: usize, known: &mut impl Known) -> Option<Cover> {
        let own = &self.rules[rule];
        let globals = &self.globals[own.source as usize];
        globals
            .iter()
            .map(|global| &self.rules[*global].formula)
            .chain([&own.formula])
            .filter_map(|formula| cover_of(formula, &self.rules, &self.literals, known))
            .min_by(|one, other| one.cost.total_cmp(&other.cost))
    }

    /// Says whether the rule may match what is known.
    pub fn may_match(&self, rule: usize, known: &mut impl Known) -> bool {
        let own = &self.rules[rule];
        may_hold(&own.formula, &self.rules, known)
            && self.globals[own.source as usize]
                .iter()
                .all(|global| may_hold(&self.rules[*global].formula, &self.rules, known))
    }

    /// Returns what finds all texts that the rule, or a global rule of its source, asks for and that can be looked for, in one
    /// pass.
    pub fn finder_of(&self, rule: usize) -> &Finder {
        self.finders[rule].get_or_init(|| {
            let own = &self.rules[rule];
            let mut texts = Vec::new();
            let globals = self.globals[own.source as usize].iter();
            for formula in globals.map(|global| &self.rules[*global].formula) {
                texts_of(formula, &mut texts);
            }
            texts_of(&own.formula, &mut texts);
            texts.sort_unstable();
            texts.dedup();
            texts.retain(|text| self.literals.parts(*text).most_telling().is_some());
            Finder::new(texts, &self.literals)
        })
    }

    /// Returns the tables of a class, made when they are first asked for.
    pub fn tables(&self, class: Class) -> Arc<Tables> {
        let mut all = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(class)
            .or_insert_with(|| Arc::new(Tables::new(class, self)))
            .clone()
    }
}

/// Collects the texts that the formula itself asks for.
fn texts_of(formula: &Formula, texts: &mut Vec<LiteralId>) {
    match formula {
        Formula::Has(text) | Formula::Lacks(text) => texts.push(*text),
        Formula::All(parts) | Formula::Any(parts) | Formula::AtLeast(_, parts) => {
            for part in parts {
                texts_of(part, texts);
            }
        }
        _ => {}
    }
}

/// Puts first what is told at once, then what is least likely: most formulas are asked in vain.
fn sort_parts(formula: &mut Formula, literals: &Literals) {
    let (Formula::All(parts) | Formula::Any(parts) | Formula::AtLeast(_, parts)) = formula else {
        return;
    };
    for part in parts.iter_mut() {
        sort_parts(part, literals);
    }
    if let Formula::All(parts) = formula {
        parts.sort_by_key(|part| likelihood(part, literals));
    }
}

/// Returns a number that is smaller the sooner the formula should be asked.
fn likelihood(formula: &Formula, literals: &Literals) -> u32 {
    match formula {
        Formula::Never
        | Formula::Compare(..)
        | Formula::NotCompare(..)
        | Formula::Fact(_)
        | Formula::NotFact(_)
        | Formula::HasAt(..) => 0,
        Formula::Has(id) => 10_000 - rarity::of_text(&literals.literal(*id).bytes).min(9_000),
        Formula::All(parts) => parts
            .iter()
            .map(|part| likelihood(part, literals))
            .min()
            .unwrap_or(0),
        Formula::Any(parts) | Formula::AtLeast(_, parts) => parts
            .iter()
            .map(|part| likelihood(part, literals))
            .max()
            .unwrap_or(0)
            .saturating_add(100),
        Formula::Rule(_) => 20_000,
        Formula::Lacks(_) => 30_000,
        Formula::May => 40_000,
    }
}
