//! What the watch keeps on disk: its targets, what it knows of each page, contents, and a chain of evidence.

mod chain;
mod contents;
mod folder;

mod evidence;

mod archive;

pub use self::archive::{Archive, History, check_of};
pub use self::chain::{Chain, ChainError, Entry, Link, Proof, verify_chain};
pub(crate) use self::chain::{hexadecimal, read_on};
pub use self::contents::Contents;
pub use self::evidence::{
    ApprovalLine, CheckLine, CheckRecord, EVIDENCE_SCHEMA, Sight, Version, name_of,
};
pub use self::folder::{KeepError, Standing, Target, WatchFolder, host_of, page_address};
