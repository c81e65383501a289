//! A file tree that may be another system's: paths are followed inside it, and every read has a limit.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, RawDir, ResolveFlags, Statx, StatxFlags, makedev,
};
use rustix::io::Errno;

use crate::unread::Cause;

/// Bytes of directory entries asked for at once.
const LIST_BYTES: usize = 32 * 1024;
/// How often a look-up that raced with a rename is tried again.
const LOOKUP_ATTEMPTS: usize = 16;

/// The root of a file tree.
#[derive(Debug)]
pub(crate) struct Tree {
    root: OwnedFd,
    /// The root's own path, to strip from what the system says of what is open.
    path: Vec<u8>,
}

/// What is needed of a file's `stat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) kind: FileType,
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

/// Content that was read up to a limit.
#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) bytes: Vec<u8>,
    /// Whether there was more.
    pub(crate) cut: bool,
}

impl Tree {
    /// Opens the tree below `path`.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::openat(CWD, path, flags, Mode::empty())?;
        let path = own_path(&root).unwrap_or_else(|_| path.as_os_str().as_bytes().to_vec());
        Ok(Self { root, path })
    }

    /// Makes a tree of a root that is open already.
    pub(crate) fn of(root: OwnedFd) -> Self {
        Self {
            root,
            path: b"/".to_vec(),
        }
    }

    /// Opens what lies at `path`, following links inside the tree; never for writing, never waiting for a FIFO.
    pub(crate) fn open_path(&self, path: &[u8], flags: OFlags) -> io::Result<OwnedFd> {
        // A place alone is never waited for, and the call refuses flags that mean nothing.
        let flags = if flags.contains(OFlags::PATH) {
            flags | OFlags::CLOEXEC
        } else {
            flags | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY
        };
        let inside = inside(path);
        for _ in 0..LOOKUP_ATTEMPTS {
            let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
            match rustix::fs::openat2(&self.root, inside, flags, Mode::empty(), resolve) {
                // A rename somewhere on the system while the kernel looked.
                Err(Errno::AGAIN) => {}
                // Before Linux 5.6, and in some sandboxes, there is no such call. Then only our own root is safe.
                Err(Errno::NOSYS | Errno::PERM) if self.path == b"/" => {
                    return Ok(rustix::fs::openat(
                        &self.root,
                        inside,
                        flags,
                        Mode::empty(),
                    )?);
                }
                Err(Errno::NOSYS) => return Err(io::ErrorKind::Unsupported.into()),
                opened => return Ok(opened?),
            }
        }
        Err(Errno::AGAIN.into())
    }

    /// States what lies at `path` without opening it; the last component is not followed.
    pub(crate) fn stat(&self, path: &[u8]) -> io::Result<Stat> {
        stat_of(self.open_path(path, OFlags::PATH | OFlags::NOFOLLOW)?)
    }

    /// Returns the path in this tree of the regular file that `path` leads to.
    pub(crate) fn resolve_file(&self, path: &[u8]) -> Result<Vec<u8>, Cause> {
        let opened = self.open_path(path, OFlags::PATH)?;
        if stat_of(&opened)?.kind != FileType::RegularFile {
            return Err(Cause::Special);
        }
        let full = own_path(&opened)?;
        let below = full.strip_prefix(self.path.as_slice());
        let below = below.filter(|_| self.path != b"/");
        Ok(below.map_or_else(|| full.clone(), <[u8]>::to_vec))
    }

    /// Tells whether a link lies at `path`.
    pub(crate) fn is_link(&self, path: &[u8]) -> bool {
        self.stat(path)
            .is_ok_and(|stat| stat.kind == FileType::Symlink)
    }

    /// Returns what the link at `path` says.
    pub(crate) fn link_target(&self, path: &[u8]) -> io::Result<Vec<u8>> {
        let link = self.open_path(path, OFlags::PATH | OFlags::NOFOLLOW)?;
        read_link(link, "")
    }

    /// Tells whether both paths lead to the same.
    pub(crate) fn same(&self, one: &[u8], other: &[u8]) -> bool {
        let at = |path| self.open_path(path, OFlags::PATH).and_then(stat_of).ok();
        at(one).is_some_and(|one| at(other) == Some(one))
    }

    /// Tells whether `path` leads to a regular file.
    pub(crate) fn has_file(&self, path: &[u8]) -> bool {
        self.open_path(path, OFlags::PATH)
            .and_then(stat_of)
            .is_ok_and(|stat| stat.kind == FileType::RegularFile)
    }

    /// Reads the regular file at `path`, at most `limit` bytes of it.
    pub(crate) fn read(&self, path: &[u8], limit: usize) -> Result<Content, Cause> {
        read_up_to(open_place(&self.open_path(path, OFlags::PATH)?)?, limit)
    }

    /// Lists the names in the folder at `path`, at most `limit`, sorted. True where there were more.
    pub(crate) fn list(&self, path: &[u8], limit: usize) -> io::Result<(Vec<Vec<u8>>, bool)> {
        list_folder(
            self.open_path(path, OFlags::RDONLY | OFlags::DIRECTORY)?,
            limit,
        )
    }
}

impl AsFd for Tree {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.root.as_fd()
    }
}

/// Lists the names in an open folder, at most `limit`, sorted. True where there were more.
pub(crate) fn list_folder(folder: impl AsFd, limit: usize) -> io::Result<(Vec<Vec<u8>>, bool)> {
    let mut buffer = Box::new_uninit_slice(LIST_BYTES);
    let mut entries = RawDir::new(folder, &mut buffer);
    let mut names = Vec::new();
    let mut cut = false;
    while let Some(entry) = entries.next() {
        let name = entry?.file_name().to_bytes().to_vec();
        if name == b"." || name == b".." {
            continue;
        }
        if names.len() == limit {
            cut = true;
            break;
        }
        names.push(name);
    }
    names.sort_unstable();
    Ok((names, cut))
}

/// Reads a file of `/proc` that lies in an open folder, at most `limit` bytes of it.
pub(crate) fn read_in(folder: impl AsFd, name: &str, limit: usize) -> Result<Content, Cause> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = rustix::fs::openat(folder, name, flags, Mode::empty()).map_err(io::Error::from)?;
    read_up_to(File::from(file), limit)
}

/// States what is open, or what `/proc` links to, without asking a file system that must ask somebody else.
pub(crate) fn stat_of(open: impl AsFd) -> io::Result<Stat> {
    stat_at(open, "", AtFlags::EMPTY_PATH)
}

/// States what a link of `/proc` leads to.
pub(crate) fn stat_link(folder: impl AsFd, name: &str) -> io::Result<Stat> {
    stat_at(folder, name, AtFlags::empty())
}

/// Returns where a link of `/proc` says that it leads.
pub(crate) fn read_link(folder: impl AsFd, name: &str) -> io::Result<Vec<u8>> {
    Ok(rustix::fs::readlinkat(folder, name, Vec::new())?.into_bytes())
}

/// Opens for reading what is open as a place, if it is a regular file. Nothing else is opened even to see what it is: a
/// device can act on it.
pub(crate) fn open_place(place: &OwnedFd) -> Result<File, Cause> {
    if stat_of(place)?.kind != FileType::RegularFile {
        return Err(Cause::Special);
    }
    let path = format!("/proc/self/fd/{}", place.as_raw_fd());
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let open = |flags| rustix::fs::openat(CWD, &path, flags, Mode::empty());
    // Only its owner may read a file without leaving a trace.
    let opened = match open(flags | OFlags::NOATIME) {
        Err(Errno::PERM) => open(flags),
        opened => opened,
    };
    Ok(opened.map_err(io::Error::from)?.into())
}

fn stat_at(folder: impl AsFd, name: &str, flags: AtFlags) -> io::Result<Stat> {
    let flags = flags | AtFlags::NO_AUTOMOUNT | AtFlags::STATX_DONT_SYNC;
    let wanted = StatxFlags::TYPE | StatxFlags::INO;
    let found: Statx = rustix::fs::statx(folder, name, flags, wanted)?;
    Ok(Stat {
        kind: FileType::from_raw_mode(u32::from(found.stx_mode)),
        device: makedev(found.stx_dev_major, found.stx_dev_minor),
        inode: found.stx_ino,
    })
}

fn read_up_to(file: File, limit: usize) -> Result<Content, Cause> {
    let mut bytes = Vec::new();
    let asked = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    file.take(asked).read_to_end(&mut bytes)?;
    let cut = bytes.len() > limit;
    bytes.truncate(limit);
    Ok(Content { bytes, cut })
}

/// Returns where something open lies, as this program sees it.
fn own_path(open: impl AsFd) -> io::Result<Vec<u8>> {
    let link = format!("/proc/self/fd/{}", open.as_fd().as_raw_fd());
    read_link(CWD, &link)
}

/// A path as the system calls take it: relative to the tree's root.
fn inside(path: &[u8]) -> &OsStr {
    let start = path.iter().position(|&byte| byte != b'/');
    OsStr::from_bytes(start.map_or(b".".as_slice(), |start| &path[start..]))
}
