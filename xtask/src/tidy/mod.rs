//! `cargo xtask tidy`: the rules of docs/STYLE.md and docs/ARCHITECTURE.md that a program can check.
//!
//! Each rule reads the tracked files in memory and reports `file:line: what, what to do`. It never changes a file.

mod tree;

mod rust_code;

mod manifest;

mod arrows;

mod dependencies;

mod sources;

mod prose;

mod locales;

mod migrations;

mod plain_text;

use anyhow::{Result, bail};

use crate::running::root;
use tree::{Tree, Violation};

const RULES: [fn(&Tree) -> Vec<Violation>; 7] = [
    arrows::check,
    dependencies::check,
    sources::check,
    prose::check,
    locales::check,
    migrations::check,
    plain_text::check,
];

/// Checks every rule and prints each violation on a line of its own.
pub fn tidy() -> Result<()> {
    let tree = Tree::load(root())?;
    let mut violations: Vec<Violation> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    violations.sort();
    violations.dedup();
    for violation in &violations {
        println!("{violation}");
    }
    if !violations.is_empty() {
        bail!("{} places are not tidy", violations.len());
    }
    println!("{} files, all tidy", tree.files.len());
    Ok(())
}
