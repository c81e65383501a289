//! What new words on a page speak of: the vocabulary of intruders, and languages and writings that the page does not have.

use std::collections::BTreeSet;

use pages::{
    Comparison, PageModel, Subject, Term, Tongue, UseKind, Writing, find_terms,
    find_terms_in_address, tongue_of,
};

use super::Judging;
use crate::verdict::{Reason, Verdict};

/// Weight of words from which they are an alarm by themselves.
const TERMS_ALARM: u32 = 3;
/// Weight from which a person looks.
const TERMS_LOOK: u32 = 2;
/// What promises add to what is sold with them, at most.
const PROMISES_MAX: u32 = 2;
/// Letters of foreign writing in new text from which they speak.
const FOREIGN_LETTERS: u32 = 8;
/// Share of the new text that makes its language the language of what was done.
const LARGE_SHARE: f64 = 0.6;
/// Share of the earlier texts below which little else is left.
const LITTLE_KEPT: f64 = 0.5;
/// Places from the beginning that a person sees first.
pub(super) const FIRST_PLACES: usize = 2;
/// Characters of a text that are shown as a reason.
const SHOWN_CHARS: usize = 200;

impl Judging<'_> {
    /// Words of intruders, and languages and writings that the page does not have.
    pub(super) fn words(
        &mut self,
        approved: &PageModel,
        page: &PageModel,
        comparison: &Comparison,
    ) {
        self.terms(approved, comparison);
        self.terms_of_scripts(comparison);
        self.addresses(comparison);
        self.hidden_links(comparison);
        if self.languages(page, comparison) {
            return;
        }
        let mut writing = Writing::default();
        writing.count(&comparison.new_text());
        let usual = approved.writing.foreign();
        if writing.foreign() >= FOREIGN_LETTERS && page.writing.foreign() > usual.saturating_mul(2)
        {
            let letters = writing.foreign();
            self.say(Verdict::Unexplained, Reason::ForeignWriting { letters });
        }
    }

    /// Words of intruders that the approved page does not have.
    fn terms(&mut self, approved: &PageModel, comparison: &Comparison) {
        let found = find_terms(&comparison.new_text());
        if found.is_empty() {
            return;
        }
        let known = find_terms(&approved.whole_text());
        let fresh: Vec<&Term> = found.iter().filter(|term| !known.contains(term)).collect();
        let beside = find_terms(&self.text_with_terms(comparison));
        let beside: Vec<&Term> = beside.iter().filter(|term| !known.contains(term)).collect();
        for subject in Subject::ALL {
            let weight = weight_of(&fresh, subject);
            if weight == 0 || subject == Subject::Promises {
                continue;
            }
            let of_subject = fresh.iter().filter(|term| term.subject == subject);
            let words = of_subject.map(|term| term.word.clone()).collect();
            let reason = Reason::Terms { subject, words };
            let promises = weight_of(&beside, Subject::Promises).min(PROMISES_MAX);
            let total = weight + promises;
            if total >= TERMS_ALARM {
                let alarm = match subject {
                    Subject::Boasting => Verdict::Defacement,
                    _ => Verdict::Injection,
                };
                self.say(alarm, reason);
            } else if total >= TERMS_LOOK || stands_in_title(comparison, subject) {
                self.say(Verdict::Unexplained, reason);
            }
        }
    }

    /// Returns the new text in which promises belong to what is sold: of lists, where twenty honest news may come at once, the lines that
    /// sell something themselves.
    fn text_with_terms(&self, comparison: &Comparison) -> String {
        let sells = |line: &str| {
            let terms = find_terms(line);
            terms.iter().any(|term| term.subject != Subject::Promises)
        };
        let mut text = String::new();
        if let Some((_, title)) = &comparison.title {
            text.push_str(title);
            text.push('\n');
        }
        for region in &comparison.regions {
            let is_list = region.was_there && self.memory.habit.varies(region.key);
            for line in region.come.iter().filter(|line| !is_list || sells(line)) {
                text.push_str(line);
                text.push('\n');
            }
        }
        text
    }

    /// Words of intruders that a script of the page writes.
    fn terms_of_scripts(&mut self, comparison: &Comparison) {
        for script in &comparison.new_scripts {
            if let Some(first) = script.terms.first() {
                let words = script.terms.iter().map(|term| term.word.clone()).collect();
                let subject = first.subject;
                self.say(Verdict::Injection, Reason::Terms { subject, words });
            }
        }
    }

    /// Links that visitors do not see, to pages of the site itself that have such words in their addresses.
    fn hidden_links(&mut self, comparison: &Comparison) {
        for hidden in &comparison.new_hidden {
            let words: Vec<String> = hidden.links.iter().flat_map(|url| sold_in(url)).collect();
            let url = hidden.links.first().cloned().unwrap_or_default();
            if !words.is_empty() {
                self.say(Verdict::Injection, Reason::TermsInAddress { url, words });
            }
        }
    }

    /// Links whose addresses have such words: the names of houses, or what is sold.
    fn addresses(&mut self, comparison: &Comparison) {
        for new in &comparison.new_uses {
            let leads = matches!(new.kind, UseKind::Link | UseKind::Refresh | UseKind::Frame);
            if !leads || self.is_own(&new.origin) || self.is_approved(new) {
                continue;
            }
            let words = sold_in(&new.url);
            if !words.is_empty() {
                let url = new.url.clone();
                self.say(Verdict::Injection, Reason::TermsInAddress { url, words });
            }
        }
    }

    /// Texts in languages that no approved version has; tells whether the page is one of several languages.
    fn languages(&mut self, page: &PageModel, comparison: &Comparison) -> bool {
        let lines = new_lines(page, comparison);
        let strange: Vec<(&Line<'_>, Tongue)> = lines
            .iter()
            .filter_map(|line| Some((line, tongue_of(line.text)?)))
            .filter(|(_, tongue)| *tongue != Tongue::Vietnamese)
            .collect();
        if strange.is_empty() {
            return false;
        }
        let own: BTreeSet<Tongue> = self
            .memory
            .approved
            .iter()
            .flat_map(|approval| approval.page.tongues())
            .collect();
        let all: usize = lines.iter().map(|line| line.text.len()).sum();
        let mut told: Vec<Tongue> = Vec::new();
        for (first, tongue) in &strange {
            if own.contains(tongue) || told.contains(tongue) {
                continue;
            }
            told.push(*tongue);
            let of_tongue = strange.iter().filter(|(_, other)| other == tongue);
            let place = Strange {
                letters: of_tongue.clone().map(|(line, _)| line.text.len()).sum(),
                is_prominent: of_tongue.clone().any(|(line, _)| line.is_prominent),
                all,
                text_kept: comparison.text_kept,
            };
            // Where a site writes in several languages, a list may have one more.
            let is_in_list = own.len() > 1
                && of_tongue
                    .clone()
                    .all(|(line, _)| self.is_in_list(line, comparison));
            let verdict = match tongue {
                _ if is_in_list => None,
                Tongue::English => place.verdict_of_english(),
                _ => place.verdict(),
            };
            if let Some(verdict) = verdict {
                let reason = Reason::ForeignLanguage {
                    tongue: *tongue,
                    path: first.path.to_owned(),
                    text: first.text.chars().take(SHOWN_CHARS).collect(),
                };
                self.say(verdict, reason);
            }
        }
        own.len() > 1
    }

    fn is_in_list(&self, line: &Line<'_>, comparison: &Comparison) -> bool {
        let mut regions = comparison.regions.iter();
        let region = regions.find(|region| region.path == line.path && region.was_there);
        !line.is_prominent && region.is_some_and(|region| self.memory.habit.varies(region.key))
    }
}

/// New text in one language that the page does not have.
struct Strange {
    letters: usize,
    is_prominent: bool,
    all: usize,
    text_kept: f64,
}

impl Strange {
    #[expect(clippy::cast_precision_loss, reason = "bytes of a page")]
    fn is_most(&self) -> bool {
        self.letters as f64 >= self.all as f64 * LARGE_SHARE
    }

    fn verdict(&self) -> Option<Verdict> {
        let replaces = self.is_most() && self.text_kept < LITTLE_KEPT;
        if self.is_prominent || replaces {
            Some(Verdict::Defacement)
        } else {
            (self.letters >= 8).then_some(Verdict::Unexplained)
        }
    }

    /// Offices give events English names.
    fn verdict_of_english(&self) -> Option<Verdict> {
        let replaces = self.is_most() && self.text_kept < LITTLE_KEPT;
        match (self.is_prominent, replaces) {
            (true, true) => Some(Verdict::Defacement),
            (false, true) => Some(Verdict::Unexplained),
            _ => None,
        }
    }
}

/// A line that a person reads now and did not before.
struct Line<'c> {
    path: &'c str,
    text: &'c str,
    /// Whether it is what a person sees first.
    is_prominent: bool,
}

fn new_lines<'c>(page: &'c PageModel, comparison: &'c Comparison) -> Vec<Line<'c>> {
    let of_body = page
        .regions
        .iter()
        .filter(|region| region.path.contains("body"));
    let first: Vec<_> = of_body
        .take(FIRST_PLACES)
        .map(|region| region.key)
        .collect();
    let mut lines = Vec::new();
    if let Some((_, title)) = &comparison.title {
        lines.push(Line {
            path: "title",
            text: title,
            is_prominent: true,
        });
    }
    for region in &comparison.regions {
        let is_prominent = first.contains(&region.key) || is_heading(&region.path);
        lines.extend(region.come.iter().map(|text| Line {
            path: &region.path,
            text,
            is_prominent,
        }));
    }
    lines
}

/// Tells whether a place is a heading, by its path: `html > body > h1.big`.
fn is_heading(path: &str) -> bool {
    let tag_of = |step: &str| step.split(['#', '.']).next().unwrap_or_default().to_owned();
    let mut tags = path.split(" > ").map(tag_of);
    tags.any(|tag| matches!(tag.as_str(), "h1" | "h2" | "marquee" | "center"))
}

fn stands_in_title(comparison: &Comparison, subject: Subject) -> bool {
    let title = comparison.title.as_ref();
    title.is_some_and(|(before, after)| {
        let has = |text: &str| find_terms(text).iter().any(|term| term.subject == subject);
        has(after) && !has(before)
    })
}

fn weight_of(terms: &[&Term], subject: Subject) -> u32 {
    let of_subject = terms.iter().filter(|term| term.subject == subject);
    of_subject.map(|term| term.weight).sum()
}

/// Returns the words of intruders in an address, where they say enough.
fn sold_in(url: &str) -> Vec<String> {
    let mut terms = find_terms_in_address(url);
    terms.retain(|term| term.subject != Subject::Promises);
    let weight: u32 = terms.iter().map(|term| term.weight).sum();
    if weight < TERMS_ALARM {
        return Vec::new();
    }
    terms.into_iter().map(|term| term.word).collect()
}

/// Tells whether a text sells or boasts; promises alone do not.
pub(super) fn says_something(text: &str) -> bool {
    let terms = find_terms(text);
    let says = terms
        .iter()
        .filter(|term| term.subject != Subject::Promises);
    says.map(|term| term.weight).sum::<u32>() >= TERMS_LOOK
}
