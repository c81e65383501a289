//! `cargo xtask hostile-tree FOLDER [--millions]`: builds a tree that programs stumble over, sweeps it with the program that
//! was built last, checks that the sweep ends and accounts for what it met, and removes the tree.

mod building;

mod changing;

mod fuse;

mod sweeping;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::running::{output_of, root};
use sweeping::Sweeping;

/// Builds, sweeps and removes, as these words of the command line say.
pub fn hostile_tree(words: &[&str]) -> Result<()> {
    let (folder, millions) = match words {
        [folder] => (folder, false),
        [folder, "--millions"] | ["--millions", folder] => (folder, true),
        _ => bail!("hostile-tree takes FOLDER and perhaps --millions"),
    };
    let tree = std::path::absolute(Path::new(folder))?.join("hostile-tree");
    if tree.try_exists()? {
        bail!("'{}' is there already", tree.display());
    }
    let program = root().join("target").join("release").join("tocsin");
    let outcome = build_and_sweep(&tree, program, millions);
    remove(&tree)?;
    outcome
}

fn build_and_sweep(tree: &Path, program: PathBuf, millions: bool) -> Result<()> {
    let built = building::build(tree, millions)?;
    let sweeping = Sweeping::prepare(tree, program)?;
    let mut failed = sweeping.without_fuse(&built)?;
    failed += sweeping.with_fuse(&built)?;
    if failed > 0 {
        bail!("{failed} checks failed");
    }
    Ok(())
}

fn remove(tree: &Path) -> Result<()> {
    output_of(Command::new("rm").arg("-rf").arg(tree))?;
    println!("removed '{}'", tree.display());
    Ok(())
}
