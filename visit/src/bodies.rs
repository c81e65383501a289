//! Bodies of responses: read up to a limit, decompressed up to another.

use std::io::{self, Read};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use tokio::time::{Instant, timeout_at};

use crate::asking::with_causes;
use crate::visiting::Failure;

/// The window of zstd in bytes, 8 MiB: what RFC 9659 lets a server of the web ask for.
const ZSTD_WINDOW: u64 = 8 * 1024 * 1024;
/// Frames of zstd one after the other: each costs the preparation of its tables.
const ZSTD_FRAMES: usize = 1_000;

/// A body, and whether all of it came.
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    /// Whether it went on after the limit.
    pub(crate) is_cut: bool,
    /// Why the rest did not come. Browsers show what has come: a page that never ends is seen all the same.
    pub(crate) broken: Option<Failure>,
}

impl Body {
    fn of(bytes: Vec<u8>, is_cut: bool) -> Self {
        Self {
            bytes,
            is_cut,
            broken: None,
        }
    }

    fn is_whole(&self) -> bool {
        !self.is_cut && self.broken.is_none()
    }
}

/// Reads what comes, up to so many bytes and until a moment.
pub(crate) async fn receive(
    mut incoming: Incoming,
    bytes_max: usize,
    until: Instant,
) -> Result<Body, Failure> {
    let mut bytes = Vec::new();
    loop {
        let broken = match timeout_at(until, incoming.frame()).await {
            Ok(None) => return Ok(Body::of(bytes, false)),
            Ok(Some(Ok(frame))) => {
                let Ok(data) = frame.into_data() else {
                    continue;
                };
                let data: Bytes = data;
                let room = bytes_max - bytes.len();
                bytes.extend_from_slice(&data[..data.len().min(room)]);
                if data.len() > room {
                    return Ok(Body::of(bytes, true));
                }
                continue;
            }
            Ok(Some(Err(error))) => Failure::Protocol(with_causes(&error)),
            Err(_) => Failure::Time,
        };
        if bytes.is_empty() {
            return Err(broken);
        }
        return Ok(Body {
            bytes,
            is_cut: false,
            broken: Some(broken),
        });
    }
}

/// Undoes `Content-Encoding`, several of them in turn. What cannot be undone is an error: its bytes are no page.
pub(crate) fn decompress(body: Body, encodings: &str, bytes_max: usize) -> Result<Body, String> {
    let mut body = body;
    let encodings: Vec<&str> = encodings
        .split(',')
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .collect();
    if encodings.len() > 3 {
        return Err("encoded more than three times".to_owned());
    }
    for encoding in encodings.iter().rev() {
        let bytes = body.bytes.as_slice();
        let was_cut = !body.is_whole();
        let undone = match encoding.to_ascii_lowercase().as_str() {
            "identity" => continue,
            "gzip" | "x-gzip" => {
                undo(flate2::read::MultiGzDecoder::new(bytes), bytes_max, was_cut)?
            }
            // Most who say so send zlib, some the bare stream.
            "deflate" if bytes.first().is_some_and(|first| first & 0x0f == 8) => {
                undo(flate2::read::ZlibDecoder::new(bytes), bytes_max, was_cut)?
            }
            "deflate" => undo(flate2::read::DeflateDecoder::new(bytes), bytes_max, was_cut)?,
            "br" => undo(
                brotli_decompressor::Decompressor::new(bytes, 4_096),
                bytes_max,
                was_cut,
            )?,
            "zstd" => undo(Frames::of(bytes), bytes_max, was_cut)?,
            other => return Err(format!("an encoding '{}'", other.escape_debug())),
        };
        body = Body {
            is_cut: undone.is_cut || body.is_cut,
            broken: body.broken,
            bytes: undone.bytes,
        };
    }
    Ok(body)
}

/// Every frame of zstd, one after the other, as browsers read them.
struct Frames<'b> {
    decoder: FrameDecoder,
    /// What comes after the frame that is being read.
    rest: &'b [u8],
    still_allowed: usize,
    is_open: bool,
}

impl<'b> Frames<'b> {
    fn of(bytes: &'b [u8]) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(ZSTD_WINDOW);
        Self {
            decoder,
            rest: bytes,
            still_allowed: ZSTD_FRAMES,
            is_open: false,
        }
    }

    /// Begins the next frame; those that hold nothing for readers are left out.
    fn begin(&mut self) -> io::Result<()> {
        self.still_allowed = self
            .still_allowed
            .checked_sub(1)
            .ok_or_else(|| io::Error::other("zstd: too many frames"))?;
        match self.decoder.reset(&mut self.rest) {
            Ok(()) => self.is_open = true,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                self.rest = self.rest.get(length..).unwrap_or_default();
            }
            Err(error) => return Err(io::Error::other(format!("zstd: {error}"))),
        }
        Ok(())
    }
}

impl Read for Frames<'_> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.is_open {
                if self.rest.is_empty() {
                    return Ok(0);
                }
                self.begin()?;
                continue;
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                let decoded = self.decoder.decode_blocks(&mut self.rest, one);
                decoded.map_err(|error| io::Error::other(format!("zstd: {error}")))?;
            }
            let count = self.decoder.read(piece)?;
            if count > 0 {
                return Ok(count);
            }
            self.is_open = false;
        }
    }
}

fn undo(mut decoder: impl Read, bytes_max: usize, was_cut: bool) -> Result<Body, String> {
    let mut bytes = Vec::new();
    let mut piece = [0; 8 * 1024];
    loop {
        match decoder.read(&mut piece) {
            Ok(0) => {
                return Ok(Body::of(bytes, false));
            }
            Ok(count) => {
                let room = bytes_max - bytes.len();
                bytes.extend_from_slice(&piece[..count.min(room)]);
                if count > room {
                    return Ok(Body::of(bytes, true));
                }
            }
            // Of a stream that was cut, what came before counts.
            Err(_) if was_cut && !bytes.is_empty() => return Ok(Body::of(bytes, false)),
            Err(error) => return Err(error.to_string()),
        }
    }
}
