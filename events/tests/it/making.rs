//! Writes event logs for tests, laid out as Windows does: a template for the header of events, one for their data inside it,
//! each defined once in a chunk and named by its place afterwards.

use std::collections::HashMap;

const HEADER_BYTES: usize = 4096;
const CHUNK_BYTES: usize = 65_536;
const FIRST_RECORD_AT: usize = 512;

/// 29 December 2025 08:30:20 in 100 nanoseconds since 1601.
pub const WRITTEN_AT: u64 = 134_115_006_200_000_000;

/// An event to be written.
#[derive(Clone, Debug)]
#[expect(clippy::struct_field_names, reason = "the name that Windows gives it")]
pub struct Event {
    pub provider: String,
    pub channel: String,
    pub event_id: u16,
    pub computer: String,
    /// Names and values of `EventData`; without a name where it is empty.
    pub data: Vec<(String, Value)>,
}

/// A value of `EventData`.
#[derive(Clone, Debug)]
pub enum Value {
    Hex(u32),
    Null,
    Number(u32),
    Text(String),
    Texts(Vec<String>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Event {
    /// An event of a log, its data texts.
    pub fn new(channel: &str, event_id: u16, data: &[(&str, &str)]) -> Self {
        Self {
            provider: "Test-Provider".to_owned(),
            channel: channel.to_owned(),
            event_id,
            computer: "pc-1".to_owned(),
            data: data
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
                .collect(),
        }
    }
}

/// Returns a log of events, numbered from 1.
pub fn log(events: &[Event]) -> Vec<u8> {
    let mut log = vec![0; HEADER_BYTES];
    log[..8].copy_from_slice(b"ElfFile\0");
    log[32..36].copy_from_slice(&128_u32.to_le_bytes());
    log[36..38].copy_from_slice(&1_u16.to_le_bytes());
    log[38..40].copy_from_slice(&3_u16.to_le_bytes());
    log[40..42].copy_from_slice(&4096_u16.to_le_bytes());
    let mut chunk_count = 0_u16;
    let mut number = 1;
    let mut rest = events;
    while !rest.is_empty() {
        let mut chunk = Chunk::new(number);
        let mut written = 0;
        while let Some(event) = rest.get(written) {
            if !chunk.add(event, number) {
                break;
            }
            written += 1;
            number += 1;
        }
        assert!(written > 0, "an event fits into a chunk");
        rest = &rest[written..];
        log.extend(chunk.finish(number - 1));
        chunk_count += 1;
    }
    log[16..24].copy_from_slice(&u64::from(chunk_count.saturating_sub(1)).to_le_bytes());
    log[24..32].copy_from_slice(&number.to_le_bytes());
    log[42..44].copy_from_slice(&chunk_count.to_le_bytes());
    let sum = crc32(&log[..120]);
    log[124..128].copy_from_slice(&sum.to_le_bytes());
    log
}

/// Returns a log of one record whose binary XML is as given, made for its place in the chunk.
pub fn log_of_fragment(fragment: impl FnOnce(usize) -> Vec<u8>) -> Vec<u8> {
    let mut log = log(&[Event::new("System", 1, &[])]);
    let chunk = &mut log[HEADER_BYTES..];
    let bytes = fragment(FIRST_RECORD_AT + 24);
    let size = u32::try_from(bytes.len() + 28).expect("a test's log is small");
    let end = FIRST_RECORD_AT + 28 + bytes.len();
    chunk[FIRST_RECORD_AT + 4..FIRST_RECORD_AT + 8].copy_from_slice(&size.to_le_bytes());
    chunk[FIRST_RECORD_AT + 24..].fill(0);
    chunk[FIRST_RECORD_AT + 24..end - 4].copy_from_slice(&bytes);
    chunk[end - 4..end].copy_from_slice(&size.to_le_bytes());
    chunk[48..52].copy_from_slice(
        &u32::try_from(end)
            .expect("a test's log is small")
            .to_le_bytes(),
    );
    mend_checksums(&mut log);
    log
}

/// Writes the checksums of the first chunk of a log anew.
pub fn mend_checksums(log: &mut [u8]) {
    let chunk = &mut log[HEADER_BYTES..HEADER_BYTES + CHUNK_BYTES];
    let end = u32::from_le_bytes(chunk[48..52].try_into().expect("four bytes"));
    let end = usize::try_from(end).expect("an offset");
    let records = crc32(&chunk[FIRST_RECORD_AT..end]);
    chunk[52..56].copy_from_slice(&records.to_le_bytes());
    let head = [&chunk[..120], &chunk[128..FIRST_RECORD_AT]].concat();
    chunk[124..128].copy_from_slice(&crc32(&head).to_le_bytes());
}

struct Chunk {
    bytes: Vec<u8>,
    first: u64,
    last_record_at: usize,
    /// By the names of its data: where the template is defined.
    data_templates: HashMap<Vec<String>, usize>,
    header_template: Option<usize>,
}

impl Chunk {
    fn new(first: u64) -> Self {
        Self {
            bytes: vec![0; FIRST_RECORD_AT],
            first,
            last_record_at: FIRST_RECORD_AT,
            data_templates: HashMap::new(),
            header_template: None,
        }
    }

    /// Writes a record; does nothing where there is no room left.
    fn add(&mut self, event: &Event, number: u64) -> bool {
        let start = self.bytes.len();
        let known = (self.header_template, self.data_templates.clone());
        self.bytes.extend([0x2a, 0x2a, 0, 0, 0, 0, 0, 0]);
        self.bytes.extend(number.to_le_bytes());
        self.bytes.extend(WRITTEN_AT.to_le_bytes());
        self.write_event(event, number);
        while !(self.bytes.len() + 4 - start).is_multiple_of(8) {
            self.bytes.push(0);
        }
        let size = u32::try_from(self.bytes.len() + 4 - start).expect("a test's log is small");
        self.bytes.extend(size.to_le_bytes());
        self.bytes[start + 4..start + 8].copy_from_slice(&size.to_le_bytes());
        if self.bytes.len() > CHUNK_BYTES {
            self.bytes.truncate(start);
            (self.header_template, self.data_templates) = known;
            return false;
        }
        self.last_record_at = start;
        true
    }

    fn finish(mut self, last: u64) -> Vec<u8> {
        let end = u32::try_from(self.bytes.len()).expect("a test's log is small");
        self.bytes.resize(CHUNK_BYTES, 0);
        let bytes = &mut self.bytes;
        bytes[..8].copy_from_slice(b"ElfChnk\0");
        for (at, number) in [(8, self.first), (16, last), (24, self.first), (32, last)] {
            bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
        }
        bytes[40..44].copy_from_slice(&128_u32.to_le_bytes());
        let last_record_at = u32::try_from(self.last_record_at).expect("a test's log is small");
        bytes[44..48].copy_from_slice(&last_record_at.to_le_bytes());
        bytes[48..52].copy_from_slice(&end.to_le_bytes());
        let mut log = vec![0; HEADER_BYTES];
        log.append(&mut self.bytes);
        mend_checksums(&mut log);
        log.split_off(HEADER_BYTES)
    }

    fn write_event(&mut self, event: &Event, number: u64) {
        self.bytes.extend([0x0f, 1, 1, 0, 0x0c, 1]);
        self.bytes.extend(1_u32.to_le_bytes());
        if let Some(at) = self.header_template {
            self.u32(at);
        } else {
            let at = self.bytes.len() + 4;
            self.u32(at);
            self.header_template = Some(at);
            self.define(1, Self::header_elements);
        }
        let fixed: [(u8, Vec<u8>); 12] = [
            (0x01, utf16(&event.provider)),
            (0x0f, vec![7; 16]),
            (0x06, event.event_id.to_le_bytes().to_vec()),
            (0x04, vec![4]),
            (0x15, 0x8000_0000_0000_0000_u64.to_le_bytes().to_vec()),
            (0x11, WRITTEN_AT.to_le_bytes().to_vec()),
            (0x0a, number.to_le_bytes().to_vec()),
            (0x00, Vec::new()),
            (0x08, 3544_u32.to_le_bytes().to_vec()),
            (0x01, utf16(&event.channel)),
            (0x01, utf16(&event.computer)),
            (0x13, vec![1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]),
        ];
        self.u32(fixed.len() + 1);
        for (kind, bytes) in &fixed {
            self.descriptor(*kind, bytes.len());
        }
        let data_descriptor_at = self.bytes.len();
        self.descriptor(0x21, 0);
        for (_, bytes) in fixed {
            self.bytes.extend(bytes);
        }
        let data_at = self.bytes.len();
        self.write_data(event);
        let size = u16::try_from(self.bytes.len() - data_at).unwrap_or(u16::MAX);
        self.bytes[data_descriptor_at..data_descriptor_at + 2].copy_from_slice(&size.to_le_bytes());
        self.bytes.push(0);
    }

    fn write_data(&mut self, event: &Event) {
        self.bytes.extend([0x0f, 1, 1, 0, 0x0c, 1]);
        self.bytes.extend(2_u32.to_le_bytes());
        let names: Vec<String> = event.data.iter().map(|(name, _)| name.clone()).collect();
        if let Some(&at) = self.data_templates.get(&names) {
            self.u32(at);
        } else {
            let at = self.bytes.len() + 4;
            self.u32(at);
            self.data_templates.insert(names.clone(), at);
            self.define(2, |chunk| chunk.data_elements(&names));
        }
        self.u32(event.data.len());
        let values: Vec<(u8, Vec<u8>)> =
            event.data.iter().map(|(_, value)| encoded(value)).collect();
        for (kind, bytes) in &values {
            self.descriptor(*kind, bytes.len());
        }
        for (_, bytes) in values {
            self.bytes.extend(bytes);
        }
        self.bytes.push(0);
    }

    fn define(&mut self, guid: u8, elements: impl FnOnce(&mut Self)) {
        self.u32(0);
        self.bytes.extend([guid; 16]);
        let size_at = self.bytes.len();
        self.u32(0);
        self.bytes.extend([0x0f, 1, 1, 0]);
        elements(self);
        self.bytes.push(0);
        let size = u32::try_from(self.bytes.len() - size_at - 4).expect("a test's log is small");
        self.bytes[size_at..size_at + 4].copy_from_slice(&size.to_le_bytes());
    }

    fn header_elements(&mut self) {
        self.open("Event", &[]);
        self.open("System", &[]);
        self.open("Provider", &[("Name", 0, 0x01), ("Guid", 1, 0x0f)]);
        self.bytes.push(0x04);
        self.leaf("EventID", 2, 0x06);
        self.leaf("Level", 3, 0x04);
        self.leaf("Keywords", 4, 0x15);
        self.open("TimeCreated", &[("SystemTime", 5, 0x11)]);
        self.bytes.push(0x04);
        self.leaf("EventRecordID", 6, 0x0a);
        self.open("Correlation", &[("ActivityID", 7, 0x0f)]);
        self.bytes.push(0x04);
        self.open("Execution", &[("ProcessID", 8, 0x08)]);
        self.bytes.push(0x04);
        self.leaf("Channel", 9, 0x01);
        self.leaf("Computer", 10, 0x01);
        self.open("Security", &[("UserID", 11, 0x13)]);
        self.bytes.push(0x04);
        self.bytes.push(0x04);
        self.substitution(12, 0x21);
        self.bytes.push(0x04);
    }

    fn data_elements(&mut self, names: &[String]) {
        self.open("EventData", &[]);
        for (index, name) in names.iter().enumerate() {
            let has_name = !name.is_empty();
            self.start("Data", has_name);
            if has_name {
                self.bytes.push(0x06);
                self.name("Name");
                let text = utf16(name);
                self.bytes.extend([0x05, 0x01]);
                let count = u16::try_from(text.len() / 2).expect("a test's log is small");
                self.bytes.extend(count.to_le_bytes());
                self.bytes.extend(text);
            }
            self.bytes.push(0x02);
            self.substitution(index, 0x01);
            self.bytes.push(0x04);
        }
        self.bytes.push(0x04);
    }

    fn leaf(&mut self, name: &str, value: usize, kind: u8) {
        self.open(name, &[]);
        self.substitution(value, kind);
        self.bytes.push(0x04);
    }

    fn open(&mut self, name: &str, attributes: &[(&str, usize, u8)]) {
        self.start(name, !attributes.is_empty());
        for (name, value, kind) in attributes {
            self.bytes.push(0x06);
            self.name(name);
            self.substitution(*value, *kind);
        }
        self.bytes.push(0x02);
    }

    fn start(&mut self, name: &str, has_attributes: bool) {
        self.bytes.push(if has_attributes { 0x41 } else { 0x01 });
        self.bytes.extend([0xff, 0xff, 0, 0, 0, 0]);
        self.name(name);
        if has_attributes {
            self.u32(0);
        }
    }

    fn name(&mut self, name: &str) {
        let at = self.bytes.len() + 4;
        self.u32(at);
        self.bytes.extend([0; 6]);
        let text = utf16(name);
        self.bytes.extend(
            u16::try_from(text.len() / 2)
                .expect("a test's log is small")
                .to_le_bytes(),
        );
        self.bytes.extend(text);
        self.bytes.extend([0, 0]);
    }

    fn substitution(&mut self, value: usize, kind: u8) {
        self.bytes.push(0x0e);
        self.bytes.extend(
            u16::try_from(value)
                .expect("a test's log is small")
                .to_le_bytes(),
        );
        self.bytes.push(kind);
    }

    fn descriptor(&mut self, kind: u8, length: usize) {
        let length = u16::try_from(length).unwrap_or(u16::MAX);
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend([kind, 0]);
    }

    fn u32(&mut self, number: usize) {
        self.bytes.extend(
            u32::try_from(number)
                .expect("a test's log is small")
                .to_le_bytes(),
        );
    }
}

fn encoded(value: &Value) -> (u8, Vec<u8>) {
    match value {
        Value::Hex(number) => (0x14, number.to_le_bytes().to_vec()),
        Value::Null => (0x00, Vec::new()),
        Value::Number(number) => (0x08, number.to_le_bytes().to_vec()),
        Value::Text(text) => (0x01, utf16(text)),
        Value::Texts(texts) => {
            let bytes = texts.iter().flat_map(|text| {
                let mut bytes = utf16(text);
                bytes.extend([0, 0]);
                bytes
            });
            (0x81, bytes.collect())
        }
    }
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The checksum of the format, written from its definition.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 * (sum & 1))
        })
    })
}
