//! `tocsin alert`: from a letter to an alert that two officers have signed, and what is refused on the way.

use std::path::{Path, PathBuf};

use domain::{Clock, SystemClock};
use fs_err as fs;

use crate::program::{new_key, text, tocsin};

const LETTER: &str = include_str!("../../../drafting/test-data/dispatch-238.txt");

struct Office {
    folder: tempfile::TempDir,
}

impl Office {
    fn open() -> Self {
        let office = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
        fs::write(office.path("passphrase"), "correct horse battery staple").expect("written");
        office.move_clock("2016-08-03T02:00:00Z");
        for name in ["root", "lan", "minh", "stranger"] {
            let (key, passphrase) = (office.path(name), office.path("passphrase"));
            new_key(name, text(&key), text(&passphrase));
        }
        let [root, lan, minh, out, passphrase] =
            ["root", "lan", "minh", "root.json", "passphrase"].map(|name| office.path(name));
        office.done(&[
            "root",
            "new",
            "--authority",
            "vn.cert",
            "--name",
            "CERT",
            "--root-key",
            text(&root),
            "--officer",
            text(&lan),
            "--officer",
            text(&minh),
            "--catalogue",
            text(&root),
            "--passphrase-file",
            text(&passphrase),
            "--out",
            text(&out),
        ]);
        fs::write(office.path("letter.txt"), LETTER).expect("written");
        let (letter, draft) = (office.path("letter.txt"), office.path("draft.json"));
        office.done(&[
            "alert",
            "draft",
            "--from",
            text(&letter),
            "--authority",
            "vn.cert",
            "--out",
            text(&draft),
        ]);
        office
    }

    fn move_clock(&self, to: &str) {
        let offset = testkit::at(to).as_second() - SystemClock.now().as_second();
        fs::write(self.path("clock"), offset.to_string()).expect("written");
    }

    /// Runs the program at the office's time.
    fn tocsin(&self, arguments: &[&str]) -> crate::program::Outcome {
        let clock = self.path("clock");
        tocsin([&["--clock", text(&clock)], arguments].concat())
    }

    fn done(&self, arguments: &[&str]) {
        let outcome = self.tocsin(arguments);
        assert_eq!(outcome.code, 0, "{}\n{}", outcome.stdout, outcome.stderr);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn sign(&self, file: &Path, key: &str, out: &Path) -> crate::program::Outcome {
        let (key, passphrase) = (self.path(key), self.path("passphrase"));
        self.tocsin(&[
            "alert",
            "sign",
            text(file),
            "--key",
            text(&key),
            "--passphrase-file",
            text(&passphrase),
            "--out",
            text(out),
        ])
    }

    fn verify(&self, file: &Path) -> crate::program::Outcome {
        let root = self.path("root.json");
        self.tocsin(&["alert", "verify", text(file), "--root", text(&root)])
    }
}

#[test]
fn two_officers_make_an_alert_and_one_does_not() {
    let office = Office::open();
    let (draft, one, two) = (
        office.path("draft.json"),
        office.path("one.json"),
        office.path("two.json"),
    );
    assert_eq!(office.sign(&draft, "lan", &one).code, 0);
    let alone = office.verify(&one);
    assert_eq!(alone.code, 1, "{}", alone.stdout);
    assert!(
        alone.stderr.contains("1 of 2 signatures"),
        "{}",
        alone.stderr
    );

    let again = office.sign(&one, "lan", &two);
    assert_eq!(again.code, 3, "one officer is not two");
    assert!(
        again.stderr.contains("has signed already"),
        "{}",
        again.stderr
    );

    assert_eq!(office.sign(&one, "stranger", &two).code, 0);
    let strange = office.verify(&two);
    assert_eq!(strange.code, 1);
    assert!(strange.stderr.contains("has no say"), "{}", strange.stderr);

    assert_eq!(office.sign(&one, "minh", &two).code, 0);
    let verified = office.verify(&two);
    assert_eq!(verified.code, 0, "{}", verified.stderr);
    assert!(
        verified.stdout.contains("238/VNCERT-ĐPƯC"),
        "{}",
        verified.stdout
    );
}

#[test]
fn a_changed_alert_is_refused() {
    let office = Office::open();
    let (draft, one, two) = (
        office.path("draft.json"),
        office.path("one.json"),
        office.path("two.json"),
    );
    assert_eq!(office.sign(&draft, "lan", &one).code, 0);
    assert_eq!(office.sign(&one, "minh", &two).code, 0);
    let mut envelope: serde_json::Value =
        serde_json::from_slice(&fs::read(&two).expect("readable")).expect("JSON");
    let payload = envelope["payload"].as_str().expect("text");
    // Any one character of base64 in the middle: another byte, the same length.
    let middle = payload.len() / 2;
    let other = if payload.as_bytes()[middle] == b'A' {
        "B"
    } else {
        "A"
    };
    envelope["payload"] = format!("{}{other}{}", &payload[..middle], &payload[middle + 1..]).into();
    fs::write(&two, envelope.to_string()).expect("written");
    let refused = office.verify(&two);
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.contains("does not fit the bytes"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_damaged_draft_is_not_signed_and_the_value_is_named() {
    let office = Office::open();
    let damaged = office.path("damaged.json");
    let draft = fs::read_to_string(office.path("draft.json")).expect("readable");
    let sha1 = "e464d10ad93600232d7a24856d69f00510949a40";
    assert!(
        draft.contains(sha1),
        "the draft has the digest of McUtil.dll"
    );
    fs::write(
        &damaged,
        draft.replace(sha1, "e4646d10ad93600232d7a24856d69f00510949a40"),
    )
    .expect("written");
    let refused = office.sign(&damaged, "lan", &office.path("never.json"));
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(
        refused
            .stderr
            .contains("the draft is refused; nothing was signed"),
        "{}",
        refused.stderr
    );
    let linted = tocsin(["alert", "lint", text(&damaged)]);
    assert_eq!(linted.code, 1);
    assert!(
        linted
            .stdout
            .contains("e4646d10ad93600232d7a24856d69f00510949a40"),
        "{}",
        linted.stdout
    );
    assert!(!office.path("never.json").is_file(), "nothing was signed");
}

#[test]
fn the_second_officer_sees_one_changed_digit_beside_the_letter() {
    let office = Office::open();
    let (draft, letter) = (office.path("draft.json"), office.path("letter.txt"));
    let same = tocsin(["alert", "show", text(&draft), "--beside", text(&letter)]);
    assert_eq!(same.code, 0, "{}", same.stdout);
    let changed = fs::read_to_string(&draft)
        .expect("readable")
        .replace("c52464e9df8b3d08", "c52464e9df8b3d09");
    fs::write(&draft, changed).expect("written");
    let differs = tocsin(["alert", "show", text(&draft), "--beside", text(&letter)]);
    assert_eq!(differs.code, 1, "{}", differs.stdout);
    assert!(differs.stdout.contains('≠'), "{}", differs.stdout);
}

#[test]
fn the_side_by_side_view_names_its_columns_and_marks() {
    let office = Office::open();
    let (draft, letter) = (office.path("draft.json"), office.path("letter.txt"));
    for (language, words) in [
        (
            "en",
            ["In the draft", "the draft has it", "0 nearly the same"],
        ),
        (
            "vi",
            ["Trong dự thảo", "dự thảo có giá trị này", "0 gần giống"],
        ),
    ] {
        let shown = office.tocsin(&[
            "alert",
            "show",
            text(&draft),
            "--beside",
            text(&letter),
            "--lang",
            language,
        ]);
        for word in words {
            assert!(shown.stdout.contains(word), "{word} in:\n{}", shown.stdout);
        }
        assert!(!shown.stdout.contains('\u{1b}'), "no colours in a pipe");
    }
}

#[test]
fn an_alert_that_does_not_verify_is_not_swept_for() {
    let office = Office::open();
    let (draft, one, two) = (
        office.path("draft.json"),
        office.path("one.json"),
        office.path("two.json"),
    );
    assert_eq!(office.sign(&draft, "lan", &one).code, 0);
    assert_eq!(office.sign(&one, "minh", &two).code, 0);
    let (root, disk) = (office.path("root.json"), office.path("disk"));
    fs::create_dir(&disk).expect("made");
    let other = office.path("other-root.json");
    let [key, lan, minh, passphrase] =
        ["root", "lan", "minh", "passphrase"].map(|name| office.path(name));
    office.done(&[
        "root",
        "new",
        "--authority",
        "vn.other",
        "--name",
        "Other",
        "--root-key",
        text(&key),
        "--officer",
        text(&lan),
        "--officer",
        text(&minh),
        "--catalogue",
        text(&key),
        "--passphrase-file",
        text(&passphrase),
        "--out",
        text(&other),
    ]);
    let sweep = |alert: &Path, root: &Path| {
        office.tocsin(&[
            "sweep",
            text(&disk),
            "--alert",
            text(alert),
            "--root",
            text(root),
        ])
    };
    assert_eq!(sweep(&two, &root).code, 0, "two officers signed it");
    let refusals = [
        (&one, &root, "1 of 2 signatures"),
        (&two, &other, "vn.other"),
        (&root, &root, "not an alert"),
        (&two, &two, "could not use the root"),
    ];
    for (alert, root, reason) in refusals {
        let refused = sweep(alert, root);
        assert_eq!(refused.code, 3, "{}", refused.stdout);
        assert!(refused.stderr.contains(reason), "{}", refused.stderr);
        assert!(refused.stdout.is_empty(), "no report: {}", refused.stdout);
    }

    office.move_clock("2116-08-03T02:00:00Z");
    let expired = sweep(&two, &root);
    assert_eq!(expired.code, 3);
    assert!(expired.stderr.contains("expired"), "{}", expired.stderr);
    let missing = office.tocsin(&["alert", "verify", text(&two), "--root", "/no/such/root"]);
    assert_eq!(missing.code, 3, "nothing was refused: {}", missing.stderr);
}

#[test]
fn a_key_is_never_overwritten_and_a_wrong_passphrase_says_so() {
    let office = Office::open();
    let (key, passphrase) = (office.path("lan"), office.path("passphrase"));
    let before = fs::read(&key).expect("readable");
    let outcome = tocsin([
        "key",
        "new",
        "--label",
        "x",
        "--out",
        text(&key),
        "--passphrase-file",
        text(&passphrase),
    ]);
    assert_eq!(
        (outcome.code, fs::read(&key).expect("readable")),
        (3, before)
    );
    fs::write(&passphrase, "another passphrase altogether").expect("written");
    let outcome = office.sign(
        &office.path("draft.json"),
        "lan",
        &office.path("never.json"),
    );
    assert_eq!(outcome.code, 3);
    assert!(
        outcome.stderr.to_lowercase().contains("passphrase"),
        "{}",
        outcome.stderr
    );
}
