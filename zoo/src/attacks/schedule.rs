//! When which site is attacked: one attack at a time, with days of peace before and after.

use super::attack::{Attack, Class};
use crate::chance::Chance;
use crate::sites::{Scheme, Section, Site};

/// Days without any attack at the beginning, in which the watch learns.
const PEACE_DAYS: u32 = 7;
/// Days from one attack on a site to the next.
const ROUND_DAYS: u32 = 7;
/// Attacks of each class in the whole run.
const EACH: usize = 45;

/// Makes all attacks of a simulation; of the classes in `only` where it names some.
pub fn schedule(seed: u64, sites: &[Site], days: u32, only: &[Class]) -> Vec<Attack> {
    let mut chance = Chance::of(&[seed, 99]);
    let rounds = days.saturating_sub(PEACE_DAYS) / ROUND_DAYS;
    let mut slots: Vec<(usize, u32)> = (0..sites.len())
        .flat_map(|site| (0..rounds).map(move |round| (site, PEACE_DAYS + round * ROUND_DAYS)))
        .collect();
    chance.shuffle(&mut slots);
    let classes: Vec<Class> = Class::ALL
        .into_iter()
        .filter(|class| only.is_empty() || only.contains(class))
        .collect();
    let mut wanted: Vec<Class> = (0..EACH).flat_map(|_| classes.iter().copied()).collect();
    let mut attacks = Vec::new();
    for (site, day) in slots {
        let site = &sites[site];
        // Without encryption there is no certificate to be another.
        let fits = |class: &Class| *class != Class::Certificate || site.scheme != Scheme::Http;
        let Some(at) = wanted.iter().position(fits) else {
            continue;
        };
        let class = wanted.remove(at);
        attacks.push(attack_of(&mut chance, class, site, day));
    }
    attacks.sort_by_key(|attack| attack.from);
    attacks
}

fn attack_of(chance: &mut Chance, class: Class, site: &Site, day: u32) -> Attack {
    let day = day + chance.between(0, 1);
    let minute = chance.between(0, 400);
    let lasts_days = match class {
        // Those that few see stay for weeks; for so long that they are looked for more than once.
        Class::CloakAgent | Class::CloakReferrer | Class::CloakTime | Class::UploadPages => 4,
        _ => chance.between(1, 2),
    };
    let section = match class {
        Class::UploadPages | Class::Dns | Class::Certificate => None,
        _ => match chance.below(10) {
            0..=5 => Some(Section::Home),
            6..=7 => None,
            _ => Some(site.watched()[1]),
        },
    };
    let from = u64::from(day) * 1_440 + u64::from(minute);
    Attack {
        class,
        seed: chance.number(),
        site: site.number,
        from,
        // Cleaned at the end of a day.
        to: u64::from(day + lasts_days) * 1_440,
        section,
    }
}
