//! The alerts that are measured: drafts of rule files, of a digest nobody has, of digests and names.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// Drafts an alert with these rule files.
pub fn draft(tocsin: &Path, rule_files: &[PathBuf], alert: &Path) -> Result<()> {
    let mut command = Command::new(tocsin);
    command
        .args(["alert", "draft", "--authority", "bench", "--number", "1"])
        .args(["--title", "Rules", "--out"])
        .arg(alert)
        .arg("--from")
        .args(rule_files);
    let output = command.output()?;
    if !output.status.success() {
        bail!(
            "'tocsin alert draft' refused the rules:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

/// Writes an alert with one digest of this kind and of so many bytes, without a size and without a name.
pub fn of_digest(kind: &str, digest_bytes: usize, alert: &Path) -> Result<()> {
    let observable = json!({ "kind": kind, "value": digest(1, digest_bytes) });
    write(alert, &[indicator(1, &[observable])])
}

/// Writes an alert with so many SHA-256 digests, and as many names, none of which is anywhere.
pub fn of_digests_and_names(count: u64, alert: &Path) -> Result<()> {
    let indicators: Vec<Value> = (1..=count)
        .flat_map(|number| {
            let digest = json!({ "kind": "sha256", "value": digest(number, 32) });
            let name =
                json!({ "kind": "file-name", "value": format!("tocsin-bench-{number}.exe") });
            [
                indicator(2 * number, &[digest]),
                indicator(2 * number + 1, &[name]),
            ]
        })
        .collect();
    write(alert, &indicators)
}

/// Writes the alert without what is sought in logs and connections: domains, addresses and URLs.
pub fn of_files_only(whole: &Path, alert: &Path) -> Result<()> {
    let mut document: Value = serde_json::from_slice(&fs_err::read(whole)?)?;
    let indicators = document["indicators"].as_array_mut();
    let indicators = indicators.context("find the indicators of the alert")?;
    for indicator in &mut *indicators {
        if let Some(observables) = indicator["observables"].as_array_mut() {
            observables.retain(|one| {
                let kind = one["kind"].as_str().unwrap_or_default();
                !matches!(kind, "domain" | "ip" | "url")
            });
        }
    }
    indicators.retain(|one| {
        one["observables"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    });
    // What belongs together may have lost a part.
    document["combinations"] = json!([]);
    fs_err::write(alert, serde_json::to_vec(&document)?)?;
    Ok(())
}

fn indicator(number: u64, observables: &[Value]) -> Value {
    json!({
        "id": format!("i{number}"),
        "label": format!("i{number}"),
        "role": "payload",
        "confidence": "high",
        "observables": observables,
    })
}

/// Returns a value that looks like a digest and is none that anybody will meet.
fn digest(number: u64, digest_bytes: usize) -> String {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut text = String::new();
    while text.len() < digest_bytes * 2 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // A string takes everything.
        let _ = write!(text, "{:02x}", state >> 56);
    }
    text
}

fn write(alert: &Path, indicators: &[Value]) -> Result<()> {
    let document = json!({
        "schema": 1,
        "authority": "bench",
        "number": "1",
        "version": 1,
        "exercise": false,
        "severity": "high",
        "tlp": "TLP:CLEAR",
        "issued_at": "2026-01-01T00:00:00Z",
        "expires_at": "2036-01-01T00:00:00Z",
        "audience": [],
        "texts": [{ "language": "en", "title": "Bench", "body": "" }],
        "indicators": indicators,
        "combinations": [],
        "rules": [],
        "actions": [{ "verb": "inform" }, { "verb": "sweep" }],
        "questions": [],
    });
    fs_err::write(alert, serde_json::to_vec(&document)?)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_have_their_length_and_differ() {
        assert_eq!(digest(1, 16).len(), 32);
        assert_eq!(digest(1, 32).len(), 64);
        assert_ne!(digest(1, 32), digest(2, 32));
    }
}
