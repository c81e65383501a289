//! Chooses what a content needs for a condition to hold: of alternatives the one that is surest, of patterns the plainest.
//! What it cannot tell it leaves to chance, and says how much that was.

use std::collections::HashMap;
use std::sync::Arc;

use yara_x_parser::ast::{
    Expr, MatchAnchor, OfItems, Pattern, PatternSet, Quantifier, Range, Rule,
};

use super::draft::{Draft, Place, Sample};
use super::numbers::{Linear, reading_of};
use super::patterns::{Text, text_of};
use super::variables::{of_variable, set_value};
use crate::analysis::order_of;

/// Depth of nested expressions that is followed.
const DEPTH_MAX: usize = 60;
/// Expressions looked at for one sample: alternatives in alternatives multiply.
const STEPS_MAX: usize = 5_000;
/// Doubt about what is not understood.
const UNSURE: u32 = 1;
/// Doubt about what an engine's module says of a content that is no such file.
const OF_MODULE: u32 = 20;
/// What no sample can satisfy.
pub(super) const IMPOSSIBLE: u32 = 1_000;
/// What stands between texts, by choice: programs have zeros there, scripts ends of lines.
const FILLERS: [u8; 3] = [0, b'\n', 0];

/// A sample under way.
#[derive(Clone, Default)]
pub(super) struct State {
    pub draft: Draft,
    /// How often each pattern of each rule has been put in.
    counts: HashMap<(usize, usize), usize>,
}

/// Where an expression stands: in which rule, and in the loop over which pattern.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    rule: usize,
    current: Option<usize>,
    depth: usize,
}

/// One attempt at the rules of a source.
pub(super) struct Satisfying<'a, 'src> {
    rules: &'a [&'a Rule<'src>],
    names: &'a HashMap<&'a str, usize>,
    choice: usize,
    steps_left: usize,
    texts: HashMap<(usize, usize), Option<Arc<Text>>>,
}

impl<'a, 'src> Satisfying<'a, 'src> {
    /// Prepares an attempt; those of another `choice` take other alternatives.
    pub fn new(
        rules: &'a [&'a Rule<'src>],
        names: &'a HashMap<&'a str, usize>,
        choice: usize,
    ) -> Self {
        Self {
            rules,
            names,
            choice,
            steps_left: STEPS_MAX,
            texts: HashMap::new(),
        }
    }

    /// Makes a sample for a rule and the global ones beside it, and says how doubtful it is.
    pub fn sample(mut self, rule: usize, globals: &[usize]) -> Option<(u32, Sample)> {
        let mut state = State::default();
        let mut doubt = 0_u32;
        for rule in globals.iter().chain([&rule]) {
            doubt = doubt.saturating_add(self.rule(*rule, &mut state, DEPTH_MAX));
        }
        if doubt >= IMPOSSIBLE {
            return None;
        }
        let sample = state.draft.write(FILLERS[self.choice % FILLERS.len()])?;
        Some((doubt, sample))
    }

    fn rule(&mut self, rule: usize, state: &mut State, depth: usize) -> u32 {
        let Some(depth) = depth.checked_sub(1) else {
            return IMPOSSIBLE;
        };
        let scope = Scope {
            rule,
            current: None,
            depth,
        };
        let rules = self.rules;
        self.holds(&rules[rule].condition, scope, state)
    }

    fn holds(&mut self, expr: &Expr<'_>, scope: Scope, state: &mut State) -> u32 {
        let Some(scope) = self.step(scope) else {
            return IMPOSSIBLE;
        };
        match expr {
            Expr::True { .. } => 0,
            Expr::False { .. } => IMPOSSIBLE,
            Expr::And(nary) => {
                // What stands at a place or bounds the size comes before what may stand anywhere.
                let mut doubt = 0_u32;
                for part in nary.operands() {
                    doubt = doubt.saturating_add(self.holds(part, scope, state));
                }
                doubt
            }
            Expr::Or(nary) => {
                let parts: Vec<&Expr<'_>> = nary.operands().collect();
                self.some_of(1, &parts, state, |this, part, state| {
                    this.holds(part, scope, state)
                })
            }
            Expr::Not(unary) => self.fails(&unary.operand, scope, state),
            Expr::PatternMatch(found) => match self.pattern_of(found.identifier.name, scope) {
                Some(at) => self.anchored(at, found.anchor.as_ref(), scope, state),
                None => IMPOSSIBLE,
            },
            Expr::PatternCount(count) => match self.pattern_of(count.identifier.name, scope) {
                Some(at) => self.put(at, Place::ANYWHERE, 1, scope, state),
                None => IMPOSSIBLE,
            },
            Expr::Of(of) => match &of.items {
                OfItems::PatternSet(set) => {
                    let chosen = self.chosen(set, scope);
                    let Some(count) = self.quantity(&of.quantifier, chosen.len(), scope, state)
                    else {
                        return UNSURE;
                    };
                    let chosen = self.plainest(chosen, count, scope);
                    let mut doubt = 0_u32;
                    for at in chosen {
                        let one = self.anchored(at, of.anchor.as_ref(), scope, state);
                        doubt = doubt.saturating_add(one);
                    }
                    doubt
                }
                OfItems::BoolExprTuple(exprs) => {
                    let parts: Vec<&Expr<'_>> = exprs.iter().collect();
                    match self.quantity(&of.quantifier, parts.len(), scope, state) {
                        Some(count) => self.some_of(count, &parts, state, |this, part, state| {
                            this.holds(part, scope, state)
                        }),
                        None => UNSURE,
                    }
                }
            },
            Expr::ForOf(for_of) => {
                let chosen = self.chosen(&for_of.pattern_set, scope);
                let Some(count) = self.quantity(&for_of.quantifier, chosen.len(), scope, state)
                else {
                    return UNSURE;
                };
                let chosen = self.plainest(chosen, count, scope);
                let mut doubt = 0_u32;
                for at in chosen {
                    let inner = Scope {
                        current: Some(at),
                        ..scope
                    };
                    doubt = doubt.saturating_add(self.holds(&for_of.body, inner, state));
                }
                doubt
            }
            Expr::With(with) => self.holds(&with.body, scope, state).saturating_add(UNSURE),
            Expr::Ident(ident) => match self.names.get(ident.name) {
                Some(rule) if *rule < scope.rule => self.rule(*rule, state, scope.depth),
                _ => UNSURE,
            },
            _ => self.relation(expr, scope, state),
        }
    }

    /// Sees to it that the expression does not hold: what is not put in is not found.
    fn fails(&mut self, expr: &Expr<'_>, scope: Scope, state: &mut State) -> u32 {
        let Some(scope) = self.step(scope) else {
            return IMPOSSIBLE;
        };
        match expr {
            Expr::True { .. } => IMPOSSIBLE,
            Expr::Not(unary) => self.holds(&unary.operand, scope, state),
            Expr::Or(nary) => {
                let mut doubt = 0_u32;
                for part in nary.operands() {
                    doubt = doubt.saturating_add(self.fails(part, scope, state));
                }
                doubt
            }
            Expr::And(nary) => {
                let parts: Vec<&Expr<'_>> = nary.operands().collect();
                self.some_of(1, &parts, state, |this, part, state| {
                    this.fails(part, scope, state)
                })
            }
            _ => match order_of(expr) {
                Some((order, pair)) => {
                    let sized = self.sized(order.negated(), pair, scope, state);
                    sized.unwrap_or(0)
                }
                None => 0,
            },
        }
    }

    /// Satisfies so many of the parts: those that leave least doubt. The first of equals moves with the choice.
    fn some_of<'e, 's>(
        &mut self,
        count: usize,
        parts: &[&'e Expr<'s>],
        state: &mut State,
        satisfy: impl Fn(&mut Self, &'e Expr<'s>, &mut State) -> u32,
    ) -> u32 {
        if count == 0 {
            return 0;
        }
        let mut tried: Vec<(u32, usize)> = Vec::with_capacity(parts.len());
        for (at, part) in parts.iter().enumerate() {
            let mut trial = state.clone();
            let doubt = satisfy(self, part, &mut trial);
            let later = (at + parts.len() - self.choice % parts.len()) % parts.len();
            tried.push((doubt, later));
            if count == 1 && parts.len() > 1 && doubt == 0 && later == 0 {
                *state = trial;
                return 0;
            }
        }
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|at| tried[*at]);
        if order.len() < count {
            return IMPOSSIBLE;
        }
        let mut doubt = 0_u32;
        for at in order.into_iter().take(count) {
            doubt = doubt.saturating_add(satisfy(self, parts[at], state));
        }
        doubt
    }

    fn relation(&mut self, expr: &Expr<'_>, scope: Scope, state: &mut State) -> u32 {
        if let Some((variable, text, way)) = of_variable(expr, self.choice) {
            return set_value(state, &variable, &text, way);
        }
        let Some((order, pair)) = order_of(expr) else {
            return self.left_to_chance(expr, scope, state);
        };
        for (order, one, other) in [
            (order, &pair.lhs, &pair.rhs),
            (order.turned(), &pair.rhs, &pair.lhs),
        ] {
            if let Some(doubt) = self.counted(order, one, other, scope, state) {
                return doubt;
            }
        }
        match self.sized(order, pair, scope, state) {
            Some(doubt) => doubt,
            None => self.left_to_chance(expr, scope, state),
        }
    }

    /// Puts in every pattern that the expression names, and hopes.
    fn left_to_chance(&mut self, expr: &Expr<'_>, scope: Scope, state: &mut State) -> u32 {
        let mut doubt = UNSURE;
        let mut open = vec![expr];
        while let Some(expr) = open.pop() {
            if self.step(scope).is_none() {
                return IMPOSSIBLE;
            }
            let name = match expr {
                Expr::PatternMatch(found) => found.identifier.name,
                Expr::PatternCount(count) => count.identifier.name,
                Expr::PatternOffset(found) | Expr::PatternLength(found) => found.identifier.name,
                Expr::FieldAccess(_) => {
                    doubt = doubt.max(OF_MODULE);
                    continue;
                }
                Expr::FuncCall(call) if reading_of(call.identifier.name).is_none() => {
                    doubt = doubt.max(OF_MODULE);
                    continue;
                }
                Expr::ForIn(for_in) => {
                    if let yara_x_parser::ast::Iterable::Range(range) = &for_in.iterable {
                        open.extend([&range.lower_bound, &range.upper_bound]);
                    }
                    open.push(&for_in.body);
                    continue;
                }
                expr => {
                    let mut children: Vec<&Expr<'_>> = expr.children().collect();
                    children.reverse();
                    open.extend(children);
                    continue;
                }
            };
            if let Some(at) = self.pattern_of(name, scope) {
                let one = self.put(at, Place::ANYWHERE, 1, scope, state);
                doubt = doubt.saturating_add(one);
            }
        }
        doubt
    }

    fn anchored(
        &mut self,
        at: usize,
        anchor: Option<&MatchAnchor<'_>>,
        scope: Scope,
        state: &mut State,
    ) -> u32 {
        let place = match anchor {
            None => Some(Place::ANYWHERE),
            Some(MatchAnchor::At(place)) => self
                .number(&place.expr, scope, state)
                .and_then(Linear::place),
            Some(MatchAnchor::In(within)) => self.between(&within.range, scope, state),
        };
        match place {
            Some(place) => self.put(at, place, 1, scope, state),
            None => self
                .put(at, Place::ANYWHERE, 1, scope, state)
                .saturating_add(UNSURE),
        }
    }

    pub(super) fn between(
        &mut self,
        range: &Range<'_>,
        scope: Scope,
        state: &mut State,
    ) -> Option<Place> {
        let from = self.number(&range.lower_bound, scope, state)?;
        let to = self.number(&range.upper_bound, scope, state)?;
        match (from.alone(), to.alone()) {
            (Some(from), Some(to)) => Some(Place::Between(
                usize::try_from(from).ok()?,
                usize::try_from(to).ok()?,
            )),
            (Some(from), None) => {
                let from = usize::try_from(from).ok()?;
                Some(Place::Between(from, usize::MAX - 1))
            }
            (None, _) => from.place(),
        }
    }

    /// Puts a pattern in until it is there so many times.
    pub(super) fn put(
        &mut self,
        at: usize,
        place: Place,
        times: usize,
        scope: Scope,
        state: &mut State,
    ) -> u32 {
        let Some(text) = self.text(at, scope) else {
            return IMPOSSIBLE;
        };
        if let Place::Between(from, to) = place
            && from == to
            && !text.at_end
        {
            let agrees = state.draft.fix(from, &text.bytes);
            state.counts.insert((scope.rule, at), 1);
            return if agrees { 0 } else { IMPOSSIBLE };
        }
        let count = state.counts.entry((scope.rule, at)).or_default();
        let known = if place == Place::ANYWHERE { *count } else { 0 };
        for _ in known..times {
            *count += 1;
            if !state.draft.add(&text, place) {
                return IMPOSSIBLE;
            }
        }
        0
    }

    fn text(&mut self, at: usize, scope: Scope) -> Option<Arc<Text>> {
        let rules = self.rules;
        let choice = self.choice;
        let text = self.texts.entry((scope.rule, at)).or_insert_with(|| {
            let pattern = rules[scope.rule].patterns.as_deref()?.get(at)?;
            text_of(pattern, choice).map(Arc::new)
        });
        text.clone()
    }

    /// Returns so many of the patterns, those first that are sure to be found.
    fn plainest(&mut self, mut chosen: Vec<usize>, count: usize, scope: Scope) -> Vec<usize> {
        let rules = self.rules;
        let patterns = rules[scope.rule].patterns.as_deref().unwrap_or_default();
        if count < chosen.len() {
            let spare = chosen.len() - count;
            chosen.rotate_left(self.choice.min(spare));
            chosen.sort_by_key(|at| match &patterns[*at] {
                _ if self.text(*at, scope).is_none() => 3,
                Pattern::Text(_) => 0,
                Pattern::Hex(_) => 1,
                Pattern::Regexp(_) => 2,
            });
            chosen.truncate(count);
        }
        chosen
    }

    fn chosen(&self, set: &PatternSet<'_>, scope: Scope) -> Vec<usize> {
        let patterns = self.patterns(scope);
        (0..patterns.len())
            .filter(|at| match set {
                PatternSet::Them { .. } => true,
                PatternSet::Set(items) => items
                    .iter()
                    .any(|item| item.matches(patterns[*at].identifier())),
            })
            .collect()
    }

    fn quantity(
        &mut self,
        quantifier: &Quantifier<'_>,
        of: usize,
        scope: Scope,
        state: &mut State,
    ) -> Option<usize> {
        Some(match quantifier {
            Quantifier::None { .. } => 0,
            Quantifier::All { .. } => of,
            Quantifier::Any { .. } => 1,
            Quantifier::Percentage(share) => {
                let share = self.number(share, scope, state)?.alone()?;
                (of * usize::try_from(share).ok()?).div_ceil(100)
            }
            Quantifier::Expr(count) => {
                usize::try_from(self.number(count, scope, state)?.alone()?).ok()?
            }
        })
    }

    pub(super) fn pattern_of(&self, name: &str, scope: Scope) -> Option<usize> {
        let name = name.get(1..)?;
        if name.is_empty() {
            return scope.current;
        }
        self.patterns(scope)
            .iter()
            .position(|pattern| pattern.identifier().name.get(1..) == Some(name))
    }

    fn patterns(&self, scope: Scope) -> &'a [Pattern<'src>] {
        let rules = self.rules;
        rules[scope.rule].patterns.as_deref().unwrap_or_default()
    }

    pub(super) fn step(&mut self, scope: Scope) -> Option<Scope> {
        self.steps_left = self.steps_left.checked_sub(1)?;
        let depth = scope.depth.checked_sub(1)?;
        Some(Scope { depth, ..scope })
    }
}
