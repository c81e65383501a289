//! What the tests need from the machine, and how Debian's packages provide it: installed as root, named otherwise.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::running::{output_of, run};
use crate::skipping::Skipped;

/// A program and the packages that bring it.
struct Need {
    program: &'static str,
    packages: &'static [&'static str],
    without_it: WithoutIt,
}

/// What is lost where a program is missing.
enum WithoutIt {
    /// Nothing can be built, for this reason.
    Nothing(&'static str),
    /// These tests list themselves as skipped.
    Fewer(&'static str),
}

const NEEDS: [Need; 3] = [
    Need {
        program: "cc",
        packages: &["gcc", "libc6-dev"],
        without_it: WithoutIt::Nothing("SQLite and ring are compiled from C"),
    },
    Need {
        program: "chromium",
        packages: &["chromium"],
        without_it: WithoutIt::Fewer("the tests of our pages and of watched ones in a browser"),
    },
    Need {
        program: "chromedriver",
        packages: &["chromium-driver"],
        without_it: WithoutIt::Fewer("the tests of the pages in a browser"),
    },
];

/// Installs what is missing where that is possible. Returns what will be skipped because it is not there.
pub fn install_missing() -> Result<Vec<Skipped>> {
    let packages: Vec<&str> = missing().flat_map(|need| need.packages).copied().collect();
    if packages.is_empty() {
        return Ok(Vec::new());
    }
    let by_hand = format!(
        "sudo apt-get install -y --no-install-recommends {}",
        packages.join(" ")
    );
    if is_root() && find_program("apt-get").is_some() {
        if let Err(error) = install(&packages) {
            println!("could not install {}: {error:#}", packages.join(" "));
        }
    } else {
        println!("not installed; as root it would be done here: {by_hand}");
    }

    let mut skipped = Vec::new();
    for need in missing() {
        match need.without_it {
            WithoutIt::Nothing(why) => {
                bail!("'{}' is missing, and {why}; run: {by_hand}", need.program)
            }
            WithoutIt::Fewer(what) => skipped.push(Skipped {
                what: what.to_owned(),
                why: format!("'{}' is missing; run: {by_hand}", need.program),
            }),
        }
    }
    Ok(skipped)
}

fn missing() -> impl Iterator<Item = &'static Need> {
    NEEDS
        .iter()
        .filter(|need| find_program(need.program).is_none())
}

fn install(packages: &[&str]) -> Result<()> {
    let apt = |words: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(words).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    run(&mut apt(&["update"]))?;
    let words = ["install", "-y", "--no-install-recommends"];
    run(apt(&words).args(packages))
}

fn is_root() -> bool {
    output_of(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Returns where in the PATH the program is.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .chain([Path::new("/usr/bin").to_owned()])
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_shell_and_not_an_invention() {
        assert!(find_program("sh").is_some());
        assert!(find_program("no-such-program-anywhere").is_none());
    }
}
