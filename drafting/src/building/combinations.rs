//! Combinations: those that inputs state, and those that roles and folders suggest.

use std::collections::{HashMap, HashSet};

use domain::name_pattern::fold;
use domain::{Combination, Indicator, Observable, Role, Within};

use super::ids::{Ids, is_id, slug};
use super::indicators::Sought;
use crate::material::{Flaw, Material, Place, Reported, push};
use crate::problem::ProblemCode;

/// Combinations that are proposed: an alert with more is stated, not pasted.
const PROPOSED_MAX: usize = 100;

/// Makes the combinations of what is sought.
pub(super) fn combine(material: &Material, sought: &mut Sought) {
    stated(material, sought);
    // Whoever states combinations has thought about which there are.
    if material.combinations.is_empty() {
        propose(sought);
    }
}

fn report(sought: &mut Sought, place: Place, value: &str, flaw: Flaw) {
    let reported = Reported {
        place: Some(place),
        value: value.to_owned(),
        flaw,
    };
    push(&mut sought.reported, reported);
}

/// Takes over the combinations that inputs state, as far as their indicators are there.
fn stated(material: &Material, sought: &mut Sought) {
    let ids: HashSet<String> = sought
        .indicators
        .iter()
        .map(|indicator| indicator.id.clone())
        .collect();
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
                report(sought, combination.place, &combination.id, flaw);
            }
            continue;
        }
        if !seen.insert(combination.id.clone()) {
            report(
                sought,
                combination.place,
                &combination.id,
                Flaw::refused(ProblemCode::DuplicateId),
            );
            continue;
        }
        if !is_id(&combination.id) {
            let flaw = Flaw::refused(ProblemCode::IdMalformed).meant(Some(slug(&combination.id)));
            report(sought, combination.place, &combination.id, flaw);
            continue;
        }
        sought.combinations.push(Combination {
            id: combination.id.clone(),
            all_of: combination.all_of.clone(),
            within: combination.within,
        });
    }
}

/// Proposes that a legitimate program beside the malware that uses it is more than either alone.
fn propose(sought: &mut Sought) {
    let folders: Vec<(usize, String)> = sought
        .indicators
        .iter()
        .enumerate()
        .filter_map(|(index, indicator)| Some((index, folder(indicator)?)))
        .collect();
    let mut payloads: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, folder) in &folders {
        if sought.indicators[*index].role == Role::Payload {
            payloads.entry(folder).or_default().push(*index);
        }
    }
    let mut proposed = Vec::new();
    for (index, folder) in &folders {
        let abused = &sought.indicators[*index];
        if abused.role != Role::AbusedLegitimate {
            continue;
        }
        let beside = payloads.get(folder.as_str()).into_iter().flatten();
        for payload in beside.take(PROPOSED_MAX - proposed.len()) {
            let payload = &sought.indicators[*payload];
            proposed.push((abused.id.clone(), payload.id.clone()));
        }
    }
    let mut ids = Ids::default();
    for (abused, payload) in proposed {
        let place = sought
            .used
            .iter()
            .find(|used| used.indicator.as_ref() == Some(&payload))
            .map(|used| used.found.place);
        let flaw = Flaw::note(ProblemCode::CombinationProposed)
            .with("abused", &abused)
            .with("payload", &payload);
        if let Some(place) = place {
            report(sought, place, &payload, flaw);
        }
        sought.combinations.push(Combination {
            id: ids.take(&slug(&format!("{abused}-with-{payload}"))),
            all_of: vec![abused, payload],
            within: Within::Folder,
        });
    }
}

fn folder(indicator: &Indicator) -> Option<String> {
    indicator
        .observables
        .iter()
        .find_map(|observable| match observable {
            Observable::Path(path) => {
                let (folder, _) = path.as_str().rsplit_once(['\\', '/'])?;
                Some(fold(folder).replace('/', "\\"))
            }
            _ => None,
        })
}
