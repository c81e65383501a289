//! What a person does not see. Honest pages hide menus, leaves and forms; what is hidden in a new place, leads to strangers or
//! reads like nobody of the site is an intruder's.

use pages::{Comparison, Hidden, HidingWay, UseKind};

use super::Judging;
use super::lines::Fit;
use super::words::says_something;
use crate::verdict::{Reason, Verdict};

/// Words without links that nobody needs to ask about: labels for those who listen to pages.
const FEW_WORDS: usize = 12;
/// Words that the site does not use from which a hidden label is another one.
const LABEL_UNKNOWN: usize = 2;
/// New sources that the news of one leaf name at a time, where visitors can open it, and that nobody approved altogether.
const SOURCES_MAX: usize = 2;
const SOURCES_IN_ALL: usize = 4;
/// Links of one hidden thing that a page is read with: of more than so many nobody knows where they lead.
const LINKS_READ: usize = 100;

impl Judging<'_> {
    /// What was added that nobody sees.
    pub(super) fn hidden(&mut self, comparison: &Comparison) {
        for hidden in &comparison.new_hidden {
            let verdict = self.hidden_verdict(hidden);
            if verdict.wants_person() {
                let reason = Reason::HiddenText {
                    path: hidden.path.clone(),
                    text: hidden.text.clone(),
                    link_origins: hidden.link_origins.clone(),
                };
                self.say(verdict, reason);
            }
        }
    }

    fn hidden_verdict(&self, hidden: &Hidden) -> Verdict {
        if says_something(&hidden.text) {
            return Verdict::Injection;
        }
        let before = self.ground.hidden_at(hidden.region);
        let known = before.clone().unwrap_or_default();
        let strangers = hidden.link_origins.iter().filter(|origin| {
            !self.is_own(origin)
                && !known.contains(origin.as_str())
                && !self.ground.is_common(UseKind::Link, origin)
        });
        let strangers: Vec<&String> = strangers.collect();
        // What was in order yesterday is no news today; nor is it approved, so that a leaf does not fill up drop by drop.
        let last = self.memory.last.hidden.iter();
        let in_last: Vec<&String> = last
            .filter(|one| one.region == hidden.region)
            .flat_map(|one| &one.link_origins)
            .collect();
        let new = strangers.iter().filter(|one| !in_last.contains(*one));
        let (new, strangers) = (new.count(), strangers.len());
        let fit = match before {
            Some(_) => self.fit_again(hidden, !known.is_empty()),
            None => self.ground.fit_static(&hidden.text, &[], hidden.region),
        };
        match (before.is_some(), strangers, fit) {
            // A leaf with links that changes every day names a source now and then.
            (true, 1..=SOURCES_IN_ALL, Fit::Fits)
                if new <= SOURCES_MAX && !known.is_empty() && self.ground.opens(&hidden.path) =>
            {
                Verdict::Ordinary
            }
            (true, 1, Fit::Fits) if !known.is_empty() => Verdict::Unexplained,
            (_, 1.., _) | (_, _, Fit::Alien) => Verdict::Injection,
            (true, 0, Fit::Fits) => Verdict::Ordinary,
            (true, 0, Fit::Odd) => Verdict::Unexplained,
            (false, 0, fit) => self.verdict_of_new_place(hidden, fit),
        }
    }

    /// Says what something hidden means where nothing was, and that leads to no stranger. A menu leads where the site leads anyway.
    fn verdict_of_new_place(&self, hidden: &Hidden, fit: Fit) -> Verdict {
        let leads_on = |url: &String| url.starts_with("http") && !self.ground.leads_to(url);
        let has_links = hidden.links.len() >= LINKS_READ || hidden.links.iter().any(leads_on);
        let words = self.ground.count(&hidden.text).words;
        if has_links && fit == Fit::Odd && !self.ground.knows_text(&hidden.text) {
            Verdict::Injection
        } else if has_links {
            if hidden.way == HidingWay::NoScript && self.ground.knows_text(&hidden.text) {
                Verdict::Ordinary
            } else {
                Verdict::Unexplained
            }
        } else if fit == Fit::Odd && words > FEW_WORDS {
            Verdict::Unexplained
        } else {
            Verdict::Ordinary
        }
    }

    /// Says how another text fits a place in which something is hidden anyway: a leaf with links changes every day, a label hardly
    /// ever.
    fn fit_again(&self, hidden: &Hidden, has_links: bool) -> Fit {
        let fit = self.ground.fit_list(&hidden.text, hidden.region);
        let is_known = self.ground.knows_text(&hidden.text);
        if !has_links && !is_known && self.ground.count(&hidden.text).unknown >= LABEL_UNKNOWN {
            return fit.max(Fit::Odd);
        }
        fit
    }
}
