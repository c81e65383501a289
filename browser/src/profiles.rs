//! The folder that one browser writes into. It goes with the browser; where the watch was killed before, the next one removes it.
//!
//! Whoever made a folder holds a lock on it as long as it is in use, and the kernel lets the lock go with the process. Neither
//! numbers of processes nor names, which a browser could change, decide whether somebody lives.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FlockOperation, Mode, OFlags, flock, openat};
use tempfile::TempDir;

use crate::platform::user_of_browsers;

/// How the names of these folders begin.
const PREFIX: &str = "tocsin-browser-";
/// Folders that are removed at a time.
const CLEARED_MAX: usize = 100;
/// Entries of the folder for what is temporary that are looked at.
const ENTRIES_SEEN: usize = 100_000;
/// Seconds for which a folder is left alone that nobody has locked: it may have been made a moment ago.
const YOUNG_SECONDS: i64 = 60;

/// A folder in use.
pub(crate) struct Profile {
    folder: TempDir,
    lock: File,
}

impl Profile {
    /// Makes one for browsers that run as `user`, or as we do.
    pub(crate) fn make(inside: &Path, user: Option<u32>) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(inside)?;
        let lock = open(folder.path())?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        if let Some(user) = user {
            std::os::unix::fs::fchown(&lock, Some(user), Some(user))?;
        }
        Ok(Self { folder, lock })
    }

    /// Returns where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes folders that nobody uses any more. What cannot be removed stays.
pub(crate) fn clear_left_behind(inside: &Path) {
    // A folder made now says what time it is for this file system.
    let made = Profile::make(inside, None).and_then(|made| made.lock.metadata());
    if let Ok(made) = made {
        remove_old(inside, made.ctime());
    }
}

fn remove_old(inside: &Path, now: i64) {
    let users = [rustix::process::getuid().as_raw(), user_of_browsers()];
    let is_named = |entry: &fs_err::DirEntry| {
        let name = entry.file_name();
        name.as_encoded_bytes().starts_with(PREFIX.as_bytes())
    };
    let entries = fs_err::read_dir(inside).into_iter().flatten();
    let named = entries.take(ENTRIES_SEEN).filter_map(Result::ok);
    let named: Vec<PathBuf> = named.filter(is_named).map(|entry| entry.path()).collect();
    let mut count = 0;
    for path in named {
        let Some(_locked) = left_behind(&path, users, now) else {
            continue;
        };
        // Links in it are removed, not followed; so is one that took its place.
        let _ = fs_err::remove_dir_all(path);
        count += 1;
        if count == CLEARED_MAX {
            return;
        }
    }
}

/// Returns a folder of ours that nobody holds and that is not new. It is locked as long as that value lives.
fn left_behind(path: &Path, users: [u32; 2], now: i64) -> Option<File> {
    let folder = open(path).ok()?;
    let about = folder.metadata().ok()?;
    let is_ours = about.is_dir() && users.contains(&about.uid());
    let is_young = about.ctime().saturating_add(YOUNG_SECONDS) > now;
    if !is_ours || is_young {
        return None;
    }
    flock(&folder, FlockOperation::NonBlockingLockExclusive).ok()?;
    Some(folder)
}

/// Opens a folder itself, never what a link leads to.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(openat(CWD, path, flags, Mode::empty())?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An hour after what was made just now.
    fn later(path: &Path) -> i64 {
        fs_err::metadata(path).unwrap().ctime() + 3_600
    }

    #[test]
    fn what_somebody_uses_or_owns_or_has_just_made_is_left_alone() {
        let inside = tempfile::tempdir().unwrap();
        let us = rustix::process::getuid().as_raw();
        let used = Profile::make(inside.path(), None).unwrap();
        let (path, now) = (used.path().to_owned(), later(used.path()));
        assert!(left_behind(&path, [us, us], now).is_none(), "in use");
        let kept = used.folder.keep();
        drop(used.lock);
        assert!(left_behind(&kept, [us, us], now).is_some(), "left behind");
        assert!(left_behind(&kept, [us, us], now - 3_590).is_none(), "new");
        let other = us.wrapping_add(1);
        assert!(left_behind(&kept, [other, other], now).is_none(), "theirs");
        let link = inside.path().join("tocsin-browser-link");
        std::os::unix::fs::symlink(&kept, &link).unwrap();
        assert!(left_behind(&link, [us, us], now).is_none(), "a link");
    }

    #[test]
    fn what_was_left_behind_is_removed_and_no_link_is_followed() {
        let inside = tempfile::tempdir().unwrap();
        let elsewhere = inside.path().join("elsewhere");
        fs_err::create_dir(&elsewhere).unwrap();
        fs_err::write(elsewhere.join("kept"), b"").unwrap();
        let used = Profile::make(inside.path(), None).unwrap();
        let left = inside.path().join("tocsin-browser-left");
        fs_err::create_dir_all(left.join("Default")).unwrap();
        std::os::unix::fs::symlink(&elsewhere, left.join("Default/link")).unwrap();
        remove_old(inside.path(), later(used.path()));
        assert!(!left.try_exists().unwrap());
        assert!(elsewhere.join("kept").try_exists().unwrap());
        assert!(used.path().try_exists().unwrap());
    }
}
