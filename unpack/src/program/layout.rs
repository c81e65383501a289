//! Where a program's data sections are and where it ends, from its headers: PE and ELF.

use crate::reading::{array, be_u32, le_u16, le_u32, le_u64};

/// Bytes of the front that hold the headers: PE allows 96 sections of 40 bytes after a DOS stub.
pub(super) const HEAD_BYTES: u64 = 64 * 1024;
const SECTIONS_MAX: usize = 96;
const IS_EXECUTABLE: u32 = 0x2000_0000;

/// A program's layout in its file.
pub(super) struct Layout {
    /// Sections that hold no code, from and to.
    pub(super) data: Vec<(u64, u64)>,
    /// One past the last byte that belongs to the program.
    pub(super) end: u64,
}

/// Reads the headers; `None` if they are of no program that is known.
pub(super) fn parse(head: &[u8], size_bytes: u64) -> Option<Layout> {
    let mut layout = match head {
        [b'M', b'Z', ..] => pe(head).or_else(|| dos(head))?,
        [0x7f, b'E', b'L', b'F', ..] => elf(head)?,
        _ => return None,
    };
    for (from, to) in &mut layout.data {
        *to = (*to).min(size_bytes);
        *from = (*from).min(*to);
    }
    layout.end = layout.end.min(size_bytes);
    Some(layout)
}

fn pe(head: &[u8]) -> Option<Layout> {
    let pe_at = le_u32(head, 60)? as usize;
    let pe = head.get(pe_at..).filter(|pe| pe.starts_with(b"PE\0\0"))?;
    let section_count = usize::from(le_u16(pe, 6)?).min(SECTIONS_MAX);
    let table_at = 24 + usize::from(le_u16(pe, 20)?);
    let mut layout = Layout {
        data: Vec::new(),
        end: (pe_at + table_at + section_count * 40) as u64,
    };
    for index in 0..section_count {
        let Some(section) = pe.get(table_at + index * 40..).filter(|s| s.len() >= 40) else {
            break;
        };
        let size = u64::from(le_u32(section, 16)?);
        let from = u64::from(le_u32(section, 20)?);
        if from == 0 || size == 0 {
            continue;
        }
        let to = from + size;
        layout.end = layout.end.max(to);
        if le_u32(section, 36)? & IS_EXECUTABLE == 0 {
            layout.data.push((from, to));
        }
    }
    Some(layout)
}

/// A DOS program states its length in pages of 512 bytes.
fn dos(head: &[u8]) -> Option<Layout> {
    let last_page = u64::from(le_u16(head, 2)?);
    let pages = u64::from(le_u16(head, 4)?);
    let spare = if last_page == 0 {
        0
    } else {
        512_u64.saturating_sub(last_page)
    };
    Some(Layout {
        data: Vec::new(),
        end: (pages * 512).saturating_sub(spare),
    })
}

/// An ELF program ends with its section headers or its last segment, whichever is later.
fn elf(head: &[u8]) -> Option<Layout> {
    let wide = *head.get(4)? == 2;
    let big = *head.get(5)? == 2;
    let half = |at| {
        if big {
            array(head, at).map(u16::from_be_bytes)
        } else {
            le_u16(head, at)
        }
    };
    let word = |at| {
        if big {
            be_u32(head, at)
        } else {
            le_u32(head, at)
        }
    };
    let long = |at| {
        if big {
            array(head, at).map(u64::from_be_bytes)
        } else {
            le_u64(head, at)
        }
    };
    let address = |at| {
        if wide {
            long(at)
        } else {
            word(at).map(u64::from)
        }
    };
    let (segments_at, sections_at) = if wide {
        (long(32)?, long(40)?)
    } else {
        (address(28)?, address(32)?)
    };
    let at = if wide { 54 } else { 42 };
    let (segment_bytes, segment_count) = (half(at)?, half(at + 2)?);
    let (section_bytes, section_count) = (half(at + 4)?, half(at + 6)?);
    let sections = u64::from(section_bytes) * u64::from(section_count);
    let mut end = sections_at.saturating_add(sections);
    for index in 0..usize::from(segment_count) {
        let table_at = usize::try_from(segments_at).ok()?;
        let at = table_at.checked_add(index * usize::from(segment_bytes))?;
        let (offset_at, size_at) = if wide {
            (at.checked_add(8)?, at.checked_add(32)?)
        } else {
            (at.checked_add(4)?, at.checked_add(16)?)
        };
        let (Some(offset), Some(size)) = (address(offset_at), address(size_at)) else {
            break;
        };
        end = end.max(offset.saturating_add(size));
    }
    Some(Layout {
        data: Vec::new(),
        end,
    })
}
