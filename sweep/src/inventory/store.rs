//! One sweep's use of the inventory: open, ask about each file, tell what was learned, finish.
//!
//! Threads ask through a [`Finder`] of their own and never wait for the disk to write. Nothing that goes wrong here stops a
//! sweep: what is not known is read, what cannot be kept is read again next time.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{Algorithm, Clock};
use jiff::Timestamp;
use thiserror::Error;

use super::base::{Base, Damage, Tables};
use super::encoding::{Prefix, Record};
use super::facts::Facts;
use super::finding::{Finder, Known};
use super::folder::{BASE, InventoryFolder, JOURNAL, NEW_BASE, Unusable};
use super::journal::{self, JournalEnd, JournalEntry};
use super::judging::{Judging, Numbered, Renumbering};
use super::keeping::{KeepProblem, Keeper, Kept};
use super::merging::{Rewriting, Rewritten, Seen, day};
use super::path::FilePath;
use super::sorted::Sorted;
use super::trust::{FileIdentity, FileTimes, Trust};
use crate::detector::Fingerprint;

/// Bytes of the journal that are held in memory. A longer one becomes part of the base before the sweep begins.
const OVERLAY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// A shorter journal is left as it is when a sweep ends: rewriting the base would cost more than reading it again.
const JOURNAL_BYTES_LEFT: u64 = 1024 * 1024;
const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

/// Where an inventory is, and how large it may become.
#[derive(Clone, Debug)]
pub struct InventoryOptions {
    /// Its folder, used for nothing else. It is made where there is none.
    pub folder: PathBuf,
    /// Bytes of all its files together, also while they are rewritten: 1 GiB.
    pub bytes_max: u64,
    /// Files of which something is kept: 4 million.
    pub record_count_max: u64,
    pub(super) overlay_bytes_max: usize,
    /// For tests: when it is worth rewriting the base.
    pub(super) journal_bytes_left: Option<u64>,
}

/// What was learned before, and is being learned.
pub struct Inventory {
    options: InventoryOptions,
    folder: InventoryFolder,
    base: Base,
    overlay: Sorted,
    seen: Seen,
    tables: Mutex<Tables>,
    journal_number: u64,
    /// Whether the journal did not fit into the memory.
    journal_is_long: bool,
    keeper: Option<Keeper>,
    recording: Recording,
    notes: Vec<Note>,
    opened_at: i64,
}

/// Why an inventory cannot be used.
#[derive(Debug, Error)]
pub enum InventoryError {
    /// The system would not.
    #[error("use the inventory at '{}'", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others may change it, so nothing in it can be believed.
    #[error("use the inventory at '{}': others may look into the folder or change it", path.display())]
    NotPrivate {
        /// Where.
        path: PathBuf,
    },
}

/// Whether what is learned is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recording {
    /// It is.
    On,
    /// Another sweep writes at this moment.
    OtherSweep,
    /// The system would not; this is what it said.
    Failed(String),
}

/// Something about an inventory that people should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// It was damaged; so many blocks or frames were left out.
    Damaged(u64),
    /// Its verdicts were lost; its digests are there.
    VerdictsLost,
    /// It could not be rewritten; this is what the system said. Everything in it is still there.
    NotRewritten(String),
    /// It is of another version, which is not read: it begins afresh.
    OtherVersion(u32),
    /// It could not be read at all: it begins afresh.
    Unreadable,
}

/// What was read, and when.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The file.
    pub path: FilePath<'a>,
    /// Its state when it was opened, which was still its state when it had been read.
    pub file: FileIdentity,
    /// The instant before the first byte was read.
    pub began_at: Timestamp,
    /// What the file system's times are worth.
    pub times: FileTimes,
}

/// What a sweep has walked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Walk {
    /// Everything below the roots, except what was left out: every file there was asked about.
    Complete {
        /// Absolute.
        roots: Vec<Vec<u8>>,
        /// Absolute.
        excluded: Vec<Vec<u8>>,
    },
    /// It was stopped, or something could not be listed: what was not seen may still be there.
    Partial,
}

/// What became of what a sweep learned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files of which something was kept.
    pub kept_count: u64,
    /// Files of which nothing was: changed too recently, too much, or no room.
    pub not_kept_count: u64,
    /// Records of files that are no longer there.
    pub forgotten_count: u64,
    /// Records that there was no room for any more.
    pub dropped_count: u64,
    /// Whether the base was rewritten.
    pub is_rewritten: bool,
    /// What went wrong. What was kept before is there all the same.
    pub problem: Option<String>,
}

impl InventoryOptions {
    /// Makes the options with all defaults.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            bytes_max: 1024 * 1024 * 1024,
            record_count_max: 4_000_000,
            overlay_bytes_max: OVERLAY_BYTES_MAX,
            journal_bytes_left: None,
        }
    }

    /// Base, journal and a new base have a third each.
    fn file_bytes_max(&self) -> u64 {
        self.bytes_max / 3
    }
}

impl Inventory {
    /// Opens an inventory, and begins one where there is none. Only one sweep at a time writes; another one reads.
    pub fn open(options: &InventoryOptions, clock: &dyn Clock) -> Result<Self, InventoryError> {
        let failed = |unusable| InventoryError::of(&options.folder, unusable);
        let mut folder = InventoryFolder::open_or_make(&options.folder).map_err(failed)?;
        let recording = match folder.lock() {
            Ok(true) => Recording::On,
            Ok(false) => Recording::OtherSweep,
            Err(error) => Recording::Failed(error.to_string()),
        };
        let mut inventory = Self::load(options, folder, clock).map_err(failed)?;
        inventory.recording = recording;
        if inventory.recording == Recording::On
            && let Err(error) = inventory.begin_to_record(clock)
        {
            inventory.recording = Recording::Failed(error.to_string());
        }
        Ok(inventory)
    }

    /// Opens an inventory where there is one, only to read.
    pub(super) fn open_to_read(folder: &Path, clock: &dyn Clock) -> Result<Self, InventoryError> {
        let failed = |unusable| InventoryError::of(folder, unusable);
        let opened = InventoryFolder::open(folder).map_err(failed)?;
        Self::load(&InventoryOptions::new(folder), opened, clock).map_err(failed)
    }

    /// Adds algorithms to those that any alert on this host has asked for, and returns them all.
    pub fn ask_for(&self, algorithms: &[Algorithm]) -> Vec<Algorithm> {
        let mut tables = self.tables();
        let wanted = algorithms
            .iter()
            .fold(tables.algorithms, |all, one| all | bit_of(*one));
        if wanted != tables.algorithms {
            tables.algorithms = wanted;
            self.keep(|frame| frame.add_algorithms(wanted));
        }
        algorithms_of(wanted)
    }

    /// Makes the questions about a set of judges: all parts of one detector.
    pub fn judging(&self, parts: &[Fingerprint]) -> Judging {
        let mut tables = self.tables();
        let number = match self.keeper {
            Some(_) => self.number_of(&mut tables, parts),
            None => None,
        };
        tables.sets.judging(number, parts)
    }

    /// Makes what one thread asks with.
    pub fn finder(&self) -> Finder<'_> {
        Finder::new(Known {
            base: &self.base,
            overlay: &self.overlay,
            seen: &self.seen,
            now: self.opened_at,
        })
    }

    /// Keeps what one reading taught: nothing that was only known from before. Of the same state of the file, it is
    /// added to what is known; of another, it takes its place.
    pub fn record(&self, reading: &Reading<'_>, learned: Facts) {
        let Some(keeper) = &self.keeper else {
            return;
        };
        let trust = Trust::of(&reading.file, reading.began_at, reading.times);
        let body = match trust {
            Some(trust) if reading.path.is_kept() => Record {
                file: reading.file,
                read_at: reading.began_at.as_second(),
                seen_day: day(reading.began_at.as_second()),
                trust,
                facts: learned,
            }
            .encode(),
            _ => None,
        };
        match body {
            Some(body) => keeper.add(|frame| frame.add_record(reading.path, &body)),
            None => keeper.count_not_kept(),
        }
    }

    /// Returns whether what is learned is kept.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// Returns what people should know about the inventory.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Returns of how many files something was known when it was opened.
    pub fn record_count(&self) -> u64 {
        // A file that is in both counts twice; nobody decides anything by this.
        self.base.record_count() + self.overlay.len()
    }

    /// Writes what is left, and forgets what a complete walk did not see.
    pub fn finish(mut self, walk: &Walk, clock: &dyn Clock) -> Summary {
        let kept = self.keeper.take().map(Keeper::stop);
        let mut summary = match (&kept, &self.recording) {
            (Some(kept), _) => Summary::of(kept),
            (None, Recording::Failed(reason)) => Summary {
                problem: Some(reason.clone()),
                ..Summary::default()
            },
            (None, _) => Summary::default(),
        };
        let is_full = kept.as_ref().is_some_and(Kept::is_full);
        if is_full || (kept.is_some() && self.is_worth_rewriting()) {
            match self.rewrite(walk, clock) {
                Ok(rewritten) => {
                    summary.is_rewritten = true;
                    summary.forgotten_count = rewritten.forgotten;
                    summary.dropped_count = rewritten.dropped;
                }
                Err(error) => {
                    summary.problem.get_or_insert(error.to_string());
                }
            }
        }
        summary
    }

    fn load(
        options: &InventoryOptions,
        folder: InventoryFolder,
        clock: &dyn Clock,
    ) -> Result<Self, Unusable> {
        let opened_at = clock.now().as_second();
        let (base, damages) = match folder.find(BASE)? {
            Some(file) => Base::open(file, opened_at)?,
            None => (Base::empty(opened_at), Vec::new()),
        };
        let tables = Mutex::new(base.tables.clone());
        let mut inventory = Self {
            options: options.clone(),
            folder,
            seen: Seen::new(base.record_count()),
            journal_number: base.tables.journal,
            base,
            overlay: Sorted::default(),
            tables,
            journal_is_long: false,
            keeper: None,
            recording: Recording::OtherSweep,
            notes: damages.into_iter().map(Note::from).collect(),
            opened_at,
        };
        inventory.load_journal()?;
        Ok(inventory)
    }

    /// Reads the journal, if the base does not hold it already.
    fn load_journal(&mut self) -> io::Result<()> {
        let Some(file) = self.journal()? else {
            return Ok(());
        };
        let mut overlay = Sorted::default();
        let mut fits = true;
        let overlay_bytes_max = self.options.overlay_bytes_max;
        let tables = self
            .tables
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let end = journal::read(&file, &mut |entry| match entry {
            JournalEntry::Record(path, body) => {
                let Some(prefix) = Prefix::read(body) else {
                    return;
                };
                tables.sets.reserve(prefix.judged);
                fits = fits && overlay.byte_count() <= overlay_bytes_max;
                if fits {
                    overlay.add(path, body);
                }
            }
            JournalEntry::Set(number, set) => tables.sets.define(number, set),
            JournalEntry::SetUsed(number, used_at) => tables.sets.touch(number, used_at),
            JournalEntry::Algorithms(algorithms) => tables.algorithms |= algorithms & 7,
        })?;
        if let Some(end) = end
            && end.damaged_count > 0
        {
            self.notes.push(Note::Damaged(end.damaged_count));
        }
        if fits {
            self.overlay = overlay;
        } else {
            self.journal_is_long = true;
        }
        self.journal_number = end.map_or(self.journal_number, |end| end.number);
        Ok(())
    }

    /// Returns the journal, if it is the one that continues this base. One that the base holds already is of no use,
    /// and in one that continues a later base verdicts have other numbers.
    pub(super) fn journal(&self) -> io::Result<Option<File>> {
        let file = self.folder.find(JOURNAL)?;
        Ok(file.filter(|file| journal::number_of(file) == Some(self.next_journal())))
    }

    fn next_journal(&self) -> u64 {
        self.base.tables.journal.wrapping_add(1)
    }

    fn begin_to_record(&mut self, clock: &dyn Clock) -> io::Result<()> {
        self.folder.remove(NEW_BASE)?;
        let is_crowded = self.tables().sets.is_crowded();
        if self.journal_is_long || is_crowded {
            match self.rewrite(&Walk::Partial, clock) {
                Ok(_) => self.reload(clock)?,
                Err(error) => self.notes.push(Note::NotRewritten(error.to_string())),
            }
        }
        let mut file = self.folder.handle.open_for_writing(JOURNAL)?;
        let end = self.end_of(&mut file)?;
        let keeper = Keeper::start(file, end, self.options.file_bytes_max())?;
        self.journal_number = end.number;
        self.keeper = Some(keeper);
        Ok(())
    }

    fn reload(&mut self, clock: &dyn Clock) -> io::Result<()> {
        let now = clock.now().as_second();
        if let Some(file) = self.folder.find(BASE)? {
            (self.base, _) = Base::open(file, now)?;
            self.seen = Seen::new(self.base.record_count());
            self.overlay = Sorted::default();
            self.journal_is_long = false;
            self.tables = Mutex::new(self.base.tables.clone());
            self.journal_number = self.base.tables.journal;
        }
        Ok(())
    }

    /// Finds where the journal goes on, cuts off what is torn, and begins a new one where there is none.
    fn end_of(&self, file: &mut File) -> io::Result<JournalEnd> {
        let number = self.next_journal();
        let end = journal::read(file, &mut |_| {})?.filter(|end| end.number == number);
        let end = match end {
            Some(end) => end,
            None => self.begin_journal(file, number)?,
        };
        if end.is_torn {
            file.set_len(end.at)?;
        }
        file.seek(SeekFrom::Start(end.at))?;
        Ok(end)
    }

    fn begin_journal(&self, file: &mut File, number: u64) -> io::Result<JournalEnd> {
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&journal::header(number))?;
        file.sync_data()?;
        self.folder.handle.sync()?;
        Ok(JournalEnd {
            number,
            at: journal::HEADER_BYTES as u64,
            ..JournalEnd::default()
        })
    }

    fn is_worth_rewriting(&self) -> bool {
        let journal = self.journal().ok().flatten();
        let journal_bytes = journal
            .and_then(|file| file.metadata().ok())
            .map_or(0, |metadata| metadata.len());
        let left = JOURNAL_BYTES_LEFT.max(self.base.byte_count / 8);
        let is_long = journal_bytes > self.options.journal_bytes_left.unwrap_or(left);
        // After half of what was known was not asked about, it may be that much is gone.
        let is_old = self.opened_at.saturating_sub(self.base.tables.made_at) > SECONDS_OF_A_DAY;
        let is_stale = is_old && self.seen.count() < self.base.record_count() / 2;
        is_long || is_stale
    }

    fn rewrite(&self, walk: &Walk, clock: &dyn Clock) -> io::Result<Rewritten> {
        let now = clock.now().as_second();
        let (tables, renumbering) = self.next_tables(now);
        let journal = self.journal()?;
        let was_looked_for = |path: FilePath<'_>| walk.would_have_seen(path);
        let rewriting = Rewriting {
            base: &self.base,
            journal: journal.as_ref(),
            overlay: &self.overlay,
            seen: &self.seen,
            began_at: self.opened_at,
            now,
            was_looked_for: &was_looked_for,
            record_count_max: self.options.record_count_max,
            bytes_max: self.options.file_bytes_max(),
        };
        let rewritten = rewriting.write(&self.folder, &tables, &renumbering)?;
        // The base says that it holds this journal: should this fail, the journal is passed over all the same.
        let _ = self.folder.remove(JOURNAL);
        Ok(rewritten)
    }

    fn next_tables(&self, now: i64) -> (Tables, Renumbering) {
        let tables = self.tables();
        let (sets, renumbering) = tables.sets.renumbered();
        let next = Tables {
            journal: self.journal_number,
            algorithms: tables.algorithms,
            made_at: now,
            sets,
        };
        (next, renumbering)
    }

    fn number_of(&self, tables: &mut Tables, parts: &[Fingerprint]) -> Option<u8> {
        let (number, numbered) = tables.sets.number_of(parts, self.opened_at)?;
        match numbered {
            Numbered::Now => {
                let set = tables.sets.set(number)?;
                self.keep(|frame| frame.add_set(number, set));
            }
            Numbered::Before { used_at } => {
                if self.opened_at.saturating_sub(used_at) > SECONDS_OF_A_DAY {
                    self.keep(|frame| frame.add_set_used(number, self.opened_at));
                }
            }
        }
        Some(number)
    }

    fn keep(&self, add: impl FnOnce(&mut journal::FrameBuilder)) {
        if let Some(keeper) = &self.keeper {
            keeper.add(add);
        }
    }

    pub(super) fn base(&self) -> &Base {
        &self.base
    }

    pub(super) fn folder(&self) -> &InventoryFolder {
        &self.folder
    }

    pub(super) fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InventoryError {
    fn of(folder: &Path, unusable: Unusable) -> Self {
        let path = folder.to_owned();
        match unusable {
            Unusable::Io(source) => Self::Io { path, source },
            Unusable::NotPrivate => Self::NotPrivate { path },
        }
    }
}

impl From<Damage> for Note {
    fn from(damage: Damage) -> Self {
        match damage {
            Damage::Header => Self::Unreadable,
            Damage::Index => Self::Damaged(1),
            Damage::Tables => Self::VerdictsLost,
            Damage::Version(version) => Self::OtherVersion(version),
        }
    }
}

impl Summary {
    fn of(kept: &Kept) -> Self {
        Self {
            kept_count: kept.written_count,
            not_kept_count: kept.left_out_count,
            problem: kept.problem.as_ref().map(|problem| match problem {
                KeepProblem::Full => "the inventory is as large as it may be".to_owned(),
                KeepProblem::Io(_, text) => text.clone(),
            }),
            ..Self::default()
        }
    }
}

impl Walk {
    fn would_have_seen(&self, path: FilePath<'_>) -> bool {
        let lies_in = |places: &[Vec<u8>]| places.iter().any(|place| path.lies_in(place));
        match self {
            Self::Complete { roots, excluded } => lies_in(roots) && !lies_in(excluded),
            Self::Partial => false,
        }
    }
}

fn bit_of(algorithm: Algorithm) -> u8 {
    match algorithm {
        Algorithm::Md5 => 1,
        Algorithm::Sha1 => 2,
        Algorithm::Sha256 => 4,
    }
}

pub(super) fn algorithms_of(bits: u8) -> Vec<Algorithm> {
    let mut algorithms = Algorithm::ALL.to_vec();
    algorithms.retain(|algorithm| bits & bit_of(*algorithm) != 0);
    algorithms
}
