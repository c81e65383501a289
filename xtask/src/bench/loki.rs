//! The same rules with Loki-RS. It reads its rules from a folder beside where it runs, puts all of them into one source, and makes
//! three digests of each file that it examines, whether or not they are asked for.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::alerts;
use super::board::{Board, Cache, Looked, once, print_heading, ratio};
use super::matching::looked_of;
use super::peers::print_ratio;
use super::program::Program;
use super::rule_files;
use super::sections::Bench;

/// What a first sweep may take, as a multiple of what Loki-RS takes for the same files.
const RATIO_MAX: f64 = 0.08;

/// Runs it once on the same files, and once as people get it.
pub fn beside(
    bench: &Bench<'_>,
    program: &Path,
    rules: &[PathBuf],
    board: &mut Board,
) -> Result<()> {
    let (rules, namesakes) = rule_files::without_namesakes(rules)?;
    println!(
        "  Loki-RS gets {} of the rule files; {} have a rule of the name of one before",
        rules.len(),
        namesakes.len()
    );
    let home = make_home(&bench.scratch.join("loki"), &rules)?;
    let alert = bench.scratch.join("rules-for-loki.json");
    alerts::draft(&bench.tocsin, &rules, &alert)?;
    print_heading();
    let ours = bench.sweep("tocsin", &bench.options.folder, &alert, bench.threads);
    let spent = once(&ours, Cache::Warm, bench.threads, looked_of)?;

    // As the sweep: every type and size of file, archives as they lie on the disk.
    let everything = ["--scan-all-files", "--max-file-size=1099511627776"];
    let whole = loki("loki-all", bench, program, &home, &everything);
    let spent_whole = once(&whole, Cache::Warm, bench.threads, of_summary)?;
    print_ratio("Loki-RS, the same files", spent, spent_whole);
    let usual = loki("loki", bench, program, &home, &[]);
    let spent_usual = once(&usual, Cache::Warm, bench.threads, of_summary)?;
    print_ratio("Loki-RS, its selection", spent, spent_usual);
    println!(
        "  'loki' leaves out what is larger than 64 MB, and every type and ending that it does not know as dangerous"
    );
    for printed in [&whole, &usual] {
        for line in said(&printed.printed()?) {
            println!("  {}: {line}", printed.name);
        }
    }
    if let (Some(ours), Some(theirs)) = (spent, spent_whole) {
        let what = "all rules, first sweep, beside Loki-RS on the same files: time";
        board.at_most(what, ratio(ours.wall, theirs.wall), RATIO_MAX, "");
    }
    Ok(())
}

/// Makes the folder in which it runs, with the rules as its signatures.
fn make_home(home: &Path, rules: &[PathBuf]) -> Result<PathBuf> {
    // What an earlier run left.
    let _ = fs_err::remove_dir_all(home);
    let signatures = home.join("signatures").join("yara");
    fs_err::create_dir_all(&signatures)?;
    fs_err::create_dir_all(home.join("signatures").join("iocs"))?;
    for file in rules {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        fs_err::copy(file, signatures.join(format!("{name}.yar")))?;
    }
    Ok(home.to_owned())
}

fn loki(
    name: &'static str,
    bench: &Bench<'_>,
    program: &Path,
    home: &Path,
    further: &[&str],
) -> Program {
    let mut words: Vec<OsString> = vec!["env".into(), "--chdir".into(), home.into()];
    words.push(program.into());
    let plain = [
        "--no-procs",
        "--no-archive",
        "--no-tui",
        "--no-log",
        "--no-jsonl",
        "--no-html",
    ];
    words.extend(plain.map(Into::into));
    words.push(format!("--threads={}", bench.threads).into());
    words.extend(further.iter().map(Into::into));
    words.extend(["--folder".into(), bench.options.folder.clone().into()]);
    // 2 where something was found.
    Program::new(name, &[0, 2], bench.arena(), words)
}

/// Returns how many files it examined, as its last line says. It counts findings by file, and weighs them: no figure beside ours.
fn of_summary(program: &Program) -> Result<Looked> {
    let printed = program.printed()?;
    let printed = String::from_utf8_lossy(&printed);
    let count = printed.split("Files scanned: ").nth(1);
    let files = count.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    Ok(Looked {
        files,
        ..Looked::default()
    })
}

/// Returns the lines that say how many rules it took and what it looked at.
fn said(printed: &[u8]) -> Vec<String> {
    let printed = String::from_utf8_lossy(printed);
    let parts = ["Successfully compiled ", "Summary - "];
    let lines = printed.lines().filter_map(|line| {
        let start = parts.iter().find_map(|part| line.find(part))?;
        Some(line[start..].chars().filter(|c| !c.is_control()).collect())
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_what_it_says_of_rules_and_files() {
        let printed = b"\x1b[32m[INFO]\x1b[0m Successfully compiled 9 rules from 2 rule files into a big set\nother\n\
                        Loki-RS scan finished. Summary - Files scanned: 70 Matched: 1 | Alerts: 1\n";
        assert_eq!(
            said(printed),
            [
                "Successfully compiled 9 rules from 2 rule files into a big set",
                "Summary - Files scanned: 70 Matched: 1 | Alerts: 1"
            ]
        );
    }
}
