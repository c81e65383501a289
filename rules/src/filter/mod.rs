//! Which rules may match a content, by one fast pass over its bytes: the texts that rules cannot do without are looked for, and
//! the formulas of rules that have one are evaluated. A rule that matches is never left out.

pub(crate) mod classes;
pub(crate) mod contents;
pub(crate) mod covers;
pub(crate) mod finder;
pub(crate) mod grams;
mod layout;
pub(crate) mod samplings;
pub(crate) mod streaming;
pub(crate) mod tables;
