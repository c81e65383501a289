//! Cases: what the watch says of one look becomes something that is opened, confirmed, changed and closed, one for each site.
//!
//! Nobody is called for one look: a second one confirms it. A case is closed by looks as deep as the one that opened it, never
//! by a shallower one. What comes back after it was gone is a relapse of the case that it was.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::schedule::{After, Look};
use crate::verdict::Verdict;

/// Closed cases that are remembered, so that relapses can be told.
const CLOSED_MAX: usize = 5_000;
/// Things shown that are remembered of one case.
const SHOWN_MAX: usize = 256;
/// Pages of one site in one case.
const PAGES_MAX: usize = 256;

/// When a case is what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseRules {
    /// Looks that want a person before somebody is called, by default 2.
    pub sights: u32,
    /// Looks without an answer before it is an outage, by default 3.
    pub failures: u32,
    /// Looks in order before a case is closed, by default 2.
    pub fine: u32,
    /// How long after a case the same is its relapse, by default 90 days.
    pub relapse_within: SignedDuration,
    /// How long a site may keep the watch out as a program until a person has to look, by default 2 hours: an intruder can pretend
    /// to be a service that does so.
    pub unseen_for: SignedDuration,
}

impl CaseRules {
    /// For a single look that a person asked for and reads: it needs no second one.
    pub fn by_hand() -> Self {
        Self {
            sights: 1,
            failures: 1,
            fine: 1,
            ..Self::default()
        }
    }
}

impl Default for CaseRules {
    fn default() -> Self {
        Self {
            sights: 2,
            failures: 3,
            fine: 2,
            relapse_within: SignedDuration::from_hours(90 * 24),
            unseen_for: SignedDuration::from_hours(2),
        }
    }
}

/// What one look came to.
#[derive(Clone, Debug)]
pub struct Sight<'s> {
    /// Which site.
    pub site: &'s str,
    /// Which page.
    pub url: &'s str,
    /// What is said of it.
    pub verdict: Verdict,
    /// How deeply it was looked at.
    pub look: Look,
    /// What it shows that it did not show before, as digests.
    pub shown: BTreeSet<u64>,
    /// Whether we were asked to prove that we are no program, instead of being shown the page.
    pub is_kept_out: bool,
    /// When.
    pub at: Timestamp,
}

/// Cases of all sites.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cases {
    last_number: u64,
    open: BTreeMap<String, Case>,
    closed: Vec<Case>,
    #[serde(skip)]
    failures: BTreeMap<String, u32>,
}

/// What happens at one site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Its number, in order of opening.
    pub number: u64,
    /// Which site.
    pub site: String,
    /// Where it stands.
    pub state: CaseState,
    /// The worst that was said.
    pub worst: Verdict,
    /// The pages, by address.
    pub pages: BTreeMap<String, CasePage>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// The case that it is a relapse of.
    pub relapse_of: Option<u64>,
    shown: BTreeSet<u64>,
}

/// Where a case stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum CaseState {
    /// Seen once.
    Opened,
    /// Seen again: somebody is called.
    Confirmed,
    /// Over.
    Closed {
        /// Why.
        end: End,
    },
}

/// Why a case is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "end")]
pub enum End {
    /// A person looked and said that it is in order.
    Approved {
        /// Who.
        by: String,
    },
    /// The page is no longer under watch.
    Dropped,
    /// The second look did not show it.
    NotConfirmed,
    /// The site is as it was.
    Recovered,
}

/// A page of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CasePage {
    /// The worst that was said of it.
    pub verdict: Verdict,
    look: LookDepth,
    sights: u32,
    fine: u32,
}

/// How deep the look was that showed it; a survey is not a look at a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum LookDepth {
    Quick,
    Whole,
    Visitors,
    Survey,
}

/// What became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaseEvent {
    /// Something was seen that has to be looked at again.
    Opened,
    /// It was seen again: somebody is called.
    Confirmed,
    /// It became worse, shows something else, or is on a further page.
    Changed,
    /// It is over.
    Closed,
    /// It was confirmed before the watch was started anew.
    StillOpen,
}

/// What follows from a look.
#[derive(Clone, Debug, PartialEq)]
pub struct Consequence {
    /// What became of the site's case, in order.
    pub events: Vec<(CaseEvent, Case)>,
    /// When the page is looked at next.
    pub after: After,
}

impl Cases {
    /// Takes in what a look came to.
    pub fn take(&mut self, sight: &Sight<'_>, rules: &CaseRules) -> Consequence {
        match sight.verdict {
            Verdict::Unchanged | Verdict::Ordinary | Verdict::Announced => self.fine(sight, rules),
            Verdict::Nothing | Verdict::FaultPage | Verdict::Outage => self.failed(sight, rules),
            _ => {
                self.failures.remove(sight.url);
                self.wants_person(sight, rules)
            }
        }
    }

    /// Takes a page out of its case because a person approved what it shows.
    pub fn approve(
        &mut self,
        site: &str,
        url: &str,
        by: &str,
        at: Timestamp,
    ) -> Vec<(CaseEvent, Case)> {
        let by = by.to_owned();
        self.leave(site, url, End::Approved { by }, at)
    }

    /// Takes a page out of its case because it is no longer under watch.
    pub fn drop_page(&mut self, site: &str, url: &str, at: Timestamp) -> Vec<(CaseEvent, Case)> {
        self.failures.remove(url);
        self.leave(site, url, End::Dropped, at)
    }

    /// Tells whether a page stands in the open case of its site.
    pub fn has(&self, site: &str, url: &str) -> bool {
        let case = self.open.get(site);
        case.is_some_and(|case| case.pages.contains_key(url))
    }

    /// Returns the cases that are open, those of which somebody is to be called first, the worst first.
    pub fn list_open(&self) -> Vec<&Case> {
        let mut open: Vec<&Case> = self.open.values().collect();
        open.sort_by_key(|case| {
            let is_confirmed = case.state == CaseState::Confirmed;
            std::cmp::Reverse((is_confirmed, case.worst, case.number))
        });
        open
    }

    /// Returns how many cases are open and confirmed.
    pub fn count_confirmed(&self) -> usize {
        let confirmed = self.open.values();
        confirmed
            .filter(|case| case.state == CaseState::Confirmed)
            .count()
    }

    fn fine(&mut self, sight: &Sight<'_>, rules: &CaseRules) -> Consequence {
        self.failures.remove(sight.url);
        let usual = |after| Consequence {
            events: Vec::new(),
            after,
        };
        let Some(case) = self.open.get_mut(sight.site) else {
            return usual(After::Usual);
        };
        let Some(page) = case.pages.get_mut(sight.url) else {
            return usual(After::Usual);
        };
        if depth_of(sight.look) < page.look {
            return usual(After::Often(page.look.look()));
        }
        page.fine += 1;
        page.sights = 0;
        let (enough, end) = if case.state == CaseState::Opened {
            (1, End::NotConfirmed)
        } else {
            (rules.fine, End::Recovered)
        };
        if page.fine < enough {
            return usual(After::Confirm(sight.look));
        }
        Consequence {
            events: self.leave(sight.site, sight.url, end, sight.at),
            after: After::Usual,
        }
    }

    fn failed(&mut self, sight: &Sight<'_>, rules: &CaseRules) -> Consequence {
        let failures = self.failures.entry(sight.url.to_owned()).or_default();
        *failures = failures.saturating_add(1);
        let failures = *failures;
        if failures < rules.failures {
            return Consequence {
                events: Vec::new(),
                after: After::Confirm(Look::Quick),
            };
        }
        let after = After::BackOff(failures - rules.failures);
        let known = self.open.get(sight.site);
        // A site that was attacked and is now switched off is still the same case.
        if known.is_some_and(|case| case.worst.wants_person()) {
            let events = Vec::new();
            return Consequence { events, after };
        }
        let counts = rules.failures.max(rules.sights);
        let is_old = |case: &Case| sight.at.duration_since(case.opened_at) >= rules.unseen_for;
        let mut sight = sight.clone();
        if sight.is_kept_out && known.is_some_and(is_old) {
            sight.verdict = Verdict::Unexplained;
        }
        let events = self.note(&sight, rules, counts, Look::Quick);
        Consequence { events, after }
    }

    fn wants_person(&mut self, sight: &Sight<'_>, rules: &CaseRules) -> Consequence {
        let events = self.note(sight, rules, 1, sight.look);
        let case = self.open.get(sight.site);
        let sights = case
            .and_then(|case| case.pages.get(sight.url))
            .map_or(0, |page| page.sights);
        let after = if sights < rules.sights {
            After::Confirm(sight.look)
        } else {
            After::Often(sight.look)
        };
        Consequence { events, after }
    }

    /// Puts a look into the site's case, which is opened where there is none; it counts as so many.
    fn note(
        &mut self,
        sight: &Sight<'_>,
        rules: &CaseRules,
        counts: u32,
        look: Look,
    ) -> Vec<(CaseEvent, Case)> {
        let mut events = Vec::new();
        if !self.open.contains_key(sight.site) {
            let case = self.new_case(sight, rules);
            self.open.insert(sight.site.to_owned(), case);
            events.push(CaseEvent::Opened);
        }
        let Some(case) = self.open.get_mut(sight.site) else {
            return Vec::new();
        };
        let became = case.see(sight, counts, look, rules);
        events.extend(became);
        let case = case.clone();
        events
            .into_iter()
            .map(|event| (event, case.clone()))
            .collect()
    }

    fn new_case(&mut self, sight: &Sight<'_>, rules: &CaseRules) -> Case {
        self.last_number += 1;
        let is_relapse = |old: &&Case| {
            let end = old.closed_at.unwrap_or(old.opened_at);
            old.site == sight.site
                && matches!(
                    old.state,
                    CaseState::Closed {
                        end: End::Recovered
                    }
                )
                && sight.at.duration_since(end) <= rules.relapse_within
                && !old.shown.is_disjoint(&sight.shown)
        };
        let relapse_of = self.closed.iter().rev().find(is_relapse);
        Case {
            number: self.last_number,
            site: sight.site.to_owned(),
            state: CaseState::Opened,
            worst: sight.verdict,
            pages: BTreeMap::new(),
            opened_at: sight.at,
            closed_at: None,
            // Of a relapse of a relapse the first case is named.
            relapse_of: relapse_of.map(|case| case.relapse_of.unwrap_or(case.number)),
            shown: BTreeSet::new(),
        }
    }

    fn leave(&mut self, site: &str, url: &str, end: End, at: Timestamp) -> Vec<(CaseEvent, Case)> {
        let Some(case) = self.open.get_mut(site) else {
            return Vec::new();
        };
        if case.pages.remove(url).is_none() || !case.pages.is_empty() {
            return Vec::new();
        }
        let Some(mut case) = self.open.remove(site) else {
            return Vec::new();
        };
        case.state = CaseState::Closed { end };
        case.closed_at = Some(at);
        if self.closed.len() >= CLOSED_MAX {
            self.closed.remove(0);
        }
        self.closed.push(case.clone());
        vec![(CaseEvent::Closed, case)]
    }
}

impl Case {
    /// Takes in a look, and says what that makes of the case.
    fn see(
        &mut self,
        sight: &Sight<'_>,
        counts: u32,
        look: Look,
        rules: &CaseRules,
    ) -> Option<CaseEvent> {
        let is_known = self.pages.contains_key(sight.url);
        if !is_known && self.pages.len() >= PAGES_MAX {
            return None;
        }
        let page = self.pages.entry(sight.url.to_owned()).or_insert(CasePage {
            verdict: sight.verdict,
            look: depth_of(look),
            sights: 0,
            fine: 0,
        });
        let is_worse_page = sight.verdict > page.verdict;
        if sight.verdict.wants_person() && !page.verdict.wants_person() {
            // That the site did not answer confirms nothing of what it shows now.
            page.sights = 0;
        }
        if is_worse_page {
            page.look = depth_of(look);
        } else if sight.verdict == page.verdict {
            page.look = page.look.min(depth_of(look));
        }
        page.verdict = page.verdict.max(sight.verdict);
        page.fine = 0;
        let was_seen = page.sights >= rules.sights;
        page.sights = page.sights.saturating_add(counts);
        let is_seen = page.sights >= rules.sights;
        let is_worse = sight.verdict > self.worst;
        self.worst = self.worst.max(sight.verdict);
        let shows_more = self.show(&sight.shown) && sight.verdict.is_alarm();
        match self.state {
            CaseState::Opened if is_seen => {
                self.state = CaseState::Confirmed;
                Some(CaseEvent::Confirmed)
            }
            CaseState::Confirmed if is_seen => {
                let is_news = is_worse || is_worse_page || shows_more || !was_seen;
                is_news.then_some(CaseEvent::Changed)
            }
            _ => None,
        }
    }

    /// Remembers what is shown, and tells whether anything of it is new.
    fn show(&mut self, shown: &BTreeSet<u64>) -> bool {
        let mut is_more = false;
        for one in shown {
            if self.shown.len() < SHOWN_MAX {
                is_more |= self.shown.insert(*one);
            }
        }
        is_more
    }
}

impl LookDepth {
    fn look(self) -> Look {
        match self {
            Self::Quick => Look::Quick,
            Self::Whole => Look::Whole,
            Self::Visitors => Look::Visitors,
            Self::Survey => Look::Survey,
        }
    }
}

fn depth_of(look: Look) -> LookDepth {
    match look {
        Look::Quick => LookDepth::Quick,
        Look::Whole => LookDepth::Whole,
        Look::Visitors => LookDepth::Visitors,
        Look::Survey => LookDepth::Survey,
    }
}
