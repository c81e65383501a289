//! Waiting for what another thread or process does.

use std::time::{Duration, Instant};

/// How long to leave the others alone between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// Waits until `condition` holds and returns true, or false once `timeout` is over. The only place in the tests that
/// sleeps: it ends as soon as the condition holds, and never decides anything by time alone.
#[must_use]
pub fn wait_until(timeout: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    loop {
        if condition() {
            return true;
        }
        if started.elapsed() >= timeout {
            return false;
        }
        pause();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the condition wait that tests use instead of sleeping"
)]
fn pause() {
    std::thread::sleep(PAUSE);
}
