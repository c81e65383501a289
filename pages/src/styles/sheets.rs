//! The style sheets of a page: the rules of them that can hide something or lay it over everything, and the texts that they write.

use std::collections::HashMap;

use cssparser::{
    AtRuleParser, CowRcStr, ParseError, Parser, ParserState, QualifiedRuleParser, StyleSheetParser,
    Token,
};

use super::declarations::Look;
use super::selectors::{Ancestor, Selector};

/// Rules that are kept. A page with more hides with the first ones only.
const RULES_MAX: usize = 5_000;
/// Blocks inside each other.
const DEPTH_MAX: usize = 8;
/// Elements compare against so many rules each.
const CANDIDATES_MAX: usize = 400;
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
        let classes = element.classes.split_ascii_whitespace().take(50);
        let found = classes
            .filter_map(|class| self.by_class.get(class))
            .chain(self.by_id.get(element.id))
            .chain(self.by_tag.get(element.tag))
            .flatten()
            .chain(&self.for_all);
        for rule in found.take(CANDIDATES_MAX) {
            let (selector, said) = &self.rules[*rule];
            if selector.is_for(path) {
                look.absorb(said);
            }
        }
        look
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
            return;
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
        for _ in StyleSheetParser::new(parser, self).take(RULES_MAX) {}
    }
}

impl<'i> QualifiedRuleParser<'i> for Reading<'_> {
    type Prelude = Vec<Selector>;
    type QualifiedRule = ();
    type Error = ();

    fn parse_prelude(&mut self, input: &mut Parser<'i>) -> Result<Vec<Selector>, ParseError<()>> {
        Ok(Selector::parse_list(input))
    }

    fn parse_block(
        &mut self,
        selectors: Vec<Selector>,
        _start: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        let mut look = Look::default();
        look.read(input, &mut |text| self.sheets.write(text));
        if !look.is_empty() {
            for selector in selectors {
                self.sheets.keep(selector, look.clone());
            }
        }
        Ok(())
    }
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
        while let Ok(token) = input.next() {
            match token {
                Token::Ident(word) => words.push(word.to_ascii_lowercase()),
                Token::Comma => {}
                _ => words.push("(".to_owned()),
            }
        }
        // What holds for some sizes of screen only hides from some only.
        Ok(match name.to_ascii_lowercase().as_str() {
            "media" => words
                .iter()
                .all(|word| matches!(word.as_str(), "all" | "screen" | "only")),
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
