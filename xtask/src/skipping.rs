//! What was skipped, and why. A run that skips says so at its end; none passes by skipping silently.

use std::fmt;
use std::path::PathBuf;

use anyhow::Result;

use crate::running::root;

/// Tests append to the file that this variable names; `testkit::skipping` is the other end.
pub const FILE_VARIABLE: &str = "TOCSIN_SKIPPED_FILE";

/// One thing that was not done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// A test, or what it needs.
    pub what: String,
    /// The reason, and what to do about it.
    pub why: String,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

/// Makes the list empty and returns where it is.
pub fn begin_list() -> Result<PathBuf> {
    let path = root().join("target").join("skipped-tests.txt");
    fs_err::create_dir_all(root().join("target"))?;
    fs_err::write(&path, "")?;
    Ok(path)
}

/// Reads the list that the tests wrote: one `what<TAB>why` a line.
pub fn parse_list(text: &str) -> Vec<Skipped> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let (what, why) = line
                .split_once('\t')
                .unwrap_or((line, "no reason was given"));
            Skipped {
                what: what.to_owned(),
                why: why.to_owned(),
            }
        })
        .collect()
}

/// Prints everything skipped, or that nothing was.
pub fn print_list(skipped: &[Skipped]) {
    if skipped.is_empty() {
        println!("nothing was skipped");
        return;
    }
    println!("skipped ({}):", skipped.len());
    for one in skipped {
        println!("  {one}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_a_skip_whose_reason_is_missing() {
        let list = parse_list("browser\tno chromium\n\nalone\n");
        assert_eq!(list.len(), 2);
        assert_eq!(list[0].to_string(), "browser: no chromium");
        assert_eq!(list[1].to_string(), "alone: no reason was given");
    }
}
