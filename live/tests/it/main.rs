//! The running system, with processes, sockets and file trees that the tests make themselves.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod companion;
mod connections;
mod memory;
mod memory_origins;
mod names;
mod persistence;
mod proc_tree;
mod processes;
