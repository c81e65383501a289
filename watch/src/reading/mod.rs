//! The folder of a watch as somebody else reads it who never writes there: what its evidence proves and where each page stands.
//!
//! The watch may be writing at the same time, may have stopped, and its folder may have been tampered with. None of that ends a
//! reading: it says so.

mod following;

mod standing;

mod later;

mod ledger;

mod folder;

pub use self::folder::{FolderReader, Health, PageReading, Reading};
pub use self::following::Follower;
pub use self::ledger::Ledger;
pub use self::standing::{FindingEnd, PageFinding, ShortReason};
