//! Slows down whoever guesses passwords. There is one password, so there is one count; a guesser delays the officer by
//! minutes at most, and sessions that are open stay open.

use jiff::Timestamp;

/// Wrong passwords before waiting begins: people mistype.
const FREE: u32 = 5;
/// The longest wait. Longer would let anybody who reaches the page lock the officer out.
const WAIT_SECONDS_MAX: i64 = 120;
/// After so long without a wrong password, the count begins anew.
const FORGET_SECONDS: i64 = 3_600;

/// The wrong passwords of late.
#[derive(Default)]
pub(crate) struct Attempts {
    failures: u32,
    last_at: Option<Timestamp>,
}

impl Attempts {
    /// Counts a wrong password.
    pub fn fail(&mut self, now: Timestamp) {
        if self.seconds_since(now) > FORGET_SECONDS {
            self.failures = 0;
        }
        self.failures = self.failures.saturating_add(1);
        self.last_at = Some(now);
    }

    /// Begins anew after a right one.
    pub fn succeed(&mut self) {
        *self = Self::default();
    }

    /// Returns for how many seconds no password is looked at.
    pub fn wait_seconds(&self, now: Timestamp) -> Option<i64> {
        let doublings = self.failures.checked_sub(FREE)?.min(16);
        let wait = (1i64 << doublings).min(WAIT_SECONDS_MAX);
        let rest = wait - self.seconds_since(now);
        (rest > 0).then_some(rest)
    }

    fn seconds_since(&self, now: Timestamp) -> i64 {
        self.last_at.map_or(i64::MAX, |at| {
            // A clock that was set back must not make the wait longer.
            now.as_second().saturating_sub(at.as_second()).max(0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn waiting_begins_after_five_wrong_passwords_doubles_and_ends() {
        let mut attempts = Attempts::default();
        for _ in 0..4 {
            attempts.fail(at(100));
        }
        assert_eq!(attempts.wait_seconds(at(100)), None);
        attempts.fail(at(100));
        assert_eq!(attempts.wait_seconds(at(100)), Some(1));
        attempts.fail(at(101));
        assert_eq!(attempts.wait_seconds(at(101)), Some(2));
        for _ in 0..99 {
            attempts.fail(at(102));
        }
        assert_eq!(attempts.wait_seconds(at(102)), Some(WAIT_SECONDS_MAX));
        assert_eq!(attempts.wait_seconds(at(102 + WAIT_SECONDS_MAX)), None);
        attempts.succeed();
        assert_eq!(attempts.wait_seconds(at(103)), None);
    }
}
