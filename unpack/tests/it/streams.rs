//! Compressed streams of any length, read from the front to the end.

use std::io::{Cursor, Read};

use fs_err as fs;
use unpack::{Budget, Content, Flow, Kind, Unpacked, WhyNot, open_stream, unpack};

use super::building::{gzip, tar, zip};
use super::running::made;

/// What a visitor saw that holds nothing unless it wants to.
#[derive(Debug, Default, PartialEq)]
struct Passed {
    /// Name, size, the last bytes, and whether it came in pieces.
    members: Vec<(String, u64, Vec<u8>, bool)>,
    reasons: Vec<WhyNot>,
}

fn pass(kind: Kind, bytes: &[u8], budget: &Budget, hold_max: u64) -> Passed {
    let mut passed = Passed::default();
    let size = bytes.len() as u64;
    let mut source = Cursor::new(bytes);
    let mut visit = |unpacked: Unpacked<'_>| {
        match unpacked {
            Unpacked::Member(member) => {
                let name = member.path.last().unwrap().to_string_lossy().into_owned();
                let (mut count, mut last, mut is_stream) = (0, Vec::new(), false);
                let mut take = |piece: &[u8]| {
                    count += piece.len() as u64;
                    last.extend_from_slice(&piece[piece.len().saturating_sub(9)..]);
                    last.drain(..last.len().saturating_sub(9));
                };
                match member.content {
                    Content::Whole(content) => take(content),
                    Content::Stream(stream) => {
                        is_stream = true;
                        assert!(stream.front().len() > unpack::HEAD_BYTES);
                        let held = stream.hold(hold_max).map(<[u8]>::len);
                        stream.pieces(&mut take);
                        assert_eq!(held.is_some(), count <= hold_max);
                        assert!(held.is_none_or(|held| held as u64 == count));
                    }
                }
                passed.members.push((name, count, last, is_stream));
            }
            Unpacked::NotOpened(not_opened) => passed.reasons.push(not_opened.why),
        }
        Flow::GoOn
    };
    unpack(
        kind,
        b"access.log.gz",
        &mut source,
        size,
        budget,
        &|| false,
        &mut visit,
    );
    passed
}

#[test]
fn a_packed_log_larger_than_what_may_be_held_is_shown_to_its_end() {
    const ROUNDS: u64 = 300;
    let line = b"203.0.113.7 - - [03/Aug/2016:10:00:00 +0700] \"GET /index.html\" 200\n";
    let block: Vec<u8> = line.iter().copied().cycle().take(1 << 20).collect();
    // Logs that were rotated and joined: one stream after the other.
    let mut packed = gzip(&block).repeat(ROUNDS as usize);
    packed.extend(gzip(b"the end\n"));
    let passed = pass(Kind::Gzip, &packed, &Budget::default(), 0);
    let size = (ROUNDS << 20) + 8;
    assert!(size > Budget::default().member_bytes_max);
    let [(name, count, last, is_stream)] = passed.members.as_slice() else {
        panic!("{:?}", passed.members);
    };
    assert_eq!(
        (name.as_str(), *count, *is_stream),
        ("access.log", size, true)
    );
    assert!(last.ends_with(b"the end\n"));
    assert_eq!(passed.reasons, []);
}

#[test]
fn a_large_member_is_held_where_somebody_asks_and_it_may_be() {
    let content = vec![b'x'; 5 << 20];
    let packed = gzip(&tar(&[("big", &content), ("small", b"small")]));
    for (hold_max, is_held) in [(5 << 20, true), ((5 << 20) - 1, false), (0, false)] {
        let passed = pass(Kind::Gzip, &packed, &Budget::default(), hold_max);
        let big = passed.members.iter().find(|one| one.0 == "big").unwrap();
        assert_eq!((big.1, big.3), (5 << 20, true), "{is_held}");
        assert!(passed.members.iter().any(|one| one.0 == "small"));
        assert_eq!(passed.reasons, []);
    }
}

#[test]
fn a_stream_that_is_damaged_or_too_much_is_listed_after_what_is_there() {
    let content = vec![b'x'; 5 << 20];
    let packed = gzip(&content);
    let cut = pass(
        Kind::Gzip,
        &packed[..packed.len() / 2],
        &Budget::default(),
        0,
    );
    assert_eq!(cut.reasons, [WhyNot::Damaged]);
    assert!(cut.members.iter().all(|one| one.1 < 5 << 20));
    let budget = Budget {
        bytes_max: 4 << 20,
        ..Budget::default()
    };
    let over = pass(Kind::Gzip, &packed, &budget, 0);
    assert_eq!(over.reasons, [WhyNot::Bytes]);
    assert_eq!(over.members.len(), 1);
    assert_eq!(over.members[0].1, 4 << 20);
}

#[test]
fn a_container_that_cannot_be_held_is_shown_all_the_same() {
    let mut state = 1_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 24) as u8
    };
    let noise: Vec<u8> = (0..4 << 20).map(|_| next()).collect();
    let inner = zip(&[("noise", &noise)]);
    let budget = Budget {
        member_bytes_max: 3 << 20,
        ..Budget::default()
    };
    let passed = pass(Kind::Tar, &tar(&[("in.zip", &inner)]), &budget, 0);
    assert_eq!(passed.members[0].1, inner.len() as u64);
    assert_eq!(passed.reasons, [WhyNot::MemberTooLarge]);
}

#[test]
fn a_stream_beyond_any_member_is_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    // Three streams, one after the other, as rotated logs are joined.
    for (kind, program, flags) in [
        (Kind::Gzip, "gzip", "-1c"),
        (Kind::Bzip2, "bzip2", "-1c"),
        (Kind::Xz, "xz", "-0c"),
        (Kind::Zstd, "zstd", "-qc"),
        (Kind::Lz4, "lz4", "-qc"),
    ] {
        let command = format!(
            "for n in 1 2 3; do yes \"line $n\" | head -c 140000 > part; {program} {flags} part; done > all.{program}"
        );
        if made("streams", &[program], folder.path(), &command) {
            let packed = fs::read(folder.path().join(format!("all.{program}"))).unwrap();
            let mut source = packed.as_slice();
            let mut text = String::new();
            open_stream(kind, &mut source)
                .unwrap()
                .read_to_string(&mut text)
                .unwrap();
            assert_eq!(text.len(), 420_000, "{program}");
            assert_eq!(
                text.lines().filter(|line| *line == "line 3").count(),
                20_000,
                "{program}"
            );
        }
    }
}

#[test]
fn a_stream_that_is_cut_off_gives_what_is_there_and_then_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, program) in [
        (Kind::Gzip, "gzip -c"),
        (Kind::Xz, "xz -c"),
        (Kind::Zstd, "zstd -qc"),
        (Kind::Bzip2, "bzip2 -1c"),
    ] {
        let command = format!("seq 60000 > numbers; {program} numbers > packed");
        let name = program.split(' ').next().unwrap();
        if made("a cut stream", &[name], folder.path(), &command) {
            let packed = fs::read(folder.path().join("packed")).unwrap();
            let mut source = &packed[..packed.len() * 3 / 4];
            let mut text = Vec::new();
            let result = open_stream(kind, &mut source)
                .unwrap()
                .read_to_end(&mut text);
            assert!(result.is_err(), "{program}");
            // The zstd decoder keeps its window until the end is seen, the xz decoder takes 2 MiB at a time.
            if matches!(kind, Kind::Bzip2 | Kind::Gzip) {
                assert!(text.starts_with(b"1\n2\n3\n"), "{program}");
                assert!(text.len() > 50_000, "{program}: {}", text.len());
            }
        }
    }
}

#[test]
fn only_streams_are_opened_as_streams() {
    assert!(open_stream(Kind::Zip, &mut [].as_slice()).is_none());
    assert!(open_stream(Kind::Tar, &mut [].as_slice()).is_none());
}
