//! What one page may cost. A page that is larger is read up to there and says so.

use std::time::Duration;

/// Limits on one page.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of markup that are read, by default 4 MiB: no page for people is larger.
    pub markup_bytes: usize,
    /// Elements and texts, by default 200,000.
    pub nodes: usize,
    /// Elements inside each other, by default 512: browsers flatten what is deeper.
    pub depth: usize,
    /// Bytes of text that are kept, by default 512 KiB.
    pub text_bytes: usize,
    /// Addresses, scripts and hidden places, each by default 20,000.
    pub entries: usize,
    /// Time, by default 2 s: a page of the largest size needs a tenth of it.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            markup_bytes: 4 * 1024 * 1024,
            nodes: 200_000,
            depth: 512,
            text_bytes: 512 * 1024,
            entries: 20_000,
            time: Duration::from_secs(2),
        }
    }
}
