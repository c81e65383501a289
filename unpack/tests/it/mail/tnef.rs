//! TNEF, written by hand as [MS-OXTNEF] describes it.

use proptest::prelude::*;
use unpack::Kind;

use super::{changes, listed, survives};
use crate::open;

fn u32_bytes(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap().to_le_bytes()
}

fn attribute(level: u8, id: u32, data: &[u8]) -> Vec<u8> {
    let sum = data
        .iter()
        .fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    [
        &[level][..],
        &id.to_le_bytes(),
        &u32_bytes(data.len()),
        data,
        &sum.to_le_bytes(),
    ]
    .concat()
}

/// One value of variable length, filled to four bytes.
fn property(tag: u32, value: &[u8]) -> Vec<u8> {
    let filling = vec![0; value.len().next_multiple_of(4) - value.len()];
    [
        &tag.to_le_bytes()[..],
        &u32_bytes(1),
        &u32_bytes(value.len()),
        value,
        &filling,
    ]
    .concat()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16()
        .chain([0])
        .flat_map(u16::to_le_bytes)
        .collect()
}

fn tnef(attributes: &[Vec<u8>]) -> Vec<u8> {
    [&b"\x78\x9f\x3e\x22\x01\0"[..], &attributes.concat()].concat()
}

fn sample() -> Vec<u8> {
    let names = [
        u32_bytes(4).to_vec(),
        // A named property before the one that matters, and numbers of each size.
        [
            &0x8001_001f_u32.to_le_bytes()[..],
            &[9; 16],
            &u32_bytes(1),
            &u32_bytes(3),
            b"abc\0",
            &u32_bytes(1),
            &u32_bytes(4),
            b"x\0\0\0",
        ]
        .concat(),
        [&0x3705_0003_u32.to_le_bytes()[..], &u32_bytes(1)].concat(),
        [&0x3007_0040_u32.to_le_bytes()[..], &[0; 8]].concat(),
        property(0x3707_001f, &utf16("bảng lương.exe")),
    ]
    .concat();
    let inner = tnef(&[
        attribute(2, 0x0006_9002, &[0; 14]),
        attribute(2, 0x0001_8010, b"inner.js\0"),
        attribute(2, 0x0006_800f, b"WScript"),
    ]);
    let object = [
        u32_bytes(1).to_vec(),
        property(0x3701_000d, &[&[7; 16][..], &inner].concat()),
    ]
    .concat();
    let body = [
        u32_bytes(2).to_vec(),
        property(0x1013_0102, b"<html>"),
        property(0x1009_0102, b"\0\0\0\0\x02\0\0\0MELA\0\0\0\0{}"),
    ]
    .concat();
    tnef(&[
        attribute(1, 0x0008_9006, &[0, 0, 1, 0]),
        attribute(1, 0x0002_800c, b"plain text\0"),
        attribute(1, 0x0006_9003, &body),
        attribute(2, 0x0006_9002, &[0; 14]),
        attribute(2, 0x0001_8010, b"BANG~1.EXE\0"),
        attribute(2, 0x0006_800f, b"MZ\x90"),
        attribute(2, 0x0006_9005, &names),
        attribute(2, 0x0006_9002, &[0; 14]),
        attribute(2, 0x0001_8010, b"message\0"),
        attribute(2, 0x0006_9005, &object),
    ])
}

#[test]
fn gives_attachments_bodies_and_messages() {
    let seen = open("winmail.dat", &sample());
    assert_eq!(
        listed(&seen),
        "text.txt (10)\ntext.html (6)\ntext.rtf (2)\nbảng lương.exe (3)\nmessage (69)\nmessage » inner.js (7)"
    );
}

#[test]
fn gives_what_is_there_of_an_attachment_that_is_cut_off() {
    let whole = tnef(&[
        attribute(2, 0x0001_8010, b"a\0"),
        attribute(2, 0x0006_800f, b"MZ and more"),
    ]);
    let seen = open("winmail.dat", &whole[..whole.len() - 6]);
    assert_eq!(listed(&seen), "a (7)\na !damaged");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn changed_tnef_ends_within_its_budget(changes in changes()) {
        survives(Kind::Tnef, &sample(), &changes);
    }
}
