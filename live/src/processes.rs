//! Processes: who they are, what they run, what they have open.
//!
//! A process is told by its id and the instant it started, and that is checked again at every look: a process that took
//! over the id of one that ended is never mistaken for it.

use std::fs::File;

use jiff::Timestamp;

use crate::memory::Memory;
use crate::options::LiveOptions;
use crate::platform;
use crate::unread::{Cause, Unread};

/// Lists the processes of this system, in the order of their ids.
pub fn list_processes(options: &LiveOptions) -> Processes {
    platform::list_processes(options)
}

/// The processes of a system at one look.
#[derive(Clone, Debug, Default)]
pub struct Processes {
    /// What was listed.
    pub items: Vec<Process>,
    /// What could not be read of them, or of the list.
    pub unread: Vec<Unread>,
}

/// One process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its id.
    pub pid: u32,
    /// The id of the process that started it, or that inherited it.
    pub parent_pid: u32,
    /// When it started.
    pub started_at: Option<Timestamp>,
    /// The name that it gave itself, at most 15 bytes for programs.
    pub name: Vec<u8>,
    /// Whether it is a program or the kernel's own.
    pub kind: ProcessKind,
    /// What it runs; none for threads of the kernel, for processes that have ended, and where it could not be read.
    pub executable: Option<Executable>,
    /// The arguments as the process shows them, which it can change; the first 64 KiB.
    pub command_line: Vec<Vec<u8>>,
    /// The user who started it.
    pub user_id: u32,
    /// The user whose rights it has.
    pub effective_user_id: u32,
    pub(crate) identity: platform::Identity,
}

/// What kind of process it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProcessKind {
    /// It has ended, and its parent has not yet asked how.
    Ended,
    /// A thread of the kernel; it has no memory and no executable of its own.
    Kernel,
    /// A program.
    Program,
}

/// What a process runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executable {
    /// Its path, as the system names it, without the mark of a deleted file.
    pub path: Vec<u8>,
    /// What became of the file.
    pub state: FileState,
    /// Where the path leads.
    pub view: View,
    /// The file system's device.
    pub device: u64,
    /// The file's number on it.
    pub inode: u64,
}

/// What became of a file that is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileState {
    /// It is nowhere any more; its content lives while it is in use.
    Deleted,
    /// It never was in a folder (`memfd`, System V shared memory).
    MemoryOnly,
    /// It is where its path says.
    Present,
    /// Another file is where its path says.
    Replaced,
    /// Its path could not be looked up.
    Unknown,
}

/// From where paths of a process are to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// The process sees another file tree (a container, a `chroot`): its paths lead elsewhere there.
    Other,
    /// The process sees the files that this program sees.
    Ours,
    /// It could not be told.
    Unknown,
}

/// What a process has open.
#[derive(Clone, Debug, Default)]
pub struct OpenFiles {
    /// What was listed, in the order of descriptors.
    pub items: Vec<OpenFile>,
    /// What could not be read of it.
    pub unread: Vec<Unread>,
}

/// One thing that a process has open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenFile {
    /// The descriptor in that process.
    pub descriptor: u32,
    /// Its path, or the system's name for it: `socket:[4711]`.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: OpenKind,
    /// The file system's device.
    pub device: u64,
    /// The file's number on it.
    pub inode: u64,
}

/// What something open is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpenKind {
    /// A regular file, and what became of it.
    File(FileState),
    /// A folder.
    Folder,
    /// A device, a pipe, or something of the kernel's.
    Other,
    /// A socket, with the number under which the tables of connections list it.
    Socket(u64),
}

impl Process {
    /// Opens the content of the running program, also where the file is deleted or replaced. On a file system that never
    /// answers, reading from it may wait.
    pub fn open_executable(&self) -> Result<File, Cause> {
        platform::open_executable(self)
    }

    /// Lists what the process has open.
    pub fn open_files(&self, options: &LiveOptions) -> Result<OpenFiles, Cause> {
        platform::open_files(self, options)
    }

    /// Opens the content of a regular file that the process has open, also where it is deleted. Anything else is
    /// refused: opening a device can act on it.
    pub fn open_file(&self, file: &OpenFile) -> Result<File, Cause> {
        platform::open_file(self, file)
    }

    /// Opens the memory for reading. The process is neither stopped nor attached to.
    pub fn open_memory(&self, options: &LiveOptions) -> Result<Memory, Cause> {
        platform::open_memory(self, options).map(Memory::new)
    }

    /// Tells whether the process is still there.
    pub fn still_runs(&self) -> bool {
        platform::still_runs(self)
    }

    /// Returns the name of the process for people: `process 4711 (sshd)`.
    pub fn label(&self) -> String {
        let name = domain::ItemPath::from_bytes(&self.name);
        format!("process {} ({name})", self.pid)
    }
}
