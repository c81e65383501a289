//! One whole comparison of a folder with its manifest.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use crate::finding::{Finding, Unread};
use crate::judging::Accepted;
use crate::manifest::Manifest;
use crate::memory::Memory;
use crate::passing::{Pass, Reading, Sink, Totals};
use crate::platform::Folder;
use crate::stopping::{Pace, Stop};

/// How a folder is compared.
#[derive(Clone, Copy, Debug)]
pub struct CheckOptions {
    /// How many threads look.
    pub threads: NonZeroUsize,
    /// How fast contents are read at most.
    pub bytes_per_second: Option<u64>,
}

/// What came of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckSummary {
    /// What was done.
    #[serde(flatten)]
    pub totals: Totals,
    /// How many things differ.
    pub findings: u64,
    /// How many could not be compared.
    pub unread: u64,
}

/// What a comparison hands on as it goes.
#[derive(Clone, Debug)]
pub enum Compared {
    /// Something differs.
    Finding(Finding),
    /// Something could not be compared.
    Unread(Unread),
}

/// Compares everything below `root` with its manifest and reads every content. `each` is called from several threads.
pub fn check_folder(
    root: &Path,
    manifest: &Arc<Manifest>,
    options: CheckOptions,
    each: &(dyn Fn(Compared) + Sync),
) -> std::io::Result<CheckSummary> {
    let root = Folder::open_root(root)?;
    let sink = Each {
        tell: each,
        findings: AtomicU64::new(0),
        unread: AtomicU64::new(0),
    };
    let pass = Pass {
        root: &root,
        accepted: &Accepted {
            current: Arc::clone(manifest),
            previous: None,
        },
        memory: &Memory::new(manifest.len()),
        reading: Reading::All,
        threads: options.threads,
        pace: &Pace::new(options.bytes_per_second),
        stop: &Stop::default(),
        sink: &sink,
    };
    let (totals, _) = pass.whole();
    Ok(CheckSummary {
        totals,
        findings: sink.findings.into_inner(),
        unread: sink.unread.into_inner(),
    })
}

struct Each<'a> {
    tell: &'a (dyn Fn(Compared) + Sync),
    findings: AtomicU64,
    unread: AtomicU64,
}

impl Sink for Each<'_> {
    fn fine(&self, _: &[u8]) {}

    fn found(&self, finding: Finding) {
        self.findings.fetch_add(1, Ordering::Relaxed);
        (self.tell)(Compared::Finding(finding));
    }

    fn unread(&self, unread: Unread) {
        self.unread.fetch_add(1, Ordering::Relaxed);
        (self.tell)(Compared::Unread(unread));
    }
}
