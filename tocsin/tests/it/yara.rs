//! The same rules over the same files as YARA-X's own program `yr`: the findings are the same.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;
use testkit::skipping::{corpora, skipped};

use crate::program::{text, tocsin, tocsin_done};

/// Rules of the corpus, few enough for an unoptimised build, of many kinds.
const RULE_FILES_MAX: usize = 120;

#[test]
fn finds_what_yr_finds_with_public_rules() {
    let Some(corpora) = corpora("comparison with yr on signature-base") else {
        return;
    };
    if Command::new("yr").arg("--version").output().is_err() {
        skipped(
            "comparison with yr",
            "yr is not installed (cargo install yara-x-cli)",
        );
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let rules = rule_files(&corpora.join("signature-base/yara"));
    let files = lay_out_targets(&folder.path().join("files"), &corpora);
    assert!(files > 20, "there is something to match");
    let draft = folder.path().join("draft.json");
    let mut command = vec![
        "alert",
        "draft",
        "--authority",
        "vn.cert",
        "--number",
        "T-1",
        "--title",
        "Rules",
        "--out",
        text(&draft),
        "--from",
    ];
    command.extend(rules.iter().map(|path| text(path)));
    tocsin_done(command);
    let target = folder.path().join("files");
    let ours = our_findings(&target, &draft);
    let theirs = their_findings(&target, &rules);
    assert!(!theirs.is_empty(), "the rules match something");
    assert_eq!(ours, theirs);
}

fn rule_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("listable")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    // Those whose variables `yr` would have to be told for each file.
    files.retain(|file| {
        let source = fs::read_to_string(file).unwrap_or_default();
        !["filename", "filepath", "extension", "filetype", "owner"]
            .iter()
            .any(|variable| source.contains(variable))
    });
    files.sort();
    let step = files.len() / RULE_FILES_MAX + 1;
    files.into_iter().step_by(step).collect()
}

/// The rules' own sources hold many of the strings that they look for; programs and text of the system beside them.
fn lay_out_targets(target: &Path, corpora: &Path) -> usize {
    fs::create_dir_all(target).expect("made");
    let mut count = 0;
    let mut copy = |from: &Path| {
        if from.is_file() && fs::copy(from, target.join(format!("{count:03}"))).is_ok() {
            count += 1;
        }
    };
    for (index, entry) in fs::read_dir(corpora.join("signature-base/yara"))
        .expect("listable")
        .enumerate()
    {
        if index % 12 == 0 {
            copy(&entry.expect("an entry").path());
        }
    }
    for system in ["/bin/sh", "/usr/bin/env", "/etc/passwd"] {
        copy(Path::new(system));
    }
    count
}

fn our_findings(target: &Path, draft: &Path) -> BTreeSet<(String, String)> {
    let outcome = tocsin([
        "sweep",
        text(target),
        "--alert",
        text(draft),
        "--format",
        "json",
    ]);
    let report: serde_json::Value =
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{}", outcome.stderr));
    let report = &report["reports"][0];
    assert_eq!(
        report["coverage"]["complete"], true,
        "{:#}",
        report["coverage"]["not_examined"]
    );
    let mut found = BTreeSet::new();
    for finding in report["findings"].as_array().expect("a list") {
        for hit in finding["hits"].as_array().expect("a list") {
            let rule = hit["value"].as_str().expect("a rule's name");
            found.insert((
                rule.to_owned(),
                finding["item"]["text"].as_str().expect("a path").to_owned(),
            ));
        }
    }
    found
}

fn their_findings(target: &Path, rules: &[PathBuf]) -> BTreeSet<(String, String)> {
    let mut command = Command::new("yr");
    command.args([
        "scan",
        "--output-format",
        "ndjson",
        "--relaxed-re-syntax",
        "--disable-warnings",
    ]);
    for (index, file) in rules.iter().enumerate() {
        // A namespace each, as an alert gives each rule source one.
        command.arg(format!("n{index}:{}", text(file)));
    }
    let output = command.arg(target).output().expect("yr runs");
    let mut found = BTreeSet::new();
    for line in String::from_utf8(output.stdout).expect("UTF-8").lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        for rule in line["rules"].as_array().into_iter().flatten() {
            let name = rule["identifier"].as_str().expect("a name");
            found.insert((
                name.to_owned(),
                line["path"].as_str().expect("a path").to_owned(),
            ));
        }
    }
    found
}
