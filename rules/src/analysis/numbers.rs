//! Numbers in conditions: what of them can be told without the engine, and what must hold for them to be defined at all. A
//! comparison of something undefined does not hold.

use yara_x_parser::ast::{BinaryExpr, Expr, FuncCall, NAryExpr};

use super::conditions::Conditions;
use super::formula::{BitOperation, Formula, Number, Order, Reading};
use super::modules;

/// Depth of nested sums of counts that is followed.
const COUNTS_DEPTH_MAX: usize = 8;

impl Conditions<'_, '_> {
    /// Returns the number as far as it can be told.
    pub(super) fn number(&self, expr: &Expr<'_>, depth: usize) -> Number {
        let Some(depth) = depth.checked_sub(1) else {
            return Number::Unknown;
        };
        let list = |nary: &NAryExpr<'_>| -> Vec<Number> {
            nary.operands()
                .map(|operand| self.number(operand, depth))
                .collect()
        };
        match expr {
            Expr::LiteralInteger(integer) if !integer.is_unsigned => {
                Number::Constant(integer.value)
            }
            Expr::Filesize { .. } => Number::FileSize,
            Expr::Add(nary) => Number::Sum(list(nary)),
            Expr::Mul(nary) => Number::Product(list(nary)),
            Expr::BitwiseAnd(pair) => self.bits(BitOperation::And, pair, depth),
            Expr::BitwiseOr(pair) => self.bits(BitOperation::Or, pair, depth),
            Expr::BitwiseXor(pair) => self.bits(BitOperation::Xor, pair, depth),
            Expr::Shl(pair) => self.bits(BitOperation::ShiftLeft, pair, depth),
            Expr::Shr(pair) => self.bits(BitOperation::ShiftRight, pair, depth),
            Expr::Sub(nary) => match &list(nary)[..] {
                [left, right] => {
                    Number::Difference(Box::new(left.clone()), Box::new(right.clone()))
                }
                _ => Number::Unknown,
            },
            Expr::FuncCall(call) => match (reading_of(call), &call.args[..]) {
                (Some(reading), [place]) => {
                    Number::Read(reading, Box::new(self.number(place, depth)))
                }
                _ => Number::Unknown,
            },
            _ => Number::Unknown,
        }
    }

    fn bits(&self, operation: BitOperation, pair: &BinaryExpr<'_>, depth: usize) -> Number {
        let left = Box::new(self.number(&pair.lhs, depth));
        let right = Box::new(self.number(&pair.rhs, depth));
        Number::Bits(operation, left, right)
    }

    /// Reads a comparison by which some count is above another, or above a number that is no less than zero: one of the
    /// patterns counted is there.
    pub(super) fn more_counts(&mut self, order: Order, pair: &BinaryExpr<'_>) -> Option<Formula> {
        let (more, less) = match order {
            Order::Greater => (&pair.lhs, &pair.rhs),
            Order::Less => (&pair.rhs, &pair.lhs),
            _ => return None,
        };
        let counted = counts_in(more, COUNTS_DEPTH_MAX)?;
        let is_not_negative = match less {
            Expr::LiteralInteger(integer) => !integer.is_unsigned && integer.value >= 0,
            other => counts_in(other, COUNTS_DEPTH_MAX).is_some(),
        };
        is_not_negative.then(|| {
            let parts: Vec<Formula> = counted.iter().map(|name| self.found(name)).collect();
            Formula::any(parts)
        })
    }

    /// Returns what must hold for the expression to be defined.
    pub(super) fn needed_for(&mut self, expr: &Expr<'_>, depth: usize) -> Formula {
        let Some(depth) = depth.checked_sub(1) else {
            return Formula::May;
        };
        match expr {
            Expr::PatternOffset(pattern) | Expr::PatternLength(pattern) => {
                self.found(pattern.identifier.name)
            }
            Expr::Minus(unary) | Expr::BitwiseNot(unary) => self.needed_for(&unary.operand, depth),
            Expr::Add(nary)
            | Expr::Sub(nary)
            | Expr::Mul(nary)
            | Expr::Div(nary)
            | Expr::Mod(nary) => {
                let parts: Vec<Formula> = nary
                    .operands()
                    .map(|operand| self.needed_for(operand, depth))
                    .collect();
                Formula::all(parts)
            }
            Expr::Shl(pair)
            | Expr::Shr(pair)
            | Expr::BitwiseAnd(pair)
            | Expr::BitwiseOr(pair)
            | Expr::BitwiseXor(pair) => {
                let left = self.needed_for(&pair.lhs, depth);
                let right = self.needed_for(&pair.rhs, depth);
                Formula::all(vec![left, right])
            }
            Expr::FuncCall(call) if call.object.is_none() && reading_of(call).is_some() => {
                match &call.args[..] {
                    [place] => self.needed_for(place, depth),
                    _ => Formula::May,
                }
            }
            Expr::FuncCall(_) | Expr::FieldAccess(_) | Expr::Lookup(_) => self.module_needed(expr),
            _ => Formula::May,
        }
    }

    /// Returns what holds where a count compares so with a constant: most often, that the pattern is there.
    pub(super) fn count_compared(&mut self, pattern: &str, order: Order, with: &Number) -> Formula {
        let Number::Constant(with) = *with else {
            return Formula::May;
        };
        let is_positive = match order {
            Order::Equal | Order::GreaterOrEqual => with >= 1,
            Order::Greater => with >= 0,
            Order::Unequal => with == 0,
            Order::Less | Order::LessOrEqual => false,
        };
        if is_positive {
            self.found(pattern)
        } else {
            Formula::May
        }
    }

    /// Returns the type of file that a module's field or function is defined for.
    pub(super) fn module_needed(&self, expr: &Expr<'_>) -> Formula {
        let mut names = Vec::new();
        if !path_of(expr, &mut names, 16) {
            return Formula::May;
        }
        let Some((module, rest)) = names.split_first() else {
            return Formula::May;
        };
        if self.is_variable(module) {
            return Formula::May;
        }
        modules::needed_by(module, rest.first().copied().unwrap_or_default())
    }
}

/// Returns the patterns of which the expression adds up the counts, if that is all it does.
fn counts_in<'e>(expr: &'e Expr<'_>, depth: usize) -> Option<Vec<&'e str>> {
    let depth = depth.checked_sub(1)?;
    match expr {
        Expr::PatternCount(count) => Some(vec![count.identifier.name]),
        Expr::Add(nary) => {
            let mut names = Vec::new();
            for operand in nary.operands() {
                names.extend(counts_in(operand, depth)?);
            }
            Some(names)
        }
        _ => None,
    }
}

/// Collects the names of `pe.sections[0].name` or `pe.imphash()`, outermost first.
fn path_of<'e>(expr: &'e Expr<'_>, names: &mut Vec<&'e str>, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    match expr {
        Expr::Ident(ident) => {
            names.push(ident.name);
            true
        }
        Expr::FieldAccess(fields) => fields.operands().all(|part| path_of(part, names, depth)),
        Expr::Lookup(lookup) => path_of(&lookup.primary, names, depth),
        Expr::FuncCall(call) => {
            let object = call
                .object
                .as_ref()
                .is_none_or(|object| path_of(object, names, depth));
            names.push(call.identifier.name);
            object
        }
        _ => false,
    }
}

fn reading_of(call: &FuncCall<'_>) -> Option<Reading> {
    if call.object.is_some() {
        return None;
    }
    let name = call.identifier.name;
    let (signed, rest) = match name.strip_prefix('u') {
        Some(rest) => (false, rest),
        None => (true, name),
    };
    let (rest, big_endian) = match rest.strip_suffix("be") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let width = match rest {
        "int8" => 1,
        "int16" => 2,
        "int32" => 4,
        _ => return None,
    };
    Some(Reading {
        width,
        big_endian,
        signed,
    })
}
