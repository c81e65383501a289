//! One sweep from beginning to end: the alerts become a plan, threads look at what runs, walk and examine, counts and
//! findings become reports.

use std::ffi::CString;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use domain::{
    Alert, AlertId, AlertReference, Coverage, Finding, ItemPath, Outcome, Reason, SelfTest,
    SweepReport, report,
};
use jiff::Timestamp;
use thiserror::Error;

use crate::combine::judge_combinations;
use crate::detector::Detector;
use crate::findings::FindingList;
use crate::in_hand::Hands;
use crate::inventory::{Inventory, Opener, Recording, Walk};
use crate::ledger::Ledger;
use crate::likely::Likelihood;
use crate::options::{Surroundings, SweepOptions};
use crate::pace::Pace;
use crate::plan::{Plan, Running, TargetPlan};
use crate::platform::{self, FileSystem, FolderHandle};
use crate::progress::ProgressNow;
use crate::queue::{Job, Queue};
use crate::read::{Stop, reason_of};
use crate::recall::Memory;
use crate::room::Room;
use crate::self_test::self_test;
use crate::walk::Worker;

/// How often the progress is told, in milliseconds.
const PROGRESS_INTERVAL_MS: u64 = 100;
/// The whole of a sweep, in the units in which folders have their share.
const WHOLE: u64 = 1 << 62;
/// Threads at most: more only wait for the disk.
pub(crate) const THREADS_MAX: usize = 64;

/// One alert to sweep for.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// What is sought.
    pub alert: &'a Alert,
    /// Its id; absent for an unsigned draft.
    pub id: Option<AlertId>,
    /// Make those checks that are not of names, sizes and digests; at most [`crate::DETECTORS_MAX`]. An alert with a rule
    /// that none of them makes is never swept completely.
    pub detectors: &'a [&'a dyn Detector],
}

/// Lends what was made for each alert, for its [`Target`].
pub fn lend(made: &[Vec<Box<dyn Detector>>]) -> Vec<Vec<&dyn Detector>> {
    made.iter()
        .map(|made| made.iter().map(|one| &**one).collect())
        .collect()
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
    /// The process in which it ran could not do it; this is what that said, or what became of it.
    #[error("{message}")]
    Worker {
        /// Readable after "could not".
        message: String,
    },
    /// The place holds no files: it is one of the kernel's own file systems.
    #[error("look into '{}': it is a file system of the kernel's own", path.display())]
    KernelFileSystem {
        /// The place.
        path: PathBuf,
    },
}

/// Looks at what runs, walks the roots once for all `targets`, and returns one report for each, in their order.
pub fn sweep(
    targets: &[Target<'_>],
    options: &SweepOptions,
    surroundings: &Surroundings<'_>,
) -> Result<Vec<SweepReport>, SweepError> {
    let started_at = surroundings.clock.now();
    let began = Instant::now();
    let (roots, unusable) = open_roots(&options.roots)?;
    let running = match surroundings.live {
        Some(_) => Running::Examined,
        None => Running::LeftOut,
    };
    let plan = Plan::new(targets, options.thoroughness, running);
    let pace = Pace::new(&options.limits, surroundings.progress);
    let deadline = options.time_limit.map(|limit| began + limit);
    let stop = Stop {
        pace: Some(&pace),
        in_hand: surroundings.in_hand,
        ..Stop::new(surroundings.cancel, deadline)
    };
    let self_tests: Vec<SelfTest> = plan.targets.iter().map(self_test).collect();
    let inventory = open_inventory(options, surroundings);
    let mut walked = walk_all(
        (&plan, options, surroundings),
        inventory.as_ref(),
        (roots, unusable),
        stop,
    );
    if let Some(inventory) = inventory {
        close_inventory(inventory, &walked.walk, surroundings);
    }
    let finished_at = surroundings.clock.now();
    let coverages = walked.coverages.drain(..).zip(walked.findings.drain(..));
    let reports = plan.targets.iter().zip(coverages).zip(self_tests);
    Ok(reports
        .map(|((target, (coverage, findings)), self_test)| {
            let coverage = Coverage {
                containers_opened: surroundings.unpacker.is_some(),
                running_examined: surroundings.live.is_some(),
                ..coverage
            };
            let times = (started_at, finished_at);
            SweepReport {
                self_test: Some(self_test),
                ..report_of(target, coverage, findings, options, times)
            }
        })
        .collect())
}

/// What threads came to, by target, and what they have seen.
struct Walked {
    coverages: Vec<Coverage>,
    findings: Vec<FindingList>,
    walk: Walk,
}

type Asked<'s, 'a> = (&'s Plan<'a>, &'s SweepOptions, &'s Surroundings<'s>);

/// Looks at what runs and at every file below the roots.
fn walk_all(
    (plan, options, surroundings): Asked<'_, '_>,
    inventory: Option<&Inventory>,
    (roots, unusable): (Vec<Root>, Unusable),
    stop: Stop<'_>,
) -> Walked {
    let unpacker = surroundings.unpacker;
    let opener = unpacker.map(|unpacker| Opener::of(&unpacker.fingerprint()));
    let memory = inventory.map(|inventory| Memory::new(inventory, plan, opener));
    let shared = Shared::new((plan, options, surroundings), memory, roots, stop);
    let mut ledger = Ledger::new(plan, surroundings.not_examined);
    for (path, reason) in unusable {
        let path = || ItemPath::from_bytes(platform::path_bytes(&path));
        ledger.note(reason, path, "");
    }
    note_what_nobody_checks((plan, surroundings), &mut ledger);
    run_threads(&shared, &mut ledger);
    shared.tell_final_progress(&ledger);
    Walked {
        coverages: ledger.coverages(plan),
        findings: shared
            .findings
            .iter()
            .map(|findings| std::mem::take(&mut *lock(findings)))
            .collect(),
        walk: shared.what_was_walked(&ledger),
    }
}

/// Notes the checks that are not available, and the detectors that failed before there was anything to match.
fn note_what_nobody_checks(
    (plan, surroundings): (&Plan<'_>, &Surroundings<'_>),
    ledger: &mut Ledger<'_>,
) {
    for (number, target) in plan.targets.iter().enumerate() {
        for detector in &target.failed_detectors {
            let name = || ItemPath::from_bytes(detector.as_bytes());
            let detail = "it panicked when it was asked what it checks";
            ledger.note_for(number, Reason::DetectorFailed, &name, detail);
        }
        // The ledger counts them itself; the full list has them too.
        let sink = surroundings.not_examined.iter();
        for (sink, check) in
            sink.flat_map(|sink| target.unavailable.iter().map(move |one| (sink, one)))
        {
            let name = ItemPath::from_bytes(check.as_bytes());
            sink.note(number, Reason::CheckUnavailable, &name, "");
        }
    }
}

/// Opens the inventory; a sweep without one only takes longer.
fn open_inventory(options: &SweepOptions, surroundings: &Surroundings<'_>) -> Option<Inventory> {
    let kept = options.inventory.as_ref()?;
    match Inventory::open(kept, surroundings.clock) {
        Ok(inventory) => {
            for note in inventory.notes() {
                tracing::warn!(?note, "the inventory");
            }
            if inventory.recording() != &Recording::On {
                tracing::warn!(why = ?inventory.recording(), "what this sweep learns is not kept");
            }
            Some(inventory)
        }
        Err(error) => {
            tracing::warn!("could not {}", domain::chain(&error));
            None
        }
    }
}

fn close_inventory(inventory: Inventory, walk: &Walk, surroundings: &Surroundings<'_>) {
    let summary = inventory.finish(walk, surroundings.clock);
    tracing::info!(?summary, "the inventory is kept");
    if let Some(problem) = summary.problem {
        tracing::warn!(problem, "not everything that was learned could be kept");
    }
}

/// Where a walk begins.
pub(crate) struct Root {
    /// From `/`, without links.
    pub(crate) path: Vec<u8>,
    pub(crate) handle: FolderHandle,
    /// Where a single file was given: its name. The folder is the one it lies in.
    pub(crate) only_file: Option<CString>,
}

/// What all threads of a sweep share.
pub(crate) struct Shared<'s, 'a> {
    pub(crate) plan: &'s Plan<'a>,
    pub(crate) options: &'s SweepOptions,
    pub(crate) surroundings: &'s Surroundings<'s>,
    pub(crate) roots: Vec<Root>,
    /// What is left out, without links.
    pub(crate) excluded: Vec<PathBuf>,
    pub(crate) memory: Option<Memory<'s>>,
    pub(crate) queue: Queue,
    pub(crate) likelihood: Likelihood,
    pub(crate) stop: Stop<'s>,
    pub(crate) room: Arc<Room>,
    pub(crate) hands: Hands<'s>,
    /// By target.
    pub(crate) findings: Vec<Mutex<FindingList>>,
    began: Instant,
    told_at_ms: AtomicU64,
    share_done: AtomicU64,
    folder_count: AtomicU64,
    item_count: AtomicU64,
    read_bytes: AtomicU64,
    finding_count: AtomicU64,
}

impl<'s, 'a> Shared<'s, 'a> {
    fn new(
        (plan, options, surroundings): Asked<'s, 'a>,
        memory: Option<Memory<'s>>,
        roots: Vec<Root>,
        stop: Stop<'s>,
    ) -> Self {
        let share = WHOLE / roots.len().max(1) as u64;
        let jobs = (0..roots.len()).map(|root| Job::Folder {
            parent: None,
            name: CString::default(),
            root,
            share,
        });
        // The last is taken first: what runs tells soonest.
        let live = surroundings.live.map(|_| Job::Live);
        Self {
            plan,
            options,
            surroundings,
            memory,
            likelihood: Likelihood::new(plan.targets.iter().map(|target| target.alert)),
            queue: Queue::new(jobs.rev().chain(live).collect()),
            roots,
            excluded: options
                .exclude
                .iter()
                .map(|path| path.canonicalize().unwrap_or_else(|_| path.clone()))
                .collect(),
            stop,
            room: Room::new(Arc::clone(&options.limits)),
            hands: Hands::new(surroundings.in_hand, &options.skips),
            findings: plan.targets.iter().map(|_| Mutex::default()).collect(),
            began: Instant::now(),
            told_at_ms: AtomicU64::new(0),
            share_done: AtomicU64::new(0),
            folder_count: AtomicU64::new(0),
            item_count: AtomicU64::new(0),
            read_bytes: AtomicU64::new(0),
            finding_count: AtomicU64::new(0),
        }
    }

    /// Says whether every file below the roots was seen, so that the others can be forgotten.
    fn what_was_walked(&self, ledger: &Ledger<'_>) -> Walk {
        if self.stop.is_now() || ledger.has_unlisted_folders() {
            return Walk::Partial;
        }
        let whole = self.roots.iter().filter(|root| root.only_file.is_none());
        Walk::Complete {
            roots: whole.map(|root| root.path.clone()).collect(),
            excluded: self
                .excluded
                .iter()
                .map(|path| platform::path_bytes(path).to_vec())
                .collect(),
        }
    }

    pub(crate) fn count_finding(&self) {
        self.finding_count.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a folder's share, or what is left of it, as done.
    pub(crate) fn finish_share(&self, share: u64) {
        self.share_done.fetch_add(share, Ordering::Relaxed);
    }

    /// Adds folders, items and bytes to what was counted, and tells the progress when it is time. Differences may be
    /// negative: what has vanished is counted back.
    pub(crate) fn tell_progress(&self, (folders, items, bytes): (u64, u64, u64)) {
        self.folder_count.fetch_add(folders, Ordering::Relaxed);
        self.item_count.fetch_add(items, Ordering::Relaxed);
        self.read_bytes.fetch_add(bytes, Ordering::Relaxed);
        let now_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let told_at_ms = self.told_at_ms.load(Ordering::Relaxed);
        let due = told_at_ms.saturating_add(PROGRESS_INTERVAL_MS);
        let mine = now_ms >= due
            && self
                .told_at_ms
                .compare_exchange(told_at_ms, now_ms, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if mine {
            self.surroundings.progress.update(&self.progress_now());
        }
    }

    fn progress_now(&self) -> ProgressNow {
        let item_count = self.item_count.load(Ordering::Relaxed);
        let fraction_done = ratio(self.share_done.load(Ordering::Relaxed), WHOLE);
        ProgressNow {
            folder_count: self.folder_count.load(Ordering::Relaxed),
            item_count,
            read_bytes: self.read_bytes.load(Ordering::Relaxed),
            finding_count: self.finding_count.load(Ordering::Relaxed),
            fraction_done,
            item_count_estimated: estimate(item_count, fraction_done),
        }
    }

    fn tell_final_progress(&self, ledger: &Ledger<'_>) {
        self.surroundings.progress.update(&ProgressNow {
            folder_count: ledger.folder_count,
            item_count: ledger.item_count,
            read_bytes: ledger.read_bytes,
            finding_count: self.finding_count.load(Ordering::Relaxed),
            fraction_done: 1.0,
            item_count_estimated: ledger.item_count,
        });
    }
}

#[expect(clippy::cast_precision_loss, reason = "a fraction for people")]
fn ratio(part: u64, whole: u64) -> f64 {
    (part as f64 / whole as f64).clamp(0.0, 1.0)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate for people; the cast saturates"
)]
fn estimate(so_far: u64, fraction_done: f64) -> u64 {
    if fraction_done > 0.0 {
        ((so_far as f64 / fraction_done) as u64).max(so_far)
    } else {
        so_far
    }
}

fn run_threads<'s>(shared: &'s Shared<'s, '_>, ledger: &mut Ledger<'s>) {
    let threads = shared
        .options
        .threads
        .or_else(|| thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get)
        .min(THREADS_MAX);
    thread::scope(|scope| {
        // One thread is this one: a sweep works also where no other can be started.
        let others: Vec<_> = (1..threads)
            .map_while(|number| {
                thread::Builder::new()
                    .name("sweep".to_owned())
                    .spawn_scoped(scope, move || Worker::new(shared, number).run())
                    .ok()
            })
            .collect();
        ledger.add(Worker::new(shared, 0).run());
        for other in others {
            match other.join() {
                Ok(counted) => ledger.add(counted),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
}

type Unusable = Vec<(PathBuf, Reason)>;

/// Opens where the walk begins. What cannot be opened is a gap, or, where nothing can, the error.
fn open_roots(paths: &[PathBuf]) -> Result<(Vec<Root>, Unusable), SweepError> {
    let mut roots: Vec<Root> = Vec::new();
    let mut unusable = Vec::new();
    let mut first_error = None;
    for path in paths {
        match open_root(path) {
            Ok(root) => roots.push(root),
            Err(error) => {
                let reason = match &error {
                    SweepError::KernelFileSystem { .. } => Reason::SpecialFile,
                    // A place that was asked for and is not there is a gap, unlike a file that vanished.
                    SweepError::Root { source, .. } => match reason_of(source) {
                        Reason::Permission => Reason::Permission,
                        _ => Reason::ReadError,
                    },
                    SweepError::NoRoot | SweepError::Worker { .. } => Reason::ReadError,
                };
                unusable.push((path.clone(), reason));
                first_error.get_or_insert(error);
            }
        }
    }
    if roots.is_empty() {
        return Err(first_error.unwrap_or(SweepError::NoRoot));
    }
    drop_nested(&mut roots);
    Ok((roots, unusable))
}

fn open_root(path: &Path) -> Result<Root, SweepError> {
    let failed = |source: io::Error| SweepError::Root {
        path: path.to_owned(),
        source,
    };
    let real = path.canonicalize().map_err(failed)?;
    let metadata = fs_err::symlink_metadata(&real).map_err(failed)?;
    let (folder, only_file) = match (metadata.is_file(), real.parent(), real.file_name()) {
        (true, Some(parent), Some(name)) => {
            let name = CString::new(name.as_encoded_bytes()).map_err(|e| failed(e.into()))?;
            (parent, Some(name))
        }
        _ => (real.as_path(), None),
    };
    let handle = platform::open_root(folder).map_err(failed)?;
    if platform::file_system_of(&handle).map_err(failed)? == FileSystem::Kernel {
        return Err(SweepError::KernelFileSystem {
            path: path.to_owned(),
        });
    }
    Ok(Root {
        path: platform::path_bytes(folder).to_vec(),
        handle,
        only_file,
    })
}

/// Drops roots that lie below another, so that no file is counted twice.
fn drop_nested(roots: &mut Vec<Root>) {
    let all: Vec<(Vec<u8>, Option<CString>)> = roots
        .iter()
        .map(|root| (root.path.clone(), root.only_file.clone()))
        .collect();
    let mut number = 0;
    roots.retain(|root| {
        let mine = number;
        number += 1;
        !all.iter().enumerate().any(|(other, (path, only_file))| {
            let same = *path == root.path && *only_file == root.only_file;
            let covers = only_file.is_none()
                && platform::path_from_bytes(&root.path)
                    .starts_with(platform::path_from_bytes(path));
            other != mine && if same { other < mine } else { covers }
        })
    });
}

fn report_of(
    target: &TargetPlan<'_>,
    coverage: Coverage,
    mut list: FindingList,
    options: &SweepOptions,
    (started_at, finished_at): (Timestamp, Timestamp),
) -> SweepReport {
    judge_combinations(target.alert, &mut list.pending);
    list.keep_the_worst();
    let findings: Vec<Finding> = list.pending.into_iter().map(|one| one.finding).collect();
    SweepReport {
        schema: report::SCHEMA,
        tool: options.tool.clone(),
        alert: AlertReference {
            id: target.id,
            number: target.alert.number.clone(),
            version: target.alert.version,
            exercise: target.alert.exercise,
        },
        host: options.host.clone(),
        started_at,
        finished_at,
        roots: options
            .roots
            .iter()
            .map(|root| ItemPath::from_bytes(platform::path_bytes(root)))
            .collect(),
        outcome: Outcome::of(&coverage, &findings),
        coverage,
        findings,
        findings_left_out: list.left_out,
        self_test: None,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
