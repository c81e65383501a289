//! What the watch keeps on disk: its targets, what it knows of each page, contents, and a chain of evidence.

mod chain;
mod contents;
mod folder;
mod recording;

pub use self::chain::{Chain, ChainError, Entry, Link, Proof, verify_chain};
pub use self::contents::Contents;
pub use self::folder::{KeepError, Target, WatchFolder, host_of, page_url};
pub(crate) use self::recording::write_down;
pub use self::recording::{record_approval, record_check};
