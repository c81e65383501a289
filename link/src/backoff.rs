//! How long to wait after a failure: a random time up to a bound that doubles, so that a country's agents do not all
//! come back in the same second.

use std::time::Duration;

/// Full-jitter back-off.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    /// Makes a back-off whose first wait is at most `first` and whose later waits are never longer than `longest`.
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            failures: 0,
        }
    }

    /// Counts one more failure and returns how long to wait.
    pub fn next_delay(&mut self) -> Duration {
        let bound = self.bound();
        self.failures = self.failures.saturating_add(1);
        // Without random numbers everyone waits the longest time: safe, only slow.
        let random = getrandom::u32().unwrap_or(u32::MAX);
        bound.mul_f64(f64::from(random) / f64::from(u32::MAX))
    }

    /// Forgets the failures: something worked.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }

    fn bound(&self) -> Duration {
        let factor = 2u32.saturating_pow(self.failures.min(31));
        self.first.saturating_mul(factor).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_random_grow_and_stay_bounded() {
        let longest = Duration::from_mins(1);
        let mut backoff = Backoff::new(Duration::from_secs(1), longest);
        let waits: Vec<Duration> = (0..200).map(|_| backoff.next_delay()).collect();
        assert!(waits[0] <= Duration::from_secs(1));
        assert!(waits.iter().all(|wait| *wait <= longest));
        assert!(waits[10..].iter().any(|wait| *wait > longest / 2));
        assert!(waits[10..].iter().any(|wait| *wait < longest / 2));
        backoff.reset();
        assert!(backoff.next_delay() <= Duration::from_secs(1));
    }
}
