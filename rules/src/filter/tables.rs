//! What is looked for in the contents of one class: the texts of its rules' covers, and which rules each text belongs to.

use crate::filter::classes::Class;
use crate::filter::finder::{Finder, Found};
use crate::literals::LiteralId;
use crate::rule_set::RuleSet;
use crate::sources::SourceSet;

/// The tables of one class.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    /// Finds the texts.
    pub finder: Finder,
    /// Where each text's rules begin in `rules`, and where the last one's end.
    starts: Vec<u32>,
    rules: Vec<u32>,
    /// Rules of the class that may match without any text.
    always: Vec<u32>,
    /// All rules that may match a content of the class.
    pub alive: Vec<u32>,
    /// Their sources.
    pub sources: SourceSet,
}

impl Tables {
    /// Makes the tables of a class.
    pub fn new(class: Class, rule_set: &RuleSet) -> Self {
        let mut known = rule_set.beginnings.known(class, &rule_set.literals);
        let mut tables = Self::default();
        let mut pairs: Vec<(LiteralId, u32)> = Vec::new();
        for (index, rule) in rule_set.rules.iter().enumerate() {
            if !rule.is_reported || !rule_set.may_match(index, &mut known) {
                continue;
            }
            let cover = rule_set.cover_of(index, &mut known);
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            tables.alive.push(index);
            tables.sources.insert(rule.source as usize);
            match cover {
                Some(cover) => pairs.extend(cover.literals.iter().map(|text| (*text, index))),
                None => tables.always.push(index),
            }
        }
        pairs.sort_unstable();
        let mut texts = Vec::new();
        for (text, rule) in pairs {
            if texts.last() != Some(&text) {
                texts.push(text);
                tables
                    .starts
                    .push(u32::try_from(tables.rules.len()).unwrap_or(u32::MAX));
            }
            tables.rules.push(rule);
        }
        tables
            .starts
            .push(u32::try_from(tables.rules.len()).unwrap_or(u32::MAX));
        tables.finder = Finder::new(texts, &rule_set.literals);
        tables
    }

    /// Returns the rules that may match a content in which these texts were found, in order.
    pub fn rules_for(&self, found: &Found) -> Vec<u32> {
        let mut rules = self.always.clone();
        for text in found.list() {
            let text = *text as usize;
            let of_text = self.starts[text] as usize..self.starts[text + 1] as usize;
            rules.extend_from_slice(&self.rules[of_text]);
        }
        rules.sort_unstable();
        rules.dedup();
        rules
    }
}
