//! Outlook messages, written with the crate `cfb`.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use unpack::Kind;

use super::{changes, listed, survives};
use crate::open;

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Writes streams at their paths.
pub(crate) fn compound(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file =
        cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new())).unwrap();
    for (path, content) in streams {
        if let Some((storage, _)) = path.rsplit_once('/') {
            file.create_storage_all(format!("/{storage}")).unwrap();
        }
        let mut stream = file.create_stream(format!("/{path}")).unwrap();
        stream.write_all(content).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

fn sample() -> Vec<u8> {
    compound(&[
        ("__properties_version1.0", b"\0\0\0\0"),
        ("__substg1.0_0037001F", &utf16("Subject")),
        ("__substg1.0_1000001F", &utf16("Xin chào")),
        ("__substg1.0_10130102", b"<html>"),
        ("__substg1.0_10090102", b"\0\0\0\0\x02\0\0\0MELA\0\0\0\0{}"),
        ("__attach_version1.0_#00000000/__properties_version1.0", b""),
        (
            "__attach_version1.0_#00000000/__substg1.0_37010102",
            b"MZ\x90",
        ),
        (
            "__attach_version1.0_#00000000/__substg1.0_3707001F",
            &utf16("bảng.exe"),
        ),
        (
            "__attach_version1.0_#00000000/__substg1.0_3704001F",
            &utf16("BANG~1.EXE"),
        ),
        (
            "__attach_version1.0_#00000001/__substg1.0_37010102",
            &[7; 5000],
        ),
        (
            "__attach_version1.0_#00000001/__substg1.0_3704001E",
            b"short.doc",
        ),
        (
            "__attach_version1.0_#00000002/__substg1.0_3701000D/__properties_version1.0",
            b"",
        ),
        (
            "__attach_version1.0_#00000002/__substg1.0_3701000D/__substg1.0_0037001F",
            &utf16("Re: inner"),
        ),
        (
            "__attach_version1.0_#00000002/__substg1.0_3701000D/__substg1.0_1000001E",
            b"inner text",
        ),
        (
            "__attach_version1.0_#00000002/__substg1.0_3701000D/__attach_version1.0_#00000000/__substg1.0_37010102",
            b"deep",
        ),
        (
            "__attach_version1.0_#00000003/__substg1.0_3701000D/CONTENTS",
            b"%PDF-1.4",
        ),
    ])
}

#[test]
fn gives_attachments_bodies_and_what_the_messages_inside_carry() {
    let seen = open("a.msg", &sample());
    assert_eq!(
        listed(&seen),
        "text.txt (9)\ntext.html (6)\ntext.rtf (2)\nbảng.exe (3)\nshort.doc (5000)\nCONTENTS (8)\n\
         Re: inner/text.txt (10)\nRe: inner/attachment (4)"
    );
    assert_eq!(seen.content("text.txt"), Some("Xin chào".as_bytes()));
    assert_eq!(seen.content("bảng.exe"), Some(&b"MZ\x90"[..]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_changed_message_ends_within_its_budget(changes in changes()) {
        survives(Kind::Ole, &sample(), &changes);
    }
}
