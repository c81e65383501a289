//! Matching contents: one [`Session`] for each thread, one content after another. A content is looked through once for what
//! any rule requires; the engine matches it with those rules only that may match.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use thiserror::Error;
use yara_x::Scanner;

use crate::compiling::{CompiledRules, VARIABLES};
use crate::engines::Engines;
use crate::file_types::file_type;
use crate::filter::classes::Class;
use crate::filter::contents::{OfContent, OfHead, Values};
use crate::filter::finder::Found;
use crate::filter::streaming::{Streamed, Streaming};
use crate::filter::tables::Tables;
use crate::sources::SourceSet;

/// Groups of rules that one session keeps ready; each takes some hundred kilobytes.
const SCANNERS_MAX: usize = 64;
/// Rules for which each content is asked exactly whether it is needed; with more, its class decides.
const EXACT_RULES_MAX: usize = 256;

/// What rules may ask about the file beside its content.
#[derive(Clone, Copy, Debug)]
pub struct ScanFacts<'a> {
    /// The path from `/`.
    pub path: &'a Path,
    /// The name of the owner, where it is known; otherwise empty.
    pub owner: &'a str,
    /// What container it was unpacked from (`ZIP`, `EMAIL`); empty for a file as it lies on the disk.
    pub unpack_source: &'a str,
}

/// One rule that matched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleMatch {
    /// The id of the source.
    pub source_id: String,
    /// The rule's name inside it.
    pub rule_name: String,
}

/// Why a content could not be matched.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ScanError {
    /// The time given was over.
    #[error("match the rules within {0:?}")]
    Timeout(Duration),
    /// It was told to stop.
    #[error("match the rules: stopped")]
    Stopped,
    /// The engine failed.
    #[error("match the rules: {0}")]
    Engine(String),
}

/// What one session has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Contents given.
    pub contents: u64,
    /// Their bytes.
    pub content_bytes: u64,
    /// Contents that some rule might match, so that the engine had to.
    pub engine_contents: u64,
    /// Their bytes.
    pub engine_bytes: u64,
    /// How often the engine looked through a content: once for each group of rules that might match it.
    pub scans: u64,
    /// The bytes of all scans.
    pub scan_bytes: u64,
    /// How long the engine took, compiling included.
    pub engine_time: Duration,
}

/// One thread's matcher. After a panic it must be thrown away.
pub struct Session<'r> {
    compiled: &'r CompiledRules,
    engines: &'r Engines,
    timeout: Duration,
    stop: Option<&'r AtomicBool>,
    scanners: HashMap<usize, GroupScanner<'r>>,
    tables: HashMap<Class, Arc<Tables>>,
    found: Found,
    streaming: Option<Streaming>,
    streamed: Option<Streamed>,
    counters: Counters,
}

/// The engine's scanner for one group.
struct GroupScanner<'r> {
    scanner: Scanner<'r>,
    /// What each of [`VARIABLES`] is set to, to set again only what differs.
    values: Values,
    last_used: u64,
}

impl CompiledRules {
    /// Returns the sources that may match a content of this size and these first bytes (16 suffice; fewer only of a
    /// shorter content), without its bytes. Where it is empty, the content need not be read for the rules.
    pub fn needs_content(
        &self,
        facts: &ScanFacts<'_>,
        size_bytes: u64,
        head: Option<&[u8]>,
    ) -> SourceSet {
        let rule_set = self.rule_set();
        let tables = rule_set.tables(rule_set.beginnings.class_of(head, size_bytes));
        if tables.alive.len() > EXACT_RULES_MAX {
            return tables.sources.clone();
        }
        let values = values_for(facts, head.unwrap_or_default());
        let mut known = OfHead {
            head,
            size_bytes,
            values: &values,
            type_is_told: head.is_some(),
            literals: &rule_set.literals,
            found: None,
        };
        let mut needed = SourceSet::new();
        for rule in &tables.alive {
            let index = *rule as usize;
            let source = rule_set.rules[index].source as usize;
            if !needed.contains(source) && rule_set.may_match(index, &mut known) {
                needed.insert(source);
            }
        }
        needed
    }

    /// Makes one thread's matcher; a content that takes longer than `timeout` is given up.
    pub fn session(&self, timeout: Duration) -> Session<'_> {
        self.session_with(timeout, self.engines())
    }

    /// Makes one thread's matcher that keeps the engine's rules there.
    pub(crate) fn session_with<'r>(
        &'r self,
        timeout: Duration,
        engines: &'r Engines,
    ) -> Session<'r> {
        Session {
            compiled: self,
            engines,
            timeout,
            stop: None,
            scanners: HashMap::new(),
            tables: HashMap::new(),
            found: Found::default(),
            streaming: None,
            streamed: None,
            counters: Counters::default(),
        }
    }
}

impl<'r> Session<'r> {
    /// Makes the session give up with [`ScanError::Stopped`] soon after the flag is set.
    pub fn stop_on(&mut self, flag: &'r AtomicBool) {
        self.stop = Some(flag);
    }

    /// Matches one content and returns what matched, private rules left out, in order.
    pub fn scan(
        &mut self,
        facts: &ScanFacts<'_>,
        content: &[u8],
    ) -> Result<Vec<RuleMatch>, ScanError> {
        self.scan_sources(None, facts, content)
    }

    /// Matches one content with the given sources only, or with all, as [`Session::scan`] does.
    pub fn scan_sources(
        &mut self,
        only: Option<&SourceSet>,
        facts: &ScanFacts<'_>,
        content: &[u8],
    ) -> Result<Vec<RuleMatch>, ScanError> {
        let started = Instant::now();
        let values = values_for(facts, content);
        self.check_stop()?;
        let groups = self.candidates(only, &values, content);
        self.match_groups(&groups, only, &values, content, started)
    }

    /// Matches the content that was looked through in pieces last, now whole, as [`Session::scan_sources`] does. What was found
    /// in the pieces is not looked for again.
    pub fn scan_streamed(
        &mut self,
        only: Option<&SourceSet>,
        facts: &ScanFacts<'_>,
        content: &[u8],
    ) -> Result<Vec<RuleMatch>, ScanError> {
        let started = Instant::now();
        let rule_set = self.compiled.rule_set();
        let size_bytes = u64::try_from(content.len()).unwrap_or(u64::MAX);
        let class = rule_set.beginnings.class_of(Some(content), size_bytes);
        let is_of_class = |streamed: &Streamed| {
            streamed.size_bytes == size_bytes
                && Arc::ptr_eq(&streamed.tables, &rule_set.tables(class))
        };
        let Some(streamed) = self.streamed.take().filter(is_of_class) else {
            return self.scan_sources(only, facts, content);
        };
        self.check_stop()?;
        let values = values_for(facts, content);
        let found = (&streamed.tables.finder, &streamed.found);
        let mut known = OfContent::new(content, &values, rule_set, found);
        let groups = groups_of(&streamed.rules, only, &mut known);
        self.match_groups(&groups, only, &values, content, started)
    }

    /// Begins to look through a content of `size_bytes` that comes in pieces, for what could match at all. What was begun
    /// before is forgotten.
    pub fn begin_filter(&mut self, facts: &ScanFacts<'_>, size_bytes: u64) {
        self.streaming = Some(Streaming::new(values_for(facts, &[]), size_bytes));
        self.streamed = None;
    }

    /// Takes the next piece of the content.
    pub fn push(&mut self, piece: &[u8]) {
        if let Some(streaming) = &mut self.streaming {
            streaming.push(piece, self.compiled.rule_set());
        }
    }

    /// Ends the content and returns the sources that may match it. Where it is empty, none does. Otherwise the same content may
    /// be given to [`Session::scan_streamed`].
    pub fn finish(&mut self) -> SourceSet {
        let rule_set = self.compiled.rule_set();
        let Some(streaming) = self.streaming.take() else {
            return (0..self.compiled.sources().len()).collect();
        };
        let streamed = self.streamed.insert(streaming.finish(rule_set));
        streamed
            .rules
            .iter()
            .map(|rule| rule_set.rules[*rule as usize].source as usize)
            .collect()
    }

    /// Returns what the session has done so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Looks through the content and returns the groups of rules that may match it, in order.
    fn candidates(
        &mut self,
        only: Option<&SourceSet>,
        values: &Values,
        content: &[u8],
    ) -> Vec<usize> {
        let rule_set = self.compiled.rule_set();
        let size_bytes = u64::try_from(content.len()).unwrap_or(u64::MAX);
        let class = rule_set.beginnings.class_of(Some(content), size_bytes);
        let tables = self
            .tables
            .entry(class)
            .or_insert_with(|| rule_set.tables(class));
        let finder = &tables.finder;
        self.found.reset(finder.texts().len());
        finder.look_through(content, &rule_set.literals, &mut self.found);
        let rules = tables.rules_for(&self.found);
        let mut known = OfContent::new(content, values, rule_set, (finder, &self.found));
        groups_of(&rules, only, &mut known)
    }

    /// Matches the content with groups of rules, until the time that began when it `started` is over.
    fn match_groups(
        &mut self,
        groups: &[usize],
        only: Option<&SourceSet>,
        values: &Values,
        content: &[u8],
        started: Instant,
    ) -> Result<Vec<RuleMatch>, ScanError> {
        self.count(groups, content.len());
        let matching_started = Instant::now();
        let mut matches = Vec::new();
        for group in groups {
            self.check_stop()?;
            let left = self.timeout.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Err(ScanError::Timeout(self.timeout));
            }
            self.match_group(*group, left, values, content, &mut matches)?;
        }
        if let Some(only) = only {
            let sources = self.compiled.sources();
            matches.retain(|found| {
                (0..)
                    .zip(sources)
                    .any(|(index, source)| source.id == found.source_id && only.contains(index))
            });
        }
        self.counters.engine_time += matching_started.elapsed();
        matches.sort_unstable();
        Ok(matches)
    }

    fn match_group(
        &mut self,
        group: usize,
        left: Duration,
        values: &Values,
        content: &[u8],
        matches: &mut Vec<RuleMatch>,
    ) -> Result<(), ScanError> {
        let timeout = self.timeout;
        let scanner = self.scanner(group)?;
        scanner.scanner.set_timeout(left);
        scanner.set_variables(values)?;
        let results = scanner.scanner.scan(content).map_err(|error| match error {
            yara_x::ScanError::Timeout => ScanError::Timeout(timeout),
            other => ScanError::Engine(other.to_string()),
        })?;
        matches.extend(results.matching_rules().map(|rule| RuleMatch {
            source_id: rule.namespace().to_owned(),
            rule_name: rule.identifier().to_owned(),
        }));
        Ok(())
    }

    /// Returns the group's scanner; where there are too many, the one longest unused makes room.
    fn scanner(&mut self, group: usize) -> Result<&mut GroupScanner<'r>, ScanError> {
        let now = self
            .scanners
            .values()
            .map(|scanner| scanner.last_used)
            .max()
            .unwrap_or(0)
            + 1;
        if !self.scanners.contains_key(&group) {
            if self.scanners.len() >= SCANNERS_MAX {
                let oldest = self
                    .scanners
                    .iter()
                    .min_by_key(|(_, scanner)| scanner.last_used)
                    .map(|(group, _)| *group);
                oldest.map(|oldest| self.scanners.remove(&oldest));
            }
            let rules = self
                .compiled
                .engine(self.engines, group)
                .map_err(ScanError::Engine)?;
            let mut scanner = Scanner::new(rules);
            // Only whether a rule matches is asked, not where: patterns are not followed further than that needs.
            scanner.fast_scan(true);
            self.scanners.insert(
                group,
                GroupScanner {
                    scanner,
                    values: Values::default(),
                    last_used: 0,
                },
            );
        }
        let scanner = self
            .scanners
            .get_mut(&group)
            .ok_or_else(|| ScanError::Engine("there is no such group".to_owned()))?;
        scanner.last_used = now;
        Ok(scanner)
    }

    fn count(&mut self, groups: &[usize], content_bytes: usize) {
        let bytes = u64::try_from(content_bytes).unwrap_or(u64::MAX);
        let scans = u64::try_from(groups.len()).unwrap_or(u64::MAX);
        let is_matched = u64::from(scans > 0);
        let this = Counters {
            contents: 1,
            content_bytes: bytes,
            engine_contents: is_matched,
            engine_bytes: bytes * is_matched,
            scans,
            scan_bytes: bytes.saturating_mul(scans),
            engine_time: Duration::ZERO,
        };
        self.counters.add(&this);
    }

    fn check_stop(&self) -> Result<(), ScanError> {
        match self.stop {
            Some(flag) if flag.load(Ordering::Relaxed) => Err(ScanError::Stopped),
            _ => Ok(()),
        }
    }
}

/// Returns the groups of those of the rules that may match what is known, in order.
fn groups_of(rules: &[u32], only: Option<&SourceSet>, known: &mut OfContent<'_>) -> Vec<usize> {
    let mut groups: Vec<usize> = Vec::new();
    for index in rules {
        let index = *index as usize;
        let rule = &known.rule_set.rules[index];
        let group = rule.group as usize;
        let is_asked = only.is_none_or(|only| only.contains(rule.source as usize));
        if is_asked && groups.last() != Some(&group) && known.may_match(index) {
            groups.push(group);
        }
    }
    groups.sort_unstable();
    groups.dedup();
    groups
}

impl Counters {
    /// Adds what another session has done.
    pub fn add(&mut self, other: &Self) {
        self.contents += other.contents;
        self.content_bytes += other.content_bytes;
        self.engine_contents += other.engine_contents;
        self.engine_bytes += other.engine_bytes;
        self.scans += other.scans;
        self.scan_bytes = self.scan_bytes.saturating_add(other.scan_bytes);
        self.engine_time += other.engine_time;
    }
}

impl GroupScanner<'_> {
    fn set_variables(&mut self, values: &Values) -> Result<(), ScanError> {
        for ((name, old), new) in VARIABLES.iter().zip(&mut self.values).zip(values) {
            if old != new {
                self.scanner
                    .set_global(name, new.as_str())
                    .map_err(|error| ScanError::Engine(error.to_string()))?;
                new.clone_into(old);
            }
        }
        Ok(())
    }
}

/// Returns the values of the variables for one file, in the order of [`VARIABLES`].
pub(crate) fn values_for(facts: &ScanFacts<'_>, content: &[u8]) -> Values {
    let text = |part: Option<&std::ffi::OsStr>| {
        part.map(|part| part.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let extension = match text(facts.path.extension()) {
        extension if extension.is_empty() => extension,
        extension => format!(".{}", extension.to_lowercase()),
    };
    // The path is the folder's: the name is a variable of its own.
    [
        extension,
        text(facts.path.file_name()),
        text(facts.path.parent().map(Path::as_os_str)),
        file_type(content).to_owned(),
        facts.owner.to_owned(),
        String::new(),
        facts.unpack_source.to_owned(),
    ]
}
