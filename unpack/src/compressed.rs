//! Compressed single streams: gzip, bzip2, xz, lzma, zstd and lz4, with all the members or frames that follow each other.

mod bzip2;
mod huffman;

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use flate2::bufread::GzDecoder;
use lz4_flex::frame::FrameDecoder;
use lzma_rust2::{LzmaReader, XzReader};
use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{FrameDecoder as ZstdState, StreamingDecoder};

pub(crate) use bzip2::Bzip2Reader;

use crate::kind::Kind;
use crate::member::MemberName;
use crate::reading::{le_u32, read_full};
use crate::sink::{Facts, Problem, Sink};

/// Compressed bytes that are read at a time.
pub(crate) const SOURCE_BUFFER_BYTES: usize = 64 * 1024;

/// Endings that such files have, and what their member has instead.
const ENDINGS: [(&str, &str); 14] = [
    (".bz2", ""),
    (".gz", ""),
    (".lz4", ""),
    (".lzma", ""),
    (".svgz", ".svg"),
    (".taz", ".tar"),
    (".tbz", ".tar"),
    (".tbz2", ".tar"),
    (".tgz", ".tar"),
    (".tlz", ".tar"),
    (".txz", ".tar"),
    (".tzst", ".tar"),
    (".xz", ""),
    (".zst", ""),
];

/// Opens a stream, whose one member is named as gzip says or after the stream.
pub(crate) fn open(
    kind: Kind,
    source: &mut (impl Read + ?Sized),
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    let mut source = BufReader::with_capacity(SOURCE_BUFFER_BYTES, source);
    let mut name = None;
    let mut facts = Facts::default();
    if kind == Kind::Gzip {
        let head = source.fill_buf()?;
        name = gzip_name(head).filter(|name| !name.is_empty());
        facts.modified = le_u32(head, 4).filter(|at| *at != 0).map(i64::from);
    }
    let name = name.unwrap_or_else(|| without_ending(sink.container_name()));
    let name = MemberName::from_bytes(&name);
    let limit = sink.meter().budget().decoder_bytes_max;
    sink.member(name, facts, &mut decoder(kind, source, limit))
}

/// Returns the decoder of a kind; what it cannot decode is an error of the first read.
pub(crate) fn decoder<'s>(
    kind: Kind,
    source: impl BufRead + 's,
    decoder_bytes_max: u64,
) -> Box<dyn Read + 's> {
    let limit_kib = u32::try_from(decoder_bytes_max / 1024).unwrap_or(u32::MAX - 1);
    match kind {
        Kind::Bzip2 => Box::new(Bzip2Reader::new(source)),
        Kind::Lzma => match LzmaReader::new_mem_limit(source, limit_kib, None) {
            Ok(decoder) => Box::new(decoder),
            Err(error) => Box::new(Failed(Some(error))),
        },
        Kind::Xz => Box::new(XzReader::new_mem_limit(source, true, limit_kib)),
        _ => Box::new(Frames::new(kind, source, decoder_bytes_max)),
    }
}

/// A decoder that could not begin.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Returns the name that a gzip header states.
fn gzip_name(head: &[u8]) -> Option<Vec<u8>> {
    const HAS_EXTRA: u8 = 4;
    const HAS_NAME: u8 = 8;
    let flags = *head.get(3)?;
    if flags & HAS_NAME == 0 {
        return None;
    }
    let mut at = 10_usize;
    if flags & HAS_EXTRA != 0 {
        at = 12_usize.checked_add(usize::from(crate::reading::le_u16(head, 10)?))?;
    }
    let rest = head.get(at..)?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    rest.get(..end).map(<[u8]>::to_vec)
}

/// Returns the last part of a path, without the ending that says how it is compressed.
fn without_ending(name: &[u8]) -> Vec<u8> {
    let name = (name.rsplit(|byte| matches!(byte, b'/' | b'\\')).next()).unwrap_or(name);
    for (ending, instead) in ENDINGS {
        if let Some(at) = name.len().checked_sub(ending.len())
            && at > 0
            && let Some((stem, end)) = name.split_at_checked(at)
            && end.eq_ignore_ascii_case(ending.as_bytes())
        {
            return [stem, instead.as_bytes()].concat();
        }
    }
    name.to_vec()
}

/// The first bytes of a frame, put back before the rest.
type Front<R> = Chain<Cursor<Vec<u8>>, R>;

/// gzip members, or zstd or lz4 frames, one after the other.
struct Frames<R: BufRead> {
    kind: Kind,
    window_bytes_max: u64,
    state: State<R>,
    frame_count: u64,
}

enum State<R: BufRead> {
    Between(R),
    Gzip(Box<GzDecoder<Front<R>>>),
    Lz4(Box<FrameDecoder<Front<R>>>),
    Zstd(Box<StreamingDecoder<Front<R>, ZstdState>>),
    Ended,
}

/// What the first bytes between two frames are.
enum Between {
    Frame,
    Skippable,
    Padding,
    Foreign,
}

impl<R: BufRead> Frames<R> {
    const fn new(kind: Kind, source: R, window_bytes_max: u64) -> Self {
        Self {
            kind,
            window_bytes_max,
            state: State::Between(source),
            frame_count: 0,
        }
    }

    /// Begins the next frame, or ends.
    fn advance(&mut self, mut source: R) -> io::Result<()> {
        let mut magic = [0; 4];
        let count = read_full(&mut source, &mut magic)?;
        let magic = magic.get(..count).unwrap_or_default();
        if magic.is_empty() && self.frame_count > 0 {
            return Ok(());
        }
        match between(self.kind, magic) {
            Between::Frame => self.begin(magic, source),
            Between::Skippable => {
                let mut length = [0; 4];
                source.read_exact(&mut length)?;
                let length = u64::from(u32::from_le_bytes(length));
                io::copy(&mut (&mut source).take(length), &mut io::sink())?;
                self.frame_count = self.frame_count.saturating_add(1);
                self.state = State::Between(source);
                Ok(())
            }
            // Tapes and disk images pad with zeros.
            Between::Padding if self.frame_count > 0 => {
                while !source.fill_buf()?.is_empty() {
                    let zeros = source.fill_buf()?;
                    if zeros.iter().any(|byte| *byte != 0) {
                        return Err(invalid("there is foreign data after the end of the stream"));
                    }
                    let count = zeros.len();
                    source.consume(count);
                }
                Ok(())
            }
            _ if self.frame_count == 0 => Err(invalid("it does not begin as its kind does")),
            _ => Err(invalid("there is foreign data after the end of the stream")),
        }
    }

    fn begin(&mut self, magic: &[u8], source: R) -> io::Result<()> {
        self.frame_count = self.frame_count.saturating_add(1);
        let front = Cursor::new(magic.to_vec()).chain(source);
        self.state = match self.kind {
            Kind::Gzip => State::Gzip(Box::new(GzDecoder::new(front))),
            Kind::Lz4 => State::Lz4(Box::new(FrameDecoder::new(front))),
            _ => {
                let begun =
                    StreamingDecoder::new_with_max_window_size(front, self.window_bytes_max);
                State::Zstd(Box::new(begun.map_err(|error| zstd_error(&error))?))
            }
        };
        Ok(())
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let count = match &mut self.state {
                State::Between(_) => 0,
                State::Gzip(decoder) => decoder.read(buffer)?,
                State::Lz4(decoder) => decoder.read(buffer)?,
                State::Zstd(decoder) => decoder.read(buffer)?,
                State::Ended => return Ok(0),
            };
            if count > 0 {
                return Ok(count);
            }
            // An error leaves the state ended, so that it is told once.
            let source = match std::mem::replace(&mut self.state, State::Ended) {
                State::Between(source) => source,
                State::Gzip(decoder) => decoder.into_inner().into_inner().1,
                State::Lz4(decoder) => decoder.into_inner().into_inner().1,
                State::Zstd(decoder) => decoder.into_inner().into_inner().1,
                State::Ended => return Ok(0),
            };
            self.advance(source)?;
        }
    }
}

fn between(kind: Kind, magic: &[u8]) -> Between {
    const ZSTD: u32 = 0xfd2f_b528;
    const LZ4: u32 = 0x184d_2204;
    const LZ4_LEGACY: u32 = 0x184c_2102;
    const SKIPPABLE: u32 = 0x184d_2a50;
    if kind == Kind::Gzip && magic.starts_with(b"\x1f\x8b") {
        return Between::Frame;
    }
    match (kind, le_u32(magic, 0)) {
        (Kind::Zstd, Some(ZSTD)) | (Kind::Lz4, Some(LZ4 | LZ4_LEGACY)) => Between::Frame,
        (Kind::Zstd | Kind::Lz4, Some(mark)) if mark & !15 == SKIPPABLE => Between::Skippable,
        _ if magic.iter().all(|byte| *byte == 0) => Between::Padding,
        _ => Between::Foreign,
    }
}

/// A window beyond the limit is no damage, but the limit's doing.
fn zstd_error(error: &FrameDecoderError) -> io::Error {
    let kind = match error {
        FrameDecoderError::WindowSizeTooBig { .. } | FrameDecoderError::DictNotProvided { .. } => {
            io::ErrorKind::Unsupported
        }
        _ => io::ErrorKind::InvalidData,
    };
    io::Error::new(kind, error.to_string())
}

fn invalid(detail: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, detail.to_owned())
}
