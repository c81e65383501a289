//! What runs, told by a made-up system: processes with memory, connections, names.

use std::net::IpAddr;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use domain::{CheckKind, ItemKind, Judgement, Reason, SweepReport, Why};
use sweep::{Detector, LiveFact, LiveItem, LiveSystem, Surroundings};
use testkit::{TestClock, at};

use crate::scene::{
    FakeDetector, Tree, alert, alert_with_rules, check, count, finding, matched, payload, sha256,
    sweep_in,
};

/// A system with one connection, one line of a hosts file and two processes.
struct FakeSystem;

fn item<'a>(kind: ItemKind, name: &str, facts: Vec<LiveFact>) -> LiveItem<'a> {
    LiveItem {
        kind,
        name: name.to_owned(),
        facts,
        owner_id: 0,
        executable: None,
        memory: None,
        not_examined: Vec::new(),
    }
}

impl LiveSystem for FakeSystem {
    fn persistence_points(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn visit(
        &self,
        _stop: &dyn Fn() -> bool,
        each: &mut dyn FnMut(&mut LiveItem<'_>) -> ControlFlow<()>,
    ) {
        let address = |text: &str| LiveFact::Address(text.parse::<IpAddr>().expect("an address"));
        let local = address("10.0.0.1");
        let _ = each(&mut item(
            ItemKind::Connection,
            "tcp 10.0.0.1:40000 to 203.113.7.9:443, process 7 (x)",
            vec![local, address("203.113.7.9")],
        ));
        let name = LiveFact::HostName("air.dcsvn.org".to_owned());
        let _ = each(&mut item(
            ItemKind::HostEntry,
            "/etc/hosts line 3",
            vec![name],
        ));
        let mut executable = tempfile::tempfile().expect("a file");
        std::io::Write::write_all(&mut executable, b"payload").expect("is written");
        std::io::Seek::rewind(&mut executable).expect("can be read again");
        let mut memory = |scan: &mut dyn FnMut(&str, &[u8]) -> ControlFlow<()>| {
            let _ = scan("memory 1000-2000", b"harmless");
            let _ = scan("memory 3000-4000", b"a marker in memory");
            let _ = scan("memory 5000-6000", b"a marker in memory");
            Ok(())
        };
        let path = LiveFact::Path(b"/tmp/.x/evil.exe".to_vec());
        let _ = each(&mut LiveItem {
            executable: Some(executable),
            memory: Some(&mut memory),
            ..item(ItemKind::Process, "process 7 (x)", vec![path])
        });
        let mut forbidden = |_: &mut dyn FnMut(&str, &[u8]) -> ControlFlow<()>| {
            Err((Reason::Permission, "its memory".to_owned()))
        };
        let _ = each(&mut LiveItem {
            memory: Some(&mut forbidden),
            ..item(ItemKind::Process, "process 8 (y)", Vec::new())
        });
    }
}

fn sweep_system(alert: &domain::Alert, detectors: &[&dyn Detector]) -> SweepReport {
    let tree = Tree::new();
    tree.write("plain", "nothing");
    let clock = TestClock::new(at("2016-08-04T00:00:00Z"));
    let never = AtomicBool::new(false);
    let surroundings = Surroundings {
        live: Some(&FakeSystem),
        ..Surroundings::new(&clock, &never)
    };
    sweep_in(alert, detectors, &tree.options(), &surroundings)
}

#[test]
fn addresses_and_names_of_the_running_system_are_compared() {
    let alert = alert(vec![
        payload(
            "net",
            &[("ip", "203.113.0.0/16"), ("domain", "*.dcsvn.org")],
        ),
        payload("other", &[("ip", "198.51.100.1")]),
    ]);
    let report = sweep_system(&alert, &[]);
    assert!(report.coverage.running_examined && report.coverage.complete);
    assert!(report.coverage.outside_sweep.is_empty());
    assert_eq!(report.coverage.item_count, 5);
    let connection = finding(&report, "process 7 (x)");
    assert_eq!(
        (connection.kind, connection.judgement, connection.why),
        (ItemKind::Connection, Judgement::Suspicious, Why::TraceFound)
    );
    assert_eq!(connection.hits[0].value, "203.113.7.9");
    assert_eq!(finding(&report, "line 3").hits[0].value, "air.dcsvn.org");
    let line = check(&report, CheckKind::Ip, "other");
    // The connection and the host entry; the processes and the file have no addresses.
    assert_eq!((line.absent_by_content, line.absent_by_metadata), (2, 3));
    assert_eq!(check(&report, CheckKind::Domain, "net").hits, 1);
}

#[test]
fn a_deleted_executable_and_a_marker_in_memory_are_found_once_each() {
    let mut alert = alert(vec![payload(
        "a",
        &[("sha256", &sha256("payload")), ("file-name", "evil.exe")],
    )]);
    alert.rules = alert_with_rules(&["r"]).rules;
    let detector = FakeDetector::new(&["r"], |_, content| {
        Ok(if content.starts_with(b"a marker") {
            matched("r")
        } else {
            Vec::new()
        })
    });
    let report = sweep_system(&alert, &[&detector]);
    let process = finding(&report, "process 7 (x)");
    assert_eq!(
        (process.kind, process.judgement, process.why),
        (ItemKind::Process, Judgement::Confirmed, Why::PayloadContent)
    );
    let hits: Vec<(&str, Option<&str>)> = process
        .hits
        .iter()
        .map(|hit| (hit.kind.as_str(), hit.place.as_deref()))
        .collect();
    assert_eq!(
        hits,
        [
            ("sha256", None),
            ("file-name", None),
            ("yara", Some("memory 3000-4000"))
        ]
    );
    // The memory that could not be read is a gap for the rule.
    let rule = check(&report, CheckKind::Yara, "r");
    assert_eq!((rule.hits, rule.not_examined), (1, 1));
    assert_eq!(count(&report, Reason::Permission), 1);
    assert!(!report.coverage.complete);
}
