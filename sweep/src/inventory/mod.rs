//! What earlier sweeps of this host learned, so that the next alert costs a look-up and whatever changed.
//!
//! It is a memory, never a proof: whatever is missing, damaged, in doubt or too much is read again. Begin at [`store`].
//! `docs/decisions/0020-inventory.md` has the reasons.

mod facts;
mod path;

mod trust;

mod judging;

mod bytes;
mod encoding;

mod blocks;

mod base;

mod sorted;

mod journal;

mod keeping;

mod folder;

mod merging;

pub mod finding;

pub mod store;

pub mod maintaining;

pub use facts::{
    Contents, FACT_BYTES_MAX, Facts, HITS_MAX, Head, Inner, KnownDigests, KnownHit, MEMBERS_MAX,
    Member, NotOpened, Opener,
};
pub use finding::Finder;
pub use judging::{Judged, Judging};
pub use maintaining::{Difference, MaintainError, Status, Verified, discard, status, verify};
pub use path::FilePath;
pub use store::{
    Inventory, InventoryError, InventoryOptions, Note, Reading, Recording, Summary, Walk,
};
pub use trust::{FileIdentity, FileTimes};

#[cfg(test)]
mod tests;
