//! ZIP archives: members of the central directory first, then those that only local headers know, in whatever is left.
//!
//! The format is that of PKWARE's APPNOTE 6.3.10. Decision 13 says why no crate reads its headers here.

mod decoding;
mod directory;
mod implode;
mod inflating;
mod local;
mod names;

use crate::ReadSeek;
use crate::member::WhyNot;
use crate::sink::{Problem, Sink};

/// What a local header begins with.
pub(crate) const LOCAL_MAGIC: &[u8] = b"PK\x03\x04";
const CENTRAL_MAGIC: &[u8] = b"PK\x01\x02";

/// Where members' headers and contents lie, so that the rest can be searched for others.
#[derive(Default)]
struct Covered {
    spans: Vec<(u64, u64)>,
}

impl Covered {
    fn add(&mut self, from: u64, to: u64) {
        // Members that follow each other, as nearly all do, make one span.
        match self.spans.last_mut() {
            Some(last) if from >= last.0 && from <= last.1 => last.1 = last.1.max(to),
            _ => self.spans.push((from, to)),
        }
    }

    /// Returns the spans up to `end` that nothing covers.
    fn gaps(mut self, end: u64) -> Vec<(u64, u64)> {
        self.spans.sort_unstable();
        let mut gaps = Vec::new();
        let mut at = 0;
        for (from, to) in self.spans {
            if from > at {
                gaps.push((at, from.min(end)));
            }
            at = at.max(to);
        }
        if end > at {
            gaps.push((at, end));
        }
        gaps
    }
}

/// Opens an archive.
pub(crate) fn open(
    source: &mut dyn ReadSeek,
    size_bytes: u64,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    let mut covered = Covered::default();
    let mut member_count = 0_u64;
    match directory::find(source, size_bytes)? {
        Some(end) => {
            let listed = directory::members(source, size_bytes, &end, &mut covered, sink);
            member_count += match listed {
                Ok(count) => count,
                Err(Problem::Over) => return Err(Problem::Over),
                Err(problem) => {
                    sink.list(problem.why(), format!("central directory: {problem}"))?;
                    1
                }
            };
            if end.entry_count == 0 {
                member_count = member_count.max(1);
            }
        }
        None => sink.list(WhyNot::Damaged, "it has no central directory")?,
    }
    // What stands after contents to state their sizes is too short for a member.
    let gaps = covered.gaps(size_bytes).into_iter();
    for (from, to) in gaps.filter(|(from, to)| to - from > local::LOCAL_BYTES as u64) {
        member_count += local::search(source, from, to, sink)?;
    }
    if member_count == 0 {
        return Err(Problem::damaged("there is no member in it"));
    }
    Ok(())
}

/// Tells whether bytes that begin as a local header does are one, for those who look for archives in other files.
pub(crate) fn is_local_header(bytes: &[u8]) -> bool {
    local::looks_real(bytes)
}
