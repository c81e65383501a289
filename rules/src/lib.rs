//! YARA-X behind a small face: source text in, problems or matches out. It reads no file and follows no include.

use std::path::Path;
use std::time::Duration;

use thiserror::Error;

/// Rules that compiled, ready to be matched from any number of threads.
pub struct CompiledRules {
    rules: yara_x::Rules,
}

/// One thing wrong with a rule's source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleProblem {
    /// Which source.
    pub source_id: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, in English.
    pub message: String,
}

/// What rules may ask about the file beside its content.
#[derive(Clone, Copy, Debug)]
pub struct ScanFacts<'a> {
    /// The path from `/`.
    pub path: &'a Path,
    /// The name of the owner, where it is known.
    pub owner: &'a str,
}

/// One rule that matched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleMatch {
    /// The id of the source.
    pub source_id: String,
    /// The rule's name inside it.
    pub rule: String,
}

/// Why a content could not be matched.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ScanError {
    /// The time given was over.
    #[error("match the rules within {0:?}")]
    Timeout(Duration),
    /// The engine failed.
    #[error("match the rules: {0}")]
    Engine(String),
}

/// One thread's matcher.
pub struct Session<'r> {
    scanner: yara_x::Scanner<'r>,
}

/// Compiles sources, each an id and a text, each in a namespace of its own.
#[expect(clippy::unimplemented, reason = "filled in next")]
pub fn compile(sources: &[(&str, &str)]) -> Result<CompiledRules, Vec<RuleProblem>> {
    let _ = sources;
    unimplemented!()
}

/// Returns what is wrong with one source; nothing where it compiles.
pub fn check(source: &str) -> Vec<RuleProblem> {
    compile(&[("", source)]).err().unwrap_or_default()
}

#[expect(clippy::unimplemented, reason = "filled in next")]
impl CompiledRules {
    /// Makes one thread's matcher; a content that takes longer than `timeout` is given up.
    pub fn session(&self, timeout: Duration) -> Session<'_> {
        let _ = (&self.rules, timeout);
        unimplemented!()
    }

    /// Returns how many rules there are, private ones included.
    pub fn rule_count(&self) -> usize {
        self.rules.iter().len()
    }
}

#[expect(clippy::unimplemented, reason = "filled in next")]
impl Session<'_> {
    /// Matches one content and returns what matched, private rules left out, in order.
    pub fn scan(&mut self, facts: &ScanFacts<'_>, content: &[u8]) -> Result<Vec<RuleMatch>, ScanError> {
        let _ = (facts, content, &self.scanner);
        unimplemented!()
    }
}
