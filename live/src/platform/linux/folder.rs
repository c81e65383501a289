//! The folder of one process. While it is open, the kernel answers for that process only, or says that it has ended:
//! another process with the same id is never seen through it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{CWD, Mode, OFlags};

use crate::platform::linux::stat::{ProcessStat, parse_process};
use crate::platform::linux::tree::{Content, read_in};
use crate::processes::Process;
use crate::unread::Cause;

/// Bytes of `/proc/PID/stat`: 52 numbers and a name of at most 64 bytes.
const STAT_BYTES_MAX: usize = 4096;

/// What tells a process, and how to find it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The `proc` folder of its system.
    pub(super) proc: Arc<Path>,
    pub(super) start_ticks: u64,
    /// How long one look at it may take.
    pub(super) patience: Duration,
}

/// The open folder of one process.
#[derive(Debug)]
pub(super) struct ProcessFolder(OwnedFd);

impl ProcessFolder {
    /// Opens the folder of whoever has the id now.
    pub(super) fn open(proc: &Path, pid: u32) -> Result<Self, Cause> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let path = proc.join(pid.to_string());
        let folder = rustix::fs::openat(CWD, &path, flags, Mode::empty());
        Ok(Self(folder.map_err(io::Error::from)?))
    }

    /// Opens the folder of this process; another one with its id is refused.
    pub(super) fn open_again(process: &Process) -> Result<Self, Cause> {
        let folder = Self::open(&process.identity.proc, process.pid)?;
        if folder.stat()?.start_ticks == process.identity.start_ticks {
            Ok(folder)
        } else {
            Err(Cause::Vanished)
        }
    }

    /// Reads who it is.
    pub(super) fn stat(&self) -> Result<ProcessStat, Cause> {
        let stat = self.read("stat", STAT_BYTES_MAX)?;
        parse_process(&stat.bytes)
            .ok_or_else(|| Cause::Failed("'stat' is not as proc(5) says".to_owned()))
    }

    /// Reads a file of it, at most `limit` bytes.
    pub(super) fn read(&self, name: &str, limit: usize) -> Result<Content, Cause> {
        read_in(&self.0, name, limit)
    }

    /// Opens a file or folder of it.
    pub(super) fn open_entry(&self, name: &str, flags: OFlags) -> io::Result<OwnedFd> {
        let flags = flags | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        Ok(rustix::fs::openat(&self.0, name, flags, Mode::empty())?)
    }
}

impl AsFd for ProcessFolder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Tells whether the process is still there.
pub(crate) fn still_runs(process: &Process) -> bool {
    ProcessFolder::open_again(process).is_ok()
}
