//! bzip2: streams one after the other, checked by their checksums. Memory is bounded by the format: 3.6 MB for a block.
//!
//! The format is the one that bzip2 1.0 writes. Decision 13 says why no crate reads it here.

use std::io::{self, BufRead, Read};

use super::huffman::{BitReader, Code};

const BLOCK_MAGIC: u64 = 0x3141_5926_5359;
const END_MAGIC: u64 = 0x1772_4538_5090;
/// Symbols that are coded with one table before the next selector.
const GROUP_SYMBOLS: usize = 50;
/// More selectors than a block can use are allowed by some encoders, and ignored.
const SELECTORS_MAX: usize = 18_002;
const RUN_A: u16 = 0;
const RUN_B: u16 = 1;

/// Decodes bzip2.
pub(crate) struct Bzip2Reader<R> {
    bits: BitReader<R>,
    stage: Stage,
    block_bytes_max: usize,
    stream_count: u64,
    stream_crc: u32,
    block: Block,
}

enum Stage {
    StreamStart,
    BlockStart,
    InBlock,
    Ended,
}

/// A decoded block, from which the run lengths are still to be taken.
#[derive(Default)]
struct Block {
    /// The byte in the low eight bits, above it the index of the next.
    chain: Vec<u32>,
    at: u32,
    left: usize,
    last: u8,
    equal_count: u8,
    repeat: u8,
    crc: u32,
    stated_crc: u32,
}

impl<R: BufRead> Bzip2Reader<R> {
    /// Decodes what `source` has from here on.
    pub(crate) fn new(source: R) -> Self {
        Self {
            bits: BitReader::new(source),
            stage: Stage::StreamStart,
            block_bytes_max: 0,
            stream_count: 0,
            stream_crc: 0,
            block: Block::default(),
        }
    }

    fn begin_stream(&mut self) -> io::Result<()> {
        if self.stream_count > 0 && self.bits.at_end()? {
            self.stage = Stage::Ended;
            return Ok(());
        }
        let mark = self.bits.take(24)?;
        let level = self.bits.take(8)?;
        if mark != 0x42_5a_68 || !(0x31..=0x39).contains(&level) {
            return Err(invalid(if self.stream_count == 0 {
                "it does not begin as its kind does"
            } else {
                "there is foreign data after the end of the stream"
            }));
        }
        self.block_bytes_max = (level as usize - 0x30) * 100_000;
        self.stream_count = self.stream_count.saturating_add(1);
        self.stream_crc = 0;
        self.stage = Stage::BlockStart;
        Ok(())
    }

    fn begin_block(&mut self) -> io::Result<()> {
        let magic = (u64::from(self.bits.take(24)?) << 24) | u64::from(self.bits.take(24)?);
        let crc = (self.bits.take(16)? << 16) | self.bits.take(16)?;
        match magic {
            BLOCK_MAGIC => {
                self.block
                    .decode(&mut self.bits, self.block_bytes_max, crc)?;
                self.stream_crc = self.stream_crc.rotate_left(1) ^ crc;
                self.stage = Stage::InBlock;
                Ok(())
            }
            END_MAGIC => {
                self.bits.align();
                self.stage = Stage::StreamStart;
                if crc == self.stream_crc {
                    Ok(())
                } else {
                    Err(invalid("the stream's checksum is wrong"))
                }
            }
            _ => Err(invalid("there is no block where one must begin")),
        }
    }
}

impl<R: BufRead> Read for Bzip2Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let step = match self.stage {
                Stage::Ended => return Ok(0),
                Stage::StreamStart => self.begin_stream(),
                Stage::BlockStart => self.begin_block(),
                Stage::InBlock => {
                    let count = self.block.give(buffer);
                    if count > 0 || buffer.is_empty() {
                        return Ok(count);
                    }
                    self.stage = Stage::BlockStart;
                    self.block.check()
                }
            };
            if let Err(error) = step {
                self.stage = Stage::Ended;
                return Err(error);
            }
        }
    }
}

impl Block {
    /// Decodes the block of which magic and checksum were read.
    fn decode<R: BufRead>(
        &mut self,
        bits: &mut BitReader<R>,
        bytes_max: usize,
        crc: u32,
    ) -> io::Result<()> {
        if bits.take(1)? == 1 {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "a randomised block, which no bzip2 since 1999 writes",
            ));
        }
        let origin = bits.take(24)?;
        let symbols = read_symbols(bits)?;
        let (selectors, codes) = read_codes(bits, symbols.len() + 2)?;
        let mut counts = [0_u32; 256];
        self.chain.clear();
        read_content(
            bits,
            symbols,
            &selectors,
            &codes,
            bytes_max,
            &mut self.chain,
            &mut counts,
        )?;
        self.link(origin, &counts)?;
        self.last = 0;
        self.equal_count = 0;
        self.repeat = 0;
        self.crc = u32::MAX;
        self.stated_crc = crc;
        Ok(())
    }

    /// Undoes the sorting: each byte gets the index of the one that follows it.
    fn link(&mut self, origin: u32, counts: &[u32; 256]) -> io::Result<()> {
        let mut next = [0_u32; 256];
        let mut sum = 0;
        for (next, count) in next.iter_mut().zip(counts) {
            *next = sum;
            sum += count;
        }
        for index in 0..self.chain.len() {
            let byte = self.chain.get(index).map_or(0, |entry| entry & 0xff);
            let place = &mut next[byte as usize];
            if let Some(entry) = self.chain.get_mut(*place as usize) {
                *entry |= u32::try_from(index).unwrap_or(0) << 8;
            }
            *place += 1;
        }
        self.left = self.chain.len();
        let first = self.chain.get(origin as usize);
        self.at = first.ok_or_else(|| invalid("the block begins outside itself"))? >> 8;
        Ok(())
    }

    /// Gives the next bytes, with the runs of four and more taken apart.
    fn give(&mut self, buffer: &mut [u8]) -> usize {
        let mut given = 0;
        for slot in buffer {
            if self.repeat > 0 {
                self.repeat -= 1;
            } else {
                let Some(byte) = self.next() else { break };
                if self.equal_count == 4 {
                    self.equal_count = 0;
                    self.repeat = byte;
                    if byte == 0 {
                        // A run of exactly four; the byte after it is the next one.
                        let Some(byte) = self.next() else { break };
                        self.equal_count = 1;
                        self.last = byte;
                    } else {
                        self.repeat -= 1;
                    }
                } else {
                    let again = self.equal_count > 0 && byte == self.last;
                    self.equal_count = if again { self.equal_count + 1 } else { 1 };
                    self.last = byte;
                }
            }
            *slot = self.last;
            self.crc = (self.crc << 8) ^ CRC[((self.crc >> 24) as u8 ^ self.last) as usize];
            given += 1;
        }
        given
    }

    fn next(&mut self) -> Option<u8> {
        self.left = self.left.checked_sub(1)?;
        let entry = *self.chain.get(self.at as usize)?;
        self.at = entry >> 8;
        Some((entry & 0xff) as u8)
    }

    fn check(&self) -> io::Result<()> {
        if !self.crc == self.stated_crc {
            return Ok(());
        }
        Err(invalid("a block's checksum is wrong"))
    }
}

/// Reads which bytes the block uses, in order.
fn read_symbols<R: BufRead>(bits: &mut BitReader<R>) -> io::Result<Vec<u8>> {
    let rows = bits.take(16)?;
    let mut symbols = Vec::with_capacity(256);
    for row in 0..16_u8 {
        if rows & (0x8000 >> row) != 0 {
            let used = bits.take(16)?;
            symbols.extend(
                (0..16_u8)
                    .filter(|column| used & (0x8000 >> column) != 0)
                    .map(|column| row * 16 + column),
            );
        }
    }
    if symbols.is_empty() {
        return Err(invalid("a block uses no byte at all"));
    }
    Ok(symbols)
}

/// Reads the tables of codes, and which table is for which group of symbols.
fn read_codes<R: BufRead>(
    bits: &mut BitReader<R>,
    symbol_count: usize,
) -> io::Result<(Vec<u8>, Vec<Code>)> {
    let table_count = bits.take(3)? as usize;
    let selector_count = bits.take(15)? as usize;
    if !(2..=6).contains(&table_count) || selector_count == 0 {
        return Err(invalid("a block has no tables"));
    }
    let mut recent: [u8; 6] = [0, 1, 2, 3, 4, 5];
    let mut selectors = Vec::with_capacity(selector_count.min(SELECTORS_MAX));
    for index in 0..selector_count {
        let mut rank = 0;
        while bits.take(1)? == 1 {
            rank += 1;
            if rank >= table_count {
                return Err(invalid("a selector points at no table"));
            }
        }
        recent[..=rank].rotate_right(1);
        if index < SELECTORS_MAX {
            selectors.push(recent[0]);
        }
    }
    let mut codes = Vec::with_capacity(table_count);
    for _ in 0..table_count {
        let mut lengths = [0_u8; 258];
        let mut length = bits.take(5)?;
        for slot in lengths.iter_mut().take(symbol_count) {
            loop {
                if !(1..=20).contains(&length) {
                    return Err(invalid("a code has an impossible length"));
                }
                if bits.take(1)? == 0 {
                    break;
                }
                length = if bits.take(1)? == 0 {
                    length + 1
                } else {
                    length - 1
                };
            }
            *slot = u8::try_from(length).unwrap_or(20);
        }
        codes.push(Code::new(lengths.get(..symbol_count).unwrap_or_default())?);
    }
    Ok((selectors, codes))
}

/// Reads the block's bytes, sorted as the encoder left them, and counts each.
fn read_content<R: BufRead>(
    bits: &mut BitReader<R>,
    mut recent: Vec<u8>,
    selectors: &[u8],
    codes: &[Code],
    bytes_max: usize,
    content: &mut Vec<u32>,
    counts: &mut [u32; 256],
) -> io::Result<()> {
    let end = u16::try_from(recent.len() + 1).unwrap_or(u16::MAX);
    let (mut run, mut weight) = (0_usize, 1_usize);
    for selector in selectors {
        let code = codes.get(usize::from(*selector));
        let code = code.ok_or_else(|| invalid("a selector points at no table"))?;
        for _ in 0..GROUP_SYMBOLS {
            let symbol = code.read(bits)?;
            if symbol == RUN_A || symbol == RUN_B {
                run = run.saturating_add(weight << symbol);
                weight = weight.saturating_mul(2);
                if run > bytes_max {
                    return Err(invalid("a block is longer than its stream allows"));
                }
                continue;
            }
            if run > 0 {
                push_run(
                    recent.first().copied().unwrap_or(0),
                    run,
                    bytes_max,
                    content,
                    counts,
                )?;
                (run, weight) = (0, 1);
            }
            if symbol == end {
                return Ok(());
            }
            let place = usize::from(symbol) - 1;
            let byte = *(recent.get(place)).ok_or_else(|| invalid("a code means no byte"))?;
            recent.copy_within(..place, 1);
            recent[0] = byte;
            push_run(byte, 1, bytes_max, content, counts)?;
        }
    }
    Err(invalid("a block has no end"))
}

fn push_run(
    byte: u8,
    count: usize,
    bytes_max: usize,
    content: &mut Vec<u32>,
    counts: &mut [u32; 256],
) -> io::Result<()> {
    if count > bytes_max.saturating_sub(content.len()) {
        return Err(invalid("a block is longer than its stream allows"));
    }
    counts[usize::from(byte)] += u32::try_from(count).unwrap_or(u32::MAX);
    if count == 1 {
        content.push(u32::from(byte));
    } else {
        content.resize(content.len() + count, u32::from(byte));
    }
    Ok(())
}

fn invalid(detail: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, detail)
}

/// CRC-32 with the highest bit first, which bzip2 alone uses.
const CRC: [u32; 256] = {
    let mut table = [0_u32; 256];
    let mut index = 0_u32;
    while index < 256 {
        let mut crc = index << 24;
        let mut bit = 0;
        while bit < 8 {
            let carry = crc & 0x8000_0000 != 0;
            crc = (crc << 1) ^ if carry { 0x04c1_1db7 } else { 0 };
            bit += 1;
        }
        table[index as usize] = crc;
        index += 1;
    }
    table
};
