//! Logs that somebody damaged, or made to do harm: read to the end, what is readable is read, what is not is told.

use events::{Outcome, RuleSource, SigmaRules, compile};
use proptest::prelude::*;

use crate::making::{Event, log, log_of_fragment, mend_checksums};

const RULES: &str = "
title: Keywords
logsource: {product: windows}
detection: {k: [needle], condition: k}
---
title: Everything else
logsource: {product: windows}
detection: {a: {A|re: 'x+y'}, b: {B|contains: z}, condition: not a and not b}
";

fn rules() -> SigmaRules {
    compile(&[RuleSource {
        id: "r",
        text: RULES,
    }])
    .unwrap()
}

fn read(log: &[u8]) -> Outcome {
    let rules = rules();
    let mut reader = rules.reader();
    reader.start();
    reader.push(log);
    reader.finish()
}

fn events(count: usize) -> Vec<Event> {
    (0..count)
        .map(|number| Event::new("System", 7, &[("A", "needle"), ("B", &number.to_string())]))
        .collect()
}

fn damages(outcome: &Outcome) -> Vec<(u64, &str)> {
    let damages = outcome.damaged.iter();
    damages
        .map(|damage| (damage.offset, damage.what.as_str()))
        .collect()
}

#[test]
fn a_wrong_checksum_is_told_and_the_records_are_read() {
    let header = (4096, "the checksum of the chunk's header is wrong");
    let records = (4096 + 512, "the checksum of the chunk's records is wrong");
    // The header's checksum is over that of the records as well.
    for (at, expected) in [(124, vec![header]), (52, vec![header, records])] {
        let mut log = log(&events(20));
        log[4096 + at] ^= 1;
        let outcome = read(&log);
        assert_eq!(outcome.record_count, 20);
        assert_eq!(outcome.matches.len(), 40);
        assert_eq!(damages(&outcome), expected);
    }
}

#[test]
fn a_log_that_is_cut_off_is_told_and_read_as_far_as_it_goes() {
    let whole = log(&events(600));
    assert!(whole.len() > 4096 + 2 * 65_536);
    let all = read(&whole).record_count;
    for length in [0, 1, 4095, 4096 + 700, 4096 + 65_535, 4096 + 65_536 + 3_000] {
        let outcome = read(&whole[..length]);
        assert!(!outcome.damaged.is_empty(), "{length}");
        assert!(outcome.record_count < all, "{length}");
    }
    assert!(read(&whole[..4096 + 65_536 + 3_000]).record_count > 100);
    assert_eq!(damages(&read(&whole[..4096 + 65_536])), []);
}

#[test]
fn what_is_no_chunk_is_told_and_unused_room_is_not() {
    let mut log = log(&events(3));
    log.extend(vec![0; 65_536 * 2]);
    assert_eq!(damages(&read(&log)), []);
    let garbage_at = u64::try_from(log.len()).unwrap();
    log.extend(vec![0x41; 65_536]);
    assert_eq!(
        damages(&read(&log)),
        [(garbage_at, "a chunk does not begin as one")]
    );
    assert_eq!(
        damages(&read(b"something else")),
        [(0, "the log does not begin as one")]
    );
}

#[test]
fn damage_is_bounded_and_the_rest_is_counted() {
    let mut log = log(&events(1));
    log.extend(vec![0x41; 65_536 * 150]);
    let outcome = read(&log);
    assert_eq!((outcome.damaged.len(), outcome.damaged_left_out), (100, 50));
}

#[test]
fn a_template_that_holds_itself_ends() {
    let log = log_of_fragment(|at| {
        // A template instance with its definition behind it; the definition is an instance of itself.
        let definition_at = u32::try_from(at + 4 + 10).unwrap().to_le_bytes();
        let mut inner = vec![0x0f, 1, 1, 0, 0x0c, 1, 0, 0, 0, 0];
        inner.extend(definition_at);
        inner.extend([0; 4]);
        inner.push(0);
        let mut fragment = vec![0x0f, 1, 1, 0, 0x0c, 1, 0, 0, 0, 0];
        fragment.extend(definition_at);
        fragment.extend([0; 20]);
        fragment.extend(u32::try_from(inner.len()).unwrap().to_le_bytes());
        fragment.extend(inner);
        fragment.extend([0; 5]);
        fragment
    });
    let outcome = read(&log);
    assert_eq!(outcome.record_count, 0);
    assert_eq!(
        outcome.damaged[0].what,
        "binary XML has more than 8 fragments inside each other"
    );
}

#[test]
fn a_template_with_impossible_counts_ends() {
    for count in [1, 1_000, u32::MAX] {
        let log = log_of_fragment(|_| {
            let mut fragment = vec![0x0f, 1, 1, 0, 0x0c, 1, 0, 0, 0, 0];
            fragment.extend(u32::MAX.to_le_bytes());
            fragment.extend(count.to_le_bytes());
            fragment
        });
        assert_eq!(read(&log).damaged.len(), 1, "{count}");
    }
}

#[test]
fn elements_inside_each_other_have_a_limit() {
    let log = log_of_fragment(|at| {
        let mut fragment = vec![0x0f, 1, 1, 0];
        // A name that stands once, at the end.
        let name_at = u32::try_from(at + 4 + 2_000 * 9).unwrap();
        for _ in 0..2_000 {
            fragment.extend([0x01, 0, 0, 0, 0]);
            fragment.extend(name_at.to_le_bytes());
        }
        fragment.extend([0, 0, 0, 0, 0, 0, 1, 0, b'x', 0, 0, 0]);
        fragment
    });
    let outcome = read(&log);
    assert_eq!(
        outcome.damaged[0].what,
        "binary XML has more than 64 elements inside each other"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_change_of_a_log_is_survived(
        changes in prop::collection::vec((4096_usize..14_000, any::<u8>()), 1..12),
        mended in any::<bool>(),
    ) {
        let mut log = log(&events(30));
        for (at, byte) in changes {
            log[at] = byte;
        }
        if mended && u32::from_le_bytes(log[4096 + 48..4096 + 52].try_into().unwrap()) == end_of(&events(30)) {
            mend_checksums(&mut log);
        }
        let outcome = read(&log);
        prop_assert!(outcome.record_count <= 31);
    }

    #[test]
    fn any_binary_xml_is_survived(
        tokens in prop::collection::vec(prop_oneof![0_u8..16, 0x40_u8..0x50, any::<u8>()], 0..400),
    ) {
        let outcome = read(&log_of_fragment(|_| tokens));
        prop_assert!(outcome.record_count <= 1);
    }
}

fn end_of(events: &[Event]) -> u32 {
    let log = log(events);
    u32::from_le_bytes(log[4096 + 48..4096 + 52].try_into().unwrap())
}
