//! Which contents can be read here, told by a path and the first bytes.

/// How many bytes from the beginning of a content [`recognise`] wants to see; fewer are fine where there are fewer.
pub const HEAD_BYTES: usize = 512;

/// What a content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A shell link, `*.lnk`.
    Link,
    /// The master file table of an NTFS volume as a file of its own.
    MasterFileTable,
    /// A whole NTFS volume, from its boot sector.
    NtfsVolume,
    /// What Windows keeps to start a program faster, `*.pf`.
    Prefetch,
    /// A registry hive.
    RegistryHive,
    /// A task of the task scheduler, as XML.
    ScheduledTask,
}

/// Tells what a content is by its path and its beginning; quick, asked for every file of a disk.
pub fn recognise(path: &[u8], head: &[u8]) -> Option<Kind> {
    let _ = (path, head);
    unimplemented!()
}

/// Tells whether a file of this path and size can be any [`Kind`] at all, before anything of it is read.
pub fn may_be(path: &[u8], size_bytes: u64) -> bool {
    let _ = (path, size_bytes);
    unimplemented!()
}
