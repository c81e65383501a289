//! Where the samples are, and traces as lines that are easy to compare.

use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

use artefacts::{Damaged, Flow, Kind, Limits, Trace};
use flate2::read::GzDecoder;

/// Returns a sample.
pub(crate) fn sample(name: &str) -> Vec<u8> {
    fs_err::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("test-data")
            .join(name),
    )
    .expect("the sample is there")
}

/// Returns the NTFS volume.
pub(crate) fn volume() -> Vec<u8> {
    let packed = sample("volume.img.gz");
    let mut image = Vec::new();
    GzDecoder::new(packed.as_slice())
        .read_to_end(&mut image)
        .expect("the sample is whole");
    image
}

/// Reads a content as the kind that its path and head say, and returns each trace as a line.
pub(crate) fn lines(path: &str, content: &[u8]) -> (Vec<String>, Result<(), Damaged>) {
    let head = &content[..content.len().min(artefacts::HEAD_BYTES)];
    let kind = artefacts::recognise(path.as_bytes(), head).expect("the sample is recognised");
    lines_of(kind, path, content)
}

/// Reads a content as one kind, and returns each trace as a line.
pub(crate) fn lines_of(
    kind: Kind,
    path: &str,
    content: &[u8],
) -> (Vec<String>, Result<(), Damaged>) {
    let mut lines = Vec::new();
    let mut each = |trace: &Trace<'_>| -> Flow {
        lines.push(format!(
            "{:?} {} [{}]",
            trace.what,
            trace.text,
            trace.data.to_text()
        ));
        ControlFlow::Continue(())
    };
    let read = artefacts::read(
        kind,
        path.as_bytes(),
        content,
        &Limits::default(),
        &mut each,
    );
    (lines, read)
}

/// Asserts that a line is there.
#[track_caller]
pub(crate) fn assert_has(lines: &[String], wanted: &str) {
    assert!(
        lines.iter().any(|line| line == wanted),
        "{wanted}\nis not in\n{}",
        lines.join("\n")
    );
}

/// Returns text as UTF-16.
pub(crate) fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
