//! Reads logs as their bytes arrive, and tells which records match.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;

use crate::asking::{Asker, event_id};
use crate::evtx::CHUNK_BYTES;
use crate::evtx::chunk::{Appearance, Record, Records, appearance, checksum_flaws};
use crate::evtx::decoding::{Decoder, Fields};
use crate::evtx::feeding::{Feed, Section};
use crate::evtx::values::{ValueType, timestamp};
use crate::fields::{FieldId, FieldNames};
use crate::sigma::{Level, SigmaRules, Variant};

/// Matches of one log that are told in full; the rest is counted.
const MATCHES_MAX: usize = 10_000;
/// Damages of one log that are told; the rest is counted.
const DAMAGES_MAX: usize = 100;
/// Characters of one field's value in a summary.
const VALUE_CHARS_MAX: usize = 256;
/// Bytes after which a summary is not continued.
const SUMMARY_BYTES_MAX: usize = 2_048;

/// Tells whether bytes are the head of a Windows event log.
pub fn is_event_log(head: &[u8]) -> bool {
    head.starts_with(b"ElfFile\0")
}

/// Asks rules of the records of one log after another. Its memory does not grow with the log.
#[derive(Debug)]
pub struct EventReader<'a> {
    rules: &'a SigmaRules,
    feed: Feed,
    chunks: ChunkReader<'a>,
}

/// A record that a rule matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventMatch {
    /// The source of the rule.
    pub source_id: String,
    /// The rule's title.
    pub rule_title: String,
    /// The rule's own id, where it has one.
    pub rule_id: Option<String>,
    /// How much the rule's author thinks of a match.
    pub level: Option<Level>,
    /// The number of the record in its log.
    pub record_id: u64,
    /// When the event happened, as the record says.
    pub at: Timestamp,
    /// The log's own name, as `Security`.
    pub channel: String,
    /// What kind of event it is, in the provider's numbering.
    pub event_id: u32,
    /// The computer that wrote the record.
    pub computer: String,
    /// The fields that the rule looks at with their values, shortened.
    pub summary: String,
}

/// What a record says in its fields, for whoever looks for more than rules do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordText<'a> {
    /// The number of the record in its log.
    pub record_id: u64,
    /// When the event happened, as the record says.
    pub at: Timestamp,
    /// `Name: value` of every field that has one, two spaces after each, all on one line. Numbers, times and identifiers of
    /// fixed length are left out.
    pub text: &'a str,
}

/// Takes the records of a log one after another.
type EachRecord<'e> = dyn FnMut(&RecordText<'_>) + 'e;

/// A part of a log that could not be read, or not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The first byte of the part in the log.
    pub offset: u64,
    /// What is wrong, in English.
    pub what: String,
}

/// What one log came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The matches, the first that were met.
    pub matches: Vec<EventMatch>,
    /// How many more there were than `matches` lists.
    pub matches_left_out: u64,
    /// Records read.
    pub record_count: u64,
    /// What could not be read or not trusted, the first that were met.
    pub damaged: Vec<Damage>,
    /// How many more there were than `damaged` lists.
    pub damaged_left_out: u64,
}

impl<'a> EventReader<'a> {
    pub(crate) fn new(rules: &'a SigmaRules) -> Self {
        Self {
            rules,
            feed: Feed::default(),
            chunks: ChunkReader::new(rules),
        }
    }

    /// Begins a log, forgetting what was pushed of another.
    pub fn start(&mut self) {
        self.feed.clear();
        self.chunks.outcome = Outcome::default();
    }

    /// Takes the next bytes of the log, any number of them.
    pub fn push(&mut self, bytes: &[u8]) {
        self.take(bytes, None);
    }

    /// Takes the next bytes of the log, and tells the text of every record that they complete.
    pub fn push_telling(&mut self, bytes: &[u8], each: &mut dyn FnMut(&RecordText<'_>)) {
        self.take(bytes, Some(each));
    }

    fn take(&mut self, bytes: &[u8], mut each: Option<&mut EachRecord<'_>>) {
        let chunks = &mut self.chunks;
        let mut failed_at = None;
        self.feed.push(bytes, |offset, section| {
            let read = catch_unwind(AssertUnwindSafe(|| {
                chunks.read(offset, section, each.as_deref_mut());
            }));
            if read.is_err() {
                failed_at.get_or_insert(offset);
                chunks
                    .outcome
                    .add_damage(offset, "the reader failed on this chunk");
            }
        });
        if failed_at.is_some() {
            self.chunks.forget(self.rules);
        }
    }

    /// Ends the log and returns what it came to.
    pub fn finish(&mut self) -> Outcome {
        self.end(None)
    }

    /// Ends the log like [`Self::finish`], and tells the text of the records that were only complete now.
    pub fn finish_telling(&mut self, each: &mut dyn FnMut(&RecordText<'_>)) -> Outcome {
        self.end(Some(each))
    }

    fn end(&mut self, each: Option<&mut EachRecord<'_>>) -> Outcome {
        let (offset, rest) = self.feed.rest();
        let chunks = &mut self.chunks;
        let read = catch_unwind(AssertUnwindSafe(|| chunks.read_rest(offset, rest, each)));
        if read.is_err() {
            self.chunks
                .outcome
                .add_damage(offset, "the reader failed on this chunk");
            self.chunks.forget(self.rules);
        }
        self.feed.clear();
        std::mem::take(&mut self.chunks.outcome)
    }
}

/// Calls `visit` with record number, field name and value of every field of every record of a log that is in memory. Returns
/// what could not be read.
pub fn for_each_field(log: &[u8], visit: &mut dyn FnMut(u64, &str, &str)) -> Vec<Damage> {
    let (mut name, mut value) = (String::new(), String::new());
    let outcome = for_each_record(log, &FieldNames::new(), &mut |record, fields| {
        let number = stated_number(record, fields);
        for entry in fields.entries() {
            name.clear();
            value.clear();
            fields.append_name(entry, &mut name);
            fields.append_text(entry, &mut value);
            visit(number, &name, &value);
        }
    });
    outcome.damaged
}

/// Calls `visit` with every record of a log that is in memory.
pub(crate) fn for_each_record(
    log: &[u8],
    names: &FieldNames,
    visit: &mut dyn FnMut(Record, Fields<'_>),
) -> Outcome {
    let mut decoder = Decoder::default();
    let mut outcome = Outcome::default();
    let mut read = |offset: u64, section: Section<'_>| {
        let Some(chunk) = outcome.chunk_of(offset, section) else {
            return;
        };
        decoder.start_chunk();
        outcome.for_each_record(offset, chunk, |_, record| {
            let fields = decoder.decode(chunk, names, (record.start, record.end))?;
            visit(record, fields);
            Ok(())
        });
    };
    let mut feed = Feed::default();
    feed.push(log, &mut read);
    let (offset, rest) = feed.rest();
    read(offset, rest);
    outcome
}

impl Outcome {
    fn add_damage(&mut self, offset: u64, what: &str) {
        if self.damaged.len() < DAMAGES_MAX {
            self.damaged.push(Damage {
                offset,
                what: what.to_owned(),
            });
        } else {
            self.damaged_left_out += 1;
        }
    }

    /// Returns the chunk that a section is; tells damage where it is none, or only a part of one.
    fn chunk_of<'c>(&mut self, offset: u64, section: Section<'c>) -> Option<&'c [u8]> {
        let chunk = match section {
            Section::Chunk(chunk) => chunk,
            Section::Header([]) => return None,
            Section::Header(header) => {
                if !is_event_log(header) {
                    self.add_damage(0, "the log does not begin as one");
                } else if header.len() < crate::evtx::HEADER_BYTES {
                    self.add_damage(0, "the log is cut off");
                }
                return None;
            }
        };
        match appearance(chunk) {
            Appearance::Unused => None,
            Appearance::Unknown => {
                self.add_damage(offset, "a chunk does not begin as one");
                None
            }
            Appearance::Chunk if chunk.len() < CHUNK_BYTES => {
                self.add_damage(offset, "the log is cut off in this chunk");
                Some(chunk)
            }
            Appearance::Chunk => {
                for flaw in checksum_flaws(chunk) {
                    self.add_damage(place(offset, flaw.at), flaw.what);
                }
                Some(chunk)
            }
        }
    }

    /// Calls `read` with every record of a chunk, and counts those that it could read.
    fn for_each_record(
        &mut self,
        offset: u64,
        chunk: &[u8],
        mut read: impl FnMut(&mut Self, Record) -> Result<(), &'static str>,
    ) {
        for record in Records::new(chunk) {
            let (at, what) = match record {
                Err(flaw) => (flaw.at, flaw.what),
                Ok(record) => match read(self, record) {
                    Ok(()) => {
                        self.record_count += 1;
                        continue;
                    }
                    Err(what) => (record.start, what),
                },
            };
            self.add_damage(place(offset, at), what);
        }
    }
}

fn place(offset: u64, in_chunk: usize) -> u64 {
    offset.saturating_add(u64::try_from(in_chunk).unwrap_or(u64::MAX))
}

/// Reads chunk after chunk of one log.
#[derive(Debug)]
struct ChunkReader<'a> {
    rules: &'a SigmaRules,
    decoder: Decoder,
    asker: Asker<'a>,
    outcome: Outcome,
    /// The text of one record.
    text: String,
}

impl<'a> ChunkReader<'a> {
    fn new(rules: &'a SigmaRules) -> Self {
        Self {
            rules,
            decoder: Decoder::default(),
            asker: Asker::new(rules),
            outcome: Outcome::default(),
            text: String::new(),
        }
    }

    /// Makes anew what a panic may have left half done.
    fn forget(&mut self, rules: &'a SigmaRules) {
        self.decoder = Decoder::default();
        self.asker = Asker::new(rules);
    }

    fn read_rest(&mut self, offset: u64, rest: Section<'_>, each: Option<&mut EachRecord<'_>>) {
        match rest {
            Section::Header([]) => self.outcome.add_damage(0, "the log is empty"),
            Section::Chunk([]) => {}
            rest => self.read(offset, rest, each),
        }
    }

    fn read(&mut self, offset: u64, section: Section<'_>, mut each: Option<&mut EachRecord<'_>>) {
        let Some(chunk) = self.outcome.chunk_of(offset, section) else {
            return;
        };
        let (rules, decoder, asker) = (self.rules, &mut self.decoder, &mut self.asker);
        let text = &mut self.text;
        decoder.start_chunk();
        self.outcome
            .for_each_record(offset, chunk, |outcome, record| {
                let fields = decoder.decode(chunk, &rules.names, (record.start, record.end))?;
                if let Some(each) = &mut each {
                    text.clear();
                    append_written(fields, text);
                    each(&RecordText {
                        record_id: stated_number(record, fields),
                        at: happened_at(record, fields),
                        text: text.as_str(),
                    });
                }
                for &number in asker.ask(fields) {
                    if outcome.matches.len() >= MATCHES_MAX {
                        outcome.matches_left_out += 1;
                        continue;
                    }
                    let variant = usize::try_from(number)
                        .ok()
                        .and_then(|n| rules.variants.get(n));
                    if let Some(variant) = variant {
                        let found = event_match(rules, variant, record, fields);
                        outcome.matches.extend(found);
                    }
                }
                Ok(())
            });
    }
}

/// Appends `Name: value` of every field in which something is written. One that has several lines becomes one line.
fn append_written(fields: Fields<'_>, text: &mut String) {
    for entry in fields.entries() {
        if !entry.is_written() {
            continue;
        }
        let start = text.len();
        fields.append_name(entry, text);
        text.push_str(": ");
        let value = text.len();
        fields.append_text(entry, text);
        if text.len() == value {
            text.truncate(start);
            continue;
        }
        text.push_str("  ");
        if memchr::memchr2(b'\n', b'\r', &text.as_bytes()[start..]).is_some() {
            let one_line = text[start..].replace(['\n', '\r'], " ");
            text.replace_range(start.., &one_line);
        }
    }
}

fn event_match(
    rules: &SigmaRules,
    variant: &Variant,
    record: Record,
    fields: Fields<'_>,
) -> Option<EventMatch> {
    let rule = rules.rules.get(variant.rule)?;
    let text = |field| {
        let mut out = String::new();
        if let Some(entry) = fields.find(field) {
            fields.append_text(entry, &mut out);
        }
        shortened(&out)
    };
    Some(EventMatch {
        source_id: rule.source_id.clone(),
        rule_title: rule.title.clone(),
        rule_id: rule.id.clone(),
        level: rule.level,
        record_id: stated_number(record, fields),
        at: happened_at(record, fields),
        channel: text(FieldId::CHANNEL),
        event_id: event_id(fields).unwrap_or(0),
        computer: text(FieldId::COMPUTER),
        summary: summary(rules, variant, fields),
    })
}

/// The number that the record itself states, or its place in the log.
pub(crate) fn stated_number(record: Record, fields: Fields<'_>) -> u64 {
    let stated = fields.find(FieldId::RECORD_ID).and_then(|entry| {
        if let Some((ValueType::U64, bytes)) = fields.raw(entry) {
            return bytes.first_chunk::<8>().map(|b| u64::from_le_bytes(*b));
        }
        let mut text = String::new();
        fields.append_text(entry, &mut text);
        text.parse().ok()
    });
    stated.unwrap_or(record.id)
}

/// The event's own time, or that of its writing.
fn happened_at(record: Record, fields: Fields<'_>) -> Timestamp {
    let stated = fields
        .find(FieldId::TIME_CREATED)
        .and_then(|entry| match fields.raw(entry) {
            Some((ValueType::FILETIME, bytes)) => {
                bytes.first_chunk::<8>().map(|b| u64::from_le_bytes(*b))
            }
            _ => None,
        });
    stated
        .and_then(timestamp)
        .or_else(|| timestamp(record.written_at))
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Returns the fields that the rule looks at, as `Name: value`, one a line.
fn summary(rules: &SigmaRules, variant: &Variant, fields: Fields<'_>) -> String {
    let mut summary = String::new();
    let mut value = String::new();
    for &field in &variant.fields {
        let entries = fields.entries().iter();
        for entry in entries.filter(|entry| entry.field == Some(field)) {
            if summary.len() >= SUMMARY_BYTES_MAX {
                return summary;
            }
            value.clear();
            fields.append_text(entry, &mut value);
            if value.is_empty() {
                continue;
            }
            if !summary.is_empty() {
                summary.push('\n');
            }
            let name = rules.names.name(field);
            // Writing to a `String` does not fail.
            let _ = write!(summary, "{name}: {}", shortened(&value));
        }
    }
    summary
}

/// Returns the beginning of a value, on one line.
fn shortened(value: &str) -> String {
    let mut short: String = value
        .chars()
        .take(VALUE_CHARS_MAX)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if value.chars().nth(VALUE_CHARS_MAX).is_some() {
        short.push('…');
    }
    short
}
