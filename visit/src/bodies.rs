//! Bodies of responses: read up to a limit, decompressed up to another.

use std::io::Read;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

/// A body, and whether it went on after the limit.
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_cut: bool,
}

/// Reads what comes, up to so many bytes.
pub(crate) async fn receive(
    mut incoming: Incoming,
    bytes_max: usize,
) -> Result<Body, hyper::Error> {
    let mut bytes = Vec::new();
    while let Some(frame) = incoming.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        let data: Bytes = data;
        let room = bytes_max - bytes.len();
        bytes.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            return Ok(Body {
                bytes,
                is_cut: true,
            });
        }
    }
    Ok(Body {
        bytes,
        is_cut: false,
    })
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
        let was_cut = body.is_cut;
        body = match encoding.to_ascii_lowercase().as_str() {
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
            "zstd" => {
                let decoder = ruzstd::decoding::StreamingDecoder::new(bytes)
                    .map_err(|error| format!("zstd: {error}"))?;
                undo(decoder, bytes_max, was_cut)?
            }
            other => return Err(format!("an encoding '{}'", other.escape_debug())),
        };
    }
    Ok(body)
}

fn undo(mut decoder: impl Read, bytes_max: usize, was_cut: bool) -> Result<Body, String> {
    let mut bytes = Vec::new();
    let mut piece = [0; 8 * 1024];
    loop {
        match decoder.read(&mut piece) {
            Ok(0) => {
                return Ok(Body {
                    bytes,
                    is_cut: was_cut,
                });
            }
            Ok(count) => {
                let room = bytes_max - bytes.len();
                bytes.extend_from_slice(&piece[..count.min(room)]);
                if count > room {
                    return Ok(Body {
                        bytes,
                        is_cut: true,
                    });
                }
            }
            // Of a stream that was cut, what came before counts.
            Err(_) if was_cut && !bytes.is_empty() => {
                return Ok(Body {
                    bytes,
                    is_cut: true,
                });
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}
