//! The OLE objects in a `PowerPoint Document` stream, where macros and embedded files are compressed compound files.
//!
//! The format is [MS-PPT] 2.10.34. Objects are found by how they begin, not by walking the records that lead to them:
//! the program finds them through offsets, so what stands between them need not make sense.

use flate2::read::ZlibDecoder;
use memchr::memmem;

use crate::sink::{Facts, Problem, Sink};

use super::compound::SIGNATURE;
use super::naming::Naming;

/// The record's type, `0x1011`, in the middle of its header: instance and version before it, its length after it.
const RECORD_TYPE: &[u8] = b"\x11\x10";

/// Gives each object to the sink.
pub(super) fn give_objects(
    stream: &[u8],
    naming: &mut Naming,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    let mut searched = 0;
    while let Some(at) = stream
        .get(searched..)
        .and_then(|rest| memmem::find(rest, RECORD_TYPE))
    {
        sink.go_on()?;
        let at = searched + at;
        // Never past an object's end: a length that lies must not hide the next one.
        searched = at + RECORD_TYPE.len();
        let Some(object) = object_at(stream, at) else {
            continue;
        };
        let name = naming.next("object", "ole");
        match object {
            Object::Plain(content) => sink.member_bytes(name, Facts::default(), content)?,
            Object::Compressed { content, size } => {
                let facts = Facts {
                    declared_size: Some(size),
                    ..Facts::default()
                };
                sink.member(name, facts, &mut ZlibDecoder::new(content))?;
            }
        }
    }
    Ok(())
}

enum Object<'a> {
    Plain(&'a [u8]),
    Compressed { content: &'a [u8], size: u64 },
}

/// Reads the record whose type stands at `at`, when it is one.
fn object_at(stream: &[u8], at: usize) -> Option<Object<'_>> {
    let instance = stream.get(at.checked_sub(2)?..at)?;
    let (length, rest) = stream.get(at + 2..)?.split_first_chunk()?;
    let length = u32::from_le_bytes(*length) as usize;
    let content = rest.get(..length).unwrap_or(rest);
    match instance {
        b"\0\0" if content.starts_with(SIGNATURE) => Some(Object::Plain(content)),
        b"\x10\0" => {
            let (size, content) = content.split_first_chunk()?;
            let is_zlib = content.first().is_some_and(|method| method & 0x0f == 8);
            is_zlib.then(|| Object::Compressed {
                content,
                size: u64::from(u32::from_le_bytes(*size)),
            })
        }
        _ => None,
    }
}
