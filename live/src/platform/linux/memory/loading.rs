//! Reading ahead on a thread of its own: regions are planned and filled into buffers while the one before is examined.
//! Whoever waits for the next buffer can give up when a look is never answered.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};

use crate::memory::{MemoryCoverage, Region, RegionGap};
use crate::platform::linux::maps::Origin;
use crate::platform::linux::memory::filling::{Filled, fill};
use crate::platform::linux::memory::opening::{Limits, Source};
use crate::platform::linux::memory::planning::{Planner, Stretch};
use crate::platform::linux::pages::Range;
use crate::unread::Cause;

/// Bytes after which small pieces are handed over together: 1 MiB.
const LOAD_BYTES: usize = 1 << 20;
/// Pieces that are handed over together.
const LOAD_PIECES_MAX: usize = 4096;

/// Some pieces, and what became of the regions that end with them.
#[derive(Debug, Default)]
pub(super) struct Load {
    pub(super) buffer: Vec<u8>,
    pub(super) pieces: Vec<LoadedPiece>,
    /// The account of the regions that are finished.
    pub(super) finished: MemoryCoverage,
    /// The first region that is not.
    pub(super) next_region: usize,
}

/// Where in the buffer a piece is.
#[derive(Clone, Copy, Debug)]
pub(super) struct LoadedPiece {
    pub(super) region: usize,
    pub(super) address: u64,
    pub(super) start: usize,
    pub(super) length: usize,
    pub(super) overlap_bytes: usize,
}

/// Nobody waits for loads any more.
#[derive(Debug)]
pub(super) struct Abandoned;

/// What a loader works with.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) source: Source,
    pub(super) regions: Arc<[Region]>,
    pub(super) origins: Arc<[Origin]>,
    pub(super) limits: Limits,
    /// The region to start with.
    pub(super) first_region: usize,
    /// Regions at which a look was never answered: they are not looked at again.
    pub(super) unanswered: Vec<usize>,
    /// The region at work, for whoever waits.
    pub(super) at_work: Arc<AtomicUsize>,
    /// Buffers that are free again.
    pub(super) spare: Receiver<Vec<u8>>,
}

/// The thread's work.
pub(super) struct Loader {
    job: Job,
    loads: SyncSender<Load>,
    load: Load,
    /// Bytes of the load's buffer that are in use.
    used: usize,
    /// The account of the region at work.
    current: MemoryCoverage,
    bytes_left: u64,
    /// Why nothing more is read.
    over: Option<Cause>,
}

impl Loader {
    pub(super) fn new(job: Job, loads: SyncSender<Load>) -> Self {
        let load = Load {
            next_region: job.first_region,
            ..Load::default()
        };
        let bytes_left = job.limits.process;
        Self {
            job,
            loads,
            load,
            used: 0,
            current: MemoryCoverage::default(),
            bytes_left,
            over: None,
        }
    }

    /// Loads every region, or until nobody wants more.
    pub(super) fn run(mut self) -> Result<(), Abandoned> {
        let regions = Arc::clone(&self.job.regions);
        let origins = Arc::clone(&self.job.origins);
        let mut planner = Planner::new(self.job.source.clone(), self.job.limits.region);
        let all = regions.iter().zip(origins.iter()).enumerate();
        for (index, (region, &origin)) in all.skip(self.job.first_region) {
            self.job.at_work.store(index, Ordering::Relaxed);
            self.load_region(index, region, origin, &mut planner)?;
            self.current.region_count = 1;
            self.load.finished.add(mem::take(&mut self.current));
            self.load.next_region = index + 1;
        }
        self.hand_over()
    }

    fn load_region(
        &mut self,
        index: usize,
        region: &Region,
        origin: Origin,
        planner: &mut Planner,
    ) -> Result<(), Abandoned> {
        let all = Range {
            start: region.start,
            end: region.end,
        };
        let unanswered = self.job.unanswered.contains(&index);
        if let Some(cause) = self.over.clone().or(unanswered.then_some(Cause::Time)) {
            self.gap(region, all, cause);
            return Ok(());
        }
        let plan = match planner.plan(region, origin, &mut || self.hand_over())? {
            Ok(plan) => plan,
            Err(cause) => {
                self.gap(region, all, cause);
                return Ok(());
            }
        };
        self.current.untouched_bytes += plan.untouched_bytes;
        self.current.file_bytes += plan.file_bytes;
        for (range, cause) in plan.gaps {
            self.gap(region, range, cause);
        }
        for stretch in &plan.stretches {
            self.load_stretch(index, region, stretch)?;
        }
        Ok(())
    }

    fn load_stretch(
        &mut self,
        index: usize,
        region: &Region,
        stretch: &Stretch,
    ) -> Result<(), Abandoned> {
        let region_left = (self.job.limits.region).saturating_sub(self.current.read_bytes);
        let end = end_within(stretch, region_left.min(self.bytes_left));
        let mut reached = stretch.range.start;
        let mut overlap_bytes = 0;
        while reached < end && self.over.is_none() {
            let room = self.make_room(overlap_bytes, end - reached)?;
            let start = self.used;
            let fresh_start = start + overlap_bytes;
            let target = &mut self.load.buffer[fresh_start..fresh_start + room];
            let filled = fill(&self.job.source.mem, stretch, reached, target);
            self.account(region, &filled);
            let piece = LoadedPiece {
                region: index,
                address: reached - overlap_bytes as u64,
                start,
                length: overlap_bytes + room,
                overlap_bytes,
            };
            // Where nothing could be read there is nothing to examine.
            if filled.read_bytes > 0 {
                self.load.pieces.push(piece);
            }
            reached += room as u64;
            overlap_bytes = self.job.limits.overlap.min(piece.length);
            // What the next piece starts with stays where it is found.
            self.used = start + piece.length;
        }
        if let Some(cause) = self.over.clone().filter(|_| reached < end) {
            self.gap_to_the_end(region, stretch, reached, cause);
        } else if end < stretch.range.end {
            let limit = if region_left <= self.bytes_left {
                "bytes of one region"
            } else {
                "bytes of one process"
            };
            self.gap_to_the_end(region, stretch, end, Cause::TooLarge(limit));
        }
        Ok(())
    }

    /// Makes room behind what is used for a piece of at most `wanted` new bytes, and puts the last `overlap_bytes` that
    /// are used before it. Returns how many new bytes there is room for.
    fn make_room(&mut self, overlap_bytes: usize, wanted: u64) -> Result<usize, Abandoned> {
        let window = self.job.limits.window;
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let room = wanted.min(window - overlap_bytes);
        let full = self.used + overlap_bytes + room > LOAD_BYTES.max(window)
            || self.used >= LOAD_BYTES
            || self.load.pieces.len() >= LOAD_PIECES_MAX;
        let carried = self.load.buffer[self.used - overlap_bytes..self.used].to_vec();
        if full && self.used > 0 {
            self.hand_over()?;
        }
        let needed = self.used + overlap_bytes + room;
        if self.load.buffer.len() < needed {
            self.load.buffer.resize(needed, 0);
        }
        self.load.buffer[self.used..self.used + overlap_bytes].copy_from_slice(&carried);
        Ok(room)
    }

    /// Hands over what there is, also when it is nothing: it says that the work goes on.
    fn hand_over(&mut self) -> Result<(), Abandoned> {
        let next = Load {
            buffer: self.job.spare.try_recv().unwrap_or_default(),
            next_region: self.load.next_region,
            ..Load::default()
        };
        self.used = 0;
        let load = mem::replace(&mut self.load, next);
        self.loads.send(load).map_err(|_| Abandoned)
    }

    fn account(&mut self, region: &Region, filled: &Filled) {
        self.current.read_bytes += filled.read_bytes;
        self.bytes_left = self.bytes_left.saturating_sub(filled.read_bytes);
        for (range, cause) in &filled.gaps {
            self.gap(region, *range, cause.clone());
        }
        if filled.vanished {
            self.over = Some(Cause::Vanished);
        }
    }

    /// Notes that the stretch was not read from `from` on. Its holes there are no longer counted as known.
    fn gap_to_the_end(&mut self, region: &Region, stretch: &Stretch, from: u64, cause: Cause) {
        let missed = Range {
            start: from,
            end: stretch.range.end,
        };
        let planned: u64 = stretch
            .parts
            .iter()
            .map(|part| part.end.saturating_sub(part.start.max(from)))
            .sum();
        let holes = missed.length().saturating_sub(planned);
        self.current.untouched_bytes = self.current.untouched_bytes.saturating_sub(holes);
        self.gap(region, missed, cause);
    }

    fn gap(&mut self, region: &Region, range: Range, cause: Cause) {
        match self.current.gaps.last_mut() {
            Some(last) if last.end == range.start && last.cause == cause => last.end = range.end,
            _ => self.current.gaps.push(RegionGap {
                start: range.start,
                end: range.end,
                label: region.label.clone(),
                cause,
            }),
        }
    }
}

impl MemoryCoverage {
    pub(super) fn add(&mut self, other: Self) {
        self.region_count += other.region_count;
        self.read_bytes += other.read_bytes;
        self.untouched_bytes += other.untouched_bytes;
        self.file_bytes += other.file_bytes;
        self.gaps.extend(other.gaps);
    }
}

/// Returns the address up to which `budget` bytes of the stretch's parts reach.
fn end_within(stretch: &Stretch, budget: u64) -> u64 {
    let mut left = budget;
    for part in stretch.parts.iter() {
        if part.length() >= left {
            return part.start.saturating_add(left);
        }
        left -= part.length();
    }
    stretch.range.end
}
