//! Opens Outlook messages, compound files whose streams are properties, and the messages inside them.
//!
//! The format is [MS-OXMSG] 2.2.

use crate::documents::compound::{Compound, EntryKind};
use crate::documents::naming::{Naming, last_part, utf16_text};
use crate::member::{MemberName, WhyNot};
use crate::sink::{Facts, Problem, Sink};

use super::compressed_rtf;

/// What every message and every attachment has.
const PROPERTIES: &str = "__properties_version1.0";
const ATTACHMENT: &str = "__attach_version1.0_#";
/// Messages inside messages, at most.
const DEPTH_MAX: usize = 16;
/// Bytes of a name or subject that are read.
const TEXT_BYTES_MAX: usize = 4096;

/// Gives the attachments and the bodies, also of the messages inside, to the sink.
pub(super) fn open(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Problem> {
    let compound = Compound::open(bytes).map_err(Problem::damaged)?;
    let mut waiting = vec![Message {
        storage: compound.root(),
        prefix: Vec::new(),
        depth: 0,
    }];
    let mut naming = Naming::default();
    while let Some(message) = waiting.pop() {
        sink.go_on()?;
        give_bodies(&compound, &message, sink)?;
        for (index, entry) in compound.children(message.storage) {
            let is_attachment = entry
                .name
                .get(..ATTACHMENT.len())
                .is_some_and(|name| name.eq_ignore_ascii_case(ATTACHMENT));
            if is_attachment && entry.kind == EntryKind::Storage {
                waiting.extend(give_attachment(
                    &compound,
                    &message,
                    index,
                    &mut naming,
                    sink,
                )?);
            }
        }
    }
    Ok(())
}

/// A message, and what stands before the names of its members.
struct Message {
    storage: usize,
    prefix: Vec<u8>,
    depth: usize,
}

impl Message {
    fn member(&self, name: &MemberName) -> MemberName {
        MemberName::from_bytes(&[&self.prefix, name.as_bytes()].concat())
    }
}

/// Gives one attachment; returns the message that it is, if it is one.
fn give_attachment(
    compound: &Compound<'_>,
    message: &Message,
    storage: usize,
    naming: &mut Naming,
    sink: &mut Sink<'_>,
) -> Result<Option<Message>, Problem> {
    sink.go_on()?;
    let stated = ["3707", "3704", "3001"]
        .into_iter()
        .find_map(|id| text_property(compound, storage, id))
        .unwrap_or_default();
    if let Some(data) = compound.find(storage, "__substg1.0_37010102") {
        let name = message.member(&naming.name(stated.as_bytes(), "attachment", ""));
        let facts = Facts {
            declared_size: compound.entries().get(data).map(|entry| entry.size),
            ..Facts::default()
        };
        sink.member(name, facts, &mut compound.stream(data))?;
    }
    let Some(object) = compound.find(storage, "__substg1.0_3701000D") else {
        return Ok(None);
    };
    if compound.find(object, PROPERTIES).is_none() {
        give_object(compound, message, object, naming, sink)?;
        return Ok(None);
    }
    let subject = text_property(compound, object, "0037").unwrap_or_default();
    let named = if subject.trim().is_empty() {
        &stated
    } else {
        &subject
    };
    let name = naming.name(last_part(named.as_bytes()), "message", "msg");
    if message.depth == DEPTH_MAX {
        sink.not_opened(
            message.member(&name),
            WhyNot::Depth,
            "messages inside messages",
        )?;
        return Ok(None);
    }
    Ok(Some(Message {
        storage: object,
        prefix: [&message.prefix, name.as_bytes(), b"/"].concat(),
        depth: message.depth + 1,
    }))
}

/// Gives the streams of an attached OLE object that carry files.
fn give_object(
    compound: &Compound<'_>,
    message: &Message,
    storage: usize,
    naming: &mut Naming,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    for (index, entry) in compound.children(storage) {
        if entry.kind != EntryKind::Stream {
            continue;
        }
        let visible = entry.name.trim_start_matches(|c: char| c.is_control());
        let name = message.member(&naming.name(visible.as_bytes(), "object", ""));
        sink.member(name, Facts::default(), &mut compound.stream(index))?;
    }
    Ok(())
}

/// Gives the body in each form that the message has it in.
fn give_bodies(
    compound: &Compound<'_>,
    message: &Message,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    let limit = usize::try_from(sink.member_bytes_left()).unwrap_or(usize::MAX);
    let read = |name: &str| {
        let index = compound.find(message.storage, name)?;
        Some(compound.read(index, limit)).filter(|content| !content.is_empty())
    };
    if let Some(text) = read("__substg1.0_1000001F") {
        sink.charge(text.len() as u64)?;
        let text = utf16_text(&text);
        sink.member_bytes(
            message.member(&"text.txt".into()),
            Facts::default(),
            text.as_bytes(),
        )?;
    } else if let Some(text) = read("__substg1.0_1000001E") {
        sink.member_bytes(message.member(&"text.txt".into()), Facts::default(), &text)?;
    }
    if let Some(html) = read("__substg1.0_10130102") {
        sink.member_bytes(message.member(&"text.html".into()), Facts::default(), &html)?;
    }
    if let Some(rtf) = read("__substg1.0_10090102") {
        compressed_rtf::give(&rtf, message.member(&"text.rtf".into()), sink)?;
    }
    Ok(())
}

/// Reads a text property, in Unicode or not.
fn text_property(compound: &Compound<'_>, storage: usize, id: &str) -> Option<String> {
    let read = |kind: &str| {
        let index = compound.find(storage, &format!("__substg1.0_{id}{kind}"))?;
        Some(compound.read(index, TEXT_BYTES_MAX))
    };
    let text = match read("001F") {
        Some(text) => utf16_text(&text),
        None => String::from_utf8_lossy(&read("001E")?).into_owned(),
    };
    Some(text).filter(|text| !text.trim().is_empty())
}
