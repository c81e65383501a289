//! What matches, and how what cannot be matched is told.

use std::path::Path;
use std::thread;
use std::time::Duration;

use rules::{CompiledRules, RuleMatch, ScanError, ScanFacts, compile};

const MINUTE: Duration = Duration::from_mins(1);

fn facts(path: &str) -> ScanFacts<'_> {
    ScanFacts {
        path: Path::new(path),
        owner: "root",
        unpack_source: "",
    }
}

fn names(rules: &CompiledRules, path: &str, content: &[u8]) -> Vec<String> {
    let matches = rules.session(MINUTE).scan(&facts(path), content);
    matches
        .expect("it is matched")
        .into_iter()
        .map(|found| format!("{}:{}", found.source_id, found.rule_name))
        .collect()
}

#[test]
fn names_source_and_rule_and_leaves_private_rules_out() {
    let source = "private rule hidden { strings: $a = \"needle\" condition: $a }
        rule shown { condition: hidden and filesize > 3 }
        rule other { strings: $a = \"thread\" condition: $a }";
    let rules = compile(&[
        ("first", source),
        ("second", "rule always { condition: true }"),
    ])
    .expect("they compile");
    assert_eq!(
        names(&rules, "/x", b"a needle"),
        ["first:shown", "second:always"]
    );
    assert_eq!(names(&rules, "/x", b"nothing"), ["second:always"]);
}

#[test]
fn a_global_rule_governs_its_own_source_only() {
    let guarded = "global rule big { condition: filesize > 100 } rule a { condition: true }";
    let rules = compile(&[("guarded", guarded), ("free", "rule a { condition: true }")])
        .expect("they compile");
    assert_eq!(names(&rules, "/x", b"small"), ["free:a"]);
}

#[test]
fn sets_the_variables_for_each_file_anew() {
    let source = r#"
        rule by_name { condition: filename == "Cmd.EXE" }
        rule by_folder { condition: filepath == "/mnt/Windows" }
        rule by_extension { condition: extension == ".exe" }
        rule by_type { condition: filetype == "EXE" }
        rule by_owner { condition: owner == "root" }
        rule unpacked { condition: unpack_source != "" }
        rule nameless { condition: extension == "" }"#;
    let rules = compile(&[("v", source)]).expect("it compiles");
    let mut session = rules.session(MINUTE);
    let mut matched = |path: &str, content: &[u8]| -> Vec<String> {
        let matches = session.scan(&facts(path), content).expect("it is matched");
        matches.into_iter().map(|found| found.rule_name).collect()
    };
    assert_eq!(
        matched("/mnt/Windows/Cmd.EXE", b"MZ\x90"),
        [
            "by_extension",
            "by_folder",
            "by_name",
            "by_owner",
            "by_type"
        ]
    );
    assert_eq!(matched("/mnt/README", b"text"), ["by_owner", "nameless"]);
    assert_eq!(matched("/mnt/a.tar.exe", b""), ["by_extension", "by_owner"]);
}

#[test]
fn gives_up_after_the_time_given() {
    let source = "rule slow { condition:
        for all i in (0..100000) : (for all j in (0..100000) : (for all k in (0..100000) : (i + j + k >= 0))) }";
    let rules = compile(&[("slow", source)]).expect("it compiles");
    let second = Duration::from_secs(1);
    assert_eq!(
        rules.session(second).scan(&facts("/x"), b"content"),
        Err(ScanError::Timeout(second))
    );
}

#[test]
fn one_set_of_rules_serves_several_threads() {
    let rules = compile(&[("a", "rule a { strings: $a = \"needle\" condition: $a }")])
        .expect("it compiles");
    thread::scope(|scope| {
        for number in 0..4 {
            let rules = &rules;
            scope.spawn(move || {
                let mut session = rules.session(MINUTE);
                for round in 0..50 {
                    let content = if (round + number) % 2 == 0 {
                        "a needle"
                    } else {
                        "a thread"
                    };
                    let matches = session.scan(&facts("/x"), content.as_bytes());
                    let expected: Vec<RuleMatch> = ((round + number) % 2 == 0)
                        .then(|| RuleMatch {
                            source_id: "a".into(),
                            rule_name: "a".into(),
                        })
                        .into_iter()
                        .collect();
                    assert_eq!(matches, Ok(expected));
                }
            });
        }
    });
}

#[test]
fn survives_contents_that_only_pretend_to_be_programs() {
    let source = "import \"pe\" import \"elf\" import \"macho\" import \"dotnet\" import \"lnk\" import \"hash\" import \"math\"
        rule a { condition: pe.number_of_sections > 0 or elf.number_of_sections > 0 or macho.ncmds > 0
            or dotnet.is_dotnet or lnk.is_lnk or hash.md5(0, filesize) == \"\" or math.entropy(0, filesize) > 7.9 }";
    let rules = compile(&[("a", source)]).expect("it compiles");
    let mut session = rules.session(MINUTE);
    for start in [
        &b"MZ"[..],
        b"\x7fELF\x02\x01\x01",
        b"\xcf\xfa\xed\xfe",
        b"L\0\0\0\x01\x14\x02\0",
    ] {
        for length in [0, 1, 63, 64, 512, 4096] {
            for fill in [0x00, 0x41, 0x80, 0xff] {
                let mut content = start.to_vec();
                content.resize(start.len() + length, fill);
                session.scan(&facts("/x"), &content).expect("it is matched");
            }
        }
    }
}
