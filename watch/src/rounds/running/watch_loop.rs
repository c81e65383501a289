//! The watch while it runs, and its loop.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use domain::Clock;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

use super::looking::{Ended, LookUnderWay};
use super::surveying::SurveyedSite;
use super::telling::Told;
use crate::across::{Member, Sighting};
use crate::checking::Means;
use crate::keeping::{KeepError, Standing, Target, WatchFolder};
use crate::notices::NoticeBoard;
use crate::rounds::cases::{CaseEvent, CaseRules, CaseState, Cases};
use crate::rounds::chance::Chance;
use crate::rounds::kept::Kept;
use crate::rounds::pace::Pace;
use crate::rounds::rhythm::Rhythm;
use crate::rounds::schedule::{Look, Next, PageId, Schedule};
use crate::surveying::{Heard, SurveyPlan};
use crate::verdict::Verdict;

/// From one look into the spool folders and at the list of targets to the next.
const HOUSE_EVERY: Duration = Duration::from_secs(2);
/// From one keeping of what many sites have to the next: what is lost with it is read again from the sites themselves.
const COMMON_EVERY: Duration = Duration::from_hours(1);
/// From one saving of what is in memory to the next. What is lost with it costs one whole look at each page, nothing else.
const SAVE_EVERY: Duration = Duration::from_mins(2);
/// Jobs that are begun before those that have ended are looked at.
const BEGUN_AT_ONCE: usize = 64;

/// How the watch runs.
#[derive(Clone, Debug)]
pub struct RunningSettings {
    /// How often pages are looked at.
    pub rhythm: Rhythm,
    /// When a case is what.
    pub rules: CaseRules,
    /// How sites are surveyed, what is heard of them left out; no site is surveyed where there is nothing here.
    pub surveys: Option<SurveyPlan>,
    /// Looks under way at one time, at most.
    pub beside: usize,
    /// What times are drawn from; nobody may know it.
    pub seed: [u8; 32],
    /// One look as deep as this at every page, confirmed where it has to be, and then the end.
    pub once: Option<Look>,
}

/// A watch that runs.
pub struct Running<'r> {
    pub(super) means: Means<'r>,
    pub(super) folder: WatchFolder,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: RunningSettings,
    pub(super) schedule: Schedule,
    pub(super) pages: HashMap<PageId, Watched>,
    pub(super) by_url: HashMap<Arc<str>, PageId>,
    pub(super) sites: HashMap<PageId, SurveyedSite>,
    pub(super) site_of_host: HashMap<Arc<str>, PageId>,
    /// What the last survey of each site came to, by what stands for its case.
    pub(super) surveyed: BTreeMap<String, Standing>,
    pub(super) heard: Heard,
    pub(super) surveys_under_way: usize,
    pub(super) cases: Cases,
    pub(super) notices: NoticeBoard,
    pub(super) members: BTreeMap<String, Member>,
    pub(super) sightings: VecDeque<Sighting>,
    pub(super) campaigns_told: BTreeSet<Vec<String>>,
    pub(super) wishes: HashMap<PageId, PendingWish>,
    pub(super) wish_files: BTreeSet<PathBuf>,
    pub(super) targets_seen: Option<(u64, i128)>,
    pub(super) begun: Instant,
    pub(super) looks: u64,
    pub(super) unchanged: u64,
    pub(super) to_see: Option<BTreeSet<PageId>>,
    pub(super) tell: &'r mut (dyn FnMut(&Told<'_>) + 'r),
    last_pace: Pace,
}

/// A page under watch, and what is in memory of it.
pub(super) struct Watched {
    pub(super) target: Target,
    pub(super) url: Arc<str>,
    pub(super) site: Arc<str>,
    pub(super) kept: Option<Kept>,
    /// When evidence was kept last, and of which verdict.
    pub(super) recorded: Option<(Instant, Verdict)>,
    /// What was said last, and after how deep a look: a quick one takes nothing back that a deeper one found.
    pub(super) standing: Option<(Standing, Look)>,
}

/// What a person wishes of a page: its next look is approved.
pub(super) struct PendingWish {
    pub(super) by: String,
    pub(super) note: String,
    /// Where it was found: it stays there until it is fulfilled.
    pub(super) file: PathBuf,
}

type UnderWay<'r> = FuturesUnordered<LookUnderWay<'r>>;

impl<'r> Running<'r> {
    /// Begins with what is in the folder.
    pub fn new(
        means: Means<'r>,
        folder: WatchFolder,
        clock: Arc<dyn Clock>,
        settings: RunningSettings,
        tell: &'r mut (dyn FnMut(&Told<'_>) + 'r),
    ) -> Result<Self, KeepError> {
        let schedule = Schedule::new(settings.rhythm, Chance::of(settings.seed));
        let mut running = Self {
            means,
            cases: folder.part("cases.json")?.unwrap_or_default(),
            notices: folder.part("notices.json")?.unwrap_or_default(),
            folder,
            clock,
            settings,
            schedule,
            pages: HashMap::new(),
            by_url: HashMap::new(),
            sites: HashMap::new(),
            site_of_host: HashMap::new(),
            surveyed: BTreeMap::new(),
            heard: Heard::default(),
            surveys_under_way: 0,
            members: BTreeMap::new(),
            sightings: VecDeque::new(),
            campaigns_told: BTreeSet::new(),
            wishes: HashMap::new(),
            wish_files: BTreeSet::new(),
            targets_seen: None,
            begun: Instant::now(),
            looks: 0,
            unchanged: 0,
            to_see: None,
            tell,
            last_pace: Pace::default(),
        };
        let targets = running.folder.targets()?;
        running.targets_seen = running.print_of_targets();
        running.take_targets(targets);
        running.load_state();
        if let Some(look) = running.settings.once {
            running.to_see = Some(running.pages.keys().copied().collect());
            for page in running.pages.keys() {
                running.schedule.urge(*page, look, Duration::ZERO);
            }
        }
        Ok(running)
    }

    /// Runs until `stop`, or until the one round is over. Whatever was not at its end then is as if it had not begun.
    pub async fn run(&mut self, stop: impl Future<Output = ()>) -> Result<(), KeepError> {
        let mut stop = pin!(stop);
        self.tell_open();
        let mut under_way: UnderWay<'r> = FuturesUnordered::new();
        let mut house_at = self.begun;
        let mut save_at = self.begun + SAVE_EVERY;
        let mut common_at = self.begun + COMMON_EVERY;
        loop {
            let now = Instant::now();
            if now >= house_at {
                self.keep_house();
                self.tell_progress(under_way.len());
                house_at = now + HOUSE_EVERY;
            }
            if now >= save_at {
                self.save_state();
                save_at = now + SAVE_EVERY;
            }
            if now >= common_at {
                self.attempt(|running| running.folder.keep_common());
                common_at = now + COMMON_EVERY;
            }
            let next_at = self.begin_jobs(&mut under_way);
            if self.to_see.as_ref().is_some_and(BTreeSet::is_empty) {
                (self.tell)(&Told::RoundOver);
                break;
            }
            let wake = next_at.map_or(house_at, |at| at.min(house_at));
            tokio::select! {
                biased;
                () = &mut stop => break,
                ended = under_way.next(), if !under_way.is_empty() => {
                    if let Some(ended) = ended {
                        self.take(ended, &mut under_way);
                    }
                }
                () = sleep_until(wake) => {}
            }
        }
        drop(under_way);
        self.save_state();
        self.attempt(|running| running.folder.keep_common());
        self.folder.keep_part("cases.json", &self.cases)
    }

    /// Returns how many cases wait for a person.
    pub fn count_open(&self) -> usize {
        self.cases.count_confirmed()
    }

    /// Returns where the watch keeps what it knows.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    pub(super) fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    pub(super) fn problem(&mut self, what: &str) {
        (self.tell)(&Told::Problem { what });
    }

    /// Begins what is due; returns when something more will be.
    fn begin_jobs(&mut self, under_way: &mut UnderWay<'r>) -> Option<Instant> {
        let wall = self.clock.now();
        for _ in 0..BEGUN_AT_ONCE {
            if under_way.len() >= self.settings.beside {
                return None;
            }
            match self.schedule.next(self.now(), wall) {
                Next::Job(job) => {
                    if let Some(look) = self.look(job) {
                        under_way.push(look);
                    }
                }
                Next::Wait(at) => return Some(self.begun + at),
                Next::Nothing => return None,
            }
        }
        // There may be more: whatever has ended first.
        Some(Instant::now())
    }

    fn take(&mut self, ended: Ended, under_way: &mut UnderWay<'r>) {
        match ended {
            Ended::Same {
                page,
                look,
                address,
            } => self.take_same(page, look, address),
            Ended::Surveyed { site, found } => self.take_survey(site, &found),
            Ended::Visited { page, look, visit } => {
                if let Some(more) = self.look_closer(page, look, *visit) {
                    under_way.push(more);
                }
            }
            Ended::Checked {
                page,
                look,
                check,
                memory,
            } => self.take_check(page, look, *check, *memory),
        }
    }

    /// Tells of the cases that are open from before: whoever was to be called may not have been.
    fn tell_open(&mut self) {
        let confirmed = self.cases.list_open().into_iter();
        let confirmed = confirmed.filter(|case| case.state == CaseState::Confirmed);
        for case in confirmed {
            let known = case
                .pages
                .keys()
                .find_map(|url| self.by_url.get(url.as_str()));
            let known = known.and_then(|page| self.pages.get(page));
            let known = known.map(|watched| &watched.target);
            let Some(target) = known.or_else(|| self.target_of_site(&case.site)).cloned() else {
                continue;
            };
            (self.tell)(&Told::Case {
                event: CaseEvent::StillOpen,
                case,
                target: &target,
                judgement: None,
                evidence: None,
            });
        }
    }

    fn tell_progress(&mut self, under_way: usize) {
        let pace = self.schedule.pace();
        let told = Told::Progress {
            pages: self.pages.len(),
            looks: self.looks,
            unchanged: self.unchanged,
            under_way,
            open: self.cases.count_confirmed(),
            pace,
            elapsed: self.begun.elapsed(),
        };
        (self.tell)(&told);
        let period = self.settings.rhythm.period;
        let is_late = |pace: &Pace| pace.latest > period / 10;
        // Told when it begins, when it is over, and when it becomes half as much again.
        let is_news = is_late(&pace) != is_late(&self.last_pace)
            || pace.latest > self.last_pace.latest + self.last_pace.latest / 2;
        if is_news && (is_late(&pace) || is_late(&self.last_pace)) {
            self.last_pace = pace;
            (self.tell)(&Told::Late(pace));
        }
    }
}
