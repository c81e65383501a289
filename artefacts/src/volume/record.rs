//! One file record and its attributes. Nothing in it is trusted.

use super::item::Times;
use crate::bytes::{End, index_at, push_utf16, seconds, slice, u8_at, u16_at, u32_at, u64_at};

/// Types of attributes.
pub(super) mod types {
    pub(in super::super) const STANDARD_INFORMATION: u32 = 0x10;
    pub(in super::super) const ATTRIBUTE_LIST: u32 = 0x20;
    pub(in super::super) const FILE_NAME: u32 = 0x30;
    pub(in super::super) const DATA: u32 = 0x80;
    pub(in super::super) const REPARSE_POINT: u32 = 0xc0;
    pub(in super::super) const END: u32 = 0xffff_ffff;
}

/// Bytes that each two-byte check protects.
const SECTOR_BYTES: usize = 512;

/// A reference to a file record: its number, and how often it had been used when the reference was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) number: u64,
    pub(super) sequence: u16,
}

impl Reference {
    /// Reads a reference.
    pub(super) fn at(bytes: &[u8], offset: usize) -> Option<Self> {
        Some(Self {
            number: u64_at(bytes, offset)? & 0xffff_ffff_ffff,
            sequence: u16_at(bytes, offset + 6)?,
        })
    }
}

/// Why a record cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRecord {
    /// It was never used.
    Empty,
    /// It is not whole.
    Damaged,
}

/// A file record.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    bytes: &'a [u8],
}

impl<'a> Record<'a> {
    /// Takes a record and puts back the bytes that its checks have replaced.
    pub(super) fn new(bytes: &'a mut [u8]) -> Result<Self, NoRecord> {
        match bytes.get(..4) {
            Some(b"FILE") => restore(bytes).ok_or(NoRecord::Damaged)?,
            Some(b"BAAD") => return Err(NoRecord::Damaged),
            _ => return Err(NoRecord::Empty),
        }
        Ok(Self { bytes })
    }

    /// Returns how often the record has been used.
    pub(super) fn sequence(&self) -> u16 {
        u16_at(self.bytes, 16).unwrap_or(0)
    }

    /// Tells whether the record belongs to something that exists.
    pub(super) fn in_use(&self) -> bool {
        self.flags() & 1 != 0
    }

    /// Tells whether it is a folder's.
    pub(super) fn is_folder(&self) -> bool {
        self.flags() & 2 != 0
    }

    fn flags(&self) -> u16 {
        u16_at(self.bytes, 22).unwrap_or(0)
    }

    /// Returns the record that this one continues; nothing where it is the first of its file.
    pub(super) fn base(&self) -> Option<Reference> {
        Reference::at(self.bytes, 32).filter(|base| {
            *base
                != Reference {
                    number: 0,
                    sequence: 0,
                }
        })
    }

    /// Returns the attributes up to the first that is not whole.
    pub(super) fn attributes(&self) -> Attributes<'a> {
        let first = usize::from(u16_at(self.bytes, 20).unwrap_or(u16::MAX));
        Attributes {
            rest: self.bytes.get(first..).unwrap_or_default(),
        }
    }
}

/// Compares the last two bytes of each sector with the record's check and puts back what belongs there.
fn restore(record: &mut [u8]) -> Option<()> {
    let at = usize::from(u16_at(record, 4)?);
    let count = usize::from(u16_at(record, 6)?);
    let array = slice(record, at, count * 2)?.to_vec();
    let (check, originals) = array.split_at_checked(2)?;
    for (index, original) in originals.chunks_exact(2).enumerate() {
        let end = (index + 1) * SECTOR_BYTES;
        let place = record.get_mut(end - 2..end)?;
        // Some programs copy a table with the bytes already put back.
        if place != check && place != original {
            return None;
        }
        place.copy_from_slice(original);
    }
    Some(())
}

/// The attributes of a record, one after the other.
pub(super) struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        let kind = u32_at(self.rest, 0).filter(|&kind| kind != types::END)?;
        let length = index_at(self.rest, 4).filter(|&length| length >= 24)?;
        let bytes = slice(self.rest, 0, length)?;
        self.rest = &self.rest[length..];
        Some(Attribute { kind, bytes })
    }
}

/// One attribute.
#[derive(Clone, Copy)]
pub(super) struct Attribute<'a> {
    /// What it holds: see [`types`].
    pub(super) kind: u32,
    bytes: &'a [u8],
}

impl<'a> Attribute<'a> {
    /// Returns its name; empty for a file's main content.
    pub(super) fn name(&self) -> String {
        let count = usize::from(u8_at(self.bytes, 9).unwrap_or(0));
        let at = usize::from(u16_at(self.bytes, 10).unwrap_or(0));
        let mut name = String::new();
        push_utf16(
            &mut name,
            slice(self.bytes, at, count * 2).unwrap_or_default(),
            End::Length,
        );
        name
    }

    /// Returns its value where it lies in the record.
    pub(super) fn resident(&self) -> Option<&'a [u8]> {
        if self.is_outside() {
            return None;
        }
        let at = usize::from(u16_at(self.bytes, 20)?);
        slice(self.bytes, at, index_at(self.bytes, 16)?)
    }

    /// Returns where its value lies outside the record.
    pub(super) fn outside(&self) -> Option<Outside<'a>> {
        if !self.is_outside() {
            return None;
        }
        let flags = u16_at(self.bytes, 12)?;
        let runs_at = usize::from(u16_at(self.bytes, 32)?);
        Some(Outside {
            first_cluster: u64_at(self.bytes, 16)?,
            runs: self.bytes.get(runs_at..)?,
            compressed: flags & 0x00ff != 0,
            encrypted: flags & 0x4000 != 0,
            unit_shift: u32::from(u16_at(self.bytes, 34)?),
            // Only the first piece of an attribute has its lengths.
            size_bytes: u64_at(self.bytes, 48).unwrap_or(0),
            written_bytes: u64_at(self.bytes, 56).unwrap_or(0),
        })
    }

    fn is_outside(&self) -> bool {
        u8_at(self.bytes, 8) != Some(0)
    }
}

/// A value that lies in clusters of the volume.
#[derive(Clone, Copy)]
pub(super) struct Outside<'a> {
    /// The first cluster of the value that this piece describes.
    pub(super) first_cluster: u64,
    /// The runs of clusters, packed.
    pub(super) runs: &'a [u8],
    pub(super) compressed: bool,
    pub(super) encrypted: bool,
    /// Clusters that are compressed together, as a power of two.
    pub(super) unit_shift: u32,
    /// Length of the value.
    pub(super) size_bytes: u64,
    /// How much of it has been written; the rest is zeros.
    pub(super) written_bytes: u64,
}

/// A name of a file.
pub(super) struct Name {
    pub(super) parent: Reference,
    pub(super) text: String,
    pub(super) times: Times,
    pub(super) is_folder: bool,
    /// Whether it is a short name that stands beside a long one.
    pub(super) is_short: bool,
}

impl Name {
    /// Reads the value of a name attribute.
    pub(super) fn new(value: &[u8]) -> Option<Self> {
        const FOLDER: u32 = 0x1000_0000;
        const SHORT: u8 = 2;
        let count = usize::from(u8_at(value, 64)?);
        let mut text = String::new();
        push_utf16(&mut text, slice(value, 66, count * 2)?, End::Length);
        // Neither can stand in a name on Windows; Linux writes both, and a path must not change by them.
        let text = text.replace(['/', '\0'], "\u{fffd}");
        Some(Self {
            parent: Reference::at(value, 0)?,
            text,
            times: times(value, 8)?,
            is_folder: u32_at(value, 56)? & FOLDER != 0,
            is_short: u8_at(value, 65)? == SHORT,
        })
    }
}

/// Reads four times.
pub(super) fn times(value: &[u8], offset: usize) -> Option<Times> {
    let time = |index: usize| Some(seconds(u64_at(value, offset + index * 8)?));
    Some(Times {
        created_at: time(0)?,
        modified_at: time(1)?,
        changed_at: time(2)?,
        accessed_at: time(3)?,
    })
}
