//! Starts a process for each target, keeps the inputs that end one, makes them small, and says what was found.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::child::{HANGS, slowest_beside};
use crate::seeds;
use crate::targets::TARGETS;

/// Seconds for each target where nothing is said.
const SECONDS: f64 = 10.0;
/// After so many a target is left: the first are to be mended first.
const FOUND_MAX: usize = 3;
/// An execution that takes so long is worth a look, though no hang: parsers are not optimised here.
const SLOW: Duration = Duration::from_secs(3);
/// How often it is tried to make an input smaller.
const TRIES_MAX: usize = 200;
/// How long that may take.
const SMALLER_MAX: Duration = Duration::from_mins(1);

const USAGE: &str = "fuzz [--seconds N] [--seed N] [TARGET…]";

/// What is asked for.
struct Asked {
    seconds: f64,
    seed: u64,
    targets: Vec<String>,
}

/// Runs the targets; 1 where something was found.
pub fn run(words: &[&str]) -> ExitCode {
    let found = parse(words).and_then(|asked| run_all(&asked));
    match found {
        Ok(0) => ExitCode::SUCCESS,
        Ok(found) => {
            println!("found: {found}");
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("fuzz: {error:#}\nUsage: {USAGE}");
            for target in &TARGETS {
                eprintln!("  {}", target.name);
            }
            ExitCode::from(2)
        }
    }
}

fn parse(words: &[&str]) -> Result<Asked> {
    let mut asked = Asked {
        seconds: SECONDS,
        seed: 1,
        targets: Vec::new(),
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--seconds" => {
                let value = words.next().context("--seconds needs a number")?;
                asked.seconds = value.parse().context("--seconds takes a number")?;
            }
            "--seed" => {
                let value = words.next().context("--seed needs a number")?;
                asked.seed = value.parse().context("--seed takes a number")?;
            }
            name => asked
                .targets
                .push(crate::targets::find(name)?.name.to_owned()),
        }
    }
    Ok(asked)
}

fn run_all(asked: &Asked) -> Result<usize> {
    let scratch = tempfile::tempdir().context("make a folder")?;
    println!("seed {}, {} s for each target", asked.seed, asked.seconds);
    let mut found = 0;
    for target in &TARGETS {
        if asked.targets.is_empty() || asked.targets.iter().any(|name| name == target.name) {
            found += run_target(target.name, asked, scratch.path())?;
        }
    }
    Ok(found)
}

fn run_target(name: &str, asked: &Asked, scratch: &Path) -> Result<usize> {
    let input = scratch.join("input");
    let started = Instant::now();
    let (mut seed, mut found) = (asked.seed, 0);
    loop {
        let left = asked.seconds - started.elapsed().as_secs_f64();
        let seconds = left.max(0.1).to_string();
        let words = ["child", name, &seed.to_string(), &seconds];
        let output = this_program(&words, &input)?;
        let ended = Ended::of(&output);
        let text = String::from_utf8_lossy(&output.stdout);
        for line in text.lines() {
            if let Some(count) = line.strip_prefix("executions ") {
                let count: f64 = count.parse().unwrap_or(0.0);
                let rate = count / started.elapsed().as_secs_f64();
                println!("{name:<14} {count:>8} executions, {rate:>7.0}/s");
            } else if let Some(slowest) = line.strip_prefix("slowest ") {
                tell_slowest(name, slowest, &input)?;
            } else if let Some(place) = line.strip_prefix("panic ") {
                println!("  a panic was contained: {place}");
                // A crate's is written up; ours is to be mended.
                found += usize::from(!place.contains("/registry/") && !place.contains("/rustc/"));
            }
        }
        match ended {
            Ended::Well => return Ok(found),
            Ended::Failed(why) => anyhow::bail!("{name} could not run: {why}"),
            Ended::Badly(how) => {
                found += 1;
                let kept = keep(name, &input, &how, scratch)?;
                println!("{name:<14} {how}: {}", kept.display());
            }
        }
        seed += 1;
        if found >= FOUND_MAX || started.elapsed().as_secs_f64() >= asked.seconds {
            return Ok(found);
        }
    }
}

/// Says how long the slowest execution took, and keeps its input where that was long. Not a finding: what is long depends on the machine.
fn tell_slowest(name: &str, milliseconds: &str, input: &Path) -> Result<()> {
    let taken = Duration::from_millis(milliseconds.parse().unwrap_or(0));
    if taken >= SLOW {
        let kept = put(name, &fs_err::read(slowest_beside(input))?)?;
        let shown = kept.display();
        println!("{name:<14} one execution took {milliseconds} ms: {shown}");
    }
    Ok(())
}

/// How a process ended.
#[derive(PartialEq)]
enum Ended {
    Well,
    Failed(String),
    Badly(String),
}

impl Ended {
    fn of(output: &Output) -> Self {
        match output.status.code() {
            Some(0) => Self::Well,
            Some(3) => Self::Failed(String::from_utf8_lossy(&output.stderr).into_owned()),
            Some(HANGS) => Self::Badly("it hangs".to_owned()),
            Some(_) => Self::Badly("a panic came out".to_owned()),
            None => Self::Badly(format!("the process died ({})", output.status)),
        }
    }
}

fn this_program(words: &[&str], input: &Path) -> Result<Output> {
    let program = std::env::current_exe().context("find this program")?;
    Command::new(program)
        .args(words)
        .arg(input)
        .stdin(Stdio::null())
        .output()
        .context("start a target")
}

/// Makes the input smaller while it does the same, and keeps it.
fn keep(name: &str, input: &Path, how: &str, scratch: &Path) -> Result<PathBuf> {
    let mut bytes = fs_err::read(input)?;
    let smaller = scratch.join("smaller");
    let started = Instant::now();
    let (mut step, mut at, mut tries) = (bytes.len().div_ceil(2), 0, 0);
    while step > 0 && tries < TRIES_MAX && started.elapsed() < SMALLER_MAX {
        if at >= bytes.len() {
            (step, at) = (step / 2, 0);
            continue;
        }
        let mut without = bytes.clone();
        without.drain(at..(at + step).min(bytes.len()));
        fs_err::write(&smaller, &without)?;
        tries += 1;
        if Ended::of(&this_program(&["once", name], &smaller)?) == Ended::Badly(how.to_owned()) {
            bytes = without;
        } else {
            at += step;
        }
    }
    put(name, &bytes)
}

/// Keeps an input among what was found, under a name of its own.
fn put(name: &str, bytes: &[u8]) -> Result<PathBuf> {
    let folder = seeds::folder().join("found").join(name);
    fs_err::create_dir_all(&folder)?;
    let sum = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    let kept = folder.join(format!("{sum:016x}"));
    fs_err::write(&kept, bytes)?;
    Ok(kept)
}
