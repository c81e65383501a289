//! `tocsin alert lint` and `draft`: read what an officer has, and refuse what is damaged.

use std::path::{Path, PathBuf};

use domain::{Language, OrganisationId};
use drafting::{Accepted, DraftOptions, Input, Level, Problem, Reading};
use serde::Serialize;
use texts::Texts;

use super::{DraftArguments, LintArguments, LintFormat, Stated};
use crate::commands::{Context, write_output};
use crate::exit_code::{self, Code};
use crate::input;
use crate::wiring::rules::RuleCompiler;

/// Stands for the issuer where only values are checked. No draft is written with it.
const ISSUER_NOT_STATED: &str = "issuer-not-stated";

/// Runs `tocsin alert lint`.
pub fn lint(arguments: &LintArguments, context: &Context) -> anyhow::Result<Code> {
    let reading = read(&arguments.files, &arguments.stated, context)?;
    match arguments.format {
        LintFormat::Text => print!("{}", in_words(&reading, context.language)),
        LintFormat::Json => println!("{}", serde_json::to_string_pretty(&for_programs(&reading))?),
    }
    Ok(code_of(&reading))
}

/// Runs `tocsin alert draft`.
pub fn draft(arguments: &DraftArguments, context: &Context) -> anyhow::Result<Code> {
    let reading = read(&arguments.from, &arguments.stated, context)?;
    eprint!("{}", in_words(&reading, context.language));
    let texts = Texts::of(context.language);
    let Some(alert) = reading.draft.as_ref().filter(|_| !reading.is_refused()) else {
        eprintln!("{}", texts.text("draft-not-written"));
        return Ok(exit_code::FOUND);
    };
    if alert.authority.as_str() == ISSUER_NOT_STATED {
        eprintln!("{}", texts.text("draft-without-authority"));
        return Ok(exit_code::FOUND);
    }
    let mut bytes = serde_json::to_vec_pretty(alert)?;
    bytes.push(b'\n');
    write_output(arguments.out.as_deref(), &bytes)?;
    Ok(exit_code::DONE)
}

/// Checks a draft once more before it is signed; returns the problems in words if any of them is a refusal.
pub fn check_draft(
    file: &Path,
    bytes: &[u8],
    accepted: &[(String, String)],
    context: &Context,
) -> anyhow::Result<Option<String>> {
    let name = file.display().to_string();
    let mut options = DraftOptions::new(authority_of(&[bytes])?, context.clock.now());
    options.accepted = accepted.iter().map(to_accepted).collect();
    let reading = drafting::read(&[Input { name: &name, bytes }], &options, &RuleCompiler);
    Ok(reading
        .is_refused()
        .then(|| in_words(&reading, context.language)))
}

fn read(files: &[PathBuf], stated: &Stated, context: &Context) -> anyhow::Result<Reading> {
    let contents = files
        .iter()
        .map(|file| Ok((file.display().to_string(), input::read_source(file)?)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let inputs: Vec<Input<'_>> = contents
        .iter()
        .map(|(name, bytes)| Input { name, bytes })
        .collect();
    let authority = if let Some(authority) = &stated.authority {
        authority.clone()
    } else {
        let sources: Vec<&[u8]> = inputs.iter().map(|input| input.bytes).collect();
        authority_of(&sources)?
    };
    Ok(drafting::read(
        &inputs,
        &options(stated, authority, context),
        &RuleCompiler,
    ))
}

/// A letter does not say who issues the alert as an organisation id; a draft does.
fn authority_of(sources: &[&[u8]]) -> anyhow::Result<OrganisationId> {
    let stated = sources.iter().find_map(|bytes| {
        let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
        value.get("authority")?.as_str()?.parse().ok()
    });
    match stated {
        Some(authority) => Ok(authority),
        // Checking needs no issuer; a draft does.
        None => Ok(ISSUER_NOT_STATED.parse()?),
    }
}

fn options(stated: &Stated, authority: OrganisationId, context: &Context) -> DraftOptions {
    DraftOptions {
        number: stated.number.clone(),
        title: stated.title.clone(),
        issued_at: stated.issued,
        expires_at: stated.expires,
        deadline_at: stated.deadline,
        severity: stated.severity,
        tlp: stated.tlp,
        exercise: stated.exercise.then_some(true),
        verbs: (!stated.verbs.is_empty()).then(|| stated.verbs.clone()),
        roles: stated.roles.clone(),
        accepted: stated.accepted.iter().map(to_accepted).collect(),
        ignored: stated.ignored.clone(),
        ..DraftOptions::new(authority, context.clock.now())
    }
}

fn to_accepted((value, reason): &(String, String)) -> Accepted {
    Accepted {
        value: value.clone(),
        reason: reason.clone(),
    }
}

fn code_of(reading: &Reading) -> Code {
    if reading.is_refused() {
        exit_code::FOUND
    } else {
        exit_code::DONE
    }
}

fn in_words(reading: &Reading, language: Language) -> String {
    let mut out = String::new();
    for problem in &reading.problems {
        out.push_str(&problem.render(language).to_string());
        out.push('\n');
    }
    let count = |level| {
        reading
            .problems
            .iter()
            .filter(|problem| problem.level == level)
            .count()
    };
    let key = if reading.is_refused() {
        "lint-refused"
    } else {
        "lint-passed"
    };
    let values = [
        ("refused", count(Level::Refused).into()),
        ("warnings", count(Level::Warning).into()),
    ];
    out.push_str(&Texts::of(language).text_with(key, &values));
    out.push('\n');
    out
}

/// What `--format json` prints. `level` and `code` are stable.
#[derive(Serialize)]
struct LintOutput<'a> {
    schema: u32,
    refused: bool,
    problems: Vec<LintProblem<'a>>,
}

#[derive(Serialize)]
struct LintProblem<'a> {
    level: &'static str,
    code: &'static str,
    file: &'a str,
    line: usize,
    column: usize,
    value: &'a str,
    suggestion: Option<&'a str>,
    accepted: Option<&'a str>,
    message_en: String,
    message_vi: String,
}

fn for_programs(reading: &Reading) -> LintOutput<'_> {
    let problem = |problem: &'_ Problem| problem.render(Language::En).message;
    LintOutput {
        schema: 1,
        refused: reading.is_refused(),
        problems: reading
            .problems
            .iter()
            .map(|one| LintProblem {
                level: match one.level {
                    Level::Refused => "refused",
                    Level::Warning => "warning",
                    Level::Note => "note",
                },
                code: one.code.as_str(),
                file: &one.file,
                line: one.line,
                column: one.column,
                value: &one.value,
                suggestion: one.suggestion.as_deref(),
                accepted: one.accepted.as_deref(),
                message_en: problem(one),
                message_vi: one.render(Language::Vi).message,
            })
            .collect(),
    }
}
