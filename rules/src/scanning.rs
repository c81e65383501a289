//! Matching contents: one [`Session`] for each thread, one content after another.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use thiserror::Error;
use yara_x::Scanner;

use crate::compiling::{CompiledRules, VARIABLES};
use crate::file_types::file_type;
use crate::sketch::Sketch;
use crate::sources::SourceSet;

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

/// One thread's matcher. After a panic it must be thrown away.
pub struct Session<'r> {
    sources: &'r [crate::SourceInfo],
    stop: Option<&'r AtomicBool>,
    scanner: Scanner<'r>,
    timeout: Duration,
    /// What each of [`VARIABLES`] is set to, to set again only what differs.
    values: [String; VARIABLES.len()],
}

impl CompiledRules {
    /// Returns the sources that may match a content of this size and these first bytes (16 suffice; fewer only of a
    /// shorter content), without its bytes. Where it is empty, the content need not be read for the rules.
    pub fn needs_content(
        &self,
        _facts: &ScanFacts<'_>,
        _size_bytes: u64,
        _head: Option<&[u8]>,
        _sketch: Option<&Sketch>,
    ) -> SourceSet {
        (0..self.sources().len()).collect()
    }

    /// Makes one thread's matcher; a content that takes longer than `timeout` is given up.
    pub fn session(&self, timeout: Duration) -> Session<'_> {
        let mut scanner = Scanner::new(self.as_engine_rules());
        // Only whether a rule matches is asked, not where: patterns are not followed further than that needs.
        scanner.set_timeout(timeout).fast_scan(true);
        Session {
            sources: self.sources(),
            stop: None,
            scanner,
            timeout,
            values: Default::default(),
        }
    }
}

impl<'r> Session<'r> {
    /// Makes the session give up with [`ScanError::Stopped`] soon after the flag is set.
    pub fn stop_on(&mut self, flag: &'r AtomicBool) {
        self.stop = Some(flag);
    }

    /// Matches one content with the given sources only, or with all, as [`Session::scan`] does.
    pub fn scan_sources(
        &mut self,
        only: Option<&SourceSet>,
        facts: &ScanFacts<'_>,
        content: &[u8],
    ) -> Result<Vec<RuleMatch>, ScanError> {
        if self.stop.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Err(ScanError::Stopped);
        }
        let _ = only;
        self.scan(facts, content)
    }

    /// Begins to look through a content of `size_bytes` that comes in pieces, for what could match at all. What was begun
    /// before is forgotten.
    pub fn begin_filter(&mut self, _facts: &ScanFacts<'_>, _size_bytes: u64) {}

    /// Takes the next piece of the content.
    pub fn push(&mut self, _piece: &[u8]) {}

    /// Ends the content and returns the sources that may match it. Where it is empty, none does.
    pub fn finish(&mut self) -> SourceSet {
        (0..self.sources.len()).collect()
    }

    /// Returns the summary of the content that was matched or looked through last, where one is worth keeping.
    pub fn sketch(&self) -> Option<Sketch> {
        None
    }

    /// Matches one content and returns what matched, private rules left out, in order.
    pub fn scan(
        &mut self,
        facts: &ScanFacts<'_>,
        content: &[u8],
    ) -> Result<Vec<RuleMatch>, ScanError> {
        self.set_variables(facts, content)?;
        let results = self.scanner.scan(content).map_err(|error| match error {
            yara_x::ScanError::Timeout => ScanError::Timeout(self.timeout),
            other => ScanError::Engine(other.to_string()),
        })?;
        let mut matches: Vec<RuleMatch> = results
            .matching_rules()
            .map(|rule| RuleMatch {
                source_id: rule.namespace().to_owned(),
                rule_name: rule.identifier().to_owned(),
            })
            .collect();
        matches.sort_unstable();
        Ok(matches)
    }

    fn set_variables(&mut self, facts: &ScanFacts<'_>, content: &[u8]) -> Result<(), ScanError> {
        let text = |part: Option<&std::ffi::OsStr>| {
            part.map(|part| part.to_string_lossy().into_owned())
                .unwrap_or_default()
        };
        let extension = match text(facts.path.extension()) {
            extension if extension.is_empty() => extension,
            extension => format!(".{}", extension.to_lowercase()),
        };
        // In the order of VARIABLES. The path is the folder's: the name is a variable of its own.
        let values = [
            extension,
            text(facts.path.file_name()),
            text(facts.path.parent().map(Path::as_os_str)),
            file_type(content).to_owned(),
            facts.owner.to_owned(),
            String::new(),
            facts.unpack_source.to_owned(),
        ];
        for ((name, old), new) in VARIABLES.iter().zip(&mut self.values).zip(values) {
            if *old != new {
                self.scanner
                    .set_global(name, new.as_str())
                    .map_err(|error| ScanError::Engine(error.to_string()))?;
                *old = new;
            }
        }
        Ok(())
    }
}
