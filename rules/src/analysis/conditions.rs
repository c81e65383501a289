//! From a rule's condition to what it requires. Whatever is not understood may hold.

use std::collections::HashMap;

use yara_x_parser::ast::{
    BinaryExpr, Expr, ForIn, ForOf, Iterable, MatchAnchor, Of, OfItems, Pattern, PatternSet,
    Quantifier,
};

use super::formula::{FactTest, Formula, Number, Order, Relation};
use super::patterns::{exact_texts, of_pattern, only_text};
use super::required::{Required, of_regexp};
use crate::compiling::VARIABLES;
use crate::literals::Literals;

/// Depth of nested expressions that is followed.
pub(super) const DEPTH_MAX: usize = 60;
/// Patterns for which the body of one `for … of` is looked at.
const BODIES_MAX: usize = 64;
/// Steps that one rule's analysis may take: loops in loops multiply.
const STEPS_MAX: usize = 50_000;

/// What is known while one condition is read.
pub(super) struct Conditions<'a, 'src> {
    patterns: &'a [Pattern<'src>],
    /// What each pattern requires, by its place.
    required: Vec<Formula>,
    /// The rules of the source so far, by name.
    rules: &'a HashMap<&'src str, usize>,
    literals: &'a mut Literals,
    /// Names that loops and `with` have taken.
    scopes: Vec<String>,
    /// The pattern that `$` stands for inside a loop.
    current: Option<usize>,
    steps_left: usize,
}

impl<'a, 'src> Conditions<'a, 'src> {
    /// Prepares to read the condition of a rule with these patterns.
    pub fn new(
        patterns: &'a [Pattern<'src>],
        rules: &'a HashMap<&'src str, usize>,
        literals: &'a mut Literals,
    ) -> Self {
        let required = patterns
            .iter()
            .map(|pattern| of_pattern(pattern, literals))
            .collect();
        Self {
            patterns,
            required,
            rules,
            literals,
            scopes: Vec::new(),
            current: None,
            steps_left: STEPS_MAX,
        }
    }

    /// Returns what the condition requires.
    pub fn read(&mut self, condition: &Expr<'_>) -> Formula {
        self.holds(condition, DEPTH_MAX)
    }

    fn holds(&mut self, expr: &Expr<'_>, depth: usize) -> Formula {
        let Some(depth) = depth.checked_sub(1) else {
            return Formula::May;
        };
        self.steps_left = self.steps_left.saturating_sub(1);
        if self.steps_left == 0 {
            return Formula::May;
        }
        match expr {
            Expr::False { .. } => Formula::Never,
            Expr::And(nary) => {
                let parts = nary.operands().map(|part| self.holds(part, depth));
                let parts: Vec<Formula> = parts.collect();
                Formula::all(parts)
            }
            Expr::Or(nary) => {
                let parts = nary.operands().map(|part| self.holds(part, depth));
                let parts: Vec<Formula> = parts.collect();
                Formula::any(parts)
            }
            Expr::Not(unary) => self.fails(&unary.operand, depth),
            Expr::PatternMatch(found) => {
                self.anchored(found.identifier.name, found.anchor.as_ref(), depth)
            }
            Expr::PatternCount(count) => self.found(count.identifier.name),
            Expr::Of(of) => self.of(of, depth),
            Expr::ForOf(for_of) => self.for_of(for_of, depth),
            Expr::ForIn(for_in) => self.for_in(for_in, depth),
            Expr::With(with) => {
                let before = self.scopes.len();
                for declaration in &with.declarations {
                    self.scopes.push(declaration.identifier.name.to_owned());
                }
                let body = self.holds(&with.body, depth);
                self.scopes.truncate(before);
                body
            }
            Expr::Ident(ident) => match self.rules.get(ident.name) {
                Some(index) if !self.is_variable(ident.name) => Formula::Rule(*index),
                _ => Formula::May,
            },
            Expr::FieldAccess(_) | Expr::FuncCall(_) | Expr::Lookup(_) => {
                self.needed_for(expr, depth)
            }
            _ => self.relation(expr, depth),
        }
    }

    /// Returns what must hold where the expression does not hold or is not defined: known for comparisons and what joins them.
    fn fails(&mut self, expr: &Expr<'_>, depth: usize) -> Formula {
        let Some(depth) = depth.checked_sub(1) else {
            return Formula::May;
        };
        match expr {
            // What is not defined does not hold, and neither does its negation: only what is always defined can be turned twice.
            Expr::Not(unary) => match &unary.operand {
                Expr::And(_) | Expr::Or(_) => self.holds(&unary.operand, depth),
                Expr::PatternMatch(found) if found.anchor.is_none() => {
                    self.holds(&unary.operand, depth)
                }
                _ => Formula::May,
            },
            Expr::And(nary) => {
                let parts: Vec<Formula> = nary
                    .operands()
                    .map(|part| self.fails(part, depth))
                    .collect();
                Formula::any(parts)
            }
            Expr::Or(nary) => {
                let parts: Vec<Formula> = nary
                    .operands()
                    .map(|part| self.fails(part, depth))
                    .collect();
                Formula::all(parts)
            }
            Expr::PatternMatch(found) if found.anchor.is_none() => {
                match self.pattern_of(found.identifier.name) {
                    Some(at) => self.lacks(&[at]),
                    None => Formula::May,
                }
            }
            Expr::Of(of) if of.anchor.is_none() => {
                let needs_one = match &of.quantifier {
                    Quantifier::Any { .. } => true,
                    Quantifier::Expr(count) => self.number(count, depth) == Number::Constant(1),
                    _ => false,
                };
                match &of.items {
                    OfItems::PatternSet(set) if needs_one => {
                        let chosen = self.chosen(set);
                        self.lacks(&chosen)
                    }
                    _ => Formula::May,
                }
            }
            _ => match self.atom(expr, depth) {
                Some(Formula::Compare(order, left, right)) => {
                    Formula::NotCompare(order, left, right)
                }
                Some(Formula::Fact(test)) => Formula::NotFact(test),
                _ => Formula::May,
            },
        }
    }

    fn relation(&mut self, expr: &Expr<'_>, depth: usize) -> Formula {
        if let Some(atom) = self.atom(expr, depth) {
            let Formula::Compare(..) = &atom else {
                return atom;
            };
            let Some((_, pair)) = order_of(expr) else {
                return atom;
            };
            let left = self.needed_for(&pair.lhs, depth);
            let right = self.needed_for(&pair.rhs, depth);
            return Formula::all(vec![atom, left, right]);
        }
        if let Some((order, pair)) = order_of(expr) {
            return self.compared(order, pair, depth);
        }
        match expr {
            Expr::Matches(pair) => self.fact_matches(pair),
            Expr::Contains(pair)
            | Expr::IContains(pair)
            | Expr::StartsWith(pair)
            | Expr::IStartsWith(pair)
            | Expr::EndsWith(pair)
            | Expr::IEndsWith(pair)
            | Expr::IEquals(pair) => {
                let left = self.needed_for(&pair.lhs, depth);
                let right = self.needed_for(&pair.rhs, depth);
                Formula::all(vec![left, right])
            }
            _ => self.needed_for(expr, depth),
        }
    }

    /// Returns a comparison that is told exactly: of numbers, or of a file's variable with a text.
    fn atom(&mut self, expr: &Expr<'_>, depth: usize) -> Option<Formula> {
        if let Some((variable, relation, value)) = self.fact_of(expr) {
            return Some(Formula::Fact(FactTest {
                variable,
                relation,
                value,
            }));
        }
        let (order, pair) = order_of(expr)?;
        let left = self.number(&pair.lhs, depth);
        let right = self.number(&pair.rhs, depth);
        (left.is_told() && right.is_told()).then_some(Formula::Compare(order, left, right))
    }

    /// Reads a comparison of which one side at least cannot be told.
    fn compared(&mut self, order: Order, pair: &BinaryExpr<'_>, depth: usize) -> Formula {
        let counted = match (&pair.lhs, &pair.rhs) {
            (Expr::PatternCount(count), other) => Some((count, order, other)),
            (other, Expr::PatternCount(count)) => Some((count, order.turned(), other)),
            _ => None,
        };
        if let Some(counts) = self.more_counts(order, pair) {
            return counts;
        }
        if let Some((count, order, other)) = counted {
            let with = self.number(other, depth);
            let other = self.needed_for(other, depth);
            let count = self.count_compared(count.identifier.name, order, &with);
            return Formula::all(vec![count, other]);
        }
        let left = self.needed_for(&pair.lhs, depth);
        let right = self.needed_for(&pair.rhs, depth);
        Formula::all(vec![left, right])
    }

    /// Returns what is required where the pattern of this name is found. `$`, `#`, `@` and `!` alone are the loop's.
    pub(super) fn found(&mut self, name: &str) -> Formula {
        self.pattern_of(name)
            .and_then(|at| self.required.get(at))
            .cloned()
            .unwrap_or(Formula::May)
    }

    fn pattern_of(&self, name: &str) -> Option<usize> {
        let name = name.get(1..)?;
        if name.is_empty() {
            return self.current;
        }
        let mut named = self
            .patterns
            .iter()
            .enumerate()
            .filter(|(_, pattern)| pattern.identifier().name.get(1..) == Some(name));
        let (at, _) = named.next()?;
        named.next().is_none().then_some(at)
    }

    fn anchored(&mut self, name: &str, anchor: Option<&MatchAnchor<'_>>, depth: usize) -> Formula {
        let found = self.found(name);
        let Some(MatchAnchor::At(at)) = anchor else {
            return found;
        };
        let place = self.number(&at.expr, depth);
        if place == Number::Unknown {
            return found;
        }
        let text = self
            .pattern_of(name)
            .and_then(|at| only_text(&self.patterns[at]));
        match text.and_then(|text| self.literals.intern_whole(&text)) {
            Some(id) => Formula::all(vec![Formula::HasAt(id, place), found]),
            None => found,
        }
    }

    fn of(&mut self, of: &Of<'_>, depth: usize) -> Formula {
        let parts: Vec<Formula> = match &of.items {
            OfItems::PatternSet(set) => {
                let chosen = self.chosen(set);
                let all_once = chosen.len();
                let parts: Vec<Formula> = chosen
                    .into_iter()
                    .map(|at| self.required[at].clone())
                    .collect();
                debug_assert_eq!(parts.len(), all_once);
                parts
            }
            OfItems::BoolExprTuple(exprs) => {
                exprs.iter().map(|expr| self.holds(expr, depth)).collect()
            }
        };
        self.quantified(&of.quantifier, parts, depth)
    }

    /// Returns what is required where none of these patterns is found: that the content has none of their texts.
    fn lacks(&mut self, patterns: &[usize]) -> Formula {
        let mut parts = Vec::new();
        for at in patterns {
            if let Some(texts) = exact_texts(&self.patterns[*at], self.literals) {
                parts.extend(texts.into_iter().map(Formula::Lacks));
            }
        }
        Formula::all(parts)
    }

    fn chosen(&self, set: &PatternSet<'_>) -> Vec<usize> {
        let places = 0..self.patterns.len();
        match set {
            PatternSet::Them { .. } => places.collect(),
            PatternSet::Set(items) => places
                .filter(|at| {
                    let identifier = self.patterns[*at].identifier();
                    items.iter().any(|item| item.matches(identifier))
                })
                .collect(),
        }
    }

    /// Returns what is required where as many of the parts hold as the quantifier says.
    fn quantified(
        &mut self,
        quantifier: &Quantifier<'_>,
        parts: Vec<Formula>,
        depth: usize,
    ) -> Formula {
        let count = match quantifier {
            Quantifier::None { .. } => return Formula::May,
            Quantifier::All { .. } => parts.len(),
            Quantifier::Any { .. } => 1,
            Quantifier::Percentage(share) => match self.number(share, depth) {
                // Rounded down: the engine computes with fractions.
                Number::Constant(share @ 0..=100) => {
                    parts.len() * usize::try_from(share).unwrap_or(0) / 100
                }
                _ => return Formula::May,
            },
            Quantifier::Expr(count) => match self.number(count, depth) {
                Number::Constant(count) => match usize::try_from(count) {
                    Ok(count) => count,
                    Err(_) => return Formula::May,
                },
                _ => return Formula::May,
            },
        };
        if parts.is_empty() || count == 0 {
            return Formula::May;
        }
        Formula::at_least(count, parts)
    }

    fn for_of(&mut self, for_of: &ForOf<'_>, depth: usize) -> Formula {
        let chosen = self.chosen(&for_of.pattern_set);
        if chosen.len() > BODIES_MAX {
            return Formula::May;
        }
        let outer = self.current;
        let mut parts = Vec::with_capacity(chosen.len());
        for at in chosen {
            self.current = Some(at);
            parts.push(self.holds(&for_of.body, depth));
        }
        self.current = outer;
        self.quantified(&for_of.quantifier, parts, depth)
    }

    fn for_in(&mut self, for_in: &ForIn<'_>, depth: usize) -> Formula {
        let needs_one = match &for_in.quantifier {
            Quantifier::Any { .. } => true,
            Quantifier::Expr(count) => {
                matches!(self.number(count, depth), Number::Constant(1..))
            }
            _ => false,
        };
        if !needs_one {
            return Formula::May;
        }
        let iterable = match &for_in.iterable {
            Iterable::Range(range) => {
                let lower = self.number(&range.lower_bound, depth);
                let counted = match &range.upper_bound {
                    // From one to the count of a pattern: nothing where there is none.
                    Expr::PatternCount(count) if matches!(lower, Number::Constant(1..)) => {
                        self.found(count.identifier.name)
                    }
                    _ => Formula::May,
                };
                let lower = self.needed_for(&range.lower_bound, depth);
                let upper = self.needed_for(&range.upper_bound, depth);
                Formula::all(vec![counted, lower, upper])
            }
            Iterable::ExprTuple(_) => Formula::May,
            Iterable::Expr(expr) => self.module_needed(expr),
        };
        let before = self.scopes.len();
        for variable in &for_in.variables {
            self.scopes.push(variable.name.to_owned());
        }
        let body = self.holds(&for_in.body, depth);
        self.scopes.truncate(before);
        Formula::all(vec![iterable, body])
    }

    /// Says whether a loop or `with` has taken the name.
    pub(super) fn is_variable(&self, name: &str) -> bool {
        self.scopes.iter().any(|taken| taken == name)
    }

    fn fact_variable(&self, expr: &Expr<'_>) -> Option<usize> {
        let Expr::Ident(ident) = expr else {
            return None;
        };
        if self.is_variable(ident.name) || self.rules.contains_key(ident.name) {
            return None;
        }
        VARIABLES.iter().position(|name| *name == ident.name)
    }

    fn fact_of(&self, expr: &Expr<'_>) -> Option<(usize, Relation, Box<[u8]>)> {
        let (relation, pair, symmetric) = match expr {
            Expr::Eq(pair) => (Relation::Is, pair, true),
            Expr::Ne(pair) => (Relation::IsNot, pair, true),
            Expr::Contains(pair) => (Relation::Has, pair, false),
            Expr::IContains(pair) => (Relation::HasAnyCase, pair, false),
            Expr::StartsWith(pair) => (Relation::Starts, pair, false),
            Expr::IStartsWith(pair) => (Relation::StartsAnyCase, pair, false),
            Expr::EndsWith(pair) => (Relation::Ends, pair, false),
            Expr::IEndsWith(pair) => (Relation::EndsAnyCase, pair, false),
            Expr::IEquals(pair) => (Relation::IsAnyCase, pair, true),
            _ => return None,
        };
        match (&pair.lhs, &pair.rhs) {
            (left, Expr::LiteralString(text)) => Some((
                self.fact_variable(left)?,
                relation,
                text.value.to_vec().into(),
            )),
            (Expr::LiteralString(text), right) if symmetric => Some((
                self.fact_variable(right)?,
                relation,
                text.value.to_vec().into(),
            )),
            _ => None,
        }
    }

    /// A file's variable that matches an expression has the texts that the expression requires.
    fn fact_matches(&mut self, pair: &BinaryExpr<'_>) -> Formula {
        let Expr::Regexp(regexp) = &pair.rhs else {
            return Formula::May;
        };
        match self.fact_variable(&pair.lhs) {
            Some(variable) => fact_has(
                variable,
                &of_regexp(
                    regexp.src,
                    regexp.case_insensitive,
                    regexp.dot_matches_new_line,
                ),
            ),
            None => self.needed_for(&pair.lhs, 8),
        }
    }
}

fn fact_has(variable: usize, required: &Required) -> Formula {
    let list = |parts: &[Required]| -> Vec<Formula> {
        parts.iter().map(|part| fact_has(variable, part)).collect()
    };
    match required {
        Required::Nothing => Formula::May,
        // The longest run of told bytes, in either case: a name is short, and one test of it is enough.
        Required::Text(bytes) => {
            let runs = bytes.split(|byte| !byte.is_told());
            let longest = runs.max_by_key(|run| run.len()).unwrap_or_default();
            Formula::Fact(FactTest {
                variable,
                relation: Relation::HasAnyCase,
                value: longest
                    .iter()
                    .map(|byte| byte.value.to_ascii_lowercase())
                    .collect(),
            })
        }
        Required::All(parts) => Formula::all(list(parts)),
        Required::Any(parts) => Formula::any(list(parts)),
    }
}

/// Returns which comparison an expression is, and of what.
pub(crate) fn order_of<'e, 'src>(expr: &'e Expr<'src>) -> Option<(Order, &'e BinaryExpr<'src>)> {
    match expr {
        Expr::Eq(pair) => Some((Order::Equal, pair)),
        Expr::Ne(pair) => Some((Order::Unequal, pair)),
        Expr::Lt(pair) => Some((Order::Less, pair)),
        Expr::Le(pair) => Some((Order::LessOrEqual, pair)),
        Expr::Gt(pair) => Some((Order::Greater, pair)),
        Expr::Ge(pair) => Some((Order::GreaterOrEqual, pair)),
        _ => None,
    }
}

impl Order {
    /// Returns the order in which the sides have changed places.
    pub(crate) fn turned(self) -> Self {
        match self {
            Self::Equal => Self::Equal,
            Self::Unequal => Self::Unequal,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }
}
