//! Each check of an alert on a sample made for it, before the sweep: a zero afterwards is a fact and no broken detector.
//!
//! A digest cannot be turned round into a content. Its check is proven with the digest of a sample in its place: by the
//! same algorithm, the same table and the same look-up.

use domain::{CheckKind, Digest, Indicator, Observable, SelfTest};

use crate::contained::contained;
use crate::detector::{Check, Proof};
use crate::hash::{AlgorithmSet, Digests};
use crate::names::{ItemComponents, NameKind, NameTable};
use crate::plan::{TargetPlan, Wanted, is_of_files, names_of};

/// The content whose digests stand for those sought.
const SAMPLE: &[u8] = b"Tocsin self-test sample";
/// Digests of the sample, from an independent implementation (`md5sum`, `sha1sum`, `sha256sum`).
const SAMPLE_DIGESTS: [&str; 3] = [
    "e9934dceb0eb5fa38517ac0ab5b2ca01",
    "76c34cb19a2c89827e8ffad7f3706b7d5fd213e1",
    "cb7ae62782dbc96adb14edf66fba3f4f4049db15f61e829e601cbad4164e2cab",
];
/// Checks named in a report, of each kind of outcome.
const NAMED_MAX: usize = 100;

/// Proves every check of one alert.
pub(crate) fn self_test(target: &TargetPlan<'_>) -> SelfTest {
    let mut test = SelfTest::default();
    let hashing = prove_hashing();
    for indicator in &target.alert.indicators {
        let mut kinds: Vec<CheckKind> = indicator.observables.iter().map(CheckKind::of).collect();
        kinds.retain(|kind| is_of_files(*kind));
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            let proof = match kind {
                CheckKind::Digest => prove_digests(indicator, &hashing),
                kind => prove_names(indicator, kind),
            };
            let indicator = indicator.id.clone();
            test.note(&Check { kind, indicator }, &proof);
        }
    }
    let mut proofs: Vec<(Check, Proof)> = target
        .detectors
        .iter()
        .flat_map(|planned| {
            contained(|| planned.detector.self_test()).unwrap_or_else(|| {
                let failed = || Proof::Fails("the detector panicked".to_owned());
                let checks = planned.checks.iter().cloned();
                checks.map(|check| (check, failed())).collect()
            })
        })
        .collect();
    proofs.retain(|(check, _)| target.check_number(check).is_some());
    for planned in &target.checks {
        let mine = proofs.iter().filter(|(check, _)| *check == planned.check);
        let proof = mine
            .map(|(_, proof)| proof)
            .max_by_key(|proof| weight(proof));
        match proof {
            Some(proof) => test.note(&planned.check, proof),
            // Comparing an address or a name with one is proven where the patterns are.
            None if !planned.makers.is_empty() => test.note(&planned.check, &Proof::Works),
            None => {
                let missing = Proof::Fails("not available here".to_owned());
                test.note(&planned.check, &missing);
            }
        }
    }
    test
}

/// One that fails outweighs one that works: whoever was to make the check could have missed it.
const fn weight(proof: &Proof) -> u8 {
    match proof {
        Proof::NoSample => 0,
        Proof::NotTried => 1,
        Proof::Works => 2,
        Proof::Fails(_) => 3,
    }
}

trait Noting {
    fn note(&mut self, check: &Check, proof: &Proof);
}

impl Noting for SelfTest {
    fn note(&mut self, check: &Check, proof: &Proof) {
        self.total += 1;
        let name = format!("{} {}", check.kind.observable_kind(), check.indicator);
        let (list, line) = match proof {
            Proof::Works => {
                self.passed += 1;
                return;
            }
            Proof::Fails(why) => (&mut self.failures, format!("{name}: {why}")),
            Proof::NoSample => (&mut self.untested, name),
            Proof::NotTried => (&mut self.untested, format!("{name} (no time to try)")),
        };
        if list.len() < NAMED_MAX {
            list.push(line);
        }
    }
}

/// Hashes the sample and compares with what another program says of it.
fn prove_hashing() -> Vec<(Digest, bool)> {
    let digests = Digests::of(SAMPLE, AlgorithmSet::ALL);
    digests
        .iter()
        .map(|digest| {
            (
                digest,
                SAMPLE_DIGESTS.contains(&digest.to_string().as_str()),
            )
        })
        .collect()
}

fn prove_digests(indicator: &Indicator, hashing: &[(Digest, bool)]) -> Proof {
    let works = |wanted: Digest| {
        hashing
            .iter()
            .any(|(digest, right)| digest.algorithm() == wanted.algorithm() && *right)
    };
    match indicator.digests().find(|wanted| !works(*wanted)) {
        None => Proof::Works,
        Some(wanted) => Proof::Fails(format!("{:?} of a sample is wrong", wanted.algorithm())),
    }
}

/// Looks up a path that each name or path of the indicator describes.
fn prove_names(indicator: &Indicator, kind: CheckKind) -> Proof {
    let wanted = Wanted {
        target: 0,
        indicator: 0,
    };
    let table = NameTable::new(names_of(indicator, wanted));
    for observable in &indicator.observables {
        let sample = match observable {
            Observable::FileName(name) => format!("/any/{}", name.as_str()),
            Observable::Path(path) => path.sample(),
            _ => continue,
        };
        if CheckKind::of(observable) != kind {
            continue;
        }
        let name = sample.rsplit('/').next().unwrap_or(&sample);
        let mut found = Vec::new();
        let components = || ItemComponents::of(sample.as_bytes());
        table.find(name.as_bytes(), &components, &mut found);
        let is_found = found.iter().any(|entry| match (entry.kind, observable) {
            (NameKind::FileName(found), Observable::FileName(sought)) => found == sought,
            (NameKind::Path(found), Observable::Path(sought)) => found == sought,
            _ => false,
        });
        if !is_found {
            return Proof::Fails(format!("'{sample}' was not found"));
        }
    }
    Proof::Works
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_has_the_digests_that_other_programs_say() {
        let proven = prove_hashing();
        assert_eq!(proven.len(), 3);
        assert!(proven.iter().all(|(_, right)| *right), "{proven:?}");
    }

    #[test]
    fn a_digest_of_a_broken_algorithm_fails_and_says_so() {
        let md5 = Digest::parse(domain::Algorithm::Md5, &"0".repeat(32)).unwrap();
        let indicator = Indicator {
            id: "a".to_owned(),
            label: "a".to_owned(),
            role: domain::Role::Payload,
            confidence: domain::Confidence::High,
            size: None,
            observables: vec![Observable::Digest(md5)],
        };
        assert_eq!(prove_digests(&indicator, &[(md5, true)]), Proof::Works);
        let broken = prove_digests(&indicator, &[(md5, false)]);
        assert!(matches!(broken, Proof::Fails(_)), "{broken:?}");
    }

    #[test]
    fn names_and_paths_of_every_form_are_found_by_their_samples() {
        for value in [
            r"C:\Windows\system32\DiskMgers.dll",
            r"%TEMP%\*",
            r"%APPDATA%\*\x.exe",
            "/usr/bin/x",
        ] {
            let indicator = Indicator {
                id: "a".to_owned(),
                label: "a".to_owned(),
                role: domain::Role::Payload,
                confidence: domain::Confidence::High,
                size: None,
                observables: vec![Observable::new("path", value).unwrap()],
            };
            let proof = prove_names(&indicator, CheckKind::Path);
            assert_eq!(proof, Proof::Works, "{value}");
        }
    }
}
