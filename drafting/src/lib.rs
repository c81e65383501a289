//! Reads what an officer has (a letter, a table, a web page, rules) and makes the draft of an alert from it.
//!
//! What is damaged is refused, with file, line, value, reason and what was probably meant: a nation must not sweep
//! for nothing. Bytes in, draft and problems out: no file is opened, no clock is read, nothing is signed.
//!
//! Reading order: [`read`], `material`, the readers (`json`, `table`, `text`), `checks`, `building`, [`lay_beside`].

mod input;
mod material;
mod options;
mod problem;

mod checks;
mod json;
mod table;
mod text;

mod building;
mod heading;
mod reading;

mod beside;

pub use beside::{Beside, BesideLine, BesideState, BesideValue, Unshown, lay_beside};
pub use input::{FILE_BYTES_MAX, Input, LINE_CHARS_MAX, Source, VALUES_MAX};
pub use options::{Accepted, DraftOptions};
pub use problem::{Level, PROBLEMS_MAX, Problem, ProblemCode, RenderedProblem};
pub use reading::{Extracted, Passed, Reading, read};

use domain::RuleLanguage;

/// Compiles rules. Implemented outside, so that this crate does not link a rule engine.
pub trait RuleChecker {
    /// Returns everything that is wrong with `source`; nothing where it compiles.
    fn check(&self, language: RuleLanguage, source: &str) -> Vec<RuleProblem>;
}

/// One thing that a rule engine says about a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleProblem {
    /// Its line in the source, from 1.
    pub line: usize,
    /// Its column in characters, from 1.
    pub column: usize,
    /// What the engine says, in its own words.
    pub message: String,
}
