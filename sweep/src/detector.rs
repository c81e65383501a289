//! The door through which rule engines come in: `sweep` reads, a [`Detector`] matches. This crate links no engine.

use std::path::Path;

use thiserror::Error;

/// Matches contents with the rules of one alert. Shared by all threads of a sweep.
pub trait Detector: Send + Sync {
    /// Returns the ids of the alert's rules that it matches. A rule of the alert that is missing here is reported as a
    /// check that is not available, and the sweep as incomplete.
    fn rule_ids(&self) -> Vec<String>;

    /// Makes what one thread needs to match one content after another.
    fn session(&self) -> Box<dyn DetectorSession + '_>;
}

/// One thread's matcher. After an error or a panic it is thrown away and a new one is made.
pub trait DetectorSession {
    /// Matches one content and returns what matched.
    fn scan(
        &mut self,
        item: &ItemFacts<'_>,
        content: &[u8],
    ) -> Result<Vec<RuleMatch>, DetectorError>;
}

/// What is known about an item beside its content. Rules may ask for it.
#[derive(Clone, Copy, Debug)]
pub struct ItemFacts<'a> {
    /// The path as the system has it, from `/`.
    pub path: &'a Path,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// The numeric id of its owner.
    pub owner_id: u32,
}

/// One rule that matched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleMatch {
    /// The id of the alert's rule, which may hold many.
    pub source_id: String,
    /// The name of the rule inside that source.
    pub rule_name: String,
}

/// Why a content could not be matched: a time limit, or a defect of the engine.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("match the rules: {reason}")]
pub struct DetectorError {
    /// What the engine said.
    pub reason: String,
}
