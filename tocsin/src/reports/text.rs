//! The report as text: one line each for examined, found and not examined, then the details.

use std::fmt::Write;

use domain::{Finding, Judgement, Language, Reason, SweepReport};
use texts::Texts;

use super::{Standing, duration_text, isolation_line, outcome_line, standing_note, summary_lines};

/// Whether the text may use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// It goes to a file or a pipe.
    No,
    /// It goes to a terminal.
    Yes,
}

const BOLD: &str = "1";
const RED: &str = "1;31";
const YELLOW: &str = "33";
const GREEN: &str = "1;32";
const DIM: &str = "2";

/// Renders one report.
pub fn render_text(
    report: &SweepReport,
    standing: Standing,
    language: Language,
    colours: Colours,
) -> String {
    let page = Page {
        texts: Texts::of(language),
        language,
        colours,
    };
    let mut out = String::new();
    page.head(&mut out, report, standing)
        .expect("writing to a string does not fail");
    page.details(&mut out, report)
        .expect("writing to a string does not fail");
    out
}

struct Page {
    texts: &'static Texts,
    language: Language,
    colours: Colours,
}

impl Page {
    fn head(&self, out: &mut String, report: &SweepReport, standing: Standing) -> std::fmt::Result {
        let texts = self.texts;
        let alert = &report.alert;
        let version = texts.text_with("report-version", &[("version", alert.version.into())]);
        writeln!(
            out,
            "{}, {version} · {} {}",
            self.paint(BOLD, &alert.number),
            texts.text("report-host"),
            report.host
        )?;
        if alert.exercise {
            writeln!(
                out,
                "{}",
                self.paint(YELLOW, &texts.text("report-exercise"))
            )?;
        }
        if let Some(note) = standing_note(standing, texts) {
            writeln!(out, "{}", self.paint(YELLOW, &note))?;
        }
        let colour = match (report.outcome.is_found(), report.outcome.is_complete()) {
            (true, _) => RED,
            (false, true) => GREEN,
            (false, false) => YELLOW,
        };
        writeln!(
            out,
            "\n  {}\n",
            self.paint(colour, &outcome_line(report, texts))
        )?;
        let lines = summary_lines(report, self.language);
        let width = lines
            .iter()
            .map(|(label, _)| label.chars().count())
            .max()
            .unwrap_or(0);
        for (label, value) in lines {
            let padding = " ".repeat(width - label.chars().count());
            writeln!(out, "  {label}{padding}  {value}")?;
        }
        let started = texts::when(report.started_at, self.language);
        let duration = duration_text(report.started_at, report.finished_at);
        let when = texts.text_with(
            "report-when",
            &[("started", started.into()), ("duration", duration.into())],
        );
        let roots: Vec<String> = report.roots.iter().map(ToString::to_string).collect();
        writeln!(
            out,
            "\n  {}",
            self.paint(
                DIM,
                &format!(
                    "{}: {} · {when}",
                    texts.text("report-roots"),
                    roots.join(", ")
                )
            )
        )
    }

    fn details(&self, out: &mut String, report: &SweepReport) -> std::fmt::Result {
        let texts = self.texts;
        if !report.findings.is_empty() {
            writeln!(
                out,
                "\n{}",
                self.paint(BOLD, &texts.text("heading-findings"))
            )?;
            for finding in &report.findings {
                self.finding(out, finding)?;
            }
        }
        if report.findings_left_out > 0 {
            let count = report.findings_left_out.into();
            writeln!(
                out,
                "  {}",
                texts.text_with("findings-left-out", &[("count", count)])
            )?;
        }
        let gaps = report
            .coverage
            .not_examined
            .iter()
            .filter(|line| line.count > 0 && line.reason != Reason::ExcludedByPlan);
        for (index, line) in gaps.enumerate() {
            if index == 0 {
                writeln!(
                    out,
                    "\n{}",
                    self.paint(BOLD, &texts.text("heading-not-examined"))
                )?;
            }
            writeln!(
                out,
                "  {} {}",
                texts::count(line.count, self.language),
                texts.reason(line.reason)
            )?;
            for example in &line.examples {
                writeln!(out, "      {example}")?;
            }
            let left_out = line.count.saturating_sub(line.examples.len() as u64);
            if left_out > 0 && !line.examples.is_empty() {
                writeln!(
                    out,
                    "      {}",
                    texts.text_with("examples-left-out", &[("count", left_out.into())])
                )?;
            }
        }
        Ok(())
    }

    fn finding(&self, out: &mut String, finding: &Finding) -> std::fmt::Result {
        let texts = self.texts;
        let colour = match finding.judgement {
            Judgement::Confirmed => RED,
            Judgement::Suspicious => YELLOW,
            Judgement::Context => DIM,
        };
        let judgement = texts.judgement(finding.judgement).to_uppercase();
        writeln!(
            out,
            "\n  {}  {}",
            self.paint(colour, &judgement),
            finding.item
        )?;
        writeln!(out, "      {}", texts.why(finding.why))?;
        for hit in &finding.hits {
            writeln!(
                out,
                "      {} · {}: {}",
                hit.indicator,
                texts.observable_kind(&hit.kind),
                shown(&hit.value)
            )?;
        }
        for combination in &finding.combinations {
            let values = [("combination", combination.into())];
            writeln!(
                out,
                "      {}",
                texts.text_with("finding-together", &values)
            )?;
        }
        let size = texts::byte_size(finding.size_bytes, self.language);
        let changed = finding
            .modified_at
            .map_or_else(|| "?".to_owned(), |at| texts::when(at, self.language));
        let values = [("size", size.into()), ("when", changed.into())];
        writeln!(
            out,
            "      {}",
            self.paint(DIM, &texts.text_with("finding-file", &values))
        )?;
        if let Some(sha256) = &finding.sha256 {
            writeln!(
                out,
                "      {}",
                self.paint(DIM, &format!("SHA-256 {sha256}"))
            )?;
        }
        match isolation_line(finding, texts) {
            Some(line) => writeln!(out, "      {}", self.paint(BOLD, &line)),
            None => Ok(()),
        }
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        match self.colours {
            Colours::No => text.to_owned(),
            Colours::Yes => format!("\u{1b}[{colour}m{text}\u{1b}[0m"),
        }
    }
}

/// Rule names and values come from documents: nothing in them may move the cursor.
fn shown(value: &str) -> String {
    domain::ItemPath {
        text: value.to_owned(),
        exact_hex: None,
    }
    .to_string()
}
