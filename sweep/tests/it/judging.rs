//! The dispatch of 2016 with made-up contents on made-up Windows disks.

use domain::{Alert, Confidence, Judgement, Observable, Outcome, Role, SizeRange, Why, Within};
use md5::{Digest as _, Md5};
use sha1::Sha1;

use crate::scene::{Tree, alert, finding, payload, sha256};

const MCAFEE: &[u8] = b"the legitimate program that is abused";
const MCUTIL: &[u8] = b"the library that it is made to load";
const DISKMGERS: &[u8] = b"another payload";
const DISKPERF: &[u8] = b"the payload with the name of a tool of Windows";

/// The dispatch, with the digests and sizes of contents that a test can have.
fn dispatch() -> Alert {
    let mut alert = testkit::alerts::dispatch_238();
    for indicator in &mut alert.indicators {
        let content = match indicator.label.as_str() {
            "McAfee.exe" => MCAFEE,
            "McUtil.dll" => MCUTIL,
            "DiskMgers.dll" => DISKMGERS,
            "diskperf.exe" => DISKPERF,
            _ => continue,
        };
        if indicator.size.is_some() {
            indicator.size = Some(SizeRange::exactly(content.len() as u64));
        }
        for observable in &mut indicator.observables {
            match observable.kind() {
                "md5" => *observable = digest("md5", &Md5::digest(content)),
                "sha1" => *observable = digest("sha1", &Sha1::digest(content)),
                _ => {}
            }
        }
    }
    alert
}

fn digest(kind: &str, bytes: &[u8]) -> Observable {
    Observable::new(kind, &domain::digest::to_hex(bytes)).expect("a digest")
}

#[test]
fn the_legitimate_program_alone_is_suspicious_and_beside_the_malware_confirmed() {
    let tree = Tree::new();
    tree.write("alone/McAfee.exe", MCAFEE);
    let report = tree.sweep(&dispatch());
    let alone = finding(&report, "alone/McAfee.exe");
    assert_eq!(
        (alone.judgement, alone.why),
        (Judgement::Suspicious, Why::AbusedLegitimateContent)
    );

    // Under any names, but side by side.
    tree.write("together/update.exe", MCAFEE);
    tree.write("together/util.bin", MCUTIL);
    tree.write("elsewhere/update.exe", MCAFEE);
    let report = tree.sweep(&dispatch());
    let beside = finding(&report, "together/update.exe");
    assert_eq!(
        (beside.judgement, beside.why),
        (Judgement::Confirmed, Why::Combination)
    );
    assert_eq!(beside.combinations, ["mcafee-with-mcutil"]);
    let payload = finding(&report, "together/util.bin");
    assert_eq!(
        (payload.judgement, payload.why),
        (Judgement::Confirmed, Why::PayloadContent)
    );
    assert_eq!(payload.combinations, ["mcafee-with-mcutil"]);
    let elsewhere = finding(&report, "elsewhere/update.exe");
    assert_eq!(elsewhere.judgement, Judgement::Suspicious);
    assert!(elsewhere.combinations.is_empty());
}

#[test]
fn a_real_tool_of_windows_is_never_called_malware_by_its_name() {
    let tree = Tree::new();
    tree.write(
        "mnt/c/WINDOWS/system32/diskperf.exe",
        "the tool of Microsoft",
    );
    let report = tree.sweep(&dispatch());
    assert_eq!(report.outcome, Outcome::Clean);
    let tool = finding(&report, "diskperf.exe");
    assert_eq!(
        (tool.judgement, tool.why),
        (Judgement::Context, Why::NameOtherContent)
    );
    // It was read: its digests are there for a person to look up.
    assert_eq!(
        tool.sha256.as_deref(),
        Some(sha256("the tool of Microsoft").as_str())
    );

    tree.write("mnt/c/Temp/DISKPERF.EXE", DISKPERF);
    let report = tree.sweep(&dispatch());
    let malware = finding(&report, "Temp/DISKPERF.EXE");
    assert_eq!(
        (malware.judgement, malware.why),
        (Judgement::Confirmed, Why::PayloadContent)
    );
}

#[test]
fn finds_windows_paths_wherever_the_disk_is_mounted() {
    let tree = Tree::new();
    tree.write("mnt/disk1/Windows/System32/diskmgers.DLL", "a new variant");
    tree.write("mnt/disk2/windows/SYSTEM32/DiskMgers.dll", DISKMGERS);
    tree.write(
        "mnt/disk2/PROGRAM FILES/Common Files/mcafee/McAfee.exe",
        "another product",
    );
    tree.write("mnt/disk3/System32/DiskMgers.dll", "not under Windows");
    let report = tree.sweep(&dispatch());
    let variant = finding(&report, "disk1/Windows/System32/diskmgers.DLL");
    assert_eq!(
        (variant.judgement, variant.why),
        (Judgement::Suspicious, Why::PathOtherContent)
    );
    let payload = finding(&report, "disk2/windows/SYSTEM32/DiskMgers.dll");
    assert_eq!(
        (payload.judgement, payload.why),
        (Judgement::Confirmed, Why::PayloadContent)
    );
    let product = finding(&report, "McAfee.exe");
    assert_eq!(
        (product.judgement, product.why),
        (Judgement::Context, Why::NameOtherContent)
    );
    assert_eq!(report.findings.len(), 3);
    // Worst first.
    let order: Vec<Judgement> = report
        .findings
        .iter()
        .map(|finding| finding.judgement)
        .collect();
    assert_eq!(
        order,
        [
            Judgement::Confirmed,
            Judgement::Suspicious,
            Judgement::Context
        ]
    );
}

#[test]
fn a_combination_by_names_alone_is_suspicious_at_most() {
    let mut names = alert(vec![
        payload("a", &[("file-name", "a.exe")]),
        payload("b", &[("file-name", "b.dll")]),
    ]);
    for indicator in &mut names.indicators {
        indicator.confidence = Confidence::Low;
    }
    names.combinations.push(domain::Combination {
        id: "pair".to_owned(),
        all_of: vec!["a".to_owned(), "b".to_owned()],
        within: Within::Folder,
    });
    let tree = Tree::new();
    tree.write("one/a.exe", "a");
    tree.write("one/b.dll", "b");
    tree.write("two/a.exe", "a");
    let report = tree.sweep(&names);
    assert_eq!(
        finding(&report, "one/a.exe").judgement,
        Judgement::Suspicious
    );
    assert_eq!(finding(&report, "one/b.dll").combinations, ["pair"]);
    assert_eq!(finding(&report, "two/a.exe").judgement, Judgement::Context);

    // On one host is near enough where the alert says so.
    names.combinations[0].within = Within::Host;
    let report = tree.sweep(&names);
    assert_eq!(
        finding(&report, "two/a.exe").judgement,
        Judgement::Suspicious
    );
}

#[test]
fn names_whose_content_is_another_complete_no_combination_worth_an_alarm() {
    let mut pair = alert(vec![
        payload("a", &[("file-name", "a.exe"), ("sha256", &sha256("a"))]),
        payload("b", &[("file-name", "b.dll"), ("sha256", &sha256("b"))]),
        payload("c", &[("sha256", &sha256("c"))]),
    ]);
    pair.indicators[2].role = Role::Context;
    let combination = |id: &str, members: &[&str]| domain::Combination {
        id: id.to_owned(),
        all_of: members.iter().map(|member| (*member).to_owned()).collect(),
        within: Within::Folder,
    };
    pair.combinations = vec![
        combination("pair", &["a", "b"]),
        combination("context", &["a", "c"]),
    ];
    let tree = Tree::new();
    tree.write("real/a.exe", "a real program");
    tree.write("real/b.dll", "and its real library");
    tree.write("half/a.exe", "a");
    tree.write("half/b.dll", "a new variant");
    tree.write("half/c", "c");
    let report = tree.sweep(&pair);
    assert_eq!(finding(&report, "real/a.exe").judgement, Judgement::Context);
    assert_eq!(
        finding(&report, "half/a.exe").judgement,
        Judgement::Confirmed
    );
    let variant = finding(&report, "half/b.dll");
    assert_eq!(
        (variant.judgement, variant.why),
        (Judgement::Suspicious, Why::Combination)
    );
    // What may lie on every host is not isolated because something else lies beside it.
    assert_eq!(finding(&report, "half/c").judgement, Judgement::Suspicious);
}
