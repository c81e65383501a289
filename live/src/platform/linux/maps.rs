//! `/proc/PID/maps` (proc(5)): the regions of a process, and what their content is of.

use std::collections::HashMap;
use std::sync::Arc;

use rustix::fs::FileType;

use crate::memory::{Permissions, Region, RegionFile};
use crate::platform::linux::file_state::Surroundings;
use crate::platform::linux::folder::ProcessFolder;
use crate::platform::linux::memory::HUGE_BYTES;
use crate::platform::linux::tree::{Stat, stat_link};
use crate::processes::FileState;
use crate::unread::Cause;

/// Bytes of the list of regions: at most 4,200 for one whose path is as long as can be, usually 100.
const MAPS_BYTES_MAX: usize = 128 << 20;
/// Regions of the kernel, by its names for them: data of its clock and pages that only it can read.
const KERNEL_LABELS: [&[u8]; 4] = [b"[vsyscall]", b"[vvar", b"[uprobes]", b"[sigpage]"];

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) permissions: Permissions,
    pub(super) offset: u64,
    pub(super) device: (u32, u32),
    pub(super) inode: u64,
    pub(super) label: Vec<u8>,
}

/// A region, and where its content has to be taken from.
#[derive(Clone, Debug)]
pub(super) struct Mapped {
    pub(super) region: Region,
    pub(super) origin: Origin,
}

/// What the content of a region is of. The order is the order of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// Code that is in no file, or in one that is gone.
    LooseCode,
    /// The process's own: pages that were never written are zero.
    Own,
    /// A file in its place: pages that were never written are the file's.
    PlacedFile,
    /// A file that is gone or covered, the process's own copy.
    LooseFile,
    /// Memory shared with others, or a file that is gone, not copied.
    Shared,
    /// A file in its place that the process does not copy: everything is the file's.
    SharedFile,
    /// A device, or the kernel's.
    Special,
}

/// Reads and judges the regions of a process, in the order of reading. True where there were more than `limit`.
pub(super) fn list_regions(
    folder: &Arc<ProcessFolder>,
    limit: usize,
) -> Result<(Vec<Mapped>, bool), Cause> {
    let content = folder.read("maps", MAPS_BYTES_MAX)?;
    let mut lines = parse(&content.bytes, limit);
    let cut = content.cut || lines.1;
    let mut judge = Judge::new(folder);
    let mut regions: Vec<Mapped> = lines.0.drain(..).map(|line| judge.judge(line)).collect();
    // Reserved terabytes must not use up the limits before what is small was read.
    let huge = |mapped: &Mapped| mapped.region.length() >= HUGE_BYTES;
    regions.sort_by_key(|mapped| (huge(mapped), mapped.origin, mapped.region.start));
    Ok((regions, cut))
}

/// Parses at most `limit` lines. A line that is not as proc(5) says ends the list as if it were cut there.
pub(super) fn parse(text: &[u8], limit: usize) -> (Vec<Line>, bool) {
    let mut lines = Vec::new();
    for line in text.split(|&byte| byte == b'\n') {
        if line.is_empty() {
            continue;
        }
        if lines.len() == limit {
            return (lines, true);
        }
        let Some(line) = parse_line(line) else {
            return (lines, true);
        };
        lines.push(line);
    }
    (lines, false)
}

fn parse_line(line: &[u8]) -> Option<Line> {
    let mut rest = line;
    let mut field = || {
        let end = rest
            .iter()
            .position(|&byte| byte == b' ')
            .unwrap_or(rest.len());
        let (field, after) = rest.split_at(end);
        rest = after.strip_prefix(b" ").unwrap_or(after);
        std::str::from_utf8(field).ok()
    };
    let (start, end) = field()?.split_once('-')?;
    let permissions = field()?;
    let offset = field()?;
    let (major, minor) = field()?.split_once(':')?;
    let inode = field()?;
    let hexadecimal = |text| u64::from_str_radix(text, 16).ok();
    let small = |text| u32::from_str_radix(text, 16).ok();
    let (start, end) = (hexadecimal(start)?, hexadecimal(end)?);
    if end <= start {
        return None;
    }
    let may = |letter| permissions.contains(letter);
    Some(Line {
        start,
        end,
        permissions: Permissions {
            read: may('r'),
            write: may('w'),
            execute: may('x'),
            shared: may('s'),
        },
        offset: hexadecimal(offset)?,
        device: (small(major)?, small(minor)?),
        inode: inode.parse().ok()?,
        label: unescape(rest.trim_ascii_start()),
    })
}

/// The kernel writes a line break in a path as `\012`, and nothing else of it differently.
fn unescape(path: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((&byte, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(b"\\012") {
            plain.push(b'\n');
            rest = after;
        } else {
            plain.push(byte);
            rest = after;
        }
    }
    plain
}

/// Device, number and path.
type FileKey = ((u32, u32), u64, Vec<u8>);
/// Path without the kernel's mark, what became of the file, and whether it is a device.
type JudgedFile = (Vec<u8>, FileState, bool);

/// Judges regions, each file once.
struct Judge<'a> {
    folder: &'a ProcessFolder,
    surroundings: Surroundings,
    files: HashMap<FileKey, JudgedFile>,
}

impl<'a> Judge<'a> {
    fn new(folder: &'a ProcessFolder) -> Self {
        Self {
            folder,
            surroundings: Surroundings::of(folder),
            files: HashMap::new(),
        }
    }

    fn judge(&mut self, line: Line) -> Mapped {
        let mut origin = origin_without_file(&line);
        let mut file = None;
        if line.label.starts_with(b"/") {
            let (path, state, special) = self.file(&line);
            origin = origin_of_file(&line, state, special);
            file = Some(RegionFile {
                path,
                state,
                offset: line.offset,
                inode: line.inode,
            });
        }
        let region = Region {
            start: line.start,
            end: line.end,
            permissions: line.permissions,
            file,
            label: line.label,
        };
        Mapped { region, origin }
    }

    fn file(&mut self, line: &Line) -> JudgedFile {
        let key = (line.device, line.inode, line.label.clone());
        if let Some(known) = self.files.get(&key) {
            return known.clone();
        }
        let range = format!("map_files/{:x}-{:x}", line.start, line.end);
        // Only the administrator may look at what is mapped; and only there do device numbers always compare.
        let mapped = stat_link(self.folder, &range).ok();
        let same = |found: &Stat| match &mapped {
            Some(mapped) => (found.device, found.inode) == (mapped.device, mapped.inode),
            None => found.inode == line.inode,
        };
        let special = mapped.is_some_and(|mapped| mapped.kind != FileType::RegularFile)
            || (mapped.is_none() && may_be_device(&line.label));
        let (path, state) = self.surroundings.judge(&line.label, &same);
        let judged = (path, state, special);
        self.files.insert(key, judged.clone());
        judged
    }
}

fn may_be_device(path: &[u8]) -> bool {
    let harmless: [&[u8]; 3] = [b"/dev/shm/", b"/dev/zero", b"/dev/hugepages/"];
    path.starts_with(b"/dev/") && !harmless.iter().any(|name| path.starts_with(name))
}

fn origin_without_file(line: &Line) -> Origin {
    let kernel = KERNEL_LABELS
        .iter()
        .any(|label| line.label.starts_with(label));
    if kernel || line.label.starts_with(b"anon_inode:") {
        Origin::Special
    } else if line.permissions.shared {
        Origin::Shared
    } else if line.permissions.execute {
        Origin::LooseCode
    } else {
        Origin::Own
    }
}

fn origin_of_file(line: &Line, state: FileState, special: bool) -> Origin {
    // Private memory of this kind is the process's own; the kernel only gives it a name.
    let nameless =
        line.label.starts_with(b"/anon_hugepage") || line.label.starts_with(b"/dev/zero");
    if nameless && !line.permissions.shared {
        return if line.permissions.execute {
            Origin::LooseCode
        } else {
            Origin::Own
        };
    }
    if nameless {
        return Origin::Shared;
    }
    match (state, line.permissions.shared) {
        _ if special => Origin::Special,
        (FileState::Present, false) => Origin::PlacedFile,
        (FileState::Present, true) => Origin::SharedFile,
        (_, true) => Origin::Shared,
        (_, false) => Origin::LooseFile,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{parse, parse_line};

    #[test]
    fn reads_regions_with_any_path() {
        let text =
            b"55e0c0000000-55e0c0001000 r-xp 00001000 fe:01 1234     /tmp/a b\\012c (deleted)\n\
            7ffd1000-7ffd3000 rw-p 00000000 00:00 0          [stack]\n\
            7ffd4000-7ffd5000 rwxp 00000000 00:00 0 \n\
            ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n";
        let (lines, cut) = parse(text, 100);
        assert!(!cut);
        let labels: Vec<&[u8]> = lines.iter().map(|line| line.label.as_slice()).collect();
        let expected: [&[u8]; 4] = [b"/tmp/a b\nc (deleted)", b"[stack]", b"", b"[vsyscall]"];
        assert_eq!(labels, expected);
        assert_eq!((lines[0].device, lines[0].inode), ((0xfe, 1), 1234));
        assert!(lines[2].permissions.write && lines[2].permissions.execute);
    }

    #[test]
    fn says_so_when_there_are_more_regions_than_the_limit_or_one_is_garbled() {
        let one = b"1000-2000 rw-p 00000000 00:00 0 \n";
        let many = one.repeat(60_000);
        let (lines, cut) = parse(&many, 59_999);
        assert_eq!((lines.len(), cut), (59_999, true));
        assert!(!parse(&many, 60_000).1);
        assert!(parse(b"2000-1000 rw-p 00000000 00:00 0 \n", 9).1);
    }

    proptest! {
        #[test]
        fn takes_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes, 10);
        }

        #[test]
        fn takes_any_line_of_the_right_shape(line in "[0-9a-f]{0,18}-[0-9a-f]{0,18} [rwxps-]{0,5} [0-9a-f]{0,18} [0-9a-f]{0,9}:[0-9a-f]{0,9} [0-9]{0,22} .{0,20}") {
            if let Some(parsed) = parse_line(line.as_bytes()) {
                prop_assert!(parsed.start < parsed.end);
            }
        }
    }
}
