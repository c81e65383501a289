//! Whether other visitors are shown another page. Two looks of each tell what varies anyway.

use pages::{PageModel, UseKind, compare, find_terms};
use visit::Visitor;

use crate::checking::{Check, Means, read_page_with};
use crate::memory::PageMemory;
use crate::site::SiteFacts;
use crate::verdict::{Judgement, Reason, Verdict};

/// Share of texts that two looks of the same page have in common at least.
const SAME_MIN: f64 = 0.5;

/// What one visitor was shown, twice.
#[derive(Clone, Copy, Debug)]
pub struct Views<'v> {
    /// Who.
    pub visitor: Visitor,
    /// The first look.
    pub first: &'v PageModel,
    /// The second look.
    pub second: &'v PageModel,
}

/// Says what it means that another visitor is shown `theirs` where we are shown `ours`.
pub fn judge_views(memory: &PageMemory, ours: &Views<'_>, theirs: &Views<'_>) -> Judgement {
    let comparison = compare(ours.first, theirs.first);
    let mut reasons = Vec::new();
    let both = |text: &dyn Fn(&PageModel) -> Vec<String>| -> Vec<String> {
        let mut ours_have = text(ours.first);
        ours_have.extend(text(ours.second));
        let again = text(theirs.second);
        let new = text(theirs.first);
        new.into_iter()
            .filter(|one| again.contains(one) && !ours_have.contains(one))
            .collect()
    };
    for kind in [
        UseKind::Script,
        UseKind::Frame,
        UseKind::Form,
        UseKind::Refresh,
        UseKind::Link,
    ] {
        let origins = both(&|page: &PageModel| {
            let of_kind = page.uses.iter().filter(|one| one.kind == kind);
            of_kind.map(|one| one.origin.clone()).collect()
        });
        for origin in origins {
            let is_known = memory.approved.iter().any(|approval| {
                approval
                    .page
                    .uses
                    .iter()
                    .any(|one| one.kind == kind && one.origin == origin)
            });
            if !is_known {
                reasons.push(match kind {
                    UseKind::Link => Reason::Link { origin },
                    use_kind => Reason::Resource { use_kind, origin },
                });
            }
        }
    }
    let words = both(&|page: &PageModel| {
        let text: Vec<&str> = page.lines().chain([page.title.as_str()]).collect();
        let terms = find_terms(&text.join("\n"));
        terms
            .into_iter()
            .filter(|term| term.weight > 1)
            .map(|term| term.word)
            .collect()
    });
    if !words.is_empty() {
        let subject = pages::Subject::Betting;
        reasons.push(Reason::Terms { subject, words });
    }
    let varies_anyway = compare(ours.first, ours.second)
        .text_kept
        .min(compare(theirs.first, theirs.second).text_kept);
    let is_another = comparison.text_kept < SAME_MIN && varies_anyway > SAME_MIN;
    let verdict = if !reasons.is_empty() {
        Verdict::Cloaking
    } else if is_another {
        Verdict::Unexplained
    } else {
        Verdict::Unchanged
    };
    Judgement {
        verdict,
        reasons,
        comparison,
    }
}

/// Looks at the page as other visitors, twice each, and once more as ourselves.
pub(crate) async fn look_as_others(
    means: &Means<'_>,
    memory: &PageMemory,
    ours: &PageModel,
    check: &mut Check,
) {
    let Some(ours_again) = read_as(means, Visitor::Watch, check).await else {
        return;
    };
    let our_views = Views {
        visitor: Visitor::Watch,
        first: ours,
        second: &ours_again,
    };
    for visitor in [Visitor::Crawler, Visitor::Phone, Visitor::FromSearch] {
        let first = read_as(means, visitor, check).await;
        let second = read_as(means, visitor, check).await;
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
        check.views.insert(visitor, first);
    }
}

/// Visits once more; another end of the visit than ours is a redirect for this visitor only.
async fn read_as(means: &Means<'_>, visitor: Visitor, check: &mut Check) -> Option<PageModel> {
    let visit = means.web.visit(&check.url, visitor, None).await;
    let theirs = SiteFacts::of(&visit);
    let page = visit
        .page()
        .map(|page| read_page_with(page, &check.style_sheets));
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
