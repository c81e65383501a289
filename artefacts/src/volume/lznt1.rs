//! LZNT1, with which NTFS compresses files.
//!
//! Facts of the format: Microsoft, [MS-XCA] §2.5.

use std::io;

use crate::bytes::{slice, u8_at, u16_at};
use crate::xpress::copy;

/// What one chunk becomes, at most.
const CHUNK_BYTES: usize = 4096;

/// Adds what `packed` becomes to `plain`, at most `limit` bytes of it.
pub(super) fn decompress(packed: &[u8], limit: usize, plain: &mut Vec<u8>) -> io::Result<()> {
    let mut at = 0;
    let end = plain.len() + limit;
    while plain.len() < end {
        // A header of zero, or the end of the clusters, ends the unit.
        let Some(header) = u16_at(packed, at).filter(|&header| header != 0) else {
            break;
        };
        let bytes = usize::from(header & 0x0fff) + 1;
        let chunk = slice(packed, at + 2, bytes).ok_or_else(damaged)?;
        at += 2 + bytes;
        let start = plain.len();
        if header & 0x8000 == 0 {
            plain.extend_from_slice(chunk);
        } else {
            unpack_chunk(chunk, plain)?;
        }
        // Each chunk but the last is whole.
        if at < packed.len() && u16_at(packed, at).is_some_and(|next| next != 0) {
            plain.resize(start + CHUNK_BYTES, 0);
        }
    }
    plain.truncate(end);
    Ok(())
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "its compression is damaged")
}

fn unpack_chunk(chunk: &[u8], plain: &mut Vec<u8>) -> io::Result<()> {
    let start = plain.len();
    let mut at = 0;
    while let Some(flags) = u8_at(chunk, at) {
        at += 1;
        for bit in 0..8 {
            let done = plain.len() - start;
            if done >= CHUNK_BYTES || at >= chunk.len() {
                return if done > CHUNK_BYTES {
                    Err(damaged())
                } else {
                    Ok(())
                };
            }
            if flags >> bit & 1 == 0 {
                plain.push(chunk[at]);
                at += 1;
                continue;
            }
            let pair = u16_at(chunk, at).ok_or_else(damaged)?;
            at += 2;
            // The further into the chunk, the more bits tell the distance and the fewer the length.
            let distance_bits = usize::BITS - done.saturating_sub(1).max(15).leading_zeros();
            let length_bits = 16 - distance_bits;
            let distance = usize::from(pair >> length_bits) + 1;
            let length = usize::from(pair & ((1 << length_bits) - 1)) + 3;
            if distance > done {
                return Err(damaged());
            }
            copy(plain, distance, length)?;
        }
    }
    Ok(())
}
