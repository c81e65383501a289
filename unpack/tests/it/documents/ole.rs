//! OLE documents, written with the crate `cfb`.

use proptest::prelude::*;
use unpack::{Kind, WhyNot};

use super::{deflated, native_stream};
use crate::mail::outlook::compound;
use crate::mail::{changes, survives};
use crate::open;

const SOURCE: &[u8] = b"Attribute VB_Name = \"Module1\"\r\nSub AutoOpen()\r\nEnd Sub\r\n";

/// Compresses macro source without copying anything, eight letters to a flag byte.
fn macro_source(text: &[u8]) -> Vec<u8> {
    let mut tokens = Vec::new();
    for letters in text.chunks(8) {
        tokens.push(0);
        tokens.extend_from_slice(letters);
    }
    let header = 0xb000 | u16::try_from(tokens.len() - 1).unwrap();
    [&[1][..], &header.to_le_bytes(), &tokens].concat()
}

fn dir_stream(modules: &[(&str, &str, u32)]) -> Vec<u8> {
    let mut dir = Vec::new();
    let mut record = |id: u16, data: &[u8]| {
        dir.extend_from_slice(&id.to_le_bytes());
        dir.extend_from_slice(&u32::try_from(data.len()).unwrap().to_le_bytes());
        dir.extend_from_slice(data);
    };
    for (name, stream, offset) in modules {
        record(0x0019, name.as_bytes());
        record(0x001a, stream.as_bytes());
        record(0x0031, &offset.to_le_bytes());
    }
    macro_source(&dir)
}

fn sample() -> Vec<u8> {
    let shift = |text: &[u8]| [&b"cache"[..], &macro_source(text)].concat();
    compound(&[
        ("WordDocument", &[0xec; 600]),
        (
            "ObjectPool/_1/\u{1}oLE10nATIVE",
            &native_stream("evil.exe", b"MZ\x90"),
        ),
        ("ObjectPool/_2/Package", b"PK\x03\x04"),
        (
            "Macros/VBA/dir",
            &dir_stream(&[("Module1", "stream", 5), ("Other", "gone", 0)]),
        ),
        ("Macros/VBA/stream", &shift(SOURCE)),
        (
            "Macros/VBA/hidden",
            &shift(b"Attribute VB_Name = \"hidden\"\r\n"),
        ),
        ("Macros/VBA/_VBA_PROJECT", b"\xcc\x61"),
    ])
}

#[test]
fn gives_packages_and_macro_source_whoever_mentions_them() {
    let seen = open("a.doc", &sample());
    assert_eq!(seen.content("evil.exe"), Some(&b"MZ\x90"[..]));
    assert_eq!(seen.content("VBA/Module1.bas"), Some(SOURCE));
    assert_eq!(
        seen.content("VBA/hidden.bas"),
        Some(&b"Attribute VB_Name = \"hidden\"\r\n"[..])
    );
    let sources = seen
        .paths()
        .into_iter()
        .filter(|path| path.starts_with("VBA/"));
    assert_eq!(sources.count(), 2);
}

#[test]
fn finds_macro_source_when_the_project_is_damaged() {
    let bytes = compound(&[
        ("VBA/dir", b"\x01not compressed"),
        ("VBA/Module1", &macro_source(SOURCE)),
    ]);
    assert_eq!(
        open("vbaProject.bin", &bytes).content("VBA/Module1.bas"),
        Some(SOURCE)
    );
}

#[test]
fn opens_the_objects_of_a_presentation_without_the_records_that_lead_to_them() {
    let inner = compound(&[("\u{1}Ole10Native", &native_stream("a.exe", b"MZ"))]);
    let packed = deflated(&inner);
    let record = |instance: u8, content: &[u8]| {
        let length = u32::try_from(content.len()).unwrap();
        [
            &[instance, 0, 0x11, 0x10][..],
            &length.to_le_bytes(),
            content,
        ]
        .concat()
    };
    let size = u32::try_from(inner.len()).unwrap().to_le_bytes();
    let stream = [
        &b"no record"[..],
        &record(0x10, &[&size[..], &packed].concat()),
        &record(0, &inner),
        b"\x10\0\x11\x10\xff\xff\xff\xff\0\0\0\0\x11\x10",
    ]
    .concat();
    let seen = open("a.ppt", &compound(&[("PowerPoint Document", &stream)]));
    assert_eq!(seen.content("object.ole"), Some(inner.as_slice()));
    assert_eq!(seen.content("object.ole » a.exe"), Some(&b"MZ"[..]));
    assert_eq!(seen.content("object-2.ole » a.exe"), Some(&b"MZ"[..]));
}

#[test]
fn lists_documents_that_ask_for_a_password() {
    let word = [&b"\xec\xa5\xc1\0\0\0\0\0\0\0\0\x13"[..], &[0; 600]].concat();
    let excel = [&b"\x09\x08\x10\0"[..], &[0; 16], b"\x2f\0\x36\0", &[0; 54]].concat();
    let user = [&[0; 12][..], b"\xdf\xc4\xd1\xf3", &[0; 4]].concat();
    for (what, streams) in [
        ("Word", vec![("WordDocument", word.as_slice())]),
        ("Excel", vec![("Workbook", excel.as_slice())]),
        ("PowerPoint", vec![("Current User", user.as_slice())]),
        (
            "OOXML",
            vec![
                ("EncryptionInfo", &b"\x04\0\x04\0"[..]),
                ("EncryptedPackage", &[9; 5000]),
            ],
        ),
    ] {
        assert_eq!(
            open("a.doc", &compound(&streams)).reasons(),
            [WhyNot::Encrypted],
            "{what}"
        );
    }
    let plain = [&b"\xec\xa5\xc1\0\0\0\0\0\0\0\0\x12"[..], &[0; 600]].concat();
    assert_eq!(
        open("a.doc", &compound(&[("WordDocument", &plain)])).reasons(),
        []
    );
}

#[test]
fn macro_source_that_grows_is_charged_as_it_grows() {
    // Each chunk of seven bytes stands for 4096 of the same letter.
    let mut source = vec![1];
    source.extend_from_slice(&b"\x03\xb0\x02A\xfc\x0f".repeat(40_000));
    let streams: [(&str, &[u8]); 2] = [
        ("VBA/dir", &dir_stream(&[("m", "m", 0)])),
        ("VBA/m", &source),
    ];
    let budget = unpack::Budget {
        bytes_max: 4 << 20,
        ..unpack::Budget::default()
    };
    let seen = crate::open_within("a.bin", &compound(&streams), &budget);
    assert_eq!(seen.reasons(), [WhyNot::Bytes]);
    assert!(seen.bytes() <= 4 << 20);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_changed_document_ends_within_its_budget(changes in changes()) {
        survives(Kind::Ole, &sample(), &changes);
    }
}
