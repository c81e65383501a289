//! The whole way from inputs to a draft: read, check each value in the light of all, build, and say what was seen.

use std::collections::{HashMap, HashSet};

use domain::alert::RULE_BYTES_MAX;
use domain::name_pattern::fold;
use domain::{Alert, Confidence, Rule, RuleLanguage};

use crate::RuleChecker;
use crate::building::{self, Ids, Sought, Used, slug};
use crate::checks::{self, Evidence};
use crate::heading::{self, Content};
use crate::input::{Input, NotText, Source, VALUES_MAX, decode};
use crate::material::{Flaw, Found, Kind, Material, Place, Reported, StatedRule, push};
use crate::options::DraftOptions;
use crate::problem::{Level, PROBLEMS_MAX, Problem, ProblemCode};
use crate::{json, table, text};

/// What came of reading.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The alert, from everything that can be used. Nothing where it has no number, or where what is refused leaves no
    /// alert. It may be signed only if nothing [is refused](Self::is_refused).
    pub draft: Option<Alert>,
    /// What the officer must see: refusals first, then warnings, then notes; each in the order of the inputs.
    pub problems: Vec<Problem>,
    /// Every value of the draft, with each place where it stands.
    pub extracted: Vec<Extracted>,
    /// What looks like a value and is not in the draft.
    pub passed: Vec<Passed>,
}

impl Reading {
    /// Tells whether anything is refused.
    pub fn is_refused(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| problem.level == Level::Refused)
    }
}

/// A value of the draft, and where it stands in the inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extracted {
    /// The name of the input.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The kind, as documents write it; also `size`, `number`, `title`, `deadline`, `role`, `folder` and `rule`.
    pub kind: &'static str,
    /// As it is written there.
    pub value: String,
    /// As the draft has it.
    pub normalised: String,
    /// The indicator or rule it belongs to.
    pub indicator: Option<String>,
}

/// Something that looks like a value and is not in the draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// The name of the input.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// As it is written there.
    pub value: String,
}

/// Reads the inputs, checks every value, and builds the draft. Never panics, whatever the inputs are.
pub fn read(inputs: &[Input<'_>], options: &DraftOptions, checker: &dyn RuleChecker) -> Reading {
    let mut material = collect(inputs);
    ignore(&mut material, options);
    let mut reported = std::mem::take(&mut material.reported);
    let judged = check_values(&material, options);
    for found in &judged.refused_values {
        material.passed.push(found.clone());
    }
    let Sought {
        indicators,
        combinations,
        mut used,
        reported: about_indicators,
    } = building::build(&material, &judged.refused, options);
    let rules = check_rules(&material.rules, checker, &mut used, &mut reported);
    let nothing = indicators.is_empty() && rules.is_empty();
    let refused_before = judged
        .problems
        .iter()
        .chain(&reported)
        .any(|reported| reported.flaw.level == Level::Refused);
    if nothing && !refused_before {
        let flaw = Flaw::refused(ProblemCode::NothingFound);
        push(
            &mut reported,
            Reported {
                place: None,
                value: String::new(),
                flaw,
            },
        );
    }
    reported.extend(judged.problems);
    reported.extend(about_indicators);
    let content = Content {
        indicators,
        combinations,
        rules,
    };
    let head = std::mem::take(&mut material.head);
    let draft =
        heading::assemble(head, content, options, &mut used, &mut reported).filter(|_| !nothing);
    Reading {
        draft,
        problems: problems(reported, inputs, options),
        extracted: extracted(used, inputs),
        passed: passed(&material.passed, inputs),
    }
}

/// Reads every input as what it is.
fn collect(inputs: &[Input<'_>]) -> Material {
    let mut all = Material::default();
    for (file, input) in inputs.iter().enumerate() {
        let mut material = read_input(file, input);
        let too_many = all.value_count() + material.value_count() > VALUES_MAX;
        if too_many {
            let flaw = Flaw::refused(ProblemCode::TooManyValues).with("most", VALUES_MAX);
            all.report(Some(whole(file)), input.name, flaw);
            break;
        }
        let mut conflicts = Vec::new();
        heading::merge(
            &mut all.head,
            std::mem::take(&mut material.head),
            &mut conflicts,
        );
        for reported in material.reported.drain(..).chain(conflicts) {
            push(&mut all.reported, reported);
        }
        all.entries.append(&mut material.entries);
        all.combinations.append(&mut material.combinations);
        all.rules.append(&mut material.rules);
        all.role_phrases.append(&mut material.role_phrases);
        all.mentions.append(&mut material.mentions);
        all.passed.append(&mut material.passed);
    }
    all
}

/// Reads one input, without judging its values.
pub(crate) fn read_input(file: usize, input: &Input<'_>) -> Material {
    let mut material = Material::default();
    let source = match decode(input.bytes) {
        Ok(source) => source,
        Err(error) => {
            let (line, code) = match error {
                NotText::TooLarge => (0, ProblemCode::FileTooLarge),
                NotText::Encoding(line) => (line, ProblemCode::FileNotText),
            };
            let place = Place {
                line,
                column: line.min(1),
                ..whole(file)
            };
            material.report(Some(place), input.name, Flaw::refused(code));
            return material;
        }
    };
    let source_kind = Source::detect(input.name, input.bytes);
    match source_kind {
        Source::Csv => table::read(file, &source),
        Source::Json => json::read(file, &source),
        Source::Text => text::read(file, &source),
        Source::Sigma | Source::Yara => {
            let stem = input.name.rsplit(['/', '\\']).next().unwrap_or(input.name);
            let stem = stem.split('.').next().unwrap_or(stem);
            material.rules.push(StatedRule {
                place: Place {
                    line: 1,
                    column: 1,
                    ..whole(file)
                },
                is_file: true,
                language: match source_kind {
                    Source::Sigma => RuleLanguage::Sigma,
                    _ => RuleLanguage::Yara,
                },
                id: Some(slug(stem)),
                role: None,
                confidence: None,
                source: source.into_owned(),
            });
            material
        }
    }
}

fn whole(file: usize) -> Place {
    Place {
        file,
        line: 0,
        column: 0,
    }
}

/// Passes over the values that the officer calls no indicators.
fn ignore(material: &mut Material, options: &DraftOptions) {
    if options.ignored.is_empty() {
        return;
    }
    let ignored: HashSet<String> = options.ignored.iter().map(|value| fold(value)).collect();
    let is_ignored = |found: &Found| {
        ignored.contains(&fold(&found.value)) || ignored.contains(&fold(&found.written))
    };
    for entry in &mut material.entries {
        let (gone, kept): (Vec<Found>, Vec<Found>) = entry.found.drain(..).partition(is_ignored);
        entry.found = kept;
        material.passed.extend(gone);
    }
    material
        .entries
        .retain(|entry| entry.is_stated || !entry.found.is_empty());
    let passed: HashSet<Place> = material.passed.iter().map(|found| found.place).collect();
    material.reported.retain(|reported| {
        let is_doubt = reported.flaw.code == ProblemCode::NotTaken;
        !(is_doubt
            && reported.place.is_some_and(|place| passed.contains(&place))
            && ignored.contains(&fold(&reported.value)))
    });
}

/// Returns a value without disguise: an officer may accept it as it is shown or as it is meant.
fn plainly(value: &str) -> String {
    text::Line::read(value).text()
}

struct Checked {
    problems: Vec<Reported>,
    /// Where values stand that cannot be used.
    refused: HashSet<Place>,
    refused_values: Vec<Found>,
}

fn check_values(material: &Material, options: &DraftOptions) -> Checked {
    let evidence = Evidence::of(material);
    let mut judged = Checked {
        problems: Vec::new(),
        refused: HashSet::new(),
        refused_values: Vec::new(),
    };
    let accepted: HashSet<String> = options
        .accepted
        .iter()
        .map(|accepted| plainly(&accepted.value))
        .collect();
    for found in material.entries.iter().flat_map(|entry| &entry.found) {
        for flaw in checks::check(found, &evidence) {
            let is_accepted = accepted.contains(&plainly(&found.written));
            if flaw.level == Level::Refused && !(flaw.code.can_be_accepted() && is_accepted) {
                judged.refused.insert(found.place);
                judged.refused_values.push(found.clone());
            }
            push(
                &mut judged.problems,
                Reported {
                    place: Some(found.place),
                    value: found.written.clone(),
                    flaw,
                },
            );
        }
    }
    judged
}

fn check_rules(
    stated: &[StatedRule],
    checker: &dyn RuleChecker,
    used: &mut Vec<Used>,
    reported: &mut Vec<Reported>,
) -> Vec<Rule> {
    let mut ids = Ids::default();
    let mut rules = Vec::new();
    for rule in stated {
        if rule.source.len() > RULE_BYTES_MAX || rule.source.trim().is_empty() {
            let flaw = Flaw::refused(ProblemCode::RuleTooLarge).with("most", RULE_BYTES_MAX);
            let shown = rule.id.clone().unwrap_or_default();
            let place = Some(rule.place);
            push(
                reported,
                Reported {
                    place,
                    value: shown,
                    flaw,
                },
            );
            continue;
        }
        let problems = checker.check(rule.language, &rule.source);
        for problem in &problems {
            let place = if rule.is_file {
                Place {
                    line: problem.line.max(1),
                    column: problem.column.max(1),
                    ..rule.place
                }
            } else {
                rule.place
            };
            let shown = rule.source.lines().nth(problem.line.saturating_sub(1));
            let flaw = Flaw::refused(ProblemCode::RuleDoesNotCompile)
                .with("message", &problem.message)
                .with("line", problem.line);
            push(
                reported,
                Reported {
                    place: Some(place),
                    value: shown.unwrap_or("").trim().to_owned(),
                    flaw,
                },
            );
        }
        let wanted = rule.id.as_deref().map_or_else(|| "rule".to_owned(), slug);
        let id = ids.take(&wanted);
        if !rule.is_file && rule.id.as_ref().is_some_and(|stated| *stated != id) {
            let code = if rule.id.as_deref() == Some(wanted.as_str()) {
                ProblemCode::DuplicateId
            } else {
                ProblemCode::IdMalformed
            };
            let (place, value) = (Some(rule.place), rule.id.clone().unwrap_or_default());
            push(
                reported,
                Reported {
                    place,
                    value,
                    flaw: Flaw::refused(code),
                },
            );
            continue;
        }
        if !problems.is_empty() {
            continue;
        }
        used.push(Used {
            found: Found {
                place: rule.place,
                kind: Kind::Rule,
                written: id.clone(),
                value: id.clone(),
                flaw: None,
            },
            normalised: id.clone(),
            indicator: Some(id.clone()),
        });
        rules.push(Rule {
            id,
            language: rule.language,
            role: rule.role.unwrap_or(domain::Role::Payload),
            confidence: rule.confidence.unwrap_or(Confidence::Medium),
            source: rule.source.clone(),
        });
    }
    rules
}

/// Sorts what was reported, applies what the officer accepts, and bounds the list.
fn problems(reported: Vec<Reported>, inputs: &[Input<'_>], options: &DraftOptions) -> Vec<Problem> {
    let accepted: HashMap<String, &str> = options
        .accepted
        .iter()
        .map(|accepted| (plainly(&accepted.value), accepted.reason.as_str()))
        .collect();
    let mut problems: Vec<(Option<Place>, Problem)> = reported
        .into_iter()
        .map(|reported| {
            let place = reported.place;
            let reason = accepted
                .get(&plainly(&reported.value))
                .filter(|_| reported.flaw.code.can_be_accepted());
            let level = match reason {
                Some(_) if reported.flaw.level == Level::Refused => Level::Warning,
                _ => reported.flaw.level,
            };
            let problem = Problem {
                level,
                code: reported.flaw.code,
                file: place.map_or_else(String::new, |place| file_name(inputs, place)),
                line: place.map_or(0, |place| place.line),
                column: place.map_or(0, |place| place.column),
                value: reported.value,
                args: reported.flaw.args,
                suggestion: reported.flaw.suggestion,
                accepted: reason.map(|reason| (*reason).to_owned()),
            };
            (place, problem)
        })
        .collect();
    // What concerns the draft as a whole comes after what has a place.
    problems.sort_by_key(|(place, problem)| (problem.level, place.is_none(), *place, problem.code));
    let more = problems.len() > PROBLEMS_MAX;
    problems.truncate(PROBLEMS_MAX - usize::from(more));
    let mut problems: Vec<Problem> = problems.into_iter().map(|(_, problem)| problem).collect();
    if more {
        problems.push(Problem {
            level: Level::Refused,
            code: ProblemCode::TooManyProblems,
            file: String::new(),
            line: 0,
            column: 0,
            value: String::new(),
            args: vec![("most", PROBLEMS_MAX.to_string())],
            suggestion: None,
            accepted: None,
        });
    }
    problems
}

fn file_name(inputs: &[Input<'_>], place: Place) -> String {
    inputs
        .get(place.file)
        .map(|input| input.name.to_owned())
        .unwrap_or_default()
}

fn extracted(mut used: Vec<Used>, inputs: &[Input<'_>]) -> Vec<Extracted> {
    used.sort_by_key(|used| used.found.place);
    used.into_iter()
        .map(|used| Extracted {
            file: file_name(inputs, used.found.place),
            line: used.found.place.line,
            column: used.found.place.column,
            kind: used.found.kind.as_str(),
            value: used.found.written,
            normalised: used.normalised,
            indicator: used.indicator,
        })
        .collect()
}

fn passed(found: &[Found], inputs: &[Input<'_>]) -> Vec<Passed> {
    let mut found: Vec<&Found> = found.iter().collect();
    found.sort_by_key(|found| found.place);
    found
        .into_iter()
        .map(|found| Passed {
            file: file_name(inputs, found.place),
            line: found.place.line,
            column: found.place.column,
            value: found.written.clone(),
        })
        .collect()
}
