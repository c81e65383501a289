//! `cargo xtask test`: prepares the machine, runs `cargo test` with its output passed on as it comes, and adds up.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::fuzzing;
use crate::needs;
use crate::running::{cargo, shown};
use crate::skipping::{self, Skipped};

/// Runs the tests whose names contain `filter`, and lists what was skipped.
pub fn test_and_list(filter: Option<&str>) -> Result<()> {
    let mut skipped = Vec::new();
    let outcome = test(filter, &mut skipped);
    println!();
    skipping::print_list(&skipped);
    outcome
}

/// Runs the tests whose names contain `filter`; what could not be run is added to `skipped`.
pub fn test(filter: Option<&str>, skipped: &mut Vec<Skipped>) -> Result<()> {
    skipped.extend(needs::install_missing()?);
    let list = skipping::begin_list()?;
    let mut command = cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    if let Some(filter) = filter {
        command.args(["--", filter]);
    }
    println!("$ {}", shown(&command));
    let mut child = command
        .env(skipping::FILE_VARIABLE, &list)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("start cargo")?;

    let mut tally = Tally::default();
    let output = child.stdout.take().expect("stdout was asked for");
    for line in BufReader::new(output).split(b'\n') {
        let line = line.context("read what the tests print")?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        tally.read(&line);
    }
    let status = child.wait().context("wait for cargo")?;

    skipped.append(&mut tally.ignored);
    skipped.extend(skipping::parse_list(&fs_err::read_to_string(&list)?));
    skipped.sort();
    skipped.dedup();
    println!("\n{} tests passed, {} failed", tally.passed, tally.failed);
    if !status.success() {
        bail!("the tests failed ({status})");
    }
    if tally.passed == 0 {
        bail!(
            "no test was run{}",
            filter
                .map(|f| format!(": none has '{f}' in its name"))
                .unwrap_or_default()
        );
    }
    if filter.is_none() {
        fuzzing::fuzz_briefly()?;
    }
    Ok(())
}

/// What the lines of `cargo test` say, added up.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
    ignored: Vec<Skipped>,
}

impl Tally {
    fn read(&mut self, line: &str) {
        if let Some(counts) = line.strip_prefix("test result: ") {
            self.passed += count_before(counts, " passed");
            self.failed += count_before(counts, " failed");
        }
        if let Some((name, rest)) = line
            .strip_prefix("test ")
            .and_then(|test| test.split_once(" ... ignored"))
        {
            self.ignored.push(Skipped {
                what: format!("test {name}"),
                why: format!("ignored{rest}"),
            });
        }
    }
}

/// Returns the number in front of `word`: 12 in `ok. 12 passed; 0 failed`.
fn count_before(counts: &str, word: &str) -> u64 {
    counts
        .split_once(word)
        .and_then(|(before, _)| before.rsplit(' ').next()?.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_up_the_results_of_every_crate_and_names_what_was_ignored() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test result: is_a_name ... ok",
            "test walk::crosses_no_mount ... ignored, needs two file systems",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
        ] {
            tally.read(line);
        }
        assert_eq!((tally.passed, tally.failed), (17, 2));
        assert_eq!(
            tally.ignored[0].to_string(),
            "test walk::crosses_no_mount: ignored, needs two file systems"
        );
    }
}
