//! The master file table: every file record by its number, wherever the table's pieces lie.

use std::io::{self, SeekFrom};

use super::content::{Clusters, read_at};
use super::item::ReadSeek;
use super::record::{Record, types};
use super::runs::{self, Run};
use crate::bytes::{slice, u8_at, u16_at, u32_at, u64_at};
use crate::trace::Damaged;

/// Bytes of the table that are read at once.
const CHUNK_BYTES: usize = 1 << 20;
/// Largest record: the format allows more, no Windows makes more than 4096.
const RECORD_BYTES_MAX: usize = 64 << 10;
/// Largest cluster of Windows 10: 2 MiB.
const CLUSTER_BYTES_MAX: u64 = 2 << 20;

/// The table and the volume around it, if there is one.
pub(super) struct Table<'a> {
    pub(super) source: &'a mut dyn ReadSeek,
    /// The length of a cluster; zero where there is only the table.
    pub(super) cluster_bytes: u64,
    record_bytes: usize,
    place: Place,
    /// How many records the table has.
    pub(super) count: u64,
    chunk: Vec<u8>,
    /// The first record in `chunk`.
    chunk_first: u64,
}

/// Where the table lies.
enum Place {
    /// It is the whole source.
    Alone,
    /// In these clusters of the volume.
    Runs(Vec<Run>),
}

impl<'a> Table<'a> {
    /// Opens the table of a volume.
    pub(super) fn of_volume(source: &'a mut dyn ReadSeek) -> Result<Self, Damaged> {
        let another = || Damaged::Another {
            kind: "NTFS volume",
        };
        let mut boot = [0; 512];
        if read_at(source, 0, &mut boot)? < boot.len() {
            return Err(another());
        }
        let geometry = Geometry::new(&boot).ok_or_else(another)?;
        let source_bytes = source.seek(SeekFrom::End(0))?;
        let start = geometry
            .table_cluster
            .saturating_mul(geometry.cluster_bytes);
        let mut first = vec![0; geometry.record_bytes];
        if read_at(source, start, &mut first)? < first.len() {
            return Err(another());
        }
        let record = Record::new(&mut first).map_err(|_| another())?;
        let (runs, size_bytes) = own_runs(&record).ok_or_else(another)?;
        let mut table = Self {
            source,
            cluster_bytes: geometry.cluster_bytes,
            record_bytes: geometry.record_bytes,
            place: Place::Runs(runs),
            count: 0,
            chunk: Vec::new(),
            chunk_first: 0,
        };
        // A table cannot be longer than what it lies in.
        let size_bytes = size_bytes.min(source_bytes);
        table.count = size_bytes / geometry.record_bytes as u64;
        table.add_pieces();
        Ok(table)
    }

    /// Opens a table that was copied to a file.
    pub(super) fn alone(source: &'a mut dyn ReadSeek) -> Result<Self, Damaged> {
        let mut head = [0; 48];
        let read = read_at(source, 0, &mut head)?;
        let record_bytes = u32_at(&head, 28).and_then(|bytes| usize::try_from(bytes).ok());
        let record_bytes = record_bytes
            .filter(|bytes| {
                read == head.len() && head.starts_with(b"FILE") && is_record_length(*bytes)
            })
            .ok_or(Damaged::Another {
                kind: "master file table",
            })?;
        let bytes = source.seek(SeekFrom::End(0))?;
        Ok(Self {
            source,
            cluster_bytes: 0,
            record_bytes,
            place: Place::Alone,
            count: bytes.div_ceil(record_bytes as u64),
            chunk: Vec::new(),
            chunk_first: 0,
        })
    }

    /// Adds the pieces of a table that is so scattered that its first record cannot hold them all.
    fn add_pieces(&mut self) {
        let mut record = Vec::new();
        let mut extensions: Vec<u64> = Vec::new();
        if self.read_aside(0, &mut record).is_ok()
            && let Ok(record) = Record::new(&mut record)
        {
            extensions = super::file::listed_records(&record, types::DATA, self);
        }
        for number in extensions.into_iter().filter(|&number| number != 0) {
            let mut bytes = Vec::new();
            if self.read_aside(number, &mut bytes).is_ok()
                && let Ok(record) = Record::new(&mut bytes)
                && record.base().is_some_and(|base| base.number == 0)
                && let Place::Runs(runs) = &mut self.place
            {
                let pieces = record
                    .attributes()
                    .filter(|attribute| attribute.kind == types::DATA);
                for piece in pieces.filter_map(|attribute| attribute.outside()) {
                    let known: u64 = runs.iter().map(|run| run.count).sum();
                    if piece.first_cluster == known {
                        let _ = runs::unpack(piece.runs, runs);
                    }
                }
            }
        }
    }

    /// Returns a record out of the piece of the table that is read at once: for records in their order. A record that lies
    /// beyond the end of the source is empty.
    pub(super) fn next(&mut self, number: u64) -> io::Result<&mut [u8]> {
        let held = self.chunk.len() / self.record_bytes;
        let inside = number
            .checked_sub(self.chunk_first)
            .is_some_and(|index| index < held as u64);
        if !inside {
            let wanted = (CHUNK_BYTES / self.record_bytes).max(1) as u64;
            let count = wanted.min(self.count.saturating_sub(number).max(1));
            let mut chunk = std::mem::take(&mut self.chunk);
            chunk.clear();
            chunk.resize(usize::try_from(count).unwrap_or(1) * self.record_bytes, 0);
            self.chunk_first = number;
            let read = self.read_records(number, &mut chunk);
            self.chunk = chunk;
            read?;
        }
        let at = usize::try_from(number - self.chunk_first).unwrap_or(0) * self.record_bytes;
        Ok(&mut self.chunk[at..at + self.record_bytes])
    }

    /// Forgets what was read at once: records that have been looked at have lost their checks.
    pub(super) fn forget(&mut self) {
        self.chunk.clear();
    }

    /// Reads one record aside: for those that lie out of order.
    pub(super) fn read_aside(&mut self, number: u64, record: &mut Vec<u8>) -> io::Result<()> {
        record.clear();
        record.resize(self.record_bytes, 0);
        self.read_records(number, record)
    }

    fn read_records(&mut self, number: u64, records: &mut [u8]) -> io::Result<()> {
        let offset = number.saturating_mul(self.record_bytes as u64);
        match &self.place {
            Place::Alone => read_at(self.source, offset, records).map(drop),
            Place::Runs(runs) => {
                let mut clusters = Clusters::new(self.source, runs, self.cluster_bytes);
                clusters.read_at(offset, records)
            }
        }
    }
}

/// What the boot sector says about the volume.
struct Geometry {
    cluster_bytes: u64,
    record_bytes: usize,
    table_cluster: u64,
}

impl Geometry {
    fn new(boot: &[u8]) -> Option<Self> {
        if slice(boot, 3, 8)? != b"NTFS    " {
            return None;
        }
        let sector_bytes = u64::from(u16_at(boot, 11)?);
        let sectors = u8_at(boot, 13)?;
        // Above 128 it is a power of two, written as a negative number.
        let sectors = if sectors <= 128 {
            u64::from(sectors)
        } else {
            1_u64.checked_shl(256 - u32::from(sectors))?
        };
        let cluster_bytes = sector_bytes.checked_mul(sectors)?;
        let known = (256..=4096).contains(&sector_bytes)
            && cluster_bytes.is_power_of_two()
            && cluster_bytes <= CLUSTER_BYTES_MAX;
        let record_bytes = match u8_at(boot, 64)?.cast_signed() {
            clusters @ 1.. => cluster_bytes * u64::from(clusters.unsigned_abs()),
            power => 1_u64.checked_shl(u32::from(power.unsigned_abs()))?,
        };
        let record_bytes = usize::try_from(record_bytes).ok()?;
        (known && is_record_length(record_bytes)).then_some(Self {
            cluster_bytes,
            record_bytes,
            table_cluster: u64_at(boot, 48)?,
        })
    }
}

fn is_record_length(bytes: usize) -> bool {
    (512..=RECORD_BYTES_MAX).contains(&bytes) && bytes.is_power_of_two()
}

/// Returns where the table lies, and its length, from its first record.
fn own_runs(record: &Record<'_>) -> Option<(Vec<Run>, u64)> {
    let data = record
        .attributes()
        .find(|attribute| attribute.kind == types::DATA && attribute.name().is_empty())?;
    let outside = data.outside()?;
    let mut runs = Vec::new();
    runs::unpack(outside.runs, &mut runs)?;
    Some((runs, outside.size_bytes))
}
