//! The report as one self-contained page that opens anywhere, prints well and loads nothing. What it says is escaped by
//! the template engine; `templates/report.html` is the page, `templates/report.css` its looks.

use askama::Template;
use domain::{CheckCoverage, Finding, Judgement, Language, NotExamined, SweepReport};
use texts::Texts;

use super::Standing;
use super::summary::{
    file_line, gaps, hits_left_out_line, isolation_line, kind_name, outcome_line, package_line,
    roots_line, standing_note, summary_lines, when_line,
};
use crate::layout::printable;

/// Renders one report for each alert as one page.
pub fn render_html(
    reports: &[(SweepReport, Standing)],
    language: Language,
) -> anyhow::Result<String> {
    let texts = Texts::of(language);
    let page = Page {
        tag: match language {
            Language::En => "en",
            Language::Vi => "vi",
        },
        texts,
        sections: reports
            .iter()
            .map(|(report, standing)| Section::of(report, *standing, texts))
            .collect(),
    };
    let mut html = page.render()?;
    html.push('\n');
    Ok(html)
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    tag: &'static str,
    texts: &'static Texts,
    sections: Vec<Section>,
}

/// One report, in words.
struct Section {
    state: &'static str,
    exercise: bool,
    note: Option<String>,
    number: String,
    version: String,
    host: String,
    when: String,
    outcome: String,
    meaning: String,
    tiles: Vec<Tile>,
    lines: Vec<(String, String)>,
    roots: String,
    findings: Vec<FindingBlock>,
    left_out: Option<String>,
    gaps: Vec<GapBlock>,
    checks: Vec<CheckRow>,
}

/// A number that can be read from across the table.
struct Tile {
    class: &'static str,
    value: String,
    label: String,
}

struct FindingBlock {
    class: &'static str,
    judgement: String,
    path: String,
    why: String,
    hits: Vec<HitLine>,
    /// What is said below the hits.
    notes: Vec<String>,
    file: Vec<String>,
    sha256: Option<String>,
    isolation: Option<String>,
}

struct HitLine {
    indicator: String,
    kind: String,
    value: String,
    place: Option<String>,
}

struct GapBlock {
    heading: String,
    meaning: String,
    examples: Vec<String>,
    left_out: Option<String>,
}

struct CheckRow {
    indicator: String,
    kind: String,
    numbers: [String; 5],
}

impl Section {
    fn of(report: &SweepReport, standing: Standing, texts: &Texts) -> Self {
        let version = [("version", report.alert.version.into())];
        let left_out = (report.findings_left_out > 0).then(|| {
            let values = [("count", report.findings_left_out.into())];
            texts.text_with("findings-left-out", &values)
        });
        let (state, meaning) = match (report.outcome.is_found(), report.outcome.is_complete()) {
            (true, true) => ("found", "outcome-meaning-found"),
            (true, false) => ("found", "outcome-meaning-found-incomplete"),
            (false, true) => ("clean", "outcome-meaning-clean"),
            (false, false) => ("incomplete", "outcome-meaning-clean-incomplete"),
        };
        let checks = report.coverage.checks.iter();
        Self {
            state,
            exercise: report.alert.exercise,
            note: standing_note(standing, texts),
            number: printable(&report.alert.number),
            version: texts.text_with("report-version", &version),
            host: printable(&report.host),
            when: when_line(report, texts),
            outcome: outcome_line(report.outcome, texts),
            meaning: texts.text(meaning),
            tiles: tiles(report, texts),
            lines: summary_lines(report, texts),
            roots: roots_line(report),
            findings: report
                .findings
                .iter()
                .map(|finding| FindingBlock::of(finding, texts))
                .collect(),
            left_out,
            gaps: gaps(report).map(|line| GapBlock::of(line, texts)).collect(),
            checks: checks.map(|check| CheckRow::of(check, texts)).collect(),
        }
    }
}

fn tiles(report: &SweepReport, texts: &Texts) -> Vec<Tile> {
    let confirmed = report.count_findings(Judgement::Confirmed);
    let suspicious = report.count_findings(Judgement::Suspicious);
    let missing = gaps(report)
        .filter(|line| line.reason.leaves_a_gap())
        .fold(0_u64, |sum, line| sum.saturating_add(line.count));
    let files = report.coverage.item_count;
    let tile = |count: u64, class: &'static str, key: &str| Tile {
        class: if count > 0 { class } else { "none" },
        value: texts::count(count, texts.language()),
        label: texts.text(key),
    };
    vec![
        tile(confirmed, "bad", "tile-confirmed"),
        tile(suspicious, "doubtful", "tile-suspicious"),
        tile(missing, "doubtful", "tile-not-examined"),
        tile(files, "plain", "tile-examined"),
    ]
}

impl FindingBlock {
    fn of(finding: &Finding, texts: &Texts) -> Self {
        let together = |combination: &String| {
            let values = [("combination", printable(combination).into())];
            texts.text_with("finding-together", &values)
        };
        Self {
            class: match finding.judgement {
                Judgement::Confirmed => "confirmed",
                Judgement::Suspicious => "suspicious",
                Judgement::Context => "context",
            },
            judgement: texts.judgement(finding.judgement),
            path: finding.item.to_string(),
            why: texts.why(finding.why),
            hits: finding
                .hits
                .iter()
                .map(|hit| HitLine {
                    indicator: printable(&hit.indicator),
                    kind: kind_name(&hit.kind, texts),
                    value: printable(&hit.value),
                    place: hit.place.as_deref().map(printable),
                })
                .collect(),
            notes: hits_left_out_line(finding, texts)
                .into_iter()
                .chain(finding.combinations.iter().map(together))
                .collect(),
            file: [package_line(finding, texts), file_line(finding, texts)]
                .into_iter()
                .flatten()
                .collect(),
            sha256: finding.sha256.as_deref().map(printable),
            isolation: isolation_line(finding, texts),
        }
    }
}

impl GapBlock {
    fn of(line: &NotExamined, texts: &Texts) -> Self {
        let values = [
            ("count", line.count.into()),
            ("reason", texts.reason(line.reason).into()),
        ];
        let left_out = line.count.saturating_sub(line.examples.len() as u64);
        Self {
            heading: texts.text_with("not-examined-part", &values),
            meaning: texts.reason_meaning(line.reason),
            examples: line.examples.iter().map(ToString::to_string).collect(),
            left_out: (left_out > 0 && !line.examples.is_empty())
                .then(|| texts.text_with("examples-left-out", &[("count", left_out.into())])),
        }
    }
}

impl CheckRow {
    fn of(check: &CheckCoverage, texts: &Texts) -> Self {
        let numbers = [
            check.hits,
            check.absent_by_metadata,
            check.absent_by_content,
            check.outside_plan,
            check.not_examined,
        ];
        Self {
            indicator: printable(&check.indicator),
            kind: texts.check_kind(check.kind),
            numbers: numbers.map(|number| texts::count(number, texts.language())),
        }
    }
}
