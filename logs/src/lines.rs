//! Which line a place is on, where that begins, and the time that it states. Lines may be of any length: only the first
//! bytes of one that began before the buffer are kept.

use jiff::Timestamp;

use crate::times::{HEAD_MAX, time_of};

/// Counts lines along a text that goes through a buffer.
#[derive(Debug, Default)]
pub struct Lines {
    written_at: Option<Timestamp>,
    /// Line breaks before `counted_to`.
    break_count: u64,
    /// Up to where in the text line breaks are counted.
    counted_to: u64,
    /// Where the line begins that `counted_to` is on.
    start: u64,
    /// The first bytes of that line, kept when the buffer no longer has them.
    head: Option<Vec<u8>>,
    /// The time of the line that begins there.
    time: Option<(u64, Option<Timestamp>)>,
}

/// The line of one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: u64,
    /// Where it begins in the buffer; 0 where it began before that.
    pub start: usize,
    /// Whether it began before the buffer.
    pub is_cut: bool,
}

impl Lines {
    /// Begins a text.
    pub fn new(written_at: Option<Timestamp>) -> Self {
        Self {
            written_at,
            ..Self::default()
        }
    }

    /// Returns the line of the place `at` in a buffer that begins at `base`. Places must not go back.
    pub fn line_at(&mut self, buffer: &[u8], at: usize, base: u64) -> Line {
        self.count_to(buffer, at, base);
        Line {
            number: self.break_count + 1,
            start: place(self.start, base),
            is_cut: self.start < base,
        }
    }

    /// Returns the time of the line that was last asked for.
    pub fn time_of(&mut self, buffer: &[u8], line: &Line, base: u64) -> Option<Timestamp> {
        match self.time {
            Some((start, time)) if start == self.start => return time,
            _ => {}
        }
        let time = match &self.head {
            Some(head) => time_of(head, self.written_at),
            None => time_of(head_of(buffer, line.start), self.written_at),
        };
        debug_assert!(
            line.start == place(self.start, base),
            "the line that was last asked for"
        );
        self.time = Some((self.start, time));
        time
    }

    /// Takes notice that the buffer will begin `dropped` bytes later, after everything up to `searched` was asked for.
    pub fn leave(&mut self, buffer: &[u8], searched: usize, dropped: usize, base: u64) {
        self.count_to(buffer, searched, base);
        let is_going = self.start < base + dropped as u64;
        if is_going && self.head.is_none() {
            self.head = Some(head_of(buffer, place(self.start, base)).to_vec());
        }
    }

    /// Counts the lines of a text that ends with this buffer; what follows the last line break is one if it is not empty.
    pub fn count(&mut self, buffer: &[u8], base: u64) -> u64 {
        self.count_to(buffer, buffer.len(), base);
        self.break_count + u64::from(self.start < self.counted_to)
    }

    fn count_to(&mut self, buffer: &[u8], at: usize, base: u64) {
        let from = place(self.counted_to, base);
        if at <= from {
            return;
        }
        let part = &buffer[from..at];
        if let Some(last) = memchr::memrchr(b'\n', part) {
            self.break_count += memchr::memchr_iter(b'\n', &part[..=last]).count() as u64;
            self.start = base + (from + last + 1) as u64;
            self.head = None;
        }
        self.counted_to = base + at as u64;
    }
}

/// Returns where in the buffer a place of the text is.
fn place(at: u64, base: u64) -> usize {
    usize::try_from(at.saturating_sub(base)).unwrap_or(usize::MAX)
}

fn head_of(buffer: &[u8], start: usize) -> &[u8] {
    let rest = buffer.get(start..).unwrap_or_default();
    let head = &rest[..rest.len().min(HEAD_MAX)];
    let end = memchr::memchr(b'\n', head).unwrap_or(head.len());
    &head[..end]
}
