//! Selectors of tags, ids and classes, one inside the other. What asks for more than that is not read.

use cssparser::{Parser, Token};

/// Selectors of one rule that are kept.
const LIST_MAX: usize = 5_000;
/// Steps of one selector that are read.
const STEPS_MAX: usize = 16;

/// A selector: what the element must be, and before it, what must stand around it, from the outside inwards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Selector {
    steps: Vec<Step>,
}

/// What one element must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) tag: Option<String>,
    pub(super) id: Option<String>,
    pub(super) classes: Vec<String>,
}

/// An element on the way from the root, as selectors see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ancestor<'p> {
    /// Its tag.
    pub(crate) tag: &'p str,
    /// Its id, or nothing.
    pub(crate) id: &'p str,
    /// Its classes, separated by spaces.
    pub(crate) classes: &'p str,
}

/// The selectors of one rule.
#[derive(Debug, Default)]
pub(super) struct SelectorList {
    pub(super) selectors: Vec<Selector>,
    /// Whether there are more of them, or longer ones, than are kept.
    pub(super) is_cut: bool,
}

impl SelectorList {
    /// Reads a list of selectors; those that ask for more than tags, ids and classes are left out.
    pub(super) fn parse(parser: &mut Parser<'_>) -> Self {
        let mut selectors = Vec::new();
        let mut is_cut = false;
        let mut current = Selector::default();
        let mut is_readable = true;
        let mut starts_step = true;
        while let Ok(token) = parser.next_including_whitespace() {
            match token.clone() {
                Token::WhiteSpace(_) | Token::Delim('>') => starts_step = true,
                Token::Comma => {
                    is_cut |= selectors.len() >= LIST_MAX;
                    selectors.extend(current.ended(is_readable && !is_cut));
                    (current, is_readable, starts_step) = (Selector::default(), true, true);
                }
                Token::Ident(tag) => {
                    current.step(&mut starts_step).tag = Some(tag.to_ascii_lowercase());
                }
                Token::IDHash(id) => current.step(&mut starts_step).id = Some(id.to_string()),
                Token::Delim('*') => {
                    current.step(&mut starts_step);
                }
                Token::Delim('.') => match parser.next_including_whitespace() {
                    Ok(Token::Ident(class)) => {
                        let class = class.to_string();
                        current.step(&mut starts_step).classes.push(class);
                    }
                    _ => is_readable = false,
                },
                _ => is_readable = false,
            }
            let is_long = current.steps.len() > STEPS_MAX;
            is_cut |= is_long && is_readable;
            is_readable &= !is_long;
            if !is_readable {
                current.steps.truncate(STEPS_MAX);
            }
        }
        selectors.extend(current.ended(is_readable && !is_cut));
        Self { selectors, is_cut }
    }
}

impl Selector {
    /// Returns what the element itself must be.
    pub(super) fn own(&self) -> &Step {
        self.steps.last().expect("a selector has a step")
    }

    /// Returns how much more it says than others: the greater wins.
    pub(super) fn specificity(&self) -> u32 {
        let sum = |of: &dyn Fn(&Step) -> usize| self.steps.iter().map(of).sum::<usize>().min(255);
        let ids = sum(&|step| usize::from(step.id.is_some()));
        let classes = sum(&|step| step.classes.len());
        let tags = sum(&|step| usize::from(step.tag.is_some()));
        u32::try_from((ids << 16) | (classes << 8) | tags).unwrap_or(u32::MAX)
    }

    /// Tells whether it means the last of `path`, which begins at the root.
    pub(super) fn is_for(&self, path: &[Ancestor<'_>]) -> bool {
        let Some((element, around)) = path.split_last() else {
            return false;
        };
        let Some((own, outer)) = self.steps.split_last() else {
            return false;
        };
        let mut around = around.iter();
        own.is_for(element)
            && outer
                .iter()
                .all(|step| around.any(|element| step.is_for(element)))
    }

    fn step(&mut self, starts: &mut bool) -> &mut Step {
        if *starts || self.steps.is_empty() {
            self.steps.push(Step::default());
            *starts = false;
        }
        self.steps.last_mut().expect("one was pushed")
    }

    fn ended(self, is_readable: bool) -> Option<Self> {
        (is_readable && !self.steps.is_empty()).then_some(self)
    }
}

impl Step {
    fn is_for(&self, element: &Ancestor<'_>) -> bool {
        let has = |class: &String| {
            // Most elements have no class: their names need not be cut apart for each rule.
            element.classes.len() >= class.len()
                && element
                    .classes
                    .split_ascii_whitespace()
                    .any(|one| one == class)
        };
        self.tag.as_deref().is_none_or(|tag| tag == element.tag)
            && self.id.as_deref().is_none_or(|id| id == element.id)
            && self.classes.iter().all(has)
    }
}
