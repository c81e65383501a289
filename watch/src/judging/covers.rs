//! What lies over the whole page, behind it, or is all that is left of it.

use pages::{Comparison, Cover, CoverWay, PageModel, RegionKey, Tongue, UseKind, tongue_of};

use super::Judging;
use super::words::says_something;
use crate::verdict::{Reason, Verdict};

/// Letters of a text over everything from which a person reads it.
const LETTERS_MIN: usize = 20;
/// Pictures of a place from which on it is a list, whose pieces come and go.
const LIST_MIN: usize = 3;

impl Judging<'_> {
    /// What covers the page and did not before.
    pub(super) fn covers(&mut self, comparison: &Comparison) {
        for cover in &comparison.new_covers {
            if self.is_approved_cover(cover) {
                continue;
            }
            if let Some(verdict) = self.verdict_of_cover(cover) {
                let reason = Reason::Cover {
                    path: cover.path.clone(),
                    pictures: cover.pictures.clone(),
                    text: cover.text.clone(),
                };
                self.say(verdict, reason);
            }
        }
    }

    /// Other pictures where pictures do not change.
    pub(super) fn pictures(&mut self, comparison: &Comparison) {
        for change in &comparison.pictures {
            let has_old = change.to.iter().any(|url| change.from.contains(url));
            let is_series = change.to.iter().all(|url| is_of_series(url, &change.from));
            let is_list = change.from.len() >= LIST_MIN || change.to.len() >= LIST_MIN;
            let is_single = !change.from.is_empty() && !change.to.is_empty();
            if !is_single || has_old || is_list || is_series || !self.is_still(change.region) {
                continue;
            }
            let reason = Reason::Picture {
                from: change.from.join(", "),
                to: change.to.join(", "),
            };
            self.say(Verdict::Unexplained, reason);
        }
    }

    /// Pictures of others, whom no page of the site has pictures of, where pictures do not change.
    pub(super) fn pictures_of_others(&mut self, comparison: &Comparison) {
        for new in &comparison.new_uses {
            let is_picture = new.kind == UseKind::Image && !new.is_hidden;
            let known = (UseKind::Image, new.origin.clone());
            if is_picture
                && !self.is_own(&new.origin)
                && !self.is_approved(new)
                && !self.ground.site.origins.contains(&known)
                && self.is_still(new.region)
            {
                let reason = Reason::Resource {
                    use_kind: UseKind::Image,
                    origin: new.origin.clone(),
                };
                self.say(Verdict::Unexplained, reason);
            }
        }
    }

    /// Tells whether a place showed the same pictures whenever the page was in order.
    fn is_still(&self, region: RegionKey) -> bool {
        let shown = |page: &PageModel| -> Vec<String> {
            let here = page
                .uses
                .iter()
                .filter(|one| one.kind == UseKind::Image && one.region == region && !one.is_hidden);
            let url = |url: &str| url.split(['?', '#']).next().unwrap_or(url).to_owned();
            here.map(|one| url(&one.url)).collect()
        };
        let last = shown(&self.memory.last);
        let mut approved = self.memory.approved.iter();
        !self.memory.habit.varies(region) && approved.all(|one| shown(&one.page) == last)
    }

    fn verdict_of_cover(&self, cover: &Cover) -> Option<Verdict> {
        let is_foreign = cover
            .pictures
            .iter()
            .any(|url| !url.starts_with("data:") && !self.is_own(url));
        let has_had_one = self.has_had_cover(cover);
        let speaks = says_something(&cover.text);
        match cover.way {
            _ if speaks => Some(Verdict::Defacement),
            CoverWay::Alone | CoverWay::Background if is_foreign || !has_had_one => {
                let is_little = cover.way == CoverWay::Background && !is_foreign;
                Some(if is_little {
                    Verdict::Unexplained
                } else {
                    Verdict::Defacement
                })
            }
            CoverWay::OverAll if !cover.pictures.is_empty() && (is_foreign || !has_had_one) => {
                Some(Verdict::Defacement)
            }
            CoverWay::OverAll if self.is_strange_text(&cover.text) => Some(Verdict::Defacement),
            CoverWay::OverAll if cover.pictures.is_empty() => {
                let letters = cover.text.chars().filter(|letter| letter.is_alphabetic());
                (letters.count() >= LETTERS_MIN).then_some(Verdict::Unexplained)
            }
            // Another picture where the site covers itself with pictures.
            _ => Some(Verdict::Unexplained),
        }
    }

    fn is_approved_cover(&self, cover: &Cover) -> bool {
        let mut approved = self.memory.approved.iter();
        approved.any(|approval| approval.page.covers.contains(cover))
    }

    fn has_had_cover(&self, cover: &Cover) -> bool {
        let approved = self.memory.approved.iter();
        let mut covers = approved.flat_map(|approval| &approval.page.covers);
        covers.any(|one| (one.way, one.region) == (cover.way, cover.region))
    }

    fn is_strange_text(&self, text: &str) -> bool {
        let Some(tongue) = tongue_of(text).filter(|tongue| *tongue != Tongue::Vietnamese) else {
            return false;
        };
        let mut approved = self.memory.approved.iter();
        !approved.any(|approval| approval.page.tongues().contains(&tongue))
    }
}

/// Tells whether a picture is called like one of others but for its number: `banner3.png` beside `banner2.png`.
fn is_of_series(url: &str, others: &[String]) -> bool {
    let shape = |url: &str| -> String {
        url.chars()
            .filter(|letter| !letter.is_ascii_digit())
            .collect()
    };
    let own = shape(url);
    others.iter().any(|other| shape(other) == own)
}
