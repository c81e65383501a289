//! A sweep with a folder of YARA rules beside YARA-X's own program `yr` with the same rules: how long, and the same findings.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use super::alerts;
use super::board::{Board, Cache, Looked, by_turns, megabytes, once, print_heading, ratio};
use super::findings::{Findings, Report, of_yr};
use super::program::{Arena, Program};
use super::sections::Bench;
use crate::needs::find_program;
use crate::running::output_of;

/// What a first sweep may take, as a multiple of what `yr` takes.
const RATIO_MAX: f64 = 0.4;
/// Megabytes that a sweep with all rules may hold.
const PEAK_MAX: f64 = 300.0;
/// How many differences are listed on each side.
const LISTED_MAX: usize = 50;

/// Measures both, prints what came out, and fails where their findings differ.
pub fn measure(bench: &Bench<'_>, board: &mut Board) -> Result<()> {
    let rules = bench.usable_rules()?;
    println!(
        "  {} rule files; {} left out, whose variables yr would have to be told for each file",
        rules.len(),
        bench.rules.as_ref().map_or(0, |listed| listed.left_out)
    );
    let alert = bench.scratch.join("rules.json");
    alerts::draft(&bench.tocsin, rules, &alert)?;
    let folder = &bench.options.folder;
    let ours = bench.sweep("tocsin", folder, &alert, bench.threads);
    let Some(yr) = find_program("yr") else {
        board.open(
            "all rules, beside `yr`: time",
            "'yr' is not in the PATH; cargo install yara-x-cli",
        );
        print_heading();
        let spent = once(&ours, Cache::Warm, bench.threads, looked_of)?;
        note_peak(board, spent.map_or(0, |spent| spent.peak_bytes));
        return Ok(());
    };
    let version = output_of(Command::new(&yr).arg("--version"))?;
    println!("  beside {}", version.trim());
    let pairing = Pairing {
        bench,
        yr: &yr,
        rules,
        alert: &alert,
    };
    let (looked, looked_yr, differ) = pairing.compare(folder)?;
    print_heading();
    let theirs = pairing.theirs(folder, bench.threads);
    let programs = [(&ours, looked), (&theirs, looked_yr)];
    let spent = by_turns(&programs, bench.threads, bench.options.runs)?;
    for (cache, threads) in [(Cache::Warm, 1), (Cache::Cold, bench.threads)] {
        let one = bench.sweep("tocsin", folder, &alert, threads);
        once(&one, cache, threads, |_| Ok(looked))?;
        let one = pairing.theirs(folder, threads);
        once(&one, cache, threads, |_| Ok(looked_yr))?;
    }
    if let [ours, theirs] = spent.as_slice() {
        let what = "all rules, first sweep, beside `yr`: time";
        board.at_most(what, ratio(ours.wall, theirs.wall), RATIO_MAX, "");
        println!("  CPU: {:.2} of yr's", ratio(ours.cpu, theirs.cpu));
        note_peak(board, ours.peak_bytes);
    }
    // Rules hold the strings that they look for: here is something to find, where the other folder may have nothing.
    let (found, _, differ_on_rules) = pairing.compare(bench.rules_folder()?)?;
    let differ = differ || differ_on_rules;
    let count = looked.findings.unwrap_or(0) + found.findings.unwrap_or(0);
    let what = "all rules: the findings of `yr`, file by file and rule by rule";
    board.holds(what, format!("{count} found"), !differ);
    if differ {
        bail!("tocsin and yr do not find the same");
    }
    Ok(())
}

fn note_peak(board: &mut Board, bytes: u64) {
    let what = "all rules, first sweep: peak memory";
    board.at_most(what, megabytes(bytes), PEAK_MAX, " MB");
}

/// Reads what a sweep's report says for a line of the measurement.
pub fn looked_of(program: &Program) -> Result<Looked> {
    Ok(Report::parse(&program.printed()?)?.looked())
}

/// Both programs, with the same rules.
struct Pairing<'a> {
    bench: &'a Bench<'a>,
    yr: &'a Path,
    rules: &'a [PathBuf],
    alert: &'a Path,
}

impl Pairing<'_> {
    /// Runs both once, prints how far they agree, and says what each looked at and whether they differ.
    fn compare(&self, folder: &Path) -> Result<(Looked, Looked, bool)> {
        let ours = self
            .bench
            .sweep("tocsin", folder, self.alert, self.bench.threads);
        let theirs = self.theirs(folder, self.bench.threads);
        ours.measure()?;
        let report = Report::parse(&ours.printed()?)?;
        println!(
            "  {}: {} files, {} read, {}",
            folder.display(),
            report.item_count,
            report.read_count,
            report.completeness()
        );
        let found = report.findings()?;
        theirs.measure()?;
        let mut found_by_yr = of_yr(&theirs.printed()?)?;
        if let Some(complaint) = theirs.complaint()? {
            println!("  yr says: {complaint}");
        }
        let looked_yr = Looked {
            findings: Some(found_by_yr.len()),
            ..Looked::default()
        };
        leave_out_full(&report, &found, &mut found_by_yr);
        Ok((
            report.looked(),
            looked_yr,
            differ(("tocsin", &found), ("yr", &found_by_yr)),
        ))
    }

    fn theirs(&self, folder: &Path, threads: usize) -> Program {
        yr(self.yr, self.rules, folder, threads, self.bench.arena())
    }
}

/// Returns `yr` with these rules.
pub fn yr(
    program: &Path,
    rules: &[PathBuf],
    folder: &Path,
    threads: usize,
    arena: Arena<'_>,
) -> Program {
    let mut words: Vec<OsString> = vec![program.into(), "scan".into()];
    let options = [
        "--recursive",
        "--output-format=ndjson",
        "--relaxed-re-syntax",
        "--disable-warnings",
        "--threads",
    ];
    words.extend(options.map(OsString::from));
    words.push(threads.to_string().into());
    words.extend(in_namespaces(rules));
    words.push(folder.into());
    // It ends with 1 when a file could not be read, or when one of its threads broke; the findings tell what was lost.
    Program::new("yr", &[0, 1], arena, words)
}

/// Returns each file with a namespace of its own, as an alert gives each rule source one.
pub fn in_namespaces(rules: &[PathBuf]) -> impl Iterator<Item = OsString> {
    rules.iter().enumerate().map(|(index, file)| {
        let mut word = OsString::from(format!("n{index}:"));
        word.push(file);
        word
    })
}

/// Leaves out what another found in files with as many hits as a report keeps: there may have been more.
pub fn leave_out_full(report: &Report, found: &Findings, theirs: &mut Findings) {
    let full = report.full_paths();
    let before = theirs.len();
    theirs.retain(|one| found.contains(one) || !full.contains(one.1.as_str()));
    if !full.is_empty() {
        println!(
            "  {} files have as many hits as a report keeps; {} more of the other's are not compared",
            full.len(),
            before - theirs.len()
        );
    }
}

/// Prints what both found and what one found alone, and says whether there is any of the latter.
pub fn differ((one, found): (&str, &Findings), (other, theirs): (&str, &Findings)) -> bool {
    let equal = found.intersection(theirs).count();
    println!("  {equal} findings (rule and file) of both {one} and {other}");
    for (by, alone) in [
        (one, found.difference(theirs).collect::<Vec<_>>()),
        (other, theirs.difference(found).collect()),
    ] {
        if alone.is_empty() {
            continue;
        }
        println!("  {} by {by} alone:", alone.len());
        for (rule, path) in alone.iter().take(LISTED_MAX) {
            println!("    {rule}  {path}");
        }
    }
    found != theirs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_differ_when_either_finds_more() {
        let findings = |rules: &[&str]| -> Findings {
            rules
                .iter()
                .map(|rule| ((*rule).to_owned(), "/x".to_owned()))
                .collect()
        };
        let differ = |a: &[&str], b: &[&str]| differ(("a", &findings(a)), ("b", &findings(b)));
        assert!(!differ(&["a", "b"], &["b", "a"]));
        assert!(differ(&["a", "b"], &["a"]));
        assert!(differ(&["a"], &["a", "b"]));
    }
}
