//! Puts a file together from its records: names, times, and its contents with all their pieces.

use std::io::Read;

use super::compact::{self, Compact, Packing};
use super::content::{Clusters, Compressed, Length, Plain};
use super::item::{ReadSeek, Times};
use super::record::{Attribute, Name, Outside, Record, Reference, times, types};
use super::runs::{self, Run};
use super::table::Table;
use crate::bytes::{slice, u16_at, u32_at};

/// Longest list of a file's attributes: Windows' own limit is 256 KiB.
const LIST_BYTES_MAX: u64 = 256 << 10;
/// Most records of one file that are looked at.
const RECORDS_MAX: usize = 8192;
/// Most contents of one file: its list of attributes has no room for more.
const STREAMS_MAX: usize = 8192;
/// Most names of one file: NTFS allows 1024 hard links, each with a short name.
const NAMES_MAX: usize = 2048;

/// Everything that the records of a file say.
#[derive(Default)]
pub(super) struct File {
    pub(super) standard_times: Times,
    pub(super) names: Vec<Name>,
    pub(super) streams: Vec<Stream>,
    reparse_point: Option<Vec<u8>>,
    /// Whether a piece of it is missing.
    pub(super) damaged: bool,
}

/// One content of a file.
pub(super) struct Stream {
    /// Empty for the main content.
    pub(super) name: String,
    value: Value,
}

/// Where a content is.
enum Value {
    Inside(Vec<u8>),
    Outside {
        length: Length,
        unit_shift: Option<u32>,
        encrypted: bool,
        /// The first cluster and the runs of each piece.
        pieces: Vec<(u64, Vec<Run>)>,
    },
}

impl File {
    /// Puts a file together; `extensions` is how many further records can still be read for all files together.
    pub(super) fn new(
        number: u64,
        record: &Record<'_>,
        table: &mut Table<'_>,
        extensions: &mut u64,
    ) -> Self {
        let mut file = Self::default();
        file.add(record);
        let base = Reference {
            number,
            sequence: record.sequence(),
        };
        let mut bytes = Vec::new();
        for extension in listed_records(record, 0, table) {
            if extension == number {
                continue;
            }
            if *extensions == 0 || table.read_aside(extension, &mut bytes).is_err() {
                file.damaged = true;
                break;
            }
            *extensions -= 1;
            match Record::new(&mut bytes) {
                Ok(record) if record.base() == Some(base) => file.add(&record),
                _ => file.damaged = true,
            }
        }
        file.put_in_order();
        file
    }

    fn add(&mut self, record: &Record<'_>) {
        for attribute in record.attributes() {
            if self.names.len() > NAMES_MAX || self.streams.len() > STREAMS_MAX {
                self.damaged = true;
                return;
            }
            match (attribute.kind, attribute.resident()) {
                (types::STANDARD_INFORMATION, Some(value)) => {
                    self.standard_times = times(value, 0).unwrap_or_default();
                }
                (types::FILE_NAME, Some(value)) => match Name::new(value) {
                    Some(name) => self.names.push(name),
                    None => self.damaged = true,
                },
                (types::REPARSE_POINT, Some(value)) => self.reparse_point = Some(value.to_vec()),
                (types::DATA, Some(value)) => self.streams.push(Stream {
                    name: attribute.name(),
                    value: Value::Inside(value.to_vec()),
                }),
                (types::DATA, None) => self.add_piece(&attribute),
                _ => {}
            }
        }
    }

    fn add_piece(&mut self, attribute: &Attribute<'_>) {
        let Some(outside) = attribute.outside() else {
            self.damaged = true;
            return;
        };
        let mut runs = Vec::new();
        self.damaged |= runs::unpack(outside.runs, &mut runs).is_none();
        let name = attribute.name();
        let index = self.streams.iter().position(|stream| stream.name == name);
        let index = index.unwrap_or_else(|| {
            self.streams.push(Stream {
                name,
                value: Value::outside(),
            });
            self.streams.len() - 1
        });
        self.streams[index].value.add(&outside, runs);
    }

    /// Sorts the pieces of each content; one that does not follow the one before it is damage.
    fn put_in_order(&mut self) {
        for stream in &mut self.streams {
            let Value::Outside { pieces, .. } = &mut stream.value else {
                continue;
            };
            pieces.sort_by_key(|(first, _)| *first);
            let mut whole: Vec<Run> = Vec::new();
            let mut known = 0;
            for (first, runs) in pieces.drain(..) {
                self.damaged |= first != known;
                if first == known {
                    known += runs.iter().map(|run| run.count).sum::<u64>();
                    whole.extend(runs);
                }
            }
            pieces.push((0, whole));
        }
    }

    /// Tells how the main content is packed beside the file, if it is.
    fn packing(&self) -> Option<Packing> {
        compact::packing(self.reparse_point.as_deref()?)
    }

    /// Tells whether a stream is only the packed form of the main content.
    pub(super) fn is_packed_form(&self, stream: &Stream) -> bool {
        stream.name == compact::STREAM && self.packing().is_some()
    }

    /// Returns what reads a content, or why there is nothing that could.
    pub(super) fn reader<'a>(
        &'a self,
        stream: &'a Stream,
        source: &'a mut dyn ReadSeek,
        cluster_bytes: u64,
    ) -> Result<Box<dyn Read + 'a>, &'static str> {
        match self.packing().filter(|_| stream.name.is_empty()) {
            None => stream.reader(source, cluster_bytes),
            Some(Packing::Other(why)) => Err(why),
            Some(Packing::Xpress(chunk_bytes)) => {
                let packed = self
                    .streams
                    .iter()
                    .find(|stream| stream.name == compact::STREAM);
                let packed = packed.ok_or("its packed form is gone")?;
                let reader = packed.reader(source, cluster_bytes)?;
                let (from, to) = (packed.bytes(), stream.bytes());
                Ok(Box::new(Compact::new(reader, from, to, chunk_bytes)))
            }
        }
    }
}

impl Stream {
    /// Returns the length of the content.
    pub(super) fn bytes(&self) -> u64 {
        match &self.value {
            Value::Inside(value) => value.len() as u64,
            Value::Outside { length, .. } => length.bytes,
        }
    }

    fn reader<'a>(
        &'a self,
        source: &'a mut dyn ReadSeek,
        cluster_bytes: u64,
    ) -> Result<Box<dyn Read + 'a>, &'static str> {
        let (length, unit_shift, pieces) = match &self.value {
            Value::Inside(value) => return Ok(Box::new(value.as_slice())),
            Value::Outside {
                encrypted: true, ..
            } => return Err("encrypted"),
            Value::Outside { .. } if cluster_bytes == 0 => return Err("not in the table"),
            Value::Outside {
                length,
                unit_shift,
                pieces,
                ..
            } => (*length, *unit_shift, pieces),
        };
        let runs = pieces.first().map_or(&[][..], |(_, runs)| runs);
        let clusters = Clusters::new(source, runs, cluster_bytes);
        match unit_shift {
            None => Ok(Box::new(Plain {
                clusters,
                length,
                at: 0,
            })),
            Some(shift) => Compressed::new(clusters, length, shift)
                .map(|reader| Box::new(reader) as Box<dyn Read>)
                .ok_or("compressed in units of an unknown size"),
        }
    }
}

impl Value {
    fn outside() -> Self {
        Self::Outside {
            length: Length {
                bytes: 0,
                written_bytes: 0,
            },
            unit_shift: None,
            encrypted: false,
            pieces: Vec::new(),
        }
    }

    fn add(&mut self, outside: &Outside<'_>, runs: Vec<Run>) {
        let Self::Outside {
            length,
            unit_shift,
            encrypted,
            pieces,
        } = self
        else {
            return;
        };
        if outside.first_cluster == 0 {
            *length = Length {
                bytes: outside.size_bytes,
                written_bytes: outside.written_bytes,
            };
            *unit_shift = outside.compressed.then_some(outside.unit_shift);
            *encrypted = outside.encrypted;
        }
        pieces.push((outside.first_cluster, runs));
    }
}

/// Returns the numbers of the records that hold further attributes of a file, each once: of one type, or all with type zero.
pub(super) fn listed_records(record: &Record<'_>, kind: u32, table: &mut Table<'_>) -> Vec<u64> {
    let list = record
        .attributes()
        .find(|attribute| attribute.kind == types::ATTRIBUTE_LIST);
    let Some(list) = list else {
        return Vec::new();
    };
    let value = match list.resident() {
        Some(value) => value.to_vec(),
        None => list
            .outside()
            .and_then(|outside| read_list(&outside, table))
            .unwrap_or_default(),
    };
    let mut numbers = Vec::new();
    let mut rest = value.as_slice();
    while let Some(entry) = u16_at(rest, 4).and_then(|bytes| slice(rest, 0, usize::from(bytes))) {
        // An entry shorter than its own fields would never end.
        let Some(reference) = Reference::at(entry, 16) else {
            break;
        };
        if kind == 0 || u32_at(entry, 0) == Some(kind) {
            numbers.push(reference.number);
        }
        rest = &rest[entry.len()..];
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers.truncate(RECORDS_MAX);
    numbers
}

fn read_list(outside: &Outside<'_>, table: &mut Table<'_>) -> Option<Vec<u8>> {
    if table.cluster_bytes == 0 || outside.size_bytes > LIST_BYTES_MAX {
        return None;
    }
    let mut runs = Vec::new();
    runs::unpack(outside.runs, &mut runs)?;
    let mut value = vec![0; usize::try_from(outside.size_bytes).ok()?];
    let mut clusters = Clusters::new(table.source, &runs, table.cluster_bytes);
    clusters.read_at(0, &mut value).ok()?;
    Some(value)
}
