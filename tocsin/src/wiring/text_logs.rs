//! Introduces the search of text logs to the sweep: the alert's domains, addresses, URLs and digests.

use domain::{Alert, CheckKind, ItemKind, Observable};
use jiff::Timestamp;
use logs::{LogMatch, LogPatterns, LogSearch, Sought, What};
use sweep::{
    Check, Detector, DetectorError, DetectorSession, Fingerprint, Interest, ItemFacts, Match,
    PartSet, Proof, Unsought,
};

use super::fingerprint;

/// Changes when logs are read differently: what was judged before is then judged again.
const VERSION: &str = "text logs 1";

/// What one alert seeks in logs of any kind.
pub struct SoughtInLogs {
    patterns: LogPatterns,
    /// By the number of what is sought.
    checks: Vec<Check>,
    /// By the number of what is sought: as the alert states it.
    stated: Vec<String>,
    /// By the number of what is sought: a value that it means.
    samples: Vec<String>,
    /// Each value with its indicator: a remembered match says which that was.
    values: Vec<String>,
}

impl SoughtInLogs {
    /// Makes the search; nothing where the alert seeks nothing that stands in logs.
    pub fn of(alert: &Alert) -> Option<Self> {
        let mut checks = Vec::new();
        let mut sought = Vec::new();
        let mut stated = Vec::new();
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
                values.push(format!("{} {kind} {value}", indicator.id));
                stated.push(value);
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
            stated,
            samples,
            values,
        })
    }

    /// Returns the fingerprint of an engine of this version that seeks it.
    pub fn fingerprint(&self, engine: &str) -> Fingerprint {
        fingerprint::of(engine, self.values.iter().cloned())
    }

    /// Returns the checks that can be made, each once.
    pub fn checks(&self) -> Vec<Check> {
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

    /// Returns the values that cannot be sought, though their check is made with others.
    pub fn unsought(&self) -> Vec<Unsought> {
        let unsearchable = self.patterns.unsearchable().iter();
        unsearchable
            .map(|id| Unsought {
                check: self.checks[*id].clone(),
                value: self.stated[*id].clone(),
            })
            .collect()
    }

    /// Returns the check of the number of what is sought.
    pub fn check(&self, id: usize) -> &Check {
        &self.checks[id]
    }

    /// Makes a search of one log after another.
    pub fn search(&self) -> LogSearch<'_> {
        self.patterns.search()
    }

    /// Searches for each value in the line that `line_of` makes of it.
    pub fn self_test(&self, line_of: &dyn Fn(&str) -> String) -> Vec<(Check, Proof)> {
        let mut search = self.patterns.search();
        let numbered = self.checks.iter().enumerate();
        numbered
            .map(|(id, check)| {
                search.start(None);
                search.push(line_of(&self.samples[id]).as_bytes());
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
}

/// Searches text logs for what one alert seeks.
pub struct TextLogDetector {
    sought: SoughtInLogs,
    fingerprint: Fingerprint,
}

impl TextLogDetector {
    /// Makes the search; nothing where the alert seeks nothing that stands in logs.
    pub fn for_alert(alert: &Alert) -> Option<Self> {
        let sought = SoughtInLogs::of(alert)?;
        Some(Self {
            fingerprint: sought.fingerprint(VERSION),
            sought,
        })
    }
}

impl Detector for TextLogDetector {
    fn checks(&self) -> Vec<Check> {
        self.sought.checks()
    }

    fn unsought(&self) -> Vec<Unsought> {
        self.sought.unsought()
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
        self.sought
            .self_test(&|sample| format!("2016-08-03T10:00:00Z sample {sample}\n"))
    }

    fn session(&self) -> Box<dyn DetectorSession + '_> {
        Box::new(TextLogSession {
            search: self.sought.search(),
            sought: &self.sought,
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
    sought: &'d SoughtInLogs,
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
                check: self.sought.check(found.id).clone(),
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
