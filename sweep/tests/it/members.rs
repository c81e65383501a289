//! Members of containers, told by an unpacker made of a list: every one an item, what is not opened accounted for.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use domain::{CheckKind, ItemKind, ItemPath, Judgement, Outcome, Reason, SweepReport};
use sweep::{
    Detector, Fingerprint, MemberContent, NotExaminedSink, ReadSeek, Surroundings, Unpacked,
    Unpacker,
};
use testkit::{TestClock, at};

use crate::scene::{
    FakeDetector, Tree, alert, alert_with_rules, check, count, finding, matched, payload, sha256,
    sized, sweep_in,
};

/// What a file with `PACKED` at its beginning holds.
#[derive(Clone)]
pub enum Inside {
    Member(&'static [&'static str], &'static [u8]),
    NotOpened(&'static [&'static str], Reason),
    Panic,
}

/// Opens them; counts how often, where somebody wants to know.
pub struct FakeUnpacker<'c> {
    inside: Vec<Inside>,
    count: Option<&'c Mutex<u64>>,
}

impl<'c> FakeUnpacker<'c> {
    pub fn counting(inside: Vec<Inside>, count: &'c Mutex<u64>) -> Self {
        Self {
            inside,
            count: Some(count),
        }
    }
}

impl Unpacker for FakeUnpacker<'_> {
    fn fingerprint(&self) -> Fingerprint {
        [1; 32]
    }

    fn recognises(&self, _name: &[u8], head: &[u8]) -> bool {
        head.starts_with(b"PACKED")
    }

    fn unpack(
        &self,
        _name: &[u8],
        head: &[u8],
        size_bytes: u64,
        content: &mut dyn ReadSeek,
        _stop: &dyn Fn() -> bool,
        each: &mut dyn FnMut(Unpacked<'_>) -> ControlFlow<()>,
    ) {
        if let Some(count) = self.count {
            *count.lock().expect("nobody panics") += 1;
        }
        let mut all = Vec::new();
        content.read_to_end(&mut all).expect("it can be read");
        assert_eq!(all.len() as u64, size_bytes);
        assert!(all.starts_with(head));
        let names = |path: &[&str]| -> Vec<Vec<u8>> {
            path.iter().map(|name| name.as_bytes().to_vec()).collect()
        };
        for inside in &self.inside {
            let told = match inside {
                Inside::Member(path, content) => each(Unpacked::Member {
                    path: &names(path),
                    container: "zip",
                    content: MemberContent::Whole(content),
                }),
                Inside::NotOpened(path, reason) => each(Unpacked::NotOpened {
                    path: &names(path),
                    reason: *reason,
                    detail: "why",
                }),
                Inside::Panic => panic!("a defect, on purpose"),
            };
            if told.is_break() {
                return;
            }
        }
    }
}

/// Remembers what was not examined.
#[derive(Default)]
struct List(Mutex<Vec<(Reason, String, String)>>);

impl NotExaminedSink for List {
    fn note(&self, target: usize, reason: Reason, item: &ItemPath, detail: &str) {
        assert_eq!(target, 0);
        let line = (reason, item.text.clone(), detail.to_owned());
        self.0.lock().expect("nobody panics").push(line);
    }
}

fn sweep_with(
    tree: &Tree,
    alert: &domain::Alert,
    detectors: &[&dyn Detector],
    inside: Vec<Inside>,
    list: &List,
) -> SweepReport {
    let clock = TestClock::new(at("2016-08-04T00:00:00Z"));
    let never = AtomicBool::new(false);
    let unpacker = FakeUnpacker {
        inside,
        count: None,
    };
    let surroundings = Surroundings {
        unpacker: Some(&unpacker),
        not_examined: Some(list),
        ..Surroundings::new(&clock, &never)
    };
    sweep_in(alert, detectors, &tree.options(), &surroundings)
}

#[test]
fn finds_what_is_inside_by_digest_name_path_and_rule_and_names_it_in_full() {
    let tree = Tree::new();
    tree.write("mail/a.zip", "PACKED, not read further");
    tree.write("plain", "nothing");
    let mut alert = alert(vec![
        sized(payload("digest", &[("sha256", &sha256("payload"))]), 7),
        payload("name", &[("file-name", "C.DLL")]),
        payload("path", &[("path", r"C:\lib\c.dll")]),
    ]);
    alert.rules = alert_with_rules(&["r"]).rules;
    let detector = FakeDetector::new(&["r"], |item, content| {
        let is_member = item.kind == ItemKind::Member;
        assert_eq!(item.container.is_some(), is_member);
        Ok(if content == b"payload" {
            matched("r")
        } else {
            Vec::new()
        })
    });
    let inside = vec![
        Inside::Member(&["b.tar"], b"a container in the container"),
        Inside::Member(&["b.tar", "lib/c.dll"], b"payload"),
    ];
    let report = sweep_with(&tree, &alert, &[&detector], inside, &List::default());
    assert_eq!((report.coverage.item_count, report.findings.len()), (4, 1));
    let found = finding(&report, "/mail/a.zip » b.tar » lib/c.dll");
    assert_eq!(
        (found.kind, found.judgement),
        (ItemKind::Member, Judgement::Confirmed)
    );
    assert_eq!(found.sha256.as_deref(), Some(sha256("payload").as_str()));
    assert_eq!(found.hits.len(), 4, "{:?}", found.hits);
    assert!(report.coverage.containers_opened && report.coverage.complete);
    for (kind, id) in [
        (CheckKind::Digest, "digest"),
        (CheckKind::FileName, "name"),
        (CheckKind::Path, "path"),
        (CheckKind::Yara, "r"),
    ] {
        assert_eq!(check(&report, kind, id).hits, 1, "{id}");
    }
}

#[test]
fn a_member_that_cannot_be_read_is_an_item_and_a_container_that_cannot_is_a_gap() {
    let tree = Tree::new();
    tree.write("a.zip", "PACKED");
    let alert = alert(vec![payload(
        "a",
        &[("file-name", "secret.exe"), ("sha256", &sha256("payload"))],
    )]);
    let list = List::default();
    let inside = vec![
        Inside::NotOpened(&["in/secret.exe"], Reason::Encrypted),
        Inside::Member(&["b.rar"], b"a container of another kind"),
        Inside::NotOpened(&["b.rar"], Reason::UnsupportedContainer),
        Inside::NotOpened(&[], Reason::Budget),
    ];
    let report = sweep_with(&tree, &alert, &[], inside, &list);
    assert_eq!(report.outcome, Outcome::FoundIncomplete);
    // The file, the member that is encrypted, and the container inside.
    assert_eq!(report.coverage.item_count, 3);
    let found = finding(&report, "a.zip » in/secret.exe");
    assert_eq!(found.judgement, Judgement::Suspicious);
    let digest = check(&report, CheckKind::Digest, "a");
    assert_eq!((digest.hits, digest.not_examined), (0, 1));
    for reason in [
        Reason::Encrypted,
        Reason::UnsupportedContainer,
        Reason::Budget,
    ] {
        assert_eq!(count(&report, reason), 1, "{reason:?}");
    }
    let mut lines = list.0.into_inner().expect("nobody panics");
    lines.sort();
    let ends: Vec<&str> = lines
        .iter()
        .map(|(_, path, _)| path.rsplit('/').next().expect("a part"))
        .collect();
    assert_eq!(ends, ["a.zip", "secret.exe", "a.zip » b.rar"]);
}

#[test]
fn an_unpacker_that_panics_costs_one_container() {
    let tree = Tree::new();
    tree.write("a.zip", "PACKED");
    tree.write("z", "payload");
    let alert = alert(vec![payload("a", &[("sha256", &sha256("payload"))])]);
    let inside = vec![Inside::Member(&["x"], b"payload"), Inside::Panic];
    let report = sweep_with(&tree, &alert, &[], inside, &List::default());
    assert_eq!(report.findings.len(), 2);
    assert_eq!(count(&report, Reason::Damaged), 1);
    assert_eq!(report.outcome, Outcome::FoundIncomplete);
}

#[test]
fn without_an_unpacker_the_report_says_that_containers_stayed_closed() {
    let tree = Tree::new();
    tree.write("a.zip", "PACKED");
    let report = tree.sweep(&alert(vec![payload("a", &[("file-name", "x")])]));
    assert!(!report.coverage.containers_opened);
}
