//! A sweep for dispatch 238, which reads next to nothing, beside `find` listing the same folder.

use anyhow::Result;

use super::board::{Board, Looked, by_turns, megabytes, print_heading, ratio};
use super::findings::Report;
use super::program::Program;
use super::sections::Bench;
use crate::running::root;

/// What a sweep of `/usr` for the dispatch may take, as a multiple of what `find` takes.
const RATIO_MAX: f64 = 1.5;
/// Megabytes that it may hold.
const PEAK_MAX: f64 = 80.0;

/// Measures both and prints what came out.
pub fn measure(bench: &Bench<'_>, board: &mut Board) -> Result<()> {
    let folder = &bench.options.folder;
    let alert = root().join("drafting/test-data/dispatch-238.json");
    let ours = bench.sweep("tocsin", folder, &alert, bench.threads);
    let line = r#"find "$1" -type f -printf '%s %p\n'"#;
    let theirs = Program::of_shell("find", line, folder, bench.arena());
    ours.measure()?;
    let report = Report::parse(&ours.printed()?)?;
    theirs.measure()?;
    println!("  dispatch 238: {}", report.completeness());
    print_heading();
    let programs = [(&ours, report.looked()), (&theirs, Looked::default())];
    let spent = by_turns(&programs, bench.threads, bench.options.runs)?;
    let [ours, theirs] = spent.as_slice() else {
        return Ok(());
    };
    board.at_most(
        "dispatch 238, beside `find`: time",
        ratio(ours.wall, theirs.wall),
        RATIO_MAX,
        "",
    );
    board.at_most(
        "dispatch 238: peak memory",
        megabytes(ours.peak_bytes),
        PEAK_MAX,
        " MB",
    );
    Ok(())
}
