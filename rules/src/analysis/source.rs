//! One source: its rules with what they require, where each stands in the text, and which belong together.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use yara_x_parser::Parser;
use yara_x_parser::ast::{AST, RuleFlags};
use yara_x_parser::cst::{CSTStream, Event, SyntaxKind};

use super::conditions::Conditions;
use super::formula::Formula;
use crate::compiling::VARIABLES;
use crate::literals::Literals;

/// Rules that refer to rules that refer to rules: deeper, nothing is known.
const REFERENCES_DEPTH_MAX: usize = 40;
/// Nodes of a rule's formula with those of the rules it refers to, each time it does.
const NODES_MAX: usize = 20_000;

/// One rule of a source.
#[derive(Debug)]
pub(crate) struct AnalysedRule {
    /// Its name.
    #[cfg(test)]
    pub name: String,
    /// What it requires.
    pub formula: Formula,
    /// Whether its match is told. A private rule serves others only.
    pub is_reported: bool,
    /// Where its text is in the source.
    pub text: Range<usize>,
    /// Whether it asks for what is not in the content.
    pub depends_on_place: bool,
    /// The imported modules that it names.
    pub modules: Vec<String>,
    /// Which of the source's units it belongs to.
    pub unit: usize,
}

/// What was read from one source.
#[derive(Debug, Default)]
pub(crate) struct AnalysedSource {
    /// Its rules, in order.
    pub rules: Vec<AnalysedRule>,
    /// Its imports: the module's name and the statement's place.
    pub imports: Vec<(String, Range<usize>)>,
    /// The indices of its global rules, without which none of the others match.
    pub globals: Vec<usize>,
    /// How many units it falls into: rules that must be compiled together.
    pub unit_count: usize,
}

/// Reads a source that compiles. Its first rule gets the index `first_rule` among all. Nothing where this reading and the
/// compiler's differ, so that all of it must be matched as it stands.
pub(crate) fn analyse(
    source: &str,
    first_rule: usize,
    literals: &mut Literals,
) -> Option<AnalysedSource> {
    let layout = Layout::of(source);
    let ast = AST::from(Parser::new(source.as_bytes()));
    if !ast.errors().is_empty() || ast.rules().count() != layout.rules.len() {
        return None;
    }
    let mut analysed = AnalysedSource {
        imports: layout.imports,
        ..AnalysedSource::default()
    };
    let mut names: HashMap<&str, usize> = HashMap::new();
    let mut costs: Vec<Cost> = Vec::new();
    let mut globals = Vec::new();
    let mut groups = Groups::default();
    for (local, (rule, place)) in ast.rules().zip(layout.rules).enumerate() {
        let patterns = rule.patterns.as_deref().unwrap_or_default();
        let mut formula = Conditions::new(patterns, &names, literals).read(&rule.condition);
        let cost = Cost::of(&formula, first_rule, &costs);
        if cost.depth > REFERENCES_DEPTH_MAX || cost.nodes > NODES_MAX {
            formula = Formula::May;
            costs.push(Cost::default());
        } else {
            costs.push(cost);
        }
        groups.add();
        for word in &place.words {
            if let Some(index) = names.get(word) {
                groups.join(local, index - first_rule);
            }
        }
        if rule.flags.contains(RuleFlags::Global) {
            globals.push(first_rule + local);
        }
        analysed.rules.push(AnalysedRule {
            #[cfg(test)]
            name: rule.identifier.name.to_owned(),
            formula,
            is_reported: !rule.flags.contains(RuleFlags::Private),
            depends_on_place: VARIABLES.iter().any(|name| place.words.contains(name)),
            modules: analysed
                .imports
                .iter()
                .filter(|(module, _)| place.words.contains(module.as_str()))
                .map(|(module, _)| module.clone())
                .collect(),
            text: place.text,
            unit: 0,
        });
        names.insert(rule.identifier.name, first_rule + local);
    }
    if !globals.is_empty() {
        // A global rule must match where any other of its source does.
        (1..analysed.rules.len()).for_each(|local| groups.join(local, 0));
    }
    analysed.globals = globals;
    let (units, unit_count) = groups.numbered();
    for (rule, unit) in analysed.rules.iter_mut().zip(units) {
        rule.unit = unit;
    }
    analysed.unit_count = unit_count;
    Some(analysed)
}

/// What it takes to evaluate a formula.
#[derive(Clone, Copy, Default)]
struct Cost {
    depth: usize,
    nodes: usize,
}

impl Cost {
    fn of(formula: &Formula, first_rule: usize, before: &[Self]) -> Self {
        match formula {
            Formula::All(parts) | Formula::Any(parts) | Formula::AtLeast(_, parts) => {
                let mut cost = Self { depth: 0, nodes: 1 };
                for part in parts {
                    let part = Self::of(part, first_rule, before);
                    cost.depth = cost.depth.max(part.depth);
                    cost.nodes = cost.nodes.saturating_add(part.nodes);
                }
                cost
            }
            Formula::Rule(index) => {
                let of = before
                    .get(index.wrapping_sub(first_rule))
                    .copied()
                    .unwrap_or_default();
                Self {
                    depth: of.depth + 1,
                    nodes: of.nodes.saturating_add(1),
                }
            }
            _ => Self { depth: 0, nodes: 1 },
        }
    }
}

/// Where things are in a source's text.
struct Layout<'src> {
    rules: Vec<RulePlace<'src>>,
    imports: Vec<(String, Range<usize>)>,
}

struct RulePlace<'src> {
    text: Range<usize>,
    /// All identifiers in it.
    words: HashSet<&'src str>,
}

impl<'src> Layout<'src> {
    fn of(source: &'src str) -> Self {
        let mut layout = Self {
            rules: Vec::new(),
            imports: Vec::new(),
        };
        let mut in_import = false;
        for event in CSTStream::from(Parser::new(source.as_bytes())) {
            match event {
                Event::Begin { kind, span } => match kind {
                    SyntaxKind::RULE_DECL => layout.rules.push(RulePlace {
                        text: span.range(),
                        words: HashSet::new(),
                    }),
                    SyntaxKind::IMPORT_STMT => {
                        in_import = true;
                        layout.imports.push((String::new(), span.range()));
                    }
                    _ => {}
                },
                Event::End { kind, span } => match kind {
                    SyntaxKind::RULE_DECL => {
                        if let Some(rule) = layout.rules.last_mut() {
                            rule.text = rule.text.start..span.end();
                        }
                    }
                    SyntaxKind::IMPORT_STMT => {
                        in_import = false;
                        if let Some((_, text)) = layout.imports.last_mut() {
                            *text = text.start..span.end();
                        }
                    }
                    _ => {}
                },
                Event::Token { kind, span } => {
                    let Some(text) = source.get(span.range()) else {
                        continue;
                    };
                    if kind == SyntaxKind::IDENT {
                        if let Some(rule) = layout.rules.last_mut() {
                            rule.words.insert(text);
                        }
                    } else if kind == SyntaxKind::STRING_LIT
                        && in_import
                        && let Some((name, _)) = layout.imports.last_mut()
                    {
                        text.trim_matches('"').clone_into(name);
                    }
                }
                Event::Error { .. } => {}
            }
        }
        layout
    }
}

/// Which rules belong together: each points to an earlier one of its group, or to itself.
#[derive(Default)]
struct Groups {
    parents: Vec<usize>,
}

impl Groups {
    fn add(&mut self) {
        self.parents.push(self.parents.len());
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.parents[one.max(other)] = one.min(other);
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.parents[at] != at {
            self.parents[at] = self.parents[self.parents[at]];
            at = self.parents[at];
        }
        at
    }

    /// Returns the number of each rule's group, in order of first appearance, and how many groups there are.
    fn numbered(mut self) -> (Vec<usize>, usize) {
        let mut numbers = HashMap::new();
        let mut units = Vec::with_capacity(self.parents.len());
        for at in 0..self.parents.len() {
            let root = self.root(at);
            let next = numbers.len();
            units.push(*numbers.entry(root).or_insert(next));
        }
        (units, numbers.len())
    }
}
