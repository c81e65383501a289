//! Sizes of files as alerts state them: exactly, or rounded by whoever copied them.

use serde::{Deserialize, Serialize};

/// An inclusive range of sizes in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawSizeRange", into = "RawSizeRange")]
pub struct SizeRange {
    min_bytes: u64,
    max_bytes: u64,
}

impl SizeRange {
    /// Makes the range of exactly one size.
    pub const fn exactly(bytes: u64) -> Self {
        Self {
            min_bytes: bytes,
            max_bytes: bytes,
        }
    }

    /// Makes a range, or nothing where `min_bytes` is greater than `max_bytes`.
    pub const fn new(min_bytes: u64, max_bytes: u64) -> Option<Self> {
        if min_bytes <= max_bytes {
            Some(Self {
                min_bytes,
                max_bytes,
            })
        } else {
            None
        }
    }

    /// Tells whether a file of `bytes` bytes is in the range.
    pub const fn contains(self, bytes: u64) -> bool {
        self.min_bytes <= bytes && bytes <= self.max_bytes
    }

    /// Returns the smallest size in the range.
    pub const fn min_bytes(self) -> u64 {
        self.min_bytes
    }

    /// Returns the largest size in the range.
    pub const fn max_bytes(self) -> u64 {
        self.max_bytes
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSizeRange {
    min_bytes: u64,
    max_bytes: u64,
}

impl TryFrom<RawSizeRange> for SizeRange {
    type Error = &'static str;

    fn try_from(raw: RawSizeRange) -> Result<Self, Self::Error> {
        Self::new(raw.min_bytes, raw.max_bytes).ok_or("min_bytes is greater than max_bytes")
    }
}

impl From<SizeRange> for RawSizeRange {
    fn from(range: SizeRange) -> Self {
        Self {
            min_bytes: range.min_bytes,
            max_bytes: range.max_bytes,
        }
    }
}
