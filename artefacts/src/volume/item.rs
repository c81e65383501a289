//! What is handed out of a volume: one file, folder or stream with its times and its content.

use std::io::{Read, Seek};

/// A volume or a master file table, however it is stored.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// One file, folder or stream of a volume.
pub struct VolumeItem<'a> {
    /// What it is.
    pub kind: ItemKind,
    /// From the volume's root, without a drive: `Windows/System32/x.dll`; a stream's ends with `:` and its name. What is not UTF-16
    /// is U+FFFD; what hung below a folder that is gone begins with `?/`.
    pub path: &'a str,
    /// Further paths of the same content: hard links.
    pub other_paths: &'a [String],
    /// The number of its file record.
    pub record: u64,
    /// Whether its record is free: it was deleted, and its content may be another's by now.
    pub deleted: bool,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// What the record says about when; most programs show these, and any program can set them.
    pub standard_times: Times,
    /// The same beside the name, which programs cannot set easily.
    pub name_times: Times,
    /// Reads the content; none for a folder, and where it is not there or cannot be unpacked: then `unreadable` says why.
    pub content: Option<&'a mut dyn Read>,
    /// Why there is no content, for a file or a stream without one: `encrypted`, `not in the table`, …
    pub unreadable: Option<&'static str>,
}

/// What an item of a volume is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemKind {
    /// A named stream of a file or folder.
    AlternateStream,
    /// A file's main content.
    File,
    /// A folder.
    Folder,
}

/// Times in seconds since 1970; none where the record has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// When it was made.
    pub created_at: Option<i64>,
    /// When its content was written last.
    pub modified_at: Option<i64>,
    /// When its record was written last.
    pub changed_at: Option<i64>,
    /// When it was read last.
    pub accessed_at: Option<i64>,
}
