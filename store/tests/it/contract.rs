//! What every database must do. No SQL here.

use domain::{
    AlertId, DocumentId, EvidenceHead, EvidenceId, Finding, HostId, ItemPath, Judgement,
    NotExamined, OrganisationId, OrganisationSites, OrganisationStatus, Outcome, PageCounters,
    Reason, Severity, WatchHealth,
};
use jiff::Timestamp;
use store::{
    AlertHead, AlertRow, Change, FeedAudience, FeedEntry, FindingFilter, HostRow, Lane, RefusalRow,
    Relation, ReportSummary, RollUpHead, SelfTestCounts, SessionRow, Side, Store, StoreError,
    Subject, Token, TokenPurpose, ToldWatch, WatchHead,
};

/// An empty store that can be opened more than once.
pub trait Opened {
    fn open(&self) -> Store;
}

/// More than any page here has.
const MUCH: usize = 1 << 30;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_470_000_000 + second).expect("in range")
}

fn id(byte: u8) -> DocumentId {
    DocumentId::from_bytes([byte; 32])
}

fn organisation(text: &str) -> OrganisationId {
    text.parse().expect("a valid id")
}

fn write<T>(store: &Store, change: impl FnOnce(&Change<'_>) -> Result<T, StoreError>) -> T {
    store.write(change).expect("written")
}

fn alert_row(byte: u8, version: u32) -> AlertRow {
    AlertRow {
        id: AlertId::from_bytes([byte; 32]),
        authority: organisation("vn.vncert"),
        number: "238/VNCERT-ĐPƯC".to_owned(),
        version,
        supersedes: None,
        issued_at: at(0),
        expires_at: at(1_000_000),
        received_at: at(1),
        in_force: true,
        superseded: false,
        head: AlertHead {
            exercise: false,
            severity: Severity::High,
            deadline_at: None,
            titles: Vec::new(),
            audience: Vec::new(),
            verbs: Vec::new(),
            signers: vec!["A".to_owned()],
        },
    }
}

fn add_alert(change: &Change<'_>, byte: u8, version: u32) -> Result<AlertId, StoreError> {
    change.insert_document(id(byte), "alert", &[byte], at(1))?;
    let row = alert_row(byte, version);
    change.insert_alert(&row)?;
    Ok(row.id)
}

fn add_host(change: &Change<'_>, byte: u8) -> Result<Subject, StoreError> {
    let host = HostRow {
        id: HostId::from_bytes([byte; 16]),
        organisation: organisation("vn.mot"),
        name: format!("host {byte}"),
        public_key: vec![byte; 32],
        enrolled_at: at(0),
        last_seen_at: None,
        removed_at: None,
    };
    change.insert_host(&host)?;
    Ok(Subject {
        organisation: host.organisation,
        host: Some(host.id),
        host_name: host.name,
    })
}

fn finding(path: &str, judgement: Judgement) -> Finding {
    testkit::finding(path.as_bytes(), judgement)
}

fn report(revision: i64, confirmed: u64) -> ReportSummary {
    ReportSummary {
        revision,
        answered_at: at(revision),
        outcome: Outcome::Found,
        confirmed,
        suspicious: u64::MAX,
        context: 0,
        isolated: 0,
        not_examined: 0,
        self_test: (revision % 2 == 0).then_some(SelfTestCounts {
            passed: 36,
            failed: confirmed,
            total: 37,
        }),
    }
}

pub fn a_failed_change_has_not_happened(opened: &impl Opened) {
    let store = opened.open();
    let failed: Result<(), StoreError> = store.write(|change| {
        change.set_setting("name", "value")?;
        add_alert(change, 1, 1)?;
        // The same id again breaks a rule of the data.
        change.insert_alert(&alert_row(1, 1))
    });
    assert!(failed.is_err());
    let found = store.read(|view| -> Result<_, StoreError> {
        Ok((view.find_setting("name")?, view.list_alerts()?))
    });
    assert_eq!(found.expect("read"), (None, Vec::new()));
}

pub fn a_second_opening_sees_what_was_committed(opened: &impl Opened) {
    let (first, second) = (opened.open(), opened.open());
    write(&first, |change| change.set_setting("name", "1"));
    write(&second, |change| change.set_setting("name", "2"));
    drop(first);
    let seen = opened.open().read(|view| view.find_setting("name"));
    assert_eq!(seen.expect("read").as_deref(), Some("2"));
}

pub fn documents_keep_their_first_bytes(opened: &impl Opened) {
    let store = opened.open();
    let kept = write(&store, |change| {
        assert!(change.insert_document(id(1), "alert", b"first", at(1))?);
        assert!(!change.insert_document(id(1), "alert", b"second", at(2))?);
        change.find_document(id(1))
    });
    assert_eq!(kept.expect("kept").envelope, b"first");
}

pub fn the_feed_hands_out_what_is_current_and_authorities_first(opened: &impl Opened) {
    let store = opened.open();
    let airline = organisation("vn.vna");
    write(&store, |change| {
        let entry = |byte, lane, of, expires_at| FeedEntry {
            document: id(byte),
            lane,
            organisation: of,
            expires_at,
            entered_at: Timestamp::UNIX_EPOCH,
        };
        for byte in 1..=6 {
            change.insert_document(id(byte), "any", &[byte; 10], at(1))?;
        }
        change.enter_feed(entry(1, Lane::Authority, None, None))?;
        change.enter_feed(entry(2, Lane::Alert, None, None))?;
        change.enter_feed(entry(3, Lane::Alert, Some(&airline), None))?;
        change.enter_feed(entry(4, Lane::Authority, None, None))?;
        change.enter_feed(entry(5, Lane::Alert, None, Some(at(100))))?;
        change.enter_feed(entry(6, Lane::Authority, None, None))?;
        change.leave_feed(id(4))?;
        // Entering twice is entering once.
        change.enter_feed(entry(2, Lane::Alert, None, None))
    });
    let page = |audience: &FeedAudience, after, now, bytes| {
        let page = store.read(|view| view.feed_page(audience, after, now, bytes));
        let page = page.expect("read");
        let firsts: Vec<u8> = page.documents.iter().map(|bytes| bytes[0]).collect();
        (firsts, page.next)
    };
    let (host, stranger) = (
        FeedAudience::Host(airline.clone()),
        FeedAudience::Host(organisation("vn.other")),
    );
    assert_eq!(page(&host, 0, at(1), MUCH), (vec![1, 6, 2, 3, 5], 6));
    assert_eq!(page(&stranger, 0, at(1), MUCH), (vec![1, 6, 2, 5], 6));
    assert_eq!(
        page(
            &FeedAudience::Node(organisation("vn.child")),
            0,
            at(1),
            MUCH
        ),
        (vec![1, 6, 2, 5], 6)
    );
    assert_eq!(page(&host, 0, at(100), MUCH).0, [1, 6, 2, 3]);
    assert_eq!(page(&host, 6, at(1), MUCH), (Vec::new(), 6));
    // One at a time: each page goes on after the last alert, and nothing is left out.
    let mut after = 0;
    let mut alerts = Vec::new();
    loop {
        let (documents, next) = page(&host, after, at(1), 1);
        if documents.is_empty() {
            break;
        }
        assert!(next > after, "every page gets on");
        alerts.extend(
            documents
                .into_iter()
                .filter(|byte| [2, 3, 5].contains(byte)),
        );
        after = next;
    }
    assert_eq!(alerts, [2, 3, 5]);
}

pub fn the_feed_never_uses_a_number_twice(opened: &impl Opened) {
    let store = opened.open();
    let enter = |byte| {
        write(&store, |change| {
            change.insert_document(id(byte), "any", &[byte], at(1))?;
            change.enter_feed(FeedEntry {
                document: id(byte),
                lane: Lane::Alert,
                organisation: None,
                expires_at: None,
                entered_at: Timestamp::UNIX_EPOCH,
            })
        });
    };
    let next = |after| {
        let page = store.read(|view| {
            view.feed_page(
                &FeedAudience::Node(organisation("vn.child")),
                after,
                at(1),
                MUCH,
            )
        });
        page.expect("read").next
    };
    enter(1);
    let first = next(0);
    write(&store, |change| change.leave_feed(id(1)));
    enter(1);
    assert!(
        next(first) > first,
        "who read it before it left reads it again"
    );
}

pub fn a_restored_copy_goes_on_above_the_positions_of_readers(opened: &impl Opened) {
    let store = opened.open();
    write(&store, |change| {
        change.insert_document(id(1), "any", &[1], at(1))?;
        change.enter_feed(FeedEntry {
            document: id(1),
            lane: Lane::Alert,
            organisation: None,
            expires_at: None,
            entered_at: at(50),
        })
    });
    let page = store.read(|view| {
        view.feed_page(
            &FeedAudience::Node(organisation("vn.child")),
            0,
            at(1),
            MUCH,
        )
    });
    assert_eq!(page.expect("read").next, at(50).as_second().unsigned_abs());
}

pub fn an_older_root_stays_findable(opened: &impl Opened) {
    let store = opened.open();
    let authority = organisation("vn.vncert");
    write(&store, |change| {
        for version in 1..=2u8 {
            change.insert_document(id(version), "root", &[version], at(1))?;
            change.insert_root(&authority, u64::from(version), id(version), at(1))?;
        }
        change.insert_document(id(3), "catalogue", &[3], at(1))?;
        change.replace_catalogue(&authority, 7, id(3), at(9))
    });
    let (all, newest, catalogue) = store
        .read(|view| -> Result<_, StoreError> {
            Ok((
                view.list_roots()?,
                view.find_root(&authority)?,
                view.find_catalogue(&authority)?,
            ))
        })
        .expect("read");
    assert_eq!(
        all.iter().map(|root| root.version).collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!(newest.expect("trusted").version, 2);
    let catalogue = catalogue.expect("there");
    assert_eq!((catalogue.version, catalogue.expires_at), (7, at(9)));
}

pub fn superseded_is_derived_from_newer_versions(opened: &impl Opened) {
    let store = opened.open();
    let (old, new) = write(&store, |change| {
        Ok((add_alert(change, 1, 1)?, add_alert(change, 2, 2)?))
    });
    let superseded = |id| {
        let row = store.read(|view| view.find_alert(id)).expect("read");
        row.expect("there").superseded
    };
    assert!(superseded(old) && !superseded(new));
    let replacing = AlertRow {
        number: "other".to_owned(),
        supersedes: Some(new),
        ..alert_row(3, 1)
    };
    write(&store, |change| {
        change.insert_document(id(3), "alert", &[3], at(1))?;
        change.insert_alert(&replacing)
    });
    assert!(superseded(new) && !superseded(replacing.id));
    let read = store
        .read(|view| view.find_alert(replacing.id))
        .expect("read");
    assert_eq!(read, Some(replacing));
}

pub fn a_token_is_used_once(opened: &impl Opened) {
    let store = opened.open();
    let token = Token {
        hash: [7; 32],
        purpose: TokenPurpose::Host,
        organisation: organisation("vn.mot"),
        name: "desk".to_owned(),
        created_at: at(0),
        expires_at: at(100),
        used_at: None,
        bound_key: None,
        host: None,
    };
    write(&store, |change| change.insert_token(&token));
    assert_eq!(
        store.read(|view| view.find_token(&[7; 32])).expect("read"),
        Some(token)
    );
    let host = HostId::from_bytes([1; 16]);
    let binds = |key: u8| {
        write(&store, |change| {
            change.use_token(&[7; 32], &[key; 32], Some(host), at(5))
        })
    };
    assert!(binds(1));
    assert!(!binds(2));
    let used = store
        .read(|view| view.find_token(&[7; 32]))
        .expect("read")
        .expect("there");
    assert_eq!(used.bound_key, Some(vec![1; 32]));
    assert_eq!((used.used_at, used.host), (Some(at(5)), Some(host)));
}

pub fn a_report_is_replaced_by_newer_ones_only(opened: &impl Opened) {
    let store = opened.open();
    let (alert, host) = write(&store, |change| {
        Ok((add_alert(change, 1, 1)?, add_host(change, 1)?))
    });
    write(&store, |change| {
        assert!(change.insert_receipt(alert, &host, at(2))?);
        assert!(!change.insert_receipt(alert, &host, at(3))?);
        assert!(change.replace_report(alert, &host, &report(10, 1))?);
        assert!(!change.replace_report(alert, &host, &report(9, 2))?);
        assert!(change.replace_report(alert, &host, &report(11, 3))?);
        Ok(())
    });
    let rows = store
        .read(|view| view.list_answers_of_hosts(alert))
        .expect("read");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].received_at, Some(at(2)));
    let kept = rows[0].report.expect("reported");
    assert_eq!((kept.revision, kept.confirmed), (11, 3));
    // What no honest host counts is cut to what the database can hold, and breaks nothing.
    assert_eq!(kept.suspicious, i64::MAX.unsigned_abs());
}

pub fn findings_that_are_found_again_keep_their_number(opened: &impl Opened) {
    let store = opened.open();
    let (alert, host) = write(&store, |change| {
        Ok((add_alert(change, 1, 1)?, add_host(change, 1)?))
    });
    let replace = |findings: &[Finding]| {
        write(&store, |change| {
            change.replace_findings(alert, &host, findings, at(1))
        });
        store
            .read(|view| {
                view.list_findings(&FindingFilter {
                    limit: 10,
                    ..FindingFilter::default()
                })
            })
            .expect("read")
    };
    let first = replace(&[
        finding("/a", Judgement::Context),
        finding("/b", Judgement::Confirmed),
    ]);
    assert_eq!(first[0].finding.item.text, "/b", "confirmed first");
    let second = replace(&[
        finding("/b", Judgement::Suspicious),
        finding("/c", Judgement::Context),
    ]);
    let found = |rows: &[store::FindingRow], path: &str| {
        rows.iter()
            .find(|row| row.finding.item.text == path)
            .map(|row| row.id)
    };
    assert_eq!(found(&first, "/b"), found(&second, "/b"));
    assert_eq!(found(&second, "/a"), None);
    write(&store, |change| {
        let line = |reason, count| NotExamined {
            reason,
            count,
            examples: Vec::new(),
        };
        // A reason twice, as a hostile report may have it, and counts that overflow together.
        let lines = [
            line(Reason::Permission, u64::MAX),
            line(Reason::Permission, u64::MAX),
        ];
        change.replace_not_examined(alert, &host, &lines)
    });
    assert_eq!(
        store
            .read(|view| view.list_not_examined(alert))
            .expect("read")
            .len(),
        1
    );
    let filter = FindingFilter {
        judgement: Some(Judgement::Suspicious),
        host: host.host,
        organisation: Some(host.organisation.clone()),
        alert: Some(alert),
        ..FindingFilter::default()
    };
    assert_eq!(
        store
            .read(|view| view.count_findings(&filter))
            .expect("read"),
        1
    );
}

pub fn a_newer_roll_up_replaces_all_rows_of_the_older(opened: &impl Opened) {
    let store = opened.open();
    let child = organisation("vn.child");
    let alert = write(&store, |change| {
        change.replace_organisation(&child, "Child", Relation::Child, None, at(0))?;
        add_alert(change, 1, 1)
    });
    let status =
        |text: &str| OrganisationStatus::silent(organisation(text), text.to_owned(), None, at(1));
    let say = |revision, statuses: &[OrganisationStatus]| {
        let head = RollUpHead {
            child: child.clone(),
            revision,
            received_at: at(2),
        };
        write(&store, |change| {
            change.replace_roll_up(alert, &head, b"bytes", statuses)
        })
    };
    let rows = || {
        let rows = store
            .read(|view| view.list_roll_up_rows(alert))
            .expect("read");
        rows.into_iter()
            .map(|row| row.status.organisation.to_string())
            .collect::<Vec<_>>()
    };
    assert!(say(2, &[status("vn.child"), status("vn.gone")]));
    assert!(!say(2, &[status("vn.child")]));
    assert!(!say(1, &[status("vn.child")]));
    assert_eq!(rows(), ["vn.child", "vn.gone"]);
    assert!(say(3, &[status("vn.child"), status("vn.new")]));
    assert_eq!(rows(), ["vn.child", "vn.new"]);
    write(&store, |change| change.remove_roll_ups(&child));
    assert!(rows().is_empty());
    assert!(
        say(1, &[status("vn.child")]),
        "forgotten, so revisions begin anew"
    );
}

pub fn the_outbox_coalesces_by_slot_and_keeps_what_came_later(opened: &impl Opened) {
    let store = opened.open();
    let queue = |slot, byte| {
        write(&store, |change| {
            change.queue(slot, id(byte), &[byte; 10], at(1))
        });
    };
    let list = |count, bytes| {
        store
            .read(|view| view.list_outbox(count, bytes))
            .expect("read")
    };
    queue(Some("roll-up 1"), 1);
    queue(None, 2);
    queue(None, 3);
    let sending = list(10, MUCH);
    // While those are on their way, the first is replaced.
    queue(Some("roll-up 1"), 4);
    let seqs: Vec<i64> = sending.iter().map(|entry| entry.seq).collect();
    write(&store, |change| change.remove_sent(&seqs));
    let left = list(10, MUCH);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].envelope, [4; 10]);
    queue(None, 5);
    assert_eq!(list(1, MUCH).len(), 1);
    assert_eq!(list(10, 15).len(), 1);
    assert_eq!(
        list(10, 1).len(),
        1,
        "one that is too long alone is still sent"
    );
    assert_eq!(list(10, MUCH).len(), 2);
}

pub fn refusals_are_bounded_and_repeats_are_one_line(opened: &impl Opened) {
    let store = opened.open();
    let refusal = |byte: u8, index: u32| RefusalRow {
        refused_at: at(i64::from(index)),
        sender: "host".to_owned(),
        kind: Some("report".to_owned()),
        document: Some(id(byte)),
        reason: format!("reason {index} {}", "x".repeat(2000)),
    };
    write(&store, |change| {
        change.insert_refusal(&refusal(1, 0))?;
        change.insert_refusal(&refusal(1, 0))
    });
    let count = || {
        store
            .read(|view| view.list_refusals(5000))
            .expect("read")
            .len()
    };
    assert_eq!(count(), 1);
    write(&store, |change| {
        change.insert_refusal(&RefusalRow {
            sender: "quiet host".to_owned(),
            ..refusal(1, 0)
        })?;
        (1..1500).try_for_each(|index| change.insert_refusal(&refusal(2, index)))
    });
    assert_eq!(count(), 101, "the quiet one's line is still there");
    let newest = store.read(|view| view.list_refusals(1)).expect("read");
    assert!(newest[0].reason.starts_with("reason 1499"));
    assert!(newest[0].reason.len() <= 500);
    write(&store, |change| {
        (1..1500).try_for_each(|index| {
            change.insert_refusal(&RefusalRow {
                sender: format!("host {index}"),
                ..refusal(3, index)
            })
        })
    });
    assert_eq!(count(), 1000);
}

pub fn what_a_child_shares_is_bounded(opened: &impl Opened) {
    let store = opened.open();
    let via = organisation("vn.child");
    let subject = Subject {
        organisation: via.clone(),
        host: None,
        host_name: "host".to_owned(),
    };
    let shares = |path: &str| {
        write(&store, |change| {
            let found = finding(path, Judgement::Confirmed);
            let alert = AlertId::from_bytes([1; 32]);
            change.replace_shared_finding(alert, &subject, &via, &found, 2, at(5))
        })
    };
    write(&store, |change| add_alert(change, 1, 1));
    assert!(shares("/a") && shares("/b"));
    assert!(!shares("/c"), "it has shared two");
    assert!(shares("/a"), "what is known can be said again");
    let gone = write(&store, |change| {
        let alert = AlertId::from_bytes([1; 32]);
        change.remove_shared_finding(alert, &subject, &via, &ItemPath::from_bytes(b"/a"))
    });
    assert!(gone && shares("/c"));
}

pub fn sessions_end(opened: &impl Opened) {
    let store = opened.open();
    let session = SessionRow {
        officer: "A".to_owned(),
        expires_at: at(10),
    };
    write(&store, |change| {
        change.insert_session(&[1; 32], &session, at(1))
    });
    let find = |now| {
        store
            .read(|view| view.find_session(&[1; 32], now))
            .expect("read")
    };
    assert_eq!(find(at(9)), Some(session.clone()));
    assert_eq!(find(at(10)), None);
    write(&store, |change| change.end_session(&[1; 32]));
    assert_eq!(find(at(1)), None);
}

fn watch_head(via: &str, watcher: &str, revision: u64) -> WatchHead {
    WatchHead {
        via: organisation(via),
        side: Side::Below,
        watcher: organisation(watcher),
        name: watcher.to_owned(),
        revision,
        as_of: at(1),
        received_at: at(2),
        health: WatchHealth::Running,
        evidence: Some(EvidenceHead {
            lines: revision,
            last: EvidenceId::from_bytes([1; 32]),
        }),
        doubted_at: Some(at(9)),
    }
}

fn sites(of: &str) -> OrganisationSites {
    OrganisationSites {
        organisation: organisation(of),
        name: of.to_owned(),
        pages: PageCounters {
            fine: 3,
            ..PageCounters::default()
        },
        marks: std::collections::BTreeMap::new(),
        findings: Vec::new(),
        findings_left_out: 0,
    }
}

pub fn a_newer_watch_report_replaces_all_rows_of_the_older(opened: &impl Opened) {
    let store = opened.open();
    let say = |via, revision, rows: &[&str]| {
        let rows: Vec<_> = rows.iter().map(|of| sites(of)).collect();
        let head = watch_head(via, "vn.w", revision);
        write(&store, |change| {
            change.replace_watch_report(&head, &[0; 10], &rows)
        })
    };
    let rows = || -> Vec<String> {
        let listed = |view: &store::View<'_>| view.list_watch_rows();
        let rows = store.read(listed).expect("read");
        rows.iter()
            .map(|row| format!("{} by {}", row.sites.organisation, row.via))
            .collect()
    };
    assert!(say("vn.a", 2, &["vn.a", "vn.a.gone"]));
    assert!(!say("vn.a", 2, &["vn.a"]) && !say("vn.a", 1, &["vn.a"]));
    assert_eq!(rows(), ["vn.a by vn.a", "vn.a.gone by vn.a"]);
    assert!(say("vn.a", 3, &["vn.a"]) && say("vn.b", 1, &["vn.a"]));
    assert_eq!(rows(), ["vn.a by vn.a", "vn.a by vn.b"]);
    let load = |but: &str| {
        let load = store.read(|view| view.watch_load(&organisation("vn.a"), &organisation(but)));
        let load = load.expect("read");
        (load.watchers, load.bytes)
    };
    assert_eq!(load("vn.w"), (0, 0));
    assert_eq!(load("vn.other"), (1, 10));
    let head = store
        .read(|view| view.find_watch_head(&organisation("vn.a"), &organisation("vn.w")))
        .expect("read");
    assert_eq!(head, Some(watch_head("vn.a", "vn.w", 3)));
    write(&store, |change| {
        change.remove_watch_reports(&organisation("vn.a"))
    });
    assert_eq!(rows(), ["vn.a by vn.b"]);
}

pub fn what_one_child_is_told_no_other_reads_and_the_newest_only(opened: &impl Opened) {
    let store = opened.open();
    let tell = |child: &str, byte: u8| {
        let told = ToldWatch {
            document: id(byte),
            content: [byte; 32],
            told_at: at(i64::from(byte)),
        };
        write(&store, |change| {
            change.tell_watch(&organisation(child), &organisation("vn"), &told, &[byte])
        });
    };
    let read = |audience: FeedAudience, after| {
        let page = store.read(|view| view.feed_page(&audience, after, at(100), MUCH));
        let page = page.expect("read");
        (page.documents, page.next)
    };
    let node = |id: &str| FeedAudience::Node(organisation(id));
    tell("vn.a", 1);
    tell("vn.b", 2);
    let (documents, cursor) = read(node("vn.a"), 0);
    assert_eq!(documents, [[1]]);
    assert_eq!(read(node("vn.b"), 0).0, [[2]]);
    assert!(read(node("vn.c"), 0).0.is_empty());
    assert!(
        read(FeedAudience::Host(organisation("vn.a")), 0)
            .0
            .is_empty()
    );
    tell("vn.a", 3);
    assert_eq!(read(node("vn.a"), cursor).0, [[3]]);
    assert_eq!(read(node("vn.a"), 0).0, [[3]]);
    // The one before is gone altogether: there is a new one every few minutes.
    let has = store.read(|view| view.has_document(id(1)));
    assert!(!has.expect("read"));
    write(&store, |change| {
        change.remove_watch_reports(&organisation("vn.a"))
    });
    assert!(read(node("vn.a"), 0).0.is_empty());
}
