//! The same days for another program: as many looks a day as the watch makes requests, at other minutes.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use watch::{Depth, Verdict};

use super::days::Plan;
use super::tally::{Place, Tally, Told};
use super::watching::Seen;
use crate::attacks::{Attack, schedule};
use crate::chance::Chance;
use crate::peers::{Peer, Surroundings, Word, installed};
use crate::serving::{World, serve, serve_proxy};
use crate::sites::make_sites;

/// Lets every installed peer live through the plan, each from its first day.
pub fn run_peers(
    plan: &Plan,
    looks_a_day: u32,
    environment: &Path,
) -> Result<Vec<(&'static str, Tally)>> {
    let mut tallies = Vec::new();
    let folder = environment
        .join("runs")
        .join(format!("{}", std::process::id()));
    let mut around = Surroundings {
        proxy: String::new(),
        authorities: folder.join("authorities.pem"),
        folder,
    };
    fs_err::create_dir_all(&around.folder)?;
    for number in 0..installed(environment, &around)?.len() {
        let sites = make_sites(plan.seed, plan.sites, plan.days);
        let attacks = schedule(plan.seed, &sites, plan.days, &plan.only);
        let world = Arc::new(World::new(sites, &attacks));
        let zoo = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let served = zoo.block_on(serve(&world))?;
        fs_err::write(&around.authorities, served.authorities.concat())?;
        around.proxy = format!("http://{}", zoo.block_on(serve_proxy(&world))?);
        let mut peer = installed(environment, &around)?.remove(number);
        if plan.peer.as_deref().is_some_and(|name| name != peer.name()) {
            continue;
        }
        let mut tally = Tally::new(attacks);
        live(plan, looks_a_day, &world, peer.as_mut(), &mut tally)?;
        tallies.push((peer.name(), tally));
    }
    Ok(tallies)
}

fn live(
    plan: &Plan,
    looks_a_day: u32,
    world: &World,
    peer: &mut dyn Peer,
    tally: &mut Tally,
) -> Result<()> {
    world.set_time(0, 540);
    let started = Instant::now();
    let watched = world.sites.iter().flat_map(|site| {
        site.watched().map(|section| Place {
            site: site.number,
            section,
        })
    });
    let places: Vec<Place> = watched.collect();
    let urls: Vec<String> = places
        .iter()
        .map(|place| world.url_of(&world.sites[place.site], place.section))
        .collect();
    peer.add(&urls)?;
    let before = peer.spent();
    for day in 0..plan.days {
        let mut chance = Chance::of(&[plan.seed, 51, u64::from(day)]);
        let mut minutes: Vec<u32> = (0..looks_a_day).map(|_| chance.between(0, 1_439)).collect();
        minutes.sort_unstable();
        for minute in minutes {
            world.set_time(day, minute);
            let now = world.now();
            let look = Instant::now();
            let words = peer.look()?;
            for (number, word) in words.into_iter().enumerate() {
                let place = places[number];
                let is_meant =
                    |attack: &&Attack| attack.section.is_none_or(|one| one == place.section);
                let attack = world.attack_on(place.site, now).filter(is_meant);
                tally.take(&Told {
                    place,
                    depth: Depth::Quick,
                    now,
                    seen: seen_of(word, look.elapsed()),
                    is_peace: world.attack_on_day(place.site, day).is_none(),
                    cause: String::new(),
                    attack,
                });
            }
        }
        tally.end_day(world, day);
        eprintln!("zoo: {}, day {} of {}", peer.name(), day + 1, plan.days);
    }
    tally.costs.took = started.elapsed();
    let spent = peer.spent();
    // Putting the pages under watch is not counted, as it is not for the watch.
    tally.costs.cpu = spent.cpu.saturating_sub(before.cpu);
    tally.costs.memory = Some(spent.memory).filter(|bytes| *bytes > 0);
    tally.costs.served = world.requests();
    Ok(())
}

fn seen_of(word: Word, took: Duration) -> Seen {
    let verdict = match word {
        Word::Changed => Verdict::Unexplained,
        Word::Failed => Verdict::Nothing,
        Word::Same => Verdict::Unchanged,
    };
    Seen {
        verdict,
        reasons: Vec::new(),
        requests: 1,
        browser_starts: 0,
        took,
        leads_to: std::collections::BTreeSet::new(),
    }
}
