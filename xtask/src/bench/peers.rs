//! The same rules with the programs that teams use today: `yara` 4, `clamscan`, Loki-RS. What differs is listed, and no
//! failure: docs/how-to/measure.md says which differences are known.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use super::alerts;
use super::board::{Board, Cache, Looked, once, print_heading, ratio};
use super::findings::{Findings, Report, of_clamscan, of_yara, of_yr};
use super::loki;
use super::matching::{differ, in_namespaces, looked_of, yr};
use super::program::{Program, Spent};
use super::sections::Bench;
use crate::needs::find_program;

/// What `clamscan` is asked to look at; it leaves out larger files without a word.
const CLAMSCAN_BYTES_MAX: &str = "256M";

/// Runs each peer once with a warm cache on the folder, and compares findings on it and on the folder of rules.
pub fn measure(bench: &Bench<'_>, board: &mut Board) -> Result<()> {
    let rules = bench.usable_rules()?;
    if let Some(yara) = find_program("yara") {
        beside_yara(bench, &yara, rules, board)?;
    } else {
        board.open(
            "all rules, beside `yara`",
            "not in the PATH: apt-get install yara",
        );
    }
    if let Some(clamscan) = find_program("clamscan") {
        let outcome = beside_clamscan(bench, &clamscan, rules);
        if let Err(error) = outcome {
            board.open("all rules, beside `clamscan`", format!("{error:#}"));
        }
    } else {
        board.open(
            "all rules, beside `clamscan`",
            "not in the PATH: apt-get install clamav",
        );
    }
    if let Some(program) = find_program("loki").or_else(|| find_program("loki-rs")) {
        return loki::beside(bench, &program, rules, board);
    }
    board.open("all rules, beside Loki-RS", "'loki' is not in the PATH");
    Ok(())
}

fn beside_yara(
    bench: &Bench<'_>,
    program: &Path,
    rules: &[PathBuf],
    board: &mut Board,
) -> Result<()> {
    let (rules, refused) = accepted(bench, rules, || {
        let mut command = Command::new(program);
        command.arg("--no-warnings");
        command
    })?;
    println!(
        "  yara compiles {} of the rule files; not: {}",
        rules.len(),
        shown(&refused)
    );
    let alert = bench.scratch.join("rules-for-yara.json");
    alerts::draft(&bench.tocsin, &rules, &alert)?;
    let folder = &bench.options.folder;
    let theirs = |folder: &Path, threads: usize| {
        let mut words: Vec<std::ffi::OsString> = vec![program.into()];
        let options = ["--recursive", "--no-follow-symlinks", "--no-warnings"];
        words.extend(options.map(Into::into));
        words.push(format!("--threads={threads}").into());
        words.extend(in_namespaces(&rules));
        words.push(folder.into());
        Program::new("yara", &[0, 1], bench.arena(), words)
    };
    print_heading();
    let ours = bench.sweep("tocsin", folder, &alert, bench.threads);
    let spent = once(&ours, Cache::Warm, bench.threads, looked_of)?;
    let spent_yara = once(
        &theirs(folder, bench.threads),
        Cache::Warm,
        bench.threads,
        |p| Ok(found(&of_yara(&p.printed()?))),
    )?;
    print_ratio("yara", spent, spent_yara);
    let mut same = true;
    for folder in [folder.as_path(), bench.rules_folder()?] {
        println!("  {}:", folder.display());
        let ours = bench.sweep("tocsin", folder, &alert, bench.threads);
        ours.measure()?;
        let mine = Report::parse(&ours.printed()?)?.findings()?;
        let yara = theirs(folder, bench.threads);
        yara.measure()?;
        let by_yara = of_yara(&yara.printed()?);
        same &= !differ(("tocsin", &mine), ("yara", &by_yara));
        if let Some(program) = find_program("yr") {
            let yr = yr(&program, &rules, folder, bench.threads, bench.arena());
            yr.measure()?;
            differ(("yr", &of_yr(&yr.printed()?)?), ("yara", &by_yara));
        }
    }
    board.holds(
        "the findings of `yara` 4 (known differences: measure.md)",
        if same { "same" } else { "differ" },
        same,
    );
    Ok(())
}

/// Sorts the files by whether the program takes the whole of each alone, followed by something to examine.
fn accepted(
    bench: &Bench<'_>,
    rules: &[PathBuf],
    program: impl Fn() -> Command,
) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    // `clamscan` fails for what is no regular file.
    let examined = bench.scratch.join("nothing-in-it");
    fs_err::write(&examined, "nothing\n")?;
    Ok(rules.iter().cloned().partition(|file| {
        let output = program()
            .arg(file)
            .arg(&examined)
            .stdin(Stdio::null())
            .output();
        output.is_ok_and(|output| output.status.success() && !loads_in_part(&output.stderr))
    }))
}

/// Tells whether `clamscan` says that it goes on without some of a file's rules.
fn loads_in_part(complaints: &[u8]) -> bool {
    String::from_utf8_lossy(complaints).contains("failed to parse or load ")
}

fn beside_clamscan(bench: &Bench<'_>, program: &Path, rules: &[PathBuf]) -> Result<()> {
    let database = bench.scratch.join("clamscan-rules");
    let _ = fs_err::remove_dir_all(&database);
    fs_err::create_dir_all(&database)?;
    let (rules, refused) = accepted(bench, rules, || {
        let mut command = Command::new(program);
        command.args(["--no-summary", "--database"]);
        command
    })?;
    if rules.is_empty() {
        bail!("it takes none of the rule files");
    }
    println!(
        "  clamscan loads {} of the rule files whole; {} have rules that it does not know, and neither gets them",
        rules.len(),
        refused.len()
    );
    for file in &rules {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        fs_err::copy(file, database.join(format!("{name}.yar")))?;
    }
    let folder = &bench.options.folder;
    let mut words: Vec<std::ffi::OsString> = vec![program.into()];
    let options = [
        "--recursive",
        "--infected",
        "--allmatch",
        "--no-summary",
        "--scan-archive=no",
    ];
    words.extend(options.map(Into::into));
    for limit in ["filesize", "scansize"] {
        words.push(format!("--max-{limit}={CLAMSCAN_BYTES_MAX}").into());
    }
    words.push("--database".into());
    words.push(database.into());
    words.push(folder.into());
    let clamscan = Program::new("clamscan", &[0, 1, 2], bench.arena(), words);
    let alert = bench.scratch.join("rules-for-clamscan.json");
    alerts::draft(&bench.tocsin, &rules, &alert)?;
    print_heading();
    let ours = bench.sweep("tocsin", folder, &alert, 1);
    let spent = once(&ours, Cache::Warm, 1, looked_of)?;
    let spent_clamscan = once(&clamscan, Cache::Warm, 1, |clamscan| {
        Ok(found(&of_clamscan(&clamscan.printed()?)))
    })?;
    if let Some(complaint) = clamscan.complaint()? {
        println!("  clamscan says, among others: {complaint}");
    }
    println!(
        "  'clamscan' leaves out what is larger than {CLAMSCAN_BYTES_MAX}, opens no archive here as the sweep opens none, and matches\n  \
         some types only after rewriting them (HTML, scripts); it has none of YARA's modules"
    );
    print_ratio("clamscan", spent, spent_clamscan);
    Ok(())
}

fn found(findings: &Findings) -> Looked {
    Looked {
        findings: Some(findings.len()),
        ..Looked::default()
    }
}

/// Prints what a sweep took, as a multiple of what another program took.
pub fn print_ratio(name: &str, ours: Option<Spent>, theirs: Option<Spent>) {
    if let (Some(ours), Some(theirs)) = (ours, theirs) {
        println!(
            "  tocsin beside {name}: time {:.2}, CPU {:.2}",
            ratio(ours.wall, theirs.wall),
            ratio(ours.cpu, theirs.cpu)
        );
    }
}

fn shown(files: &[PathBuf]) -> String {
    let names: Vec<_> = files
        .iter()
        .filter_map(|file| Some(file.file_name()?.to_string_lossy()))
        .collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
