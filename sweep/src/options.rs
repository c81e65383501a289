//! What a sweep is asked to cover, what it may cost, and whom it may ask.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use domain::Clock;

use crate::detector::{LiveSystem, NotExaminedSink, Packages, Unpacker};
use crate::in_hand::{InHand, Skips};
use crate::inventory::InventoryOptions;
use crate::limits::Limits;
use crate::progress::{NoProgress, Progress};

/// Bytes of one content that rules are matched with, by default 256 MiB: such a content is held in memory by each
/// thread. A larger file is listed as too large, and the sweep is incomplete.
pub const RULE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// How a sweep is run.
#[derive(Clone, Debug)]
pub struct SweepOptions {
    /// Where to look: folders or single files. A link given here is followed; no other is.
    pub roots: Vec<PathBuf>,
    /// Folders and files to leave out, absolute. They are listed in the report as excluded by the plan.
    pub exclude: Vec<PathBuf>,
    /// How many threads; by default one for each core.
    pub threads: Option<NonZeroUsize>,
    /// How many bytes of one content are matched with rules: [`RULE_BYTES_MAX`].
    pub rule_bytes_max: u64,
    /// After this time the sweep stops, and the report says what was left. By default there is no limit.
    pub time_limit: Option<Duration>,
    /// What the sweep may cost; can be changed while it runs. By default only its memory is limited.
    pub limits: Arc<Limits>,
    /// What is not to be examined, because it would end the sweep.
    pub skips: Arc<Skips>,
    /// Whether stated sizes and names are trusted to say what need not be read.
    pub thoroughness: Thoroughness,
    /// What earlier sweeps learned, and where this one keeps what it learns. By default nothing is kept.
    pub inventory: Option<InventoryOptions>,
    /// The host's name for the report.
    pub host: String,
    /// The program and its version for the report.
    pub tool: String,
}

impl SweepOptions {
    /// Makes the options with all defaults.
    pub fn new(roots: Vec<PathBuf>) -> Self {
        Self {
            roots,
            exclude: Vec::new(),
            threads: None,
            rule_bytes_max: RULE_BYTES_MAX,
            time_limit: None,
            limits: Arc::default(),
            skips: Arc::default(),
            thoroughness: Thoroughness::AsPlanned,
            inventory: None,
            host: String::new(),
            tool: concat!("tocsin ", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// Whom a sweep asks and tells. What is missing is not examined, and the report says so.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Tells the time.
    pub clock: &'a dyn Clock,
    /// Is told how far the sweep is.
    pub progress: &'a dyn Progress,
    /// When it becomes true the sweep stops soon and reports what was left.
    pub cancel: &'a AtomicBool,
    /// Opens containers; without one they are examined as files only.
    pub unpacker: Option<&'a dyn Unpacker>,
    /// Tells of the running system; without one only files are examined.
    pub live: Option<&'a dyn LiveSystem>,
    /// Knows the system's own packages.
    pub packages: Option<&'a dyn Packages>,
    /// Takes the full list of what was not examined.
    pub not_examined: Option<&'a dyn NotExaminedSink>,
    /// Is told what each thread is about to examine, for whoever has to know should that be the last it does.
    pub in_hand: Option<&'a dyn InHand>,
}

impl<'a> Surroundings<'a> {
    /// Makes surroundings with a clock and nothing else.
    pub fn new(clock: &'a dyn Clock, cancel: &'a AtomicBool) -> Self {
        Self {
            clock,
            progress: &NoProgress,
            cancel,
            unpacker: None,
            live: None,
            packages: None,
            not_examined: None,
            in_hand: None,
        }
    }
}

/// Whether stated sizes and names are trusted to say what need not be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Thoroughness {
    /// Only files that the alert's sizes and names point at are hashed.
    #[default]
    AsPlanned,
    /// Every file is hashed, whatever sizes and names the alert states.
    HashEverything,
}
