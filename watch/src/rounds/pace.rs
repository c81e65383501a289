//! How late the watch is, by what it did in the last period.

use std::net::IpAddr;
use std::time::Duration;

use serde::Serialize;

use super::schedule::Moment;

/// How late the watch was in the last whole period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pace {
    /// Looks that were begun.
    pub looks: u64,
    /// Looks that were begun later than planned by more than a tenth of the period.
    pub late: u64,
    /// How long the slowest page waited beyond its time.
    #[serde(rename = "latest_ms", serialize_with = "as_ms")]
    pub latest: Duration,
    /// The address that it waited for.
    pub slowest: Option<IpAddr>,
    /// How long a round takes at the slowest: the period and the wait.
    #[serde(rename = "round_ms", serialize_with = "as_ms")]
    pub round: Duration,
}

/// Counts.
#[derive(Debug)]
pub(super) struct Paces {
    period: Duration,
    since: Moment,
    current: Pace,
    last: Pace,
}

impl Paces {
    pub(super) fn new(period: Duration) -> Self {
        Self {
            period,
            since: Moment::ZERO,
            current: Pace::default(),
            last: Pace::default(),
        }
    }

    /// Begins another period where one is over.
    pub(super) fn roll(&mut self, now: Moment) {
        if now >= self.since + self.period {
            self.since = now;
            self.last = std::mem::take(&mut self.current);
            self.last.round = self.period + self.last.latest;
        }
    }

    pub(super) fn begun(&mut self, late: Duration, address: Option<IpAddr>) {
        self.current.looks += 1;
        self.current.late += u64::from(late > self.period / 10);
        if late >= self.current.latest {
            self.current.latest = late;
            self.current.slowest = address;
        }
    }

    /// Returns the last whole period, or the one that has begun where it is already worse.
    pub(super) fn last(&self) -> Pace {
        if self.current.latest <= self.last.latest {
            return self.last;
        }
        Pace {
            round: self.period + self.current.latest,
            ..self.current
        }
    }
}

fn as_ms<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}
