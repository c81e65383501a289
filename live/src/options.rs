//! What to look at, and what it may cost.

use std::path::PathBuf;
use std::time::Duration;

/// Where the system is and the limits of reading it. The defaults suit a whole host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveOptions {
    /// The root of the system. Processes and connections are read from `proc` below it.
    pub root: PathBuf,
    /// Processes whose memory is left out beside this program's own: it holds what is sought because it seeks it.
    pub left_out_pids: Vec<u32>,
    /// Bytes of one region that are read: 1 GiB. No loader needs more, and a database's cache must not take the day.
    pub region_bytes_max: u64,
    /// Bytes of one process that are read: 8 GiB.
    pub process_bytes_max: u64,
    /// Bytes of memory handed out at once: 8 MiB. While one window is examined, the next is read.
    pub window_bytes: usize,
    /// Bytes that a window of a region has in common with the one before it: 64 KiB. No match up to this length is
    /// lost at a border between two windows.
    pub overlap_bytes: usize,
    /// How long one look may take: 5 seconds. A process can make the kernel wait for it, and then the look is given up.
    pub patience: Duration,
    /// Processes listed: 100,000.
    pub process_count_max: usize,
    /// Regions of one process: 262,144. The kernel's own default limit is 65,530.
    pub region_count_max: usize,
    /// Open files of one process: 262,144. The usual limit is 1,024 to 1,048,576.
    pub open_file_count_max: usize,
    /// Connections of the host: 1,000,000.
    pub connection_count_max: usize,
    /// Persistence points of the host: 100,000.
    pub point_count_max: usize,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            root: PathBuf::from("/"),
            left_out_pids: Vec::new(),
            region_bytes_max: 1 << 30,
            process_bytes_max: 8 << 30,
            window_bytes: 8 << 20,
            overlap_bytes: 64 << 10,
            patience: Duration::from_secs(5),
            process_count_max: 100_000,
            region_count_max: 262_144,
            open_file_count_max: 262_144,
            connection_count_max: 1_000_000,
            point_count_max: 100_000,
        }
    }
}
