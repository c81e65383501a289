//! `cargo xtask bench sweep`: how fast a sweep is beside the programs that people compare it with, and whether it finds
//! what they find. The figures are this machine's, with its files in the cache; nothing fails for being slow.

mod options;

mod contest;

mod listing;

mod matching;

mod findings;

mod rule_files;

use anyhow::Result;

use crate::running::{cargo, root, run};
use options::Options;

/// Measures `tocsin sweep` as these words of the command line say.
pub fn sweep(words: &[&str]) -> Result<()> {
    let options = Options::parse(words)?;
    let target = root().join("target");
    if !options.built {
        run(cargo(&[
            "build",
            "--release",
            "--locked",
            "--package=tocsin",
            "--target-dir",
        ])
        .arg(&target))?;
    }
    let tocsin = target.join("release").join("tocsin");
    let scratch = target.join("bench-sweep");
    fs_err::create_dir_all(&scratch)?;
    listing::measure(&tocsin, &options, &scratch)?;
    println!();
    matching::measure(&tocsin, &options, &scratch)
}
