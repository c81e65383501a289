//! Rules of each form prove themselves, and the public ones.

use std::path::Path;

use crate::{Proof, RuleSource, compile};

fn proof_of(detection: &str) -> Proof {
    let text = format!(
        "title: T\nlogsource: {{category: process_creation, product: windows}}\ndetection:\n{detection}\n"
    );
    let source = RuleSource {
        id: "r",
        text: &text,
    };
    let rules = compile(&[source]).unwrap_or_else(|why| panic!("{detection}: {why:?}"));
    let mut proofs = rules.self_test();
    assert_eq!(proofs.len(), 1);
    let (id, proof) = proofs.remove(0);
    assert_eq!(id, "r");
    proof
}

#[test]
fn rules_of_every_form_work_on_their_samples() {
    for detection in [
        "  s: {Image: 'C:\\x.exe'}\n  condition: s",
        "  s: {Image|endswith: ['\\x.exe', '\\y.exe'], CommandLine|contains|all: [' -a ', ' -b', 'c?d*e']}\n  condition: s",
        "  s: {CommandLine|startswith: 'cmd', Image|contains|cased: 'AbC'}\n  condition: s",
        "  s: {CommandLine|re: '^[A-F]{3,}\\s(x|y)+\\.exe$'}\n  condition: s",
        "  s: {CommandLine|re|i: 'abc.*def', User|re: '(?i)ß\\d'}\n  condition: s",
        "  s: {DestinationIp|cidr: ['10.0.0.0/8', 'fe80::/10']}\n  condition: s",
        "  s: {Size|gt: 5, Other|lte: 0.5, Third|lt: 0, Fourth|gte: 17}\n  condition: s",
        "  s: {Field|exists: true, Gone|exists: false}\n  condition: s",
        "  s: {Field: null, Set|contains: x}\n  f: {Other: null}\n  condition: s and not f",
        "  s: {Empty: ''}\n  condition: s",
        "  a: {A: 1}\n  b: {B: 2}\n  c_1: {C: 3}\n  c_2: {D: 4}\n  condition: (a or b) and all of c_* and not 1 of b*",
        "  keywords: ['some text', 'another']\n  condition: keywords",
        "  keywords:\n    '|all': ['some text', 'another']\n  condition: keywords",
        "  s: {A|fieldref: B}\n  condition: s",
        "  s: {A|fieldref|startswith: B}\n  condition: s",
        "  s: {When|hour: 13, Then|week: 7, Again|day: 31, More|month: 2, Last|year: 1999, Soon|minute: 59}\n  condition: s",
        "  s: {CommandLine|windash|contains: ' -enc ', A|base64offset|contains: 'http://', B|wide|base64: 'ab'}\n  condition: s",
        "  s: {EventID: 1, Provider_Name: 'Any-Provider', Computer|contains: pc}\n  condition: s",
        "  s: {A|contains: 'x', A|endswith: 'y', A|startswith: 'z', A|neq: 'zxy'}\n  condition: s",
        "  s: {A: ['x', 'y']}\n  f: {A: 'x'}\n  condition: s and not f",
    ] {
        assert_eq!(proof_of(detection), Proof::Works, "{detection}");
    }
}

#[test]
fn what_nothing_can_match_has_no_sample() {
    for detection in [
        "  s: {A: x}\n  condition: s and not s",
        "  s: {A|exists: true}\n  f: {A|exists: false}\n  condition: s and f",
        "  s: {EventID: 4711}\n  condition: s",
        "  s: {When|hour: 25}\n  condition: s",
        "  s: {A|re: '\\b\\B'}\n  condition: s",
        "  s: {A|re: '((a{900}){900})'}\n  condition: s",
    ] {
        let text = format!(
            "title: T\nlogsource: {{category: process_creation, product: windows}}\ndetection:\n{detection}\n"
        );
        let source = RuleSource {
            id: "r",
            text: &text,
        };
        if let Ok(rules) = compile(&[source]) {
            let proofs = rules.self_test();
            assert_eq!(proofs, [("r".to_owned(), Proof::NoSample)], "{detection}");
        }
    }
}

#[test]
fn a_source_works_where_one_of_its_rules_does() {
    let rule = |value: &str| {
        format!(
            "title: T\nlogsource: {{product: windows, service: system}}\ndetection:\n  s: {{A: x}}\n  f: {{A: '{value}'}}\n  condition: s and not f\n"
        )
    };
    let text = format!("{}---\n{}", rule("x"), rule("y"));
    let source = RuleSource {
        id: "r",
        text: &text,
    };
    let rules = compile(&[source]).unwrap();
    assert_eq!(rules.self_test(), [("r".to_owned(), Proof::Works)]);
}

fn add_rules(folder: &Path, texts: &mut Vec<(String, String)>) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            add_rules(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "yml") {
            let text = fs_err::read_to_string(&path).unwrap();
            texts.push((path.display().to_string(), text));
        }
    }
}

#[test]
fn nearly_all_public_rules_work_and_none_fails() {
    let Some(corpora) = testkit::skipping::corpora("samples of Sigma rules") else {
        return;
    };
    let mut texts = Vec::new();
    for folder in ["rules", "rules-emerging-threats", "rules-threat-hunting"] {
        let folder = corpora.join("sigma").join(folder);
        if folder.is_dir() {
            add_rules(&folder, &mut texts);
        }
    }
    texts.retain(|(_, text)| crate::check(text).is_empty());
    let sources: Vec<RuleSource<'_>> = texts
        .iter()
        .map(|(id, text)| RuleSource { id, text })
        .collect();
    let rules = compile(&sources).unwrap();
    let started = std::time::Instant::now();
    let proofs = rules.self_test();
    let mut working = 0;
    for (id, proof) in &proofs {
        match proof {
            Proof::Works => working += 1,
            Proof::NoSample => println!("no sample: {id}"),
            Proof::Fails(why) => panic!("{id}: {why}"),
        }
    }
    println!(
        "{working} of {} work, in {:?}",
        proofs.len(),
        started.elapsed()
    );
    assert!(working * 10 >= proofs.len() * 9);
}
