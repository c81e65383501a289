//! Numbers and exact lengths out of bytes that may be too short, without a panic.

use std::io::{self, Read, SeekFrom};

use crate::ReadSeek;

/// Returns the bytes at `at`, if there are that many.
pub(crate) fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// Returns the little-endian number at `at`.
pub(crate) fn le_u16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

/// Returns the little-endian number at `at`.
pub(crate) fn le_u32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// Returns the little-endian number at `at`.
pub(crate) fn le_u64(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

/// Returns the big-endian number at `at`.
pub(crate) fn be_u32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_be_bytes)
}

/// Returns the number that digits of `radix` say, with spaces and NULs around them as old archivers wrote.
pub(crate) fn digits(field: &[u8], radix: u32) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?;
    let text = text.trim_matches([' ', '\0']);
    if text.is_empty() {
        return Some(0);
    }
    if !text.bytes().all(|byte| char::from(byte).is_digit(radix)) {
        return None;
    }
    u64::from_str_radix(text, radix).ok()
}

/// Returns the bytes before the first NUL.
pub(crate) fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// Reads until `buffer` is full or the source is at its end, and returns how many bytes there were.
pub(crate) fn read_full(source: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) => break,
            Ok(count) => filled = filled.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Reads at most `count` bytes at `at`; fewer where the source ends.
pub(crate) fn read_at(source: &mut dyn ReadSeek, at: u64, count: u64) -> io::Result<Vec<u8>> {
    source.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    source.take(count).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A given number of bytes of a source; fewer are an error, so that a cut member is known as cut.
pub(crate) struct Exactly<R> {
    source: R,
    left: u64,
}

impl<R: Read> Exactly<R> {
    /// Takes `count` bytes of `source`.
    pub(crate) const fn new(source: R, count: u64) -> Self {
        Self {
            source,
            left: count,
        }
    }

    /// Returns how many bytes were not read.
    pub(crate) const fn left(&self) -> u64 {
        self.left
    }
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = (buffer.len()).min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if room == 0 {
            return Ok(0);
        }
        let count = self
            .source
            .read(buffer.get_mut(..room).unwrap_or_default())?;
        if count == 0 {
            let detail = format!("{} bytes are missing at its end", self.left);
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, detail));
        }
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

/// Returns the seconds since 1970 of a DOS date and time, which state no zone.
pub(crate) fn dos_time(date: u16, time: u16) -> Option<i64> {
    let (year, month, day) = (1980 + (date >> 9), (date >> 5) & 15, date & 31);
    if !(1..=12).contains(&month) || day == 0 {
        return None;
    }
    let (hour, minute, second) = (time >> 11, (time >> 5) & 63, (time & 31) * 2);
    let days = days_since_1970(i64::from(year), i64::from(month), i64::from(day));
    Some(days * 86_400 + i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second))
}

/// Returns the days from 1970-01-01 to a date of the Gregorian calendar.
pub(crate) const fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // The year begins in March, so that the leap day is its last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Returns the seconds since 1970 of a Windows time, which counts 100 ns since 1601.
pub(crate) fn windows_time(ticks: u64) -> Option<i64> {
    if ticks == 0 {
        return None;
    }
    i64::try_from(ticks / 10_000_000)
        .ok()?
        .checked_sub(11_644_473_600)
}
