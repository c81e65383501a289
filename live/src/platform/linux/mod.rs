//! Linux: `/proc`, read with bounds and by open folders, so that a process that takes over an id is never mistaken.

mod tree;

mod stat;

mod folder;

mod file_state;

mod processes;

mod open_files;

mod maps;

mod pages;

mod memory;

mod connections;

mod socket_tables;

mod hosts;

mod resolver_caches;

mod resolved;

mod persistence;

use std::io;

use rustix::io::Errno;

pub(crate) use connections::list_connections;
pub(crate) use folder::{Identity, still_runs};
pub(crate) use hosts::list_host_entries;
pub(crate) use memory::{Memory, open_memory};
pub(crate) use open_files::{open_executable, open_file, open_files};
pub(crate) use persistence::list_persistence_points;
pub(crate) use processes::list_processes;
pub(crate) use resolver_caches::list_resolved_names;
pub(crate) use tree::Tree;

/// Tells whether the error means that a process has ended.
pub(crate) fn vanished(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::SRCH.raw_os_error())
}
