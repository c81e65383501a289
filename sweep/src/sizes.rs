//! Which files are hashed because of their size: all stated ranges, cut into segments that do not overlap.

use std::ops::Range;

use domain::{Algorithm, SizeRange};

use crate::hash::AlgorithmSet;

/// The segments, in order. Everything before the first belongs to no range.
#[derive(Debug, Default)]
pub(crate) struct SizeTable {
    /// Where each segment starts.
    starts: Vec<u64>,
    /// What files of a size in each segment are hashed with.
    algorithms: Vec<AlgorithmSet>,
}

impl SizeTable {
    pub(crate) fn new(ranges: &[(SizeRange, AlgorithmSet)]) -> Self {
        let end = |range: SizeRange| range.max_bytes().checked_add(1);
        let mut starts: Vec<u64> = ranges
            .iter()
            .flat_map(|(range, _)| [Some(range.min_bytes()), end(*range)])
            .flatten()
            .collect();
        starts.sort_unstable();
        starts.dedup();
        // For each algorithm, how many ranges more (or fewer) ask for it from this segment on.
        let mut changes = vec![[0_i64; Algorithm::ALL.len()]; starts.len()];
        for (range, algorithms) in ranges {
            for (number, algorithm) in Algorithm::ALL.into_iter().enumerate() {
                if algorithms.contains(AlgorithmSet::of(algorithm)) {
                    changes[starts.partition_point(|&s| s < range.min_bytes())][number] += 1;
                    if let Some(end) = end(*range) {
                        changes[starts.partition_point(|&s| s < end)][number] -= 1;
                    }
                }
            }
        }
        let mut asking = [0_i64; Algorithm::ALL.len()];
        let algorithms = changes.iter().map(|change| {
            let mut set = AlgorithmSet::NONE;
            for (number, algorithm) in Algorithm::ALL.into_iter().enumerate() {
                asking[number] += change[number];
                if asking[number] > 0 {
                    set = set.with(AlgorithmSet::of(algorithm));
                }
            }
            set
        });
        Self {
            algorithms: algorithms.collect(),
            starts,
        }
    }

    pub(crate) fn segment_count(&self) -> usize {
        self.starts.len()
    }

    /// Returns the segment of a size, where some range contains it.
    pub(crate) fn segment(&self, size_bytes: u64) -> Option<usize> {
        let segment = self
            .starts
            .partition_point(|&start| start <= size_bytes)
            .checked_sub(1)?;
        (!self.algorithms[segment].is_empty()).then_some(segment)
    }

    /// Returns what a file of this size is hashed with.
    pub(crate) fn algorithms(&self, size_bytes: u64) -> AlgorithmSet {
        self.segment(size_bytes)
            .map_or(AlgorithmSet::NONE, |segment| self.algorithms[segment])
    }

    /// Returns the segments that make up one of the ranges.
    pub(crate) fn segments_of(&self, range: SizeRange) -> Range<usize> {
        let first = self.starts.partition_point(|&s| s < range.min_bytes());
        let end = self.starts.partition_point(|&s| s <= range.max_bytes());
        first..end
    }
}

#[cfg(test)]
mod tests {
    use domain::Algorithm::{Md5, Sha1, Sha256};
    use proptest::prelude::*;

    use super::*;

    fn range(min: u64, max: u64) -> SizeRange {
        SizeRange::new(min, max).expect("in order")
    }

    proptest! {
        #[test]
        fn answers_as_asking_each_range_would(
            bounds in prop::collection::vec((0..60_u64, 0..20_u64, 0..3_usize), 0..12),
            size in 0..90_u64,
        ) {
            let ranges: Vec<(SizeRange, AlgorithmSet)> = bounds
                .iter()
                .map(|&(min, more, which)| {
                    (range(min, min + more), AlgorithmSet::of([Md5, Sha1, Sha256][which]))
                })
                .collect();
            let table = SizeTable::new(&ranges);
            let mut expected = AlgorithmSet::NONE;
            for (range, algorithms) in &ranges {
                if range.contains(size) {
                    expected = expected.with(*algorithms);
                }
                let segment = table.segment(size);
                let among_its_segments =
                    segment.is_some_and(|segment| table.segments_of(*range).contains(&segment));
                prop_assert_eq!(among_its_segments, range.contains(size));
            }
            prop_assert_eq!(table.algorithms(size), expected);
        }
    }

    #[test]
    fn takes_ranges_up_to_the_largest_size() {
        let table = SizeTable::new(&[(range(5, u64::MAX), AlgorithmSet::of(Md5))]);
        assert_eq!(table.segment(4), None);
        assert_eq!(table.algorithms(u64::MAX), AlgorithmSet::of(Md5));
    }
}
