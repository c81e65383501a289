//! When what is known of a file may be believed: only while its identity, size and both its times are the same, and
//! only if those times could not have stayed the same through a change.

use std::fs::File;
use std::io;

use jiff::Timestamp;

use crate::platform::{self, Stat, Time};

/// A change within one tick of a file system's clock leaves the times as they were. The coarsest tick in use is the two
/// seconds of FAT: what was read sooner after a change than that is not kept.
const RACY: i128 = 2_000_000_000;
/// Through a shared mapping a page that waits to be written can change without changing the times; Linux writes it
/// after 35 seconds by default. What was read sooner than this after a change is believed for [`FOR_NOW_SECONDS`] only.
const SETTLED: i128 = 60_000_000_000;
/// Long enough to go on with a sweep that was killed, and no longer.
const FOR_NOW_SECONDS: i64 = 600;

/// What tells one state of one file from every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileIdentity {
    /// Major and minor number of the device.
    pub device: (u32, u32),
    /// Its number there.
    pub inode: u64,
    /// Its size.
    pub size_bytes: u64,
    /// When its content was last changed, in seconds and nanoseconds since 1970; anybody can set it.
    pub modified: (i64, u32),
    /// When anything about it was last changed; only the system sets it.
    pub changed: (i64, u32),
}

/// Whether the file system keeps the times of files as an ordinary one does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileTimes {
    /// A change that is written to the file shows in its times.
    Kept,
    /// A file in memory can change through a mapping without a trace, and a file system of a user's own program says
    /// what it likes. What is known of such a file is believed for ten minutes only.
    Unsure,
}

/// How long a record may be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// For ten minutes.
    ForNow,
    /// While the file is the same.
    Lasting,
}

impl From<&Stat> for FileIdentity {
    fn from(stat: &Stat) -> Self {
        Self {
            device: stat.device,
            inode: stat.inode,
            size_bytes: stat.size_bytes,
            modified: stat.modified,
            changed: stat.changed,
        }
    }
}

impl FileTimes {
    /// Asks the system about the file system that an open file is on.
    pub fn of(file: &File) -> io::Result<Self> {
        Ok(if platform::keeps_times(file)? {
            Self::Kept
        } else {
            Self::Unsure
        })
    }
}

impl Trust {
    /// Decides about a file in this state whose reading began at this instant; nothing where it must not be kept.
    pub(super) fn of(file: &FileIdentity, began_at: Timestamp, times: FileTimes) -> Option<Self> {
        let newest = nanoseconds(file.modified).max(nanoseconds(file.changed));
        let age = began_at.as_nanosecond() - newest;
        match times {
            _ if age < RACY => None,
            FileTimes::Kept if age >= SETTLED => Some(Self::Lasting),
            FileTimes::Kept | FileTimes::Unsure => Some(Self::ForNow),
        }
    }

    /// Tells whether a record of a file that was read at `read_at` is believed now. One from the future is not: the
    /// clock was moved, and nothing that compared with it means anything.
    pub(super) fn holds(self, read_at: i64, now: i64) -> bool {
        let age = now.saturating_sub(read_at);
        match self {
            Self::Lasting => age >= 0,
            Self::ForNow => (0..=FOR_NOW_SECONDS).contains(&age),
        }
    }
}

fn nanoseconds((seconds, nanoseconds): Time) -> i128 {
    i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(modified: i64, changed: i64) -> FileIdentity {
        FileIdentity {
            device: (8, 1),
            inode: 2,
            size_bytes: 3,
            modified: (modified, 0),
            changed: (changed, 0),
        }
    }

    fn trust(modified: i64, changed: i64, times: FileTimes) -> Option<Trust> {
        let began_at = Timestamp::from_second(10_000).unwrap();
        Trust::of(&file(modified, changed), began_at, times)
    }

    #[test]
    fn keeps_nothing_that_was_read_within_a_tick_of_its_last_change() {
        for times in [FileTimes::Kept, FileTimes::Unsure] {
            assert_eq!(trust(0, 9_999, times), None);
            assert_eq!(
                trust(9_999, 0, times),
                None,
                "a time that was set counts too"
            );
            assert_eq!(trust(0, 10_001, times), None, "a change in the future");
            assert_eq!(trust(i64::MAX, 0, times), None);
        }
        assert_eq!(trust(0, 9_998, FileTimes::Kept), Some(Trust::ForNow));
    }

    #[test]
    fn believes_for_ever_only_what_had_settled_where_times_are_kept() {
        assert_eq!(trust(0, 9_940, FileTimes::Kept), Some(Trust::Lasting));
        assert_eq!(trust(0, 9_941, FileTimes::Kept), Some(Trust::ForNow));
        assert_eq!(trust(0, 0, FileTimes::Unsure), Some(Trust::ForNow));
        assert_eq!(
            trust(i64::MIN, i64::MIN, FileTimes::Kept),
            Some(Trust::Lasting)
        );
    }

    #[test]
    fn believes_nothing_that_was_read_in_the_future() {
        assert!(Trust::Lasting.holds(100, 100) && Trust::Lasting.holds(100, i64::MAX));
        assert!(!Trust::Lasting.holds(101, 100) && !Trust::ForNow.holds(101, 100));
        assert!(Trust::ForNow.holds(100, 700) && !Trust::ForNow.holds(100, 701));
        assert!(!Trust::ForNow.holds(i64::MIN, i64::MAX));
    }
}
