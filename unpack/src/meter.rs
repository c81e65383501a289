//! What was spent of a budget, and the readers that spend it: nothing is decoded or read without passing through one.

use std::cell::{Cell, RefCell};
use std::io::{self, Read, Seek, SeekFrom};
use std::time::Instant;

use crate::ReadSeek;
use crate::budget::Budget;
use crate::member::WhyNot;
use crate::room::Share;

/// Work between two questions to the caller and the clock: 1 MiB takes at most a few milliseconds to decode.
const ASK_EVERY_BYTES: u64 = 1 << 20;

/// What a read or a seek counts for, whatever it moves, so that a loop without progress is seen too.
const CALL_COST_BYTES: u64 = 4096;

/// What was spent for one outer file. Once it is over it stays over.
pub(crate) struct Meter<'a> {
    budget: &'a Budget,
    stop: &'a dyn Fn() -> bool,
    deadline: Cell<Option<Instant>>,
    outer_bytes: u64,
    produced_bytes: Cell<u64>,
    unasked_bytes: Cell<u64>,
    over: Cell<Option<WhyNot>>,
    share: RefCell<Share>,
}

impl<'a> Meter<'a> {
    /// Starts the clock for an outer file of `outer_bytes`.
    pub(crate) fn start(budget: &'a Budget, outer_bytes: u64, stop: &'a dyn Fn() -> bool) -> Self {
        Self {
            budget,
            stop,
            deadline: Cell::new(Instant::now().checked_add(budget.time_max)),
            outer_bytes,
            produced_bytes: Cell::new(0),
            unasked_bytes: Cell::new(0),
            over: Cell::new(None),
            share: RefCell::default(),
        }
    }

    /// Returns the limits.
    pub(crate) const fn budget(&self) -> &'a Budget {
        self.budget
    }

    /// Tells which limit ended the run, if any.
    pub(crate) const fn over(&self) -> Option<WhyNot> {
        self.over.get()
    }

    /// Ends the run for a reason.
    pub(crate) fn end(&self, why: WhyNot) {
        if self.over.get().is_none() {
            self.over.set(Some(why));
        }
    }

    /// Returns the bytes that can still be produced.
    pub(crate) fn bytes_left(&self) -> u64 {
        (self.budget.bytes_max).saturating_sub(self.produced_bytes.get())
    }

    /// Charges bytes that came out of a decoder.
    pub(crate) fn charge(&self, bytes: u64) -> io::Result<()> {
        let produced = self.produced_bytes.get().saturating_add(bytes);
        if produced > self.budget.bytes_max {
            self.end(WhyNot::Bytes);
            return Err(over());
        }
        self.produced_bytes.set(produced);
        let ratio_bytes = self.outer_bytes.saturating_mul(self.budget.ratio_max);
        if produced > self.budget.ratio_floor_bytes && produced > ratio_bytes {
            self.end(WhyNot::Ratio);
            return Err(over());
        }
        self.work(bytes)
    }

    /// Counts work, and now and then asks the caller and the clock whether to go on.
    pub(crate) fn work(&self, bytes: u64) -> io::Result<()> {
        let unasked = (self.unasked_bytes.get())
            .saturating_add(bytes)
            .saturating_add(CALL_COST_BYTES);
        if unasked >= ASK_EVERY_BYTES {
            self.unasked_bytes.set(0);
            self.ask();
        } else {
            self.unasked_bytes.set(unasked);
        }
        match self.over.get() {
            None => Ok(()),
            Some(_) => Err(over()),
        }
    }

    /// Takes room for bytes that are held in memory. Waiting for it takes nothing off the time.
    pub(crate) fn hold(&self, bytes: u64) -> io::Result<()> {
        let began_at = Instant::now();
        let taken = self.share.borrow_mut().take(bytes, self.stop);
        let until = self.deadline.get();
        self.deadline
            .set(until.and_then(|until| until.checked_add(began_at.elapsed())));
        taken.map_err(|_stopped| {
            self.end(WhyNot::Time);
            over()
        })
    }

    /// Gives back room for bytes that are held no longer.
    pub(crate) fn let_go(&self, bytes: u64) {
        self.share.borrow_mut().give_back(bytes);
    }

    /// Asks the caller and the clock.
    pub(crate) fn ask(&self) {
        let late = (self.deadline.get()).is_some_and(|deadline| Instant::now() >= deadline);
        if late || (self.stop)() {
            self.end(WhyNot::Time);
        }
    }
}

fn over() -> io::Error {
    io::Error::other("the budget is used up")
}

/// A decoder's output, charged when it comes out.
pub(crate) struct Metered<'m, R> {
    inner: R,
    meter: &'m Meter<'m>,
}

impl<'m, R: Read> Metered<'m, R> {
    /// Charges to `meter` what is read from `inner`.
    pub(crate) const fn new(inner: R, meter: &'m Meter<'m>) -> Self {
        Self { inner, meter }
    }
}

impl<R: Read> Read for Metered<'_, R> {
    /// Never lets more come out than is left, so that what was produced never exceeds the budget.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.meter.work(0)?;
        let left = usize::try_from(self.meter.bytes_left()).unwrap_or(usize::MAX);
        let room = buffer.len().min(left.max(1));
        let count = self
            .inner
            .read(buffer.get_mut(..room).unwrap_or_default())?;
        self.meter.charge(count as u64)?;
        Ok(count)
    }
}

/// A container's bytes: reading them is work, but produces nothing.
pub(crate) struct Guarded<'m, R: ?Sized> {
    meter: &'m Meter<'m>,
    inner: R,
}

impl<'m, R> Guarded<'m, R> {
    /// Counts as work what is read from `inner`.
    pub(crate) const fn new(inner: R, meter: &'m Meter<'m>) -> Self {
        Self { meter, inner }
    }
}

impl<R: Read + ?Sized> Read for Guarded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.meter.work(0)?;
        let count = self.inner.read(buffer)?;
        self.meter.work(count as u64)?;
        Ok(count)
    }
}

impl<R: Seek + ?Sized> Seek for Guarded<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.meter.work(0)?;
        self.inner.seek(to)
    }
}

/// Bytes that are read from the front to the end, with a way to pass over some.
pub(crate) trait Forward: Read {
    /// Passes over `count` bytes; fails where there are fewer.
    fn skip(&mut self, count: u64) -> io::Result<()>;

    /// Tells whether the bytes come out of a decoder and so have to be charged.
    fn is_decoded(&self) -> bool;
}

/// The front-to-end view of something that can seek.
pub(crate) struct SeekForward<'s> {
    source: &'s mut dyn ReadSeek,
    position: u64,
    size_bytes: u64,
}

impl<'s> SeekForward<'s> {
    /// Starts at the front.
    pub(crate) fn new(source: &'s mut dyn ReadSeek, size_bytes: u64) -> io::Result<Self> {
        source.seek(SeekFrom::Start(0))?;
        Ok(Self {
            source,
            position: 0,
            size_bytes,
        })
    }
}

impl Read for SeekForward<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.position = self.position.saturating_add(count as u64);
        Ok(count)
    }
}

impl Forward for SeekForward<'_> {
    fn skip(&mut self, count: u64) -> io::Result<()> {
        let target = self.position.saturating_add(count);
        if target > self.size_bytes {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.position = self.source.seek(SeekFrom::Start(target))?;
        Ok(())
    }

    fn is_decoded(&self) -> bool {
        false
    }
}

/// The front-to-end view of a stream; what is passed over is decoded all the same, and charged.
pub(crate) struct StreamForward<'s, 'm> {
    source: &'s mut dyn Read,
    meter: &'m Meter<'m>,
}

impl<'s, 'm> StreamForward<'s, 'm> {
    /// Reads from where `source` stands.
    pub(crate) fn new(source: &'s mut dyn Read, meter: &'m Meter<'m>) -> Self {
        Self { source, meter }
    }
}

impl Read for StreamForward<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.meter.work(0)?;
        self.source.read(buffer)
    }
}

impl Forward for StreamForward<'_, '_> {
    fn skip(&mut self, count: u64) -> io::Result<()> {
        let mut decoded = Metered::new(&mut *self.source, self.meter).take(count);
        if io::copy(&mut decoded, &mut io::sink())? < count {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    fn is_decoded(&self) -> bool {
        true
    }
}

/// A part of something larger, as if it stood alone.
pub(crate) struct Window<'s> {
    source: &'s mut dyn ReadSeek,
    start: u64,
    size_bytes: u64,
    position: u64,
}

impl<'s> Window<'s> {
    /// Shows `size_bytes` from `start` on.
    pub(crate) fn new(source: &'s mut dyn ReadSeek, start: u64, size_bytes: u64) -> Self {
        Self {
            source,
            start,
            size_bytes,
            position: 0,
        }
    }
}

impl Read for Window<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.size_bytes.saturating_sub(self.position);
        let room = buffer
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        if room == 0 {
            return Ok(0);
        }
        let from = self.start.saturating_add(self.position);
        self.source.seek(SeekFrom::Start(from))?;
        let count = (self.source).read(buffer.get_mut(..room).unwrap_or_default())?;
        self.position = self.position.saturating_add(count as u64);
        Ok(count)
    }
}

impl Seek for Window<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size_bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
