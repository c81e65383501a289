//! Wakes the node's own threads when something has changed or when the node stops.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::node::locked;

/// A bell that threads wait for.
#[derive(Default)]
pub(crate) struct Bell {
    state: Mutex<State>,
    rung: Condvar,
}

#[derive(Clone, Copy, Default)]
struct State {
    rings: u64,
    stopped: bool,
}

impl Bell {
    /// Wakes whoever waits.
    pub(crate) fn ring(&self) {
        let mut state = locked(&self.state);
        state.rings = state.rings.wrapping_add(1);
        self.rung.notify_all();
    }

    /// Wakes whoever waits, for good.
    pub(crate) fn stop(&self) {
        locked(&self.state).stopped = true;
        self.rung.notify_all();
    }

    /// Tells whether the node stops.
    pub(crate) fn is_stopped(&self) -> bool {
        locked(&self.state).stopped
    }

    /// Returns how often it has rung.
    pub(crate) fn rings(&self) -> u64 {
        locked(&self.state).rings
    }

    /// Waits until it has rung since `heard`, the node stops, or `timeout` is over.
    pub(crate) fn wait(&self, heard: u64, timeout: Duration) {
        self.wait_while(timeout, |state| !state.stopped && state.rings == heard);
    }

    /// Waits until `timeout` is over or the node stops, however often it rings.
    pub(crate) fn rest(&self, timeout: Duration) {
        self.wait_while(timeout, |state| !state.stopped);
    }

    fn wait_while(&self, timeout: Duration, waits: impl Fn(State) -> bool) {
        let state = locked(&self.state);
        drop(
            self.rung
                .wait_timeout_while(state, timeout, |state| waits(*state))
                .unwrap_or_else(PoisonError::into_inner),
        );
    }
}
