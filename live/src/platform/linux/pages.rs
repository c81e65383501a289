//! Which pages of a region hold something of its own: `/proc/PID/pagemap` (`Documentation/admin-guide/mm/pagemap.rst`).
//!
//! Reading a page that was never written would make the process own it. So such pages are not read: they are zero, or
//! they are the file's.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// The page is in memory.
const PRESENT: u64 = 1 << 63;
/// The page is on the swap device.
const SWAPPED: u64 = 1 << 62;
/// The page is a file's or is shared: the process did not write it.
const OF_A_FILE: u64 = 1 << 61;
/// Pages asked for at once: 32,768, a buffer of 256 KiB for 128 MiB of memory.
const PAGES_PER_READ: usize = 32 * 1024;
/// Bytes of a gap that is read over rather than starting anew behind it: 64 KiB.
const GAP_BYTES_MAX: u64 = 64 * 1024;

/// Addresses from the first to before the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Range {
    pub(super) const fn length(self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}

/// What is sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Pages that hold anything.
    Held,
    /// Pages that the process wrote.
    Written,
}

impl Wanted {
    const fn matches(self, entry: u64) -> bool {
        let held = entry & (PRESENT | SWAPPED) != 0;
        match self {
            Self::Held => held,
            Self::Written => held && entry & OF_A_FILE == 0,
        }
    }
}

/// Returns the ranges of the wanted pages among the first `pages_max` pages of `range`, and where it stopped.
pub(super) fn find(
    pagemap: &File,
    range: Range,
    wanted: Wanted,
    pages_max: u64,
) -> io::Result<(Vec<Range>, u64)> {
    let page = page_bytes();
    let mut found = Vec::new();
    let mut buffer = vec![0; PAGES_PER_READ * 8];
    let stop = range
        .start
        .saturating_add(pages_max.saturating_mul(page))
        .min(range.end);
    let mut address = range.start;
    while address < stop {
        let pages = (stop - address).div_ceil(page);
        let pages =
            usize::try_from(pages).map_or(PAGES_PER_READ, |pages| pages.min(PAGES_PER_READ));
        let read = pagemap.read_at(&mut buffer[..pages * 8], address / page * 8)?;
        let entries = read / 8;
        if entries == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for entry in buffer[..entries * 8].chunks_exact(8) {
            let entry = u64::from_ne_bytes(entry.try_into().expect("chunks of 8"));
            if wanted.matches(entry) {
                append(&mut found, address, address.saturating_add(page).min(stop));
            }
            address = address.saturating_add(page);
        }
    }
    Ok((found, stop))
}

/// Puts ranges that lie close together into one stretch each.
pub(super) fn join(ranges: &[Range]) -> Vec<&[Range]> {
    ranges
        .chunk_by(|before, after| after.start.saturating_sub(before.end) <= GAP_BYTES_MAX)
        .collect()
}

pub(super) fn page_bytes() -> u64 {
    u64::try_from(rustix::param::page_size()).map_or(4096, |bytes| bytes.max(4096))
}

fn append(ranges: &mut Vec<Range>, start: u64, end: u64) {
    match ranges.last_mut() {
        Some(last) if last.end == start => last.end = end,
        _ => ranges.push(Range { start, end }),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{OF_A_FILE, PRESENT, Range, SWAPPED, Wanted, find, join, page_bytes};

    fn pagemap(entries: &[u64]) -> std::fs::File {
        let mut file = tempfile::tempfile().unwrap();
        for entry in entries {
            file.write_all(&entry.to_ne_bytes()).unwrap();
        }
        file
    }

    fn pages(start: u64, end: u64) -> Range {
        Range {
            start: start * page_bytes(),
            end: end * page_bytes(),
        }
    }

    #[test]
    fn finds_what_is_held_and_what_was_written() {
        let map = pagemap(&[0, PRESENT, SWAPPED, 0, PRESENT | OF_A_FILE, PRESENT, 0]);
        let all = pages(0, 7);
        let (held, stop) = find(&map, all, Wanted::Held, 100).unwrap();
        assert_eq!((held, stop), (vec![pages(1, 3), pages(4, 6)], all.end));
        let (written, _) = find(&map, all, Wanted::Written, 100).unwrap();
        assert_eq!(written, [pages(1, 3), pages(5, 6)]);
        let (some, stop) = find(&map, all, Wanted::Held, 2).unwrap();
        assert_eq!((some, stop), (vec![pages(1, 2)], pages(0, 2).end));
    }

    #[test]
    fn fails_where_the_process_ends_in_between() {
        assert!(find(&pagemap(&[PRESENT]), pages(0, 7), Wanted::Held, 100).is_err());
    }

    #[test]
    fn reads_over_small_gaps_only() {
        let ranges = [pages(0, 1), pages(3, 4), pages(100, 101)];
        assert_eq!(join(&ranges), [&ranges[..2], &ranges[2..]]);
    }
}
