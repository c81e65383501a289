//! Microsoft cabinets: stored, MSZIP and LZX folders. Each folder is decoded once, from its front to its end.
//!
//! The format is that of [MS-CAB]; Decision 13 says why no crate reads its headers here.

mod folder;

use folder::{Folder, FolderReader};

use crate::ReadSeek;
use crate::member::{MemberName, WhyNot};
use crate::reading::{Exactly, dos_time, le_u16, le_u32, read_at, until_nul};
use crate::sink::{Facts, Problem, Sink};

/// What every cabinet begins with.
pub(crate) const MAGIC: &[u8] = b"MSCF\0\0\0\0";
const HAS_PREVIOUS: u16 = 1;
const HAS_NEXT: u16 = 2;
const HAS_RESERVE: u16 = 4;
const NAME_IS_UTF8: u16 = 0x80;
/// From this on, a file's folder is shared with another cabinet.
const SHARED_FOLDER: u16 = 0xfffd;
/// Bytes that are read for a name: Windows has at most 256 characters.
const NAME_BYTES_MAX: usize = 1024;

/// A file of a cabinet.
struct Entry {
    name: MemberName,
    size: u32,
    offset: u32,
    folder: u16,
    modified: Option<i64>,
}

/// Opens a cabinet.
pub(crate) fn open(
    source: &mut dyn ReadSeek,
    size_bytes: u64,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    let head = read_at(source, 0, 36)?;
    let (Some(files_at), Some(folder_count), Some(file_count), Some(flags)) = (
        le_u32(&head, 16),
        le_u16(&head, 26),
        le_u16(&head, 28),
        le_u16(&head, 30),
    ) else {
        return Err(Problem::damaged("it ends inside its header"));
    };
    let folders = folders(source, &head, flags, folder_count)?;
    let mut entries = entries(source, files_at, file_count, sink)?;
    if entries.len() < usize::from(file_count) || u64::from(files_at) > size_bytes {
        let detail = format!("{file_count} files are stated, {} are there", entries.len());
        sink.list(WhyNot::Damaged, detail)?;
    }
    // In the order in which they lie, so that each folder is decoded once.
    entries.sort_by_key(|entry| (entry.folder, entry.offset));
    let mut entries = entries.into_iter().peekable();
    while let Some(first) = entries.peek() {
        let index = first.folder;
        let mut group = Vec::new();
        while let Some(entry) = entries.next_if(|entry| entry.folder == index) {
            group.push(entry);
        }
        match folders.get(usize::from(index)) {
            Some(folder) => open_folder(source, folder, group, sink)?,
            None => list_all(group, index, sink)?,
        }
    }
    Ok(())
}

/// Lists files whose folder is not, or not only, in this cabinet.
fn list_all(group: Vec<Entry>, folder: u16, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let (why, detail) = if folder >= SHARED_FOLDER {
        (WhyNot::Unsupported, "it lies in several cabinets")
    } else {
        (WhyNot::Damaged, "its folder does not exist")
    };
    for entry in group {
        sink.not_opened(entry.name, why, detail)?;
    }
    Ok(())
}

/// Opens the files of one folder.
fn open_folder(
    source: &mut dyn ReadSeek,
    folder: &Folder,
    group: Vec<Entry>,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    let mut group = group.into_iter();
    let mut reader = FolderReader::new(source, folder);
    let mut position = 0_u64;
    while let Some(entry) = group.next() {
        let offset = u64::from(entry.offset);
        let size = u64::from(entry.size);
        if offset < position {
            // Files that share bytes: only a hostile cabinet has them, and it pays for them.
            reader = FolderReader::new(reader.into_source(), folder);
            position = 0;
        }
        let gap = offset - position;
        let passed = sink.pass_over(&mut Exactly::new(&mut reader, gap));
        if let Err(problem) = passed {
            if matches!(problem, Problem::Over) {
                return Err(problem);
            }
            for entry in std::iter::once(entry).chain(group) {
                sink.not_opened(entry.name, problem.why(), problem.to_string())?;
            }
            return Ok(());
        }
        let facts = Facts {
            modified: entry.modified,
            declared_size: Some(size),
        };
        let mut content = Exactly::new(&mut reader, size);
        sink.member(entry.name, facts, &mut content)?;
        position = offset + (size - content.left());
    }
    Ok(())
}

/// Reads where the folders are and how they are compressed.
fn folders(
    source: &mut dyn ReadSeek,
    head: &[u8],
    flags: u16,
    folder_count: u16,
) -> Result<Vec<Folder>, Problem> {
    let (mut at, mut folder_reserve, mut block_reserve) = (36_u64, 0_u8, 0_u8);
    if head.len() < 36 {
        return Err(Problem::damaged("it ends inside its header"));
    }
    if flags & HAS_RESERVE != 0 {
        let reserve = read_at(source, at, 4)?;
        let header_reserve = le_u16(&reserve, 0).unwrap_or(0);
        (folder_reserve, block_reserve) = match reserve.get(2..4) {
            Some([folder, block]) => (*folder, *block),
            _ => return Err(Problem::damaged("it ends inside its header")),
        };
        at += 4 + u64::from(header_reserve);
    }
    for flag in [HAS_PREVIOUS, HAS_NEXT] {
        if flags & flag != 0 {
            // The cabinet's name and the disk's.
            for _ in 0..2 {
                let name = read_at(source, at, NAME_BYTES_MAX as u64)?;
                at += until_nul(&name).len() as u64 + 1;
            }
        }
    }
    let entry_bytes = 8 + usize::from(folder_reserve);
    let table = read_at(source, at, entry_bytes as u64 * u64::from(folder_count))?;
    let folders = table.chunks_exact(entry_bytes).map(|entry| Folder {
        at: u64::from(le_u32(entry, 0).unwrap_or(0)),
        block_count: le_u16(entry, 4).unwrap_or(0),
        compression: le_u16(entry, 6).unwrap_or(0),
        block_reserve,
    });
    Ok(folders.collect())
}

/// Reads the list of files, as far as it is there.
fn entries(
    source: &mut dyn ReadSeek,
    files_at: u32,
    file_count: u16,
    sink: &mut Sink<'_>,
) -> Result<Vec<Entry>, Problem> {
    let most = u64::from(file_count) * (16 + NAME_BYTES_MAX as u64);
    let list = read_at(source, u64::from(files_at), most)?;
    sink.go_on()?;
    let mut entries = Vec::new();
    let mut rest = list.as_slice();
    for _ in 0..file_count {
        let Some(name) = rest.get(16..) else { break };
        let name = until_nul(name.get(..NAME_BYTES_MAX).unwrap_or(name));
        let attributes = le_u16(rest, 14).unwrap_or(0);
        let name_text = match attributes & NAME_IS_UTF8 {
            0 => MemberName::from_bytes(name),
            _ => MemberName::with_text(name, &String::from_utf8_lossy(name)),
        };
        entries.push(Entry {
            name: name_text,
            size: le_u32(rest, 0).unwrap_or(0),
            offset: le_u32(rest, 4).unwrap_or(0),
            folder: le_u16(rest, 8).unwrap_or(0),
            modified: dos_time(le_u16(rest, 10).unwrap_or(0), le_u16(rest, 12).unwrap_or(0)),
        });
        rest = rest.get(16 + name.len() + 1..).unwrap_or_default();
    }
    Ok(entries)
}

/// Returns how many bytes the cabinet has that begins with `head`, if it is one.
pub(crate) fn stated_bytes(head: &[u8]) -> Option<u64> {
    let size = le_u32(head, 8)?;
    let files_at = le_u32(head, 16)?;
    let plausible = head.starts_with(MAGIC)
        && head.get(24..26)? == [3, 1]
        && (36..size).contains(&files_at)
        && le_u16(head, 28)? > 0;
    plausible.then(|| u64::from(size))
}
