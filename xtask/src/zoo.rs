//! `cargo xtask zoo`: builds the zoo of living and attacked sites optimised, and lets the website watch look at it.

use anyhow::Result;

use crate::running::{cargo, root, run};

/// Runs the zoo as these words say: `[--seed N] [--sites N] [--days N] [--only CLASS] [--json FILE]`.
pub fn zoo(words: &[&str]) -> Result<()> {
    run(&mut cargo(&[
        "build",
        "--locked",
        "--release",
        "--package=zoo",
    ]))?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    run(std::process::Command::new(target.join("release").join("zoo")).args(words))
}
