//! Other titles, texts and places than usual, and how much of the page is left.

use pages::{
    Comparison, PageModel, RegionChange, Subject, Writing, compare, find_terms, vietnamese_share,
};

use super::Judging;
use super::lines::{Count, Fit};
use super::weighing::{Sign, there, weigh_or_ask};
use super::words::{FIRST_PLACES, says_something};
use crate::verdict::{Reason, Verdict};
use crate::wording::{Tongue, count_mixed_words, tongue_of, words_of};

/// What must be left of places and texts for a page to be the same one.
const LEFT_MIN: f64 = 0.15;
/// What must be left of the last look's texts for odd ones to be an addition rather than all there is.
const LEFT_BESIDE_ODD: f64 = 0.5;
/// Places that the site does not have from which a page has another design: so many, and this share.
const NEW_PLACES_MIN: usize = 5;
const NEW_PLACES_SHARE: f64 = 0.5;
/// Places of a page that another page of the site has from which on the two are of one design.
const OWN_PLACES_MIN: usize = 8;
/// Lines of a new place from which on it is a list.
const LIST_MIN: usize = 3;
/// Words that come where texts stay as they are, from which a person looks whatever they say.
const STATIC_WORDS_MAX: usize = 120;
/// Words that a title has to gain from the site's own for nobody to ask.
const TITLE_UNKNOWN: usize = 2;
/// The same from which nothing of the site's is in it.
const TITLE_ALIEN: usize = 3;
/// Words of a sentence whose missing marks say something.
const SENTENCE_WORDS: usize = 5;
/// Share of them that can be Vietnamese.
const BARE_SHARE: f64 = 0.75;
/// Of the letters of a page, one in so many is marked where somebody writes Vietnamese with marks.
const MARKS_SHARE: u32 = 10;
/// Letters of a sentence in another writing. Names of languages are shorter.
const SENTENCE_LETTERS: usize = 8;
/// Words of letters of two alphabets from which they are no slip of one key.
const MIXED_MIN: usize = 2;
/// Letters of an earlier title that another one goes on with.
const TITLE_KEPT_LETTERS: usize = 8;
/// Share of words that can be Vietnamese below which a phrase is of another language.
const FOREIGN_SHARE: f64 = 0.34;
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
        let signs = self.signs_of_title(to);
        let asks = signs.contains(&Sign::NewWords) || signs.contains(&Sign::OtherManner);
        if !asks && !to.trim().is_empty() {
            return;
        }
        let verdict = if self.memory.habit.title_varies() {
            Verdict::Unexplained
        } else {
            weigh_or_ask(&signs)
        };
        let reason = Reason::Title {
            from: from.clone(),
            to: to.clone(),
        };
        self.say(verdict, reason);
    }

    fn signs_of_title(&self, title: &str) -> Vec<Sign> {
        let titles = || self.ground.versions().map(|version| version.title.as_str());
        // What stands before or behind the usual title is judged by itself.
        let added = beside_earlier(title, titles());
        let said = added.as_deref().unwrap_or(title);
        let fit = self.ground.fit_static(said, &[], pages::RegionKey(0));
        let count = self.ground.count(said);
        let is_foreign = added.is_some() && is_foreign_phrase(said, count);
        let is_other = fit == Fit::Alien || count.is_mostly_unknown();
        let signs = [
            (true, Sign::Title),
            (count.unknown >= TITLE_UNKNOWN, Sign::NewWords),
            (is_other && count.unknown >= TITLE_ALIEN, Sign::OtherWords),
            (fit == Fit::Alien || is_foreign, Sign::OtherManner),
            (count_mixed_words(said) >= MIXED_MIN, Sign::MixedLetters),
            (shares_nothing(title, titles()), Sign::SharesNothing),
            (self.has_intruders_word(said), Sign::IntrudersWord),
        ];
        there(&signs)
    }

    /// Little is left, or it stands in places that the site does not have.
    pub(super) fn structure(&mut self, page: &PageModel, comparison: &Comparison) {
        let reason = Reason::LittleLeft {
            structure_percent: percent(comparison.structure_kept),
            text_percent: percent(comparison.text_kept),
        };
        let places = page.regions.iter();
        let new = places.filter(|region| !self.ground.knows_place(region.key));
        let new = new.count();
        let known = page.regions.len() - new;
        if comparison.structure_kept < LEFT_MIN && comparison.text_kept < LEFT_MIN {
            // A design that was approved on another page of the site is the site's own.
            let is_own =
                known >= OWN_PLACES_MIN && share(new, page.regions.len()) <= NEW_PLACES_SHARE;
            let verdict = if is_own {
                Verdict::Unexplained
            } else {
                Verdict::Defacement
            };
            return self.say(verdict, reason);
        }
        if new >= NEW_PLACES_MIN && share(new, page.regions.len()) > NEW_PLACES_SHARE {
            self.is_redesigned = comparison.title.is_none();
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
            // In another design of a page of the same title, the lists have other names too.
            let is_new_list =
                self.is_redesigned && !change.was_there && change.come.len() >= LIST_MIN;
            let is_list = is_new_list
                || self.memory.habit.varies(change.key)
                || (change.was_there && is_running_line(&change.path));
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
                self.say_odd(page, change, is_list, worst);
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

    fn say_odd(&mut self, page: &PageModel, change: &RegionChange, is_list: bool, fit: Fit) {
        if is_list {
            let reason = Reason::OddText {
                path: change.path.clone(),
                text: shown(&change.come),
            };
            let lines = change.come.iter();
            let verdicts = lines.map(|line| weigh_or_ask(&self.signs_of_listed(line, change)));
            let verdict = verdicts.max().unwrap_or(Verdict::Unexplained);
            return self.say(verdict, reason);
        }
        let signs = self.signs_of_text(page, change, fit);
        self.say(weigh_or_ask(&signs), reason_of(change));
    }

    /// What speaks against a line in a list, where other words come every day.
    fn signs_of_listed(&self, line: &str, change: &RegionChange) -> Vec<Sign> {
        if self.ground.knows_text(line) {
            return Vec::new();
        }
        there(&[
            (
                self.ground.count(line).unknown >= TITLE_UNKNOWN,
                Sign::NewWords,
            ),
            (
                self.ground.fit_list(line, change.key) == Fit::Alien,
                Sign::OtherManner,
            ),
            (count_mixed_words(line) >= MIXED_MIN, Sign::MixedLetters),
            // News of a conference on cyber security are in English now and then.
            (
                says_something(line) && self.has_intruders_word(line),
                Sign::IntrudersWord,
            ),
        ])
    }

    /// What speaks against other text in a place where texts stay as they are.
    fn signs_of_text(&self, page: &PageModel, change: &RegionChange, fit: Fit) -> Vec<Sign> {
        let counts = change.come.iter().map(|line| self.ground.count(line));
        let count = counts.fold(Count::default(), |all, one| Count {
            words: all.words + one.words,
            unknown: all.unknown + one.unknown,
        });
        let is_other = count.unknown >= TITLE_ALIEN && count.is_mostly_unknown();
        let is_replaced = change.was_there && !change.gone.is_empty();
        // Makers and rights are named at the foot, in English as often as not.
        let is_foot = is_foot(&change.path);
        let lines = || change.come.iter().map(String::as_str);
        let is_other_writing =
            lines().any(|line| is_other_writing(line) && !self.ground.knows_text(line));
        let signs = [
            (is_first_heading(&change.path), Sign::Heading),
            (is_replaced && !is_foot, Sign::Replaces),
            (is_first(page, change) && !is_foot, Sign::First),
            (count.unknown >= TITLE_UNKNOWN, Sign::NewWords),
            (is_other, Sign::OtherWords),
            (fit == Fit::Alien, Sign::OtherManner),
            (
                lines().any(|line| self.is_other_tongue(line)),
                Sign::OtherTongue,
            ),
            (is_other_writing, Sign::OtherWriting),
            (
                lines().map(count_mixed_words).sum::<usize>() >= MIXED_MIN,
                Sign::MixedLetters,
            ),
            (self.leaves_out_marks(page, change), Sign::WithoutMarks),
            (
                lines().any(|line| self.has_intruders_word(line)),
                Sign::IntrudersWord,
            ),
        ];
        there(&signs)
    }

    /// Tells whether a line is of a language in Latin letters that the page does not have. English is everybody's.
    fn is_other_tongue(&self, line: &str) -> bool {
        let tongue = pages::Tongue::OtherLatin;
        pages::tongue_of(line) == Some(tongue) && !self.ground.has_tongue(tongue)
    }

    /// Tells whether a sentence of Vietnamese came without its marks, on a page that writes them.
    fn leaves_out_marks(&self, page: &PageModel, change: &RegionChange) -> bool {
        let is_bare = |line: &String| {
            let words = line.split_whitespace().count();
            let mut writing = Writing::default();
            writing.count(line);
            writing.vietnamese == 0
                && words >= SENTENCE_WORDS
                && vietnamese_share(line).is_some_and(|share| share >= BARE_SHARE)
                && !self.ground.knows_text(line)
        };
        let writes_marks =
            page.writing.vietnamese.saturating_mul(MARKS_SHARE) >= page.writing.letters();
        writes_marks && change.come.iter().any(is_bare)
    }

    /// Tells whether a text has a word of intruders that the page did not have, however little it says.
    fn has_intruders_word(&self, text: &str) -> bool {
        let terms = find_terms(text);
        let mut terms = terms
            .iter()
            .filter(|term| term.subject != Subject::Promises);
        terms.any(|term| !self.ground.knows_term(term))
    }
}

/// Tells whether a title has no word of those that the page had.
fn shares_nothing<'t>(title: &str, mut earlier: impl Iterator<Item = &'t str>) -> bool {
    let words: Vec<String> = words_of(title).collect();
    !words.is_empty() && !earlier.any(|one| words_of(one).any(|word| words.contains(&word)))
}

/// Returns what a title says beside the whole of an earlier one, where it does: `Something | Home - The office`.
fn beside_earlier<'t>(title: &str, earlier: impl Iterator<Item = &'t str>) -> Option<String> {
    let letters = |one: &str| one.chars().filter(|one| one.is_alphabetic()).count();
    let kept = earlier
        .filter(|one| letters(one) >= TITLE_KEPT_LETTERS && title.contains(*one))
        .max_by_key(|one| one.len())?;
    let rest = title.replacen(kept, " ", 1);
    let rest = rest.trim_matches(|letter: char| !letter.is_alphanumeric());
    (!rest.is_empty()).then(|| rest.to_owned())
}

/// Tells whether a few words are of another language than the site's: too few for a line to be told by.
fn is_foreign_phrase(text: &str, count: Count) -> bool {
    let is_foreign = vietnamese_share(text).is_some_and(|share| share <= FOREIGN_SHARE);
    // Offices give events English names.
    let least = match pages::tongue_of(text) {
        Some(pages::Tongue::English) => TITLE_ALIEN,
        _ => TITLE_UNKNOWN,
    };
    is_foreign && count.unknown >= least && count.is_mostly_unknown()
}

/// Tells whether a line is a sentence of another alphabet or writing, or in letters that only look like the usual ones. The names of
/// languages, by which visitors choose one, are shorter.
fn is_other_writing(line: &str) -> bool {
    let letters = line.chars().filter(|letter| letter.is_alphabetic());
    letters.count() >= SENTENCE_LETTERS && tongue_of(line) == Tongue::Foreign
}

/// Tells whether a place is among those that a person sees first.
fn is_first(page: &PageModel, change: &RegionChange) -> bool {
    let regions = page.regions.iter();
    let of_body = regions.filter(|region| region.path.contains("body"));
    let mut first = of_body.take(FIRST_PLACES);
    first.any(|region| region.key == change.key)
}

/// Tells whether a place is a heading of the first order, by its path: `html > body > h1.big`.
fn is_first_heading(path: &str) -> bool {
    let last = path.rsplit(" > ").next().unwrap_or(path);
    last.split(['#', '.']).next() == Some("h1")
}

/// Tells whether a place is a running line, by its path: `html > body > marquee`. News run there.
fn is_running_line(path: &str) -> bool {
    let last = path.rsplit(" > ").next().unwrap_or(path);
    last.split(['#', '.']).next() == Some("marquee")
}

/// Tells whether a place is the foot of a page, by its path: `html > body > div#footer > p`.
fn is_foot(path: &str) -> bool {
    path.split(" > ")
        .any(|step| step.to_ascii_lowercase().contains("foot"))
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
