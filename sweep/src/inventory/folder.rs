//! The folder of an inventory: only its owner may look into it, and only one sweep at a time writes.

use std::ffi::CStr;
use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::Path;

use crate::platform::{self, FolderHandle};

pub(super) const BASE: &CStr = c"base";
pub(super) const NEW_BASE: &CStr = c"base.new";
pub(super) const JOURNAL: &CStr = c"journal";
const LOCK: &CStr = c"lock";
/// Two numbers.
const HOLDER_BYTES_MAX: usize = 64;

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
        self.lock_or_take_over(&platform::is_killed)
    }

    /// A process that was killed while it hangs in the kernel, on a disk that does not answer, has its lock until that lets
    /// go. It will write nothing more, so the lock is taken from it.
    pub(super) fn lock_or_take_over(
        &mut self,
        is_killed: &dyn Fn(&str) -> bool,
    ) -> io::Result<bool> {
        // Whoever takes the lock has the folder meanwhile: between looking who has it and taking it nobody else gets it.
        let Some(_guard) = platform::try_lock_folder(&self.handle)? else {
            return Ok(false);
        };
        let mut file = self.handle.open_for_writing(LOCK)?;
        if !has_locked(&file)? {
            if !is_killed(&holder_of(&file)?) {
                return Ok(false);
            }
            self.handle.remove(LOCK)?;
            file = self.handle.open_for_writing(LOCK)?;
            if !has_locked(&file)? {
                return Ok(false);
            }
        }
        file.set_len(0)?;
        let name = platform::this_process().unwrap_or_default();
        // Without its name nobody takes the lock over.
        let _ = file.write_all_at(name.as_bytes(), 0);
        self.lock = Some(file);
        Ok(true)
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

fn has_locked(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Returns the name of the process that has a lock.
fn holder_of(lock: &File) -> io::Result<String> {
    let mut name = [0; HOLDER_BYTES_MAX];
    let length = lock.read_at(&mut name, 0)?;
    Ok(String::from_utf8_lossy(&name[..length]).into_owned())
}

fn absent_is_none<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
