//! Sweeps one host's files for what alerts describe: plan, walk, read, hash, detect, judge, account, quarantine.
//!
//! Begin at [`pipeline`]. A sweep changes nothing; only [`quarantine`] does, when it is told to.

pub mod options;
pub mod progress;

pub mod detector;

pub mod pipeline;

mod plan;

mod names;
mod sizes;

mod likely;
mod queue;
mod walk;

mod places;

mod examine;
mod matching;
mod members;
mod running;
mod subject;

mod hash;
mod read;
mod recall;

pub mod judge;

mod combine;
mod findings;

mod ledger;

pub mod not_examined;

mod self_test;

pub mod inventory;

pub mod quarantine;

mod platform;

pub use detector::{
    Check, Detector, DetectorError, DetectorSession, Fingerprint, HEAD_BYTES, Interest, ItemFacts,
    LiveContents, LiveFact, LiveItem, LiveSystem, Match, NotExaminedSink, Packages, PartSet, Proof,
    ReadSeek, Remembered, Unpacked, Unpacker,
};
pub use not_examined::NotExaminedLists;
pub use options::{Surroundings, SweepOptions, Thoroughness};
pub use pipeline::{SweepError, Target, sweep};
pub use plan::DETECTORS_MAX;
pub use progress::{NoProgress, Progress, ProgressNow};
pub use quarantine::{IsolateError, Restore, RestoreError, Vault, VaultEntry, VaultError};
