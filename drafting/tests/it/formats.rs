//! Documents, tables and rules: every mistake is told with its place, in two languages.

use domain::{Language, Role, SizeRange};
use drafting::{Accepted, Input, Level, Problem, ProblemCode, read};
use texts::Texts;

use crate::case::{Checker, codes, options, read_as, read_with, refusals, warnings};

#[test]
fn a_native_document_with_many_mistakes_has_each_reported() {
    let text = r#"{
  "schema": 2,
  "number": "1/TEST", "number": "2/TEST",
  "severity": "hihg",
  "version": 1.5,
  "colour": "red",
  "issued_at": "yesterday",
  "indicators": [
    { "id": "a", "role": "paylod", "observables": [ { "kind": "md5", "value": "29E65E1256FC998B7CE8494656B3EF8" } ] },
    { "id": "a", "observables": [ { "kind": "path", "value": "C:\Windows\\x.dll" } ] },
    { "id": "b", "observables": [ { "kind": "smell", "value": "bad" }, { "kind": "domain" } ] },
    { "id": "C", "size": { "min_bytes": 9, "max_bytes": 3 }, "observables": "none" },
    { "id": "d", "observables": [ { "kind": "domain", "value": "evil-site.net" } ] },
    { "id": "d", "observables": [ { "kind": "domain", "value": "evil-site.org" } ] }
  ],
  "combinations": [ { "id": "k", "all_of": ["d", "z"], "within": "folder" } ]
}"#;
    let reading = read_as("a.json", text);
    assert_eq!(
        refusals(&reading),
        [
            "2:13 not-a-choice 2 => 1",
            "3:24 json-duplicate-key number",
            "4:16 not-a-choice hihg => high",
            "5:14 json-not-an-integer 1.5",
            "6:4 json-unknown-field colour",
            "7:17 instant-malformed yesterday",
            "9:27 not-a-choice paylod => payload",
            "9:80 digest-length 29E65E1256FC998B7CE8494656B3EF8",
            r"10:65 json-syntax \W => \\W",
            "11:46 not-a-choice smell",
            "11:72 json-missing-field value",
            "12:41 size-malformed 9-3 bytes",
            "12:78 json-wrong-type none",
            "14:5 duplicate-id d",
            "16:21 combination-invalid k",
        ],
    );
}

#[test]
fn broken_json_ends_with_one_refusal_at_its_place() {
    for (text, place) in [
        ("{\n \"number\": \"1/A\",\n ]", "3:2 json-syntax ]"),
        ("{\"number\": \"1/A\"", "1:17 json-syntax "),
        ("{\"number\": \"1/A\n\"}", "1:13 json-syntax 1/A"),
        ("{} x", "1:4 json-syntax x"),
    ] {
        let reading = read_as("a.json", text);
        assert_eq!(refusals(&reading), [place], "{text}");
    }
}

#[test]
fn a_table_of_kinds_and_values_is_read_with_its_groups() {
    let text = "\u{feff}Loại,Giá trị,Vai trò,Nhãn,Độ tin cậy\n\
        path,C:\\ProgramData\\Evil\\run.exe,mã độc,run.exe,cao\n\
        sha256,9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0bf86d4d6aab5f7c8e7e9a,,run.exe,\n\
        size,\"3,50 KB\",,run.exe,\n\
        domain,evil[.]com,context,,thấp\n\
        ip,203.113.131.7,,,\n";
    let mut options = options();
    options.number = Some("1/TEST".to_owned());
    let reading = read_with("a.csv", text, &options);
    assert_eq!(refusals(&reading), [""; 0]);
    assert_eq!(warnings(&reading), ["0:0 no-deadline "]);
    let draft = reading.draft.expect("a draft");
    assert_eq!(draft.indicators.len(), 3);
    assert_eq!(draft.indicators[0].observables.len(), 2);
    assert_eq!(draft.indicators[0].size, SizeRange::new(3574, 3594));
    assert_eq!(draft.indicators[1].role, Role::Context);
}

#[test]
fn a_damaged_table_is_refused_at_its_cells() {
    let text = "path;md5;colour;role\n\
        C:\\Windowssystem32\\a.dll;884d46c01c762ad6ddd2759fd921bf71;red;payload\n\
        C:\\ProgramData\\a.dll;884d46c01c762ad6ddd2759fd921bf7;red;villain\n\
        C:\\ProgramData\\b.dll;x\n\
        ;;;\n\
        \"C:\\ProgramData\\c.dll;x;red;payload\n";
    let reading = read_as("a.csv", text);
    assert_eq!(
        refusals(&reading),
        [
            "1:10 csv-unknown-column colour",
            "2:1 path-lost-separator C:\\Windowssystem32\\a.dll => C:\\Windows\\system32\\a.dll",
            "3:22 digest-length 884d46c01c762ad6ddd2759fd921bf7 => 884d46c01c762ad6ddd2759fd921bf71",
            "3:58 not-a-choice villain",
            "4:1 csv-row C:\\ProgramData\\b.dll;x",
            "5:1 csv-empty-row ;;;",
            "6:1 csv-row \"C:\\ProgramData\\c.dll;x;red;payload",
        ]
    );
}

#[test]
fn rules_are_compiled_and_refused_at_their_line() {
    let mut options = options();
    options.number = Some("1/TEST".to_owned());
    let good = "rule a {\n condition:\n  true\n}\n";
    let reading = read_with("rules/apt.yar", good, &options);
    assert_eq!(refusals(&reading), [""; 0]);
    assert_eq!(reading.draft.expect("a draft").rules[0].id, "apt");
    let bad = good.replace("true", "no_such_thing");
    let reading = read_with("apt.yar", &bad, &options);
    assert_eq!(
        refusals(&reading),
        ["3:5 rule-does-not-compile no_such_thing"]
    );
    // Beside a letter, both make one alert.
    let inputs = [
        Input {
            name: "a.txt",
            bytes: crate::case::LETTER.as_bytes(),
        },
        Input {
            name: "apt.yar",
            bytes: good.as_bytes(),
        },
    ];
    let reading = read(&inputs, &options, &Checker);
    let draft = reading.draft.expect("a draft");
    assert_eq!((draft.indicators.len(), draft.rules.len()), (7, 1));
}

#[test]
fn a_draft_that_is_written_and_read_again_stays_the_same() {
    let letter = format!(
        "{}\nChặn: hxxp://evil[.]net/a?b=1, bücher-evil[.]de, 203.113.131.0/24\nMutex: Global\\x\nHKLM\\Software\\Evil\n",
        crate::case::LETTER
    );
    let reading = read_as("a.txt", &letter);
    assert_eq!(refusals(&reading), [""; 0]);
    let draft = reading.draft.expect("a draft");
    assert_eq!(draft.indicators.len(), 12);
    let written = serde_json::to_string_pretty(&draft).expect("writes");
    let again = read_as("draft.json", &written);
    assert_eq!(refusals(&again), [""; 0]);
    assert_eq!(again.draft, Some(draft));
}

#[test]
fn names_beside_digests_in_a_collection_are_no_domains() {
    let md5 = "884d46c01c762ad6ddd2759fd921bf71";
    for text in [
        format!("{md5};msftedit.prf.cco\n"),
        format!("samples/{md5}\n"),
        format!("{md5}  ./log4j-2.0/log4j-core-2.0.jar\n"),
        format!("{md5},3CXDesktopApp-18.12.416-full.nupkg\n"),
    ] {
        let reading = read_as("a.txt", &format!("Số: 1/TEST\n{text}"));
        assert_eq!(refusals(&reading), [""; 0], "{text}");
        assert_eq!(
            reading.draft.expect("a draft").indicators.len(),
            1,
            "{text}"
        );
    }
}

#[test]
fn an_accepted_value_stays_as_a_warning_with_its_reason() {
    let mut options = options();
    options.number = Some("1/TEST".to_owned());
    let text = "Chặn tên miền: google[.]com\nMD5: 884d46c01c762ad6ddd2759fd921bf7\n";
    for value in ["google.com", "google[.]com"] {
        options.accepted = vec![
            Accepted {
                value: value.to_owned(),
                reason: "đã bị chiếm".to_owned(),
            },
            Accepted {
                value: "884d46c01c762ad6ddd2759fd921bf7".to_owned(),
                reason: "trust me".to_owned(),
            },
        ];
        let reading = read_with("a.txt", text, &options);
        assert_eq!(codes(&reading), ["digest-length"]);
        let accepted = reading
            .problems
            .iter()
            .find(|problem| problem.code == ProblemCode::DomainWellKnown)
            .expect("still listed");
        assert_eq!(
            (accepted.level, accepted.accepted.as_deref()),
            (Level::Warning, Some("đã bị chiếm"))
        );
        assert_eq!(
            reading.draft.expect("a draft").indicators[0].id,
            "google.com"
        );
    }
}

#[test]
fn ignored_values_are_passed_over_and_shown() {
    let mut options = options();
    options.ignored = vec!["svchost.exe".to_owned()];
    let text = "Mã độc tiêm vào tiến trình svchost.exe và kết nối đến evil[.]net\n";
    assert_eq!(
        codes(&read_with("a.txt", text, &crate::case::options())),
        ["name-too-common"]
    );
    let reading = read_with("a.txt", text, &options);
    assert_eq!(refusals(&reading), [""; 0]);
    assert_eq!(reading.passed[0].value, "svchost.exe");
}

#[test]
fn every_problem_has_its_words_in_both_languages() {
    for code in ProblemCode::ALL {
        for language in [Language::En, Language::Vi] {
            let key = format!("drafting-{code}");
            assert!(Texts::of(language).has(&key), "{key} in {language:?}");
        }
    }
}

#[test]
fn what_a_problem_shows_cannot_steer_a_terminal() {
    let problem = Problem {
        level: Level::Refused,
        code: ProblemCode::DomainUnknownTld,
        file: "a\u{1b}[2J.txt".to_owned(),
        line: 3,
        column: 4,
        value: "evil\u{202e}.\u{1b}]0;x\u{7}".to_owned(),
        args: vec![("ending", "\u{1b}".to_owned())],
        suggestion: Some("a\u{200b}b".to_owned()),
        accepted: None,
    };
    for language in [Language::En, Language::Vi] {
        let shown = problem.render(language).to_string();
        assert!(
            shown
                .chars()
                .all(|c| c == '\n' || !c.is_control() && !"\u{202e}\u{200b}".contains(c)),
            "{shown:?}"
        );
    }
    let english = problem.render(Language::En);
    assert_eq!(english.place, "a\\u{1b}[2J.txt:3:4");
    assert!(
        english.message.contains("there is no top-level domain"),
        "{}",
        english.message
    );
}
