//! Down: what is relayed, what is not, and that the bytes stay the bytes.

use domain::{AlertId, Verb};
use jiff::SignedDuration;
use link::{FeedPage, Inbox};
use node::AlertState;
use testkit::TestAuthority;

use crate::tree::{Host, Level, PAGE_BYTES, clock, down, issue, issue_dispatch, join, national};

#[test]
fn the_bytes_that_reach_the_leaf_are_the_bytes_that_were_signed() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let ministry = Level::new(&clock, "vn.mot", |_| {});
    let airline = Level::new(&clock, "vn.mot.vna", |_| {});
    join(&top, &ministry);
    join(&ministry, &airline);
    let host = Host::enrol(&airline, "desk-1", None);
    let (alert, bytes) = issue_dispatch(&top, &authority);
    down(&top, &ministry);
    down(&ministry, &airline);
    let page = airline
        .node
        .feed(&host.peer(), 0, PAGE_BYTES)
        .expect("a page");
    assert!(page.documents.contains(&bytes));
    for level in [&top, &ministry, &airline] {
        let stored = level.node.find_alert_document(alert).expect("read");
        assert_eq!(stored.as_ref(), Some(&bytes));
    }
    // Each level hands down root, catalogue, alert, in this order; only agents get the decision.
    let kinds = |documents: &[Vec<u8>]| -> Vec<String> {
        documents
            .iter()
            .map(|bytes| {
                documents::Envelope::parse(bytes)
                    .expect("valid")
                    .kind()
                    .to_string()
            })
            .collect()
    };
    assert_eq!(
        kinds(&page.documents),
        ["root", "catalogue", "alert", "decision"]
    );
    let to_node = ministry
        .node
        .feed(&airline.peer(), 0, PAGE_BYTES)
        .expect("a page");
    assert_eq!(kinds(&to_node.documents), ["root", "catalogue", "alert"]);
}

#[test]
fn a_newcomer_gets_the_newest_catalogue_before_the_alerts_it_lists() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let (first, _) = issue_dispatch(&top, &authority);
    let (second, _) = issue(
        &top,
        &authority,
        &testkit::alerts::exercise(&[("m.txt", [7; 32])]),
    );
    clock.advance(SignedDuration::from_hours(13));
    assert!(top.node.refresh_catalogue().expect("signed"));
    let late = Level::new(&clock, "vn.late", |_| {});
    join(&top, &late);
    // One alert to a page: the catalogue comes with each of them.
    loop {
        let after = late.node.parent_cursor().expect("a cursor");
        let page = top.node.feed(&late.peer(), after, 1).expect("a page");
        if page.documents.is_empty() {
            break;
        }
        assert!(page.documents.len() <= 3);
        late.node.accept_from_parent(&page).expect("taken");
    }
    let known: Vec<AlertId> = ids(&late);
    assert!(known.contains(&first) && known.contains(&second));
    assert!(late.node.list_refused_documents().expect("read").is_empty());
}

#[test]
fn an_alert_that_is_not_in_the_catalogue_is_not_relayed_until_one_lists_it() {
    let clock = clock();
    let authority = TestAuthority::national();
    let level = level_below(&authority, &clock);
    let alert = authority.sign_alert(&testkit::alerts::dispatch_238());
    let other = authority.sign_alert(&testkit::alerts::exercise(&[("m.txt", [7; 32])]));
    let without = authority.catalogue_version(1, std::slice::from_ref(&other));
    take(&level, &[without, alert.clone()]);
    assert!(ids(&level).is_empty());
    let refused = level.node.list_refused_documents().expect("read");
    assert!(
        refused[0].reason.contains("not in the catalogue"),
        "{refused:?}"
    );
    // The alert is not sent again, and need not be.
    take(
        &level,
        &[authority.catalogue_version(2, std::slice::from_ref(&alert))],
    );
    assert_eq!(ids(&level).len(), 1);
    // Taken out of the catalogue, it is no longer handed down; what is known of it stays.
    take(&level, &[authority.catalogue_version(3, &[])]);
    let alerts = level.node.list_alerts().expect("read");
    assert_eq!(alerts[0].state, AlertState::Withdrawn);
    let host = Host::enrol(&level, "desk", None);
    let page = level.node.feed(&host.peer(), 0, PAGE_BYTES).expect("page");
    assert!(!page.documents.contains(&alert));
}

#[test]
fn a_document_that_does_not_verify_costs_only_itself() {
    let clock = clock();
    let authority = TestAuthority::national();
    let level = level_below(&authority, &clock);
    let alert = authority.sign_alert(&testkit::alerts::dispatch_238());
    let catalogue = authority.catalogue(std::slice::from_ref(&alert));
    let mut changed = alert.clone();
    // In the middle of the payload: the signature no longer fits.
    let middle = changed.len() / 2;
    changed[middle] = if changed[middle] == b'A' { b'B' } else { b'A' };
    let stranger = TestAuthority::of(&"vn.stranger".parse().expect("valid"), "Stranger");
    let mut foreign = testkit::alerts::dispatch_238();
    foreign.authority = "vn.stranger".parse().expect("valid");
    let page = [
        b"no document at all".to_vec(),
        stranger.root_bytes(),
        stranger.sign_alert(&foreign),
        changed,
        catalogue,
        alert,
    ];
    let relayed = take(&level, &page);
    assert_eq!((relayed.applied, relayed.refused), (2, 4));
    assert_eq!(ids(&level).len(), 1);
    assert_eq!(level.node.list_refused_documents().expect("read").len(), 4);
}

#[test]
fn an_older_catalogue_is_refused_and_changes_nothing() {
    let clock = clock();
    let authority = TestAuthority::national();
    let level = level_below(&authority, &clock);
    let alert = authority.sign_alert(&testkit::alerts::dispatch_238());
    let listed = authority.catalogue_version(5, std::slice::from_ref(&alert));
    take(&level, &[listed, alert]);
    let relayed = take(&level, &[authority.catalogue_version(4, &[])]);
    assert_eq!(relayed.refused, 1);
    assert_eq!(
        level.node.list_alerts().expect("read")[0].state,
        AlertState::InForce
    );
}

#[test]
fn an_authority_that_falls_silent_is_shown_and_its_alerts_stay() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let below = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &below);
    let (alert, _) = issue_dispatch(&top, &authority);
    down(&top, &below);
    clock.advance(SignedDuration::from_hours(25));
    let picture = below.node.picture(alert).expect("read").expect("known");
    assert_eq!(picture.state, AlertState::Stale);
    // The authority comes back.
    assert!(top.node.refresh_catalogue().expect("signed"));
    down(&top, &below);
    let picture = below.node.picture(alert).expect("read").expect("known");
    assert_eq!(picture.state, AlertState::InForce);
}

#[test]
fn what_was_taken_is_on_disk_before_anything_is_answered() {
    let clock = clock();
    let authority = TestAuthority::national();
    let mut level = level_below(&authority, &clock);
    let alert = authority.sign_alert(&testkit::alerts::dispatch_238());
    let page = FeedPage {
        documents: vec![authority.catalogue(std::slice::from_ref(&alert)), alert],
        cursor: 9,
    };
    level.node.accept_from_parent(&page).expect("taken");
    level.crash();
    assert_eq!(level.node.parent_cursor().expect("read"), 9);
    assert_eq!(ids(&level).len(), 1);
    // The same page again, as after a crash on the parent's side: nothing is there twice.
    level.node.accept_from_parent(&page).expect("taken");
    assert_eq!(ids(&level).len(), 1);
    let picture = level
        .node
        .picture(ids(&level)[0])
        .expect("read")
        .expect("known");
    assert!(
        picture
            .decisions
            .iter()
            .any(|line| line.verb == Verb::Sweep)
    );
}

#[test]
fn an_audience_limits_who_is_counted_and_who_sweeps() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let transport = Level::new(&clock, "vn.mot", |_| {});
    let airline = Level::new(&clock, "vn.airline", |_| {});
    let bank = Level::new(&clock, "vn.bank", |_| {});
    join(&top, &transport);
    join(&transport, &airline);
    join(&top, &bank);
    let mut alert = testkit::alerts::dispatch_238();
    alert.audience = vec![transport.id()];
    let (id, _) = issue(&top, &authority, &alert);
    down(&top, &transport);
    down(&transport, &airline);
    down(&top, &bank);
    crate::tree::up(&airline, &transport);
    crate::tree::up(&transport, &top);
    crate::tree::up(&bank, &top);
    let at_airline = airline.node.picture(id).expect("read").expect("known");
    assert!(at_airline.addressed, "it is below who is addressed");
    let at_bank = bank.node.picture(id).expect("read").expect("known");
    assert!(!at_bank.addressed && at_bank.decisions.is_empty() && at_bank.totals.addressed == 0);
    let at_top = top.node.picture(id).expect("read").expect("known");
    let mut named: Vec<String> = at_top
        .organisations
        .iter()
        .map(|row| row.status.organisation.to_string())
        .collect();
    named.sort();
    assert_eq!(named, ["vn.airline", "vn.mot"]);
}

/// A node whose parent is nobody in particular, but whose authority is real.
fn level_below(authority: &TestAuthority, clock: &std::sync::Arc<testkit::TestClock>) -> Level {
    let level = Level::new(clock, "vn.mot", |_| {});
    level
        .node
        .join(&link::Grant {
            peer: level.peer(),
            organisation: "vn.vncert".parse().expect("valid"),
            organisation_name: "VNCERT".to_owned(),
            document_key: authority.catalogue_key.public_key(),
            urls: vec!["https://parent.example".to_owned()],
            authority_pem: String::new(),
            chain_pem: String::new(),
            roots: vec![authority.root_bytes()],
        })
        .expect("joined");
    level
}

fn take(level: &Level, documents: &[Vec<u8>]) -> node::Relayed {
    level
        .node
        .accept_from_parent(&FeedPage {
            documents: documents.to_vec(),
            cursor: 1,
        })
        .expect("taken")
}

fn ids(level: &Level) -> Vec<AlertId> {
    level
        .node
        .list_alerts()
        .expect("read")
        .into_iter()
        .map(|alert| alert.id)
        .collect()
}
