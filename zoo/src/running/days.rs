//! Runs the simulation: days, rounds of checks in each, people who approve.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use browser::Browser;
use jiff::Timestamp;
use watch::{Common, Depth};

use super::announcing::Publishers;
use super::beside::run_peers;
use super::lanes::{self, Lane};
use super::report;
use super::surveying::{self, Hearsay};
use super::tally::{Tally, Told, cause_of};
use crate::attacks::{Attack, Class, schedule};
use crate::chance::Chance;
use crate::peers;
use crate::serving::{World, serve};
use crate::sites::make_sites;

/// When the simulation begins: on 1 January 2026, in seconds since 1970.
const BEGINNING: i64 = 1_767_225_600;

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
    /// Which of those programs; all where none is named.
    pub peer: Option<String>,
    /// Whether pages that nothing else explains are opened in a browser.
    pub browser: bool,
}

/// Runs it, prints a table, and writes JSON where that is wanted.
pub fn run(plan: &Plan, json: Option<&Path>) -> Result<()> {
    let sites = make_sites(plan.seed, plan.sites, plan.days);
    let attacks = schedule(plan.seed, &sites, plan.days, &plan.only);
    let world = Arc::new(World::new(sites, &attacks));
    // The zoo has a thread of its own, and the watch has others, so that what the watch needs can be told from it.
    let zoo = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let served = zoo.block_on(serve(&world)).context("open the zoo")?;
    let browser = browser_of(plan)?.map(Arc::new);
    let mut lanes = lanes::open(&served, &world.hosts(), browser.as_ref())?;
    let mut tally = Tally::new(attacks);
    let started = Instant::now();
    live(plan, &world, &mut lanes, &mut tally)?;
    drop(lanes);
    // Getting to know pages takes browsers too, which are no checks.
    tally.costs.browser_cpu = peers::cpu_of_children().saturating_sub(tally.costs.browser_cpu);
    tally.costs.memory = Some(peers::memory_of(std::process::id())).filter(|bytes| *bytes > 0);
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

/// Returns how many requests the watch made for each page on each day, all that the zoo counted.
fn looks_a_day(plan: &Plan, tally: &Tally) -> u32 {
    let page_days = plan.sites * 3 * plan.days as usize;
    let page_days = u64::try_from(page_days).unwrap_or(u64::MAX);
    let looks = tally.costs.served.div_ceil(page_days.max(1));
    u32::try_from(looks).unwrap_or(1)
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

fn live(plan: &Plan, world: &World, lanes: &mut [Lane], tally: &mut Tally) -> Result<()> {
    world.set_time(0, 540);
    lanes::begin(lanes, world)?;
    tally.costs.browser_cpu = peers::cpu_of_children();
    let mut watch = Together {
        publishers: Publishers::new(plan.seed, &world.sites),
        common: Common::default(),
        hearsay: Hearsay::default(),
    };
    survey(world, lanes, &mut watch, tally);
    for day in 0..plan.days {
        watch.publishers.announce(world, day)?;
        let mut chance = Chance::of(&[plan.seed, 50, u64::from(day)]);
        // At times that nobody can foresee: one quick look, one as every visitor.
        let mut minutes = [chance.between(0, 1_439), chance.between(0, 1_439)];
        minutes.sort_unstable();
        let mut depths = [Depth::Quick, Depth::Visitors];
        chance.shuffle(&mut depths);
        for (minute, depth) in minutes.into_iter().zip(depths) {
            world.set_time(day, minute);
            lanes::forget_names(lanes);
            round(world, lanes, &mut watch, depth, tally);
        }
        world.set_time(day, chance.between(0, 1_439));
        lanes::forget_names(lanes);
        lanes::forget_robots(lanes);
        survey(world, lanes, &mut watch, tally);
        tally.end_day(world, day);
        if day % 10 == 9 {
            eprintln!("zoo: day {} of {}", day + 1, plan.days);
        }
    }
    Ok(())
}

/// What the sites under watch have together.
struct Together {
    publishers: Publishers,
    common: Common,
    hearsay: Hearsay,
}

/// Checks every page once.
fn round(world: &World, lanes: &mut [Lane], watch: &mut Together, depth: Depth, tally: &mut Tally) {
    let now = world.now();
    lanes::count_common(lanes, world, &watch.common);
    let (told, cpu) = lanes::check_all(lanes, world, &watch.common, &watch.publishers, depth);
    tally.costs.cpu += cpu;
    for (place, seen, approval) in told {
        if let Some(approval) = approval {
            watch.publishers.note(&world.sites[place.site], approval);
        }
        watch.hearsay.take(world, place.site, &seen.leads_to);
        let attack = world.attack_on(place.site, now);
        let is_meant = |attack: &Attack| attack.section.is_none_or(|one| one == place.section);
        tally.take(&Told {
            place,
            depth,
            now,
            seen,
            is_peace: world.attack_on_day(place.site, now.day).is_none(),
            cause: cause_of(&world.sites[place.site], now.day),
            attack: attack.filter(|attack| is_meant(attack)),
        });
    }
}

/// Surveys every site once, and again those of which others' bad pages told after their turn.
fn survey(world: &World, lanes: &mut [Lane], watch: &mut Together, tally: &mut Tally) {
    watch.hearsay.take_news();
    survey_those(world, lanes, watch, tally, |_| true);
    let news = watch.hearsay.take_news();
    survey_those(world, lanes, watch, tally, |site| news.contains(&site));
}

fn survey_those(
    world: &World,
    lanes: &mut [Lane],
    watch: &mut Together,
    tally: &mut Tally,
    which: impl Fn(usize) -> bool + Sync,
) {
    let now = world.now();
    let (told, cpu) = lanes::survey_those(lanes, world, &watch.common, &watch.hearsay, which);
    tally.surveys.cpu += cpu;
    for (place, seen) in told {
        watch.hearsay.take(world, place.site, &seen.leads_to);
        surveying::count(world, tally, now, place, seen);
    }
}

/// Returns the instant of a minute of the simulation.
pub fn instant_of(minute: u64) -> Timestamp {
    let since = i64::try_from(minute.saturating_mul(60)).unwrap_or(0);
    Timestamp::from_second(BEGINNING + since).unwrap_or(Timestamp::UNIX_EPOCH)
}
