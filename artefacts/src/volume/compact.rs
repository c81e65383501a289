//! Files that "Compact OS" has made smaller: the file is a hole, its content lies in a stream beside it, chunk by chunk.
//!
//! Facts of the format: J. Metz, "Windows Overlay Filter (WOF)"; wimlib's documentation of system compression.

use std::io::{self, Read};

use crate::bytes::u32_at;
use crate::xpress;

/// The stream that holds the content.
pub(super) const STREAM: &str = "WofCompressedData";
/// What a reparse point says of such a file.
const TAG: u32 = 0x8000_0017;
/// Most bytes of the table of chunks: for a file of 32 GiB.
const TABLE_BYTES_MAX: u64 = 64 << 20;

/// How the content is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// With LZXPRESS Huffman, in chunks of so many bytes.
    Xpress(usize),
    /// In a way that cannot be unpacked here: with LZX, or in an image file.
    Other(&'static str),
}

/// Returns how a file is packed; nothing where the reparse point says something else.
pub(super) fn packing(reparse_point: &[u8]) -> Option<Packing> {
    const IN_IMAGE: u32 = 1;
    if u32_at(reparse_point, 0)? != TAG {
        return None;
    }
    if u32_at(reparse_point, 12)? == IN_IMAGE {
        return Some(Packing::Other("in an image file"));
    }
    Some(match u32_at(reparse_point, 20)? {
        0 => Packing::Xpress(4096),
        2 => Packing::Xpress(8192),
        3 => Packing::Xpress(16_384),
        _ => Packing::Other("packed with LZX"),
    })
}

/// Unpacks a content from its stream.
pub(super) struct Compact<R> {
    stream: R,
    /// Length of the content.
    bytes: u64,
    /// Length of the stream behind its table.
    packed_bytes: u64,
    chunk_bytes: usize,
    /// Where each chunk but the first begins.
    starts: Option<Vec<u64>>,
    /// The chunk that is unpacked next.
    next: usize,
    packed: Vec<u8>,
    chunk: Vec<u8>,
    at: usize,
}

impl<R: Read> Compact<R> {
    /// Makes the reader of a content of `bytes` bytes that lies packed in a stream of `stream_bytes`.
    pub(super) fn new(stream: R, stream_bytes: u64, bytes: u64, chunk_bytes: usize) -> Self {
        Self {
            stream,
            bytes,
            packed_bytes: stream_bytes,
            chunk_bytes,
            starts: None,
            next: 0,
            packed: Vec::new(),
            chunk: Vec::new(),
            at: 0,
        }
    }

    /// Reads the table at the beginning of the stream.
    fn read_table(&mut self) -> io::Result<Vec<u64>> {
        let chunks = self.bytes.div_ceil(self.chunk_bytes as u64);
        let entry_bytes: u64 = if self.bytes > u64::from(u32::MAX) {
            8
        } else {
            4
        };
        let table_bytes = chunks.saturating_sub(1).saturating_mul(entry_bytes);
        self.packed_bytes = self
            .packed_bytes
            .checked_sub(table_bytes)
            .filter(|_| table_bytes <= TABLE_BYTES_MAX)
            .ok_or_else(damaged)?;
        let mut table = vec![0; usize::try_from(table_bytes).map_err(|_| damaged())?];
        self.stream.read_exact(&mut table)?;
        let entry = |entry: &[u8]| {
            let mut whole = [0; 8];
            whole[..entry.len()].copy_from_slice(entry);
            u64::from_le_bytes(whole)
        };
        let size = if entry_bytes == 8 { 8 } else { 4 };
        Ok(table.chunks_exact(size).map(entry).collect())
    }

    fn unpack(&mut self) -> io::Result<()> {
        if self.starts.is_none() {
            self.starts = Some(self.read_table()?);
        }
        let starts = self.starts.as_deref().unwrap_or_default();
        let start = |index: usize| match index {
            0 => Some(0),
            index if index <= starts.len() => Some(starts[index - 1]),
            _ => None,
        };
        let first = start(self.next).ok_or_else(damaged)?;
        let end = start(self.next + 1).unwrap_or(self.packed_bytes);
        let packed_bytes = end
            .checked_sub(first)
            .and_then(|bytes| usize::try_from(bytes).ok())
            .filter(|&bytes| bytes <= self.chunk_bytes && end <= self.packed_bytes)
            .ok_or_else(damaged)?;
        let done = self.next as u64 * self.chunk_bytes as u64;
        let plain_bytes = usize::try_from(self.bytes - done)
            .unwrap_or(usize::MAX)
            .min(self.chunk_bytes);
        self.packed.clear();
        self.packed.resize(packed_bytes, 0);
        self.stream.read_exact(&mut self.packed)?;
        // A chunk that packing would not have made smaller is as it is.
        self.chunk = if packed_bytes == plain_bytes {
            self.packed.clone()
        } else {
            xpress::decompress(&self.packed, plain_bytes)?
        };
        self.at = 0;
        self.next += 1;
        Ok(())
    }
}

impl<R: Read> Read for Compact<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.chunk.len() {
            let done = (self.next as u64).saturating_mul(self.chunk_bytes as u64);
            if done >= self.bytes {
                return Ok(0);
            }
            self.unpack()?;
        }
        let rest = &self.chunk[self.at..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "its compression is damaged")
}
