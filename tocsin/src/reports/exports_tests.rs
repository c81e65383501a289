//! The forms for other programs, compared with committed files in `test-data/reports/` (see `tests.rs`) and read back by readers
//! that share nothing with what wrote them.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use domain::{
    Coverage, Finding, Hit, ItemKind, ItemPath, Judgement, NotExamined, Reason, Strength,
    SweepReport, Why,
};
use fs_err as fs;
use serde_json::Value;
use testkit::at;

use super::{render_csv, render_sarif, render_stix};

#[test]
fn exports_read_as_they_are_committed() {
    let (report, alert) = (report(), testkit::alerts::dispatch_238());
    let reports = std::slice::from_ref(&report);
    compare("export.csv", &render_csv(reports));
    compare("export.sarif", &render_sarif(reports).unwrap());
    compare(
        "export.stix.json",
        &render_stix(&[(&report, &alert)]).unwrap(),
    );
}

fn compare(name: &str, written: &[u8]) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("test-data/reports")
        .join(name);
    if std::env::var_os("TOCSIN_WRITE_TEST_DATA").is_some() {
        fs::write(&file, written).expect("written");
    }
    let committed = fs::read(&file).expect("the committed file");
    assert!(
        committed == written,
        "{name} differs:\n{}",
        String::from_utf8_lossy(written)
    );
}

#[test]
fn no_cell_is_a_formula_and_every_line_has_every_column() {
    let table = String::from_utf8(render_csv(&[report(), clean()])).expect("UTF-8");
    let rows = read_csv(&table);
    assert_eq!(
        rows.len(),
        1 + 6 + 1,
        "a header, six hits and a report without any"
    );
    for row in &rows {
        assert_eq!(row.len(), rows[0].len());
        for cell in row {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t']), "{cell}");
            assert!(!cell.contains(['\u{1b}', '\n', '\r', '\u{202e}']), "{cell}");
        }
    }
    let column = |name: &str| {
        rows[0]
            .iter()
            .position(|cell| cell == name)
            .expect("a column")
    };
    assert_eq!(rows[7][column("outcome")], "clean");
    assert_eq!(rows[6][column("host")], "'=cmd|' /C calc'!A0");
    assert!(
        rows.iter()
            .any(|row| row[column("item")].contains("a \"quoted\", name"))
    );
}

/// Reads RFC 4180, byte by byte.
fn read_csv(table: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut is_quoted) =
        (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = table.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, is_quoted) {
            ('"', true) if characters.peek() == Some(&'"') => {
                cell.push('"');
                characters.next();
            }
            ('"', _) => is_quoted = !is_quoted,
            (',', false) => row.push(std::mem::take(&mut cell)),
            ('\r', false) => {}
            ('\n', false) => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            _ => cell.push(character),
        }
    }
    assert!(row.is_empty() && cell.is_empty(), "the last line ends");
    rows
}

#[test]
fn sarif_has_what_its_schema_requires() {
    let log: Value = serde_json::from_slice(&render_sarif(&[report(), clean()]).unwrap()).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let runs = log["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    for run in runs {
        assert!(run["tool"]["driver"]["name"].is_string());
        let invocation = &run["invocations"][0];
        assert!(invocation["executionSuccessful"].is_boolean());
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let ids: BTreeSet<&str> = rules
            .iter()
            .map(|rule| rule["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids.len(), rules.len(), "ids of rules are unique");
        let artifacts = run["artifacts"].as_array().unwrap();
        for result in run["results"].as_array().unwrap() {
            assert!(result["message"]["text"].is_string());
            assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            let location = &result["locations"][0]["physicalLocation"]["artifactLocation"];
            let artifact = usize::try_from(location["index"].as_u64().unwrap()).unwrap();
            assert_eq!(artifacts[artifact]["location"]["uri"], location["uri"]);
            let uri = location["uri"].as_str().unwrap();
            assert!(
                uri.bytes()
                    .all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b)),
                "{uri}"
            );
        }
    }
    assert_eq!(runs[0]["invocations"][0]["executionSuccessful"], false);
    assert_eq!(runs[1]["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn stix_references_are_of_the_bundle_and_the_same_report_gives_the_same_bytes() {
    let (found, clean, alert) = (report(), clean(), testkit::alerts::dispatch_238());
    let render = || render_stix(&[(&found, &alert), (&clean, &alert)]).unwrap();
    assert_eq!(render(), render());
    let bundle: Value = serde_json::from_slice(&render()).unwrap();
    let objects = bundle["objects"].as_array().unwrap();
    let ids: BTreeSet<&str> = objects
        .iter()
        .map(|object| object["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), objects.len());
    for object in objects {
        let kind = object["type"].as_str().unwrap();
        assert!(
            object["id"]
                .as_str()
                .unwrap()
                .starts_with(&format!("{kind}--"))
        );
        for (name, value) in object.as_object().unwrap() {
            let refs = match value {
                Value::Array(all) if name.ends_with("_refs") => all.clone(),
                one if name.ends_with("_ref") => vec![one.clone()],
                _ => Vec::new(),
            };
            for one in refs.iter().filter_map(Value::as_str) {
                assert!(
                    ids.contains(one) || name == "object_marking_refs",
                    "{name}: {one}"
                );
            }
        }
    }
    let counts = |count: u64| {
        objects
            .iter()
            .filter(|object| object["type"] == "sighting" && object["count"] == count)
            .count()
    };
    assert_eq!(counts(1), 5);
    assert_eq!(
        counts(0),
        1,
        "only what was completely looked for is said not to be there"
    );
}

#[test]
fn stix_is_valid_for_the_validator_of_oasis() {
    let what = "the STIX export with stix2-validator";
    let available = Command::new("python3")
        .args(["-c", "import stix2validator"])
        .output();
    if !available.is_ok_and(|output| output.status.success()) {
        return testkit::skipping::skipped(what, "python3 has no module stix2validator");
    }
    let (found, alert) = (report(), testkit::alerts::dispatch_238());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bundle.json");
    fs::write(&file, render_stix(&[(&found, &alert)]).unwrap()).unwrap();
    let script = "import sys, stix2validator as v\n\
                  r = v.validate_file(sys.argv[1], v.ValidationOptions(version='2.1'))\n\
                  v.print_results([r]); sys.exit(0 if r.is_valid else 1)";
    let output = Command::new("python3")
        .args(["-c", script])
        .arg(&file)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

fn clean() -> SweepReport {
    let mut report = report();
    report.findings.clear();
    report.host = "desk-02".to_owned();
    report.coverage.complete = true;
    report.coverage.not_examined.clear();
    report.outcome = domain::Outcome::of(&report.coverage, &report.findings);
    report
}

/// A file, one whose name does what it can, and a log that mentions a control server.
fn report() -> SweepReport {
    let payload = Finding {
        md5: Some("c52464e9df8b3d08fc612a0f11fe53b2".to_owned()),
        sha256: Some("c5".repeat(32)),
        hits: vec![
            hit(
                "mcutil",
                "md5",
                "c52464e9df8b3d08fc612a0f11fe53b2",
                Strength::Content,
            ),
            hit(
                "mcutil",
                "path",
                r"C:\Program Files\Common Files\McAfee\McUtil.dll",
                Strength::Path,
            ),
        ],
        ..finding(
            ItemKind::File,
            b"/mnt/disk/Program Files/Common Files/McAfee/McUtil.dll",
        )
    };
    let hostile = Finding {
        judgement: Judgement::Suspicious,
        why: Why::NameUnchecked,
        hits: vec![
            hit("diskperf", "file-name", "-diskperf.exe", Strength::Name),
            hit("dcsvn", "domain", "mail-vna.dcsvn.org", Strength::Trace),
        ],
        ..finding(
            ItemKind::File,
            b"/srv/a \"quoted\", name\r\n\x1b[2J\xff\xe2\x80\xae.exe",
        )
    };
    let log = Finding {
        judgement: Judgement::Suspicious,
        why: Why::TraceFound,
        hits: vec![Hit {
            place: Some("line 7, 2016-08-04T01:02:03Z".to_owned()),
            ..hit("dcsvn", "domain", "mail-vna.dcsvn.org", Strength::Trace)
        }],
        ..finding(
            ItemKind::Member,
            "/var/log/named.tar » queries.log".as_bytes(),
        )
    };
    let connection = Finding {
        hits: vec![hit("dcsvn", "ip", "2001:db8::7", Strength::Trace)],
        size_bytes: 0,
        modified_at: None,
        ..finding(ItemKind::Connection, b"10.0.0.5:51234 > [2001:db8::7]:443")
    };
    let check = |indicator: &str, not_examined| domain::CheckCoverage {
        kind: domain::CheckKind::Digest,
        indicator: indicator.to_owned(),
        hits: 0,
        absent_by_metadata: 0,
        absent_by_content: 9 - not_examined,
        outside_plan: 0,
        not_examined,
    };
    let mut report = SweepReport {
        schema: domain::report::SCHEMA,
        tool: "tocsin 0.0.0".to_owned(),
        alert: domain::AlertReference {
            id: None,
            number: "238/VNCERT-ĐPƯC".to_owned(),
            version: 1,
            exercise: false,
        },
        host: "=cmd|' /C calc'!A0".to_owned(),
        started_at: at("2016-08-03T03:12:08Z"),
        finished_at: at("2016-08-03T03:14:00Z"),
        roots: vec![ItemPath::from_bytes(b"/")],
        outcome: domain::Outcome::Clean,
        coverage: Coverage {
            item_count: 9,
            checks: vec![check("diskmgers", 0), check("mcafee", 1)],
            not_examined: vec![NotExamined {
                reason: Reason::Permission,
                count: 1,
                examples: vec![ItemPath::from_bytes(b"/root\x07")],
            }],
            ..Coverage::default()
        },
        findings: vec![payload, hostile, log, connection],
        findings_left_out: 0,
        self_test: None,
    };
    report.outcome = domain::Outcome::of(&report.coverage, &report.findings);
    report
}

fn finding(kind: ItemKind, item: &[u8]) -> Finding {
    Finding {
        kind,
        modified_at: Some(at("2016-07-29T10:20:30Z")),
        ..testkit::finding(item, Judgement::Confirmed)
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
