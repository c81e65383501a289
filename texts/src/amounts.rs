//! Instants, spans, sizes and counts as people write them.

use domain::Language;
use jiff::Timestamp;
use jiff::tz::Offset;

use crate::catalogue::Texts;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Returns the instant on Vietnam's clock: `16:00 05/8/2016` or `5 Aug 2016 16:00 (UTC+7)`.
pub fn when(at: Timestamp, language: Language) -> String {
    // One zone for everybody, without daylight saving since 1975: no time zone database is needed.
    let local = Offset::constant(7).to_datetime(at);
    let (year, month, day) = (local.year(), local.month(), local.day());
    let (hour, minute) = (local.hour(), local.minute());
    match language {
        Language::En => {
            let name = usize::try_from(month - 1)
                .ok()
                .and_then(|index| MONTHS.get(index))
                .unwrap_or(&"?");
            format!("{day} {name} {year} {hour:02}:{minute:02} (UTC+7)")
        }
        // As Vietnamese administrative writing has it (Decree 30/2020): January and February with a zero.
        Language::Vi if month < 3 => format!("{hour:02}:{minute:02} {day:02}/{month:02}/{year}"),
        Language::Vi => format!("{hour:02}:{minute:02} {day:02}/{month}/{year}"),
    }
}

/// Returns how long before `now` something was: `3 minutes ago`, `3 phút trước`.
pub fn ago(at: Timestamp, now: Timestamp, language: Language) -> String {
    let seconds = now.as_second().saturating_sub(at.as_second()).max(0);
    let texts = Texts::of(language);
    if seconds < 5 {
        return texts.text("amount-just-now");
    }
    let (span, _) = units(seconds.unsigned_abs(), language);
    texts.text_with("amount-ago", &[("span", span.into())])
}

/// Returns how much time there is until `deadline_at`, or for how long it has passed.
pub fn left(deadline_at: Timestamp, now: Timestamp, language: Language) -> String {
    let seconds = deadline_at.as_second().saturating_sub(now.as_second());
    let key = if seconds >= 0 {
        "amount-left"
    } else {
        "amount-overdue"
    };
    Texts::of(language).text_with(
        key,
        &[("span", span(seconds.unsigned_abs(), language).into())],
    )
}

/// Returns a span in its two largest units: `2 hours 5 minutes`, `2 giờ 5 phút`.
fn span(seconds: u64, language: Language) -> String {
    match units(seconds, language) {
        (large, Some(small)) => format!("{large} {small}"),
        (large, None) => large,
    }
}

/// Returns a span's largest unit, and what is left over in the next one.
fn units(seconds: u64, language: Language) -> (String, Option<String>) {
    let texts = Texts::of(language);
    let unit = |key: &str, count: u64| texts.text_with(key, &[("count", count.into())]);
    let rest = |key: &str, count: u64| (count > 0).then(|| unit(key, count));
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    if days > 0 {
        (unit("amount-days", days), rest("amount-hours", hours % 24))
    } else if hours > 0 {
        (
            unit("amount-hours", hours),
            rest("amount-minutes", minutes % 60),
        )
    } else if minutes > 0 {
        (unit("amount-minutes", minutes), None)
    } else {
        (unit("amount-seconds", seconds), None)
    }
}

/// Returns a size as Windows shows it, in units of 1,024: `137.28 KB`, `137,28 KB`.
pub fn byte_size(bytes: u64, language: Language) -> String {
    const UNITS: [&str; 6] = ["KB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1024 {
        return Texts::of(language).text_with("amount-bytes", &[("count", bytes.into())]);
    }
    let mut hundredths = u128::from(bytes) * 100;
    let mut unit = "";
    for name in UNITS {
        unit = name;
        // Rounded half up at each step would add up: round once, at the last.
        if hundredths < 1024 * 1024 * 100 {
            hundredths = (hundredths + 512) / 1024;
            break;
        }
        hundredths /= 1024;
    }
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    let point = match language {
        Language::En => '.',
        Language::Vi => ',',
    };
    let whole = group_digits(&whole.to_string(), language);
    format!("{whole}{point}{rest:02} {unit}")
}

/// Returns a number with thousands separators: `410,000`, `410.000`.
pub fn count(number: u64, language: Language) -> String {
    group_digits(&number.to_string(), language)
}

pub(crate) fn group_digits(digits: &str, language: Language) -> String {
    let separator = match language {
        Language::En => ',',
        Language::Vi => '.',
    };
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(separator);
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("valid")
    }

    #[test]
    fn writes_the_deadline_of_the_dispatch_as_the_dispatch_does() {
        let deadline = at("2016-08-05T09:00:00Z");
        assert_eq!(when(deadline, Language::Vi), "16:00 05/8/2016");
        assert_eq!(when(deadline, Language::En), "5 Aug 2016 16:00 (UTC+7)");
        assert_eq!(
            when(at("2017-01-31T17:05:00Z"), Language::Vi),
            "00:05 01/02/2017"
        );
    }

    #[test]
    fn writes_sizes_as_the_dispatch_does() {
        assert_eq!(byte_size(140_576, Language::En), "137.28 KB");
        assert_eq!(byte_size(140_576, Language::Vi), "137,28 KB");
        assert_eq!(byte_size(3584, Language::En), "3.50 KB");
        assert_eq!(byte_size(1, Language::En), "1 byte");
        assert_eq!(byte_size(1023, Language::En), "1,023 bytes");
        assert_eq!(byte_size(1_572_864, Language::Vi), "1,50 MB");
        assert_eq!(byte_size(u64::MAX, Language::En), "16.00 EB");
    }

    #[test]
    fn groups_digits_by_three() {
        assert_eq!(count(0, Language::En), "0");
        assert_eq!(count(999, Language::En), "999");
        assert_eq!(count(410_000, Language::Vi), "410.000");
        assert_eq!(count(1_234_567, Language::En), "1,234,567");
    }

    #[test]
    fn tells_time_left_and_time_past_apart() {
        let deadline = at("2016-08-05T09:00:00Z");
        assert_eq!(
            left(deadline, at("2016-08-05T06:55:00Z"), Language::En),
            "2 hours 5 minutes left"
        );
        assert_eq!(
            left(deadline, at("2016-08-06T09:00:00Z"), Language::Vi),
            "quá hạn 1 ngày"
        );
        assert_eq!(
            ago(deadline, at("2016-08-05T09:03:10Z"), Language::En),
            "3 minutes ago"
        );
        // A clock that is behind shows no negative time.
        assert_eq!(
            ago(deadline, at("2016-08-05T08:00:00Z"), Language::En),
            "just now"
        );
    }
}
