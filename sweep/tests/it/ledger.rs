//! The bounds of a report, and what a hundred thousand indicators cost.

use domain::report::FINDINGS_MAX;
use domain::{CheckKind, Digest, Indicator, Judgement, Observable, SizeRange};

use crate::scene::{Tree, alert, check, payload, sha256};

#[test]
fn a_report_carries_only_so_many_findings_the_worst_of_them() {
    let tree = Tree::new();
    fs_err::create_dir(tree.join("many")).expect("a folder");
    let more = 50;
    for number in 0..FINDINGS_MAX + more {
        let folder = tree.join(&format!("many/{number}"));
        fs_err::create_dir(&folder).expect("a folder");
        fs_err::write(folder.join("tool.exe"), "other").expect("a file");
    }
    tree.write("zzz/last.exe", "payload");
    let report = tree.sweep(&alert(vec![
        payload("a", &[("file-name", "tool.exe"), ("sha256", &sha256("x"))]),
        payload(
            "b",
            &[("file-name", "last.exe"), ("sha256", &sha256("payload"))],
        ),
    ]));
    assert_eq!(report.findings.len(), FINDINGS_MAX);
    assert_eq!(report.findings_left_out, more as u64 + 1);
    assert_eq!(report.findings[0].judgement, Judgement::Confirmed);
    let names = check(&report, CheckKind::FileName, "a");
    assert_eq!(names.hits, (FINDINGS_MAX + more) as u64);
}

#[test]
fn a_hundred_thousand_indicators_are_accounted_for() {
    let tree = Tree::new();
    for number in 0..200 {
        tree.write(&format!("{number}"), "x".repeat(number));
    }
    tree.write("needle", "needle");
    let mut indicators: Vec<Indicator> = (0..100_000_u64)
        .map(|number| {
            let mut bytes = [0; 20];
            bytes[..8].copy_from_slice(&number.to_le_bytes());
            Indicator {
                size: Some(SizeRange::exactly(number % 150)),
                observables: vec![Observable::Digest(Digest::Sha1(bytes))],
                ..payload(&number.to_string(), &[("mutex", "x")])
            }
        })
        .collect();
    indicators[77_777] = payload(
        "77777",
        &[("sha256", &sha256("needle")), ("file-name", "needle")],
    );
    let report = tree.sweep(&alert(indicators));
    assert_eq!(report.findings.len(), 1);
    assert_eq!(report.coverage.checks.len(), 100_001);
    // Files of 0 to 149 bytes, and the needle by its name.
    assert_eq!(report.coverage.read_count, 151);
    let one = check(&report, CheckKind::Digest, "99999");
    assert_eq!((one.absent_by_content, one.absent_by_metadata), (1, 200));
}
