//! The files of an NTFS volume, read from its file records without mounting it.
//!
//! Facts of the format: the Linux-NTFS project, "NTFS Documentation"; J. Metz, "New Technologies File System" (libfsntfs). Not read:
//! encrypted contents, contents packed with LZX or in an image file (told so), and names that survive only in folders' indexes.

mod item;

mod record;

mod runs;

mod partitions;

mod table;

mod folders;

mod file;

mod content;

mod lznt1;

mod compact;

mod walk;

mod traces;

pub use item::{ItemKind, ReadSeek, Times, VolumeItem};
pub(crate) use partitions::{is_disk, is_volume};
pub(crate) use traces::{Source, traces};
pub use walk::{read_master_file_table, read_volume};
