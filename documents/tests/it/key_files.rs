//! Key files: the passphrase opens them, and nothing else does.

use documents::key_file::{decrypt, encrypt, read_label};
use documents::{KeyFileError, SigningKey};
use domain::digest::to_hex;
use serde_json::{Value, json};
use testkit::signing_key;

const PASSPHRASE: &str = "cá rô đồng kho tộ";

fn file() -> Value {
    let bytes = encrypt(&signing_key("officer"), "Officer 1", PASSPHRASE).expect("encrypts");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn open(file: &Value, passphrase: &str) -> Result<SigningKey, KeyFileError> {
    decrypt(&serde_json::to_vec(file).expect("writes"), passphrase)
}

#[test]
fn the_passphrase_opens_the_file_and_the_file_shows_no_key() {
    let key = signing_key("officer");
    let bytes = encrypt(&key, "Officer 1", PASSPHRASE).expect("encrypts");
    let opened = decrypt(&bytes, PASSPHRASE).expect("opens");
    assert_eq!(*opened.to_seed(), *key.to_seed());
    let label = read_label(&bytes).expect("reads");
    assert_eq!(
        (label.label.as_str(), label.public_key),
        ("Officer 1", key.public_key())
    );
    let text = String::from_utf8(bytes).expect("text");
    assert!(!text.contains(&to_hex(&*key.to_seed())));
    assert!(text.ends_with("}\n"));
}

#[test]
fn another_passphrase_is_told_apart_from_a_broken_file() {
    let file = file();
    for wrong in ["", "cá rô đồng kho tộ ", "ca ro dong kho to"] {
        let refused = open(&file, wrong);
        assert!(
            matches!(refused, Err(KeyFileError::WrongPassphrase)),
            "{wrong}: {refused:?}"
        );
    }
    let broken = decrypt(b"{\"header\":", PASSPHRASE);
    assert!(matches!(broken, Err(KeyFileError::Json(_))), "{broken:?}");
    let empty = encrypt(&signing_key("officer"), "x", "");
    assert!(
        matches!(empty, Err(KeyFileError::EmptyPassphrase)),
        "{empty:?}"
    );
}

#[test]
fn no_field_can_be_exchanged() {
    let other = signing_key("other").public_key().to_string();
    for (field, value) in [
        ("/header/label", json!("Officer 2")),
        ("/header/public_key", json!(other)),
        ("/header/kdf/passes", json!(4)),
        ("/header/kdf/salt", json!("AAAAAAAAAAAAAAAAAAAAAA==")),
        (
            "/header/cipher/nonce",
            json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ),
    ] {
        let mut file = file();
        *file.pointer_mut(field).expect("there") = value;
        let refused = open(&file, PASSPHRASE);
        assert!(
            matches!(refused, Err(KeyFileError::WrongPassphrase)),
            "{field}: {refused:?}"
        );
    }
}

#[test]
fn a_hostile_file_cannot_demand_a_mountain_of_memory_or_a_day_of_work() {
    for (field, value) in [
        ("/header/kdf/memory_kib", 64 * 1024 * 1024u32),
        ("/header/kdf/passes", u32::MAX),
        ("/header/kdf/lanes", 0x00ff_ffff),
    ] {
        let mut file = file();
        *file.pointer_mut(field).expect("there") = json!(value);
        let refused = open(&file, PASSPHRASE);
        assert!(
            matches!(refused, Err(KeyFileError::TooCostly)),
            "{field}: {refused:?}"
        );
    }
}

#[test]
fn files_that_are_not_key_files_are_refused() {
    for (field, value) in [
        ("/header/schema", json!(2)),
        ("/header/kind", json!("tocsin-alert")),
        ("/header/kdf/algorithm", json!("scrypt")),
        ("/header/cipher/algorithm", json!("none")),
        ("/header/kdf/memory_kib", json!(0)),
        ("/header/kdf/salt", json!("AA==")),
        ("/header/label", json!("a\u{1b}[2J")),
        ("/ciphertext", json!("")),
    ] {
        let mut file = file();
        *file.pointer_mut(field).expect("there") = value;
        let refused = open(&file, PASSPHRASE);
        assert!(
            matches!(refused, Err(KeyFileError::Format(_))),
            "{field}: {refused:?}"
        );
    }
    let long = vec![b' '; 1_000_000];
    assert!(matches!(
        decrypt(&long, PASSPHRASE),
        Err(KeyFileError::Json(_))
    ));
}
