//! Registry hives: every key and value by the name that alerts use, and what some of them mean.
//!
//! Facts of the format: Maxim Suhanov, "Windows registry file format specification" (versions 1.1 to 1.6 of the hive).
//! Deleted keys, which survive in free cells, are not looked for.

mod cells;

mod mount;

mod walk;

mod places;

mod meanings;

mod compatibility_cache;

mod task_actions;

mod logs;

pub use logs::{LOG_ENDINGS, is_dirty, with_logs};
pub(crate) use walk::read;
