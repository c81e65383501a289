//! What must hold wherever a rule matches: a formula without doubt in one direction. Where it is false, the rule does
//! not match; where it is true, the rule may.

use crate::literals::LiteralId;

/// What a rule's condition requires. Only facts that can be told without the engine are in it; everything else is
/// [`Formula::May`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Formula {
    /// Nothing is known: it may hold.
    May,
    /// It cannot hold.
    Never,
    /// The content has this text somewhere.
    Has(LiteralId),
    /// It is not certain that the content has this text.
    Lacks(LiteralId),
    /// The content has this text at a place.
    HasAt(LiteralId, Number),
    /// A comparison of numbers.
    Compare(Order, Number, Number),
    /// It is not certain that the comparison holds.
    NotCompare(Order, Number, Number),
    /// What is known of the path satisfies a test.
    Fact(FactTest),
    /// What is known of the path does not satisfy a test.
    NotFact(FactTest),
    /// All of these may hold.
    All(Vec<Formula>),
    /// One of these may hold.
    Any(Vec<Formula>),
    /// So many of these may hold.
    AtLeast(usize, Vec<Formula>),
    /// What the rule of this index requires, among all rules.
    Rule(usize),
}

/// A number in a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    /// Cannot be told without the engine.
    Unknown,
    /// Written in the rule.
    Constant(i64),
    /// `filesize`.
    FileSize,
    /// `uint16(0)` and its like.
    Read(Reading, Box<Number>),
    /// A sum.
    Sum(Vec<Number>),
    /// A product.
    Product(Vec<Number>),
    /// Two numbers of zero or more, combined bit by bit or shifted.
    Bits(BitOperation, Box<Number>, Box<Number>),
    /// A difference of two.
    Difference(Box<Number>, Box<Number>),
}

/// An operation on bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BitOperation {
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
}

/// How bytes become a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// How many bytes: 1, 2, 4 or 8.
    pub width: u8,
    /// Whether the first byte is the highest.
    pub big_endian: bool,
    /// Whether the highest bit is a sign.
    pub signed: bool,
}

/// How two numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A test of one of the variables that are set for each file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FactTest {
    /// The index in [`crate::compiling::VARIABLES`].
    pub variable: usize,
    /// How it is compared.
    pub relation: Relation,
    /// With what.
    pub value: Box<[u8]>,
}

/// How a text compares with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Is,
    IsNot,
    Has,
    HasAnyCase,
    Starts,
    StartsAnyCase,
    Ends,
    EndsAnyCase,
    IsAnyCase,
}

impl Number {
    /// Says whether nothing in it is unknown.
    pub fn is_told(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Constant(_) | Self::FileSize => true,
            Self::Read(_, place) => place.is_told(),
            Self::Sum(numbers) | Self::Product(numbers) => numbers.iter().all(Self::is_told),
            Self::Bits(_, left, right) | Self::Difference(left, right) => {
                left.is_told() && right.is_told()
            }
        }
    }
}

impl Formula {
    /// Returns what holds where all of these hold.
    pub fn all(parts: Vec<Self>) -> Self {
        let mut kept = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::May => {}
                Self::Never => return Self::Never,
                Self::All(inner) => {
                    for part in inner {
                        push_new(&mut kept, part);
                    }
                }
                other => push_new(&mut kept, other),
            }
        }
        match kept.len() {
            0 => Self::May,
            1 => kept.remove(0),
            _ => Self::All(kept),
        }
    }

    /// Returns what holds where one of these holds.
    pub fn any(parts: Vec<Self>) -> Self {
        let mut kept = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::May => return Self::May,
                Self::Never => {}
                Self::Any(inner) => {
                    for part in inner {
                        push_new(&mut kept, part);
                    }
                }
                other => push_new(&mut kept, other),
            }
        }
        match kept.len() {
            0 => Self::Never,
            1 => kept.remove(0),
            _ => Self::Any(kept),
        }
    }

    /// Returns what holds where so many of these hold.
    pub fn at_least(count: usize, parts: Vec<Self>) -> Self {
        let free = parts.iter().filter(|part| **part == Self::May).count();
        let possible = parts.iter().filter(|part| **part != Self::Never).count();
        if count <= free {
            return Self::May;
        }
        if count > possible {
            return Self::Never;
        }
        let count = count - free;
        let parts: Vec<Self> = parts
            .into_iter()
            .filter(|part| !matches!(part, Self::May | Self::Never))
            .collect();
        match count {
            1 => Self::any(parts),
            all if all == parts.len() => Self::all(parts),
            _ => Self::AtLeast(count, parts),
        }
    }
}

/// Adds a part that is not there; among many it is not looked for.
fn push_new(parts: &mut Vec<Formula>, part: Formula) {
    if parts.len() > 64 || !parts.contains(&part) {
        parts.push(part);
    }
}
