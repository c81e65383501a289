//! RTF documents, with objects as Word and as malware writes them.

use std::fmt::Write;

use proptest::prelude::*;
use unpack::Kind;

use super::{native_stream, package};
use crate::mail::outlook::compound;
use crate::mail::{changes, listed, survives};
use crate::open;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// An OLE 1 object of a class.
fn object(class: &str, native: &[u8]) -> Vec<u8> {
    let class = format!("{class}\0");
    [
        &0x0501_u32.to_le_bytes()[..],
        &2_u32.to_le_bytes(),
        &u32::try_from(class.len()).unwrap().to_le_bytes(),
        class.as_bytes(),
        &[0; 8],
        &u32::try_from(native.len()).unwrap().to_le_bytes(),
        native,
        b"\x01\x05\0\0presentation",
    ]
    .concat()
}

fn document(objects: &[String]) -> String {
    let mut text = "{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}Text\\par\n".to_owned();
    for object in objects {
        let _ = write!(
            text,
            "{{\\object\\objemb{{\\*\\objclass X}}{{\\*\\objdata {object}}}{{\\result x}}}}"
        );
    }
    text + "}"
}

fn sample() -> String {
    let inner = compound(&[("\u{1}Ole10Native", &native_stream("inner.exe", b"MZ"))]);
    document(&[
        hex(&object("Package", &package("bảng.exe", b"MZ\x90\0"))),
        hex(&object("Word.Document.8", &inner)),
        hex(&object("Equation.3", b"\x1c\0\0\0")),
    ])
}

#[test]
fn gives_packages_by_name_and_hands_compound_files_on() {
    let seen = open("a.rtf", sample().as_bytes());
    assert_eq!(seen.content("bảng.exe"), Some(&b"MZ\x90\0"[..]));
    assert_eq!(seen.content("object.ole » inner.exe"), Some(&b"MZ"[..]));
    assert_eq!(seen.content("object.bin"), Some(&b"\x1c\0\0\0"[..]));
    assert_eq!(seen.reasons(), []);
}

/// Each disguises the same package.
#[test]
fn sees_through_the_disguises_of_known_exploits() {
    let plain = hex(&object("Package", &package("a.exe", b"MZ\x90\0")));
    let with = |between: &str| {
        plain.chars().fold(String::new(), |text, digit| {
            text + between + &digit.to_string()
        })
    };
    let binary = object("Package", &package("a.exe", b"MZ\x90\0"));
    let (front, back) = binary.split_at(20);
    let mut bin = format!(
        "{{\\rt{{\\object{{\\*\\objdata {}\\bin{} ",
        hex(front),
        back.len()
    )
    .into_bytes();
    bin.extend_from_slice(back);
    bin.extend_from_slice(b"}}}");
    let documents: Vec<(&str, Vec<u8>)> = vec![
        (
            "blanks and ends of line",
            document(&[with(" \r\n\t")]).into_bytes(),
        ),
        ("empty groups", document(&[with("{}")]).into_bytes()),
        (
            "unknown destinations",
            document(&[with("{\\*\\zz 4142}")]).into_bytes(),
        ),
        ("control words", document(&[with("\\par ")]).into_bytes()),
        (
            "digits in upper case",
            document(&[plain.to_uppercase()]).into_bytes(),
        ),
        ("a binary part", bin),
        (
            "no end",
            document(std::slice::from_ref(&plain))
                .trim_end_matches('}')
                .as_bytes()
                .to_vec(),
        ),
        (
            "no name of the format",
            document(std::slice::from_ref(&plain))
                .replacen("rtf1", "rt", 1)
                .into_bytes(),
        ),
        (
            "an object in the object",
            document(&[format!("00{{\\object{{\\*\\objdata {plain}}}}}")]).into_bytes(),
        ),
    ];
    for (what, bytes) in documents {
        let seen = open("a.doc", &bytes);
        assert_eq!(
            seen.content("a.exe"),
            Some(&b"MZ\x90\0"[..]),
            "{what}: {}",
            listed(&seen)
        );
    }
}

#[test]
fn finds_a_compound_file_behind_a_header_that_makes_no_sense() {
    let inner = compound(&[("x", b"y")]);
    let data = [&[0xff; 40][..], &inner].concat();
    let seen = open("a.rtf", document(&[hex(&data)]).as_bytes());
    assert_eq!(seen.content("object.ole"), Some(inner.as_slice()));
}

#[test]
fn says_nothing_of_links_and_empty_objects() {
    let mut link = object("Word", b"x");
    link[4] = 1;
    let seen = open("a.rtf", document(&[hex(&link), String::new()]).as_bytes());
    assert_eq!(listed(&seen), "");
}

#[test]
fn objects_in_objects_without_end_take_time_in_proportion() {
    let text = "{\\rtf1".to_owned() + &"{\\objdata 01".repeat(50_000);
    let started = std::time::Instant::now();
    open("a.rtf", text.as_bytes());
    assert!(started.elapsed().as_secs() < 10);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_changed_document_ends_within_its_budget(changes in changes()) {
        survives(Kind::Rtf, sample().as_bytes(), &changes);
    }

    #[test]
    fn any_text_is_opened_without_a_panic(text in "\\{\\\\rtf1(\\{|\\}|\\\\objdata|\\\\bin|\\\\'|\\\\\\*|\\\\u|[0-9a-f ]|-){0,80}") {
        survives(Kind::Rtf, text.as_bytes(), &[]);
    }
}
