//! Keys: one way to write each, none that is unsound, none that is shown.

use documents::{KeyError, PublicKey, SigningKey};
use domain::digest::{parse_hex, to_hex};
use testkit::signing_key;

/// RFC 8032 §7.1, test 2.
#[test]
fn signs_as_the_standard_says() {
    let seed = parse_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    let key = SigningKey::from_seed(&seed.expect("32 bytes"));
    assert_eq!(
        key.public_key().to_string(),
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    );
    let signature = key.sign(&[0x72]);
    assert_eq!(
        to_hex(&signature),
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    );
    assert!(key.public_key().verifies(&[0x72], &signature));
    assert!(!key.public_key().verifies(&[0x73], &signature));
}

/// A signature plus the group order is the same signature to a careless verifier (RFC 8032 §5.1.7).
#[test]
fn a_signature_has_one_form() {
    const ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let order: [u8; 32] = parse_hex(ORDER).expect("32 bytes");
    let key = signing_key("a");
    let mut signature = key.sign(b"x");
    let mut carry = 0u16;
    for (byte, add) in signature[32..].iter_mut().zip(order) {
        carry += u16::from(*byte) + u16::from(add);
        *byte = u8::try_from(carry & 0xff).expect("masked");
        carry >>= 8;
    }
    assert!(!key.public_key().verifies(b"x", &signature));
}

#[test]
fn unsound_points_are_no_keys() {
    let identity = "01".to_owned() + &"00".repeat(31);
    let order_four = "00".repeat(32);
    let order_two = "ec".to_owned() + &"ff".repeat(30) + "7f";
    // The identity again, its coordinate not reduced.
    let not_reduced = "ee".to_owned() + &"ff".repeat(30) + "7f";
    // 2 is not the coordinate of any point.
    let no_point = "02".to_owned() + &"00".repeat(31);
    for text in [identity, order_four, order_two, not_reduced, no_point] {
        assert_eq!(text.parse::<PublicKey>(), Err(KeyError::Point), "{text}");
    }
}

#[test]
fn a_key_is_written_in_one_way() {
    let key = signing_key("a").public_key();
    let text = key.to_string();
    assert_eq!(text.parse(), Ok(key));
    assert!(text.to_uppercase().parse::<PublicKey>().is_err());
    assert!(text[1..].parse::<PublicKey>().is_err());
    assert!(format!(" {text}").parse::<PublicKey>().is_err());
    assert_eq!(
        serde_json::to_string(&key).expect("writes"),
        format!("\"{text}\"")
    );
}

#[test]
fn a_private_key_survives_pkcs8_and_is_not_shown() {
    let key = SigningKey::generate().expect("random numbers");
    let der = key.to_pkcs8_der();
    let read = SigningKey::from_pkcs8_der(&der).expect("reads");
    assert_eq!(read.public_key(), key.public_key());
    assert!(!format!("{key:?}").contains(&to_hex(&*key.to_seed())));
    assert!(SigningKey::from_pkcs8_der(&der[..der.len() - 1]).is_err());
    assert!(SigningKey::from_pkcs8_der(b"").is_err());
    let other = SigningKey::generate().expect("random numbers");
    assert_ne!(other.public_key(), key.public_key());
}
