//! What stood on a page and what stands there, line by line with the lines around it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use similar::{Algorithm, ChangeTag, TextDiff};

use crate::sentence::Sentence;

/// Lines of each page that are compared: more are no help to a reader.
const LINES_MAX: usize = 20_000;
/// Characters of one line that are kept.
const LINE_CHARS: usize = 400;
/// Lines that are shown.
const SHOWN_MAX: usize = 300;
/// Lines that the reasons are about, which are shown before all others.
const TOLD_MAX: usize = 60;
/// Characters from which on a text and a value are compared: shorter ones are alike by chance.
const ALIKE_MIN: usize = 3;
/// Characters from which on a text may also stand inside a value: reasons quote several texts as one.
const INSIDE_MIN: usize = 8;
/// Unchanged lines around changed ones.
const CONTEXT: usize = 2;
/// The time for one comparison; after it the rest is called changed as a whole.
const PATIENCE: Duration = Duration::from_secs(1);

/// A text of a page and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written<'w> {
    /// Where, for people: `body > div#main > p`.
    pub place: &'w str,
    /// What.
    pub text: &'w str,
}

/// What differs, and a little of what does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Difference {
    /// Those changed lines that the reasons are about, in the order of the page: what varies anyway is not among them.
    pub told: Vec<DiffLine>,
    /// All of them, in the order of the page.
    pub lines: Vec<DiffLine>,
    /// Changed lines that are not listed.
    pub left_out: u64,
    /// Lines that are gone, listed or not.
    pub removed: u64,
    /// Lines that have come, listed or not.
    pub added: u64,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffLine {
    /// What became of it.
    pub kind: LineKind,
    /// Where it stands or stood.
    pub place: String,
    /// What it says.
    pub text: String,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineKind {
    /// It stands there now.
    Added,
    /// Unchanged lines are left out here.
    Gap,
    /// It stood there.
    Removed,
    /// It still stands there.
    Same,
}

/// Compares what stood on a page with what stands there, and finds the lines that the reasons are about.
pub fn differ(before: &[Written<'_>], after: &[Written<'_>], reasons: &[Sentence]) -> Difference {
    let texts = |lines: &[Written<'_>]| -> Vec<String> {
        let lines = lines.iter().take(LINES_MAX);
        lines.map(|line| line.text.to_owned()).collect()
    };
    let (old, new) = (texts(before), texts(after));
    let (old, new): (Vec<&str>, Vec<&str>) = (
        old.iter().map(String::as_str).collect(),
        new.iter().map(String::as_str).collect(),
    );
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Patience)
        .deadline(Instant::now() + PATIENCE)
        .diff_slices(&old, &new);
    let mut writer = Writer {
        difference: Difference::default(),
        sought: Sought::of(reasons),
        run: Vec::new(),
    };
    for (number, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if number > 0 {
            writer.write(LineKind::Gap, "", "");
        }
        let changes = group
            .iter()
            .flat_map(|operation| diff.iter_changes(operation));
        for change in changes {
            let place = |lines: &[Written<'_>], index: Option<usize>| {
                let found = index.and_then(|index| lines.get(index));
                found.map_or("", |line| line.place).to_owned()
            };
            let (kind, place) = match change.tag() {
                ChangeTag::Delete => (LineKind::Removed, place(before, change.old_index())),
                ChangeTag::Insert => (LineKind::Added, place(after, change.new_index())),
                ChangeTag::Equal => (LineKind::Same, place(after, change.new_index())),
            };
            writer.write(kind, &place, change.value());
        }
    }
    writer.end_run();
    writer.difference
}

/// Puts a difference together.
struct Writer<'s> {
    difference: Difference,
    sought: Sought<'s>,
    /// Changed lines without an unchanged one between them.
    run: Vec<DiffLine>,
}

impl Writer<'_> {
    fn write(&mut self, kind: LineKind, place: &str, text: &str) {
        let line = DiffLine {
            kind,
            place: cut(place),
            text: cut(text),
        };
        match kind {
            LineKind::Added | LineKind::Removed => self.run.push(line),
            LineKind::Gap | LineKind::Same => {
                self.end_run();
                self.difference.push(line);
            }
        }
    }

    /// What went from a place and what came there stand together.
    fn end_run(&mut self) {
        let mut order: HashMap<String, usize> = HashMap::new();
        for line in &self.run {
            let next = order.len();
            order.entry(line.place.clone()).or_insert(next);
        }
        let mut run = std::mem::take(&mut self.run);
        run.sort_by_key(|line| {
            (
                order.get(&line.place).copied(),
                line.kind == LineKind::Added,
            )
        });
        for line in run {
            let told = &mut self.difference.told;
            if told.len() < TOLD_MAX && self.sought.has(&line.text) {
                told.push(line.clone());
            }
            self.difference.push(line);
        }
    }
}

/// What the reasons quote.
struct Sought<'s> {
    /// Texts that stand on the page, or begin as they do.
    values: Vec<&'s str>,
    /// Words, in lower case, that stand somewhere in them.
    words: Vec<&'s str>,
}

impl<'s> Sought<'s> {
    fn of(reasons: &'s [Sentence]) -> Self {
        let is_words = |reason: &&Sentence| reason.key == "reason-terms";
        let values = |reason: &'s Sentence| reason.values.iter().map(|(_, value)| value.as_str());
        let long = |value: &&str| value.chars().count() >= ALIKE_MIN;
        let words = reasons.iter().filter(is_words).flat_map(values);
        let others = reasons
            .iter()
            .filter(|reason| !is_words(reason))
            .flat_map(values);
        Self {
            values: others.filter(long).collect(),
            words: words
                .flat_map(|value| value.split(", "))
                .filter(long)
                .collect(),
        }
    }

    fn has(&self, text: &str) -> bool {
        let lower = text.to_lowercase();
        let length = text.chars().count();
        let is_alike = |value: &&str| {
            text.starts_with(value)
                || (length >= ALIKE_MIN && value.starts_with(text))
                || (length >= INSIDE_MIN && value.contains(text))
        };
        self.values.iter().any(is_alike) || self.words.iter().any(|word| lower.contains(word))
    }
}

fn cut(text: &str) -> String {
    text.chars().take(LINE_CHARS + 1).collect()
}

impl Difference {
    fn push(&mut self, line: DiffLine) {
        match line.kind {
            LineKind::Added => self.added += 1,
            LineKind::Removed => self.removed += 1,
            LineKind::Gap | LineKind::Same => {}
        }
        if self.lines.len() < SHOWN_MAX {
            self.lines.push(line);
        } else if matches!(line.kind, LineKind::Added | LineKind::Removed) {
            self.left_out += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LineKind::{Added, Same};
    use super::*;

    fn written<'w>(texts: &[&'w str]) -> Vec<Written<'w>> {
        let line = |text: &&'w str| Written { place: "p", text };
        texts.iter().map(line).collect()
    }

    #[test]
    fn a_line_that_came_stands_between_those_around_it() {
        let before = written(&["a", "b", "c", "d", "e", "f", "g", "h"]);
        let after = written(&["a", "b", "c", "d", "X", "e", "f", "g", "h"]);
        let difference = differ(&before, &after, &[]);
        let shown: Vec<(LineKind, &str)> = difference
            .lines
            .iter()
            .map(|line| (line.kind, line.text.as_str()))
            .collect();
        let expected = [
            (Same, "c"),
            (Same, "d"),
            (Added, "X"),
            (Same, "e"),
            (Same, "f"),
        ];
        assert_eq!(shown, expected);
        assert_eq!((difference.added, difference.removed), (1, 0));
    }

    #[test]
    fn what_went_from_a_place_stands_beside_what_came_there() {
        let at = |place: &'static str, text: &'static str| Written { place, text };
        let difference = differ(
            &[at("title", "a"), at("h1", "b")],
            &[at("title", "A"), at("h1", "B")],
            &[],
        );
        let shown: Vec<&str> = difference
            .lines
            .iter()
            .map(|line| line.text.as_str())
            .collect();
        assert_eq!(shown, ["a", "A", "b", "B"]);
    }

    #[test]
    fn what_the_reasons_are_about_is_found_below_any_number_of_other_changes() {
        let old: Vec<String> = (0..2_000).map(|number| format!("old {number}")).collect();
        let mut new: Vec<String> = (0..2_000).map(|number| format!("new {number}")).collect();
        new.push("slot gacor, and https://elsewhere.example".to_owned());
        new.push("Hacked BY somebody".to_owned());
        let old: Vec<&str> = old.iter().map(String::as_str).collect();
        let new: Vec<&str> = new.iter().map(String::as_str).collect();
        let reasons = [
            Sentence::new("reason-hidden-text", &[("text", "slot gacor, and")]),
            Sentence::new("reason-terms", &[("words", "hacked by, so")]),
        ];
        let difference = differ(&written(&old), &written(&new), &reasons);
        let told: Vec<&str> = difference
            .told
            .iter()
            .map(|line| line.text.as_str())
            .collect();
        assert_eq!(told, [new[2_000], new[2_001]]);
    }

    #[test]
    fn what_is_listed_and_what_is_not_add_up() {
        let old: Vec<String> = (0..5_000).map(|number| format!("old {number}")).collect();
        let new: Vec<String> = (0..5_000).map(|number| format!("new {number}")).collect();
        let old: Vec<&str> = old.iter().map(String::as_str).collect();
        let new: Vec<&str> = new.iter().map(String::as_str).collect();
        let difference = differ(&written(&old), &written(&new), &[]);
        let listed = difference.lines.len() as u64;
        assert_eq!((difference.added, difference.removed), (5_000, 5_000));
        assert_eq!(listed + difference.left_out, 10_000);
        assert_eq!(difference.lines.len(), SHOWN_MAX);
    }
}
