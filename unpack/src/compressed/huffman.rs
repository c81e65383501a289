//! Bits with the highest first, and canonical codes over them, as bzip2 has them.

use std::io::{self, BufRead};

/// Codes up to this length are found in one look.
const FAST_BITS: u32 = 10;
/// The longest code.
const LENGTH_MAX: usize = 20;

/// A source of bits.
pub(super) struct BitReader<R> {
    source: R,
    /// The next bits, highest first; below them zeros.
    bits: u64,
    count: u32,
}

impl<R: BufRead> BitReader<R> {
    /// Reads from the first bit of `source`.
    pub(super) const fn new(source: R) -> Self {
        Self {
            source,
            bits: 0,
            count: 0,
        }
    }

    /// Takes at most 32 bits, as a number.
    pub(super) fn take(&mut self, count: u32) -> io::Result<u32> {
        if self.count < count {
            self.refill()?;
        }
        let value = (self.bits >> 32 >> (32 - count)) as u32;
        self.consume(count)?;
        Ok(value)
    }

    /// Drops the bits up to the next whole byte.
    pub(super) fn align(&mut self) {
        let odd = self.count % 8;
        self.bits <<= odd;
        self.count -= odd;
    }

    /// Tells whether there is nothing more.
    pub(super) fn at_end(&mut self) -> io::Result<bool> {
        self.refill()?;
        Ok(self.count == 0)
    }

    fn consume(&mut self, count: u32) -> io::Result<()> {
        if self.count < count {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.bits <<= count;
        self.count -= count;
        Ok(())
    }

    fn refill(&mut self) -> io::Result<()> {
        while self.count <= 56 {
            let available = self.source.fill_buf()?;
            if available.is_empty() {
                break;
            }
            let room = ((64 - self.count) / 8) as usize;
            let used = room.min(available.len());
            for byte in available.iter().take(used) {
                self.bits |= u64::from(*byte) << (56 - self.count);
                self.count += 8;
            }
            self.source.consume(used);
        }
        Ok(())
    }
}

/// A canonical code: symbols by their lengths.
pub(super) struct Code {
    /// For each first ten bits: the symbol and above its nine bits the length; 0 where the code is longer.
    fast: Vec<u16>,
    /// For each length: one past the last code of that length, moved to the top of 20 bits.
    limits: [u32; LENGTH_MAX + 1],
    /// For each length: what to add to a code, wrapping, to get its place among the symbols.
    offsets: [u32; LENGTH_MAX + 1],
    symbols: Vec<u16>,
}

impl Code {
    /// Makes the code in which each symbol has its length of 1 to 20 bits.
    pub(super) fn new(lengths: &[u8]) -> io::Result<Self> {
        let mut code = Self {
            fast: vec![0; 1 << FAST_BITS],
            limits: [0; LENGTH_MAX + 1],
            offsets: [0; LENGTH_MAX + 1],
            symbols: Vec::with_capacity(lengths.len()),
        };
        let mut next = 0_u32;
        for length in 1..=LENGTH_MAX {
            let first_place = code.symbols.len();
            let first_code = next;
            for (symbol, _) in
                (lengths.iter().enumerate()).filter(|(_, l)| usize::from(**l) == length)
            {
                let symbol = u16::try_from(symbol).unwrap_or(u16::MAX);
                code.symbols.push(symbol);
                code.remember(symbol, next, length);
                next += 1;
            }
            if next > 1 << length {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "a table has more codes than there are",
                ));
            }
            code.limits[length] = next << (LENGTH_MAX - length);
            let first_place = u32::try_from(first_place).unwrap_or(0);
            code.offsets[length] = first_place.wrapping_sub(first_code);
            next <<= 1;
        }
        Ok(code)
    }

    fn remember(&mut self, symbol: u16, code: u32, length: usize) {
        let spare = (FAST_BITS as usize).checked_sub(length);
        let Some(spare) = spare else { return };
        let first = (code << spare) as usize;
        let entry = symbol | (u16::try_from(length).unwrap_or(0) << 9);
        if let Some(slots) = self.fast.get_mut(first..first + (1 << spare)) {
            slots.fill(entry);
        }
    }

    /// Reads one symbol.
    #[inline]
    pub(super) fn read<R: BufRead>(&self, bits: &mut BitReader<R>) -> io::Result<u16> {
        if bits.count < 20 {
            bits.refill()?;
        }
        let entry = self.fast[(bits.bits >> (64 - FAST_BITS)) as usize];
        if entry != 0 {
            bits.consume(u32::from(entry >> 9))?;
            return Ok(entry & 0x1ff);
        }
        self.read_long(bits)
    }

    fn read_long<R: BufRead>(&self, bits: &mut BitReader<R>) -> io::Result<u16> {
        let seen = (bits.bits >> 44) as u32;
        for length in 1..=LENGTH_MAX {
            if seen < self.limits[length] {
                let code = seen >> (LENGTH_MAX - length);
                let place = code.wrapping_add(self.offsets[length]);
                let symbol = self.symbols.get(place as usize);
                bits.consume(u32::try_from(length).unwrap_or(20))?;
                return symbol.copied().ok_or_else(nothing);
            }
        }
        Err(nothing())
    }
}

fn nothing() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a code stands for nothing")
}
