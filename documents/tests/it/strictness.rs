//! Strict JSON: accepts what everybody reads alike, and nothing else.

use documents::StrictJsonError;
use documents::strict_json::{DEPTH_MAX, check, parse};
use proptest::prelude::*;
use serde_json::Value;

fn refuse(text: &[u8]) -> StrictJsonError {
    check(text, 100_000).expect_err(&String::from_utf8_lossy(text))
}

#[test]
fn keys_are_compared_as_they_read_and_at_any_depth() {
    for twice in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"[[{"x":{"a":[],"b":0,"a":{}}}]]"#,
        r#"{"":1,"":2}"#,
    ] {
        let error = refuse(twice.as_bytes());
        assert!(
            matches!(error, StrictJsonError::DuplicateKey(_)),
            "{twice}: {error:?}"
        );
    }
    check(br#"{"a":{"a":{"a":[{"a":1},{"a":2}]}},"A":0}"#, 100).expect("each once in its object");
}

#[test]
fn numbers_are_integers_of_64_bits() {
    for bad in [
        "1.0",
        "1e1",
        "-0",
        "-0.0",
        "1E+2",
        "18446744073709551616",
        "-9223372036854775809",
    ] {
        let error = refuse(format!("[{bad}]").as_bytes());
        assert!(
            matches!(error, StrictJsonError::NotAnInteger),
            "{bad}: {error:?}"
        );
    }
    check(b"[0,-1,18446744073709551615,-9223372036854775808]", 100).expect("64 bits");
}

#[test]
fn what_is_not_json_is_refused() {
    for bad in [
        &b""[..],
        b" ",
        b"{",
        b"[1,]",
        b"{a:1}",
        b"{'a':1}",
        b"// x\n1",
        b"1 2",
        b"[01]",
        b"[+1]",
        b"[.5]",
        b"[NaN]",
        b"[Infinity]",
        b"nul",
        b"\"\\x\"",
        b"\"a\nb\"",
        b"\"\xff\"",
        b"[1]\0",
        b"\xff",
        b"\"\\ud800\"",
        b"[\"a\" \"b\"]",
    ] {
        let error = refuse(bad);
        assert!(
            matches!(error, StrictJsonError::Syntax(_)),
            "{bad:?}: {error:?}"
        );
    }
    assert!(matches!(
        refuse(b"\xef\xbb\xbf{}"),
        StrictJsonError::ByteOrderMark
    ));
}

#[test]
fn depth_and_length_are_bounded() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let max = usize::try_from(DEPTH_MAX).expect("small");
    check(nested(max).as_bytes(), 1000).expect("as deep as allowed");
    assert!(matches!(
        refuse(nested(max + 1).as_bytes()),
        StrictJsonError::TooDeep
    ));
    assert!(matches!(
        refuse(&b"[".repeat(90_000)),
        StrictJsonError::TooDeep
    ));
    let objects = "{\"a\":".repeat(max + 1) + "1" + &"}".repeat(max + 1);
    assert!(matches!(
        refuse(objects.as_bytes()),
        StrictJsonError::TooDeep
    ));
    let long = parse::<Value>(b"[1, 2]", 5);
    assert!(
        matches!(long, Err(StrictJsonError::TooLong { found: 6, max: 5 })),
        "{long:?}"
    );
}

/// JSON without floats; objects cannot hold a key twice.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(".{0,4}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn agrees_with_the_ordinary_parser_on_ordinary_documents(value in value()) {
        let compact = serde_json::to_vec(&value).expect("writes");
        prop_assert_eq!(parse::<Value>(&compact, 1_000_000).expect("strict"), value.clone());
        let pretty = serde_json::to_vec_pretty(&value).expect("writes");
        prop_assert_eq!(parse::<Value>(&pretty, 1_000_000).expect("strict"), value);
    }

    #[test]
    fn accepts_nothing_that_the_ordinary_parser_refuses(text in "[\\[\\]{}:,\"a0-9.eE\\-\\\\u ]{0,24}") {
        if check(text.as_bytes(), 1000).is_ok() {
            prop_assert!(serde_json::from_str::<Value>(&text).is_ok());
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = check(&bytes, 1000);
    }

    #[test]
    fn a_key_stated_again_is_always_found(value in value(), key in "[a-z]{1,4}") {
        let inner = serde_json::to_string(&value).expect("writes");
        let text = format!("[{{\"{key}\":{inner},\"zzzzz\":{inner},\"{key}\":0}}]");
        let refused = matches!(
            check(text.as_bytes(), 1_000_000),
            Err(StrictJsonError::DuplicateKey(twice)) if twice == key
        );
        prop_assert!(refused, "{}", text);
    }
}
