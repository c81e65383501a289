//! The report as text: one line each for examined, found and not examined, then the details.

use std::fmt::{Result, Write};

use domain::{Finding, Judgement, Language, SweepReport};
use texts::Texts;

use super::Standing;
use super::summary::{
    file_line, gaps, hits_left_out_line, isolation_line, kind_name, outcome_line, package_line,
    roots_line, standing_note, summary_lines, when_line,
};
use crate::layout::{columns, pad, printable, wrap};

/// Lines wider than this are hard to read, whatever room there is.
const COLUMNS_MAX: usize = 110;

/// How the text may look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextStyle {
    /// For a file or a pipe: no colours, and lines are not broken.
    Plain,
    /// For a terminal of so many columns: colours, and lines are broken between words.
    Terminal(usize),
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
    style: TextStyle,
) -> String {
    let mut page = Page {
        texts: Texts::of(language),
        style,
        out: String::new(),
    };
    page.report(report, standing)
        .expect("writing to a string does not fail");
    page.out
}

struct Page {
    texts: &'static Texts,
    style: TextStyle,
    out: String,
}

impl Page {
    fn report(&mut self, report: &SweepReport, standing: Standing) -> Result {
        self.head(report, standing)?;
        self.summary(report)?;
        self.findings(report)?;
        self.not_examined(report)
    }

    fn head(&mut self, report: &SweepReport, standing: Standing) -> Result {
        let alert = &report.alert;
        let version = self
            .texts
            .text_with("report-version", &[("version", alert.version.into())]);
        let number = self.paint(BOLD, &printable(&alert.number));
        let host = self.texts.text("report-host");
        writeln!(
            self.out,
            "{number}, {version} · {host} {}",
            printable(&report.host)
        )?;
        if alert.exercise {
            self.wrapped("", YELLOW, &self.texts.text("report-exercise"))?;
        }
        if let Some(note) = standing_note(standing, self.texts) {
            self.wrapped("", YELLOW, &note)?;
        }
        let colour = match (report.outcome.is_found(), report.outcome.is_complete()) {
            (true, _) => RED,
            (false, true) => GREEN,
            (false, false) => YELLOW,
        };
        writeln!(self.out)?;
        self.wrapped("  ", colour, &outcome_line(report.outcome, self.texts))?;
        writeln!(self.out)
    }

    fn summary(&mut self, report: &SweepReport) -> Result {
        let mut lines = summary_lines(report, self.texts);
        lines.push((self.texts.text("report-roots"), roots_line(report)));
        let widths = lines.iter().map(|(label, _)| columns(label));
        let width = widths.max().unwrap_or(0);
        for (label, value) in lines {
            let label = pad(&label, width);
            let room = self.width().saturating_sub(width + 4);
            for (index, piece) in wrap(&value, room).into_iter().enumerate() {
                if index == 0 {
                    writeln!(self.out, "  {label}  {piece}")?;
                } else {
                    writeln!(self.out, "{:width$}{piece}", "", width = width + 4)?;
                }
            }
        }
        let when = self.paint(DIM, &when_line(report, self.texts));
        writeln!(self.out, "  {:width$}  {when}", "")
    }

    fn findings(&mut self, report: &SweepReport) -> Result {
        if !report.findings.is_empty() {
            self.heading("heading-findings")?;
        }
        for (index, finding) in report.findings.iter().enumerate() {
            if index > 0 {
                writeln!(self.out)?;
            }
            self.finding(finding)?;
        }
        if report.findings_left_out > 0 {
            let values = [("count", report.findings_left_out.into())];
            let text = self.texts.text_with("findings-left-out", &values);
            writeln!(self.out)?;
            self.wrapped("  ", "", &text)?;
        }
        Ok(())
    }

    fn finding(&mut self, finding: &Finding) -> Result {
        let colour = match finding.judgement {
            Judgement::Confirmed => RED,
            Judgement::Suspicious => YELLOW,
            Judgement::Context => DIM,
        };
        let judgement = self.texts.judgement(finding.judgement).to_uppercase();
        let judgement = self.paint(colour, &judgement);
        // Never broken: people copy it.
        writeln!(self.out, "  {judgement}  {}", finding.item)?;
        self.wrapped("      ", "", &self.texts.why(finding.why))?;
        for hit in &finding.hits {
            let kind = kind_name(&hit.kind, self.texts);
            let text = format!(
                "{} · {kind}: {}",
                printable(&hit.indicator),
                printable(&hit.value)
            );
            self.wrapped("      ", "", &text)?;
            if let Some(place) = &hit.place {
                self.wrapped("        ", DIM, &printable(place))?;
            }
        }
        if let Some(line) = hits_left_out_line(finding, self.texts) {
            self.wrapped("      ", "", &line)?;
        }
        for combination in &finding.combinations {
            let values = [("combination", printable(combination).into())];
            let text = self.texts.text_with("finding-together", &values);
            self.wrapped("      ", "", &text)?;
        }
        let lines = [
            package_line(finding, self.texts),
            file_line(finding, self.texts),
        ];
        for line in lines.into_iter().flatten() {
            self.wrapped("      ", DIM, &line)?;
        }
        if let Some(sha256) = &finding.sha256 {
            let text = format!("SHA-256 {}", printable(sha256));
            let text = self.paint(DIM, &text);
            writeln!(self.out, "      {text}")?;
        }
        match isolation_line(finding, self.texts) {
            Some(line) => self.wrapped("      ", BOLD, &line),
            None => Ok(()),
        }
    }

    fn not_examined(&mut self, report: &SweepReport) -> Result {
        for (index, line) in gaps(report).enumerate() {
            if index == 0 {
                self.heading("heading-not-examined")?;
            }
            let values = [
                ("count", line.count.into()),
                ("reason", self.texts.reason(line.reason).into()),
            ];
            let text = self.texts.text_with("not-examined-part", &values);
            self.wrapped("  ", "", &text)?;
            self.wrapped("      ", DIM, &self.texts.reason_meaning(line.reason))?;
            for example in &line.examples {
                writeln!(self.out, "      {example}")?;
            }
            let left_out = line.count.saturating_sub(line.examples.len() as u64);
            if left_out > 0 && !line.examples.is_empty() {
                let values = [("count", left_out.into())];
                let text = self.texts.text_with("examples-left-out", &values);
                writeln!(self.out, "      {text}")?;
            }
        }
        Ok(())
    }

    fn heading(&mut self, key: &str) -> Result {
        let heading = self.paint(BOLD, &self.texts.text(key));
        writeln!(self.out, "\n{heading}")
    }

    fn wrapped(&mut self, indent: &str, colour: &str, text: &str) -> Result {
        for line in wrap(text, self.width().saturating_sub(indent.len())) {
            let line = self.paint(colour, &line);
            writeln!(self.out, "{indent}{line}")?;
        }
        Ok(())
    }

    fn width(&self) -> usize {
        match self.style {
            TextStyle::Plain => usize::MAX,
            TextStyle::Terminal(columns) => columns.min(COLUMNS_MAX),
        }
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        match self.style {
            TextStyle::Terminal(_) if !colour.is_empty() => {
                format!("\u{1b}[{colour}m{text}\u{1b}[0m")
            }
            _ => text.to_owned(),
        }
    }
}
