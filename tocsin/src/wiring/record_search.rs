//! Searches the records of an event log for what an alert seeks in logs: each record is a line of text. What is held does
//! not grow with the log.

use std::collections::BTreeMap;

use events::RecordText;
use jiff::Timestamp;
use logs::{LogOutcome, LogSearch};
use sweep::Match;

use super::text_logs::SoughtInLogs;

/// Matches of one value that are kept of one log; the rest is counted.
const MATCHES_PER_VALUE: usize = 10;

/// The search of one event log after another.
pub struct RecordSearch<'d> {
    sought: &'d SoughtInLogs,
    search: LogSearch<'d>,
    /// The records of the piece that is being searched: a line is one of them.
    records: Vec<(u64, Timestamp)>,
    /// By the number of what is sought.
    found: BTreeMap<usize, Found>,
}

/// What was found of one value.
#[derive(Default)]
struct Found {
    /// The value as it stands there, and where.
    kept: Vec<(String, String)>,
    count: u64,
}

impl<'d> RecordSearch<'d> {
    /// Makes the search.
    pub fn new(sought: &'d SoughtInLogs) -> Self {
        Self {
            sought,
            search: sought.search(),
            records: Vec::new(),
            found: BTreeMap::new(),
        }
    }

    /// Begins a log.
    pub fn start(&mut self) {
        self.found.clear();
    }

    /// Searches the records that `read` tells.
    pub fn search<T>(&mut self, read: impl FnOnce(&mut dyn FnMut(&RecordText<'_>)) -> T) -> T {
        let (search, records) = (&mut self.search, &mut self.records);
        records.clear();
        search.start(None);
        // By its first bytes a text may be taken for UTF-16; a log must not choose them.
        search.push(b"  ");
        let read = read(&mut |record| {
            records.push((record.record_id, record.at));
            search.push(record.text.as_bytes());
            search.push(b"\n");
        });
        if !self.records.is_empty() {
            let outcome = self.search.finish();
            self.take(outcome);
        }
        read
    }

    fn take(&mut self, outcome: LogOutcome) {
        for total in &outcome.totals {
            self.found.entry(total.id).or_default().count += total.count;
        }
        for one in outcome.matches {
            let record = usize::try_from(one.line - 1)
                .ok()
                .and_then(|line| self.records.get(line));
            let found = self.found.entry(one.id).or_default();
            if found.kept.len() < MATCHES_PER_VALUE {
                let place = match record {
                    Some((number, at)) => format!("record {number}, {at}: {}", one.excerpt.trim()),
                    None => one.excerpt.trim().to_owned(),
                };
                found.kept.push((one.value, place));
            }
        }
    }

    /// Ends the log and returns what was found, as matches of a detector's part.
    pub fn finish(&mut self, part: usize) -> Vec<Match> {
        let mut matches = Vec::new();
        for (id, found) in std::mem::take(&mut self.found) {
            let left_out = found.count.saturating_sub(found.kept.len() as u64);
            let last = found.kept.len().saturating_sub(1);
            for (number, (value, mut place)) in found.kept.into_iter().enumerate() {
                if number == last && left_out > 0 {
                    place = format!("{place} (and {left_out} more of it in this log)");
                }
                matches.push(Match {
                    part,
                    check: self.sought.check(id).clone(),
                    value,
                    place: Some(place),
                });
            }
        }
        matches
    }
}

#[cfg(test)]
mod tests {
    use domain::{Alert, CheckKind};
    use testkit::at;

    use super::*;

    fn alert() -> Alert {
        let mut alert = testkit::alerts::dispatch_238();
        for indicator in &mut alert.indicators {
            let values = ["air.dcsvn.org", "playball.ddns.info"];
            let observables = &mut indicator.observables;
            observables.retain(|one| values.contains(&one.value().as_str()));
        }
        alert
    }

    fn record(record_id: u64, text: &str) -> RecordText<'_> {
        RecordText {
            record_id,
            at: at("2016-08-03T10:00:00Z"),
            text,
        }
    }

    #[test]
    fn a_name_in_a_record_is_found_with_its_number_and_time() {
        let sought = SoughtInLogs::of(&alert()).unwrap();
        let mut search = RecordSearch::new(&sought);
        search.start();
        // What begins like UTF-16 hides nothing.
        search.search(|each| each(&record(6, "\0a\0b: x  ")));
        search.search(|each| {
            each(&record(7, "QueryName: healthy.example.org  "));
            each(&record(8, "QueryName: air.dcsvn.org  QueryResults: ::1;  "));
        });
        let matches = search.finish(1);
        let [found] = matches.as_slice() else {
            panic!("one match: {matches:?}");
        };
        assert_eq!((found.part, found.value.as_str()), (1, "air.dcsvn.org"));
        assert_eq!(found.check.kind, CheckKind::Domain);
        let place = found.place.as_deref().unwrap();
        assert!(
            place.starts_with("record 8, 2016-08-03T10:00:00Z: QueryName: air"),
            "{place}"
        );
        search.start();
        assert_eq!(search.finish(1), [], "the log before is forgotten");
    }

    #[test]
    fn a_log_full_of_one_name_hides_no_other() {
        let sought = SoughtInLogs::of(&alert()).unwrap();
        let mut search = RecordSearch::new(&sought);
        search.start();
        for piece in 0..20 {
            search.search(|each| {
                for number in 0..500 {
                    each(&record(piece * 500 + number, "QueryName: air.dcsvn.org  "));
                }
            });
        }
        search.search(|each| each(&record(10_000, "QueryName: playball.ddns.info  ")));
        let matches = search.finish(0);
        let of = |name: &str| matches.iter().filter(|one| one.value == name).count();
        assert_eq!((of("air.dcsvn.org"), of("playball.ddns.info")), (10, 1));
        let said: Vec<&str> = matches
            .iter()
            .filter_map(|one| one.place.as_deref())
            .collect();
        let rest = said
            .iter()
            .filter(|place| place.ends_with("(and 9990 more of it in this log)"));
        assert_eq!(rest.count(), 1, "{said:?}");
    }
}
