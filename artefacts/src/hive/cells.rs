//! The parts of a hive: base block, cells, keys, lists of keys and values, and values' data. Nothing is trusted.

use std::borrow::Cow;

use crate::bytes::{End, index_at, push_latin1, push_utf16, slice, u8_at, u16_at, u32_at, u64_at};

/// Bytes of the base block; every offset in a hive counts from its end.
pub(super) const BASE_BLOCK_BYTES: usize = 4096;
/// An offset that means "none".
const NONE: u32 = u32::MAX;
/// Longest name of a key or value in bytes: 16,383 UTF-16 characters for a value.
const NAME_BYTES_MAX: usize = 32_766;
/// Data in one segment of a big value.
const SEGMENT_BYTES: usize = 16_344;

/// A hive whose base block has been looked at.
#[derive(Clone, Copy)]
pub(super) struct Hive<'a> {
    bytes: &'a [u8],
    cells: &'a [u8],
}

/// Where a cell lies, counted from the end of the base block.
pub(super) type Offset = u32;

impl<'a> Hive<'a> {
    /// Takes a hive; nothing if it does not begin as one. A hive that was cut short is read as far as it goes.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        if !bytes.starts_with(b"regf") {
            return None;
        }
        let cells = bytes.get(BASE_BLOCK_BYTES..)?;
        Some(Self { bytes, cells })
    }

    /// Returns how many bytes of cells there are.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Returns where the root key lies.
    pub(super) fn root(&self) -> Option<Offset> {
        u32_at(self.bytes, 36)
    }

    /// Returns the end of the path that the hive was loaded from, as the base block keeps it.
    pub(super) fn file_name(&self) -> String {
        crate::bytes::utf16(slice(self.bytes, 48, 64).unwrap_or_default())
    }

    /// Returns the content of an allocated cell.
    fn cell(&self, offset: Offset) -> Option<&'a [u8]> {
        let offset = usize::try_from(offset).ok().filter(|_| offset != NONE)?;
        let size = u32_at(self.cells, offset)?.cast_signed();
        let bytes = usize::try_from(size.checked_neg()?).ok()?;
        slice(self.cells, offset.checked_add(4)?, bytes.checked_sub(4)?)
    }

    /// Returns the key in a cell.
    pub(super) fn key(&self, offset: Offset) -> Option<Key<'a>> {
        let cell = self.cell(offset)?;
        let name_bytes = usize::from(u16_at(cell, 72)?);
        let name = slice(cell, 76, name_bytes).filter(|name| name.len() <= NAME_BYTES_MAX)?;
        cell.starts_with(b"nk").then_some(Key { cell, name })
    }

    /// Returns the list of subkeys in a cell: the offsets of keys, or of further lists.
    pub(super) fn list(&self, offset: Offset) -> Option<List<'a>> {
        let cell = self.cell(offset)?;
        let (stride, of_lists) = match slice(cell, 0, 2)? {
            b"lf" | b"lh" => (8, false),
            b"li" => (4, false),
            b"ri" => (4, true),
            _ => return None,
        };
        let count = usize::from(u16_at(cell, 2)?);
        let entries = cell.get(4..)?;
        let whole = entries.len() / stride >= count;
        let entries = &entries[..entries.len().min(count * stride)];
        Some(List {
            entries,
            stride,
            of_lists,
            whole,
        })
    }

    /// Returns the offsets of a key's values, as many as there are, and whether that is as many as the key says.
    pub(super) fn values(&self, key: &Key<'a>) -> (List<'a>, bool) {
        let none = List {
            entries: &[],
            stride: 4,
            of_lists: false,
            whole: true,
        };
        let count = index_at(key.cell, 36).unwrap_or(0);
        if count == 0 {
            return (none, true);
        }
        let Some(cell) = u32_at(key.cell, 40).and_then(|offset| self.cell(offset)) else {
            return (none, false);
        };
        let whole = cell.len() / 4 >= count;
        let entries = &cell[..cell.len().min(count.saturating_mul(4))];
        (List { entries, ..none }, whole)
    }

    /// Returns the value in a cell.
    pub(super) fn value(&self, offset: Offset) -> Option<Value<'a>> {
        let cell = self.cell(offset)?;
        let name_bytes = usize::from(u16_at(cell, 2)?);
        let name = slice(cell, 20, name_bytes).filter(|name| name.len() <= NAME_BYTES_MAX)?;
        cell.starts_with(b"vk").then_some(Value { cell, name })
    }

    /// Returns at most `limit_bytes` of a value's data; nothing where the data is not there.
    pub(super) fn data(&self, value: &Value<'a>, limit_bytes: usize) -> Option<Cow<'a, [u8]>> {
        let stated = u32_at(value.cell, 4)?;
        // The highest bit says that the data, at most four bytes of it, stands where its offset would.
        if stated & 0x8000_0000 != 0 {
            let bytes = usize::try_from(stated & 0x7fff_ffff).ok()?;
            return slice(value.cell, 8, bytes.min(4)).map(Cow::Borrowed);
        }
        let bytes = usize::try_from(stated).ok()?;
        if bytes == 0 {
            return Some(Cow::Borrowed(&[]));
        }
        let cell = self.cell(u32_at(value.cell, 8)?)?;
        if bytes > SEGMENT_BYTES && cell.starts_with(b"db") && cell.len() < bytes {
            return self.big_data(cell, bytes.min(limit_bytes)).map(Cow::Owned);
        }
        cell.get(..bytes.min(limit_bytes)).map(Cow::Borrowed)
    }

    fn big_data(&self, cell: &[u8], bytes: usize) -> Option<Vec<u8>> {
        let count = usize::from(u16_at(cell, 2)?);
        let list = self.cell(u32_at(cell, 4)?)?;
        let mut data = Vec::with_capacity(bytes.min(self.cells.len()));
        for index in 0..count {
            if data.len() >= bytes {
                break;
            }
            let segment = self.cell(u32_at(list, index * 4)?)?;
            let wanted = (bytes - data.len()).min(SEGMENT_BYTES);
            data.extend_from_slice(segment.get(..wanted)?);
        }
        (data.len() >= bytes).then_some(data)
    }

    /// Returns the subkey of that name, looked for in the first 1,000 subkeys: for the few keys that decide what a hive is.
    pub(super) fn find_subkey(&self, key: &Key<'a>, name: &str) -> Option<Key<'a>> {
        let list = self.list(key.subkeys()?)?;
        let lists: Vec<List<'a>> = if list.of_lists {
            let inner = list.offsets().take(100);
            inner.filter_map(|offset| self.list(offset)).collect()
        } else {
            vec![list]
        };
        lists
            .iter()
            .flat_map(List::offsets)
            .take(1000)
            .filter_map(|offset| self.key(offset))
            .find(|key| key.name().eq_ignore_ascii_case(name))
    }

    /// Returns the value of that name, looked for in the first 200 values.
    pub(super) fn find_value(&self, key: &Key<'a>, name: &str) -> Option<Value<'a>> {
        let (list, _) = self.values(key);
        list.offsets()
            .take(200)
            .filter_map(|offset| self.value(offset))
            .find(|value| value.is_named(name))
    }
}

/// A key.
#[derive(Clone, Copy)]
pub(super) struct Key<'a> {
    cell: &'a [u8],
    name: &'a [u8],
}

impl Key<'_> {
    /// Adds the key's name to `text`.
    pub(super) fn push_name(&self, text: &mut String) {
        let compressed = u16_at(self.cell, 2).is_some_and(|flags| flags & 0x20 != 0);
        push_name(text, self.name, compressed);
    }

    /// Returns the key's name.
    pub(super) fn name(&self) -> String {
        let mut name = String::new();
        self.push_name(&mut name);
        name
    }

    /// Returns where the list of subkeys lies; nothing where there are none.
    pub(super) fn subkeys(&self) -> Option<Offset> {
        let count = u32_at(self.cell, 20)?;
        u32_at(self.cell, 28).filter(|&offset| count > 0 && offset != NONE)
    }

    /// Returns when the key was written last, as the format counts.
    pub(super) fn written_at(&self) -> Option<i64> {
        crate::bytes::seconds(u64_at(self.cell, 4)?)
    }

    /// Returns where the list of values lies, to tell whether two keys share one.
    pub(super) fn values_offset(&self) -> Option<Offset> {
        let count = u32_at(self.cell, 36)?;
        u32_at(self.cell, 40).filter(|&offset| count > 0 && offset != NONE)
    }
}

/// A list of offsets.
#[derive(Clone, Copy)]
pub(super) struct List<'a> {
    entries: &'a [u8],
    stride: usize,
    /// Whether the offsets lead to further lists.
    pub(super) of_lists: bool,
    /// Whether all entries that the list counts are there.
    pub(super) whole: bool,
}

impl<'a> List<'a> {
    /// Returns the offsets in their order.
    pub(super) fn offsets(&self) -> impl DoubleEndedIterator<Item = Offset> + use<'a> {
        self.entries
            .chunks_exact(self.stride)
            .map(|entry| u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]))
    }
}

/// A value.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    cell: &'a [u8],
    name: &'a [u8],
}

impl Value<'_> {
    /// Adds the value's name to `text`; a value without a name is the key's default one.
    pub(super) fn push_name(&self, text: &mut String) {
        if self.name.is_empty() {
            text.push_str("(Default)");
        } else {
            push_name(text, self.name, self.compressed());
        }
    }

    /// Tells whether the value has that name, whatever its case.
    pub(super) fn is_named(&self, name: &str) -> bool {
        if self.compressed() {
            return self.name.eq_ignore_ascii_case(name.as_bytes());
        }
        let mut text = String::new();
        self.push_name(&mut text);
        text.eq_ignore_ascii_case(name)
    }

    /// Returns the type of the data.
    pub(super) fn data_type(&self) -> u32 {
        u32_at(self.cell, 12).unwrap_or(0)
    }

    /// Returns how many bytes of data the value says to have.
    pub(super) fn stated_bytes(&self) -> usize {
        let stated = u32_at(self.cell, 4).unwrap_or(0) & 0x7fff_ffff;
        usize::try_from(stated).unwrap_or(usize::MAX)
    }

    fn compressed(&self) -> bool {
        u8_at(self.cell, 16).is_some_and(|flags| flags & 1 != 0)
    }
}

/// Adds a name; a NUL in it, which hides keys and values from Windows' own tools, is shown as U+2400.
fn push_name(text: &mut String, name: &[u8], compressed: bool) {
    let start = text.len();
    if compressed {
        push_latin1(text, name);
    } else {
        push_utf16(text, name, End::Length);
    }
    if text.as_bytes()[start..].contains(&0) {
        let shown = text[start..].replace('\0', "\u{2400}");
        text.truncate(start);
        text.push_str(&shown);
    }
}
