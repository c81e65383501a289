//! Introduces what Windows leaves behind: registry keys, services, tasks, and the paths that links and caches name.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::ops::ControlFlow;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use artefacts::{Damaged, Data, Kind, Limits, Matcher, RegistryPattern, Trace, What};
use domain::{Alert, CheckKind, Digest, ItemKind, Observable, Reason};
use sweep::{
    Check, Detector, DetectorError, DetectorSession, Fingerprint, Interest, ItemFacts, Match,
    PartSet, Proof, Unsought,
};

use super::fingerprint;

/// Changes when traces are read differently: what was judged before is then judged again.
const VERSION: &str = "traces 2";
/// Matches of one check that are kept of one content; the rest is counted, and said with the last.
const MATCHES_PER_CHECK: usize = 100;
/// Matches of one content after which each check keeps its first only.
const MATCHES_MAX: usize = 10_000;
/// Bytes of a hive's log that are read: twice the largest that Windows writes.
const LOG_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Seeks what one alert describes in hives, tasks, links and caches.
pub struct TraceDetector {
    matcher: Matcher,
    /// By the number of what is sought.
    checks: Vec<Check>,
    /// By the number of what is sought: as the alert states it.
    values: Vec<String>,
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
        // A remembered match says which indicator it was.
        let texts = sought.iter().map(|(id, observable)| {
            let (kind, value) = (observable.kind(), observable.value());
            format!("{} {kind} {value}", checks[*id].indicator)
        });
        let fingerprint = fingerprint::of(VERSION, texts);
        Some(Self {
            matcher,
            checks,
            values: sought.iter().map(|(_, one)| one.value()).collect(),
            samples: sought.iter().map(|(_, one)| sample_of(one)).collect(),
            unsought: unsought.into_iter().map(|(id, _)| id).collect(),
            fingerprint,
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

    fn unsought(&self) -> Vec<Unsought> {
        let unsought = self.unsought.iter();
        unsought
            .map(|id| Unsought {
                check: self.checks[*id].clone(),
                value: self.values[*id].clone(),
            })
            .collect()
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
        Box::new(TraceSession {
            detector: self,
            is_of_dirty_hive: false,
        })
    }
}

/// Returns a trace of an observable.
fn sample_of(observable: &Observable) -> (What, String) {
    let said = |pattern: RegistryPattern| match pattern.sample() {
        (key, Some(data)) => format!("{key}={data}"),
        (key, None) => key,
    };
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
        Observable::RegistryKey(key) => {
            let pattern = RegistryPattern::parse_key(key);
            (
                What::RegistryKey,
                pattern.map_or_else(|_| key.clone(), said),
            )
        }
        Observable::RegistryValue(value) => {
            let pattern = RegistryPattern::parse_value(value);
            (
                What::RegistryValue,
                pattern.map_or_else(|_| value.clone(), said),
            )
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

/// Volumes are containers, which others open.
fn content_kind(path: &[u8], head: &[u8]) -> Option<Kind> {
    artefacts::recognise(path, head).filter(|kind| *kind != Kind::NtfsVolume)
}

/// Tells whether a file is a hive of which the last changes may stand in the logs beside it.
fn is_dirty_hive(item: &ItemFacts<'_>, content: &[u8]) -> bool {
    item.kind == ItemKind::File && artefacts::is_dirty(content)
}

/// Why something was not read, and what.
type Unread = (Reason, String);

/// Returns a hive with its last changes, where they are still in the logs beside it, as Windows leaves them; and which of
/// the logs is there and could not be read.
fn with_its_logs(item: &ItemFacts<'_>, hive: &[u8]) -> (Option<Vec<u8>>, Option<Unread>) {
    if !is_dirty_hive(item, hive) {
        return (None, None);
    }
    let mut logs: Vec<Vec<u8>> = Vec::new();
    let mut unread = None;
    for ending in artefacts::LOG_ENDINGS {
        match read_beside(item.path, ending) {
            Ok(log) => logs.extend(log),
            Err((reason, why)) => {
                unread.get_or_insert((reason, format!("its transaction log {ending}: {why}")));
            }
        }
    }
    let logs: Vec<&[u8]> = logs.iter().map(Vec::as_slice).collect();
    (artefacts::with_logs(hive, &logs), unread)
}

/// Reads a file beside another, in capitals or not; nothing where there is none.
fn read_beside(path: &Path, ending: &str) -> Result<Option<Vec<u8>>, Unread> {
    for ending in [ending.to_owned(), ending.to_lowercase()] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(ending);
        match read_regular(Path::new(&beside)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let reason = match error.kind() {
                    io::ErrorKind::PermissionDenied => Reason::Permission,
                    io::ErrorKind::FileTooLarge => Reason::TooLarge,
                    _ => Reason::ReadError,
                };
                return Err((reason, error.to_string()));
            }
            Ok(content) => return Ok(Some(content)),
        }
    }
    Ok(None)
}

/// Reads a regular file that is not too large to be a hive's log.
fn read_regular(path: &Path) -> io::Result<Vec<u8>> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let mut options = fs_err::OpenOptions::new();
    options.read(true);
    options
        .options_mut()
        .custom_flags(flags.bits().cast_signed());
    let too_large = || {
        let what = "it is larger than any that Windows writes";
        Err(io::Error::new(io::ErrorKind::FileTooLarge, what))
    };
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    if metadata.len() > LOG_BYTES_MAX {
        return too_large();
    }
    let mut content = Vec::new();
    // It may grow while it is read.
    let read = file.take(LOG_BYTES_MAX + 1).read_to_end(&mut content)?;
    if read as u64 > LOG_BYTES_MAX {
        return too_large();
    }
    Ok(content)
}

struct TraceSession<'d> {
    detector: &'d TraceDetector,
    /// Whether the content that was scanned last has its last changes in other files.
    is_of_dirty_hive: bool,
}

impl DetectorSession for TraceSession<'_> {
    fn scan(
        &mut self,
        item: &ItemFacts<'_>,
        _parts: &PartSet,
        content: &[u8],
    ) -> Result<Vec<Match>, DetectorError> {
        self.is_of_dirty_hive = is_dirty_hive(item, content);
        let path = item.path.as_os_str().as_encoded_bytes();
        let Some(kind) = content_kind(path, content) else {
            return Ok(Vec::new());
        };
        let mut kept = Kept::default();
        let mut found = Vec::new();
        let mut each = |trace: &Trace<'_>| {
            self.detector.matcher.matches(trace, &mut found);
            for id in found.drain(..) {
                kept.add(&self.detector.checks[id], trace);
            }
            ControlFlow::Continue(())
        };
        let (whole, unread) = with_its_logs(item, content);
        let content = whole.as_deref().unwrap_or(content);
        let outcome = artefacts::read(kind, path, content, &Limits::default(), &mut each);
        let matches = kept.into_matches();
        let error = match (outcome, unread) {
            (Ok(()), None) => return Ok(matches),
            (Ok(()), Some((reason, what))) => DetectorError::because(reason, what),
            (Err(damaged), None) => {
                DetectorError::because(reason_of(&damaged), damaged.to_string())
            }
            // Why it lacks its last changes says more than that it does.
            (Err(damaged), Some((reason, what))) => {
                DetectorError::because(reason, format!("{what}; {damaged}"))
            }
        };
        Err(error.with_matches(matches))
    }

    fn looked_elsewhere(&self) -> bool {
        self.is_of_dirty_hive
    }
}

/// The matches of one content, by check.
#[derive(Default)]
struct Kept<'d> {
    checks: BTreeMap<&'d Check, OfCheck>,
    count: usize,
}

/// The matches of one check.
#[derive(Default)]
struct OfCheck {
    kept: Vec<Match>,
    left_out: u64,
}

impl<'d> Kept<'d> {
    fn add(&mut self, check: &'d Check, trace: &Trace<'_>) {
        let of_check = self.checks.entry(check).or_default();
        let is_room = of_check.kept.len() < MATCHES_PER_CHECK && self.count < MATCHES_MAX;
        if is_room || of_check.kept.is_empty() {
            of_check.kept.push(match_of(check, trace));
            self.count += 1;
        } else {
            of_check.left_out += 1;
        }
    }

    /// Returns the first match of each check, then the second of each, and so on: a list that is cut hides none.
    fn into_matches(self) -> Vec<Match> {
        let mut ranked: Vec<(usize, Match)> = Vec::new();
        for mut of_check in self.checks.into_values() {
            if let (Some(last), 1..) = (of_check.kept.last_mut(), of_check.left_out) {
                let place = last.place.take().unwrap_or_default();
                last.place = Some(format!("{place} (and {} more like it)", of_check.left_out));
            }
            ranked.extend(of_check.kept.into_iter().enumerate());
        }
        ranked.sort_by_key(|(rank, _)| *rank);
        ranked.into_iter().map(|(_, one)| one).collect()
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

/// Returns what it means for the ledger that a content was not read to its end.
pub(super) const fn reason_of(damaged: &Damaged) -> Reason {
    match damaged {
        Damaged::Limit { .. } => Reason::Budget,
        Damaged::Io(_) => Reason::ReadError,
        _ => Reason::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(indicator: &str) -> Check {
        Check {
            kind: CheckKind::FileName,
            indicator: indicator.to_owned(),
        }
    }

    #[test]
    fn a_hive_full_of_one_name_hides_no_other_check() {
        let (common, rare) = (check("common"), check("rare"));
        let trace = Trace {
            what: What::FileName,
            text: "diskperf.exe",
            data: Data::None,
            location: "HKLM\\SYSTEM",
            at: None,
        };
        let mut kept = Kept::default();
        for _ in 0..50_000 {
            kept.add(&common, &trace);
        }
        kept.add(&rare, &trace);
        let matches = kept.into_matches();
        assert_eq!(matches.len(), MATCHES_PER_CHECK + 1);
        assert_eq!((&matches[0].check, &matches[1].check), (&common, &rare));
        let last = matches.last().and_then(|one| one.place.as_deref());
        assert_eq!(last, Some("HKLM\\SYSTEM (and 49900 more like it)"));
    }

    #[test]
    fn a_log_that_cannot_be_read_is_told_apart_from_one_that_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let hive = folder.path().join("SYSTEM");
        let beside = |ending: &str| folder.path().join(format!("SYSTEM{ending}"));
        assert_eq!(read_beside(&hive, ".LOG1"), Ok(None));
        fs_err::write(beside(".log1"), b"regf").unwrap();
        assert_eq!(read_beside(&hive, ".LOG1"), Ok(Some(b"regf".to_vec())));
        // A link may lead anywhere, and a folder is no log.
        std::os::unix::fs::symlink("/etc/hostname", beside(".LOG2")).unwrap();
        fs_err::create_dir(beside(".LOG")).unwrap();
        for ending in [".LOG2", ".LOG"] {
            let read = read_beside(&hive, ending);
            assert!(matches!(read, Err((Reason::ReadError, _))), "{read:?}");
        }
        let huge = fs_err::File::create(beside(".LOG1")).unwrap();
        huge.set_len(LOG_BYTES_MAX + 1).unwrap();
        let read = read_beside(&hive, ".LOG1");
        assert!(matches!(read, Err((Reason::TooLarge, _))), "{read:?}");
    }
}
