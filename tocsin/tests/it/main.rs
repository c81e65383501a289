//! The built program, used as people use it.

mod alert;
mod demo;
mod inventory;
mod killing;
mod program;
mod quarantine;
mod small_tree;
mod supervisor;
mod sweep;
mod yara;
