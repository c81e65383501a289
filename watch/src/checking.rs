//! One check of one page, each step only where the one before leaves something open: unchanged, as it should be, as others see it.

use pages::{Limits, PageModel, Source, parse};
use visit::{Failure, Known, Outcome, Page, Visit, Visitor, Web};

use crate::cloaking::{Views, judge_views};
use crate::judging::{Look, judge};
use crate::memory::PageMemory;
use crate::site::SiteFacts;
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

/// What a check came to.
#[derive(Clone, Debug)]
pub struct Check {
    /// What is said of the page.
    pub judgement: Judgement,
    /// The visits that were made, in order.
    pub visits: Vec<Visit>,
    /// The page as we were shown it, where it was read.
    pub page: Option<PageModel>,
    /// Who answered.
    pub site: SiteFacts,
}

/// What is remembered of the last look, so that unchanged pages cost little.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Last {
    /// What to ask the site with.
    pub known: Known,
    /// SHA-256 of the page.
    pub digest: String,
}

/// Checks a page of which `memory` says what is approved.
pub async fn check(
    web: &Web,
    url: &str,
    memory: &PageMemory,
    last: Option<&Last>,
    depth: Depth,
) -> Check {
    let known = last
        .filter(|_| depth == Depth::Quick)
        .map(|last| &last.known);
    let first = web.visit(url, Visitor::Watch, known).await;
    let site = SiteFacts::of(&first);
    let mut check = Check {
        judgement: Judgement::of(Verdict::Unchanged, Vec::new()),
        visits: vec![first],
        page: None,
        site,
    };
    let (site_verdict, site_reasons) = memory.site.judge(&check.site);
    let page = match check.visits[0].outcome.clone() {
        Outcome::Unchanged => {
            check.judgement = Judgement::of(site_verdict, site_reasons);
            return check;
        }
        Outcome::Failed(failure) => {
            let verdict = verdict_of(&failure).max(site_verdict);
            check.judgement = Judgement::of(verdict, site_reasons);
            return check;
        }
        Outcome::Page(page) => page,
    };
    let is_same = last.is_some_and(|last| last.digest == page.digest);
    let model = read_page(&page);
    check.judgement = if is_same && depth < Depth::Visitors && site_verdict == Verdict::Unchanged {
        Judgement::of(Verdict::Unchanged, Vec::new())
    } else {
        let look = Look {
            page: &model,
            status: page.status,
            site: &check.site,
        };
        judge(memory, &look)
    };
    if depth == Depth::Visitors && !check.judgement.verdict.is_alarm() {
        look_as_others(web, url, memory, &model, &mut check).await;
    }
    check.page = Some(model);
    check
}

/// Looks at the page as other visitors, twice each, and once more as ourselves.
async fn look_as_others(
    web: &Web,
    url: &str,
    memory: &PageMemory,
    ours: &PageModel,
    check: &mut Check,
) {
    let Some(ours_again) = read_as(web, url, Visitor::Watch, check).await else {
        return;
    };
    let our_views = Views {
        visitor: Visitor::Watch,
        first: ours,
        second: &ours_again,
    };
    for visitor in [Visitor::Crawler, Visitor::Phone, Visitor::FromSearch] {
        let first = read_as(web, url, visitor, check).await;
        let second = read_as(web, url, visitor, check).await;
        let (Some(first), Some(second)) = (first, second) else {
            continue;
        };
        let their_views = Views {
            visitor,
            first: &first,
            second: &second,
        };
        let judgement = judge_views(memory, &our_views, &their_views);
        if judgement.verdict > check.judgement.verdict {
            check.judgement = judgement;
        }
    }
}

/// Visits once more; another end of the visit than ours is a redirect for this visitor only.
async fn read_as(web: &Web, url: &str, visitor: Visitor, check: &mut Check) -> Option<PageModel> {
    let visit = web.visit(url, visitor, None).await;
    let theirs = SiteFacts::of(&visit);
    let page = visit.page().map(read_page);
    if page.is_some() && theirs.ends_at.is_disjoint(&check.site.ends_at) {
        let list = |facts: &SiteFacts| facts.ends_at.iter().cloned().collect::<Vec<_>>().join(", ");
        let reason = Reason::Redirect {
            from: list(&check.site),
            to: list(&theirs),
        };
        check.judgement = Judgement::of(Verdict::Cloaking, vec![reason]);
    }
    check.visits.push(visit);
    page
}

/// Reads a page that came.
pub fn read_page(page: &Page) -> PageModel {
    let source = Source {
        url: &page.url,
        content_type: page.content_type.as_deref(),
        body: &page.body,
        style_sheets: &[],
    };
    parse(&source, &Limits::default())
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
