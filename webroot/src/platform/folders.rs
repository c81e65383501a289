//! Folders by open descriptors: every path is walked from the root, below it, and through no symbolic link.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, RawDir, RenameFlags, ResolveFlags, Statx, StatxFlags,
};
use rustix::io::Errno;
use serde::Serialize;

/// Bytes of directory entries asked for at once.
const LIST_BYTES: usize = 64 * 1024;
/// Bytes of a path given to one system call; the kernel takes 4,095.
const SEGMENT_BYTES_MAX: usize = 4_000;
/// How often a look-up that raced with a rename is tried again.
const LOOKUP_ATTEMPTS: usize = 64;
/// Bytes of a link's target that are read; the kernel keeps at most 4,095.
const TARGET_BYTES_MAX: usize = 4_096;

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A FIFO, a socket or a device.
    Special,
}

/// What the file system says about an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stat {
    pub(crate) kind: FileKind,
    pub(crate) device: (u32, u32),
    pub(crate) inode: u64,
    pub(crate) size: u64,
    pub(crate) modified: (i64, u32),
    pub(crate) changed: (i64, u32),
    pub(crate) user: u32,
    pub(crate) group: u32,
    /// Permission bits with set-uid, set-gid and sticky.
    pub(crate) mode: u32,
}

/// Room for directory entries, used again for each folder.
pub(crate) struct ListBuffer(Box<[MaybeUninit<u8>]>);

impl ListBuffer {
    pub(crate) fn new() -> Self {
        Self(Box::new_uninit_slice(LIST_BYTES))
    }
}

/// An open folder.
#[derive(Debug)]
pub(crate) struct Folder(OwnedFd);

impl Folder {
    /// Opens the root by its path, links resolved: administrators put links there, visitors do not.
    pub(crate) fn open_root(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        Ok(Self(rustix::fs::openat(CWD, path, flags, Mode::empty())?))
    }

    /// Opens a folder any number of levels below this one, through no link.
    pub(crate) fn open_below(&self, path: &[u8]) -> io::Result<Self> {
        let mut reached: Option<OwnedFd> = None;
        let mut rest = path;
        loop {
            let from = reached.as_ref().unwrap_or(&self.0);
            let (segment, after) = split_segment(rest);
            let opened = open_without_links(from, segment)?;
            if after.is_empty() {
                return Ok(Self(opened));
            }
            reached = Some(opened);
            rest = after;
        }
    }

    /// Opens a file in this folder for reading: never a link, never waiting, its access time unchanged where that is allowed.
    pub(crate) fn open_file(&self, name: &CStr) -> io::Result<File> {
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        match rustix::fs::openat(&self.0, name, flags | OFlags::NOATIME, Mode::empty()) {
            Ok(file) => Ok(file.into()),
            Err(Errno::PERM) => Ok(rustix::fs::openat(&self.0, name, flags, Mode::empty())?.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a file that was not there, readable by us alone.
    pub(crate) fn make_file(&self, name: &CStr) -> io::Result<File> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.0, name, flags, Mode::RUSR | Mode::WUSR)?.into())
    }

    /// Makes a folder that was not there, readable by us alone.
    pub(crate) fn make_folder(&self, name: &CStr) -> io::Result<()> {
        Ok(rustix::fs::mkdirat(&self.0, name, Mode::RWXU)?)
    }

    /// Makes a link that was not there.
    pub(crate) fn make_link(&self, target: &[u8], name: &CStr) -> io::Result<()> {
        Ok(rustix::fs::symlinkat(target, &self.0, name)?)
    }

    /// Exchanges two entries in one step, whatever they are; links are exchanged themselves.
    pub(crate) fn exchange(&self, name: &CStr, with: &Self, other: &CStr) -> io::Result<()> {
        Ok(rustix::fs::renameat_with(
            &self.0,
            name,
            &with.0,
            other,
            RenameFlags::EXCHANGE,
        )?)
    }

    /// Moves an entry to where nothing is, in one step.
    pub(crate) fn move_to(&self, name: &CStr, to: &Self, other: &CStr) -> io::Result<()> {
        Ok(rustix::fs::renameat_with(
            &self.0,
            name,
            &to.0,
            other,
            RenameFlags::NOREPLACE,
        )?)
    }

    /// Sets owner and permissions of a folder in this one.
    pub(crate) fn set_folder(
        &self,
        name: &CStr,
        owner: Option<(u32, u32)>,
        mode: u32,
    ) -> io::Result<()> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        set_file(
            rustix::fs::openat(&self.0, name, flags, Mode::empty())?,
            owner,
            mode,
        )
    }

    /// Sets the owner of a link itself.
    pub(crate) fn set_link_owner(&self, name: &CStr, (user, group): (u32, u32)) -> io::Result<()> {
        let (user, group) = (
            rustix::fs::Uid::from_raw(user),
            rustix::fs::Gid::from_raw(group),
        );
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        Ok(rustix::fs::chownat(
            &self.0,
            name,
            Some(user),
            Some(group),
            flags,
        )?)
    }

    /// States an entry of this folder; a link itself, not what it points to.
    pub(crate) fn stat(&self, name: &CStr) -> io::Result<Stat> {
        let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
        let statx = rustix::fs::statx(&self.0, name, flags, StatxFlags::BASIC_STATS)?;
        Ok(from_statx(&statx))
    }

    /// Reads what a link says.
    pub(crate) fn read_link(&self, name: &CStr) -> io::Result<Vec<u8>> {
        let target = rustix::fs::readlinkat(&self.0, name, Vec::with_capacity(256))?;
        let mut target = target.into_bytes();
        target.truncate(TARGET_BYTES_MAX);
        Ok(target)
    }

    /// Calls `each` with the name of every entry, except `.` and `..`, until it returns false.
    pub(crate) fn list(
        &self,
        buffer: &mut ListBuffer,
        each: &mut dyn FnMut(&CStr) -> bool,
    ) -> io::Result<()> {
        let mut entries = RawDir::new(&self.0, &mut buffer.0);
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let name = entry.file_name();
            if name != c"." && name != c".." && !each(name) {
                break;
            }
        }
        Ok(())
    }

    /// Puts the folder's entries on the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.0)?)
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Sets owner and permissions of something that is open.
pub(crate) fn set_file(open: impl AsFd, owner: Option<(u32, u32)>, mode: u32) -> io::Result<()> {
    if let Some((user, group)) = owner {
        let (user, group) = (
            rustix::fs::Uid::from_raw(user),
            rustix::fs::Gid::from_raw(group),
        );
        rustix::fs::fchown(&open, Some(user), Some(group))?;
    }
    Ok(rustix::fs::fchmod(&open, Mode::from_raw_mode(mode))?)
}

/// States what is open.
pub(crate) fn stat_of(open: impl AsFd) -> io::Result<Stat> {
    let statx = rustix::fs::statx(open, c"", AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS)?;
    Ok(from_statx(&statx))
}

/// Returns the path at which something open is reached now.
pub(crate) fn path_of(open: impl AsFd) -> io::Result<Vec<u8>> {
    let place = format!("/proc/self/fd/{}", open.as_fd().as_raw_fd());
    Ok(rustix::fs::readlink(place, Vec::with_capacity(256))?.into_bytes())
}

/// Returns the number of the file system of something open, as events state it.
pub(crate) fn file_system_of(open: impl AsFd) -> io::Result<[u8; 8]> {
    // Two numbers of 32 bits, the first of which is the lower half here.
    let id = rustix::fs::fstatvfs(open)?.f_fsid;
    let [low, high] =
        [id & 0xffff_ffff, id >> 32].map(|half| u32::try_from(half).unwrap_or_default());
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&low.to_ne_bytes());
    bytes[4..].copy_from_slice(&high.to_ne_bytes());
    Ok(bytes)
}

/// Returns the kernel's time, which it writes into files that change.
pub(crate) fn kernel_seconds() -> i64 {
    rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse).tv_sec
}

/// Tells whether nothing is there.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::NOENT.raw_os_error())
}

/// Tells whether a link or a file is where a folder was looked for.
pub(crate) fn is_in_the_way(error: &io::Error) -> bool {
    [Errno::LOOP, Errno::NOTDIR]
        .iter()
        .any(|one| error.raw_os_error() == Some(one.raw_os_error()))
}

/// Splits off as many whole components as one system call takes. An empty path is the folder itself.
fn split_segment(path: &[u8]) -> (&[u8], &[u8]) {
    if path.is_empty() {
        return (b".", b"");
    }
    if path.len() <= SEGMENT_BYTES_MAX {
        return (path, b"");
    }
    match path[..SEGMENT_BYTES_MAX]
        .iter()
        .rposition(|&byte| byte == b'/')
    {
        Some(cut) => (&path[..cut], &path[cut + 1..]),
        // No component is that long; the kernel will say so.
        None => (path, b""),
    }
}

fn open_without_links(from: &OwnedFd, path: &[u8]) -> io::Result<OwnedFd> {
    let flags =
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::BENEATH;
    for _ in 0..LOOKUP_ATTEMPTS {
        match rustix::fs::openat2(from, path, flags, Mode::empty(), resolve) {
            Ok(opened) => return Ok(opened),
            // A rename somewhere on the system while the kernel looked.
            Err(Errno::AGAIN) => {}
            // Before Linux 5.6, and in some sandboxes, there is no such call.
            Err(Errno::NOSYS | Errno::PERM) => break,
            Err(error) => return Err(error.into()),
        }
    }
    let mut reached: Option<OwnedFd> = None;
    for name in path.split(|&byte| byte == b'/') {
        let from = reached.as_ref().unwrap_or(from);
        reached = Some(rustix::fs::openat(from, name, flags, Mode::empty())?);
    }
    reached.ok_or_else(|| Errno::NOENT.into())
}

fn from_statx(statx: &Statx) -> Stat {
    let mode = u32::from(statx.stx_mode);
    let kind = match FileType::from_raw_mode(mode) {
        FileType::RegularFile => FileKind::File,
        FileType::Directory => FileKind::Folder,
        FileType::Symlink => FileKind::Link,
        _ => FileKind::Special,
    };
    Stat {
        kind,
        device: (statx.stx_dev_major, statx.stx_dev_minor),
        inode: statx.stx_ino,
        size: statx.stx_size,
        modified: (statx.stx_mtime.tv_sec, statx.stx_mtime.tv_nsec),
        changed: (statx.stx_ctime.tv_sec, statx.stx_ctime.tv_nsec),
        user: statx.stx_uid,
        group: statx.stx_gid,
        mode: mode & 0o7777,
    }
}
