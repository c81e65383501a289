//! Numbers and lists of bytes, written and read back. Reading never goes beyond what is there and never allocates from
//! a length that it was only told.

/// Reads from the front of some bytes.
#[derive(Clone, Copy)]
pub(super) struct Source<'a>(&'a [u8]);

impl<'a> Source<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }

    /// Reads a list that is preceded by its length in two bytes.
    pub(super) fn short_list(&mut self) -> Option<&'a [u8]> {
        let count = self.u16()?;
        self.take(usize::from(count))
    }

    /// Reads a list that is preceded by its length in four bytes.
    pub(super) fn list(&mut self) -> Option<&'a [u8]> {
        let count = self.u32()?;
        self.take(usize::try_from(count).ok()?)
    }

    /// Reads a short text.
    pub(super) fn text(&mut self) -> Option<String> {
        String::from_utf8(self.short_list()?.to_vec()).ok()
    }
}

/// Writes a list preceded by its length in two bytes. Whoever calls has checked the length.
pub(super) fn put_short_list(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u16::try_from(bytes.len()).expect("the length was checked");
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(bytes);
}

/// Writes a list preceded by its length in four bytes. Whoever calls has checked the length.
pub(super) fn put_list(out: &mut Vec<u8>, bytes: &[u8]) {
    put_length(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// Writes how many there are in four bytes. Whoever calls has checked that.
pub(super) fn put_length(out: &mut Vec<u8>, count: usize) {
    let length = u32::try_from(count).expect("the length was checked");
    out.extend_from_slice(&length.to_le_bytes());
}

/// Writes a text; what is longer than a short list is cut, since it is only for people.
pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    let end = text.floor_char_boundary(usize::from(u16::MAX));
    put_short_list(out, &text.as_bytes()[..end]);
}

/// Returns the checksum by which damage is noticed: CRC-32, which no change of up to 32 bits in a row escapes.
pub(super) fn checksum(parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()
}
