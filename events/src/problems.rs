//! What is wrong with the source of a rule.

/// One thing wrong with a rule's source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleProblem {
    /// Which source.
    pub source_id: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, in English.
    pub message: String,
}
