//! A text as words are looked for in it: small letters without marks, one space between words, and beside it which marks were
//! where. `nhà cái` and `nha cai` are one word; `nhà cải` is another.

use unicode_normalization::char::decompose_compatible;

use super::disguises::{is_ignorable, is_mark};

/// Stands between words that do not belong together.
const BREAK: char = ',';

/// A folded text.
#[derive(Clone, Debug, Default)]
pub(super) struct Folded {
    /// The text.
    pub(super) text: String,
    /// Marks by the place after the letter that has them, in order.
    marks: Vec<(usize, char)>,
    /// Places of letters that were written with others that look like them, in order.
    strange: Vec<usize>,
    gap: Gap,
}

/// What stood since the last letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Gap {
    #[default]
    Nothing,
    /// Spaces, or one of the marks that are written inside of compounds: `nhà-cái`, `nhà.cái`.
    Space,
    /// The same mark, after which a space would end a sentence.
    Joint,
    /// Anything else.
    Break,
}

impl Folded {
    /// Folds a text.
    pub(super) fn of(text: &str) -> Self {
        let mut folded = Self {
            text: String::with_capacity(text.len()),
            ..Self::default()
        };
        for letter in text.chars() {
            folded.push(letter, false);
        }
        folded
    }

    /// Appends a letter; `is_strange` says that it was written otherwise.
    pub(super) fn push(&mut self, letter: char, is_strange: bool) {
        if letter.is_ascii_alphanumeric() {
            self.close_gap();
            self.note(is_strange);
            self.text.push(letter.to_ascii_lowercase());
        } else if letter.is_ascii() {
            self.widen(letter);
        } else if !is_ignorable(letter) {
            let is_strange = is_strange || is_ascii_in_disguise(letter);
            decompose_compatible(letter, |part| self.push_part(part, is_strange));
        }
    }

    fn push_part(&mut self, part: char, is_strange: bool) {
        if is_mark(part) {
            self.mark(part);
        } else if matches!(part, 'đ' | 'Đ') {
            self.close_gap();
            self.note(is_strange);
            self.text.push('d');
            self.mark('đ');
        } else if part.is_alphanumeric() {
            self.close_gap();
            self.note(is_strange);
            // The dotless i of Turkish is an i to whoever writes without marks.
            if part == 'ı' {
                self.text.push('i');
            } else {
                self.text
                    .extend(part.to_lowercase().filter(|one| !is_mark(*one)));
            }
        } else {
            self.widen(part);
        }
    }

    fn mark(&mut self, mark: char) {
        let at = self.text.len();
        if self.gap != Gap::Nothing || at == 0 {
            return;
        }
        // Precomposed letters and typed ones give the marks of one letter in different orders.
        let from = self.marks.iter().rposition(|(place, _)| *place != at);
        let from = from.map_or(0, |place| place + 1);
        let order = self.marks[from..].partition_point(|(_, one)| *one < mark);
        // A letter under a heap of marks is no reason to move them all.
        if self.marks.len() - from < 8 {
            self.marks.insert(from + order, (at, mark));
        }
    }

    fn note(&mut self, is_strange: bool) {
        if is_strange {
            self.strange.push(self.text.len());
        }
    }

    fn widen(&mut self, between: char) {
        // Kept, because what stands before it is the name of a mailbox.
        if between == '@' {
            self.close_gap();
            self.text.push('@');
            return;
        }
        self.gap = match (self.gap, between) {
            // A new line is another text.
            (_, '\n') | (Gap::Break, _) => Gap::Break,
            (Gap::Nothing | Gap::Space, between) if between.is_whitespace() => Gap::Space,
            (Gap::Nothing, '-' | '_' | '.' | '·' | '•' | '*' | '~' | '|' | '/' | '+') => {
                Gap::Joint
            }
            _ => Gap::Break,
        };
    }

    fn close_gap(&mut self) {
        match std::mem::take(&mut self.gap) {
            Gap::Nothing => {}
            Gap::Space | Gap::Joint => self.text.push(' '),
            Gap::Break => self.text.push(BREAK),
        }
    }

    /// Returns the marks between two places.
    pub(super) fn marks_in(&self, from: usize, to: usize) -> impl Iterator<Item = char> {
        // A mark stands after its letter.
        let first = self.marks.partition_point(|(at, _)| *at <= from);
        let beyond = self.marks.partition_point(|(at, _)| *at <= to);
        self.marks[first..beyond].iter().map(|(_, mark)| *mark)
    }

    /// Tells whether the text has marks at all.
    pub(super) fn has_marks(&self) -> bool {
        !self.marks.is_empty()
    }

    /// Tells whether a letter between two places was written with another.
    pub(super) fn is_strange_in(&self, from: usize, to: usize) -> bool {
        let first = self.strange.partition_point(|at| *at < from);
        self.strange.get(first).is_some_and(|at| *at < to)
    }
}

/// Tells whether a letter is one of A to Z or a digit in another dress: full width, bold, in a circle.
fn is_ascii_in_disguise(letter: char) -> bool {
    let mut parts = [None; 2];
    let mut count = 0;
    decompose_compatible(letter, |part| {
        if count < 2 {
            parts[count] = Some(part);
        }
        count += 1;
    });
    count == 1 && parts[0].is_some_and(|part| part != letter && part.is_ascii_alphanumeric())
}
