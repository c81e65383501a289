//! Which rules can match a record at all: by its log, by its kind of event, and by the parts of texts that a rule needs.

use std::collections::{BTreeMap, HashMap};

use aho_corasick::BuildError;

use super::compiling::Variant;
use super::literals::Literals;
use super::needs::{Need, needs};
use crate::fields::FieldId;
use crate::text::fold;

/// Where the rules of a group find their records.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Scope {
    /// The names of the logs, their case folded; any where there is none.
    pub(super) channels: Vec<String>,
    /// The kinds of events; any where it is not told.
    pub(super) event_ids: Option<Vec<u32>>,
}

/// Rules by the records that can match them.
#[derive(Debug, Default)]
pub(crate) struct Index {
    groups: Vec<(Scope, Group)>,
}

/// Rules of one scope.
#[derive(Debug, Default)]
struct Group {
    /// Rules that need nothing that could be looked for.
    always: Vec<u32>,
    /// By field; in any field where none is named.
    searches: Vec<(Option<FieldId>, Literals)>,
}

/// Collects the rules that can match a record, each once.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    /// By rule: the round in which it was met last.
    met: Vec<u64>,
    round: u64,
    found: Vec<u32>,
}

impl Index {
    pub(super) fn new(
        variants: &[Variant],
        scopes: impl Iterator<Item = Scope>,
    ) -> Result<Self, BuildError> {
        let mut members: BTreeMap<Scope, Vec<u32>> = BTreeMap::new();
        for (mut scope, number) in scopes.zip(0_u32..) {
            scope.channels = scope.channels.iter().map(|channel| fold(channel)).collect();
            scope.channels.sort_unstable();
            if let Some(ids) = &mut scope.event_ids {
                ids.sort_unstable();
                ids.dedup();
            }
            members.entry(scope).or_default().push(number);
        }
        let mut groups = Vec::with_capacity(members.len());
        for (scope, members) in members {
            groups.push((scope, Group::new(variants, &members)?));
        }
        Ok(Self { groups })
    }

    /// Returns the groups whose rules can match records of a log and a kind; of every kind where it is not known.
    pub(crate) fn groups_of(&self, folded_channel: &str, event_id: Option<u32>) -> Vec<u32> {
        let mut found = Vec::new();
        for ((scope, _), number) in self.groups.iter().zip(0..) {
            let in_channel = scope.channels.is_empty()
                || scope
                    .channels
                    .iter()
                    .any(|channel| channel == folded_channel);
            let of_kind = match (&scope.event_ids, event_id) {
                (Some(ids), Some(id)) => ids.binary_search(&id).is_ok(),
                _ => true,
            };
            if in_channel && of_kind {
                found.push(number);
            }
        }
        found
    }

    /// Collects the rules of a group that can match a record, whose folded texts `texts` calls back with.
    pub(crate) fn collect(
        &self,
        group: u32,
        candidates: &mut Candidates,
        mut texts: impl FnMut(Option<FieldId>, &mut dyn FnMut(&str)),
    ) {
        let group = usize::try_from(group)
            .ok()
            .and_then(|group| self.groups.get(group));
        let Some((_, group)) = group else {
            return;
        };
        for &rule in &group.always {
            candidates.add(rule);
        }
        for (target, literals) in &group.searches {
            texts(*target, &mut |text| {
                literals.search(text, &mut |rule| candidates.add(rule));
            });
        }
    }
}

impl Group {
    fn new(variants: &[Variant], members: &[u32]) -> Result<Self, BuildError> {
        let mut group = Self::default();
        let mut by_target: HashMap<Option<FieldId>, Vec<(Need, u32)>> = HashMap::new();
        for &number in members {
            let variant = usize::try_from(number).ok().and_then(|n| variants.get(n));
            match variant.and_then(|variant| needs(&variant.detection)) {
                None => group.always.push(number),
                Some(needs) => {
                    for need in needs {
                        by_target
                            .entry(need.field)
                            .or_default()
                            .push((need, number));
                    }
                }
            }
        }
        for (target, needs) in by_target {
            let parts = needs
                .iter()
                .map(|(need, number)| (need.anchor, need.part.as_str(), *number));
            group.searches.push((target, Literals::new(parts)?));
        }
        group.searches.sort_unstable_by_key(|(target, _)| *target);
        Ok(group)
    }
}

impl Candidates {
    /// Begins with another record.
    pub(crate) fn clear(&mut self, rule_count: usize) {
        self.met.resize(rule_count, 0);
        self.round += 1;
        self.found.clear();
    }

    /// Returns the rules in the order in which they were given.
    pub(crate) fn sorted(&mut self) -> &[u32] {
        self.found.sort_unstable();
        &self.found
    }

    fn add(&mut self, rule: u32) {
        let met = usize::try_from(rule)
            .ok()
            .and_then(|rule| self.met.get_mut(rule));
        if let Some(met) = met
            && *met != self.round
        {
            *met = self.round;
            self.found.push(rule);
        }
    }
}
