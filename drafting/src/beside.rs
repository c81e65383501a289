//! Lays a draft beside its sources, line by line, for the second officer.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use domain::name_pattern::fold;
use domain::{Alert, Observable, SizeRange};

use crate::building::size_text;
use crate::checks::{self, parse_size};
use crate::input::{Input, decode};
use crate::material::{Entry, Found, Kind};
use crate::reading::read_input;

/// Values of a draft that one of the source is compared with for being nearly the same.
const RESEMBLING_MAX: usize = 5_000;
/// Values of the sources for which that is done.
const LOOKUPS_MAX: usize = 500;

/// A draft beside its sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Every line of every source, in order.
    pub lines: Vec<BesideLine>,
    /// What the draft has and no line shows: the second officer must ask where it comes from.
    pub unshown: Vec<Unshown>,
}

/// One line of a source, and what the draft has of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BesideLine {
    /// The name of the source.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The line as it is written.
    pub text: String,
    /// The values in it.
    pub values: Vec<BesideValue>,
    /// The worst state of its values.
    pub state: BesideState,
}

/// A value in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BesideValue {
    /// The column in characters, from 1.
    pub column: usize,
    /// As it is written there.
    pub written: String,
    /// The indicator that has it.
    pub indicator: Option<String>,
    /// As the draft has it; for [`BesideState::Differs`] the draft's value that it resembles.
    pub in_draft: Option<String>,
    /// Whether the draft has it.
    pub state: BesideState,
}

/// Whether the draft has what a line shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BesideState {
    /// Nothing in the line looks like a value.
    Plain,
    /// The draft has it.
    Taken,
    /// It looks like a value, and the draft does not have it.
    NotTaken,
    /// The draft has something that is nearly this: somebody changed one of the two.
    Differs,
}

/// A value of the draft that no line of the sources shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unshown {
    /// The indicator, rule or combination that has it.
    pub indicator: String,
    /// The kind, as documents write it.
    pub kind: &'static str,
    /// The value.
    pub value: String,
}

/// Lays `alert` beside the `sources` it was made from.
pub fn lay_beside(alert: &Alert, sources: &[Input<'_>]) -> Beside {
    let known = Known::of(alert);
    let mut beside = Beside {
        lines: Vec::new(),
        unshown: Vec::new(),
    };
    let mut shown: HashSet<usize> = HashSet::new();
    for (file, source) in sources.iter().enumerate() {
        lay_source(&known, alert, file, source, &mut beside, &mut shown);
    }
    for (index, value) in known.values.iter().enumerate() {
        if !shown.contains(&index) {
            beside.unshown.push(Unshown {
                indicator: value.indicator.clone(),
                kind: value.kind,
                value: value.value.clone(),
            });
        }
    }
    beside
}

/// One value of the draft.
struct KnownValue {
    indicator: String,
    kind: &'static str,
    value: String,
    folded: String,
}

/// What the draft has, for finding.
struct Known {
    values: Vec<KnownValue>,
    /// Indices into `values`.
    by_value: HashMap<String, Vec<usize>>,
    /// Ids of the indicators with a path or name that ends so, by the folded name.
    by_name: HashMap<String, String>,
    sizes: Vec<(String, SizeRange)>,
    folders: HashMap<String, String>,
    /// How often resembling values were looked for.
    lookups: Cell<usize>,
}

impl Known {
    fn of(alert: &Alert) -> Self {
        let mut known = Self {
            values: Vec::new(),
            by_value: HashMap::new(),
            by_name: HashMap::new(),
            sizes: Vec::new(),
            folders: HashMap::new(),
            lookups: Cell::new(0),
        };
        for indicator in &alert.indicators {
            for observable in &indicator.observables {
                let value = observable.value();
                match observable {
                    Observable::Path(path) => {
                        known
                            .by_name
                            .insert(fold(path.file_name()), indicator.id.clone());
                        if let Some((folder, _)) = value.rsplit_once(['\\', '/']) {
                            known.folders.insert(fold(folder), indicator.id.clone());
                        }
                    }
                    Observable::FileName(name) => {
                        known
                            .by_name
                            .insert(name.folded().to_owned(), indicator.id.clone());
                    }
                    _ => {}
                }
                known.add(indicator.id.clone(), observable.kind(), value);
            }
            if let Some(size) = indicator.size {
                known.sizes.push((indicator.id.clone(), size));
                known.add(indicator.id.clone(), "size", size_text(size));
            }
        }
        for rule in &alert.rules {
            known.add(rule.id.clone(), "rule", rule.id.clone());
        }
        known.add(String::new(), "number", alert.number.clone());
        if let Some(deadline) = alert.deadline_at {
            known.add(String::new(), "deadline", deadline.to_string());
        }
        known
    }

    fn add(&mut self, indicator: String, kind: &'static str, value: String) {
        let folded = fold(&value);
        self.by_value
            .entry(folded.clone())
            .or_default()
            .push(self.values.len());
        self.values.push(KnownValue {
            indicator,
            kind,
            value,
            folded,
        });
    }

    /// Finds a value of the source in the draft: the indices of what it shows, the indicator, and the value there.
    fn find(&self, found: &Found) -> Option<(Vec<usize>, Option<String>, String)> {
        if found.kind == Kind::Size {
            let size = parse_size(&found.value).ok()?;
            let ids = self.sizes.iter().filter(|(_, known)| *known == size);
            let text = size_text(size);
            let id = ids.map(|(id, _)| id.clone()).next()?;
            let indices = self.by_value.get(&fold(&text)).cloned().unwrap_or_default();
            return Some((indices, Some(id), text));
        }
        let value = match found.kind {
            Kind::Domain => checks::to_ascii(&found.value).unwrap_or_else(|| found.value.clone()),
            _ => found.value.clone(),
        };
        let folded = fold(&value);
        if let Some(indices) = self.by_value.get(&folded) {
            let first = &self.values[indices[0]];
            let indicator = Some(first.indicator.clone()).filter(|id| !id.is_empty());
            return Some((indices.clone(), indicator, first.value.clone()));
        }
        let trimmed = folded.trim_end_matches(['\\', '/']);
        let id = match found.kind {
            Kind::FileName => self.by_name.get(&folded),
            Kind::Folder => self.folders.get(trimmed),
            Kind::Role => return Some((Vec::new(), None, found.value.clone())),
            _ => None,
        }?;
        Some((Vec::new(), Some(id.clone()), found.value.clone()))
    }

    /// Finds what the draft has instead: a value that nearly is the one of the source.
    fn resembling(&self, value: &str) -> Option<&KnownValue> {
        let folded = fold(value);
        let lookups = self.lookups.get();
        if folded.chars().count() < 6 || lookups >= LOOKUPS_MAX {
            return None;
        }
        self.lookups.set(lookups + 1);
        self.values
            .iter()
            .take(RESEMBLING_MAX)
            .find(|known| checks::edit_distance(&folded, &known.folded, 2).is_some())
    }
}

fn lay_source(
    known: &Known,
    alert: &Alert,
    file: usize,
    source: &Input<'_>,
    beside: &mut Beside,
    shown: &mut HashSet<usize>,
) {
    let Ok(text) = decode(source.bytes) else {
        return;
    };
    let material = read_input(file, source);
    let mut by_line: HashMap<usize, Vec<BesideValue>> = HashMap::new();
    let head = &material.head;
    let mut of_head = Vec::new();
    if let Some(number) = &head.number {
        of_head.push((number.place, Kind::Number, number.value.clone()));
    }
    if let Some(deadline) = &head.deadline_at {
        of_head.push((deadline.place, Kind::Deadline, deadline.value.to_string()));
    }
    let of_head = of_head.into_iter().map(|(place, kind, value)| Found {
        place,
        kind,
        written: value.clone(),
        value,
        flaw: None,
    });
    let in_entries = material.entries.iter().flat_map(joined);
    let phrases = material.role_phrases.iter().map(|phrase| Found {
        place: phrase.place,
        kind: Kind::Role,
        written: phrase.written.clone(),
        value: phrase.written.clone(),
        flaw: None,
    });
    let values = in_entries
        .chain(material.mentions.iter().cloned())
        .chain(material.passed.iter().cloned())
        .chain(of_head)
        .chain(phrases);
    for found in values {
        let value = lay_value(known, &found, shown);
        by_line.entry(found.place.line).or_default().push(value);
    }
    let mut rule_state = BesideState::Plain;
    for rule in &material.rules {
        let same = alert
            .rules
            .iter()
            .position(|known| known.source == rule.source);
        let state = if same.is_some() {
            BesideState::Taken
        } else {
            BesideState::NotTaken
        };
        if let Some(index) = same {
            let id = &alert.rules[index].id;
            let position = known
                .values
                .iter()
                .position(|value| value.kind == "rule" && value.indicator == *id);
            shown.extend(position);
        }
        if rule.is_file {
            rule_state = state;
        }
        by_line
            .entry(rule.place.line)
            .or_default()
            .push(BesideValue {
                column: rule.place.column,
                written: rule.id.clone().unwrap_or_default(),
                indicator: same.map(|index| alert.rules[index].id.clone()),
                in_draft: same.map(|index| alert.rules[index].id.clone()),
                state,
            });
    }
    for (index, line) in text.lines().enumerate() {
        let mut values = by_line.remove(&(index + 1)).unwrap_or_default();
        values.sort_by_key(|value| value.column);
        let worst = values.iter().map(|value| value.state).max();
        let of_rule = Some(rule_state).filter(|_| !line.trim().is_empty());
        beside.lines.push(BesideLine {
            file: source.name.to_owned(),
            line: index + 1,
            text: line.to_owned(),
            state: worst.max(of_rule).unwrap_or(BesideState::Plain),
            values,
        });
    }
}

/// Returns the values of an entry; a name in a folder also as the path that the draft makes of the two.
fn joined(entry: &Entry) -> Vec<Found> {
    let mut values = entry.found.clone();
    let folder = entry.found.iter().find(|found| found.kind == Kind::Folder);
    let name = entry
        .found
        .iter()
        .find(|found| found.kind == Kind::FileName);
    if let (Some(folder), Some(name)) = (folder, name) {
        let folder = folder.value.trim_end_matches(['\\', '/']);
        let separator = if folder.starts_with('/') { '/' } else { '\\' };
        for found in &mut values {
            if found.place == name.place {
                found.kind = Kind::Path;
                found.value = format!("{folder}{separator}{}", name.value);
            }
        }
    }
    values
}

fn lay_value(known: &Known, found: &Found, shown: &mut HashSet<usize>) -> BesideValue {
    let (state, indicator, in_draft) = match known.find(found) {
        Some((indices, indicator, value)) => {
            shown.extend(indices);
            (BesideState::Taken, indicator, Some(value))
        }
        None => match known.resembling(&found.value) {
            Some(near) => (
                BesideState::Differs,
                Some(near.indicator.clone()).filter(|id| !id.is_empty()),
                Some(near.value.clone()),
            ),
            None => (BesideState::NotTaken, None, None),
        },
    };
    BesideValue {
        column: found.place.column,
        written: found.written.clone(),
        indicator,
        in_draft,
        state,
    }
}
