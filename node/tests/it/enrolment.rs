//! Who is taken in, once, and who is put out.

use domain::OrganisationId;
use jiff::SignedDuration;
use link::{DocumentState, EnrolRefusal, Inbox, Peer};
use node::{InviteError, JoinError};
use testkit::signing_key;

use crate::tree::{
    Host, Level, PAGE_BYTES, clock, down, issue_dispatch, join, national, one, organisation,
    request,
};

#[test]
fn a_token_is_good_for_one_key() {
    let level = Level::new(&clock(), "vn.mot", |_| {});
    let invitation = level.node.invite_host("desk", None).expect("invited");
    let (first, second) = (
        signing_key("first").public_key(),
        signing_key("second").public_key(),
    );
    let granted = level
        .node
        .enrol(&request(&invitation, "desk", &first))
        .expect("taken in");
    // The answer was lost: the same key asks again and is the same host.
    let again = level
        .node
        .enrol(&request(&invitation, "desk", &first))
        .expect("again");
    assert_eq!(granted, again);
    assert_eq!(level.node.list_hosts().expect("read").len(), 1);
    let refused = level.node.enrol(&request(&invitation, "desk", &second));
    assert!(matches!(refused, Err(EnrolRefusal::SecretUsed)));
    assert_eq!(level.node.find_peer(&second).expect("read"), None);
}

#[test]
fn an_unknown_or_old_token_lets_nobody_in() {
    let clock = clock();
    let level = Level::new(&clock, "vn.mot", |_| {});
    let other = Level::new(&clock, "vn.other", |_| {});
    let key = signing_key("host").public_key();
    let foreign = other.node.invite_host("desk", None).expect("invited");
    let refused = level.node.enrol(&request(&foreign, "desk", &key));
    assert!(matches!(refused, Err(EnrolRefusal::UnknownSecret)));
    let own = level.node.invite_host("desk", None).expect("invited");
    clock.advance(SignedDuration::from_hours(24 * 7));
    let refused = level.node.enrol(&request(&own, "desk", &key));
    assert!(matches!(refused, Err(EnrolRefusal::SecretExpired)));
}

#[test]
fn a_forgotten_second_invitation_does_not_replace_who_has_enrolled() {
    let level = Level::new(&clock(), "vn.mot", |_| {});
    let id = organisation("vn.vna");
    let forgotten = level
        .node
        .invite_organisation(&id, "Airline")
        .expect("invited");
    let used = level
        .node
        .invite_organisation(&id, "Airline")
        .expect("invited");
    let (good, thief) = (
        signing_key("good").public_key(),
        signing_key("thief").public_key(),
    );
    level
        .node
        .enrol(&request(&used, "node", &good))
        .expect("taken in");
    let refused = level.node.enrol(&request(&forgotten, "node", &thief));
    assert!(matches!(refused, Err(EnrolRefusal::SecretUsed)));
    assert_eq!(
        level.node.find_peer(&good).expect("read"),
        Some(Peer::Organisation(id))
    );
}

#[test]
fn an_invitation_dies_with_the_organisation_it_was_made_for() {
    let level = Level::new(&clock(), "vn.mot", |_| {});
    let id = organisation("vn.small");
    level
        .node
        .register_hosted(&id, "Small")
        .expect("registered");
    let host = level.node.invite_host("desk", Some(&id)).expect("invited");
    level
        .node
        .remove_peer(&Peer::Organisation(id))
        .expect("removed");
    let refused = level
        .node
        .enrol(&request(&host, "desk", &signing_key("a").public_key()));
    assert!(matches!(refused, Err(EnrolRefusal::UnknownSecret)));
}

#[test]
fn one_key_is_one_peer() {
    let level = Level::new(&clock(), "vn.mot", |_| {});
    let host = Host::enrol(&level, "desk", None);
    let second = level.node.invite_host("desk-2", None).expect("invited");
    let refused = level
        .node
        .enrol(&request(&second, "desk-2", &host.key.public_key()));
    assert!(matches!(refused, Err(EnrolRefusal::KeyKnown)));
}

#[test]
fn whoever_is_removed_is_out_at_once_and_no_longer_counted() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let level = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &level);
    let host = Host::enrol(&level, "desk", None);
    let (alert, _) = issue_dispatch(&top, &authority);
    down(&top, &level);
    level.node.remove_peer(&host.peer()).expect("removed");
    assert_eq!(
        level.node.find_peer(&host.key.public_key()).expect("read"),
        None
    );
    let answers = level
        .node
        .accept(&host.peer(), vec![host.receipt(alert, clock_now(&level))])
        .expect("answered");
    assert!(matches!(one(&answers), DocumentState::Refused { .. }));
    assert!(
        level
            .node
            .feed(&host.peer(), 0, PAGE_BYTES)
            .expect("page")
            .documents
            .is_empty()
    );
    let totals = level
        .node
        .picture(alert)
        .expect("read")
        .expect("known")
        .totals;
    assert_eq!(totals.hosts.eligible(), 0);
    // A child as well, with everything it said.
    top.node.remove_peer(&level.peer()).expect("removed");
    let totals = top
        .node
        .picture(alert)
        .expect("read")
        .expect("known")
        .totals;
    assert_eq!(totals.addressed, 0);
    assert!(matches!(
        top.node.remove_peer(&level.peer()),
        Err(InviteError::NotBelow(_))
    ));
}

#[test]
fn nobody_can_be_put_below_under_an_id_that_is_taken() {
    let clock = clock();
    let (top, _) = national(&clock);
    let level = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &level);
    let taken = |id: &OrganisationId| level.node.invite_organisation(id, "Name");
    assert!(matches!(taken(&level.id()), Err(InviteError::TakesPart(_))));
    assert!(matches!(taken(&top.id()), Err(InviteError::TakesPart(_))));
    level
        .node
        .register_hosted(&organisation("vn.small"), "Small")
        .expect("registered");
    assert!(matches!(
        taken(&organisation("vn.small")),
        Err(InviteError::TakesPart(_))
    ));
    // Invited and not yet enrolled: the invitation was lost, and another is made.
    level
        .node
        .invite_organisation(&organisation("vn.new"), "New")
        .expect("invited");
    level
        .node
        .invite_organisation(&organisation("vn.new"), "New")
        .expect("again");
    assert!(matches!(
        level
            .node
            .invite_host("desk", Some(&organisation("vn.new"))),
        Err(InviteError::NotHosted(_))
    ));
}

#[test]
fn a_node_joins_only_as_itself_and_only_one_parent() {
    let clock = clock();
    let (top, _) = national(&clock);
    let level = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &level);
    let grant = |peer: &str, parent: &str| link::Grant {
        peer: Peer::Organisation(organisation(peer)),
        organisation: organisation(parent),
        organisation_name: "Parent".to_owned(),
        document_key: top.node.public_key(),
        urls: vec!["https://parent.example".to_owned()],
        authority_pem: String::new(),
        chain_pem: String::new(),
        roots: Vec::new(),
    };
    let as_another = level.node.join(&grant("vn.moh", "vn.vncert"));
    assert!(matches!(as_another, Err(JoinError::ForAnother { .. })));
    let elsewhere = level.node.join(&grant("vn.mot", "vn.elsewhere"));
    assert!(matches!(elsewhere, Err(JoinError::HasParent { .. })));
    level
        .node
        .join(&grant("vn.mot", "vn.vncert"))
        .expect("the same parent anew");
}

fn clock_now(level: &Level) -> jiff::Timestamp {
    domain::Clock::now(&*level.clock)
}
