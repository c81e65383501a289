//! Other people's logs and rules: every log fires its rule, on the expected record, and is decoded as others decode it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use events::{RuleSource, compile, for_each_field};
use serde_json::Value;
use testkit::skipping::{corpora, skipped};

/// Returns the files below a folder whose names end so.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The rules of the corpus by the ids that they state, those that do not compile left out.
fn rules_by_id(corpus: &Path) -> BTreeMap<String, String> {
    let mut rules = BTreeMap::new();
    for folder in ["rules", "rules-emerging-threats", "rules-threat-hunting"] {
        if !corpus.join(folder).is_dir() {
            continue;
        }
        for file in files(&corpus.join(folder), ".yml") {
            let text = fs_err::read_to_string(file).unwrap();
            let id = text.lines().find_map(|line| line.strip_prefix("id: "));
            rules.insert(id.expect("each rule has an id").trim().to_owned(), text);
        }
    }
    rules
}

#[test]
fn refuses_a_public_rule_only_for_what_it_says() {
    let Some(corpus) = corpora("Sigma rules") else {
        return;
    };
    let rules = rules_by_id(&corpus.join("sigma"));
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for text in rules.values() {
        for problem in events::check(text) {
            let at = text.lines().nth(problem.line - 1).unwrap_or_default();
            assert!(
                problem.line > 1 || problem.message.contains("placeholders"),
                "no place: {problem:?} {at}"
            );
            let reason = problem
                .message
                .split('\'')
                .step_by(2)
                .collect::<Vec<_>>()
                .join("…");
            *reasons.entry(reason).or_default() += 1;
        }
    }
    let expected: BTreeSet<&str> = [
        "logs of the product … are not supported, only Windows event logs",
        "the category … is in no Windows event log that is supported",
        "the modifier … is not supported: there is nothing to fill placeholders with",
    ]
    .into();
    let found: BTreeSet<&str> = reasons.keys().map(String::as_str).collect();
    assert!(found.is_subset(&expected), "{reasons:#?}");
    let refused: usize = reasons.values().sum();
    eprintln!("{} rules, {refused} refused: {reasons:#?}", rules.len());
}

#[test]
fn every_log_fires_its_rule_on_the_expected_record() {
    let Some(corpus) = corpora("Sigma regression logs") else {
        return;
    };
    let corpus = corpus.join("sigma");
    let rules = rules_by_id(&corpus);
    let logs = files(&corpus.join("regression_data"), ".evtx");
    let ids: Vec<String> = logs.iter().map(|log| id_of(log)).collect();
    let sources: Vec<RuleSource<'_>> = rules
        .iter()
        .filter(|(id, _)| ids.contains(id))
        .map(|(id, text)| RuleSource { id, text })
        .collect();
    let compiled = compile(&sources).expect("rules with logs are supported");
    let (mut fired, mut without_rule) = (0, 0);
    for log in logs {
        let id = id_of(&log);
        if !rules.contains_key(&id) {
            without_rule += 1;
            continue;
        }
        let expected: BTreeSet<u64> = expected_records(&log)
            .iter()
            .map(|record| record["Event"]["System"]["EventRecordID"].as_u64().unwrap())
            .collect();
        let mut reader = compiled.reader();
        reader.start();
        for piece in fs_err::read(&log).unwrap().chunks(10_007) {
            reader.push(piece);
        }
        let outcome = reader.finish();
        assert_eq!(outcome.damaged, [], "{}", log.display());
        let hits: Vec<u64> = outcome
            .matches
            .iter()
            .filter(|found| found.source_id == id)
            .inspect(|found| assert_eq!(found.rule_id.as_deref(), Some(id.as_str())))
            .map(|found| found.record_id)
            .collect();
        assert!(
            hits.len() >= match_count(&log),
            "{}: {hits:?}",
            log.display()
        );
        for hit in hits {
            assert!(
                expected.contains(&hit),
                "{}: {hit} {expected:?}",
                log.display()
            );
        }
        fired += 1;
    }
    eprintln!("{fired} logs fired their rule");
    assert!(fired > 0);
    if without_rule > 0 {
        let why = format!("the corpus has no rule for {without_rule} of its logs");
        skipped("Sigma regression logs", &why);
    }
}

/// The rule that a log is for.
fn id_of(log: &Path) -> String {
    log.file_stem().unwrap().to_string_lossy().into_owned()
}

/// The records of a log as the corpus has them in JSON, which `evtx_dump` of the `evtx` crate wrote.
fn expected_records(log: &Path) -> Vec<Value> {
    let text = fs_err::read_to_string(log.with_extension("json")).unwrap();
    let records: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&text)
        .into_iter()
        .collect();
    let records = records.unwrap();
    match records.as_slice() {
        [Value::Array(all)] => all.clone(),
        _ => records,
    }
}

/// How often the rule fires at least, as the corpus says beside the log; once where it says nothing.
fn match_count(log: &Path) -> usize {
    let info = fs_err::read_to_string(log.with_file_name("info.yml")).unwrap();
    let stated = info
        .lines()
        .find_map(|line| line.trim().strip_prefix("match_count: "));
    stated.map_or(1, |count| count.parse().unwrap())
}

/// Numbers of records, and of each its fields with all their values.
type Decoded = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

fn decoded_by_us(log: &[u8]) -> Decoded {
    let mut decoded = Decoded::new();
    let mut flat: BTreeMap<u64, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    let damaged = for_each_field(log, &mut |record, name, value| {
        let values = flat
            .entry(record)
            .or_default()
            .entry(name.to_owned())
            .or_default();
        values.insert(normal(value));
    });
    assert_eq!(damaged, []);
    for fields in flat.into_values() {
        let number = fields["EventRecordID"].iter().next().unwrap().clone();
        decoded.insert(number, fields);
    }
    decoded
}

/// What two ways of writing a value have in common: no space around it, no braces around GUIDs, fewer digits of seconds.
fn normal(value: &str) -> String {
    let value = value.trim().trim_matches(['{', '}']).to_lowercase();
    match value.strip_suffix('z') {
        Some(time) if time.contains('t') && time.contains('.') => {
            // JSON has microseconds.
            let digits = time.find('.').map_or(time.len(), |dot| dot + 7);
            time.get(..digits)
                .unwrap_or(time)
                .trim_end_matches('0')
                .to_owned()
        }
        _ => value,
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => normal(text),
        Value::Null => String::new(),
        other => normal(&other.to_string()),
    }
}

/// Makes flat fields of JSON as the `evtx` crate writes it.
fn flatten(name: &str, value: &Value, into: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::Object(parts) => {
            for (key, part) in parts {
                match (key.as_str(), part) {
                    ("#attributes", Value::Object(attributes)) => {
                        for (attribute, value) in attributes {
                            flatten(&format!("{name}_{attribute}"), value, into);
                        }
                    }
                    ("#text", part) => flatten(name, part, into),
                    (key, part) => flatten(key, part, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| flatten(name, item, into)),
        value => drop(into.entry(name.to_owned()).or_default().insert(text(value))),
    }
}

#[test]
fn decodes_the_same_records_and_values_as_others_do() {
    let Some(corpus) = corpora("Sigma regression logs") else {
        return;
    };
    let corpus = corpus.join("sigma");
    let mut record_count = 0;
    for path in files(&corpus.join("regression_data"), ".evtx") {
        let ours = decoded_by_us(&fs_err::read(&path).unwrap());
        let mut theirs = Decoded::new();
        for record in expected_records(&path) {
            let mut fields = BTreeMap::new();
            flatten("", &record["Event"], &mut fields);
            fields.retain(|name, _| !name.is_empty() && !name.ends_with("_xmlns"));
            let number = fields["EventRecordID"].iter().next().unwrap().clone();
            theirs.insert(number, fields);
        }
        assert_eq!(
            ours.keys().collect::<Vec<_>>(),
            theirs.keys().collect::<Vec<_>>(),
            "{}",
            path.display()
        );
        for (number, fields) in &theirs {
            for (name, values) in fields {
                let own = ours[number].get(name).cloned().unwrap_or_default();
                let empty = values.iter().all(String::is_empty) && own.iter().all(String::is_empty);
                assert!(
                    empty || own == *values,
                    "{} {number} {name}: {own:?} {values:?}",
                    path.display()
                );
            }
        }
        record_count += ours.len();
    }
    eprintln!("{record_count} records decoded alike");
    assert!(record_count > 0);
}
