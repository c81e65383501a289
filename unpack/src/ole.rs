//! OLE compound files: every stream is a member; an installer package's names are decoded; messages and the objects
//! embedded in documents are opened by `mail` and `documents`.

use crate::documents::compound::Compound;
use crate::kind::Kind;
use crate::member::MemberName;
use crate::sink::{Facts, Problem, Sink};
use crate::{documents, mail};

/// What every compound file begins with.
pub(crate) const MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// The stream that every Outlook message has at its top.
const MESSAGE_MARK: &str = "__properties_version1.0";

/// Opens a compound file.
pub(crate) fn open(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Problem> {
    let file = Compound::open(content).map_err(Problem::damaged)?;
    if file.find(file.root(), MESSAGE_MARK).is_some() {
        return mail::open(Kind::Msg, content, sink);
    }
    for (index, entry) in file.streams() {
        let path: Vec<String> = file.path(index).into_iter().map(decode_name).collect();
        let facts = Facts {
            modified: None,
            declared_size: Some(entry.size),
        };
        let name = MemberName::from(path.join("/").as_str());
        sink.member(name, facts, &mut file.stream(index))?;
    }
    match documents::open(Kind::Ole, content, sink) {
        // A file without anything embedded.
        Err(Problem::Unsupported(_)) => Ok(()),
        other => other,
    }
}

/// Returns the name as people know it: installer packages pack two characters into each unit of a name, to get around
/// the limit of 31.
fn decode_name(name: &str) -> String {
    const DIGITS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
    let digit = |value: u32| char::from(DIGITS[(value & 63) as usize]);
    let mut decoded = String::with_capacity(name.len());
    for unit in name.chars() {
        match u32::from(unit) {
            packed @ 0x3800..0x4800 => {
                decoded.push(digit(packed - 0x3800));
                decoded.push(digit((packed - 0x3800) >> 6));
            }
            packed @ 0x4800..0x4840 => decoded.push(digit(packed - 0x4800)),
            // Marks the stream of a table.
            0x4840 => decoded.push('!'),
            _ => decoded.push(unit),
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::decode_name;

    #[test]
    fn decodes_the_names_of_an_installer_package() {
        assert_eq!(
            decode_name("\u{4840}\u{3f3f}\u{4577}\u{446c}\u{3e6a}\u{44b2}\u{482f}"),
            "!_StringPool"
        );
        assert_eq!(
            decode_name("\u{5}SummaryInformation"),
            "\u{5}SummaryInformation"
        );
    }
}
