//! The filters of PDF streams, each a reader over the one before, with a limit on what passes between them.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use flate2::bufread::ZlibDecoder;
use weezl::{BitOrder, LzwStatus};

use super::lexing::hex_digit;

/// Filters of one stream, at most. Real streams have two; malware has been seen with a dozen.
pub(super) const FILTER_COUNT_MAX: usize = 24;
/// Bytes of one row that a predictor works on, at most.
const ROW_BYTES_MAX: usize = 1 << 20;

/// A filter with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    Ascii85,
    AsciiHex,
    Flate(Predictor),
    /// With whether codes grow one step early, which is the default.
    Lzw(bool, Predictor),
    RunLength,
}

/// How rows were prepared for compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Predictor {
    None,
    /// The predictors of PNG: the bytes of a row and of a pixel.
    Png {
        row: usize,
        pixel: usize,
    },
}

impl Predictor {
    /// Makes the predictor of these parameters; `None` when it is not known or its rows are too long.
    pub(super) fn new(kind: u64, columns: u64, colours: u64, bits: u64) -> Option<Self> {
        if kind <= 1 {
            return Some(Self::None);
        }
        if kind < 10 {
            return None;
        }
        let pixel_bits = colours.checked_mul(bits)?;
        let row = usize::try_from(pixel_bits.checked_mul(columns)?.div_ceil(8)).ok()?;
        let pixel = usize::try_from(pixel_bits.div_ceil(8)).ok()?.max(1);
        (1..=ROW_BYTES_MAX)
            .contains(&row)
            .then_some(Self::Png { row, pixel })
    }
}

/// Counts what passes between the filters of all streams of a document.
#[derive(Clone, Default)]
pub(super) struct Meter(Rc<Cell<u64>>);

impl Meter {
    /// Returns what has passed since the last time.
    pub(super) fn take(&self) -> u64 {
        self.0.take()
    }
}

/// Puts the filters of a stream one upon the other. Between any two, no more than `limit` bytes pass.
pub(super) fn decoder<'a>(
    raw: &'a [u8],
    filters: &[Filter],
    limit: u64,
    meter: &Meter,
) -> Box<dyn Read + 'a> {
    let mut reader: Box<dyn Read + 'a> = Box::new(raw);
    for (index, filter) in filters.iter().take(FILTER_COUNT_MAX).enumerate() {
        if index > 0 {
            reader = Box::new(Metered {
                inner: reader,
                left: limit,
                meter: meter.clone(),
            });
        }
        let input = BufReader::new(reader);
        reader = match filter {
            Filter::Ascii85 => Box::new(Ascii85 {
                input,
                ready: Ready::default(),
            }),
            Filter::AsciiHex => Box::new(AsciiHex {
                input,
                is_over: false,
            }),
            Filter::Flate(predictor) => predicted(ZlibDecoder::new(input), *predictor),
            Filter::Lzw(is_early, predictor) => predicted(Lzw::new(input, *is_early), *predictor),
            Filter::RunLength => Box::new(RunLength {
                input,
                run: Run::Over(false),
            }),
        };
    }
    reader
}

fn predicted<'a>(input: impl Read + 'a, predictor: Predictor) -> Box<dyn Read + 'a> {
    match predictor {
        Predictor::None => Box::new(input),
        Predictor::Png { row, pixel } => Box::new(PngRows {
            input,
            pixel,
            above: vec![0; row],
            row: Vec::new(),
            given: 0,
        }),
    }
}

/// Fails once too much has passed.
struct Metered<R> {
    inner: R,
    left: u64,
    meter: Meter,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.meter
            .0
            .set(self.meter.0.get().saturating_add(count as u64));
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| damaged("too much passes between the filters"))?;
        Ok(count)
    }
}

/// Hexadecimal digits up to a `>`.
struct AsciiHex<R> {
    input: R,
    is_over: bool,
}

impl<R: BufRead> AsciiHex<R> {
    fn digit(&mut self) -> io::Result<Option<u8>> {
        while !self.is_over {
            match next_byte(&mut self.input)? {
                None | Some(b'>') => self.is_over = true,
                Some(byte) => {
                    if let Some(digit) = hex_digit(byte) {
                        return Ok(Some(digit));
                    }
                }
            }
        }
        Ok(None)
    }
}

impl<R: BufRead> Read for AsciiHex<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        for place in out {
            let Some(high) = self.digit()? else { break };
            *place = high << 4 | self.digit()?.unwrap_or(0);
            count += 1;
        }
        Ok(count)
    }
}

/// Decoded bytes that are not given yet.
#[derive(Default)]
struct Ready {
    bytes: [u8; 4],
    count: usize,
    given: usize,
    is_over: bool,
}

/// Five letters for four bytes, up to `~>`.
struct Ascii85<R> {
    input: R,
    ready: Ready,
}

impl<R: BufRead> Ascii85<R> {
    fn next_group(&mut self) -> io::Result<()> {
        let mut value = 0_u32;
        let mut count = 0_usize;
        while count < 5 {
            match next_byte(&mut self.input)? {
                Some(b'z') if count == 0 => {
                    count = 5;
                }
                Some(byte @ b'!'..=b'u') => {
                    value = value.wrapping_mul(85).wrapping_add(u32::from(byte - b'!'));
                    count += 1;
                }
                None | Some(b'~') => {
                    self.ready.is_over = true;
                    break;
                }
                Some(_) => {}
            }
        }
        for _ in count..5 {
            value = value.wrapping_mul(85).wrapping_add(84);
        }
        self.ready.bytes = value.to_be_bytes();
        self.ready.count = count.saturating_sub(1);
        self.ready.given = 0;
        Ok(())
    }
}

impl<R: BufRead> Read for Ascii85<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        for place in out {
            while self.ready.given == self.ready.count {
                if self.ready.is_over {
                    return Ok(written);
                }
                self.next_group()?;
            }
            *place = self.ready.bytes[self.ready.given & 3];
            self.ready.given += 1;
            written += 1;
        }
        Ok(written)
    }
}

/// What a run-length stream is in the middle of.
enum Run {
    Copy(usize),
    /// Between two runs; with whether it was the last one.
    Over(bool),
    Repeat(u8, usize),
}

struct RunLength<R> {
    input: R,
    run: Run,
}

impl<R: BufRead> Read for RunLength<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written < out.len() {
            match &mut self.run {
                Run::Over(true) => break,
                Run::Over(false) => {
                    self.run = match next_byte(&mut self.input)? {
                        None | Some(128) => Run::Over(true),
                        Some(length @ 0..128) => Run::Copy(usize::from(length) + 1),
                        Some(length) => match next_byte(&mut self.input)? {
                            Some(byte) => Run::Repeat(byte, 257 - usize::from(length)),
                            None => Run::Over(true),
                        },
                    };
                }
                Run::Copy(0) | Run::Repeat(_, 0) => self.run = Run::Over(false),
                Run::Copy(left) => {
                    let Some(byte) = next_byte(&mut self.input)? else {
                        self.run = Run::Over(true);
                        continue;
                    };
                    *left -= 1;
                    out[written] = byte;
                    written += 1;
                }
                Run::Repeat(byte, left) => {
                    let count = (*left).min(out.len() - written);
                    out[written..written + count].fill(*byte);
                    *left -= count;
                    written += count;
                }
            }
        }
        Ok(written)
    }
}

struct Lzw<R> {
    input: R,
    decoder: weezl::decode::Decoder,
    is_over: bool,
}

impl<R> Lzw<R> {
    fn new(input: R, is_early: bool) -> Self {
        Self {
            input,
            decoder: if is_early {
                weezl::decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8)
            } else {
                weezl::decode::Decoder::new(BitOrder::Msb, 8)
            },
            is_over: false,
        }
    }
}

impl<R: BufRead> Read for Lzw<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while !self.is_over && !out.is_empty() {
            let input = self.input.fill_buf()?;
            let is_input_over = input.is_empty();
            let step = self.decoder.decode_bytes(input, out);
            self.input.consume(step.consumed_in);
            match step.status {
                Ok(LzwStatus::Done) => self.is_over = true,
                Ok(LzwStatus::NoProgress) if is_input_over => self.is_over = true,
                Ok(_) if is_input_over && step.consumed_out == 0 => self.is_over = true,
                Ok(_) => {}
                Err(_) => {
                    self.is_over = true;
                    if step.consumed_out == 0 {
                        return Err(damaged("an LZW code makes no sense"));
                    }
                }
            }
            if step.consumed_out > 0 {
                return Ok(step.consumed_out);
            }
        }
        Ok(0)
    }
}

/// Undoes the predictors of PNG, row by row.
struct PngRows<R> {
    input: R,
    pixel: usize,
    above: Vec<u8>,
    row: Vec<u8>,
    given: usize,
}

impl<R: Read> PngRows<R> {
    /// Reads the next row; `false` at the end.
    fn next_row(&mut self) -> io::Result<bool> {
        let mut kind = [0];
        if self.input.read(&mut kind)? == 0 {
            return Ok(false);
        }
        if !self.row.is_empty() {
            self.above.clone_from(&self.row);
        }
        self.row.clear();
        let length = self.above.len();
        (&mut self.input)
            .take(length as u64)
            .read_to_end(&mut self.row)?;
        let is_short = self.row.len() < length;
        self.row.resize(length, 0);
        for index in 0..length {
            let left = index.checked_sub(self.pixel).map_or(0, |at| self.row[at]);
            let above_left = index.checked_sub(self.pixel).map_or(0, |at| self.above[at]);
            let above = self.above[index];
            let guess = match kind[0] {
                1 => left,
                2 => above,
                3 => u8::midpoint(left, above),
                4 => paeth(left, above, above_left),
                _ => 0,
            };
            self.row[index] = self.row[index].wrapping_add(guess);
        }
        self.given = 0;
        if is_short {
            self.row.clear();
            return Ok(false);
        }
        Ok(true)
    }
}

impl<R: Read> Read for PngRows<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given == self.row.len() && !self.next_row()? {
            return Ok(0);
        }
        let ready = &self.row[self.given..];
        let count = ready.len().min(out.len());
        out[..count].copy_from_slice(&ready[..count]);
        self.given += count;
        Ok(count)
    }
}

/// The fourth predictor of PNG: whichever neighbour is nearest to left + above − above left.
fn paeth(left: u8, above: u8, above_left: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(above) - i16::from(above_left);
    let distance = |value: u8| (estimate - i16::from(value)).abs();
    if distance(left) <= distance(above) && distance(left) <= distance(above_left) {
        left
    } else if distance(above) <= distance(above_left) {
        above
    } else {
        above_left
    }
}

fn next_byte(input: &mut impl BufRead) -> io::Result<Option<u8>> {
    let byte = input.fill_buf()?.first().copied();
    if byte.is_some() {
        input.consume(1);
    }
    Ok(byte)
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use proptest::prelude::*;

    use super::{Filter, Meter, Predictor, decoder};

    fn decode(raw: &[u8], filters: &[Filter]) -> std::io::Result<Vec<u8>> {
        let mut content = Vec::new();
        decoder(raw, filters, 1 << 20, &Meter::default()).read_to_end(&mut content)?;
        Ok(content)
    }

    fn deflated(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn hex(content: &[u8]) -> Vec<u8> {
        content
            .iter()
            .flat_map(|byte| format!("{byte:02X} ").into_bytes())
            .collect()
    }

    #[test]
    fn decodes_known_texts() {
        assert_eq!(
            decode(b"4d 5A\n9>ff", &[Filter::AsciiHex]).unwrap(),
            b"MZ\x90"
        );
        assert_eq!(
            decode(b"9jqo ^BlbD-BleB1DI[bgz!!!!B~>zz", &[Filter::Ascii85]).unwrap(),
            b"Man is distinct\0\0\0\0\0\0\0\0!"
        );
        assert_eq!(
            decode(b"\x02abc\xfed\x80zz", &[Filter::RunLength]).unwrap(),
            b"abcddd"
        );
        // The example of ISO 32000-1, 7.4.4.2.
        let lzw = b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01";
        let expected = [45, 45, 45, 45, 45, 65, 45, 45, 45, 66];
        assert_eq!(
            decode(lzw, &[Filter::Lzw(true, Predictor::None)]).unwrap(),
            expected
        );
    }

    #[test]
    fn undoes_each_predictor_of_png() {
        let predictor = Predictor::new(15, 4, 1, 8).unwrap();
        let rows = b"\0\x01\x02\x03\x04\x01\x01\x01\x01\x01\x02\x01\x01\x01\x01\x03\x01\x01\x01\x01\x04\x01\x01\x01\x01";
        assert_eq!(
            decode(&deflated(rows), &[Filter::Flate(predictor)]).unwrap(),
            [1, 2, 3, 4, 1, 2, 3, 4, 2, 3, 4, 5, 2, 3, 4, 5, 3, 4, 5, 6]
        );
        assert_eq!(Predictor::new(12, u64::MAX, 2, 8), None);
        assert_eq!(Predictor::new(2, 4, 1, 8), None);
    }

    #[test]
    fn stops_what_grows_between_two_filters() {
        let blanks = deflated(&vec![b' '; 1 << 22]);
        let meter = Meter::default();
        let mut content = Vec::new();
        let filters = [Filter::Flate(Predictor::None), Filter::AsciiHex];
        let mut reader = decoder(&blanks, &filters, 1 << 20, &meter);
        assert!(reader.read_to_end(&mut content).is_err());
        assert!((1 << 20..2 << 20).contains(&meter.take()));
    }

    proptest! {
        #[test]
        fn ends_whatever_the_bytes_are(
            raw in prop::collection::vec(any::<u8>(), 0..300),
            filters in prop::collection::vec(prop::sample::select(vec![
                Filter::Ascii85, Filter::AsciiHex, Filter::Flate(Predictor::None),
                Filter::Flate(Predictor::Png { row: 5, pixel: 1 }), Filter::Lzw(true, Predictor::None),
                Filter::Lzw(false, Predictor::Png { row: 3, pixel: 2 }), Filter::RunLength,
            ]), 0..5),
        ) {
            let _ = decode(&raw, &filters);
        }

        #[test]
        fn gives_back_what_was_encoded_twice(content in prop::collection::vec(any::<u8>(), 0..300)) {
            let encoded = hex(&deflated(&content));
            let filters = [Filter::AsciiHex, Filter::Flate(Predictor::None)];
            prop_assert_eq!(decode(&encoded, &filters).unwrap(), content.clone());
            let encoded = weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8)
                .encode(&content).unwrap();
            prop_assert_eq!(decode(&encoded, &[Filter::Lzw(true, Predictor::None)]).unwrap(), content);
        }
    }
}
