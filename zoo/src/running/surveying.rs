//! Once a simulated day each site is surveyed, as `tocsin watch web survey` does it.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use watch::{Depth, Heard, Means, SiteMemory, Survey, SurveyPlan, heard_as, survey};

use super::tally::{Place, Tally, Told};
use super::watching::{Seen, approver};
use crate::attacks::Attack;
use crate::serving::World;
use crate::sites::{Moment, Section};

/// What surveys of a whole run came to.
#[derive(Default)]
pub struct Surveys {
    /// How many there were.
    pub count: usize,
    /// Requests that they took.
    pub requests: usize,
    /// Time of the processor that they took.
    pub cpu: Duration,
    /// Days of sites that nobody attacks, after the first week.
    pub honest_days: usize,
    /// On how many of them a person was called.
    pub called: usize,
    /// The sites of today for which one was.
    pub today: BTreeSet<usize>,
    /// Why, the first of each kind.
    pub examples: Vec<String>,
}

/// What bad pages of some sites told of others, as the running watch hands it on.
#[derive(Default)]
pub struct Hearsay {
    heard: Mutex<Heard>,
    news: BTreeSet<usize>,
}

impl Hearsay {
    /// Takes in where bad pages of a site lead.
    pub fn take(&mut self, world: &World, site: usize, leads_to: &BTreeSet<String>) {
        if leads_to.is_empty() {
            return;
        }
        let number_of = |host: &str| {
            let mut sites = world.sites.iter();
            sites.position(|one| heard_as(&one.host) == host)
        };
        let leads_to = leads_to.iter().map(String::as_str);
        let host = &world.sites[site].host;
        let is_known = |host: &str| number_of(host).is_some();
        let news = self.heard().take(host, leads_to, is_known);
        self.news
            .extend(news.iter().filter_map(|host| number_of(host)));
    }

    /// Returns the sites of which something was news since the last time.
    pub fn take_news(&mut self) -> BTreeSet<usize> {
        std::mem::take(&mut self.news)
    }

    fn of(&self, host: &str) -> Vec<String> {
        self.heard().of(host)
    }

    fn learn(&self, host: &str, found: &Survey) {
        self.heard().learn(host, found);
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Surveys one site, and learns. What calls a person on a day without an attack, the person approves.
pub async fn survey_site(
    world: &World,
    means: &Means<'_>,
    memory: &mut SiteMemory,
    site: usize,
    hearsay: &Hearsay,
) -> (Place, Seen) {
    let now = world.now();
    let started = Instant::now();
    let url = world.url_of(&world.sites[site], Section::Home);
    let seconds = i64::try_from(now.minutes() * 60).unwrap_or(i64::MAX);
    let host = &world.sites[site].host;
    let plan = SurveyPlan {
        also: hearsay.of(host),
        ..SurveyPlan::at(seconds)
    };
    let found = survey(means, &url, memory, &memory.survey, &plan).await;
    hearsay.learn(host, &found);
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
        leads_to: found.leads_to,
    };
    (place, seen)
}

/// Counts what a survey came to. Where the attack is not on a page, a survey finds it as a check does.
pub fn count(world: &World, tally: &mut Tally, now: Moment, place: Place, seen: Seen) {
    let surveys = &mut tally.surveys;
    surveys.count += 1;
    surveys.requests += seen.requests;
    let is_peace = world.attack_on_day(place.site, now.day).is_none();
    if is_peace && seen.verdict.wants_person() {
        surveys.today.insert(place.site);
    }
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
    // A survey looks at no page under watch: that it found nothing says nothing of an attack on one.
    let tells = |attack: &&Attack| attack.section.is_none() || seen.verdict.wants_person();
    if let Some(attack) = world.attack_on(place.site, now).filter(tells) {
        tally.find(&Told {
            place,
            depth: Depth::Visitors,
            now,
            seen,
            is_peace,
            cause: String::new(),
            attack: Some(attack),
        });
    }
}
