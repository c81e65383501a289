//! Tests of the zoo itself: figures are worth something only where attacks are attacks and honest days are honest.

use std::collections::BTreeSet;

use crate::attacks::{Attack, Class, Deed, schedule};
use crate::running::{Publishers, instant_of};
use crate::serving::World;
use crate::sites::{Kind, Moment, Section, Seen, Site, make_sites, render};

fn moment(minute: u32, request: u64) -> Moment {
    Moment {
        day: 20,
        minute,
        request,
    }
}

fn visitors() -> Vec<Seen> {
    let seen = |agent: &str, referrer: &str| Seen {
        agent: agent.to_owned(),
        referrer: referrer.to_owned(),
    };
    vec![
        seen("Tocsin-Watch", ""),
        seen("Mozilla/5.0 (compatible; Googlebot/2.1)", ""),
        seen("Mozilla/5.0 (Linux; Android 10; K) Mobile", ""),
        seen("Mozilla/5.0", "https://www.google.com/"),
    ]
}

/// Tells whether somebody sees something else because of an attack.
fn shows(attack: &Attack, site: &Site) -> bool {
    let section = attack.section.unwrap_or(Section::Home);
    let pages = visitors().into_iter().flat_map(|seen| {
        (0..6).map(move |number| (seen.clone(), moment(number * 250 + 45, u64::from(number))))
    });
    let mut differs = pages.into_iter().map(|(seen, moment)| {
        let page = render(site, section, moment, &seen);
        attack.spoil(site, section, page.clone(), moment, &seen) != Deed::Page(page)
    });
    let files = ["/images/banner.png", "/js/site.js"].map(ToOwned::to_owned);
    let files = files.into_iter().chain(attack.upload_ways());
    differs.any(|differs| differs)
        || files.into_iter().any(|path| attack.file(&path).is_some())
        || attack.other_address().is_some()
        || attack.other_certificate().is_some()
}

#[test]
fn a_whole_run_has_ten_kinds_and_more_than_forty_attacks_of_each_class() {
    let sites = make_sites(1, 200, 60);
    let hosts: BTreeSet<&String> = sites.iter().map(|site| &site.host).collect();
    assert_eq!(hosts.len(), 200);
    for kind in Kind::ALL {
        assert_eq!(sites.iter().filter(|site| site.kind == kind).count(), 20);
    }
    let attacks = schedule(1, &sites, 60, &[]);
    for class in Class::ALL {
        assert!(
            attacks
                .iter()
                .filter(|attack| attack.class == class)
                .count()
                >= 40,
            "{}",
            class.name()
        );
    }
}

#[test]
fn a_site_has_one_attack_at_a_time_and_peace_between_them() {
    let sites = make_sites(2, 60, 60);
    let attacks = schedule(2, &sites, 60, &[]);
    for site in &sites {
        let mut of_site: Vec<&Attack> = attacks
            .iter()
            .filter(|attack| attack.site == site.number)
            .collect();
        of_site.sort_by_key(|attack| attack.from);
        assert!(
            of_site
                .windows(2)
                .all(|pair| pair[0].to + 1_440 <= pair[1].from)
        );
    }
}

#[test]
fn every_attack_shows_something_else_to_somebody() {
    let sites = make_sites(3, 100, 60);
    for attack in schedule(3, &sites, 60, &[]) {
        assert!(
            shows(&attack, &sites[attack.site]),
            "{} {:x}: {}",
            attack.class.name(),
            attack.seed,
            attack.variant()
        );
    }
}

#[test]
fn a_page_follows_from_site_moment_and_visitor() {
    for site in make_sites(4, 20, 60) {
        for section in site.watched() {
            let seen = Seen::default();
            let page = render(&site, section, moment(600, 7), &seen);
            assert_eq!(page, render(&site, section, moment(600, 7), &seen));
            assert!(page.contains("</html>") && page.len() > 1_500);
            assert_eq!(Section::of_path(&site.path_of(section)), Some(section));
        }
    }
}

#[test]
fn pages_of_a_seed_stay_what_they_are() {
    // Figures of two versions of the watch can be compared only where both looked at the same pages.
    let sites = make_sites(5, 20, 60);
    let attacks = schedule(5, &sites, 60, &[]);
    let mut digest = crc32fast::Hasher::new();
    for site in &sites {
        for section in site.watched() {
            for seen in visitors() {
                let page = render(site, section, moment(600, 7), &seen);
                digest.update(page.as_bytes());
            }
        }
    }
    for attack in &attacks {
        digest.update(attack.variant().as_bytes());
        digest.update(format!("{attack:?}").as_bytes());
    }
    assert_eq!(
        digest.finalize(),
        2_128_722_681,
        "the zoo is another: its figures too"
    );
}

#[test]
fn publishers_announce_days_of_edits_and_some_attacks_begin_on_such_days() {
    let sites = make_sites(6, 100, 60);
    let attacks = schedule(6, &sites, 60, &[]);
    let met = attacks.iter().filter(|attack| attack.is_met_by_notice());
    let share = met.count() * 100 / attacks.len();
    assert!((3..=15).contains(&share), "{share} %");
    let world = World::new(sites, &attacks);
    let mut publishers = Publishers::new(6, &world.sites);
    let mut announced = 0;
    for day in 0..60 {
        publishers.announce(&world, day).unwrap();
        let at = instant_of(u64::from(day) * 1_440);
        for site in &world.sites {
            let has_notice = !publishers.of_site(site, at).notices.is_empty();
            if site.life.on(day).any(|event| event.is_announced) {
                assert!(has_notice, "{} day {day}", site.host);
                announced += 1;
            }
        }
    }
    assert!(announced > 20);
}
