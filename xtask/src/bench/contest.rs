//! Runs two programs by turns and says how long each took. What they print goes to files, never to the terminal.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// A program with its arguments.
pub struct Contender {
    name: &'static str,
    words: Vec<OsString>,
    /// Exit codes with which it has done its work.
    done: &'static [i32],
    scratch: PathBuf,
}

impl Contender {
    /// Makes a contender whose first word is the program; what it prints goes to files in `scratch`.
    pub fn new(
        name: &'static str,
        done: &'static [i32],
        scratch: &Path,
        words: Vec<OsString>,
    ) -> Self {
        Self {
            name,
            words,
            done,
            scratch: scratch.to_owned(),
        }
    }

    /// Runs it once, which also warms the cache, and returns what it printed.
    pub fn warm_up(&self) -> Result<Vec<u8>> {
        let path = self.scratch.join(format!("{}.out", self.name));
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]);
        self.finish(
            &mut command,
            fs_err::File::create(&path)?.into_parts().0.into(),
        )?;
        Ok(fs_err::read(&path)?)
    }

    /// Returns the first line of what it complained about when it last ran.
    pub fn complaint(&self) -> Result<Option<String>> {
        let errors = fs_err::read(self.errors_path())?;
        let errors = String::from_utf8_lossy(&errors);
        Ok(errors
            .lines()
            .find(|line| !line.is_empty())
            .map(str::to_owned))
    }

    fn measure(&self, clock: &CpuClock) -> Result<Spent> {
        let cpu_path = self.scratch.join(format!("{}.cpu", self.name));
        let mut command = clock.around(&self.words, &cpu_path);
        let started = Instant::now();
        self.finish(&mut command, Stdio::null())?;
        let wall = started.elapsed();
        let cpu = match clock {
            CpuClock::GnuTime => Some(
                parse_cpu(&fs_err::read_to_string(&cpu_path)?)
                    .with_context(|| format!("read '{}'", cpu_path.display()))?,
            ),
            CpuClock::Missing => None,
        };
        Ok(Spent { wall, cpu })
    }

    fn finish(&self, command: &mut Command, output: Stdio) -> Result<()> {
        let errors = fs_err::File::create(self.errors_path())?;
        let status = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors.into_parts().0)
            .status()
            .with_context(|| format!("start {}", self.name))?;
        if !status.code().is_some_and(|code| self.done.contains(&code)) {
            let why = self.complaint()?.unwrap_or_default();
            bail!("{} failed ({status}): {why}", self.name);
        }
        Ok(())
    }

    fn errors_path(&self) -> PathBuf {
        self.scratch.join(format!("{}.err", self.name))
    }
}

/// What tells the CPU time of another program.
enum CpuClock {
    GnuTime,
    Missing,
}

impl CpuClock {
    fn find() -> Self {
        let works = Command::new("time")
            .args(["-f", "%U %S", "-o", "/dev/null", "true"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if works { Self::GnuTime } else { Self::Missing }
    }

    fn around(&self, words: &[OsString], cpu_path: &Path) -> Command {
        match self {
            Self::GnuTime => {
                let mut command = Command::new("time");
                command
                    .args(["-f", "%U %S", "-o"])
                    .arg(cpu_path)
                    .args(words);
                command
            }
            Self::Missing => {
                let mut command = Command::new(&words[0]);
                command.args(&words[1..]);
                command
            }
        }
    }
}

/// What one run cost.
struct Spent {
    wall: Duration,
    cpu: Option<Duration>,
}

/// Measures both by turns, `runs` times each, prints the medians, and returns ours divided by theirs.
pub fn contest(ours: &Contender, theirs: &Contender, runs: usize) -> Result<f64> {
    let clock = CpuClock::find();
    let mut spent: [Vec<Spent>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..runs {
        spent[0].push(ours.measure(&clock)?);
        spent[1].push(theirs.measure(&clock)?);
    }
    let mut walls = [Duration::ZERO; 2];
    for ((contender, spent), wall) in [ours, theirs].into_iter().zip(&spent).zip(&mut walls) {
        let seconds: Vec<Duration> = spent.iter().map(|spent| spent.wall).collect();
        *wall = median(&seconds);
        let fastest = seconds.iter().min().copied().unwrap_or_default();
        let slowest = seconds.iter().max().copied().unwrap_or_default();
        let cpu: Option<Vec<Duration>> = spent.iter().map(|spent| spent.cpu).collect();
        let cpu = cpu.map_or_else(
            || "CPU not measured (Debian: apt-get install time)".to_owned(),
            |cpu| format!("{:.2} s CPU", median(&cpu).as_secs_f64()),
        );
        println!(
            "  {:<7}{:>8.3} s ({:.3} to {:.3}), {cpu}",
            contender.name,
            wall.as_secs_f64(),
            fastest.as_secs_f64(),
            slowest.as_secs_f64(),
        );
    }
    let ratio = walls[0].as_secs_f64() / walls[1].as_secs_f64();
    println!("  ratio  {ratio:>8.2}    medians of {runs}, by turns, after one warm-up each");
    Ok(ratio)
}

/// Returns the middle one, or the mean of the middle two; nothing for nothing.
fn median(durations: &[Duration]) -> Duration {
    let mut sorted = durations.to_vec();
    sorted.sort();
    let half = sorted.len() / 2;
    match sorted.get(half) {
        None => Duration::ZERO,
        Some(middle) if sorted.len() % 2 == 1 => *middle,
        Some(middle) => (sorted[half - 1] + *middle) / 2,
    }
}

/// Reads user and system time from GNU time's last line; lines before it tell of exit codes.
fn parse_cpu(text: &str) -> Option<Duration> {
    let (user, system) = text.lines().last()?.split_once(' ')?;
    let seconds = |word: &str| Duration::try_from_secs_f64(word.parse().ok()?).ok();
    seconds(user)?.checked_add(seconds(system)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        let of = |seconds: &[u64]| {
            let durations: Vec<Duration> =
                seconds.iter().copied().map(Duration::from_secs).collect();
            median(&durations).as_secs_f64()
        };
        assert!(of(&[9, 1, 4]).total_cmp(&4.0).is_eq());
        assert!(of(&[100, 1, 4, 3]).total_cmp(&3.5).is_eq());
        assert!(of(&[7]).total_cmp(&7.0).is_eq());
        assert!(of(&[]).total_cmp(&0.0).is_eq());
    }

    #[test]
    fn reads_the_times_of_a_program_that_found_something() {
        let text = "Command exited with non-zero status 1\n1.25 0.50\n";
        assert_eq!(parse_cpu(text), Some(Duration::from_millis(1750)));
        assert_eq!(parse_cpu("1.25"), None);
        assert_eq!(parse_cpu("-1 0"), None);
        assert_eq!(parse_cpu(""), None);
    }
}
