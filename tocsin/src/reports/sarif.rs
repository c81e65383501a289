//! The report as SARIF 2.1.0 (OASIS), for what collects results of analyses: one run for each alert, one result for each
//! finding and indicator.

use std::collections::BTreeMap;

use domain::{Finding, Judgement, SweepReport};
use serde_json::{Value, json};

use super::csv::{plain, word};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Renders the reports as SARIF, with a line break at the end.
pub fn render_sarif(reports: &[SweepReport]) -> anyhow::Result<Vec<u8>> {
    let runs: Vec<Value> = reports.iter().map(run).collect();
    let log = json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": runs });
    let mut bytes = serde_json::to_vec_pretty(&log)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn run(report: &SweepReport) -> Value {
    let ids = rule_ids(report);
    let rules: Vec<Value> = ids
        .keys()
        .map(|id| {
            json!({
                "id": plain(id),
                "shortDescription": { "text": format!("{} of alert {}", plain(id), plain(&report.alert.number)) },
            })
        })
        .collect();
    let artifacts: Vec<Value> = report.findings.iter().map(artifact).collect();
    let findings = report.findings.iter().enumerate();
    let results: Vec<Value> = findings
        .flat_map(|(index, finding)| results(report, index, finding, &ids))
        .collect();
    let (name, version) = report.tool.split_once(' ').unwrap_or((&report.tool, ""));
    json!({
        "tool": { "driver": { "name": plain(name), "version": plain(version), "rules": rules } },
        "invocations": [invocation(report)],
        "artifacts": artifacts,
        "results": results,
        "automationDetails": {
            "id": format!("{}/{}/{}", plain(&report.alert.number), report.alert.version, plain(&report.host)),
        },
        "properties": {
            "alert": report.alert,
            "host": plain(&report.host),
            "outcome": report.outcome,
            "findingsLeftOut": report.findings_left_out,
        },
    })
}

/// Returns the ids that results name, with their places among the rules.
fn rule_ids(report: &SweepReport) -> BTreeMap<&str, usize> {
    let hits = report.findings.iter().flat_map(|finding| &finding.hits);
    let mut ids: BTreeMap<&str, usize> = hits.map(|hit| (hit.indicator.as_str(), 0)).collect();
    for (place, index) in ids.values_mut().enumerate() {
        *index = place;
    }
    ids
}

/// What was not examined makes a run that did not succeed: otherwise a viewer would show an incomplete sweep as clean.
fn invocation(report: &SweepReport) -> Value {
    let notifications: Vec<Value> = report
        .coverage
        .not_examined
        .iter()
        .map(|line| {
            let level = if line.reason.leaves_a_gap() { "warning" } else { "note" };
            let examples: Vec<String> = line.examples.iter().map(ToString::to_string).collect();
            json!({
                "level": level,
                "message": { "text": format!("{} not examined: {}", line.count, word(&line.reason)) },
                "descriptor": { "id": line.reason },
                "properties": { "count": line.count, "examples": examples },
            })
        })
        .collect();
    json!({
        "executionSuccessful": report.coverage.complete,
        "startTimeUtc": report.started_at,
        "endTimeUtc": report.finished_at,
        "machine": plain(&report.host),
        "toolExecutionNotifications": notifications,
    })
}

fn artifact(finding: &Finding) -> Value {
    let mut hashes = BTreeMap::new();
    for (name, digest) in [
        ("md5", &finding.md5),
        ("sha-1", &finding.sha1),
        ("sha-256", &finding.sha256),
    ] {
        if let Some(digest) = digest {
            hashes.insert(name, plain(digest));
        }
    }
    let mut artifact = json!({
        "location": { "uri": uri(finding) },
        "length": finding.size_bytes,
    });
    if !hashes.is_empty() {
        artifact["hashes"] = json!(hashes);
    }
    if let Some(at) = finding.modified_at {
        artifact["lastModifiedTimeUtc"] = json!(at);
    }
    artifact
}

/// Returns one result for each indicator that hit.
fn results(
    report: &SweepReport,
    index: usize,
    finding: &Finding,
    rules: &BTreeMap<&str, usize>,
) -> Vec<Value> {
    let mut by_indicator: BTreeMap<&str, Vec<&domain::Hit>> = BTreeMap::new();
    for hit in &finding.hits {
        by_indicator.entry(&hit.indicator).or_default().push(hit);
    }
    let level = match finding.judgement {
        Judgement::Confirmed => "error",
        Judgement::Suspicious => "warning",
        Judgement::Context => "note",
    };
    by_indicator
        .into_iter()
        .map(|(id, hits)| {
            let matched: Vec<String> = hits
                .iter()
                .map(|hit| format!("{} {}", plain(&hit.kind), plain(&hit.value)))
                .collect();
            let drill = if report.alert.exercise {
                "EXERCISE: "
            } else {
                ""
            };
            let text = format!(
                "{drill}{}: {} ({}): {}",
                plain(id),
                word(&finding.judgement),
                word(&finding.why),
                matched.join(", ")
            );
            json!({
                "ruleId": plain(id),
                "ruleIndex": rules.get(id),
                "level": level,
                "message": { "text": text },
                "locations": [{ "physicalLocation": {
                    "artifactLocation": { "uri": uri(finding), "index": index },
                } }],
                "properties": {
                    "judgement": finding.judgement,
                    "why": finding.why,
                    "kind": finding.kind,
                    "item": finding.item.to_string(),
                    "hits": hits,
                    "combinations": finding.combinations,
                    "isolation": finding.isolation,
                },
            })
        })
        .collect()
}

/// Writes the item as a URI (RFC 3986): a file's by its exact bytes; anything else in a scheme of its own.
fn uri(finding: &Finding) -> String {
    let exact = finding
        .item
        .exact_hex
        .as_deref()
        .and_then(domain::digest::parse_hex_bytes);
    let bytes = exact.unwrap_or_else(|| finding.item.text.clone().into_bytes());
    let mut path = String::new();
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push('%');
            path.push_str(&domain::digest::to_hex(&[byte]).to_ascii_uppercase());
        }
    }
    if finding.kind.is_file() && path.starts_with('/') {
        format!("file://{path}")
    } else {
        format!("tocsin:{}/{path}", word(&finding.kind))
    }
}
