//! What it means that a page looks so in a browser and loads that. A look makes a verdict worse or leaves it: a page that looks as it
//! always did may say something else.

use std::collections::BTreeSet;

use browser::RequestKind;
use pages::{Subject, UseKind, find_terms};
use pictures::Likeness;

use super::memory::{Rendered, works};
use crate::checking::Check;
use crate::memory::PageMemory;
use crate::site::registrable;
use crate::verdict::{Reason, Verdict};

/// From which share of the page on it looks like another one, in percent.
const ANOTHER_PERCENT: u8 = 70;
/// How much darker than every approved version a page is that intruders made, in percent of it.
const DARKER_PERCENT: u8 = 40;
/// Of how much of the letters that approved versions have a page has little text, as its inverse.
const LITTLE_TEXT: u32 = 4;
/// How much a word says that is not on a page by chance.
const WEIGHT_MIN: u32 = 2;

/// Says what was seen: the verdict by it alone, and why.
pub(super) fn judge_rendered(
    memory: &PageMemory,
    check: &Check,
    rendered: &Rendered,
) -> (Verdict, Vec<Reason>) {
    let mut seen = Seen {
        memory,
        check,
        rendered,
        verdict: Verdict::Unexplained,
        reasons: Vec::new(),
    };
    // There is nothing to compare a first look with; a person looks.
    if !memory.approved.is_empty() {
        seen.end();
    }
    if !memory.rendered.approved.is_empty() {
        seen.loads();
        seen.says();
        seen.looks();
    }
    (seen.verdict, seen.reasons)
}

struct Seen<'s> {
    memory: &'s PageMemory,
    check: &'s Check,
    rendered: &'s Rendered,
    verdict: Verdict,
    reasons: Vec<Reason>,
}

impl Seen<'_> {
    fn say(&mut self, verdict: Verdict, reason: Reason) {
        let is_known =
            self.reasons.contains(&reason) || self.check.judgement.reasons.contains(&reason);
        self.verdict = self.verdict.max(verdict);
        if !is_known {
            self.reasons.push(reason);
        }
    }

    /// A browser that ends elsewhere was sent there by a script.
    fn end(&mut self) {
        let Some(to) = registrable(&self.rendered.final_url) else {
            return;
        };
        let own = &self.check.site.ends_at;
        if own.is_empty() || own.contains(&to) || self.memory.rendered.ends_at.contains(&to) {
            return;
        }
        let from = own.iter().cloned().collect::<Vec<_>>().join(", ");
        self.say(Verdict::Takeover, Reason::Redirect { from, to });
    }

    /// Scripts and frames that the page itself loads from where no approved version did. What an approved stranger's script loads in
    /// turn, as houses of advertisements do, was approved with that stranger.
    fn loads(&mut self) {
        let known = self.known_domains();
        let own = &self.check.site.ends_at;
        let mut told = BTreeSet::new();
        for request in self.rendered.requests.iter().filter(|one| works(one.kind)) {
            let Some(domain) = registrable(&request.url) else {
                continue;
            };
            let from = request.from_origin.as_deref().and_then(registrable);
            let is_ours = from.is_none_or(|from| own.contains(&from) || !known.contains(&from));
            if known.contains(&domain) || !is_ours || !told.insert((request.kind, domain)) {
                continue;
            }
            let origin = origin_of(&request.url);
            let reason = if request.kind == RequestKind::Script {
                Reason::ScriptOrigin { origin }
            } else {
                Reason::Frame {
                    origin,
                    is_hidden: false,
                }
            };
            self.say(Verdict::Injection, reason);
        }
        for host in self.rendered.inside() {
            if !self.memory.rendered.reaches.contains(&host) {
                self.say(Verdict::Unexplained, Reason::ReachesInside { host });
            }
        }
    }

    fn known_domains(&self) -> BTreeSet<String> {
        let approved = self.memory.approved.iter();
        let uses = approved.flat_map(|approval| &approval.page.uses);
        let working = uses.filter(|one| matches!(one.kind, UseKind::Script | UseKind::Frame));
        // A film is asked about by the page that names it, and brings its own scripts.
        let films = self.check.page.iter().flat_map(|page| &page.films);
        working
            .filter_map(|one| registrable(&one.origin))
            .chain(films.filter_map(|url| registrable(url)))
            .chain(self.check.site.ends_at.iter().cloned())
            .chain(self.memory.rendered.loads_from.iter().cloned())
            .collect()
    }

    /// What the page says in windows, and words that scripts put into it.
    fn says(&mut self) {
        for text in &self.rendered.questions {
            if self.memory.rendered.questions.contains(text) {
                continue;
            }
            let is_boast = find_terms(text)
                .iter()
                .any(|term| term.weight >= WEIGHT_MIN);
            let verdict = if is_boast {
                Verdict::Defacement
            } else {
                Verdict::Unexplained
            };
            let text = text.clone();
            self.say(verdict, Reason::Question { text });
        }
        for (subject, verdict) in [
            (Subject::Betting, Verdict::Injection),
            (Subject::Boasting, Verdict::Defacement),
        ] {
            let new = self.rendered.terms.iter().filter(|term| {
                let is_known = self.memory.rendered.words.contains(&term.word);
                term.subject == subject && term.weight >= WEIGHT_MIN && !is_known
            });
            let words: Vec<String> = new.map(|term| term.word.clone()).collect();
            if !words.is_empty() {
                self.say(verdict, Reason::Terms { subject, words });
            }
        }
    }

    /// A page that looks like none that was approved, and is dark or has hardly any text, was made by somebody else. A new design is
    /// only said to look so. A page that did not come to rest is not compared.
    fn looks(&mut self) {
        let (Some(picture), Some(tiles)) = (&self.rendered.picture, &self.rendered.tiles) else {
            return;
        };
        let memory = &self.memory.rendered;
        let Some(nearest) = memory
            .nearest(picture)
            .filter(|_| self.rendered.is_complete)
        else {
            return;
        };
        let changed_percent = memory.changed_percent(nearest, tiles);
        let likeness = nearest.picture.distance(picture).likeness();
        if likeness != Likeness::Other || changed_percent < ANOTHER_PERCENT {
            return;
        }
        let dark_percent = picture.dark_percent;
        let dark_before = memory
            .approved
            .iter()
            .map(|one| one.picture.dark_percent)
            .max();
        let is_darker =
            dark_before.is_some_and(|before| dark_percent >= before.saturating_add(DARKER_PERCENT));
        let verdict = if is_darker || self.has_little_text() {
            Verdict::Defacement
        } else {
            Verdict::Unexplained
        };
        let reason = Reason::LooksAnother {
            changed_percent,
            dark_percent,
        };
        self.say(verdict, reason);
    }

    fn has_little_text(&self) -> bool {
        let letters = |page: &pages::PageModel| page.writing.letters();
        let before = self
            .memory
            .approved
            .iter()
            .map(|one| letters(&one.page))
            .min();
        let now = self.check.page.as_ref().map(letters);
        match (before, now) {
            (Some(before), Some(now)) => now < before / LITTLE_TEXT,
            _ => false,
        }
    }
}

fn origin_of(url: &str) -> String {
    url::Url::parse(url).map_or_else(|_| url.to_owned(), |url| url.origin().ascii_serialization())
}
