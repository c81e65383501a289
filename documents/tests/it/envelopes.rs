//! Envelopes: what is read, what is not, and that no damage goes unnoticed.

use documents::{Envelope, EnvelopeError, Kind, Receipt, SignError, verify_from};
use domain::{AlertId, HostId};
use proptest::prelude::*;
use serde_json::{Value, json};
use testkit::{alerts, at, signing_key};

use crate::forging::{assemble, payload, sign, signature};

fn receipt() -> Receipt {
    Receipt {
        schema: 1,
        host: HostId::from_bytes([1; 16]),
        alert: AlertId::from_bytes([2; 32]),
        received_at: at("2016-08-04T02:00:00Z"),
    }
}

#[test]
fn no_flipped_bit_makes_another_payload_verify() {
    let key = signing_key("host");
    let bytes = sign(&receipt(), &[&key]);
    let genuine = verify_from::<Receipt>(&bytes, &key.public_key()).expect("genuine");
    for index in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[index / 8] ^= 1 << (index % 8);
        if let Ok(verified) = verify_from::<Receipt>(&damaged, &key.public_key()) {
            assert_eq!(verified.id(), genuine.id(), "bit {index}");
            assert_eq!(verified.value(), genuine.value(), "bit {index}");
        }
    }
}

#[test]
fn what_is_written_is_read_back() {
    let keys = [signing_key("a"), signing_key("b")];
    let envelope = Envelope::sign(&alerts::dispatch_238(), &[&keys[0], &keys[1]]).expect("signs");
    let read = Envelope::parse(&envelope.to_bytes()).expect("parses");
    assert_eq!(read, envelope);
    assert_eq!(read.kind(), Kind::Alert);
    assert_eq!(read.payload(), payload(&alerts::dispatch_238()));
}

#[test]
fn a_key_signs_once_and_never_what_contradicts_itself() {
    let key = signing_key("a");
    let mut envelope = Envelope::sign(&receipt(), &[&key]).expect("signs");
    let again = envelope.add_signature(&key);
    assert!(
        matches!(again, Err(SignError::SignedAlready(_))),
        "{again:?}"
    );
    let mut alert = alerts::dispatch_238();
    alert.version = 0;
    let refused = Envelope::sign(&alert, &[&key]);
    assert!(
        matches!(refused, Err(SignError::Invalid { .. })),
        "{refused:?}"
    );
    let unsigned = Envelope::sign(&receipt(), &[]);
    assert!(
        matches!(unsigned, Err(SignError::SignatureCount(0))),
        "{unsigned:?}"
    );
}

#[test]
fn there_is_room_for_sixty_four_signatures_and_no_more() {
    let keys: Vec<_> = (0..65).map(|n| signing_key(&format!("key {n}"))).collect();
    let mut envelope =
        Envelope::sign(&receipt(), &keys[..64].iter().collect::<Vec<_>>()).expect("signs");
    Envelope::parse(&envelope.to_bytes()).expect("parses");
    assert!(matches!(
        envelope.add_signature(&keys[64]),
        Err(SignError::SignatureCount(65))
    ));
    let kind = Kind::Receipt.payload_type();
    let bytes = payload(&receipt());
    let signatures: Vec<Value> = keys
        .iter()
        .map(|key| signature(key, kind, &bytes, &key.public_key().to_string()))
        .collect();
    let refused = Envelope::parse(&assemble(kind, &bytes, &signatures));
    assert!(
        matches!(refused, Err(EnvelopeError::SignatureCount(65))),
        "{refused:?}"
    );
    let refused = Envelope::parse(&assemble(kind, &bytes, &[]));
    assert!(
        matches!(refused, Err(EnvelopeError::SignatureCount(0))),
        "{refused:?}"
    );
}

/// Each change makes an envelope that other programs might still read.
#[test]
fn envelopes_are_read_in_one_form_only() {
    let key = signing_key("host");
    let genuine: Value = serde_json::from_slice(&sign(&receipt(), &[&key])).expect("JSON");
    let keyid = key.public_key().to_string();
    let sig = genuine["signatures"][0]["sig"]
        .as_str()
        .expect("text")
        .to_owned();
    let encoded = genuine["payload"].as_str().expect("text").to_owned();
    let change = |pointer: &str, value: Value| {
        let mut envelope = genuine.clone();
        match pointer.rsplit_once('/') {
            Some((parent, field)) => envelope.pointer_mut(parent).expect("there")[field] = value,
            None => unreachable!("pointers begin with a slash"),
        }
        serde_json::to_vec(&envelope).expect("writes")
    };
    let text = serde_json::to_string(&genuine).expect("writes");
    let cases = [
        change("/more", json!(1)),
        change("/signatures/0/more", json!(1)),
        change("/payload", json!(null)),
        change("/payload", json!(encoded.trim_end_matches('='))),
        change("/payload", json!(format!("{encoded}\n"))),
        change("/payload", json!(format!("{encoded}===="))),
        change(
            "/payloadType",
            json!("application/vnd.tocsin.receipt.v2+json"),
        ),
        change(
            "/payloadType",
            json!("APPLICATION/VND.TOCSIN.RECEIPT.V1+JSON"),
        ),
        change("/signatures/0/keyid", json!(keyid.to_uppercase())),
        change("/signatures/0/keyid", json!("")),
        change("/signatures/0/keyid", json!("0".repeat(64))),
        change("/signatures/0/sig", json!(sig.trim_end_matches('='))),
        change("/signatures/0/sig", json!("AAAA")),
        change("/signatures", json!({})),
        text.replacen("\"payload\"", "\"payload\":\"\",\"payload\"", 1)
            .into_bytes(),
        format!("{text}{text}").into_bytes(),
        format!("\u{feff}{text}").into_bytes(),
        format!("[{text}]").into_bytes(),
        Vec::new(),
    ];
    for case in cases {
        let parsed = Envelope::parse(&case);
        assert!(parsed.is_err(), "{}", String::from_utf8_lossy(&case));
    }
    let escaped = text.replace('/', "\\/");
    assert_ne!(escaped, text);
    verify_from::<Receipt>(escaped.as_bytes(), &key.public_key()).expect("the same text, escaped");
}

#[test]
fn every_kind_has_its_own_type_and_is_found_by_it() {
    for kind in Kind::ALL {
        assert_eq!(Kind::from_payload_type(kind.payload_type()), Some(kind));
        assert_eq!(
            kind.payload_type(),
            format!("application/vnd.tocsin.{kind}.v1+json")
        );
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Envelope::parse(&bytes);
    }

    #[test]
    fn damaged_envelopes_never_panic_and_never_verify_as_something_else(
        place in any::<prop::sample::Index>(),
        insert in prop::collection::vec(any::<u8>(), 0..4),
        remove in 0usize..4,
    ) {
        let key = signing_key("host");
        let mut bytes = sign(&receipt(), &[&key]);
        let start = place.index(bytes.len());
        let end = (start + remove).min(bytes.len());
        bytes.splice(start..end, insert);
        if let Ok(verified) = verify_from::<Receipt>(&bytes, &key.public_key()) {
            prop_assert_eq!(verified.value(), &receipt());
        }
    }
}
