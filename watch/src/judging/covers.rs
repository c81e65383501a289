//! What lies over the whole page, behind it, or is all that is left of it.

use pages::{Comparison, Cover, CoverWay, Tongue, tongue_of};

use super::Judging;
use super::words::says_something;
use crate::verdict::{Reason, Verdict};

/// Letters of a text over everything from which a person reads it.
const LETTERS_MIN: usize = 20;

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
