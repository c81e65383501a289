//! The value of the variable `filetype`: a name for what a content begins with. Only what can be told by its first
//! bytes; everything else is the empty text, as for a scanner that does not know the type either.

/// First bytes and the name that LOKI and THOR give to such a content.
const SIGNATURES: [(&[u8], &str); 21] = [
    (b"MZ", "EXE"),
    (b"\x7fELF", "ELF"),
    (b"\xfe\xed\xfa\xce", "MACH-O"),
    (b"\xfe\xed\xfa\xcf", "MACH-O"),
    (b"\xce\xfa\xed\xfe", "MACH-O"),
    (b"\xcf\xfa\xed\xfe", "MACH-O"),
    (b"PK\x03\x04", "ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"%PDF", "PDF"),
    (b"GIF8", "GIF"),
    (b"{\\rtf", "RTF"),
    (b"{\\rt", "RTF"),
    (b"MDMP", "MDMP"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7ZIP"),
    (b"\x1f\x8b", "GZIP"),
    (b"MSCF", "CAB"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "OLE"),
    (b"\xff\xd8\xff", "JPG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"<?php", "PHP"),
];

/// Returns the name of a content's type, or the empty text.
pub(crate) fn file_type(content: &[u8]) -> &'static str {
    SIGNATURES
        .iter()
        .find(|(signature, _)| content.starts_with(signature))
        .map_or("", |(_, name)| name)
}
