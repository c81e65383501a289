//! `cargo xtask zoo`: builds the zoo of living and attacked sites optimised, and lets the website watch look at it; with `--peers`
//! also other programs, which are installed in a virtual environment of Python below the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::running::{cargo, root, run};

/// The programs that the watch is compared with, and what `urlwatch` turns pages into text with, by their names in the index of Python
/// packages.
const PEERS: [&str; 3] = ["changedetection.io", "urlwatch", "html2text"];

/// Runs the zoo as these words say: `[--seed N] [--sites N] [--days N] [--only CLASS] [--json FILE] [--peers]
/// [--peer NAME] [--browser]`.
pub fn zoo(words: &[&str]) -> Result<()> {
    run(&mut cargo(&[
        "build",
        "--locked",
        "--release",
        "--package=zoo",
    ]))?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let mut command = Command::new(target.join("release").join("zoo"));
    command.args(words.iter().filter(|word| **word != "--peers"));
    if words.contains(&"--peers") {
        let environment = target.join("zoo").join("venv");
        install(&environment)?;
        command.arg("--peers").arg(environment);
    }
    run(&mut command)
}

fn install(environment: &Path) -> Result<()> {
    let program = environment.join("bin").join("pip");
    if !program.try_exists()? {
        run(Command::new("python3")
            .args(["-m", "venv"])
            .arg(environment))?;
    }
    run(Command::new(program)
        .args(["install", "--quiet"])
        .args(PEERS))
}
