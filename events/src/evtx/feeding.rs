//! A log that arrives in pieces of any size, made into its chunks. Whole chunks inside a piece are not copied.

use super::{CHUNK_BYTES, HEADER_BYTES};

/// Puts pieces of a log together.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    /// The part of a chunk, or of the header, that has arrived.
    waiting: Vec<u8>,
    /// Where in the log `waiting` begins.
    offset: u64,
}

/// A chunk of a log, or the header before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section<'a> {
    Chunk(&'a [u8]),
    Header(&'a [u8]),
}

impl Feed {
    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
        self.offset = 0;
    }

    /// Takes a piece and calls `whole` with each section that is complete with it, and where it begins.
    pub(crate) fn push(&mut self, mut piece: &[u8], mut whole: impl FnMut(u64, Section<'_>)) {
        while !piece.is_empty() {
            let length = self.section_bytes();
            if self.waiting.is_empty()
                && let Some((section, rest)) = piece.split_at_checked(length)
            {
                whole(self.offset, self.section(section));
                piece = rest;
            } else {
                let missing = length.saturating_sub(self.waiting.len());
                let (taken, rest) = piece.split_at(missing.min(piece.len()));
                self.waiting.extend_from_slice(taken);
                piece = rest;
                if self.waiting.len() < length {
                    return;
                }
                whole(self.offset, self.section(&self.waiting));
                self.waiting.clear();
            }
            self.offset = self
                .offset
                .saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        }
    }

    /// Returns what is left at the end of the log, and where it begins.
    pub(crate) fn rest(&self) -> (u64, Section<'_>) {
        (self.offset, self.section(&self.waiting))
    }

    fn section_bytes(&self) -> usize {
        if self.offset == 0 {
            HEADER_BYTES
        } else {
            CHUNK_BYTES
        }
    }

    fn section<'a>(&self, bytes: &'a [u8]) -> Section<'a> {
        if self.offset == 0 {
            Section::Header(bytes)
        } else {
            Section::Chunk(bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sections(log: &[u8], piece_sizes: &[usize]) -> Vec<(u64, Vec<u8>)> {
        let mut feed = Feed::default();
        let mut seen = Vec::new();
        let mut rest = log;
        for &size in piece_sizes.iter().cycle() {
            let (piece, behind) = rest.split_at(size.min(rest.len()));
            feed.push(piece, |at, section| {
                let (Section::Chunk(bytes) | Section::Header(bytes)) = section;
                seen.push((at, bytes.to_vec()));
            });
            rest = behind;
            if rest.is_empty() {
                break;
            }
        }
        let (at, Section::Chunk(bytes) | Section::Header(bytes)) = feed.rest();
        seen.push((at, bytes.to_vec()));
        seen
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn sections_do_not_depend_on_the_pieces(
            length in 0_usize..300_000,
            piece_sizes in prop::collection::vec(1_usize..100_000, 1..5),
        ) {
            let log: Vec<u8> = (0_u8..251).cycle().take(length).collect();
            prop_assert_eq!(sections(&log, &piece_sizes), sections(&log, &[usize::MAX]));
        }
    }
}
