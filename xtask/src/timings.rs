//! `cargo xtask timings`: a cold release build, how long it takes, and which crates it waits for.

use std::time::Instant;

use anyhow::{Context, Result};

use crate::running::{cargo, root, run};

/// How many crates are named.
const SLOWEST_COUNT: usize = 10;

/// Builds the program into an empty folder, which is removed afterwards.
pub fn timings() -> Result<()> {
    let target = std::env::temp_dir().join(format!("tocsin-timings-{}", std::process::id()));
    run(&mut cargo(&["fetch", "--locked"]))?;
    let started = Instant::now();
    let built = run(cargo(&[
        "build",
        "--release",
        "--locked",
        "--timings",
        "--package=tocsin",
        "--target-dir",
    ])
    .arg(&target));
    let total = started.elapsed();
    let page = fs_err::read_to_string(target.join("cargo-timings").join("cargo-timing.html"));
    fs_err::remove_dir_all(&target)?;
    built?;
    let page = page.context("read the page of timings")?;
    let kept = root().join("target").join("cargo-timing.html");
    fs_err::write(&kept, &page)?;

    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!(
        "cold release build: {:.0} s on {cores} cores",
        total.as_secs_f64()
    );
    println!("the slowest crates, in seconds of one core:");
    for unit in slowest(&page) {
        println!("{:>8.1}  {}", unit.seconds, unit.name);
    }
    println!("the whole picture: {}", kept.display());
    Ok(())
}

#[derive(Debug, PartialEq)]
struct Unit {
    name: String,
    seconds: f64,
}

/// Returns the slowest crates of the page, slowest first.
fn slowest(page: &str) -> Vec<Unit> {
    let mut units: Vec<Unit> = page
        .split_once("const UNIT_DATA = [")
        .and_then(|(_, data)| data.split_once("\n];"))
        .map_or("", |(data, _)| data)
        .split('}')
        .filter_map(|unit| {
            Some(Unit {
                name: format!(
                    "{} {}{}",
                    value_of(unit, "name")?,
                    value_of(unit, "version")?,
                    value_of(unit, "target")?
                ),
                seconds: value_of(unit, "duration")?.parse().ok()?,
            })
        })
        .collect();
    units.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    units.truncate(SLOWEST_COUNT);
    units
}

/// Returns the value of `"key": value` in a flat JSON object without escapes.
fn value_of<'a>(object: &'a str, key: &str) -> Option<&'a str> {
    let (_, after) = object.split_once(&format!("\"{key}\":"))?;
    let value = after.trim_start();
    match value.strip_prefix('"') {
        Some(text) => text.split('"').next(),
        None => value.split([',', '\n', ' ']).next(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_slowest_crates_of_a_page() {
        let unit = |name: &str, target: &str, seconds: &str| {
            format!(
                "  {{\n    \"i\": 1,\n    \"name\": \"{name}\",\n    \"version\": \"1.0.0\",\n    \"target\": \"{target}\",\n    \"features\": [\n      \"std\"\n    ],\n    \"duration\": {seconds},\n    \"sections\": null\n  }}"
            )
        };
        let units = [
            unit("quick", "", "0.5"),
            unit("slow", "", "61.25"),
            unit("slow", " build-script", "2"),
        ];
        let page = format!(
            "x\nconst UNIT_DATA = [\n{}\n];\nconst X = {{}};",
            units.join(",\n")
        );
        let names: Vec<String> = slowest(&page).into_iter().map(|unit| unit.name).collect();
        assert_eq!(
            names,
            ["slow 1.0.0", "slow 1.0.0 build-script", "quick 1.0.0"]
        );
        assert_eq!(slowest("a page of another cargo"), []);
    }
}
