//! What follows from a look: evidence, what is learned, cases, campaigns, and when the page is looked at next.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::looking::address_of;
use super::telling::Told;
use super::watch_loop::Running;
use crate::across::{
    CampaignRules, Member, Sighting, Standing, added_by, find_campaigns, network_of, software_of,
};
use crate::checking::Check;
use crate::first_look;
use crate::keeping::{self, KeepError, Target};
use crate::memory::{Approver, SiteMemory};
use crate::notices::{apply_notices, say_unannounced};
use crate::rounds::cases::{Case, CaseEvent, Sight};
use crate::rounds::kept::Kept;
use crate::rounds::schedule::{After, Look, PageId};
use crate::site::registrable;
use crate::surveying::leads_of;
use crate::verdict::{Judgement, Verdict};

/// From one piece of evidence to the next of a page of which the same is said, while it shows something else each time. What varies
/// with each visit would otherwise fill the disk.
const RECORDED_EVERY: Duration = Duration::from_mins(10);
/// The same where what is said is that all is in order.
const ORDINARY_EVERY: Duration = Duration::from_hours(1);
/// Sightings that are remembered for campaigns.
const SIGHTINGS_MAX: usize = 10_000;
/// How long.
const SIGHTINGS_FOR: SignedDuration = SignedDuration::from_hours(6);
/// Campaigns that are remembered as told.
const TOLD_MAX: usize = 10_000;

impl Running<'_> {
    /// Takes in that a page is as it was at the look before.
    pub(super) fn take_same(&mut self, page: PageId, look: Look, address: Option<IpAddr>) {
        self.looks += 1;
        let verdict = match self.pages.get(&page).and_then(|one| one.kept.as_ref()) {
            Some(kept) => kept.verdict(),
            None => Verdict::Unchanged,
        };
        if !verdict.wants_person() {
            self.unchanged += 1;
        }
        self.conclude(page, look, verdict, address, None);
    }

    /// Takes in a whole check.
    pub(super) fn take_check(
        &mut self,
        page: PageId,
        look: Look,
        mut check: Check,
        mut memory: SiteMemory,
    ) {
        self.looks += 1;
        let now = self.clock.now();
        let address = check.visits.first().and_then(address_of);
        let Some(watched) = self.pages.get(&page) else {
            let moment = self.now();
            self.schedule.done(page, address, After::Usual, moment);
            return;
        };
        let site = watched.site.to_string();
        if look >= Look::Visitors
            && let Some(wish) = self.wishes.remove(&page)
            && let Some(wish) = self.if_in_time(wish)
        {
            let approver = Approver {
                by: wish.by,
                at: now.as_second(),
                note: wish.note,
            };
            let is_approved = self.approve(page, &check, &mut memory, &approver);
            self.end_wish(&wish.file);
            if is_approved {
                self.conclude(page, look, Verdict::Unchanged, address, None);
                return;
            }
        }
        let notices = self.notices.of_host(&site, now);
        let applied = apply_notices(&mut check, &memory, &notices, now);
        if applied.is_none()
            && let Some(announced) = self.notices.announces_always(&site)
        {
            say_unannounced(&mut check, announced);
        }
        let evidence = self.record(page, &check, &memory, now);
        if let Some(applied) = applied {
            if check.page.is_some() {
                memory.approve(&check, &applied.approver);
                self.notices.note_announced(&site);
            }
            self.attempt(|running| {
                let approver = &applied.approver;
                running.folder.write_approval(now, &check, approver, &[])?;
                running.folder.keep_memory(&check.url, &memory)?;
                running.folder.keep_part("notices.json", &running.notices)
            });
        } else {
            memory.learn(&check);
            let is_learned = check.judgement.verdict == Verdict::Ordinary
                || (check.judgement.verdict == Verdict::Unchanged && look > Look::Quick);
            if is_learned {
                self.attempt(|running| running.folder.keep_memory(&check.url, &memory));
            }
        }
        let leads = leads_of(&check, memory.pages.get(&check.url));
        self.spread(&site, &leads);
        self.keep_in_memory(page, look, &check);
        self.note_member(page, &check);
        self.note_sighting(&site, &check.judgement, now);
        let verdict = check.judgement.verdict;
        self.conclude(
            page,
            look,
            verdict,
            address,
            Some((&check.judgement, evidence)),
        );
    }

    /// Approves what a check showed, as a person wished, and tells whether there was anything that could be approved.
    fn approve(
        &mut self,
        page: PageId,
        check: &Check,
        memory: &mut SiteMemory,
        approver: &Approver,
    ) -> bool {
        let is_page = |one: &visit::Page| one.status < 400;
        let first = check.visits.first().and_then(visit::Visit::page);
        if check.judgement.is_challenge() || !first.is_some_and(is_page) {
            let what = format!("approve '{}': it shows no page now", check.url);
            self.problem(&what);
            return false;
        }
        let now = self.clock.now();
        let known = memory.pages.get(&check.url).cloned();
        if known.is_none() && !first_look(check).is_empty() {
            let what = format!(
                "put '{}' under watch: it is suspicious. Look at it; then end the watch, and 'add' it with --approve-anyway",
                check.url
            );
            self.problem(&what);
            return false;
        }
        memory.approve(check, approver);
        let Some(watched) = self.pages.get(&page) else {
            return false;
        };
        let (site, url) = (watched.site.clone(), watched.url.clone());
        let target = watched.target.clone();
        // Another page of the site may be in order by the same approval.
        for other in self.pages.values_mut().filter(|one| one.site == site) {
            other.kept = None;
        }
        if known.is_some() {
            self.notices.note_not_announced(&site);
        }
        self.attempt(|running| {
            running
                .folder
                .write_check(now, &target, check, known.as_ref())?;
            running.folder.write_approval(now, check, approver, &[])?;
            running.folder.keep_part("notices.json", &running.notices)?;
            running.folder.keep_memory(&check.url, memory)
        });
        let told = Told::Approved {
            url: &url,
            by: &approver.by,
        };
        (self.tell)(&told);
        let events = self.cases.approve(&site, &url, &approver.by, now);
        self.tell_events(page, &events, None);
        true
    }

    /// Says what a look makes of the site's case, and when the page is looked at next.
    fn conclude(
        &mut self,
        page: PageId,
        look: Look,
        verdict: Verdict,
        address: Option<IpAddr>,
        said: Option<(&Judgement, Option<u64>)>,
    ) {
        let now = self.now();
        let at = self.clock.now();
        let Some(watched) = self.pages.get_mut(&page) else {
            self.schedule.done(page, address, After::Usual, now);
            return;
        };
        let is_taken_back = watched
            .standing
            .is_none_or(|(known, seen_by)| !known.verdict.wants_person() || look >= seen_by);
        if is_taken_back || verdict.wants_person() {
            watched.standing = Some((keeping::Standing { verdict, at }, look));
        }
        let shown: BTreeSet<u64> = said
            .filter(|_| verdict.wants_person())
            .map(|(judgement, _)| added_by(judgement).iter().map(|one| one.digest).collect())
            .unwrap_or_default();
        let sight = Sight {
            site: &watched.site,
            url: &watched.url,
            verdict,
            look,
            shown,
            is_kept_out: said.is_some_and(|(judgement, _)| judgement.is_challenge()),
            at,
        };
        let consequence = self.cases.take(&sight, &self.settings.rules);
        let is_confirming = matches!(consequence.after, After::Confirm(_));
        if let Some(to_see) = self.to_see.as_mut().filter(|_| !is_confirming) {
            to_see.remove(&page);
        }
        self.schedule.done(page, address, consequence.after, now);
        self.tell_events(page, &consequence.events, said);
    }

    /// Keeps cases on the disk, then tells of them: who is called finds them there.
    fn tell_events(
        &mut self,
        page: PageId,
        events: &[(CaseEvent, Case)],
        said: Option<(&Judgement, Option<u64>)>,
    ) {
        if events.is_empty() {
            return;
        }
        let target = self.pages.get(&page).map(|watched| watched.target.clone());
        self.tell_of(target.as_ref(), events, said);
    }

    /// As [`Self::tell_events`], of whatever this is the target of.
    pub(super) fn tell_of(
        &mut self,
        target: Option<&Target>,
        events: &[(CaseEvent, Case)],
        said: Option<(&Judgement, Option<u64>)>,
    ) {
        if events.is_empty() {
            return;
        }
        self.attempt(|running| running.folder.keep_part("cases.json", &running.cases));
        let Some(target) = target else {
            return;
        };
        for (event, case) in events {
            (self.tell)(&Told::Case {
                event: *event,
                case,
                target,
                judgement: said.map(|(judgement, _)| judgement),
                evidence: said.and_then(|(_, evidence)| evidence),
            });
        }
    }

    /// Keeps evidence of everything that is not unchanged, and not the same over and over.
    fn record(
        &mut self,
        page: PageId,
        check: &Check,
        memory: &SiteMemory,
        at: Timestamp,
    ) -> Option<u64> {
        let known = memory.pages.get(&check.url);
        let verdict = check.judgement.verdict;
        let watched = self.pages.get_mut(&page)?;
        if verdict == Verdict::Unchanged {
            watched.recorded = watched.recorded.filter(|(_, last)| !last.wants_person());
            return None;
        }
        let every = if verdict.wants_person() {
            RECORDED_EVERY
        } else {
            ORDINARY_EVERY
        };
        let is_again = watched
            .recorded
            .is_some_and(|(when, last)| last == verdict && when.elapsed() < every);
        if is_again {
            return None;
        }
        watched.recorded = Some((Instant::now(), verdict));
        match self.folder.write_check(at, &watched.target, check, known) {
            Ok(_) => Some(self.folder.chain.proof().lines),
            Err(error) => {
                if let Some(watched) = self.pages.get_mut(&page) {
                    watched.recorded = None;
                }
                self.problem(&domain::chain(&error));
                None
            }
        }
    }

    /// Remembers what the next quick look is compared with. What only a deeper look shows does not count there.
    fn keep_in_memory(&mut self, page: PageId, look: Look, check: &Check) {
        let verdict = check.judgement.verdict;
        if look != Look::Quick && verdict.wants_person() {
            return;
        }
        // Who asks first may go on asking with the same page for ever: each look has to say that this is what it is.
        if check.judgement.is_challenge() {
            return;
        }
        if let Some(watched) = self.pages.get_mut(&page)
            && let Some(kept) = Kept::of(check, watched.kept.as_ref())
        {
            watched.kept = Some(kept);
        }
    }

    /// Remembers what the site has in common with others, while it is itself.
    fn note_member(&mut self, page: PageId, check: &Check) {
        let (Some(watched), Some(first)) = (self.pages.get(&page), check.visits.first()) else {
            return;
        };
        if first.page().is_none() || check.judgement.verdict.wants_person() {
            return;
        }
        let target = &watched.target;
        let member = Member {
            site: watched.site.to_string(),
            domain: registrable(&target.url).unwrap_or_default(),
            organisation: target.organisation.clone(),
            supplier: target.supplier.clone(),
            networks: check
                .site
                .addresses
                .iter()
                .copied()
                .map(network_of)
                .collect(),
            software: software_of(first),
        };
        self.members.insert(member.site.clone(), member);
    }

    /// Remembers what was added, and tells of campaigns that this completes.
    pub(super) fn note_sighting(&mut self, site: &str, judgement: &Judgement, at: Timestamp) {
        let standing = match judgement.verdict {
            Verdict::Announced => Standing::InOrder,
            Verdict::Unexplained => Standing::Unexplained,
            verdict if verdict.is_alarm() => Standing::Alarm,
            _ => return,
        };
        let sighting = Sighting {
            site: site.to_owned(),
            at,
            added: added_by(judgement),
            standing,
        };
        if sighting.added.is_empty() {
            return;
        }
        let is_old = |one: &Sighting| at.duration_since(one.at) > SIGHTINGS_FOR;
        while self.sightings.front().is_some_and(is_old) || self.sightings.len() >= SIGHTINGS_MAX {
            self.sightings.pop_front();
        }
        // The same again, as long as it lasts, makes no campaign larger.
        let is_known = |one: &Sighting| {
            one.site == sighting.site
                && one.added == sighting.added
                && one.standing == sighting.standing
        };
        if self.sightings.iter().any(is_known) {
            return;
        }
        let added: BTreeSet<u64> = sighting.added.iter().map(|one| one.digest).collect();
        self.sightings.push_back(sighting);
        let concerned: Vec<Sighting> = self
            .sightings
            .iter()
            .filter(|one| {
                one.added
                    .iter()
                    .any(|added_one| added.contains(&added_one.digest))
            })
            .cloned()
            .collect();
        if concerned.len() < 2 {
            return;
        }
        let members: Vec<Member> = self.members.values().cloned().collect();
        for campaign in find_campaigns(&concerned, &members, &CampaignRules::default()) {
            let mut hit = campaign.hit.clone();
            hit.sort_unstable();
            if self.campaigns_told.len() < TOLD_MAX && self.campaigns_told.insert(hit) {
                (self.tell)(&Told::Campaign(&campaign));
            }
        }
    }

    /// Does something on the disk; where it cannot be done that is told, and the watch goes on.
    pub(super) fn attempt(&mut self, what: impl FnOnce(&mut Self) -> Result<(), KeepError>) {
        if let Err(error) = what(self) {
            self.problem(&domain::chain(&error));
        }
    }
}
