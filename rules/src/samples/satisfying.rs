//! Chooses what a content needs for a condition to hold: of alternatives the one that is surest, of patterns the plainest.
//! What it cannot tell it leaves to chance, and says how much that was.

use std::collections::HashMap;
use std::sync::Arc;

use yara_x_parser::ast::{
    BinaryExpr, Expr, MatchAnchor, OfItems, Pattern, PatternSet, Quantifier, Range, Rule,
};

use super::draft::{Draft, Place, Sample};
use super::patterns::{Text, of_regexp, text_of};
use crate::compiling::VARIABLES;

/// Depth of nested expressions that is followed.
const DEPTH_MAX: usize = 60;
/// Expressions looked at for one sample: alternatives in alternatives multiply.
const STEPS_MAX: usize = 5_000;
/// Doubt about what is not understood.
const UNSURE: u32 = 1;
/// Doubt about what an engine's module says of a content that is no such file.
const OF_MODULE: u32 = 20;
/// What no sample can satisfy.
const IMPOSSIBLE: u32 = 1_000;
/// What stands between texts, by choice: programs have zeros there, scripts ends of lines.
const FILLERS: [u8; 3] = [0, b'\n', 0];

/// A sample under way.
#[derive(Clone, Default)]
struct State {
    draft: Draft,
    /// How often each pattern of each rule has been put in.
    counts: HashMap<(usize, usize), usize>,
}

/// Where an expression stands: in which rule, and in the loop over which pattern.
#[derive(Clone, Copy)]
struct Scope {
    rule: usize,
    current: Option<usize>,
    depth: usize,
}

/// A number that may count from the end of the content.
#[derive(Clone, Copy)]
struct Linear {
    sizes: i64,
    constant: i64,
}

#[derive(Clone, Copy, PartialEq)]
enum Order {
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Unequal,
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
        if let Some((variable, text, way)) = self.of_variable(expr) {
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

    /// Satisfies a comparison of a pattern's count or offset, or of bytes at a place, with a number.
    fn counted(
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
    fn sized(
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

    fn between(&mut self, range: &Range<'_>, scope: Scope, state: &mut State) -> Option<Place> {
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
    fn put(
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

    /// Returns the number as far as it can be told. A place that is read for another place is given one.
    fn number(&mut self, expr: &Expr<'_>, scope: Scope, state: &mut State) -> Option<Linear> {
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

    fn pattern_of(&self, name: &str, scope: Scope) -> Option<usize> {
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

    /// Returns a variable of the file, the text that it is compared with, and how.
    fn of_variable(&self, expr: &Expr<'_>) -> Option<(String, String, Way)> {
        let (pair, way) = match expr {
            Expr::Eq(pair) | Expr::IEquals(pair) => (pair, Way::Is),
            Expr::Contains(pair) | Expr::IContains(pair) => (pair, Way::Has),
            Expr::StartsWith(pair) | Expr::IStartsWith(pair) => (pair, Way::Starts),
            Expr::EndsWith(pair) | Expr::IEndsWith(pair) => (pair, Way::Ends),
            Expr::Matches(pair) => (pair, Way::Has),
            _ => return None,
        };
        let name = |expr: &Expr<'_>| match expr {
            Expr::Ident(ident) if VARIABLES.contains(&ident.name) => Some(ident.name.to_owned()),
            _ => None,
        };
        let text = |expr: &Expr<'_>| match expr {
            Expr::LiteralString(text) => Some(text.value.to_string()),
            Expr::Regexp(regexp) => {
                let text = of_regexp(regexp.src, false, false, self.choice)?;
                String::from_utf8(text.bytes).ok()
            }
            _ => None,
        };
        let direct = name(&pair.lhs).zip(text(&pair.rhs));
        let (name, text) = direct.or_else(|| name(&pair.rhs).zip(text(&pair.lhs)))?;
        Some((name, text, way))
    }

    fn step(&mut self, scope: Scope) -> Option<Scope> {
        self.steps_left = self.steps_left.checked_sub(1)?;
        let depth = scope.depth.checked_sub(1)?;
        Some(Scope { depth, ..scope })
    }
}

/// How a variable and a text go together.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Ends,
    Has,
    Is,
    Starts,
}

fn set_value(state: &mut State, variable: &str, text: &str, way: Way) -> u32 {
    if variable == "filetype" && way == Way::Is {
        return if state.draft.begin_as(text) {
            0
        } else {
            IMPOSSIBLE
        };
    }
    let values = &mut state.draft.values;
    let known = values.get(variable).cloned().unwrap_or_default();
    let value = match way {
        _ if known.is_empty() => text.to_owned(),
        Way::Is if known == text => known,
        Way::Is => return IMPOSSIBLE,
        Way::Has if known.contains(text) => known,
        Way::Has | Way::Ends => format!("{known}{text}"),
        Way::Starts => format!("{text}{known}"),
    };
    values.insert(variable.to_owned(), value);
    0
}

/// Returns how many bytes the function reads, and whether the first is the highest.
fn reading_of(name: &str) -> Option<(usize, bool)> {
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

fn order_of<'e, 'src>(expr: &'e Expr<'src>) -> Option<(Order, &'e BinaryExpr<'src>)> {
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

impl Linear {
    const fn constant(constant: i64) -> Self {
        Self { sizes: 0, constant }
    }

    /// Returns the number where it does not depend on the size.
    fn alone(self) -> Option<i64> {
        (self.sizes == 0).then_some(self.constant)
    }

    fn place(self) -> Option<Place> {
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
    fn turned(self) -> Self {
        match self {
            Self::Equal => Self::Equal,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Unequal => Self::Unequal,
        }
    }

    fn negated(self) -> Self {
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
