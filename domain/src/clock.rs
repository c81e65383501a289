//! The one door through which time comes in, so that tests and drills can set it.

use jiff::Timestamp;

/// Tells what time it is. Everything that compares instants takes one.
pub trait Clock: Send + Sync {
    /// Returns the present instant, UTC.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else is told to take"
    )]
    fn now(&self) -> Timestamp {
        // Whole seconds: documents carry no fractions, and what is compared with them should not either.
        let now = Timestamp::now();
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    }
}
