//! Reads logs as their bytes arrive, and tells which records match.

use jiff::Timestamp;

use crate::sigma::{Level, SigmaRules};

/// Tells whether bytes are the head of a Windows event log.
pub fn is_event_log(head: &[u8]) -> bool {
    head.starts_with(b"ElfFile\0")
}

/// Asks rules of the records of one log after another. Its memory does not grow with the log.
#[derive(Debug)]
pub struct EventReader<'a> {
    rules: &'a SigmaRules,
}

/// A record that a rule matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventMatch {
    /// The source of the rule.
    pub source_id: String,
    /// The rule's title.
    pub rule_title: String,
    /// The rule's own id, where it has one.
    pub rule_id: Option<String>,
    /// How much the rule's author thinks of a match.
    pub level: Option<Level>,
    /// The number of the record in its log.
    pub record_id: u64,
    /// When the event happened, as the record says.
    pub at: Timestamp,
    /// The log's own name, as `Security`.
    pub channel: String,
    /// What kind of event it is, in the provider's numbering.
    pub event_id: u32,
    /// The computer that wrote the record.
    pub computer: String,
    /// The fields that the rule looks at with their values, shortened.
    pub summary: String,
}

/// A part of a log that could not be read, or not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The first byte of the part in the log.
    pub offset: u64,
    /// What is wrong, in English.
    pub what: String,
}

/// What one log came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The matches, the first that were met.
    pub matches: Vec<EventMatch>,
    /// How many more there were than `matches` lists.
    pub matches_left_out: u64,
    /// Records read.
    pub record_count: u64,
    /// What could not be read or not trusted, the first that were met.
    pub damaged: Vec<Damage>,
    /// How many more there were than `damaged` lists.
    pub damaged_left_out: u64,
}

impl<'a> EventReader<'a> {
    pub(crate) fn new(rules: &'a SigmaRules) -> Self {
        Self { rules }
    }

    /// Begins a log, forgetting what was pushed of another.
    pub fn start(&mut self) {}

    /// Takes the next bytes of the log, any number of them.
    pub fn push(&mut self, _bytes: &[u8]) {}

    /// Ends the log and returns what it came to.
    pub fn finish(&mut self) -> Outcome {
        let _ = self.rules;
        Outcome::default()
    }
}

/// Calls `visit` with record number, field name and value of every field of every record of a log that is in memory.
pub fn for_each_field(_log: &[u8], _visit: &mut dyn FnMut(u64, &str, &str)) {}
