//! How work that takes long is ended at once, and how it waits without being deaf meanwhile.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Ends what was started with it. Shared in an `Arc`.
#[derive(Debug, Default)]
pub struct Stop {
    is_stopped: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    /// Asks all work to end.
    pub fn stop(&self) {
        *self
            .is_stopped
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Tells whether it was asked to end.
    pub fn is_stopped(&self) -> bool {
        *self
            .is_stopped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for so long, or until it is asked to end, and tells which.
    pub(crate) fn wait(&self, time: Duration) -> bool {
        let stopped = self
            .is_stopped
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *self
            .changed
            .wait_timeout_while(stopped, time, |stopped| !*stopped)
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }
}

/// Holds reading to a rate.
#[derive(Debug)]
pub(crate) struct Pace {
    bytes_per_second: Option<u64>,
    state: Mutex<(Instant, u64)>,
}

/// Waits shorter than this are left to add up.
const WAIT_MIN: Duration = Duration::from_millis(20);

impl Pace {
    /// Makes a pace of so many bytes a second, or none.
    pub(crate) fn new(bytes_per_second: Option<u64>) -> Self {
        Self {
            bytes_per_second,
            state: Mutex::new((Instant::now(), 0)),
        }
    }

    /// Accounts for `bytes` that were read, and waits where that was too fast.
    pub(crate) fn spent(&self, bytes: u64, stop: &Stop) {
        let Some(rate) = self.bytes_per_second else {
            return;
        };
        let ahead = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.1 = state.1.saturating_add(bytes);
            let due = Duration::from_micros(state.1.saturating_mul(1_000_000) / rate.max(1));
            due.saturating_sub(state.0.elapsed())
        };
        if ahead >= WAIT_MIN {
            stop.wait(ahead);
        }
    }
}
