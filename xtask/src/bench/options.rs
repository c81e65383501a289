//! The options of `cargo xtask bench sweep`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::running::root;

/// Other people's rules, where they lie beside the checkout.
const RULES_BESIDE: &str = "../shared/corpora/signature-base/yara";
/// Seconds that one run of one program may take: `yr` takes 83 for what is usually measured, others up to ten times as much.
const LIMIT_SECONDS: u64 = 1800;

/// What is measured, and how often.
#[derive(Debug, PartialEq)]
pub struct Options {
    /// The folder to sweep, without links.
    pub folder: PathBuf,
    /// The folder of rule files.
    pub rules: Option<PathBuf>,
    /// How often each program is measured by turns with a warm cache: 1 or more.
    pub runs: usize,
    /// How long one run may take.
    pub limit: Duration,
    /// Measure the program that was built last.
    pub built: bool,
    /// Measure only these sections; all where there are none.
    pub only: Vec<String>,
}

impl Options {
    /// Reads the words that follow `bench sweep`; `sections` are the names that can be given to `--only`.
    pub fn parse(words: &[&str], sections: &[&str]) -> Result<Self> {
        let mut folder = None;
        let mut options = Self {
            folder: PathBuf::new(),
            rules: None,
            runs: 3,
            limit: Duration::from_secs(LIMIT_SECONDS),
            built: false,
            only: Vec::new(),
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
                "--corpus" | "--folder" => folder = Some(fs_err::canonicalize(value()?)?),
                "--limit" => {
                    let seconds = value()?.parse().context("--limit takes seconds")?;
                    options.limit = Duration::from_secs(seconds);
                }
                "--only" => options.only.extend(value()?.split(',').map(str::to_owned)),
                "--rules" => options.rules = Some(fs_err::canonicalize(value()?)?),
                "--runs" => options.runs = value()?.parse().context("--runs takes a number")?,
                _ => bail!("unknown option '{word}'"),
            }
        }
        if options.runs == 0 {
            bail!("--runs takes 1 or more");
        }
        if let Some(unknown) = options
            .only
            .iter()
            .find(|name| !sections.contains(&name.as_str()))
        {
            bail!("'{unknown}' is none of {}", sections.join(", "));
        }
        if options.rules.is_none() {
            options.rules = fs_err::canonicalize(root().join(RULES_BESIDE)).ok();
        }
        options.folder = match folder {
            Some(folder) => folder,
            None => fs_err::canonicalize("/usr")?,
        };
        Ok(options)
    }

    /// Says whether this section is to be measured.
    pub fn wants(&self, section: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == section)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_options_in_any_order_and_refuses_what_it_does_not_know() {
        let parse = |words: &[&str]| Options::parse(words, &["rules", "hashing"]);
        let options = parse(&["--runs", "3", "--built", "--corpus", "/"]).expect("known");
        assert_eq!(options.runs, 3);
        assert!(options.built && options.wants("rules"));
        assert_eq!(options.folder, PathBuf::from("/"));
        let options = parse(&["--only", "hashing"]).expect("known");
        assert!(options.wants("hashing") && !options.wants("rules"));
        for wrong in [
            &["--runs"][..],
            &["--runs", "0"],
            &["--runs", "often"],
            &["--limit", "long"],
            &["--only", "hashing,cooking"],
            &["--folder", "/no/such/folder"],
            &["/usr"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
