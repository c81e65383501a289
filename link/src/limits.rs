//! What one peer may cost a node.

use std::time::Duration;

/// Bounds of a [`crate::Server`]. The defaults serve a ministry of some thousand hosts on a small machine.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at once; further ones wait in the operating system's queue.
    pub connections_max: usize,
    /// Connections of one peer at once: a poll, an upload, and some that are being given up.
    pub connections_per_peer_max: usize,
    /// Connections without a certificate at once: children that enrol or renew.
    pub strangers_max: usize,
    /// The life of a connection without a certificate.
    pub stranger_timeout: Duration,
    /// Bytes of one upload: the largest document in base64, with room.
    pub body_bytes_max: usize,
    /// Bytes of all uploads that are being read or worked on, together.
    pub bodies_bytes_max: usize,
    /// Bytes of documents in one page of a feed.
    pub page_bytes_max: usize,
    /// Bytes of all pages that are being made or sent, together.
    pub pages_bytes_max: usize,
    /// From the connection to the end of the TLS handshake.
    pub handshake_timeout: Duration,
    /// From the end of one request to the end of the next one's headers.
    pub headers_timeout: Duration,
    /// Between two parts of a body, and for a whole short one; longer ones get more, see `bytes_per_second_min`.
    pub body_timeout: Duration,
    /// For a peer to take a short answer; longer ones get more, see `bytes_per_second_min`.
    pub write_timeout: Duration,
    /// The slowest line that is put up with, either way.
    pub bytes_per_second_min: usize,
    /// The longest that a poll waits, whatever the child asks for.
    pub poll_wait_max: Duration,
    /// How long requests that are being answered may take once the server stops.
    pub stop_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        const MEBIBYTE: usize = 1024 * 1024;
        Self {
            connections_max: 8192,
            connections_per_peer_max: 8,
            strangers_max: 128,
            stranger_timeout: Duration::from_mins(1),
            body_bytes_max: 128 * MEBIBYTE,
            bodies_bytes_max: 256 * MEBIBYTE,
            page_bytes_max: 4 * MEBIBYTE,
            pages_bytes_max: 512 * MEBIBYTE,
            handshake_timeout: Duration::from_secs(10),
            headers_timeout: Duration::from_mins(1),
            body_timeout: Duration::from_secs(20),
            write_timeout: Duration::from_secs(30),
            bytes_per_second_min: 16 * 1024,
            poll_wait_max: Duration::from_secs(55),
            stop_timeout: Duration::from_secs(10),
        }
    }
}
