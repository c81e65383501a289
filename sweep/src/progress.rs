//! How a running sweep tells what it has done and how much is left.

use serde::{Deserialize, Serialize};

use crate::limits::Paused;

/// Is told now and then how far the sweep is, from whichever thread has just noticed that it is time.
pub trait Progress: Send + Sync {
    /// Takes the present state; must return quickly.
    fn update(&self, now: &ProgressNow);

    /// Is told, now and then, that the sweep waits, and once that it goes on.
    fn pause(&self, paused: Option<Paused>) {
        let _ = paused;
    }
}

/// How far a sweep is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProgressNow {
    /// Folders listed.
    pub folder_count: u64,
    /// Files seen.
    pub item_count: u64,
    /// Bytes read.
    pub read_bytes: u64,
    /// Findings so far, of every judgement.
    pub finding_count: u64,
    /// The part of the tree that is done, 0 to 1: each folder's share is divided evenly among its subfolders.
    pub fraction_done: f64,
    /// How many files there will be, if the rest of the tree is like the part that is done.
    pub item_count_estimated: u64,
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn update(&self, _now: &ProgressNow) {}
}
