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

use pages::{Comparison, PageModel, Tongue, Use, UseKind};

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
    let mut judging = Judging::begin(ground, look);
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

/// Says what the beginning of a page means that broke off: what was added to it, and what it says. What is missing says nothing.
pub(crate) fn judge_unfinished(ground: &Ground<'_>, look: &Look<'_>) -> Judgement {
    let mut judging = Judging::begin(ground, look);
    let Some((approved, comparison)) = ground.page.nearest(look.page) else {
        return judging.ended(Comparison::default());
    };
    judging.additions(look.page, &comparison);
    judging.words(&approved.page, look.page, &comparison);
    judging.title(&comparison);
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

impl<'m> Judging<'m> {
    /// Begins with what is said of whoever answered.
    fn begin(ground: &'m Ground<'m>, look: &Look<'_>) -> Self {
        let (verdict, reasons) = ground.site.facts.judge(look.site);
        Self {
            verdict,
            page_verdict: Verdict::Unchanged,
            signs: ground.site.facts.signs(look.site),
            is_redesigned: false,
            reasons,
            memory: ground.page,
            ground,
        }
    }

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
        let mut saying = self.aside();
        saying.words(approved, look.page, comparison);
        // Servers say "Service Unavailable" in English wherever they stand.
        saying.reasons.retain(|reason| {
            !matches!(reason, Reason::ForeignLanguage { tongue, .. } if *tongue == Tongue::English)
        });
        self.take_over(saying);
        self.leads_away(look.page, comparison);
    }

    /// Begins to judge the same beside what was said so far.
    fn aside(&self) -> Self {
        Self {
            verdict: Verdict::Unchanged,
            page_verdict: Verdict::Unchanged,
            signs: Vec::new(),
            is_redesigned: self.is_redesigned,
            reasons: Vec::new(),
            memory: self.memory,
            ground: self.ground,
        }
    }

    fn take_over(&mut self, aside: Self) {
        for reason in aside.reasons {
            self.say(aside.verdict, reason);
        }
    }

    /// Browsers show a page whatever its status is, and go where it sends them. The words of a server's own fault page lead to
    /// nobody else.
    fn leads_away(&mut self, page: &PageModel, comparison: &Comparison) {
        let mut leading = self.aside();
        leading.refreshes(page);
        for new in &comparison.new_uses {
            if new.kind == UseKind::Frame && !leading.is_approved(new) {
                leading.new_use(new, page, comparison);
            }
        }
        for script in &comparison.new_scripts {
            let is_stranger = |origin: &String| !self.ground.is_own(origin);
            if script.signs.redirects && script.origins.iter().any(is_stranger) {
                leading.new_script(script);
            }
        }
        self.take_over(leading);
    }
}
