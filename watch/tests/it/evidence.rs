//! Evidence cannot be changed unnoticed.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use fs_err as fs;
use jiff::Timestamp;
use serde_json::json;
use watch::keeping::{Chain, ChainError, Contents, Entry, verify_chain};

fn entry(number: u32) -> Entry {
    Entry {
        at: Timestamp::from_second(1_700_000_000 + i64::from(number)).unwrap(),
        target: "https://so.example.gov.vn/".to_owned(),
        event: "check".to_owned(),
        body: json!({ "verdict": "defacement", "number": number }),
    }
}

#[test]
fn a_chain_that_anybody_changed_at_any_byte_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence.jsonl");
    let mut chain = Chain::open(&path).unwrap();
    for number in 0..5 {
        chain.append(entry(number)).unwrap();
    }
    let proof = chain.proof();
    drop(chain);
    assert_eq!(verify_chain(&path, &mut |_| {}).unwrap(), proof);
    let bytes = fs::read(&path).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        fs::write(&path, &changed).unwrap();
        // The end of the last line is the only place where something may be missing: a line that was not finished.
        match verify_chain(&path, &mut |_| {}) {
            Ok(found) => assert_ne!(found, proof, "byte {at}"),
            Err(error) => assert!(
                matches!(error, ChainError::Broken { .. }),
                "byte {at}: {error}"
            ),
        }
    }
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let without_second = [lines[0], lines[2], lines[3], lines[4]].concat();
    let swapped = [lines[0], lines[2], lines[1], lines[3], lines[4]].concat();
    for changed in [without_second, swapped] {
        fs::write(&path, &changed).unwrap();
        assert!(matches!(
            verify_chain(&path, &mut |_| {}),
            Err(ChainError::Broken { line: 2, .. })
        ));
        assert!(Chain::open(&path).is_err());
    }
}

#[test]
fn a_line_that_was_not_finished_is_cut_off_and_the_chain_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence.jsonl");
    let mut chain = Chain::open(&path).unwrap();
    chain.append(entry(1)).unwrap();
    chain.append(entry(2)).unwrap();
    drop(chain);
    let bytes = fs::read(&path).unwrap();
    let first = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for length in first..bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        let mut chain = Chain::open(&path).unwrap();
        assert_eq!(chain.proof().lines, 1, "{length}");
        chain.append(entry(2)).unwrap();
        drop(chain);
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn contents_come_back_as_they_were_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let contents = Contents::in_folder(folder.path());
    let page = b"<p>page</p>".repeat(1_000);
    let name = contents.keep(&page).unwrap();
    assert_eq!(contents.keep(&page).unwrap(), name);
    assert_eq!(contents.load(&name).unwrap(), page);
    let path = folder.path().join(&name[..2]).join(&name);
    let mut bytes = fs::read(&path).unwrap();
    assert!(bytes.len() < page.len() / 10);
    bytes.truncate(20);
    fs::write(&path, &bytes).unwrap();
    assert!(contents.load(&name).is_err());
    for wrong in ["", "..", "/etc/passwd", &"g".repeat(64)] {
        assert!(contents.load(wrong).is_err(), "{wrong}");
    }
}
