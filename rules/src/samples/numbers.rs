//! Numbers of a condition: the size of the content, counts and offsets of patterns, and what is read at a place.

use yara_x_parser::ast::{BinaryExpr, Expr};

use super::draft::Place;
use super::satisfying::{IMPOSSIBLE, Satisfying, Scope, State};
use crate::analysis::Order;

/// A number that may count from the end of the content.
#[derive(Clone, Copy)]
pub(super) struct Linear {
    sizes: i64,
    constant: i64,
}

impl Satisfying<'_, '_> {
    /// Satisfies a comparison of a pattern's count or offset, or of bytes at a place, with a number.
    pub(super) fn counted(
        &mut self,
        order: Order,
        one: &Expr<'_>,
        other: &Expr<'_>,
        scope: Scope,
        state: &mut State,
    ) -> Option<u32> {
        match one {
            Expr::PatternCount(count) => {
                let at = self.pattern_of(count.identifier.name, scope)?;
                let wanted = self.number(other, scope, state)?.alone()?;
                let wanted = order.satisfied_by(wanted)?;
                let place = match &count.range {
                    Some(range) => self.between(range, scope, state)?,
                    None => Place::ANYWHERE,
                };
                let times = usize::try_from(wanted).unwrap_or(0);
                Some(self.put(at, place, times, scope, state))
            }
            Expr::PatternOffset(offset) => {
                let at = self.pattern_of(offset.identifier.name, scope)?;
                let wanted = self.number(other, scope, state)?.alone()?;
                let place = match order {
                    Order::Equal => {
                        Place::Between(usize::try_from(wanted).ok()?, usize::try_from(wanted).ok()?)
                    }
                    Order::Less | Order::LessOrEqual => {
                        Place::Between(0, usize::try_from(wanted).ok()?.checked_sub(1)?)
                    }
                    Order::Greater | Order::GreaterOrEqual => Place::Between(
                        usize::try_from(wanted).ok()?.checked_add(1)?,
                        usize::MAX - 1,
                    ),
                    Order::Unequal => Place::ANYWHERE,
                };
                Some(self.put(at, place, 1, scope, state))
            }
            Expr::FuncCall(call) => {
                let (width, is_big) = reading_of(call.identifier.name)?;
                if call.object.is_some() {
                    return None;
                }
                let [place] = &call.args[..] else {
                    return None;
                };
                let at = usize::try_from(self.number(place, scope, state)?.alone()?).ok()?;
                let wanted = order.satisfied_by(self.number(other, scope, state)?.alone()?)?;
                let agrees = state.draft.fix(at, &written(wanted, width, is_big));
                Some(if agrees { 0 } else { IMPOSSIBLE })
            }
            _ => None,
        }
    }

    /// Satisfies a comparison with the size of the content, or of constants.
    pub(super) fn sized(
        &mut self,
        order: Order,
        pair: &BinaryExpr<'_>,
        scope: Scope,
        state: &mut State,
    ) -> Option<u32> {
        let is_read = |expr: &Expr<'_>| matches!(expr, Expr::FuncCall(_));
        if is_read(&pair.lhs) || is_read(&pair.rhs) {
            return None;
        }
        let left = self.number(&pair.lhs, scope, state)?;
        let right = self.number(&pair.rhs, scope, state)?;
        let sizes = left.sizes.checked_sub(right.sizes)?;
        let limit = right.constant.checked_sub(left.constant)?;
        let (order, limit) = match sizes {
            0 => return Some(if order.holds(0, limit) { 0 } else { IMPOSSIBLE }),
            1 => (order, limit),
            -1 => (order.turned(), limit.checked_neg()?),
            _ => return None,
        };
        let draft = &mut state.draft;
        let agrees = match order {
            Order::Equal => draft.at_least(limit) && draft.at_most(limit),
            Order::Greater => draft.at_least(limit.checked_add(1)?),
            Order::GreaterOrEqual => draft.at_least(limit),
            Order::Less => draft.at_most(limit.checked_sub(1)?),
            Order::LessOrEqual => draft.at_most(limit),
            Order::Unequal => true,
        };
        Some(if agrees { 0 } else { IMPOSSIBLE })
    }

    /// Returns the number as far as it can be told. A place that is read for another place is given one.
    pub(super) fn number(
        &mut self,
        expr: &Expr<'_>,
        scope: Scope,
        state: &mut State,
    ) -> Option<Linear> {
        let scope = self.step(scope)?;
        match expr {
            Expr::LiteralInteger(integer) => Some(Linear::constant(integer.value)),
            Expr::Filesize { .. } => Some(Linear {
                sizes: 1,
                constant: 0,
            }),
            Expr::Minus(unary) => {
                let number = self.number(&unary.operand, scope, state)?.alone()?;
                Some(Linear::constant(number.checked_neg()?))
            }
            Expr::Add(nary) | Expr::Sub(nary) | Expr::Mul(nary) => {
                let mut operands = nary.operands();
                let mut sum = self.number(operands.next()?, scope, state)?;
                for operand in operands {
                    let next = self.number(operand, scope, state)?;
                    sum = match expr {
                        Expr::Add(_) => Linear {
                            sizes: sum.sizes.checked_add(next.sizes)?,
                            constant: sum.constant.checked_add(next.constant)?,
                        },
                        Expr::Sub(_) => Linear {
                            sizes: sum.sizes.checked_sub(next.sizes)?,
                            constant: sum.constant.checked_sub(next.constant)?,
                        },
                        _ => Linear::constant(sum.alone()?.checked_mul(next.alone()?)?),
                    };
                }
                Some(sum)
            }
            Expr::FuncCall(call) if call.object.is_none() => {
                let (width, is_big) = reading_of(call.identifier.name)?;
                let [place] = &call.args[..] else {
                    return None;
                };
                let at = usize::try_from(self.number(place, scope, state)?.alone()?).ok()?;
                let draft = &mut state.draft;
                if (at..at + width).all(|at| draft.fixed(at).is_none()) {
                    // Behind the first header of a program, and within one byte.
                    draft.fix(at, &written(0x80, width, is_big));
                }
                let mut value = 0_i64;
                for step in 0..width {
                    let at = if is_big {
                        at + step
                    } else {
                        at + width - 1 - step
                    };
                    value = value << 8 | i64::from(draft.fixed(at).unwrap_or(0));
                }
                Some(Linear::constant(value))
            }
            _ => None,
        }
    }
}

/// Returns how many bytes the function reads, and whether the first is the highest.
pub(super) fn reading_of(name: &str) -> Option<(usize, bool)> {
    let (name, is_big) = match name.strip_suffix("be") {
        Some(name) => (name, true),
        None => (name, false),
    };
    let width = match name {
        "int8" | "uint8" => 1,
        "int16" | "uint16" => 2,
        "int32" | "uint32" => 4,
        _ => return None,
    };
    Some((width, is_big))
}

/// Returns the bytes of a number.
fn written(value: i64, width: usize, is_big: bool) -> Vec<u8> {
    let mut bytes = value.to_le_bytes()[..width].to_vec();
    if is_big {
        bytes.reverse();
    }
    bytes
}

impl Linear {
    const fn constant(constant: i64) -> Self {
        Self { sizes: 0, constant }
    }

    /// Returns the number where it does not depend on the size.
    pub(super) fn alone(self) -> Option<i64> {
        (self.sizes == 0).then_some(self.constant)
    }

    pub(super) fn place(self) -> Option<Place> {
        match self.sizes {
            0 => {
                let at = usize::try_from(self.constant).ok()?;
                Some(Place::Between(at, at))
            }
            1 => {
                let before = usize::try_from(self.constant.checked_neg()?).ok()?;
                Some(Place::BeforeEnd(before))
            }
            _ => None,
        }
    }
}

impl Order {
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Equal => Self::Unequal,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Unequal => Self::Equal,
        }
    }

    fn holds(self, left: i64, right: i64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Unequal => left != right,
        }
    }

    /// Returns a number, not below zero where possible, that compares so with `with`.
    fn satisfied_by(self, with: i64) -> Option<i64> {
        match self {
            Self::Equal | Self::GreaterOrEqual => Some(with),
            Self::Greater | Self::Unequal => with.checked_add(1),
            Self::Less => with.checked_sub(1),
            Self::LessOrEqual => Some(with.min(1)),
        }
    }
}
