//! What each rule requires of a content, read from its source: never less than may match. Nothing here decides that a rule
//! matches; the engine does.

pub(crate) mod formula;

mod conditions;
mod modules;
mod numbers;
mod patterns;
mod required;

pub(crate) mod source;

#[cfg(test)]
mod describing;
#[cfg(test)]
mod tests;

pub(crate) use conditions::order_of;
pub(crate) use formula::{BitOperation, FactTest, Formula, Number, Order, Reading, Relation};
