//! What the vault changes on the disk. Every change is relative to an open folder and replaces nothing that it did not
//! make.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{
    AtFlags, FlockOperation, Gid, Mode, OFlags, RenameFlags, Timespec, Timestamps, Uid, XattrFlags,
};
use rustix::io::Errno;

use super::{FolderHandle, Stat, Time, open_root, stat_of};

/// Bytes of all extended attributes of a file that are carried: far above what is in use, far below what could fill
/// the memory.
const ATTRIBUTES_BYTES_MAX: usize = 256 * 1024;

/// Everything about a file beside its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileAttributes {
    pub(crate) owner_id: u32,
    pub(crate) group_id: u32,
    pub(crate) mode: u32,
    pub(crate) accessed: Time,
    pub(crate) modified: Time,
    pub(crate) extended: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Opens the folder of an absolute path, following no link on the way, and returns it with the last component.
pub(crate) fn open_parent(path: &Path) -> io::Result<(FolderHandle, CString)> {
    let invalid = || io::Error::from(io::ErrorKind::InvalidInput);
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(invalid());
    };
    let below = parent.strip_prefix("/").map_err(|_| invalid())?;
    let folder = open_root(Path::new("/"))?.open_below(below.as_os_str().as_bytes())?;
    Ok((folder, CString::new(name.as_bytes())?))
}

/// Waits until no other process has the file locked, and locks it until it is closed.
pub(crate) fn lock(file: &File) -> io::Result<()> {
    Ok(rustix::fs::flock(file, FlockOperation::LockExclusive)?)
}

/// Locks a folder for as long as the guard is there; nothing where another process has.
pub(crate) fn try_lock_folder(folder: &FolderHandle) -> io::Result<Option<FolderGuard<'_>>> {
    match rustix::fs::flock(folder, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(FolderGuard(folder))),
        Err(Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A locked folder.
pub(crate) struct FolderGuard<'f>(&'f FolderHandle);

impl Drop for FolderGuard<'_> {
    fn drop(&mut self) {
        let _ = rustix::fs::flock(self.0, FlockOperation::Unlock);
    }
}

impl FolderHandle {
    /// Makes a file that nobody else may read; there must be none of this name.
    pub(crate) fn create_file(&self, name: &CStr) -> io::Result<File> {
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        Ok(rustix::fs::openat(self, name, flags, mode)?.into())
    }

    /// Opens a file for reading and writing, never a link, and makes it where there is none.
    pub(crate) fn open_for_writing(&self, name: &CStr) -> io::Result<File> {
        let flags = OFlags::RDWR
            | OFlags::CREATE
            | OFlags::NOFOLLOW
            | OFlags::NONBLOCK
            | OFlags::CLOEXEC
            | OFlags::NOCTTY;
        let mode = Mode::RUSR | Mode::WUSR;
        Ok(rustix::fs::openat(self, name, flags, mode)?.into())
    }

    /// Makes a folder that nobody else may enter; there must be nothing of this name.
    pub(crate) fn create_folder(&self, name: &CStr) -> io::Result<()> {
        Ok(rustix::fs::mkdirat(self, name, Mode::RWXU)?)
    }

    /// Removes the name of a file.
    pub(crate) fn remove(&self, name: &CStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(self, name, AtFlags::empty())?)
    }

    /// Removes an empty folder.
    pub(crate) fn remove_folder(&self, name: &CStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(self, name, AtFlags::REMOVEDIR)?)
    }

    /// Gives a file another name in this folder, if there is nothing of that name.
    pub(crate) fn rename_new(&self, from: &CStr, to: &CStr) -> io::Result<()> {
        match rustix::fs::renameat_with(self, from, self, to, RenameFlags::NOREPLACE) {
            // The file system knows no such flag: a link refuses as well, and the old name goes afterwards.
            Err(Errno::INVAL | Errno::NOSYS) => {
                rustix::fs::linkat(self, from, self, to, AtFlags::empty())?;
                self.remove(from)
            }
            renamed => Ok(renamed?),
        }
    }

    /// Gives a file another name in this folder, in the place of what has that name.
    pub(crate) fn rename_over(&self, from: &CStr, to: &CStr) -> io::Result<()> {
        Ok(rustix::fs::renameat(self, from, self, to)?)
    }

    /// Waits until the names in this folder are on the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(self)?)
    }
}

impl FileAttributes {
    /// Reads the attributes of an open file, of which `stat` is known.
    pub(crate) fn of(file: &File, stat: &Stat) -> io::Result<Self> {
        Ok(Self {
            owner_id: stat.owner_id,
            group_id: stat.group_id,
            mode: stat.mode,
            accessed: stat.accessed,
            modified: stat.modified,
            extended: extended_attributes(file)?,
        })
    }

    /// Gives all attributes to an open file, times last, and checks that it has them.
    pub(crate) fn apply(&self, file: &File) -> io::Result<()> {
        let now = stat_of(file)?;
        if (now.owner_id, now.group_id) != (self.owner_id, self.group_id) {
            let (owner, group) = (Uid::from_raw(self.owner_id), Gid::from_raw(self.group_id));
            rustix::fs::fchown(file, Some(owner), Some(group))?;
        }
        // After the owner: changing that takes set-uid, set-gid and capabilities away.
        rustix::fs::fchmod(file, Mode::from_raw_mode(self.mode))?;
        for (name, value) in &self.extended {
            rustix::fs::fsetxattr(file, name.as_slice(), value, XattrFlags::empty())?;
        }
        let times = Timestamps {
            last_access: timespec(self.accessed),
            last_modification: timespec(self.modified),
        };
        rustix::fs::futimens(file, &times)?;
        let given = Self::of(file, &stat_of(file)?)?;
        if given == *self {
            Ok(())
        } else {
            Err(io::Error::other("the file system does not keep them"))
        }
    }
}

fn timespec((seconds, nanoseconds): Time) -> Timespec {
    Timespec {
        tv_sec: seconds,
        tv_nsec: nanoseconds.into(),
    }
}

/// Returns names and values, in the order of the names.
fn extended_attributes(file: impl AsFd) -> io::Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut names = vec![0; ATTRIBUTES_BYTES_MAX];
    let length = match rustix::fs::flistxattr(&file, &mut names[..]) {
        Ok(length) => length,
        Err(Errno::OPNOTSUPP) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut attributes = Vec::new();
    let mut total = length;
    let mut value = vec![0; ATTRIBUTES_BYTES_MAX];
    for name in names[..length].split(|&byte| byte == 0) {
        if name.is_empty() {
            continue;
        }
        let length = rustix::fs::fgetxattr(&file, name, &mut value[..])?;
        total += length;
        if total > ATTRIBUTES_BYTES_MAX {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        attributes.push((name.to_vec(), value[..length].to_vec()));
    }
    attributes.sort_unstable();
    Ok(attributes)
}
