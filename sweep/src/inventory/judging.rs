//! By what contents were judged: sets of fingerprints, each known by one of 64 bits.

use std::collections::HashSet;

use crate::detector::{Fingerprint, PartSet};

/// How many sets there can be: as many as a word has bits.
pub(super) const SETS_MAX: usize = 64;
/// Sets that outlive a rewriting; the rest is room for what comes next. The one used last longest ago goes first.
const SETS_KEPT: usize = 48;
/// Fingerprints of one set. One that has more is judged anew each time.
const SET_FINGERPRINTS_MAX: usize = 65_536;
/// Fingerprints of all sets that outlive a rewriting: 8 MiB.
const FINGERPRINTS_KEPT: usize = 8 * 1024 * 1024 / size_of::<Fingerprint>();

/// By which sets a content was judged completely. Means something only to the inventory that it came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Judged(pub(super) u64);

/// One set of judges, as a sweep asks about it for every file.
#[derive(Clone, Debug)]
pub struct Judging {
    number: Option<u8>,
    part_count: usize,
    /// The sets that hold every part.
    whole: u64,
    /// The sets that hold some of the parts, and which.
    some: Vec<(u8, PartSet)>,
}

/// The sets that records speak of.
#[derive(Clone, Debug)]
pub(super) struct SetTable {
    sets: [Option<JudgeSet>; SETS_MAX],
    /// Numbers below are, or were, in use: a record may still have their bit.
    used_count: usize,
}

/// One set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JudgeSet {
    /// Sorted, each once.
    pub(super) fingerprints: Vec<Fingerprint>,
    /// When it was last asked about, in seconds since 1970.
    pub(super) used_at: i64,
}

impl Judged {
    /// By nobody.
    pub const NOTHING: Self = Self(0);

    /// Adds that all of these judges have judged it.
    #[must_use]
    pub fn with(self, judging: &Judging) -> Self {
        judging.number.map_or(self, |number| self.with_bit(number))
    }

    pub(super) fn with_bit(self, number: u8) -> Self {
        Self(self.0 | 1 << (number % 64))
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Judging {
    /// Returns which of the parts have not judged a content yet.
    pub fn missing(&self, judged: Judged) -> PartSet {
        if judged.0 & self.whole != 0 {
            return PartSet::none(self.part_count);
        }
        let mut missing = PartSet::none(self.part_count);
        let covering: Vec<&PartSet> = self
            .some
            .iter()
            .filter(|(number, _)| judged.0 & (1 << number) != 0)
            .map(|(_, parts)| parts)
            .collect();
        if covering.is_empty() {
            return PartSet::all(self.part_count);
        }
        for part in 0..self.part_count {
            if !covering.iter().any(|parts| parts.contains(part)) {
                missing.add(part);
            }
        }
        missing
    }

    /// Returns no parts at all.
    pub fn nothing(&self) -> PartSet {
        PartSet::none(self.part_count)
    }

    /// Tells whether all parts have judged a content.
    pub fn is_complete(&self, judged: Judged) -> bool {
        judged.0 & self.whole != 0 || self.missing(judged).is_empty()
    }
}

impl SetTable {
    pub(super) fn new() -> Self {
        Self {
            sets: [const { None }; SETS_MAX],
            used_count: 0,
        }
    }

    /// Puts a set where a file says that it is. What is not in order is left out: its verdicts are forgotten.
    pub(super) fn define(&mut self, number: u8, set: JudgeSet) {
        let index = usize::from(number);
        let in_order = set.fingerprints.is_sorted_by(|one, other| one < other);
        if index >= SETS_MAX {
            return;
        }
        // Where the number was in use before, its bits would have two meanings: they get none.
        self.sets[index] = (index >= self.used_count && in_order).then_some(set);
        self.used_count = self.used_count.max(index + 1);
    }

    /// Notes that a record has these bits, defined or not: no new set may be given their numbers.
    pub(super) fn reserve(&mut self, judged: Judged) {
        let used = SETS_MAX - judged.0.leading_zeros() as usize;
        self.used_count = self.used_count.max(used);
    }

    pub(super) fn touch(&mut self, number: u8, used_at: i64) {
        if let Some(Some(set)) = self.sets.get_mut(usize::from(number)) {
            set.used_at = set.used_at.max(used_at);
        }
    }

    /// Finds the number of a set, or gives it one; and says since when it has it. Nothing where there is none left, or where
    /// the set is too large.
    pub(super) fn number_of(&mut self, parts: &[Fingerprint], now: i64) -> Option<(u8, Numbered)> {
        let mut fingerprints = parts.to_vec();
        fingerprints.sort_unstable();
        fingerprints.dedup();
        if fingerprints.len() > SET_FINGERPRINTS_MAX {
            return None;
        }
        let known = self
            .iter()
            .find(|(_, set)| set.fingerprints == fingerprints)
            .map(|(number, set)| (number, set.used_at));
        if let Some((number, used_at)) = known {
            self.touch(number, now);
            return Some((number, Numbered::Before { used_at }));
        }
        let number = self.used_count;
        let slot = self.sets.get_mut(number)?;
        *slot = Some(JudgeSet {
            fingerprints,
            used_at: now,
        });
        self.used_count = number + 1;
        Some((u8::try_from(number).ok()?, Numbered::Now))
    }

    /// Makes the questions about a set.
    pub(super) fn judging(&self, number: Option<u8>, parts: &[Fingerprint]) -> Judging {
        let mut judging = Judging {
            number,
            part_count: parts.len(),
            whole: 0,
            some: Vec::new(),
        };
        for (number, set) in self.iter() {
            let mut covered = PartSet::none(parts.len());
            for (part, fingerprint) in parts.iter().enumerate() {
                if set.fingerprints.binary_search(fingerprint).is_ok() {
                    covered.add(part);
                }
            }
            if covered.is_all() {
                judging.whole |= 1 << number;
            } else if !covered.is_empty() {
                judging.some.push((number, covered));
            }
        }
        judging
    }

    pub(super) fn set(&self, number: u8) -> Option<&JudgeSet> {
        self.sets.get(usize::from(number))?.as_ref()
    }

    /// Returns the sets with their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u8, &JudgeSet)> {
        (0..)
            .zip(&self.sets)
            .filter_map(|(number, set)| Some((number, set.as_ref()?)))
    }

    /// Returns how many different judges there are.
    pub(super) fn fingerprint_count(&self) -> usize {
        let sets = self.iter();
        let all: HashSet<&Fingerprint> = sets.flat_map(|(_, set)| &set.fingerprints).collect();
        all.len()
    }

    pub(super) fn len(&self) -> usize {
        self.iter().count()
    }

    /// Tells whether it is time to rewrite the inventory, so that there is room for new sets.
    pub(super) fn is_crowded(&self) -> bool {
        self.used_count > SETS_KEPT + 4
    }

    /// Returns the table without the sets that were not asked about for longest, and what becomes of the old bits.
    pub(super) fn renumbered(&self) -> (Self, Renumbering) {
        let mut sets: Vec<(u8, &JudgeSet)> = self.iter().collect();
        sets.sort_by_key(|(number, set)| (std::cmp::Reverse(set.used_at), *number));
        let mut table = Self::new();
        let mut renumbering = Renumbering([0; SETS_MAX]);
        let mut fingerprint_count = 0;
        for (old, set) in sets.into_iter().take(SETS_KEPT) {
            fingerprint_count += set.fingerprints.len();
            if fingerprint_count > FINGERPRINTS_KEPT {
                break;
            }
            let new = table.used_count;
            table.sets[new] = Some(set.clone());
            table.used_count = new + 1;
            renumbering.0[usize::from(old)] = 1 << new;
        }
        (table, renumbering)
    }
}

/// Whether a set had a number already, and when it was asked about last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbered {
    Before { used_at: i64 },
    Now,
}

/// What becomes of each old bit: the new one, or none.
pub(super) struct Renumbering([u64; SETS_MAX]);

impl Renumbering {
    pub(super) fn apply(&self, judged: Judged) -> Judged {
        let mut bits = judged.0;
        let mut new = 0;
        while bits != 0 {
            new |= self.0[bits.trailing_zeros() as usize];
            bits &= bits - 1;
        }
        Judged(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(numbers: impl IntoIterator<Item = u8>) -> Vec<Fingerprint> {
        numbers.into_iter().map(|number| [number; 32]).collect()
    }

    fn ask(table: &mut SetTable, wanted: &[Fingerprint], now: i64) -> Judging {
        let number = table.number_of(wanted, now).map(|(number, _)| number);
        table.judging(number, wanted)
    }

    #[test]
    fn knows_what_several_sets_leave_open() {
        let mut table = SetTable::new();
        let first = ask(&mut table, &parts(0..10), 1);
        let second = ask(&mut table, &parts(10..15), 2);
        let wanted = parts([3, 12, 20, 3]);
        let asked = ask(&mut table, &wanted, 3);
        let missing = |judged: Judged| asked.missing(judged).iter().collect::<Vec<_>>();
        assert_eq!(missing(Judged::NOTHING), [0, 1, 2, 3]);
        assert_eq!(missing(Judged::NOTHING.with(&first)), [1, 2]);
        let both = Judged::NOTHING.with(&first).with(&second);
        assert_eq!(missing(both), [2]);
        assert!(!asked.is_complete(both) && asked.is_complete(both.with(&asked)));
        let subset = ask(&mut table, &parts([1, 2]), 4);
        assert!(subset.is_complete(Judged::NOTHING.with(&first)));
    }

    #[test]
    fn the_same_set_in_another_order_is_the_same_set() {
        let mut table = SetTable::new();
        assert_eq!(table.number_of(&parts([1, 2]), 1), Some((0, Numbered::Now)));
        let before = Numbered::Before { used_at: 1 };
        assert_eq!(table.number_of(&parts([2, 1, 2]), 2), Some((0, before)));
    }

    #[test]
    fn a_full_table_asks_and_keeps_nothing() {
        let mut table = SetTable::new();
        for number in 0..64 {
            assert!(table.number_of(&parts([number]), 1).is_some());
        }
        assert!(table.is_crowded());
        let asked = ask(&mut table, &parts([70, 3]), 2);
        let judged = Judged(u64::MAX).with(&asked);
        assert_eq!(asked.missing(judged).iter().collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn a_number_that_some_record_may_have_is_never_given_again() {
        let mut table = SetTable::new();
        table.reserve(Judged(0b1000));
        assert_eq!(table.number_of(&parts([1]), 1), Some((4, Numbered::Now)));
        let set = |number| JudgeSet {
            fingerprints: parts([number]),
            used_at: 0,
        };
        table.define(9, set(1));
        table.define(9, set(2));
        assert_eq!(table.len(), 1, "two meanings are none");
        assert_eq!(table.number_of(&parts([2]), 1), Some((10, Numbered::Now)));
    }

    #[test]
    fn renumbering_forgets_the_sets_used_longest_ago_and_their_verdicts() {
        let mut table = SetTable::new();
        for number in 0..60_u8 {
            table.number_of(&parts([number]), i64::from(number));
        }
        let (kept, renumbering) = table.renumbered();
        assert_eq!(kept.len(), SETS_KEPT);
        assert!(!kept.is_crowded());
        assert_eq!(renumbering.apply(Judged(1)), Judged::NOTHING);
        for (number, set) in kept.iter() {
            let old = set.fingerprints[0][0];
            assert_eq!(renumbering.apply(Judged(1 << old)), Judged(1 << number));
        }
        assert_eq!(renumbering.apply(Judged(u64::MAX)).0.count_ones(), 48);
    }
}
