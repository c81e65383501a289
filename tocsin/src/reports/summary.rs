//! What the text and the page say in the same words: the outcome, one line for each question, what was done.

use domain::{
    CheckKind, Finding, Isolation, ItemKind, Judgement, Outcome, Reason, SelfTest, SweepReport,
};
use texts::Texts;

use super::Standing;
use crate::layout::printable;

/// Values of one kind, and indicators, that a line lists; more are counted. The JSON form has all of them.
const LISTED_MAX: usize = 12;

/// Returns the note that a report must not go without, if there is one.
pub fn standing_note(standing: Standing, texts: &Texts) -> Option<String> {
    match standing {
        Standing::Verified => None,
        Standing::Unchecked => Some(texts.text("report-signatures-unchecked")),
        Standing::Unsigned => Some(texts.text("report-unsigned")),
    }
}

/// Returns what the outcome is called, in a line.
pub fn outcome_line(outcome: Outcome, texts: &Texts) -> String {
    texts.text(match outcome {
        Outcome::Clean => "outcome-line-clean",
        Outcome::CleanIncomplete => "outcome-line-clean-incomplete",
        Outcome::Found => "outcome-line-found",
        Outcome::FoundIncomplete => "outcome-line-found-incomplete",
    })
}

/// Returns when it was swept and for how long.
pub fn when_line(report: &SweepReport, texts: &Texts) -> String {
    let started = texts::when(report.started_at, texts.language());
    let duration = duration_text(report, texts);
    texts.text_with(
        "report-when",
        &[("started", started.into()), ("duration", duration.into())],
    )
}

/// Returns the folders that were swept.
pub fn roots_line(report: &SweepReport) -> String {
    let roots: Vec<String> = report.roots.iter().map(ToString::to_string).collect();
    roots.join(", ")
}

/// Returns what the report says in one line each: label and value.
pub fn summary_lines(report: &SweepReport, texts: &Texts) -> Vec<(String, String)> {
    let mut lines = vec![
        (texts.text("line-examined"), examined_value(report, texts)),
        (texts.text("line-found"), found_value(report, texts)),
        (
            texts.text("line-not-examined"),
            not_examined_value(report, texts),
        ),
    ];
    let by_name: Vec<&str> = report
        .coverage
        .checks
        .iter()
        .filter(|check| check.kind == CheckKind::Digest && check.outside_plan > 0)
        .map(|check| check.indicator.as_str())
        .collect();
    if !by_name.is_empty() {
        let values = [("indicators", listed(&by_name, texts).into())];
        let value = texts.text_with("plan-digest-by-name", &values);
        lines.push((texts.text("line-plan"), value));
    }
    if !report.coverage.containers_opened {
        // What a zip holds is neither found nor ruled out, and "clean" must not be read as if it were.
        lines.push((texts.text("line-plan"), texts.text("plan-archives-closed")));
    }
    if let Some(self_test) = &report.self_test {
        lines.push((
            texts.text("line-self-test"),
            self_test_value(self_test, texts),
        ));
    }
    if !report.coverage.outside_sweep.is_empty() {
        let values = [("values", outside_values(report, texts).into())];
        let value = texts.text_with("outside-value", &values);
        lines.push((texts.text("line-outside"), value));
    }
    lines
}

/// Returns what was left unexamined against the plan or by necessity; what the plan itself leaves out is no part of it.
pub fn gaps(report: &SweepReport) -> impl Iterator<Item = &domain::NotExamined> {
    let lines = report.coverage.not_examined.iter();
    lines.filter(|line| line.count > 0 && line.reason != Reason::ExcludedByPlan)
}

/// Returns what a kind of observable is called; a kind that is not known shows as its key, which a report made up.
pub fn kind_name(kind: &str, texts: &Texts) -> String {
    printable(&texts.observable_kind(kind))
}

/// Returns how many matches of a finding are not listed, if any.
pub fn hits_left_out_line(finding: &Finding, texts: &Texts) -> Option<String> {
    let values = [("count", finding.hits_left_out.into())];
    (finding.hits_left_out > 0).then(|| texts.text_with("finding-hits-left-out", &values))
}

/// Returns a finding's size and time, where it is a thing that has them.
pub fn file_line(finding: &Finding, texts: &Texts) -> Option<String> {
    if !matches!(finding.kind, ItemKind::File | ItemKind::Member) {
        return None;
    }
    let size = texts::byte_size(finding.size_bytes, texts.language());
    let changed = finding
        .modified_at
        .map_or_else(|| "?".to_owned(), |at| texts::when(at, texts.language()));
    let values = [("size", size.into()), ("when", changed.into())];
    Some(texts.text_with("finding-file", &values))
}

/// Returns the package that a finding's content belongs to, if any.
pub fn package_line(finding: &Finding, texts: &Texts) -> Option<String> {
    let package = finding.package.as_ref()?;
    let values = [("package", printable(package).into())];
    Some(texts.text_with("finding-package", &values))
}

/// Returns what was done with a finding, if anything was asked.
pub fn isolation_line(finding: &Finding, texts: &Texts) -> Option<String> {
    Some(match finding.isolation.as_ref()? {
        Isolation::Failed { reason } => {
            let values = [("reason", printable(reason).into())];
            texts.text_with("finding-isolation-failed", &values)
        }
        Isolation::Isolated { vault_id } => {
            let values = [("vault", printable(vault_id).into())];
            texts.text_with("finding-isolated", &values)
        }
        Isolation::NotPermitted => texts.text("finding-isolation-not-permitted"),
    })
}

fn examined_value(report: &SweepReport, texts: &Texts) -> String {
    let coverage = &report.coverage;
    let language = texts.language();
    let size = texts::byte_size(coverage.item_bytes, language);
    let read_size = texts::byte_size(coverage.read_bytes, language);
    let mut others = String::new();
    let mut file_count = coverage.item_count;
    for counted in coverage
        .kinds
        .iter()
        .filter(|counted| !counted.kind.is_file())
    {
        file_count = file_count.saturating_sub(counted.count);
        let values = [
            ("kind", texts.item_kind(counted.kind).into()),
            ("count", counted.count.into()),
        ];
        others.push_str("; ");
        others.push_str(&texts.text_with("examined-other", &values));
    }
    let files = texts.text_with(
        "examined-value",
        &[
            ("files", file_count.into()),
            ("folders", coverage.folder_count.into()),
            ("size", size.into()),
            ("read", coverage.read_count.into()),
            ("read_size", read_size.into()),
        ],
    );
    files + &others
}

/// Returns whether the checks work here, and which do not.
fn self_test_value(self_test: &SelfTest, texts: &Texts) -> String {
    let values = [
        ("passed", self_test.passed.into()),
        ("total", self_test.total.into()),
    ];
    let mut value = texts.text_with("self-test-value", &values);
    for (key, list) in [
        ("self-test-failures", &self_test.failures),
        ("self-test-untested", &self_test.untested),
    ] {
        if !list.is_empty() {
            let list: Vec<&str> = list.iter().map(String::as_str).collect();
            let values = [("checks", listed(&list, texts).into())];
            value.push_str("; ");
            value.push_str(&texts.text_with(key, &values));
        }
    }
    value
}

fn found_value(report: &SweepReport, texts: &Texts) -> String {
    let confirmed = report.count_findings(Judgement::Confirmed);
    let suspicious = report.count_findings(Judgement::Suspicious);
    let context = report.count_findings(Judgement::Context);
    let mut value = if report.outcome.is_found() {
        let values = [
            ("confirmed", confirmed.into()),
            ("suspicious", suspicious.into()),
        ];
        texts.text_with("found-counts", &values)
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
    let parts: Vec<String> = gaps(report)
        .map(|line| {
            let values = [
                ("count", line.count.into()),
                ("reason", texts.reason(line.reason).into()),
            ];
            texts.text_with("not-examined-part", &values)
        })
        .collect();
    if parts.is_empty() {
        texts.text("not-examined-nothing")
    } else {
        parts.join("; ")
    }
}

/// Coverage has `indicator: kind value` for each; people want each kind once, with its values.
fn outside_values(report: &SweepReport, texts: &Texts) -> String {
    let mut by_kind: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in &report.coverage.outside_sweep {
        let observable = line
            .split_once(": ")
            .map_or(line.as_str(), |(_, rest)| rest);
        let (kind, value) = observable.split_once(' ').unwrap_or(("", observable));
        match by_kind.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, values)) if values.contains(&value) => {}
            Some((_, values)) => values.push(value),
            None => by_kind.push((kind, vec![value])),
        }
    }
    let parts: Vec<String> = by_kind
        .into_iter()
        .map(|(kind, values)| {
            let kind = kind_name(kind, texts);
            format!("{kind}: {}", listed(&values, texts))
        })
        .collect();
    parts.join("; ")
}

fn listed(values: &[&str], texts: &Texts) -> String {
    let shown: Vec<String> = values
        .iter()
        .take(LISTED_MAX)
        .map(|value| printable(value))
        .collect();
    let mut list = shown.join(", ");
    let more = values.len().saturating_sub(LISTED_MAX);
    if more > 0 {
        list.push(' ');
        list.push_str(&texts.text_with("examples-left-out", &[("count", more.into())]));
    }
    list
}

fn duration_text(report: &SweepReport, texts: &Texts) -> String {
    let started = report.started_at.as_second();
    let seconds = report.finished_at.as_second().saturating_sub(started);
    // Instants are whole seconds, and a clock may be set back while a sweep runs.
    let seconds = u64::try_from(seconds).unwrap_or(0);
    let span = |key: &str, large: u64, small: u64| {
        texts.text_with(key, &[("large", large.into()), ("small", small.into())])
    };
    match seconds {
        0 => texts.text("duration-under-a-second"),
        1..60 => span("duration-seconds", 0, seconds),
        60..3600 => span("duration-minutes", seconds / 60, seconds % 60),
        _ => span("duration-hours", seconds / 3600, seconds % 3600 / 60),
    }
}
