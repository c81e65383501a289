//! One sweep from beginning to end.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use domain::{Alert, AlertId, Clock, SweepReport};
use thiserror::Error;

use crate::detector::Detector;
use crate::options::SweepOptions;
use crate::progress::Progress;

/// One alert to sweep for.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// What is sought.
    pub alert: &'a Alert,
    /// Its id; absent for an unsigned draft.
    pub id: Option<AlertId>,
    /// Matches the alert's rules; without one, an alert with rules is never swept completely.
    pub detector: Option<&'a dyn Detector>,
}

/// Why a sweep could not begin.
#[derive(Debug, Error)]
pub enum SweepError {
    /// No place to look at was given.
    #[error("sweep: no folder was given")]
    NoRoot,
    /// None of the places given can be looked at; this is what the first of them said.
    #[error("look into '{}'", path.display())]
    Root {
        /// The place.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The place holds no files: it is one of the kernel's own file systems.
    #[error("look into '{}': it is a file system of the kernel's own", path.display())]
    KernelFileSystem {
        /// The place.
        path: PathBuf,
    },
}

/// Walks the roots once for all `targets` and returns one report for each, in their order. When `cancel` becomes true
/// it stops soon and reports what was left as not examined for want of time.
#[expect(clippy::unimplemented, reason = "filled in next")]
pub fn sweep(
    targets: &[Target<'_>],
    options: &SweepOptions,
    clock: &dyn Clock,
    progress: &dyn Progress,
    cancel: &AtomicBool,
) -> Result<Vec<SweepReport>, SweepError> {
    let _ = (targets, options, clock, progress, cancel);
    unimplemented!()
}
