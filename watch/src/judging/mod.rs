//! From what differs to a verdict. Each difference is put to two questions: may it be there at all, and does it usually change?

mod additions;
mod covers;
mod folders;
mod texts;
mod words;

use pages::{Comparison, PageModel, Use};

use crate::memory::{PageMemory, SiteMemory};
use crate::site::{SiteFacts, registrable};
use crate::verdict::{Judgement, Reason, Verdict};

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
pub fn judge(site: &SiteMemory, memory: &PageMemory, look: &Look<'_>) -> Judgement {
    let (site_verdict, reasons) = site.facts.judge(look.site);
    let mut judging = Judging {
        verdict: site_verdict,
        reasons,
        site,
        memory,
    };
    let Some((approved, comparison)) = memory.nearest(look.page) else {
        judging.verdict = judging.verdict.max(Verdict::Unexplained);
        return judging.ended(Comparison::default());
    };
    if look.status >= 400 {
        judging.fault(look, &approved.page, &comparison);
        return judging.ended(comparison);
    }
    judging.additions(&comparison);
    judging.covers(&comparison);
    judging.pictures(&comparison);
    judging.pictures_of_others(&comparison);
    judging.folders(&comparison);
    judging.words(&approved.page, look.page, &comparison);
    judging.texts(&comparison);
    judging.ended(comparison)
}

struct Judging<'m> {
    verdict: Verdict,
    reasons: Vec<Reason>,
    site: &'m SiteMemory,
    memory: &'m PageMemory,
}

impl Judging<'_> {
    fn ended(mut self, comparison: Comparison) -> Judgement {
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
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
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

    /// Tells whether a person approved this use of this origin in any version: pages that show advertisements of several houses
    /// have no version with all of them.
    fn is_approved(&self, new: &Use) -> bool {
        let approved = self.memory.approved.iter();
        let mut uses = approved.flat_map(|approval| &approval.page.uses);
        uses.any(|one| {
            (one.kind, one.is_hidden) == (new.kind, new.is_hidden) && one.origin == new.origin
        })
    }

    /// Tells whether an origin belongs to whoever the site belongs to.
    fn is_own(&self, origin: &str) -> bool {
        match registrable(origin) {
            Some(domain) => self.site.facts.ends_at.contains(&domain),
            None => {
                origin == "data:"
                    || origin == "javascript:"
                    || origin == "mailto:"
                    || origin == "tel:"
            }
        }
    }
}
