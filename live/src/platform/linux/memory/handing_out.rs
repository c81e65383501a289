//! Handing out a memory piece by piece, and accounting for every byte of it.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use crate::memory::{MemoryCoverage, Piece, RegionGap};
use crate::patience::Errand;
use crate::platform::linux::memory::loading::{Job, Load, Loader};
use crate::platform::linux::memory::opening::Memory;
use crate::unread::Cause;

/// Looks at one process that may go unanswered before it is left alone: 3.
const UNANSWERED_MAX: usize = 3;

/// Hands out everything until `each` breaks off.
pub(super) fn hand_out(
    memory: &Memory,
    each: &mut dyn FnMut(Piece<'_>) -> ControlFlow<()>,
) -> MemoryCoverage {
    let mut run = Run {
        memory,
        coverage: MemoryCoverage::default(),
        next_region: 0,
        unanswered: Vec::new(),
    };
    while run.next_region < memory.regions.len() {
        match run.load_all(each) {
            Ok(()) => {}
            // Once more from the last account on, without the region that does not answer.
            Err(Cause::Time) if run.unanswered.len() < UNANSWERED_MAX => {}
            Err(cause) => run.skip_the_rest(&cause),
        }
    }
    if memory.cut {
        // Where the others lie is not known.
        run.coverage.gaps.push(RegionGap {
            start: 0,
            end: 0,
            label: b"more regions".to_vec(),
            cause: Cause::TooLarge("regions of one process"),
        });
    }
    run.coverage
}

/// What was handed out so far.
struct Run<'a> {
    memory: &'a Memory,
    coverage: MemoryCoverage,
    /// The first region whose account is open.
    next_region: usize,
    /// Regions at which a look was never answered.
    unanswered: Vec<usize>,
}

impl Run<'_> {
    /// Takes loads until all regions are finished, or says why it stopped at the next one.
    fn load_all(
        &mut self,
        each: &mut dyn FnMut(Piece<'_>) -> ControlFlow<()>,
    ) -> Result<(), Cause> {
        let memory = self.memory;
        let (give_back, spare) = mpsc::channel();
        let mut limits = memory.limits;
        limits.process = limits.process.saturating_sub(self.coverage.read_bytes);
        let at_work = Arc::new(AtomicUsize::new(self.next_region));
        let job = Job {
            source: memory.source.clone(),
            regions: Arc::clone(&memory.regions),
            origins: Arc::clone(&memory.origins),
            limits,
            first_region: self.next_region,
            unanswered: self.unanswered.clone(),
            at_work: Arc::clone(&at_work),
            spare,
        };
        let mut errand = Errand::start(memory.patience, move |loads| {
            // When nobody waits any more, the work is over early.
            let _ = Loader::new(job, loads).run();
        })?;
        while self.next_region < memory.regions.len() {
            let load = match errand.next() {
                Err(Cause::Time) => {
                    self.unanswered.push(at_work.load(Ordering::Relaxed));
                    return Err(Cause::Time);
                }
                load => load?,
            };
            if hand_out_load(memory, &load, each).is_break() {
                return Err(Cause::LeftOut("the reader broke off"));
            }
            self.coverage.add(load.finished);
            self.next_region = load.next_region;
            // The loader may have ended already.
            let _ = give_back.send(load.buffer);
        }
        Ok(())
    }

    /// Notes that the regions from the next one on were not read to their end.
    fn skip_the_rest(&mut self, cause: &Cause) {
        for region in &self.memory.regions[self.next_region..] {
            self.coverage.region_count += 1;
            self.coverage.gaps.push(RegionGap {
                start: region.start,
                end: region.end,
                label: region.label.clone(),
                cause: cause.clone(),
            });
        }
        self.next_region = self.memory.regions.len();
    }
}

fn hand_out_load(
    memory: &Memory,
    load: &Load,
    each: &mut dyn FnMut(Piece<'_>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    for piece in &load.pieces {
        each(Piece {
            region: &memory.regions[piece.region],
            address: piece.address,
            bytes: &load.buffer[piece.start..piece.start + piece.length],
            overlap_bytes: piece.overlap_bytes,
        })?;
    }
    ControlFlow::Continue(())
}
