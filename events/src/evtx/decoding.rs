//! From the bytes of a record to its fields, without copying any: each is a type and a place in the chunk.

use super::CHUNK_BYTES;
use super::binxml::{Broken, FragmentKind, Instance, Layout, Layouts, Leaf, Name, Part, Span};
use super::values::{ValueType, append_folded_value, append_value};
use super::{binxml, index_at};
use crate::fields::{FieldId, FieldNames};
use crate::text::fold_from;

/// Fragments inside each other, as values that are binary XML themselves. Logs have two.
const DEPTH_MAX: usize = 8;
/// Fields of one record; the largest events have a few hundred.
const RECORD_FIELDS_MAX: usize = 16_384;
/// Leaves of definitions gone through for the records of a chunk. Some 1,600 records fit into one, or 100 usual ones.
const CHUNK_LEAVES_MAX: usize = 1_000_000;
/// Bytes of the fields of all records of a chunk. Values can be used more than once, so that they can be more than the chunk.
const CHUNK_FIELD_BYTES_MAX: usize = 16 * CHUNK_BYTES;
/// Bytes of a name that a value states.
const NAME_BYTES_MAX: u32 = 512;
/// Bytes of definitions taken apart for one chunk. They do not overlap, unless somebody means harm.
const PARSED_BYTES_MAX: usize = 8 * CHUNK_BYTES;

const TOO_LONG: Broken = "the fields of this chunk are longer than 1 MiB";

/// One field of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// The field, where a rule asks for it.
    pub(crate) field: Option<FieldId>,
    name: EntryName,
    kind: ValueType,
    place: Place,
}

impl Entry {
    /// Tells whether the field holds what somebody wrote, rather than a number, a time or an identifier of fixed length.
    pub(crate) fn is_written(&self) -> bool {
        matches!(self.place, Place::Joined(_)) || self.kind.fixed_bytes().is_none()
    }
}

#[derive(Clone, Copy, Debug)]
enum EntryName {
    Leaf(Name),
    /// In the text put together for the record.
    Joined(Span),
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Chunk(Span),
    /// In the text put together for the record.
    Joined(Span),
}

/// A value of a template instance.
#[derive(Clone, Copy, Debug)]
struct Value {
    kind: ValueType,
    span: Span,
}

impl Value {
    const NOTHING: Self = Self {
        kind: ValueType::NULL,
        span: Span {
            start: 0,
            length: 0,
        },
    };
}

/// The values of one instance among those of all that are being decoded.
#[derive(Clone, Copy, Debug)]
struct Frame {
    first: usize,
    end: usize,
    depth: usize,
}

/// Decodes the records of one chunk after another, and keeps its memory.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    layouts: Layouts,
    /// By the place of the definition; what could not be read stays so.
    templates: Vec<(usize, Result<Layout, Broken>)>,
    parsed_bytes: usize,
    chunk_leaves: usize,
    chunk_field_bytes: usize,
    values: Vec<Value>,
    entries: Vec<Entry>,
    joined: String,
}

/// The fields of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    chunk: &'a [u8],
    entries: &'a [Entry],
    joined: &'a str,
}

impl Decoder {
    /// Forgets the definitions of the chunk before.
    pub(crate) fn start_chunk(&mut self) {
        self.layouts.clear();
        self.templates.clear();
        self.parsed_bytes = 0;
        self.chunk_leaves = 0;
        self.chunk_field_bytes = 0;
    }

    /// Decodes the binary XML at `start` to `end` of the chunk.
    pub(crate) fn decode<'a>(
        &'a mut self,
        chunk: &'a [u8],
        names: &FieldNames,
        (start, end): (usize, usize),
    ) -> Result<Fields<'a>, Broken> {
        self.entries.clear();
        self.values.clear();
        self.joined.clear();
        self.fragment(chunk, names, (start, end), 0)?;
        Ok(Fields {
            chunk,
            entries: &self.entries,
            joined: &self.joined,
        })
    }

    fn fragment(
        &mut self,
        chunk: &[u8],
        names: &FieldNames,
        (start, end): (usize, usize),
        depth: usize,
    ) -> Result<(), Broken> {
        if depth > DEPTH_MAX {
            return Err("binary XML has more than 8 fragments inside each other");
        }
        // Nearly every fragment is a header and one template instance.
        let bytes = chunk
            .get(start..end)
            .ok_or("a fragment ends beyond its chunk")?;
        if let [0x0f, _, _, _, 0x0c, ..] = bytes {
            let after = self.instance(chunk, names, (start + 4, end), depth)?;
            if chunk
                .get(after..end)
                .is_none_or(|rest| rest.first().is_none_or(|&token| token == 0))
            {
                return Ok(());
            }
            self.entries.clear();
        }
        let layout = self.lay_out(chunk, names, (start, end), FragmentKind::Content)?;
        let frame = Frame {
            first: self.values.len(),
            end: self.values.len(),
            depth,
        };
        self.fill(chunk, names, layout, frame)
    }

    /// Decodes a template instance and returns where it ends.
    fn instance(
        &mut self,
        chunk: &[u8],
        names: &FieldNames,
        (at, end): (usize, usize),
        depth: usize,
    ) -> Result<usize, Broken> {
        let instance = Instance::read(chunk, at, end)?;
        let first = self.values.len();
        let mut value_at = instance.values_at();
        for index in 0..instance.value_count {
            let (size, kind) = instance
                .descriptor(chunk, index)
                .ok_or("a template instance ends early")?;
            if value_at + size > end {
                return Err("a value ends beyond its record");
            }
            self.values.push(Value {
                kind,
                span: Span::new(value_at, size),
            });
            value_at += size;
        }
        let layout = self.template(chunk, names, instance.definition_at)?;
        let frame = Frame {
            first,
            end: self.values.len(),
            depth,
        };
        self.fill(chunk, names, layout, frame)?;
        self.values.truncate(first);
        Ok(value_at)
    }

    fn template(&mut self, chunk: &[u8], names: &FieldNames, at: usize) -> Result<Layout, Broken> {
        if let Some((_, known)) = self.templates.iter().find(|(place, _)| *place == at) {
            return *known;
        }
        let layout = index_at(chunk, at.saturating_add(20))
            .and_then(|size| {
                let start = at.checked_add(24)?;
                Some((start, start.checked_add(size)?))
            })
            .filter(|&(_, end)| end <= chunk.len())
            .ok_or("a template is defined beyond its chunk")
            .and_then(|place| self.lay_out(chunk, names, place, FragmentKind::Definition));
        self.templates.push((at, layout));
        layout
    }

    fn lay_out(
        &mut self,
        chunk: &[u8],
        names: &FieldNames,
        place: (usize, usize),
        kind: FragmentKind,
    ) -> Result<Layout, Broken> {
        self.parsed_bytes = self
            .parsed_bytes
            .saturating_add(place.1.saturating_sub(place.0));
        if self.parsed_bytes > PARSED_BYTES_MAX {
            return Err("the definitions of this chunk overlap too much");
        }
        self.layouts.add(chunk, names, place, kind)
    }

    /// Makes the fields of a layout with the values of an instance.
    fn fill(
        &mut self,
        chunk: &[u8],
        names: &FieldNames,
        layout: Layout,
        frame: Frame,
    ) -> Result<(), Broken> {
        self.chunk_leaves = self
            .chunk_leaves
            .saturating_add(layout.end - layout.first + 1);
        if self.chunk_leaves > CHUNK_LEAVES_MAX {
            return Err("the definitions of this chunk are used too often");
        }
        for index in layout.first..layout.end {
            let Some(leaf) = self.layouts.leaf(index) else {
                break;
            };
            match (Layouts::part_count(leaf), self.layouts.part(leaf, 0)) {
                (1, Some(Part::Value(number))) => {
                    let value = self.value(frame, number);
                    self.value_leaf(chunk, names, leaf, frame, value)?;
                }
                (1, Some(Part::Literal(kind, span))) => {
                    self.add_entry(chunk, names, (leaf, frame), Value { kind, span })?;
                }
                (0, _) => self.add_entry(chunk, names, (leaf, frame), Value::NOTHING)?,
                _ => self.joined_leaf(chunk, names, leaf, frame)?,
            }
        }
        Ok(())
    }

    /// Makes the fields of a leaf that is one value of the record.
    fn value_leaf(
        &mut self,
        chunk: &[u8],
        names: &FieldNames,
        leaf: Leaf,
        frame: Frame,
        value: Value,
    ) -> Result<(), Broken> {
        if value.kind == ValueType::FRAGMENT {
            let start = usize::try_from(value.span.start).unwrap_or(0);
            let length = usize::try_from(value.span.length).unwrap_or(0);
            return self.fragment(chunk, names, (start, start + length), frame.depth + 1);
        }
        let Some(element) = value.kind.element() else {
            return self.add_entry(chunk, names, (leaf, frame), value);
        };
        // The event viewer repeats the XML element for each element of an array.
        let mut any = false;
        for span in elements(chunk, element, value.span) {
            any = true;
            let value = Value {
                kind: element,
                span,
            };
            self.add_entry(chunk, names, (leaf, frame), value)?;
        }
        if !any {
            self.add_entry(chunk, names, (leaf, frame), Value::NOTHING)?;
        }
        Ok(())
    }

    /// Makes the field of a leaf that is put together from several parts.
    fn joined_leaf(
        &mut self,
        chunk: &[u8],
        names: &FieldNames,
        leaf: Leaf,
        frame: Frame,
    ) -> Result<(), Broken> {
        let start = self.joined.len();
        let mut has_text = false;
        for index in 0..Layouts::part_count(leaf) {
            match self.layouts.part(leaf, index) {
                Some(Part::Char(c)) => self.joined.push(c),
                Some(Part::Literal(kind, span)) => {
                    append_value(kind, span.of(chunk), &mut self.joined);
                }
                Some(Part::Value(number)) => {
                    let value = self.value(frame, number);
                    if value.kind == ValueType::FRAGMENT {
                        self.value_leaf(chunk, names, leaf, frame, value)?;
                        continue;
                    }
                    append_value(value.kind, value.span.of(chunk), &mut self.joined);
                }
                Some(Part::Instance(at)) => {
                    let at = usize::try_from(at).unwrap_or(usize::MAX);
                    if frame.depth >= DEPTH_MAX {
                        return Err("binary XML has more than 8 fragments inside each other");
                    }
                    self.instance(chunk, names, (at, chunk.len()), frame.depth + 1)?;
                    continue;
                }
                None => break,
            }
            has_text = true;
            if self.joined.len() > CHUNK_FIELD_BYTES_MAX {
                return Err(TOO_LONG);
            }
        }
        if !has_text {
            return Ok(());
        }
        let span = Span::new(start, self.joined.len() - start);
        self.push_entry(
            chunk,
            names,
            (leaf, frame),
            (ValueType::TEXT, Place::Joined(span)),
        )
    }

    fn add_entry(
        &mut self,
        chunk: &[u8],
        names: &FieldNames,
        of: (Leaf, Frame),
        value: Value,
    ) -> Result<(), Broken> {
        self.push_entry(chunk, names, of, (value.kind, Place::Chunk(value.span)))
    }

    fn push_entry(
        &mut self,
        chunk: &[u8],
        names: &FieldNames,
        (leaf, frame): (Leaf, Frame),
        (kind, place): (ValueType, Place),
    ) -> Result<(), Broken> {
        if self.entries.len() >= RECORD_FIELDS_MAX {
            return Err("a record has more than 16,384 fields");
        }
        let (Place::Chunk(span) | Place::Joined(span)) = place;
        self.chunk_field_bytes += usize::try_from(span.length).unwrap_or(0);
        if self.chunk_field_bytes > CHUNK_FIELD_BYTES_MAX {
            return Err(TOO_LONG);
        }
        let name = self.entry_name(chunk, leaf.name, frame);
        let field = leaf.field.or_else(|| self.joined_field(names, name));
        self.entries.push(Entry {
            field,
            name,
            kind,
            place,
        });
        Ok(())
    }

    fn entry_name(&mut self, chunk: &[u8], name: Name, frame: Frame) -> EntryName {
        let Name::StatedByValue(number) = name else {
            return EntryName::Leaf(name);
        };
        let start = self.joined.len();
        let value = self.value(frame, number);
        if value.span.length > NAME_BYTES_MAX {
            return EntryName::Leaf(Name::None);
        }
        append_value(value.kind, value.span.of(chunk), &mut self.joined);
        EntryName::Joined(Span::new(start, self.joined.len() - start))
    }

    fn joined_field(&self, names: &FieldNames, name: EntryName) -> Option<FieldId> {
        let EntryName::Joined(span) = name else {
            return None;
        };
        names
            .find(joined_text(&self.joined, span))
            .filter(|field| !field.is_of_header_only())
    }

    fn value(&self, frame: Frame, number: u16) -> Value {
        self.values
            .get(frame.first..frame.end)
            .and_then(|values| values.get(usize::from(number)))
            .copied()
            .unwrap_or(Value::NOTHING)
    }
}

impl<'a> Fields<'a> {
    /// Returns the fields in the order of the record.
    pub(crate) fn entries(&self) -> &'a [Entry] {
        self.entries
    }

    /// Returns the first field of a number.
    pub(crate) fn find(&self, field: FieldId) -> Option<&'a Entry> {
        self.entries.iter().find(|entry| entry.field == Some(field))
    }

    /// Returns type and bytes of a field, where they are in the chunk as they are.
    pub(crate) fn raw(&self, entry: &Entry) -> Option<(ValueType, &'a [u8])> {
        match entry.place {
            Place::Chunk(span) => Some((entry.kind, span.of(self.chunk))),
            Place::Joined(_) => None,
        }
    }

    /// Appends the text of a field.
    pub(crate) fn append_text(&self, entry: &Entry, out: &mut String) {
        match entry.place {
            Place::Chunk(span) => append_value(entry.kind, span.of(self.chunk), out),
            Place::Joined(span) => out.push_str(joined_text(self.joined, span)),
        }
    }

    /// Appends the text of a field with its case folded.
    pub(crate) fn append_folded_text(&self, entry: &Entry, out: &mut String) {
        match entry.place {
            Place::Chunk(span) => append_folded_value(entry.kind, span.of(self.chunk), out),
            Place::Joined(span) => {
                let start = out.len();
                out.push_str(joined_text(self.joined, span));
                fold_from(out, start);
            }
        }
    }

    /// Appends the name of a field; nothing for text outside any element.
    pub(crate) fn append_name(&self, entry: &Entry, out: &mut String) {
        match entry.name {
            EntryName::Joined(span) => out.push_str(joined_text(self.joined, span)),
            EntryName::Leaf(name) => drop(binxml::append_name(self.chunk, name, out)),
        }
    }
}

fn joined_text(joined: &str, span: Span) -> &str {
    let (Ok(start), Ok(length)) = (usize::try_from(span.start), usize::try_from(span.length))
    else {
        return "";
    };
    joined
        .get(start..)
        .and_then(|rest| rest.get(..length))
        .unwrap_or_default()
}

/// Returns where the elements of an array are.
fn elements(chunk: &[u8], element: ValueType, array: Span) -> Vec<Span> {
    let bytes = array.of(chunk);
    let start = usize::try_from(array.start).unwrap_or(0);
    if element == ValueType::TEXT {
        return texts_of_array(bytes, start);
    }
    match element.fixed_bytes() {
        Some(length) => (0..bytes.len() / length)
            .map(|index| Span::new(start + index * length, length))
            .collect(),
        None => vec![array],
    }
}

/// Returns the texts of an array, each of which a NUL ends.
fn texts_of_array(bytes: &[u8], start: usize) -> Vec<Span> {
    let (units, _odd) = bytes.as_chunks::<2>();
    let mut spans = Vec::new();
    let mut text_at = 0;
    for (index, unit) in units.iter().enumerate() {
        if *unit == [0, 0] {
            spans.push(Span::new(start + text_at * 2, (index - text_at) * 2));
            text_at = index + 1;
        }
    }
    if text_at < units.len() {
        spans.push(Span::new(start + text_at * 2, (units.len() - text_at) * 2));
    }
    spans
}
