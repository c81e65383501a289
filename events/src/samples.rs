//! Proves rules before they are relied upon: chooses fields that satisfy a rule, writes them into a log, and reads that log as
//! any log is read.

use std::collections::BTreeMap;

use crate::fields::FieldId;
use crate::sigma::matching::{FieldReference, Node, Test};
use crate::sigma::{Case, SigmaRules, Variant};
use crate::text::fold;

mod choosing;
mod log;

use choosing::{Style, values_for};

/// Parts of a detection for which a sample is made; the longest public rule has some thousand.
const NODES_MAX: usize = 20_000;
/// Ways through a rule's alternatives that are tried.
const CHOICES_MAX: usize = 12;
/// Bytes of all values of a sample: a chunk of a log holds 64 KiB, and a character takes two.
const VALUES_BYTES_MAX: usize = 24_000;
/// Fields of a sample.
const VALUES_MAX: usize = 500;

/// What a sample proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The rule holds for the sample, and reading the sample says otherwise: the source says nothing here.
    Fails(String),
    /// No fields were found for which any of its rules holds.
    NoSample,
    /// A rule of the source was found.
    Works,
}

/// The fields of a sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Values {
    channel: String,
    event_id: u32,
    /// Every other field, and again where it has several values.
    others: Vec<(FieldId, String)>,
}

impl SigmaRules {
    /// Makes a sample for each source and reads it, and says by the source's id what came of it.
    pub fn self_test(&self) -> Vec<(String, Proof)> {
        let mut order: Vec<&str> = Vec::new();
        let mut proofs: BTreeMap<&str, Proof> = BTreeMap::new();
        let mut reader = self.reader();
        for (number, rule) in self.rules.iter().enumerate() {
            let id = rule.source_id.as_str();
            if !proofs.contains_key(id) {
                order.push(id);
            }
            let known = proofs.entry(id).or_insert(Proof::NoSample);
            if *known != Proof::NoSample {
                continue;
            }
            let variants = self.variants.iter();
            let sample = variants
                .filter(|variant| variant.rule == number)
                .find_map(sample_of);
            let Some(values) = sample else {
                continue;
            };
            reader.start();
            reader.push(&log::log_of(&self.names, &values));
            let outcome = reader.finish();
            let is_found = outcome.matches.iter().any(|found| found.source_id == id);
            *known = if is_found {
                Proof::Works
            } else if let Some(damage) = outcome.damaged.first() {
                Proof::Fails(format!("a sample was not read: {}", damage.what))
            } else {
                Proof::Fails(format!(
                    "'{}' does not match a sample made for it",
                    rule.title
                ))
            };
        }
        order
            .into_iter()
            .map(|id| (id.to_owned(), proofs.remove(id).unwrap_or(Proof::NoSample)))
            .collect()
    }
}

/// Returns fields for which the rule holds.
fn sample_of(variant: &Variant) -> Option<Values> {
    if variant.detection.count() > NODES_MAX {
        return None;
    }
    for choice in 0..CHOICES_MAX {
        for style in [Style::Spaced, Style::Joined, Style::Apart] {
            let values = values_for(variant, choice, style);
            if let Some(values) = values
                && values.fit()
                && values.are_of(variant)
                && values.satisfy(&variant.detection)
            {
                return Some(values);
            }
        }
    }
    None
}

impl Values {
    fn fit(&self) -> bool {
        let bytes: usize = self.others.iter().map(|(_, value)| value.len()).sum();
        self.others.len() <= VALUES_MAX
            && bytes + self.channel.len() <= VALUES_BYTES_MAX
            && u16::try_from(self.event_id).is_ok()
    }

    /// Says whether the rule is asked of such records.
    fn are_of(&self, variant: &Variant) -> bool {
        let place = &variant.place;
        let channel = fold(&self.channel);
        (place.event_ids.is_empty() || place.event_ids.contains(&self.event_id))
            && (place.channels.is_empty()
                || place.channels.iter().any(|name| fold(name) == channel))
    }

    /// Says whether a detection holds, as it is defined and with no index. Depth was limited when the rule was read.
    fn satisfy(&self, node: &Node) -> bool {
        match node {
            Node::All(inner) => inner.iter().all(|node| self.satisfy(node)),
            Node::Any(inner) => inner.iter().any(|node| self.satisfy(node)),
            Node::Not(inner) => !self.satisfy(inner),
            Node::Test(test) => self.pass(test),
        }
    }

    fn pass(&self, test: &Test) -> bool {
        match test {
            Test::IsNull(field) => self.of(Some(*field)).iter().all(String::is_empty),
            Test::IsPresent(field) => !self.of(Some(*field)).is_empty(),
            Test::Matches(field, matcher) => {
                let values = self.of(*field);
                values
                    .iter()
                    .any(|value| matcher.matches(value, &fold(value)))
            }
            Test::Refers(reference) => self.refer(reference),
        }
    }

    fn refer(&self, reference: &FieldReference) -> bool {
        let normal = |text: &String| match reference.case {
            Case::Ignored => fold(text),
            Case::Observed => text.clone(),
        };
        let others: Vec<String> = self.of(Some(reference.other)).iter().map(normal).collect();
        let values = self.of(Some(reference.field));
        values.iter().any(|value| {
            let value = normal(value);
            others.iter().any(|other| reference.holds(&value, other))
        })
    }

    /// Returns the values of a field, or of all.
    fn of(&self, field: Option<FieldId>) -> Vec<String> {
        let header = [
            (FieldId::CHANNEL, self.channel.clone()),
            (FieldId::EVENT_ID, self.event_id.to_string()),
        ];
        header
            .into_iter()
            .chain(self.others.iter().cloned())
            .filter(|(name, _)| field.is_none_or(|field| field == *name))
            .map(|(_, value)| value)
            .collect()
    }
}

#[cfg(test)]
mod tests;
