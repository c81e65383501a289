//! A clock that stands still until it is told otherwise.

use std::sync::{Mutex, PoisonError};

use domain::Clock;
use jiff::{SignedDuration, Timestamp};

/// A clock for tests: set, and moved on by hand. Shared by reference or in an `Arc`.
#[derive(Debug)]
pub struct TestClock(Mutex<Timestamp>);

impl TestClock {
    /// Makes a clock that shows `now`.
    pub const fn new(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Sets the clock.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// Moves the clock on.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.checked_add(by).expect("tests stay within the calendar");
    }
}

impl Default for TestClock {
    /// Shows the morning of 4 August 2016 in Hà Nội: the dispatch is out, its deadline is tomorrow.
    fn default() -> Self {
        Self::new(crate::at("2016-08-04T02:00:00Z"))
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
