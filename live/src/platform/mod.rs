//! What the rest asks of the operating system, behind one interface. No other module has a `cfg`.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::*;
#[cfg(target_os = "linux")]
pub(crate) use linux::{
    Identity, Memory, Tree, list_connections, list_host_entries, list_persistence_points,
    list_processes, list_resolved_names, open_executable, open_file, open_files, open_memory,
    still_runs, vanished,
};
