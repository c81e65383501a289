//! Filling a buffer from a memory of which some pages may not be readable.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use rustix::io::Errno;

use crate::platform::linux::memory::planning::{Stretch, Supply};
use crate::platform::linux::pages::{Range, page_bytes};
use crate::unread::Cause;

/// Pages of one window that fail before the rest of it is given up: 256.
const FAILED_PAGES_MAX: u32 = 256;

/// What filling came to.
#[derive(Debug, Default)]
pub(super) struct Filled {
    /// Bytes that were read.
    pub(super) read_bytes: u64,
    /// What was not, and is zero in the buffer.
    pub(super) gaps: Vec<(Range, Cause)>,
    /// Whether the memory is gone.
    pub(super) vanished: bool,
}

/// Fills `buffer` with what lies at `start` and behind it.
pub(super) fn fill(mem: &File, stretch: &Stretch, start: u64, buffer: &mut [u8]) -> Filled {
    let length = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
    let end = start.saturating_add(length);
    let mut filled = Filled::default();
    let first = stretch.parts.partition_point(|part| part.end <= start);
    let mut zero_from = start;
    for part in stretch.parts[first..]
        .iter()
        .take_while(|part| part.start < end)
    {
        let (from, to) = (part.start.max(start), part.end.min(end));
        part_of(buffer, start, zero_from, from).fill(0);
        zero_from = to;
        let target = part_of(buffer, start, from, to);
        match &stretch.supply {
            Supply::Memory => read_memory(mem, from, target, &mut filled),
            Supply::File(file, distance) => {
                let offset = u64::try_from(i128::from(from) + distance).unwrap_or(u64::MAX);
                read_file(file, offset, from, target, &mut filled);
            }
        }
    }
    part_of(buffer, start, zero_from, end).fill(0);
    filled
}

/// The part of a buffer whose first byte is at address `base`.
fn part_of(buffer: &mut [u8], base: u64, from: u64, to: u64) -> &mut [u8] {
    let index = |address: u64| usize::try_from(address.saturating_sub(base)).unwrap_or(usize::MAX);
    let from = index(from).min(buffer.len());
    let to = index(to).clamp(from, buffer.len());
    &mut buffer[from..to]
}

fn read_memory(mem: &File, address: u64, target: &mut [u8], filled: &mut Filled) {
    let page = page_bytes();
    let mut done = 0;
    let mut failed_pages = 0;
    while done < target.len() {
        let at = address.saturating_add(done as u64);
        match mem.read_at(&mut target[done..], at) {
            // Only a memory that has ended has nothing at all.
            Ok(0) => {
                filled.vanished = true;
                filled.give_up(at, &mut target[done..], Cause::Vanished);
                return;
            }
            Ok(count) => {
                done += count;
                filled.read_bytes += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if is_unreadable_page(&error) && failed_pages < FAILED_PAGES_MAX => {
                failed_pages += 1;
                let rest_of_page = usize::try_from(page - at % page).unwrap_or(usize::MAX);
                let next = done.saturating_add(rest_of_page).min(target.len());
                filled.give_up(at, &mut target[done..next], error.into());
                done = next;
            }
            Err(error) => {
                let cause = Cause::from(error);
                filled.vanished |= cause == Cause::Vanished;
                filled.give_up(at, &mut target[done..], cause);
                return;
            }
        }
    }
}

fn read_file(file: &File, offset: u64, address: u64, target: &mut [u8], filled: &mut Filled) {
    let mut done = 0;
    while done < target.len() {
        let at = offset.saturating_add(done as u64);
        match file.read_at(&mut target[done..], at) {
            // It was made shorter since it was looked through: what is behind its end is no more.
            Ok(0) => {
                let gone = address.saturating_add(done as u64);
                filled.give_up(gone, &mut target[done..], Cause::Vanished);
                return;
            }
            Ok(count) => {
                done += count;
                filled.read_bytes += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let here = address.saturating_add(done as u64);
                filled.give_up(here, &mut target[done..], error.into());
                return;
            }
        }
    }
}

fn is_unreadable_page(error: &io::Error) -> bool {
    let number = error.raw_os_error();
    number == Some(Errno::IO.raw_os_error()) || number == Some(Errno::FAULT.raw_os_error())
}

impl Filled {
    fn give_up(&mut self, address: u64, rest: &mut [u8], cause: Cause) {
        rest.fill(0);
        let end = address.saturating_add(rest.len() as u64);
        match self.gaps.last_mut() {
            Some((range, before)) if range.end == address && *before == cause => range.end = end,
            _ => self.gaps.push((
                Range {
                    start: address,
                    end,
                },
                cause,
            )),
        }
    }
}
