//! Compressed streams of any length, read from the front to the end.

use std::io::Read;

use fs_err as fs;
use unpack::{Kind, open_stream};

use super::running::made;

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
