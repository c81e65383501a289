//! The options of `cargo xtask bench sweep`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::running::root;

/// Other people's rules, where they lie beside the checkout.
const RULES_BESIDE: &str = "../shared/corpora/signature-base/yara";

/// What is measured, and how often.
#[derive(Debug, PartialEq)]
pub struct Options {
    /// The folder to sweep, without links; none where each comparison has its own.
    pub folder: Option<PathBuf>,
    /// The folder of rule files.
    pub rules: Option<PathBuf>,
    /// How often each program is measured: 1 or more.
    pub runs: usize,
    /// Measure the program that was built last.
    pub built: bool,
}

impl Options {
    /// Reads the words that follow `bench sweep`.
    pub fn parse(words: &[&str]) -> Result<Self> {
        let mut options = Self {
            folder: None,
            rules: None,
            runs: 5,
            built: false,
        };
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .with_context(|| format!("{word} needs a value"))
            };
            match word {
                "--built" => options.built = true,
                "--folder" => options.folder = Some(fs_err::canonicalize(value()?)?),
                "--rules" => options.rules = Some(fs_err::canonicalize(value()?)?),
                "--runs" => options.runs = value()?.parse().context("--runs takes a number")?,
                _ => bail!("unknown option '{word}'"),
            }
        }
        if options.runs == 0 {
            bail!("--runs takes 1 or more");
        }
        if options.rules.is_none() {
            options.rules = fs_err::canonicalize(root().join(RULES_BESIDE)).ok();
        }
        Ok(options)
    }

    /// Returns the folder to sweep, `ordinary` where none was given.
    pub fn folder_or(&self, ordinary: &str) -> Result<PathBuf> {
        match &self.folder {
            Some(folder) => Ok(folder.clone()),
            None => Ok(fs_err::canonicalize(ordinary)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_options_in_any_order_and_refuses_what_it_does_not_know() {
        let options = Options::parse(&["--runs", "3", "--built", "--folder", "/"]).expect("known");
        assert_eq!(options.runs, 3);
        assert!(options.built);
        assert_eq!(
            options.folder_or("/usr").expect("given"),
            PathBuf::from("/")
        );
        for wrong in [
            &["--runs"][..],
            &["--runs", "0"],
            &["--runs", "often"],
            &["--folder", "/no/such/folder"],
            &["/usr"],
        ] {
            assert!(Options::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
