//! The page as other visitors see it: each of them twice, and ourselves once more at the end, so that what comes in between is
//! seen by us too.

use pages::PageModel;
use visit::Visitor;

use crate::checking::{Check, Means, read_page_with};
use crate::judging::{Ground, Look, Views, judge, judge_views};
use crate::site::SiteFacts;
use crate::verdict::{Judgement, Reason, Verdict};

/// Everybody but ourselves.
const OTHERS: [Visitor; 3] = [Visitor::Crawler, Visitor::Phone, Visitor::FromSearch];

/// Looks at the page as other visitors, twice each, and once more as ourselves.
pub(crate) async fn look_as_others(
    means: &Means<'_>,
    ground: &Ground<'_>,
    ours: &PageModel,
    check: &mut Check,
) {
    let mut theirs = Vec::new();
    for visitor in OTHERS {
        let first = read_as(means, ground, visitor, check).await;
        let second = read_as(means, ground, visitor, check).await;
        if let (Some((first, 200..=399)), Some((second, 200..=399))) = (first, second) {
            theirs.push((visitor, first, second));
        }
    }
    let ours_again = read_as(means, ground, Visitor::Watch, check).await;
    if let Some((again, status)) = &ours_again {
        judge_again(ground, again, *status, check);
    }
    let our_views = Views {
        visitor: Visitor::Watch,
        first: ours,
        second: ours_again.as_ref().map_or(ours, |(again, _)| again),
    };
    for (visitor, first, second) in theirs {
        let their_views = Views {
            visitor,
            first: &first,
            second: &second,
        };
        take(check, judge_views(ground, &our_views, &their_views));
        check.views.insert(visitor, first);
    }
}

/// Judges our own second look: some pages are others at every third request only, and some become others just now. Which of the
/// two it is nobody knows; what it shows is the verdict.
fn judge_again(ground: &Ground<'_>, again: &PageModel, status: u16, check: &mut Check) {
    if ground.page.approved.is_empty() || check.judgement.verdict.wants_person() {
        return;
    }
    let look = Look {
        page: again,
        status,
        site: &check.site,
    };
    let judgement = judge(ground, &look);
    if judgement.verdict.wants_person() {
        take(check, judgement);
    }
}

/// Adds what was found: the worse verdict and its comparison, and the reasons of both.
fn take(check: &mut Check, found: Judgement) {
    let known = &mut check.judgement;
    if found.verdict > known.verdict {
        let before = std::mem::replace(known, found);
        known.reasons.extend(before.reasons);
    } else {
        known.reasons.extend(found.reasons);
    }
}

/// Visits once more; another end of the visit than ours is a redirect for this visitor only, whether or not anything came of it.
async fn read_as(
    means: &Means<'_>,
    ground: &Ground<'_>,
    visitor: Visitor,
    check: &mut Check,
) -> Option<(PageModel, u16)> {
    let visit = means.web.visit(&check.url, visitor, None).await;
    let theirs = SiteFacts::of(&visit);
    let is_elsewhere = |usual: &SiteFacts| theirs.ends_at.is_disjoint(&usual.ends_at);
    if !theirs.ends_at.is_empty()
        && !check.site.ends_at.is_empty()
        && is_elsewhere(&check.site)
        && is_elsewhere(&ground.site.facts)
    {
        let list = |facts: &SiteFacts| facts.ends_at.iter().cloned().collect::<Vec<_>>().join(", ");
        let reason = Reason::Redirect {
            from: list(&check.site),
            to: list(&theirs),
        };
        take(check, Judgement::of(Verdict::Cloaking, vec![reason]));
    }
    let page = visit
        .page()
        .map(|page| (read_page_with(page, &check.style_sheets), page.status));
    check.visits.push(visit);
    page
}
