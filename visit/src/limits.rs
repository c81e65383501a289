//! What one visit may cost.

use std::time::Duration;

/// Limits on one visit.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a page after decompression, by default 4 MiB.
    pub body_bytes: usize,
    /// Bytes that may come over the wire for it, by default 4 MiB.
    pub wire_bytes: usize,
    /// Redirects that are followed, by default 10, as browsers do about twice as many.
    pub redirects: usize,
    /// Time for one request, from the name to the last byte, by default 20 s.
    pub request_time: Duration,
    /// Time for a whole visit, by default 60 s.
    pub visit_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 4 * 1024 * 1024,
            wire_bytes: 4 * 1024 * 1024,
            redirects: 10,
            request_time: Duration::from_secs(20),
            visit_time: Duration::from_mins(1),
        }
    }
}
