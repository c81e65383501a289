//! `cargo xtask licences`: every dependency's licence against the list of those that fit an Apache-2.0 program.

use anyhow::{Result, bail};

use crate::running::{cargo, output_of};

/// The licences that a dependency may have, as SPDX names.
const ALLOWED: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Zlib",
];

/// Checks every package in the lock file, for every platform.
pub fn licences() -> Result<()> {
    let listing = output_of(&mut cargo(&[
        "tree",
        "--workspace",
        "--locked",
        "--target=all",
        "--edges=normal,build,dev",
        "--prefix=none",
        "--format={p}|{l}",
    ]))?;
    let mut packages: Vec<&str> = listing
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .collect();
    packages.sort_unstable();
    packages.dedup();
    let problems: Vec<String> = packages
        .iter()
        .filter_map(|line| problem_of(line))
        .collect();
    for problem in &problems {
        println!("{problem}");
    }
    if !problems.is_empty() {
        bail!(
            "{} dependencies have a licence that is not allowed",
            problems.len()
        );
    }
    println!(
        "{} packages, each under a licence that is allowed",
        packages.len()
    );
    Ok(())
}

/// Returns what is wrong with a line `name vVERSION|LICENCE`, if anything.
fn problem_of(line: &str) -> Option<String> {
    let (package, licence) = line.rsplit_once('|').unwrap_or((line, ""));
    if line.trim().is_empty() {
        return None;
    }
    match is_allowed(licence) {
        Some(true) => None,
        Some(false) => Some(format!(
            "{package}: licence '{licence}' is not allowed; use another crate, or add it to xtask/src/licences.rs and say why"
        )),
        None => Some(format!(
            "{package}: licence '{licence}' is not an SPDX expression; read its licence file"
        )),
    }
}

/// Tells whether the expression can be met with allowed licences only; `None` when it is not an expression.
fn is_allowed(expression: &str) -> Option<bool> {
    // "MIT/Apache-2.0" is how it was written before SPDX expressions.
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let mut words = Words {
        words: spaced.split_whitespace().collect(),
        next: 0,
    };
    let allowed = words.any_of()?;
    (words.next == words.words.len()).then_some(allowed)
}

struct Words<'a> {
    words: Vec<&'a str>,
    next: usize,
}

impl Words<'_> {
    fn any_of(&mut self) -> Option<bool> {
        let mut allowed = self.all_of()?;
        while self.take("OR") {
            allowed |= self.all_of()?;
        }
        Some(allowed)
    }

    fn all_of(&mut self) -> Option<bool> {
        let mut allowed = self.one()?;
        while self.take("AND") {
            allowed &= self.one()?;
        }
        Some(allowed)
    }

    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let allowed = self.any_of()?;
            return self.take(")").then_some(allowed);
        }
        let name = self.name()?;
        if self.take("WITH") {
            let exception = self.name()?;
            return Some(ALLOWED.contains(&format!("{name} WITH {exception}").as_str()));
        }
        Some(ALLOWED.contains(&name.as_str()))
    }

    fn name(&mut self) -> Option<String> {
        let word = *self.words.get(self.next)?;
        if ["OR", "AND", "WITH", "(", ")"].contains(&word) {
            return None;
        }
        self.next += 1;
        Some(word.to_owned())
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.words.get(self.next) == Some(&word);
        self.next += usize::from(found);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_an_expression_that_allowed_licences_can_meet() {
        for good in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0-only OR MIT",
            "(MIT OR GPL-3.0-only) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
            "Apache-2.0 AND ISC",
        ] {
            assert_eq!(is_allowed(good), Some(true), "{good}");
        }
    }

    #[test]
    fn refuses_an_expression_that_allowed_licences_cannot_meet() {
        for bad in [
            "GPL-3.0-only",
            "MIT AND AGPL-3.0-only",
            "(GPL-2.0-only OR AGPL-3.0-only) AND MIT",
            "Apache-2.0 WITH Classpath-exception-2.0",
            "apache",
        ] {
            assert_eq!(is_allowed(bad), Some(false), "{bad}");
        }
    }

    #[test]
    fn refuses_what_is_not_an_expression() {
        for bad in ["", "MIT OR", "(MIT", "MIT)", "MIT Apache-2.0", "WITH x"] {
            assert_eq!(is_allowed(bad), None, "{bad}");
        }
        assert!(problem_of("thing v1.0.0|").is_some());
        assert!(problem_of("thing v1.0.0|MIT").is_none());
    }
}
