//! What the operating system is asked: folders and files without following links, events of changes, and who made them.

pub(crate) mod folders;
pub(crate) mod linux;

pub use self::folders::FileKind;
pub(crate) use self::folders::{Folder, ListBuffer, Stat, is_absent, is_in_the_way};
