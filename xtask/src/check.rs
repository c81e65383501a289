//! `cargo xtask check`: every step a change must pass, quickest first; stops at the first that fails.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use crate::licences::licences;
use crate::running::{cargo, run};
use crate::skipping::{self, Skipped};
use crate::testing;
use crate::tidy::tidy;

struct Step {
    name: &'static str,
    run: fn(&mut Vec<Skipped>) -> Result<()>,
}

const STEPS: [Step; 6] = [
    Step {
        name: "format",
        run: |_| run(&mut cargo(&["fmt", "--all", "--check"])),
    },
    Step {
        name: "tidy",
        run: |_| tidy(),
    },
    Step {
        name: "licences",
        run: |_| licences(),
    },
    Step {
        name: "lints",
        run: |_| lints(),
    },
    Step {
        name: "tests",
        run: |skipped| testing::test(None, skipped),
    },
    Step {
        name: "docs",
        run: |_| docs(),
    },
];

/// Runs every step, then prints a table of them and what was skipped.
pub fn check() -> Result<()> {
    let mut done: Vec<(&str, Duration, bool)> = Vec::new();
    let mut skipped = Vec::new();
    let mut outcome = Ok(());
    for step in &STEPS {
        println!("\n==> {}", step.name);
        let started = Instant::now();
        let result = (step.run)(&mut skipped);
        let took = started.elapsed();
        done.push((step.name, took, result.is_ok()));
        if let Err(error) = result {
            println!(
                "==> {} FAILED after {}: {error:#}",
                step.name,
                seconds(took)
            );
            outcome = Err(anyhow!("check stopped at '{}': {error:#}", step.name));
            break;
        }
        println!("==> {} passed in {}", step.name, seconds(took));
    }
    print_table(&done);
    skipping::print_list(&skipped);
    outcome
}

fn lints() -> Result<()> {
    run(&mut cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]))
}

fn docs() -> Result<()> {
    run(cargo(&["doc", "--workspace", "--no-deps", "--locked"]).env("RUSTDOCFLAGS", "-D warnings"))
}

fn print_table(done: &[(&str, Duration, bool)]) {
    println!("\n{:<10} {:>9}  result", "step", "time");
    for (name, took, passed) in done {
        let result = if *passed { "passed" } else { "FAILED" };
        println!("{name:<10} {:>9}  {result}", seconds(*took));
    }
    for step in &STEPS[done.len()..] {
        println!("{:<10} {:>9}  not run", step.name, "-");
    }
    let total = done.iter().map(|(_, took, _)| *took).sum();
    println!("{:<10} {:>9}\n", "total", seconds(total));
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
