//! Introduces the search of text logs to the sweep: the alert's domains, addresses, URLs and digests.

use domain::{Alert, CheckKind, ItemKind, Observable};
use jiff::Timestamp;
use logs::{LogMatch, LogPatterns, LogSearch, Sought, What};
use sweep::{
    Check, Detector, DetectorError, DetectorSession, Fingerprint, Interest, ItemFacts, Match,
    PartSet, Proof,
};

use super::fingerprint;

/// Changes when logs are read differently: what was judged before is then judged again.
const VERSION: &str = "text logs 1";

/// Searches text logs for what one alert seeks.
pub struct TextLogDetector {
    patterns: LogPatterns,
    /// By the number of what is sought.
    checks: Vec<Check>,
    /// By the number of what is sought: a value that it means.
    samples: Vec<String>,
    fingerprint: Fingerprint,
}

impl TextLogDetector {
    /// Makes the search; nothing where the alert seeks nothing that stands in logs.
    pub fn for_alert(alert: &Alert) -> Option<Self> {
        let mut checks = Vec::new();
        let mut sought = Vec::new();
        let mut values = Vec::new();
        let mut samples = Vec::new();
        for indicator in &alert.indicators {
            for observable in &indicator.observables {
                let what = match observable {
                    Observable::Digest(digest) => What::Digest(*digest),
                    Observable::Domain(pattern) => What::Domain(pattern.clone()),
                    Observable::Network(block) => What::Network(*block),
                    Observable::Url(url) => What::Url(url.clone()),
                    _ => continue,
                };
                sought.push(Sought {
                    id: checks.len(),
                    what,
                });
                checks.push(Check {
                    kind: CheckKind::of(observable),
                    indicator: indicator.id.clone(),
                });
                let (kind, value) = (observable.kind(), observable.value());
                // A remembered match says which indicator it was.
                values.push(format!("{} {kind} {value}", indicator.id));
                samples.push(sample_of(observable));
            }
        }
        // Digests alone are no reason to read every log: they stand in few.
        let of_network = |check: &Check| check.kind != CheckKind::Digest;
        if !checks.iter().any(of_network) {
            return None;
        }
        Some(Self {
            patterns: LogPatterns::new(&sought),
            checks,
            samples,
            fingerprint: fingerprint::of(VERSION, values.into_iter()),
        })
    }
}

impl Detector for TextLogDetector {
    fn checks(&self) -> Vec<Check> {
        let unsearchable = self.patterns.unsearchable();
        let searched = self.checks.iter().enumerate();
        let mut checks: Vec<Check> = searched
            .filter(|(id, _)| !unsearchable.contains(id))
            .map(|(_, check)| check.clone())
            .collect();
        checks.sort_unstable();
        checks.dedup();
        checks
    }

    fn parts(&self) -> Vec<Fingerprint> {
        vec![self.fingerprint]
    }

    fn kind(&self) -> Option<Fingerprint> {
        Some(fingerprint::of_kind(VERSION))
    }

    fn interest(&self, item: &ItemFacts<'_>, _parts: &PartSet, head: Option<&[u8]>) -> Interest {
        let is_content = matches!(item.kind, ItemKind::File | ItemKind::Member);
        let path = item.path.as_os_str().as_encoded_bytes();
        if !is_content || item.size_bytes == 0 || !logs::may_be_log(path) {
            return Interest::Nothing;
        }
        match head {
            None => Interest::Head,
            Some(head) if logs::looks_like_text_log(path, head) => Interest::Pieces,
            Some(_) => Interest::Nothing,
        }
    }

    /// Searches one log with a line for each value.
    fn self_test(&self) -> Vec<(Check, Proof)> {
        let numbered = self.checks.iter().enumerate();
        numbered
            .map(|(id, check)| {
                let mut search = self.patterns.search();
                search.start(None);
                search
                    .push(format!("2016-08-03T10:00:00Z sample {}\n", self.samples[id]).as_bytes());
                let found = search.finish().matches.iter().any(|found| found.id == id);
                let proof = if found {
                    Proof::Works
                } else {
                    Proof::Fails(format!("'{}' was not found in a log", self.samples[id]))
                };
                (check.clone(), proof)
            })
            .collect()
    }

    fn session(&self) -> Box<dyn DetectorSession + '_> {
        Box::new(TextLogSession {
            search: self.patterns.search(),
            checks: &self.checks,
        })
    }
}

/// Returns what a log says where an observable is met.
fn sample_of(observable: &Observable) -> String {
    match observable {
        Observable::Domain(pattern) if pattern.is_wildcard() => format!("any.{}", pattern.name()),
        Observable::Network(block) => block.address().to_string(),
        observable => observable.value(),
    }
}

struct TextLogSession<'d> {
    search: LogSearch<'d>,
    checks: &'d [Check],
}

impl DetectorSession for TextLogSession<'_> {
    fn start(&mut self, item: &ItemFacts<'_>, _parts: &PartSet) -> Result<(), DetectorError> {
        let written_at = item.modified.and_then(|at| Timestamp::from_second(at).ok());
        self.search.start(written_at);
        Ok(())
    }

    fn push(&mut self, piece: &[u8]) -> Result<(), DetectorError> {
        self.search.push(piece);
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<Match>, DetectorError> {
        let outcome = self.search.finish();
        let matches = outcome.matches.into_iter();
        Ok(matches
            .map(|found| Match {
                part: 0,
                check: self.checks[found.id].clone(),
                place: Some(place_of(&found)),
                value: found.value,
            })
            .collect())
    }
}

fn place_of(found: &LogMatch) -> String {
    let time = found.at.map(|at| format!(", {at}")).unwrap_or_default();
    format!("line {}{time}: {}", found.line, found.excerpt.trim())
}
