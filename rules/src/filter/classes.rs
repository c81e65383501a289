//! Classes of contents by their first bytes and their size: a rule about programs is not looked for in texts. Which first
//! bytes make a class is what the rules ask for.

use std::collections::HashMap;

use crate::analysis::{FactTest, Formula, Number, Order};
use crate::evaluation::{Bytes, Known};
use crate::literals::{LiteralId, Literals};

/// First bytes that make a class of their own, of two and of four bytes each: those that most rules ask for.
const BEGINNINGS_MAX: usize = 10;
/// Sizes in bytes from which another class begins, and from which the next.
const SIZE_STEPS: [u64; 2] = [128 * 1024, 2 * 1024 * 1024];

/// The first bytes that rules ask for.
#[derive(Debug, Default)]
pub(crate) struct Beginnings {
    two: Vec<[u8; 2]>,
    four: Vec<[u8; 4]>,
}

/// What contents are looked through in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Class {
    /// Its first bytes, where they are of the kind that rules ask for.
    two: Option<[u8; 2]>,
    four: Option<[u8; 4]>,
    /// Whether the first bytes are known at all.
    is_told: bool,
    size_step: u8,
}

impl Beginnings {
    /// Collects the first bytes that most of the formulas compare with.
    pub fn of<'f>(formulas: impl Iterator<Item = &'f Formula>, literals: &Literals) -> Self {
        let mut counts: HashMap<Vec<u8>, usize> = HashMap::new();
        for formula in formulas {
            count_beginnings(formula, literals, &mut counts);
        }
        let most = |length: usize| {
            let mut counted: Vec<(&Vec<u8>, &usize)> = counts
                .iter()
                .filter(|(bytes, _)| bytes.len() == length)
                .collect();
            counted.sort_by_key(|(bytes, count)| (std::cmp::Reverse(**count), *bytes));
            counted.truncate(BEGINNINGS_MAX);
            counted
        };
        Self {
            two: most(2)
                .iter()
                .filter_map(|(bytes, _)| bytes.first_chunk().copied())
                .collect(),
            four: most(4)
                .iter()
                .filter_map(|(bytes, _)| bytes.first_chunk().copied())
                .collect(),
        }
    }

    /// Returns the class of a content with these first bytes, all or at least four, and this size.
    pub fn class_of(&self, head: Option<&[u8]>, size_bytes: u64) -> Class {
        let steps = SIZE_STEPS.iter().filter(|step| size_bytes >= **step);
        let size_step = u8::try_from(steps.count()).unwrap_or(0);
        let beginning = head.unwrap_or_default();
        let two = beginning.first_chunk().copied();
        let four = beginning.first_chunk().copied();
        Class {
            two: two.filter(|bytes| self.two.contains(bytes)),
            four: four.filter(|bytes| self.four.contains(bytes)),
            is_told: head.is_some(),
            size_step,
        }
    }

    /// Returns what is known of all contents of the class.
    pub fn known<'k>(&'k self, class: Class, literals: &'k Literals) -> OfClass<'k> {
        OfClass {
            beginnings: self,
            class,
            literals,
        }
    }

    /// Says whether a content of the class begins so, where that is known.
    fn begins(&self, class: Class, with: &[u8]) -> Option<bool> {
        if !class.is_told {
            return None;
        }
        if let Some(four) = with.first_chunk::<4>()
            && self.four.contains(four)
        {
            return Some(class.four == Some(*four));
        }
        let two = with.first_chunk::<2>()?;
        if !self.two.contains(two) {
            return None;
        }
        let is_so = class.two == Some(*two);
        (!is_so || with.len() == 2).then_some(is_so)
    }
}

/// What is known of all contents of one class.
pub(crate) struct OfClass<'k> {
    beginnings: &'k Beginnings,
    class: Class,
    literals: &'k Literals,
}

impl Known for OfClass<'_> {
    fn may_have(&mut self, _literal: LiteralId) -> bool {
        true
    }

    fn may_have_at(&mut self, literal: LiteralId, place: usize) -> bool {
        let literal = self.literals.literal(literal);
        place != 0
            || !literal.is_exact()
            || self.beginnings.begins(self.class, &literal.bytes) != Some(false)
    }

    fn fact(&mut self, _test: &FactTest) -> Option<bool> {
        None
    }

    fn size(&self) -> (i64, i64) {
        let step = usize::from(self.class.size_step);
        let at = |step: usize| {
            SIZE_STEPS
                .get(step)
                .and_then(|size| i64::try_from(*size).ok())
        };
        let low = step.checked_sub(1).and_then(at).unwrap_or(0);
        let high = at(step).map_or(i64::MAX, |next| next - 1);
        (low, high)
    }

    fn bytes(&self, _place: usize, _length: usize) -> Bytes<'_> {
        Bytes::Unknown
    }

    fn begins_otherwise(&self, order: Order, left: &Number, right: &Number) -> bool {
        beginning_in(order, left, right).is_some_and(|(bytes, width)| {
            self.beginnings.begins(self.class, &bytes[..width]) == Some(false)
        })
    }
}

fn count_beginnings(formula: &Formula, literals: &Literals, counts: &mut HashMap<Vec<u8>, usize>) {
    match formula {
        Formula::All(parts) | Formula::Any(parts) | Formula::AtLeast(_, parts) => {
            for part in parts {
                count_beginnings(part, literals, counts);
            }
        }
        Formula::Compare(order, left, right) => {
            if let Some((bytes, width)) = beginning_in(*order, left, right) {
                *counts.entry(bytes[..width].to_vec()).or_default() += 1;
            }
        }
        Formula::HasAt(id, Number::Constant(0)) => {
            let literal = literals.literal(*id);
            let length = match literal.bytes.len() {
                0 | 1 => return,
                2 | 3 => 2,
                _ => 4,
            };
            if literal.is_exact() {
                *counts.entry(literal.bytes[..length].to_vec()).or_default() += 1;
            }
        }
        _ => {}
    }
}

/// Returns the first bytes that the formula demands in any case.
pub(crate) fn beginning_of(formula: &Formula) -> Option<Vec<u8>> {
    match formula {
        Formula::All(parts) => parts.iter().find_map(beginning_of),
        Formula::Compare(order, left, right) => {
            beginning_in(*order, left, right).map(|(bytes, width)| bytes[..width].to_vec())
        }
        _ => None,
    }
}

/// Returns the first two or four bytes that a comparison demands, and how many.
fn beginning_in(order: Order, left: &Number, right: &Number) -> Option<([u8; 4], usize)> {
    let (reading, place, constant) = match (order, left, right) {
        (Order::Equal, Number::Read(reading, place), Number::Constant(constant))
        | (Order::Equal, Number::Constant(constant), Number::Read(reading, place)) => {
            (reading, place, *constant)
        }
        _ => return None,
    };
    if **place != Number::Constant(0) || reading.signed {
        return None;
    }
    let value = u32::try_from(constant).ok()?;
    match reading.width {
        2 => {
            let value = u16::try_from(value).ok()?;
            let bytes = if reading.big_endian {
                value.to_be_bytes()
            } else {
                value.to_le_bytes()
            };
            Some(([bytes[0], bytes[1], 0, 0], 2))
        }
        4 if reading.big_endian => Some((value.to_be_bytes(), 4)),
        4 => Some((value.to_le_bytes(), 4)),
        _ => None,
    }
}
