//! The content of a member: which method, and whether it is what the header says.

use std::io::{self, BufRead, BufReader, Read, SeekFrom};

use deflate64::Deflate64Decoder;
use flate2::Decompress;
use lzma_rust2::{LzmaReader, lzma_get_memory_usage_by_props};

use super::implode::Imploded;
use super::inflating::Inflated;
use crate::ReadSeek;
use crate::compressed::{self, Bzip2Reader};
use crate::kind::Kind;
use crate::member::{MemberName, WhyNot};
use crate::reading::Exactly;
use crate::sink::{Facts, Problem, Sink};

const ENCRYPTED: u16 = 1;
const STRONGLY_ENCRYPTED: u16 = 1 << 6;
const HEADERS_ENCRYPTED: u16 = 1 << 13;
const AES: u16 = 99;
/// Packed bytes that are read at a time, at most.
const BUFFER_BYTES: u64 = 64 * 1024;

/// A member as a header, central or local, states it.
pub(super) struct Entry {
    pub(super) name: MemberName,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) modified: Option<i64>,
    /// The checksum, where it is known.
    pub(super) crc: Option<u32>,
    pub(super) packed_bytes: u64,
    /// The size, where it is known.
    pub(super) size: Option<u64>,
}

/// Opens the member whose packed content begins at `at`, and returns how many packed bytes it had as far as is known.
pub(super) fn open(
    source: &mut dyn ReadSeek,
    at: u64,
    entry: Entry,
    sink: &mut Sink<'_>,
) -> Result<u64, Problem> {
    let encrypted = ENCRYPTED | STRONGLY_ENCRYPTED | HEADERS_ENCRYPTED;
    if entry.flags & encrypted != 0 || entry.method == AES {
        sink.not_opened(entry.name, WhyNot::Encrypted, "the member is encrypted")?;
        return Ok(entry.packed_bytes);
    }
    let name = entry.name.as_bytes();
    if entry.packed_bytes == 0 && matches!(name.last(), Some(b'/' | b'\\')) {
        sink.empty_entry()?;
        return Ok(0);
    }
    source.seek(SeekFrom::Start(at))?;
    let capacity = entry.packed_bytes.clamp(512, BUFFER_BYTES);
    let capacity = usize::try_from(capacity).unwrap_or(512);
    let mut packed = BufReader::with_capacity(capacity, source.take(entry.packed_bytes));
    let facts = Facts {
        modified: entry.modified,
        declared_size: entry.size,
    };
    let limit = sink.meter().budget().decoder_bytes_max;
    let mut inflater = sink.take_inflater();
    match decoder(&entry, &mut packed, &mut inflater, limit) {
        Err(problem) => sink.not_opened(entry.name, problem.why(), problem.to_string())?,
        Ok(decoder) => {
            let mut checked = Checked {
                decoder,
                crc: crc32fast::Hasher::new(),
                count: 0,
                stated_crc: entry.crc,
                stated_size: entry.size,
            };
            sink.member(entry.name, facts, &mut checked)?;
        }
    }
    sink.keep_inflater(inflater);
    let unread = (packed.get_ref().limit()).saturating_add(packed.buffer().len() as u64);
    Ok(entry.packed_bytes.saturating_sub(unread))
}

/// Returns the decoder for a member's method.
fn decoder<'s, R: BufRead>(
    entry: &Entry,
    packed: &'s mut R,
    inflater: &'s mut Decompress,
    decoder_bytes_max: u64,
) -> Result<Box<dyn Read + 's>, Problem> {
    Ok(match entry.method {
        0 => Box::new(Exactly::new(packed, entry.packed_bytes)),
        6 => {
            let size = entry.size.unwrap_or(0);
            Box::new(Imploded::new(packed, entry.flags, size))
        }
        8 => Box::new(Inflated::new(packed, inflater)),
        9 => Box::new(Deflate64Decoder::with_buffer(packed)),
        12 => Box::new(Bzip2Reader::new(packed)),
        14 => lzma(entry, packed, decoder_bytes_max)?,
        20 | 93 => compressed::decoder(Kind::Zstd, packed, decoder_bytes_max),
        95 => compressed::decoder(Kind::Xz, packed, decoder_bytes_max),
        method => {
            let detail = format!("the method {method} is not opened");
            return Err(Problem::Unsupported(detail));
        }
    })
}

/// Returns the decoder for LZMA, which has its properties before its data.
fn lzma<'s, R: BufRead>(
    entry: &Entry,
    packed: &'s mut R,
    decoder_bytes_max: u64,
) -> Result<Box<dyn Read + 's>, Problem> {
    const HAS_END_MARK: u16 = 1 << 1;
    let mut header = [0_u8; 9];
    packed.read_exact(&mut header)?;
    let [_, _, length, 0, properties, dictionary @ ..] = header else {
        return Err(Problem::damaged("its LZMA properties are too long"));
    };
    let dictionary = u32::from_le_bytes(dictionary);
    let needed_kib = u64::from(lzma_get_memory_usage_by_props(dictionary, properties)?);
    if length != 5 || needed_kib > decoder_bytes_max / 1024 {
        let detail = format!("its dictionary of {dictionary} bytes is too large");
        return Err(Problem::Unsupported(detail));
    }
    let size = match entry.size {
        Some(size) if entry.flags & HAS_END_MARK == 0 => size,
        _ => u64::MAX,
    };
    let decoder = LzmaReader::new_with_props(packed, size, properties, dictionary, None)?;
    Ok(Box::new(decoder))
}

/// A decoder's output, which is an error at its end where it is not what the header says.
struct Checked<R> {
    decoder: R,
    crc: crc32fast::Hasher,
    count: u64,
    stated_crc: Option<u32>,
    stated_size: Option<u64>,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.decoder.read(buffer)?;
        if count > 0 || buffer.is_empty() {
            self.count = self.count.saturating_add(count as u64);
            self.crc.update(buffer.get(..count).unwrap_or_default());
            return Ok(count);
        }
        if let Some(stated) = self
            .stated_size
            .take()
            .filter(|stated| *stated != self.count)
        {
            let detail = format!("{stated} bytes are stated, {} are there", self.count);
            return Err(io::Error::new(io::ErrorKind::InvalidData, detail));
        }
        let crc = self.crc.clone().finalize();
        match self.stated_crc.take() {
            Some(stated) if stated != crc => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "its checksum is wrong",
            )),
            _ => Ok(0),
        }
    }
}
