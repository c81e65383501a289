//! The watch itself: three threads, one that listens, one that looks, one that slowly reads everything again.

use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::Clock;

use super::listening::{Ground, Inodes};
use super::mounts::Mounts;
use super::places::{Due, Places};
use super::standing::Standing;
use super::telling::{Notice, PassKind, Teller};
use crate::judging::Accepted;
use crate::manifest::Manifest;
use crate::memory::Memory;
use crate::passing::{Pass, Place, Reading};
use crate::platform::Folder;
use crate::platform::folders::{path_of, stat_of};
use crate::stopping::{Pace, Stop};

/// How often the root, its mounts and the manifest are looked at.
const TICK: Duration = Duration::from_millis(500);
/// How long events are gathered before they are acted on.
const GATHERING: Duration = Duration::from_millis(30);
/// The shortest time between two rescans; also never shorter than the last one took, so that whoever provokes them gets half of a
/// processor at most.
const RESCAN_PAUSE: Duration = Duration::from_secs(1);

/// How a watch works.
#[derive(Clone, Copy, Debug)]
pub struct WatchSettings {
    /// How many threads look.
    pub threads: NonZeroUsize,
    /// How fast the slow pass reads.
    pub slow_bytes_per_second: u64,
    /// How long the slow pass pauses before it begins again.
    pub slow_pause: Duration,
    /// How often everything is looked at by what the file system says.
    pub timed_every: Duration,
    /// How long the manifest before is accepted as well, when a new one comes.
    pub settling: Duration,
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self {
            threads: NonZeroUsize::new(2).unwrap_or(NonZeroUsize::MIN),
            slow_bytes_per_second: 20 * 1024 * 1024,
            slow_pause: Duration::from_mins(10),
            timed_every: Duration::from_mins(1),
            settling: Duration::from_mins(2),
        }
    }
}

/// A folder under watch.
pub struct Watch {
    path: PathBuf,
    settings: WatchSettings,
    clock: Arc<dyn Clock>,
    ground: Option<Ground>,
    no_events: Option<String>,
    places: Places,
    standing: Standing,
    state: Mutex<State>,
    generation: AtomicU64,
    passes: AtomicU64,
}

struct State {
    root: Arc<Folder>,
    accepted: Accepted,
    memory: Arc<Memory>,
    settled_at: Option<Instant>,
    /// Ends the slow pass that is under way when it is outdated.
    slow: Arc<Stop>,
}

impl Watch {
    /// Begins to listen: whatever happens from now on is found once [`Watch::run`] runs.
    pub fn begin(
        path: &Path,
        manifest: Arc<Manifest>,
        settings: WatchSettings,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Self> {
        let root = Arc::new(Folder::open_root(path)?);
        let begun = Ground::begin().and_then(|ground| {
            ground.listen_on(&root)?;
            ground.set_root(Arc::clone(&root), path_of(&*root)?);
            Ok(ground)
        });
        let (ground, no_events) = match begun {
            Ok(ground) => (Some(ground), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let state = State {
            root,
            memory: Arc::new(Memory::new(manifest.len())),
            accepted: Accepted {
                current: manifest,
                previous: None,
            },
            settled_at: None,
            slow: Arc::default(),
        };
        Ok(Self {
            path: path.to_owned(),
            settings,
            clock,
            ground,
            no_events,
            places: Places::default(),
            standing: Standing::default(),
            state: Mutex::new(state),
            generation: AtomicU64::new(0),
            passes: AtomicU64::new(0),
        })
    }

    /// Tells why there are no events here, if there are none.
    pub fn no_events(&self) -> Option<&str> {
        self.no_events.as_deref()
    }

    /// Watches until it is asked to end. `newer` is asked now and then for a newer manifest, which must have been accepted by its
    /// [`crate::Floor`]; `tell` is called from several threads.
    pub fn run(
        &self,
        stop: &Stop,
        newer: &mut dyn FnMut() -> Option<Arc<Manifest>>,
        tell: &(dyn Fn(Notice) + Sync),
    ) {
        if let Some(reason) = &self.no_events {
            tell(Notice::NoEvents {
                reason: reason.clone(),
            });
        }
        std::thread::scope(|scope| {
            if let Some(ground) = &self.ground {
                scope.spawn(|| {
                    let listened = ground.listen(&self.places, stop, &|| tell(Notice::EventsLost));
                    if let Err(error) = listened {
                        tell(Notice::NoEvents {
                            reason: error.to_string(),
                        });
                        self.places.add_everything();
                    }
                });
            }
            scope.spawn(|| self.read_slowly(stop, tell));
            self.look(stop, newer, tell);
            self.lock().slow.stop();
        });
    }

    fn look(
        &self,
        stop: &Stop,
        newer: &mut dyn FnMut() -> Option<Arc<Manifest>>,
        tell: &(dyn Fn(Notice) + Sync),
    ) {
        let mut rounds = Rounds::new(self);
        self.whole(PassKind::First, stop, tell);
        rounds.ended(Duration::ZERO);
        while !stop.is_stopped() {
            self.places.wait(TICK);
            if stop.wait(GATHERING) {
                return;
            }
            self.take_newer(newer, &mut rounds, tell);
            self.find_root(&mut rounds, tell);
            let began = Instant::now();
            let kind = match self.places.take(began >= rounds.rescan_from) {
                Some(Due::Everything) => Some(PassKind::Rescan),
                Some(Due::Places(places)) => {
                    self.some(places, stop, tell);
                    None
                }
                // What waits is being written: it is left alone for a moment.
                None if rounds.timed_at > began => {
                    stop.wait(GATHERING);
                    None
                }
                None => Some(PassKind::Timed),
            };
            if let Some(kind) = kind {
                self.whole(kind, stop, tell);
                rounds.ended(began.elapsed());
            }
        }
    }

    /// Takes a newer manifest, and lets the one before it go in time.
    fn take_newer(
        &self,
        newer: &mut dyn FnMut() -> Option<Arc<Manifest>>,
        rounds: &mut Rounds,
        tell: &(dyn Fn(Notice) + Sync),
    ) {
        let mut state = self.lock();
        if rounds.ticked_at.elapsed() >= TICK
            && let Some(manifest) = newer()
        {
            let version = manifest.head().version;
            state.memory = Arc::new(Memory::new(manifest.len()));
            let previous = std::mem::replace(&mut state.accepted.current, manifest);
            state.accepted.previous = Some(previous);
            state.settled_at = Some(Instant::now() + self.settings.settling);
            self.renew(&mut state);
            rounds.is_expiry_told = false;
            tell(Notice::Version { version });
        }
        if state.settled_at.is_some_and(|at| Instant::now() >= at) {
            state.settled_at = None;
            state.accepted.previous = None;
            self.renew(&mut state);
        }
        let expires_at = state.accepted.current.head().expires_at;
        if let Some(expired_at) = expires_at.filter(|at| *at <= self.clock.now())
            && !std::mem::replace(&mut rounds.is_expiry_told, true)
        {
            tell(Notice::Expired { expired_at });
        }
    }

    /// What was found before counts no longer: everything is looked at anew.
    fn renew(&self, state: &mut State) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        std::mem::take(&mut state.slow).stop();
        self.places.add_everything();
    }

    /// Makes sure that the root is still the one that its path leads to, and that nothing was mounted below it.
    fn find_root(&self, rounds: &mut Rounds, tell: &(dyn Fn(Notice) + Sync)) {
        if rounds.ticked_at.elapsed() < TICK {
            return;
        }
        rounds.ticked_at = Instant::now();
        let found = Folder::open_root(&self.path)
            .and_then(|root| Ok((stat_of(&root)?, path_of(&root)?, root)));
        let (stat, path, root) = match found {
            Ok(found) => found,
            Err(error) => {
                if !std::mem::replace(&mut rounds.is_root_missing, true) {
                    tell(Notice::RootMissing {
                        reason: error.to_string(),
                    });
                }
                return;
            }
        };
        let mut state = self.lock();
        let is_same = stat_of(&*state.root)
            .is_ok_and(|before| (before.device, before.inode) == (stat.device, stat.inode));
        let was_missing = std::mem::replace(&mut rounds.is_root_missing, false);
        let has_moved = rounds
            .root_path
            .replace(path.clone())
            .is_some_and(|before| before != path);
        if !is_same || was_missing || has_moved {
            state.root = Arc::new(root);
            state.memory = Arc::new(Memory::new(state.accepted.current.len()));
            self.listen_on(&Arc::clone(&state.root), tell);
            self.renew(&mut state);
        }
        if let Some(ground) = &self.ground
            && (!is_same || was_missing || has_moved)
        {
            ground.set_root(Arc::clone(&state.root), path.clone());
        }
        if rounds.mounts.have_changed(&path) {
            self.renew(&mut state);
        }
    }

    fn listen_on(&self, folder: &Arc<Folder>, tell: &(dyn Fn(Notice) + Sync)) {
        if let Some(ground) = &self.ground
            && let Err(error) = ground.listen_on(folder)
        {
            tell(Notice::NoEvents {
                reason: error.to_string(),
            });
        }
    }

    /// Looks at everything of which the file system says that it may have changed.
    fn whole(&self, kind: PassKind, stop: &Stop, tell: &(dyn Fn(Notice) + Sync)) {
        let view = View::new(self);
        let teller = view.teller(self, tell);
        let pace = Pace::new(None);
        let pass = view.pass(
            Reading::Changed,
            self.settings.threads,
            &pace,
            stop,
            &teller,
        );
        let (totals, devices) = pass.whole();
        self.after_whole(&view, stop, tell, &pace);
        for path in devices {
            if let Ok(folder) = view.root.open_below(&path) {
                self.listen_on(&Arc::new(folder), tell);
            }
        }
        if let Some(ground) = &self.ground {
            ground.set_inodes(Inodes {
                sorted: view.memory.inodes(),
                manifest: Some(Arc::clone(&view.accepted.current)),
            });
        }
        if !stop.is_stopped() {
            tell(Notice::Pass { kind, totals });
        }
    }

    /// Looks again at alarms that a whole pass did not come upon: what was added may be gone.
    fn after_whole(&self, view: &View, stop: &Stop, tell: &(dyn Fn(Notice) + Sync), pace: &Pace) {
        let old = self.standing.not_found_since(view.number);
        if old.is_empty() || stop.is_stopped() {
            return;
        }
        let places = old.into_iter().map(|path| Place {
            path,
            is_deep: false,
        });
        let teller = view.teller(self, tell);
        view.pass(Reading::Changed, self.settings.threads, pace, stop, &teller)
            .places(places.collect());
    }

    fn some(&self, places: Vec<Place>, stop: &Stop, tell: &(dyn Fn(Notice) + Sync)) {
        let view = View::new(self);
        let teller = view.teller(self, tell);
        let threads = if places.len() < 64 {
            NonZeroUsize::MIN
        } else {
            self.settings.threads
        };
        view.pass(Reading::Changed, threads, &Pace::new(None), stop, &teller)
            .places(places);
    }

    /// Reads everything again and again, at a rate that nobody notices.
    fn read_slowly(&self, stop: &Stop, tell: &(dyn Fn(Notice) + Sync)) {
        while !stop.wait(self.settings.slow_pause) {
            let view = View::new(self);
            let teller = view.teller(self, tell);
            let pace = Pace::new(Some(self.settings.slow_bytes_per_second));
            let pass = view.pass(Reading::All, NonZeroUsize::MIN, &pace, &view.slow, &teller);
            let (totals, _) = pass.whole();
            if view.slow.is_stopped() {
                continue;
            }
            self.after_whole(&view, stop, tell, &pace);
            tell(Notice::Pass {
                kind: PassKind::Slow,
                totals,
            });
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When what is done next.
struct Rounds {
    timed_every: Duration,
    timed_at: Instant,
    rescan_from: Instant,
    ticked_at: Instant,
    mounts: Mounts,
    root_path: Option<Vec<u8>>,
    is_root_missing: bool,
    is_expiry_told: bool,
}

impl Rounds {
    fn new(watch: &Watch) -> Self {
        let now = Instant::now();
        let root_path = path_of(&*watch.lock().root).ok();
        let mut mounts = Mounts::default();
        mounts.have_changed(root_path.as_deref().unwrap_or_default());
        Self {
            timed_every: watch.settings.timed_every,
            timed_at: now,
            rescan_from: now,
            ticked_at: now,
            mounts,
            root_path,
            is_root_missing: false,
            is_expiry_told: false,
        }
    }

    fn ended(&mut self, took: Duration) {
        let now = Instant::now();
        self.rescan_from = now + took.max(RESCAN_PAUSE);
        self.timed_at = now + took.max(self.timed_every);
    }
}

/// What one pass works with, whatever changes meanwhile.
struct View {
    root: Arc<Folder>,
    accepted: Accepted,
    memory: Arc<Memory>,
    slow: Arc<Stop>,
    generation: u64,
    number: u64,
}

impl View {
    fn new(watch: &Watch) -> Self {
        let state = watch.lock();
        Self {
            root: Arc::clone(&state.root),
            accepted: state.accepted.clone(),
            memory: Arc::clone(&state.memory),
            slow: Arc::clone(&state.slow),
            generation: watch.generation.load(Ordering::Acquire),
            number: watch.passes.fetch_add(1, Ordering::AcqRel) + 1,
        }
    }

    fn teller<'a>(&self, watch: &'a Watch, tell: &'a (dyn Fn(Notice) + Sync)) -> Teller<'a> {
        Teller {
            standing: &watch.standing,
            places: &watch.places,
            clock: &*watch.clock,
            tell,
            pass: self.number,
            generation: self.generation,
            in_force: &watch.generation,
        }
    }

    fn pass<'a>(
        &'a self,
        reading: Reading,
        threads: NonZeroUsize,
        pace: &'a Pace,
        stop: &'a Stop,
        sink: &'a Teller<'a>,
    ) -> Pass<'a> {
        Pass {
            root: &self.root,
            accepted: &self.accepted,
            memory: &self.memory,
            reading,
            threads,
            pace,
            stop,
            sink,
        }
    }
}
