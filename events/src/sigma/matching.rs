//! What a rule asks of the fields of a record.

use std::cmp::Ordering;
use std::net::IpAddr;

use jiff::civil::DateTime;
use regex::Regex;

use super::pattern::{Anchor, Case, TextPattern};
use crate::fields::FieldId;

/// A rule's detection: tests, joined.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Test(Test),
}

/// One question.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    /// Whether any value of the field matches; of any field, where none is named.
    Matches(Option<FieldId>, Matcher),
    /// Whether the field is absent, or empty wherever it is.
    IsNull(FieldId),
    /// Whether the record has the field at all.
    IsPresent(FieldId),
    /// Whether any value of the field has one of the other field in it, at the anchor.
    Refers(FieldReference),
}

/// A comparison of two fields of a record.
#[derive(Clone, Debug)]
pub(crate) struct FieldReference {
    pub(crate) field: FieldId,
    pub(crate) other: FieldId,
    pub(crate) anchor: Anchor,
    pub(crate) case: Case,
}

/// What one value is compared with.
#[derive(Clone, Debug)]
pub(crate) enum Matcher {
    Compares(Comparison, Number),
    IsIn(Network),
    IsLike(TextPattern),
    IsTimeOf(TimePart, i64),
    IsRegular(Regex),
}

impl Node {
    /// Returns how many nodes there are, this one and all below.
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::All(inner) | Self::Any(inner) => inner.iter().map(Self::count).sum::<usize>() + 1,
            Self::Not(inner) => inner.count() + 1,
            Self::Test(_) => 1,
        }
    }

    /// Calls `visit` with every field that is asked for, each place where it may be another one.
    pub(crate) fn for_each_field(&mut self, visit: &mut dyn FnMut(&mut FieldId)) {
        match self {
            Self::All(inner) | Self::Any(inner) => {
                for node in inner {
                    node.for_each_field(visit);
                }
            }
            Self::Not(inner) => inner.for_each_field(visit),
            Self::Test(Test::Matches(None, _)) => {}
            Self::Test(
                Test::Matches(Some(field), _) | Test::IsNull(field) | Test::IsPresent(field),
            ) => visit(field),
            Self::Test(Test::Refers(reference)) => {
                visit(&mut reference.field);
                visit(&mut reference.other);
            }
        }
    }
}

impl Matcher {
    /// Tells whether only the folded text is looked at.
    pub(crate) fn ignores_case(&self) -> bool {
        matches!(self, Self::IsLike(pattern) if pattern.ignores_case())
    }

    /// Tells whether a value matches; `folded` is the same value with its case folded.
    pub(crate) fn matches(&self, text: &str, folded: &str) -> bool {
        match self {
            Self::Compares(comparison, number) => Number::parse(text.trim())
                .and_then(|value| value.compare(number))
                .is_some_and(|ordering| comparison.holds(ordering)),
            Self::IsIn(network) => text.trim().parse().is_ok_and(|ip| network.contains(ip)),
            Self::IsLike(pattern) => pattern.matches(text, folded),
            Self::IsTimeOf(part, number) => part.of(text) == Some(*number),
            Self::IsRegular(regex) => regex.is_match(text),
        }
    }
}

impl FieldReference {
    /// Tells whether two values fit, their case folded where it does not matter.
    pub(crate) fn holds(&self, value: &str, other: &str) -> bool {
        self.anchor.holds(other, value)
    }
}

/// How two numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Comparison {
    /// Returns a number that compares so with another.
    pub(crate) fn number_for(self, other: Number) -> Option<String> {
        let step = match self {
            Self::Greater => 1,
            Self::GreaterOrEqual | Self::LessOrEqual => 0,
            Self::Less => -1,
        };
        match other {
            Number::Whole(whole) => whole.checked_add(step).map(|number| number.to_string()),
            Number::Fraction(fraction) if step == 0 => Some(fraction.to_string()),
            Number::Fraction(fraction) if step > 0 => Some((fraction + 1.0).to_string()),
            Number::Fraction(fraction) => Some((fraction - 1.0).to_string()),
        }
    }

    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
        }
    }
}

/// A number: decimal, or hexadecimal behind `0x` as Windows writes masks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Fraction(f64),
    Whole(i128),
}

impl Number {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        if let Some(digits) = hexadecimal {
            return i128::from_str_radix(digits, 16).ok().map(Self::Whole);
        }
        if let Ok(whole) = text.parse() {
            return Some(Self::Whole(whole));
        }
        let is_decimal = text
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
        let fraction = text.parse().ok().filter(|_| is_decimal)?;
        Some(Self::Fraction(fraction))
    }

    fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => Some(a.cmp(b)),
            (a, b) => a.approximate().partial_cmp(&b.approximate()),
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "compared with a fraction, which is no more exact"
    )]
    fn approximate(&self) -> f64 {
        match *self {
            Self::Fraction(fraction) => fraction,
            Self::Whole(whole) => whole as f64,
        }
    }
}

/// A block of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    /// IPv4 as IPv6 has it mapped, so that both compare alike.
    address: u128,
    mask: u128,
}

impl Network {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text
            .split_once('/')
            .map_or((text, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.parse().ok()?;
        let (bits, offset) = if address.is_ipv4() {
            (32, 96)
        } else {
            (128, 0)
        };
        let prefix: u32 = match prefix {
            None => bits,
            Some(prefix) if prefix.bytes().all(|b| b.is_ascii_digit()) => prefix.parse().ok()?,
            Some(_) => return None,
        };
        if prefix > bits {
            return None;
        }
        let mask = u128::MAX.checked_shl(128 - offset - prefix).unwrap_or(0);
        Some(Self {
            address: mapped(address) & mask,
            mask,
        })
    }

    /// Returns its first address.
    pub(crate) fn first(&self) -> IpAddr {
        IpAddr::V6(self.address.into()).to_canonical()
    }

    fn contains(&self, address: IpAddr) -> bool {
        mapped(address) & self.mask == self.address
    }
}

fn mapped(address: IpAddr) -> u128 {
    let address = match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    };
    address.to_bits()
}

/// A part of a date and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimePart {
    Day,
    Hour,
    Minute,
    Month,
    Week,
    Year,
}

impl TimePart {
    /// Returns a time of which the part is this.
    pub(crate) fn time_with(self, number: i64) -> Option<String> {
        let days = (1..=12).flat_map(|month| (1..=31).map(move |day| (month, day)));
        let dates = days.map(|(month, day)| format!("2016-{month:02}-{day:02} 00:00:00"));
        let hours = (0..24).map(|hour| format!("2016-08-03 {hour:02}:00:00"));
        let minutes = (0..60).map(|minute| format!("2016-08-03 00:{minute:02}:00"));
        let year = [format!("{number:04}-01-01 00:00:00")];
        let mut times = dates.chain(hours).chain(minutes).chain(year);
        times.find(|time| self.of(time) == Some(number))
    }

    /// Returns the part of a text that begins with a date and a time.
    fn of(self, text: &str) -> Option<i64> {
        let text = text.get(..19)?;
        let time: DateTime = text.replacen(' ', "T", 1).parse().ok()?;
        Some(match self {
            Self::Day => time.day().into(),
            Self::Hour => time.hour().into(),
            Self::Minute => time.minute().into(),
            Self::Month => time.month().into(),
            Self::Week => time.date().iso_week_date().week().into(),
            Self::Year => time.year().into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_own_addresses_in_each_writing() {
        for (network, address, expected) in [
            ("10.0.0.0/8", "10.200.3.4", true),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("0.0.0.0/0", "200.1.1.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("fe80::/10", "febf::1", true),
            ("fe80::/10", "fec0::1", false),
            ("::1/128", "::1", true),
        ] {
            let network = Network::parse(network).expect(network);
            assert_eq!(
                network.contains(address.parse().unwrap()),
                expected,
                "{address}"
            );
        }
        for bad in [
            "10.0.0.0/33",
            "10.0.0/8",
            "x",
            "::/129",
            "1.2.3.4/+8",
            "1.2.3.4/",
        ] {
            assert_eq!(Network::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn numbers_are_compared_as_numbers_or_not_at_all() {
        let holds = |value: &str, comparison, number: &str| {
            Matcher::Compares(comparison, Number::parse(number).unwrap()).matches(value, value)
        };
        assert!(holds("10", Comparison::Greater, "9"));
        assert!(holds("0x10", Comparison::GreaterOrEqual, "16"));
        assert!(holds(
            "18446744073709551615",
            Comparison::Greater,
            "18446744073709551614"
        ));
        assert!(holds("1.5", Comparison::Less, "2"));
        assert!(!holds("", Comparison::Less, "2"));
        assert!(!holds("nan", Comparison::LessOrEqual, "2"));
        assert!(!holds("9", Comparison::Less, "9"));
    }

    #[test]
    fn parts_of_time_are_read_from_both_writings() {
        let iso = "2025-12-29T08:30:20.966901Z";
        let sysmon = "2025-12-29 08:30:20.964";
        for text in [iso, sysmon] {
            for (part, number) in [
                (TimePart::Day, 29),
                (TimePart::Hour, 8),
                (TimePart::Minute, 30),
                (TimePart::Month, 12),
                (TimePart::Week, 1),
                (TimePart::Year, 2025),
            ] {
                assert_eq!(part.of(text), Some(number), "{part:?} of {text}");
            }
        }
        assert_eq!(TimePart::Day.of("yesterday"), None);
        assert_eq!(TimePart::Day.of("2025-13-29 08:30:20"), None);
    }
}
