//! The inventory as a whole: against a model, with every byte damaged, killed, full, and with files that lie.

mod damage;
mod files;
mod killing;
mod limits;
mod maintaining;
mod model;
mod records;
mod sharing;

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use testkit::TestClock;

use super::{
    Facts, FileIdentity, FilePath, FileTimes, Inventory, InventoryOptions, KnownDigests, Reading,
    Recording, Walk,
};

/// A place for an inventory, and a clock.
struct Scene {
    folder: TempDir,
    clock: TestClock,
    options: InventoryOptions,
    settled_at: i64,
}

impl Scene {
    fn new() -> Self {
        Self::in_folder(tempfile::tempdir().unwrap())
    }

    fn in_folder(folder: TempDir) -> Self {
        let options = InventoryOptions::new(folder.path().join("inventory"));
        let clock = TestClock::default();
        let day_before = now(&clock) - SignedDuration::from_hours(24);
        Self {
            folder,
            clock,
            options,
            settled_at: day_before.as_second(),
        }
    }

    /// Rewrites the base whenever there is anything to write.
    fn rewriting_always(mut self) -> Self {
        self.options.journal_bytes_left = Some(0);
        self
    }

    fn open(&self) -> Inventory {
        let inventory = Inventory::open(&self.options, &self.clock).unwrap();
        assert_eq!(inventory.recording(), &Recording::On);
        inventory
    }

    fn finish(&self, inventory: Inventory) -> super::Summary {
        inventory.finish(&Walk::Partial, &self.clock)
    }

    fn path(&self) -> &Path {
        &self.options.folder
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.path().join(name)
    }

    /// A state that a file has been in for long, whatever the clock shows by now.
    fn settled(&self, inode: u64) -> FileIdentity {
        let time = (self.settled_at, 5);
        FileIdentity {
            device: (8, 1),
            inode,
            size_bytes: 1_000 + inode,
            modified: time,
            changed: time,
        }
    }

    fn reading<'a>(&self, path: &'a [u8], file: FileIdentity) -> Reading<'a> {
        Reading {
            path: FilePath::split(path),
            file,
            began_at: now(&self.clock),
            times: FileTimes::Kept,
        }
    }

    fn find(&self, path: &[u8], file: &FileIdentity) -> Option<Facts> {
        let inventory = Inventory::open(&self.options, &self.clock).unwrap();
        inventory.finder().find(FilePath::split(path), file)
    }

    fn advance_seconds(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }
}

fn now(clock: &TestClock) -> Timestamp {
    use domain::Clock;
    clock.now()
}

/// Facts that tell one file from another.
fn facts(number: u64) -> Facts {
    let mut md5 = [0xa5; 16];
    md5[..8].copy_from_slice(&number.to_le_bytes());
    Facts {
        digests: KnownDigests {
            md5: Some(md5),
            ..KnownDigests::default()
        },
        ..Facts::default()
    }
}
