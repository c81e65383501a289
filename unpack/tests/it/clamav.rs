//! `ClamAV`'s own test files: one harmless program in every container that it opens. The table in
//! `docs/containers.md` is made by this test: run it with `TOCSIN_WRITE_TEST_DATA` set, and read the difference.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use fs_err as fs;
use testkit::skipping::skipped;
use unpack::{WhyNot, recognise};

use super::{Seen, open_as};

const FOLDER: &str = "/usr/share/clamav-testfiles";
const START: &str = "<!-- clamav-testfiles: begin -->\n";
const END: &str = "<!-- clamav-testfiles: end -->\n";

/// One file of the package.
struct Row {
    name: String,
    kind: &'static str,
    result: String,
}

#[test]
fn the_table_of_containers_says_what_is_found() {
    let Some(rows) = rows() else { return };
    let mut table = String::from("| file | recognised as | the program in it |\n|---|---|---|\n");
    for row in &rows {
        writeln!(table, "| `{}` | {} | {} |", row.name, row.kind, row.result).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/containers.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page
        .split_once(START)
        .expect("the page has the table's begin");
    let (committed, after) = rest.split_once(END).expect("the page has the table's end");
    if std::env::var_os("TOCSIN_WRITE_TEST_DATA").is_some() {
        fs::write(&path, format!("{before}{START}{table}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(
        committed, table,
        "docs/containers.md is not what the files give"
    );
}

#[test]
fn no_container_is_passed_over() {
    let Some(rows) = rows() else { return };
    for row in rows {
        assert!(
            !row.result.contains("silence"),
            "{}: {}",
            row.name,
            row.result
        );
    }
}

fn rows() -> Option<Vec<Row>> {
    let Ok(folder) = fs::read_dir(FOLDER) else {
        skipped(
            "containers of clamav-testfiles",
            "the package is not installed",
        );
        return None;
    };
    let mut files: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let program = fs::read(Path::new(FOLDER).join("clam.exe")).unwrap();
    Some(files.iter().map(|file| row(file, &program)).collect())
}

fn row(file: &Path, program: &[u8]) -> Row {
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
    let bytes = fs::read(file).unwrap();
    let head = bytes.get(..unpack::HEAD_BYTES).unwrap_or(&bytes);
    let Some(kind) = recognise(name.as_bytes(), head) else {
        return Row {
            name,
            kind: "-",
            result: "not a container that is known".to_owned(),
        };
    };
    let seen = open_as(kind, &name, &bytes, &unpack::Budget::default());
    Row {
        result: result(&bytes, program, &seen),
        name,
        kind: kind.name(),
    }
}

fn result(bytes: &[u8], program: &[u8], seen: &Seen) -> String {
    if bytes == program {
        return "is the program".to_owned();
    }
    if let Some((path, _)) = seen.members.iter().find(|(_, content)| content == program) {
        return format!("found: `{}`", path.replace('|', "\\|"));
    }
    let mut listed: Vec<String> = (seen.not_opened.iter())
        .filter(|(_, why, _)| *why != WhyNot::Damaged || seen.members.is_empty())
        .map(|(_, why, detail)| format!("{why} ({detail})"))
        .collect();
    listed.dedup();
    if !listed.is_empty() {
        return format!("not opened: {}", listed.join("; "));
    }
    if bytes.starts_with(b"MZ") {
        return "a packed program: no container".to_owned();
    }
    format!("silence, {} members", seen.members.len())
}
