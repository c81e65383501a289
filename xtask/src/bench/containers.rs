//! What people get where they ask for nothing else: dispatch 238 with containers opened, and again with an inventory.

use anyhow::Result;

use super::board::{Board, Cache, by_turns, megabytes, once, print_heading, ratio};
use super::findings::Report;
use super::listing::{PEAK_MAX, dispatch};
use super::matching::looked_of;
use super::resweep::{Containers, Kept, STAT_RATIO_MAX, stated};
use super::sections::Bench;

/// Measures a first sweep, and one more after it.
pub fn measure(bench: &Bench<'_>, board: &mut Board) -> Result<()> {
    let folder = &bench.options.folder;
    let alert = dispatch();
    let ours = bench.sweep_with("tocsin", folder, &alert, &[], bench.threads);
    ours.measure()?;
    let report = Report::parse(&ours.printed()?)?;
    println!(
        "  dispatch 238, containers opened: {}",
        report.completeness()
    );
    print_heading();
    let spent = by_turns(
        &[(&ours, report.looked())],
        bench.threads,
        bench.options.runs,
    )?;
    let [first] = spent.as_slice() else {
        return Ok(());
    };
    let what = "dispatch 238, containers opened: peak memory";
    board.at_most(what, megabytes(first.peak_bytes), PEAK_MAX, " MB");

    let kept = Kept::new(bench, "inventory-of-containers", Containers::Opened);
    let sweep = kept.sweep(folder, &[&alert]);
    once(&sweep, Cache::Warm, bench.threads, looked_of)?;
    kept.save()?;
    let again = kept.measure(&sweep, bench.options.runs)?;
    let stated = stated(bench)?;
    println!(
        "  first {:.3} s, the same again with an inventory {:.3} s",
        first.wall.as_secs_f64(),
        again.wall.as_secs_f64()
    );
    let what = "dispatch 238 again, containers opened, beside `find`: time";
    board.at_most(what, ratio(again.wall, stated.wall), STAT_RATIO_MAX, "");
    Ok(())
}
