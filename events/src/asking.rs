//! Asks rules of one record: first which can match at all, then those, looking only at the fields they name.

use std::collections::HashMap;

use crate::evtx::decoding::{Entry, Fields};
use crate::evtx::values::{ValueType, append_value};
use crate::fields::FieldId;
use crate::sigma::matching::{Node, Test};
use crate::sigma::{Candidates, Case, SigmaRules};
use crate::text::fold;

/// Pairs of log and kind of event whose groups of rules are remembered; a host's logs have some thousand.
const ROUTES_MAX: usize = 8_192;

/// Asks rules of records, and keeps its memory.
#[derive(Debug)]
pub(crate) struct Asker<'r> {
    rules: &'r SigmaRules,
    candidates: Candidates,
    texts: Texts,
    routes: Routes,
    matching: Vec<u32>,
}

impl<'r> Asker<'r> {
    pub(crate) fn new(rules: &'r SigmaRules) -> Self {
        Self {
            rules,
            candidates: Candidates::default(),
            texts: Texts::default(),
            routes: Routes::default(),
            matching: Vec::new(),
        }
    }

    /// Returns the numbers of the variants that match a record, in the order of the rules.
    pub(crate) fn ask(&mut self, fields: Fields<'_>) -> &[u32] {
        self.matching.clear();
        self.candidates.clear(self.rules.variants.len());
        self.texts.clear(fields.entries().len());
        let groups = self.routes.groups(self.rules, fields);
        for &group in groups {
            let texts = &mut self.texts;
            self.rules
                .index
                .collect(group, &mut self.candidates, |target, search| {
                    for (number, entry) in fields.entries().iter().enumerate() {
                        if is_meant(target, entry) {
                            search(texts.folded(fields, number, entry));
                        }
                    }
                });
        }
        for &number in self.candidates.sorted() {
            let variant = usize::try_from(number)
                .ok()
                .and_then(|number| self.rules.variants.get(number));
            let record = &mut Record {
                fields,
                texts: &mut self.texts,
            };
            if variant.is_some_and(|variant| record.holds(&variant.detection)) {
                self.matching.push(number);
            }
        }
        &self.matching
    }
}

/// The record of which rules are asked.
struct Record<'a, 't> {
    fields: Fields<'a>,
    texts: &'t mut Texts,
}

impl Record<'_, '_> {
    /// Recursion ends: the depth of conditions is limited when they are read.
    fn holds(&mut self, node: &Node) -> bool {
        match node {
            Node::All(inner) => inner.iter().all(|node| self.holds(node)),
            Node::Any(inner) => inner.iter().any(|node| self.holds(node)),
            Node::Not(inner) => !self.holds(inner),
            Node::Test(test) => self.passes(test),
        }
    }

    fn passes(&mut self, test: &Test) -> bool {
        match test {
            Test::Matches(field, matcher) if matcher.ignores_case() => {
                let fields = self.fields;
                fields.entries().iter().enumerate().any(|(number, entry)| {
                    is_meant(*field, entry) && {
                        let folded = self.texts.folded(fields, number, entry);
                        matcher.matches(folded, folded)
                    }
                })
            }
            Test::Matches(field, matcher) => {
                self.any_value(*field, &mut |text, folded| matcher.matches(text, folded))
            }
            Test::IsNull(field) => !self.any_value(Some(*field), &mut |text, _| !text.is_empty()),
            Test::IsPresent(field) => self.fields.find(*field).is_some(),
            Test::Refers(reference) => {
                let mut others = Vec::new();
                self.any_value(Some(reference.other), &mut |text, folded| {
                    others.push(match reference.case {
                        Case::Ignored => folded.to_owned(),
                        Case::Observed => text.to_owned(),
                    });
                    false
                });
                self.any_value(Some(reference.field), &mut |text, folded| {
                    let value = match reference.case {
                        Case::Ignored => folded,
                        Case::Observed => text,
                    };
                    others.iter().any(|other| reference.holds(value, other))
                })
            }
        }
    }

    /// Tells whether any value of a field fits, or of all fields.
    fn any_value(
        &mut self,
        field: Option<FieldId>,
        fits: &mut dyn FnMut(&str, &str) -> bool,
    ) -> bool {
        let fields = self.fields;
        fields.entries().iter().enumerate().any(|(number, entry)| {
            is_meant(field, entry) && {
                let (text, folded) = self.texts.both(fields, number, entry);
                fits(text, folded)
            }
        })
    }
}

fn is_meant(field: Option<FieldId>, entry: &Entry) -> bool {
    field.is_none() || entry.field == field
}

/// The texts of a record's fields, each made when it is asked for, and once.
#[derive(Debug, Default)]
struct Texts {
    plain: Cache,
    folded: Cache,
}

impl Texts {
    fn clear(&mut self, count: usize) {
        self.plain.clear(count);
        self.folded.clear(count);
    }

    fn folded(&mut self, fields: Fields<'_>, number: usize, entry: &Entry) -> &str {
        self.folded
            .text(number, |out| fields.append_folded_text(entry, out))
    }

    fn both(&mut self, fields: Fields<'_>, number: usize, entry: &Entry) -> (&str, &str) {
        let plain = self
            .plain
            .text(number, |out| fields.append_text(entry, out));
        let folded = self
            .folded
            .text(number, |out| fields.append_folded_text(entry, out));
        (plain, folded)
    }
}

/// Texts by the number of their field.
#[derive(Debug, Default)]
struct Cache {
    all: String,
    /// Start and end in `all`.
    places: Vec<Option<(usize, usize)>>,
}

impl Cache {
    fn clear(&mut self, count: usize) {
        self.all.clear();
        self.places.clear();
        self.places.resize(count, None);
    }

    fn text(&mut self, number: usize, make: impl FnOnce(&mut String)) -> &str {
        let known = self.places.get(number).copied().flatten();
        let (start, end) = known.unwrap_or_else(|| {
            let start = self.all.len();
            make(&mut self.all);
            let place = (start, self.all.len());
            if let Some(slot) = self.places.get_mut(number) {
                *slot = Some(place);
            }
            place
        });
        self.all.get(start..end).unwrap_or_default()
    }
}

/// The groups of rules for logs and kinds of events, remembered.
#[derive(Debug, Default)]
struct Routes {
    /// The bytes of the channel of the record before, and its number.
    last_channel: (Vec<u8>, u32),
    channels: HashMap<String, u32>,
    groups: HashMap<(u32, Option<u32>), Vec<u32>>,
    text: String,
}

impl Routes {
    fn groups(&mut self, rules: &SigmaRules, fields: Fields<'_>) -> &[u32] {
        if self.groups.len() >= ROUTES_MAX || self.channels.len() >= ROUTES_MAX {
            *self = Self::default();
        }
        let channel = self.channel(fields);
        let event_id = event_id(fields);
        self.groups.entry((channel, event_id)).or_insert_with(|| {
            let name = self
                .channels
                .iter()
                .find(|(_, number)| **number == channel)
                .map_or("", |(name, _)| name);
            rules.index.groups_of(name, event_id)
        })
    }

    /// Returns the number of the record's log.
    fn channel(&mut self, fields: Fields<'_>) -> u32 {
        let entry = fields.find(FieldId::CHANNEL);
        let raw = entry.and_then(|entry| fields.raw(entry));
        if let Some((ValueType::TEXT, bytes)) = raw
            && !bytes.is_empty()
            && bytes == self.last_channel.0
        {
            return self.last_channel.1;
        }
        self.text.clear();
        if let Some(entry) = entry {
            fields.append_text(entry, &mut self.text);
        }
        let next = u32::try_from(self.channels.len()).unwrap_or(u32::MAX);
        let number = *self.channels.entry(fold(&self.text)).or_insert(next);
        if let Some((ValueType::TEXT, bytes)) = raw {
            self.last_channel.0.clear();
            self.last_channel.0.extend_from_slice(bytes);
            self.last_channel.1 = number;
        }
        number
    }
}

/// Returns the kind of event; `None` where it is no number.
pub(crate) fn event_id(fields: Fields<'_>) -> Option<u32> {
    let entry = fields.find(FieldId::EVENT_ID)?;
    match fields.raw(entry) {
        Some((ValueType::U16, [low, high])) => Some(u16::from_le_bytes([*low, *high]).into()),
        Some((kind, bytes)) => {
            let mut text = String::new();
            append_value(kind, bytes, &mut text);
            text.parse().ok()
        }
        None => {
            let mut text = String::new();
            fields.append_text(entry, &mut text);
            text.parse().ok()
        }
    }
}

#[cfg(test)]
mod tests;
