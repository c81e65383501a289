//! Reads contents out of clusters: plain ones, ones with holes, and ones that NTFS has compressed.

use std::io::{self, Read, SeekFrom};

use super::item::ReadSeek;
use super::lznt1;
use super::runs::Run;

/// Largest unit of compression: 16 clusters of 64 KiB.
const UNIT_BYTES_MAX: u64 = 1 << 20;

/// Fills `buffer` from `offset`, and returns how much there was before the end of the source; the rest is left as it is.
pub(super) fn read_at(
    source: &mut dyn ReadSeek,
    offset: u64,
    buffer: &mut [u8],
) -> io::Result<usize> {
    source.seek(SeekFrom::Start(offset))?;
    let mut filled = 0;
    while filled < buffer.len() {
        match source.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// A content's clusters in their order.
pub(super) struct Clusters<'a> {
    source: &'a mut dyn ReadSeek,
    runs: &'a [Run],
    cluster_bytes: u64,
    /// The run that was read last, and where in the content it begins: reading on does not start from the first run.
    run: usize,
    run_start: u64,
}

impl<'a> Clusters<'a> {
    pub(super) fn new(source: &'a mut dyn ReadSeek, runs: &'a [Run], cluster_bytes: u64) -> Self {
        Self {
            source,
            runs,
            cluster_bytes,
            run: 0,
            run_start: 0,
        }
    }

    /// Fills `buffer` from `offset` of the content. Holes are zeros; the end of the clusters or of the source is an error.
    pub(super) fn read_at(&mut self, mut offset: u64, mut buffer: &mut [u8]) -> io::Result<()> {
        while !buffer.is_empty() {
            let (run, inside) = self.find(offset).ok_or(io::ErrorKind::UnexpectedEof)?;
            let left = run.count.saturating_mul(self.cluster_bytes) - inside;
            let count = usize::try_from(left)
                .unwrap_or(usize::MAX)
                .min(buffer.len());
            let (now, later) = buffer.split_at_mut(count);
            match run.start {
                None => now.fill(0),
                Some(start) => {
                    let place = start
                        .saturating_mul(self.cluster_bytes)
                        .saturating_add(inside);
                    if read_at(self.source, place, now)? < count {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
            }
            offset += count as u64;
            buffer = later;
        }
        Ok(())
    }

    /// Returns the run that `offset` lies in, and how far inside it.
    fn find(&mut self, offset: u64) -> Option<(Run, u64)> {
        if offset < self.run_start {
            (self.run, self.run_start) = (0, 0);
        }
        loop {
            let run = *self.runs.get(self.run)?;
            let bytes = run.count.saturating_mul(self.cluster_bytes);
            if offset - self.run_start < bytes {
                return Some((run, offset - self.run_start));
            }
            self.run += 1;
            self.run_start = self.run_start.checked_add(bytes)?;
        }
    }

    /// Returns how many bytes from `offset` on lie in clusters, up to the first hole and at most `limit`.
    fn present(&mut self, offset: u64, limit: u64) -> u64 {
        let mut present = 0;
        while present < limit {
            match self.find(offset + present) {
                Some((run, inside)) if run.start.is_some() => {
                    present += run.count.saturating_mul(self.cluster_bytes) - inside;
                }
                _ => break,
            }
        }
        present.min(limit)
    }
}

/// How long a content is.
#[derive(Clone, Copy)]
pub(super) struct Length {
    /// All of it.
    pub(super) bytes: u64,
    /// What has been written; the rest is zeros.
    pub(super) written_bytes: u64,
}

/// A content as it is, with its holes.
pub(super) struct Plain<'a> {
    pub(super) clusters: Clusters<'a>,
    pub(super) length: Length,
    pub(super) at: u64,
}

impl Read for Plain<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let written = self.at < self.length.written_bytes;
        let end = if written {
            self.length.written_bytes.min(self.length.bytes)
        } else {
            self.length.bytes
        };
        let left = usize::try_from(end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let count = left.min(buffer.len());
        let part = &mut buffer[..count];
        if written {
            self.clusters.read_at(self.at, part)?;
        } else {
            part.fill(0);
        }
        self.at += count as u64;
        Ok(count)
    }
}

/// A content that NTFS has compressed, unit by unit.
pub(super) struct Compressed<'a> {
    clusters: Clusters<'a>,
    length: Length,
    unit_bytes: u64,
    /// Where the unit after the one in `unit` begins.
    next: u64,
    packed: Vec<u8>,
    unit: Vec<u8>,
    at: usize,
}

impl<'a> Compressed<'a> {
    /// Makes the reader; nothing for units that no Windows makes.
    pub(super) fn new(clusters: Clusters<'a>, length: Length, unit_shift: u32) -> Option<Self> {
        let unit_bytes = clusters
            .cluster_bytes
            .checked_mul(1_u64.checked_shl(unit_shift)?)?;
        (1..=UNIT_BYTES_MAX).contains(&unit_bytes).then_some(Self {
            clusters,
            length,
            unit_bytes,
            next: 0,
            packed: Vec::new(),
            unit: Vec::new(),
            at: 0,
        })
    }

    /// Reads the next unit: one that is wholly there is not compressed, one that is wholly a hole is zeros.
    fn unpack(&mut self) -> io::Result<()> {
        let unit_bytes =
            usize::try_from(self.unit_bytes).map_err(|_| io::ErrorKind::InvalidData)?;
        self.unit.clear();
        self.at = 0;
        if self.next < self.length.written_bytes {
            let present = self.clusters.present(self.next, self.unit_bytes);
            self.packed.clear();
            self.packed.resize(usize::try_from(present).unwrap_or(0), 0);
            self.clusters.read_at(self.next, &mut self.packed)?;
            if present == self.unit_bytes {
                self.unit.extend_from_slice(&self.packed);
            } else if present > 0 {
                lznt1::decompress(&self.packed, unit_bytes, &mut self.unit)?;
            }
        }
        self.unit.resize(unit_bytes, 0);
        let left = self.length.bytes - self.next;
        self.unit
            .truncate(usize::try_from(left).unwrap_or(usize::MAX));
        let written = self.length.written_bytes.saturating_sub(self.next);
        let written = usize::try_from(written)
            .unwrap_or(usize::MAX)
            .min(self.unit.len());
        self.unit[written..].fill(0);
        self.next += self.unit_bytes;
        Ok(())
    }
}

impl Read for Compressed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.unit.len() {
            if self.next >= self.length.bytes {
                return Ok(0);
            }
            self.unpack()?;
        }
        let rest = &self.unit[self.at..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}
