//! The running system: processes and their memory, connections, persistence points, and what the system says of its own
//! files. It reads, and changes nothing: no process is stopped or attached to, no program is run, no name is looked up
//! on the network. What could not be read is returned with its reason, so that the caller can account for every item.

pub mod options;

pub mod unread;

pub mod processes;

pub mod memory;

pub mod connections;

pub mod names;

pub mod persistence;

pub mod known_files;

mod patience;

mod platform;

pub use connections::{Connection, Connections, Protocol, TcpState, list_connections};
pub use known_files::{Database, KnownFiles, PackageFile, Place};
pub use memory::{Memory, MemoryCoverage, Permissions, Piece, Region, RegionFile, RegionGap};
pub use names::{
    HostEntries, HostEntry, NameSource, ResolvedName, ResolvedNames, list_host_entries,
    list_resolved_names,
};
pub use options::LiveOptions;
pub use persistence::{
    PersistenceKind, PersistencePoint, PersistencePoints, Presence, list_persistence_points,
};
pub use processes::{
    Executable, FileState, OpenFile, OpenFiles, OpenKind, Process, ProcessKind, Processes, View,
    list_processes,
};
pub use unread::{Cause, Unread};
