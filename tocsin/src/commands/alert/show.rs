//! `tocsin alert show`: the alert for people, and beside its source for the second officer.

use std::fmt::Write;
use std::io::IsTerminal;

use documents::Envelope;
use domain::{Alert, Language};
use drafting::{Beside, BesideLine, BesideState, Input};
use fs_err as fs;
use texts::Texts;

use super::{ShowArguments, read_draft};
use crate::commands::Context;
use crate::exit_code::{self, Code};

/// Characters of a source line that stand on the left.
const LEFT_WIDTH: usize = 64;

/// Runs `tocsin alert show`.
pub fn show(arguments: &ShowArguments, context: &Context) -> anyhow::Result<Code> {
    let bytes = fs::read(&arguments.file)?;
    let alert: Alert = match Envelope::parse(&bytes) {
        Ok(envelope) => {
            println!(
                "{}  ({} signatures, not verified here)",
                envelope.id(),
                envelope.signers().count()
            );
            envelope.read_unverified()?
        }
        Err(_) => read_draft(&bytes)?,
    };
    print!("{}", summary(&alert, context.language));
    if arguments.beside.is_empty() {
        print!("{}", whole(&alert, context.language)?);
        return Ok(exit_code::DONE);
    }
    let contents = arguments
        .beside
        .iter()
        .map(|file| Ok((file.display().to_string(), fs::read(file)?)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let inputs: Vec<Input<'_>> = contents
        .iter()
        .map(|(name, bytes)| Input { name, bytes })
        .collect();
    let beside = drafting::lay_beside(&alert, &inputs);
    print!("{}", side_by_side(&beside, context.language)?);
    let doubtful = beside
        .lines
        .iter()
        .any(|line| matches!(line.state, BesideState::Differs));
    Ok(if doubtful || !beside.unshown.is_empty() {
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
        let padding = " ".repeat(14usize.saturating_sub(label.chars().count()));
        writeln!(out, "{label}{padding}{value}").expect("writing to a string does not fail");
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

fn side_by_side(beside: &Beside, language: Language) -> Result<String, std::fmt::Error> {
    let texts = Texts::of(language);
    let coloured = std::io::stdout().is_terminal();
    let mut out = String::new();
    let mut file = "";
    for line in &beside.lines {
        if line.file != file {
            file = &line.file;
            writeln!(out, "\n── {file}")?;
        }
        for row in rows(line, texts) {
            let (text, colour) = row;
            match colour.filter(|_| coloured) {
                Some(colour) => writeln!(out, "\u{1b}[{colour}m{text}\u{1b}[0m")?,
                None => writeln!(out, "{text}")?,
            }
        }
    }
    for unshown in &beside.unshown {
        let values = [
            ("indicator", (&unshown.indicator).into()),
            ("kind", unshown.kind.into()),
            ("value", (&unshown.value).into()),
        ];
        writeln!(out, "!! {}", texts.text_with("show-unshown", &values))?;
    }
    Ok(out)
}

fn rows(line: &BesideLine, texts: &Texts) -> Vec<(String, Option<&'static str>)> {
    let shown = printable(&line.text);
    let mut pieces = wrap(&shown, LEFT_WIDTH).into_iter();
    let mut rows = Vec::new();
    let left = |piece: Option<String>, number: bool| {
        let piece = piece.unwrap_or_default();
        let padding = " ".repeat(LEFT_WIDTH.saturating_sub(piece.chars().count()));
        let number = if number {
            line.line.to_string()
        } else {
            String::new()
        };
        format!("{number:>4}  {piece}{padding}")
    };
    let first = left(pieces.next(), true);
    if line.values.is_empty() {
        rows.push((first.trim_end().to_owned(), None));
    } else {
        let mut first = Some(first);
        for value in &line.values {
            let (mark, colour) = match value.state {
                BesideState::Taken => ("=", "32"),
                BesideState::NotTaken => ("?", "33"),
                BesideState::Differs => ("≠", "1;31"),
                BesideState::Plain => (" ", "0"),
            };
            let in_draft = value
                .in_draft
                .clone()
                .unwrap_or_else(|| texts.text("show-not-taken"));
            let indicator = value.indicator.as_deref().unwrap_or("");
            let left = first.take().unwrap_or_else(|| left(pieces.next(), false));
            rows.push((
                format!("{left} {mark} {} {indicator}", printable(&in_draft)),
                Some(colour),
            ));
        }
    }
    rows.extend(pieces.map(|piece| (left(Some(piece), false).trim_end().to_owned(), None)));
    rows
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars
        .chunks(width)
        .map(|chunk| chunk.iter().collect())
        .collect()
}

fn printable(text: &str) -> String {
    domain::ItemPath {
        text: text.replace('\t', "    "),
        exact_hex: None,
    }
    .to_string()
}
