//! The attacks that the TUF specification lists (§1.5.2), and some more, as folders of committed documents.
//!
//! Each folder is what one organisation has and is shown: `case.json` (the attack in words, what is pinned, what time
//! it is), what it `trusts` already (`trusted-root-N.json`, `trusted-catalogue.json`), what it is then `shown`, in the
//! order root, catalogue, alert; `expected.txt` is the error, or `accepted`.
//!
//! The documents are never edited after a release. New attacks are added to `attack_list.rs`, and written by running the
//! tests with the variable `TOCSIN_WRITE_TEST_DATA` set; what exists is not written again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use documents::{
    Catalogue, Expiry, Verified, VerifyError, verify_alert, verify_catalogue, verify_first_root,
    verify_next_root,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use testkit::at;

use crate::attack_list::{NOW, every_attack};
use crate::forging::explain;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    attack: String,
    pin: String,
    now: Timestamp,
}

#[test]
fn every_attack_ends_as_expected() {
    let mut names = BTreeSet::new();
    for entry in fs_err::read_dir(folder()).expect("the folder of attacks") {
        let path = entry.expect("an entry").path();
        if !path.is_dir() {
            continue;
        }
        let expected = fs_err::read_to_string(path.join("expected.txt")).expect("expected.txt");
        assert_eq!(outcome(&path), expected.trim_end(), "{}", path.display());
        names.insert(
            path.file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned(),
        );
    }
    let listed: BTreeSet<String> = every_attack().iter().map(|a| a.name.to_owned()).collect();
    assert_eq!(names, listed, "the folders and the list of attacks differ");
}

#[test]
fn attacks_are_written_on_purpose_only() {
    if std::env::var_os("TOCSIN_WRITE_TEST_DATA").is_none() {
        return;
    }
    for attack in every_attack() {
        let path = folder().join(attack.name);
        if path
            .join("expected.txt")
            .try_exists()
            .expect("can be looked for")
        {
            continue;
        }
        fs_err::create_dir_all(&path).expect("makes the folder");
        let case = Case {
            attack: attack.words.to_owned(),
            pin: attack.pin,
            now: at(NOW),
        };
        let mut json = serde_json::to_vec_pretty(&case).expect("writes");
        json.push(b'\n');
        fs_err::write(path.join("case.json"), json).expect("writes");
        for (name, bytes) in attack.files {
            fs_err::write(path.join(name), bytes).expect("writes");
        }
        let expected = outcome(&path) + "\n";
        fs_err::write(path.join("expected.txt"), expected).expect("writes");
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("test-data/attacks")
}

fn outcome(path: &Path) -> String {
    match follow(path) {
        Ok(()) => "accepted".to_owned(),
        // What the JSON library expected instead grows with the format.
        Err(error) => explain(&error)
            .split(", expected")
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}

/// Does what an organisation does with what it is shown.
fn follow(path: &Path) -> Result<(), VerifyError> {
    let case: Case =
        serde_json::from_slice(&fs_err::read(path.join("case.json")).expect("case.json"))
            .expect("a case");
    let file = |name: &str| {
        let file = path.join(name);
        file.try_exists()
            .expect("can be looked for")
            .then(|| fs_err::read(file).expect("reads"))
    };
    let pin = case.pin.parse().expect("an id");
    let first = file("trusted-root-1.json").expect("there is always a first root");
    let mut root = verify_first_root(&first, pin, Expiry::Ignored)?;
    if let Some(next) = file("trusted-root-2.json") {
        root = verify_next_root(&next, &root, Expiry::Ignored)?;
    }
    let last = file("trusted-catalogue.json").map(|bytes| {
        verify_catalogue(&bytes, &root, None, Expiry::Ignored).expect("was accepted before")
    });
    let now = Expiry::Enforced(case.now);
    if let Some(next) = file("shown-root.json") {
        root = verify_next_root(&next, &root, now)?;
    }
    let shown: Option<Verified<Catalogue>> = file("shown-catalogue.json")
        .map(|bytes| verify_catalogue(&bytes, &root, last.as_ref(), now))
        .transpose()?;
    if let Some(alert) = file("shown-alert.json") {
        let catalogue = shown.or(last).expect("an alert is shown with a catalogue");
        verify_alert(&alert, &root, &catalogue, now)?;
    }
    Ok(())
}
