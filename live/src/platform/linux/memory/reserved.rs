//! Regions that a program only reserved: `/proc/PID/smaps` (proc(5)) tells for each how much of it there is. Looking
//! through a terabyte of page entries for nothing takes seconds; this takes none.

use std::collections::HashSet;

use crate::memory::Region;
use crate::platform::linux::folder::ProcessFolder;

/// Bytes from which a region is worth asking for: 4 GiB.
pub(crate) const HUGE_BYTES: u64 = 4 << 30;
/// Bytes of the list: 700 for a region. Where it is longer, the regions behind are looked through.
const SMAPS_BYTES_MAX: usize = 64 << 20;

/// Regions of which nothing is in memory or on the swap device.
#[derive(Debug, Default)]
pub(super) struct Reserved(HashSet<(u64, u64)>);

impl Reserved {
    /// Asks for the regions of a process; where that is not possible, none is known.
    pub(super) fn load(folder: &ProcessFolder) -> Self {
        folder
            .read("smaps", SMAPS_BYTES_MAX)
            .map_or_else(|_| Self::default(), |content| Self::parse(&content.bytes))
    }

    pub(super) fn contains(&self, region: &Region) -> bool {
        self.0.contains(&(region.start, region.end))
    }

    fn parse(text: &[u8]) -> Self {
        let mut reserved = HashSet::new();
        let mut at = None;
        // Both must be said to be nothing, and nothing else may be something.
        let mut said = 0;
        for line in text.split(|&byte| byte == b'\n') {
            let Ok(line) = std::str::from_utf8(line) else {
                continue;
            };
            if let Some(range) = parse_range(line) {
                (at, said) = (Some(range), 0);
                continue;
            }
            let Some((field, value)) = line.split_once(':') else {
                continue;
            };
            let nothing = value.trim_start().starts_with("0 ");
            match field {
                "Rss" | "Swap" if nothing => said += 1,
                "Rss" | "Swap" | "Private_Hugetlb" | "Shared_Hugetlb" if !nothing => at = None,
                // The last of each region.
                "VmFlags" if said == 2 => reserved.extend(at.take()),
                _ => {}
            }
        }
        Self(reserved)
    }
}

/// The heading of a region, as in `maps`.
fn parse_range(line: &str) -> Option<(u64, u64)> {
    let (start, end) = line.split(' ').next()?.split_once('-')?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    Some((number(start)?, number(end)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Reserved;

    fn region(start: u64, rss: u64, swap: u64, huge: u64) -> String {
        format!(
            "{start:x}-{:x} rw-p 00000000 00:00 0 \nSize: 8 kB\nRss:     {rss} kB\n\
             Private_Hugetlb:  {huge} kB\nSwap:    {swap} kB\nVmFlags: rd wr\n",
            start + 1
        )
    }

    #[test]
    fn knows_what_is_only_reserved() {
        let text = [
            region(16, 0, 0, 0),
            region(32, 4, 0, 0),
            region(48, 0, 4, 0),
            region(64, 0, 0, 4),
            "50-51 rw-p 00000000 00:00 0 \nRss: 0 kB\nVmFlags: rd\n".to_owned(),
            region(96, 0, 0, 0),
        ];
        let mut known: Vec<_> = Reserved::parse(text.concat().as_bytes())
            .0
            .into_iter()
            .collect();
        known.sort_unstable();
        assert_eq!(known, [(16, 17), (96, 97)]);
    }

    proptest! {
        #[test]
        fn takes_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Reserved::parse(&bytes);
        }
    }
}
