//! From what was found to a verdict on the site: each page by itself, then all new addresses together.

use std::collections::{BTreeMap, BTreeSet};

use pages::{PageModel, find_terms};
use visit::{Failure, Outcome, Robots, Visit, Visitor};

use super::addresses::{Own, Sort, Whose, folder_of, is_for_uploads, sort_of, words_of};
use super::asking::{Asked, Asking};
use super::choosing::{Candidate, has_words};
use super::documents::read_document;
use super::finding::Found;
use super::looking::{Opinion, Reference, View, is_markup, look_at};
use super::memory::{FolderState, KnownPage, SurveyMemory, digest_of};
use super::nothing::Nothing;
use super::outcome::{InOrder, Lesson, Looked, News, Survey};
use crate::challenges::asked_by;
use crate::checking::read_page;
use crate::verdict::{Judgement, Reason, Verdict};

/// Pages of one survey that are looked at as a crawler too.
const CRAWLER_LOOKS_MAX: usize = 6;
/// Answers of one kind after the other that say that a site has enough.
const FAULTS_MAX: usize = 3;
/// New addresses from which they are a flood at least, and how many times as many as usual.
const FLOOD_MIN: u32 = 100;
const FLOOD_TIMES: u32 = 3;
/// Pages of a flood that were looked at from which they speak for the rest, and of how many one may be odd.
const SAMPLE_MIN: usize = 5;
const SAMPLE_ODD: usize = 5;
/// New addresses with words of intruders in themselves from which they are an alarm, and of how many new ones they are one.
const WORDED_MIN: usize = 5;
const WORDED_SHARE: usize = 5;
/// Hosts of others in a site map from which they are an alarm.
const HOSTS_ALARM: usize = 10;
/// Addresses of others on bad pages that are told.
const LEADS_MAX: usize = 500;
/// Reasons of one survey.
const REASONS_MAX: usize = 200;
/// Addresses among the news, and in one reason.
const NEWS_SHOWN: usize = 100;
const EXAMPLES: usize = 5;

/// Everything that is said while pages are looked at.
pub(super) struct Weighing<'w> {
    memory: &'w SurveyMemory,
    nothing: &'w Nothing,
    reference: &'w Reference,
    verdict: Verdict,
    reasons: Vec<Reason>,
    looked: Vec<Looked>,
    leads_to: BTreeSet<String>,
    pages: BTreeMap<u64, (KnownPage, InOrder)>,
    addresses: BTreeMap<u64, InOrder>,
    news: News,
    new_count: u32,
    crawler_looks: usize,
    faults: usize,
}

/// What one visitor was shown.
struct Shown {
    asked: Asked,
    model: PageModel,
    is_there: bool,
    /// Whether we were asked to prove that we are no program.
    is_challenge: bool,
}

impl Shown {
    /// Tells whether the site has told nothing of the page: it is out of order, or keeps us out as a program.
    fn says_nothing(&self) -> bool {
        let status = self.asked.page.status;
        self.is_challenge || status == 429 || status >= 500
    }
}

impl<'w> Weighing<'w> {
    pub(super) fn new(
        memory: &'w SurveyMemory,
        nothing: &'w Nothing,
        reference: &'w Reference,
    ) -> Self {
        Self {
            memory,
            nothing,
            reference,
            verdict: Verdict::Unchanged,
            reasons: Vec::new(),
            looked: Vec::new(),
            leads_to: BTreeSet::new(),
            pages: BTreeMap::new(),
            addresses: BTreeMap::new(),
            news: News::default(),
            new_count: 0,
            crawler_looks: 0,
            faults: 0,
        }
    }

    fn say(&mut self, verdict: Verdict, reason: Reason) {
        self.verdict = self.verdict.max(verdict);
        if self.reasons.len() < REASONS_MAX && !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// Looks at one page; tells whether the survey goes on.
    pub(super) async fn look(&mut self, asking: &mut Asking<'_>, candidate: &Candidate) -> bool {
        let ours = match self.show(asking, candidate, Visitor::Watch).await {
            Some(shown) if shown.says_nothing() => None,
            shown => shown,
        };
        let Some(ours) = ours else {
            self.faults += 1;
            return self.faults < FAULTS_MAX && asking.can_go_on();
        };
        self.faults = 0;
        let mut opinion = self.opinion(asking, candidate, &ours);
        let mut visitor = Visitor::Watch;
        let is_document = sort_of(&candidate.path) == Sort::Document;
        let is_odd_place =
            (is_for_uploads(&candidate.path) && !is_document) || has_words(&candidate.path);
        let may_be_hidden =
            candidate.is_new && (!ours.is_there || (is_odd_place && !opinion.verdict.is_alarm()));
        let mut evidence = vec![ours];
        if may_be_hidden && self.crawler_looks < CRAWLER_LOOKS_MAX {
            self.crawler_looks += 1;
            if let Some(theirs) = self.show(asking, candidate, Visitor::Crawler).await {
                let as_crawler = self.opinion(asking, candidate, &theirs);
                let is_hidden = theirs.is_there
                    && !evidence[0].is_there
                    && self.is_still_missing(asking, candidate).await;
                if is_hidden || (evidence[0].is_there && as_crawler.verdict > opinion.verdict) {
                    opinion = as_crawler;
                    visitor = Visitor::Crawler;
                    opinion.verdict = opinion.verdict.max(Verdict::Cloaking);
                    let examples = vec![asking.own.url_of(&candidate.path)];
                    let reason = Reason::CrawlerOnlyPages { count: 1, examples };
                    opinion.reasons.insert(0, reason);
                    evidence.push(theirs);
                }
            }
        }
        self.write_down(asking, candidate, visitor, opinion, evidence);
        true
    }

    async fn show(
        &self,
        asking: &mut Asking<'_>,
        candidate: &Candidate,
        visitor: Visitor,
    ) -> Option<Shown> {
        let asked = asking.ask(&candidate.path, visitor).await?;
        let is_page = is_markup(&asked.page);
        let model = if is_page {
            read_page(&asked.page)
        } else {
            read_document(&asked.page.body).unwrap_or_default()
        };
        let is_there = if is_page {
            !self.nothing.is(&asked.page, &model)
        } else {
            asked.page.status < 300
        };
        let visit = asking.visits.get(asked.visit);
        let is_challenge = visit
            .and_then(|visit| asked_by(visit, asked.page.status, &model))
            .is_some();
        Some(Shown {
            asked,
            model,
            is_there: is_there && !is_challenge,
            is_challenge,
        })
    }

    /// Asks once more as ourselves: servers forget a page for a moment.
    async fn is_still_missing(&self, asking: &mut Asking<'_>, candidate: &Candidate) -> bool {
        let again = self.show(asking, candidate, Visitor::Watch).await;
        again.is_some_and(|again| !again.is_there && again.asked.page.status < 500)
    }

    fn opinion(&self, asking: &Asking<'_>, candidate: &Candidate, shown: &Shown) -> Opinion {
        if !shown.is_there || (!is_markup(&shown.asked.page) && shown.model.title.is_empty()) {
            let is_there = shown.is_there;
            return Opinion {
                verdict: Verdict::Unchanged,
                reasons: Vec::new(),
                known: KnownPage {
                    is_there,
                    ..KnownPage::default()
                },
            };
        }
        let view = View {
            path: &candidate.path,
            page: &shown.asked.page,
            model: &shown.model,
            is_document: !is_markup(&shown.asked.page),
            known: self.memory.pages.get(&candidate.digest),
            is_new: candidate.is_new,
            is_first: self.memory.is_first(),
        };
        look_at(&view, self.reference, &asking.own)
    }

    fn write_down(
        &mut self,
        asking: &mut Asking<'_>,
        candidate: &Candidate,
        visitor: Visitor,
        opinion: Opinion,
        evidence: Vec<Shown>,
    ) {
        let url = asking.own.url_of(&candidate.path);
        let title: String = opinion.known.title.clone();
        let wants_person = opinion.verdict.wants_person();
        let in_order = if wants_person {
            InOrder::No
        } else {
            InOrder::Yes
        };
        self.looked.push(Looked {
            url: url.clone(),
            visitor,
            status: evidence.first().map_or(0, |shown| shown.asked.page.status),
            title: title.clone(),
            is_new: candidate.is_new,
            verdict: opinion.verdict,
            reasons: opinion.reasons.clone(),
        });
        if wants_person {
            let names_page = |reason: &Reason| {
                matches!(
                    reason,
                    Reason::PageInUploads { .. }
                        | Reason::CrawlerOnlyPages { .. }
                        | Reason::OtherPage { .. }
                )
            };
            if !opinion.reasons.iter().any(names_page) {
                self.say(opinion.verdict, Reason::OtherPageSays { url, title });
            }
            for reason in opinion.reasons {
                self.say(opinion.verdict, reason);
            }
            for shown in evidence {
                self.take_leads(&asking.own, &shown.model);
                asking.keep(shown.asked);
            }
        }
        let mut known = opinion.known;
        known.looked_at = asking.plan.now;
        self.pages.insert(candidate.digest, (known, in_order));
        self.addresses.insert(candidate.digest, in_order);
    }

    fn take_leads(&mut self, own: &Own, model: &PageModel) {
        for one in &model.uses {
            let is_elsewhere = matches!(own.whose(&one.url), Whose::Foreign(_) | Whose::Neighbour);
            if self.leads_to.len() < LEADS_MAX && is_elsewhere {
                self.leads_to.insert(one.url.clone());
            }
        }
    }

    /// Judges all addresses together: floods, words in them, those that only crawlers are told, hosts of others.
    pub(super) fn addresses(&mut self, own: &Own, found: &Found) {
        let is_page = |path: &&String| sort_of(path) != Sort::File;
        let mut new: Vec<(&String, u64)> = Vec::new();
        for path in found.paths.iter().filter(is_page) {
            let digest = digest_of(path);
            self.addresses.entry(digest).or_default();
            if self.memory.is_new(digest) {
                new.push((path, digest));
            }
        }
        self.news.count = new.len();
        let shown = new.iter().take(NEWS_SHOWN);
        self.news.addresses = shown.map(|(path, _)| own.url_of(path)).collect();
        self.words_in(&new);
        let counts =
            |path: &String| sort_of(path) != Sort::Document && !found.first_read.contains(path);
        let not_late: Vec<(&String, u64)> = new
            .iter()
            .filter(|(path, _)| counts(path))
            .copied()
            .collect();
        self.new_count = u32::try_from(not_late.len()).unwrap_or(u32::MAX);
        self.flood(&not_late);
        self.crawler_only(own, found);
        self.foreign(found);
    }

    /// Addresses are words: `/tin/ca-cuoc-bong-da-hom-nay.html`.
    fn words_in(&mut self, new: &[(&String, u64)]) {
        let mut words = BTreeSet::new();
        let mut worded = Vec::new();
        for (path, digest) in new {
            let terms = find_terms(&words_of(path));
            if terms.iter().map(|term| term.weight).sum::<u32>() >= 3 {
                worded.push((*path, *digest));
                words.extend(terms);
            }
        }
        // A newspaper's whole archive has some.
        if worded.len() < WORDED_MIN || worded.len() * WORDED_SHARE < new.len() {
            return;
        }
        let Some(first) = words.first() else {
            return;
        };
        let subject = first.subject;
        let mut words: Vec<String> = words.into_iter().map(|term| term.word).collect();
        words.truncate(20);
        self.many(&worded, Verdict::Injection);
        self.say(Verdict::Injection, Reason::Terms { subject, words });
    }

    /// Many more new addresses than usual, unless those that were looked at are pages of this site as they always are.
    fn flood(&mut self, new: &[(&String, u64)]) {
        let limit = self
            .memory
            .usual_new()
            .saturating_mul(FLOOD_TIMES)
            .max(FLOOD_MIN);
        if self.memory.is_first() || self.new_count < limit {
            return;
        }
        let samples = new.iter().filter_map(|(_, digest)| self.pages.get(digest));
        let (mut all, mut odd) = (0, 0);
        for (page, in_order) in samples {
            all += 1;
            let is_odd = *in_order == InOrder::No || !page.is_there || !page.is_like_site;
            odd += usize::from(is_odd);
        }
        if all >= SAMPLE_MIN && odd * SAMPLE_ODD < all {
            return;
        }
        self.many(new, Verdict::Unexplained);
    }

    /// Says that there are so many new pages, none of which is learned.
    fn many(&mut self, paths: &[(&String, u64)], verdict: Verdict) {
        let folder = most_common_folder(paths);
        let count = u32::try_from(paths.len()).unwrap_or(u32::MAX);
        self.say(verdict, Reason::ManyNewPages { folder, count });
        for (_, digest) in paths {
            self.addresses.insert(*digest, InOrder::No);
        }
    }

    /// Addresses that site maps name to crawlers only: an alarm where a page behind one of them is, or where their names say so.
    fn crawler_only(&mut self, own: &Own, found: &Found) {
        let bad: Vec<&String> = found
            .crawler_only
            .iter()
            .filter(|path| {
                let looked = self.pages.get(&digest_of(path));
                let is_bad = looked
                    .is_some_and(|(page, in_order)| *in_order == InOrder::No || !page.is_there);
                is_bad || has_words(path) || (looked.is_none() && is_for_uploads(path))
            })
            .collect();
        if bad.is_empty() {
            return;
        }
        let examples = bad
            .iter()
            .take(EXAMPLES)
            .map(|path| own.url_of(path))
            .collect();
        let count = u32::try_from(found.crawler_only.len()).unwrap_or(u32::MAX);
        for path in &found.crawler_only {
            self.addresses.insert(digest_of(path), InOrder::No);
        }
        self.say(
            Verdict::Cloaking,
            Reason::CrawlerOnlyPages { count, examples },
        );
    }

    /// Hosts of others in site maps: a map speaks for its own site only.
    fn foreign(&mut self, found: &Found) {
        let new: Vec<(&String, &String)> = found
            .foreign
            .iter()
            .filter(|(host, _)| !self.memory.foreign.contains(*host))
            .collect();
        let speaks = new.iter().any(|(_, address)| has_words(address));
        if new.is_empty() || (self.memory.is_first() && !speaks) {
            return;
        }
        let verdict = if speaks || new.len() >= HOSTS_ALARM {
            Verdict::Injection
        } else {
            Verdict::Unexplained
        };
        let examples = new
            .iter()
            .take(EXAMPLES)
            .map(|(_, address)| (*address).clone());
        let reason = Reason::SiteMapForeign {
            count: u32::try_from(new.len()).unwrap_or(u32::MAX),
            examples: examples.collect(),
        };
        self.say(verdict, reason);
    }

    /// Puts everything together.
    pub(super) fn ended(mut self, asking: Asking<'_>, found: Found, robots: &Robots) -> Survey {
        let lists = |path: &&String| {
            let before = self.memory.folders.get(*path).map(|folder| folder.state);
            found.folders.get(*path) == Some(&FolderState::Lists)
                && before != Some(FolderState::Lists)
        };
        self.news.folders = found.folders.keys().filter(lists).cloned().collect();
        if self.verdict == Verdict::Unchanged && self.news.count > 0 {
            self.verdict = Verdict::Ordinary;
        }
        // Where nothing could be looked at, nothing can be said.
        if found.home.is_none() && self.looked.is_empty() && !self.verdict.wants_person() {
            self.verdict = Verdict::Nothing;
        }
        let robots_visit = asking
            .visits
            .iter()
            .find(|visit| visit.url.ends_with("/robots.txt"));
        let robots_digest = robots_visit
            .and_then(Visit::page)
            .map(|page| page.digest.clone());
        Survey {
            site: asking.own.url_of("/"),
            at: asking.plan.now,
            judgement: Judgement::of(self.verdict, self.reasons),
            looked: self.looked,
            news: self.news,
            left_out: asking.left_out,
            leads_to: self.leads_to,
            visits: asking.visits,
            lesson: Lesson {
                is_void: false,
                robots: robots.clone(),
                robots_digest: robots_digest.unwrap_or_else(|| self.memory.robots_digest.clone()),
                addresses: self.addresses,
                pages: self.pages,
                folders: found.folders,
                maps: found.maps,
                foreign: found.foreign.into_keys().collect(),
                new_count: self.new_count,
            },
        }
    }
}

/// Says what it means that a site answers everything with an error, or nothing at all.
pub(super) fn out_of_order(status: Option<u16>) -> Judgement {
    match status {
        Some(429) | None => Judgement::of(Verdict::Nothing, Vec::new()),
        Some(status) => Judgement::of(Verdict::FaultPage, vec![Reason::Status { status }]),
    }
}

/// Says what it means that the site has not told what it permits.
pub(super) fn without_answer(visits: &[Visit]) -> Judgement {
    let Some(visit) = visits.first() else {
        return Judgement::of(Verdict::Nothing, Vec::new());
    };
    match &visit.outcome {
        Outcome::Page(page) => out_of_order(Some(page.status)),
        Outcome::Failed(
            Failure::Connection(_) | Failure::NoName(_) | Failure::Tls(_) | Failure::Time,
        ) => Judgement::of(Verdict::Outage, Vec::new()),
        Outcome::Failed(_) | Outcome::Unchanged => Judgement::of(Verdict::Nothing, Vec::new()),
    }
}

fn most_common_folder(paths: &[(&String, u64)]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (path, _) in paths {
        *counts.entry(folder_of(path)).or_default() += 1;
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map_or_else(|| "/".to_owned(), |(folder, _)| folder.to_owned())
}
