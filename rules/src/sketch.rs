//! A short summary of a content, kept so that later rules can be told to have nothing to find in it.

/// Bytes that a sketch may have, 64 KiB.
const SKETCH_BYTES_MAX: usize = 64 * 1024;

/// Which pieces of text a content may hold. Says of none that is there that it is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketch {
    bits: Vec<u8>,
}

impl Sketch {
    /// Returns the bytes to keep.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bits.clone()
    }

    /// Reads what `to_bytes` made; nothing where it cannot be that.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (bytes.len() <= SKETCH_BYTES_MAX && bytes.len().is_power_of_two()).then(|| Self {
            bits: bytes.to_vec(),
        })
    }
}
