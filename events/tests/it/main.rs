//! The crate from outside: logs that others wrote, the Sigma specification case by case, and hostile bytes.
#![expect(clippy::unwrap_used, reason = "tests, and what they share")]

mod corpus;
mod hostile;
mod making;
mod matches;
mod specification;
