//! The watch's threads. Each watches its share of the sites, with a way to them of its own; what the watch needs of the processor is
//! counted there.

use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use anyhow::Result;
use browser::Browser;
use futures_util::StreamExt as _;
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;
use visit::Web;
use watch::{Common, Depth, Means, SiteMemory};

use super::announcing::{Approval, Publishers};
use super::days::instant_of;
use super::surveying::{Hearsay, survey_site};
use super::tally::Place;
use super::watching::{Manner, Seen, Target, visits};
use crate::serving::{Served, World};
use crate::sites::Site;

/// Threads that watch.
const LANES: usize = 2;
/// Checks that run beside each other in each.
const BESIDE: usize = 8;

/// A thread's share of the watch.
pub struct Lane {
    runtime: Runtime,
    web: Web,
    browser: Option<Arc<Browser>>,
    number: usize,
    watched: Vec<WatchedSite>,
}

/// A site and its pages under watch.
struct WatchedSite {
    memory: SiteMemory,
    targets: Vec<Target>,
}

impl WatchedSite {
    fn number(&self) -> usize {
        self.targets[0].place.site
    }
}

/// What was said of a page, and who approved it.
pub type Told = (Place, Seen, Option<Approval>);

/// Opens the ways to the zoo.
pub fn open(
    served: &Served,
    hosts: &BTreeSet<String>,
    browser: Option<&Arc<Browser>>,
) -> Result<Vec<Lane>> {
    let lane = |number| {
        Ok(Lane {
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
            web: visits(served, hosts.clone())?,
            browser: browser.cloned(),
            number,
            watched: Vec::new(),
        })
    };
    (0..LANES).map(lane).collect()
}

/// Puts every site under watch.
pub fn begin(lanes: &mut [Lane], world: &World) -> Result<()> {
    let (begun, _) = on_all(lanes, |lane| lane.begin(world));
    begun.into_iter().collect()
}

/// Forgets what resolvers forget in hours.
pub fn forget_names(lanes: &[Lane]) {
    for lane in lanes {
        lane.web.names().forget();
    }
}

/// Forgets what sites said of robots.
pub fn forget_robots(lanes: &[Lane]) {
    for lane in lanes {
        lane.web.forget_robots();
    }
}

/// Counts what many sites have by now.
pub fn count_common(lanes: &[Lane], world: &World, common: &Common) {
    for site in lanes.iter().flat_map(|lane| &lane.watched) {
        common.put(&world.sites[site.number()].host, &site.memory);
    }
}

/// Checks every page once, and says what was told and how much of the processor that took.
pub fn check_all(
    lanes: &mut [Lane],
    world: &World,
    common: &Common,
    publishers: &Publishers,
    depth: Depth,
) -> (Vec<Told>, Duration) {
    let (told, cpu) = on_all(lanes, |lane| {
        lane.check_all(world, common, publishers, depth)
    });
    (told.into_iter().flatten().collect(), cpu)
}

/// Surveys these sites once.
pub fn survey_those(
    lanes: &mut [Lane],
    world: &World,
    common: &Common,
    hearsay: &Hearsay,
    which: impl Fn(usize) -> bool + Sync,
) -> (Vec<(Place, Seen)>, Duration) {
    let (told, cpu) = on_all(lanes, |lane| {
        lane.survey_those(world, common, hearsay, &which)
    });
    (told.into_iter().flatten().collect(), cpu)
}

/// Lets every lane work in a thread of its own, and returns what they came to, in order, and what they needed of the processor.
fn on_all<T: Send>(lanes: &mut [Lane], work: impl Fn(&mut Lane) -> T + Sync) -> (Vec<T>, Duration) {
    let work = &work;
    let counted = move |lane: &mut Lane| (work(lane), cpu_time());
    let done: Vec<(T, Duration)> = std::thread::scope(|scope| {
        let threads: Vec<_> = lanes
            .iter_mut()
            .map(|lane| scope.spawn(move || counted(lane)))
            .collect();
        let joined = threads.into_iter().map(ScopedJoinHandle::join);
        joined
            .map(|done| done.unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    let cpu = done.iter().map(|(_, cpu)| *cpu).sum();
    (done.into_iter().map(|(one, _)| one).collect(), cpu)
}

impl Lane {
    /// Tells whether a site is of this lane: each has some of every kind.
    fn has(&self, site: usize) -> bool {
        (site + site / 10) % LANES == self.number
    }

    fn begin(&mut self, world: &World) -> Result<()> {
        let own = world.sites.iter().filter(|site| self.has(site.number));
        let own: Vec<&Site> = own.collect();
        for site in own {
            let mut memory = SiteMemory::default();
            let mut targets = Vec::new();
            for section in site.watched() {
                let url = world.url_of(site, section);
                let place = Place {
                    site: site.number,
                    section,
                };
                let means = means(&self.web, self.browser.as_deref(), world, None);
                let added = Target::add(&means, &mut memory, place, url);
                targets.push(self.runtime.block_on(added)?);
            }
            self.watched.push(WatchedSite { memory, targets });
        }
        Ok(())
    }

    /// Checks every page, those of one site one after the other.
    fn check_all(
        &mut self,
        world: &World,
        common: &Common,
        publishers: &Publishers,
        depth: Depth,
    ) -> Vec<Told> {
        let now = world.now();
        let means = &means(&self.web, self.browser.as_deref(), world, Some(common));
        let checks = self.watched.iter_mut().map(|site| async move {
            let number = site.number();
            let announced = publishers.of_site(&world.sites[number], means.now);
            let is_peace = world.attack_on_day(number, now.day).is_none();
            let manner = Manner { depth, is_peace };
            let mut told = Vec::new();
            for target in &mut site.targets {
                let checked = target.check(means, &mut site.memory, &announced, manner);
                let (seen, approval) = checked.await;
                told.push((target.place, seen, approval));
            }
            told
        });
        let done = futures_util::stream::iter(checks).buffer_unordered(BESIDE);
        let all: Vec<Vec<Told>> = self.runtime.block_on(done.collect());
        all.into_iter().flatten().collect()
    }

    fn survey_those(
        &mut self,
        world: &World,
        common: &Common,
        hearsay: &Hearsay,
        which: impl Fn(usize) -> bool,
    ) -> Vec<(Place, Seen)> {
        let means = &means(&self.web, self.browser.as_deref(), world, Some(common));
        let wanted = self.watched.iter_mut().filter(|site| which(site.number()));
        let surveys = wanted.map(|site| {
            let number = site.number();
            survey_site(world, means, &mut site.memory, number, hearsay)
        });
        let done = futures_util::stream::iter(surveys).buffer_unordered(BESIDE);
        self.runtime.block_on(done.collect())
    }
}

/// Returns what checks are made with at this moment of the simulation.
fn means<'m>(
    web: &'m Web,
    browser: Option<&'m Browser>,
    world: &World,
    common: Option<&'m Common>,
) -> Means<'m> {
    Means {
        browser,
        common,
        ..Means::new(web, instant_of(world.now().minutes()))
    }
}

/// Returns what this thread has needed of the processor: each works on one thing only.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}
