//! From sources to rules that can be asked, or to what is wrong with them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::index::{Index, Scope};
use super::matching::Node;
use super::modifiers::Shared;
use super::rule::{self, Rule};
use super::yaml::{self, Position};
use super::{logsource::Place, needs};
use crate::fields::{FieldId, FieldNames};
use crate::problems::RuleProblem;
use crate::reading::EventReader;

/// Bytes of one source, 1 MiB: the longest public rule has 60 KiB.
const SOURCE_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of all sources compiled together, 64 MiB: several times the largest public collection.
const SOURCES_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Problems told at once: nobody corrects more before trying again.
const PROBLEMS_MAX: usize = 1_000;
/// Fields that the summary of a match shows.
const SUMMARY_FIELDS_MAX: usize = 12;

/// The text of one or more rules.
#[derive(Clone, Copy, Debug)]
pub struct RuleSource<'a> {
    /// The id by which matches and problems name the source: the rule's id in the alert.
    pub id: &'a str,
    /// YAML, of one or more documents.
    pub text: &'a str,
}

/// How much a rule's author thinks of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Not meant to alarm anybody.
    Informational,
    /// Notable, rarely an incident.
    Low,
    /// To be looked at now and then.
    Medium,
    /// To be looked at soon.
    High,
    /// An incident.
    Critical,
}

/// Rules that compiled, ready to be asked from any number of threads.
#[derive(Debug)]
pub struct SigmaRules {
    pub(crate) names: FieldNames,
    pub(crate) rules: Vec<RuleInfo>,
    pub(crate) variants: Vec<Variant>,
    pub(crate) index: Index,
}

/// What a match says of its rule.
#[derive(Debug)]
pub(crate) struct RuleInfo {
    pub(crate) source_id: String,
    pub(crate) title: String,
    pub(crate) id: Option<String>,
    pub(crate) level: Option<Level>,
}

/// A rule as it is asked in one place: the same events have other fields in another log.
#[derive(Debug)]
pub(crate) struct Variant {
    /// The number of the rule.
    pub(crate) rule: usize,
    pub(crate) detection: Node,
    /// The fields that tell what matched, without repetition.
    pub(crate) fields: Vec<FieldId>,
    /// Where its records are, for those who ask without the index.
    pub(crate) place: Place,
}

/// Compiles sources; all of them compile or none.
pub fn compile(sources: &[RuleSource<'_>]) -> Result<SigmaRules, Vec<RuleProblem>> {
    let total: usize = sources.iter().map(|source| source.text.len()).sum();
    if total > SOURCES_BYTES_MAX {
        return Err(vec![first_line(
            "",
            "all rules together are longer than 64 MiB",
        )]);
    }
    let mut compiler = Compiler::default();
    for source in sources {
        let added = catch_unwind(AssertUnwindSafe(|| compiler.add(*source)));
        if added.is_err() {
            let problem = first_line(source.id, "the compiler failed on this source");
            compiler.problems.push(problem);
        }
        if compiler.problems.len() >= PROBLEMS_MAX {
            compiler.problems.truncate(PROBLEMS_MAX);
            break;
        }
    }
    compiler.finish()
}

/// Returns what is wrong with one source; nothing where it compiles.
pub fn check(text: &str) -> Vec<RuleProblem> {
    compile(&[RuleSource { id: "", text }])
        .err()
        .unwrap_or_default()
}

impl SigmaRules {
    /// Returns a reader that asks these rules of the records of one log after another.
    pub fn reader(&self) -> EventReader<'_> {
        EventReader::new(self)
    }

    /// Returns how many rules there are.
    pub fn rule_count(&self) -> usize {
        self.rules.len()
    }
}

struct Compiler {
    shared: Shared,
    rules: Vec<RuleInfo>,
    variants: Vec<Variant>,
    scopes: Vec<Scope>,
    problems: Vec<RuleProblem>,
}

impl Default for Compiler {
    fn default() -> Self {
        Self {
            shared: Shared::new(),
            rules: Vec::new(),
            variants: Vec::new(),
            scopes: Vec::new(),
            problems: Vec::new(),
        }
    }
}

impl Compiler {
    fn add(&mut self, source: RuleSource<'_>) {
        if source.text.len() > SOURCE_BYTES_MAX {
            self.problems
                .push(first_line(source.id, "the source is longer than 1 MiB"));
            return;
        }
        let documents = match yaml::parse(source.text) {
            Ok(documents) => documents,
            Err(error) => {
                self.problems
                    .push(problem(source.id, error.position, error.message));
                return;
            }
        };
        if documents.is_empty() {
            self.problems
                .push(first_line(source.id, "the source has no rule"));
        }
        for document in &documents {
            match rule::read(document, &mut self.shared) {
                Ok(rule) => self.add_rule(source.id, rule),
                Err((position, message)) => {
                    self.problems.push(problem(source.id, position, message));
                }
            }
        }
    }

    fn add_rule(&mut self, source_id: &str, rule: Rule) {
        let number = self.rules.len();
        for place in &rule.places {
            let Some(scope) = scope(place, &rule.detection) else {
                continue;
            };
            let mut detection = rule.detection.clone();
            self.rename(&mut detection, place);
            let mut fields = Vec::new();
            detection.for_each_field(&mut |field| {
                if fields.len() < SUMMARY_FIELDS_MAX && !fields.contains(field) {
                    fields.push(*field);
                }
            });
            self.scopes.push(scope);
            self.variants.push(Variant {
                rule: number,
                detection,
                fields,
                place: place.clone(),
            });
        }
        self.rules.push(RuleInfo {
            source_id: source_id.to_owned(),
            title: rule.title,
            id: rule.id,
            level: rule.level,
        });
    }

    fn rename(&mut self, detection: &mut Node, place: &Place) {
        let renamed: Vec<(FieldId, FieldId)> = place
            .renamed
            .iter()
            .map(|(from, to)| (self.shared.names.add(from), self.shared.names.add(to)))
            .collect();
        detection.for_each_field(&mut |field| {
            if let Some((_, to)) = renamed.iter().find(|(from, _)| from == field) {
                *field = *to;
            }
        });
    }

    fn finish(self) -> Result<SigmaRules, Vec<RuleProblem>> {
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        let index = Index::new(&self.variants, self.scopes.into_iter()).map_err(|_| {
            vec![first_line(
                "",
                "all rules together are too large to be looked for at once",
            )]
        })?;
        Ok(SigmaRules {
            names: self.shared.names,
            rules: self.rules,
            variants: self.variants,
            index,
        })
    }
}

/// Returns where a rule's records are; `None` where the log of the place never holds the events that the rule asks for.
fn scope(place: &Place, detection: &Node) -> Option<Scope> {
    let of_place = (!place.event_ids.is_empty()).then(|| place.event_ids.clone());
    let event_ids = match (of_place, needs::event_ids(detection)) {
        (Some(mut ids), Some(asked)) => {
            ids.retain(|id| asked.contains(id));
            if ids.is_empty() {
                return None;
            }
            Some(ids)
        }
        (ids, asked) => ids.or(asked),
    };
    Some(Scope {
        channels: place.channels.iter().map(|&name| name.to_owned()).collect(),
        event_ids,
    })
}

fn first_line(source_id: &str, message: &str) -> RuleProblem {
    problem(
        source_id,
        Position { line: 1, column: 1 },
        message.to_owned(),
    )
}

fn problem(source_id: &str, position: Position, message: String) -> RuleProblem {
    RuleProblem {
        source_id: source_id.to_owned(),
        line: position.line,
        column: position.column,
        message,
    }
}
