//! Opening a memory. What is open stays the memory that it was: when the process ends or runs another program, reading
//! says so.

use std::fs::File;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::OFlags;

use crate::memory::{MemoryCoverage, Piece, Region};
use crate::options::LiveOptions;
use crate::patience::Patience;
use crate::platform::linux::folder::ProcessFolder;
use crate::platform::linux::maps::{Mapped, Origin, list_regions};
use crate::platform::linux::memory::handing_out::hand_out;
use crate::platform::linux::open_files::open_regular;
use crate::processes::{Process, ProcessKind};
use crate::unread::Cause;

/// Bytes of a window, at least.
const WINDOW_BYTES_MIN: usize = 64 * 1024;

/// The open memory of a process.
#[derive(Debug)]
pub(crate) struct Memory {
    pub(super) source: Source,
    pub(super) regions: Arc<[Region]>,
    /// Where the content of each region has to be taken from.
    pub(super) origins: Arc<[Origin]>,
    /// Whether there were more regions.
    pub(super) cut: bool,
    pub(super) limits: Limits,
    /// How long to wait for the next piece.
    pub(super) patience: Duration,
}

/// What is open of the process.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) folder: Arc<ProcessFolder>,
    pub(super) mem: Arc<File>,
    /// None where we may not ask which pages there are.
    pub(super) pagemap: Option<Arc<File>>,
}

/// What reading may cost, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) region: u64,
    pub(super) process: u64,
    pub(super) window: usize,
    pub(super) overlap: usize,
}

/// Opens the memory of a process.
pub(crate) fn open_memory(process: &Process, options: &LiveOptions) -> Result<Memory, Cause> {
    if process.pid == std::process::id() {
        return Err(Cause::LeftOut("the memory of this program itself"));
    }
    if options.left_out_pids.contains(&process.pid) {
        return Err(Cause::LeftOut("a process of the sweep"));
    }
    match process.kind {
        ProcessKind::Ended => return Err(Cause::Vanished),
        ProcessKind::Kernel => return Err(Cause::Special),
        ProcessKind::Program => {}
    }
    let folder = Arc::new(ProcessFolder::open_again(process)?);
    let mem = File::from(folder.open_entry("mem", OFlags::RDONLY)?);
    let pagemap = folder.open_entry("pagemap", OFlags::RDONLY).ok();
    let mut patience = Patience::new(options.patience);
    let (looker, limit) = (Arc::clone(&folder), options.region_count_max);
    let (mapped, cut) = patience
        .look(move || list_regions(&looker, limit))
        .flatten()?;
    let (regions, origins): (Vec<Region>, Vec<Origin>) = mapped
        .into_iter()
        .map(|Mapped { region, origin }| (region, origin))
        .unzip();
    let window_bytes = options.window_bytes.max(WINDOW_BYTES_MIN);
    Ok(Memory {
        source: Source {
            folder,
            mem: Arc::new(mem),
            pagemap: pagemap.map(|pagemap| Arc::new(File::from(pagemap))),
        },
        regions: regions.into(),
        origins: origins.into(),
        cut,
        limits: Limits {
            region: options.region_bytes_max,
            process: options.process_bytes_max,
            window: window_bytes,
            overlap: options.overlap_bytes.min(window_bytes / 2),
        },
        patience: options.patience,
    })
}

impl Memory {
    pub(crate) fn read(
        &mut self,
        each: &mut dyn FnMut(Piece<'_>) -> ControlFlow<()>,
    ) -> MemoryCoverage {
        hand_out(self, each)
    }

    pub(crate) fn regions(&self) -> &[Region] {
        &self.regions
    }

    pub(crate) fn open_region_file(&self, region: &Region) -> Result<File, Cause> {
        let folder = Arc::clone(&self.source.folder);
        let name = map_file(region);
        Patience::new(self.patience)
            .look(move || open_regular(&folder, &name, None))
            .flatten()
    }
}

/// The link to what a region shows.
pub(super) fn map_file(region: &Region) -> String {
    format!("map_files/{:x}-{:x}", region.start, region.end)
}
