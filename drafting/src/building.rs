//! Makes indicators of what was read, and says what is weak about them.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::name_pattern::fold;
use domain::{Algorithm, Combination, Indicator, Observable, Role, SizeRange, Within};

use crate::checks::{is_ordinary_place, is_system_name, parse_size};
use crate::material::{Entry, Flaw, Found, Kind, Material, Place, Reported, RolePhrase, push};
use crate::options::DraftOptions;
use crate::problem::ProblemCode;
use crate::text::last_component;

/// Characters of an id.
const ID_CHARS_MAX: usize = 64;
/// Combinations that are proposed: an alert with more is stated, not pasted.
const PROPOSED_MAX: usize = 100;
/// Characters of a label.
const LABEL_CHARS_MAX: usize = 300;

/// What is sought, as the draft has it.
#[derive(Debug, Default)]
pub(crate) struct Sought {
    pub(crate) indicators: Vec<Indicator>,
    pub(crate) combinations: Vec<Combination>,
    pub(crate) used: Vec<Used>,
    pub(crate) reported: Vec<Reported>,
}

/// A value that is in the draft.
#[derive(Debug)]
pub(crate) struct Used {
    pub(crate) found: Found,
    pub(crate) normalised: String,
    pub(crate) indicator: Option<String>,
}

/// Makes indicators and combinations. `refused` are the places of values that cannot be used.
pub(crate) fn build(material: &Material, refused: &HashSet<Place>, options: &DraftOptions) -> Sought {
    let mut builder = Builder {
        options,
        refused,
        phrases: phrases_by_name(&material.role_phrases),
        roles: options
            .roles
            .iter()
            .map(|(value, role)| (fold(value), *role))
            .collect(),
        ids: material
            .entries
            .iter()
            .filter_map(|entry| entry.id.clone())
            .collect(),
        stated: HashSet::new(),
        by_observable: HashMap::new(),
        sought: Sought::default(),
    };
    for entry in &material.entries {
        builder.entry(entry);
    }
    builder.mentions(material);
    builder.stated_combinations(material);
    builder.proposed_combinations();
    builder.sought
}

struct Builder<'a> {
    options: &'a DraftOptions,
    refused: &'a HashSet<Place>,
    /// Phrases of the text that give roles, by the folded name of the file.
    phrases: HashMap<String, Vec<&'a RolePhrase>>,
    /// Roles by folded value.
    roles: HashMap<String, Role>,
    /// Ids that are taken.
    ids: Ids,
    /// Ids that inputs state, as far as they are read.
    stated: HashSet<String>,
    /// Which indicator has an observable.
    by_observable: HashMap<Observable, usize>,
    sought: Sought,
}

impl Builder<'_> {
    fn report(&mut self, place: Place, value: impl Into<String>, flaw: Flaw) {
        let reported = Reported {
            place: Some(place),
            value: value.into(),
            flaw,
        };
        push(&mut self.sought.reported, reported);
    }

    fn entry(&mut self, entry: &Entry) {
        let usable: Vec<&Found> = entry
            .found
            .iter()
            .filter(|found| !self.refused.contains(&found.place))
            .collect();
        let observables = self.observables(entry, &usable);
        if observables.is_empty() {
            let has_value = entry
                .found
                .iter()
                .any(|found| !matches!(found.kind, Kind::Size | Kind::Folder));
            if !has_value && !entry.has_mistake {
                let shown = entry.label.clone().or(entry.id.clone()).unwrap_or_default();
                self.report(entry.place, shown, Flaw::refused(ProblemCode::NoObservable));
            }
            return;
        }
        self.weaknesses(entry);
        let values: Vec<&Observable> = observables.iter().map(|(_, observable)| observable).collect();
        if let Some(same) = self.same_as(&values).filter(|_| entry.id.is_none()) {
            let id = self.sought.indicators[same].id.clone();
            self.use_values(&usable, &observables, &id);
            return;
        }
        let label = label(entry, &values);
        let Some(id) = self.id(entry, &label) else {
            return;
        };
        let size = usable
            .iter()
            .filter(|found| found.kind == Kind::Size)
            .find_map(|found| parse_size(&found.value).ok());
        let indicator = Indicator {
            role: self.role(entry, &id, &values),
            label,
            confidence: entry.confidence.unwrap_or(self.options.default_confidence),
            size,
            observables: values.into_iter().cloned().collect(),
            id: id.clone(),
        };
        let index = self.sought.indicators.len();
        for (found, observable) in &observables {
            let other = *self.by_observable.entry(observable.clone()).or_insert(index);
            if other != index {
                let other = self.sought.indicators[other].id.clone();
                let flaw = Flaw::warning(ProblemCode::DuplicateValue).with("other", other);
                self.report(found.place, &found.written, flaw);
            }
        }
        self.use_values(&usable, &observables, &id);
        self.sought.indicators.push(indicator);
    }

    /// Returns the observables in their order, each with the value it comes from.
    fn observables<'f>(&mut self, entry: &Entry, usable: &[&'f Found]) -> Vec<(&'f Found, Observable)> {
        let folder = usable.iter().find(|found| found.kind == Kind::Folder);
        let has_path = usable.iter().any(|found| found.kind == Kind::Path);
        let path_names: Vec<String> = usable
            .iter()
            .filter(|found| found.kind == Kind::Path)
            .map(|found| fold(last_component(&found.value)))
            .collect();
        let mut observables: Vec<(&Found, Observable)> = Vec::new();
        for &found in usable {
            let (kind, value) = match found.kind {
                Kind::Size | Kind::Folder => continue,
                // The path says the name too.
                Kind::FileName if !entry.is_stated && path_names.contains(&fold(&found.value)) => continue,
                Kind::FileName if folder.is_some() && !has_path => {
                    let folder = folder.map_or("", |folder| folder.value.trim_end_matches(['\\', '/']));
                    let separator = if folder.starts_with('/') { '/' } else { '\\' };
                    ("path", format!("{folder}{separator}{}", found.value))
                }
                Kind::Domain => ("domain", domain_value(&found.value)),
                kind => (kind.as_str(), found.value.clone()),
            };
            match Observable::new(kind, &value) {
                Ok(observable) => {
                    if !observables.iter().any(|(_, known)| *known == observable) {
                        observables.push((found, observable));
                    }
                }
                // Only a value that an officer accepted comes here.
                Err(error) => {
                    let flaw = Flaw::refused(ProblemCode::ValueMalformed).with("reason", error);
                    self.report(found.place, &found.written, flaw);
                }
            }
        }
        if !entry.is_stated {
            observables.sort_by_key(|(_, observable)| order(observable));
        }
        observables
    }

    fn use_values(&mut self, usable: &[&Found], observables: &[(&Found, Observable)], id: &str) {
        for &found in usable {
            let of_found = observables
                .iter()
                .find(|(source, _)| source.place == found.place)
                .map(|(_, observable)| observable.value());
            let normalised = match (of_found, found.kind) {
                (Some(value), _) => value,
                (None, Kind::Size) => parse_size(&found.value).map_or_else(|_| found.value.clone(), size_text),
                (None, _) => found.value.clone(),
            };
            self.sought.used.push(Used {
                found: found.clone(),
                normalised,
                indicator: Some(id.to_owned()),
            });
        }
    }

    /// Returns an indicator that has all of these observables.
    fn same_as(&self, values: &[&Observable]) -> Option<usize> {
        let first = *self.by_observable.get(*values.first()?)?;
        let known = &self.sought.indicators[first].observables;
        values
            .iter()
            .all(|value| known.contains(value))
            .then_some(first)
    }

    fn id(&mut self, entry: &Entry, label: &str) -> Option<String> {
        if let Some(id) = &entry.id {
            let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
            if id.is_empty() || id.len() > ID_CHARS_MAX || !id.bytes().all(allowed) {
                let flaw = Flaw::refused(ProblemCode::IdMalformed).meant(Some(slug(id)));
                self.report(entry.place, id, flaw);
                return None;
            }
            if !self.stated.insert(id.clone()) {
                self.report(entry.place, id, Flaw::refused(ProblemCode::DuplicateId));
                return None;
            }
            return Some(id.clone());
        }
        Some(self.ids.take(&slug(label)))
    }

    fn role(&mut self, entry: &Entry, id: &str, values: &[&Observable]) -> Role {
        if let Some(role) = entry.role {
            return role;
        }
        let names = values.iter().filter_map(|value| match value {
            Observable::Path(path) => Some(fold(path.file_name())),
            Observable::FileName(name) => Some(name.folded().to_owned()),
            _ => None,
        });
        let names: Vec<String> = names.collect();
        let stated = values
            .iter()
            .map(|value| fold(&value.value()))
            .chain(names.iter().cloned())
            .chain([fold(id)])
            .find_map(|value| self.roles.get(&value).copied());
        if let Some(role) = stated {
            return role;
        }
        let Some(phrases) = names.iter().find_map(|name| self.phrases.remove(name)) else {
            return self.options.default_role;
        };
        let phrase = phrases[0];
        let role = role_name(phrase.role);
        let flaw = Flaw::note(ProblemCode::RoleTaken)
            .with("name", &phrase.name)
            .with("role", role);
        self.report(phrase.place, &phrase.written, flaw);
        for phrase in phrases {
            self.sought.used.push(Used {
                found: Found {
                    place: phrase.place,
                    kind: Kind::Role,
                    written: phrase.written.clone(),
                    value: phrase.written.clone(),
                    flaw: None,
                },
                normalised: role.to_owned(),
                indicator: Some(id.to_owned()),
            });
        }
        phrase.role
    }

    /// Warns of what will be found on healthy hosts, or not at all.
    fn weaknesses(&mut self, entry: &Entry) {
        let first_digest = entry.found.iter().find(|found| matches!(found.kind, Kind::Digest(_)));
        let is_refused = |found: &Found| self.refused.contains(&found.place);
        let names: Vec<&Found> = entry
            .found
            .iter()
            .filter(|found| matches!(found.kind, Kind::FileName | Kind::Path) && !is_refused(found))
            .collect();
        let mut flaws: Vec<(&Found, Flaw)> = Vec::new();
        if let Some(digest) = first_digest {
            let strong = entry
                .found
                .iter()
                .any(|found| found.kind == Kind::Digest(Algorithm::Sha256));
            if !strong {
                let given: BTreeMap<&str, ()> = entry
                    .found
                    .iter()
                    .filter_map(|found| match found.kind {
                        Kind::Digest(algorithm) => Some((algorithm.name(), ())),
                        _ => None,
                    })
                    .collect();
                let given = given.into_keys().collect::<Vec<_>>().join(", ");
                flaws.push((digest, Flaw::warning(ProblemCode::DigestWeak).with("given", given)));
            }
            if !entry.found.iter().any(|found| found.kind == Kind::Size) {
                flaws.push((names.first().copied().unwrap_or(digest), Flaw::warning(ProblemCode::NoSize)));
            }
        }
        for algorithm in Algorithm::ALL {
            let mut same = entry.found.iter().filter(|found| found.kind == Kind::Digest(algorithm));
            if let (Some(one), Some(other)) = (same.next(), same.next())
                && !one.value.eq_ignore_ascii_case(&other.value)
            {
                let flaw = Flaw::warning(ProblemCode::DigestContradiction).with("algorithm", algorithm.name());
                flaws.push((other, flaw));
            }
        }
        let has_folder = entry.found.iter().any(|found| matches!(found.kind, Kind::Folder | Kind::Path));
        for name in names {
            let is_ordinary = match name.kind {
                Kind::Path => is_ordinary_place(&name.value),
                _ => is_system_name(&name.value) && !has_folder,
            };
            let flaw = match (is_ordinary, first_digest.is_some()) {
                (true, true) => Flaw::warning(ProblemCode::NameOfSystemTool),
                (true, false) => Flaw::refused(ProblemCode::NameTooCommon),
                (false, true) => continue,
                (false, false) => Flaw::warning(ProblemCode::NameWithoutDigest),
            };
            flaws.push((name, flaw));
        }
        for (found, flaw) in flaws {
            self.report(found.place, &found.written, flaw);
        }
    }

    /// Notes where a value of the draft stands once more.
    fn mentions(&mut self, material: &Material) {
        let mut by_name: HashMap<String, String> = HashMap::new();
        let mut by_value: HashMap<String, String> = HashMap::new();
        for indicator in &self.sought.indicators {
            for observable in &indicator.observables {
                let value = observable.value();
                match observable {
                    Observable::Path(path) => {
                        by_name.insert(fold(path.file_name()), indicator.id.clone());
                        if let Some((folder, _)) = value.rsplit_once(['\\', '/']) {
                            by_value.entry(fold(folder)).or_insert(indicator.id.clone());
                        }
                    }
                    Observable::FileName(name) => {
                        by_name.insert(name.folded().to_owned(), indicator.id.clone());
                    }
                    _ => {}
                }
                by_value.insert(fold(&value), indicator.id.clone());
            }
        }
        for found in &material.mentions {
            let folded = fold(found.value.trim_end_matches(['\\', '/']));
            let indicator = by_value.get(&folded).or_else(|| by_name.get(&folded)).cloned();
            self.sought.used.push(Used {
                found: found.clone(),
                normalised: found.value.clone(),
                indicator,
            });
        }
    }

    fn stated_combinations(&mut self, material: &Material) {
        let ids: HashSet<String> = self.sought.indicators.iter().map(|indicator| indicator.id.clone()).collect();
        let stated: HashSet<&str> = material
            .entries
            .iter()
            .filter_map(|entry| entry.id.as_deref())
            .collect();
        let mut seen = HashSet::new();
        for combination in &material.combinations {
            let distinct: HashSet<&String> = combination.all_of.iter().collect();
            let missing = combination.all_of.iter().find(|id| !ids.contains(*id));
            if distinct.len() < 2 || missing.is_some() {
                // An indicator that is refused itself is no second mistake.
                let is_refused = missing.is_some_and(|id| stated.contains(id.as_str()));
                if !is_refused || distinct.len() < 2 {
                    let missing = missing.cloned().unwrap_or_default();
                    let flaw = Flaw::refused(ProblemCode::CombinationInvalid).with("missing", missing);
                    self.report(combination.place, &combination.id, flaw);
                }
                continue;
            }
            if !seen.insert(combination.id.clone()) {
                self.report(combination.place, &combination.id, Flaw::refused(ProblemCode::DuplicateId));
                continue;
            }
            if slug(&combination.id) != combination.id {
                let flaw = Flaw::refused(ProblemCode::IdMalformed).meant(Some(slug(&combination.id)));
                self.report(combination.place, &combination.id, flaw);
                continue;
            }
            self.sought.combinations.push(Combination {
                id: combination.id.clone(),
                all_of: combination.all_of.clone(),
                within: combination.within,
            });
        }
    }

    /// Proposes that a legitimate program beside the malware that uses it is more than either alone.
    fn proposed_combinations(&mut self) {
        let folders: Vec<(usize, String)> = self
            .sought
            .indicators
            .iter()
            .enumerate()
            .filter_map(|(index, indicator)| Some((index, folder(indicator)?)))
            .collect();
        let mut payloads: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, folder) in &folders {
            if self.sought.indicators[*index].role == Role::Payload {
                payloads.entry(folder).or_default().push(*index);
            }
        }
        let mut proposed = Vec::new();
        for (index, folder) in &folders {
            let abused = &self.sought.indicators[*index];
            if abused.role != Role::AbusedLegitimate {
                continue;
            }
            let beside = payloads.get(folder.as_str()).into_iter().flatten();
            for payload in beside.take(PROPOSED_MAX - proposed.len()) {
                let payload = &self.sought.indicators[*payload];
                let is_stated = self.sought.combinations.iter().any(|combination| {
                    combination.all_of.contains(&abused.id) && combination.all_of.contains(&payload.id)
                });
                if !is_stated && proposed.len() < PROPOSED_MAX {
                    proposed.push((abused.id.clone(), payload.id.clone()));
                }
            }
        }
        let mut ids: Ids = self
            .sought
            .combinations
            .iter()
            .map(|combination| combination.id.clone())
            .collect();
        for (abused, payload) in proposed {
            let place = self
                .sought
                .used
                .iter()
                .find(|used| used.indicator.as_ref() == Some(&payload))
                .map(|used| used.found.place);
            let flaw = Flaw::note(ProblemCode::CombinationProposed)
                .with("abused", &abused)
                .with("payload", &payload);
            if let Some(place) = place {
                self.report(place, &payload, flaw);
            }
            self.sought.combinations.push(Combination {
                id: ids.take(&slug(&format!("{abused}-with-{payload}"))),
                all_of: vec![abused, payload],
                within: Within::Folder,
            });
        }
    }
}

fn phrases_by_name(phrases: &[RolePhrase]) -> HashMap<String, Vec<&RolePhrase>> {
    let mut by_name: HashMap<String, Vec<&RolePhrase>> = HashMap::new();
    for phrase in phrases {
        by_name.entry(fold(&phrase.name)).or_default().push(phrase);
    }
    by_name
}

/// Returns a domain as the domain name system has it.
fn domain_value(value: &str) -> String {
    crate::checks::to_ascii(value).unwrap_or_else(|| value.to_owned())
}

fn folder(indicator: &Indicator) -> Option<String> {
    indicator.observables.iter().find_map(|observable| match observable {
        Observable::Path(path) => {
            let (folder, _) = path.as_str().rsplit_once(['\\', '/'])?;
            Some(fold(folder).replace('/', "\\"))
        }
        _ => None,
    })
}

/// The order in which an indicator's values are shown: where, what it is called, then its digests.
fn order(observable: &Observable) -> u8 {
    match observable {
        Observable::Path(_) => 0,
        Observable::FileName(_) => 1,
        Observable::Digest(digest) => match digest.algorithm() {
            Algorithm::Md5 => 2,
            Algorithm::Sha1 => 3,
            Algorithm::Sha256 => 4,
        },
        _ => 5,
    }
}

fn label(entry: &Entry, values: &[&Observable]) -> String {
    if let Some(label) = &entry.label {
        return label.clone();
    }
    let value = match values.first() {
        Some(Observable::Path(path)) => path.file_name().to_owned(),
        Some(Observable::Digest(digest)) => {
            let text = digest.to_string();
            format!("{} {}…", digest.algorithm().name(), &text[..12])
        }
        Some(value) => value.value(),
        None => String::new(),
    };
    value.chars().take(LABEL_CHARS_MAX).collect()
}

/// Makes an id of a label.
pub(crate) fn slug(label: &str) -> String {
    let mut slug = String::new();
    for c in crate::text::plain(label).chars() {
        let c = if c.is_ascii_alphanumeric() || "._".contains(c) { c } else { '-' };
        if c != '-' || !(slug.is_empty() || slug.ends_with('-')) {
            slug.push(c);
        }
        if slug.len() == ID_CHARS_MAX {
            break;
        }
    }
    let slug = slug.trim_matches('-');
    if slug.is_empty() {
        "indicator".to_owned()
    } else {
        slug.to_owned()
    }
}

/// Ids that are taken.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    taken: HashSet<String>,
    /// For each id that was wanted twice, the next number to try.
    next: HashMap<String, u64>,
}

impl Ids {
    /// Takes `wanted`, or `wanted-2` and so on where it is taken already.
    pub(crate) fn take(&mut self, wanted: &str) -> String {
        let mut id = wanted.to_owned();
        while !self.taken.insert(id.clone()) {
            let next = self.next.entry(wanted.to_owned()).or_insert(1);
            *next += 1;
            let stem = &wanted[..wanted.len().min(ID_CHARS_MAX - 8)];
            id = format!("{stem}-{next}");
        }
        id
    }
}

impl FromIterator<String> for Ids {
    fn from_iter<T: IntoIterator<Item = String>>(taken: T) -> Self {
        Self {
            taken: taken.into_iter().collect(),
            next: HashMap::new(),
        }
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::AbusedLegitimate => "abused-legitimate",
        Role::Context => "context",
        Role::Payload => "payload",
    }
}

/// Writes a range of sizes in bytes.
pub(crate) fn size_text(size: SizeRange) -> String {
    if size.min_bytes() == size.max_bytes() {
        format!("{} bytes", size.min_bytes())
    } else {
        format!("{}–{} bytes", size.min_bytes(), size.max_bytes())
    }
}
