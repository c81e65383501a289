//! The schedule keeps its promises whatever servers do, in simulated time.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use watch::rounds::{After, Chance, Job, Look, Moment, Next, PageId, Quiet, Rhythm, Schedule};

/// A world of hosts at addresses, each answering after a time of its own.
#[derive(Clone, Debug)]
struct World {
    seed: u64,
    hosts: usize,
    addresses: u32,
    pages_each: usize,
    took_ms: u64,
    quiet: bool,
    moves: bool,
}

fn worlds() -> impl Strategy<Value = World> {
    (
        any::<u64>(),
        1..40_usize,
        1..20_u32,
        1..4_usize,
        0..8_000_u64,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            |(seed, hosts, addresses, pages_each, took_ms, quiet, moves)| World {
                seed,
                hosts,
                addresses,
                pages_each,
                took_ms,
                quiet,
                moves,
            },
        )
}

struct Begun {
    at: Moment,
    until: Moment,
    host: usize,
    address: u32,
    page: PageId,
    look: Look,
}

/// Lives through some time, and returns every job in the order in which it was begun.
fn live(world: &World, rhythm: Rhythm, lasts: Duration, wall: Timestamp) -> Vec<Begun> {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&world.seed.to_le_bytes());
    let mut chance = Chance::of([7; 32]);
    let mut schedule = Schedule::new(rhythm, Chance::of(seed));
    let quiet = world.quiet.then(|| Quiet {
        hours: "22:00-23:00+00:00".parse().unwrap(),
        entirely: world.seed.is_multiple_of(2),
    });
    let mut host_of = HashMap::new();
    for host in 0..world.hosts {
        for _ in 0..world.pages_each {
            let page = schedule.add(&format!("host-{host}"), quiet, Moment::ZERO);
            host_of.insert(page, host);
        }
        let site = schedule.add_site(&format!("host-{host}"), quiet, Moment::ZERO);
        host_of.insert(site, host);
    }
    let mut now = Moment::ZERO;
    let mut under_way: BTreeMap<(Moment, PageId), (u32, Look)> = BTreeMap::new();
    let mut begun = Vec::new();
    while now < lasts {
        let wall = wall + jiff::SignedDuration::try_from(now).unwrap();
        let wake = match schedule.next(now, wall) {
            Next::Job(Job { page, look, .. }) => {
                let host = host_of[&page];
                let offset = if world.moves { now.as_secs() / 97 } else { 0 };
                let address =
                    u32::try_from((host as u64 + offset) % u64::from(world.addresses)).unwrap();
                let took = Duration::from_millis(chance.below(world.took_ms + 1));
                under_way.insert((now + took, page), (address, look));
                begun.push(Begun {
                    at: now,
                    until: now + took,
                    host,
                    address,
                    page,
                    look,
                });
                continue;
            }
            Next::Wait(at) => {
                assert!(at > now, "waits for what has been");
                Some(at)
            }
            Next::Nothing => None,
        };
        let ended = under_way.first_key_value().map(|((at, _), _)| *at);
        now = match (wake, ended) {
            (Some(wake), Some(ended)) => wake.min(ended),
            (wake, ended) => wake.or(ended).expect("somebody has something to do"),
        };
        while let Some(((at, page), (address, look))) = under_way.first_key_value() {
            let (at, page, address, look) = (*at, *page, *address, *look);
            if at > now {
                break;
            }
            under_way.pop_first();
            let is_survey = look == Look::Survey;
            let after = match chance.below(20) {
                0 if is_survey => After::Confirm(Look::Survey),
                1 if is_survey => After::Often(Look::Survey),
                2 if is_survey => After::SurveyIn(Duration::from_mins(1)),
                0 => After::Confirm(Look::Quick),
                1 => After::Often(Look::Quick),
                2 => After::BackOff(1),
                _ => After::Usual,
            };
            let address = IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + address));
            schedule.done(page, Some(address), after, now);
        }
    }
    begun
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_host_and_no_known_address_has_two_jobs_or_is_asked_before_the_pause(world in worlds()) {
        let world = World { quiet: false, moves: false, ..world };
        let rhythm = Rhythm { survey_every: Duration::from_mins(7), ..Rhythm::default() };
        let begun = live(&world, rhythm, Duration::from_mins(30), Timestamp::UNIX_EPOCH);
        let mut hosts: BTreeMap<usize, (Moment, Moment)> = BTreeMap::new();
        let mut addresses: BTreeMap<u32, (Moment, Moment)> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for job in &begun {
            if let Some((at, until)) = hosts.insert(job.host, (job.at, job.until)) {
                prop_assert!(job.at >= until && job.at >= at + rhythm.pause);
            }
            // Where a host is is known once its first job has ended.
            if seen.contains(&job.host)
                && let Some((at, until)) = addresses.insert(job.address, (job.at, job.until)) {
                prop_assert!(job.at >= until && job.at >= at + rhythm.pause);
            }
            seen.insert(job.host);
        }
    }

    #[test]
    fn every_page_gets_its_turns_however_slow_its_neighbours_are(world in worlds()) {
        let world = World { quiet: false, ..world };
        let rhythm = Rhythm::default();
        let lasts = Duration::from_hours(2);
        let begun = live(&world, rhythm, lasts, Timestamp::UNIX_EPOCH);
        let mut last: BTreeMap<PageId, Moment> = BTreeMap::new();
        let pages = world.hosts * world.pages_each;
        // The worst that a page can wait for: itself backed off, and everybody else at its server twice before it.
        let turn = rhythm.pause.max(Duration::from_millis(world.took_ms));
        let jobs = pages + world.hosts;
        let longest = rhythm.period * 3 + turn * u32::try_from(2 * jobs + 2).unwrap();
        for job in begun.iter().filter(|job| job.look != Look::Survey) {
            let before = last.insert(job.page, job.at).unwrap_or_default();
            prop_assert!(job.at.checked_sub(before).unwrap() <= longest, "{:?} after {:?}", job.page, job.at.checked_sub(before));
        }
        prop_assert_eq!(last.len(), pages);
        for at in last.values() {
            prop_assert!(lasts.checked_sub(*at).unwrap() <= longest);
        }
    }

    #[test]
    fn quiet_hours_are_kept(world in worlds()) {
        let world = World { quiet: true, moves: false, ..world };
        let wall: Timestamp = "2026-03-01T21:30:00Z".parse().unwrap();
        let begun = live(&world, Rhythm::default(), Duration::from_hours(2), wall);
        let entirely = world.seed.is_multiple_of(2);
        let (from, to) = (Duration::from_mins(30), Duration::from_mins(90));
        for job in begun.iter().filter(|job| (from..to).contains(&job.at)) {
            prop_assert!(!entirely && job.look <= Look::Whole, "{:?} at {:?}", job.look, job.at);
        }
        // They are over when they are over.
        let again = to + Rhythm::default().period * 4 + Duration::from_mins(40);
        prop_assert!(begun.iter().any(|job| job.at >= to && job.at < again));
    }

    #[test]
    fn the_same_seed_makes_the_same_day_and_another_one_another(world in worlds()) {
        let times = |world: &World| -> Vec<Moment> {
            let begun = live(world, Rhythm::default(), Duration::from_mins(10), Timestamp::UNIX_EPOCH);
            begun.iter().map(|job| job.at).collect()
        };
        prop_assert_eq!(times(&world), times(&world));
        let other = World { seed: world.seed ^ 0x55_5555, ..world.clone() };
        prop_assert_ne!(times(&world), times(&other));
    }
}

#[test]
fn pages_are_looked_at_each_minute_and_deeply_some_times_a_day() {
    let world = World {
        seed: 1,
        hosts: 300,
        addresses: 300,
        pages_each: 1,
        took_ms: 300,
        quiet: false,
        moves: false,
    };
    let hours = 10;
    let begun = live(
        &world,
        Rhythm::default(),
        Duration::from_hours(hours),
        Timestamp::UNIX_EPOCH,
    );
    let count = |look| begun.iter().filter(|job| job.look == look).count();
    let each = |look| count(look) / world.hosts;
    // Of twenty ends of jobs one asks for a confirmation, one for often, one for a longer pause.
    let quick = each(Look::Quick);
    assert!((500..1_500).contains(&quick), "{quick}");
    let visitors = count(Look::Visitors) * 10 / world.hosts;
    assert!((8..22).contains(&visitors), "{visitors} tenths");
    // Within ten hours, at any time of the day that begins: some four of ten sites.
    let surveys = count(Look::Survey) * 10 / world.hosts;
    assert!((3..7).contains(&surveys), "{surveys} tenths");
}

#[test]
fn a_site_is_surveyed_at_once_soon_or_some_time_in_the_day_and_its_pages_wait_without_being_late() {
    let rhythm = Rhythm::default();
    let mut schedule = Schedule::new(rhythm, Chance::of([9; 32]));
    let page = schedule.add("one", None, Moment::ZERO);
    let site = schedule.add_site("one", None, Moment::ZERO);
    schedule.urge(site, Look::Survey, Moment::ZERO);
    let Next::Job(job) = schedule.next(Moment::ZERO, Timestamp::UNIX_EPOCH) else {
        panic!("it was asked for at once");
    };
    assert_eq!((job.page, job.look), (site, Look::Survey));
    let ended = Duration::from_mins(3);
    assert_eq!(schedule.next(ended, Timestamp::UNIX_EPOCH), Next::Nothing);
    schedule.done(site, None, After::Usual, ended);
    let Next::Job(job) = schedule.next(ended, Timestamp::UNIX_EPOCH) else {
        panic!("the page has waited");
    };
    assert_eq!((job.page, job.late), (page, Duration::ZERO));
    schedule.done(page, None, After::Usual, ended);
    schedule.hasten(site, Duration::from_mins(10), ended);
    let mut now = ended;
    let begun = loop {
        match schedule.next(now, Timestamp::UNIX_EPOCH) {
            Next::Job(job) if job.page == site => break now,
            Next::Job(job) => schedule.done(job.page, None, After::Usual, now),
            Next::Wait(at) => now = at,
            Next::Nothing => panic!("there is something to do"),
        }
    };
    assert!(begun <= ended + Duration::from_mins(11), "{begun:?}");
    schedule.done(site, None, After::SurveyIn(Duration::from_hours(1)), begun);
    schedule.remove(page);
    let next = schedule.next(begun + Duration::from_secs(2), Timestamp::UNIX_EPOCH);
    assert_eq!(next, Next::Wait(begun + Duration::from_hours(1)));
}

#[test]
fn hundreds_of_sites_at_one_slow_address_are_late_alone_and_it_is_told() {
    let rhythm = Rhythm::default();
    let mut schedule = Schedule::new(rhythm, Chance::of([3; 32]));
    let shared = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    let mut at_shared = BTreeSet::new();
    for number in 0..74 {
        at_shared.insert(schedule.add(&format!("shared-{number}"), None, Moment::ZERO));
    }
    let alone = schedule.add("alone", None, Moment::ZERO);
    let mut last = Moment::ZERO;
    let mut under_way: Vec<(Moment, PageId)> = Vec::new();
    let mut now = Moment::ZERO;
    while now < Duration::from_mins(20) {
        while let Next::Job(job) = schedule.next(now, Timestamp::UNIX_EPOCH) {
            if job.page == alone {
                let waited = now.checked_sub(last).unwrap();
                assert!(waited <= Duration::from_secs(64), "{waited:?}");
                last = now;
            }
            under_way.push((now + Duration::from_millis(400), job.page));
        }
        now += Duration::from_millis(100);
        under_way.retain(|(at, page)| {
            let ends = *at <= now;
            if ends {
                let address = at_shared.contains(page).then_some(shared);
                schedule.done(*page, address, After::Usual, now);
            }
            !ends
        });
    }
    let pace = schedule.pace();
    assert_eq!(pace.slowest, Some(shared));
    let round = pace.round.as_secs();
    assert!((70..=90).contains(&round), "the round takes {round} s");
}

#[test]
fn a_page_that_is_taken_out_is_not_looked_at_again() {
    let mut schedule = Schedule::new(Rhythm::default(), Chance::of([1; 32]));
    let (one, other) = (
        schedule.add("one", None, Moment::ZERO),
        schedule.add("other", None, Moment::ZERO),
    );
    schedule.urge(one, Look::Quick, Moment::ZERO);
    schedule.urge(other, Look::Visitors, Moment::ZERO);
    let Next::Job(first) = schedule.next(Moment::ZERO, Timestamp::UNIX_EPOCH) else {
        panic!("there is something to do");
    };
    schedule.remove(one);
    schedule.remove(other);
    schedule.done(first.page, None, After::Usual, Duration::from_secs(1));
    assert_eq!(
        schedule.next(Duration::from_hours(30), Timestamp::UNIX_EPOCH),
        Next::Nothing
    );
    assert_eq!(schedule.count(), 0);
}
