//! Walks a hive once, from its root to its last value, and hands out what it states.
//!
//! Each list, key and value is visited once, whoever points at it, so that no hive takes longer than its length: what is pointed
//! at twice is damage. Data that several values share is read until it adds up to twice the hive's length.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::cells::{Hive, Key, List, Offset, Value};
use super::logs::is_dirty;
use super::meanings::{self, Context};
use super::mount;
use super::places::Place;
use crate::bytes::{End, push_utf16, u64_at};
use crate::outlet::Outlet;
use crate::trace::{Damaged, Data, Flow, Limits, Trace, What};

/// Most levels of keys. Windows allows 512.
const DEPTH_MAX: u16 = 512;
/// Types of values: `winnt.h`, `REG_…`.
const TEXT: u32 = 1;
const TEXT_WITH_VARIABLES: u32 = 2;
const BYTES: u32 = 3;
const NUMBER: u32 = 4;
const NUMBER_BIG_ENDIAN: u32 = 5;
const LINK: u32 = 6;
const TEXTS: u32 = 7;
const LONG_NUMBER: u32 = 11;

/// Reads a hive.
pub(crate) fn read(
    path: &[u8],
    content: &[u8],
    limits: &Limits,
    each: &mut dyn FnMut(&Trace<'_>) -> Flow,
) -> Result<(), Damaged> {
    let hive = Hive::new(content).ok_or(Damaged::Another {
        kind: "registry hive",
    })?;
    let mut walk = Walk::new(path, hive, limits, Outlet::new(each, limits.items));
    let flow = walk.keys();
    walk.out.finish()?;
    if flow.is_continue() && is_dirty(content) {
        return Err(Damaged::Dirty);
    }
    Ok(())
}

/// A key that is still to be visited.
#[derive(Clone, Copy)]
struct Pending {
    key: Offset,
    depth: u16,
    /// Length of the parent's path in [`Walk::path`].
    parent_bytes: u32,
    place: Place,
}

struct Walk<'a, 'b> {
    hive: Hive<'a>,
    out: Outlet<'b>,
    data_bytes_max: usize,
    data_bytes_left: usize,
    seen: Seen,
    pending: Vec<Pending>,
    /// The path of the key that is visited.
    path: String,
    /// `ControlSet001`, where that is the one in use.
    current_set: Option<String>,
    text: String,
}

impl<'a, 'b> Walk<'a, 'b> {
    fn new(path: &[u8], hive: Hive<'a>, limits: &Limits, out: Outlet<'b>) -> Self {
        Self {
            out,
            data_bytes_max: limits.data_bytes,
            data_bytes_left: hive.len().saturating_mul(2),
            seen: Seen::new(hive.len()),
            pending: Vec::new(),
            path: mount::prefix(path, &hive),
            current_set: current_set(&hive),
            text: String::new(),
            hive,
        }
    }

    fn keys(&mut self) -> Flow {
        let Some(root) = self
            .hive
            .root()
            .filter(|&root| self.hive.key(root).is_some())
        else {
            self.out.damage("no root key", "the base block");
            return ControlFlow::Continue(());
        };
        self.seen.first_time(root);
        self.pending.push(Pending {
            key: root,
            depth: 0,
            parent_bytes: u32::try_from(self.path.len()).unwrap_or(u32::MAX),
            place: Place::of(&self.path),
        });
        while let Some(pending) = self.pending.pop() {
            let parent_bytes = usize::try_from(pending.parent_bytes).unwrap_or(usize::MAX);
            self.path.truncate(parent_bytes);
            let Some(key) = self.hive.key(pending.key) else {
                self.out.damage("no key", &self.path);
                continue;
            };
            let place = self.enter(&key, pending);
            self.key(&key, place)?;
            self.values(&key, place)?;
            self.push_subkeys(&key, pending.depth, place);
        }
        ControlFlow::Continue(())
    }

    /// Puts the key's name behind its parent's path, and returns its place.
    fn enter(&mut self, key: &Key<'_>, pending: Pending) -> Place {
        if pending.depth == 0 {
            return pending.place;
        }
        self.path.push('\\');
        let start = self.path.len();
        key.push_name(&mut self.path);
        if pending.depth == 1
            && let Some(current) = &self.current_set
            && self.path[start..].eq_ignore_ascii_case(current)
        {
            self.path.truncate(start);
            self.path.push_str("CurrentControlSet");
        }
        pending.place.child(&self.path[start..])
    }

    fn key(&mut self, key: &Key<'a>, place: Place) -> Flow {
        let written_at = key.written_at();
        self.out.give(&Trace {
            what: What::RegistryKey,
            text: &self.path,
            data: Data::None,
            location: &self.path,
            at: written_at,
        })?;
        let Some(meaning) = place.key_meaning() else {
            return ControlFlow::Continue(());
        };
        let name = self.path.rsplit('\\').next().unwrap_or_default();
        let context = Context {
            location: &self.path,
            at: written_at,
        };
        let hive = self.hive;
        let text_of = |name: &str| text_of(&hive, key, name);
        meanings::of_key(meaning, name, &text_of, context, &mut self.out)
    }

    fn values(&mut self, key: &Key<'a>, place: Place) -> Flow {
        let Some(list) = key.values_offset() else {
            return ControlFlow::Continue(());
        };
        if !self.seen.first_time(list) {
            self.out
                .damage("values that are not there or are another key's", &self.path);
            return ControlFlow::Continue(());
        }
        let (list, whole) = self.hive.values(key);
        if !whole {
            self.out
                .damage("fewer values than there should be", &self.path);
        }
        let written_at = key.written_at();
        let key_bytes = self.path.len();
        for offset in list.offsets() {
            self.path.truncate(key_bytes);
            let Some(value) = self.hive.value(offset) else {
                self.out.damage("no value", &self.path);
                continue;
            };
            if !self.seen.first_time(offset) {
                self.out.damage("a value that is another key's", &self.path);
                continue;
            }
            self.value(&value, key_bytes, place, written_at)?;
        }
        self.path.truncate(key_bytes);
        ControlFlow::Continue(())
    }

    fn value(
        &mut self,
        value: &Value<'a>,
        key_bytes: usize,
        place: Place,
        written_at: Option<i64>,
    ) -> Flow {
        self.path.push('\\');
        value.push_name(&mut self.path);
        let bytes = self.data_of(value, place);
        self.text.clear();
        let shown = &bytes[..bytes.len().min(self.data_bytes_max)];
        let data = typed(value.data_type(), shown, &mut self.text);
        self.out.give(&Trace {
            what: What::RegistryValue,
            text: &self.path,
            data,
            location: &self.path[..key_bytes],
            at: written_at,
        })?;
        if !place.has_meaning() {
            return ControlFlow::Continue(());
        }
        let name = &self.path[key_bytes + 1..];
        let Some(meaning) = place.value_meaning(name) else {
            return ControlFlow::Continue(());
        };
        let context = Context {
            location: &self.path,
            at: written_at,
        };
        meanings::of_value(meaning, name, data, &bytes, context, &mut self.out)
    }

    /// Returns a value's data; what has a meaning as bytes is returned whole, since a cache of programs is long.
    fn data_of(&mut self, value: &Value<'a>, place: Place) -> Cow<'a, [u8]> {
        let whole = place.has_meaning() && value.data_type() == BYTES;
        let limit = if whole {
            self.hive.len()
        } else {
            self.data_bytes_max
        };
        let wanted = value.stated_bytes().min(limit);
        if wanted > self.data_bytes_left {
            self.out.damage("data that values share", &self.path);
            return Cow::Borrowed(&[]);
        }
        self.data_bytes_left -= wanted;
        self.hive.data(value, limit).unwrap_or_else(|| {
            self.out.damage("no data", &self.path);
            Cow::Borrowed(&[])
        })
    }

    fn push_subkeys(&mut self, key: &Key<'a>, depth: u16, place: Place) {
        let Some(offset) = key.subkeys() else {
            return;
        };
        if depth == DEPTH_MAX {
            self.out.damage("keys deeper than 512 levels", &self.path);
            return;
        }
        let Some(list) = self.take_list(offset) else {
            return;
        };
        let first = self.pending.len();
        if list.of_lists {
            for offset in list.offsets() {
                match self.take_list(offset) {
                    Some(inner) if !inner.of_lists => self.push_list(&inner, depth, place),
                    Some(_) => self
                        .out
                        .damage("a list of lists of lists of keys", &self.path),
                    None => {}
                }
            }
        } else {
            self.push_list(&list, depth, place);
        }
        // The last that is pushed is visited first.
        self.pending[first..].reverse();
    }

    fn take_list(&mut self, offset: Offset) -> Option<List<'a>> {
        let Some(list) = self.hive.list(offset) else {
            self.out.damage("no list of keys", &self.path);
            return None;
        };
        if !self.seen.first_time(offset) {
            self.out.damage("a list that is another key's", &self.path);
            return None;
        }
        if !list.whole {
            self.out
                .damage("fewer keys than there should be", &self.path);
        }
        Some(list)
    }

    fn push_list(&mut self, list: &List<'a>, depth: u16, place: Place) {
        let parent_bytes = u32::try_from(self.path.len()).unwrap_or(u32::MAX);
        for key in list.offsets() {
            if self.seen.first_time(key) {
                self.pending.push(Pending {
                    key,
                    depth: depth + 1,
                    parent_bytes,
                    place,
                });
            } else {
                self.out
                    .damage("a key that is not there or has another place", &self.path);
            }
        }
    }
}

/// Returns the text of one value of a key, for what is put together from several values.
fn text_of(hive: &Hive<'_>, key: &Key<'_>, name: &str) -> Option<String> {
    let value = hive.find_value(key, name)?;
    let data = hive.data(&value, 4096)?;
    let mut text = String::new();
    push_utf16(&mut text, &data, End::Nul);
    Some(text)
}

/// Returns the name of the control set in use, `ControlSet001`, where the hive has one.
fn current_set(hive: &Hive<'_>) -> Option<String> {
    let root = hive.key(hive.root()?)?;
    let select = hive.find_subkey(&root, "Select")?;
    let current = hive.find_value(&select, "Current")?;
    let number = crate::bytes::u32_at(&hive.data(&current, 4)?, 0)?;
    Some(format!("ControlSet{number:03}"))
}

/// Returns data by its type; `text` holds it where it is text.
fn typed<'t>(data_type: u32, bytes: &'t [u8], text: &'t mut String) -> Data<'t> {
    match data_type {
        TEXT | TEXT_WITH_VARIABLES | LINK => {
            push_utf16(text, bytes, End::Nul);
            Data::Text(text)
        }
        TEXTS => {
            push_utf16(text, bytes, End::Length);
            let parts = text.trim_end_matches('\0').replace('\0', "\n");
            *text = parts;
            Data::Text(text)
        }
        NUMBER | NUMBER_BIG_ENDIAN | LONG_NUMBER => number(data_type, bytes),
        _ if bytes.is_empty() => Data::None,
        _ => Data::Bytes(bytes),
    }
}

fn number(data_type: u32, bytes: &[u8]) -> Data<'_> {
    let number = match (data_type, bytes) {
        (NUMBER, &[a, b, c, d]) => u64::from(u32::from_le_bytes([a, b, c, d])),
        (NUMBER_BIG_ENDIAN, &[a, b, c, d]) => u64::from(u32::from_be_bytes([a, b, c, d])),
        (LONG_NUMBER, _) if bytes.len() == 8 => u64_at(bytes, 0).unwrap_or(0),
        _ => return Data::Bytes(bytes),
    };
    Data::Number(number)
}

/// Which cells have been visited: a bit for each eight bytes, since cells begin at multiples of eight.
struct Seen {
    bits: Vec<u64>,
}

impl Seen {
    fn new(bytes: usize) -> Self {
        Self {
            bits: vec![0; bytes / (8 * 64) + 1],
        }
    }

    /// Tells whether this is the first time that the cell is visited. A cell outside, or one that does not begin where cells
    /// begin, never is.
    fn first_time(&mut self, offset: Offset) -> bool {
        if !offset.is_multiple_of(8) {
            return false;
        }
        let bit = offset / 8;
        let Some(word) = usize::try_from(bit / 64)
            .ok()
            .and_then(|word| self.bits.get_mut(word))
        else {
            return false;
        };
        let mask = 1 << (bit % 64);
        let first = *word & mask == 0;
        *word |= mask;
        first
    }
}
