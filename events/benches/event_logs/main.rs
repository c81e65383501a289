//! How many bytes of event logs a second one core reads with some 2,000 Sigma rules.
//!
//! `cargo bench -p events` prints one line for each kind of log: what a host writes all day, of which next to nothing matches;
//! the regression logs of the Sigma project packed densely, where each record matches; and these logs as they are, nearly empty.
#![expect(dead_code, reason = "it shares the writer of logs with the tests")]

mod ordinary;

#[path = "../../tests/it/making.rs"]
mod making;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use events::{Outcome, RuleSource, SigmaRules, compile, for_each_field};
use making::{Event, Value};

/// Bytes that each kind of log is read to.
const BYTES_EACH: usize = 512 * 1024 * 1024;
/// Bytes of one log in memory, more than processors cache.
const LOG_BYTES: usize = 64 * 1024 * 1024;
/// Rules that are asked.
const RULES: usize = 2_000;
/// Bytes that are pushed at once, as a reader of files has them.
const PIECE_BYTES: usize = 1024 * 1024;

fn main() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora/sigma");
    if !corpus.is_dir() {
        println!("skipped: there is no ../shared/corpora/sigma beside the checkout");
        return;
    }
    let rules = rules(&corpus);
    println!("{} rules, one core, by its own time", rules.rule_count());
    let regression: Vec<Vec<u8>> = files(&corpus.join("regression_data"), ".evtx")
        .iter()
        .map(|path| fs_err::read(path).expect("a log of the corpus"))
        .collect();
    let recorded: Vec<Event> = regression.iter().flat_map(|log| events_of(log)).collect();
    measure("ordinary, dense", &rules, &[filled(ordinary::events())]);
    let recorded_log = filled(recorded.iter().cloned().cycle());
    measure("regression, dense", &rules, &[recorded_log]);
    measure("regression, as they are", &rules, &regression);
    // What a search for addresses and names adds: every field of every record as text.
    let ordinary = filled(ordinary::events());
    measure_telling("ordinary, with texts", &rules, &ordinary);
    let none = compile(&[]).expect("no rule is wrong");
    measure_telling("ordinary, texts only", &none, &ordinary);
}

fn measure(name: &str, rules: &SigmaRules, logs: &[Vec<u8>]) {
    let mut reader = rules.reader();
    let (mut bytes, mut records, mut matches) = (0, 0, 0);
    let start = processor_time();
    while bytes < BYTES_EACH {
        for log in logs {
            reader.start();
            for piece in log.chunks(PIECE_BYTES) {
                reader.push(piece);
            }
            let outcome = black_box(reader.finish());
            assert_eq!(outcome.damaged, [], "the logs are whole");
            bytes += log.len();
            records += outcome.record_count;
            matches += matches_of(&outcome);
        }
    }
    let seconds = processor_time().saturating_sub(start).as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
    let (megabytes, records_each) = (bytes as f64 / 1e6 / seconds, records as f64 / seconds);
    println!(
        "{name:24} {megabytes:7.0} MB/s {records_each:9.0} records/s, {matches} matches in {records} records"
    );
}

fn measure_telling(name: &str, rules: &SigmaRules, log: &[u8]) {
    let mut reader = rules.reader();
    let (mut bytes, mut text_bytes) = (0, 0);
    let start = processor_time();
    while bytes < BYTES_EACH {
        reader.start();
        let mut each = |record: &events::RecordText<'_>| {
            text_bytes += black_box(record.text).len();
        };
        for piece in log.chunks(PIECE_BYTES) {
            reader.push_telling(piece, &mut each);
        }
        let outcome = black_box(reader.finish_telling(&mut each));
        assert_eq!(outcome.damaged, [], "the log is whole");
        bytes += log.len();
    }
    let seconds = processor_time().saturating_sub(start).as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
    let (megabytes, texts) = (
        bytes as f64 / 1e6 / seconds,
        text_bytes as f64 / 1e6 / seconds,
    );
    println!("{name:24} {megabytes:7.0} MB/s, {texts:.0} MB/s of text");
}

/// Returns the time that this thread had a core, where the system tells it: others may use the machine as well.
fn processor_time() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    let told = fs_err::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(
        || START.get_or_init(Instant::now).elapsed(),
        Duration::from_nanos,
    )
}

fn matches_of(outcome: &Outcome) -> u64 {
    outcome.matches_left_out + u64::try_from(outcome.matches.len()).unwrap_or(u64::MAX)
}

/// Returns a log with as many events as it has room for.
fn filled(events: impl Iterator<Item = Event>) -> Vec<u8> {
    // A record has some 1,500 bytes; what is too much is left out.
    let events: Vec<Event> = events.take(LOG_BYTES / 1_500).collect();
    let mut log = making::log(&events);
    log.truncate(4096 + LOG_BYTES);
    log
}

/// Returns the Windows rules of the corpus, filled up to the number with variations of them that match other texts.
fn rules(corpus: &Path) -> SigmaRules {
    let mut texts = Vec::new();
    for folder in ["rules", "rules-emerging-threats"] {
        for path in files(&corpus.join(folder), ".yml") {
            let text = fs_err::read_to_string(path).expect("a rule of the corpus");
            if events::check(&text).is_empty() {
                texts.push(text);
            }
        }
    }
    let variations: Vec<String> = texts
        .iter()
        .map(|text| varied(text))
        .filter(|text| events::check(text).is_empty())
        .take(RULES.saturating_sub(texts.len()))
        .collect();
    texts.extend(variations);
    let sources: Vec<RuleSource<'_>> = texts
        .iter()
        .map(|text| RuleSource { id: "", text })
        .collect();
    compile(&sources).expect("each of them compiles alone")
}

/// Changes the letter before the last in each quoted value of a rule's detection.
fn varied(text: &str) -> String {
    let Some((head, detection)) = text.split_once("\ndetection:") else {
        return text.to_owned();
    };
    let lines = detection.lines().map(|line| {
        let Some(rest) = line.strip_suffix('\'') else {
            return line.to_owned();
        };
        match rest.char_indices().rev().nth(1) {
            Some((at, letter)) if letter.is_ascii_alphabetic() => {
                let behind = &rest[at + 1..];
                format!(
                    "{}{}{behind}'",
                    &rest[..at],
                    if letter == 'q' { 'x' } else { 'q' }
                )
            }
            _ => line.to_owned(),
        }
    });
    let lines: Vec<String> = lines.collect();
    format!("{head}\ndetection:{}\n", lines.join("\n"))
}

/// Returns the events of a log, to be written again.
fn events_of(log: &[u8]) -> Vec<Event> {
    let mut events: Vec<(u64, Event)> = Vec::new();
    let empty = || Event::new("", 0, &[]);
    for_each_field(log, &mut |record, name, value| {
        if events.last().is_none_or(|(last, _)| *last != record) {
            events.push((record, empty()));
        }
        let Some((_, event)) = events.last_mut() else {
            return;
        };
        match name {
            "Provider_Name" => value.clone_into(&mut event.provider),
            "Channel" => value.clone_into(&mut event.channel),
            "Computer" => value.clone_into(&mut event.computer),
            "EventID" => event.event_id = value.parse().unwrap_or(0),
            "Version" | "Level" | "Task" | "Opcode" | "Keywords" | "EventRecordID" => {}
            name if name.contains('_') || name == "Correlation" || name == "Security" => {}
            name => event.data.push((name.to_owned(), Value::from(value))),
        }
    });
    events.into_iter().map(|(_, event)| event).collect()
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(&folder).expect("a folder of the corpus") {
            let path = entry.expect("an entry of a folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
