//! Whether a formula may hold, with what is known so far: the first bytes and the size, or the whole content.

use crate::analysis::{BitOperation, FactTest, Formula, Number, Order, Reading, Relation};
use crate::literals::LiteralId;
use crate::rule_set::Rule;

/// What is known of a content.
pub(crate) trait Known {
    /// Whether the content may have the text.
    fn may_have(&mut self, literal: LiteralId) -> bool;

    /// Whether the content certainly has the text.
    fn has(&mut self, literal: LiteralId) -> bool {
        let _ = literal;
        false
    }

    /// Whether the content may have the text at this place.
    fn may_have_at(&mut self, literal: LiteralId, place: usize) -> bool;

    /// Whether a test of what is known beside the content holds, where that can be told.
    fn fact(&mut self, test: &FactTest) -> Option<bool>;

    /// The smallest and the largest size that the content may have.
    fn size(&self) -> (i64, i64);

    /// The bytes at a place.
    fn bytes(&self, place: usize, length: usize) -> Bytes<'_>;

    /// Whether a comparison with the content's beginning is known to fail where its bytes are not.
    fn begins_otherwise(&self, order: Order, left: &Number, right: &Number) -> bool {
        let _ = (order, left, right);
        false
    }
}

/// Bytes of a content.
pub(crate) enum Bytes<'c> {
    /// These.
    There(&'c [u8]),
    /// The content ends before.
    Missing,
    /// Not told.
    Unknown,
}

/// Says whether the formula may hold.
pub(crate) fn may_hold(formula: &Formula, rules: &[Rule], known: &mut impl Known) -> bool {
    match formula {
        Formula::May => true,
        Formula::Never => false,
        Formula::Has(literal) => known.may_have(*literal),
        Formula::Lacks(literal) => !known.has(*literal),
        Formula::HasAt(literal, place) => match value(place, known) {
            Value::Between(low, high) if low == high => {
                usize::try_from(low).is_ok_and(|place| known.may_have_at(*literal, place))
            }
            Value::Between(..) | Value::Unknown => true,
            Value::Undefined => false,
        },
        Formula::Compare(order, left, right) => {
            compare(*order, left, right, known) != Some(false)
                && !known.begins_otherwise(*order, left, right)
        }
        Formula::NotCompare(order, left, right) => {
            compare(*order, left, right, known) != Some(true)
        }
        Formula::Fact(test) => known.fact(test) != Some(false),
        Formula::NotFact(test) => known.fact(test) != Some(true),
        Formula::All(parts) => parts.iter().all(|part| may_hold(part, rules, known)),
        Formula::Any(parts) => parts.iter().any(|part| may_hold(part, rules, known)),
        Formula::AtLeast(count, parts) => {
            let mut missing = parts.len().saturating_sub(*count);
            let mut needed = *count;
            for part in parts {
                if may_hold(part, rules, known) {
                    needed -= 1;
                    if needed == 0 {
                        return true;
                    }
                } else if missing == 0 {
                    return false;
                } else {
                    missing -= 1;
                }
            }
            false
        }
        Formula::Rule(index) => rules
            .get(*index)
            .is_none_or(|rule| may_hold(&rule.formula, rules, known)),
    }
}

/// Returns whether the test holds for the variable's value.
pub(crate) fn fact_holds(test: &FactTest, value: &[u8]) -> bool {
    let wanted = &*test.value;
    let has = |value: &[u8], wanted: &[u8]| memchr::memmem::find(value, wanted).is_some();
    let lower = |text: &[u8]| text.to_ascii_lowercase();
    match test.relation {
        Relation::Is => value == wanted,
        Relation::IsNot => value != wanted,
        Relation::Has => has(value, wanted),
        Relation::HasAnyCase => has(&lower(value), &lower(wanted)),
        Relation::Starts => value.starts_with(wanted),
        Relation::StartsAnyCase => lower(value).starts_with(&lower(wanted)),
        Relation::Ends => value.ends_with(wanted),
        Relation::EndsAnyCase => lower(value).ends_with(&lower(wanted)),
        Relation::IsAnyCase => value.eq_ignore_ascii_case(wanted),
    }
}

/// A number as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    Unknown,
    /// There is none: whatever needs it does not hold.
    Undefined,
    /// At least the first, at most the second.
    Between(i64, i64),
}

/// Returns whether the comparison holds, where that is certain. What compares with nothing does not hold.
fn compare(order: Order, left: &Number, right: &Number, known: &impl Known) -> Option<bool> {
    let (left, right) = (value(left, known), value(right, known));
    let ((low, high), (other_low, other_high)) = match (left, right) {
        (Value::Undefined, _) | (_, Value::Undefined) => return Some(false),
        (Value::Between(low, high), Value::Between(other_low, other_high)) => {
            ((low, high), (other_low, other_high))
        }
        _ => return None,
    };
    let less = if high < other_low {
        Some(true)
    } else if low >= other_high {
        Some(false)
    } else {
        None
    };
    let greater = if low > other_high {
        Some(true)
    } else if high <= other_low {
        Some(false)
    } else {
        None
    };
    let equal = if less == Some(true) || greater == Some(true) {
        Some(false)
    } else if low == high && other_low == other_high {
        Some(true)
    } else {
        None
    };
    let not = |known: Option<bool>| known.map(|holds| !holds);
    match order {
        Order::Equal => equal,
        Order::Unequal => not(equal),
        Order::Less => less,
        Order::GreaterOrEqual => not(less),
        Order::Greater => greater,
        Order::LessOrEqual => not(greater),
    }
}

fn value(number: &Number, known: &impl Known) -> Value {
    match number {
        Number::Unknown => Value::Unknown,
        Number::Constant(value) => Value::Between(*value, *value),
        Number::FileSize => {
            let (low, high) = known.size();
            Value::Between(low, high)
        }
        Number::Read(reading, place) => match value(place, known) {
            Value::Between(low, high) if low == high => match usize::try_from(low) {
                Ok(place) => read(*reading, place, known),
                Err(_) => Value::Undefined,
            },
            Value::Undefined => Value::Undefined,
            _ => Value::Unknown,
        },
        Number::Sum(numbers) => exactly(numbers, known, i64::checked_add),
        Number::Product(numbers) => exactly(numbers, known, i64::checked_mul),
        Number::Bits(operation, left, right) => match (value(left, known), value(right, known)) {
            (Value::Between(a, b), Value::Between(c, d)) if a == b && c == d => {
                bits(*operation, a, c).map_or(Value::Unknown, |value| Value::Between(value, value))
            }
            (Value::Undefined, _) | (_, Value::Undefined) => Value::Undefined,
            _ => Value::Unknown,
        },
        Number::Difference(left, right) => match (value(left, known), value(right, known)) {
            (Value::Between(a, b), Value::Between(c, d)) if a == b && c == d => {
                a.checked_sub(c).map_or(Value::Unknown, |difference| {
                    Value::Between(difference, difference)
                })
            }
            (Value::Undefined, _) | (_, Value::Undefined) => Value::Undefined,
            _ => Value::Unknown,
        },
    }
}

/// Combines numbers of zero or more; nothing where a sign or a lost bit could matter.
fn bits(operation: BitOperation, left: i64, right: i64) -> Option<i64> {
    if left < 0 || right < 0 {
        return None;
    }
    match operation {
        BitOperation::And => Some(left & right),
        BitOperation::Or => Some(left | right),
        BitOperation::Xor => Some(left ^ right),
        BitOperation::ShiftLeft | BitOperation::ShiftRight if right > 31 => None,
        BitOperation::ShiftLeft => (left < 1 << 31).then_some(left << right),
        BitOperation::ShiftRight => Some(left >> right),
    }
}

fn exactly(numbers: &[Number], known: &impl Known, combine: fn(i64, i64) -> Option<i64>) -> Value {
    let mut result: Option<i64> = None;
    let mut is_known = true;
    for number in numbers {
        match value(number, known) {
            Value::Undefined => return Value::Undefined,
            Value::Between(low, high) if low == high && is_known => {
                let next = result.map_or(Some(low), |so_far| combine(so_far, low));
                is_known = next.is_some();
                result = next.or(result);
            }
            _ => is_known = false,
        }
    }
    match result {
        Some(result) if is_known => Value::Between(result, result),
        _ => Value::Unknown,
    }
}

fn read(reading: Reading, place: usize, known: &impl Known) -> Value {
    let width = usize::from(reading.width);
    let bytes = match known.bytes(place, width) {
        Bytes::There(bytes) => bytes,
        Bytes::Missing => return Value::Undefined,
        Bytes::Unknown => return Value::Unknown,
    };
    let highest_first = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    let value = if reading.big_endian {
        bytes.iter().fold(0, highest_first)
    } else {
        bytes.iter().rev().fold(0, highest_first)
    };
    let Ok(mut value) = i64::try_from(value) else {
        return Value::Unknown;
    };
    let bits = u32::from(reading.width) * 8;
    if reading.signed && bits < 64 && value >> (bits - 1) & 1 == 1 {
        value -= 1 << bits;
    }
    Value::Between(value, value)
}
