//! The number, the subject and the deadline of a letter.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::line::Line;

/// Vietnam keeps one time all year round, seven hours before UTC.
const OFFSET_HOURS: i8 = 7;
/// Words that say that what follows is the last moment.
const UNTIL: &[&str] = &[
    "truoc",
    "cham nhat",
    "han chot",
    "thoi han",
    "han bao cao",
    "han cuoi",
    "den het",
    "no later than",
    "before",
    "deadline",
    "not later than",
    "by",
];

/// A part of a line, in characters, and what it says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fact<T> {
    pub(super) begin: usize,
    pub(super) end: usize,
    pub(super) value: T,
}

/// Finds the number of the letter: `Số: 238/VNCERT-ĐPƯC`.
pub(super) fn number(line: &Line) -> Option<Fact<String>> {
    let plain: String = line.plain.iter().collect();
    let bare = plain.trim_start();
    let lead = plain.chars().count() - bare.chars().count();
    let label = [
        "so:",
        "so :",
        "so ",
        "no.:",
        "no:",
        "no. ",
        "number:",
        "cong van so ",
        "cong van so: ",
    ]
    .into_iter()
    .find(|label| bare.starts_with(label))?;
    let mut begin = lead + label.chars().count();
    while line.chars.get(begin) == Some(&' ') {
        begin += 1;
    }
    let end = line.chars[begin..]
        .iter()
        .position(|c| !(c.is_alphanumeric() || "/-&.".contains(*c)))
        .map_or(line.chars.len(), |length| begin + length);
    let value = line.value(begin, end);
    let value = value.trim_end_matches(['.', '-', '/']).to_owned();
    let (digits, rest) = value.split_once('/')?;
    let is_number = !digits.is_empty()
        && digits.len() <= 8
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(char::is_alphanumeric)
        && rest.chars().any(char::is_alphabetic);
    let end = begin + value.chars().count();
    is_number.then_some(Fact { begin, end, value })
}

/// Finds the subject: `V/v theo dõi, ngăn chặn …`.
pub(super) fn title(line: &Line) -> Option<Fact<String>> {
    let plain: String = line.plain.iter().collect();
    let lead = plain.chars().take_while(|c| c.is_whitespace()).count();
    let bare = plain.trim_start();
    let label = [
        "v/v:",
        "v/v ",
        "ve viec:",
        "ve viec ",
        "subject:",
        "re:",
        "trich yeu:",
    ]
    .into_iter()
    .find(|label| bare.starts_with(label))?;
    let begin = lead + label.chars().count();
    let value = line.value(begin, line.chars.len()).trim().to_owned();
    let begin = begin
        + line.chars[begin..]
            .iter()
            .take_while(|c| c.is_whitespace())
            .count();
    let fits = (10..=300).contains(&value.chars().count());
    fits.then(|| Fact {
        begin,
        end: begin + value.chars().count(),
        value,
    })
}

/// Finds a deadline: a word such as "trước", then a time, then a date.
pub(super) fn deadline(line: &Line) -> Option<Fact<Timestamp>> {
    let text = &line.plain;
    let mut until = false;
    let mut time: Option<(usize, usize, i8, i8)> = None;
    let mut at = 0;
    while at < text.len() {
        let is_start = at == 0 || !text[at - 1].is_alphanumeric();
        if !is_start {
            at += 1;
            continue;
        }
        if UNTIL.iter().any(|words| starts_with_words(text, at, words)) {
            until = true;
        }
        if until && text[at].is_ascii_digit() {
            if let Some((end, hour, minute)) = time_at(text, at) {
                time = Some((at, end, hour, minute));
                at = end;
                continue;
            }
            if let Some((end, year, month, day)) = date_at(text, at) {
                // Without a time the day counts to its end.
                let (begin, hour, minute) = match time {
                    Some((begin, time_end, hour, minute)) if at - time_end < 24 => {
                        (begin, hour, minute)
                    }
                    _ => match time_after(text, end) {
                        Some((hour, minute)) => (at, hour, minute),
                        None => (at, 23, 59),
                    },
                };
                let moment = DateTime::new(year, month, day, hour, minute, 0, 0).ok()?;
                let value = Offset::constant(OFFSET_HOURS).to_timestamp(moment).ok()?;
                return Some(Fact { begin, end, value });
            }
        }
        at += 1;
    }
    None
}

fn starts_with_words(text: &[char], at: usize, words: &str) -> bool {
    let length = words.chars().count();
    text.len() >= at + length
        && text[at..at + length].iter().copied().eq(words.chars())
        && text.get(at + length).is_none_or(|c| !c.is_alphanumeric())
}

/// Reads `16h00`, `16:00`, `16 giờ 00`, `16g00`, `16h`, `16 giờ`.
fn time_at(text: &[char], at: usize) -> Option<(usize, i8, i8)> {
    let (hour, mut end) = number_at(text, at)?;
    let mut mark = end;
    while text.get(mark) == Some(&' ') {
        mark += 1;
    }
    if starts_with_words(text, mark, "gio") {
        end = mark + 3;
    } else if text.get(mark).is_some_and(|c| "hg:".contains(*c)) {
        end = mark + 1;
    } else {
        return None;
    }
    let needs_minutes = text[end - 1] == ':';
    let mut minutes_at = end;
    while text.get(minutes_at) == Some(&' ') {
        minutes_at += 1;
    }
    let minute = number_at(text, minutes_at).filter(|(_, end)| end - minutes_at == 2);
    let (minute, end) = match minute {
        Some((minute, end)) => (minute, end),
        None if needs_minutes => return None,
        None => (0, end),
    };
    let hour = i8::try_from(hour).ok().filter(|hour| *hour < 24)?;
    let minute = i8::try_from(minute).ok().filter(|minute| *minute < 60)?;
    Some((end, hour, minute))
}

/// Reads a time that stands directly behind a date: `5 August 2016, 16:00`.
fn time_after(text: &[char], at: usize) -> Option<(i8, i8)> {
    let begin = (at..text.len().min(at + 12)).find(|index| text[*index].is_ascii_digit())?;
    time_at(text, begin).map(|(_, hour, minute)| (hour, minute))
}

/// Reads `05/8/2016`, `5-8-2016`, `05 tháng 8 năm 2016`, `2016-08-05` or `5 August 2016`.
fn date_at(text: &[char], at: usize) -> Option<(usize, i16, i8, i8)> {
    let (first, end) = number_at(text, at)?;
    let separator = *text.get(end)?;
    if "/-.".contains(separator) {
        let (second, middle) = number_at(text, end + 1)?;
        if text.get(middle) != Some(&separator) {
            return None;
        }
        let (third, end) = number_at(text, middle + 1)?;
        return if first > 31 {
            date(end, first, second, third)
        } else {
            date(end, third, second, first)
        };
    }
    let rest: String = text[end..].iter().take(40).collect();
    let words: Vec<&str> = rest
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .collect();
    let (month, year, last) = match words.as_slice() {
        ["thang", month, "nam", year, ..] => (month.parse().ok()?, digits(year)?, *year),
        [month, year, ..] => (month_named(month)?, digits(year)?, *year),
        _ => return None,
    };
    let behind = rest.find(last)? + digits_length(last);
    let end = end + rest[..behind].chars().count();
    date(end, year, month, first)
}

fn digits(word: &str) -> Option<u32> {
    word[..digits_length(word)].parse().ok()
}

fn digits_length(word: &str) -> usize {
    word.bytes().take_while(u8::is_ascii_digit).count()
}

fn month_named(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let index = MONTHS
        .iter()
        .position(|month| word.len() <= 9 && word.starts_with(month))?;
    u32::try_from(index + 1).ok()
}

fn date(end: usize, year: u32, month: u32, day: u32) -> Option<(usize, i16, i8, i8)> {
    let year = i16::try_from(year)
        .ok()
        .filter(|year| (2000..2100).contains(year))?;
    Some((
        end,
        year,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    ))
}

/// Reads at most four digits.
fn number_at(text: &[char], at: usize) -> Option<(u32, usize)> {
    let length = text
        .get(at..)?
        .iter()
        .take_while(|c| c.is_ascii_digit())
        .count();
    if !(1..=4).contains(&length) {
        return None;
    }
    let digits: String = text[at..at + length].iter().collect();
    Some((digits.parse().ok()?, at + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_deadlines_as_letters_write_them() {
        for text in [
            "Báo cáo về VNCERT trước 16h00 ngày 05/8/2016.",
            "chậm nhất 16 giờ 00 ngày 05 tháng 8 năm 2016",
            "trước 16:00 ngày 5-8-2016",
            "Report by 16:00 on 5 August 2016",
            "deadline: 2016-08-05 16:00",
            "no later than 5 Aug 2016, 16:00",
        ] {
            let found = deadline(&Line::read(text)).map(|fact| fact.value.to_string());
            assert_eq!(found.as_deref(), Some("2016-08-05T09:00:00Z"), "{text}");
        }
        assert_eq!(
            deadline(&Line::read("trước ngày 05/8/2016")).map(|fact| fact.value.to_string()),
            Some("2016-08-05T16:59:00Z".to_owned())
        );
        for text in [
            "ngày 05/8/2016",
            "trước khi 3 ngày",
            "trước 30/2/2016",
            "trước 99h99 ngày 1/1/1",
        ] {
            assert_eq!(deadline(&Line::read(text)), None, "{text}");
        }
    }

    #[test]
    fn reads_number_and_subject() {
        let found =
            number(&Line::read("Số: 238/VNCERT-ĐPƯC   Hà Nội, ngày 03")).map(|fact| fact.value);
        assert_eq!(found.as_deref(), Some("238/VNCERT-ĐPƯC"));
        assert_eq!(number(&Line::read("Số lượng: 3/4")), None);
        let found = title(&Line::read("V/v theo dõi, ngăn chặn mã độc")).map(|fact| fact.value);
        assert_eq!(found.as_deref(), Some("theo dõi, ngăn chặn mã độc"));
    }
}
