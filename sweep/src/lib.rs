//! Sweeps one host's files for what alerts describe: plan, walk, read, hash, detect, judge, account, quarantine.
//!
//! Begin at [`pipeline`]. A sweep changes nothing; only [`quarantine`] does, when it is told to.

pub mod limits;
pub mod options;
pub mod progress;

pub mod in_hand;

pub mod detector;

pub mod pipeline;

mod contained;
mod plan;

mod names;
mod sizes;

mod likely;
mod queue;
mod walk;

mod pace;
mod room;

mod places;

mod conclude;
mod examine;
mod matching;
mod members;
mod running;
mod streams;
mod subject;

mod hash;
mod learning;
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

/// Makes this process, with the threads that it starts from now on, give way to all others: the lowest priority for the
/// processor and with it for the disk. There is no way back.
pub fn give_way() -> std::io::Result<()> {
    platform::give_way()
}

pub use detector::{
    Check, Detector, DetectorError, DetectorSession, Fingerprint, HEAD_BYTES, Interest, ItemFacts,
    LiveContents, LiveFact, LiveItem, LiveSystem, Match, MemberContent, MemberStream,
    NotExaminedSink, Packages, PartSet, Proof, ReadSeek, Unpacked, Unpacker, Unsought,
};
pub use in_hand::{InHand, Skips};
pub use limits::{Budget, Limits, Paused};
pub use not_examined::NotExaminedLists;
pub use options::{Surroundings, SweepOptions, Thoroughness};
pub use pipeline::{SweepError, Target, lend, sweep};
pub use plan::DETECTORS_MAX;
pub use progress::{NoProgress, Progress, ProgressNow};
pub use quarantine::{IsolateError, Restore, RestoreError, Vault, VaultEntry, VaultError};
