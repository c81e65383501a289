//! What a watch says, and when it says it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::Clock;
use jiff::Timestamp;
use serde::Serialize;

use super::places::Places;
use super::process::Process;
use super::standing::Standing;
use crate::finding::{Finding, Unread};
use crate::passing::{Sink, Totals};
use crate::path::SitePath;

/// Something that nobody has signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// What and where.
    #[serde(flatten)]
    pub finding: Finding,
    /// Who was there last, where an event has told it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<Process>,
    /// When it was found.
    pub at: Timestamp,
}

/// Why a pass was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PassKind {
    /// The first: everything is read.
    First,
    /// Events were lost, the root or a mount changed, or a new manifest came.
    Rescan,
    /// It was time to read everything again.
    Slow,
    /// It was time to look at everything again.
    Timed,
}

/// What a watch says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "notice", rename_all = "kebab-case")]
pub enum Notice {
    /// Something that nobody has signed.
    Alarm(Box<Alarm>),
    /// An alarm has ended: it is again what was signed.
    Cleared {
        /// Where.
        path: SitePath,
        /// When that was seen.
        at: Timestamp,
    },
    /// The kernel has lost events: everything is looked at.
    EventsLost,
    /// The manifest is no longer valid: alarms go on, and somebody must sign anew.
    Expired {
        /// Since when.
        expired_at: Timestamp,
    },
    /// There are no events here, or of a part: only passes find changes.
    NoEvents {
        /// Why.
        reason: String,
    },
    /// A pass was made.
    Pass {
        /// Why.
        kind: PassKind,
        /// What was done.
        #[serde(flatten)]
        totals: Totals,
    },
    /// The root cannot be opened: nothing can be said of any file.
    RootMissing {
        /// Why.
        reason: String,
    },
    /// Something could not be compared.
    Unread(Unread),
    /// A new manifest is in force.
    Version {
        /// Which.
        version: u64,
    },
}

/// Takes what one pass finds, and tells what is new of it.
pub(super) struct Teller<'a> {
    pub(super) standing: &'a Standing,
    pub(super) places: &'a Places,
    pub(super) clock: &'a dyn Clock,
    pub(super) tell: &'a (dyn Fn(Notice) + Sync),
    /// Which pass it is.
    pub(super) pass: u64,
    /// Of which manifest the pass is: what was found by one that is no longer in force is not told.
    pub(super) generation: u64,
    pub(super) in_force: &'a AtomicU64,
}

impl Teller<'_> {
    fn is_outdated(&self) -> bool {
        self.in_force.load(Ordering::Acquire) != self.generation
    }
}

impl Sink for Teller<'_> {
    fn fine(&self, path: &[u8]) {
        if !self.is_outdated() && self.standing.clear(path) {
            (self.tell)(Notice::Cleared {
                path: SitePath::of_walk(path.to_vec()),
                at: self.clock.now(),
            });
        }
    }

    fn found(&self, finding: Finding) {
        let path = finding.path.as_bytes();
        if self.is_outdated() || !self.standing.note(path, &finding, self.pass) {
            return;
        }
        let process = self.places.culprit(path).map(Arc::unwrap_or_clone);
        (self.tell)(Notice::Alarm(Box::new(Alarm {
            finding,
            process,
            at: self.clock.now(),
        })));
    }

    fn unread(&self, unread: Unread) {
        if !self.is_outdated()
            && self
                .standing
                .note(unread.path.as_bytes(), &unread.reason, self.pass)
        {
            (self.tell)(Notice::Unread(unread));
        }
    }
}
