//! A sweep for dispatch 238 beside `find` listing the same folder: what it says of files, which reads next to nothing, and
//! the whole of it, whose domains are sought in every text log.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::alerts;
use super::board::{Board, Looked, by_turns, megabytes, print_heading, ratio};
use super::findings::Report;
use super::program::{Program, Spent};
use super::sections::Bench;
use crate::running::root;

/// What a sweep of `/usr` for the dispatch may take, as a multiple of what `find` takes.
const RATIO_MAX: f64 = 1.5;
/// Megabytes that it may hold.
pub const PEAK_MAX: f64 = 80.0;

/// Returns the alert that was drafted of the dispatch.
pub fn dispatch() -> PathBuf {
    root().join("drafting/test-data/dispatch-238.json")
}

/// Measures both and prints what came out.
pub fn measure(bench: &Bench<'_>, board: &mut Board) -> Result<()> {
    let files_only = bench.scratch.join("dispatch-of-files.json");
    alerts::of_files_only(&dispatch(), &files_only)?;
    let what = "dispatch 238 without its domains";
    if let Some((ours, theirs)) = beside_find(bench, what, &files_only)? {
        let what = "dispatch 238 without its domains, beside `find`: time";
        board.at_most(what, ratio(ours.wall, theirs.wall), RATIO_MAX, "");
    }
    if let Some((ours, theirs)) = beside_find(bench, "dispatch 238, whole", &dispatch())? {
        println!(
            "  the text logs among the files are read for its domains: time {:.2} of `find`",
            ratio(ours.wall, theirs.wall)
        );
        let what = "dispatch 238, whole: peak memory";
        board.at_most(what, megabytes(ours.peak_bytes), PEAK_MAX, " MB");
    }
    Ok(())
}

fn beside_find(bench: &Bench<'_>, what: &str, alert: &Path) -> Result<Option<(Spent, Spent)>> {
    let folder = &bench.options.folder;
    let ours = bench.sweep("tocsin", folder, alert, bench.threads);
    let line = r#"find "$1" -type f -printf '%s %p\n'"#;
    let theirs = Program::of_shell("find", line, folder, bench.arena());
    ours.measure()?;
    let report = Report::parse(&ours.printed()?)?;
    theirs.measure()?;
    println!("  {what}: {}", report.completeness());
    print_heading();
    let programs = [(&ours, report.looked()), (&theirs, Looked::default())];
    let spent = by_turns(&programs, bench.threads, bench.options.runs)?;
    Ok(match spent.as_slice() {
        [ours, theirs] => Some((*ours, *theirs)),
        _ => None,
    })
}
