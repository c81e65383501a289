//! `cargo xtask fuzz`: builds the fuzz targets and runs them for a bounded time. What they find lies in `fuzz/found/`.

use anyhow::{Result, bail};

use crate::running::{cargo, root, run};

/// Seconds for each target beside the tests.
const SECONDS_IN_TESTS: &str = "1";

/// Runs the targets as these words say: `[--seconds N] [--seed N] [TARGET…]`.
pub fn fuzz(words: &[&str]) -> Result<()> {
    run(&mut cargo(&["build", "--locked", "--package=fuzz"]))?;
    let program = root().join("target").join("debug").join("fuzz");
    if run(std::process::Command::new(program).args(words)).is_err() {
        bail!("something was found, or could not be run; see above and 'fuzz/found'");
    }
    Ok(())
}

/// Runs each target for a moment, on the kept corpus first.
pub fn fuzz_briefly() -> Result<()> {
    fuzz(&["--seconds", SECONDS_IN_TESTS])
}
