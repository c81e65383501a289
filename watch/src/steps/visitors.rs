//! The page as other visitors see it: each of them twice, and ourselves once more at the end, so that what comes in between is
//! seen by us too.

use pages::PageModel;
use visit::Visitor;

use crate::challenges::challenge_of;
use crate::checking::{About, Check, Means, read_page_with};
use crate::judging::{Ground, Look, Views, judge, judge_views};
use crate::site::SiteFacts;
use crate::verdict::{Judgement, Reason, Verdict};

/// Everybody but ourselves.
const OTHERS: [Visitor; 3] = [Visitor::Crawler, Visitor::Phone, Visitor::FromSearch];

/// What one look showed.
struct Shown {
    page: PageModel,
    status: u16,
    /// Which of the visits it was.
    visit: usize,
    /// Why it is no page of the site: whoever came had to prove something first.
    challenge: Option<Reason>,
}

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
        if let (Some(first), Some(second)) = (first, second)
            && [&first, &second].iter().all(|one| one.is_page())
        {
            theirs.push((visitor, first, second));
        }
    }
    let ours_again = read_as(means, ground, Visitor::Watch, check).await;
    if let Some(again) = &ours_again {
        judge_again(ground, again, check);
    }
    let seen_again = ours_again.filter(|again| again.challenge.is_none());
    let our_views = Views {
        visitor: Visitor::Watch,
        first: ours,
        second: seen_again.as_ref().map_or(ours, |again| &again.page),
    };
    for (visitor, first, second) in theirs {
        let their_views = Views {
            visitor,
            first: &first.page,
            second: &second.page,
        };
        let judgement = judge_views(ground, &our_views, &their_views);
        take(check, judgement, first.visit, Some(&first.page));
        check.views.insert(visitor, first.page);
    }
}

/// Judges our own second look: some pages are others at every third request only, and some become others just now. Which of the
/// two it is nobody knows; what it shows is the verdict.
fn judge_again(ground: &Ground<'_>, again: &Shown, check: &mut Check) {
    if ground.page.approved.is_empty() || check.judgement.verdict.wants_person() {
        return;
    }
    if let Some(reason) = &again.challenge {
        let judgement = Judgement::of(Verdict::Nothing, vec![reason.clone()]);
        return take(check, judgement, again.visit, Some(&again.page));
    }
    let look = Look {
        page: &again.page,
        status: again.status,
        site: &check.site,
    };
    let judgement = judge(ground, &look);
    if judgement.verdict.wants_person() {
        take(check, judgement, again.visit, Some(&again.page));
    }
}

/// Adds what was found at one look: the worse verdict, its comparison and that it is about this look, and the reasons of both.
fn take(check: &mut Check, found: Judgement, visit: usize, page: Option<&PageModel>) {
    let known = &mut check.judgement;
    if found.verdict > known.verdict {
        let before = std::mem::replace(known, found);
        known.reasons.extend(before.reasons);
        check.about = Some(About {
            visit,
            page: page.cloned(),
        });
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
) -> Option<Shown> {
    let number = check.visits.len();
    let visit = means.web.visit(&check.url, visitor, None).await;
    let theirs = SiteFacts::of(&visit);
    let shown = visit.page().map(|page| {
        let model = read_page_with(page, &check.style_sheets);
        Shown {
            challenge: challenge_of(ground, &visit, page.status, &model),
            page: model,
            status: page.status,
            visit: number,
        }
    });
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
        let page = shown.as_ref().map(|shown| &shown.page);
        take(
            check,
            Judgement::of(Verdict::Cloaking, vec![reason]),
            number,
            page,
        );
    }
    check.visits.push(visit);
    shown
}

impl Shown {
    /// Tells whether the site itself says that this is a page.
    fn is_page(&self) -> bool {
        (200..=399).contains(&self.status) && self.challenge.is_none()
    }
}
