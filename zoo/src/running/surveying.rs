//! Once a simulated day each site is surveyed, as `tocsin watch web survey` does it.

use std::collections::BTreeSet;
use std::time::Instant;

use watch::{Depth, Heard, Means, SiteMemory, Survey, SurveyPlan, heard_as, survey};

use super::tally::{Place, Tally, Told};
use super::watching::{Seen, approver};
use crate::serving::World;
use crate::sites::{Moment, Section};

/// What surveys of a whole run came to.
#[derive(Default)]
pub struct Surveys {
    /// How many there were.
    pub count: usize,
    /// Requests that they took.
    pub requests: usize,
    /// Days of sites that nobody attacks, after the first week.
    pub honest_days: usize,
    /// On how many of them a person was called.
    pub called: usize,
    /// Why, the first of each kind.
    pub examples: Vec<String>,
    /// What bad pages of some sites told of others.
    pub heard: Heard,
    /// The sites of which it was news.
    pub news: BTreeSet<usize>,
}

impl Surveys {
    /// Takes in where bad pages of a site lead, as the running watch does it.
    pub fn hear(&mut self, world: &World, site: usize, leads_to: &BTreeSet<String>) {
        if leads_to.is_empty() {
            return;
        }
        let number_of = |host: &str| {
            let mut sites = world.sites.iter();
            sites.position(|one| heard_as(&one.host) == host)
        };
        let leads_to = leads_to.iter().map(String::as_str);
        let host = &world.sites[site].host;
        let news = self
            .heard
            .take(host, leads_to, |host| number_of(host).is_some());
        self.news
            .extend(news.iter().filter_map(|host| number_of(host)));
    }
}

/// Surveys one site, and learns. What calls a person on a day without an attack, the person approves.
pub async fn survey_site(
    world: &World,
    means: &Means<'_>,
    memory: &mut SiteMemory,
    (site, also): (usize, Vec<String>),
) -> (Place, Seen, Survey) {
    let now = world.now();
    let started = Instant::now();
    let url = world.url_of(&world.sites[site], Section::Home);
    let seconds = i64::try_from(now.minutes() * 60).unwrap_or(i64::MAX);
    let plan = SurveyPlan {
        also,
        ..SurveyPlan::at(seconds)
    };
    let found = survey(means, &url, memory, &memory.survey, &plan).await;
    let is_peace = world.attack_on_day(site, now.day).is_none();
    if found.judgement.verdict.wants_person() && is_peace {
        memory.survey.approve(&found, &approver());
    } else {
        memory.survey.learn(&found);
    }
    let place = Place {
        site,
        section: Section::Home,
    };
    let seen = Seen {
        verdict: found.judgement.verdict,
        reasons: found.judgement.reasons.clone(),
        requests: found.requests(),
        took: started.elapsed(),
        browser_starts: 0,
        leads_to: BTreeSet::new(),
    };
    (place, seen, found)
}

/// Counts what a survey came to. Where the attack is not on a page, a survey finds it as a check does.
pub fn count(world: &World, tally: &mut Tally, now: Moment, place: Place, seen: Seen) {
    let surveys = &mut tally.surveys;
    surveys.count += 1;
    surveys.requests += seen.requests;
    let is_peace = world.attack_on_day(place.site, now.day).is_none();
    if is_peace && now.day >= 7 {
        surveys.honest_days += 1;
        if seen.verdict.wants_person() {
            surveys.called += 1;
            if surveys.examples.len() < 40 {
                let site = &world.sites[place.site];
                let example = format!(
                    "{} day {}: {:?} {:?}",
                    site.kind.name(),
                    now.day,
                    seen.verdict,
                    seen.reasons
                );
                surveys.examples.push(example.chars().take(600).collect());
            }
        }
    }
    if let Some(attack) = world.attack_on(place.site, now) {
        tally.find(&Told {
            place,
            depth: Depth::Visitors,
            now,
            seen,
            is_peace,
            attack: Some(attack),
        });
    }
}
