//! Formulas in words, for golden tests.

use std::fmt::{self, Display, Formatter, Write as _};

use super::formula::{BitOperation, FactTest, Formula, Number, Order, Relation};
use crate::literals::{EITHER_CASE, Literal, Literals, Masked};

impl Formula {
    /// Writes it for people; golden tests read it.
    pub fn describe(&self, literals: &Literals) -> String {
        match self {
            Self::May => "?".to_owned(),
            Self::Never => "never".to_owned(),
            Self::Has(id) => literals.literal(*id).to_string(),
            Self::Lacks(id) => format!("no {}", literals.literal(*id)),
            Self::HasAt(id, place) => format!("{} at {place}", literals.literal(*id)),
            Self::Compare(order, left, right) => format!("{left} {order} {right}"),
            Self::NotCompare(order, left, right) => format!("not {left} {order} {right}"),
            Self::Fact(test) => test.to_string(),
            Self::NotFact(test) => format!("not {test}"),
            Self::All(parts) => group(parts, " & ", literals),
            Self::Any(parts) => group(parts, " | ", literals),
            Self::AtLeast(count, parts) => format!("{count} of {}", group(parts, ", ", literals)),
            Self::Rule(index) => format!("rule {index}"),
        }
    }
}

fn group(parts: &[Formula], between: &str, literals: &Literals) -> String {
    let parts: Vec<String> = parts.iter().map(|part| part.describe(literals)).collect();
    format!("({})", parts.join(between))
}

impl Display for Number {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let list = |numbers: &[Self], between: &str| {
            let words: Vec<String> = numbers.iter().map(Self::to_string).collect();
            format!("({})", words.join(between))
        };
        match self {
            Self::Unknown => f.write_char('?'),
            Self::Constant(value) => write!(f, "{value}"),
            Self::FileSize => f.write_str("filesize"),
            Self::Read(reading, place) => {
                let sign = if reading.signed { "int" } else { "uint" };
                let end = if reading.big_endian { "be" } else { "" };
                write!(f, "{sign}{}{end}({place})", u32::from(reading.width) * 8)
            }
            Self::Sum(numbers) => f.write_str(&list(numbers, " + ")),
            Self::Product(numbers) => f.write_str(&list(numbers, " * ")),
            Self::Bits(operation, left, right) => {
                let sign = match operation {
                    BitOperation::And => "&",
                    BitOperation::Or => "|",
                    BitOperation::Xor => "^",
                    BitOperation::ShiftLeft => "<<",
                    BitOperation::ShiftRight => ">>",
                };
                write!(f, "({left} {sign} {right})")
            }
            Self::Difference(left, right) => write!(f, "({left} - {right})"),
        }
    }
}

impl Display for Order {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl Display for FactTest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let name = crate::compiling::VARIABLES
            .get(self.variable)
            .unwrap_or(&"?");
        let relation = match self.relation {
            Relation::Is => "==",
            Relation::IsNot => "!=",
            Relation::Has => "contains",
            Relation::HasAnyCase => "icontains",
            Relation::Starts => "startswith",
            Relation::StartsAnyCase => "istartswith",
            Relation::Ends => "endswith",
            Relation::EndsAnyCase => "iendswith",
            Relation::IsAnyCase => "iequals",
        };
        write!(f, "{name} {relation} \"{}\"", self.value.escape_ascii())
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let bytes: Vec<Masked> = (0..self.bytes.len()).map(|at| self.masked(at)).collect();
        let any_case = bytes.iter().any(|byte| byte.mask == EITHER_CASE);
        f.write_char('"')?;
        for byte in bytes {
            match byte.mask {
                0xff => write!(f, "{}", [byte.value].escape_ascii())?,
                EITHER_CASE => f.write_char(char::from(byte.value.to_ascii_lowercase()))?,
                0 => f.write_char('.')?,
                _ => f.write_char('~')?,
            }
        }
        f.write_str(if any_case { "\"i" } else { "\"" })
    }
}
