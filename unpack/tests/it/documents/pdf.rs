//! PDF documents, written by hand in the ways that writers and malware write them.

use std::fmt::Write;
use std::time::Instant;

use proptest::prelude::*;
use unpack::{Kind, WhyNot};

use super::deflated;
use crate::mail::{changes, listed, survives};
use crate::open;

/// A document of these objects; no table of them, which nobody needs.
fn pdf(objects: &[&[u8]]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    for object in objects {
        bytes.extend_from_slice(object);
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(b"trailer\n<< /Root 1 0 R >>\n%%EOF\n");
    bytes
}

fn stream(number: u32, entries: &str, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "{number} 0 obj\n<< /Length {} {entries} >>\nstream\r\n",
        content.len()
    );
    [head.as_bytes(), content, b"\nendstream\nendobj"].concat()
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    let text = bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    (text + ">").into_bytes()
}

fn embedded(content: &[u8]) -> Vec<u8> {
    stream(
        5,
        "/Type /EmbeddedFile /Filter /FlateDecode /Params << /Size 4 >>",
        &deflated(content),
    )
}

const SPECIFICATION: &[u8] = b"4 0 obj << /Type /Filespec /F (a.exe) /UF <FEFF1EA3002E006500780065> /EF << /F 5 0 R >> >> endobj";

fn sample() -> Vec<u8> {
    let packed = b"4 0 8 120 << /Type /Filespec /F (packed.exe) /EF << /F 5 0 R >> >>  ";
    let packed = [
        &packed[..],
        &[b' '; 70],
        b"<< /S /JavaScript /JS 9 0 R >> (text)",
    ]
    .concat();
    pdf(&[
        b"1 0 obj << /Type /Catalog /Names << /EmbeddedFiles << /Names [(x) 4 0 R] >> >> >> endobj",
        &stream(
            7,
            "/Type /ObjStm /N 2 /First 10 /Filter /FlateDecode",
            &deflated(&packed),
        ),
        &embedded(b"MZ\x90\0"),
        &stream(
            9,
            "/Filter [/ASCIIHexDecode /Fl]",
            &hex(&deflated(b"app.alert(1)")),
        ),
        b"10 0 obj << /S /JavaScript /JS (this.exportDataObject\\(1\\)) >> endobj",
    ])
}

#[test]
fn gives_attached_files_and_scripts_also_when_the_objects_are_packed() {
    let seen = open("a.pdf", &sample());
    assert_eq!(
        listed(&seen),
        "packed.exe (4)\njavascript.js (24)\njavascript-2.js (12)"
    );
    assert_eq!(seen.content("packed.exe"), Some(&b"MZ\x90\0"[..]));
    assert_eq!(seen.content("javascript-2.js"), Some(&b"app.alert(1)"[..]));
}

#[test]
fn takes_the_unicode_name_of_a_file() {
    let seen = open("a.pdf", &pdf(&[SPECIFICATION, &embedded(b"MZ")]));
    assert_eq!(listed(&seen), "ả.exe (2)");
}

/// Each carries `MZ` in a way of its own.
#[test]
fn finds_the_attachment_however_the_document_is_written() {
    let junk = [&[b'x'; 1000][..], &pdf(&[&embedded(b"MZ")])].concat();
    let plain = |entries: &str, content: &[u8]| pdf(&[&stream(5, entries, content)]);
    let lzw = weezl_encoded(b"MZ");
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("junk in front", junk),
        ("escapes in names", plain("/T#79pe /Embedded#46ile /Filter /#46l", &deflated(b"MZ"))),
        ("the length elsewhere", pdf(&[b"5 0 obj << /Type /EmbeddedFile /Length 6 0 R >> stream\nMZ\nendstream endobj", b"6 0 obj 2 endobj"])),
        ("the length nowhere", pdf(&[b"5 0 obj << /Type /EmbeddedFile >> stream\r\nMZ\r\nendstream endobj"])),
        ("a length that lies", pdf(&[b"5 0 obj << /Type /EmbeddedFile /Length 99999999999 >> stream\nMZ\nendstream endobj"])),
        ("the type only where it is pointed to", pdf(&[b"4 0 obj << /F (x) /EF 6 0 R >> endobj", b"5 0 obj << /Length 2 >> stream\nMZ\nendstream endobj", b"6 0 obj << /F 5 0 R >> endobj"])),
        ("a specification inside an annotation", pdf(&[b"3 0 obj << /FS << /UF (x) /EF << /UF 5 0 R >> >> >> endobj", b"5 0 obj<</Length 2>>stream\nMZ\nendstream endobj"])),
        ("hexadecimal digits and LZW", plain("/Type /EmbeddedFile /Filter [ /AHx /LZWDecode ] /DecodeParms [ null << /EarlyChange 1 >> ]", &hex(&lzw))),
        ("the filter elsewhere", pdf(&[b"8 0 obj [ /RunLengthDecode ] endobj", &stream(5, "/Type /EmbeddedFile /Filter 8 0 R", b"\x01MZ\x80")])),
        ("many filters", plain(&format!("/Type /EmbeddedFile /Filter [{}]", "/Fl ".repeat(12)), &(0..12).fold(b"MZ".to_vec(), |content, _| deflated(&content)))),
        ("comments between everything", pdf(&[b"5 0\nobj % y\n<< % >>\n/Type %\n/EmbeddedFile /Length 2 >>%\nstream\nMZ\nendstream"])),
        ("an older version of the same number", pdf(&[b"5 0 obj << /Type /EmbeddedFile /Length 2 >> stream\nMZ\nendstream endobj", b"5 0 obj null endobj"])),
        ("damage before it", pdf(&[b"1 0 obj << /A ( never closed endobj", b"2 0 obj [ [ << endobj )", &embedded(b"MZ")])),
        ("inside the stream of another object", pdf(&[&stream(2, "", b"5 0 obj << /Type /EmbeddedFile /Length 2 >> stream\nMZ\nendstream endobj")])),
    ];
    for (what, bytes) in cases {
        let seen = open("a.pdf", &bytes);
        assert!(seen.has(b"MZ"), "{what}: {}", listed(&seen));
    }
}

fn weezl_encoded(content: &[u8]) -> Vec<u8> {
    // Clear, each letter as it is, end: nine bits each.
    let codes = std::iter::once(256)
        .chain(content.iter().map(|byte| u32::from(*byte)))
        .chain([257]);
    let bits: String = codes.fold(String::new(), |bits, code| bits + &format!("{code:09b}"));
    let bytes = bits.as_bytes().chunks(8);
    bytes
        .map(|bits| {
            bits.iter().fold(0_u8, |byte, bit| byte << 1 | (bit - b'0')) << (8 - bits.len())
        })
        .collect()
}

#[test]
fn lists_what_it_cannot_decode_and_gives_what_there_is() {
    let whole = deflated(&(0..=255).cycle().take(5000).collect::<Vec<u8>>());
    let cut = stream(
        5,
        "/Type /EmbeddedFile /Filter /Fl",
        &whole[..whole.len() / 2],
    );
    let seen = open("a.pdf", &pdf(&[&cut]));
    assert_eq!(seen.reasons(), [WhyNot::Damaged]);
    assert!(seen.bytes() > 100);

    let seen = open(
        "a.pdf",
        &pdf(&[&stream(5, "/Type /EmbeddedFile /Filter /DCTDecode", b"x")]),
    );
    assert_eq!(listed(&seen), "embedded !unsupported");
}

#[test]
fn lists_an_encrypted_document_with_its_files() {
    let mut bytes = pdf(&[
        SPECIFICATION,
        &stream(5, "/Filter /Fl", b"\x91\x18 no such stream"),
        b"6 0 obj << /JS (x) >> endobj",
    ]);
    bytes.extend_from_slice(b"trailer << /Size 9 /Encrypt 8 0 R >>");
    let seen = open("a.pdf", &bytes);
    assert_eq!(
        listed(&seen),
        "ả.exe !encrypted\njavascript.js !encrypted\n !encrypted"
    );

    let scrambled = b"4 0 obj << /Type /Filespec /F (\x91\x07\xfe) /EF << /F 5 0 R >> >> endobj";
    let mut bytes = pdf(&[scrambled, &stream(5, "", b"\x91\x18")]);
    bytes.extend_from_slice(b"trailer << /Size 9 /Encrypt 8 0 R >>");
    assert_eq!(
        listed(&open("a.pdf", &bytes)),
        "embedded !encrypted\n !encrypted"
    );

    let mut bytes = pdf(&[SPECIFICATION, &embedded(b"MZ")]);
    bytes.extend_from_slice(&stream(9, "/Type /XRef /Encrypt 8 0 R", b""));
    assert_eq!(
        listed(&open("a.pdf", &bytes)),
        "ả.exe (2)\n !encrypted",
        "what is not encrypted is given"
    );
}

#[test]
fn hostile_shapes_take_time_in_proportion() {
    let shapes: [(&str, Vec<u8>); 7] = [
        ("texts that never end", b"1 0 obj (".repeat(100_000)),
        ("arrays that never end", b"1 0 obj [ ".repeat(100_000)),
        ("dictionaries in dictionaries", [b"1 0 obj ".to_vec(), b"<</EF".repeat(200_000), b">>".repeat(200_000)].concat()),
        ("streams that never end", b"1 0 obj<</Type/EmbeddedFile>>stream\n".repeat(2_000)),
        ("trailers that never end", b"trailer<<(".repeat(100_000)),
        ("references in a circle", b"1 0 obj 2 0 R endobj 2 0 obj 1 0 R endobj 3 0 obj<</Length 1 0 R/Filter 2 0 R/EF 1 0 R/JS 2 0 R>>stream endstream ".repeat(5_000)),
        ("objects without end", b"1 0 obj 1 ".repeat(200_000)),
    ];
    for (what, shape) in shapes {
        let bytes = [b"%PDF-1.4\n", shape.as_slice()].concat();
        let started = Instant::now();
        open("a.pdf", &bytes);
        assert!(
            started.elapsed().as_secs() < 10,
            "{what}: {:?}",
            started.elapsed()
        );
    }
}

#[test]
fn object_streams_that_grow_are_held_only_up_to_a_limit() {
    let bomb = deflated(&vec![0; 65 << 20]);
    let seen = open(
        "a.pdf",
        &pdf(&[&stream(7, "/Type /ObjStm /N 1 /First 4 /Filter /Fl", &bomb)]),
    );
    assert_eq!(seen.reasons(), [WhyNot::MemberTooLarge]);
}

#[test]
fn filters_that_feed_a_filter_are_charged() {
    let bomb = deflated(&deflated(&vec![b' '; 20 << 20]));
    let entries = "/Type /EmbeddedFile /Filter [ /Fl /Fl /AHx ]";
    let budget = unpack::Budget {
        bytes_max: 8 << 20,
        ..unpack::Budget::default()
    };
    let streams: Vec<Vec<u8>> = (5..15)
        .map(|number| stream(number, entries, &bomb))
        .collect();
    let streams: Vec<&[u8]> = streams.iter().map(Vec::as_slice).collect();
    let seen = crate::open_within("a.pdf", &pdf(&streams), &budget);
    assert_eq!(seen.reasons().last(), Some(&WhyNot::Bytes));
    assert!(seen.reasons().len() <= 3, "{}", listed(&seen));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_changed_document_ends_within_its_budget(changes in changes()) {
        survives(Kind::Pdf, &sample(), &changes);
    }

    #[test]
    fn any_text_is_opened_without_a_panic(
        text in "(1 0 obj|2 0 R|<<|>>|\\[|\\]|\\(|\\)|/EF|/JS|/Type|/EmbeddedFile|/ObjStm|/N 9|/First 3|/Length 2|stream\n|endstream|endobj|/#4|#45|<|>|%|\\\\|[0-9 ]){0,40}",
    ) {
        survives(Kind::Pdf, text.as_bytes(), &[]);
    }
}
