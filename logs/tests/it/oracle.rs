//! The search against the slow one of `plainly`, on texts made of what is sought, of what nearly is, and of what surrounds it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use logs::{LogPatterns, MATCHES_PER_ID};
use proptest::prelude::*;

use crate::{plainly, sought};

/// Names that overlap, repeat, are shorter than what the filter looks at, or have nothing but short labels.
const SOUGHT: [(&str, &str); 36] = [
    ("domain", "playball.ddns.info"),
    ("domain", "*.playball.ddns.info"),
    ("domain", "*.ddns.info"),
    ("domain", "nvedia.ddns.info"),
    ("domain", "air.dcsvn.org"),
    ("domain", "*.dcsvn.org"),
    ("domain", "dcsvn.org"),
    ("domain", "t.me"),
    ("domain", "*.t.me"),
    ("domain", "a.b.c.de"),
    ("domain", "b.c.de"),
    ("domain", "x-1.yy"),
    ("domain", "mail.air.vn"),
    ("domain", "secure-update-service.com"),
    ("domain", "xn--c-1ga.vn"),
    ("domain", "n.ddns.info"),
    ("domain", "dot.ly"),
    ("domain", "2e.vn"),
    ("domain", "playballplayball.com"),
    ("domain", "x3.5.a1.vn"),
    ("domain", "1.2.3.4a"),
    ("ip", "10.1.2.3"),
    ("ip", "1.2.3.4"),
    ("ip", "203.113.0.0/16"),
    ("ip", "10.1.2.0/30"),
    ("ip", "0.0.0.0/4"),
    ("ip", "2001:db8::1"),
    ("ip", "2001:db8::/32"),
    ("ip", "fe80::/10"),
    ("ip", "::1"),
    ("md5", "c52464e9df8b3d08fc612a0f11fe53b2"),
    ("md5", "29e656e1256fc998b7ce8494656b3ef8"),
    ("sha1", "e464d10ad93600232d7a24856d69f00510949a40"),
    ("sha1", "d201b130232e0ea411daa23c1ba2892fe6468712"),
    (
        "sha256",
        "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
    ),
    (
        "sha256",
        "0000000000000000000000000000000000000000000000000000000000000001",
    ),
];

/// What stands between and around.
const BETWEEN: [&str; 48] = [
    " ", " ", "\n", ".", "..", "-", "--", "_", "/", ":", "\\", "\\\\", "\\n", "\\t", "\\x22",
    "\\u0026", "%2F", "%2e", "%3D", "%", "[", "]", "[.]", "(.)", "[dot]", "(dot)", "{.}", "\\.",
    "(0)", "(4)", "(8)", "(", ")", "\"", "=", "@", ",", "\0", "\u{e9}", "\u{201c}", "1", "9", "a",
    "f", "n", "www.", ".com", "x",
];

/// What is sought, written as somebody might, and pieces of it.
fn piece() -> impl Strategy<Value = String> {
    let written = (0..SOUGHT.len(), 0..12_usize, any::<u8>());
    let address = prop_oneof![
        "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}",
        "(10|203|1)\\.(1|113|2)(\\.|\\[\\.\\])[0-3]\\.[0-9]{1,4}",
        "[0-9a-f]{1,4}:[0-9a-f]{1,4}::[0-9a-f.]{1,5}",
        "(0db8|2001|fe80|FEBF):(db8|0DB8|0|)(:[0-9a-f]{0,4}){1,7}",
    ];
    prop_oneof![
        6 => written.prop_map(|(index, notation, salt)| write(SOUGHT[index].1, notation, salt)),
        6 => (0..BETWEEN.len()).prop_map(|index| BETWEEN[index].to_owned()),
        1 => address,
        1 => "[a-c.]{1,8}",
    ]
}

/// Writes a value in one of several notations, in any case, whole or cut.
fn write(value: &str, notation: usize, salt: u8) -> String {
    let bare = value.trim_start_matches("*.");
    let bare = bare.split('/').next().unwrap_or(bare);
    let dot = ["[.]", "(.)", "[dot]", "\\.", "%2E"][usize::from(salt) % 5];
    match notation {
        0..=3 => bare.to_owned(),
        4 => bare.to_uppercase(),
        5 => bare.replace('.', dot),
        6 => bare.replacen('.', dot, 1),
        7 => {
            let counted = |label: &str| format!("({}){label}", label.len());
            bare.split('.').map(counted).collect::<String>() + "(0)"
        }
        8 => format!("mail-vna.{bare}"),
        9 => bare[..bare.len() - 1].to_owned(),
        10 => bare[usize::from(salt) % bare.len()..].to_owned(),
        _ => format!("{bare}.{bare}"),
    }
}

/// What a search told of one match, or what the slow one expects of it.
type Told = BTreeMap<usize, (u64, Vec<(usize, String)>)>;

/// Takes from all matches of an id those that a search keeps, with their count.
fn kept(found: Vec<plainly::Found>, text: &[u8]) -> Told {
    let mut by_id: BTreeMap<usize, Vec<(usize, usize, String)>> = BTreeMap::new();
    for (id, offset, value) in found {
        let line = memchr::memchr_iter(b'\n', &text[..offset]).count();
        let all = by_id.entry(id).or_default();
        let is_again = all
            .last()
            .is_some_and(|(last, _, what)| *last == line && *what == value);
        if !is_again {
            all.push((line, offset, value));
        }
    }
    let keep = |(id, mut all): (usize, Vec<(usize, usize, String)>)| {
        let count = all.len() as u64;
        if all.len() > MATCHES_PER_ID {
            all.drain(MATCHES_PER_ID - 1..all.len() - 1);
        }
        let all = all.into_iter().map(|(_, offset, value)| (offset, value));
        (id, (count, all.collect()))
    };
    by_id.into_iter().map(keep).collect()
}

fn told(text: &[u8], cuts: &[usize]) -> Told {
    static PATTERNS: OnceLock<LogPatterns> = OnceLock::new();
    let patterns = PATTERNS.get_or_init(|| LogPatterns::new(&sought(&SOUGHT)));
    let mut search = patterns.search();
    search.start(None);
    for pair in cuts.windows(2) {
        search.push(&text[pair[0]..pair[1]]);
    }
    let outcome = search.finish();
    let mut told = Told::new();
    for total in outcome.totals {
        told.insert(total.id, (total.count, Vec::new()));
    }
    for found in outcome.matches {
        let offset = usize::try_from(found.offset).expect("a small text");
        let line = memchr::memchr_iter(b'\n', &text[..offset]).count();
        assert_eq!(found.line, line as u64 + 1);
        let id = told.get_mut(&found.id).expect("it is counted");
        id.1.push((offset, found.value));
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn finds_exactly_what_the_slow_search_finds(pieces in prop::collection::vec(piece(), 1..14)) {
        let text = pieces.concat().into_bytes();
        prop_assert_eq!(
            told(&text, &[0, text.len()]),
            kept(plainly::find(&SOUGHT, &text), &text),
            "{}", String::from_utf8_lossy(&text)
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The buffer is searched for the first time up to byte 135,168.
    #[test]
    fn finds_it_wherever_the_buffer_ends(pieces in prop::collection::vec(piece(), 1..40), before in 0..700_usize) {
        let pieces = pieces.concat().into_bytes();
        let filler = 135_168 - before;
        let mut text = b"a line of it \n".repeat(filler / 14 + 1);
        text.truncate(filler);
        text.push(b' ');
        let start = text.len();
        text.extend_from_slice(&pieces);
        let mut expected = plainly::find(&SOUGHT, &text[start - 1..]);
        for found in &mut expected {
            found.1 += start - 1;
        }
        prop_assert_eq!(told(&text, &[0, text.len()]), kept(expected, &text));
    }
}
