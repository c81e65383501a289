//! Runs a program under a time limit and says what it cost: time, CPU time, peak memory, bytes from the disk.
//! What it prints goes to files, never to the terminal.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// With which code `timeout` says that the time was over.
const TIME_OVER: i32 = 124;
/// Seconds from the request to end until the kill.
const KILL_AFTER: &str = "--kill-after=10";
/// Bytes in which the kernel counts what was read from a disk.
const BLOCK_BYTES: u64 = 512;
/// What GNU time writes: user and system seconds, peak KiB of the largest process, blocks from the disk.
const TIME_FORMAT: &str = "%U %S %M %I";

/// A program with its arguments.
pub struct Program {
    /// What the tables call it.
    pub name: &'static str,
    words: Vec<OsString>,
    /// Exit codes with which it has done its work.
    done: &'static [i32],
    scratch: PathBuf,
    limit: Duration,
}

/// What one run cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// From the start to the end.
    pub wall: Duration,
    /// User and system, of the program and those that it started.
    pub cpu: Duration,
    /// The most memory that one process held.
    pub peak_bytes: u64,
    /// What came from the disk and not from the cache.
    pub disk_bytes: u64,
}

/// Where programs run: their output goes there, and they are ended after so long.
#[derive(Clone, Copy)]
pub struct Arena<'a> {
    /// The folder for what they print.
    pub scratch: &'a Path,
    /// How long one run may take.
    pub limit: Duration,
}

impl Program {
    /// Makes a program of its words, the first of which is the program's own.
    pub fn new(
        name: &'static str,
        done: &'static [i32],
        arena: Arena<'_>,
        words: Vec<OsString>,
    ) -> Self {
        Self {
            name,
            words,
            done,
            scratch: arena.scratch.to_owned(),
            limit: arena.limit,
        }
    }

    /// Makes a program of a line for the shell, whose `$1` is `folder`.
    pub fn of_shell(name: &'static str, line: &str, folder: &Path, arena: Arena<'_>) -> Self {
        let words: Vec<OsString> = vec![
            "sh".into(),
            "-c".into(),
            line.into(),
            "sh".into(),
            folder.into(),
        ];
        // `xargs` ends with 123 when a file could not be read, `find` with 1.
        Self::new(name, &[0, 1, 123], arena, words)
    }

    /// Runs it once, and says what that cost.
    pub fn measure(&self) -> Result<Spent> {
        let costs = self.file("cost");
        let mut command = Command::new("timeout");
        command
            .arg(KILL_AFTER)
            .arg(self.limit.as_secs().max(1).to_string())
            .args(["time", "-f", TIME_FORMAT, "-o"])
            .arg(&costs)
            .args(&self.words)
            .stdin(Stdio::null())
            .stdout(fs_err::File::create(self.file("out"))?.into_parts().0)
            .stderr(fs_err::File::create(self.file("err"))?.into_parts().0);
        let started = Instant::now();
        let status = command
            .status()
            .with_context(|| format!("start {}", self.name))?;
        let wall = started.elapsed();
        match status.code() {
            Some(code) if self.done.contains(&code) => {}
            Some(TIME_OVER) => bail!(
                "{} was ended: it took longer than {} s",
                self.name,
                self.limit.as_secs()
            ),
            _ => {
                let why = self.complaint()?.unwrap_or_default();
                bail!("{} failed ({status}): {why}", self.name);
            }
        }
        let text = fs_err::read_to_string(&costs)?;
        parse_costs(&text, wall).with_context(|| format!("read '{}'", costs.display()))
    }

    /// Returns what it printed when it last ran.
    pub fn printed(&self) -> Result<Vec<u8>> {
        Ok(fs_err::read(self.file("out"))?)
    }

    /// Returns the first line of what it complained about when it last ran.
    pub fn complaint(&self) -> Result<Option<String>> {
        let errors = fs_err::read(self.file("err"))?;
        let errors = String::from_utf8_lossy(&errors);
        Ok(errors
            .lines()
            .find(|line| !line.is_empty())
            .map(str::to_owned))
    }

    fn file(&self, ending: &str) -> PathBuf {
        self.scratch.join(format!("{}.{ending}", self.name))
    }
}

/// Fails with what to install, where one of the programs that measure others is missing.
pub fn check_tools() -> Result<()> {
    for (tool, package) in [("time", "time"), ("timeout", "coreutils")] {
        let found = Command::new(tool)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !found.is_ok_and(|status| status.success()) {
            bail!("'{tool}' is missing; Debian: apt-get install {package}");
        }
    }
    Ok(())
}

/// Empties the cache of files; says whether that was possible.
pub fn empty_cache() -> bool {
    let synced = Command::new("sync").status().is_ok();
    synced && fs_err::write("/proc/sys/vm/drop_caches", "3").is_ok()
}

/// Returns the run whose time is the middle one, or the later of the middle two; nothing for nothing.
pub fn median(runs: &[Spent]) -> Option<Spent> {
    let mut sorted = runs.to_vec();
    sorted.sort_by_key(|spent| spent.wall);
    sorted.get(sorted.len() / 2).copied()
}

/// Reads GNU time's last line; lines before it tell of exit codes.
fn parse_costs(text: &str, wall: Duration) -> Option<Spent> {
    let words: Vec<&str> = text.lines().last()?.split(' ').collect();
    let [user, system, peak, blocks] = words.as_slice() else {
        return None;
    };
    let seconds = |word: &str| Duration::try_from_secs_f64(word.parse().ok()?).ok();
    Some(Spent {
        wall,
        cpu: seconds(user)?.checked_add(seconds(system)?)?,
        peak_bytes: peak.parse::<u64>().ok()?.checked_mul(1024)?,
        disk_bytes: blocks.parse::<u64>().ok()?.checked_mul(BLOCK_BYTES)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        let of = |seconds: &[u64]| {
            let runs: Vec<Spent> = seconds
                .iter()
                .map(|seconds| Spent {
                    wall: Duration::from_secs(*seconds),
                    ..Spent::default()
                })
                .collect();
            median(&runs).map(|spent| spent.wall.as_secs())
        };
        assert_eq!(of(&[9, 1, 4]), Some(4));
        assert_eq!(of(&[100, 1, 4, 3]), Some(4));
        assert_eq!(of(&[7]), Some(7));
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn reads_the_costs_of_a_program_that_found_something() {
        let text = "Command exited with non-zero status 1\n1.25 0.50 2048 3\n";
        let spent = parse_costs(text, Duration::ZERO).expect("costs");
        assert_eq!(spent.cpu, Duration::from_millis(1750));
        assert_eq!((spent.peak_bytes, spent.disk_bytes), (2 << 20, 1536));
        for wrong in ["1.25", "-1 0 1 1", "", "1 1 1", "1 1 x 1"] {
            assert_eq!(parse_costs(wrong, Duration::ZERO), None, "{wrong}");
        }
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let folder = std::env::temp_dir().join(format!("tocsin-arena-{}", std::process::id()));
        fs_err::create_dir_all(&folder).expect("made");
        let arena = Arena {
            scratch: &folder,
            limit: Duration::from_secs(1),
        };
        let sleeper = Program::of_shell("sleeper", "exec sleep 600", Path::new("/"), arena);
        let error = if check_tools().is_ok() {
            sleeper.measure().expect_err("it sleeps").to_string()
        } else {
            "longer than".to_owned()
        };
        fs_err::remove_dir_all(&folder).expect("removed");
        assert!(error.contains("longer than"), "{error}");
    }
}
