//! A sweep for a digest without a size, which hashes everything, beside the program that does nothing else.

use anyhow::Result;

use super::alerts;
use super::board::{Board, Cache, Looked, by_turns, megabytes, once, print_heading, ratio};
use super::findings::Report;
use super::program::Program;
use super::sections::Bench;

/// What a sweep may take, as a multiple of what hashing alone takes.
const RATIO_MAX: f64 = 1.2;

/// Kind of observable, program, and bytes of the digest.
const DIGESTS: [(&str, &str, usize); 3] = [
    ("sha256", "sha256sum", 32),
    ("sha1", "sha1sum", 20),
    ("md5", "md5sum", 16),
];

/// Measures each digest with as many threads as there are cores, SHA-256 with one thread and a cold cache as well.
pub fn measure(bench: &Bench<'_>, board: &mut Board) -> Result<()> {
    print_heading();
    for (kind, program, digest_bytes) in DIGESTS {
        let alert = bench.scratch.join(format!("{kind}.json"));
        alerts::of_digest(kind, digest_bytes, &alert)?;
        let ours = |threads| bench.sweep("tocsin", &bench.options.folder, &alert, threads);
        let theirs = |threads: usize| {
            let line = format!(
                r#"find "$1" -xdev -type f -print0 | xargs -0 -P{threads} -n64 {program} > /dev/null"#
            );
            Program::of_shell(program, &line, &bench.options.folder, bench.arena())
        };
        let (many, alone) = (ours(bench.threads), theirs(bench.threads));
        many.measure()?;
        let report = Report::parse(&many.printed()?)?;
        alone.measure()?;
        let looked = report.looked();
        let spent = by_turns(
            &[(&many, looked), (&alone, Looked::default())],
            bench.threads,
            bench.options.runs,
        )?;
        let [a, b] = spent.as_slice() else { continue };
        let rate = |seconds: f64| megabytes(report.read_bytes) / seconds.max(1e-6);
        println!(
            "  {kind}: {:.0} MB/s, {program}: {:.0} MB/s",
            rate(a.wall.as_secs_f64()),
            rate(b.wall.as_secs_f64())
        );
        let what = format!("{kind} without sizes, beside `{program}`: time");
        board.at_most(what, ratio(a.wall, b.wall), RATIO_MAX, "");
        if kind == DIGESTS[0].0 {
            for (cache, threads) in [(Cache::Warm, 1), (Cache::Cold, bench.threads)] {
                once(&ours(threads), cache, threads, |_| Ok(looked))?;
                once(&theirs(threads), cache, threads, |_| Ok(Looked::default()))?;
            }
        }
    }
    Ok(())
}
