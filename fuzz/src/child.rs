//! One target in a process of its own. Before each execution the input is written down, for whoever finds the process dead.

use std::collections::BTreeSet;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Resource, Rlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use crate::changing::{Chance, changed};
use crate::seeds;
use crate::targets::{self, Target};

/// Memory of the process; targets that need more address space for machine code have no limit.
const MEMORY_MAX: u64 = 3 << 30;
/// Stack of the thread: what `unpack` promises to do with.
const STACK_BYTES: usize = 2 << 20;
/// How long one execution may take. The slowest honest one takes a tenth.
const HANG: Duration = Duration::from_secs(20);
/// With which code the process ends itself where an execution hangs.
pub const HANGS: i32 = 97;

/// Where panics happened, those that were contained included.
static PANICS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Runs the target with changed seeds for so many seconds.
pub fn run(target: &str, seed: &str, seconds: &str, input: &str) -> Result<()> {
    let target = targets::find(target)?;
    let mut chance = Chance::new(seed.parse().context("the seed is a number")?);
    let time = Duration::from_secs_f64(seconds.parse().context("the seconds are a number")?);
    let seeds = seeds::load(target)?;
    let mut file = fs_err::File::create(input)?;
    let input = PathBuf::from(input);
    limit(target)?;
    in_thread(target, move |execute| {
        let started = Instant::now();
        let mut slowest = (Duration::ZERO, Vec::new());
        // Each seed as it is, then changed ones.
        let mut plain = seeds.iter();
        loop {
            let bytes = match plain.next() {
                Some(seed) => seed.clone(),
                None => changed(&seeds, &mut chance),
            };
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&bytes)?;
            file.set_len(bytes.len() as u64)?;
            let begun = processor_time();
            execute(&bytes);
            let taken = processor_time().saturating_sub(begun);
            if taken > slowest.0 {
                slowest = (taken, bytes);
            }
            if started.elapsed() >= time && plain.len() == 0 {
                println!("slowest {}", slowest.0.as_millis());
                fs_err::write(slowest_beside(&input), &slowest.1)?;
                return Ok(());
            }
        }
    })
}

/// Returns how long this thread has been at work: others on the machine do not count.
fn processor_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// Returns where the input is left that took longest.
pub fn slowest_beside(input: &Path) -> PathBuf {
    input.with_extension("slowest")
}

/// Runs the target with one input.
pub fn run_once(target: &str, input: &str) -> Result<()> {
    let target = targets::find(target)?;
    let bytes = fs_err::read(input)?;
    limit(target)?;
    in_thread(target, move |execute| {
        execute(&bytes);
        Ok(())
    })
}

fn limit(target: &Target) -> Result<()> {
    let memory = Rlimit {
        current: Some(MEMORY_MAX),
        maximum: Some(MEMORY_MAX),
    };
    if !target.needs_address_space {
        setrlimit(Resource::As, memory).context("limit the memory")?;
    }
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none).context("leave no core files")?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        if let Ok(mut panics) = PANICS.lock() {
            panics.insert(place.unwrap_or_default());
        }
    }));
    Ok(())
}

/// Runs `work` in a thread with a small stack, and prints how many executions there were and which panics were contained.
fn in_thread(
    target: &'static Target,
    work: impl FnOnce(&mut dyn FnMut(&[u8])) -> Result<()> + Send + 'static,
) -> Result<()> {
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let worker = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || {
            let mut parser = (target.make)();
            work(&mut |bytes| {
                parser(bytes);
                counted.fetch_add(1, Ordering::Relaxed);
            })
        })
        .context("start a thread")?;
    let mut last = (0, Instant::now());
    while !worker.is_finished() {
        std::thread::park_timeout(Duration::from_millis(20));
        let now = count.load(Ordering::Relaxed);
        if now != last.0 {
            last = (now, Instant::now());
        } else if last.1.elapsed() > HANG {
            std::process::exit(HANGS);
        }
    }
    let outcome = worker.join();
    println!("executions {}", count.load(Ordering::Relaxed));
    for place in PANICS.lock().iter().flat_map(|places| places.iter()) {
        println!("panic {place}");
    }
    match outcome {
        Ok(outcome) => outcome,
        Err(_) => std::process::exit(101),
    }
}
