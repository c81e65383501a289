//! Objects as OLE 1 wrote them: in RTF, and in the `Ole10Native` streams of compound files.
//!
//! The formats are [MS-OLEDS] 2.2 (the object's header) and, for packages, what `packager.dll` writes, which Microsoft
//! never described: its fields are those that the free analysis tools agree on.

use super::naming::utf16_text;

/// Bytes of a class, topic or name, at most. Longer ones mean that this is no such header.
const TEXT_BYTES_MAX: usize = 4096;

/// What an object carries.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Native<'a> {
    /// The file's name as a package states it; of other objects, nothing.
    pub(crate) name: Vec<u8>,
    /// The file.
    pub(crate) content: &'a [u8],
    /// Whether all bytes that were stated are there.
    pub(crate) is_whole: bool,
}

/// An embedded object with its class, from its OLE 1 header.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Embedded<'a> {
    /// The class: `Package`, `Word.Document.8`.
    pub(crate) class: &'a [u8],
    /// What follows the header.
    pub(crate) native: Native<'a>,
}

/// Reads an object that begins with an OLE 1 header; `None` when it does not, or only links to a file.
pub(crate) fn parse_embedded(bytes: &[u8]) -> Option<Embedded<'_>> {
    let mut fields = Fields { rest: bytes };
    let _version = fields.u32()?;
    // 1 is a link, 2 an embedded object. Exploits write other values here, and Word reads on.
    if fields.u32()? == 1 {
        return None;
    }
    let class = fields.prefixed_text()?;
    let _topic = fields.prefixed_text()?;
    let _item = fields.prefixed_text()?;
    let stated = fields.u32()? as usize;
    let (content, is_whole) = fields.up_to(stated);
    let is_package = class.eq_ignore_ascii_case(b"package");
    let package = is_package.then(|| parse_package(content)).flatten();
    Some(Embedded {
        class,
        native: package.unwrap_or(Native {
            name: Vec::new(),
            content,
            is_whole,
        }),
    })
}

/// Reads an `Ole10Native` stream: a package where it is one, else whatever the object's program wrote.
pub(crate) fn parse_native_stream(bytes: &[u8]) -> Native<'_> {
    let mut fields = Fields { rest: bytes };
    let stated = fields.u32().map_or(usize::MAX, |length| length as usize);
    if let Some(package) = parse_package(fields.rest) {
        return package;
    }
    let (content, is_whole) = fields.up_to(stated);
    Native {
        name: Vec::new(),
        content,
        is_whole,
    }
}

/// Reads what a package writes: labels and paths, then the file, then the same labels and paths in UTF-16.
fn parse_package(bytes: &[u8]) -> Option<Native<'_>> {
    let mut fields = Fields { rest: bytes };
    let _kind = fields.u16()?;
    let label = fields.terminated_text()?;
    let source = fields.terminated_text()?;
    // Two numbers: 3 says that the file is here and not elsewhere. Then the length of the path that follows.
    let _marks = fields.u32()?;
    let path_length = fields.u32()? as usize;
    let path = match fields.rest.get(..path_length) {
        Some(path) if path_length <= TEXT_BYTES_MAX && path.last() == Some(&0) => {
            fields.rest = fields.rest.get(path_length..)?;
            path
        }
        _ => fields.terminated_text()?,
    };
    let stated = fields.u32()? as usize;
    let (content, is_whole) = fields.up_to(stated);
    let name = unicode_label(fields.rest).map_or_else(
        || {
            let named = [label, source, path];
            let first = named.into_iter().find(|text| !text.trim_ascii().is_empty());
            first.unwrap_or_default().to_vec()
        },
        String::into_bytes,
    );
    Some(Native {
        name,
        content,
        is_whole,
    })
}

/// Finds the label among the three UTF-16 texts after the file: path, label, source.
fn unicode_label(bytes: &[u8]) -> Option<String> {
    let mut fields = Fields { rest: bytes };
    let mut text = || {
        let units = fields.u32()? as usize;
        let field = fields.take(units.checked_mul(2).filter(|n| *n <= TEXT_BYTES_MAX)?)?;
        Some(utf16_text(field))
    };
    let _path = text()?;
    text().filter(|label| !label.trim().is_empty())
}

/// What is left of an object.
struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (field, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(field)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn prefixed_text(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()? as usize;
        if length > TEXT_BYTES_MAX {
            return None;
        }
        let text = self.take(length)?;
        Some(text.strip_suffix(b"\0").unwrap_or(text))
    }

    fn terminated_text(&mut self) -> Option<&'a [u8]> {
        let window = self.rest.get(..TEXT_BYTES_MAX).unwrap_or(self.rest);
        let length = window.iter().position(|byte| *byte == 0)?;
        let text = self.take(length)?;
        self.take(1)?;
        Some(text)
    }

    /// Takes as many bytes as are stated, or those that are there.
    fn up_to(&mut self, stated: usize) -> (&'a [u8], bool) {
        match self.take(stated) {
            Some(content) => (content, true),
            None => (std::mem::take(&mut self.rest), false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Embedded, Native, parse_embedded, parse_native_stream};

    fn package(label: &[u8], content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![2, 0];
        bytes.extend_from_slice(label);
        bytes.extend_from_slice(b"\0C:\\from.exe\0\0\0\x03\0");
        bytes.extend_from_slice(&8_u32.to_le_bytes());
        bytes.extend_from_slice(b"C:\\to.x\0");
        bytes.extend_from_slice(&u32::try_from(content.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(content);
        bytes
    }

    fn native_stream(package: &[u8]) -> Vec<u8> {
        let length = u32::try_from(package.len()).unwrap();
        [&length.to_le_bytes(), package].concat()
    }

    #[test]
    fn takes_the_file_out_of_a_package_and_prefers_its_unicode_name() {
        let mut bytes = native_stream(&package(b"b.exe", b"MZ"));
        let native = parse_native_stream(&bytes);
        assert_eq!(native.name, b"b.exe");
        assert_eq!((native.content, native.is_whole), (&b"MZ"[..], true));

        for text in ["C:\\to.x", "bảng lương.exe", "C:\\from.exe"] {
            let units: Vec<u16> = text.encode_utf16().collect();
            bytes.extend_from_slice(&u32::try_from(units.len()).unwrap().to_le_bytes());
            bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        }
        let native = parse_native_stream(&bytes);
        assert_eq!(native.name, "bảng lương.exe".as_bytes());
        assert_eq!(native.content, b"MZ");
    }

    #[test]
    fn names_a_package_without_a_label_after_its_source() {
        let bytes = native_stream(&package(b"", b"MZ"));
        assert_eq!(parse_native_stream(&bytes).name, b"C:\\from.exe");
    }

    #[test]
    fn gives_what_is_there_of_a_package_that_is_cut_off() {
        let bytes = native_stream(&package(b"a", b"MZ and more"));
        let native = parse_native_stream(&bytes[..bytes.len() - 4]);
        assert_eq!((native.content, native.is_whole), (&b"MZ and "[..], false));
    }

    #[test]
    fn gives_the_whole_of_a_native_stream_that_is_no_package() {
        let bytes = native_stream(b"BM picture");
        assert_eq!(parse_native_stream(&bytes).content, b"BM picture");
        assert_eq!(parse_native_stream(b"ab").content, b"ab");
    }

    #[test]
    fn reads_the_header_of_an_embedded_object_whatever_format_it_claims() {
        let mut bytes = vec![1, 5, 0, 0, 9, 9, 9, 9, 5, 0, 0, 0];
        bytes.extend_from_slice(b"Word\0\0\0\0\0\0\0\0\0\x03\0\0\0abcd");
        assert_eq!(
            parse_embedded(&bytes),
            Some(Embedded {
                class: b"Word",
                native: Native {
                    name: Vec::new(),
                    content: b"abc",
                    is_whole: true
                }
            })
        );
        bytes[4..8].copy_from_slice(&1_u32.to_le_bytes());
        assert_eq!(parse_embedded(&bytes), None, "a link carries nothing");
    }
}
