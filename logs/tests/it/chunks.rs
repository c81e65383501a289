//! How a text is cut into pieces changes nothing.

use logs::{LogOutcome, LogPatterns};
use proptest::prelude::*;

use crate::sought;

const SOUGHT: [(&str, &str); 6] = [
    ("domain", "playball.ddns.info"),
    ("domain", "*.dcsvn.org"),
    ("domain", "t.me"),
    ("ip", "10.0.0.0/8"),
    ("url", "http://playball.ddns.info/a"),
    ("md5", "c52464e9df8b3d08fc612a0f11fe53b2"),
];

fn search(text: &[u8], cuts: &[usize]) -> LogOutcome {
    let patterns = LogPatterns::new(&sought(&SOUGHT));
    let mut search = patterns.search();
    search.start(Some("2016-08-05T00:00:00Z".parse().expect("a time")));
    for pair in cuts.windows(2) {
        search.push(&text[pair[0]..pair[1]]);
    }
    search.finish()
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("Aug  4 01:02:03 ns named: query: playball.ddns.info IN A\n".to_owned()),
        Just("10.1.2.3 http://playball.ddns.info/a\n".to_owned()),
        (1..400_usize).prop_map(|count| "t.me mail.dcsvn.org ".repeat(count)),
        (1..9_000_usize).prop_map(|count| "2016-08-04 01:02:03 filler đ\n".repeat(count)),
        (1..40_000_usize).prop_map(|count| "x ".repeat(count)),
        Just("2016-08-04T00:00:01Z c52464e9df8b3d08fc612a0f11fe53b2\r\n".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_chunking_gives_the_same_outcome(
        lines in prop::collection::vec(line(), 1..12),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        is_utf16: bool,
    ) {
        let text = lines.concat();
        let text = if is_utf16 { to_utf16(&text) } else { text.into_bytes() };
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        prop_assert_eq!(search(&text, &cuts), search(&text, &[0, text.len()]));
    }
}

#[test]
fn one_byte_at_a_time_gives_the_same_outcome() {
    let text = "Aug  4 01:02:03 a.dcsvn.org t.me 10.1.2.3 c52464e9df8b3d08fc612a0f11fe53b2\n"
        .repeat(3_000);
    let cuts: Vec<usize> = (0..=text.len()).collect();
    let outcome = search(text.as_bytes(), &cuts);
    assert_eq!(outcome, search(text.as_bytes(), &[0, text.len()]));
    assert_eq!(outcome.line_count, 3_000);
    assert_eq!(outcome.totals.len(), 4);
    assert!(outcome.totals.iter().all(|total| total.count == 3_000));
}

#[test]
fn utf16_is_found_where_it_stands_in_the_file() {
    let text = "4/8/2016 1:02:03 SA máy chủ 😀 mail.dcsvn.org\r\nplayball.ddns.info";
    let file = to_utf16(text);
    let outcome = search(&file, &[0, file.len()]);
    let offset = |what: &str| {
        let before = text.split(what).next().expect("it is there");
        2 + 2 * before.encode_utf16().count() as u64
    };
    let told: Vec<_> = outcome
        .matches
        .iter()
        .map(|m| (m.value.as_str(), m.line, m.offset))
        .collect();
    assert_eq!(
        told,
        [
            ("mail.dcsvn.org", 1, offset("mail")),
            ("playball.ddns.info", 2, offset("playball"))
        ]
    );
    assert_eq!(
        outcome.matches[0].excerpt,
        "4/8/2016 1:02:03 SA máy chủ 😀 mail.dcsvn.org"
    );
    assert_eq!(outcome.byte_count, file.len() as u64);
}

/// As Windows writes it.
fn to_utf16(text: &str) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    bytes
}
