//! Asking engines outside of an item: a panic is an answer that was not given, and never the end of a sweep.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Returns what an engine answers; nothing where it panicked.
pub(crate) fn contained<T>(ask: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(ask)).ok()
}
