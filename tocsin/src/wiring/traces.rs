//! Introduces what Windows leaves behind: registry keys, services, tasks, and the paths that links and caches name.

use std::ops::ControlFlow;

use artefacts::{Damaged, Data, Kind, Limits, Matcher, Trace, What};
use domain::{Alert, CheckKind, Digest, ItemKind, Observable, Reason};
use sweep::{
    Check, Detector, DetectorError, DetectorSession, Fingerprint, Interest, ItemFacts, Match,
    PartSet, Proof,
};

use super::fingerprint;

/// Changes when traces are read differently: what was judged before is then judged again.
const VERSION: &str = "traces 1";
/// Matches kept of one content: a hive in which more match is no evidence, but a bad alert.
const MATCHES_MAX: usize = 1_000;

/// Seeks what one alert describes in hives, tasks, links and caches.
pub struct TraceDetector {
    matcher: Matcher,
    /// By the number of what is sought.
    checks: Vec<Check>,
    /// Numbers that the matcher cannot seek: such a check is not available.
    unsought: Vec<usize>,
    /// By the number of what is sought: what a trace of it says.
    samples: Vec<(What, String)>,
    fingerprint: Fingerprint,
}

impl TraceDetector {
    /// Makes the detector; nothing where the alert seeks nothing that leaves such a trace.
    pub fn for_alert(alert: &Alert) -> Option<Self> {
        let mut checks = Vec::new();
        let mut sought: Vec<(usize, &Observable)> = Vec::new();
        for indicator in &alert.indicators {
            for observable in &indicator.observables {
                if leaves_traces(observable) {
                    sought.push((checks.len(), observable));
                    checks.push(Check {
                        kind: CheckKind::of(observable),
                        indicator: indicator.id.clone(),
                    });
                }
            }
        }
        if checks.is_empty() {
            return None;
        }
        let (matcher, unsought) = Matcher::new(&sought);
        let texts = sought
            .iter()
            .map(|(_, observable)| format!("{} {}", observable.kind(), observable.value()));
        Some(Self {
            matcher,
            checks,
            samples: sought.iter().map(|(_, one)| sample_of(one)).collect(),
            unsought: unsought.into_iter().map(|(id, _)| id).collect(),
            fingerprint: fingerprint::of(VERSION, texts),
        })
    }
}

/// Tells whether Windows keeps such things somewhere.
const fn leaves_traces(observable: &Observable) -> bool {
    match observable {
        Observable::Digest(digest) => matches!(digest, Digest::Sha1(_)),
        Observable::Domain(_)
        | Observable::FileName(_)
        | Observable::Path(_)
        | Observable::RegistryKey(_)
        | Observable::RegistryValue(_)
        | Observable::ScheduledTask(_)
        | Observable::Service(_)
        | Observable::Url(_) => true,
        Observable::Mutex(_) | Observable::NamedPipe(_) | Observable::Network(_) => false,
    }
}

impl Detector for TraceDetector {
    fn checks(&self) -> Vec<Check> {
        let numbered = self.checks.iter().enumerate();
        let mut checks: Vec<Check> = numbered
            .filter(|(id, _)| !self.unsought.contains(id))
            .map(|(_, check)| check.clone())
            .collect();
        checks.sort_unstable();
        checks.dedup();
        checks
    }

    fn parts(&self) -> Vec<Fingerprint> {
        vec![self.fingerprint]
    }

    fn interest(&self, item: &ItemFacts<'_>, _parts: &PartSet, head: Option<&[u8]>) -> Interest {
        let is_content = matches!(item.kind, ItemKind::File | ItemKind::Member);
        let path = item.path.as_os_str().as_encoded_bytes();
        if !is_content || !artefacts::may_be(path, item.size_bytes) {
            return Interest::Nothing;
        }
        match head {
            None => Interest::Head,
            Some(head) if content_kind(path, head).is_some() => Interest::Whole,
            Some(_) => Interest::Nothing,
        }
    }

    /// Compares one trace for each value.
    fn self_test(&self) -> Vec<(Check, Proof)> {
        let numbered = self.checks.iter().zip(&self.samples).enumerate();
        numbered
            .map(|(id, (check, (what, text)))| {
                let (text, data) = text.split_once('=').unwrap_or((text, ""));
                let trace = Trace {
                    what: *what,
                    text,
                    data: Data::Text(data),
                    location: "sample",
                    at: None,
                };
                let mut found = Vec::new();
                self.matcher.matches(&trace, &mut found);
                let proof = if found.contains(&id) {
                    Proof::Works
                } else {
                    Proof::Fails(format!("a trace of '{text}' was not recognised"))
                };
                (check.clone(), proof)
            })
            .collect()
    }

    fn session(&self) -> Box<dyn DetectorSession + '_> {
        Box::new(TraceSession(self))
    }
}

/// Returns a trace of an observable.
fn sample_of(observable: &Observable) -> (What, String) {
    let named = |value: String| value.replace('*', "any");
    match observable {
        Observable::Digest(digest) => (What::Sha1, digest.to_string()),
        Observable::Domain(pattern) => {
            let below = if pattern.is_wildcard() { "any." } else { "" };
            (What::Url, format!("http://{below}{}/", pattern.name()))
        }
        Observable::FileName(name) => (What::FilePath, format!("C:\\any\\{name}")),
        Observable::Path(path) => (
            What::FilePath,
            format!("C:{}", path.sample().replace('/', "\\")),
        ),
        Observable::RegistryKey(key) => (What::RegistryKey, as_a_hive_says(&named(key.clone()))),
        Observable::RegistryValue(value) => {
            (What::RegistryValue, as_a_hive_says(&named(value.clone())))
        }
        Observable::ScheduledTask(task) => (
            What::ScheduledTask,
            format!("\\{}", task.trim_start_matches('\\')),
        ),
        Observable::Service(service) => (What::Service, service.clone()),
        Observable::Url(url) => (What::Url, url.clone()),
        observable => (What::FileName, observable.value()),
    }
}

/// Returns a key as a trace writes it: with the short name of its root, and a user where an alert means any.
fn as_a_hive_says(key: &str) -> String {
    let roots = [
        ("HKEY_LOCAL_MACHINE", "HKLM"),
        ("HKEY_CURRENT_USER", r"HKU\any"),
        ("HKEY_USERS", "HKU"),
        ("HKEY_CLASSES_ROOT", r"HKLM\SOFTWARE\Classes"),
        ("HKCU", r"HKU\any"),
        ("HKCR", r"HKLM\SOFTWARE\Classes"),
        ("SYSTEM", r"HKLM\SYSTEM"),
        ("SOFTWARE", r"HKLM\SOFTWARE"),
        ("SAM", r"HKLM\SAM"),
        ("SECURITY", r"HKLM\SECURITY"),
    ];
    let (root, rest) = key.split_once('\\').unwrap_or((key, ""));
    let meant = roots
        .iter()
        .find(|(written, _)| written.eq_ignore_ascii_case(root.trim_end_matches(':')))
        .map_or(root, |(_, meant)| meant);
    format!("{meant}\\{rest}")
}

/// Volumes are containers, which others open.
fn content_kind(path: &[u8], head: &[u8]) -> Option<Kind> {
    artefacts::recognise(path, head)
        .filter(|kind| !matches!(kind, Kind::MasterFileTable | Kind::NtfsVolume))
}

struct TraceSession<'d>(&'d TraceDetector);

impl DetectorSession for TraceSession<'_> {
    fn scan(
        &mut self,
        item: &ItemFacts<'_>,
        _parts: &PartSet,
        content: &[u8],
    ) -> Result<Vec<Match>, DetectorError> {
        let path = item.path.as_os_str().as_encoded_bytes();
        let Some(kind) = content_kind(path, content) else {
            return Ok(Vec::new());
        };
        let mut matches = Vec::new();
        let mut found = Vec::new();
        let mut each = |trace: &Trace<'_>| {
            self.0.matcher.matches(trace, &mut found);
            for id in found.drain(..) {
                matches.push(match_of(&self.0.checks[id], trace));
            }
            if matches.len() < MATCHES_MAX {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        let outcome = artefacts::read(kind, path, content, &Limits::default(), &mut each);
        match outcome {
            Err(damaged) if matches.is_empty() => Err(DetectorError {
                reason: reason_of(&damaged),
                message: damaged.to_string(),
            }),
            _ => Ok(matches),
        }
    }
}

fn match_of(check: &Check, trace: &Trace<'_>) -> Match {
    let data = match trace.what {
        What::RegistryValue | What::Service => trace.data.to_text(),
        _ => String::new(),
    };
    let mut place = trace.location.to_owned();
    if let Some(at) = trace
        .at
        .and_then(|at| jiff::Timestamp::from_second(at).ok())
    {
        place = format!("{place}, {at}");
    }
    if !data.is_empty() {
        let data: String = data.chars().take(200).collect();
        place = format!("{place}: {data}");
    }
    Match {
        part: 0,
        check: check.clone(),
        value: trace.text.to_owned(),
        place: Some(place),
    }
}

const fn reason_of(damaged: &Damaged) -> Reason {
    match damaged {
        Damaged::Limit { .. } => Reason::Budget,
        Damaged::Io(_) => Reason::ReadError,
        _ => Reason::Damaged,
    }
}
