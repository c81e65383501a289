//! Handing out a memory in windows, and accounting for every byte of it.

use std::mem;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::memory::{MemoryCoverage, Piece, Region, RegionGap};
use crate::patience::Patience;
use crate::platform::linux::maps::Origin;
use crate::platform::linux::memory::filling::{Filled, fill};
use crate::platform::linux::memory::opening::{Limits, Memory, Source};
use crate::platform::linux::memory::planning::{Planner, Stretch};
use crate::platform::linux::pages::Range;
use crate::unread::Cause;

/// Looks at one process that may go unanswered before it is left alone: 3.
const UNANSWERED_MAX: u32 = 3;

/// One run over the regions.
pub(super) struct HandingOut<'a> {
    regions: &'a [Region],
    origins: &'a [Origin],
    cut: bool,
    limits: Limits,
    source: Source,
    patience: &'a mut Patience,
    buffer: Vec<u8>,
    coverage: MemoryCoverage,
    bytes_left: u64,
    unanswered: u32,
    /// Why nothing more is read.
    over: Option<Cause>,
}

impl<'a> HandingOut<'a> {
    pub(super) fn new(memory: &'a mut Memory) -> Self {
        Self {
            regions: &memory.regions,
            origins: &memory.origins,
            cut: memory.cut,
            limits: memory.limits,
            source: memory.source.clone(),
            patience: &mut memory.patience,
            buffer: Vec::new(),
            coverage: MemoryCoverage::default(),
            bytes_left: memory.limits.process,
            unanswered: 0,
            over: None,
        }
    }

    pub(super) fn run(
        mut self,
        each: &mut dyn FnMut(Piece<'_>) -> ControlFlow<()>,
    ) -> MemoryCoverage {
        let mut planner = Planner::new(self.source.clone(), self.limits.region);
        for (region, &origin) in self.regions.iter().zip(self.origins) {
            self.coverage.region_count += 1;
            self.hand_out_region(region, origin, &mut planner, each);
        }
        if self.cut {
            // Where the others lie is not known.
            self.coverage.gaps.push(RegionGap {
                start: 0,
                end: 0,
                label: b"more regions".to_vec(),
                cause: Cause::TooLarge("regions of one process"),
            });
        }
        self.coverage
    }

    fn hand_out_region(
        &mut self,
        region: &Region,
        origin: Origin,
        planner: &mut Planner,
        each: &mut dyn FnMut(Piece<'_>) -> ControlFlow<()>,
    ) {
        let all = Range {
            start: region.start,
            end: region.end,
        };
        if let Some(cause) = self.over.clone() {
            self.gap(region, all, cause);
            return;
        }
        let plan = match planner.plan(region, origin, self.patience) {
            Ok(plan) => plan,
            Err(cause) => {
                self.count_unanswered(&cause);
                self.gap(region, all, cause);
                return;
            }
        };
        self.coverage.untouched_bytes += plan.untouched_bytes;
        self.coverage.file_bytes += plan.file_bytes;
        for (range, cause) in plan.gaps {
            self.gap(region, range, cause);
        }
        let mut region_left = self.limits.region;
        for stretch in &plan.stretches {
            let before = self.coverage.read_bytes;
            self.hand_out_stretch(region, stretch, region_left, each);
            region_left = region_left.saturating_sub(self.coverage.read_bytes - before);
        }
    }

    fn hand_out_stretch(
        &mut self,
        region: &Region,
        stretch: &Stretch,
        region_left: u64,
        each: &mut dyn FnMut(Piece<'_>) -> ControlFlow<()>,
    ) {
        let budget = region_left.min(self.bytes_left);
        let end = end_within(stretch, budget);
        let mut reached = stretch.range.start;
        let mut carried = 0;
        let mut stopped = None;
        while reached < end {
            if let Some(cause) = self.over.clone() {
                stopped = Some(cause);
                break;
            }
            let room = (self.limits.window - carried) as u64;
            let fresh = usize::try_from(room.min(end - reached)).unwrap_or(0);
            let filled = match self.fill(stretch, reached, carried, fresh) {
                Ok(filled) => filled,
                Err(cause) => {
                    self.count_unanswered(&cause);
                    stopped = Some(cause);
                    break;
                }
            };
            self.account(region, &filled);
            let bytes = &self.buffer[..carried + fresh];
            let piece = Piece {
                region,
                address: reached - carried as u64,
                bytes,
                overlap_bytes: carried,
            };
            if filled.read_bytes > 0 && each(piece).is_break() {
                self.over = Some(Cause::LeftOut("the reader broke off"));
            }
            reached += fresh as u64;
            let next = self.limits.overlap.min(carried + fresh);
            self.buffer
                .copy_within(carried + fresh - next..carried + fresh, 0);
            carried = next;
        }
        if let Some(cause) = stopped {
            self.gap_to_the_end(region, stretch, reached, cause);
        } else if end < stretch.range.end {
            let limit = if region_left <= self.bytes_left {
                "bytes of one region"
            } else {
                "bytes of one process"
            };
            self.gap_to_the_end(region, stretch, end, Cause::TooLarge(limit));
        }
    }

    /// Fills the buffer behind the bytes that are carried over.
    fn fill(
        &mut self,
        stretch: &Stretch,
        start: u64,
        carried: usize,
        fresh: usize,
    ) -> Result<Filled, Cause> {
        let mut buffer = mem::take(&mut self.buffer);
        let (memory, stretch) = (Arc::clone(&self.source.mem), stretch.clone());
        let needed = (carried + fresh).max(buffer.len());
        let (buffer, filled) = self.patience.look(move || {
            buffer.resize(needed, 0);
            let filled = fill(
                &memory,
                &stretch,
                start,
                &mut buffer[carried..carried + fresh],
            );
            (buffer, filled)
        })?;
        self.buffer = buffer;
        Ok(filled)
    }

    fn account(&mut self, region: &Region, filled: &Filled) {
        self.coverage.read_bytes += filled.read_bytes;
        self.bytes_left = self.bytes_left.saturating_sub(filled.read_bytes);
        for (range, cause) in &filled.gaps {
            self.gap(region, *range, cause.clone());
        }
        if filled.vanished {
            self.over = Some(Cause::Vanished);
        }
    }

    fn count_unanswered(&mut self, cause: &Cause) {
        if *cause == Cause::Time {
            self.unanswered += 1;
        }
        if self.unanswered >= UNANSWERED_MAX {
            self.over = Some(Cause::Time);
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
        self.coverage.untouched_bytes = self.coverage.untouched_bytes.saturating_sub(holes);
        self.gap(region, missed, cause);
    }

    fn gap(&mut self, region: &Region, range: Range, cause: Cause) {
        let last = self.coverage.gaps.last_mut();
        if let Some(last) = last.filter(|last| {
            last.end == range.start && last.cause == cause && last.start >= region.start
        }) {
            last.end = range.end;
            return;
        }
        self.coverage.gaps.push(RegionGap {
            start: range.start,
            end: range.end,
            label: region.label.clone(),
            cause,
        });
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
