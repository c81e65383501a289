//! Opens internet mail: every part of a message that is no multipart is a member, decoded to its exact bytes.
//!
//! The format is RFC 2045 to 2047 and RFC 2231. One pass over the lines with a stack of boundaries; nothing recurses, and
//! a message inside a message is a member that is opened like any other. Decision 14 says why no crate is used.

use std::io::Read;

use crate::documents::naming::{Naming, last_part};
use crate::kind::Kind;
use crate::member::{MemberName, WhyNot};
use crate::sink::{Facts, Problem, Sink};

use super::boundaries::{find_delimiter, guess_boundary};
use super::headers::{Headers, Value, without_line_end};
use super::transfer::{Base64, Encoding, QuotedPrintable};
use super::{signed, uuencoded};

/// Multiparts inside multiparts, at most. Real mail has four.
const DEPTH_MAX: usize = 256;
/// Bytes of a decoded part that tell whether it is encrypted.
const SNIFFED_BYTES: usize = 64;
/// Ways to decode one part that are tried when it names several.
const ENCODING_COUNT_MAX: usize = 3;

/// Gives every part of a message to the sink.
pub(super) fn open(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Problem> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut naming = Naming::default();
    let mut message = Message {
        bytes,
        boundaries: Vec::new(),
        default_types: Vec::new(),
        naming: &mut naming,
    };
    let start = bytes.len() - bytes.trim_ascii_start().len();
    message.give_parts(start, sink)
}

struct Message<'m> {
    bytes: &'m [u8],
    /// The boundaries of the multiparts that the place lies in, the outermost first.
    boundaries: Vec<Vec<u8>>,
    /// For each of them the type of parts that name none.
    default_types: Vec<&'static str>,
    naming: &'m mut Naming,
}

impl Message<'_> {
    /// Reads the entity at `start`, and then each part up to the end.
    fn give_parts(&mut self, start: usize, sink: &mut Sink<'_>) -> Result<(), Problem> {
        let mut next = Some(start);
        while let Some(start) = next {
            sink.go_on()?;
            next = self.give_entity(start, sink)?;
        }
        Ok(())
    }

    /// Reads one entity; returns where the next one begins.
    fn give_entity(&mut self, start: usize, sink: &mut Sink<'_>) -> Result<Option<usize>, Problem> {
        let rest = self.bytes.get(start..).unwrap_or_default();
        let (headers, body) = Headers::parse(rest);
        let default_type = self.default_types.last().copied().unwrap_or_default();
        let mut entity = Entity::new(&headers, default_type);
        let body = start + body;
        let is_room_left = self.boundaries.len() < DEPTH_MAX;
        if let Some(boundary) = entity.boundary.take().filter(|_| is_room_left) {
            let level = self.boundaries.len();
            self.enter(boundary, &entity);
            let found = find_delimiter(self.bytes, body, &self.boundaries);
            match found.filter(|delimiter| delimiter.level == level) {
                Some(delimiter) if !delimiter.is_close => return Ok(self.next_part(body)),
                // Closed before it was opened: what stands before is all that there is.
                Some(_) => {}
                None => self.leave_to(level),
            }
        }
        let delimiter = find_delimiter(self.bytes, body, &self.boundaries);
        let end = delimiter.map_or(self.bytes.len(), |delimiter| delimiter.start);
        let content = self.bytes.get(body..end).unwrap_or_default();
        if entity.is_multipart
            && is_room_left
            && let Some(boundary) = guess_boundary(content)
        {
            self.enter(boundary, &entity);
            return Ok(self.next_part(body));
        }
        let content = match delimiter {
            Some(_) => without_line_end(content),
            None => content,
        };
        entity.give(content, self.naming, sink)?;
        if entity.is_multipart && !is_room_left {
            sink.list(WhyNot::Depth, "multiparts inside multiparts")?;
        }
        Ok(self.next_part(end))
    }

    /// Finds the next part at or after `from`, leaving the multiparts that end before it. What follows a closing line is
    /// read on: some mail programs show parts there.
    fn next_part(&mut self, from: usize) -> Option<usize> {
        let mut from = from;
        loop {
            let delimiter = find_delimiter(self.bytes, from, &self.boundaries)?;
            self.leave_to(delimiter.level + 1);
            from = delimiter.end;
            if !delimiter.is_close {
                return Some(from);
            }
        }
    }

    fn enter(&mut self, boundary: Vec<u8>, entity: &Entity) {
        let is_digest = entity.main == "multipart/digest";
        self.boundaries.push(boundary);
        self.default_types
            .push(if is_digest { "message/rfc822" } else { "" });
    }

    fn leave_to(&mut self, level: usize) {
        self.boundaries.truncate(level);
        self.default_types.truncate(level);
    }
}

/// What the header of a message or of a part says.
struct Entity {
    /// The type, such as `text/plain`.
    main: String,
    is_multipart: bool,
    boundary: Option<Vec<u8>>,
    is_attachment: bool,
    is_enveloped: bool,
    /// The file's name, without folders.
    name: Vec<u8>,
    encodings: Vec<Encoding>,
}

impl Entity {
    fn new(headers: &Headers, default_type: &str) -> Self {
        let types: Vec<Value> = headers.all("content-type").map(Value::parse).collect();
        // Of several types, the one that has parts counts: a program that shows an attachment has read that one.
        let multipart = types.iter().find(|value| {
            value.main.starts_with("multipart/") && value.parameter("boundary").is_some()
        });
        let chosen = multipart.or(types.first());
        let main = chosen.map_or_else(|| default_type.to_owned(), |value| value.main.clone());
        let disposition = headers.first("content-disposition");
        let stated = disposition
            .as_ref()
            .and_then(|value| value.parameter("filename"))
            .or_else(|| types.iter().find_map(|value| value.parameter("name")));
        let location = || {
            let value = headers.all("content-location").next()?;
            let path = value.split(|byte| matches!(byte, b'?' | b'#')).next()?;
            Some(path.trim_ascii().to_vec())
        };
        let name = stated.or_else(location).unwrap_or_default();
        let mut encodings: Vec<Encoding> = headers
            .all("content-transfer-encoding")
            .map(Encoding::parse)
            .collect();
        encodings.dedup();
        encodings.truncate(ENCODING_COUNT_MAX);
        if encodings.is_empty() {
            encodings.push(Encoding::Identity);
        }
        let smime_type = chosen.and_then(|value| value.parameter("smime-type"));
        Self {
            is_multipart: main.starts_with("multipart/"),
            boundary: chosen
                .and_then(|value| value.parameter("boundary"))
                .map(|boundary| boundary.trim_ascii_end().to_vec())
                .filter(|boundary| !boundary.is_empty() && main.starts_with("multipart/")),
            is_attachment: disposition.is_some_and(|value| value.main == "attachment"),
            is_enveloped: smime_type
                .is_some_and(|kind| kind.to_ascii_lowercase().ends_with(b"enveloped-data")),
            name: last_part(&name).to_vec(),
            main,
            encodings,
        }
    }

    /// Gives the part, once for each way to decode it that it names.
    fn give(&self, body: &[u8], naming: &mut Naming, sink: &mut Sink<'_>) -> Result<(), Problem> {
        for encoding in &self.encodings {
            self.give_decoded(*encoding, body, naming, sink)?;
        }
        Ok(())
    }

    fn give_decoded(
        &self,
        encoding: Encoding,
        body: &[u8],
        naming: &mut Naming,
        sink: &mut Sink<'_>,
    ) -> Result<(), Problem> {
        if encoding == Encoding::Uuencode && give_uuencoded(body, &self.name, naming, sink)? {
            return Ok(());
        }
        if body.trim_ascii().is_empty() && self.name.is_empty() {
            return Ok(());
        }
        let name = self.member_name(naming);
        match encoding {
            Encoding::Base64 => {
                let mut decoder = Base64::new(body);
                sink.member(name.clone(), Facts::default(), &mut decoder)?;
                if begins_with_base64(decoder.rest()) {
                    let mut whole = Base64::through_padding(body);
                    sink.member(name.clone(), Facts::default(), &mut whole)?;
                }
            }
            Encoding::QuotedPrintable => {
                let mut decoder = QuotedPrintable::new(body);
                sink.member(name.clone(), Facts::default(), &mut decoder)?;
            }
            Encoding::Identity | Encoding::Uuencode => {
                sink.member_bytes(name.clone(), Facts::default(), body)?;
            }
        }
        self.look_inside(encoding, body, &name, naming, sink)
    }

    /// Does what a part's type asks for beside giving it: opens a message that does not look like one, finds files in
    /// text, says what is encrypted.
    fn look_inside(
        &self,
        encoding: Encoding,
        body: &[u8],
        name: &MemberName,
        naming: &mut Naming,
        sink: &mut Sink<'_>,
    ) -> Result<(), Problem> {
        if matches!(self.main.as_str(), "message/rfc822" | "message/global") {
            let is_opened = super::recognise(name.as_bytes(), body).is_some();
            if encoding == Encoding::Identity && !is_opened {
                sink.open_as(Kind::Eml, body)?;
            }
            return Ok(());
        }
        let head = sniff(encoding, body);
        if self.is_enveloped || is_encrypted(&head) {
            return sink.not_opened(name.clone(), WhyNot::Encrypted, "");
        }
        if signed::is_signed(&head) {
            let bytes = decode_charged(encoding, body, sink)?;
            if let Some(content) = signed::find_content(&bytes) {
                sink.member_bytes(naming.next("signed", "eml"), Facts::default(), &content)?;
            }
        } else if self.is_text() && encoding == Encoding::Identity {
            give_uuencoded(body, b"", naming, sink)?;
        } else if self.is_text() {
            let text = decode_charged(encoding, body, sink)?;
            give_uuencoded(&text, b"", naming, sink)?;
        }
        Ok(())
    }

    fn is_text(&self) -> bool {
        self.main.is_empty() || self.main.starts_with("text/") || self.is_multipart
    }

    fn member_name(&self, naming: &mut Naming) -> MemberName {
        let (stem, extension) = match self.main.as_str() {
            "" | "text/plain" if !self.is_attachment => ("text", "txt"),
            "text/html" => ("text", "html"),
            "text/rtf" | "application/rtf" => ("text", "rtf"),
            "text/calendar" => ("text", "ics"),
            "text/x-amp-html" => ("text", "amp.html"),
            "message/rfc822" | "message/global" => ("message", "eml"),
            "message/delivery-status" => ("delivery-status", "txt"),
            "text/rfc822-headers" => ("headers", "txt"),
            "application/ms-tnef" => ("winmail", "dat"),
            "application/pdf" => ("attachment", "pdf"),
            "application/zip" => ("attachment", "zip"),
            "image/gif" => ("image", "gif"),
            "image/jpeg" => ("image", "jpg"),
            "image/png" => ("image", "png"),
            main if main.starts_with("text/") && !self.is_attachment => ("text", ""),
            _ => ("attachment", ""),
        };
        naming.name(&self.name, stem, extension)
    }
}

/// Decodes the first bytes of a part.
fn sniff(encoding: Encoding, body: &[u8]) -> Vec<u8> {
    let mut head = Vec::new();
    // Readers over a slice do not fail.
    let _ = reader(encoding, body)
        .take(SNIFFED_BYTES as u64)
        .read_to_end(&mut head);
    head
}

/// Tells whether a part is a PGP message, or S/MIME that is more than signed.
fn is_encrypted(head: &[u8]) -> bool {
    /// The object identifier of enveloped data, 1.2.840.113549.1.7.3; RFC 5652.
    const ENVELOPED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03";
    let text = head.trim_ascii_start();
    text.starts_with(b"-----BEGIN PGP MESSAGE-----")
        || head.first() == Some(&0x30) && memchr::memmem::find(head, ENVELOPED_DATA).is_some()
}

fn reader(encoding: Encoding, body: &[u8]) -> Box<dyn Read + '_> {
    match encoding {
        Encoding::Base64 => Box::new(Base64::new(body)),
        Encoding::QuotedPrintable => Box::new(QuotedPrintable::new(body)),
        Encoding::Identity | Encoding::Uuencode => Box::new(body),
    }
}

/// Decodes a text again to look into it; it has been a member, so it is no longer than one may be.
fn decode_charged(
    encoding: Encoding,
    body: &[u8],
    sink: &mut Sink<'_>,
) -> Result<Vec<u8>, Problem> {
    let mut text = Vec::new();
    reader(encoding, body)
        .take(sink.member_bytes_left())
        .read_to_end(&mut text)?;
    sink.charge(text.len() as u64)?;
    Ok(text)
}

/// Gives the files that stand in a text; `false` when there is none. `stated` names them where they do not.
fn give_uuencoded(
    text: &[u8],
    stated: &[u8],
    naming: &mut Naming,
    sink: &mut Sink<'_>,
) -> Result<bool, Problem> {
    let mut at = 0;
    let mut is_found = false;
    while let Some((file, next)) = uuencoded::find_next(text, at) {
        sink.go_on()?;
        at = next;
        is_found = true;
        let own = last_part(&file.name);
        let name = naming.name(if own.is_empty() { stated } else { own }, "attachment", "");
        sink.member_bytes(name.clone(), Facts::default(), &file.content)?;
        if !file.is_whole {
            sink.not_opened(name, WhyNot::Damaged, "the file has no closing line")?;
        }
    }
    Ok(is_found)
}

/// Tells whether more of the encoding follows its padding, and not just what a mailing list added.
fn begins_with_base64(rest: &[u8]) -> bool {
    let mut letters = rest
        .iter()
        .filter(|byte| !matches!(byte, b'\r' | b'\n' | b'='))
        .take(16)
        .peekable();
    letters.peek().is_some()
        && letters.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}
