//! A sweep with ten typical rules beside reading all bytes.

use std::path::PathBuf;

use anyhow::Result;

use super::alerts;
use super::board::{Board, Cache, Looked, by_turns, once, print_heading, ratio};
use super::findings::Report;
use super::program::Program;
use super::rule_files;
use super::sections::Bench;

/// What a sweep may take, as a multiple of what reading takes.
const RATIO_MAX: f64 = 1.5;
/// As many rules as a letter about one campaign has.
pub const RULES: usize = 10;

/// Measures both and prints what came out.
pub fn measure(bench: &Bench<'_>, board: &mut Board) -> Result<()> {
    let ten = ten_typical(bench)?;
    let alert = bench.scratch.join("ten-rules.json");
    alerts::draft(&bench.tocsin, &ten, &alert)?;
    let folder = &bench.options.folder;
    let ours = |threads| bench.sweep("tocsin", folder, &alert, threads);
    let theirs = |threads: usize| {
        let line = format!(
            r#"find "$1" -xdev -type f -print0 | xargs -0 -P{threads} -n64 cat > /dev/null"#
        );
        Program::of_shell("cat", &line, folder, bench.arena())
    };
    print_heading();
    let (many, alone) = (ours(bench.threads), theirs(bench.threads));
    many.measure()?;
    let report = Report::parse(&many.printed()?)?;
    alone.measure()?;
    let programs = [(&many, report.looked()), (&alone, Looked::default())];
    let spent = by_turns(&programs, bench.threads, bench.options.runs)?;
    for (cache, threads) in [(Cache::Warm, 1), (Cache::Cold, bench.threads)] {
        once(&ours(threads), cache, threads, |_| Ok(report.looked()))?;
        once(&theirs(threads), cache, threads, |_| Ok(Looked::default()))?;
    }
    if let [ours, theirs] = spent.as_slice() {
        let what = "ten typical rules, beside reading all bytes: time";
        board.at_most(what, ratio(ours.wall, theirs.wall), RATIO_MAX, "");
    }
    Ok(())
}

/// Returns ten files at equal distances among those that hold exactly one rule, with strings; says which.
pub fn ten_typical(bench: &Bench<'_>) -> Result<Vec<PathBuf>> {
    let single = rule_files::with_one_rule(bench.usable_rules()?)?;
    let ten: Vec<PathBuf> = (0..RULES.min(single.len()))
        .map(|index| single[index * single.len() / RULES.min(single.len())].clone())
        .collect();
    println!(
        "  ten of {} files with exactly one rule, which has strings, at equal distances by name:",
        single.len()
    );
    for path in &ten {
        let source = String::from_utf8_lossy(&fs_err::read(path)?).into_owned();
        let condition = source.rsplit("condition:").next().unwrap_or_default();
        let tells = ["uint", "filesize", "pe."]
            .into_iter()
            .filter(|word| condition.contains(word))
            .collect::<Vec<_>>();
        println!(
            "    {} ({})",
            path.file_name().unwrap_or_default().to_string_lossy(),
            if tells.is_empty() {
                "strings only".to_owned()
            } else {
                format!("also {}", tells.join(", "))
            }
        );
    }
    Ok(ten)
}
