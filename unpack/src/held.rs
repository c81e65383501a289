//! A member's bytes in memory: a beginning first, and more only where somebody needs it, out of the room of the process.

use std::io::{self, Read};

use crate::member::{MemberStream, WhyNot};
use crate::meter::{Meter, Metered};

/// Bytes of a member that are held unasked and without taking room; larger ones are streams to whoever can take one. Each
/// thread has so many for each level at which containers are nested. 2 MiB: nine members of ten are smaller.
pub(crate) const FRONT_BYTES: u64 = 2 << 20;

/// How far a content is held.
#[derive(Debug)]
pub(crate) enum Filled {
    /// To its end, where this error ended it.
    Failed(WhyNot, String),
    /// To where it was to be; there may be more.
    Partly,
    /// To its end.
    Whole,
}

/// The beginning of a content, or all of it.
pub(crate) struct Held<'m> {
    meter: &'m Meter<'m>,
    bytes: Vec<u8>,
    /// Bytes of room that are taken.
    taken: u64,
}

impl<'m> Held<'m> {
    /// Holds nothing yet, in memory that was used before.
    pub(crate) fn new(meter: &'m Meter<'m>, mut memory: Vec<u8>) -> Self {
        memory.clear();
        Self {
            meter,
            bytes: memory,
            taken: 0,
        }
    }

    /// Reads on until `most` bytes are held, or the content is at its end.
    pub(crate) fn fill(&mut self, content: &mut dyn Read, most: u64) -> Filled {
        loop {
            let length = self.bytes.len() as u64;
            if length >= most {
                return Filled::Partly;
            }
            // A content may state any size: what is there says how much memory is worth taking.
            let next = length.saturating_add(length / 2);
            let next = next.max(FRONT_BYTES).min(most);
            if let Err(error) = self.take_room(next) {
                return Filled::Failed(WhyNot::Time, error.to_string());
            }
            let mut part = Metered::new(&mut *content, self.meter).take(next - length);
            match part.read_to_end(&mut self.bytes) {
                Err(error) => return Filled::Failed(why(&error), error.to_string()),
                Ok(_) if (self.bytes.len() as u64) < next => return Filled::Whole,
                Ok(_) => {}
            }
        }
    }

    /// Reads a container of `size_bytes`, which produces nothing, as far as it is there.
    pub(crate) fn fill_uncharged(
        &mut self,
        content: &mut dyn Read,
        size_bytes: u64,
    ) -> io::Result<()> {
        self.take_room(size_bytes)?;
        content.take(size_bytes).read_to_end(&mut self.bytes)?;
        Ok(())
    }

    /// Returns what is held.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Gives the room back, and the memory if it is little enough to be kept for the next content.
    pub(crate) fn into_memory(mut self) -> Vec<u8> {
        let mut memory = std::mem::take(&mut self.bytes);
        memory.clear();
        memory.shrink_to(usize::try_from(FRONT_BYTES).unwrap_or(usize::MAX));
        memory
    }

    fn take_room(&mut self, size: u64) -> io::Result<()> {
        if size <= FRONT_BYTES {
            return Ok(());
        }
        let wanted = size - FRONT_BYTES;
        self.meter.hold(wanted.saturating_sub(self.taken))?;
        self.taken = self.taken.max(wanted);
        let more = usize::try_from(size)
            .unwrap_or(usize::MAX)
            .saturating_sub(self.bytes.len());
        (self.bytes.try_reserve_exact(more)).map_err(|_| io::ErrorKind::OutOfMemory.into())
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // The memory first, so that whoever waits for room finds it.
        self.bytes = Vec::new();
        self.meter.let_go(self.taken);
    }
}

/// A member that is shown while it is decoded.
pub(crate) struct Streamed<'h, 'm> {
    held: &'h mut Held<'m>,
    rest: &'h mut dyn Read,
    bytes_max: u64,
    filled: Filled,
    passed: bool,
}

impl<'h, 'm> Streamed<'h, 'm> {
    /// Shows what `held` holds and then what is left of `rest`; at most `bytes_max` may be held.
    pub(crate) fn new(held: &'h mut Held<'m>, rest: &'h mut dyn Read, bytes_max: u64) -> Self {
        Self {
            held,
            rest,
            bytes_max,
            filled: Filled::Partly,
            passed: false,
        }
    }

    /// Reads what nobody asked for, and tells how the content ended.
    pub(crate) fn finish(mut self) -> Filled {
        self.pieces(&mut |_| {});
        self.filled
    }
}

impl MemberStream for Streamed<'_, '_> {
    fn front(&self) -> &[u8] {
        self.held.bytes()
    }

    fn hold(&mut self, bytes_max: u64) -> Option<&[u8]> {
        // One byte more, to see whether there is one.
        let most = bytes_max.min(self.bytes_max).saturating_add(1);
        if matches!(self.filled, Filled::Partly) {
            self.filled = self.held.fill(&mut *self.rest, most);
        }
        let fits = (self.held.bytes.len() as u64) < most && !matches!(self.filled, Filled::Partly);
        (fits && self.held.meter.over().is_none()).then_some(self.held.bytes())
    }

    fn pieces(&mut self, each: &mut dyn FnMut(&[u8])) {
        const PIECE_BYTES: usize = 128 * 1024;
        if std::mem::replace(&mut self.passed, true) {
            return;
        }
        each(self.held.bytes());
        if !matches!(self.filled, Filled::Partly) {
            return;
        }
        let mut metered = Metered::new(&mut *self.rest, self.held.meter);
        let mut piece = vec![0_u8; PIECE_BYTES];
        self.filled = loop {
            match metered.read(&mut piece) {
                Ok(0) => break Filled::Whole,
                Ok(count) => each(piece.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Filled::Failed(why(&error), error.to_string()),
            }
        };
    }
}

/// Tells what a decoder's error means: a limit of ours or of its own is no damage.
pub(crate) fn why(error: &io::Error) -> WhyNot {
    match error.kind() {
        io::ErrorKind::OutOfMemory | io::ErrorKind::Unsupported => WhyNot::Unsupported,
        _ => WhyNot::Damaged,
    }
}
