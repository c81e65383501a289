//! The signed manifest of a site: one line with a signed head, then one line for each entry, whose digest the head states.
//!
//! The entries stand outside the envelope so that a million of them are read and written as a stream.

mod head;

mod sealing;

mod entries;

mod table;

mod reading;

mod floor;

pub use self::floor::{Floor, FloorError};
pub use self::head::{EntriesDigest, Head, Owner};
pub use self::reading::{MANIFEST_BYTES_MAX, ManifestError, read_manifest};
pub use self::table::{Entry, EntryKind, Manifest};

pub(crate) use self::entries::write_entry;
pub(crate) use self::head::SCHEMA;
pub(crate) use self::sealing::seal;
pub(crate) use self::table::Table;
