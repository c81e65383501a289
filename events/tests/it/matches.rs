//! What a match tells, and how much of it is kept.

use events::{EventReader, Level, RuleSource, SigmaRules, compile, for_each_field, is_event_log};

use crate::making::{Event, log};

const RULE: &str = "
title: Whoami
id: 929a690e-bef0-4204-a928-ef5e620d6fcc
level: high
logsource: {category: process_creation, product: windows}
detection:
  selection: {CommandLine|contains: whoami}
  filter: {User: root}
  condition: selection and not filter
";

fn process(command: &str) -> Event {
    let data = [("CommandLine", command), ("Image", r"C:\x.exe")];
    Event::new("Microsoft-Windows-Sysmon/Operational", 1, &data)
}

#[test]
fn a_match_says_what_where_and_when() {
    let rules = compile(&[RuleSource {
        id: "r-1",
        text: RULE,
    }])
    .unwrap();
    let log = log(&[process("dir"), process("WHOAMI\r\n/all")]);
    assert!(is_event_log(&log));
    let mut reader = rules.reader();
    reader.start();
    reader.push(&log);
    let outcome = reader.finish();
    assert_eq!(outcome.record_count, 2);
    let [found] = outcome.matches.as_slice() else {
        panic!("one match: {outcome:?}");
    };
    assert_eq!(found.source_id, "r-1");
    assert_eq!(found.rule_title, "Whoami");
    assert_eq!(
        found.rule_id.as_deref(),
        Some("929a690e-bef0-4204-a928-ef5e620d6fcc")
    );
    assert_eq!(found.level, Some(Level::High));
    assert_eq!((found.record_id, found.event_id), (2, 1));
    assert_eq!(found.channel, "Microsoft-Windows-Sysmon/Operational");
    assert_eq!(found.computer, "pc-1");
    assert_eq!(found.at.to_string().get(..10), Some("2025-12-29"));
    assert_eq!(found.summary, "CommandLine: WHOAMI  /all");
}

#[test]
fn matches_are_bounded_and_the_rest_is_counted() {
    let rules = compile(&[RuleSource {
        id: "r",
        text: RULE,
    }])
    .unwrap();
    let events = vec![process(&format!("whoami {}", "x".repeat(400))); 10_050];
    let mut reader = rules.reader();
    reader.start();
    for piece in log(&events).chunks(77_777) {
        reader.push(piece);
    }
    let outcome = reader.finish();
    assert_eq!(outcome.record_count, 10_050);
    assert_eq!(
        (outcome.matches.len(), outcome.matches_left_out),
        (10_000, 50)
    );
    let longest = outcome
        .matches
        .iter()
        .map(|found| found.summary.chars().count())
        .max();
    assert!(longest < Some(300), "{longest:?}");
    reader.start();
    assert_eq!(reader.finish().matches, [], "each log begins anew");
}

#[test]
fn all_fields_of_all_records_can_be_visited() {
    let mut fields = Vec::new();
    let damaged = for_each_field(
        &log(&[process("a"), process("b")]),
        &mut |record, name, value| {
            if ["CommandLine", "EventID", "Provider_Name"].contains(&name) {
                fields.push(format!("{record} {name}={value}"));
            }
        },
    );
    assert_eq!(damaged, []);
    assert_eq!(
        fields,
        [
            "1 Provider_Name=Test-Provider",
            "1 EventID=1",
            "1 CommandLine=a",
            "2 Provider_Name=Test-Provider",
            "2 EventID=1",
            "2 CommandLine=b",
        ]
    );
}

#[test]
fn rules_are_shared_between_threads_and_a_reader_moves_to_one() {
    const fn shared<T: Send + Sync>() {}
    const fn moved<T: Send>() {}
    shared::<SigmaRules>();
    moved::<EventReader<'static>>();
}

#[test]
fn every_record_is_told_once_with_what_is_written_in_it_on_one_line() {
    let events: Vec<Event> = (0..500)
        .map(|number| process(&format!("dir {number}\r\nbad{number}.example.org")))
        .collect();
    let log = log(&events);
    let none = compile(&[]).unwrap();
    let mut reader = none.reader();
    for piece in [1, 4_000, 65_536, log.len()] {
        let mut told = Vec::new();
        let mut each = |record: &events::RecordText<'_>| {
            told.push((record.record_id, record.at, record.text.to_owned()));
        };
        reader.start();
        for piece in log.chunks(piece) {
            reader.push_telling(piece, &mut each);
        }
        let outcome = reader.finish_telling(&mut each);
        assert_eq!((outcome.record_count, outcome.matches.len()), (500, 0));
        let ids: Vec<u64> = told.iter().map(|(id, ..)| *id).collect();
        assert_eq!(ids, (1..=500).collect::<Vec<u64>>(), "pieces of {piece}");
        for (number, (_, at, text)) in told.iter().enumerate() {
            let command = format!("CommandLine: dir {number}  bad{number}.example.org  ");
            assert!(text.contains(&command), "{text}");
            assert!(text.contains("Image: C:\\x.exe  ") && text.contains("Computer: pc-1  "));
            assert!(!text.contains(['\n', '\r']), "{text}");
            assert_eq!(at.to_string().get(..10), Some("2025-12-29"));
        }
    }
}
