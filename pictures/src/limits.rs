//! What one picture may cost. A picture that says it is larger is not decoded.

/// Limits on one picture.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes as it is stored, by default 16 MiB: screenshots of long pages have some, pictures of pages fewer.
    pub bytes: usize,
    /// Width and height in pixels, each, by default 20,000.
    pub side: u32,
    /// Pixels altogether, by default 24 million, as many as cameras take.
    pub pixels: u64,
    /// Bytes that the decoder may hold, by default 128 MiB: the pixels with four bytes each and something beside.
    pub memory_bytes: u64,
    /// Passes over a JPEG, by default 64. Cameras and programs write at most a dozen, and each costs as much as the whole picture.
    pub passes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 16 * 1024 * 1024,
            side: 20_000,
            pixels: 24_000_000,
            memory_bytes: 128 * 1024 * 1024,
            passes: 64,
        }
    }
}
