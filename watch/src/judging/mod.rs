//! From what differs to a verdict. Each difference is put to two questions: may it be there at all, and does it usually change?

mod additions;
mod covers;
mod folders;
mod ground;
mod hidden;
mod lines;
mod texts;
mod views;
mod weighing;
mod words;

use pages::{Comparison, PageModel, Use};

use self::weighing::weigh;
use crate::memory::PageMemory;
use crate::site::SiteFacts;
use crate::verdict::{Judgement, Reason, Verdict};

pub use self::ground::Ground;
pub use self::views::{Views, judge_views};
pub(crate) use self::weighing::{Sign, there, weigh_or_ask};

/// One look at a page by one visitor.
#[derive(Clone, Copy, Debug)]
pub struct Look<'l> {
    /// The page.
    pub page: &'l PageModel,
    /// The status that it came with.
    pub status: u16,
    /// Who answered.
    pub site: &'l SiteFacts,
}

/// Says what a look at a page means, by what was approved and learned of it and of its site.
pub fn judge(ground: &Ground<'_>, look: &Look<'_>) -> Judgement {
    let (site_verdict, reasons) = ground.site.facts.judge(look.site);
    let mut judging = Judging {
        verdict: site_verdict,
        page_verdict: Verdict::Unchanged,
        signs: ground.site.facts.signs(look.site),
        is_redesigned: false,
        reasons,
        memory: ground.page,
        ground,
    };
    let Some((approved, comparison)) = ground.page.nearest(look.page) else {
        judging.verdict = judging.verdict.max(Verdict::Unexplained);
        return judging.ended(Comparison::default());
    };
    if look.status >= 400 {
        judging.fault(look, &approved.page, &comparison);
        return judging.ended(comparison);
    }
    judging.additions(look.page, &comparison);
    judging.hidden(&comparison);
    judging.covers(&comparison);
    judging.pictures(&comparison);
    judging.pictures_of_others(&comparison);
    judging.folders(&comparison);
    judging.words(&approved.page, look.page, &comparison);
    judging.title(&comparison);
    judging.structure(look.page, &comparison);
    judging.texts(look.page, &comparison);
    judging.ended(comparison)
}

struct Judging<'m> {
    verdict: Verdict,
    /// What is said of the page alone, whoever answered.
    page_verdict: Verdict,
    /// What speaks against whoever answered.
    signs: Vec<Sign>,
    /// Whether most of the page stands in places that the site does not have, under its usual title.
    is_redesigned: bool,
    reasons: Vec<Reason>,
    memory: &'m PageMemory,
    ground: &'m Ground<'m>,
}

impl Judging<'_> {
    fn ended(mut self, comparison: Comparison) -> Judgement {
        if self.page_verdict.wants_person() {
            self.signs.push(Sign::PageAsks);
        }
        self.verdict = self.verdict.max(weigh(&self.signs).unwrap_or(self.verdict));
        if self.verdict == Verdict::Unchanged && !comparison.is_nothing() {
            self.verdict = Verdict::Ordinary;
        }
        Judgement {
            verdict: self.verdict,
            reasons: self.reasons,
            comparison,
        }
    }

    fn say(&mut self, verdict: Verdict, reason: Reason) {
        self.verdict = self.verdict.max(verdict);
        self.page_verdict = self.page_verdict.max(verdict);
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// Tells whether a person approved this use of this origin.
    fn is_approved(&self, new: &Use) -> bool {
        self.ground
            .is_approved(new.kind, &new.origin, new.is_hidden)
    }

    /// Tells whether an origin belongs to whoever the site belongs to.
    fn is_own(&self, origin: &str) -> bool {
        self.ground.is_own(origin)
    }

    /// A page that comes with an error: the site's own words of it, or somebody's.
    fn fault(&mut self, look: &Look<'_>, approved: &PageModel, comparison: &Comparison) {
        self.say(
            Verdict::FaultPage,
            Reason::Status {
                status: look.status,
            },
        );
        self.words(approved, look.page, comparison);
    }
}
