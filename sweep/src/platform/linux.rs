//! Linux: descriptors of folders, `openat2` without links, `statx`, `getdents64`.

use std::ffi::{CStr, OsStr};
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, RawDir, ResolveFlags, Statx, StatxAttributes, StatxFlags,
};
use rustix::io::Errno;

pub(crate) mod burden;
pub(crate) mod changing;
pub(crate) mod processes;

/// Bytes of directory entries asked for at once.
const LIST_BYTES: usize = 64 * 1024;
/// Bytes of a path given to one system call; the kernel takes 4,095.
const SEGMENT_BYTES_MAX: usize = 4_000;
/// How often a look-up that raced with a rename is tried again.
const LOOKUP_ATTEMPTS: usize = 16;

/// The kernel's own file systems: their files are made up when they are read, and some block or act on it.
/// `linux/magic.h`, as far as no user can store content there.
const KERNEL_FILE_SYSTEMS: [u64; 22] = [
    0x0000_0187, // autofs
    0x0000_1cd1, // devpts
    0x0000_9fa0, // proc
    0x0027_e0eb, // cgroup
    0x0765_5821, // resctrl
    0x1980_0202, // mqueue
    0x4249_4e4d, // binfmt_misc
    0x4341_5d53, // smack
    0x6165_676c, // pstore
    0x6265_6570, // configfs
    0x6265_6572, // sysfs
    0x6367_7270, // cgroup2
    0x6462_6720, // debugfs
    0x6573_5543, // fusectl
    0x6759_6969, // rpc_pipefs
    0x6e66_7364, // nfsd
    0x6e73_6673, // nsfs
    0x7363_6673, // securityfs
    0x7472_6163, // tracefs
    0xabba_1974, // xenfs
    0xcafe_4a11, // bpf
    0xf97c_ff8c, // selinux
];

/// File systems in which a content can change while the times stay: those in memory do not notice a change through a
/// mapping, and behind FUSE is a program that answers what it likes. `linux/magic.h`.
const UNSURE_FILE_SYSTEMS: [u64; 4] = [
    0x0102_1994, // tmpfs
    0x6573_5546, // fuse
    0x8584_58f6, // ramfs
    0x9584_58f6, // hugetlbfs
];

/// What kind of thing a directory entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A FIFO, a socket or a device.
    Special,
    /// The file system does not say; `stat` does.
    Unknown,
}

/// Who keeps the content of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileSystem {
    /// The kernel makes it up.
    Kernel,
    /// Whoever wrote it.
    Ordinary,
}

/// An instant as the file system has it: seconds and nanoseconds since 1970.
pub(crate) type Time = (i64, u32);

/// What the file system says about an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) kind: EntryKind,
    pub(crate) device: (u32, u32),
    pub(crate) inode: u64,
    pub(crate) size_bytes: u64,
    pub(crate) modified: Time,
    pub(crate) changed: Time,
    pub(crate) accessed: Time,
    pub(crate) owner_id: u32,
    pub(crate) group_id: u32,
    /// Permission bits with set-uid, set-gid and sticky.
    pub(crate) mode: u32,
    pub(crate) link_count: u64,
    /// Whether something is mounted here; true also where the kernel cannot tell.
    pub(crate) may_be_mount: bool,
}

impl Stat {
    /// Tells whether both are of one file with one content, as far as a file system can tell.
    pub(crate) fn same_content(&self, other: &Self) -> bool {
        self.same_file(other)
            && self.size_bytes == other.size_bytes
            && self.modified == other.modified
            && self.changed == other.changed
    }

    /// Tells whether both are of one file.
    pub(crate) fn same_file(&self, other: &Self) -> bool {
        self.device == other.device && self.inode == other.inode && self.kind == other.kind
    }
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
pub(crate) struct FolderHandle(OwnedFd);

impl FolderHandle {
    /// Opens a folder in this one, if it is one and no link.
    pub(crate) fn open_folder(&self, name: &CStr) -> io::Result<Self> {
        Ok(Self(rustix::fs::openat(
            &self.0,
            name,
            folder_flags(),
            Mode::empty(),
        )?))
    }

    /// Opens a folder any number of levels below this one, following no link on the way. The path may be longer than
    /// the system allows a path to be.
    pub(crate) fn open_below(&self, path: &[u8]) -> io::Result<Self> {
        let mut reached: Option<OwnedFd> = None;
        let mut rest = path;
        loop {
            let from = reached.as_ref().unwrap_or(&self.0);
            let (segment, after) = split_segment(rest);
            if after.is_empty() {
                return Ok(Self(open_without_links(from, segment, folder_flags())?));
            }
            let on_the_way = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            reached = Some(open_without_links(from, segment, on_the_way)?);
            rest = after;
        }
    }

    /// Opens a file in this folder for reading: never a link, never waiting, never changing its access time where that
    /// can be helped.
    pub(crate) fn open_file(&self, name: &CStr, noatime: bool) -> io::Result<File> {
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        if noatime {
            match rustix::fs::openat(&self.0, name, flags | OFlags::NOATIME, Mode::empty()) {
                Ok(file) => return Ok(file.into()),
                // Only its owner may read a file without leaving a trace.
                Err(Errno::PERM) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(rustix::fs::openat(&self.0, name, flags, Mode::empty())?.into())
    }

    /// States an entry of this folder; a link itself, not what it points to.
    pub(crate) fn stat(&self, name: &CStr) -> io::Result<Stat> {
        let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
        let statx = rustix::fs::statx(&self.0, name, flags, StatxFlags::BASIC_STATS)?;
        Ok(from_statx(&statx))
    }

    /// Calls `each` with name and kind of every entry, except `.` and `..`, until it returns false.
    pub(crate) fn list(
        &self,
        buffer: &mut ListBuffer,
        each: &mut dyn FnMut(&CStr, EntryKind) -> bool,
    ) -> io::Result<()> {
        let mut entries = RawDir::new(&self.0, &mut buffer.0);
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let name = entry.file_name();
            if name == c"." || name == c".." {
                continue;
            }
            if !each(name, kind_of(entry.file_type())) {
                break;
            }
        }
        Ok(())
    }
}

impl AsFd for FolderHandle {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Opens a folder by its path, links resolved.
pub(crate) fn open_root(path: &Path) -> io::Result<FolderHandle> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    Ok(FolderHandle(rustix::fs::openat(
        CWD,
        path,
        flags,
        Mode::empty(),
    )?))
}

/// States what is open.
pub(crate) fn stat_of(open: impl AsFd) -> io::Result<Stat> {
    let statx = rustix::fs::statx(open, c"", AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS)?;
    Ok(from_statx(&statx))
}

/// Opens a folder by its path, whose last component is no link.
pub(crate) fn open_real_folder(path: &Path) -> io::Result<FolderHandle> {
    Ok(FolderHandle(rustix::fs::openat(
        CWD,
        path,
        folder_flags(),
        Mode::empty(),
    )?))
}

/// Tells what file system something open is on.
pub(crate) fn file_system_of(open: impl AsFd) -> io::Result<FileSystem> {
    Ok(if KERNEL_FILE_SYSTEMS.contains(&magic_of(open)?) {
        FileSystem::Kernel
    } else {
        FileSystem::Ordinary
    })
}

/// Tells whether a change of an open file's content always shows in its times.
pub(crate) fn keeps_times(open: impl AsFd) -> io::Result<bool> {
    Ok(!UNSURE_FILE_SYSTEMS.contains(&magic_of(open)?))
}

fn magic_of(open: impl AsFd) -> io::Result<u64> {
    #[expect(
        clippy::cast_sign_loss,
        reason = "a magic number of 32 bits, signed by history only"
    )]
    let magic = rustix::fs::fstatfs(open)?.f_type as u64 & 0xffff_ffff;
    Ok(magic)
}

/// Tells whether opening failed because a link lies where none may be.
pub(crate) fn is_a_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::LOOP.raw_os_error())
}

/// Returns the user as whom this program reads.
pub(crate) fn user_id() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Returns a path's exact bytes.
pub(crate) fn path_bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

/// Returns the path of these bytes.
pub(crate) fn path_from_bytes(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

fn folder_flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK
}

/// Splits off as many whole components as one system call takes. An empty path is the folder itself.
fn split_segment(path: &[u8]) -> (&[u8], &[u8]) {
    if path.is_empty() {
        return (b".", b"");
    }
    if path.len() <= SEGMENT_BYTES_MAX {
        return (path, b"");
    }
    let cut = path[..SEGMENT_BYTES_MAX]
        .iter()
        .rposition(|&byte| byte == b'/')
        .expect("a component has at most 255 bytes");
    (&path[..cut], &path[cut + 1..])
}

fn open_without_links(from: &OwnedFd, path: &[u8], flags: OFlags) -> io::Result<OwnedFd> {
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::BENEATH;
    for _ in 0..LOOKUP_ATTEMPTS {
        match rustix::fs::openat2(from, path, flags, Mode::empty(), resolve) {
            Ok(opened) => return Ok(opened),
            // A rename somewhere on the system while the kernel looked.
            Err(Errno::AGAIN) => {}
            // Before Linux 5.6, and in some sandboxes, there is no such call.
            Err(Errno::NOSYS | Errno::PERM) => return open_step_by_step(from, path, flags),
            Err(error) => return Err(error.into()),
        }
    }
    open_step_by_step(from, path, flags)
}

fn open_step_by_step(from: &OwnedFd, path: &[u8], last: OFlags) -> io::Result<OwnedFd> {
    let step = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut reached: Option<OwnedFd> = None;
    let mut components = path.split(|&byte| byte == b'/').peekable();
    while let Some(name) = components.next() {
        let flags = if components.peek().is_some() {
            step
        } else {
            last | OFlags::NOFOLLOW
        };
        let from = reached.as_ref().unwrap_or(from);
        reached = Some(rustix::fs::openat(from, name, flags, Mode::empty())?);
    }
    Ok(reached.expect("a split has at least one part"))
}

fn kind_of(file_type: FileType) -> EntryKind {
    match file_type {
        FileType::RegularFile => EntryKind::File,
        FileType::Directory => EntryKind::Folder,
        FileType::Symlink => EntryKind::Link,
        FileType::Unknown => EntryKind::Unknown,
        _ => EntryKind::Special,
    }
}

fn from_statx(statx: &Statx) -> Stat {
    let mount_root = StatxAttributes::MOUNT_ROOT;
    Stat {
        kind: match kind_of(FileType::from_raw_mode(statx.stx_mode.into())) {
            EntryKind::Unknown => EntryKind::Special,
            kind => kind,
        },
        device: (statx.stx_dev_major, statx.stx_dev_minor),
        inode: statx.stx_ino,
        size_bytes: statx.stx_size,
        modified: (statx.stx_mtime.tv_sec, statx.stx_mtime.tv_nsec),
        changed: (statx.stx_ctime.tv_sec, statx.stx_ctime.tv_nsec),
        accessed: (statx.stx_atime.tv_sec, statx.stx_atime.tv_nsec),
        owner_id: statx.stx_uid,
        group_id: statx.stx_gid,
        mode: u32::from(statx.stx_mode) & 0o7777,
        link_count: statx.stx_nlink.into(),
        may_be_mount: !statx.stx_attributes_mask.contains(mount_root)
            || statx.stx_attributes.contains(mount_root),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_a_path_that_is_too_long_between_components() {
        let path = vec!["x".repeat(250); 40].join("/");
        let mut rest = path.as_bytes();
        let mut joined = Vec::new();
        while !rest.is_empty() {
            let (segment, after) = split_segment(rest);
            assert!(segment.len() <= SEGMENT_BYTES_MAX && !segment.starts_with(b"/"));
            if !joined.is_empty() {
                joined.push(b'/');
            }
            joined.extend_from_slice(segment);
            rest = after;
        }
        assert_eq!(joined, path.as_bytes());
        assert_eq!(split_segment(b""), (&b"."[..], &b""[..]));
    }

    #[test]
    fn opens_step_by_step_what_it_opens_at_once_and_neither_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir_all(folder.path().join("a/b/c")).unwrap();
        fs_err::os::unix::fs::symlink("b", folder.path().join("a/link")).unwrap();
        let root = open_root(folder.path()).unwrap();
        for open in [open_without_links, open_step_by_step] {
            assert!(open(&root.0, b"a/b/c", folder_flags()).is_ok());
            assert!(open(&root.0, b".", folder_flags()).is_ok());
            assert!(open(&root.0, b"a/link/c", folder_flags()).is_err());
            assert!(open(&root.0, b"a/link", folder_flags()).is_err());
        }
    }
}
