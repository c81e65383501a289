//! Which traces are sought: hash look-ups, so that ten thousand sought keys over a hive cost one pass.

use thiserror::Error;

use crate::trace::Trace;

/// The kinds of observable that a trace can match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SoughtKind {
    /// `file-name`.
    FileName,
    /// `path`.
    Path,
    /// `registry-key`.
    RegistryKey,
    /// `registry-value`.
    RegistryValue,
    /// `scheduled-task`.
    ScheduledTask,
    /// `service`.
    Service,
    /// `sha1`.
    Sha1,
    /// `url`.
    Url,
}

/// Why a value cannot be sought in traces.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NotSought {
    /// The key begins with no root of the registry.
    #[error("find a root such as HKLM at the beginning of '{0}'")]
    Root(String),
}

/// A registry key or value as an alert writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryPattern;

impl RegistryPattern {
    /// Reads a key as an alert writes it.
    pub fn parse_key(_text: &str) -> Result<Self, NotSought> {
        unimplemented!()
    }
}

/// Everything that is sought in traces.
pub struct Matcher;

impl Matcher {
    /// Makes the table; what cannot be sought is returned by its id.
    pub fn new(_sought: &[(usize, SoughtKind, &str)]) -> (Self, Vec<(usize, NotSought)>) {
        unimplemented!()
    }

    /// Adds to `found` the ids of everything that the trace matches, each once.
    pub fn matches(&self, _trace: &Trace<'_>, _found: &mut Vec<usize>) {
        unimplemented!()
    }
}
