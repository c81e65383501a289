//! Tables.
pub(crate) fn is_heading(_line: &str) -> bool { false }
