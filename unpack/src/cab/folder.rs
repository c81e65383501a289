//! The blocks of one folder, decoded into one stream.

use std::io::{self, Read, SeekFrom};

use flate2::{Decompress, FlushDecompress};
use lzxd::{Lzxd, WindowSize};

use crate::ReadSeek;
use crate::reading::le_u16;

/// Bytes that a block holds unpacked, at most.
const BLOCK_BYTES_MAX: usize = 32 * 1024;
const MSZIP_MAGIC: &[u8] = b"CK";

/// Where a folder is and how it is compressed.
pub(super) struct Folder {
    pub(super) at: u64,
    pub(super) block_count: u16,
    pub(super) compression: u16,
    /// Bytes of each block's header that belong to the application.
    pub(super) block_reserve: u8,
}

/// Decodes a folder.
pub(super) struct FolderReader<'s> {
    source: &'s mut dyn ReadSeek,
    at: u64,
    blocks_left: u16,
    block_reserve: u8,
    decoder: Option<Decoder>,
    compression: u16,
    packed: Vec<u8>,
    /// The block that is being given, which the next one can refer to.
    block: Vec<u8>,
    given: usize,
}

enum Decoder {
    Stored,
    MsZip(Box<Decompress>),
    Lzx(Box<Lzxd>),
}

impl<'s> FolderReader<'s> {
    /// Starts at the folder's front.
    pub(super) fn new(source: &'s mut dyn ReadSeek, folder: &Folder) -> Self {
        Self {
            source,
            at: folder.at,
            blocks_left: folder.block_count,
            block_reserve: folder.block_reserve,
            decoder: None,
            compression: folder.compression,
            packed: Vec::new(),
            block: Vec::new(),
            given: 0,
        }
    }

    /// Returns the cabinet.
    pub(super) fn into_source(self) -> &'s mut dyn ReadSeek {
        self.source
    }

    fn next_block(&mut self) -> io::Result<()> {
        self.blocks_left -= 1;
        let mut header = vec![0; 8 + usize::from(self.block_reserve)];
        self.source.seek(SeekFrom::Start(self.at))?;
        self.source.read_exact(&mut header)?;
        let packed_bytes = usize::from(le_u16(&header, 4).unwrap_or(0));
        let block_bytes = usize::from(le_u16(&header, 6).unwrap_or(0));
        if block_bytes > BLOCK_BYTES_MAX {
            return Err(invalid("a block states too many bytes"));
        }
        if block_bytes == 0 {
            return Err(invalid("a block goes on in another cabinet"));
        }
        self.packed.resize(packed_bytes, 0);
        self.source.read_exact(&mut self.packed)?;
        self.at += (header.len() + packed_bytes) as u64;
        let decoder = match &mut self.decoder {
            Some(decoder) => decoder,
            None => self.decoder.insert(Decoder::new(self.compression)?),
        };
        decoder.decode(&self.packed, block_bytes, &mut self.block)?;
        self.given = 0;
        Ok(())
    }
}

impl Read for FolderReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given >= self.block.len() {
            if self.blocks_left == 0 {
                return Ok(0);
            }
            if let Err(error) = self.next_block() {
                self.blocks_left = 0;
                self.block.clear();
                return Err(error);
            }
        }
        let rest = self.block.get(self.given..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}

impl Decoder {
    fn new(compression: u16) -> io::Result<Self> {
        let unsupported = |detail: String| Err(io::Error::new(io::ErrorKind::Unsupported, detail));
        match compression & 15 {
            0 => Ok(Self::Stored),
            1 => Ok(Self::MsZip(Box::new(Decompress::new(false)))),
            2 => unsupported("the method Quantum is not opened".to_owned()),
            3 => Ok(Self::Lzx(Box::new(Lzxd::new(match compression >> 8 {
                15 => WindowSize::KB32,
                16 => WindowSize::KB64,
                17 => WindowSize::KB128,
                18 => WindowSize::KB256,
                19 => WindowSize::KB512,
                20 => WindowSize::MB1,
                21 => WindowSize::MB2,
                bits => return unsupported(format!("an LZX window of {bits} bits")),
            })))),
            method => unsupported(format!("the method {method} is not opened")),
        }
    }

    /// Decodes one block. `block` holds the one before: all but the last have 32 KiB, which is as far as MSZIP refers.
    fn decode(&mut self, packed: &[u8], block_bytes: usize, block: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Stored => {
                block.clear();
                block.extend_from_slice(packed.get(..block_bytes).unwrap_or(packed));
            }
            Self::MsZip(decoder) => {
                let packed = packed.strip_prefix(MSZIP_MAGIC);
                let packed =
                    packed.ok_or_else(|| invalid("a block does not begin as MSZIP does"))?;
                decoder.reset(false);
                if !block.is_empty() {
                    decoder.set_dictionary(block).map_err(io::Error::from)?;
                }
                let mut out = vec![0; block_bytes];
                decoder
                    .decompress(packed, &mut out, FlushDecompress::Finish)
                    .map_err(io::Error::from)?;
                let count = usize::try_from(decoder.total_out()).unwrap_or(0);
                out.truncate(count);
                *block = out;
            }
            Self::Lzx(decoder) => {
                let unpacked = decoder.decompress_next(packed, block_bytes);
                let unpacked = unpacked.map_err(|error| {
                    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
                })?;
                block.clear();
                block.extend_from_slice(unpacked);
            }
        }
        if block.len() == block_bytes {
            return Ok(());
        }
        Err(invalid("a block has another size than it states"))
    }
}

fn invalid(detail: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, detail)
}
