//! One record of a folder: where a file is, and what it is called.

use super::{Names, SECTOR_BYTES, SECTOR_LENGTH};
use crate::ReadSeek;
use crate::reading::{days_since_1970, le_u32, read_at};

const IS_FOLDER: u8 = 1 << 1;
const HAS_MORE_EXTENTS: u8 = 1 << 7;
/// Continuations of one record's Rock Ridge fields: a name of 255 bytes needs one or two.
const CONTINUATIONS_MAX: usize = 4;
/// Bytes of a name that Rock Ridge fields may make together.
const NAME_BYTES_MAX: usize = 4096;

/// A file or a folder.
pub(super) struct Record<'b> {
    pub(super) at_sector: u32,
    pub(super) size: u32,
    /// Seconds since 1970.
    pub(super) modified: Option<i64>,
    flags: u8,
    identifier: &'b [u8],
    /// The fields of Rock Ridge, if any.
    system_use: &'b [u8],
}

/// Returns the records of a folder. None crosses the end of a sector.
pub(super) fn all(folder: &[u8]) -> impl Iterator<Item = Record<'_>> {
    folder.chunks(SECTOR_LENGTH).flat_map(|sector| {
        let mut rest = sector;
        std::iter::from_fn(move || {
            let length = usize::from(*rest.first()?);
            let (record, after) = rest.split_at_checked(length)?;
            rest = after;
            Record::parse(record)
        })
    })
}

impl<'b> Record<'b> {
    /// Reads a record.
    pub(super) fn parse(bytes: &'b [u8]) -> Option<Self> {
        let name_bytes = usize::from(*bytes.get(32)?);
        let identifier = bytes.get(33..33 + name_bytes)?;
        // A name of even length is followed by a byte of padding.
        let system_use_at = 33 + name_bytes + usize::from(name_bytes % 2 == 0);
        Some(Self {
            at_sector: le_u32(bytes, 2)?.saturating_add(u32::from(*bytes.get(1)?)),
            size: le_u32(bytes, 10)?,
            modified: modified(bytes.get(18..25)?),
            flags: *bytes.get(25)?,
            identifier,
            system_use: bytes.get(system_use_at..).unwrap_or_default(),
        })
    }

    /// Tells whether it stands for the folder itself or the one above.
    pub(super) fn is_own_or_parent(&self) -> bool {
        matches!(self.identifier, [0 | 1])
    }

    /// Tells whether it is a folder.
    pub(super) const fn is_folder(&self) -> bool {
        self.flags & IS_FOLDER != 0
    }

    /// Tells whether the next record goes on with the same file.
    pub(super) const fn has_more_extents(&self) -> bool {
        self.flags & HAS_MORE_EXTENTS != 0
    }

    /// Tells whether the root's own record announces fields of Rock Ridge.
    pub(super) fn shares_its_field(&self) -> bool {
        self.system_use.starts_with(b"SP\x07\x01")
    }

    /// Returns the name, as UTF-8 or as whatever bytes the disc has.
    pub(super) fn name(&self, names: Names, source: &mut dyn ReadSeek) -> std::io::Result<Vec<u8>> {
        if names == Names::Joliet {
            let units = self.identifier.chunks_exact(2);
            let units = units.map(|unit| u16::from_be_bytes(unit.try_into().unwrap_or_default()));
            let text: String = (char::decode_utf16(units))
                .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect();
            return Ok(without_version(text.as_bytes()).to_vec());
        }
        let long = rock_ridge_name(self.system_use, source)?;
        Ok(long.unwrap_or_else(|| {
            let name = without_version(self.identifier);
            name.strip_suffix(b".").unwrap_or(name).to_vec()
        }))
    }
}

/// Returns what the NM fields say, following their continuations.
fn rock_ridge_name(fields: &[u8], source: &mut dyn ReadSeek) -> std::io::Result<Option<Vec<u8>>> {
    let mut name: Option<Vec<u8>> = None;
    let mut area = fields.to_vec();
    for _ in 0..CONTINUATIONS_MAX {
        let mut next = None;
        let mut rest = area.as_slice();
        while let [first, second, length, _, ..] = rest {
            let Some((field, after)) = rest.split_at_checked(usize::from(*length).max(4)) else {
                break;
            };
            match [*first, *second] {
                [b'N', b'M'] => {
                    let part = field.get(5..).unwrap_or_default();
                    let name = name.get_or_insert_default();
                    if name.len() + part.len() <= NAME_BYTES_MAX {
                        name.extend_from_slice(part);
                    }
                }
                [b'C', b'E'] => {
                    next = le_u32(field, 4)
                        .zip(le_u32(field, 12))
                        .zip(le_u32(field, 20));
                }
                _ => {}
            }
            rest = after;
        }
        let Some(((sector, offset), length)) = next else {
            break;
        };
        let at = u64::from(sector) * SECTOR_BYTES + u64::from(offset);
        area = read_at(source, at, u64::from(length).min(SECTOR_BYTES))?;
    }
    Ok(name.filter(|name| !name.is_empty()))
}

fn without_version(name: &[u8]) -> &[u8] {
    match name {
        [name @ .., b';', b'0'..=b'9'] => name,
        _ => name,
    }
}

/// Reads the seven bytes of a time: year since 1900, month, day, hour, minute, second, quarters of an hour from UTC.
fn modified(bytes: &[u8]) -> Option<i64> {
    let [
        year,
        month @ 1..=12,
        day @ 1..=31,
        hour,
        minute,
        second,
        zone,
    ] = bytes
    else {
        return None;
    };
    let days = days_since_1970(1900 + i64::from(*year), i64::from(*month), i64::from(*day));
    let seconds = i64::from(*hour) * 3_600 + i64::from(*minute) * 60 + i64::from(*second);
    Some(days * 86_400 + seconds - i64::from(zone.cast_signed()) * 900)
}
