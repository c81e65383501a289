//! Writes a log of one record, as plain as the format allows: one chunk, no templates, every value a text.

use super::Values;
use crate::evtx::{CHUNK_BYTES, HEADER_BYTES};
use crate::fields::{FieldId, FieldNames};

/// Where the first record of a chunk is.
const FIRST_RECORD_AT: usize = 512;
/// 3 August 2016 10:00 in 100 nanoseconds since 1601.
const WRITTEN_AT: u64 = 131_146_920_000_000_000;

/// Returns a log of one record with these fields.
pub(super) fn log_of(names: &FieldNames, values: &Values) -> Vec<u8> {
    let mut log = vec![0; HEADER_BYTES];
    put(&mut log, 0, b"ElfFile\0");
    put(&mut log, 24, &2_u64.to_le_bytes());
    put(&mut log, 32, &128_u32.to_le_bytes());
    put(&mut log, 36, &1_u16.to_le_bytes());
    put(&mut log, 38, &3_u16.to_le_bytes());
    put(&mut log, 40, &4096_u16.to_le_bytes());
    put(&mut log, 42, &1_u16.to_le_bytes());
    let sum = crc32fast::hash(&log[..120]);
    put(&mut log, 124, &sum.to_le_bytes());
    log.extend(chunk_of(names, values));
    log
}

fn chunk_of(names: &FieldNames, values: &Values) -> Vec<u8> {
    let mut chunk = Chunk(vec![0; FIRST_RECORD_AT]);
    chunk.0.extend([0x2a, 0x2a, 0, 0, 0, 0, 0, 0]);
    chunk.0.extend(1_u64.to_le_bytes());
    chunk.0.extend(WRITTEN_AT.to_le_bytes());
    chunk.event(names, values);
    let Chunk(mut bytes) = chunk;
    while !(bytes.len() + 4 - FIRST_RECORD_AT).is_multiple_of(8) {
        bytes.push(0);
    }
    let size = number(bytes.len() + 4 - FIRST_RECORD_AT);
    bytes.extend(size);
    put(&mut bytes, FIRST_RECORD_AT + 4, &size);
    let end = bytes.len();
    let records = crc32fast::hash(&bytes[FIRST_RECORD_AT..]);
    bytes.resize(CHUNK_BYTES.max(end), 0);
    put(&mut bytes, 0, b"ElfChnk\0");
    for at in [8, 16, 24, 32] {
        put(&mut bytes, at, &1_u64.to_le_bytes());
    }
    put(&mut bytes, 40, &128_u32.to_le_bytes());
    put(&mut bytes, 44, &number(FIRST_RECORD_AT));
    put(&mut bytes, 48, &number(end));
    put(&mut bytes, 52, &records.to_le_bytes());
    let head = [&bytes[..120], &bytes[128..FIRST_RECORD_AT]].concat();
    put(&mut bytes, 124, &crc32fast::hash(&head).to_le_bytes());
    bytes
}

fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at + what.len()) {
        place.copy_from_slice(what);
    }
}

fn number(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes()
}

/// The bytes of a chunk so far.
struct Chunk(Vec<u8>);

impl Chunk {
    fn event(&mut self, names: &FieldNames, values: &Values) {
        self.0.extend([0x0f, 1, 1, 0]);
        self.open("Event", None);
        self.open("System", None);
        self.leaf("EventID", None, &values.event_id.to_string());
        self.leaf("Channel", None, &values.channel);
        for (field, value) in &values.others {
            if *field == FieldId::COMPUTER {
                self.leaf("Computer", None, value);
            }
        }
        self.0.push(0x04);
        self.open("EventData", None);
        for (field, value) in &values.others {
            if *field != FieldId::COMPUTER {
                self.leaf("Data", Some(names.name(*field)), value);
            }
        }
        self.0.extend([0x04, 0x04, 0x00]);
    }

    fn leaf(&mut self, element: &str, name: Option<&str>, value: &str) {
        self.open(element, name);
        self.text(value);
        self.0.push(0x04);
    }

    /// Opens an element, with an attribute `Name` where it has one.
    fn open(&mut self, element: &str, name: Option<&str>) {
        self.0.push(if name.is_some() { 0x41 } else { 0x01 });
        self.0.extend([0; 4]);
        self.name(element);
        if let Some(name) = name {
            self.0.extend([0; 4]);
            self.0.push(0x06);
            self.name("Name");
            self.text(name);
        }
        self.0.push(0x02);
    }

    fn name(&mut self, name: &str) {
        let at = self.0.len() + 4;
        self.0.extend(number(at));
        self.0.extend([0; 6]);
        self.counted(name);
        self.0.extend([0, 0]);
    }

    fn text(&mut self, text: &str) {
        self.0.extend([0x05, 0x01]);
        self.counted(text);
    }

    fn counted(&mut self, text: &str) {
        let units: Vec<u16> = text.encode_utf16().take(usize::from(u16::MAX)).collect();
        let count = u16::try_from(units.len()).unwrap_or(u16::MAX);
        self.0.extend(count.to_le_bytes());
        self.0.extend(units.into_iter().flat_map(u16::to_le_bytes));
    }
}
