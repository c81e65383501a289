//! Other titles, texts and places than usual, and how much of the page is left.

use pages::{Comparison, PageModel, RegionChange, compare};

use super::Judging;
use super::lines::{Count, Fit};
use crate::verdict::{Reason, Verdict};

/// What must be left of places and texts for a page to be the same one.
const LEFT_MIN: f64 = 0.15;
/// What must be left of the last look's texts for odd ones to be an addition rather than all there is.
const LEFT_BESIDE_ODD: f64 = 0.5;
/// Places that the site does not have from which a page has another design: so many, and this share.
const NEW_PLACES_MIN: usize = 5;
const NEW_PLACES_SHARE: f64 = 0.5;
/// Words that come where texts stay as they are, from which a person looks whatever they say.
const STATIC_WORDS_MAX: usize = 120;
/// Words that a title has to gain from the site's own for nobody to ask.
const TITLE_UNKNOWN: usize = 2;
/// The same from which nothing of the site's is in it.
const TITLE_ALIEN: usize = 3;
/// Characters of a text that people are shown.
const SHOWN_CHARS: usize = 300;

impl Judging<'_> {
    /// Another title: what it says that the site does not.
    pub(super) fn title(&mut self, comparison: &Comparison) {
        let Some((from, to)) = &comparison.title else {
            return;
        };
        let mut approved = self.ground.versions().map(|version| &version.title);
        if approved.any(|title| title == to) || is_same_but_numbers(from, to) {
            return;
        }
        let place = pages::RegionKey(0);
        let fit = self.ground.fit_static(to, &[], place);
        let count = self.ground.count(to);
        if fit != Fit::Alien && count.unknown < TITLE_UNKNOWN && !to.trim().is_empty() {
            return;
        }
        let is_alien = fit == Fit::Alien || count.is_mostly_unknown();
        let verdict =
            if is_alien && count.unknown >= TITLE_ALIEN && !self.memory.habit.title_varies() {
                Verdict::Defacement
            } else {
                Verdict::Unexplained
            };
        let reason = Reason::Title {
            from: from.clone(),
            to: to.clone(),
        };
        self.say(verdict, reason);
    }

    /// Little is left, or it stands in places that the site does not have.
    pub(super) fn structure(&mut self, page: &PageModel, comparison: &Comparison) {
        let reason = Reason::LittleLeft {
            structure_percent: percent(comparison.structure_kept),
            text_percent: percent(comparison.text_kept),
        };
        if comparison.structure_kept < LEFT_MIN && comparison.text_kept < LEFT_MIN {
            return self.say(Verdict::Defacement, reason);
        }
        let places = page.regions.iter();
        let new = places.filter(|region| !self.ground.knows_place(region.key));
        let new = new.count();
        if new >= NEW_PLACES_MIN && share(new, page.regions.len()) > NEW_PLACES_SHARE {
            self.say(Verdict::Unexplained, reason);
        }
    }

    /// Other texts and places than usual.
    pub(super) fn texts(&mut self, page: &PageModel, comparison: &Comparison) {
        let mut static_words = 0;
        let mut odd: Vec<(&RegionChange, Fit)> = Vec::new();
        for change in &comparison.regions {
            if differ_in_numbers_only(&change.gone, &change.come) {
                continue;
            }
            let is_list = self.memory.habit.varies(change.key);
            let mut worst = Fit::Fits;
            for line in &change.come {
                worst = worst.max(if is_list {
                    self.ground.fit_list(line, change.key)
                } else {
                    if !self.ground.knows_text(line) {
                        static_words += self.ground.count(line).words;
                    }
                    self.ground.fit_static(line, &change.gone, change.key)
                });
            }
            if worst > Fit::Fits {
                odd.push((change, worst));
                self.say_odd(change, is_list, worst);
            }
        }
        if static_words > STATIC_WORDS_MAX
            && let Some(change) = largest(&comparison.regions)
        {
            self.say(Verdict::Unexplained, reason_of(change));
        }
        if !odd.is_empty() && compare(&self.memory.last, page).text_kept < LEFT_BESIDE_ODD {
            for (change, _) in odd {
                self.say(Verdict::Defacement, reason_of(change));
            }
        }
    }

    fn say_odd(&mut self, change: &RegionChange, is_list: bool, fit: Fit) {
        if is_list {
            let reason = Reason::OddText {
                path: change.path.clone(),
                text: shown(&change.come),
            };
            return self.say(Verdict::Unexplained, reason);
        }
        let count = change.come.iter().map(|line| self.ground.count(line)).fold(
            Count::default(),
            |all, one| Count {
                words: all.words + one.words,
                unknown: all.unknown + one.unknown,
            },
        );
        let is_heading = change.path.ends_with("> h1");
        let is_replaced = change.was_there && !change.gone.is_empty();
        let is_another = count.unknown >= TITLE_ALIEN && count.is_mostly_unknown();
        let verdict = if is_another && (is_heading || (is_replaced && fit == Fit::Alien)) {
            Verdict::Defacement
        } else {
            Verdict::Unexplained
        };
        self.say(verdict, reason_of(change));
    }
}

fn reason_of(change: &RegionChange) -> Reason {
    if change.was_there {
        Reason::StaticText {
            path: change.path.clone(),
            from: shown(&change.gone),
            to: shown(&change.come),
        }
    } else {
        Reason::NewPlace {
            path: change.path.clone(),
            text: shown(&change.come),
        }
    }
}

fn shown(lines: &[String]) -> String {
    lines.join(" ").chars().take(SHOWN_CHARS).collect()
}

fn largest(changes: &[RegionChange]) -> Option<&RegionChange> {
    let size = |change: &&RegionChange| change.come.iter().map(String::len).sum::<usize>();
    changes.iter().max_by_key(size)
}

/// Tells whether texts are the same but for their digits: clocks, counters, dates.
fn differ_in_numbers_only(gone: &[String], come: &[String]) -> bool {
    !come.is_empty()
        && gone.len() == come.len()
        && gone
            .iter()
            .zip(come)
            .all(|(one, other)| is_same_but_numbers(one, other))
}

fn is_same_but_numbers(one: &str, other: &str) -> bool {
    let shape = |text: &str| -> String {
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
    shape(one) == shape(other)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a page are small")]
fn share(count: usize, all: usize) -> f64 {
    count as f64 / all.max(1) as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share from 0 to 1"
)]
fn percent(share: f64) -> u8 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u8
}
