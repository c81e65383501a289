//! What was measured: a line for each run as it comes, and at the end each figure beside what was asked of it.

use std::time::Duration;

use anyhow::Result;

use super::program::{Program, Spent, empty_cache, median};

/// Everything measured so far.
#[derive(Default)]
pub struct Board {
    targets: Vec<Target>,
}

/// One figure and its bound.
struct Target {
    what: String,
    figure: String,
    bound: String,
    standing: Standing,
}

/// Whether a figure is what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    Met,
    /// It is not.
    Missed,
    /// It could not be told, or the bound is for another folder.
    Open,
}

/// How a run finds the cache of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    /// Emptied before.
    Cold,
    /// As the run before left it.
    Warm,
}

/// What a program looked at, as far as it is known.
#[derive(Clone, Copy, Default)]
pub struct Looked {
    /// Files examined.
    pub files: Option<u64>,
    /// Bytes of their content that were read.
    pub bytes: Option<u64>,
    /// Findings, a rule and a file each.
    pub findings: Option<usize>,
}

impl Board {
    /// Notes a figure that must be at most `bound`.
    pub fn at_most(&mut self, what: impl Into<String>, figure: f64, bound: f64, unit: &str) {
        self.note(what, figure, ("≤", bound), unit, figure <= bound);
    }

    /// Notes a figure that must be at least `bound`.
    pub fn at_least(&mut self, what: impl Into<String>, figure: f64, bound: f64, unit: &str) {
        self.note(what, figure, ("≥", bound), unit, figure >= bound);
    }

    /// Notes whether something holds.
    pub fn holds(&mut self, what: impl Into<String>, figure: impl Into<String>, holds: bool) {
        self.targets.push(Target {
            what: what.into(),
            figure: figure.into(),
            bound: String::new(),
            standing: if holds {
                Standing::Met
            } else {
                Standing::Missed
            },
        });
    }

    /// Notes what could not be measured, and why.
    pub fn open(&mut self, what: impl Into<String>, why: impl Into<String>) {
        let why = why.into();
        println!("  not measured: {why}");
        self.targets.push(Target {
            what: what.into(),
            figure: why,
            bound: String::new(),
            standing: Standing::Open,
        });
    }

    /// Prints every figure beside its bound.
    pub fn print(&self) {
        println!("\n{:<66} {:>10} {:>12}  ", "target", "measured", "asked");
        for target in &self.targets {
            let standing = match target.standing {
                Standing::Met => "met",
                Standing::Missed => "NOT MET",
                Standing::Open => "open",
            };
            println!(
                "{:<66} {:>10} {:>12}  {standing}",
                target.what, target.figure, target.bound
            );
        }
    }

    fn note(
        &mut self,
        what: impl Into<String>,
        figure: f64,
        (sign, bound): (&str, f64),
        unit: &str,
        met: bool,
    ) {
        self.targets.push(Target {
            what: what.into(),
            figure: format!("{figure:.2}{unit}"),
            bound: format!("{sign} {bound}{unit}"),
            standing: if met { Standing::Met } else { Standing::Missed },
        });
    }
}

/// Prints the heading over the lines of runs.
pub fn print_heading() {
    println!(
        "  {:<14} {:<5} {:>2} {:>9} {:>19} {:>9} {:>9} {:>9} {:>9} {:>8} {:>8}",
        "program",
        "cache",
        "th",
        "seconds",
        "(from to)",
        "CPU s",
        "peak MB",
        "disk MB",
        "read MB",
        "files",
        "findings"
    );
}

/// Measures one run of the program after `before`, and prints it. `None` where the cache cannot be emptied.
pub fn once(
    program: &Program,
    cache: Cache,
    threads: usize,
    looked: impl FnOnce(&Program) -> Result<Looked>,
) -> Result<Option<Spent>> {
    if cache == Cache::Cold && !empty_cache() {
        println!(
            "  {:<14} cold: not measured: emptying the cache needs root",
            program.name
        );
        return Ok(None);
    }
    let spent = program.measure()?;
    print_runs(program, cache, threads, &[spent], looked(program)?);
    Ok(Some(spent))
}

/// Measures all programs by turns with a warm cache, `runs` times each after one run to warm up, prints a line for each, and
/// returns the median of each.
pub fn by_turns(
    programs: &[(&Program, Looked)],
    threads: usize,
    runs: usize,
) -> Result<Vec<Spent>> {
    let mut spent: Vec<Vec<Spent>> = vec![Vec::new(); programs.len()];
    for _ in 0..runs {
        for ((program, _), spent) in programs.iter().zip(&mut spent) {
            spent.push(program.measure()?);
        }
    }
    for ((program, looked), spent) in programs.iter().zip(&spent) {
        print_runs(program, Cache::Warm, threads, spent, *looked);
    }
    Ok(spent.iter().filter_map(|runs| median(runs)).collect())
}

/// Prints a line for these runs of one program.
pub fn print_runs(program: &Program, cache: Cache, threads: usize, runs: &[Spent], looked: Looked) {
    let Some(middle) = median(runs) else {
        return;
    };
    let walls = || runs.iter().map(|spent| spent.wall);
    let peak = runs.iter().map(|spent| spent.peak_bytes).max();
    println!(
        "  {:<14} {:<5} {threads:>2} {:>9.3} {:>19} {:>9.2} {:>9.0} {:>9.0} {:>9} {:>8} {:>8}",
        program.name,
        match cache {
            Cache::Cold => "cold",
            Cache::Warm => "warm",
        },
        middle.wall.as_secs_f64(),
        format!(
            "({:.3} {:.3})",
            walls().min().unwrap_or_default().as_secs_f64(),
            walls().max().unwrap_or_default().as_secs_f64()
        ),
        middle.cpu.as_secs_f64(),
        megabytes(peak.unwrap_or_default()),
        megabytes(middle.disk_bytes),
        looked.bytes.map_or_else(
            || "-".to_owned(),
            |bytes| format!("{:.0}", megabytes(bytes))
        ),
        shown(looked.files),
        shown(looked.findings),
    );
}

/// Returns one time as a multiple of another.
pub fn ratio(ours: Duration, theirs: Duration) -> f64 {
    ours.as_secs_f64() / theirs.as_secs_f64().max(1e-6)
}

/// Returns bytes in millions.
#[expect(clippy::cast_precision_loss, reason = "shown with few digits")]
pub fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn shown(count: Option<impl ToString>) -> String {
    count.map_or_else(|| "-".to_owned(), |count| count.to_string())
}

#[cfg(test)]
mod tests {
    use super::Standing::{Met, Missed};
    use super::*;

    #[test]
    fn a_figure_is_met_up_to_its_bound() {
        let mut board = Board::default();
        board.at_most("a", 1.5, 1.5, "");
        board.at_most("b", 1.51, 1.5, "");
        board.at_least("c", 150.0, 150.0, " MB/s");
        board.at_least("d", 149.9, 150.0, " MB/s");
        board.holds("e", "12 findings", false);
        let standings: Vec<Standing> = board.targets.iter().map(|t| t.standing).collect();
        assert_eq!(standings, [Met, Missed, Met, Missed, Missed]);
        assert_eq!(board.targets[2].bound, "≥ 150 MB/s");
    }
}
