//! What could not be read, and why. Nothing of the running system is left out silently.

use std::io;

use domain::Reason;
use thiserror::Error;

/// Something that was not read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{what}: {cause}")]
pub struct Unread {
    /// What, for people: `process 4711 (sshd): open files`.
    pub what: String,
    /// Why.
    pub cause: Cause,
}

impl Unread {
    pub(crate) fn new(what: impl Into<String>, cause: Cause) -> Self {
        Self {
            what: what.into(),
            cause,
        }
    }
}

/// Why something was not read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Cause {
    /// Reading failed, with what the system said.
    #[error("reading failed: {0}")]
    Failed(String),
    /// The options leave it out; this program's own memory always is.
    #[error("left out: {0}")]
    LeftOut(&'static str),
    /// There is no such thing on this system, or this program cannot read it.
    #[error("not available: {0}")]
    NotAvailable(&'static str),
    /// Access was denied.
    #[error("permission denied")]
    Permission,
    /// It is a device or belongs to the kernel: it has no content that a look would not disturb.
    #[error("a device or the kernel's own")]
    Special,
    /// The system did not answer within the time for one look.
    #[error("no answer in time")]
    Time,
    /// It is more than the options allow.
    #[error("more than the limit: {0}")]
    TooLarge(&'static str),
    /// It ended, or ran another program, between being listed and being read.
    #[error("vanished")]
    Vanished,
}

impl Cause {
    /// Returns the reason under which the coverage ledger counts it.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Failed(_) => Reason::ReadError,
            Self::LeftOut(_) => Reason::ExcludedByPlan,
            Self::NotAvailable(_) => Reason::CheckUnavailable,
            Self::Permission => Reason::Permission,
            Self::Special => Reason::SpecialFile,
            Self::Time => Reason::Time,
            Self::TooLarge(_) => Reason::TooLarge,
            Self::Vanished => Reason::Vanished,
        }
    }
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Vanished,
            io::ErrorKind::PermissionDenied => Self::Permission,
            io::ErrorKind::TimedOut => Self::Time,
            io::ErrorKind::Unsupported => Self::NotAvailable("the system has no such call"),
            _ if crate::platform::vanished(&error) => Self::Vanished,
            _ => Self::Failed(error.to_string()),
        }
    }
}
