//! How the words are looked for: one pass over the text as it is written, one over it as it looks where that is another, one over
//! letters that stand one by one. Each pass is linear in the text, whatever the number of words.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::disguises::{spread, stand_in, unmasked};
use super::folding::Folded;
use super::houses::looks_like_house;
use super::lists::{BETTING, BOASTING, Joint, OFFERS, REPORTS};
use super::{Subject, Term};

/// Words of one text that are told.
const TERMS_MAX: usize = 200;
/// Letters of words that are written as one: shorter ones stand inside of others.
const TIGHT_MIN: usize = 6;
/// Letters from which on a word that is disguised, or whose marks are wrong, is not another one.
const SURE_MIN: usize = 5;
/// What a hidden word says at least.
const DISGUISED_WEIGHT: u32 = 3;

/// Returns every word of intruders in a text, each once, in order of the lists; then names that are built like those of betting
/// houses. Each line is read for itself: a line in which the police speaks has hard words only.
pub fn find_terms(text: &str) -> Vec<Term> {
    let mut found = Found::default();
    for line in text.lines() {
        FINDER.look(line, &mut found);
    }
    found.into_terms()
}

/// Returns the words of intruders in an address: in the name of its host, in its path, written as one or not.
pub fn find_terms_in_address(address: &str) -> Vec<Term> {
    let text = readable(address);
    let mut found = Found::default();
    FINDER.look_for_written(&Folded::of(&text), &mut found);
    FINDER.look_for_joined(&Folded::of(&text), false, &mut found);
    let host = text.split(['/', '?', '#']).next().unwrap_or_default();
    for label in host.split(['.', '-', ':']) {
        if looks_like_house(label) {
            found.add_house(label, 2);
        }
    }
    match host.rsplit('.').next().unwrap_or_default() {
        ending @ ("bet" | "casino" | "poker" | "bingo") => {
            found.add_house(&format!(".{ending}"), 3);
        }
        ending @ ("vip" | "win") => found.add_house(&format!(".{ending}"), 1),
        _ => {}
    }
    found.into_terms()
}

/// Returns an address without its scheme, in small letters, with what is written in percent; cut where no person reads on.
fn readable(address: &str) -> String {
    let (_, rest) = address.split_once("//").unwrap_or(("", address));
    let rest = &rest[..rest.floor_char_boundary(2_048)];
    let mut bytes = Vec::with_capacity(rest.len());
    let mut at = 0;
    while let Some(byte) = rest.as_bytes().get(at) {
        let escaped = (*byte == b'%')
            .then(|| rest.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(*byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&bytes).to_lowercase()
}

static FINDER: LazyLock<Finder> = LazyLock::new(Finder::new);

struct Finder {
    patterns: Vec<Pattern>,
    /// The words as they are written.
    written: AhoCorasick,
    /// The words as they look, letters that look alike made one.
    looks: AhoCorasick,
    /// The words without spaces; which they are.
    joined: AhoCorasick,
    joined_patterns: Vec<usize>,
    reports: AhoCorasick,
}

struct Pattern {
    word: &'static str,
    subject: Subject,
    weight: u32,
    joint: Joint,
    marks: Vec<char>,
    is_phrase: bool,
    letters: usize,
}

/// Which words were found, and whether only in disguise.
#[derive(Default)]
struct Found {
    by_pattern: Vec<(usize, bool)>,
    houses: Vec<(String, u32)>,
}

impl Finder {
    fn new() -> Self {
        let mut patterns = Vec::new();
        let (mut written, mut looks) = (Vec::new(), Vec::new());
        let (mut joined, mut joined_patterns) = (Vec::new(), Vec::new());
        for list in [BETTING, OFFERS, BOASTING].into_iter().flatten() {
            for word in list.words {
                let folded = Folded::of(word);
                let tight = folded.text.replace(' ', "");
                if tight.len() >= SURE_MIN && tight.is_ascii() {
                    joined_patterns.push(patterns.len());
                    joined.push(tight.clone());
                }
                patterns.push(Pattern {
                    word,
                    subject: list.subject,
                    weight: list.weight,
                    // Chinese stands among words of other writings too.
                    joint: if word.is_ascii() || list.joint != Joint::Whole {
                        list.joint
                    } else {
                        joint_of(word)
                    },
                    marks: folded.marks_in(0, folded.text.len()).collect(),
                    is_phrase: tight.len() < folded.text.len(),
                    letters: tight.chars().count(),
                });
                looks.push(folded.text.chars().map(stand_in).collect::<String>());
                written.push(folded.text);
            }
        }
        let reports: Vec<String> = REPORTS.iter().map(|word| Folded::of(word).text).collect();
        Self {
            patterns,
            written: automaton(&written),
            looks: automaton(&looks),
            joined: automaton(&joined),
            joined_patterns,
            reports: automaton(&reports),
        }
    }

    /// Looks at one line.
    fn look(&self, line: &str, found: &mut Found) {
        if line.len() < 3 {
            return;
        }
        let folded = Folded::of(line);
        let mut new = Found::default();
        self.look_for_written(&folded, &mut new);
        self.look_for_joined(&folded, false, &mut new);
        look_for_houses(&folded, &mut new);
        if !new.is_empty() && self.reports.is_match(&folded.text) {
            new.keep_hard(&self.patterns);
        }
        if let Some(unmasked) = unmasked(line) {
            self.look_for_looks(&unmasked, &mut new);
        }
        let spread = spread(line);
        if !spread.is_empty() {
            self.look_for_joined(&Folded::of(&spread), true, &mut new);
        }
        found.take(new);
    }

    /// Looks for words as they are in the lists.
    fn look_for_written(&self, folded: &Folded, found: &mut Found) {
        for place in self.written.find_overlapping_iter(&folded.text) {
            let number = place.pattern().as_usize();
            let pattern = &self.patterns[number];
            let (from, to) = (place.start(), place.end());
            if !pattern.stands_free(&folded.text, from, to) {
                continue;
            }
            if pattern.has_marks_of(folded, from, to) {
                found.add(number, folded.is_strange_in(from, to));
            } else if pattern.has_wrong_marks(folded, from, to) {
                found.add(number, true);
            }
        }
    }

    /// Looks for words of which a letter is written with another.
    fn look_for_looks(&self, unmasked: &Folded, found: &mut Found) {
        for place in self.looks.find_overlapping_iter(&unmasked.text) {
            let number = place.pattern().as_usize();
            let pattern = &self.patterns[number];
            let (from, to) = (place.start(), place.end());
            if unmasked.is_strange_in(from, to)
                && pattern.letters >= SURE_MIN - 1
                && pattern.stands_free(&unmasked.text, from, to)
            {
                found.add(number, true);
            }
        }
    }

    /// Looks for words without their spaces; `is_disguised` where each letter stood for itself.
    fn look_for_joined(&self, folded: &Folded, is_disguised: bool, found: &mut Found) {
        for place in self.joined.find_overlapping_iter(&folded.text) {
            let number = self.joined_patterns[place.pattern().as_usize()];
            let pattern = &self.patterns[number];
            let is_one_word = pattern.is_phrase
                && pattern.weight > 1
                && pattern.letters >= TIGHT_MIN
                && folded.marks_in(place.start(), place.end()).next().is_none();
            if is_disguised || is_one_word {
                found.add(number, is_disguised);
            }
        }
    }
}

impl Pattern {
    /// Tells whether no letter stands beside a place that would make it part of another word.
    fn stands_free(&self, text: &str, from: usize, to: usize) -> bool {
        let is_joined = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        let before = || is_joined(text[..from].chars().next_back());
        let after = || is_joined(text[to..].chars().next());
        match self.joint {
            Joint::Anywhere => true,
            Joint::Beginning => !before(),
            Joint::Whole => !before() && !after(),
        }
    }

    /// Tells whether a place has the marks of the word, or none at all, as those write who have no keyboard for them.
    fn has_marks_of(&self, folded: &Folded, from: usize, to: usize) -> bool {
        if folded.marks_in(from, to).eq(self.marks.iter().copied()) {
            return true;
        }
        // A short word without marks in a text with marks is another word: `keo` is glue.
        let is_sure = if folded.has_marks() {
            self.letters > SURE_MIN
        } else {
            self.letters >= SURE_MIN - 1
        };
        is_sure && folded.marks_in(from, to).next().is_none()
    }

    /// Tells whether a place has marks that no language gives it.
    fn has_wrong_marks(&self, folded: &Folded, from: usize, to: usize) -> bool {
        let is_vietnamese =
            |mark: char| "\u{300}\u{301}\u{302}\u{303}\u{306}\u{309}\u{31b}\u{323}đ".contains(mark);
        let is_foreign = folded.marks_in(from, to).any(|mark| !is_vietnamese(mark));
        self.letters >= SURE_MIN && (is_foreign || self.marks.is_empty())
    }
}

impl Found {
    fn add(&mut self, pattern: usize, is_disguised: bool) {
        match self.by_pattern.binary_search_by_key(&pattern, |one| one.0) {
            Ok(at) => self.by_pattern[at].1 &= is_disguised,
            Err(at) => self.by_pattern.insert(at, (pattern, is_disguised)),
        }
    }

    fn add_house(&mut self, name: &str, weight: u32) {
        let is_known = |one: &(String, u32)| one.0 == name;
        if self.houses.len() < TERMS_MAX && !self.houses.iter().any(is_known) {
            self.houses.push((name.to_owned(), weight));
        }
    }

    fn is_empty(&self) -> bool {
        self.by_pattern.is_empty() && self.houses.is_empty()
    }

    fn keep_hard(&mut self, patterns: &[Pattern]) {
        self.by_pattern
            .retain(|(number, is_disguised)| *is_disguised || patterns[*number].weight > 2);
        self.houses.clear();
    }

    fn take(&mut self, other: Self) {
        for (pattern, is_disguised) in other.by_pattern {
            self.add(pattern, is_disguised);
        }
        for (name, weight) in other.houses {
            self.add_house(&name, weight);
        }
    }

    fn into_terms(self) -> Vec<Term> {
        let words = self.by_pattern.iter().map(|(number, is_disguised)| {
            let pattern = &FINDER.patterns[*number];
            let least = if *is_disguised && pattern.subject != Subject::Promises {
                DISGUISED_WEIGHT
            } else {
                0
            };
            Term {
                subject: pattern.subject,
                word: pattern.word.to_owned(),
                weight: pattern.weight.max(least),
                is_disguised: *is_disguised,
            }
        });
        let is_listed = |name: &str| {
            let mut numbers = self.by_pattern.iter();
            numbers.any(|(number, _)| FINDER.patterns[*number].word == name)
        };
        let houses =
            self.houses
                .iter()
                .filter(|(name, _)| !is_listed(name))
                .map(|(name, weight)| Term {
                    subject: Subject::Betting,
                    word: name.clone(),
                    weight: *weight,
                    is_disguised: false,
                });
        words.chain(houses).take(TERMS_MAX).collect()
    }
}

fn look_for_houses(folded: &Folded, found: &mut Found) {
    let mut rest = folded.text.as_str();
    while let Some(from) = rest.find(|letter: char| letter.is_ascii_alphanumeric()) {
        let word = &rest[from..];
        let to = word.find(|letter: char| !letter.is_alphanumeric());
        let (word, after) = word.split_at(to.unwrap_or(word.len()));
        // What stands before an @ is the name of a mailbox.
        if !after.starts_with('@') && looks_like_house(word) {
            found.add_house(word, 1);
        }
        rest = after;
    }
}

/// Words of writings without spaces stand anywhere.
fn joint_of(word: &str) -> Joint {
    let is_dense = |letter: char| matches!(letter, '\u{e00}'..='\u{eff}' | '\u{3040}'..='\u{9fff}');
    if word.chars().any(is_dense) {
        Joint::Anywhere
    } else {
        Joint::Whole
    }
}

fn automaton(words: &[String]) -> AhoCorasick {
    AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .build(words)
        .expect("the lists are far below the limits of an automaton")
}
