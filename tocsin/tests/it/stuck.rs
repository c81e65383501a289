//! A file of which a read is never answered.

use fs_err as fs;
use serde_json::Value;
use testkit::skipping::skipped;

use crate::fuse::Stuck;
use crate::program::tocsin;
use crate::supervisor::{FILES, arguments, tree};

#[test]
fn an_item_that_never_answers_is_named_and_everything_else_is_swept() {
    let folder = tempfile::tempdir().expect("a folder");
    let (disk, alert) = tree(folder.path());
    // Looking a finding up in the system's packages may take longer than what is called hanging here.
    fs::remove_file(disk.join("windows/system32/diskmgers.dll")).expect("removed");
    let _stuck = match Stuck::mount(&disk.join("fuse")) {
        Ok(stuck) => stuck,
        Err(error) => return skipped("a file that never answers", &format!("{error:#}")),
    };
    let report = folder.path().join("report.json");
    let mut arguments = arguments(&disk, &alert, &report);
    arguments.extend(["--item-time-max", "5"]);
    let outcome = tocsin(arguments);
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    let report = fs::read(&report).expect("a report");
    let report: Value = serde_json::from_slice(&report).expect("JSON");
    let report = &report["reports"][0];
    assert_eq!(report["outcome"], "clean-incomplete", "{report:#}");
    let coverage = &report["coverage"];
    assert_eq!(coverage["item_count"], FILES + 1);
    let lines = coverage["not_examined"].as_array().expect("lines");
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_eq!(lines[0]["reason"], "item-time");
    assert_eq!(lines[0]["count"], 1);
    let example = lines[0]["examples"][0]["text"].as_str();
    assert!(
        example.is_some_and(|text| text.ends_with("/fuse/stuck")),
        "{lines:#?}"
    );
}
