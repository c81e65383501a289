//! What is weak about an indicator: it will be found on healthy hosts, or missed on others.

use std::collections::{BTreeSet, HashSet};

use domain::Algorithm;

use crate::checks::{is_ordinary_place, is_system_name};
use crate::material::{Entry, Flaw, Found, Kind, Place, Reported};
use crate::problem::ProblemCode;
use crate::text::last_component;

/// Warns of what will be found on healthy hosts, or not at all.
pub(super) fn weaknesses(entry: &Entry, refused: &HashSet<Place>) -> Vec<Reported> {
    let first_digest = entry
        .found
        .iter()
        .find(|found| matches!(found.kind, Kind::Digest(_)));
    let is_refused = |found: &Found| refused.contains(&found.place);
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
            let given: BTreeSet<&str> = entry
                .found
                .iter()
                .filter_map(|found| match found.kind {
                    Kind::Digest(algorithm) => Some(algorithm.name()),
                    _ => None,
                })
                .collect();
            let name = names.first().map_or_else(
                || digest.written.clone(),
                |name| last_component(&name.value).to_owned(),
            );
            let given = given.into_iter().collect::<Vec<_>>().join(", ");
            flaws.push((
                digest,
                Flaw::warning(ProblemCode::DigestWeak)
                    .with("given", given)
                    .with("name", name),
            ));
        }
        if !entry.found.iter().any(|found| found.kind == Kind::Size) {
            flaws.push((
                names.first().copied().unwrap_or(digest),
                Flaw::warning(ProblemCode::NoSize),
            ));
        }
    }
    for algorithm in Algorithm::ALL {
        let mut same = entry
            .found
            .iter()
            .filter(|found| found.kind == Kind::Digest(algorithm));
        if let (Some(one), Some(other)) = (same.next(), same.next())
            && !one.value.eq_ignore_ascii_case(&other.value)
        {
            let flaw =
                Flaw::warning(ProblemCode::DigestContradiction).with("algorithm", algorithm.name());
            flaws.push((other, flaw));
        }
    }
    let has_folder = entry
        .found
        .iter()
        .any(|found| matches!(found.kind, Kind::Folder | Kind::Path));
    // A value that is refused may well have been the digest.
    let is_damaged = entry.found.iter().any(is_refused);
    for name in names.into_iter().filter(|_| !is_damaged) {
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
    flaws
        .into_iter()
        .map(|(found, flaw)| Reported {
            place: Some(found.place),
            value: found.written.clone(),
            flaw,
        })
        .collect()
}
