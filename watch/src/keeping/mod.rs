//! What the watch keeps on disk: its targets, what it knows of each page, contents, and a chain of evidence.

mod chain;
mod contents;
mod folder;

pub(crate) use self::chain::hexadecimal;
pub use self::chain::{Chain, ChainError, Entry, Link, Proof, verify_chain};
pub use self::contents::Contents;
pub use self::folder::{KeepError, Target, WatchFolder, host_of};
