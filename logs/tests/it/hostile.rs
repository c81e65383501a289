//! Texts that are made to be slow, large or wrong.

use std::time::{Duration, Instant};

use logs::{LogPatterns, MATCHES_MAX, MATCHES_PER_ID};
use proptest::prelude::*;

use crate::{search, sought};

const SOUGHT: [(&str, &str); 7] = [
    ("domain", "playball.ddns.info"),
    ("domain", "*.playball.ddns.info"),
    ("domain", "t.me"),
    ("ip", "1.1.1.0/24"),
    ("ip", "::1"),
    ("md5", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ("url", "http://playball.ddns.info/aaaaaaaaaaaaaaaaaaaa"),
];

/// Nothing may take longer than this for a megabyte, unoptimised and on a busy machine; quadratic work would take hours.
const PER_MEGABYTE_MAX: Duration = Duration::from_secs(20);

#[test]
fn a_text_of_nothing_but_candidates_is_searched_in_linear_time() {
    let sought = sought(&SOUGHT);
    for unit in [
        "playball",
        "playball.",
        "playball.ddns.info",
        "playball.ddns.info ",
        "playball.ddns.info.",
        "http://playball.ddns.info/aaaaaaaaaaaaaaaaaaa",
        "1.1.1.1",
        "1.1.1.1 ",
        "1[.]1[.]1[.]1",
        "1.",
        "a",
        "a.",
        ":",
        "::1",
        "::1 ",
        "a:",
        "t.me",
        "t.me ",
        "\\",
        "\\nplayball.ddns.info",
        "%2e",
        "(8)playball(4)ddns",
        "\n",
        "-",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ",
    ] {
        let text = unit.repeat((1 << 20) / unit.len());
        let started = Instant::now();
        let outcome = search(&sought, text.as_bytes());
        assert!(
            started.elapsed() < PER_MEGABYTE_MAX,
            "{unit}: {:?}",
            started.elapsed()
        );
        assert_eq!(outcome.byte_count, text.len() as u64);
    }
}

#[test]
fn a_line_of_a_gigabyte_is_read_in_the_memory_of_a_short_one() {
    let sought = sought(&SOUGHT);
    let patterns = LogPatterns::new(&sought);
    let mut search = patterns.search();
    search.start(None);
    search.push(b"2016-08-04T01:02:03Z ");
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..GIGABYTE_PIECES {
        search.push(&piece);
    }
    search.push(b" t.me ");
    let outcome = search.finish();
    assert_eq!(outcome.line_count, 1);
    let found = &outcome.matches[0];
    assert_eq!(
        (found.line, found.offset),
        (1, 21 + ((GIGABYTE_PIECES as u64) << 20) + 1)
    );
    assert_eq!(
        found.at,
        Some("2016-08-04T01:02:03Z".parse().expect("a time"))
    );
    assert!(found.excerpt.starts_with("…xxx") && found.excerpt.chars().count() <= 300);
}

/// Unoptimised, a gigabyte takes a minute; the buffer has turned over hundreds of times long before.
const GIGABYTE_PIECES: usize = if cfg!(debug_assertions) { 64 } else { 1_024 };

#[test]
fn what_is_kept_is_bounded_and_what_is_counted_is_not() {
    let names: Vec<String> = (0..1_000)
        .map(|number| format!("playball{number}.ddns.info"))
        .collect();
    let values: Vec<(&str, &str)> = names.iter().map(|name| ("domain", name.as_str())).collect();
    let text: String = (0..20)
        .flat_map(|_| names.iter().map(|name| format!("{name}\n")))
        .collect();
    let outcome = search(&sought(&values), text.as_bytes());
    assert_eq!(outcome.totals.len(), 1_000);
    assert!(outcome.totals.iter().all(|total| total.count == 20));
    assert!(outcome.matches.len() <= MATCHES_MAX + 1_000);
    assert_eq!(outcome.left_out, 20_000 - outcome.matches.len() as u64);
    for id in 0..1_000 {
        let lines: Vec<u64> = outcome
            .matches
            .iter()
            .filter(|m| m.id == id)
            .map(|m| m.line)
            .collect();
        assert!(lines.len() <= MATCHES_PER_ID);
        assert_eq!(lines.first(), Some(&(id as u64 + 1)));
        assert_eq!(
            lines.last(),
            Some(&(19_000 + id as u64 + 1)),
            "the last one is kept"
        );
    }
}

#[test]
fn the_same_value_on_the_same_line_counts_once() {
    let outcome = search(&sought(&SOUGHT), b"t.me T.ME t[.]me\nt.me");
    assert_eq!(outcome.totals[0].count, 2);
}

#[test]
fn a_search_can_be_used_again_and_forgets_what_was_before() {
    let sought = sought(&SOUGHT);
    let patterns = LogPatterns::new(&sought);
    let mut search = patterns.search();
    for text in [
        &b"\xff\xfet\0.\0m\0e\0\n\0"[..],
        b"t.me\n",
        b"t.m",
        b"e",
        b"",
        b"t.me",
    ] {
        search.start(None);
        search.push(text);
        let outcome = search.finish();
        let is_there = text.len() > 3;
        assert_eq!(outcome.matches.len(), usize::from(is_there), "{text:?}");
        assert_eq!(outcome.line_count, u64::from(!text.is_empty()));
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(prop_oneof![
        any::<u8>().prop_map(|byte| vec![byte]),
        (0..14_usize).prop_map(|index| [
            "playball.ddns.info", "playball", "1.1.1.1", "[.]", "::1", "t.me", "\\n", "%2", "(8)", "2016-08-04T01:02:03", "Aug 4 1:2:3",
            "\u{feff}", "http://", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ][index].as_bytes().to_vec()),
    ], 0..60)) {
        let bytes = bytes.concat();
        search(&sought(&SOUGHT), &bytes);
        logs::looks_like_text_log(&bytes, &bytes);
    }
}
