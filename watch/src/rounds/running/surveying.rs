//! Surveys of the sites whose pages are under watch: one of each a day, at times that nobody can foresee. What one learns that leads to
//! another site under watch is handed to the survey of that one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;

use super::looking::{Ended, LookUnderWay, address_of};
use super::telling::Told;
use super::watch_loop::{PendingWish, Running};
use crate::across::added_by;
use crate::checking::Means;
use crate::keeping::{Standing, Target, rest_of};
use crate::memory::Approver;
use crate::rounds::cases::Sight;
use crate::rounds::quiet::Quiet;
use crate::rounds::schedule::{After, Look, PageId};
use crate::surveying::{Survey, SurveyPlan, heard_as, survey};
use crate::verdict::Verdict;

/// Surveys under way at one time: each has what is kept of its site in memory.
const SURVEYS_BESIDE: usize = 16;
/// Until a survey for which there was no room.
const NO_ROOM_FOR: Duration = Duration::from_mins(1);
/// Until a survey of a site that did not answer.
const NO_ANSWER_FOR: Duration = Duration::from_hours(1);
/// Within this time a site is surveyed of which something was heard on another's bad page …
const HEARD_WITHIN: Duration = Duration::from_mins(30);
/// … this many of them for each such page. The others have their turn within a day.
const HASTENED_MAX: usize = 16;

/// A site whose pages are under watch.
pub(super) struct SurveyedSite {
    host: Arc<str>,
    /// Under which its surveys stand in the site's case: no page has this address.
    case_url: String,
    /// The first of its pages.
    page: Arc<str>,
    wish: Option<PendingWish>,
}

impl<'r> Running<'r> {
    /// Begins to survey the sites that have pages under watch, and ends it for those that have none any more.
    pub(super) fn take_sites(&mut self) {
        if self.settings.surveys.is_none() || self.settings.once.is_some() {
            return;
        }
        let mut wanted: BTreeMap<Arc<str>, (Arc<str>, Option<Quiet>)> = BTreeMap::new();
        for watched in self.pages.values() {
            let of_site = wanted
                .entry(Arc::clone(&watched.site))
                .or_insert_with(|| (Arc::clone(&watched.url), None));
            if watched.url < of_site.0 {
                of_site.0 = Arc::clone(&watched.url);
            }
            of_site.1 = of_site.1.or(watched.target.quiet);
        }
        let (at, now) = (self.clock.now(), self.now());
        let mut known = BTreeSet::new();
        let mut gone = Vec::new();
        for (id, site) in &mut self.sites {
            match wanted.get(&site.host) {
                Some((page, quiet)) => {
                    site.page = Arc::clone(page);
                    self.schedule.set_quiet(*id, *quiet);
                    known.insert(Arc::clone(&site.host));
                }
                None => gone.push(*id),
            }
        }
        for id in gone {
            self.schedule.remove(id);
            if let Some(site) = self.sites.remove(&id) {
                self.site_of_host.remove(&site.host);
                self.cases.drop_page(&site.host, &site.case_url, at);
                if let Some(wish) = site.wish {
                    let what = format!(
                        "do what is wished: '{}' is no longer under watch",
                        site.host
                    );
                    self.refuse_wish(&wish.file, &what);
                }
            }
        }
        for (host, (page, quiet)) in wanted {
            if !known.contains(&host) {
                let id = self.schedule.add_site(&host, quiet, now);
                self.site_of_host.insert(Arc::clone(&host), id);
                let site = SurveyedSite {
                    host,
                    case_url: rest_of(&page),
                    page,
                    wish: None,
                };
                self.sites.insert(id, site);
            }
        }
        let hosts = self.hosts_heard_of();
        self.heard.retain(|host| hosts.contains(host));
    }

    /// Begins a survey, where there is room for one.
    pub(super) fn begin_survey(&mut self, id: PageId) -> Option<LookUnderWay<'r>> {
        let now = self.now();
        let (Some(site), Some(plan)) = (self.sites.get(&id), &self.settings.surveys) else {
            self.schedule.done(id, None, After::Usual, now);
            return None;
        };
        if self.surveys_under_way >= SURVEYS_BESIDE {
            let later = After::SurveyIn(NO_ROOM_FOR);
            self.schedule.done(id, None, later, now);
            return None;
        }
        let url = site.page.to_string();
        let plan = SurveyPlan {
            now: self.clock.now().as_second(),
            also: self.heard.of(&site.host),
            ..plan.clone()
        };
        let memory = match self.folder.memory(&url) {
            Ok(memory) => memory.unwrap_or_default(),
            Err(error) => {
                self.problem(&domain::chain(&error));
                self.schedule.done(id, None, After::Usual, now);
                return None;
            }
        };
        if self.surveys_under_way == 0 {
            // Each site is asked once a day: what it permits is not kept in memory for so long.
            self.means.web.forget_robots();
        }
        self.surveys_under_way += 1;
        let means = Means {
            now: self.clock.now(),
            ..self.means
        };
        let ended = async move {
            let found = survey(&means, &url, &memory, &memory.survey, &plan).await;
            let found = Box::new(found);
            Ended::Surveyed { site: id, found }
        };
        Some(ended.boxed_local())
    }

    /// Takes in a survey: what is learned, evidence, the site's case, and what is heard of other sites.
    pub(super) fn take_survey(&mut self, id: PageId, found: &Survey) {
        self.surveys_under_way -= 1;
        let (now, at) = (self.now(), self.clock.now());
        let address = found.visits.first().and_then(address_of);
        let Some(site) = self.sites.get_mut(&id) else {
            self.schedule.done(id, address, After::Usual, now);
            return;
        };
        let host = Arc::clone(&site.host);
        let case_url = site.case_url.clone();
        let wish = site.wish.take();
        let wish = wish.and_then(|wish| self.if_in_time(wish));
        let Some(target) = self.target_of_site(&host).cloned() else {
            self.schedule.done(id, address, After::Usual, now);
            return;
        };
        let verdict = found.judgement.verdict;
        if is_no_answer(verdict) {
            let later = After::SurveyIn(NO_ANSWER_FOR);
            self.schedule.done(id, address, later, now);
            if let Some(wish) = wish {
                let site = &found.site;
                let what = format!("approve what there is on '{site}': it does not answer");
                self.refuse_wish(&wish.file, &what);
            }
            return;
        }
        let file = wish.as_ref().map(|wish| wish.file.clone());
        let approver = wish.map(|wish| Approver {
            by: wish.by,
            at: at.as_second(),
            note: wish.note,
        });
        let verdict = if approver.is_some() {
            Verdict::Unchanged
        } else {
            verdict
        };
        let standing = Standing { verdict, at };
        self.surveyed.insert(case_url.clone(), standing);
        self.learn_survey(&target, found, approver.as_ref());
        let evidence = self.record_survey(&target, found, approver.as_ref());
        if !self.heard.of(&host).is_empty() {
            self.heard.learn(&host, found);
            self.keep_heard();
        }
        if let Some(file) = file {
            self.end_wish(&file);
        }
        if let Some(approver) = approver {
            self.schedule.done(id, address, After::Usual, now);
            let events = self.cases.approve(&host, &case_url, &approver.by, at);
            (self.tell)(&Told::Approved {
                url: &found.site,
                by: &approver.by,
            });
            self.tell_of(Some(&target), &events, None);
            return;
        }
        self.spread(&host, &found.leads_to);
        self.note_sighting(&host, &found.judgement, at);
        let wants_person = verdict.wants_person();
        let added = added_by(&found.judgement);
        let sight = Sight {
            site: &host,
            url: &case_url,
            verdict,
            look: Look::Survey,
            shown: added
                .iter()
                .map(|one| one.digest)
                .filter(|_| wants_person)
                .collect(),
            is_kept_out: false,
            at,
        };
        let consequence = self.cases.take(&sight, &self.settings.rules);
        self.schedule.done(id, address, consequence.after, now);
        let said = Some((&found.judgement, evidence));
        self.tell_of(Some(&target), &consequence.events, said);
    }

    /// Hands what bad pages of one site lead to on to the surveys of others; those are surveyed soon.
    pub(super) fn spread(&mut self, host: &str, leads_to: &BTreeSet<String>) {
        if leads_to.is_empty() || self.sites.is_empty() {
            return;
        }
        let hosts = self.hosts_heard_of();
        let leads_to = leads_to.iter().map(String::as_str);
        let news = self.heard.take(host, leads_to, |one| hosts.contains(one));
        if news.is_empty() {
            return;
        }
        let now = self.now();
        let concerned = self
            .sites
            .iter()
            .filter(|(_, site)| news.contains(&heard_as(&site.host)));
        for (id, _) in concerned.take(HASTENED_MAX) {
            self.schedule.hasten(*id, HEARD_WITHIN, now);
        }
        self.keep_heard();
    }

    /// Has a site surveyed at once, and what is found approved.
    pub(super) fn wish_for_survey(&mut self, url: &str, wish: PendingWish) {
        let host = crate::keeping::host_of(url);
        let now = self.now();
        let id = self.site_of_host.get(host.as_str()).copied();
        let site = id.and_then(|id| Some((id, self.sites.get_mut(&id)?)));
        let Some((id, site)) = site else {
            let what = format!("do what is wished: no site of '{url}' is surveyed");
            self.refuse_wish(&wish.file, &what);
            return;
        };
        let before = site.wish.replace(wish);
        self.schedule.urge(id, Look::Survey, now);
        if let Some(before) = before {
            self.end_wish(&before.file);
        }
    }

    /// Returns the page of a site by which it is surveyed.
    pub(super) fn target_of_site(&self, host: &str) -> Option<&Target> {
        let site = self.sites.get(self.site_of_host.get(host)?)?;
        let page = self.by_url.get(&site.page)?;
        self.pages.get(page).map(|watched| &watched.target)
    }

    fn hosts_heard_of(&self) -> BTreeSet<String> {
        self.sites
            .values()
            .map(|site| heard_as(&site.host))
            .collect()
    }

    fn keep_heard(&mut self) {
        self.attempt(|running| running.folder.keep_part("heard.json", &running.heard));
    }

    fn learn_survey(&mut self, target: &Target, found: &Survey, approver: Option<&Approver>) {
        self.attempt(|running| {
            let mut memory = running.folder.memory(&target.url)?.unwrap_or_default();
            match approver {
                Some(approver) => memory.survey.approve(found, approver),
                None => memory.survey.learn(found),
            }
            running.folder.keep_memory(&target.url, &memory)
        });
    }

    fn record_survey(
        &mut self,
        target: &Target,
        found: &Survey,
        approver: Option<&Approver>,
    ) -> Option<u64> {
        if !found.judgement.verdict.wants_person() && approver.is_none() {
            return None;
        }
        let at = self.clock.now();
        match self.folder.write_survey(at, &target.url, found, approver) {
            Ok(_) => Some(self.folder.chain.proof().lines),
            Err(error) => {
                self.problem(&domain::chain(&error));
                None
            }
        }
    }
}

/// Tells whether a survey says nothing of the site: that it does not answer is seen by the looks at its pages.
fn is_no_answer(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Nothing | Verdict::Outage | Verdict::FaultPage
    )
}
