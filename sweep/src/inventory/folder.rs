//! The folder of an inventory: only its owner may look into it, and only one sweep at a time writes.

use std::ffi::CStr;
use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use crate::platform::{self, FolderHandle};

pub(super) const BASE: &CStr = c"base";
pub(super) const NEW_BASE: &CStr = c"base.new";
pub(super) const JOURNAL: &CStr = c"journal";
const LOCK: &CStr = c"lock";

/// An inventory's folder.
#[derive(Debug)]
pub(super) struct InventoryFolder {
    pub(super) handle: FolderHandle,
    /// Held as long as this sweep may write.
    lock: Option<File>,
}

/// Why a folder is not used.
#[derive(Debug)]
pub(super) enum Unusable {
    Io(io::Error),
    /// Others may look into it or change it.
    NotPrivate,
}

impl From<io::Error> for Unusable {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl InventoryFolder {
    /// Opens the folder, and makes it where there is none. The last component of its path must be no link.
    pub(super) fn open_or_make(path: &Path) -> Result<Self, Unusable> {
        if let Some(parent) = path.parent() {
            fs_err::create_dir_all(parent)?;
        }
        match DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
            _ => {}
        }
        Self::open(path)
    }

    /// Opens the folder where there is one.
    pub(super) fn open(path: &Path) -> Result<Self, Unusable> {
        let handle = platform::open_real_folder(path)?;
        let stat = platform::stat_of(&handle)?;
        if stat.owner_id != platform::user_id() || stat.mode & 0o077 != 0 {
            return Err(Unusable::NotPrivate);
        }
        Ok(Self { handle, lock: None })
    }

    /// Locks the folder until it is closed; false where another sweep has.
    pub(super) fn lock(&mut self) -> io::Result<bool> {
        let file = self.handle.open_for_writing(LOCK)?;
        match file.try_lock() {
            Ok(()) => {
                self.lock = Some(file);
                Ok(true)
            }
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Opens a file for reading; nothing where there is none.
    pub(super) fn find(&self, name: &CStr) -> io::Result<Option<File>> {
        absent_is_none(self.handle.open_file(name, false))
    }

    /// Removes a file, if it is there.
    pub(super) fn remove(&self, name: &CStr) -> io::Result<()> {
        absent_is_none(self.handle.remove(name)).map(|_| ())
    }
}

impl Drop for InventoryFolder {
    /// Lets go of the lock itself: closing the file would leave it to a process that is being started at this moment.
    fn drop(&mut self) {
        if let Some(lock) = self.lock.take() {
            let _ = lock.unlock();
        }
    }
}

fn absent_is_none<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
