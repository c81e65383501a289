//! What is looked for in the contents of one class: the texts of its rules' covers, and which rules each text belongs to.

use crate::filter::classes::Class;
use crate::filter::grams::{Grams, SAMPLINGS};
use crate::literals::{LiteralId, Literals};
use crate::rule_set::RuleSet;

/// The tables of one class.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    grams: Vec<Grams>,
    /// The texts, in order of their ids.
    texts: Vec<LiteralId>,
    /// Where each text's rules begin in `rules`, and where the last one's end.
    starts: Vec<u32>,
    rules: Vec<u32>,
    /// Rules of the class that may match without any text.
    pub always: Vec<u32>,
    /// All rules that may match a content of the class.
    pub alive: Vec<u32>,
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
            match cover {
                Some(cover) => pairs.extend(cover.literals.iter().map(|text| (*text, index))),
                None => tables.always.push(index),
            }
        }
        pairs.sort_unstable();
        for (text, rule) in pairs {
            if tables.texts.last() != Some(&text) {
                tables.texts.push(text);
                tables
                    .starts
                    .push(u32::try_from(tables.rules.len()).unwrap_or(u32::MAX));
            }
            tables.rules.push(rule);
        }
        tables
            .starts
            .push(u32::try_from(tables.rules.len()).unwrap_or(u32::MAX));
        let indexed: Vec<(u32, LiteralId)> = (0..).zip(tables.texts.iter().copied()).collect();
        tables.grams = SAMPLINGS
            .iter()
            .filter_map(|sampling| Grams::new(*sampling, &indexed, &rule_set.literals))
            .collect();
        tables
    }

    /// Returns the index of a text that the tables look for.
    pub fn index_of(&self, text: LiteralId) -> Option<usize> {
        self.texts.binary_search(&text).ok()
    }

    /// Returns how many texts are looked for.
    pub fn text_count(&self) -> usize {
        self.texts.len()
    }

    /// Returns the rules that a text is in the cover of.
    pub fn rules_of(&self, text: usize) -> &[u32] {
        &self.rules[self.starts[text] as usize..self.starts[text + 1] as usize]
    }

    /// Looks for the texts in a piece of a content and marks those found.
    pub fn look_through(&self, piece: &[u8], literals: &Literals, found: &mut Found) {
        for grams in &self.grams {
            grams.scan(piece, &mut |place, entries| {
                for entry in entries {
                    let text = entry.text as usize;
                    if found.has(text) {
                        continue;
                    }
                    let Some(start) = place.checked_sub(entry.offset as usize) else {
                        continue;
                    };
                    if literals.literal(self.texts[text]).is_at(piece, start) {
                        found.mark(text);
                    }
                }
            });
        }
    }
}

/// Which texts of the tables were found in a content.
#[derive(Debug, Default)]
pub(crate) struct Found {
    bits: Vec<u64>,
    list: Vec<u32>,
}

impl Found {
    /// Forgets what was found, and makes room for so many texts.
    pub fn reset(&mut self, text_count: usize) {
        for text in self.list.drain(..) {
            if let Some(word) = self.bits.get_mut(text as usize / 64) {
                *word = 0;
            }
        }
        self.bits
            .resize(text_count.div_ceil(64).max(self.bits.len()), 0);
    }

    /// Says whether the text was found.
    pub fn has(&self, text: usize) -> bool {
        self.bits
            .get(text / 64)
            .is_some_and(|word| word >> (text % 64) & 1 == 1)
    }

    /// Returns the texts found.
    pub fn list(&self) -> &[u32] {
        &self.list
    }

    fn mark(&mut self, text: usize) {
        self.bits[text / 64] |= 1 << (text % 64);
        self.list.push(u32::try_from(text).unwrap_or(u32::MAX));
    }
}
