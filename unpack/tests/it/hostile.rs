//! What attackers build: every case ends within its budget, says why, and still shows what there is.

use std::cell::Cell;
use std::io::Cursor;
use std::time::{Duration, Instant};

use unpack::{Budget, Flow, Kind, Unpacked, WhyNot, unpack};

use super::building::{Entry, cabinet, deflate, end, gzip, program, tar, tar_entry, zip};
use super::{open, open_as, open_within};

/// A budget that is used up within milliseconds.
fn small() -> Budget {
    Budget {
        bytes_max: 8 << 20,
        ratio_floor_bytes: 1 << 20,
        member_bytes_max: 4 << 20,
        held_bytes_max: 8 << 20,
        decoder_bytes_max: 16 << 20,
        ..Budget::default()
    }
}

#[test]
fn overlapping_members_end_at_the_budget() {
    let content = vec![0; 2 << 20];
    let packed = deflate(&content);
    let entry = Entry::deflated("kernel", &content, &packed);
    let mut bytes = entry.local();
    bytes.extend(&packed);
    let directory: Vec<u8> = (0..500).flat_map(|_| entry.central(0)).collect();
    let at = bytes.len();
    bytes.extend(&directory);
    bytes.extend(end(500, &directory, at));
    let seen = open_within("bomb.zip", &bytes, &small());
    assert_eq!(seen.reasons(), [WhyNot::Bytes], "{:?}", seen.not_opened);
    assert!(seen.bytes() <= small().bytes_max, "{}", seen.bytes());
    assert_eq!(seen.members.len(), 4);
}

#[test]
fn a_bomb_of_nested_archives_ends_at_the_budget() {
    let mut bytes = zip(&[("0", &vec![0; 1 << 20])]);
    for level in 1..6 {
        let names: Vec<String> = (0..16)
            .map(|index| format!("{level}-{index}.zip"))
            .collect();
        let members: Vec<(&str, &[u8])> = names
            .iter()
            .map(|name| (name.as_str(), bytes.as_slice()))
            .collect();
        bytes = zip(&members);
    }
    let seen = open_within("42.zip", &bytes, &small());
    assert_eq!(seen.reasons().len(), 1);
    assert!(matches!(seen.reasons()[0], WhyNot::Ratio | WhyNot::Bytes));
    assert!(seen.bytes() <= small().bytes_max);
}

#[test]
fn fifty_levels_end_at_the_depth_and_fit_the_stack() {
    for nest in [
        |inner: &[u8]| zip(&[("in.zip", inner)]),
        |inner: &[u8]| gzip(inner),
        |inner: &[u8]| tar(&[("in.tar", inner)]),
    ] {
        let mut bytes = b"the end".to_vec();
        for _ in 0..50 {
            bytes = nest(&bytes);
        }
        let seen = open("deep", &bytes);
        assert_eq!(seen.reasons(), [WhyNot::Depth], "{:?}", seen.not_opened);
        // The outer file's own members are one level, then sixteen containers in containers.
        assert_eq!(seen.members.len(), 17);
    }
}

#[test]
fn a_stream_of_zeros_ends_at_the_ratio() {
    let bytes = gzip(&vec![0; 3 << 20]);
    let budget = Budget {
        ratio_max: 100,
        ..small()
    };
    let seen = open_within("zeros.gz", &bytes, &budget);
    assert_eq!(seen.reasons(), [WhyNot::Ratio], "{:?}", seen.not_opened);
    assert_eq!(seen.members.len(), 0);
}

#[test]
fn members_end_at_their_count_whatever_holds_them() {
    let budget = Budget {
        member_count_max: 1_000,
        ..Budget::default()
    };
    let tape: Vec<u8> = (0..3_000)
        .flat_map(|_| tar_entry("f", b'0', 0, b""))
        .collect();
    let folders: Vec<u8> = (0..3_000)
        .flat_map(|_| tar_entry("d/", b'5', 0, b""))
        .collect();
    for bytes in [tape, folders] {
        let seen = open_within("many.tar", &bytes, &budget);
        assert_eq!(seen.reasons(), [WhyNot::MemberCount]);
        assert!(seen.members.len() <= 1_000);
    }
    // Ten million entries cost what a hundred thousand cost.
    let entry = Entry::stored("e", b"");
    let mut bytes = entry.local();
    let directory = entry.central(0).repeat(300_000);
    let at = bytes.len();
    bytes.extend(&directory);
    bytes.extend(end(u16::MAX, &directory, at));
    let seen = open("many.zip", &bytes);
    assert_eq!(seen.reasons(), [WhyNot::MemberCount]);
    assert_eq!(seen.members.len(), 100_000);
}

#[test]
fn encrypted_entries_count_as_members() {
    let entry = Entry {
        flags: 1,
        ..Entry::stored("e", b"secret")
    };
    let mut bytes = entry.local();
    bytes.extend(b"secret");
    let directory = entry.central(0).repeat(500);
    let at = bytes.len();
    bytes.extend(&directory);
    bytes.extend(end(500, &directory, at));
    let budget = Budget {
        member_count_max: 100,
        ..Budget::default()
    };
    let seen = open_within("locked.zip", &bytes, &budget);
    assert_eq!(seen.not_opened.len(), 101);
    assert_eq!(seen.reasons()[0], WhyNot::Encrypted);
    assert_eq!(seen.reasons()[100], WhyNot::MemberCount);
}

#[test]
fn sizes_that_lie_are_told_and_the_content_is_shown() {
    let content = b"evil content, again and again. ".repeat(100);
    let packed = deflate(&content);
    let honest = Entry::deflated("a.dll", &content, &packed);
    let lies = [
        Entry {
            size: 5,
            ..honest.clone()
        },
        Entry {
            size: 0xffff_fff0,
            ..honest.clone()
        },
        Entry {
            crc: 7,
            ..honest.clone()
        },
        Entry {
            packed_bytes: packed.len() as u32 + 20,
            crc: 7,
            ..honest.clone()
        },
    ];
    for entry in lies {
        let mut bytes = entry.local();
        bytes.extend(&packed);
        let directory = entry.central(0);
        let at = bytes.len();
        bytes.extend(&directory);
        bytes.extend(end(1, &directory, at));
        let seen = open("lies.zip", &bytes);
        assert_eq!(seen.content("a.dll"), Some(content.as_slice()));
        assert_eq!(seen.reasons(), [WhyNot::Damaged], "{:?}", seen.not_opened);
    }
    let cut = Entry {
        packed_bytes: 10,
        ..honest
    };
    let mut bytes = cut.local();
    bytes.extend(&packed);
    let directory = cut.central(0);
    let at = bytes.len();
    bytes.extend(&directory);
    bytes.extend(end(1, &directory, at));
    assert_eq!(open("cut.zip", &bytes).reasons(), [WhyNot::Damaged]);
}

#[test]
fn members_that_only_local_headers_know_are_found() {
    let hidden = Entry::stored("hidden.dll", b"hidden content");
    let shown = Entry::stored("shown.txt", b"shown");
    let mut bytes = hidden.local();
    bytes.extend(b"hidden content");
    let shown_at = bytes.len() as u32;
    bytes.extend(shown.local());
    bytes.extend(b"shown");
    let directory = shown.central(shown_at);
    let at = bytes.len();
    bytes.extend(&directory);
    bytes.extend(end(1, &directory, at));
    let seen = open("half.zip", &bytes);
    assert_eq!(seen.paths(), ["shown.txt", "hidden.dll"]);
    assert_eq!(
        seen.content("hidden.dll"),
        Some(b"hidden content".as_slice())
    );

    // Behind the end record, and without any directory at all.
    let mut behind = zip(&[("first.txt", b"first")]);
    behind.extend(hidden.local());
    behind.extend(b"hidden content");
    assert_eq!(
        open("behind.zip", &behind).paths(),
        ["first.txt", "hidden.dll"]
    );
    let seen = open("cut.zip", &bytes[..at]);
    assert_eq!(seen.paths(), ["hidden.dll", "shown.txt"]);
    assert_eq!(seen.reasons(), [WhyNot::Damaged]);
}

#[test]
fn two_archives_in_one_file_are_both_opened() {
    let both = [zip(&[("a", b"first")]), zip(&[("b", b"second")])].concat();
    let mut paths = open("both.zip", &both).paths().join(" ");
    paths.retain(|c| c != ' ');
    assert_eq!(paths, "ba");
}

#[test]
fn dictionaries_beyond_the_limit_are_refused_before_they_are_allocated() {
    // LZMA with a dictionary of 2 GiB, and zstd with a window of 1 TiB.
    let mut lzma = vec![0x5d, 0, 0, 0, 0x80];
    lzma.extend([0xff; 8]);
    lzma.extend([0; 64]);
    let zstd = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 30 << 3, 1, 0, 0];
    for (name, kind, bytes) in [
        ("a.lzma", Kind::Lzma, &lzma[..]),
        ("a.zst", Kind::Zstd, &zstd),
    ] {
        let seen = open_as(kind, name, bytes, &Budget::default());
        assert_eq!(
            seen.reasons(),
            [WhyNot::Unsupported],
            "{:?}",
            seen.not_opened
        );
    }
}

#[test]
fn a_member_beyond_the_limit_is_listed_and_a_tape_in_it_is_opened_all_the_same() {
    let budget = Budget {
        member_bytes_max: 100_000,
        ..Budget::default()
    };
    let files: Vec<(String, Vec<u8>)> = (0..50_u8)
        .map(|n| (format!("f{n}"), vec![n; 9_000]))
        .collect();
    let members: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, content)| (name.as_str(), content.as_slice()))
        .collect();
    let tape = tar(&members);
    let packed = gzip(&tape);
    for (name, bytes) in [
        ("t.tgz", packed.clone()),
        ("t.tar", tar(&[("in.tgz", &packed)])),
        ("z.zip", zip(&[("t.tar", &tape)])),
    ] {
        let seen = open_within(name, &bytes, &budget);
        assert_eq!(
            seen.reasons(),
            [WhyNot::MemberTooLarge],
            "{name}: {:?}",
            seen.not_opened
        );
        for (file, content) in &files {
            assert!(
                seen.members
                    .iter()
                    .any(|(path, found)| path.ends_with(file) && found == content),
                "{name}"
            );
        }
    }
}

#[test]
fn members_held_at_once_have_a_limit_together() {
    let budget = Budget {
        member_bytes_max: 1 << 20,
        held_bytes_max: 3 << 20,
        ..Budget::default()
    };
    let mut bytes = vec![1_u8; 900_000];
    for _ in 0..6 {
        bytes = tar(&[("in.tar", &bytes)]);
    }
    let seen = open_within("held.tar", &bytes, &budget);
    // Three levels are held; what is too large for that is listed, and its members are read on the way. The innermost is no
    // container, and need not be held.
    assert!(
        seen.reasons().contains(&WhyNot::MemberTooLarge),
        "{:?}",
        seen.not_opened
    );
    assert!(
        seen.reasons()
            .iter()
            .all(|why| *why == WhyNot::MemberTooLarge),
        "{:?}",
        seen.not_opened
    );
    assert_eq!(seen.members.len(), 4);
}

#[test]
fn a_long_name_of_gigabytes_is_passed_over() {
    let mut bytes = tar_entry("././@LongLink", b'L', 5 << 30, b"name");
    bytes.extend(tar_entry("f", b'0', 1, b"x"));
    let seen = open("names.tar", &bytes);
    assert_eq!(
        seen.reasons(),
        [WhyNot::Damaged, WhyNot::Damaged],
        "{:?}",
        seen.not_opened
    );
}

#[test]
fn a_damaged_header_in_a_tape_does_not_hide_what_follows() {
    let mut bytes = tar_entry("a", b'0', 5, b"first");
    let mut broken = tar_entry("b", b'0', 5, b"other");
    broken[0] ^= 1;
    bytes.extend(broken);
    bytes.extend(tar_entry("c", b'0', 4, b"last"));
    let seen = open("broken.tar", &bytes);
    assert_eq!(seen.paths(), ["a", "c"]);
    assert_eq!(seen.reasons(), [WhyNot::Damaged]);
}

#[test]
fn a_cut_member_is_shown_as_far_as_it_is_there() {
    let bytes = tar_entry("f", b'0', 10_000, &[7; 3_000]);
    let seen = open("cut.tar", &bytes[..512 + 3_000]);
    assert_eq!(seen.members.len(), 1);
    assert_eq!(seen.bytes(), 3_000);
    assert!(seen.reasons().contains(&WhyNot::Damaged));
}

#[test]
fn the_caller_can_stop_and_the_clock_does() {
    let members: Vec<(String, Vec<u8>)> = (0..100)
        .map(|n| (format!("f{n}"), vec![0; 100_000]))
        .collect();
    let members: Vec<(&str, &[u8])> = members
        .iter()
        .map(|(n, c)| (n.as_str(), c.as_slice()))
        .collect();
    let bytes = zip(&members);
    let asked = Cell::new(0);
    let stop = || {
        asked.set(asked.get() + 1);
        asked.get() > 3
    };
    let mut count = 0;
    let mut reasons = Vec::new();
    let mut visit = |unpacked: Unpacked<'_>| {
        match unpacked {
            Unpacked::Member(_) => count += 1,
            Unpacked::NotOpened(not) => reasons.push(not.why),
        }
        Flow::GoOn
    };
    let size = bytes.len() as u64;
    unpack(
        Kind::Zip,
        b"z",
        &mut Cursor::new(&bytes),
        size,
        &Budget::default(),
        &stop,
        &mut visit,
    );
    assert_eq!(reasons, [WhyNot::Time]);
    assert!((1..40).contains(&count), "{count}");

    let late = Budget {
        time_max: Duration::ZERO,
        ..Budget::default()
    };
    let seen = open_within("late.zip", &bytes, &late);
    assert_eq!(seen.reasons(), [WhyNot::Time]);
    assert!(seen.members.len() < 40);
}

#[test]
fn a_visitor_that_says_stop_is_shown_nothing_more() {
    let inner = zip(&[("a", b"1"), ("b", b"2")]);
    let bytes = zip(&[("in.zip", &inner), ("c", b"3")]);
    for stop_at in 1..=4 {
        let mut count = 0;
        let size = bytes.len() as u64;
        unpack(
            Kind::Zip,
            b"z",
            &mut Cursor::new(&bytes),
            size,
            &Budget::default(),
            &|| false,
            &mut |_| {
                count += 1;
                if count == stop_at {
                    Flow::Stop
                } else {
                    Flow::GoOn
                }
            },
        );
        assert_eq!(count, stop_at);
    }
}

#[test]
fn a_program_full_of_marks_is_searched_in_bounded_time() {
    let marks = [
        b"PK\x03\x04".as_slice(),
        b"MSCF\0\0\0\0",
        b"7z\xbc\xaf\x27\x1c",
        b"Rar!\x1a\x07",
    ]
    .concat();
    let bytes = program(&marks.repeat(50_000));
    let begin = Instant::now();
    let seen = open("marks.exe", &bytes);
    assert!(
        begin.elapsed() < Duration::from_secs(20),
        "{:?}",
        begin.elapsed()
    );
    assert_eq!(seen.members.len(), 0);
}

#[test]
fn a_plain_program_shows_nothing() {
    let seen = open(
        "plain.exe",
        &program(b"no archive here, only the text PK\x03\x04 and MSCF\0\0\0\0"),
    );
    assert_eq!(
        (seen.members.len(), seen.not_opened.len()),
        (0, 0),
        "{:?}",
        seen.not_opened
    );
}

#[test]
fn lzx_and_mszip_folders_are_decoded_across_their_blocks() {
    let content = b"the same words in both blocks. ".repeat(1_500);
    let (first, second) = content.split_at(32_768);
    // MSZIP: each block its own deflate stream, which may refer to the block before.
    let mszip = |content: &[u8]| [b"CK".as_slice(), &deflate(content)].concat();
    let blocks = [(mszip(first), first.len()), (mszip(second), second.len())];
    let seen = open("mszip.cab", &cabinet("a.txt", content.len(), 1, &blocks));
    assert_eq!(
        seen.content("a.txt"),
        Some(content.as_slice()),
        "{:?}",
        seen.not_opened
    );

    // LZX: no translation of calls, then a block without compression with its three recent offsets.
    let text = &content[..2_000];
    let bits = (0b011_u32 << 28) | (2_000 << 4);
    let mut lzx = Vec::new();
    for half in [bits >> 16, bits & 0xffff] {
        lzx.extend_from_slice(&(half as u16).to_le_bytes());
    }
    for _ in 0..3 {
        lzx.extend_from_slice(&1_u32.to_le_bytes());
    }
    lzx.extend_from_slice(text);
    let seen = open(
        "lzx.cab",
        &cabinet("a.txt", text.len(), (15 << 8) | 3, &[(lzx, text.len())]),
    );
    assert_eq!(seen.content("a.txt"), Some(text), "{:?}", seen.not_opened);

    let quantum = cabinet("q.txt", 5, 2, &[(b"abcde".to_vec(), 5)]);
    assert_eq!(open("q.cab", &quantum).reasons(), [WhyNot::Unsupported]);
}

#[test]
fn a_panic_of_a_parser_costs_its_container_only() {
    // No parser is known to panic; the visitor's own panic must not be taken for one and lost.
    let bytes = zip(&[("a", b"1")]);
    let size = bytes.len() as u64;
    let mut reasons = Vec::new();
    unpack(
        Kind::Zip,
        b"z",
        &mut Cursor::new(&bytes),
        size,
        &Budget::default(),
        &|| false,
        &mut |unpacked| {
            match unpacked {
                Unpacked::Member(_) => panic!("a visitor fails"),
                Unpacked::NotOpened(not) => reasons.push(not.why),
            }
            Flow::GoOn
        },
    );
    assert_eq!(reasons, [WhyNot::ParserFailed]);
}
