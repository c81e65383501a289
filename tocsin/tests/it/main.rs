//! The built program, used as people use it.

mod agent;
mod alert;
mod demo;
mod every_reason;
mod inventory;
mod killing;
mod program;
mod quarantine;
mod resuming;
mod small_tree;
mod stuck;
mod supervisor;
mod sweep;
mod watch_announced;
mod watch_files;
mod watch_pages;
mod watch_surveys;
mod watch_web;
mod websites;
mod yara;

/// The file that never answers, which `cargo xtask hostile-tree` has too.
#[path = "../../../xtask/src/hostile/fuse.rs"]
mod fuse;
