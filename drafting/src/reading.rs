//! The whole way from inputs to a draft.

use domain::Alert;

use crate::input::Input;
use crate::options::DraftOptions;
use crate::problem::{Level, Problem};
use crate::RuleChecker;

/// What came of reading.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The alert, from everything that could be used. It may be signed only if nothing [is refused](Self::is_refused).
    pub draft: Option<Alert>,
    /// What the officer must see: refusals first, then warnings, then notes; each in the order of the inputs.
    pub problems: Vec<Problem>,
    /// Every value of the draft, with the place it comes from.
    pub extracted: Vec<Extracted>,
    /// What looks like a value and is not in the draft.
    pub passed: Vec<Passed>,
}

impl Reading {
    /// Tells whether anything is refused.
    pub fn is_refused(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| problem.level == Level::Refused)
    }
}

/// A value of the draft, and where it stands in the inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extracted {
    /// The name of the input.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The kind, as documents write it; also `size`, `number`, `title`, `deadline`, `role`, `folder` and `rule`.
    pub kind: &'static str,
    /// As it is written there.
    pub value: String,
    /// As the draft has it.
    pub normalised: String,
    /// The indicator it belongs to.
    pub indicator: Option<String>,
}

/// Something that looks like a value and is not in the draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// The name of the input.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// As it is written there.
    pub value: String,
}

/// Reads the inputs, checks every value, and builds the draft. Never panics, whatever the inputs are.
pub fn read(inputs: &[Input<'_>], options: &DraftOptions, checker: &dyn RuleChecker) -> Reading {
    let _ = (inputs, options, checker);
    unimplemented!()
}
