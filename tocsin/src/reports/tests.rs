//! The reports as people and programs get them, compared with committed files in `test-data/reports/`. To change them on
//! purpose, run the tests with the variable `TOCSIN_WRITE_TEST_DATA` set, and read the difference before committing it.

use std::path::PathBuf;

use domain::{
    AlertReference, CheckCoverage, CheckKind, Coverage, Finding, Hit, Isolation, ItemPath,
    Judgement, Language, NotExamined, Outcome, Reason, Strength, SweepReport, Why,
};
use fs_err as fs;
use testkit::at;

use super::{Standing, TextStyle, render_html, render_json, render_text};

#[test]
fn reports_read_as_they_are_committed() {
    for (name, report, standing) in cases() {
        report.check().expect("the report agrees with itself");
        for (tag, language) in [("en", Language::En), ("vi", Language::Vi)] {
            let text = render_text(&report, standing, language, TextStyle::Terminal(80));
            compare(&format!("{name}.{tag}.txt"), &text);
            let page = render_html(&[(report.clone(), standing)], language).expect("it renders");
            compare(&format!("{name}.{tag}.html"), &page);
        }
        let json = render_json(&[report]).expect("it renders");
        compare(
            &format!("{name}.json"),
            &String::from_utf8(json).expect("UTF-8"),
        );
    }
}

#[test]
fn no_sentence_is_wider_than_the_terminal() {
    for (name, report, standing) in cases() {
        for language in [Language::En, Language::Vi] {
            let text = render_text(&report, standing, language, TextStyle::Terminal(60));
            let text = uncoloured(&text);
            for line in text
                .lines()
                .filter(|line| crate::layout::columns(line) > 60)
            {
                let whole = line.contains('/') || line.contains("SHA-") || line.contains("MD5");
                assert!(
                    whole,
                    "only paths and digests are left whole: {name}: {line}"
                );
            }
            let plain = render_text(&report, standing, language, TextStyle::Plain);
            assert!(!plain.contains('\u{1b}'), "{name}");
        }
    }
}

#[test]
fn hostile_words_reach_neither_the_terminal_nor_the_markup() {
    let hostile = "\u{1b}[2J\u{202e}</title></style><script>alert(1)</script>\"'&";
    let mut report = found();
    report.host = hostile.to_owned();
    report.alert.number = hostile.to_owned();
    report.coverage.outside_sweep = vec![format!("x: domain {hostile}")];
    for finding in &mut report.findings {
        finding.item.text = hostile.to_owned();
        finding.sha256 = Some(hostile.to_owned());
        finding.combinations = vec![hostile.to_owned()];
        finding.isolation = Some(Isolation::Failed {
            reason: hostile.to_owned(),
        });
        for hit in &mut finding.hits {
            hit.indicator = hostile.to_owned();
            hit.kind = hostile.to_owned();
            hit.value = hostile.to_owned();
        }
    }
    let text = render_text(&report, Standing::Verified, Language::En, TextStyle::Plain);
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    let page = render_html(&[(report, Standing::Verified)], Language::En).expect("it renders");
    assert!(!page.contains(['\u{1b}', '\u{202e}']), "{page}");
    assert!(
        !page.contains("<script") && page.matches("</style>").count() == 1,
        "{page}"
    );
}

fn compare(name: &str, shown: &str) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("test-data/reports")
        .join(name);
    if std::env::var_os("TOCSIN_WRITE_TEST_DATA").is_some() {
        fs::write(&file, shown).expect("written");
    }
    let committed = fs::read_to_string(&file).expect("the committed file");
    assert!(
        committed == shown,
        "{name} differs from what is committed:\n{shown}"
    );
}

fn uncoloured(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or("").to_owned();
    parts.fold(first, |shown, part| {
        shown + part.split_once('m').map_or("", |(_, rest)| rest)
    })
}

fn cases() -> Vec<(&'static str, SweepReport, Standing)> {
    vec![
        ("clean", clean(), Standing::Verified),
        ("incomplete", incomplete(), Standing::Unchecked),
        ("found", found(), Standing::Verified),
        ("drill", drill(), Standing::Unsigned),
    ]
}

fn clean() -> SweepReport {
    let coverage = Coverage {
        complete: true,
        folder_count: 18_221,
        item_count: 412_077,
        item_bytes: 96_636_764_160,
        read_count: 1_204,
        read_bytes: 734_003_200,
        checks: vec![
            check(CheckKind::Digest, "mcutil-dll", [0, 411_000, 1_077, 0, 0]),
            check(CheckKind::Digest, "diskperf-exe", [0, 2, 0, 412_075, 0]),
            check(CheckKind::Digest, "dtshow-dll", [0, 0, 0, 412_077, 0]),
            check(CheckKind::Path, "diskmgers-dll", [0, 412_077, 0, 0, 0]),
        ],
        not_examined: vec![NotExamined {
            reason: Reason::ExcludedByPlan,
            count: 1,
            examples: vec![path("/mnt/windows/Backup")],
        }],
        outside_sweep: vec![
            "playball: domain playball.ddns.info".to_owned(),
            "nvedia: domain nvedia.ddns.info".to_owned(),
            "air-dcsvn: domain air.dcsvn.org".to_owned(),
            "control: ip 192.0.2.7".to_owned(),
        ],
        kinds: Vec::new(),
        containers_opened: false,
        running_examined: false,
    };
    report(coverage, Vec::new(), "2016-08-03T03:14:00Z")
}

fn incomplete() -> SweepReport {
    let mut report = clean();
    report.coverage.complete = false;
    report.coverage.checks[0] = check(CheckKind::Digest, "mcutil-dll", [0, 411_000, 1_074, 0, 3]);
    report.coverage.not_examined = vec![
        NotExamined {
            reason: Reason::Permission,
            count: 1,
            examples: vec![path("/mnt/windows/Users/giamdoc")],
        },
        NotExamined {
            reason: Reason::ReadError,
            count: 2,
            examples: vec![path("/mnt/windows/pagefile.sys")],
        },
        NotExamined {
            reason: Reason::SpecialFile,
            count: 12,
            examples: Vec::new(),
        },
    ];
    report.finished_at = report.started_at;
    with_outcome(report)
}

fn found() -> SweepReport {
    let mut report = incomplete();
    report.coverage.checks[0] = check(CheckKind::Digest, "mcutil-dll", [1, 411_000, 1_073, 0, 3]);
    let confirmed = Finding {
        judgement: Judgement::Confirmed,
        why: Why::Combination,
        combinations: vec!["mcafee-trio".to_owned()],
        isolation: Some(Isolation::Isolated {
            vault_id: "20160803-4be1".to_owned(),
        }),
        ..finding("/mnt/windows/Program Files/Common Files/McAfee/McUtil.dll")
    };
    let payload = Finding {
        judgement: Judgement::Confirmed,
        why: Why::PayloadContent,
        isolation: Some(Isolation::NotPermitted),
        ..finding("/mnt/windows/Windows/System32/dtshow.dll")
    };
    let by_rule = Finding {
        judgement: Judgement::Suspicious,
        why: Why::RuleMatched,
        hits: vec![hit("plugx", "yara", "PlugX_Loader_2016", Strength::Content)],
        modified_at: None,
        isolation: Some(Isolation::Failed {
            reason: "write to '/var/lib/tocsin/agent/vault': No space left on device".to_owned(),
        }),
        ..finding("/mnt/windows/Users/lan/AppData/Roaming/Microsoft/tệp đính kèm (2)/thư mời.scr")
    };
    let by_name = Finding {
        judgement: Judgement::Context,
        why: Why::NameOtherContent,
        hits: vec![hit(
            "diskperf-exe",
            "file-name",
            "diskperf.exe",
            Strength::Name,
        )],
        ..finding("/mnt/windows/Windows/System32/diskperf.exe")
    };
    report.findings = vec![confirmed, payload, by_rule, by_name];
    report.findings_left_out = 3;
    report.finished_at = at("2016-08-03T05:07:09Z");
    with_outcome(report)
}

fn drill() -> SweepReport {
    let mut report = clean();
    report.alert = AlertReference {
        id: None,
        number: "DT-01/2016".to_owned(),
        version: 2,
        exercise: true,
    };
    report.coverage.checks[0] = check(CheckKind::Digest, "marker", [1, 411_000, 1_076, 0, 0]);
    report.coverage.outside_sweep.clear();
    report.findings = vec![Finding {
        judgement: Judgement::Confirmed,
        why: Why::PayloadContent,
        hits: vec![hit("marker", "md5", &"44".repeat(16), Strength::Content)],
        ..finding("/srv/drill/marker.txt")
    }];
    with_outcome(report)
}

fn report(coverage: Coverage, findings: Vec<Finding>, finished_at: &str) -> SweepReport {
    with_outcome(SweepReport {
        schema: domain::report::SCHEMA,
        tool: "tocsin 0.0.0".to_owned(),
        alert: AlertReference {
            id: None,
            number: "238/VNCERT-ĐPƯC".to_owned(),
            version: 1,
            exercise: false,
        },
        host: "booking-01".to_owned(),
        started_at: at("2016-08-03T03:12:08Z"),
        finished_at: at(finished_at),
        roots: vec![path("/mnt/windows"), path("/srv")],
        outcome: Outcome::Clean,
        coverage,
        findings,
        findings_left_out: 0,
        self_test: None,
    })
}

fn with_outcome(mut report: SweepReport) -> SweepReport {
    report.outcome = Outcome::of(&report.coverage, &report.findings);
    report
}

fn finding(item: &str) -> Finding {
    Finding {
        item: path(item),
        size_bytes: 140_576,
        modified_at: Some(at("2016-07-29T10:20:30Z")),
        sha256: Some("c5".repeat(32)),
        hits: vec![
            hit("mcutil-dll", "sha1", &"e4".repeat(20), Strength::Content),
            hit("mcutil-dll", "file-name", "McUtil.dll", Strength::Name),
        ],
        ..testkit::finding(b"", Judgement::Confirmed)
    }
}

fn hit(indicator: &str, kind: &str, value: &str, strength: Strength) -> Hit {
    Hit {
        indicator: indicator.to_owned(),
        kind: kind.to_owned(),
        value: value.to_owned(),
        strength,
        place: None,
    }
}

/// Hits, absent by metadata, absent by content, outside the plan, not examined.
fn check(kind: CheckKind, indicator: &str, counts: [u64; 5]) -> CheckCoverage {
    let [
        hits,
        absent_by_metadata,
        absent_by_content,
        outside_plan,
        not_examined,
    ] = counts;
    CheckCoverage {
        kind,
        indicator: indicator.to_owned(),
        hits,
        absent_by_metadata,
        absent_by_content,
        outside_plan,
        not_examined,
    }
}

fn path(text: &str) -> ItemPath {
    ItemPath::from_bytes(text.as_bytes())
}
