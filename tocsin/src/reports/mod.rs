//! A sweep's report for people and programs: one file for each form. The JSON form is `domain::SweepReport` itself.

mod html;
mod text;

pub use html::render_html;
pub use text::{Colours, render_text};

use domain::{CheckKind, Language, SweepReport};
use serde::Serialize;
use texts::Texts;

/// What `--format json` writes: one report for each alert. Described in `docs/formats/report.md`.
#[derive(Serialize)]
struct ReportFile<'a> {
    schema: u32,
    reports: &'a [SweepReport],
}

/// How far an alert's signatures were checked before the sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Verified against the authority's root.
    Verified,
    /// Signed, but no root was given to check it against.
    Unchecked,
    /// A draft that nobody has signed.
    Unsigned,
}

/// Renders the reports as JSON, with a line break at the end.
pub fn render_json(reports: &[SweepReport]) -> anyhow::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(&ReportFile {
        schema: domain::report::SCHEMA,
        reports,
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Returns the note that a report must not go without, if there is one.
fn standing_note(standing: Standing, texts: &Texts) -> Option<String> {
    match standing {
        Standing::Verified => None,
        Standing::Unchecked => Some(texts.text("report-signatures-unchecked")),
        Standing::Unsigned => Some(texts.text("report-unsigned")),
    }
}

/// Returns what the outcome is called, in a line.
fn outcome_line(report: &SweepReport, texts: &Texts) -> String {
    texts.text(match report.outcome {
        domain::Outcome::Clean => "outcome-line-clean",
        domain::Outcome::CleanIncomplete => "outcome-line-clean-incomplete",
        domain::Outcome::Found => "outcome-line-found",
        domain::Outcome::FoundIncomplete => "outcome-line-found-incomplete",
    })
}

/// Returns what the report says in one line each: label and value.
fn summary_lines(report: &SweepReport, language: Language) -> Vec<(String, String)> {
    let texts = Texts::of(language);
    let coverage = &report.coverage;
    let mut lines = vec![
        (
            texts.text("line-examined"),
            texts.text_with(
                "examined-value",
                &[
                    ("files", coverage.item_count.into()),
                    ("folders", coverage.folder_count.into()),
                    (
                        "size",
                        texts::byte_size(coverage.item_bytes, language).into(),
                    ),
                    ("read", coverage.read_count.into()),
                    (
                        "read_size",
                        texts::byte_size(coverage.read_bytes, language).into(),
                    ),
                ],
            ),
        ),
        (texts.text("line-found"), found_value(report, texts)),
        (
            texts.text("line-not-examined"),
            not_examined_value(report, texts),
        ),
    ];
    for check in coverage
        .checks
        .iter()
        .filter(|check| check.kind == CheckKind::Digest && check.outside_plan > 0)
    {
        let value = texts.text_with(
            "plan-digest-by-name",
            &[("indicator", (&check.indicator).into())],
        );
        lines.push((texts.text("line-plan"), value));
    }
    if !coverage.outside_sweep.is_empty() {
        let value = texts.text_with(
            "outside-value",
            &[("values", coverage.outside_sweep.join(", ").into())],
        );
        lines.push((texts.text("line-outside"), value));
    }
    lines
}

fn found_value(report: &SweepReport, texts: &Texts) -> String {
    let confirmed = report.count_findings(domain::Judgement::Confirmed);
    let suspicious = report.count_findings(domain::Judgement::Suspicious);
    let context = report.count_findings(domain::Judgement::Context);
    let mut value = if report.outcome.is_found() {
        texts.text_with(
            "found-counts",
            &[
                ("confirmed", confirmed.into()),
                ("suspicious", suspicious.into()),
            ],
        )
    } else {
        texts.text("found-nothing")
    };
    if context > 0 {
        value.push_str("; ");
        value.push_str(&texts.text_with("found-context", &[("context", context.into())]));
    }
    value
}

fn not_examined_value(report: &SweepReport, texts: &Texts) -> String {
    let parts: Vec<String> = report
        .coverage
        .not_examined
        .iter()
        .filter(|line| line.count > 0 && line.reason != domain::Reason::ExcludedByPlan)
        .map(|line| {
            format!(
                "{} {}",
                texts::count(line.count, texts.language()),
                texts.reason(line.reason)
            )
        })
        .collect();
    if parts.is_empty() {
        texts.text("not-examined-nothing")
    } else {
        parts.join("; ")
    }
}

/// Returns a span as `4.2 s`, `3 min 5 s`: short, the same in both languages.
fn duration_text(started_at: jiff::Timestamp, finished_at: jiff::Timestamp) -> String {
    let seconds = finished_at
        .as_second()
        .saturating_sub(started_at.as_second())
        .max(0);
    if seconds < 60 {
        format!("{seconds} s")
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

/// Returns what was done with a finding, if anything was asked.
fn isolation_line(finding: &domain::Finding, texts: &Texts) -> Option<String> {
    Some(match finding.isolation.as_ref()? {
        domain::Isolation::Failed { reason } => {
            texts.text_with("finding-isolation-failed", &[("reason", reason.into())])
        }
        domain::Isolation::Isolated { vault_id } => {
            texts.text_with("finding-isolated", &[("vault", vault_id.into())])
        }
        domain::Isolation::NotPermitted => texts.text("finding-isolation-not-permitted"),
    })
}
