//! Numbers, texts and times out of bytes that nobody has checked: what lies outside is nothing, never a panic.

/// Returns `count` bytes from `offset`, where there are as many.
pub(crate) fn slice(bytes: &[u8], offset: usize, count: usize) -> Option<&[u8]> {
    bytes.get(offset..offset.checked_add(count)?)
}

/// Returns the byte at `offset`.
pub(crate) fn u8_at(bytes: &[u8], offset: usize) -> Option<u8> {
    bytes.get(offset).copied()
}

/// Returns the little-endian number at `offset`.
pub(crate) fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    let found = slice(bytes, offset, 2)?;
    Some(u16::from_le_bytes(found.try_into().ok()?))
}

/// Returns the little-endian number at `offset`.
pub(crate) fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    let found = slice(bytes, offset, 4)?;
    Some(u32::from_le_bytes(found.try_into().ok()?))
}

/// Returns the little-endian number at `offset`.
pub(crate) fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    let found = slice(bytes, offset, 8)?;
    Some(u64::from_le_bytes(found.try_into().ok()?))
}

/// Returns the little-endian number at `offset` as an index; no system that this runs on has smaller ones than 32 bits.
pub(crate) fn index_at(bytes: &[u8], offset: usize) -> Option<usize> {
    usize::try_from(u32_at(bytes, offset)?).ok()
}

/// Adds UTF-16 (little-endian) to `text`, up to the first NUL where `end` says so; what is no character becomes U+FFFD.
pub(crate) fn push_utf16(text: &mut String, bytes: &[u8], end: End) {
    let units = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .take_while(|&unit| unit != 0 || end == End::Length);
    text.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

/// Where a text ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With its bytes.
    Length,
    /// Before the first NUL, or with its bytes.
    Nul,
}

/// Returns UTF-16 (little-endian) up to the first NUL as text.
pub(crate) fn utf16(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() / 2);
    push_utf16(&mut text, bytes, End::Nul);
    text
}

/// Adds bytes as ISO 8859-1, which is what the registry calls compressed names.
pub(crate) fn push_latin1(text: &mut String, bytes: &[u8]) {
    if bytes.is_ascii() {
        text.push_str(std::str::from_utf8(bytes).unwrap_or_default());
    } else {
        text.extend(bytes.iter().map(|&byte| char::from(byte)));
    }
}

/// Returns a FILETIME (100 ns since 1601) in seconds since 1970; nothing for "never" and for what is beyond the year 9999.
pub(crate) fn seconds(filetime: u64) -> Option<i64> {
    const EPOCH_DIFFERENCE_SECONDS: i64 = 11_644_473_600;
    const YEAR_10000: i64 = 253_402_300_800;
    if filetime == 0 {
        return None;
    }
    let seconds = i64::try_from(filetime / 10_000_000).ok()? - EPOCH_DIFFERENCE_SECONDS;
    (seconds < YEAR_10000).then_some(seconds)
}
