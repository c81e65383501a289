//! From what differs to a verdict. Each difference is put to two questions: may it be there at all, and does it usually change?

use pages::{Comparison, PageModel, Subject, Use, UseKind, Writing, find_terms};

use crate::memory::{PageMemory, SiteMemory};
use crate::site::{SiteFacts, registrable};
use crate::verdict::{Judgement, Reason, Verdict};

/// Weight of words from which they are an alarm by themselves.
const TERMS_ALARM: u32 = 3;
/// Letters of foreign writing in new text from which they speak.
const FOREIGN_LETTERS: u32 = 8;
/// What must be left of places and texts for a page to be the same one.
const LEFT_MIN: f64 = 0.15;

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

    /// What was added that works on visitors, or that they do not see.
    fn additions(&mut self, comparison: &Comparison) {
        for new in &comparison.new_uses {
            if self.is_approved(new) {
                continue;
            }
            let origin = new.origin.clone();
            let is_own = self.is_own(&origin);
            match new.kind {
                UseKind::Script if !is_own => {
                    self.say(Verdict::Injection, Reason::ScriptOrigin { origin });
                }
                UseKind::Frame if !is_own || new.is_hidden => {
                    let is_hidden = new.is_hidden;
                    self.say(Verdict::Injection, Reason::Frame { origin, is_hidden });
                }
                UseKind::Form if !is_own => {
                    self.say(Verdict::Injection, Reason::FormTarget { origin });
                }
                UseKind::Refresh => {
                    let verdict = if is_own {
                        Verdict::Unexplained
                    } else {
                        Verdict::Takeover
                    };
                    self.say(verdict, Reason::Refresh { origin });
                }
                UseKind::Base if !is_own => {
                    let use_kind = UseKind::Base;
                    self.say(Verdict::Injection, Reason::Resource { use_kind, origin });
                }
                _ => {}
            }
        }
        for script in &comparison.new_scripts {
            let names_stranger = script.origins.iter().any(|origin| !self.is_own(origin));
            let verdict = if script.signs.redirects && names_stranger {
                Verdict::Takeover
            } else if script.signs.any() || names_stranger {
                Verdict::Injection
            } else {
                Verdict::Unexplained
            };
            let reason = Reason::InlineScript {
                beginning: script.beginning.clone(),
                redirects: script.signs.redirects,
                decodes: script.signs.decodes,
                origins: script.origins.clone(),
            };
            self.say(verdict, reason);
        }
        for hidden in &comparison.new_hidden {
            let leads_away = hidden
                .link_origins
                .iter()
                .any(|origin| !self.is_own(origin));
            let says = weight_of(&find_terms(&hidden.text), &[]) > 0;
            if leads_away || says {
                let reason = Reason::HiddenText {
                    path: hidden.path.clone(),
                    text: hidden.text.clone(),
                    link_origins: hidden.link_origins.clone(),
                };
                self.say(Verdict::Injection, reason);
            }
        }
    }

    /// Words of intruders and writings that the page does not have.
    fn words(&mut self, approved: &PageModel, page: &PageModel, comparison: &Comparison) {
        let new = comparison.new_text();
        let known = find_terms(&approved_text(approved));
        let found = find_terms(&new);
        let fresh: Vec<_> = found.iter().filter(|term| !known.contains(term)).collect();
        for subject in [Subject::Betting, Subject::Boasting] {
            let of_subject: Vec<_> = fresh
                .iter()
                .filter(|term| term.subject == subject)
                .collect();
            let weight: u32 = of_subject.iter().map(|term| term.weight).sum();
            if weight == 0 {
                continue;
            }
            let words = of_subject.iter().map(|term| term.word.clone()).collect();
            let reason = Reason::Terms { subject, words };
            let alarm = match subject {
                Subject::Betting => Verdict::Injection,
                Subject::Boasting => Verdict::Defacement,
            };
            self.say(
                if weight >= TERMS_ALARM {
                    alarm
                } else {
                    Verdict::Unexplained
                },
                reason,
            );
        }
        let mut writing = Writing::default();
        writing.count(&new);
        let usual = approved.writing.foreign();
        if writing.foreign() >= FOREIGN_LETTERS && page.writing.foreign() > usual.saturating_mul(2)
        {
            let letters = writing.foreign();
            self.say(Verdict::Unexplained, Reason::ForeignWriting { letters });
        }
    }

    /// Other texts and places than usual.
    fn texts(&mut self, comparison: &Comparison) {
        if comparison.structure_kept < LEFT_MIN && comparison.text_kept < LEFT_MIN {
            let reason = Reason::LittleLeft {
                structure_percent: percent(comparison.structure_kept),
                text_percent: percent(comparison.text_kept),
            };
            self.say(Verdict::Defacement, reason);
        }
        if let Some((from, to)) = &comparison.title
            && !self.memory.habit.title_varies()
        {
            let reason = Reason::Title {
                from: from.clone(),
                to: to.clone(),
            };
            self.say(Verdict::Unexplained, reason);
        }
        for change in &comparison.regions {
            if self.memory.habit.varies(change.key)
                || differ_in_numbers_only(&change.gone, &change.come)
            {
                continue;
            }
            let text = |lines: &[String]| lines.join(" ").chars().take(300).collect::<String>();
            if change.was_there {
                let reason = Reason::StaticText {
                    path: change.path.clone(),
                    from: text(&change.gone),
                    to: text(&change.come),
                };
                self.say(Verdict::Unexplained, reason);
            } else {
                let reason = Reason::NewPlace {
                    path: change.path.clone(),
                    text: text(&change.come),
                };
                self.say(Verdict::Unexplained, reason);
            }
        }
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

fn approved_text(page: &PageModel) -> String {
    let mut text = page.title.clone();
    for line in page
        .lines()
        .chain(page.hidden.iter().map(|one| one.text.as_str()))
    {
        text.push('\n');
        text.push_str(line);
    }
    text
}

fn weight_of(terms: &[pages::Term], known: &[pages::Term]) -> u32 {
    let fresh = terms.iter().filter(|term| !known.contains(term));
    fresh.map(|term| term.weight).sum()
}

/// Tells whether texts are the same but for their digits: clocks, counters, dates.
fn differ_in_numbers_only(gone: &[String], come: &[String]) -> bool {
    let shape = |text: &String| -> String {
        let mut shape = String::new();
        for letter in text.chars() {
            if !letter.is_ascii_digit() {
                shape.push(letter);
            } else if !shape.ends_with('0') {
                shape.push('0');
            }
        }
        shape
    };
    !come.is_empty()
        && gone.len() == come.len()
        && gone
            .iter()
            .zip(come)
            .all(|(one, other)| shape(one) == shape(other))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share from 0 to 1"
)]
fn percent(share: f64) -> u8 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u8
}
