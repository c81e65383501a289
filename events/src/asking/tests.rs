//! The quick way of asking against the plain one: decode every field of every record, and ask every rule of all of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use testkit::skipping::corpora;

use crate::fields::{FieldId, FieldNames};
use crate::reading::{for_each_record, stated_number};
use crate::sigma::matching::{FieldReference, Node, Test};
use crate::sigma::{Case, RuleSource, SigmaRules, check, compile};
use crate::text::fold;

#[path = "../../tests/it/making.rs"]
#[expect(dead_code, reason = "shared with the tests from outside")]
mod making;

use making::Event;

/// A record's fields as texts.
struct Plain {
    number: u64,
    /// What the header alone states.
    channel: String,
    event_id: String,
    fields: Vec<(String, String)>,
}

impl Plain {
    fn all(log: &[u8]) -> Vec<Self> {
        let mut records = Vec::new();
        for_each_record(log, &FieldNames::new(), &mut |record, fields| {
            let texts = fields.entries().iter().map(|entry| {
                let (mut name, mut value) = (String::new(), String::new());
                fields.append_name(entry, &mut name);
                fields.append_text(entry, &mut value);
                (name, value)
            });
            let of_header = |id| {
                let mut value = String::new();
                if let Some(entry) = fields.find(id) {
                    fields.append_text(entry, &mut value);
                }
                value
            };
            records.push(Self {
                number: stated_number(record, fields),
                channel: of_header(FieldId::CHANNEL),
                event_id: of_header(FieldId::EVENT_ID),
                fields: texts.collect(),
            });
        });
        records
    }

    fn values(&self, rules: &SigmaRules, field: FieldId) -> Vec<&str> {
        match field {
            FieldId::CHANNEL => vec![&self.channel],
            FieldId::EVENT_ID => vec![&self.event_id],
            field => self
                .fields
                .iter()
                .filter(|(name, _)| rules.names.find(name) == Some(field))
                .map(|(_, value)| value.as_str())
                .collect(),
        }
    }

    fn passes(&self, rules: &SigmaRules, test: &Test) -> bool {
        match test {
            Test::IsNull(field) => self.values(rules, *field).iter().all(|v| v.is_empty()),
            Test::IsPresent(field) => !self.values(rules, *field).is_empty(),
            Test::Matches(None, matcher) => self
                .fields
                .iter()
                .any(|(_, value)| matcher.matches(value, &fold(value))),
            Test::Matches(Some(field), matcher) => self
                .values(rules, *field)
                .iter()
                .any(|value| matcher.matches(value, &fold(value))),
            Test::Refers(reference) => self.refers(rules, reference),
        }
    }

    fn refers(&self, rules: &SigmaRules, reference: &FieldReference) -> bool {
        let normal = |text: &str| match reference.case {
            Case::Ignored => fold(text),
            Case::Observed => text.to_owned(),
        };
        let others = self.values(rules, reference.other);
        self.values(rules, reference.field).iter().any(|value| {
            others
                .iter()
                .any(|other| reference.holds(&normal(value), &normal(other)))
        })
    }

    fn holds(&self, rules: &SigmaRules, node: &Node) -> bool {
        match node {
            Node::All(inner) => inner.iter().all(|node| self.holds(rules, node)),
            Node::Any(inner) => inner.iter().any(|node| self.holds(rules, node)),
            Node::Not(inner) => !self.holds(rules, inner),
            Node::Test(test) => self.passes(rules, test),
        }
    }
}

/// Numbers of records and sources of rules that match them.
type Found = Vec<(u64, String)>;

fn found_plainly(rules: &SigmaRules, log: &[u8]) -> Found {
    let mut found = Vec::new();
    for record in Plain::all(log) {
        let channel = record.channel.to_lowercase();
        let kind: Option<u32> = record.event_id.parse().ok();
        for variant in &rules.variants {
            let place = &variant.place;
            let is_there = (place.channels.is_empty()
                || place
                    .channels
                    .iter()
                    .any(|name| name.to_lowercase() == channel))
                && (place.event_ids.is_empty()
                    || kind.is_none_or(|kind| place.event_ids.contains(&kind)));
            if is_there && record.holds(rules, &variant.detection) {
                found.push((record.number, rules.rules[variant.rule].source_id.clone()));
            }
        }
    }
    found.sort();
    found
}

fn found_quickly(rules: &SigmaRules, log: &[u8]) -> Found {
    let mut reader = rules.reader();
    reader.start();
    reader.push(log);
    let outcome = reader.finish();
    assert_eq!(outcome.matches_left_out, 0);
    let mut found: Found = outcome
        .matches
        .into_iter()
        .map(|found| (found.record_id, found.source_id))
        .collect();
    found.sort();
    found
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Changes bytes of the records of a log, always the same for one seed.
fn damaged(log: &[u8], seed: u64) -> Vec<u8> {
    let mut log = log.to_vec();
    let mut state = seed | 1;
    for _ in 0..6 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let at = 4096 + 512 + usize::try_from(state >> 33).unwrap() % 6_000;
        if let Some(byte) = log.get_mut(at) {
            *byte ^= 1 << (state % 8);
        }
    }
    log
}

#[test]
fn public_rules_match_the_same_records_both_ways() {
    let Some(corpus) = corpora("asking public Sigma rules both ways") else {
        return;
    };
    let corpus = corpus.join("sigma");
    let texts: Vec<(String, String)> = files(&corpus, ".yml")
        .iter()
        .filter(|path| !path.ends_with("info.yml"))
        .map(|path| {
            (
                path.display().to_string(),
                fs_err::read_to_string(path).unwrap(),
            )
        })
        .collect();
    let mut sources: Vec<RuleSource<'_>> = texts
        .iter()
        .map(|(id, text)| RuleSource { id, text })
        .collect();
    let refused: BTreeSet<String> = compile(&sources)
        .expect_err("rules of other systems are among them")
        .into_iter()
        .map(|problem| problem.source_id)
        .collect();
    sources.retain(|source| !refused.contains(source.id));
    let rules = compile(&sources).unwrap();
    let mut match_count = 0;
    for (path, seed) in files(&corpus, ".evtx").iter().zip(0..) {
        let log = fs_err::read(path).unwrap();
        for log in [damaged(&log, seed), log] {
            let quickly = found_quickly(&rules, &log);
            assert_eq!(
                quickly,
                found_plainly(&rules, &log),
                "{} {seed}",
                path.display()
            );
            match_count += quickly.len();
        }
    }
    assert!(match_count > 100, "{match_count}");
}

fn value() -> impl Strategy<Value = String> {
    "[abABkKſđ*?\\\\/ 1-]{0,5}"
}

fn entry() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec![
        "A",
        "B",
        "Image",
        "ParentImage",
        "EventID",
        "Computer",
    ]);
    let modifier = prop::sample::select(vec![
        "",
        "|contains",
        "|startswith",
        "|endswith",
        "|contains|all",
        "|contains|windash",
        "|cased",
        "|contains|cased",
        "|neq",
        "|contains|neq",
        "|endswith|windash|all",
    ]);
    let plain = (
        field.clone(),
        modifier,
        prop::collection::vec(value(), 1..4),
    )
        .prop_map(|(field, modifier, values)| {
            let values: Vec<String> = values.iter().map(|value| format!("'{value}'")).collect();
            format!("'{field}{modifier}': [{}]", values.join(", "))
        });
    let special = prop::sample::select(vec![
        "null",
        "'|exists': true",
        "'|exists': false",
        "'|re': 'a+b|k'",
        "'|re|i': '^[aB]k?/'",
        "'|re': 'A.*b$'",
        "'|gt': 1",
        "'|lte': 4688",
        "'|fieldref': B",
        "'|fieldref|contains': A",
        "'|re|i': 'S|đ'",
        "'|re': '(?i)ab'",
    ]);
    let special = (field, special).prop_map(|(field, special)| match special.strip_prefix('\'') {
        Some(rest) => format!("'{field}{rest}"),
        None => format!("{field}: {special}"),
    });
    prop_oneof![4 => plain, 2 => special, 1 => prop::sample::select(vec![
        "EventID: 4688".to_owned(), "EventID: [1, 7]".to_owned(), "'|all': [a, b]".to_owned(),
    ])]
}

fn selection() -> impl Strategy<Value = String> {
    let map = prop::collection::btree_map("[xy]", entry(), 1..3).prop_map(|entries| {
        // A key may stand only once.
        let mut keys = Vec::new();
        let unique = entries.into_values().filter(|entry| {
            let key = entry
                .split_once("':")
                .map_or(entry.as_str(), |(key, _)| key)
                .to_owned();
            let is_new = !keys.contains(&key);
            keys.push(key);
            is_new
        });
        let unique: Vec<String> = unique.collect();
        format!("{{{}}}", unique.join(", "))
    });
    let map = map.boxed();
    prop_oneof![
        4 => map.clone(),
        2 => prop::collection::vec(map, 1..3).prop_map(|maps| format!("[{}]", maps.join(", "))),
        1 => prop::collection::vec("[abk]{1,3}", 1..3).prop_map(|words| format!("[{}]", words.join(", "))),
    ]
}

fn rule() -> impl Strategy<Value = String> {
    let condition = prop::sample::select(vec![
        "s1",
        "not s1",
        "s1 and s2",
        "s1 and not s2",
        "s1 or s2",
        "s1 or not s2",
        "not (s1 and s2)",
        "1 of s*",
        "all of them",
        "not 1 of s*",
    ]);
    let logsource = prop::sample::select(vec![
        "product: windows",
        "service: system",
        "service: security",
        "category: process_creation",
    ]);
    (selection(), selection(), condition, logsource).prop_map(|(s1, s2, condition, logsource)| {
        format!(
            "title: t\nlogsource: {{{logsource}}}\ndetection:\n  s1: {s1}\n  s2: {s2}\n  condition: {condition}\n"
        )
    })
}

fn event() -> impl Strategy<Value = Event> {
    let channel = prop::sample::select(vec![
        "System",
        "SECURITY",
        "Microsoft-Windows-Sysmon/Operational",
        "Other",
    ]);
    let name = prop::sample::select(vec![
        "A",
        "B",
        "b",
        "Image",
        "NewProcessName",
        "Parent Image",
        "EventID",
        "",
    ]);
    let data = prop::collection::vec((name, "[abABkKſđ/ \u{2013}1-]{0,6}"), 0..5);
    (channel, prop::sample::select(vec![1, 7, 4688]), data).prop_map(|(channel, id, data)| {
        let data: Vec<(&str, &str)> = data
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        Event::new(channel, id, &data)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_rules_match_the_same_records_both_ways(
        rules in prop::collection::vec(rule(), 1..10),
        events in prop::collection::vec(event(), 1..10),
    ) {
        let ids: Vec<String> = (0..rules.len()).map(|number| number.to_string()).collect();
        let sources: Vec<RuleSource<'_>> = rules
            .iter()
            .zip(&ids)
            .map(|(text, id)| RuleSource { id, text })
            .filter(|source| check(source.text).is_empty())
            .collect();
        let compiled = compile(&sources).unwrap();
        let log = making::log(&events);
        prop_assert_eq!(found_quickly(&compiled, &log), found_plainly(&compiled, &log));
    }
}

#[test]
fn most_of_the_rules_that_are_made_up_compile() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let good = (0..200)
        .filter(|_| {
            let text = rule().new_tree(&mut runner).unwrap().current();
            check(&text).is_empty()
        })
        .count();
    assert!(good > 120, "{good} of 200");
}
