//! The style sheets that stand in a page: the rules of them that can hide something.

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

/// The rules of a page, found by the last step of their selectors.
#[derive(Default)]
pub(crate) struct Sheets {
    rules: Vec<(Selector, Look)>,
    by_name: HashMap<String, Vec<usize>>,
}

impl Sheets {
    /// Adds a style sheet.
    pub(crate) fn add(&mut self, text: &str) {
        let mut reading = Reading {
            sheets: self,
            depth: 0,
        };
        reading.read(&mut Parser::new(text));
    }

    /// Returns what the rules say of the last of `path`, which begins at the root.
    pub(crate) fn look_of(&self, path: &[Ancestor<'_>]) -> Look {
        let mut look = Look::default();
        let Some(element) = path.last() else {
            return look;
        };
        let classes = element.classes.split_ascii_whitespace().take(50);
        let names = classes.map(|class| format!(".{class}")).chain([
            format!("#{}", element.id),
            element.tag.to_owned(),
            "*".to_owned(),
        ]);
        let found = names.filter_map(|name| self.by_name.get(&name)).flatten();
        for rule in found.take(CANDIDATES_MAX) {
            let (selector, said) = &self.rules[*rule];
            if selector.is_for(path) {
                look.absorb(said);
            }
        }
        look
    }

    fn keep(&mut self, selector: Selector, look: Look) {
        if self.rules.len() >= RULES_MAX {
            return;
        }
        let own = selector.own();
        let name = match (&own.id, own.classes.first(), &own.tag) {
            (Some(id), _, _) => format!("#{id}"),
            (None, Some(class), _) => format!(".{class}"),
            (None, None, Some(tag)) => tag.clone(),
            (None, None, None) => "*".to_owned(),
        };
        let order = u32::try_from(self.rules.len()).unwrap_or(u32::MAX);
        let look = look.weighing(selector.specificity(), order);
        self.by_name.entry(name).or_default().push(self.rules.len());
        self.rules.push((selector, look));
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
        look.read(input);
        if !look.is_empty() {
            for selector in selectors {
                self.sheets.keep(selector, look);
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
