//! What one opening of a page may cost.

use std::time::Duration;

/// Limits on one opening.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Time from the start of the browser until the page has begun to come, by default 15 s: machines that are busy take some seconds.
    pub start_time: Duration,
    /// Time from then until the page is taken as it is, by default 15 s.
    pub time: Duration,
    /// Time for taking it: text and picture, by default 6 s. A page whose scripts never rest needs some.
    pub taking_time: Duration,
    /// How long a loaded page is waited for at least, by default 2 s: scripts send visitors elsewhere after a moment.
    pub linger: Duration,
    /// How long nothing may have been asked for until a page counts as complete, by default 500 ms.
    pub quiet: Duration,
    /// Bytes that the proxy passes on for it in both directions, by default 32 MiB.
    pub network_bytes: u64,
    /// Connections that the proxy makes for it, by default 600: pages of news load from some hundred.
    pub connections: usize,
    /// Requests that are told, by default 1,000.
    pub requests: usize,
    /// Bytes of memory of all its processes, by default 1.5 GiB. The file system's and the program's own pages do not count.
    pub memory_bytes: u64,
    /// Bytes of its files on disk, by default 512 MiB: a page may store what it likes until then.
    pub disk_bytes: u64,
    /// Its processes, by default 48.
    pub processes: usize,
    /// Characters of the page's text with its markup, by default 2 million.
    pub markup_chars: usize,
    /// Bytes of the picture, by default 16 MiB.
    pub picture_bytes: usize,
    /// Width and height of the window in pixels, by default 1,280 by 1,920: a desktop's width, and as much of the page as two screens.
    pub window: (u32, u32),
    /// Browsers that run beside each other, by default 2.
    pub beside: usize,
    /// Openings of pages of one host within an hour, by default 30.
    pub openings_an_hour: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            start_time: Duration::from_secs(15),
            time: Duration::from_secs(15),
            taking_time: Duration::from_secs(6),
            linger: Duration::from_secs(2),
            quiet: Duration::from_millis(500),
            network_bytes: 32 * 1024 * 1024,
            connections: 600,
            requests: 1_000,
            memory_bytes: 1_536 * 1024 * 1024,
            disk_bytes: 512 * 1024 * 1024,
            processes: 48,
            markup_chars: 2_000_000,
            picture_bytes: 16 * 1024 * 1024,
            window: (1_280, 1_920),
            beside: 2,
            openings_an_hour: 30,
        }
    }
}
