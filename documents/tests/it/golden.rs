//! One document of each kind, committed: what was signed once is readable for ever, and reads the same.
//!
//! `test-data/<kind>/v1.json` is an envelope and is never edited after a release; `v1.expected.json` is its id and its
//! payload. Where one is missing, running the tests with `TOCSIN_WRITE_TEST_DATA` set writes both.

use std::path::Path;

use documents::{Document, Kind, verify_from};
use serde_json::{Value, json};
use testkit::{TestAuthority, alerts, signing_key};

use crate::forging::sign;
use crate::payloads;

#[test]
fn documents_of_version_1_are_read_for_ever() {
    let authority = TestAuthority::national();
    let alert = alerts::dispatch_238();
    let catalogue = authority.verified_catalogue(&[authority.sign_alert(&alert)]);
    read_for_ever(&alert);
    read_for_ever(catalogue.value());
    read_for_ever(&payloads::change_notice());
    read_for_ever(&payloads::decision());
    read_for_ever(&payloads::receipt());
    read_for_ever(&payloads::report());
    read_for_ever(&payloads::roll_up());
    read_for_ever(&authority.root);
    read_for_ever(&payloads::shared_finding());
    read_for_ever(&payloads::watch_report());
    assert_eq!(Kind::ALL.len(), 10, "a new kind needs a line above");
}

fn read_for_ever<T: Document>(example: &T) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("test-data")
        .join(T::KIND.as_str());
    let key = signing_key("golden documents");
    let envelope = folder.join("v1.json");
    let expected = folder.join("v1.expected.json");
    let missing = !envelope.try_exists().expect("can be looked for");
    if missing && std::env::var_os("TOCSIN_WRITE_TEST_DATA").is_some() {
        fs_err::create_dir_all(&folder).expect("makes the folder");
        fs_err::write(&envelope, sign(example, &[&key])).expect("writes");
        let mut text = serde_json::to_vec_pretty(&read::<T>(&envelope)).expect("writes");
        text.push(b'\n');
        fs_err::write(&expected, text).expect("writes");
    }
    let expected = fs_err::read(&expected).expect("v1.expected.json");
    let expected: Value = serde_json::from_slice(&expected).expect("JSON");
    assert_eq!(read::<T>(&envelope), expected);
}

fn read<T: Document>(path: &Path) -> Value {
    let key = signing_key("golden documents").public_key();
    let bytes = fs_err::read(path).expect("v1.json");
    let verified = verify_from::<T>(&bytes, &key).expect("verifies");
    json!({
        "id": verified.id().to_string(),
        "payload": serde_json::to_value(verified.value()).expect("writes"),
    })
}
