//! The time that a line states, in any of the forms that logs use.
//!
//! The first form found in the line's first bytes counts. A time without a zone is taken as UTC. A time without a year,
//! and a date of which nobody can say whether day or month comes first, is the latest that is not a day later than the
//! file was last written; without that moment the line has no time.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// How much of a line is looked at.
pub const HEAD_MAX: usize = 1_024;

/// Finds the time in the first bytes of a line.
pub fn time_of(line: &[u8], written_at: Option<Timestamp>) -> Option<Timestamp> {
    let head = Reader {
        text: &line[..line.len().min(HEAD_MAX)],
        at: 0,
    };
    (0..head.text.len())
        .filter(|&at| is_word_start(head.text, at))
        .find_map(|at| {
            let head = Reader { at, ..head };
            let byte = head.peek()?;
            if byte.is_ascii_digit() {
                let found = epoch(head).or_else(|| dated(head, written_at));
                return found.or_else(|| compact(head));
            }
            month_first(head, written_at)
        })
}

fn is_word_start(text: &[u8], at: usize) -> bool {
    text[at].is_ascii_alphanumeric() && (at == 0 || !text[at - 1].is_ascii_alphanumeric())
}

/// A place in a line.
#[derive(Clone, Copy)]
struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Steps over one of these bytes.
    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let byte = self.peek().filter(|byte| bytes.contains(byte))?;
        self.at += 1;
        Some(byte)
    }

    /// Steps over this text, in any case.
    fn word(&mut self, lower: &[u8]) -> Option<()> {
        let there = self.text.get(self.at..self.at + lower.len())?;
        there
            .eq_ignore_ascii_case(lower)
            .then(|| self.at += lower.len())
    }

    /// Steps over a number of so many digits.
    fn number(&mut self, digits_min: usize, digits_max: usize) -> Option<i64> {
        let rest = &self.text[self.at..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(digits_min..=digits_max).contains(&count) {
            return None;
        }
        let digits = std::str::from_utf8(&rest[..count]).ok()?;
        let number = digits.parse().ok()?;
        self.at += count;
        Some(number)
    }

    /// Steps over a month's name or its first three letters.
    fn month(&mut self) -> Option<i64> {
        const NAMES: [&[u8]; 12] = [
            b"january",
            b"february",
            b"march",
            b"april",
            b"may",
            b"june",
            b"july",
            b"august",
            b"september",
            b"october",
            b"november",
            b"december",
        ];
        let rest = &self.text[self.at..];
        let count = rest
            .iter()
            .take(10)
            .take_while(|b| b.is_ascii_alphabetic())
            .count();
        let word = &rest[..count];
        let is_meant =
            |name: &&[u8]| word.eq_ignore_ascii_case(name) || word.eq_ignore_ascii_case(&name[..3]);
        let index = NAMES.iter().position(is_meant)?;
        self.at += count;
        i64::try_from(index + 1).ok()
    }

    /// Steps over spaces.
    fn spaces(&mut self) -> usize {
        let start = self.at;
        while self.one_of(b" \t").is_some() {}
        self.at - start
    }
}

/// Seconds, or thousandths, millionths or milliardths of seconds since 1970: at the beginning of a line (squid, Unbound,
/// Zeek) or behind a word that says so (JSON, auditd, CEF).
fn epoch(mut head: Reader<'_>) -> Option<Timestamp> {
    const SINCE: i64 = 946_684_800;
    const UNTIL: i64 = 4_102_444_800;
    let before = &head.text[..head.at];
    if !(before.is_empty() || before == b"[" || says_time(before)) {
        return None;
    }
    let start = head.at;
    let number = head.number(9, 19)?;
    let nanoseconds_each: i64 = match head.at - start {
        9 | 10 => 1_000_000_000,
        13 => 1_000_000,
        16 => 1_000,
        19 => 1,
        _ => return None,
    };
    let seconds = number / (1_000_000_000 / nanoseconds_each);
    let mut nanoseconds = number % (1_000_000_000 / nanoseconds_each) * nanoseconds_each;
    if head.at - start <= 10 && head.one_of(b".").is_some() {
        nanoseconds = fraction(&mut head).unwrap_or(0);
    }
    let is_likely = (SINCE..UNTIL).contains(&seconds);
    let is_end = !head
        .peek()
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    (is_likely && is_end)
        .then(|| Timestamp::new(seconds, i32::try_from(nanoseconds).ok()?).ok())
        .flatten()
}

/// Tells whether what stands before a number ends with a word for time: `"ts":`, `eventtime=`, `audit(`.
fn says_time(before: &[u8]) -> bool {
    const WORDS: [&[u8]; 8] = [
        b"time",
        b"timestamp",
        b"ts",
        b"rt",
        b"audit",
        b"date",
        b"start",
        b"end",
    ];
    let signs = before
        .iter()
        .rev()
        .take(4)
        .take_while(|byte| b"\": =('".contains(byte))
        .count();
    let word = &before[..before.len() - signs];
    signs > 0
        && WORDS
            .iter()
            .any(|lower| crate::notation::ends_with_folded(word, lower))
}

/// A date that begins with a number, and a time.
fn dated(head: Reader<'_>, written_at: Option<Timestamp>) -> Option<Timestamp> {
    year_first(head)
        .or_else(|| day_and_name(head))
        .or_else(|| numbers_only(head, written_at))
}

/// `2016-08-04T01:02:03.5+07:00`, `2016/08/04 01:02:03`, `date=2016-08-04 time=01:02:03`, `2016 Aug  4 01:02:03`.
fn year_first(mut head: Reader<'_>) -> Option<Timestamp> {
    let year = head.number(4, 4)?;
    let separator = head.one_of(b"-/. ")?;
    let month = if separator == b' ' {
        head.month()?
    } else {
        head.number(1, 2)?
    };
    if separator == b' ' {
        head.spaces();
    } else {
        head.one_of(&[separator])?;
    }
    let day = head.number(1, 2)?;
    between_date_and_time(&mut head)?;
    clock(head, date(year, month, day)?)
}

/// `04/Aug/2016:01:02:03 +0700`, `04-Aug-2016 01:02:03.123`, `4 Aug 2016 01:02:03`.
fn day_and_name(mut head: Reader<'_>) -> Option<Timestamp> {
    let day = head.number(1, 2)?;
    let separator = head.one_of(b"/- ")?;
    let month = head.month()?;
    head.one_of(&[separator])?;
    let year = head.number(4, 4)?;
    between_date_and_time(&mut head)?;
    clock(head, date(year, month, day)?)
}

/// `8/4/2016 1:02:03 AM`: whether day or month comes first is the writing machine's setting.
fn numbers_only(mut head: Reader<'_>, written_at: Option<Timestamp>) -> Option<Timestamp> {
    let first = head.number(1, 2)?;
    let separator = head.one_of(b"/-.")?;
    let second = head.number(1, 2)?;
    head.one_of(&[separator])?;
    let year = head.number(4, 4)?;
    between_date_and_time(&mut head)?;
    let at = |month, day| clock(head, date(year, month, day)?);
    match (at(first, second), at(second, first)) {
        (Some(month_first), Some(day_first)) if month_first != day_first => {
            let latest = latest_possible(written_at?)?;
            let possible = [month_first, day_first]
                .into_iter()
                .filter(|&at| at <= latest);
            possible.max()
        }
        (month_first, day_first) => month_first.or(day_first),
    }
}

/// `20160804T010203Z`.
fn compact(mut head: Reader<'_>) -> Option<Timestamp> {
    let day = head.number(8, 8)?;
    head.one_of(b"Tt")?;
    let time = head.number(6, 6)?;
    let date = date(day / 10_000, day / 100 % 100, day % 100)?;
    let time = time_of_day(time / 10_000, time / 100 % 100, time % 100, 0)?;
    let offset = zone(&mut head).unwrap_or(Offset::UTC);
    offset.to_timestamp(DateTime::from_parts(date, time)).ok()
}

/// `Aug  4 01:02:03`, also with the year after the day or after the time, and with a fraction or a zone.
fn month_first(mut head: Reader<'_>, written_at: Option<Timestamp>) -> Option<Timestamp> {
    let month = head.month()?;
    head.spaces();
    let day = head.number(1, 2)?;
    head.one_of(b",");
    head.spaces();
    let mut with_year = head;
    let year = with_year.number(4, 4).filter(|_| with_year.spaces() > 0);
    if let Some(year) = year {
        return clock(with_year, date(year, month, day)?);
    }
    let mut after = head;
    let time = time_with_fraction(&mut after)?;
    let offset = zone(&mut after);
    let with_offset = |year| {
        let parts = DateTime::from_parts(date(year, month, day)?, time);
        offset.unwrap_or(Offset::UTC).to_timestamp(parts).ok()
    };
    after.spaces();
    if let Some(year) = after
        .number(4, 4)
        .filter(|year| (1970..2100).contains(year))
    {
        return with_offset(year);
    }
    // 29 February can be eight years ago.
    let latest = latest_possible(written_at?)?;
    let this_year = i64::from(Offset::UTC.to_datetime(latest).year());
    (this_year - 8..=this_year)
        .rev()
        .filter_map(with_offset)
        .find(|&at| at <= latest)
}

/// Clocks differ, and zones are not stated.
fn latest_possible(written_at: Timestamp) -> Option<Timestamp> {
    written_at.checked_add(SignedDuration::from_hours(24)).ok()
}

/// Steps over what stands between a date and a time.
fn between_date_and_time(head: &mut Reader<'_>) -> Option<()> {
    const FIELDS: [&[u8]; 3] = [b" time=", b"\",\"", b"\" time=\""];
    if FIELDS.iter().any(|field| head.word(field).is_some()) {
        return Some(());
    }
    head.one_of(b"Tt :_,;\t|")?;
    head.spaces();
    Some(())
}

/// Reads time and zone behind a date.
fn clock(mut head: Reader<'_>, date: Date) -> Option<Timestamp> {
    let time = time_with_fraction(&mut head)?;
    let offset = zone(&mut head)
        .or_else(|| zone_field(head))
        .unwrap_or(Offset::UTC);
    offset.to_timestamp(DateTime::from_parts(date, time)).ok()
}

/// `01:02:03`, `1:02:03.5 PM`, `13:02:03,123`.
fn time_with_fraction(head: &mut Reader<'_>) -> Option<Time> {
    let hour = head.number(1, 2)?;
    head.one_of(b":")?;
    let minute = head.number(2, 2)?;
    head.one_of(b":")?;
    let second = head.number(2, 2)?;
    let mut after = *head;
    let nanoseconds = after.one_of(b".,").and_then(|_| fraction(&mut after));
    if nanoseconds.is_some() {
        *head = after;
    }
    let hour = half_of_day(head, hour)?;
    // A leap second is counted as the one before it.
    time_of_day(hour, minute, second.min(59), nanoseconds.unwrap_or(0))
}

/// Reads `AM` and `PM`, and what Windows writes in Vietnamese.
fn half_of_day(head: &mut Reader<'_>, hour: i64) -> Option<i64> {
    let mut after = *head;
    after.spaces();
    let is_morning = after.word(b"am").or_else(|| after.word(b"sa")).is_some();
    let is_evening = !is_morning && after.word(b"pm").or_else(|| after.word(b"ch")).is_some();
    let is_word = !after
        .peek()
        .is_some_and(|byte| byte.is_ascii_alphanumeric());
    if !(is_morning || is_evening) || !is_word {
        return Some(hour);
    }
    *head = after;
    (1..=12)
        .contains(&hour)
        .then_some(hour % 12 + if is_evening { 12 } else { 0 })
}

fn fraction(head: &mut Reader<'_>) -> Option<i64> {
    let start = head.at;
    let number = head.number(1, 9)?;
    let digits = u32::try_from(head.at - start).ok()?;
    Some(number * 10_i64.pow(9 - digits))
}

/// `Z`, `+07:00`, ` +0700`, ` UTC`.
fn zone(head: &mut Reader<'_>) -> Option<Offset> {
    let mut after = *head;
    after.spaces();
    for name in [&b"utc"[..], b"gmt", b"z"] {
        let mut named = after;
        let is_end = |byte: u8| !byte.is_ascii_alphanumeric();
        if named.word(name).is_some() && named.peek().is_none_or(is_end) {
            *head = named;
            return Some(Offset::UTC);
        }
    }
    let sign = if after.one_of(b"+-")? == b'-' { -1 } else { 1 };
    let mut short = after;
    let (hours, minutes) = if let Some(number) = after.number(4, 4) {
        (number / 100, number % 100)
    } else {
        let hours = short.number(2, 2)?;
        let minutes = short.one_of(b":").and_then(|_| short.number(2, 2));
        after = short;
        (hours, minutes.unwrap_or(0))
    };
    if hours > 15 || minutes > 59 {
        return None;
    }
    *head = after;
    Offset::from_seconds(i32::try_from(sign * (hours * 3_600 + minutes * 60)).ok()?).ok()
}

/// `FortiGate` states the zone in a field of its own: `tz="+0700"`.
fn zone_field(head: Reader<'_>) -> Option<Offset> {
    let at = memchr::memmem::find(&head.text[head.at..], b"tz=\"")?;
    let mut field = Reader {
        at: head.at + at + 4,
        ..head
    };
    zone(&mut field)
}

fn date(year: i64, month: i64, day: i64) -> Option<Date> {
    let year = i16::try_from(year).ok()?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn time_of_day(hour: i64, minute: i64, second: i64, nanoseconds: i64) -> Option<Time> {
    let small = |number: i64| i8::try_from(number).ok();
    let nanoseconds = i32::try_from(nanoseconds).ok()?;
    Time::new(small(hour)?, small(minute)?, small(second)?, nanoseconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn time(line: &str) -> String {
        time_of(line.as_bytes(), Some(at("2016-08-05T00:00:00Z")))
            .map_or_else(|| "none".to_owned(), |at| at.to_string())
    }

    #[test]
    fn reads_every_form_that_the_logs_of_a_network_use() {
        for (line, expected) in [
            (
                "2016-08-04T01:02:03.123Z host app",
                "2016-08-04T01:02:03.123Z",
            ),
            ("2016-08-04T01:02:03+07:00 host app", "2016-08-03T18:02:03Z"),
            ("2016-08-04 01:02:03,5 INFO", "2016-08-04T01:02:03.5Z"),
            ("2016/08/04 01:02:03 [error] 7#0:", "2016-08-04T01:02:03Z"),
            (
                "{\"level\":\"info\",\"time\":\"2016-08-04T01:02:03Z\"}",
                "2016-08-04T01:02:03Z",
            ),
            (
                "{\"ts\":1470272523.25,\"query\":\"a\"}",
                "2016-08-04T01:02:03.25Z",
            ),
            ("{\"timestamp\": 1470272523250}", "2016-08-04T01:02:03.25Z"),
            ("Aug  4 01:02:03 fw kernel: [123.4]", "2016-08-04T01:02:03Z"),
            ("<34>Aug 4 2016 01:02:03 fw", "2016-08-04T01:02:03Z"),
            ("Dec 31 23:59:59 fw", "2015-12-31T23:59:59Z"),
            ("Feb 29 12:00:00 fw", "2016-02-29T12:00:00Z"),
            (
                "[Thu Aug 04 01:02:03.5 2016] [error]",
                "2016-08-04T01:02:03.5Z",
            ),
            ("Thu Aug  4 01:02:03 UTC 2016", "2016-08-04T01:02:03Z"),
            (
                "Date: Thu, 4 Aug 2016 01:02:03 +0700",
                "2016-08-03T18:02:03Z",
            ),
            (
                "10.0.0.1 - - [04/Aug/2016:01:02:03 +0700] \"GET",
                "2016-08-03T18:02:03Z",
            ),
            (
                "04-Aug-2016 01:02:03.123 queries: info",
                "2016-08-04T01:02:03.123Z",
            ),
            (
                "1470272523.123    142 10.0.0.1 TCP_MISS/200",
                "2016-08-04T01:02:03.123Z",
            ),
            (
                "[1470272523] unbound[1:0] info: 10.0.0.1",
                "2016-08-04T01:02:03Z",
            ),
            (
                "type=SYSCALL msg=audit(1470272523.123:9):",
                "2016-08-04T01:02:03.123Z",
            ),
            (
                "date=2016-08-04 time=01:02:03 devname=x tz=\"+0700\"",
                "2016-08-03T18:02:03Z",
            ),
            ("8/4/2016 1:02:03 AM 0A1C PACKET", "2016-08-04T01:02:03Z"),
            ("04/08/2016 1:02:03 CH 0A1C PACKET", "2016-08-04T13:02:03Z"),
            ("25/07/2016 13:02:03 x", "2016-07-25T13:02:03Z"),
            ("7/25/2016 12:02:03 AM x", "2016-07-25T00:02:03Z"),
            ("20160804T010203Z x", "2016-08-04T01:02:03Z"),
            ("2016-06-30 23:59:60 leap", "2016-06-30T23:59:59Z"),
            ("a,b,2016-08-04,01:02:03,c", "2016-08-04T01:02:03Z"),
            ("\"2016-08-04\",\"01:02:03\"", "2016-08-04T01:02:03Z"),
        ] {
            assert_eq!(time(line), expected, "{line}");
        }
    }

    #[test]
    fn numbers_that_only_look_like_times_are_none() {
        for line in [
            "",
            "1470272523 bytes"[10..].trim(),
            "x 1470272523",
            "2016-13-04 01:02:03",
            "2016-08-04",
            "Aug 4",
            "Mayor 4 01:02:03",
            "Aug 32 01:02:03",
            "10.0.0.1 12:60:00",
            "13/13/2016 01:02:03",
        ] {
            assert_eq!(time(line), "none", "{line}");
        }
    }

    #[test]
    fn nothing_is_guessed_where_the_file_has_no_time() {
        for line in ["Aug  4 01:02:03 fw", "8/4/2016 1:02:03 AM"] {
            assert_eq!(time_of(line.as_bytes(), None), None, "{line}");
        }
        assert!(time_of(b"7/25/2016 1:02:03 AM", None).is_some());
    }
}
