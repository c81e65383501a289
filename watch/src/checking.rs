//! One check of one page, each step only where the one before leaves something open: unchanged, as it should be, as others see it.

use std::collections::BTreeMap;

use browser::Browser;
use jiff::Timestamp;
use pages::{Limits, PageModel, Source, add_headers, parse};
use visit::{Failure, Known, Outcome, Page, Visit, Visitor, Web};

use crate::across::Common;
use crate::challenges::challenge_of;
use crate::judging::{Ground, Look, judge, judge_unfinished};
use crate::memory::{PageMemory, SiteMemory};
use crate::site::SiteFacts;
use crate::steps::{
    Loaded, Rendered, look_as_others, look_at_loaded, look_in_browser, read_with_sheets,
};
use crate::verdict::{Judgement, Reason, Verdict};

/// How much of a check is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Whether it is unchanged; and where it is not, what it has become.
    Quick,
    /// The whole page in any case: a site that says "unchanged" may lie.
    Whole,
    /// Also as other visitors see it.
    Visitors,
}

/// What checks are made with.
#[derive(Clone, Copy)]
pub struct Means<'m> {
    /// The way to the sites.
    pub web: &'m Web,
    /// What opens pages that nothing else explains, where there is one.
    pub browser: Option<&'m Browser>,
    /// What many sites have, where somebody counts it.
    pub common: Option<&'m Common>,
    /// What time it is: what a page loads is asked for again after a while only.
    pub now: Timestamp,
}

impl<'m> Means<'m> {
    /// Only the way to the sites, and the time.
    pub fn new(web: &'m Web, now: Timestamp) -> Self {
        Self {
            web,
            browser: None,
            common: None,
            now,
        }
    }
}

/// The look that a verdict is about, where that is another than our first one.
#[derive(Clone, Debug)]
pub struct About {
    /// Which of the visits of the check.
    pub visit: usize,
    /// What it showed, where a page came that was read.
    pub page: Option<PageModel>,
}

/// What a check came to.
#[derive(Clone, Debug)]
pub struct Check {
    /// Which page was checked.
    pub url: String,
    /// What is said of the page.
    pub judgement: Judgement,
    /// The look that it is about, where that is not our first one.
    pub about: Option<About>,
    /// The visits that were made, in order.
    pub visits: Vec<Visit>,
    /// The page as we were shown it first, where it was read.
    pub page: Option<PageModel>,
    /// What other visitors were shown, where they were asked for.
    pub views: BTreeMap<Visitor, PageModel>,
    /// The site's own style sheets that the page was read with.
    pub style_sheets: Vec<String>,
    /// Bytes of them that it was not read with, because they are too long.
    pub style_bytes_cut: usize,
    /// What the page loads from its own site, where it was asked for.
    pub loaded: Option<Loaded>,
    /// What a browser showed, where one was started.
    pub rendered: Option<Rendered>,
    /// How many browsers were started for it.
    pub browser_starts: usize,
    /// Who answered.
    pub site: SiteFacts,
}

impl Check {
    /// Returns as whom that was seen which the verdict is about.
    pub fn seen_as(&self) -> Visitor {
        let visit = self.about.as_ref().map(|about| about.visit);
        let visit = visit.and_then(|visit| self.visits.get(visit));
        visit.map_or(Visitor::Watch, |visit| visit.visitor)
    }

    /// Returns what we were shown at another look than the first, where the verdict is about that.
    pub fn our_other_page(&self) -> Option<&PageModel> {
        let about = self.about.as_ref()?;
        about
            .page
            .as_ref()
            .filter(|_| self.seen_as() == Visitor::Watch)
    }
}

/// What is remembered of the last look, so that unchanged pages cost little.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Last {
    /// What to ask the site with.
    pub known: Known,
    /// SHA-256 of the page.
    pub digest: String,
}

/// Checks a page by what is kept of its site. A page that nothing is kept of is shown, and judged as unexplained.
pub async fn check(
    means: &Means<'_>,
    url: &str,
    memory: &SiteMemory,
    last: Option<&Last>,
    depth: Depth,
) -> Check {
    let known = last
        .filter(|_| depth == Depth::Quick)
        .map(|last| &last.known);
    let first = means.web.visit(url, Visitor::Watch, known).await;
    go_on(means, first, memory, last, depth).await
}

/// Goes on with a check of which the first visit has been made.
pub async fn go_on(
    means: &Means<'_>,
    first: Visit,
    memory: &SiteMemory,
    last: Option<&Last>,
    depth: Depth,
) -> Check {
    let url = first.url.clone();
    let url = url.as_str();
    let site = SiteFacts::of(&first);
    let (site_verdict, site_reasons) = memory.facts.judge(&site);
    let outcome = first.outcome.clone();
    let mut check = Check {
        url: url.to_owned(),
        judgement: Judgement::of(site_verdict, site_reasons),
        about: None,
        visits: vec![first],
        page: None,
        views: BTreeMap::new(),
        style_sheets: Vec::new(),
        style_bytes_cut: 0,
        loaded: None,
        rendered: None,
        browser_starts: 0,
        site,
    };
    let page = match outcome {
        Outcome::Unchanged => {
            if let Some(kept) = memory.pages.get(url) {
                look_at_loaded(means, memory, &kept.last, depth, &mut check).await;
            }
            return check;
        }
        Outcome::Failed(failure) => {
            check.judgement.verdict = verdict_of(&failure).max(site_verdict);
            judge_what_came(means, memory, &mut check);
            return check;
        }
        Outcome::Page(page) => page,
    };
    let nothing = PageMemory::default();
    let page_memory = memory.pages.get(url).unwrap_or(&nothing);
    let ground = Ground::new(memory, page_memory, means.common);
    let (mut model, sheets) = read_with_sheets(&page, &memory.loaded, Some(&page_memory.last));
    check.style_bytes_cut = sheets.bytes_cut;
    check.style_sheets = sheets.texts;
    let is_same = last.is_some_and(|last| last.digest == page.digest);
    if let Some(reason) = challenge_of(&ground, &check.visits[0], page.status, &model) {
        let judgement = &mut check.judgement;
        judgement.verdict = judgement.verdict.max(Verdict::Nothing);
        judgement.reasons.push(reason);
        check.page = Some(model);
        return check;
    }
    if !is_same || depth == Depth::Visitors || site_verdict != Verdict::Unchanged {
        let look = Look {
            page: &model,
            status: page.status,
            site: &check.site,
        };
        check.judgement = judge(&ground, &look);
    }
    if !check.judgement.verdict.is_alarm()
        && let Some(reread) = look_at_loaded(means, memory, &model, depth, &mut check).await
    {
        model = reread;
    }
    let mut ours = check.judgement.verdict;
    if depth == Depth::Visitors && !check.judgement.verdict.is_alarm() {
        look_as_others(means, &ground, &model, &mut check).await;
    }
    say_not_whole(page_memory, &model, &mut check);
    check.page = Some(model);
    if check.our_other_page().is_some() {
        ours = check.judgement.verdict;
    }
    // The browser comes as ourselves: what only others are shown, it is not. Of an alarm it takes the picture for whoever telephones.
    // At a first look there is no reason, and a picture is wanted.
    let reasons = &check.judgement.reasons;
    let wants_picture = reasons.is_empty() || reasons.iter().any(Reason::wants_picture);
    let is_open = ours == Verdict::Unexplained && check.judgement.verdict == ours && wants_picture;
    if is_open || (ours.is_alarm() && depth >= Depth::Whole) {
        look_in_browser(means, page_memory, &mut check).await;
    }
    check
}

/// Reads a page that came, without the style sheets that it loads.
pub(crate) fn read_page(page: &Page) -> PageModel {
    read_page_with(page, &[])
}

/// Reads a page that came with style sheets of its site.
pub fn read_page_with(page: &Page, style_sheets: &[String]) -> PageModel {
    let content_type = page.content_type.as_deref();
    let source = Source {
        url: &page.url,
        content_type,
        body: &page.body,
        style_sheets,
    };
    let mut model = parse(&source, &Limits::default());
    model.is_cut |= page.is_cut;
    add_headers(&mut model, &page.url, content_type, &page.working_headers);
    model
}

/// Judges a page that broke off by what had come, since that is what visitors see; what is missing from it says nothing.
fn judge_what_came(means: &Means<'_>, memory: &SiteMemory, check: &mut Check) {
    let Some(page) = check.visits[0].unfinished.take() else {
        return;
    };
    let Some(page_memory) = memory.pages.get(&check.url) else {
        return;
    };
    let mut model = read_page_with(&page, &[]);
    // The last one may be half a script.
    model.scripts.pop();
    let look = Look {
        page: &model,
        status: page.status,
        site: &check.site,
    };
    let ground = Ground::new(memory, page_memory, means.common);
    let judgement = judge_unfinished(&ground, &look);
    if judgement.verdict.wants_person() && judgement.verdict > check.judgement.verdict {
        check.judgement = judgement;
        check.visits[0].outcome = Outcome::Page(page);
    }
}

/// Says that a page goes on after what is read of one. Where that was approved, it is nothing to look at each time, and never fine.
fn say_not_whole(memory: &PageMemory, page: &PageModel, check: &mut Check) {
    if !page.is_cut || memory.approved.is_empty() {
        return;
    }
    let is_known = memory.approved.iter().any(|one| one.page.is_cut);
    let verdict = if is_known {
        Verdict::Nothing
    } else {
        Verdict::Unexplained
    };
    let judgement = &mut check.judgement;
    judgement.verdict = judgement.verdict.max(verdict);
    judgement.reasons.push(Reason::NotWhole);
}

/// Tells what a visit without a page means: the site's fault, or ours.
fn verdict_of(failure: &Failure) -> Verdict {
    match failure {
        Failure::Connection(_) | Failure::NoName(_) | Failure::Tls(_) | Failure::Time => {
            Verdict::Outage
        }
        Failure::Protocol(_) | Failure::Body(_) | Failure::Redirects => Verdict::FaultPage,
        Failure::Address(_) | Failure::Forbidden(_) | Failure::Unanswered(_) => Verdict::Nothing,
    }
}
