//! How often pages are looked at, and what makes that more or less often.

use std::time::Duration;

/// How often pages are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// From one quick look at a page to the next, by default 60 s; each time up to a twentieth more or less.
    pub period: Duration,
    /// From one look at the whole page to the next, by default 6 h; each time from half of it to half as much again.
    pub whole_every: Duration,
    /// The same for looks as other visitors, by default 8 h.
    pub visitors_every: Duration,
    /// The same for surveys of what else there is on the site, by default 24 h.
    pub survey_every: Duration,
    /// From a look that wants a person, or that failed, to the second one that confirms it, by default 10 s.
    pub confirm_after: Duration,
    /// The period after an alarm, by default 20 s …
    pub often: Duration,
    /// … for this long, by default 1 h.
    pub often_for: Duration,
    /// The longest period for a site that does not answer, by default 10 min.
    pub back_off_max: Duration,
    /// From the beginning of one job to that of the next at one host and at one address, by default 1 s.
    pub pause: Duration,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            period: Duration::from_mins(1),
            whole_every: Duration::from_hours(6),
            visitors_every: Duration::from_hours(8),
            survey_every: Duration::from_hours(24),
            confirm_after: Duration::from_secs(10),
            often: Duration::from_secs(20),
            often_for: Duration::from_hours(1),
            back_off_max: Duration::from_mins(10),
            pause: Duration::from_secs(1),
        }
    }
}

impl Rhythm {
    /// Returns the period of a page whose site has not answered so many times.
    pub(super) fn backed_off(&self, failures: u32) -> Duration {
        let factor = 1_u32.checked_shl(failures.min(16)).unwrap_or(1);
        let longest = self.back_off_max.max(self.period);
        self.period.saturating_mul(factor).min(longest)
    }
}
