//! Binary XML as a flat list of leaves: which field has which text or which value of the record. Nothing of it recurses.
//!
//! A record names a template and brings the values for its gaps; each chunk holds the definitions that its records use. A
//! definition is taken apart once for each chunk. Tables of strings and templates are never followed, so they cannot loop.

use super::values::ValueType;
use super::{index_at, u16_at};
use crate::fields::{FieldId, FieldNames};
use crate::text::append_utf16;

/// Elements inside each other. Logs have five, `UserData` of some providers ten.
const DEPTH_MAX: usize = 64;

/// Why binary XML cannot be read.
pub(crate) type Broken = &'static str;

/// Bytes of a chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) length: u32,
}

impl Span {
    pub(crate) fn new(start: usize, length: usize) -> Self {
        Self {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            length: u32::try_from(length).unwrap_or(u32::MAX),
        }
    }

    /// Returns the bytes; none where the span is not inside.
    pub(crate) fn of(self, chunk: &[u8]) -> &[u8] {
        let (Ok(start), Ok(length)) = (usize::try_from(self.start), usize::try_from(self.length))
        else {
            return &[];
        };
        chunk
            .get(start..)
            .and_then(|rest| rest.get(..length))
            .unwrap_or_default()
    }
}

/// Where a leaf has its name from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Name {
    /// An attribute of an element: both joined by an underscore.
    Attribute(Span, Span),
    /// The element.
    Element(Span),
    /// None: what a record holds outside any element.
    None,
    /// The text of the attribute `Name`.
    Stated(Span),
    /// The attribute `Name`, which a value of the record fills.
    StatedByValue(u16),
}

/// One attribute, or one element with no other inside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaf {
    pub(crate) name: Name,
    /// The field, where a rule asks for it.
    pub(crate) field: Option<FieldId>,
    first_part: u32,
    part_count: u32,
}

/// A piece of what a leaf holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    /// A character written as a reference.
    Char(char),
    /// A template with values of its own, at this byte of the chunk.
    Instance(u32),
    /// What the definition itself says.
    Literal(ValueType, Span),
    /// The record's value of this number.
    Value(u16),
}

/// Fragments taken apart, those of one chunk together.
#[derive(Debug, Default)]
pub(crate) struct Layouts {
    leaves: Vec<Leaf>,
    parts: Vec<Part>,
}

/// The leaves of one fragment among all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) first: usize,
    pub(crate) end: usize,
}

/// Definitions number the dependencies of elements; fragments outside definitions do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FragmentKind {
    Content,
    Definition,
}

impl Layouts {
    pub(crate) fn clear(&mut self) {
        self.leaves.clear();
        self.parts.clear();
    }

    /// Takes apart the fragment at `start` to `end` of a chunk.
    pub(crate) fn add(
        &mut self,
        chunk: &[u8],
        names: &FieldNames,
        (start, end): (usize, usize),
        kind: FragmentKind,
    ) -> Result<Layout, Broken> {
        let first = self.leaves.len();
        let mut fragment = Fragment {
            chunk: chunk.get(..end).ok_or("a fragment ends beyond its chunk")?,
            names,
            kind,
            at: start,
            open: vec![Element::default()],
            attribute: None,
            layouts: self,
        };
        fragment.read_all()?;
        Ok(Layout {
            first,
            end: self.leaves.len(),
        })
    }

    pub(crate) fn leaf(&self, index: usize) -> Option<Leaf> {
        self.leaves.get(index).copied()
    }

    pub(crate) fn part_count(leaf: Leaf) -> usize {
        usize::try_from(leaf.part_count).unwrap_or(0)
    }

    pub(crate) fn part(&self, leaf: Leaf, index: usize) -> Option<Part> {
        let first = usize::try_from(leaf.first_part).ok()?;
        self.parts.get(first.checked_add(index)?).copied()
    }
}

/// A template with its values, as far as it can be told without them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instance {
    /// Where the template is defined.
    pub(crate) definition_at: usize,
    /// Where the descriptions of the values begin, four bytes each.
    pub(crate) descriptors_at: usize,
    /// How many values there are.
    pub(crate) value_count: usize,
}

impl Instance {
    /// Reads the instance whose token is at `at`, all of which has to lie before `end`.
    pub(crate) fn read(chunk: &[u8], at: usize, end: usize) -> Result<Self, Broken> {
        const TOO_SHORT: Broken = "a template instance ends early";
        let chunk = chunk.get(..end).ok_or(TOO_SHORT)?;
        let definition_at = index_at(chunk, at + 6).ok_or(TOO_SHORT)?;
        let mut next = at + 10;
        if definition_at == next {
            let size = index_at(chunk, next + 20).ok_or(TOO_SHORT)?;
            next = next.saturating_add(24).saturating_add(size);
        }
        let value_count = index_at(chunk, next).ok_or(TOO_SHORT)?;
        let descriptors_at = next + 4;
        let room = chunk.len().saturating_sub(descriptors_at);
        if value_count > room / 4 {
            return Err("a template instance has more values than its record has room for");
        }
        Ok(Self {
            definition_at,
            descriptors_at,
            value_count,
        })
    }

    /// Returns where the values begin.
    pub(crate) fn values_at(&self) -> usize {
        self.descriptors_at + self.value_count * 4
    }

    /// Returns size and type of a value.
    pub(crate) fn descriptor(&self, chunk: &[u8], index: usize) -> Option<(usize, ValueType)> {
        let at = self.descriptors_at + index * 4;
        let size = u16_at(chunk, at)?;
        let kind = *chunk.get(at + 2)?;
        Some((usize::from(size), ValueType(kind)))
    }

    /// Returns where the instance ends.
    fn end(&self, chunk: &[u8]) -> Option<usize> {
        (0..self.value_count).try_fold(self.values_at(), |at, index| {
            Some(at + self.descriptor(chunk, index)?.0)
        })
    }
}

/// An element whose end has not been met.
#[derive(Debug, Default)]
struct Element {
    name: Span,
    stated_name: Option<Name>,
    parts: Vec<Part>,
    has_children: bool,
    has_attributes: bool,
}

/// A fragment being taken apart.
struct Fragment<'a> {
    /// The chunk up to the end of the fragment.
    chunk: &'a [u8],
    names: &'a FieldNames,
    kind: FragmentKind,
    at: usize,
    /// The first stands for the fragment itself.
    open: Vec<Element>,
    /// The attribute whose value is being read.
    attribute: Option<(Span, Vec<Part>)>,
    layouts: &'a mut Layouts,
}

impl Fragment<'_> {
    fn read_all(&mut self) -> Result<(), Broken> {
        while let Some(&token) = self.chunk.get(self.at) {
            let token_at = self.at;
            self.at += 1;
            match token {
                0x00 => break,
                0x01 | 0x41 => self.open_element(token == 0x41)?,
                0x02 => self.close_attribute(),
                0x03 | 0x04 => {
                    self.close_attribute();
                    self.close_element()?;
                }
                0x05 | 0x45 => self.literal()?,
                0x06 | 0x46 => {
                    self.close_attribute();
                    let name = self.name()?;
                    self.attribute = Some((name, Vec::new()));
                }
                0x07 | 0x47 => {
                    let text = self.counted_text()?;
                    self.push(Part::Literal(ValueType::TEXT, text));
                }
                0x08 | 0x48 => {
                    let unit = self.u16()?;
                    let c = char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER);
                    self.push(Part::Char(c));
                }
                0x09 | 0x49 => self.entity()?,
                0x0a => drop(self.name()?),
                0x0b => drop(self.counted_text()?),
                0x0c => self.instance(token_at)?,
                0x0d | 0x0e => {
                    let index = self.u16()?;
                    self.skip(1)?;
                    self.push(Part::Value(index));
                }
                0x0f => self.skip(3)?,
                _ => return Err("binary XML has a token that no documentation names"),
            }
        }
        // What is still open: the fragment itself, and elements of a fragment that was cut off.
        self.close_attribute();
        while !self.open.is_empty() {
            self.close_element()?;
        }
        Ok(())
    }

    fn open_element(&mut self, has_attributes: bool) -> Result<(), Broken> {
        if self.open.len() > DEPTH_MAX {
            return Err("binary XML has more than 64 elements inside each other");
        }
        self.close_attribute();
        let dependency_bytes = match self.kind {
            FragmentKind::Content => 0,
            FragmentKind::Definition => 2,
        };
        self.skip(dependency_bytes + 4)?;
        let name = self.name()?;
        if has_attributes {
            self.skip(4)?;
        }
        if let Some(parent) = self.open.last_mut() {
            parent.has_children = true;
        }
        self.open.push(Element {
            name,
            ..Element::default()
        });
        Ok(())
    }

    fn close_attribute(&mut self) {
        let Some((attribute, parts)) = self.attribute.take() else {
            return;
        };
        let Some(element) = self.open.last_mut() else {
            return;
        };
        if is_name(self.chunk, attribute, "xmlns") {
            return;
        }
        let names_data = is_name(self.chunk, attribute, "Name")
            && (is_name(self.chunk, element.name, "Data")
                || is_name(self.chunk, element.name, "ComplexData"));
        if names_data {
            element.stated_name = match parts.first() {
                Some(Part::Literal(_, text)) => Some(Name::Stated(*text)),
                Some(Part::Value(index)) => Some(Name::StatedByValue(*index)),
                _ => None,
            };
            return;
        }
        element.has_attributes = true;
        let name = Name::Attribute(element.name, attribute);
        self.add_leaf(name, &parts);
    }

    fn close_element(&mut self) -> Result<(), Broken> {
        let element = self
            .open
            .pop()
            .ok_or("binary XML ends an element that it did not begin")?;
        // Before the element leaves the stack it is the last on it; `is_in_system` counts on what is left.
        let is_fragment = self.open.is_empty();
        let says_nothing = element.parts.is_empty()
            && (is_fragment || element.has_children || element.has_attributes);
        if says_nothing {
            return Ok(());
        }
        let name = match element.stated_name {
            Some(name) => name,
            None if is_fragment => Name::None,
            None => Name::Element(element.name),
        };
        self.open.push(Element::default());
        self.add_leaf(name, &element.parts);
        self.open.pop();
        Ok(())
    }

    /// Adds a leaf of the last open element.
    fn add_leaf(&mut self, name: Name, parts: &[Part]) {
        let field = self
            .field(name)
            .filter(|field| !field.is_of_header_only() || self.is_in_system());
        let first_part = u32::try_from(self.layouts.parts.len()).unwrap_or(u32::MAX);
        self.layouts.parts.extend_from_slice(parts);
        self.layouts.leaves.push(Leaf {
            name,
            field,
            first_part,
            part_count: u32::try_from(parts.len()).unwrap_or(0),
        });
    }

    fn field(&self, name: Name) -> Option<FieldId> {
        let mut text = String::new();
        append_name(self.chunk, name, &mut text)?;
        self.names.find(&text)
    }

    /// Tells whether the last open element is directly inside `System` of `Event`.
    fn is_in_system(&self) -> bool {
        matches!(self.open.as_slice(), [_, event, system, _]
            if is_name(self.chunk, event.name, "Event") && is_name(self.chunk, system.name, "System"))
    }

    fn literal(&mut self) -> Result<(), Broken> {
        let kind = ValueType(*self.chunk.get(self.at).ok_or(ENDS_EARLY)?);
        self.at += 1;
        if kind == ValueType::TEXT {
            let text = self.counted_text()?;
            self.push(Part::Literal(kind, text));
            return Ok(());
        }
        let length = kind
            .fixed_bytes()
            .ok_or("binary XML has a value of a type that has no length")?;
        self.push(Part::Literal(kind, Span::new(self.at, length)));
        self.skip(length)
    }

    fn entity(&mut self) -> Result<(), Broken> {
        let name = self.name()?;
        for (entity, c) in [
            ("amp", '&'),
            ("apos", '\''),
            ("gt", '>'),
            ("lt", '<'),
            ("quot", '"'),
        ] {
            if is_name(self.chunk, name, entity) {
                self.push(Part::Char(c));
            }
        }
        Ok(())
    }

    fn instance(&mut self, at: usize) -> Result<(), Broken> {
        let instance = Instance::read(self.chunk, at, self.chunk.len())?;
        self.at = instance.end(self.chunk).ok_or(ENDS_EARLY)?;
        self.push(Part::Instance(u32::try_from(at).unwrap_or(u32::MAX)));
        Ok(())
    }

    fn push(&mut self, part: Part) {
        if let Some((_, parts)) = &mut self.attribute {
            parts.push(part);
        } else if let Some(element) = self.open.last_mut() {
            element.parts.push(part);
        }
    }

    /// Reads a reference to a name, and passes over the name where it stands right behind.
    fn name(&mut self) -> Result<Span, Broken> {
        let stated_at = index_at(self.chunk, self.at).ok_or(ENDS_EARLY)?;
        self.skip(4)?;
        let count_at = stated_at.checked_add(6).ok_or(ENDS_EARLY)?;
        let length = usize::from(u16_at(self.chunk, count_at).ok_or(ENDS_EARLY)?) * 2;
        if stated_at == self.at {
            self.skip(8 + length + 2)?;
        }
        Ok(Span::new(count_at + 2, length))
    }

    fn counted_text(&mut self) -> Result<Span, Broken> {
        let length = usize::from(self.u16()?) * 2;
        let text = Span::new(self.at, length);
        self.skip(length)?;
        Ok(text)
    }

    fn u16(&mut self) -> Result<u16, Broken> {
        let number = u16_at(self.chunk, self.at).ok_or(ENDS_EARLY)?;
        self.at += 2;
        Ok(number)
    }

    fn skip(&mut self, bytes: usize) -> Result<(), Broken> {
        self.at = self
            .at
            .checked_add(bytes)
            .filter(|&at| at <= self.chunk.len())
            .ok_or(ENDS_EARLY)?;
        Ok(())
    }
}

const ENDS_EARLY: Broken = "binary XML ends early";

/// Appends a leaf's name, where the definition states it.
pub(crate) fn append_name(chunk: &[u8], name: Name, out: &mut String) -> Option<()> {
    match name {
        Name::Attribute(element, attribute) => {
            append_utf16(element.of(chunk), out);
            out.push('_');
            append_utf16(attribute.of(chunk), out);
        }
        Name::Element(span) | Name::Stated(span) => append_utf16(span.of(chunk), out),
        Name::None | Name::StatedByValue(_) => return None,
    }
    Some(())
}

fn is_name(chunk: &[u8], span: Span, ascii: &str) -> bool {
    let (units, rest) = span.of(chunk).as_chunks::<2>();
    rest.is_empty()
        && units.len() == ascii.len()
        && units
            .iter()
            .zip(ascii.bytes())
            .all(|(unit, byte)| *unit == [byte, 0])
}
