//! Counts what was found, and keeps the first and the last of it.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::examining::Hit;
use crate::excerpt::excerpt;
use crate::lines::Line;
use crate::outcome::{LogMatch, LogOutcome, LogTotal, MATCHES_MAX, MATCHES_PER_ID};

/// What was found so far.
#[derive(Debug, Default)]
pub struct Tally {
    first: Vec<LogMatch>,
    by_id: HashMap<usize, Count>,
    /// Ids of which the last match is in the buffer.
    last_in_buffer: Vec<usize>,
}

#[derive(Debug, Default)]
struct Count {
    together: u64,
    first_kept: usize,
    first_at: Option<Timestamp>,
    last_at: Option<Timestamp>,
    /// The line and value found last: the same again is not counted.
    previous: Option<(u64, String)>,
    /// The last match where it is not among the first ones.
    last: Last,
}

/// Making a match copies a part of the line, which is not worth it for one that the next replaces.
#[derive(Debug, Default)]
enum Last {
    #[default]
    None,
    InBuffer(Found),
    Kept(LogMatch),
}

#[derive(Debug)]
struct Found {
    hit: Hit,
    line: Line,
    at: Option<Timestamp>,
    offset: u64,
}

impl Tally {
    /// Counts a hit in the buffer `text`, and keeps it if it is one of the first.
    pub fn record(
        &mut self,
        hit: Hit,
        line: &Line,
        at: Option<Timestamp>,
        offset: u64,
        text: &[u8],
    ) {
        let id = hit.id;
        let count = self.by_id.entry(id).or_default();
        let is_again = count
            .previous
            .as_ref()
            .is_some_and(|(number, value)| *number == line.number && *value == hit.value);
        if is_again {
            return;
        }
        count.previous = Some((line.number, hit.value.clone()));
        count.together += 1;
        if let Some(at) = at {
            count.first_at = Some(count.first_at.map_or(at, |first| first.min(at)));
            count.last_at = Some(count.last_at.map_or(at, |last| last.max(at)));
        }
        let line = *line;
        let found = Found {
            hit,
            line,
            at,
            offset,
        };
        if count.first_kept < MATCHES_PER_ID - 1 && self.first.len() < MATCHES_MAX {
            count.first_kept += 1;
            self.first.push(found.into_match(text));
            return;
        }
        if !matches!(count.last, Last::InBuffer(_)) {
            self.last_in_buffer.push(id);
        }
        count.last = Last::InBuffer(found);
    }

    /// Keeps the last matches, before the buffer changes.
    pub fn keep_last(&mut self, text: &[u8]) {
        for id in self.last_in_buffer.drain(..) {
            let Some(count) = self.by_id.get_mut(&id) else {
                continue;
            };
            count.last = match std::mem::take(&mut count.last) {
                Last::InBuffer(found) => Last::Kept(found.into_match(text)),
                other => other,
            };
        }
    }

    /// Ends the counting.
    pub fn into_outcome(self) -> LogOutcome {
        let mut outcome = LogOutcome {
            matches: self.first,
            ..LogOutcome::default()
        };
        let mut count_together = 0;
        for (id, count) in self.by_id {
            count_together += count.together;
            outcome.totals.push(LogTotal {
                id,
                count: count.together,
                first_at: count.first_at,
                last_at: count.last_at,
            });
            if let Last::Kept(last) = count.last {
                outcome.matches.push(last);
            }
        }
        outcome.totals.sort_unstable_by_key(|total| total.id);
        outcome
            .matches
            .sort_by_key(|found| (found.offset, found.id));
        outcome.left_out = count_together - outcome.matches.len() as u64;
        outcome
    }
}

impl Found {
    fn into_match(self, text: &[u8]) -> LogMatch {
        LogMatch {
            excerpt: excerpt(text, self.line.start, self.line.is_cut, self.hit.start),
            id: self.hit.id,
            value: self.hit.value,
            line: self.line.number,
            offset: self.offset,
            at: self.at,
        }
    }
}
