//! The report as a table for spreadsheets: one line for each hit of each finding. RFC 4180, UTF-8 without a mark.
//!
//! A report without findings has one line too: what a sweep came to must not look like a sweep that never was.

use domain::{Finding, Hit, ItemPath, SweepReport};
use serde::Serialize;

const COLUMNS: [&str; 28] = [
    "alert_number",
    "alert_version",
    "alert_id",
    "exercise",
    "host",
    "started_at",
    "finished_at",
    "outcome",
    "complete",
    "judgement",
    "why",
    "kind",
    "item",
    "item_exact_hex",
    "size_bytes",
    "modified_at",
    "md5",
    "sha1",
    "sha256",
    "indicator",
    "hit_kind",
    "value",
    "strength",
    "place",
    "combinations",
    "package",
    "isolation",
    "left_out",
];

/// With what formulas begin; the wide forms where Chinese, Japanese or Korean is set.
const FORMULA_BEGINNINGS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Renders the reports as CSV.
pub fn render_csv(reports: &[SweepReport]) -> Vec<u8> {
    let mut table = String::new();
    write_line(&mut table, COLUMNS.map(str::to_owned));
    for report in reports {
        if report.findings.is_empty() {
            write_line(&mut table, row(report, None, None));
        }
        for finding in &report.findings {
            if finding.hits.is_empty() {
                write_line(&mut table, row(report, Some(finding), None));
            }
            for hit in &finding.hits {
                write_line(&mut table, row(report, Some(finding), Some(hit)));
            }
        }
    }
    table.into_bytes()
}

fn row(report: &SweepReport, finding: Option<&Finding>, hit: Option<&Hit>) -> [String; 28] {
    let of_finding = |cell: fn(&Finding) -> String| finding.map_or_else(String::new, cell);
    let of_hit = |cell: fn(&Hit) -> String| hit.map_or_else(String::new, cell);
    let alert = &report.alert;
    [
        alert.number.clone(),
        alert.version.to_string(),
        alert.id.map_or_else(String::new, |id| id.to_string()),
        alert.exercise.to_string(),
        report.host.clone(),
        report.started_at.to_string(),
        report.finished_at.to_string(),
        word(&report.outcome),
        report.coverage.complete.to_string(),
        of_finding(|finding| word(&finding.judgement)),
        of_finding(|finding| word(&finding.why)),
        of_finding(|finding| word(&finding.kind)),
        of_finding(|finding| finding.item.to_string()),
        of_finding(|finding| finding.item.exact_hex.clone().unwrap_or_default()),
        of_finding(|finding| finding.size_bytes.to_string()),
        of_finding(|finding| {
            finding
                .modified_at
                .map_or_else(String::new, |at| at.to_string())
        }),
        of_finding(|finding| finding.md5.clone().unwrap_or_default()),
        of_finding(|finding| finding.sha1.clone().unwrap_or_default()),
        of_finding(|finding| finding.sha256.clone().unwrap_or_default()),
        of_hit(|hit| hit.indicator.clone()),
        of_hit(|hit| hit.kind.clone()),
        of_hit(|hit| hit.value.clone()),
        of_hit(|hit| word(&hit.strength)),
        of_hit(|hit| hit.place.clone().unwrap_or_default()),
        of_finding(|finding| finding.combinations.join(" ")),
        of_finding(|finding| finding.package.clone().unwrap_or_default()),
        of_finding(isolation),
        match finding {
            Some(finding) => finding.hits_left_out.to_string(),
            None => report.findings_left_out.to_string(),
        },
    ]
}

/// Returns the word that the JSON form has for a value of an enumeration.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn isolation(finding: &Finding) -> String {
    match &finding.isolation {
        None => String::new(),
        Some(domain::Isolation::Failed { reason }) => format!("failed: {reason}"),
        Some(domain::Isolation::Isolated { vault_id }) => format!("isolated: {vault_id}"),
        Some(domain::Isolation::NotPermitted) => "not-permitted".to_owned(),
    }
}

fn write_line(table: &mut String, cells: [String; 28]) {
    let cells = cells.map(|text| cell(&text));
    table.push_str(&cells.join(","));
    table.push_str("\r\n");
}

/// Writes a cell that a spreadsheet takes for text: what could be a formula gets an apostrophe in front, control
/// characters are written out, and quotes are doubled.
fn cell(text: &str) -> String {
    let is_formula =
        text.trim_start().starts_with(FORMULA_BEGINNINGS) || text.starts_with(['\t', '\r']);
    let shown = plain(text);
    let shown = if is_formula {
        format!("'{shown}")
    } else {
        shown
    };
    if shown.contains([',', '"', '\'', ' ']) {
        format!("\"{}\"", shown.replace('"', "\"\""))
    } else {
        shown
    }
}

/// Writes out what could deceive whoever reads it: control characters and those that turn the direction of text.
pub(super) fn plain(text: &str) -> String {
    let shown = ItemPath {
        text: text.to_owned(),
        exact_hex: None,
    };
    shown.to_string()
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn what_some_spreadsheet_takes_for_a_formula_is_a_text() {
        for text in [
            "=1+1",
            " =1+1",
            "\u{ff1d}1",
            "\t=1",
            "\n@SUM(1)",
            "\u{a0}-1",
            "\u{ff20}x",
            "+84",
        ] {
            let shown = cell(text);
            let first = shown.trim_start_matches('"').chars().next();
            assert_eq!(first, Some('\''), "{text:?}: {shown}");
        }
        assert_eq!(cell("2026-11-02"), "2026-11-02");
    }
}
