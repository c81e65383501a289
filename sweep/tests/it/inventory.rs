//! A second sweep with an inventory: the same answers as a first one, and nothing read that is known.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use domain::{Alert, SweepReport};
use sweep::inventory::InventoryOptions;
use sweep::{Detector, Surroundings, SweepOptions, Unpacker};
use tempfile::TempDir;
use testkit::{TestClock, at};

use crate::members::{FakeUnpacker, Inside};
use crate::scene::{
    FakeDetector, Tree, alert, alert_with_rules, check, matched, payload, sha256, sweep_in,
};

/// A host with an inventory, long after its files were written: what was written just now is not kept.
struct Host {
    tree: Tree,
    inventory: TempDir,
    clock: TestClock,
}

impl Host {
    fn new() -> Self {
        Self {
            tree: Tree::new(),
            inventory: tempfile::tempdir().expect("a folder"),
            clock: TestClock::new(at("2096-08-04T00:00:00Z")),
        }
    }

    fn options(&self) -> SweepOptions {
        SweepOptions {
            inventory: Some(InventoryOptions::new(self.inventory.path().join("kept"))),
            ..self.tree.options()
        }
    }

    fn sweep(
        &self,
        alert: &Alert,
        detectors: &[&dyn Detector],
        unpacker: Option<&dyn Unpacker>,
        options: &SweepOptions,
    ) -> SweepReport {
        let never = AtomicBool::new(false);
        let surroundings = Surroundings {
            unpacker,
            ..Surroundings::new(&self.clock, &never)
        };
        sweep_in(alert, detectors, options, &surroundings)
    }

    fn files(&self) {
        for number in 0..50 {
            self.tree.write(
                &format!("d{}/f{number}", number % 5),
                format!("content {number}"),
            );
        }
    }
}

/// What a report says beside how it came to know.
fn said(report: &SweepReport) -> (String, Vec<domain::CheckCoverage>, u64, bool) {
    let findings = serde_json::to_string(&report.findings).expect("it can be written");
    let coverage = &report.coverage;
    (
        findings,
        coverage.checks.clone(),
        coverage.item_count,
        coverage.complete,
    )
}

fn everywhere(content: &str) -> Alert {
    alert(vec![payload("a", &[("sha256", &sha256(content))])])
}

#[test]
fn the_next_alert_is_answered_without_reading() {
    let host = Host::new();
    host.files();
    let first = host.sweep(&everywhere("nothing"), &[], None, &host.options());
    assert_eq!((first.coverage.read_count, first.findings.len()), (50, 0));
    let next = everywhere("nothing else");
    let again = host.sweep(&next, &[], None, &host.options());
    assert_eq!(again.coverage.read_count, 0);
    assert_eq!(
        said(&again),
        said(&host.sweep(&next, &[], None, &host.tree.options()))
    );
    // What is found is read, to show every digest.
    let found = host.sweep(&everywhere("content 7"), &[], None, &host.options());
    assert_eq!((found.coverage.read_count, found.findings.len()), (1, 1));
    assert!(found.findings[0].md5.is_some());
}

#[test]
fn a_file_that_was_changed_and_set_back_in_time_is_read_again() {
    let host = Host::new();
    host.files();
    host.sweep(&everywhere("nothing"), &[], None, &host.options());
    let path = host.tree.join("d0/f0");
    let before = fs_err::metadata(&path).expect("it is there");
    let times = std::fs::FileTimes::new()
        .set_modified(before.modified().expect("a time"))
        .set_accessed(before.accessed().expect("a time"));
    fs_err::write(&path, "evil 0!!!").expect("as long as before");
    let file = fs_err::OpenOptions::new()
        .write(true)
        .open(&path)
        .expect("it opens");
    file.file().set_times(times).expect("it is set back");
    drop(file);
    let after = fs_err::metadata(&path).expect("it is there");
    assert_eq!(
        (after.len(), after.modified().expect("a time")),
        (before.len(), before.modified().expect("a time"))
    );
    let report = host.sweep(&everywhere("evil 0!!!"), &[], None, &host.options());
    assert_eq!((report.coverage.read_count, report.findings.len()), (1, 1));
}

#[test]
fn a_content_is_matched_by_a_rule_once_and_its_matches_are_remembered() {
    let host = Host::new();
    host.files();
    let count = AtomicU64::new(0);
    let detector = FakeDetector::new(&["r"], |_, content| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok(if content.starts_with(b"content 3") {
            matched("r")
        } else {
            Vec::new()
        })
    });
    let rules = alert_with_rules(&["r"]);
    let first = host.sweep(&rules, &[&detector], None, &host.options());
    assert_eq!(
        (count.load(Ordering::Relaxed), first.findings.len()),
        (50, 11)
    );
    let again = host.sweep(&rules, &[&detector], None, &host.options());
    assert_eq!(said(&first), said(&again));
    // What matched is read again to show all digests, and is not matched again.
    assert_eq!(count.load(Ordering::Relaxed), 50);
    host.tree.write("d0/f0", "content 3, written since");
    let changed = host.sweep(&rules, &[&detector], None, &host.options());
    assert_eq!(
        (count.load(Ordering::Relaxed), changed.findings.len()),
        (51, 12)
    );
}

#[test]
fn what_is_inside_a_container_is_remembered_with_what_could_not_be_opened() {
    let host = Host::new();
    host.tree.write("a.zip", "PACKED");
    host.tree.write("plain", "plain");
    let opened = Mutex::new(0);
    let inside = vec![
        Inside::Member(&["b.tar"], b"a container inside"),
        Inside::Member(&["b.tar", "x.dll"], b"payload"),
        Inside::NotOpened(&["b.tar", "secret.dll"], domain::Reason::Encrypted),
        Inside::NotOpened(&[], domain::Reason::Budget),
    ];
    let unpacker = FakeUnpacker::counting(inside, &opened);
    let first_alert = everywhere("nothing");
    host.sweep(&first_alert, &[], Some(&unpacker), &host.options());
    assert_eq!(*opened.lock().expect("nobody panics"), 1);
    let next = everywhere("nothing else");
    let again = host.sweep(&next, &[], Some(&unpacker), &host.options());
    assert_eq!(*opened.lock().expect("nobody panics"), 1);
    let fresh = host.sweep(&next, &[], Some(&unpacker), &host.tree.options());
    assert_eq!(said(&again), said(&fresh));
    assert_eq!(again.coverage.not_examined, fresh.coverage.not_examined);
    assert_eq!(
        (again.coverage.item_count, again.coverage.read_count),
        (5, 0)
    );
    // A sought content is read out again.
    let sought = everywhere("payload");
    let found = host.sweep(&sought, &[], Some(&unpacker), &host.options());
    assert_eq!(*opened.lock().expect("nobody panics"), 3);
    assert!(
        found.findings[0]
            .item
            .text
            .ends_with("a.zip » b.tar » x.dll")
    );
    let line = check(&found, domain::CheckKind::Digest, "a");
    assert_eq!((line.hits, line.not_examined), (1, 1));
}

#[test]
fn a_folder_that_others_may_write_is_not_believed() {
    let host = Host::new();
    host.files();
    host.sweep(&everywhere("nothing"), &[], None, &host.options());
    let folder = host.inventory.path().join("kept");
    let anybody = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    fs_err::set_permissions(Path::new(&folder), anybody).expect("it is ours");
    let report = host.sweep(&everywhere("nothing else"), &[], None, &host.options());
    assert_eq!(report.coverage.read_count, 50);
}
