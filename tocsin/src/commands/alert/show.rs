//! `tocsin alert show`: the alert for people, and beside its source for the second officer.

use std::fmt::Write;

use anyhow::Context as _;
use domain::{Alert, Language};
use drafting::{BesideState, Input};
use texts::Texts;

use super::{AlertFile, ShowArguments, beside};
use crate::commands::Context;
use crate::exit_code::{self, Code};
use crate::{input, layout};

/// Columns of the labels on the left.
const LABEL_COLUMNS: usize = 14;

/// Runs `tocsin alert show`.
pub fn show(arguments: &ShowArguments, context: &Context) -> anyhow::Result<Code> {
    let file = &arguments.file;
    let what = || format!("could not show '{}'", file.display());
    let texts = Texts::of(context.language);
    let alert = match AlertFile::parse(&input::read_alert(file)?).with_context(what)? {
        AlertFile::Signed(envelope) => {
            let values = [("signatures", envelope.signers().count().into())];
            let note = texts.text_with("show-unverified", &values);
            println!("{}  {note}", envelope.id());
            envelope.read_unverified().with_context(what)?
        }
        AlertFile::Draft(alert) => *alert,
    };
    print!("{}", summary(&alert, context.language));
    if arguments.beside.is_empty() {
        print!("{}", whole(&alert, context.language)?);
        return Ok(exit_code::DONE);
    }
    show_beside(&alert, arguments, context)
}

fn show_beside(
    alert: &Alert,
    arguments: &ShowArguments,
    context: &Context,
) -> anyhow::Result<Code> {
    let sources = arguments.beside.iter();
    let contents = sources
        .map(|file| Ok((file.display().to_string(), input::read_source(file)?)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let inputs: Vec<Input<'_>> = contents
        .iter()
        .map(|(name, bytes)| Input { name, bytes })
        .collect();
    let laid = drafting::lay_beside(alert, &inputs);
    let terminal = layout::terminal_columns(std::io::stdout());
    print!("{}", beside::render(&laid, context.language, terminal));
    let differs = laid
        .lines
        .iter()
        .any(|line| line.state == BesideState::Differs);
    Ok(if differs || !laid.unshown.is_empty() {
        exit_code::FOUND
    } else {
        exit_code::DONE
    })
}

/// Says in a few lines what an alert is, for whoever is about to sign or has just verified it.
pub fn summary(alert: &Alert, language: Language) -> String {
    let texts = Texts::of(language);
    let mut out = String::new();
    let mut line = |key: &str, value: String| {
        let label = texts.text(key);
        let label = layout::pad(&label, LABEL_COLUMNS);
        writeln!(out, "{label}{}", layout::printable(&value))
            .expect("writing to a string does not fail");
    };
    let version = texts.text_with("report-version", &[("version", alert.version.into())]);
    line(
        "show-alert",
        format!("{}, {version} · {}", alert.number, alert.authority),
    );
    if alert.exercise {
        line("show-exercise", texts.text("report-exercise"));
    }
    line("show-title", alert.title(language).to_owned());
    line(
        "show-severity",
        format!("{} · {}", texts.severity(alert.severity), alert.tlp),
    );
    line("show-issued", texts::when(alert.issued_at, language));
    let deadline = alert
        .deadline_at
        .map_or_else(|| "-".to_owned(), |at| texts::when(at, language));
    line("show-deadline", deadline);
    line("show-expires", texts::when(alert.expires_at, language));
    line(
        "show-asks",
        alert
            .actions
            .iter()
            .map(|action| texts.verb(action.verb))
            .collect::<Vec<_>>()
            .join(", "),
    );
    let counts = [
        ("indicators", alert.indicators.len().into()),
        ("rules", alert.rules.len().into()),
    ];
    line("show-seeks", texts.text_with("show-counts", &counts));
    out
}

fn whole(alert: &Alert, language: Language) -> Result<String, std::fmt::Error> {
    let texts = Texts::of(language);
    let mut out = String::new();
    if let Some(text) = alert.text(language).filter(|text| !text.body.is_empty()) {
        writeln!(out, "\n{}", text.body)?;
    }
    for indicator in &alert.indicators {
        let size = indicator.size.map_or_else(String::new, |size| {
            format!(
                " · {}–{} B",
                texts::count(size.min_bytes(), language),
                texts::count(size.max_bytes(), language)
            )
        });
        let role = texts.role(indicator.role);
        writeln!(
            out,
            "\n{}  ({}) · {role} · {}{size}",
            indicator.label,
            indicator.id,
            texts.confidence(indicator.confidence)
        )?;
        for observable in &indicator.observables {
            writeln!(out, "    {:<11} {}", observable.kind(), observable.value())?;
        }
    }
    for combination in &alert.combinations {
        let within = if combination.within == domain::Within::Folder {
            "show-within-folder"
        } else {
            "show-within-host"
        };
        writeln!(
            out,
            "\n{}  {}: {}",
            combination.id,
            texts.text(within),
            combination.all_of.join(" + ")
        )?;
    }
    for rule in &alert.rules {
        writeln!(
            out,
            "\nYARA {}  {} B",
            rule.id,
            texts::count(rule.source.len() as u64, language)
        )?;
    }
    Ok(out)
}
