//! LZXPRESS Huffman, the compression of prefetch files and of files that "Compact OS" has made smaller.
//!
//! Facts of the format: Microsoft, [MS-XCA] §2.1 and §2.2.

use std::io;

use crate::bytes::slice;

/// Bytes of the table before each block: 512 lengths of codes, half a byte each.
const TABLE_BYTES: usize = 256;
/// Bytes that one block becomes, at least, unless it is the last.
const BLOCK_BYTES: usize = 65_536;
/// Longest code in bits.
const CODE_BITS_MAX: u32 = 15;

/// Decompresses to exactly `length` bytes; anything else is an error.
pub(crate) fn decompress(compressed: &[u8], length: usize) -> io::Result<Vec<u8>> {
    let mut plain = Vec::with_capacity(length.min(compressed.len().saturating_mul(64)));
    let mut rest = compressed;
    while plain.len() < length {
        let table = slice(rest, 0, TABLE_BYTES).ok_or_else(damaged)?;
        let codes = Codes::new(table)?;
        let mut bits = Bits::new(&rest[TABLE_BYTES..]);
        let end = length.min(plain.len() + BLOCK_BYTES);
        while plain.len() < end {
            bits.symbol(&codes, &mut plain, length)?;
        }
        rest = &rest[TABLE_BYTES + bits.at.min(rest.len() - TABLE_BYTES)..];
    }
    Ok(plain)
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "its compression is damaged")
}

/// The symbol and the length of each code, by the code's bits with any bits behind them.
struct Codes {
    table: Vec<u16>,
}

impl Codes {
    /// Makes the table of canonical codes: shorter ones first, then by symbol.
    fn new(lengths: &[u8]) -> io::Result<Self> {
        let length_of = |symbol: u16| {
            let pair = lengths[usize::from(symbol / 2)];
            if symbol.is_multiple_of(2) {
                pair & 15
            } else {
                pair >> 4
            }
        };
        let size = 1 << CODE_BITS_MAX;
        let mut table = Vec::with_capacity(size);
        for length in 1..=15_u8 {
            let copies = 1 << (CODE_BITS_MAX - u32::from(length));
            for symbol in (0..512).filter(|&symbol| length_of(symbol) == length) {
                if table.len() + copies > size {
                    return Err(damaged());
                }
                // Nine bits of symbol, four of length.
                table.resize(table.len() + copies, symbol | u16::from(length) << 9);
            }
        }
        Ok(Self { table })
    }
}

/// The bits of a block: words of 16 bits, with bytes of lengths between them.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    word: u32,
    /// Bits that are left beyond the 16 that are always there; below zero, the next word is read.
    extra: i32,
}

impl<'a> Bits<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let mut bits = Self {
            bytes,
            at: 0,
            word: 0,
            extra: 16,
        };
        bits.word = u32::from(bits.number()) << 16;
        bits.word |= u32::from(bits.number());
        bits
    }

    /// Reads the next 16-bit number; beyond the end there are zeros.
    fn number(&mut self) -> u16 {
        let number = crate::bytes::u16_at(self.bytes, self.at).unwrap_or(0);
        self.at += 2;
        number
    }

    fn byte(&mut self) -> u8 {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        byte
    }

    fn skip(&mut self, count: u32) {
        self.word <<= count;
        self.extra -= count.cast_signed();
        if self.extra < 0 {
            let number = u32::from(self.number());
            self.word |= number << self.extra.unsigned_abs();
            self.extra += 16;
        }
    }

    /// Decodes one symbol: a byte, or a length and a distance to bytes that came before.
    fn symbol(&mut self, codes: &Codes, plain: &mut Vec<u8>, limit: usize) -> io::Result<()> {
        // Two words are read ahead; further beyond the end there is nothing that could be meant.
        if self.at > self.bytes.len() + 4 {
            return Err(damaged());
        }
        let index = usize::try_from(self.word >> (32 - CODE_BITS_MAX)).map_err(|_| damaged())?;
        let code = *codes.table.get(index).ok_or_else(damaged)?;
        self.skip(u32::from(code >> 9));
        let symbol = code & 511;
        if let Ok(byte) = u8::try_from(symbol) {
            plain.push(byte);
            return Ok(());
        }
        let length = self.length(symbol & 15)?;
        let distance_bits = u32::from(symbol >> 4 & 15);
        let low = if distance_bits == 0 {
            0
        } else {
            self.word >> (32 - distance_bits)
        };
        self.skip(distance_bits);
        let distance = usize::try_from((1 << distance_bits) + low).map_err(|_| damaged())?;
        copy(plain, distance, length.min(limit - plain.len()))
    }

    /// Reads the length of a match; long ones have a byte of their own, and longer ones a number behind it.
    fn length(&mut self, stated: u16) -> io::Result<usize> {
        const SHORTEST: usize = 3;
        if stated < 15 {
            return Ok(usize::from(stated) + SHORTEST);
        }
        let more = self.byte();
        if more < 255 {
            return Ok(usize::from(more) + 15 + SHORTEST);
        }
        let mut length = usize::from(self.number());
        if length == 0 {
            length = usize::from(self.number()) | usize::from(self.number()) << 16;
        }
        if length < 15 {
            return Err(damaged());
        }
        Ok(length + SHORTEST)
    }
}

/// Copies bytes from `distance` before the end; they may overlap with what is being made.
pub(crate) fn copy(plain: &mut Vec<u8>, distance: usize, length: usize) -> io::Result<()> {
    let start = plain.len().checked_sub(distance).ok_or_else(damaged)?;
    if distance >= length {
        plain.extend_from_within(start..start + length);
    } else {
        for index in start..start + length {
            plain.push(plain[index]);
        }
    }
    Ok(())
}
