//! Deflate with a state that is used for one member after another: making one costs more than most members do.

use std::io::{self, BufRead, Read};

use flate2::{Decompress, FlushDecompress, Status};

/// The content of a deflated member.
pub(super) struct Inflated<'s, R> {
    packed: R,
    state: &'s mut Decompress,
}

impl<'s, R: BufRead> Inflated<'s, R> {
    /// Begins a member with a state that another may have used.
    pub(super) fn new(packed: R, state: &'s mut Decompress) -> Self {
        state.reset(false);
        Self { packed, state }
    }
}

impl<R: BufRead> Read for Inflated<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let input = self.packed.fill_buf()?;
            let is_last = input.is_empty();
            let flush = if is_last {
                FlushDecompress::Finish
            } else {
                FlushDecompress::None
            };
            let (taken, given) = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress(input, buffer, flush);
            let taken = self.state.total_in().wrapping_sub(taken);
            let given = self.state.total_out().wrapping_sub(given);
            self.packed.consume(usize::try_from(taken).unwrap_or(0));
            match status {
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
                Ok(Status::Ok | Status::BufError) if given == 0 && !is_last => {}
                Ok(_) => return Ok(usize::try_from(given).unwrap_or(0)),
            }
        }
    }
}
