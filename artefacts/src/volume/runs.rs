//! Runs of clusters: where the pieces of a content lie on the volume.

use crate::bytes::slice;

/// Most runs of one content. A file of 16 TB in pieces of 4 MB has as many.
const RUNS_MAX: usize = 4 << 20;

/// Clusters that follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// The first cluster on the volume; nothing for a hole, which reads as zeros.
    pub(super) start: Option<u64>,
    /// How many clusters.
    pub(super) count: u64,
}

/// Adds the runs that are packed in `bytes`; nothing where they are damaged or too many.
pub(super) fn unpack(bytes: &[u8], runs: &mut Vec<Run>) -> Option<()> {
    let mut at = 0;
    let mut start: i64 = 0;
    let mut total: u64 = runs.iter().map(|run| run.count).sum();
    loop {
        // The ends of a record that is not whole ends the runs too.
        let header = bytes.get(at).copied().unwrap_or(0);
        if header == 0 {
            return Some(());
        }
        let (count_bytes, start_bytes) = (usize::from(header & 15), usize::from(header >> 4));
        let count = number(slice(bytes, at + 1, count_bytes)?)?;
        let step = number(slice(bytes, at + 1 + count_bytes, start_bytes)?)?;
        at += 1 + count_bytes + start_bytes;
        let count = u64::try_from(count).ok().filter(|&count| count > 0)?;
        total = total.checked_add(count).filter(|&total| total < 1 << 52)?;
        let place = if start_bytes == 0 {
            None
        } else {
            start = start.checked_add(step)?;
            Some(u64::try_from(start).ok()?)
        };
        if runs.len() == RUNS_MAX {
            return None;
        }
        runs.push(Run {
            start: place,
            count,
        });
    }
}

/// Reads a little-endian number with a sign, of at most eight bytes.
fn number(bytes: &[u8]) -> Option<i64> {
    let Some(&last) = bytes.last() else {
        return Some(0);
    };
    let fill = if last >= 0x80 { 0xff } else { 0 };
    let mut whole = [fill; 8];
    whole.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(i64::from_le_bytes(whole))
}

#[cfg(test)]
mod tests {
    use super::{Run, unpack};

    #[test]
    fn unpacks_runs_with_steps_back_and_holes() {
        let mut runs = Vec::new();
        let packed = [0x21, 0x18, 0x34, 0x56, 0x01, 0x10, 0x11, 0x04, 0xf0, 0];
        assert_eq!(unpack(&packed, &mut runs), Some(()));
        let run = |start, count| Run { start, count };
        assert_eq!(
            runs,
            [
                run(Some(0x5634), 0x18),
                run(None, 0x10),
                run(Some(0x5624), 4)
            ]
        );
    }

    #[test]
    fn refuses_runs_before_the_volume_and_of_no_length() {
        for packed in [&[0x11, 1, 0xf0][..], &[0x11, 0, 1], &[0x1f, 1], &[0x41, 1]] {
            assert_eq!(unpack(packed, &mut Vec::new()), None, "{packed:x?}");
        }
    }
}
