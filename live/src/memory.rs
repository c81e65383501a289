//! The memory of one process, region by region, in pieces for a detector.
//!
//! Only what can hold something of its own is read: pages that were never written are known to be zero, and pages of a
//! file that is in its place are examined with the file. Both are counted, not passed over silently. A match that
//! lies across the border of two regions is not found.

use std::fs::File;
use std::ops::ControlFlow;

use crate::platform;
use crate::processes::FileState;
use crate::unread::Cause;

/// The open memory of one process.
#[derive(Debug)]
pub struct Memory(platform::Memory);

/// One region of memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// The first address.
    pub start: u64,
    /// The first address behind it.
    pub end: u64,
    /// What the process may do with it.
    pub permissions: Permissions,
    /// The file that it shows, if one.
    pub file: Option<RegionFile>,
    /// What the system calls it: a path, `[heap]`, `[stack]`, or nothing.
    pub label: Vec<u8>,
}

/// What a process may do with a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent permissions, as the system has them"
)]
pub struct Permissions {
    /// It may be read.
    pub read: bool,
    /// It may be written.
    pub write: bool,
    /// It may be executed.
    pub execute: bool,
    /// What is written is seen by others.
    pub shared: bool,
}

/// The file that a region shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionFile {
    /// Its path, without the mark of a deleted file.
    pub path: Vec<u8>,
    /// What became of it.
    pub state: FileState,
    /// Where in the file the region starts.
    pub offset: u64,
    /// The file's number on its file system.
    pub inode: u64,
}

/// A part of a region's content.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// The region.
    pub region: &'a Region,
    /// The address of the first byte.
    pub address: u64,
    /// The content.
    pub bytes: &'a [u8],
    /// How many bytes at the start were the end of the piece before: a match wholly inside them was seen already.
    pub overlap_bytes: usize,
}

/// What reading a memory came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryCoverage {
    /// Regions of the process.
    pub region_count: u64,
    /// Bytes handed out, those of overlaps once.
    pub read_bytes: u64,
    /// Bytes that the process never wrote, and that are zero.
    pub untouched_bytes: u64,
    /// Bytes that are those of a file in its place: whoever examines the file has examined them.
    pub file_bytes: u64,
    /// What was not read.
    pub gaps: Vec<RegionGap>,
}

/// A part of a region that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionGap {
    /// The first address.
    pub start: u64,
    /// The first address behind it.
    pub end: u64,
    /// What the system calls the region.
    pub label: Vec<u8>,
    /// Why.
    pub cause: Cause,
}

impl Memory {
    pub(crate) fn new(memory: platform::Memory) -> Self {
        Self(memory)
    }

    /// Returns the regions in the order in which they are read: what is executable and of no file first.
    pub fn regions(&self) -> &[Region] {
        self.0.regions()
    }

    /// Hands out the content of every region, piece by piece, until `each` breaks off. The rest is then a gap.
    pub fn read(&mut self, each: &mut dyn FnMut(Piece<'_>) -> ControlFlow<()>) -> MemoryCoverage {
        self.0.read(each)
    }

    /// Opens the file that a region shows, also where it is deleted. Needs the rights of the administrator.
    pub fn open_region_file(&self, region: &Region) -> Result<File, Cause> {
        self.0.open_region_file(region)
    }
}

impl Region {
    /// Returns its length in bytes.
    pub const fn length(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}
