//! `OneNote` sections with files dropped into them.

use unpack::{Kind, WhyNot};

use crate::mail::listed;
use crate::open_as;

const SECTION: &[u8] = b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3";
const FILE: &[u8] = b"\xe7\x16\xe3\xbd\x65\x26\x11\x45\xa4\xc4\x8d\x4d\x0b\x7a\x9e\xac";

fn file(stated: u64, content: &[u8]) -> Vec<u8> {
    [
        FILE,
        &stated.to_le_bytes(),
        &[0; 12],
        content,
        b"end of the object",
    ]
    .concat()
}

#[test]
fn gives_each_file_and_what_there_is_of_one_that_is_cut_off() {
    let bytes = [
        SECTION,
        b"pages",
        &file(2, b"MZ"),
        &file(900, b"cut"),
        &file(4, b"%PDF"),
    ]
    .concat();
    let seen = open_as(Kind::OneNote, "a.one", &bytes, &unpack::Budget::default());
    assert_eq!(seen.reasons(), [WhyNot::Damaged]);
    assert_eq!(seen.content("file"), Some(&b"MZ"[..]));
    assert!(seen.content("file-2").unwrap().starts_with(b"cut"));
    assert_eq!(
        seen.content("file-3"),
        Some(&b"%PDF"[..]),
        "{}",
        listed(&seen)
    );
}
