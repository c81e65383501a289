//! Makes indicators of what was read.

use std::collections::{HashMap, HashSet};

use domain::name_pattern::fold;
use domain::{Algorithm, Combination, Indicator, Observable, Role, SizeRange};

use super::combinations::combine;
use super::ids::{Ids, is_id, slug};
use super::weaknesses::weaknesses;
use crate::checks::parse_size;
use crate::material::{Entry, Flaw, Found, Kind, Material, Place, Reported, RolePhrase, push};
use crate::options::DraftOptions;
use crate::problem::{ProblemCode, role_name};
use crate::text::last_component;

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
pub(crate) fn build(
    material: &Material,
    refused: &HashSet<Place>,
    options: &DraftOptions,
) -> Sought {
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
    let mut sought = builder.sought;
    combine(material, &mut sought);
    sought
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
        for reported in weaknesses(entry, self.refused) {
            push(&mut self.sought.reported, reported);
        }
        let values: Vec<&Observable> = observables
            .iter()
            .map(|(_, observable)| observable)
            .collect();
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
            let other = *self
                .by_observable
                .entry(observable.clone())
                .or_insert(index);
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
    fn observables<'f>(
        &mut self,
        entry: &Entry,
        usable: &[&'f Found],
    ) -> Vec<(&'f Found, Observable)> {
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
                Kind::FileName if !entry.is_stated && path_names.contains(&fold(&found.value)) => {
                    continue;
                }
                Kind::FileName if folder.is_some() && !has_path => {
                    let folder =
                        folder.map_or("", |folder| folder.value.trim_end_matches(['\\', '/']));
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
                (None, Kind::Size) => {
                    parse_size(&found.value).map_or_else(|_| found.value.clone(), size_text)
                }
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
            if !is_id(id) {
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
            let indicator = by_value
                .get(&folded)
                .or_else(|| by_name.get(&folded))
                .cloned();
            self.sought.used.push(Used {
                found: found.clone(),
                normalised: found.value.clone(),
                indicator,
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

/// Writes a range of sizes in bytes.
pub(crate) fn size_text(size: SizeRange) -> String {
    if size.min_bytes() == size.max_bytes() {
        format!("{} bytes", size.min_bytes())
    } else {
        format!("{}–{} bytes", size.min_bytes(), size.max_bytes())
    }
}
