//! What one outer file may cost, whatever is nested in it.

use std::time::Duration;

const MIB: u64 = 1 << 20;

/// The limits of one call of [`crate::unpack`]. They are for the outer file as a whole; nesting buys nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Containers inside containers. Default 16: real mail has been seen with 9; a stack of 2 MiB holds more than this.
    pub depth_max: u32,
    /// Members visited or listed. Default 100 000: a full system image has fewer in one archive; an entry costs an
    /// attacker 100 bytes and us a visit.
    pub member_count_max: u64,
    /// Bytes that come out of decoders or are given to the visitor, counted when they come. Default 4 GiB.
    pub bytes_max: u64,
    /// Bytes produced for each byte of the outer file, once [`Self::ratio_floor_bytes`] were produced. Default 1 000,
    /// which honest deflate cannot pass (1 032 is the format's limit) and nested bombs must.
    pub ratio_max: u64,
    /// Bytes produced before the ratio counts. Default 64 MiB, which is cheap: a file of zeros is no attack.
    pub ratio_floor_bytes: u64,
    /// Bytes of one member that may be held in memory: because it is a container that has to be, or because a visitor
    /// wants the whole. Default 256 MiB: above the largest program or document that was ever named in an alert. Larger
    /// members are shown in pieces.
    pub member_bytes_max: u64,
    /// Bytes of all members that are held at the same time, one for each level. Default 512 MiB: without it sixteen
    /// levels of large members would hold 4 GiB.
    pub held_bytes_max: u64,
    /// Bytes that one decoder may allocate for its dictionary or window. Default 128 MiB: `xz -9` and `zstd --ultra -22`
    /// need 64 and 128 MiB.
    pub decoder_bytes_max: u64,
    /// Time for the outer file. Default 120 s.
    pub time_max: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            depth_max: 16,
            member_count_max: 100_000,
            bytes_max: 4096 * MIB,
            ratio_max: 1_000,
            ratio_floor_bytes: 64 * MIB,
            member_bytes_max: 256 * MIB,
            held_bytes_max: 512 * MIB,
            decoder_bytes_max: 128 * MIB,
            time_max: Duration::from_mins(2),
        }
    }
}
