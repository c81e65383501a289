//! The style sheets of a page: the rules of them that can hide something or lay it over everything, and the texts that they write.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};

use cssparser::{
    AtRuleParser, CowRcStr, ParseError, Parser, ParserState, QualifiedRuleParser, StyleSheetParser,
    Token,
};

use super::declarations::Look;
use super::selectors::{Ancestor, Selector, SelectorList};

/// Rules that are kept of those that can hide or cover something, five times as many as the style sheets of large sites have. Where
/// there are more, the page counts as cut: what the further ones hide is not known.
const RULES_MAX: usize = 40_000;
/// Rules of one sheet that are read; with more the page is cut as well.
const RULES_READ_MAX: usize = 200_000;
/// Blocks inside each other; with more the page is cut as well.
const DEPTH_MAX: usize = 8;
/// Elements compare against so many rules each; with more the page is cut as well. Time ends such pages earlier.
const CANDIDATES_MAX: usize = 20_000;
/// Classes of one element that are looked at; with more the page is cut as well.
const CLASSES_MAX: usize = 200;
/// Pixels that every screen has: what holds from there on holds for everybody.
const SCREEN_PX: f32 = 320.0;
/// Texts that style sheets write into a page.
const WRITTEN_MAX: usize = 200;
/// Attributes whose values are written that are looked for.
const ATTRIBUTES_MAX: usize = 8;
/// Places of a sheet in which one is named.
const ATTRIBUTES_SEEN: usize = 1_000;
/// Letters below which such a text is decoration.
const WRITTEN_LETTERS_MIN: usize = 4;

/// The rules of a page, found by the last step of their selectors.
#[derive(Default)]
pub(crate) struct Sheets {
    rules: Vec<(Selector, Look)>,
    by_id: HashMap<String, Vec<usize>>,
    by_class: HashMap<String, Vec<usize>>,
    by_tag: HashMap<String, Vec<usize>>,
    for_all: Vec<usize>,
    written: Vec<String>,
    /// Attributes whose values they write.
    written_attributes: Vec<String>,
    /// Whether there is something that they say and nobody has read.
    is_cut: Cell<bool>,
}

impl Sheets {
    /// Adds a style sheet.
    pub(crate) fn add(&mut self, text: &str) {
        let mut reading = Reading {
            sheets: self,
            depth: 0,
        };
        reading.read(&mut Parser::new(text));
        self.write_attributes(text);
    }

    /// Returns what the rules say of the last of `path`, which begins at the root.
    pub(crate) fn look_of(&self, path: &[Ancestor<'_>]) -> Look {
        let mut look = Look::default();
        let Some(element) = path.last() else {
            return look;
        };
        let mut named = element.classes.split_ascii_whitespace();
        let classes: BTreeSet<&str> = named.by_ref().take(CLASSES_MAX).collect();
        self.met(named.next().is_some());
        let found = classes
            .into_iter()
            .filter_map(|class| self.by_class.get(class))
            .chain(self.by_id.get(element.id))
            .chain(self.by_tag.get(element.tag))
            .flatten()
            .chain(&self.for_all);
        for (number, rule) in found.enumerate() {
            if number == CANDIDATES_MAX {
                self.met(true);
                break;
            }
            let (selector, said) = &self.rules[*rule];
            if selector.is_for(path) {
                look.absorb(said);
            }
        }
        look
    }

    /// Tells whether they say something that nobody has read.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut.get()
    }

    /// Notes that a limit was met, where it was.
    fn met(&self, is_met: bool) {
        self.is_cut.set(self.is_cut.get() || is_met);
    }

    /// Returns the texts that the sheets write before and after elements.
    pub(crate) fn written(&self) -> &[String] {
        &self.written
    }

    /// Returns the attributes whose values the sheets write before and after elements.
    pub(crate) fn written_attributes(&self) -> &[String] {
        &self.written_attributes
    }

    /// Takes what `content` names, which is text or `attr(…)`.
    fn write_attributes(&mut self, sheet: &str) {
        let found = sheet.match_indices("attr(").take(ATTRIBUTES_SEEN);
        for (at, word) in found {
            let rest = sheet[at + word.len()..].trim_start();
            let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
            let name = rest[..end.unwrap_or(rest.len())].to_ascii_lowercase();
            let is_new = !name.is_empty() && !self.written_attributes.contains(&name);
            // Where links lead is written out on paper.
            if is_new && name != "href" && self.written_attributes.len() < ATTRIBUTES_MAX {
                self.written_attributes.push(name);
            }
        }
    }

    fn keep(&mut self, selector: Selector, look: Look) {
        if self.rules.len() >= RULES_MAX {
            return self.met(true);
        }
        let own = selector.own();
        let places = match (&own.id, own.classes.first(), &own.tag) {
            (Some(id), _, _) => self.by_id.entry(id.clone()).or_default(),
            (None, Some(class), _) => self.by_class.entry(class.clone()).or_default(),
            (None, None, Some(tag)) => self.by_tag.entry(tag.clone()).or_default(),
            (None, None, None) => &mut self.for_all,
        };
        places.push(self.rules.len());
        let order = u32::try_from(self.rules.len()).unwrap_or(u32::MAX);
        let look = look.weighing(selector.specificity(), order);
        self.rules.push((selector, look));
    }

    fn write(&mut self, text: &str) {
        let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
        if letters >= WRITTEN_LETTERS_MIN && self.written.len() < WRITTEN_MAX {
            self.written.push(text.to_owned());
        }
    }
}

/// Reads rules one after the other into the sheets.
struct Reading<'s> {
    sheets: &'s mut Sheets,
    depth: usize,
}

impl Reading<'_> {
    fn read(&mut self, parser: &mut Parser<'_>) {
        let mut rules = StyleSheetParser::new(parser, self);
        let count = rules.by_ref().take(RULES_READ_MAX).count();
        if count == RULES_READ_MAX {
            self.sheets.met(true);
        }
    }
}

impl<'i> QualifiedRuleParser<'i> for Reading<'_> {
    type Prelude = SelectorList;
    type QualifiedRule = ();
    type Error = ();

    fn parse_prelude(&mut self, input: &mut Parser<'i>) -> Result<SelectorList, ParseError<()>> {
        Ok(SelectorList::parse(input))
    }

    fn parse_block(
        &mut self,
        list: SelectorList,
        _start: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        let mut look = Look::default();
        look.read(input, &mut |text| self.sheets.write(text));
        if !look.is_empty() {
            self.sheets.met(list.is_cut);
            for selector in list.selectors {
                self.sheets.keep(selector, look.clone());
            }
        }
        Ok(())
    }
}

/// Tells whether a condition in brackets holds for every screen: a width or height that all of them have. Reads it to its end.
fn is_for_every_size(input: &mut Parser<'_>) -> bool {
    let read = input.parse_nested_block(|inner| -> Result<bool, ParseError<()>> {
        let is_size = |name: &str| {
            ["min-width", "min-height", "min-device-width"]
                .iter()
                .any(|one| name.eq_ignore_ascii_case(one))
        };
        let is_named = matches!(inner.next(), Ok(Token::Ident(name)) if is_size(name));
        let is_told = matches!(inner.next(), Ok(Token::Colon));
        let is_small = match inner.next() {
            Ok(Token::Number { value, .. }) => *value <= 0.0,
            Ok(Token::Dimension { value, unit, .. }) => {
                let px = match unit.to_ascii_lowercase().as_str() {
                    "px" => *value,
                    "em" | "rem" => *value * 16.0,
                    _ => f32::INFINITY,
                };
                px <= SCREEN_PX
            }
            _ => false,
        };
        let is_all = inner.next().is_err();
        while inner.next().is_ok() {}
        Ok(is_named && is_told && is_small && is_all)
    });
    read.unwrap_or(false)
}

impl<'i> AtRuleParser<'i> for Reading<'_> {
    /// Whether its rules are for a screen.
    type Prelude = bool;
    type AtRule = ();
    type Error = ();

    fn parse_prelude(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
    ) -> Result<bool, ParseError<()>> {
        let mut words = Vec::new();
        while let Ok(token) = input.next().cloned() {
            match token {
                Token::Ident(word) => words.push(word.to_ascii_lowercase()),
                Token::Comma => {}
                Token::ParenthesisBlock if is_for_every_size(input) => {}
                _ => words.push("(".to_owned()),
            }
        }
        // What holds for some sizes of screen only hides from some only.
        Ok(match name.to_ascii_lowercase().as_str() {
            "media" => {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let is_all = |word: &&str| matches!(*word, "all" | "and" | "screen" | "only");
                words.iter().all(is_all) || words == ["not", "print"]
            }
            "layer" | "supports" => true,
            _ => false,
        })
    }

    fn rule_without_block(&mut self, _for_screen: bool, _start: &ParserState) -> Result<(), ()> {
        Ok(())
    }

    fn parse_block(
        &mut self,
        is_for_screen: bool,
        _start: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        self.sheets.met(is_for_screen && self.depth >= DEPTH_MAX);
        if is_for_screen && self.depth < DEPTH_MAX {
            let mut inner = Reading {
                sheets: self.sheets,
                depth: self.depth + 1,
            };
            inner.read(input);
        } else {
            while input.next().is_ok() {}
        }
        Ok(())
    }
}
