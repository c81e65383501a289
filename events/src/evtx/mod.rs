//! The format of Windows event logs: a header of 4 KiB, then chunks of 64 KiB that each stand alone.
//!
//! What is known of the format: the documentation of libevtx by Joachim Metz, and [MS-EVEN6] §2.2.12 for binary XML.

pub(crate) mod values;

pub(crate) mod binxml;

pub(crate) mod decoding;

pub(crate) mod chunk;

pub(crate) mod feeding;

/// Bytes of the header of a log.
pub(crate) const HEADER_BYTES: usize = 4096;
/// Bytes of a chunk.
pub(crate) const CHUNK_BYTES: usize = 65_536;

/// Returns the little-endian number at an offset.
fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let array = bytes.get(at..)?.first_chunk::<2>()?;
    Some(u16::from_le_bytes(*array))
}

/// Returns the little-endian number at an offset.
fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let array = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*array))
}

/// Returns the little-endian number at an offset.
fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let array = bytes.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*array))
}

/// Returns an offset that the log states, as an index.
fn index_at(bytes: &[u8], at: usize) -> Option<usize> {
    u32_at(bytes, at).and_then(|offset| usize::try_from(offset).ok())
}
