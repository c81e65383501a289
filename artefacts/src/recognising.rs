//! Which contents can be read here, told by a path and the first bytes.

use crate::bytes::{slice, u32_at};
use crate::{link, prefetch, task, volume};

/// How many bytes from the beginning of a content [`recognise`] wants to see; fewer are fine where there are fewer.
pub const HEAD_BYTES: usize = 512;

/// How much of a longer beginning is looked at: a task's first element can stand behind a comment.
const LOOKED_AT_BYTES_MAX: usize = 4096;
/// Longest task. Those of Windows itself have below 10 KB.
const TASK_BYTES_MAX: u64 = 4 << 20;
/// Longest link: a command of 32,767 characters and an icon's path fit many times.
const LINK_BYTES_MAX: u64 = 1 << 20;
/// Longest prefetch file.
const PREFETCH_BYTES_MAX: u64 = 16 << 20;
/// A base block and one bin.
const HIVE_BYTES_MIN: u64 = 8192;

/// What a content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A shell link, `*.lnk`.
    Link,
    /// The master file table of an NTFS volume as a file of its own.
    MasterFileTable,
    /// A whole NTFS volume, from its boot sector, or a whole disk that can have some.
    NtfsVolume,
    /// What Windows keeps to start a program faster, `*.pf`.
    Prefetch,
    /// A registry hive.
    RegistryHive,
    /// A task of the task scheduler, as XML or as a `.job`.
    ScheduledTask,
}

/// Tells what a content is by its path and its beginning; quick, asked for every file of a disk.
pub fn recognise(path: &[u8], head: &[u8]) -> Option<Kind> {
    // Whole contents are shown too, and cost no more than their beginnings.
    let head = &head[..head.len().min(LOOKED_AT_BYTES_MAX)];
    match head {
        // A transaction log begins as a hive does; the kind of file says which it is.
        [b'r', b'e', b'g', b'f', ..] => (u32_at(head, 28) == Some(0)).then_some(Kind::RegistryHive),
        [0x4c, ..] => head.starts_with(&link::BEGINNING).then_some(Kind::Link),
        [b'M', b'A', b'M', ..] => (head.starts_with(prefetch::COMPRESSED)
            || has_extension(path, b"pf"))
        .then_some(Kind::Prefetch),
        [b'F', b'I', b'L', b'E', ..] => is_master_file_table(head).then_some(Kind::MasterFileTable),
        _ if slice(head, 4, 4) == Some(prefetch::SIGNATURE) => Some(Kind::Prefetch),
        _ if volume::is_volume(head) || volume::is_disk(head) => Some(Kind::NtfsVolume),
        _ if has_extension(path, b"job") && task::is_job(head) => Some(Kind::ScheduledTask),
        _ => is_task(path, head).then_some(Kind::ScheduledTask),
    }
}

/// Tells whether a file of this path and size can be any [`Kind`] at all, before anything of it is read. Hives, tables and volumes
/// have any name; only a file that is too small or too long for what its name says is passed over.
pub fn may_be(path: &[u8], size_bytes: u64) -> bool {
    if size_bytes >= HIVE_BYTES_MIN {
        return true;
    }
    size_bytes > 0
        && (has_extension(path, b"lnk")
            || has_extension(path, b"pf")
            || has_extension(path, b"job")
            || may_be_task(path))
}

/// Returns the most bytes that a content of a kind can have and still be one that can be read as a whole; nothing for what has no
/// such limit.
pub fn longest(kind: Kind) -> Option<u64> {
    match kind {
        Kind::Link => Some(LINK_BYTES_MAX),
        Kind::Prefetch => Some(PREFETCH_BYTES_MAX),
        Kind::ScheduledTask => Some(TASK_BYTES_MAX),
        Kind::MasterFileTable | Kind::NtfsVolume | Kind::RegistryHive => None,
    }
}

/// The first record of a table describes the table itself: its name follows in UTF-16.
fn is_master_file_table(head: &[u8]) -> bool {
    const NAME: &[u8] = b"$\0M\0F\0T\0";
    head.windows(NAME.len()).any(|part| part == NAME)
}

/// A task is XML whose first element is `Task` of the namespace that Microsoft gave it.
fn is_task(path: &[u8], head: &[u8]) -> bool {
    const NAMESPACE: &str = "schemas.microsoft.com/windows/2004/02/mit/task";
    let begins = match head {
        [0xff, 0xfe, b'<', 0, ..] | [b'<', 0, ..] | [0xef, 0xbb, 0xbf, b'<', ..] => true,
        [b'<', ..] => head.starts_with(b"<?xml") || head.starts_with(b"<Task"),
        _ => false,
    };
    begins && {
        let text = task::text_of(&head[..head.len() & !1]);
        text.contains(NAMESPACE) || (may_be_task(path) && text.contains("<Task"))
    }
}

/// Tells whether a file lies where tasks lie, or is called as exported ones are.
fn may_be_task(path: &[u8]) -> bool {
    let in_library = path.split(|byte| matches!(byte, b'/' | b'\\')).any(|part| {
        part.eq_ignore_ascii_case(b"Tasks") || part.eq_ignore_ascii_case(b"Tasks_Migrated")
    });
    in_library || has_extension(path, b"xml")
}

fn has_extension(path: &[u8], extension: &[u8]) -> bool {
    let mut parts = path.rsplitn(2, |&byte| byte == b'.');
    parts
        .next()
        .is_some_and(|last| last.eq_ignore_ascii_case(extension))
        && parts.next().is_some()
}
