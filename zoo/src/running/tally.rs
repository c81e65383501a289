//! Counts: attacks found and missed, honest days that called a person, and what that cost.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use watch::{Depth, Reason, Verdict};

use super::surveying::Surveys;
use super::watching::Seen;
use crate::attacks::{Attack, Class};
use crate::living::Event;
use crate::serving::World;
use crate::sites::{Moment, Section, Site};

/// What a whole run came to.
pub struct Tally {
    /// Every attack and what was said while it lasted.
    pub attacks: Vec<Fate>,
    /// Days of pages without an attack on the site, in which a person was called or not: in the first week, and after it.
    pub honest: [Honest; 2],
    /// Why people were called for nothing: by what honestly happened and the first reason, with an example.
    pub causes: BTreeMap<(String, String), (usize, String)>,
    /// What the watch needed.
    pub costs: Costs,
    /// What surveys came to.
    pub surveys: Surveys,
    /// What was said on honest days, by page, and on which day last: nobody is woken by what is said every day.
    usual: BTreeMap<Place, Vec<(Saying, u32)>>,
    /// Of today, by page: the worst that was said.
    today: BTreeMap<Place, Seen>,
}

/// A page under watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Whose.
    pub site: usize,
    /// Which.
    pub section: Section,
}

/// An attack and what became of it.
pub struct Fate {
    /// Which.
    pub attack: Attack,
    /// How many checks of a page that it had changed there were.
    pub checks: usize,
    /// The first check that called a person.
    pub found: Option<Found>,
    /// Whether a check that called a person said something else than the honest days of the week before.
    pub stands_out: bool,
    /// The worst verdict of all.
    pub worst: Option<Verdict>,
}

/// The first check that called a person.
pub struct Found {
    /// After so many simulated minutes.
    pub after_minutes: u64,
    /// After how many checks of the page.
    pub checks: usize,
    /// How long the check took.
    pub took: Duration,
    /// The first reason.
    pub reason: String,
}

/// Days of pages without an attack.
#[derive(Default)]
pub struct Honest {
    /// All of them.
    pub page_days: usize,
    /// A person looks.
    pub unexplained: usize,
    /// Somebody is called.
    pub alarms: usize,
    /// Of all: those on which a notice was in force, of the site's own publisher.
    pub announced: usize,
    /// Of those: nobody was called, and the watch said that it had been announced.
    pub announced_silent: usize,
    /// Of those: a person had to look or was called. They are among the others too.
    pub announced_calls: usize,
    /// Days of sites, each with all its pages under watch.
    pub site_days: usize,
    /// Days of sites on which somebody was called or had to look, for one page or for several.
    pub site_calls: usize,
    /// Days of sites on which somebody was called.
    pub site_alarms: usize,
    /// Days of sites on which somebody was called or had to look, by a check or by a survey.
    pub site_calls_of_any: usize,
}

impl Honest {
    /// Returns the days of pages on which a person had to look or was called.
    pub fn calls(&self) -> usize {
        self.unexplained + self.alarms
    }
}

/// What the watch needed.
#[derive(Default)]
pub struct Costs {
    /// Checks by depth: quick, as every visitor.
    pub checks: [usize; 2],
    /// Requests by depth.
    pub requests: [usize; 2],
    /// Of the watch's threads for checks; of all processes of another program.
    pub cpu: Duration,
    /// The most memory that another program had at one time, in bytes; nothing where it was not measured.
    pub memory: Option<u64>,
    /// On the clock of the wall.
    pub took: Duration,
    /// Requests as the zoo counted them.
    pub served: u64,
    /// Starts of a browser.
    pub browser_starts: usize,
    /// Checks of pages that no attack had changed.
    pub living_checks: usize,
    /// Starts of a browser for those.
    pub living_starts: usize,
    /// What they were for: by what honestly happened, what was said and the first reason.
    pub starts_for: BTreeMap<(String, String), (usize, String)>,
    /// Time of the processor that browsers needed.
    pub browser_cpu: Duration,
}

/// A verdict and the kinds of its reasons.
type Saying = (Verdict, BTreeSet<String>);

/// Days for which people remember what they were called for.
const REMEMBERED_DAYS: u32 = 7;

/// What a check told.
pub struct Told<'t> {
    /// Which page.
    pub place: Place,
    /// How deep.
    pub depth: Depth,
    /// When.
    pub now: Moment,
    /// What.
    pub seen: Seen,
    /// Whether nobody attacks the site on this day.
    pub is_peace: bool,
    /// What honestly happens on this day.
    pub cause: String,
    /// The attack on this page at this moment.
    pub attack: Option<&'t Attack>,
}

impl Tally {
    /// Begins.
    pub fn new(attacks: Vec<Attack>) -> Self {
        let fate = |attack| Fate {
            attack,
            checks: 0,
            found: None,
            stands_out: false,
            worst: None,
        };
        Self {
            attacks: attacks.into_iter().map(fate).collect(),
            honest: <[Honest; 2]>::default(),
            causes: BTreeMap::new(),
            costs: Costs::default(),
            surveys: Surveys::default(),
            usual: BTreeMap::new(),
            today: BTreeMap::new(),
        }
    }

    /// Takes in what a check told.
    pub fn take(&mut self, told: &Told<'_>) {
        let depth = usize::from(told.depth == Depth::Visitors);
        self.costs.checks[depth] += 1;
        self.costs.requests[depth] += told.seen.requests;
        self.costs.browser_starts += told.seen.browser_starts;
        if told.attack.is_none() {
            self.costs.living_checks += 1;
            self.costs.living_starts += told.seen.browser_starts;
        }
        self.find(told);
        self.remember(told);
        self.note_start(told);
        let today = self
            .today
            .entry(told.place)
            .or_insert_with(|| told.seen.clone());
        if told.seen.verdict > today.verdict {
            *today = told.seen.clone();
        }
    }

    /// Takes what was told to the attack that it was told of.
    pub fn find(&mut self, told: &Told<'_>) {
        if let Some(attack) = told.attack {
            let is_this = |fate: &&mut Fate| fate.attack.seed == attack.seed;
            if let Some(fate) = self.attacks.iter_mut().find(is_this) {
                fate.take(told, self.usual.get(&told.place).map_or(&[], Vec::as_slice));
            }
        }
    }

    /// Notes what a browser was started for.
    fn note_start(&mut self, told: &Told<'_>) {
        if told.attack.is_some() || told.seen.browser_starts == 0 {
            return;
        }
        let key = (told.cause.clone(), first_reason(&told.seen));
        let example = format!("{:?}: {}", told.seen.verdict, shown(&told.seen));
        let known = self.costs.starts_for.entry(key).or_insert((0, example));
        known.0 += told.seen.browser_starts;
    }

    fn remember(&mut self, told: &Told<'_>) {
        if !told.is_peace || !told.seen.verdict.wants_person() {
            return;
        }
        let usual = self.usual.entry(told.place).or_default();
        let saying = saying_of(&told.seen);
        usual.retain(|(one, _)| *one != saying);
        usual.push((saying, told.now.day));
    }

    /// Counts the day that ends.
    pub fn end_day(&mut self, world: &World, day: u32) {
        self.end_day_of_sites(world, day);
        for (place, seen) in std::mem::take(&mut self.today) {
            let site = &world.sites[place.site];
            if world.attack_on_day(site.number, day).is_some() {
                continue;
            }
            let honest = &mut self.honest[usize::from(day >= 7)];
            honest.page_days += 1;
            let is_announced = site.life.on(day).any(|event| event.is_announced);
            let is_called = seen.verdict.wants_person();
            honest.announced += usize::from(is_announced);
            honest.announced_silent += usize::from(seen.verdict == Verdict::Announced);
            honest.announced_calls += usize::from(is_announced && is_called);
            if !is_called {
                continue;
            }
            if seen.verdict.is_alarm() {
                honest.alarms += 1;
            } else {
                honest.unexplained += 1;
            }
            let week = if day < 7 { "first week" } else { "" };
            let example = format!(
                "{:?} {} {:?} day {day} {week}: {}",
                seen.verdict,
                site.kind.name(),
                place.section,
                shown(&seen)
            );
            let cause = self
                .causes
                .entry((cause_of(site, day), first_reason(&seen)))
                .or_insert((0, example));
            cause.0 += 1;
        }
    }
}

impl Tally {
    /// Counts the day by sites: a person who looks at one page of a site sees that the others are of the same.
    fn end_day_of_sites(&mut self, world: &World, day: u32) {
        let mut worst: BTreeMap<usize, Verdict> = BTreeMap::new();
        for (place, seen) in &self.today {
            let known = worst.entry(place.site).or_insert(seen.verdict);
            *known = seen.verdict.max(*known);
        }
        for (number, verdict) in worst {
            if world.attack_on_day(number, day).is_some() {
                continue;
            }
            let honest = &mut self.honest[usize::from(day >= 7)];
            honest.site_days += 1;
            let is_surveyed = self.surveys.today.contains(&number);
            honest.site_calls += usize::from(verdict.wants_person());
            honest.site_alarms += usize::from(verdict.is_alarm());
            honest.site_calls_of_any += usize::from(verdict.wants_person() || is_surveyed);
        }
        self.surveys.today.clear();
    }
}

impl Fate {
    /// Tells whether somebody was called, rather than asked to look.
    pub fn is_alarm(&self) -> bool {
        self.worst.is_some_and(Verdict::is_alarm)
    }

    fn take(&mut self, told: &Told<'_>, usual: &[(Saying, u32)]) {
        self.checks += 1;
        self.worst = self.worst.max(Some(told.seen.verdict));
        if told.seen.verdict.wants_person() {
            let (verdict, reasons) = saying_of(&told.seen);
            let is_usual = usual.iter().any(|((usual_verdict, usual_reasons), day)| {
                *usual_verdict == verdict
                    && reasons.is_subset(usual_reasons)
                    && day + REMEMBERED_DAYS >= told.now.day
            });
            self.stands_out |= !is_usual;
        }
        if self.found.is_none() && told.seen.verdict.wants_person() {
            self.found = Some(Found {
                after_minutes: told.now.minutes() - self.attack.from,
                checks: self.checks,
                took: told.seen.took,
                reason: shown(&told.seen),
            });
        }
    }

    /// Tells whether the worst verdict says of which sort the attack is.
    pub fn is_named_right(&self) -> bool {
        use Verdict::{Cloaking, Defacement, Injection, Takeover};
        let right: &[Verdict] = match self.attack.class {
            Class::WholePage | Class::ImageOnly | Class::TitleOnly => &[Defacement],
            Class::Part => &[Defacement, Injection],
            Class::HiddenLinks | Class::Script | Class::Frame | Class::UploadPages => &[Injection],
            Class::Refresh | Class::ScriptRedirect => &[Injection, Takeover],
            Class::CloakAgent | Class::CloakReferrer => &[Cloaking],
            Class::CloakTime => &[Cloaking, Injection, Defacement, Takeover],
            Class::Dns | Class::Certificate => &[Takeover],
        };
        self.worst.is_some_and(|worst| right.contains(&worst))
    }
}

/// Says what honestly happens to a site on a day, or which habits it has.
pub fn cause_of(site: &Site, day: u32) -> String {
    let named = |event: &Event| {
        let name = event.edit.name();
        if event.is_announced {
            format!("announced {name}")
        } else {
            name.to_owned()
        }
    };
    let edits: Vec<String> = site.life.on(day).map(named).collect();
    if !edits.is_empty() {
        return edits.join("+");
    }
    // A notice is taken down after four days.
    let was = site.life.state(day.saturating_sub(1)).notice;
    if was.is_some() && site.life.state(day).notice.is_none() {
        return "notice-bar-gone".to_owned();
    }
    let habits = [
        (site.has_phone_layout, "telephone layout"),
        (site.has_two_variants, "two variants"),
        (site.has_cookie_banner, "cookies"),
    ];
    let habits = habits.iter().filter(|(has, _)| *has).map(|(_, name)| *name);
    let habits: Vec<&str> = ["no edit"].into_iter().chain(habits).collect();
    habits.join(", ")
}

fn first_reason(seen: &Seen) -> String {
    seen.reasons.first().map_or_else(|| "-".to_owned(), kind_of)
}

fn kind_of(reason: &Reason) -> String {
    let value = serde_json::to_value(reason).unwrap_or_default();
    value["kind"].as_str().unwrap_or("-").to_owned()
}

fn saying_of(seen: &Seen) -> Saying {
    (seen.verdict, seen.reasons.iter().map(kind_of).collect())
}

fn shown(seen: &Seen) -> String {
    let reasons: Vec<String> = seen
        .reasons
        .iter()
        .take(3)
        .map(|reason| format!("{reason:?}").chars().take(220).collect())
        .collect();
    reasons.join(" | ")
}
