//! Opens TNEF, the `winmail.dat` that Outlook sends: attachments, embedded messages, and the body.
//!
//! The formats are [MS-OXTNEF] 2.1 and, for the properties of an attachment, [MS-OXCDATA] 2.11.

use crate::documents::naming::{Naming, utf16_text};
use crate::member::WhyNot;
use crate::sink::{Facts, Problem, Sink};

use super::compressed_rtf;

/// What TNEF begins with.
pub(super) const SIGNATURE: &[u8] = b"\x78\x9f\x3e\x22";

// Attributes, without the type in their upper half.
const BODY: u16 = 0x800c;
const ATTACHMENT_TITLE: u16 = 0x8010;
const ATTACHMENT_DATA: u16 = 0x800f;
const ATTACHMENT_START: u16 = 0x9002;
const MESSAGE_PROPERTIES: u16 = 0x9003;
const ATTACHMENT_PROPERTIES: u16 = 0x9005;

// Properties.
const P_BODY: u16 = 0x1000;
const P_RTF: u16 = 0x1009;
const P_HTML: u16 = 0x1013;
const P_DATA: u16 = 0x3701;
const P_SHORT_NAME: u16 = 0x3704;
const P_LONG_NAME: u16 = 0x3707;
const P_DISPLAY_NAME: u16 = 0x3001;

/// Properties of one block that are read, at most.
const PROPERTY_COUNT_MAX: u32 = 100_000;

/// Gives the attachments and the body to the sink.
pub(super) fn open(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut rest = bytes
        .strip_prefix(SIGNATURE)
        .and_then(|rest| rest.get(2..))
        .ok_or_else(|| Problem::damaged("the signature is cut off"))?;
    let mut naming = Naming::default();
    let mut attachment = Attachment::default();
    while let Some((level, after)) = rest.split_first() {
        sink.go_on()?;
        if !matches!(level, 1 | 2) {
            break;
        }
        let Some((attribute, after)) = after.split_first_chunk() else {
            break;
        };
        let Some((length, after)) = after.split_first_chunk() else {
            break;
        };
        let attribute = u16::try_from(u32::from_le_bytes(*attribute) & 0xffff).unwrap_or(0);
        let length = u32::from_le_bytes(*length) as usize;
        let data = after.get(..length).unwrap_or(after);
        let is_whole = length <= after.len();
        match attribute {
            ATTACHMENT_START => std::mem::take(&mut attachment).give(&mut naming, sink)?,
            ATTACHMENT_TITLE => attachment.title = data,
            ATTACHMENT_DATA => {
                attachment.data = Some(data);
                attachment.is_cut = !is_whole;
            }
            ATTACHMENT_PROPERTIES => attachment.add_properties(data),
            BODY => give_text(data, &mut naming, sink)?,
            MESSAGE_PROPERTIES => give_body(data, &mut naming, sink)?,
            _ => {}
        }
        // After the data stands a sum of two bytes, which many programs get wrong.
        rest = after
            .get(length.saturating_add(2).min(after.len())..)
            .unwrap_or_default();
    }
    attachment.give(&mut naming, sink)
}

/// An attachment while its attributes come in.
#[derive(Default)]
struct Attachment<'a> {
    title: &'a [u8],
    data: Option<&'a [u8]>,
    is_cut: bool,
    long_name: Option<Vec<u8>>,
    short_name: Option<Vec<u8>>,
    /// The data that the properties hold: a message, a compound file, or the same as `data`.
    object: Option<&'a [u8]>,
}

impl<'a> Attachment<'a> {
    fn add_properties(&mut self, block: &'a [u8]) {
        for property in Properties::new(block) {
            match property.id {
                P_LONG_NAME => self.long_name = Some(property.text()),
                P_SHORT_NAME | P_DISPLAY_NAME => {
                    self.short_name.get_or_insert_with(|| property.text());
                }
                P_DATA => self.object = Some(property.value),
                _ => {}
            }
        }
    }

    fn give(self, naming: &mut Naming, sink: &mut Sink<'_>) -> Result<(), Problem> {
        let named = [
            self.long_name.as_deref(),
            Some(self.title),
            self.short_name.as_deref(),
        ];
        let stated = named
            .into_iter()
            .flatten()
            .find(|name| !name.trim_ascii().is_empty())
            .unwrap_or_default();
        if let Some(object) = self.object.and_then(|object| object.get(16..)) {
            // The class of the object stands before it: a message in TNEF, or a storage.
            if object.starts_with(SIGNATURE) {
                let name = naming.name(stated, "message", "tnef");
                return sink.member_bytes(name, Facts::default(), object);
            }
            if self.data.is_none_or(<[u8]>::is_empty) {
                let name = naming.name(stated, "object", "");
                return sink.member_bytes(name, Facts::default(), object);
            }
        }
        let Some(data) = self.data else {
            return Ok(());
        };
        let name = naming.name(stated, "attachment", "");
        sink.member_bytes(name.clone(), Facts::default(), data)?;
        if self.is_cut {
            sink.not_opened(name, WhyNot::Damaged, "the attachment is cut off")?;
        }
        Ok(())
    }
}

/// Gives the body in whatever forms the message's properties have it.
fn give_body(block: &[u8], naming: &mut Naming, sink: &mut Sink<'_>) -> Result<(), Problem> {
    for property in Properties::new(block) {
        match property.id {
            P_BODY => give_text(&property.text(), naming, sink)?,
            P_HTML => {
                sink.member_bytes(
                    naming.next("text", "html"),
                    Facts::default(),
                    property.value,
                )?;
            }
            P_RTF => compressed_rtf::give(property.value, naming.next("text", "rtf"), sink)?,
            _ => {}
        }
    }
    Ok(())
}

fn give_text(text: &[u8], naming: &mut Naming, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let text = text.strip_suffix(b"\0").unwrap_or(text);
    if text.is_empty() {
        return Ok(());
    }
    sink.member_bytes(naming.next("text", "txt"), Facts::default(), text)
}

/// A property with its value, of several values the last.
struct Property<'a> {
    id: u16,
    is_unicode: bool,
    value: &'a [u8],
}

impl Property<'_> {
    fn text(&self) -> Vec<u8> {
        if self.is_unicode {
            utf16_text(self.value).into_bytes()
        } else {
            let text = self.value.split(|byte| *byte == 0).next();
            text.unwrap_or_default().to_vec()
        }
    }
}

/// The properties of a block, as far as it makes sense.
struct Properties<'a> {
    rest: &'a [u8],
    left: u32,
}

impl<'a> Properties<'a> {
    fn new(block: &'a [u8]) -> Self {
        let mut properties = Self {
            rest: block,
            left: 0,
        };
        let count = properties.u32().unwrap_or(0);
        properties.left = count.min(PROPERTY_COUNT_MAX);
        properties
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    /// Takes a value whose length stands before it; it fills whole groups of four bytes. The last can be cut off.
    fn sized(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()? as usize;
        let value = self.rest.get(..length).unwrap_or(self.rest);
        let filled = length.checked_next_multiple_of(4)?.min(self.rest.len());
        self.take(filled)?;
        Some(value)
    }

    fn property(&mut self) -> Option<Property<'a>> {
        const UNICODE: u32 = 0x001f;
        const SEVERAL: u32 = 0x1000;
        let tag = self.u32()?;
        let (id, kind) = (u16::try_from(tag >> 16).ok()?, tag & 0xffff);
        if id >= 0x8000 {
            // A named property: the set it belongs to, then a number or a name.
            self.take(16)?;
            if self.u32()? == 0 {
                self.u32()?;
            } else {
                self.sized()?;
            }
        }
        let size = match kind & !SEVERAL {
            0x0002 | 0x0003 | 0x0004 | 0x000a | 0x000b => Some(4),
            0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => Some(8),
            0x0048 => Some(16),
            0x000d | 0x001e | UNICODE | 0x0102 => None,
            _ => return None,
        };
        let is_counted = size.is_none() || kind & SEVERAL != 0;
        let count = if is_counted { self.u32()? } else { 1 };
        let mut value: &[u8] = &[];
        for _ in 0..count {
            value = match size {
                Some(size) => self.take(size)?,
                None => self.sized()?,
            };
        }
        Some(Property {
            id,
            is_unicode: kind & !SEVERAL == UNICODE,
            value,
        })
    }
}

impl<'a> Iterator for Properties<'a> {
    type Item = Property<'a>;

    fn next(&mut self) -> Option<Property<'a>> {
        self.left = self.left.checked_sub(1)?;
        self.property()
    }
}
