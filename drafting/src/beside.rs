//! Lays a draft beside its sources, line by line, for the second officer.

use domain::Alert;

use crate::input::Input;

/// A draft beside its sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Every line of every source, in order.
    pub lines: Vec<BesideLine>,
    /// What the draft has and no line shows: the second officer must ask where it comes from.
    pub unshown: Vec<Unshown>,
}

/// One line of a source, and what the draft has of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BesideLine {
    /// The name of the source.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The line as it is written.
    pub text: String,
    /// The values in it.
    pub values: Vec<BesideValue>,
    /// The worst state of its values.
    pub state: BesideState,
}

/// A value in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BesideValue {
    /// The column in characters, from 1.
    pub column: usize,
    /// As it is written there.
    pub written: String,
    /// The indicator that has it.
    pub indicator: Option<String>,
    /// As the draft has it; for [`BesideState::Differs`] the draft's value that it resembles.
    pub in_draft: Option<String>,
    /// Whether the draft has it.
    pub state: BesideState,
}

/// Whether the draft has what a line shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BesideState {
    /// Nothing in the line looks like a value.
    Plain,
    /// The draft has it.
    Taken,
    /// It looks like a value, and the draft does not have it.
    NotTaken,
    /// The draft has something that is nearly this: somebody changed one of the two.
    Differs,
}

/// A value of the draft that no line of the sources shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unshown {
    /// The indicator, rule or combination that has it.
    pub indicator: String,
    /// The kind, as documents write it.
    pub kind: &'static str,
    /// The value.
    pub value: String,
}

/// Lays `alert` beside the `sources` it was made from.
pub fn lay_beside(alert: &Alert, sources: &[Input<'_>]) -> Beside {
    let _ = (alert, sources);
    unimplemented!()
}
