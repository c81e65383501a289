//! The method implode, which PKZIP 1 wrote: a window of 4 or 8 KiB, and Shannon-Fano codes.
//!
//! The format is that of APPNOTE 6.3.10, section 5.3.

use std::io::{self, BufRead, Read};

const WINDOW_BYTES: usize = 8192;
const LARGE_WINDOW: u16 = 1 << 1;
const CODED_LITERALS: u16 = 1 << 2;
/// A length of this has eight more bits.
const LONG_LENGTH: u16 = 63;

/// Decodes an imploded member of a given size; the format has no mark at its end.
pub(super) struct Imploded<R> {
    bits: Bits<R>,
    flags: u16,
    codes: Option<Codes>,
    window: Box<[u8; WINDOW_BYTES]>,
    at: usize,
    copy_from: usize,
    copy_left: usize,
    left: u64,
}

struct Codes {
    literals: Option<Code>,
    lengths: Code,
    distances: Code,
}

impl<R: BufRead> Imploded<R> {
    /// Decodes `size` bytes, as the member's flags say.
    pub(super) fn new(source: R, flags: u16, size: u64) -> Self {
        Self {
            bits: Bits {
                source,
                value: 0,
                count: 0,
            },
            flags,
            codes: None,
            window: Box::new([0; WINDOW_BYTES]),
            at: 0,
            copy_from: 0,
            copy_left: 0,
            left: size,
        }
    }

    fn next(&mut self) -> io::Result<u8> {
        if self.copy_left == 0
            && let Some(literal) = self.step()?
        {
            return Ok(self.push(literal));
        }
        self.copy_left -= 1;
        let byte = self.window[self.copy_from];
        self.copy_from = (self.copy_from + 1) % WINDOW_BYTES;
        Ok(self.push(byte))
    }

    fn push(&mut self, byte: u8) -> u8 {
        self.window[self.at] = byte;
        self.at = (self.at + 1) % WINDOW_BYTES;
        byte
    }

    /// Reads a literal, or where to copy from.
    fn step(&mut self) -> io::Result<Option<u8>> {
        let codes = match &self.codes {
            Some(codes) => codes,
            None => self.codes.insert(Codes::read(&mut self.bits, self.flags)?),
        };
        if self.bits.take(1)? == 1 {
            let literal = match &codes.literals {
                Some(code) => code.decode(&mut self.bits)?,
                None => self.bits.take(8)?,
            };
            return Ok(Some((literal & 0xff) as u8));
        }
        let low_bits = if self.flags & LARGE_WINDOW == 0 { 6 } else { 7 };
        let low = self.bits.take(low_bits)?;
        let distance = usize::from((codes.distances.decode(&mut self.bits)? << low_bits) | low) + 1;
        let mut length = codes.lengths.decode(&mut self.bits)?;
        if length == LONG_LENGTH {
            length += self.bits.take(8)?;
        }
        let shortest = if codes.literals.is_some() { 3 } else { 2 };
        self.copy_left = usize::from(length + shortest);
        self.copy_from = (self.at + WINDOW_BYTES - distance % WINDOW_BYTES) % WINDOW_BYTES;
        Ok(None)
    }
}

impl<R: BufRead> Read for Imploded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut given = 0;
        for slot in buffer {
            if self.left == 0 {
                break;
            }
            match self.next() {
                Ok(byte) => *slot = byte,
                Err(_) if given > 0 => break,
                Err(error) => return Err(error),
            }
            self.left -= 1;
            given += 1;
        }
        Ok(given)
    }
}

impl Codes {
    fn read<R: BufRead>(bits: &mut Bits<R>, flags: u16) -> io::Result<Self> {
        Ok(Self {
            literals: match flags & CODED_LITERALS {
                0 => None,
                _ => Some(Code::read(bits, 256)?),
            },
            lengths: Code::read(bits, 64)?,
            distances: Code::read(bits, 64)?,
        })
    }
}

/// A Shannon-Fano code: canonical, but counted from the last symbol.
struct Code {
    /// Length, code as a number with the first bit highest, symbol; in the order of length and code.
    entries: Vec<(u8, u16, u16)>,
}

impl Code {
    fn read<R: BufRead>(bits: &mut Bits<R>, symbol_count: usize) -> io::Result<Self> {
        let mut lengths = Vec::with_capacity(symbol_count);
        for _ in 0..=bits.take(8)? {
            let run = bits.take(8)?;
            let length = (run & 15) as u8 + 1;
            lengths.extend(std::iter::repeat_n(length, usize::from(run >> 4) + 1));
        }
        if lengths.len() != symbol_count {
            return Err(invalid("a table has the wrong number of codes"));
        }
        let mut order: Vec<usize> = (0..symbol_count).collect();
        order.sort_by_key(|symbol| lengths.get(*symbol).copied());
        let (mut code, mut step, mut last) = (0_u32, 0_u32, 0_u8);
        let mut entries = Vec::with_capacity(symbol_count);
        for symbol in order.into_iter().rev() {
            code += step;
            let length = lengths.get(symbol).copied().unwrap_or(16);
            if length != last {
                last = length;
                step = 1 << (16 - u32::from(length));
            }
            let top = u16::try_from(code).map_err(|_| invalid("a table has too many codes"))?;
            entries.push((
                length,
                top >> (16 - length),
                u16::try_from(symbol).unwrap_or(0),
            ));
        }
        entries.sort_unstable();
        Ok(Self { entries })
    }

    fn symbol_of(&self, length: u8, code: u16) -> Option<u16> {
        let place = self
            .entries
            .partition_point(|(l, c, _)| (*l, *c) < (length, code));
        let (found_length, found, symbol) = *self.entries.get(place)?;
        ((found_length, found) == (length, code)).then_some(symbol)
    }

    fn decode<R: BufRead>(&self, bits: &mut Bits<R>) -> io::Result<u16> {
        let mut code = 0_u16;
        for length in 1..=16 {
            code = (code << 1) | bits.take(1)?;
            if let Some(symbol) = self.symbol_of(length, code) {
                return Ok(symbol);
            }
        }
        Err(invalid("a code stands for nothing"))
    }
}

/// Bits with the lowest first.
struct Bits<R> {
    source: R,
    value: u32,
    count: u32,
}

impl<R: BufRead> Bits<R> {
    fn take(&mut self, count: u32) -> io::Result<u16> {
        while self.count < count {
            let mut byte = [0];
            self.source.read_exact(&mut byte)?;
            self.value |= u32::from(byte[0]) << self.count;
            self.count += 8;
        }
        let value = self.value & ((1 << count) - 1);
        self.value >>= count;
        self.count -= count;
        Ok((value & 0xffff) as u16)
    }
}

fn invalid(detail: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, detail)
}
