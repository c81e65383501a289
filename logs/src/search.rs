//! Patterns made once, searches run over any number of files.

use jiff::Timestamp;

use crate::outcome::LogOutcome;
use crate::sought::Sought;

/// Everything sought, made ready for searching. Made once for an alert and shared by all threads.
#[derive(Debug)]
pub struct LogPatterns {
    unsearchable: Vec<usize>,
}

impl LogPatterns {
    /// Makes the patterns ready.
    pub fn new(sought: &[Sought]) -> Self {
        let _ = sought;
        Self {
            unsearchable: Vec::new(),
        }
    }

    /// Makes a search, which can be used for one file after the other.
    pub fn search(&self) -> LogSearch<'_> {
        LogSearch { patterns: self }
    }

    /// Tells whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        true
    }

    /// Returns the ids that cannot be looked for: URLs without a host.
    pub fn unsearchable(&self) -> &[usize] {
        &self.unsearchable
    }
}

/// The search of one file at a time, with its buffers (about 300 KB, whatever comes).
#[derive(Debug)]
pub struct LogSearch<'a> {
    patterns: &'a LogPatterns,
}

impl LogSearch<'_> {
    /// Begins a new file. `written_at` is when it was last written: a time without a year is the latest that is not a
    /// day later; where it is not known, lines without a year have no time.
    pub fn start(&mut self, written_at: Option<Timestamp>) {
        let _ = (written_at, self.patterns);
    }

    /// Takes the next bytes, as many or few as there are.
    pub fn push(&mut self, chunk: &[u8]) {
        let _ = chunk;
    }

    /// Ends the file and returns what was found in it.
    pub fn finish(&mut self) -> LogOutcome {
        LogOutcome::default()
    }
}
