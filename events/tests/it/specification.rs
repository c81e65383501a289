//! The Sigma specification, its detections case by case: what matches, what does not, and what is refused.

use events::{RuleSource, check, compile};

use crate::making::{Event, Value, log};

fn rule(logsource: &str, detection: &str) -> String {
    let detection = detection.trim_matches('\n').replace('\n', "\n  ");
    format!("title: t\nlogsource: {{{logsource}}}\ndetection:\n  {detection}\n")
}

fn fires_on(logsource: &str, detection: &str, event: &Event) -> bool {
    let text = rule(logsource, detection);
    let rules = compile(&[RuleSource {
        id: "r",
        text: &text,
    }])
    .unwrap_or_else(|problems| panic!("{text}\n{problems:?}"));
    let mut reader = rules.reader();
    reader.start();
    reader.push(&log(std::slice::from_ref(event)));
    let outcome = reader.finish();
    assert_eq!((outcome.record_count, outcome.damaged.len()), (1, 0));
    !outcome.matches.is_empty()
}

fn fires(detection: &str, data: &[(&str, &str)]) -> bool {
    fires_on("service: system", detection, &Event::new("System", 7, data))
}

#[test]
fn modifiers_do_what_the_appendix_says() {
    for (test, value, expected) in [
        ("F: Abc", "aBC", true),
        ("F: abc", "abcd", false),
        ("F: [x, abc]", "abc", true),
        ("F: 4624", "4624", true),
        ("F: 4624", "46240", false),
        (r"F: '*\cmd.exe'", r"C:\Windows\CMD.EXE", true),
        (r"F: 'a?c'", "axc", true),
        (r"F: 'a\?c'", "a?c", true),
        (r"F: 'a\?c'", "axc", false),
        ("F|contains: bc", "aBCd", true),
        ("F|contains: bc", "b c", false),
        ("F|startswith: ab", "ABc", true),
        ("F|startswith: ab", "cab", false),
        ("F|endswith: bc", "aBC", true),
        ("F|endswith: bc", "bca", false),
        ("F|contains|all: [ab, cd]", "cdab", true),
        ("F|contains|all: [ab, cd]", "cd", false),
        ("F|contains|windash: ' -enc '", "x /Enc y", true),
        ("F|contains|windash: ' -enc '", "x \u{2014}enc y", true),
        ("F|contains|windash: ' /enc '", "x -enc y", true),
        ("F|contains|windash: ' -enc '", "x enc y", false),
        ("F|cased: Abc", "Abc", true),
        ("F|cased: Abc", "abc", false),
        ("F|contains|cased: B", "aBc", true),
        ("F|contains|cased: B", "abc", false),
        ("F|neq: abc", "abd", true),
        ("F|neq: abc", "ABC", false),
        ("F|contains|neq: [x, b]", "abc", false),
        ("F|re: '^a.c$'", "abc", true),
        ("F|re: '^a.c$'", "ABC", false),
        ("F|re|i: '^a.c$'", "ABC", true),
        ("F|re: 'b'", "abc", true),
        ("F|re|m: '^b$'", "a\nb\nc", true),
        ("F|re: '^b$'", "a\nb\nc", false),
        ("F|re|s: 'a.b'", "a\nb", true),
        ("F|re: 'a.b'", "a\nb", false),
        (r"F|re: '\d{2}\\x\/y'", r"12\x/y", true),
        ("F|cidr: 10.0.0.0/8", "10.1.2.3", true),
        ("F|cidr: 10.0.0.0/8", "11.1.2.3", false),
        ("F|cidr: [fe80::/10, '::1/128']", "::1", true),
        ("F|cidr: 10.0.0.0/8", "not an address", false),
        ("F|gt: 9", "10", true),
        ("F|gt: 10", "10", false),
        ("F|gte: 10", "10", true),
        ("F|lt: 10", "9", true),
        ("F|lt: 10", "word", false),
        ("F|lte: 0x10", "16", true),
        ("F|base64: foo", "Zm9v", true),
        ("F|base64|contains: foo", "xxZm9vyy", true),
        (
            "F|base64offset|contains: /bin/bash",
            "AAAAvYmluL2Jhc2gg",
            true,
        ),
        ("F|base64offset|contains: /bin/bash", "Zm9vYmFyYmF6", false),
        (
            "F|utf16le|base64offset|contains: ping",
            "cABpAG4AZwA=",
            true,
        ),
        ("F|wide|base64offset|contains: ping", "cABpAG4AZwA=", true),
        ("F|utf16be|base64: hi", "AGgAaQ==", true),
        ("F|utf16|base64: hi", "//5oAGkA", true),
        ("F|exists: true", "", true),
        ("F|exists: false", "x", false),
        ("G|exists: false", "x", true),
        ("F: ''", "", true),
        ("F: ''", "x", false),
        ("F: null", "", true),
        ("F: null", "x", false),
        ("G: null", "x", true),
        ("G: ''", "x", false),
        ("F: [null, x]", "x", true),
        ("F: '*'", "x", true),
        ("G: '*'", "x", false),
        ("F|hour: 8", "2025-12-29 08:30:20.964", true),
        ("F|hour: 9", "2025-12-29 08:30:20.964", false),
        ("F|year: 2025", "2025-12-29T08:30:20Z", true),
        ("F|minute: 30", "2025-12-29T08:30:20Z", true),
        ("F|week: 1", "2025-12-29T08:30:20Z", true),
        ("F|month: 12", "2025-12-29T08:30:20Z", true),
        ("F|day: 29", "2025-12-29T08:30:20Z", true),
        ("f: abc", "abc", true),
    ] {
        let detection = format!("s:\n  {test}\ncondition: s");
        assert_eq!(
            fires(&detection, &[("F", value)]),
            expected,
            "{test} on {value}"
        );
    }
}

#[test]
fn fields_are_compared_with_each_other() {
    for (test, other, expected) in [
        ("F|fieldref: G", "ABC", true),
        ("F|fieldref: G", "abd", false),
        ("F|fieldref|neq: G", "abd", true),
        ("F|fieldref|startswith: G", "ab", true),
        ("F|fieldref|endswith: G", "bc", true),
        ("F|fieldref|contains: G", "b", true),
        ("F|fieldref|contains: G", "x", false),
        ("F|fieldref|cased: G", "ABC", false),
        ("F|fieldref: H", "ABC", false),
    ] {
        let detection = format!("s:\n  {test}\ncondition: s");
        let data = [("F", "abc"), ("G", other)];
        assert_eq!(fires(&detection, &data), expected, "{test} on {other}");
    }
}

#[test]
fn selections_and_conditions_join_as_the_specification_says() {
    let data = [("A", "1"), ("B", "2"), ("C", "word and more")];
    for (detection, expected) in [
        ("s: {A: 1, B: 2}\ncondition: s", true),
        ("s: {A: 1, B: 3}\ncondition: s", false),
        ("s: [{A: 9}, {B: 2}]\ncondition: s", true),
        ("s: [{A: 9}, {B: 9}]\ncondition: s", false),
        ("k: [nothing, 'AND m']\ncondition: k", true),
        ("k: 'and m?re'\ncondition: k", true),
        ("k: ['nothing']\ncondition: k", false),
        ("k:\n  '|all': [word, more]\ncondition: k", true),
        ("k:\n  '|all': [word, less]\ncondition: k", false),
        ("k:\n  '|re': 'w.rd'\ncondition: k", true),
        ("k: [pc-1]\ncondition: k", true),
        ("a: {A: 1}\nb: {B: 9}\ncondition: a and not b", true),
        ("a: {A: 1}\nb: {B: 2}\ncondition: a and not b", false),
        ("a: {A: 9}\nb: {B: 2}\ncondition: a or b", true),
        ("sel_a: {A: 9}\nsel_b: {B: 2}\ncondition: 1 of sel_*", true),
        (
            "sel_a: {A: 9}\nsel_b: {B: 2}\ncondition: all of sel_*",
            false,
        ),
        (
            "sel_a: {A: 1}\n_hidden: {B: 9}\ncondition: all of them",
            true,
        ),
        (
            "sel_a: {A: 9}\n_hidden: {B: 2}\ncondition: 1 of them",
            false,
        ),
        ("a: {A: 9}\nb: {B: 2}\ncondition: [a, b]", true),
        (
            "a: {A: 1}\nb: {B: 2}\nc: {C: x}\ncondition: (a or c) and (b and not c)",
            true,
        ),
        (
            "a: {EventID: 7, Provider_Name: test-provider}\ncondition: a",
            true,
        ),
        ("a: {EventID: 8}\ncondition: a", false),
        (
            "a: {Execution_ProcessID: 3544, Security_UserID: S-1-5-18}\ncondition: a",
            true,
        ),
        ("a: {Level|gte: 4}\ncondition: a", true),
    ] {
        assert_eq!(fires(detection, &data), expected, "{detection}");
    }
}

#[test]
fn values_of_each_type_are_compared_as_the_event_viewer_shows_them() {
    let mut event = Event::new("System", 7, &[]);
    event.data = vec![
        ("Hex".to_owned(), Value::Hex(0x1410)),
        ("Number".to_owned(), Value::Number(42)),
        ("Nothing".to_owned(), Value::Null),
        (
            String::new(),
            Value::Texts(vec!["first".to_owned(), "second".to_owned()]),
        ),
        ("Param Name".to_owned(), Value::from("spaces")),
    ];
    for (test, expected) in [
        ("Hex: '0x1410'", true),
        ("Number: 42", true),
        ("Number|lt: 43", true),
        ("Nothing: null", true),
        ("Nothing: ''", true),
        ("Nothing|exists: true", true),
        ("Data: second", true),
        ("Data|contains|all: [fir, sec]", true),
        ("Data: 'first second'", false),
        ("ParamName: spaces", true),
    ] {
        let detection = format!("s:\n  {test}\ncondition: s");
        assert_eq!(
            fires_on("product: windows", &detection, &event),
            expected,
            "{test}"
        );
    }
}

#[test]
fn log_sources_choose_logs_and_events() {
    let sysmon = "Microsoft-Windows-Sysmon/Operational";
    let any = "s:\n  Image|endswith: \\x.exe\ncondition: s";
    let image = [("Image", r"C:\x.exe"), ("NewProcessName", r"C:\x.exe")];
    for (logsource, channel, id, expected) in [
        (
            "category: process_creation, product: windows",
            sysmon,
            1,
            true,
        ),
        (
            "category: process_creation, product: windows",
            sysmon,
            11,
            false,
        ),
        (
            "category: process_creation, product: windows",
            "Security",
            4688,
            true,
        ),
        (
            "category: process_creation, product: windows",
            "Security",
            4689,
            false,
        ),
        (
            "category: process_creation, service: security",
            sysmon,
            1,
            false,
        ),
        (
            "category: process_creation, service: sysmon",
            sysmon,
            1,
            true,
        ),
        ("category: file_event, product: windows", sysmon, 11, true),
        ("category: pipe_created, product: windows", sysmon, 18, true),
        ("service: sysmon", sysmon, 99, true),
        ("service: system", "system", 1, true),
        ("service: system", "Application", 1, false),
        ("product: windows", "Anything", 1, true),
        (
            "category: ps_script, product: windows",
            "PowerShellCore/Operational",
            4104,
            true,
        ),
    ] {
        let event = Event::new(channel, id, &image);
        assert_eq!(
            fires_on(logsource, any, &event),
            expected,
            "{logsource} on {channel} {id}"
        );
    }
    // The audit of processes names the program differently.
    let only_sysmon = Event::new("Security", 4688, &[("Image", r"C:\x.exe")]);
    assert!(!fires_on("category: process_creation", any, &only_sysmon));
}

fn of_system(detection: &str) -> String {
    rule("service: system", detection)
}

/// Checks that each text is refused, near the line and for the reason.
fn refuses(cases: &[(String, usize, &str)]) {
    for (text, line, part) in cases {
        let problems = check(text);
        let told = problems
            .first()
            .unwrap_or_else(|| panic!("not refused: {text}"));
        assert!(told.message.contains(part), "{text}\n{told:?}");
        assert_eq!(told.line, *line, "{text}\n{told:?}");
    }
}

#[test]
fn values_that_are_not_supported_are_refused_by_name_and_line() {
    let cases = [
        ("|expand: '%x%'", "'expand'"),
        ("|smells: x", "'smells'"),
        ("|re: 'a(?=b)'", "look-around"),
        ("|re: 'a('", "regular expression"),
        ("|gt: x", "'x' is not a number"),
        ("|cidr: x", "not an address"),
        ("|wide: x", "'wide' has to be followed"),
        ("|base64: 'x*'", "wildcards"),
        ("|contains|re: x", "'re' cannot follow"),
        ("|re|startswith: x", "'startswith' cannot"),
        ("|i: x", "'i' cannot follow"),
        ("|exists: maybe", "true or false"),
        ("|contains: null", "null can have no"),
        (": {a: b}", "a value is a list or a map"),
        (": [[a]]", "a value is a list or a map"),
        (": []", "empty"),
    ];
    let cases = cases.map(|(test, part)| {
        let text = of_system(&format!("s:\n  F{test}\ncondition: s"));
        (text, 5, part)
    });
    refuses(&cases);
}

#[test]
fn rules_that_are_not_supported_are_refused_by_name_and_line() {
    let cases = [
        ("s: []\ncondition: s", 4, "'s' is empty"),
        ("s: {F: x}\ncondition: t", 5, "'t', which does not exist"),
        ("s: {F: x}\ncondition: 1 of t*", 5, "pattern that none has"),
        ("s: {F: x}\ncondition: s | count() > 5", 5, "aggregations"),
        ("s: {F: x}\ntimeframe: 5m\ncondition: s", 5, "'timeframe'"),
        ("s: {F: x}", 4, "no 'condition'"),
        ("s: [null]\ncondition: s", 4, "a keyword is null"),
    ];
    refuses(&cases.map(|(detection, line, part)| (of_system(detection), line, part)));
    let logsources = [
        ("product: linux", "'linux'"),
        ("category: webserver", "'webserver'"),
        ("service: nothing", "'nothing'"),
        ("definition: x", "neither product"),
        ("category: ps_script, service: security", "does not record"),
    ];
    refuses(&logsources.map(|(logsource, part)| {
        let text = rule(logsource, "s: {F: x}\ncondition: s");
        (text, 2, part)
    }));
    let documents = [
        (
            "title: t\ncorrelation: {type: event_count}\n",
            2,
            "correlation",
        ),
        ("title: t\nfilter: {rules: []}\n", 2, "filters"),
        ("action: global\ntitle: t\n", 1, "collections"),
        ("title: t\ntaxonomy: ecs\n", 2, "taxonomy"),
        ("logsource: {}\n", 1, "no 'title'"),
        ("- a\n", 1, "not a rule"),
        ("a: [", 1, "not YAML"),
        ("", 1, "no rule"),
    ];
    refuses(&documents.map(|(text, line, part)| (text.to_owned(), line, part)));
}

#[test]
fn all_problems_of_all_sources_are_told_at_once() {
    let good = rule("service: system", "s:\n  F: x\ncondition: s");
    let bad = rule("service: system", "s:\n  F|expand: x\ncondition: s");
    let two_bad = format!("{bad}---\n{good}---\n{bad}");
    let problems = compile(&[
        RuleSource {
            id: "one",
            text: &good,
        },
        RuleSource {
            id: "two",
            text: &two_bad,
        },
        RuleSource {
            id: "three",
            text: "a: [",
        },
    ])
    .unwrap_err();
    let ids: Vec<&str> = problems.iter().map(|p| p.source_id.as_str()).collect();
    assert_eq!(ids, ["two", "two", "three"]);
    let three = format!("{good}---\n{good}---\n{good}");
    let rules = compile(&[RuleSource {
        id: "x",
        text: &three,
    }])
    .unwrap();
    assert_eq!(rules.rule_count(), 3);
}

#[test]
fn rules_that_would_take_all_memory_are_refused() {
    let regexes = [r"'\w{1,64}x'"; 8].join(", ");
    let text = rule(
        "service: system",
        &format!("s:\n  F|re: [{regexes}]\ncondition: s"),
    );
    let problems = check(&text);
    assert!(problems[0].message.contains("size limit"), "{problems:?}");
    let long = format!("# {}", "x".repeat(1024 * 1024));
    assert!(check(&long)[0].message.contains("longer than 1 MiB"));
    let selection = vec!["x"; 1_000].join(", ");
    let condition = vec!["s"; 900].join(" or ");
    let text = rule(
        "service: system",
        &format!("s:\n  F: [{selection}]\ncondition: {condition}"),
    );
    assert!(
        check(&text)[0].message.contains("100000 parts"),
        "{:?}",
        check(&text)
    );
}
