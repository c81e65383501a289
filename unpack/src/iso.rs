//! Optical disc images: ISO 9660 with Joliet and Rock Ridge names. Files that only one of the trees has are found too.
//!
//! The formats are those of ECMA-119, the Joliet specification, and IEEE P1281/P1282 (SUSP, Rock Ridge).

mod record;

use std::collections::HashSet;
use std::io::{Read, SeekFrom};

use record::Record;

use crate::ReadSeek;
use crate::member::{MemberName, WhyNot};
use crate::reading::{Exactly, read_at};
use crate::sink::{Facts, Problem, Sink};

/// Bytes of a sector.
const SECTOR_BYTES: u64 = 2048;
const SECTOR_LENGTH: usize = 2048;
const FIRST_DESCRIPTOR: u64 = 16;
/// Descriptors that are read: a disc has three or four.
const DESCRIPTORS_MAX: u64 = 64;
/// Bytes of one folder that are read: some 80 000 entries.
const FOLDER_BYTES_MAX: u64 = 8 << 20;
/// Folders in folders. ECMA-119 allows eight.
const FOLDER_DEPTH_MAX: usize = 64;

/// How a tree writes its names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    /// UTF-16, highest byte first.
    Joliet,
    /// Bytes, with the real names beside them where there is Rock Ridge.
    Plain,
}

/// One of the trees of a disc.
struct Tree {
    names: Names,
    /// Sector and size of its root folder.
    root: (u32, u32),
    is_first: bool,
}

/// A folder that is still to be read.
struct Folder {
    at_sector: u32,
    size: u32,
    path: Vec<u8>,
    depth: usize,
}

/// Opens a disc image.
pub(crate) fn open(
    source: &mut dyn ReadSeek,
    size_bytes: u64,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    let (mut trees, mut udf) = (Vec::new(), false);
    for sector in FIRST_DESCRIPTOR..FIRST_DESCRIPTOR + DESCRIPTORS_MAX {
        let descriptor = read_at(source, sector * SECTOR_BYTES, SECTOR_BYTES)?;
        match descriptor.get(1..6) {
            Some(b"CD001") => {
                let escape = descriptor.get(88..91).unwrap_or_default();
                let joliet = matches!(escape, b"%/@" | b"%/C" | b"%/E");
                let root = Record::parse(descriptor.get(156..190).unwrap_or_default());
                let root = root.map(|root| (root.at_sector, root.size));
                match (descriptor.first(), root) {
                    (Some(1), Some(root)) => trees.push((Names::Plain, root)),
                    (Some(2), Some(root)) if joliet => trees.insert(0, (Names::Joliet, root)),
                    _ => {}
                }
            }
            Some(b"NSR02" | b"NSR03") => udf = true,
            Some(b"BEA01" | b"TEA01" | b"BOOT2") => {}
            _ => break,
        }
    }
    if trees.is_empty() {
        return Err(Problem::damaged("it has no tree of files"));
    }
    // Rock Ridge names are whole; Joliet cuts them at 64 or 103 characters; plain ones are cut at 31 or less.
    let joliet_first = trees
        .first()
        .is_some_and(|(names, _)| *names == Names::Joliet);
    if joliet_first && has_rock_ridge(source, &trees)? {
        trees.reverse();
    }
    if udf {
        sink.list(
            WhyNot::Unsupported,
            "its UDF structures, which can hold more files, are not opened",
        )?;
    }
    // A file that is in both trees is shown once, by its longer name.
    let mut seen = HashSet::new();
    for (index, (names, root)) in trees.into_iter().enumerate() {
        let tree = Tree {
            names,
            root,
            is_first: index == 0,
        };
        walk(source, size_bytes, &tree, &mut seen, sink)?;
    }
    Ok(())
}

/// Tells whether the plain tree's root says that longer names follow.
fn has_rock_ridge(
    source: &mut dyn ReadSeek,
    trees: &[(Names, (u32, u32))],
) -> Result<bool, Problem> {
    let plain = trees.iter().find(|(names, _)| *names == Names::Plain);
    let Some((_, (sector, _))) = plain else {
        return Ok(false);
    };
    let folder = read_at(source, u64::from(*sector) * SECTOR_BYTES, SECTOR_BYTES)?;
    let first = record::all(&folder).next();
    Ok(first.is_some_and(|own| own.shares_its_field()))
}

fn walk(
    source: &mut dyn ReadSeek,
    size_bytes: u64,
    tree: &Tree,
    seen: &mut HashSet<(u32, u32)>,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    let mut entered = HashSet::from([tree.root.0]);
    let mut folders = vec![Folder {
        at_sector: tree.root.0,
        size: tree.root.1,
        path: Vec::new(),
        depth: 0,
    }];
    while let Some(folder) = folders.pop() {
        let at = u64::from(folder.at_sector) * SECTOR_BYTES;
        let size = u64::from(folder.size).min(FOLDER_BYTES_MAX);
        let bytes = read_at(source, at, size)?;
        if (bytes.len() as u64) < u64::from(folder.size) {
            let path = String::from_utf8_lossy(&folder.path).into_owned();
            sink.list(
                WhyNot::Damaged,
                format!("the folder '{path}' is not there as a whole"),
            )?;
        }
        let first_inner = folders.len();
        let mut records = record::all(&bytes).peekable();
        while let Some(found) = records.next() {
            if found.is_own_or_parent() {
                continue;
            }
            let mut path = folder.path.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(&found.name(tree.names, source)?);
            if found.is_folder() {
                sink.empty_entry()?;
                if folder.depth < FOLDER_DEPTH_MAX && entered.insert(found.at_sector) {
                    folders.push(Folder {
                        at_sector: found.at_sector,
                        size: found.size,
                        path,
                        depth: folder.depth + 1,
                    });
                }
                continue;
            }
            // A file beyond 4 GiB has several extents, each with its record.
            let mut extents = vec![(found.at_sector, found.size)];
            let mut last = found.has_more_extents();
            while last {
                let Some(next) = records.next() else { break };
                extents.push((next.at_sector, next.size));
                last = next.has_more_extents();
            }
            if seen.insert((found.at_sector, found.size)) || found.size == 0 && tree.is_first {
                file(source, size_bytes, &path, &extents, found.modified, sink)?;
            }
        }
        // The first folder first, as a person would list them.
        folders.get_mut(first_inner..).unwrap_or_default().reverse();
    }
    Ok(())
}

fn file(
    source: &mut dyn ReadSeek,
    size_bytes: u64,
    path: &[u8],
    extents: &[(u32, u32)],
    modified: Option<i64>,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    let size = extents.iter().map(|(_, size)| u64::from(*size)).sum();
    let facts = Facts {
        modified,
        declared_size: Some(size),
    };
    let mut content = Extents {
        source,
        left: extents,
        size_bytes,
        current: None,
    };
    sink.member(
        MemberName::from_bytes(path),
        facts,
        &mut Exactly::new(&mut content, size),
    )
}

/// The extents of a file, one after the other.
struct Extents<'e> {
    source: &'e mut dyn ReadSeek,
    left: &'e [(u32, u32)],
    size_bytes: u64,
    /// Where the next byte is, and how many are left of this extent.
    current: Option<(u64, u64)>,
}

impl Read for Extents<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let (at, left) = match self.current {
                Some((at, left)) if left > 0 => (at, left),
                _ => match self.left.split_first() {
                    Some(((sector, size), rest)) => {
                        self.left = rest;
                        (u64::from(*sector) * SECTOR_BYTES, u64::from(*size))
                    }
                    None => return Ok(0),
                },
            };
            self.current = Some((at, left));
            if left == 0 {
                continue;
            }
            if at >= self.size_bytes {
                return Ok(0);
            }
            let room = buffer
                .len()
                .min(usize::try_from(left).unwrap_or(usize::MAX));
            self.source.seek(SeekFrom::Start(at))?;
            let count = self
                .source
                .read(buffer.get_mut(..room).unwrap_or_default())?;
            self.current = Some((at + count as u64, left - count as u64));
            return Ok(count);
        }
    }
}
