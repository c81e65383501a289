//! What is known of one content: all of it, or what was kept while it streamed by, or what is remembered of it.

use std::collections::HashMap;

use crate::analysis::FactTest;
use crate::compiling::VARIABLES;
use crate::evaluation::{Bytes, Known, fact_holds};
use crate::filter::finder::{Finder, Found};
use crate::literals::{LiteralId, Literals};
use crate::rule_set::RuleSet;

/// The values of the variables, in the order of [`VARIABLES`].
pub(crate) type Values = [String; VARIABLES.len()];

/// Texts that are looked for one by one before all others of the rule are, in one pass: mostly the first is not there, and
/// that is all that is asked.
const SINGLY_MAX: usize = 3;

/// A content that lies in memory and was looked through.
pub(crate) struct OfContent<'k> {
    pub content: &'k [u8],
    pub values: &'k Values,
    pub rule_set: &'k RuleSet,
    pub finder: &'k Finder,
    pub found: &'k Found,
    /// What was looked for since, and whether it is there.
    sought: HashMap<LiteralId, bool>,
    /// The rule that is asked, and how many of its texts were looked for one by one.
    rule: usize,
    singly: usize,
}

impl<'k> OfContent<'k> {
    /// Takes a content in which the finder found these texts.
    pub fn new(
        content: &'k [u8],
        values: &'k Values,
        rule_set: &'k RuleSet,
        (finder, found): (&'k Finder, &'k Found),
    ) -> Self {
        Self {
            content,
            values,
            rule_set,
            finder,
            found,
            sought: HashMap::new(),
            rule: 0,
            singly: 0,
        }
    }

    /// Says whether the rule may match the content.
    pub fn may_match(&mut self, rule: usize) -> bool {
        (self.rule, self.singly) = (rule, 0);
        self.rule_set.may_match(rule, self)
    }

    /// Looks for all texts of the rule.
    fn seek_all(&mut self) {
        let finder = self.rule_set.finder_of(self.rule);
        let mut found = Found::default();
        found.reset(finder.texts().len());
        finder.look_through(self.content, &self.rule_set.literals, &mut found);
        for (index, text) in finder.texts().iter().enumerate() {
            self.sought.insert(*text, found.has(index));
        }
    }
}

impl Known for OfContent<'_> {
    fn may_have(&mut self, literal: LiteralId) -> bool {
        if let Some(text) = self.finder.index_of(literal) {
            return self.found.has(text);
        }
        if let Some(is_there) = self.sought.get(&literal) {
            return *is_there;
        }
        self.singly += 1;
        if self.singly == SINGLY_MAX + 1 {
            self.seek_all();
            if let Some(is_there) = self.sought.get(&literal) {
                return *is_there;
            }
        }
        let is_there = self.rule_set.literals.literal(literal).is_in(self.content);
        self.sought.insert(literal, is_there);
        is_there
    }

    fn has(&mut self, literal: LiteralId) -> bool {
        self.may_have(literal)
    }

    fn may_have_at(&mut self, literal: LiteralId, place: usize) -> bool {
        let literal = self.rule_set.literals.literal(literal);
        literal.is_at(self.content, place)
    }

    fn fact(&mut self, test: &FactTest) -> Option<bool> {
        Some(fact_holds(test, self.values[test.variable].as_bytes()))
    }

    fn size(&self) -> (i64, i64) {
        let size = i64::try_from(self.content.len()).unwrap_or(i64::MAX);
        (size, size)
    }

    fn bytes(&self, place: usize, length: usize) -> Bytes<'_> {
        match place
            .checked_add(length)
            .and_then(|end| self.content.get(place..end))
        {
            Some(bytes) => Bytes::There(bytes),
            None => Bytes::Missing,
        }
    }
}

/// A content of which only the beginning is kept.
pub(crate) struct OfHead<'k> {
    /// Its first bytes: all of a content that is no longer.
    pub head: Option<&'k [u8]>,
    pub size_bytes: u64,
    pub values: &'k Values,
    /// Whether the value of `filetype` is among the values.
    pub type_is_told: bool,
    pub literals: &'k Literals,
    /// What was found in it as it streamed by.
    pub found: Option<(&'k Finder, &'k Found)>,
}

impl Known for OfHead<'_> {
    fn may_have(&mut self, literal: LiteralId) -> bool {
        let length = u64::try_from(self.literals.literal(literal).bytes.len());
        if length.is_ok_and(|length| length > self.size_bytes) {
            return false;
        }
        match self.found {
            Some((finder, found)) => finder.index_of(literal).is_none_or(|text| found.has(text)),
            None => true,
        }
    }

    fn may_have_at(&mut self, literal: LiteralId, place: usize) -> bool {
        let literal = self.literals.literal(literal);
        match self.bytes(place, literal.bytes.len()) {
            Bytes::There(_) => self.head.is_some_and(|head| literal.is_at(head, place)),
            Bytes::Missing => false,
            Bytes::Unknown => true,
        }
    }

    fn fact(&mut self, test: &FactTest) -> Option<bool> {
        if VARIABLES.get(test.variable) == Some(&"filetype") && !self.type_is_told {
            return None;
        }
        Some(fact_holds(test, self.values[test.variable].as_bytes()))
    }

    fn size(&self) -> (i64, i64) {
        let size = i64::try_from(self.size_bytes).unwrap_or(i64::MAX);
        (size, size)
    }

    fn bytes(&self, place: usize, length: usize) -> Bytes<'_> {
        let Some(end) = place.checked_add(length) else {
            return Bytes::Missing;
        };
        if u64::try_from(end).is_ok_and(|end| end > self.size_bytes) {
            return Bytes::Missing;
        }
        match self.head.and_then(|head| head.get(place..end)) {
            Some(bytes) => Bytes::There(bytes),
            None => Bytes::Unknown,
        }
    }
}
