//! What each payload must agree with itself about.

use documents::{
    Catalogue, CatalogueEntry, ChangeNotice, Decision, Document, HostReport, NoticePage, Receipt,
    RollUp, Root, SharedFinding, VerbAnswer, WatchReport,
};
use domain::{
    AlertId, AlertReference, Answer, Coverage, EvidenceHead, EvidenceId, Finding, HostId, ItemPath,
    Judgement, OrganisationId, OrganisationSites, OrganisationStatus, Outcome, PageCounters,
    SiteFinding, SiteFindingState, SiteReason, SiteVerdict, SweepReport, Verb, WatchHealth, Why,
};
use testkit::{TestAuthority, at};

fn organisation() -> OrganisationId {
    "vn.mot".parse().expect("valid")
}

pub fn decision() -> Decision {
    Decision {
        schema: 1,
        organisation: organisation(),
        alert: AlertId::from_bytes([2; 32]),
        revision: 1,
        decided_at: at("2016-08-04T02:00:00Z"),
        answers: vec![
            VerbAnswer {
                verb: Verb::Sweep,
                answer: Answer::Permit,
            },
            VerbAnswer {
                verb: Verb::Isolate,
                answer: Answer::Pending,
            },
        ],
    }
}

pub fn change_notice() -> ChangeNotice {
    ChangeNotice {
        schema: 1,
        host: "syt.example.gov.vn".to_owned(),
        number: 7,
        from: at("2026-03-01T02:00:00Z"),
        until: at("2026-03-01T04:00:00Z"),
        pages: vec![NoticePage::Page {
            url: "https://syt.example.gov.vn/".to_owned(),
        }],
        sha256: Some("ab".repeat(32)),
        texts: vec!["Thông báo tuyển dụng năm 2026".to_owned()],
        origins: vec!["https://cdn.example:8443".to_owned()],
        may_be_down: false,
        note: "new design".to_owned(),
    }
}

#[test]
fn a_notice_names_pages_of_its_own_host_for_a_bounded_time() {
    let good = change_notice();
    assert_eq!(good.check(), Ok(()));
    let elsewhere = |url: &str| NoticePage::Below {
        url: url.to_owned(),
    };
    let changes: [&dyn Fn(&mut ChangeNotice); 10] = [
        &|one| one.number = 0,
        &|one| one.until = one.from,
        &|one| one.until = at("2026-04-02T02:00:00Z"),
        &|one| one.pages.clear(),
        &|one| one.pages = vec![elsewhere("https://syt.example.gov.vn/"); 2],
        &|one| one.pages = vec![elsewhere("https://syt.example.gov.vn.evil.example/")],
        &|one| one.pages = vec![elsewhere("https://syt.example.gov.vn@evil.example/")],
        &|one| one.sha256 = Some("AB".repeat(32)),
        &|one| one.origins = vec!["https://cdn.example/x".to_owned()],
        &|one| one.texts = vec!["\u{7}".to_owned()],
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut notice = change_notice();
        change(&mut notice);
        assert!(notice.check().is_err(), "change {number}");
    }
}

pub fn receipt() -> Receipt {
    Receipt {
        schema: 1,
        host: HostId::from_bytes([1; 16]),
        alert: AlertId::from_bytes([2; 32]),
        received_at: at("2016-08-04T02:00:00Z"),
    }
}

pub fn report() -> HostReport {
    HostReport {
        schema: 1,
        host: HostId::from_bytes([1; 16]),
        alert: AlertId::from_bytes([2; 32]),
        report: SweepReport {
            schema: 1,
            tool: "tocsin 0.0.0".to_owned(),
            alert: AlertReference {
                id: Some(AlertId::from_bytes([2; 32])),
                number: "238/VNCERT-ĐPƯC".to_owned(),
                version: 1,
                exercise: false,
            },
            host: "máy-01".to_owned(),
            started_at: at("2016-08-04T02:00:00Z"),
            finished_at: at("2016-08-04T02:01:00Z"),
            roots: vec![ItemPath::from_bytes(b"/")],
            outcome: Outcome::Clean,
            coverage: Coverage {
                complete: true,
                ..Coverage::default()
            },
            findings: Vec::new(),
            findings_left_out: 0,
            self_test: None,
        },
    }
}

pub fn roll_up() -> RollUp {
    let as_of = at("2016-08-04T02:00:00Z");
    RollUp {
        schema: 1,
        organisation: organisation(),
        alert: AlertId::from_bytes([2; 32]),
        revision: 3,
        as_of,
        organisations: vec![
            OrganisationStatus::silent(organisation(), "Bộ GTVT".to_owned(), None, as_of),
            OrganisationStatus::silent(
                "vn.mot.vna".parse().expect("valid"),
                "Vietnam Airlines".to_owned(),
                Some(organisation()),
                as_of,
            ),
        ],
    }
}

pub fn shared_finding() -> SharedFinding {
    SharedFinding {
        schema: 1,
        organisation: organisation(),
        host: "máy-01".to_owned(),
        alert: AlertId::from_bytes([2; 32]),
        finding: Finding {
            judgement: Judgement::Suspicious,
            why: Why::NameUnchecked,
            item: ItemPath::from_bytes(b"/c/Windows/diskperf.exe"),
            size_bytes: 7,
            modified_at: None,
            md5: None,
            sha1: None,
            sha256: None,
            hits: Vec::new(),
            hits_left_out: 0,
            combinations: Vec::new(),
            isolation: None,
            kind: domain::ItemKind::File,
            package: None,
        },
    }
}

pub fn watch_report() -> WatchReport {
    WatchReport {
        schema: 1,
        sender: organisation(),
        to: "vn.vncert".parse().expect("valid"),
        watcher: organisation(),
        watcher_name: "Bộ Giao thông vận tải".to_owned(),
        revision: 1_470_276_000,
        as_of: at("2016-08-04T02:00:00Z"),
        health: WatchHealth::Running,
        evidence: Some(EvidenceHead {
            lines: 7,
            last: EvidenceId::from_bytes([7; 32]),
        }),
        organisations: vec![OrganisationSites {
            organisation: "vn.mot.vna".parse().expect("valid"),
            name: "Vietnam Airlines".to_owned(),
            pages: PageCounters {
                alarm: 1,
                fine: 3,
                ..PageCounters::default()
            },
            marks: std::collections::BTreeMap::new(),
            findings: vec![site_finding()],
            findings_left_out: 0,
        }],
    }
}

fn site_finding() -> SiteFinding {
    SiteFinding {
        id: EvidenceId::from_bytes([6; 32]),
        newest: EvidenceId::from_bytes([7; 32]),
        page: "https://www.example.vn/".to_owned(),
        verdict: SiteVerdict::Defacement,
        state: SiteFindingState::Open,
        opened_at: at("2016-08-04T01:00:00Z"),
        changed_at: at("2016-08-04T01:30:00Z"),
        ended_at: None,
        by: None,
        supplier: Some("Công ty Ví dụ".to_owned()),
        contact: Some("024 3555 0100".to_owned()),
        reasons: vec![SiteReason {
            kind: "title".to_owned(),
            values: [("from".to_owned(), "a".to_owned())].into(),
        }],
        reasons_left_out: 0,
    }
}

fn refused<T: Document + Clone>(genuine: &T, change: impl FnOnce(&mut T)) -> String {
    genuine.check().expect("the genuine one is valid");
    let mut changed = genuine.clone();
    change(&mut changed);
    changed
        .check()
        .expect_err("the changed one must be refused")
}

#[test]
fn a_root_needs_distinct_keys_and_thresholds_that_can_be_reached() {
    let root = &TestAuthority::national().root;
    refused(root, |r| r.schema = 2);
    refused(root, |r| r.version = 0);
    refused(root, |r| r.name = " ".to_owned());
    refused(root, |r| r.expires_at = r.issued_at);
    refused(root, |r| r.officers.threshold = 1);
    refused(root, |r| r.officers.threshold = 4);
    refused(root, |r| r.officers.keys[2] = r.officers.keys[0]);
    refused(root, |r| r.root.threshold = 0);
    refused(root, |r| r.root.keys.clear());
    refused(root, |r: &mut Root| r.catalogue.threshold = u32::MAX);
    refused(root, |r: &mut Root| {
        r.root.keys = (0..65)
            .map(|n| testkit::signing_key(&format!("{n}")).public_key())
            .collect();
    });
}

#[test]
fn a_catalogue_lists_each_alert_once() {
    let entry = |byte: u8, number: &str| CatalogueEntry {
        id: AlertId::from_bytes([byte; 32]),
        number: number.to_owned(),
        version: 1,
    };
    let catalogue = Catalogue {
        schema: 1,
        authority: organisation(),
        version: 1,
        issued_at: at("2016-08-03T00:00:00Z"),
        expires_at: at("2016-08-04T00:00:00Z"),
        alerts: vec![entry(1, "238"), entry(2, "239")],
    };
    refused(&catalogue, |c| c.alerts[1].id = c.alerts[0].id);
    refused(&catalogue, |c| {
        c.alerts[1].number = c.alerts[0].number.clone();
    });
    refused(&catalogue, |c| c.alerts[1].number = "\n".to_owned());
    refused(&catalogue, |c| c.version = 0);
    refused(&catalogue, |c| c.expires_at = c.issued_at);
    refused(&catalogue, |c| c.alerts = vec![entry(1, "238"); 10_001]);
}

#[test]
fn a_decision_answers_each_verb_once_and_silence_is_refusal() {
    refused(&decision(), |d| d.revision = 0);
    refused(&decision(), |d| d.answers.push(d.answers[0]));
    assert_eq!(decision().answer(Verb::Sweep), Answer::Permit);
    assert_eq!(decision().answer(Verb::Isolate), Answer::Pending);
    assert_eq!(decision().answer(Verb::CollectFile), Answer::Refuse);
}

#[test]
fn a_report_is_about_the_alert_it_is_sent_for_and_cannot_claim_to_be_clean() {
    refused(&report(), |r| r.schema = 0);
    refused(&report(), |r| r.alert = AlertId::from_bytes([3; 32]));
    refused(&report(), |r| r.report.alert.id = None);
    refused(&report(), |r| r.report.coverage.complete = false);
    refused(&receipt(), |r| r.schema = 7);
}

#[test]
fn counters_of_a_hostile_report_cannot_overflow() {
    refused(&report(), |r| {
        r.report.coverage.checks.push(domain::CheckCoverage {
            kind: domain::CheckKind::Digest,
            indicator: "x".to_owned(),
            hits: u64::MAX,
            absent_by_metadata: u64::MAX,
            absent_by_content: 1,
            outside_plan: 0,
            not_examined: 0,
        });
    });
}

#[test]
fn a_roll_up_lists_each_organisation_once_and_its_sender_among_them() {
    refused(&roll_up(), |r| r.revision = 0);
    refused(&roll_up(), |r| {
        r.organisations.push(r.organisations[1].clone());
    });
    refused(&roll_up(), |r| drop(r.organisations.remove(0)));
}

#[test]
fn a_shared_finding_names_a_host() {
    refused(&shared_finding(), |f| f.host = String::new());
    refused(&shared_finding(), |f| f.host = "a\u{7}b".to_owned());
    refused(&shared_finding(), |f| f.host = "a".repeat(256));
}

/// Changes the finding of a genuine watch report.
fn refused_finding(change: impl FnOnce(&mut SiteFinding)) {
    refused(&watch_report(), |report| {
        change(&mut report.organisations[0].findings[0]);
    });
}

#[test]
fn a_watch_report_calls_nothing_fine_where_nobody_looks() {
    for health in [WatchHealth::Silent, WatchHealth::Broken] {
        refused(&watch_report(), |report| report.health = health);
    }
}

#[test]
fn a_watch_report_lists_each_organisation_once_and_no_more_than_it_counts() {
    refused(&watch_report(), |report| {
        let again = report.organisations[0].clone();
        report.organisations.push(again);
    });
    refused(&watch_report(), |report| {
        report.organisations[0].pages.alarm = 0;
    });
    refused(&watch_report(), |report| {
        let again = report.organisations[0].findings[0].clone();
        report.organisations[0].pages.alarm = 2;
        report.organisations[0].findings.push(again);
    });
    refused(&watch_report(), |report| report.revision = 0);
    refused(&watch_report(), |report| report.to = organisation());
    refused(&watch_report(), |report| {
        report.watcher_name = "a\nb".to_owned();
    });
}

#[test]
fn a_watch_report_is_bounded_in_findings() {
    let report = watch_report();
    let many = |count: u64| -> Vec<SiteFinding> {
        let numbered = |number: u64| {
            let mut id = [0; 32];
            id[..8].copy_from_slice(&number.to_le_bytes());
            SiteFinding {
                id: EvidenceId::from_bytes(id),
                ..site_finding()
            }
        };
        (0..count).map(numbered).collect()
    };
    let sites = |number: usize, count: u64| OrganisationSites {
        organisation: format!("vn.o{number}").parse().expect("valid"),
        pages: PageCounters {
            alarm: count,
            ..PageCounters::default()
        },
        findings: many(count),
        ..report.organisations[0].clone()
    };
    refused(&report, |r| r.organisations = vec![sites(0, 201)]);
    refused(&report, |r| {
        r.organisations = (0..101).map(|number| sites(number, 200)).collect();
    });
    let mut full = report.clone();
    full.organisations = (0..100).map(|number| sites(number, 200)).collect();
    assert_eq!(full.check(), Ok(()));
}

#[test]
fn a_site_finding_is_about_an_address_and_ends_after_it_begins() {
    for page in [
        "",
        "javascript:alert(1)",
        "https://a b/",
        "https://a/\u{1b}",
        "ftp://a/",
    ] {
        refused_finding(|finding| finding.page = page.to_owned());
    }
    refused_finding(|finding| finding.page = format!("https://a/{}", "a".repeat(2048)));
    refused_finding(|finding| finding.changed_at = at("2016-08-04T00:59:59Z"));
    refused_finding(|finding| finding.ended_at = Some(at("2016-08-04T03:00:00Z")));
    refused_finding(|finding| finding.state = SiteFindingState::Closed);
    refused_finding(|finding| {
        finding.state = SiteFindingState::Closed;
        finding.ended_at = Some(at("2016-08-04T00:00:00Z"));
    });
    refused_finding(|finding| {
        finding.state = SiteFindingState::Approved;
        finding.ended_at = Some(at("2016-08-04T03:00:00Z"));
    });
    refused_finding(|finding| finding.by = Some("A".to_owned()));
    refused_finding(|finding| finding.supplier = Some("a".repeat(201)));
    refused_finding(|finding| finding.contact = Some("024\n3555".to_owned()));
}

#[test]
fn a_reason_is_a_word_with_few_short_values() {
    let change = |change: fn(&mut SiteReason)| {
        refused_finding(|finding| change(&mut finding.reasons[0]));
    };
    change(|reason| reason.kind = "two words".to_owned());
    change(|reason| reason.kind = String::new());
    change(|reason| reason.kind = "a".repeat(41));
    change(|reason| {
        reason.values = [("from".to_owned(), "x".repeat(241))].into();
    });
    change(|reason| {
        reason.values = [("from".to_owned(), "a\u{202e}\n".to_owned())].into();
    });
    change(|reason| {
        reason.values = (0..7)
            .map(|number| (format!("v{number}"), String::new()))
            .collect();
    });
    refused_finding(|finding| {
        finding.reasons = vec![finding.reasons[0].clone(); 9];
    });
}
