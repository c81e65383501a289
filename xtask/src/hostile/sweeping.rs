//! Sweeps the tree under a time limit, and checks what the report says of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::Value;

use super::building::{BOTTOM, Built, MARK};
use super::changing::Changing;
use super::fuse::Stuck;
use crate::bench::alerts;

/// Seconds for the sweep; a million files take a fraction.
const LIMIT_SECONDS: &str = "600";
/// Seconds after which an item in which nothing happens is given up.
const ITEM_SECONDS: &str = "10";

/// What sweeps need.
pub struct Sweeping {
    tree: PathBuf,
    program: PathBuf,
    kept: PathBuf,
}

impl Sweeping {
    /// Writes the alert beside the tree's parts: a rule for the mark, in a folder that is left out.
    pub fn prepare(tree: &Path, program: PathBuf) -> Result<Self> {
        let kept = tree.join("kept");
        fs_err::create_dir_all(&kept)?;
        let rule = kept.join("rule.yar");
        let source = format!("rule mark {{ strings: $a = \"{MARK}\" condition: $a }}");
        fs_err::write(&rule, source)?;
        alerts::draft(&program, &[rule], &kept.join("alert.json"))?;
        Ok(Self {
            tree: tree.to_owned(),
            program,
            kept,
        })
    }

    /// Sweeps all but the file that never answers; returns how many checks failed.
    pub fn without_fuse(&self, built: &Built) -> Result<usize> {
        println!("the tree without a file that never answers:");
        let _changing = Changing::begin(&self.tree.join("changing"));
        let Some(report) = self.sweep(LIMIT_SECONDS, &[])? else {
            return Ok(1);
        };
        Ok(check(&report, built))
    }

    /// Sweeps it with the file that never answers; returns how many checks failed.
    pub fn with_fuse(&self, built: &Built) -> Result<usize> {
        println!("with a file that never answers:");
        let _stuck = match Stuck::mount(&self.tree.join("fuse")) {
            Ok(stuck) => stuck,
            Err(error) => {
                println!("  not tried: {error:#}");
                return Ok(0);
            }
        };
        let given_up = ["--item-time-max", ITEM_SECONDS];
        let Some(report) = self.sweep(LIMIT_SECONDS, &given_up)? else {
            return Ok(1);
        };
        let reasons = report["coverage"]["not_examined"].as_array();
        let named = reasons.into_iter().flatten().any(|line| {
            line["reason"] == "item-time" && line["examples"].to_string().contains("/stuck")
        });
        let mut failed = check(&report, built);
        failed += say(
            "the file that never answers is named as one that took too long",
            named,
        );
        Ok(failed)
    }

    /// Returns the report; nothing where the sweep did not end in time.
    fn sweep(&self, seconds: &str, more: &[&str]) -> Result<Option<Value>> {
        let report = self.kept.join("report.json");
        let started = Instant::now();
        let status = Command::new("timeout")
            .args(["--kill-after=5", seconds])
            .arg(&self.program)
            .arg("sweep")
            .arg(&self.tree)
            .arg("--alert")
            .arg(self.kept.join("alert.json"))
            .arg("--exclude")
            .arg(&self.kept)
            .args(["--format=json", "--running-system=no"])
            .args(more)
            .arg("--report")
            .arg(&report)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .context("start tocsin")?;
        let took = started.elapsed().as_secs_f64();
        // `timeout` ends with 124, and with 137 where it had to kill; a sweep that found something ends with 1.
        if status.code() != Some(1) {
            println!(
                "  FAILED: the sweep ended after {took:.1} s with {status}, not with 1 (found)"
            );
            return Ok(None);
        }
        println!("  the sweep ended after {took:.1} s, exit code 1 (found)");
        let document: Value = serde_json::from_slice(&fs_err::read(&report)?)?;
        Ok(Some(document["reports"][0].clone()))
    }
}

/// Prints what the report says, and returns how many checks failed.
fn check(report: &Value, built: &Built) -> usize {
    let coverage = &report["coverage"];
    let reasons = coverage["not_examined"].as_array().into_iter().flatten();
    let mut special = 0;
    for line in reasons {
        println!("  not examined: {} {}", line["count"], line["reason"]);
        if line["reason"] == "special-file" {
            special = line["count"].as_u64().unwrap_or(0);
        }
    }
    println!(
        "  {} items, {} read, outcome {}",
        coverage["item_count"], coverage["read_count"], report["outcome"]
    );
    let findings: Vec<&Value> = report["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    let has = |end: &str| {
        findings.iter().any(|finding| {
            let text = finding["item"]["text"].as_str().unwrap_or_default();
            text.ends_with(end)
        })
    };
    say(
        "every special file is counted",
        special >= built.special_count,
    ) + say("the file 5,000 levels down is found", has(BOTTOM))
        + say("the name of 255 bytes is found", has(&"n".repeat(255)))
        + say(
            "the name of invalid UTF-8 is found, with its exact bytes",
            findings.iter().any(|finding| {
                let hex = finding["item"]["exact_hex"].as_str().unwrap_or_default();
                hex.ends_with("fffe80")
            }),
        )
        + say(
            "each name of every marked file is found",
            findings.len() == built.marked_count,
        )
        + say(
            "the sparse file is a gap or examined, and the outcome says so",
            (coverage["complete"] == false) == report["outcome"].to_string().contains("incomplete"),
        )
}

/// Prints whether it holds; returns 1 where not.
fn say(what: &str, holds: bool) -> usize {
    println!("  {}: {what}", if holds { "ok" } else { "FAILED" });
    usize::from(!holds)
}
