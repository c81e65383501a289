//! Opens PDF documents: attached files, wherever they hang, and scripts.
//!
//! The format is ISO 32000-1. Decision 14 says why no crate is used.

mod carried;
mod filters;
mod lexing;
mod objects;

use std::io::Read;

use memchr::memmem;

use crate::member::WhyNot;
use crate::sink::{Facts, Problem, Sink};

use self::carried::Carried;
use self::filters::{FILTER_COUNT_MAX, Filter, Meter, Predictor, decoder};
use self::lexing::{Cursor, Dictionary, Token, parse_name, parse_number};
use self::objects::{Object, Objects};
use super::naming::Naming;

/// Bytes in front of the mark, at most, as readers accept it.
const JUNK_BYTES_MAX: usize = 1024;
/// Bytes of all object streams of a document together, at most: they are held while the document is open.
const PACKED_BYTES_MAX: u64 = 64 << 20;

/// Tells whether the bytes begin with a PDF, or with some junk and a PDF.
pub(super) fn is_pdf(head: &[u8]) -> bool {
    let window = head.get(..JUNK_BYTES_MAX + 5).unwrap_or(head);
    memmem::find(window, b"%PDF-").is_some()
}

/// Gives the attached files and the scripts to the sink.
pub(super) fn open(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Problem> {
    let meter = Meter::default();
    let mut objects = Objects::find(bytes);
    sink.go_on()?;
    let is_encrypted = objects.is_encrypted();
    let packed = decode_object_streams(&objects, &meter, sink)?;
    for stream in &packed {
        objects.add_packed(&stream.content, stream.count, stream.first);
    }
    let carried = Carried::find(&objects, bytes.len(), sink)?;
    let mut giving = Giving {
        objects: &objects,
        is_encrypted,
        meter,
        naming: Naming::default(),
    };
    giving.give_files(&carried, sink)?;
    giving.give_scripts(&carried, sink)?;
    if is_encrypted {
        return Err(Problem::Encrypted);
    }
    if objects.is_cut || carried.is_cut() {
        return Err(Problem::unsupported(
            "the document has more objects than are looked at",
        ));
    }
    Ok(())
}

/// A decoded object stream.
struct Packed {
    content: Vec<u8>,
    count: u64,
    first: usize,
}

/// Decodes the streams that hold objects. One that is damaged gives what stands before the damage.
fn decode_object_streams(
    objects: &Objects<'_>,
    meter: &Meter,
    sink: &mut Sink<'_>,
) -> Result<Vec<Packed>, Problem> {
    let mut packed = Vec::new();
    let mut left = PACKED_BYTES_MAX;
    for object in objects.all() {
        sink.go_on()?;
        let Some(dictionary) = Dictionary::parse(object.value) else {
            continue;
        };
        let Some((raw, _)) = objects.stream(object, &dictionary) else {
            continue;
        };
        if !objects.entry_is(&dictionary, b"Type", b"ObjStm") {
            continue;
        }
        let number = |name: &[u8]| objects.entry(&dictionary, name).and_then(parse_number);
        let (Some(count), Some(first)) = (number(b"N"), number(b"First")) else {
            continue;
        };
        let Ok(filters) = parse_filters(objects, &dictionary) else {
            continue;
        };
        let limit = left.min(sink.member_bytes_left());
        let mut content = Vec::new();
        let _ = decoder(raw, &filters, limit, meter)
            .take(limit)
            .read_to_end(&mut content);
        sink.charge(meter.take().saturating_add(content.len() as u64))?;
        left = left.saturating_sub(content.len() as u64);
        if left == 0 {
            sink.not_opened(
                "object streams".into(),
                WhyNot::MemberTooLarge,
                "the object streams hold more than is looked at",
            )?;
            break;
        }
        packed.push(Packed {
            content,
            count,
            first: usize::try_from(first).unwrap_or(usize::MAX),
        });
    }
    Ok(packed)
}

/// What giving members needs.
struct Giving<'o, 'a> {
    objects: &'o Objects<'a>,
    is_encrypted: bool,
    meter: Meter,
    naming: Naming,
}

impl<'a> Giving<'_, 'a> {
    /// Gives every stream that is called a file, by its own type or by whoever points to it. Older versions too.
    fn give_files(&mut self, carried: &Carried<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
        for object in self.objects.all() {
            sink.go_on()?;
            let stated = carried.file_name(object.number);
            let has_mark = |mark| memmem::find(object.value, mark).is_some();
            if stated.is_none() && !has_mark(b"EmbeddedFile") && !has_mark(b"#") {
                continue;
            }
            let Some(dictionary) = Dictionary::parse(object.value) else {
                continue;
            };
            if stated.is_some() || self.objects.entry_is(&dictionary, b"Type", b"EmbeddedFile") {
                let stated = stated.unwrap_or_default();
                self.give(object, &dictionary, &Stem::File(&stated), sink)?;
            }
        }
        Ok(())
    }

    fn give_scripts(&mut self, carried: &Carried<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
        for script in carried.scripts() {
            let name = self.naming.next("javascript", "js");
            if self.is_encrypted {
                sink.not_opened(name, WhyNot::Encrypted, "")?;
            } else {
                sink.member_bytes(name, Facts::default(), &script)?;
            }
        }
        for object in self.objects.all() {
            if carried.is_script(object.number)
                && let Some(dictionary) = Dictionary::parse(object.value)
            {
                self.give(object, &dictionary, &Stem::Script, sink)?;
            }
        }
        Ok(())
    }

    /// Gives a stream to the sink, or says why not.
    fn give(
        &mut self,
        object: &Object<'a>,
        dictionary: &Dictionary<'a>,
        stem: &Stem<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Problem> {
        let Some((raw, has_end)) = self.objects.stream(object, dictionary) else {
            return Ok(());
        };
        let name = match stem {
            // Where the document is encrypted its names are too, and then make no text.
            Stem::File(stated) if self.is_encrypted && !is_text(stated) => {
                self.naming.next("embedded", "")
            }
            Stem::File(stated) => self.naming.name(stated, "embedded", ""),
            Stem::Script => self.naming.next("javascript", "js"),
        };
        let filters = match parse_filters(self.objects, dictionary) {
            Ok(filters) => filters,
            Err(why) => return sink.not_opened(name, WhyNot::Unsupported, why),
        };
        if self.is_encrypted && !is_readable_all_the_same(raw, &filters) {
            return sink.not_opened(name, WhyNot::Encrypted, "");
        }
        let parameters = self.objects.entry(dictionary, b"Params");
        let facts = Facts {
            declared_size: parameters
                .and_then(Dictionary::parse)
                .and_then(|params| parse_number(self.objects.entry(&params, b"Size")?)),
            ..Facts::default()
        };
        let limit = sink.member_bytes_left();
        let mut content = decoder(raw, &filters, limit, &self.meter);
        sink.member(name.clone(), facts, &mut content)?;
        sink.charge(self.meter.take())?;
        if !has_end {
            sink.not_opened(name, WhyNot::Damaged, "the stream has no end")?;
        }
        Ok(())
    }
}

/// What a stream is named after.
enum Stem<'a> {
    File(&'a [u8]),
    Script,
}

/// Tells whether a stream of an encrypted document is not encrypted: some are left out of it, and some documents only
/// say so, to be left alone.
fn is_readable_all_the_same(raw: &[u8], filters: &[Filter]) -> bool {
    let mut first = [0; 64];
    !filters.is_empty()
        && matches!(
            decoder(raw, filters, 1 << 20, &Meter::default()).read(&mut first),
            Ok(1..)
        )
}

/// Tells whether a name can be read.
fn is_text(name: &[u8]) -> bool {
    std::str::from_utf8(name).is_ok_and(|name| !name.contains(char::is_control))
}

/// Reads which filters a stream has; an error says which one is not known.
fn parse_filters(
    objects: &Objects<'_>,
    dictionary: &Dictionary<'_>,
) -> Result<Vec<Filter>, String> {
    let either = |long: &[u8], short: &[u8]| {
        let value = dictionary.get(long).or_else(|| dictionary.get(short))?;
        Some(values(objects_resolve(objects, value)))
    };
    let names = either(b"Filter", b"F").unwrap_or_default();
    let parameters = either(b"DecodeParms", b"DP").unwrap_or_default();
    if names.len() > FILTER_COUNT_MAX {
        return Err("the stream has too many filters".to_owned());
    }
    let mut filters = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let Some(name) = parse_name(objects_resolve(objects, name)) else {
            continue;
        };
        let own = parameters
            .get(index)
            .and_then(|value| Dictionary::parse(objects_resolve(objects, value)));
        let unknown = || format!("the filter {} is not known", String::from_utf8_lossy(&name));
        let predictor = || parse_predictor(own.as_ref()).ok_or_else(unknown);
        filters.push(match name.as_ref() {
            b"FlateDecode" | b"Fl" => Filter::Flate(predictor()?),
            b"LZWDecode" | b"LZW" => {
                let change = own.as_ref().and_then(|own| own.get(b"EarlyChange"));
                let is_early = change.and_then(parse_number) != Some(0);
                Filter::Lzw(is_early, predictor()?)
            }
            b"ASCIIHexDecode" | b"AHx" => Filter::AsciiHex,
            b"ASCII85Decode" | b"A85" => Filter::Ascii85,
            b"RunLengthDecode" | b"RL" => Filter::RunLength,
            _ => return Err(unknown()),
        });
    }
    Ok(filters)
}

fn parse_predictor(parameters: Option<&Dictionary<'_>>) -> Option<Predictor> {
    let number = |name: &[u8], otherwise| {
        parameters
            .and_then(|own| own.get(name))
            .and_then(parse_number)
            .unwrap_or(otherwise)
    };
    Predictor::new(
        number(b"Predictor", 1),
        number(b"Columns", 1),
        number(b"Colors", 1),
        number(b"BitsPerComponent", 8),
    )
}

/// Resolves a value whose lifetime is shorter than the document's.
fn objects_resolve<'v>(objects: &Objects<'v>, value: &'v [u8]) -> &'v [u8] {
    objects.resolve(value)
}

/// Returns the values of an array, or the value itself; no more than matter for filters.
fn values(value: &[u8]) -> Vec<&[u8]> {
    let mut cursor = Cursor::new(value);
    if cursor.token() != Some(Token::ArrayOpen) {
        return vec![value];
    }
    let mut values = Vec::new();
    while values.len() <= FILTER_COUNT_MAX {
        match cursor.value() {
            Some(value) => values.push(value),
            None => break,
        }
    }
    values
}
