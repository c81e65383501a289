//! The texts by which a rule is noticed: so few and so rare as its formula allows, and one of them is in whatever matches.

use crate::analysis::Formula;
use crate::evaluation::{Known, may_hold};
use crate::filter::samplings::Parts;
use crate::literals::{LiteralId, Literals};
use crate::rule_set::Rule;

/// Texts by which one rule may be noticed.
const COVER_MAX: usize = 20_000;
/// What it costs to look for one more text at all, as a share of the places where it is tested.
const COST_OF_ONE: f64 = 1e-7;

/// Texts of which one is in whatever may match.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cover {
    /// The texts.
    pub literals: Vec<LiteralId>,
    /// What it costs to look for them.
    pub cost: f64,
}

/// Returns the cheapest cover of the formula for contents of which this is known; nothing where it may hold without any text.
pub(crate) fn cover_of(
    formula: &Formula,
    rules: &[Rule],
    literals: &Literals,
    known: &mut impl Known,
) -> Option<Cover> {
    match formula {
        Formula::Never => Some(Cover::default()),
        Formula::HasAt(..) if !may_hold(formula, rules, known) => Some(Cover::default()),
        Formula::Has(id) | Formula::HasAt(id, _) => {
            let cost = cost_of(literals.parts(*id))?;
            Some(Cover {
                literals: vec![*id],
                cost,
            })
        }
        Formula::All(parts) => parts
            .iter()
            .filter_map(|part| cover_of(part, rules, literals, known))
            .min_by(|one, other| one.cost.total_cmp(&other.cost)),
        Formula::Any(parts) => {
            let parts: Option<Vec<Cover>> = parts
                .iter()
                .map(|part| cover_of(part, rules, literals, known))
                .collect();
            joined(parts?)
        }
        Formula::AtLeast(count, parts) => {
            // Without so many of the parts, too few are left.
            let wanted = parts.len().saturating_sub(*count) + 1;
            let mut parts: Vec<Cover> = parts
                .iter()
                .filter_map(|part| cover_of(part, rules, literals, known))
                .collect();
            if parts.len() < wanted {
                return None;
            }
            parts.sort_by(|one, other| one.cost.total_cmp(&other.cost));
            parts.truncate(wanted);
            joined(parts)
        }
        Formula::Rule(index) => cover_of(&rules.get(*index)?.formula, rules, literals, known),
        // What cannot hold for any content of the class needs no text.
        Formula::Compare(..) | Formula::NotCompare(..) => {
            (!may_hold(formula, rules, known)).then(Cover::default)
        }
        Formula::May | Formula::Lacks(_) | Formula::Fact(_) | Formula::NotFact(_) => None,
    }
}

fn joined(parts: Vec<Cover>) -> Option<Cover> {
    let mut cover = Cover {
        literals: Vec::new(),
        cost: 0.0,
    };
    for part in parts {
        cover.literals.extend(part.literals);
        cover.cost += part.cost;
        if cover.literals.len() > COVER_MAX {
            return None;
        }
    }
    cover.literals.sort_unstable();
    cover.literals.dedup();
    Some(cover)
}

/// Returns what it costs to look for the text: how often its best piece is met, and how many places must be tested. Nothing where
/// too few of its bytes are told.
fn cost_of(parts: &Parts) -> Option<f64> {
    let (part, stride) = parts.most_telling()?;
    let by_stride = match stride {
        4.. => 0.0,
        _ if part.is_open => 1e-3,
        _ => 1e-4,
    };
    Some((-f64::from(part.worth) / 4.0).exp2() + by_stride + COST_OF_ONE)
}
