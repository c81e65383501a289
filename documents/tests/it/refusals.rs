//! What verification refuses, each thing in a test of its own. The attacks in `test-data` have more of them.

use documents::{
    Envelope, Expiry, Kind, RoleKeys, StrictJsonError, Verified, VerifyError, valid_signers,
    verify_alert, verify_alert_signatures, verify_catalogue, verify_first_root, verify_from,
    verify_next_root, verify_root_chain,
};
use documents::{Receipt, Root};
use domain::{Alert, AlertId, HostId};
use testkit::{TestAuthority, alerts, at, signing_key};

use crate::forging::{forge, payload, sign};

fn now() -> Expiry {
    Expiry::Enforced(at("2016-08-04T02:00:00Z"))
}

fn verify(authority: &TestAuthority, alert: &[u8]) -> Result<Verified<Alert>, VerifyError> {
    let genuine = authority.sign_alert(&alerts::dispatch_238());
    let catalogue = authority.verified_catalogue(&[genuine]);
    verify_alert(alert, &authority.verified_root(), &catalogue, now())
}

#[test]
fn a_genuine_alert_is_accepted_with_its_exact_bytes_and_signers() {
    let authority = TestAuthority::national();
    let bytes = authority.sign_alert(&alerts::dispatch_238());
    let verified = verify(&authority, &bytes).expect("genuine");
    assert_eq!(verified.value(), &alerts::dispatch_238());
    assert_eq!(verified.bytes(), bytes);
    assert_eq!(verified.id(), Envelope::parse(&bytes).expect("parses").id());
    let mut officers: Vec<_> = authority.officers[..2]
        .iter()
        .map(documents::SigningKey::public_key)
        .collect();
    officers.sort();
    assert_eq!(verified.signers(), officers);
}

#[test]
fn refuses_changed_bytes() {
    let authority = TestAuthority::national();
    let signed = authority.sign_alert(&alerts::dispatch_238());
    let mut other = alerts::dispatch_238();
    other.number = "239/VNCERT-ĐPƯC".to_owned();
    let [signed, changed] = [signed, authority.sign_alert(&other)]
        .map(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).expect("JSON"));
    let mut forged = signed;
    forged["payload"] = changed["payload"].clone();
    let bytes = serde_json::to_vec(&forged).expect("writes");
    let refused = verify(&authority, &bytes);
    assert!(
        matches!(refused, Err(VerifyError::BadSignature(_))),
        "{refused:?}"
    );
}

#[test]
fn refuses_the_wrong_type() {
    let authority = TestAuthority::national();
    let refused = verify(&authority, &authority.root_bytes());
    assert!(
        matches!(
            refused,
            Err(VerifyError::WrongKind {
                expected: Kind::Alert,
                found: Kind::Root
            })
        ),
        "{refused:?}"
    );
}

#[test]
fn refuses_too_few_signatures() {
    let authority = TestAuthority::national();
    let refused = verify(
        &authority,
        &sign(&alerts::dispatch_238(), &[&authority.officers[0]]),
    );
    assert!(
        matches!(
            refused,
            Err(VerifyError::TooFewSignatures {
                valid: 1,
                needed: 2,
                ..
            })
        ),
        "{refused:?}"
    );
}

#[test]
fn refuses_one_officer_twice() {
    let authority = TestAuthority::national();
    let officer = &authority.officers[0];
    let bytes = forge(
        Kind::Alert.payload_type(),
        &payload(&alerts::dispatch_238()),
        &[officer, officer],
    );
    let refused = verify(&authority, &bytes);
    assert!(
        matches!(refused, Err(VerifyError::SignedTwice(key)) if key == officer.public_key()),
        "{refused:?}"
    );
}

#[test]
fn refuses_an_unknown_key() {
    let authority = TestAuthority::national();
    let stranger = signing_key("stranger");
    let bytes = sign(
        &alerts::dispatch_238(),
        &[&authority.officers[0], &stranger],
    );
    let refused = verify(&authority, &bytes);
    assert!(
        matches!(refused, Err(VerifyError::UnknownKey { key, valid: 1, .. }) if key == stranger.public_key()),
        "{refused:?}"
    );
}

#[test]
fn a_strangers_signature_beside_enough_officers_changes_nothing() {
    let authority = TestAuthority::national();
    let mut envelope =
        Envelope::parse(&authority.sign_alert(&alerts::dispatch_238())).expect("parses");
    envelope
        .add_signature(&signing_key("stranger"))
        .expect("signs");
    let verified = verify(&authority, &envelope.to_bytes()).expect("two officers are enough");
    assert_eq!(verified.signers().len(), 2);
}

#[test]
fn refuses_what_has_expired_to_the_second() {
    let authority = TestAuthority::national();
    let root = authority.verified_root();
    let mut alert = alerts::dispatch_238();
    alert.expires_at = at("2016-08-06T00:00:00Z");
    let bytes = authority.sign_alert(&alert);
    let before = Expiry::Enforced(at("2016-08-05T23:59:59Z"));
    let after = Expiry::Enforced(at("2016-08-06T00:00:00Z"));
    verify_alert_signatures(&bytes, &root, before).expect("in time");
    let refused = verify_alert_signatures(&bytes, &root, after);
    assert!(
        matches!(
            refused,
            Err(VerifyError::Expired {
                kind: Kind::Alert,
                ..
            })
        ),
        "{refused:?}"
    );
    verify_alert_signatures(&bytes, &root, Expiry::Ignored).expect("kept on our own disk");
}

#[test]
fn refuses_everything_that_relies_on_an_expired_root() {
    let authority = TestAuthority::national();
    let late = Expiry::Enforced(at("2036-08-01T00:00:00Z"));
    let pinned = verify_first_root(&authority.root_bytes(), authority.pin(), late);
    assert!(matches!(
        pinned,
        Err(VerifyError::Expired {
            kind: Kind::Root,
            ..
        })
    ));
    let root = authority.verified_root();
    let catalogue = verify_catalogue(&authority.catalogue(&[]), &root, None, late);
    assert!(matches!(
        catalogue,
        Err(VerifyError::Expired {
            kind: Kind::Root,
            ..
        })
    ));
}

#[test]
fn refuses_an_older_version_than_already_seen() {
    let authority = TestAuthority::national();
    let root = authority.verified_root();
    let newer = verify_catalogue(&authority.catalogue_version(7, &[]), &root, None, now())
        .expect("genuine");
    let refused = verify_catalogue(
        &authority.catalogue_version(6, &[]),
        &root,
        Some(&newer),
        now(),
    );
    assert!(
        matches!(
            refused,
            Err(VerifyError::Rollback {
                found: 6,
                seen: 7,
                ..
            })
        ),
        "{refused:?}"
    );
    verify_catalogue(newer.bytes(), &root, Some(&newer), now()).expect("the same one again");
}

#[test]
fn refuses_an_alert_that_is_not_in_the_catalogue() {
    let authority = TestAuthority::national();
    let bytes = authority.sign_alert(&alerts::exercise(&[("x.txt", [1; 32])]));
    let refused = verify(&authority, &bytes);
    assert!(
        matches!(refused, Err(VerifyError::NotInCatalogue(_))),
        "{refused:?}"
    );
}

#[test]
fn refuses_over_long_input_without_reading_it() {
    let authority = TestAuthority::national();
    let long = vec![b' '; Kind::Catalogue.envelope_bytes_max() + 1];
    let refused = verify_catalogue(&long, &authority.verified_root(), None, now());
    assert!(
        matches!(refused, Err(VerifyError::TooLong { .. })),
        "{refused:?}"
    );
    let payload = vec![b'['; Kind::Receipt.payload_bytes_max() + 1];
    let key = signing_key("host");
    let forged = forge(Kind::Receipt.payload_type(), &payload, &[&key]);
    let refused = verify_from::<Receipt>(&forged, &key.public_key());
    assert!(
        matches!(refused, Err(VerifyError::TooLong { .. })),
        "{refused:?}"
    );
}

fn refuse_payload(from: &str, to: &str) -> StrictJsonError {
    let authority = TestAuthority::national();
    let text = String::from_utf8(payload(&alerts::dispatch_238())).expect("UTF-8");
    assert!(text.contains(from), "{from}");
    let officers = [&authority.officers[0], &authority.officers[1]];
    let bytes = forge(
        Kind::Alert.payload_type(),
        text.replacen(from, to, 1).as_bytes(),
        &officers,
    );
    match verify(&authority, &bytes) {
        Err(VerifyError::Payload(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn refuses_an_unknown_field() {
    let error = refuse_payload(
        "\"label\":\"McAfee.exe\"",
        "\"label\":\"McAfee.exe\",\"command\":\"del\"",
    );
    assert!(
        matches!(&error, StrictJsonError::Shape(cause) if cause.to_string().contains("unknown field `command`")),
        "{error:?}"
    );
}

#[test]
fn refuses_a_duplicate_key() {
    let error = refuse_payload("\"exercise\":false", "\"exercise\":false,\"exercise\":true");
    assert!(
        matches!(&error, StrictJsonError::DuplicateKey(key) if key == "exercise"),
        "{error:?}"
    );
}

#[test]
fn refuses_a_number_that_is_not_an_integer() {
    for number in [
        "1.0",
        "1e0",
        "1E2",
        "0.5",
        "-0",
        "18446744073709551616",
        "1e400",
    ] {
        let error = refuse_payload("\"version\":1", &format!("\"version\":{number}"));
        let refused = matches!(
            error,
            StrictJsonError::NotAnInteger | StrictJsonError::Syntax(_)
        );
        assert!(refused, "{number}: {error:?}");
    }
}

#[test]
fn a_chain_of_roots_is_followed_and_only_its_last_must_be_in_time() {
    let authority = TestAuthority::national();
    let old = &authority.root_keys[0];
    let root = |version, expires_at: &str| Root {
        version,
        expires_at: at(expires_at),
        ..authority.root.clone()
    };
    let first = sign(&root(1, "2016-08-02T00:00:00Z"), &[old]);
    let second = sign(&root(2, "2036-08-01T00:00:00Z"), &[old]);
    let pin = Envelope::parse(&first).expect("parses").id();
    let chain = vec![first, second.clone()];
    assert_eq!(
        verify_root_chain(&chain, pin, now())
            .expect("in time")
            .version,
        2
    );
    let expired = verify_root_chain(&chain[..1], pin, now());
    assert!(matches!(expired, Err(VerifyError::Expired { .. })));
    assert!(verify_root_chain(&[], pin, now()).is_err());
    assert!(verify_root_chain(&[second], pin, now()).is_err());
}

#[test]
fn a_root_that_needs_two_keys_of_each_side_gets_them() {
    let keys: Vec<_> = (1..=4).map(|n| signing_key(&format!("root {n}"))).collect();
    let authority = TestAuthority::national();
    let role = |range: std::ops::Range<usize>| RoleKeys {
        keys: keys[range]
            .iter()
            .map(documents::SigningKey::public_key)
            .collect(),
        threshold: 2,
    };
    let first = Root {
        root: role(0..2),
        ..authority.root.clone()
    };
    let first = sign(&first, &[&keys[0], &keys[1]]);
    let pin = Envelope::parse(&first).expect("parses").id();
    let first = verify_first_root(&first, pin, now()).expect("genuine");
    let next = Root {
        version: 2,
        root: role(2..4),
        ..authority.root.clone()
    };
    let mut envelope = Envelope::sign(&next, &[&keys[0], &keys[2]]).expect("signs");
    for missing in [1, 3] {
        assert!(verify_next_root(&envelope.to_bytes(), &first, now()).is_err());
        envelope.add_signature(&keys[missing]).expect("signs");
    }
    verify_next_root(&envelope.to_bytes(), &first, now()).expect("two of each");
}

#[test]
fn a_peers_document_is_accepted_from_that_peer_only() {
    let receipt = Receipt {
        schema: 1,
        host: HostId::from_bytes([1; 16]),
        alert: AlertId::from_bytes([2; 32]),
        received_at: at("2016-08-04T02:00:00Z"),
    };
    let key = signing_key("host");
    let bytes = sign(&receipt, &[&key]);
    let verified = verify_from::<Receipt>(&bytes, &key.public_key()).expect("genuine");
    assert_eq!(*verified, receipt);
    let other = verify_from::<Receipt>(&bytes, &signing_key("other").public_key());
    assert!(
        matches!(other, Err(VerifyError::UnknownKey { .. })),
        "{other:?}"
    );
    let kind = verify_from::<Root>(&bytes, &key.public_key());
    assert!(
        matches!(kind, Err(VerifyError::WrongKind { .. })),
        "{kind:?}"
    );
}

#[test]
fn the_second_officer_sees_who_has_validly_signed_so_far() {
    let authority = TestAuthority::national();
    let officers = &authority.root.officers;
    let mut envelope =
        Envelope::sign(&alerts::dispatch_238(), &[&authority.officers[2]]).expect("signs");
    let first = authority.officers[2].public_key();
    assert!(
        valid_signers(&envelope, officers)
            .expect("good")
            .contains(&first)
    );
    let id = envelope.id();
    envelope
        .add_signature(&authority.officers[1])
        .expect("signs");
    assert_eq!(valid_signers(&envelope, officers).expect("good").len(), 2);
    assert_eq!(envelope.id(), id);
}
