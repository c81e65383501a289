//! Keys, drafts, signatures, issue: with the same commands that officers use.

use std::ffi::OsString;

use anyhow::{Context as _, bail};
use domain::AlertId;
use fs_err as fs;
use sha2::{Digest as _, Sha256};

use super::disks::{MARKER, MARKER_PLACE};
use super::processes::words;
use super::stage::Stage;
use super::story::{AUTHORITY, organisation};

/// The dispatch as it was pasted out of a letter.
const LETTER: &str = include_str!("../../../drafting/test-data/dispatch-238.txt");
/// The SHA-1 of McUtil.dll, and what became of it in a public copy of the dispatch.
const RETYPED: (&str, &str) = (
    "e464d10ad93600232d7a24856d69f00510949a40",
    "E4646D10AD93600232D7A24856D69F00510949A40",
);
/// The documents of the demo, dispatch first.
const ALERTS: [&str; 2] = ["dispatch-238", "exercise"];

/// Makes the keys of two officers and of the authority's root.
pub fn make_keys(stage: &Stage) -> anyhow::Result<()> {
    for (name, label) in [
        ("root", "Khóa gốc VNCERT"),
        ("lan", "Lan, cán bộ trực"),
        ("minh", "Minh, cán bộ trực"),
    ] {
        let (key, passphrase) = (stage.key(name), stage.passphrase_file());
        let command = words![
            "key",
            "new",
            "--label",
            &label,
            "--out",
            &key,
            "--passphrase-file",
            &passphrase
        ];
        stage.program.run(&command, &[0])?;
    }
    Ok(())
}

/// Makes the authority's root document, which names the officers and `catalogue_key`.
pub fn make_root(stage: &Stage, catalogue_key: &str) -> anyhow::Result<()> {
    let (root, lan, minh) = (stage.key("root"), stage.key("lan"), stage.key("minh"));
    let (passphrase, out) = (stage.passphrase_file(), stage.document("root.json"));
    let name = organisation(AUTHORITY).name;
    let command = words![
        "root",
        "new",
        "--authority",
        &AUTHORITY,
        "--name",
        &name,
        "--root-key",
        &root,
        "--officer",
        &lan,
        "--officer",
        &minh,
        "--catalogue",
        &catalogue_key,
        "--passphrase-file",
        &passphrase,
        "--out",
        &out,
    ];
    stage.program.run(&command, &[0])?;
    Ok(())
}

/// Shows that a retyped copy is refused, and returns what is said about it.
pub fn refuse_damaged(stage: &Stage) -> anyhow::Result<String> {
    let damaged = LETTER
        .replace(RETYPED.0, RETYPED.1)
        .replace(&RETYPED.0.to_uppercase(), RETYPED.1);
    let file = stage.document("damaged-copy.txt");
    fs::write(&file, damaged)?;
    let output = stage
        .program
        .run(&words!["alert", "lint", "--format", "json", &file], &[1])?;
    let output: serde_json::Value = serde_json::from_str(&output)?;
    let refused = output["problems"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|problem| problem["level"] == "refused");
    let refused = refused.context("the damaged copy was refused without a reason")?;
    Ok(format!(
        "{} ({})",
        refused["value"].as_str().unwrap_or("?"),
        refused["code"].as_str().unwrap_or("?")
    ))
}

/// Drafts both alerts: the dispatch from its letter, the exercise from a table.
pub fn draft(stage: &Stage) -> anyhow::Result<()> {
    let letter = stage.document("dispatch-238.txt");
    fs::write(&letter, LETTER)?;
    let table = stage.document("exercise.csv");
    fs::write(&table, exercise_table())?;
    let draft = stage.document("dispatch-238.draft.json");
    let common = [
        "--issued",
        "2016-08-03T02:00:00Z",
        "--deadline",
        "2016-08-05T09:00:00Z",
        "--authority",
        AUTHORITY,
    ];
    let mut command = Vec::from(words!["alert", "draft", "--from", &letter, "--out", &draft]);
    let asked = [
        "--ask",
        "inform",
        "--ask",
        "sweep",
        "--ask",
        "isolate",
        "--ask",
        "block",
        "--severity",
        "critical",
    ];
    command.extend(common.iter().chain(&asked).map(OsString::from));
    stage.program.run(&command, &[0])?;
    let draft = stage.document("exercise.draft.json");
    let title = "Diễn tập: tìm tệp đánh dấu trên các máy hiển thị thông tin chuyến bay";
    let mut command = Vec::from(words![
        "alert",
        "draft",
        "--from",
        &table,
        "--out",
        &draft,
        "--number",
        "DT-01/VNCERT",
        "--exercise",
        "--title",
        &title,
    ]);
    let asked = [
        "--ask",
        "inform",
        "--ask",
        "sweep",
        "--ask",
        "isolate",
        "--severity",
        "medium",
    ];
    command.extend(common.iter().chain(&asked).map(OsString::from));
    stage.program.run(&command, &[0])?;
    Ok(())
}

/// Has both officers sign both drafts.
pub fn sign(stage: &Stage) -> anyhow::Result<()> {
    let passphrase = stage.passphrase_file();
    for name in ALERTS {
        let draft = stage.document(&format!("{name}.draft.json"));
        let alert = stage.document(&format!("{name}.json"));
        let (lan, minh) = (stage.key("lan"), stage.key("minh"));
        let first = words![
            "alert",
            "sign",
            &draft,
            "--key",
            &lan,
            "--passphrase-file",
            &passphrase,
            "--out",
            &alert
        ];
        stage.program.run(&first, &[0])?;
        let second = words![
            "alert",
            "sign",
            &alert,
            "--key",
            &minh,
            "--passphrase-file",
            &passphrase
        ];
        stage.program.run(&second, &[0])?;
    }
    Ok(())
}

/// Issues both alerts at the authority's node, and returns their ids.
pub fn issue(stage: &Stage) -> anyhow::Result<Vec<AlertId>> {
    let folder = stage.node(AUTHORITY);
    let mut issued = Vec::new();
    for name in ALERTS {
        let alert = stage.document(&format!("{name}.json"));
        let officer = organisation(AUTHORITY).officer;
        let command = words![
            "node",
            "issue",
            "--folder",
            &folder,
            "--officer",
            &officer,
            &alert
        ];
        let output = stage.program.run(&command, &[0])?;
        match output.split_whitespace().next().map(str::parse) {
            Some(Ok(id)) => issued.push(id),
            _ => bail!("`tocsin node issue` printed no id: {output}"),
        }
    }
    Ok(issued)
}

fn exercise_table() -> String {
    let path = format!("C:\\{}", MARKER_PLACE.replace('/', "\\"));
    let sha256 = domain::digest::to_hex(&Sha256::digest(MARKER));
    format!(
        "role,path,size,sha256\npayload,{path},{},{sha256}\n",
        MARKER.len()
    )
}

/// Returns the signed alerts with their names, for the sweep kit.
pub fn signed_alerts(stage: &Stage) -> Vec<std::path::PathBuf> {
    ALERTS
        .iter()
        .map(|name| stage.document(&format!("{name}.json")))
        .collect()
}
