//! The dispatch, the options it is read with, and short ways to say what came out.

use domain::OrganisationId;
use drafting::{DraftOptions, Input, Level, Reading, RuleChecker, RuleProblem, read};

pub(crate) const LETTER: &str = include_str!("../../test-data/dispatch-238.txt");
pub(crate) const TABLE: &str = include_str!("../../test-data/dispatch-238.csv");
pub(crate) const NATIVE: &str = include_str!("../../test-data/dispatch-238.json");

/// A rule engine that knows one mistake.
pub(crate) struct Checker;

impl RuleChecker for Checker {
    fn check(&self, _: domain::RuleLanguage, source: &str) -> Vec<RuleProblem> {
        source
            .lines()
            .enumerate()
            .filter(|(_, line)| line.contains("no_such_thing"))
            .map(|(index, _)| RuleProblem {
                line: index + 1,
                column: 5,
                message: "unknown identifier `no_such_thing`".to_owned(),
            })
            .collect()
    }
}

pub(crate) fn options() -> DraftOptions {
    let authority: OrganisationId = "vn.vncert".parse().expect("valid");
    DraftOptions::new(authority, "2016-08-03T02:00:00Z".parse().expect("valid"))
}

pub(crate) fn read_as(name: &str, text: &str) -> Reading {
    read_with(name, text, &options())
}

pub(crate) fn read_with(name: &str, text: &str, options: &DraftOptions) -> Reading {
    let input = Input {
        name,
        bytes: text.as_bytes(),
    };
    read(&[input], options, &Checker)
}

/// The refusals as `line:column code value`, with what was probably meant.
pub(crate) fn refusals(reading: &Reading) -> Vec<String> {
    list(reading, Level::Refused)
}

pub(crate) fn warnings(reading: &Reading) -> Vec<String> {
    list(reading, Level::Warning)
}

pub(crate) fn list(reading: &Reading, level: Level) -> Vec<String> {
    let problems = reading
        .problems
        .iter()
        .filter(|problem| problem.level == level);
    problems
        .map(|problem| {
            let meant = problem
                .suggestion
                .as_ref()
                .map_or_else(String::new, |meant| format!(" => {meant}"));
            format!(
                "{}:{} {} {}{meant}",
                problem.line, problem.column, problem.code, problem.value
            )
        })
        .collect()
}

/// The names of the refusals.
pub(crate) fn codes(reading: &Reading) -> Vec<&'static str> {
    let refused = reading
        .problems
        .iter()
        .filter(|problem| problem.level == Level::Refused);
    refused.map(|problem| problem.code.as_str()).collect()
}
