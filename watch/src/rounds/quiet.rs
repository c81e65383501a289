//! Quiet hours of a site: when it is not looked at, or only quickly.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// When a site wants to be left alone, and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// From when to when.
    pub hours: QuietHours,
    /// Whether it is not even looked at quickly. Nobody is called in these hours then.
    #[serde(default)]
    pub entirely: bool,
}

/// Hours of each day by the clock of some place: `22:00-05:30+07:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QuietHours {
    from_minute: u16,
    to_minute: u16,
    offset_minutes: i16,
}

/// Why a text is not hours of a day.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "read '{0}' as quiet hours: write them with their distance from UTC, as in 22:00-05:30+07:00"
)]
pub struct QuietHoursError(String);

impl QuietHours {
    /// Returns how long they still last at this instant, if it is in them.
    pub fn rest(&self, at: Timestamp) -> Option<Duration> {
        let local = at.as_second() + i64::from(self.offset_minutes) * 60;
        let second = local.rem_euclid(DAY_SECONDS);
        let (from, to) = (
            i64::from(self.from_minute) * 60,
            i64::from(self.to_minute) * 60,
        );
        let is_in = if from < to {
            (from..to).contains(&second)
        } else {
            second >= from || second < to
        };
        let rest = (to - second).rem_euclid(DAY_SECONDS);
        is_in.then(|| Duration::from_secs(rest.unsigned_abs()))
    }
}

impl FromStr for QuietHours {
    type Err = QuietHoursError;

    fn from_str(text: &str) -> Result<Self, QuietHoursError> {
        let wrong = || QuietHoursError(text.chars().take(40).collect());
        // Of these characters exactly, so that the pieces below are where they are expected.
        let shape: String = text
            .chars()
            .map(|one| if one.is_ascii_digit() { '0' } else { one })
            .collect();
        let sign = match shape.as_str() {
            "00:00-00:00+00:00" => 1,
            "00:00-00:00-00:00" => -1,
            _ => return Err(wrong()),
        };
        let minute = |at: usize| -> Option<u16> {
            let hour: u16 = text.get(at..at + 2)?.parse().ok()?;
            let minute: u16 = text.get(at + 3..at + 5)?.parse().ok()?;
            (hour < 24 && minute < 60).then_some(hour * 60 + minute)
        };
        let (from, to, offset) = (minute(0), minute(6), minute(12));
        let (Some(from_minute), Some(to_minute), Some(offset)) = (from, to, offset) else {
            return Err(wrong());
        };
        let offset = i16::try_from(offset).map_err(|_| wrong())?;
        if from_minute == to_minute || offset > 14 * 60 {
            return Err(wrong());
        }
        Ok(Self {
            from_minute,
            to_minute,
            offset_minutes: sign * offset,
        })
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = |minute: u16| (minute / 60, minute % 60);
        let (from, to) = (clock(self.from_minute), clock(self.to_minute));
        let sign = if self.offset_minutes < 0 { '-' } else { '+' };
        let offset = clock(self.offset_minutes.unsigned_abs());
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}{sign}{:02}:{:02}",
            from.0, from.1, to.0, to.1, offset.0, offset.1
        )
    }
}

impl TryFrom<String> for QuietHours {
    type Error = QuietHoursError;

    fn try_from(text: String) -> Result<Self, QuietHoursError> {
        text.parse()
    }
}

impl From<QuietHours> for String {
    fn from(hours: QuietHours) -> Self {
        hours.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_across_midnight_are_those_of_the_place() {
        let hours: QuietHours = "22:00-05:30+07:00".parse().unwrap();
        assert_eq!(hours.to_string(), "22:00-05:30+07:00");
        let rest = |text: &str| hours.rest(text.parse().unwrap());
        assert_eq!(rest("2026-03-01T14:59:59Z"), None);
        assert_eq!(rest("2026-03-01T15:00:00Z"), Some(Duration::from_mins(450)));
        assert_eq!(rest("2026-03-01T22:29:59Z"), Some(Duration::from_secs(1)));
        assert_eq!(rest("2026-03-01T22:30:00Z"), None);
        let noon: QuietHours = "11:00-12:00-03:30".parse().unwrap();
        assert_eq!(
            noon.rest("1969-12-31T14:45:00Z".parse().unwrap()),
            Some(Duration::from_mins(45))
        );
    }

    #[test]
    fn what_is_not_hours_is_refused() {
        for wrong in [
            "",
            "22:00-05:00",
            "24:00-05:00+07:00",
            "22:00-22:00+07:00",
            "22:60-05:00+07:00",
            "2:00-05:00+07:00",
            "22:00-05:00+15:00",
            "22:00-05:00+07:00 ",
            "２２:00-05:00+07:00",
        ] {
            assert!(wrong.parse::<QuietHours>().is_err(), "{wrong}");
        }
    }
}
