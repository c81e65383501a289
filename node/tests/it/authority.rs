//! What an authority's node issues, and what it refuses to.

use documents::Envelope;
use jiff::SignedDuration;
use link::Inbox;
use node::{AlertState, AuthoritySetup, IssueError};
use testkit::TestAuthority;

use crate::tree::{Level, PAGE_BYTES, clock, issue, issue_dispatch, national};

#[test]
fn refuses_an_alert_that_one_officer_has_signed() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let alert = testkit::alerts::dispatch_238();
    let bytes = Envelope::sign(&alert, &[&authority.officers[0]])
        .expect("valid")
        .to_bytes();
    let refused = top.node.issue(&bytes, "A").expect_err("one is not two");
    assert!(matches!(refused, IssueError::Verify(_)), "{refused}");
    assert!(top.node.list_alerts().expect("read").is_empty());
}

#[test]
fn issuing_twice_is_issuing_once() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let (id, bytes) = issue_dispatch(&top, &authority);
    let documents = || {
        top.node
            .feed(&top.peer(), 0, PAGE_BYTES)
            .expect("page")
            .documents
    };
    let before = documents();
    assert_eq!(top.node.issue(&bytes, "B").expect("the same"), id);
    assert_eq!(documents(), before);
}

#[test]
fn two_alerts_never_share_a_number_and_a_version() {
    let clock = clock();
    let (top, authority) = national(&clock);
    issue_dispatch(&top, &authority);
    let mut other = testkit::alerts::dispatch_238();
    other.texts[0].title = "Another text".to_owned();
    let bytes = authority.sign_alert(&other);
    let refused = top.node.issue(&bytes, "A").expect_err("the same number");
    assert!(matches!(refused, IssueError::Number { .. }), "{refused}");
}

#[test]
fn a_newer_version_takes_the_place_of_the_older() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let (old, _) = issue_dispatch(&top, &authority);
    let mut second = testkit::alerts::dispatch_238();
    second.version = 2;
    let (new, bytes) = issue(&top, &authority, &second);
    let state = |id| top.node.picture(id).expect("read").expect("known").state;
    assert_eq!(
        (state(old), state(new)),
        (AlertState::Superseded, AlertState::InForce)
    );
    let page = top.node.feed(&top.peer(), 0, PAGE_BYTES).expect("page");
    assert_eq!(page.documents.last(), Some(&bytes));
    assert_eq!(page.documents.len(), 3);
    // The older version does not come back.
    let first = authority.sign_alert(&testkit::alerts::dispatch_238());
    assert!(matches!(
        top.node.issue(&first, "A"),
        Err(IssueError::Number { .. })
    ));
}

#[test]
fn a_withdrawn_alert_is_out_of_force_and_can_be_issued_again() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let (id, bytes) = issue_dispatch(&top, &authority);
    top.node.withdraw(id, "A").expect("withdrawn");
    let state = || top.node.picture(id).expect("read").expect("known").state;
    assert_eq!(state(), AlertState::Withdrawn);
    assert!(top.node.withdraw(id, "A").is_err());
    top.node.issue(&bytes, "A").expect("again");
    assert_eq!(state(), AlertState::InForce);
}

#[test]
fn adopts_only_a_root_that_lets_it_sign_catalogues() {
    let clock = clock();
    let top = Level::new(&clock, "vn.vncert", |config| {
        config.authority = Some(AuthoritySetup::default());
    });
    let authority = TestAuthority::national();
    let refused = top
        .node
        .adopt_root(&authority.root_bytes())
        .expect_err("another key");
    assert!(matches!(refused, IssueError::CatalogueKey(_)), "{refused}");
    let plain = Level::new(&clock, "vn.mot", |_| {});
    assert!(matches!(
        plain.node.adopt_root(&authority.root_bytes()),
        Err(IssueError::NoAuthority)
    ));
    let issued = authority.sign_alert(&testkit::alerts::dispatch_238());
    assert!(matches!(
        top.node.issue(&issued, "A"),
        Err(IssueError::NoRoot)
    ));
}

#[test]
fn the_catalogue_is_signed_anew_once_half_its_life_is_over() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let (id, _) = issue_dispatch(&top, &authority);
    assert!(!top.node.refresh_catalogue().expect("looked"));
    clock.advance(SignedDuration::from_hours(12));
    assert!(top.node.refresh_catalogue().expect("signed"));
    assert!(!top.node.refresh_catalogue().expect("looked"));
    clock.advance(SignedDuration::from_hours(13));
    let state = top.node.picture(id).expect("read").expect("known").state;
    assert_eq!(
        state,
        AlertState::InForce,
        "the second catalogue still holds"
    );
}
