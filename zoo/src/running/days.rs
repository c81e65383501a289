//! Runs the simulation: days, rounds of checks in each, people who approve.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use browser::Browser;
use futures_util::StreamExt as _;
use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};
use watch::{Common, Depth, Means, SiteMemory};

use super::beside::run_peers;
use super::report;
use super::surveying::{self, survey_site};
use super::tally::{Place, Tally, Told};
use super::watching::{Target, approver, visits};
use crate::attacks::{Attack, Class, schedule};
use crate::chance::Chance;
use crate::serving::{World, serve};
use crate::sites::make_sites;

/// When the simulation begins: on 1 January 2026, in seconds since 1970.
const BEGINNING: i64 = 1_767_225_600;
/// Checks that run beside each other.
const BESIDE: usize = 16;

/// What is simulated.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What everything follows from.
    pub seed: u64,
    /// How many sites.
    pub sites: usize,
    /// How many days.
    pub days: u32,
    /// Classes of attacks; all where none is named.
    pub only: Vec<Class>,
    /// A virtual environment of Python with programs that live through the same days.
    pub peers: Option<PathBuf>,
    /// Whether pages that nothing else explains are opened in a browser.
    pub browser: bool,
}

/// Runs it, prints a table, and writes JSON where that is wanted.
pub fn run(plan: &Plan, json: Option<&Path>) -> Result<()> {
    let sites = make_sites(plan.seed, plan.sites, plan.days);
    let attacks = schedule(plan.seed, &sites, plan.days, &plan.only);
    let world = Arc::new(World::new(sites, &attacks));
    // The zoo has a thread of its own, so that what the watch needs can be told from it.
    let zoo = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let served = zoo.block_on(serve(&world)).context("open the zoo")?;
    let web = visits(&served, world.hosts())?;
    let watch = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut tally = Tally::new(attacks);
    let started = Instant::now();
    let browser = browser_of(plan)?;
    let means = Means {
        browser: browser.as_ref(),
        ..Means::new(&web, Timestamp::UNIX_EPOCH)
    };
    watch.block_on(live(plan, &world, &means, &mut tally))?;
    tally.costs.took = started.elapsed();
    tally.costs.served = world.requests();
    let looks = looks_a_day(plan, &tally);
    let mut all = vec![("tocsin", tally)];
    if let Some(environment) = &plan.peers {
        all.extend(run_peers(plan, looks, environment)?);
    }
    report::print(plan, &all);
    if let Some(path) = json {
        let text = serde_json::to_string_pretty(&report::json(plan, &all))?;
        fs_err::write(path, text)?;
    }
    Ok(())
}

/// Returns how many requests the watch made for each page on each day.
fn looks_a_day(plan: &Plan, tally: &Tally) -> u32 {
    let page_days = plan.sites * 3 * plan.days as usize;
    let requests: usize = tally.costs.requests.iter().sum();
    u32::try_from(requests.div_ceil(page_days.max(1))).unwrap_or(1)
}

/// Returns a browser where one is wanted. In the zoo a host has many simulated hours within a real one.
fn browser_of(plan: &Plan) -> Result<Option<Browser>> {
    if !plan.browser {
        return Ok(None);
    }
    let browser = Browser::find().context("there is no browser on this machine")?;
    Ok(Some(browser.with_limits(browser::Limits {
        openings_an_hour: usize::MAX,
        ..browser::Limits::default()
    })))
}

async fn live(plan: &Plan, world: &Arc<World>, means: &Means<'_>, tally: &mut Tally) -> Result<()> {
    world.set_time(0, 540);
    let common = Common::default();
    let means = &Means {
        common: Some(&common),
        ..at_moment(world, means)
    };
    let mut watched = Vec::new();
    for site in &world.sites {
        let mut memory = SiteMemory::default();
        let mut targets = Vec::new();
        for section in site.watched() {
            let url = world.url_of(site, section);
            let place = Place {
                site: site.number,
                section,
            };
            targets.push(Target::add(means, &mut memory, place, url).await?);
        }
        watched.push(WatchedSite { memory, targets });
    }
    survey_all(world, means, &mut watched, tally).await;
    for day in 0..plan.days {
        let mut chance = Chance::of(&[plan.seed, 50, u64::from(day)]);
        // At times that nobody can foresee: one quick look, one as every visitor.
        let mut minutes = [chance.between(0, 1_439), chance.between(0, 1_439)];
        minutes.sort_unstable();
        let mut depths = [Depth::Quick, Depth::Visitors];
        chance.shuffle(&mut depths);
        for (minute, depth) in minutes.into_iter().zip(depths) {
            world.set_time(day, minute);
            means.web.names().forget();
            round(world, means, &mut watched, depth, tally).await;
        }
        world.set_time(day, chance.between(0, 1_439));
        means.web.names().forget();
        means.web.forget_robots();
        survey_all(world, means, &mut watched, tally).await;
        tally.end_day(world, day);
        if day % 10 == 9 {
            eprintln!("zoo: day {} of {}", day + 1, plan.days);
        }
    }
    Ok(())
}

/// A site and its pages under watch.
struct WatchedSite {
    memory: SiteMemory,
    targets: Vec<Target>,
}

/// Checks every page once, those of one site one after the other.
async fn round(
    world: &World,
    means: &Means<'_>,
    watched: &mut [WatchedSite],
    depth: Depth,
    tally: &mut Tally,
) {
    let cpu = cpu_time();
    let now = world.now();
    for site in watched.iter() {
        let host = &world.sites[site.targets[0].place.site].host;
        means
            .common
            .inspect(|common| common.put(host, &site.memory));
    }
    let means = &at_moment(world, means);
    let checks = watched.iter_mut().map(|site| async move {
        let mut seen_of_site = Vec::new();
        for target in &mut site.targets {
            let (seen, check) = target.check(means, &mut site.memory, depth).await;
            let is_attacked = world.attack_on_day(target.place.site, now.day).is_some();
            if seen.verdict.wants_person() && !is_attacked {
                site.memory.approve(&check, &approver());
            }
            seen_of_site.push((target.place, seen));
        }
        seen_of_site
    });
    let mut done = futures_util::stream::iter(checks).buffer_unordered(BESIDE);
    while let Some(seen_of_site) = done.next().await {
        for (place, seen) in seen_of_site {
            tally.surveys.hear(world, place.site, &seen.leads_to);
            let attack = world.attack_on(place.site, now);
            let is_meant = |attack: &Attack| attack.section.is_none_or(|one| one == place.section);
            tally.take(&Told {
                place,
                depth,
                now,
                seen,
                is_peace: world.attack_on_day(place.site, now.day).is_none(),
                attack: attack.filter(|attack| is_meant(attack)),
            });
        }
    }
    tally.costs.cpu += cpu_time().saturating_sub(cpu);
}

/// Returns what checks are made with at this moment of the simulation.
fn at_moment<'m>(world: &World, means: &Means<'m>) -> Means<'m> {
    let seconds = world.now().minutes() * 60;
    let since = i64::try_from(seconds).unwrap_or(0);
    Means {
        now: Timestamp::from_second(BEGINNING + since).unwrap_or(Timestamp::UNIX_EPOCH),
        ..*means
    }
}

/// Surveys every site once, and again those of which others' bad pages told after their turn.
async fn survey_all(
    world: &World,
    means: &Means<'_>,
    watched: &mut [WatchedSite],
    tally: &mut Tally,
) {
    tally.surveys.news.clear();
    survey_some(world, means, watched, tally).await;
    let news = std::mem::take(&mut tally.surveys.news);
    let is_news = |site: &&mut WatchedSite| news.contains(&site.targets[0].place.site);
    for site in watched.iter_mut().filter(is_news) {
        survey_some(world, means, std::slice::from_mut(site), tally).await;
    }
}

async fn survey_some(
    world: &World,
    means: &Means<'_>,
    watched: &mut [WatchedSite],
    tally: &mut Tally,
) {
    let now = world.now();
    let means = &at_moment(world, means);
    let heard = tally.surveys.heard.clone();
    let surveys = watched.iter_mut().map(|site| {
        let number = site.targets[0].place.site;
        let also = heard.of(&world.sites[number].host);
        survey_site(world, means, &mut site.memory, (number, also))
    });
    let mut done = futures_util::stream::iter(surveys).buffer_unordered(BESIDE);
    while let Some((place, seen, found)) = done.next().await {
        let host = &world.sites[place.site].host;
        tally.surveys.heard.learn(host, &found);
        tally.surveys.hear(world, place.site, &found.leads_to);
        surveying::count(world, tally, now, place, seen);
    }
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}
