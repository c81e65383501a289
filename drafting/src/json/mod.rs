//! The alert format, written by a person: every mistake is told with its place, not only the first.

mod alert;
mod tree;

pub(crate) use alert::read;
