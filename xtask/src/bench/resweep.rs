//! The next alert, with an inventory: nothing changed, one file in a hundred changed, ten new rules.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};

use super::alerts;
use super::board::{Board, Cache, Looked, megabytes, once, print_heading, print_runs, ratio};
use super::findings::Report;
use super::matching::looked_of;
use super::program::{Program, Spent, median};
use super::sections::Bench;
use super::ten_rules;
use crate::running::output_of;

/// New digests and names, as a multiple of stating every file.
pub const STAT_RATIO_MAX: f64 = 2.0;
/// Ten new rules, as a multiple of the first sweep.
const RULES_RATIO_MAX: f64 = 0.1;
/// One file in so many is changed.
const CHANGED_EVERY: usize = 100;
/// What may be read again of a copy in which one file in a hundred changed, in hundredths of all bytes.
const READ_PERCENT_MAX: f64 = 2.0;
/// Bytes of the corpus that are copied to be changed.
const COPY_BYTES_MAX: u64 = 1 << 30;
/// Digests, and as many names, of a new alert.
const NEW_DIGESTS: u64 = 50;
/// How old the copies are made; only the time of modification can be set.
const COPY_AGE: Duration = Duration::from_hours(24);

/// Seconds after which an inventory believes a file's times.
const SETTLE_SECONDS: &str = "3";

/// Measures all three.
pub fn measure(bench: &Bench<'_>, board: &mut Board) -> Result<()> {
    let news = bench.scratch.join("new-digests.json");
    alerts::of_digests_and_names(NEW_DIGESTS, &news)?;
    let ten = ten_rules::ten_typical(bench)?;
    let others: Vec<PathBuf> = bench
        .usable_rules()?
        .iter()
        .filter(|file| !ten.contains(file))
        .cloned()
        .collect();
    let (first, second) = (
        bench.scratch.join("resweep-first.json"),
        bench.scratch.join("resweep-ten.json"),
    );
    alerts::draft(&bench.tocsin, &others, &first)?;
    alerts::draft(&bench.tocsin, &ten, &second)?;
    let folder = bench.options.folder.as_path();
    let kept = Kept::new(bench, "inventory", Containers::Left);

    println!("  all rules but ten, and SHA-256, fill the inventory");
    print_heading();
    let filling = kept.sweep(folder, &[&first, &news]);
    let Some(first_spent) = once(&filling, Cache::Warm, bench.threads, looked_of)? else {
        return Ok(());
    };
    kept.save()?;
    let unchanged = kept.measure(&kept.sweep(folder, &[&news]), bench.options.runs)?;
    let stated = stated(bench)?;
    let what = "re-sweep, nothing changed, new digests and names, beside `find`: time";
    board.at_most(what, ratio(unchanged.wall, stated.wall), STAT_RATIO_MAX, "");

    let rules = kept.measure(&kept.sweep(folder, &[&second]), bench.options.runs)?;
    let what = "re-sweep, ten new rules, beside the first sweep: time";
    board.at_most(
        what,
        ratio(rules.wall, first_spent.wall),
        RULES_RATIO_MAX,
        "",
    );
    one_in_a_hundred(bench, board, &news)
}

/// Changes one file in a hundred of a copy of the corpus, and sweeps it again.
fn one_in_a_hundred(bench: &Bench<'_>, board: &mut Board, alert: &Path) -> Result<()> {
    let copy = bench.scratch.join("copy");
    let files = copy_some(&bench.options.folder, &copy)?;
    println!(
        "  a copy of {} files, of which one in a hundred changes",
        files.len()
    );
    // What was read less than 2 s after its last change is not kept, and a copy has just changed.
    output_of(Command::new("sleep").arg(SETTLE_SECONDS))?;
    let kept = Kept::new(bench, "inventory-of-copy", Containers::Left);
    let sweep = kept.sweep(&copy, &[alert]);
    print_heading();
    let first = once(&sweep, Cache::Warm, bench.threads, looked_of)?.unwrap_or_default();
    let all_bytes = Report::parse(&sweep.printed()?)?.read_bytes;
    kept.save()?;
    let unchanged = kept.measure(&sweep, bench.options.runs)?;
    for file in files.iter().step_by(CHANGED_EVERY) {
        // Only the times: its content is read again all the same.
        set_age(file, COPY_AGE / 2)?;
    }
    output_of(Command::new("sleep").arg(SETTLE_SECONDS))?;
    let changed = kept.measure(&sweep, bench.options.runs)?;
    let read = Report::parse(&sweep.printed()?)?.read_bytes;
    fs_err::remove_dir_all(&copy)?;
    println!(
        "  first {:.3} s, unchanged {:.3} s, one in a hundred changed {:.3} s, {:.1} of {:.1} MB read again",
        first.wall.as_secs_f64(),
        unchanged.wall.as_secs_f64(),
        changed.wall.as_secs_f64(),
        megabytes(read),
        megabytes(all_bytes)
    );
    let percent = 100.0 * megabytes(read) / megabytes(all_bytes).max(1e-6);
    let what = "re-sweep, 1 % of the files changed: bytes read again";
    board.at_most(what, percent, READ_PERCENT_MAX, " %");
    let more = changed.wall.saturating_sub(unchanged.wall);
    let what = "re-sweep, 1 % changed: more time than unchanged, of the first sweep";
    board.at_most(
        what,
        100.0 * ratio(more, first.wall),
        READ_PERCENT_MAX,
        " %",
    );
    Ok(())
}

/// What becomes of archives and the like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Containers {
    /// They are files like others: what peers look at.
    Left,
    /// They are opened: what people get.
    Opened,
}

/// An inventory that is put back before each run.
pub struct Kept<'a> {
    bench: &'a Bench<'a>,
    containers: Containers,
    live: PathBuf,
    saved: PathBuf,
}

impl<'a> Kept<'a> {
    /// Begins with none.
    pub fn new(bench: &'a Bench<'a>, name: &str, containers: Containers) -> Self {
        let kept = Self {
            bench,
            containers,
            live: bench.scratch.join(name),
            saved: bench.scratch.join(format!("{name}-saved")),
        };
        for folder in [&kept.live, &kept.saved] {
            // It need not be there.
            let _ = fs_err::remove_dir_all(folder);
        }
        kept
    }

    /// Keeps it as it is now.
    pub fn save(&self) -> Result<()> {
        copy_folder(&self.live, &self.saved)
    }

    /// Returns a sweep with it.
    pub fn sweep(&self, folder: &Path, alerts: &[&Path]) -> Program {
        let mut further: Vec<&OsStr> = vec![OsStr::new("--inventory"), self.live.as_os_str()];
        if self.containers == Containers::Left {
            further.push(OsStr::new("--leave-containers"));
        }
        for alert in &alerts[1..] {
            further.extend([OsStr::new("--alert"), alert.as_os_str()]);
        }
        self.bench
            .sweep_with("tocsin", folder, alerts[0], &further, self.bench.threads)
    }

    /// Runs the sweep, each time with the inventory as it was saved, after one run to warm up.
    pub fn measure(&self, sweep: &Program, runs: usize) -> Result<Spent> {
        let mut spent = Vec::new();
        for turn in 0..=runs {
            fs_err::remove_dir_all(&self.live)?;
            copy_folder(&self.saved, &self.live)?;
            let one = sweep.measure()?;
            if turn > 0 {
                spent.push(one);
            }
        }
        let looked = looked_of(sweep)?;
        print_runs(sweep, Cache::Warm, self.bench.threads, &spent, looked);
        median(&spent).context("there is a run")
    }
}

/// Returns what `find` takes to state every file.
pub fn stated(bench: &Bench<'_>) -> Result<Spent> {
    let line = r#"find "$1" -printf '%s %T@ %C@\n'"#;
    let find = Program::of_shell("find", line, &bench.options.folder, bench.arena());
    find.measure()?;
    let runs = (0..bench.options.runs).map(|_| find.measure());
    let runs: Vec<Spent> = runs.collect::<Result<_>>()?;
    print_runs(&find, Cache::Warm, 1, &runs, Looked::default());
    median(&runs).context("there is a run")
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    output_of(Command::new("cp").arg("-a").arg(from).arg(to))?;
    Ok(())
}

/// Copies the first files of the folder into one folder, up to a number of bytes; returns their paths.
fn copy_some(folder: &Path, copy: &Path) -> Result<Vec<PathBuf>> {
    // What an earlier run left.
    let _ = fs_err::remove_dir_all(copy);
    fs_err::create_dir_all(copy)?;
    let mut folders = vec![folder.to_owned()];
    let (mut files, mut bytes) = (Vec::new(), 0);
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs_err::read_dir(&folder) else {
            continue;
        };
        let mut entries: Vec<_> = entries.filter_map(Result::ok).collect();
        entries.sort_by_key(fs_err::DirEntry::file_name);
        for entry in entries {
            let Ok(metadata) = fs_err::symlink_metadata(entry.path()) else {
                continue;
            };
            if metadata.is_dir() {
                folders.push(entry.path());
            } else if metadata.is_file() && bytes < COPY_BYTES_MAX {
                // A hundred to a folder, each with its name.
                let target = copy.join((files.len() / 100).to_string());
                fs_err::create_dir_all(&target)?;
                let target = target.join(format!("{}-{}", files.len(), lossy(&entry)));
                if fs_err::copy(entry.path(), &target).is_ok() {
                    set_age(&target, COPY_AGE)?;
                    bytes += metadata.len();
                    files.push(target);
                }
            }
        }
    }
    Ok(files)
}

fn lossy(entry: &fs_err::DirEntry) -> String {
    entry
        .file_name()
        .to_string_lossy()
        .chars()
        .take(100)
        .collect()
}

/// Sets the file's time of change to so long ago.
fn set_age(file: &Path, age: Duration) -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "a measurement is of today")]
    let now = SystemTime::now();
    let file = fs_err::OpenOptions::new().append(true).open(file)?;
    let times = std::fs::FileTimes::new().set_modified(now - age);
    Ok(file.into_parts().0.set_times(times)?)
}
