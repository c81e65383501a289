//! The search of a stream: a buffer of fixed size, refilled at fixed places, so that any chunking gives the same result.

use jiff::Timestamp;

use crate::examining::{Examined, Examiner, Hit};
use crate::hosts::Host;
use crate::lines::Lines;
use crate::outcome::LogOutcome;
use crate::patterns::LogPatterns;
use crate::tally::Tally;
use crate::utf16::{Encoding, Utf16Decoder, utf16_length};

/// What is kept before the place where the search stands: longer than anything sought in any notation.
const BEHIND: usize = 4 * 1024;
/// What is read beyond that place: as long, and long enough for a line's time and excerpt.
const AHEAD: usize = 8 * 1024;
/// What is searched at once: buffer and table of bits together stay in the second level of the cache.
const BLOCK: usize = 128 * 1024;
/// How much UTF-16 is decoded at once.
const DECODED_AT_ONCE: usize = 4 * 1024;

/// The search of one file at a time, in about 150 KB beside the matches, whatever comes.
#[derive(Debug)]
pub struct LogSearch<'a> {
    patterns: &'a LogPatterns,
    /// `BEHIND`, then what is searched, then `AHEAD`; filled from the front.
    buffer: Vec<u8>,
    /// How much of it is filled.
    filled: usize,
    /// Where the search stands.
    searched: usize,
    /// Where the buffer begins in the text.
    base: u64,
    examined: Examined,
    host: Host,
    hits: Vec<Hit>,
    lines: Lines,
    tally: Tally,
    input: Input,
}

/// The file's bytes, before they are text.
#[derive(Debug)]
struct Input {
    byte_count: u64,
    /// The first two bytes, until there are two.
    first: Vec<u8>,
    decoder: Option<Utf16Decoder>,
    /// Where the buffer begins in the file, where the text is decoded.
    base: u64,
}

impl<'a> LogSearch<'a> {
    pub(crate) fn new(patterns: &'a LogPatterns) -> Self {
        let mut search = Self {
            patterns,
            buffer: vec![0; BEHIND + BLOCK + AHEAD],
            filled: 0,
            searched: 0,
            base: 0,
            examined: Examined::default(),
            host: Host::default(),
            hits: Vec::new(),
            lines: Lines::default(),
            tally: Tally::default(),
            input: Input::new(),
        };
        search.start(None);
        search
    }

    /// Begins a new file. `written_at` is when it was last written: a time without a year is the latest that is not a
    /// day later; where it is not known, lines without a year have no time.
    pub fn start(&mut self, written_at: Option<Timestamp>) {
        self.filled = 0;
        self.searched = 0;
        self.base = 0;
        self.examined = Examined::default();
        self.lines = Lines::new(written_at);
        self.tally = Tally::default();
        self.input = Input::new();
    }

    /// Takes the next bytes, as many or few as there are.
    pub fn push(&mut self, chunk: &[u8]) {
        self.input.byte_count += chunk.len() as u64;
        let mut rest = chunk;
        while self.input.first.len() < 2 {
            let Some((&byte, after)) = rest.split_first() else {
                return;
            };
            self.input.first.push(byte);
            rest = after;
            if let [first, second] = self.input.first[..] {
                self.begin([first, second]);
            }
        }
        self.push_encoded(rest);
    }

    /// Ends the file and returns what was found in it.
    pub fn finish(&mut self) -> LogOutcome {
        if let [only] = self.input.first[..] {
            self.push_text(&[only]);
        }
        if let Some(mut decoder) = self.input.decoder.take() {
            let mut text = Vec::new();
            decoder.finish(&mut text);
            self.push_text(&text);
            self.input.decoder = Some(decoder);
        }
        self.search_to(self.filled);
        let mut outcome = std::mem::take(&mut self.tally).into_outcome();
        outcome.line_count = self.lines.count(&self.buffer[..self.filled], self.base);
        outcome.byte_count = self.input.byte_count;
        outcome
    }

    /// Decides by the first two bytes how the text is encoded.
    fn begin(&mut self, first: [u8; 2]) {
        match Encoding::of(first) {
            Encoding::Bytes => self.push_text(&first),
            encoding => {
                self.input.decoder = Some(Utf16Decoder::new(encoding));
                self.input.base = 2;
            }
        }
    }

    fn push_encoded(&mut self, bytes: &[u8]) {
        let Some(mut decoder) = self.input.decoder.take() else {
            return self.push_text(bytes);
        };
        let mut text = Vec::new();
        for piece in bytes.chunks(DECODED_AT_ONCE) {
            text.clear();
            decoder.decode(piece, &mut text);
            self.push_text(&text);
        }
        self.input.decoder = Some(decoder);
    }

    fn push_text(&mut self, text: &[u8]) {
        let mut rest = text;
        while !rest.is_empty() {
            let room = self.buffer.len() - self.filled;
            let (now, later) = rest.split_at(rest.len().min(room));
            self.buffer[self.filled..self.filled + now.len()].copy_from_slice(now);
            self.filled += now.len();
            rest = later;
            if self.filled == self.buffer.len() {
                self.search_to(self.filled - AHEAD);
                self.drop_searched();
            }
        }
    }

    /// Searches from where the search stands up to `end`.
    fn search_to(&mut self, end: usize) {
        let text = &self.buffer[..self.filled];
        self.hits.clear();
        let mut examiner = Examiner {
            patterns: self.patterns,
            text,
            examined: self.examined,
            host: &mut self.host,
            hits: &mut self.hits,
        };
        let filter = &self.patterns.filter;
        let part = self.searched..end;
        filter.find(text, part, |at, kinds| examiner.examine(at, kinds));
        let mut furthest = examiner.examined;
        for short in &self.patterns.short {
            examiner.examined = self.examined;
            short.find(text, self.searched, end, |at| {
                examiner.examine(at, short.kind);
            });
            furthest = furthest.max(examiner.examined);
        }
        self.examined = furthest;
        self.record_hits();
        self.searched = end;
    }

    fn record_hits(&mut self) {
        self.hits.sort_unstable();
        self.hits.dedup();
        let text = &self.buffer[..self.filled];
        let mut counted = 0;
        let mut offset = self.input.base;
        for hit in self.hits.drain(..) {
            let line = self
                .lines
                .line_at(text, hit.start.max(self.searched), self.base);
            let at = self.lines.time_of(text, &line, self.base);
            let offset = if self.input.decoder.is_none() {
                self.base + hit.start as u64
            } else {
                offset += utf16_length(&text[counted..hit.start]);
                counted = hit.start;
                offset
            };
            self.tally.record(hit, &line, at, offset, text);
        }
        self.tally.keep_last(text);
    }

    /// Makes room: what is searched is dropped but for the last bytes.
    fn drop_searched(&mut self) {
        let dropped = self.searched - BEHIND;
        let text = &self.buffer[..self.filled];
        self.lines.leave(text, self.searched, dropped, self.base);
        if self.input.decoder.is_some() {
            self.input.base += utf16_length(&text[..dropped]);
        }
        self.buffer.copy_within(dropped..self.filled, 0);
        self.filled -= dropped;
        self.searched -= dropped;
        self.base += dropped as u64;
        self.examined = self.examined.moved(dropped);
    }
}

impl Input {
    fn new() -> Self {
        Self {
            byte_count: 0,
            first: Vec::new(),
            decoder: None,
            base: 0,
        }
    }
}
