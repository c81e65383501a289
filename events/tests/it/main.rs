//! The crate from outside: logs that others wrote, the Sigma specification case by case, and hostile bytes.
#![allow(missing_docs, reason = "tests")]

mod corpus;
mod hostile;
mod making;
mod matches;
mod specification;
