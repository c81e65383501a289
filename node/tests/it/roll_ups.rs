//! Up: who may speak for whom, what is counted once, and what is kept back.

use documents::{Envelope, RollUp, SharedFinding, SigningKey};
use domain::{
    AlertId, Clock as _, HostCounters, Judgement, OrganisationId, OrganisationStatus, Sharing,
};
use jiff::SignedDuration;
use link::{DocumentState, EnrolRequest, Inbox, Peer};
use node::FindingFilter;

use crate::tree::{
    Host, Level, clock, down, finding, issue_dispatch, join, national, one, organisation, request,
    sweep_report, up,
};

/// A child whose node is the test: it can say anything.
pub struct Child {
    pub id: OrganisationId,
    pub key: SigningKey,
}

impl Child {
    pub fn enrol(parent: &Level, id: &str) -> Self {
        let key = testkit::signing_key(id);
        let id = organisation(id);
        let invitation = parent
            .node
            .invite_organisation(&id, "Child")
            .expect("invited");
        let asked: EnrolRequest = request(&invitation, "node", &key.public_key());
        parent.node.enrol(&asked).expect("taken in");
        Self { id, key }
    }

    pub fn says(
        &self,
        parent: &Level,
        alert: AlertId,
        revision: u64,
        statuses: Vec<OrganisationStatus>,
    ) -> DocumentState {
        let roll_up = RollUp {
            schema: 1,
            organisation: self.id.clone(),
            alert,
            revision,
            as_of: parent.clock.now(),
            organisations: statuses,
        };
        let bytes = Envelope::sign(&roll_up, &[&self.key])
            .expect("valid")
            .to_bytes();
        self.sends(parent, bytes)
    }

    pub fn sends(&self, parent: &Level, bytes: Vec<u8>) -> DocumentState {
        let peer = Peer::Organisation(self.id.clone());
        one(&parent.node.accept(&peer, vec![bytes]).expect("answered"))
    }

    pub fn status(&self, complete: u64) -> OrganisationStatus {
        status(&self.id, complete)
    }
}

pub fn status(id: &OrganisationId, complete: u64) -> OrganisationStatus {
    let at = testkit::at("2016-08-04T02:00:00Z");
    OrganisationStatus {
        hosts: Some(HostCounters {
            complete,
            ..HostCounters::default()
        }),
        ..OrganisationStatus::silent(id.clone(), "Name".to_owned(), None, at)
    }
}

pub fn complete_hosts(level: &Level, alert: AlertId) -> u64 {
    level
        .node
        .picture(alert)
        .expect("read")
        .expect("known")
        .totals
        .hosts
        .complete
}

fn is_refused(state: &DocumentState, why: &str) -> bool {
    matches!(state, DocumentState::Refused { reason } if reason.contains(why))
}

#[test]
fn a_child_cannot_report_for_a_sibling_for_its_parent_or_in_its_name() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let (liar, honest) = (
        Child::enrol(&top, "vn.liar"),
        Child::enrol(&top, "vn.honest"),
    );
    let (alert, _) = issue_dispatch(&top, &authority);
    assert_eq!(
        honest.says(&top, alert, 1, vec![honest.status(1)]),
        DocumentState::Accepted
    );
    // What it says of others is left out; what it says of itself counts.
    let false_rows = vec![
        liar.status(2),
        status(&honest.id, 100),
        status(&top.id(), 100),
    ];
    assert_eq!(
        liar.says(&top, alert, 1, false_rows),
        DocumentState::Accepted
    );
    let refused = top.node.list_refused_documents().expect("read");
    assert!(refused[0].reason.contains("2 in all"), "{refused:?}");
    assert_eq!(complete_hosts(&top, alert), 3);
    let in_their_name = RollUp {
        schema: 1,
        organisation: honest.id.clone(),
        alert,
        revision: 9,
        as_of: clock.now(),
        organisations: vec![honest.status(100)],
    };
    let own_key = Envelope::sign(&in_their_name, &[&liar.key])
        .expect("valid")
        .to_bytes();
    assert!(is_refused(&liar.sends(&top, own_key.clone()), "speaks for"));
    // Handed in by the victim's own connection, it is still the liar's signature.
    assert!(matches!(
        honest.sends(&top, own_key),
        DocumentState::Refused { .. }
    ));
    assert_eq!(complete_hosts(&top, alert), 3);
    assert_eq!(top.node.list_refused_documents().expect("read").len(), 3);
}

#[test]
fn an_organisation_that_two_children_claim_is_counted_once() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let (first, second) = (
        Child::enrol(&top, "vn.first"),
        Child::enrol(&top, "vn.second"),
    );
    let (alert, _) = issue_dispatch(&top, &authority);
    let claimed = organisation("vn.claimed");
    let rows = |child: &Child, count| vec![child.status(1), status(&claimed, count)];
    assert_eq!(
        first.says(&top, alert, 1, rows(&first, 10)),
        DocumentState::Accepted
    );
    // The rest of what the second says counts: a liar must not be able to silence others by claiming what is theirs.
    assert_eq!(
        second.says(&top, alert, 1, rows(&second, 500)),
        DocumentState::Accepted
    );
    assert_eq!(complete_hosts(&top, alert), 12);
}

#[test]
fn an_older_or_repeated_roll_up_changes_nothing() {
    let clock = clock();
    let (mut top, authority) = national(&clock);
    let child = Child::enrol(&top, "vn.child");
    let (alert, _) = issue_dispatch(&top, &authority);
    assert_eq!(
        child.says(&top, alert, 2, vec![child.status(7)]),
        DocumentState::Accepted
    );
    top.crash();
    assert_eq!(
        child.says(&top, alert, 2, vec![child.status(7)]),
        DocumentState::Duplicate
    );
    assert_eq!(
        child.says(&top, alert, 1, vec![child.status(99)]),
        DocumentState::Duplicate
    );
    assert_eq!(complete_hosts(&top, alert), 7);
    assert_eq!(
        child.says(&top, alert, 3, vec![child.status(5)]),
        DocumentState::Accepted
    );
    assert_eq!(complete_hosts(&top, alert), 5);
}

#[test]
fn who_was_named_below_and_is_not_heard_of_is_silent_in_the_next_alert() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let child = Child::enrol(&top, "vn.child");
    let (alert, _) = issue_dispatch(&top, &authority);
    let grandchild = OrganisationStatus {
        parent: Some(child.id.clone()),
        ..status(&organisation("vn.grandchild"), 3)
    };
    child.says(&top, alert, 1, vec![child.status(1), grandchild]);
    let exercise = testkit::alerts::exercise(&[("m.txt", [7; 32])]);
    let (next, _) = crate::tree::issue(&top, &authority, &exercise);
    let picture = top.node.picture(next).expect("read").expect("known");
    assert_eq!((picture.totals.addressed, picture.totals.received), (2, 0));
    assert_eq!(picture.totals.hosts_unknown, 2);
    assert!(picture.organisations.iter().all(|row| !row.heard));
    let depths: Vec<u32> = picture.organisations.iter().map(|row| row.depth).collect();
    assert_eq!(depths, [1, 2]);
    assert_eq!(picture.oldest_as_of, None);
}

#[test]
fn a_host_speaks_for_itself_only() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let level = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &level);
    let (one, two) = (
        Host::enrol(&level, "one", None),
        Host::enrol(&level, "two", None),
    );
    let (alert, _) = issue_dispatch(&top, &authority);
    down(&top, &level);
    let report = sweep_report("one", alert, clock.now(), (0, 0), true);
    let by_one = one.report(report);
    assert!(matches!(
        two.send(&level, by_one.clone()),
        DocumentState::Refused { .. }
    ));
    let false_name = documents::HostReport {
        schema: 1,
        host: two.id,
        alert,
        report: sweep_report("two", alert, clock.now(), (0, 0), true),
    };
    assert!(is_refused(
        &one.send(&level, one.sign(&false_name)),
        "for another"
    ));
    assert_eq!(one.send(&level, by_one.clone()), DocumentState::Accepted);
    assert_eq!(one.send(&level, by_one), DocumentState::Duplicate);
    let hosts = level
        .node
        .picture(alert)
        .expect("read")
        .expect("known")
        .totals
        .hosts;
    assert_eq!((hosts.complete, hosts.pending), (1, 1));
}

#[test]
fn a_newer_report_replaces_the_older_whatever_order_they_come_in() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let level = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &level);
    let host = Host::enrol(&level, "one", None);
    let (alert, _) = issue_dispatch(&top, &authority);
    down(&top, &level);
    let early = clock.now();
    clock.advance(SignedDuration::from_mins(5));
    let newer = host.report(sweep_report("one", alert, clock.now(), (1, 0), true));
    let older = host.report(sweep_report("one", alert, early, (2, 3), false));
    assert_eq!(host.send(&level, newer), DocumentState::Accepted);
    assert_eq!(host.send(&level, older), DocumentState::Accepted);
    let totals = level
        .node
        .picture(alert)
        .expect("read")
        .expect("known")
        .totals;
    assert_eq!(
        (totals.confirmed, totals.suspicious, totals.hosts.complete),
        (1, 0, 1)
    );
    let filter = FindingFilter::default();
    assert_eq!(level.node.list_findings(&filter).expect("read").len(), 1);
    assert!(
        level
            .node
            .list_not_examined(alert)
            .expect("read")
            .is_empty()
    );
}

#[test]
fn a_report_from_a_clock_that_runs_ahead_does_not_keep_later_ones_out() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let level = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &level);
    let host = Host::enrol(&level, "one", None);
    let (alert, _) = issue_dispatch(&top, &authority);
    down(&top, &level);
    let future = testkit::at("2099-01-01T00:00:00Z");
    host.send(
        &level,
        host.report(sweep_report("one", alert, future, (5, 0), true)),
    );
    crate::tree::tick(&clock);
    host.send(
        &level,
        host.report(sweep_report("one", alert, clock.now(), (0, 0), true)),
    );
    let totals = level
        .node
        .picture(alert)
        .expect("read")
        .expect("known")
        .totals;
    assert_eq!(totals.confirmed, 0);
}

#[test]
fn an_organisation_shares_as_much_as_it_says_and_no_more() {
    for (sharing, hosts, findings, name) in [
        (Sharing::AcknowledgementOnly, false, 0, None),
        (Sharing::Counts, true, 0, None),
        (Sharing::Pseudonymous, true, 1, None),
        (Sharing::Full, true, 1, Some("secret-desk")),
    ] {
        let clock = clock();
        let (top, authority) = national(&clock);
        let ministry = Level::new(&clock, "vn.mot", |config| config.sharing = Sharing::Full);
        let airline = Level::new(&clock, "vn.vna", |config| config.sharing = sharing);
        join(&top, &ministry);
        join(&ministry, &airline);
        let host = Host::enrol(&airline, "secret-desk", None);
        let (alert, _) = issue_dispatch(&top, &authority);
        down(&top, &ministry);
        down(&ministry, &airline);
        airline.node.acknowledge(alert, "B").expect("recorded");
        host.send(
            &airline,
            host.report(sweep_report("x", alert, clock.now(), (1, 0), true)),
        );
        up(&airline, &ministry);
        up(&ministry, &top);
        let picture = top.node.picture(alert).expect("read").expect("known");
        let row = picture
            .organisations
            .iter()
            .find(|row| row.status.organisation == airline.id())
            .expect("addressed");
        assert!(row.status.acknowledged_at.is_some(), "{sharing:?}");
        assert!(
            row.status.answered_at().is_some(),
            "{sharing:?}: it has answered"
        );
        assert_eq!(row.status.hosts.is_some(), hosts, "{sharing:?}");
        assert_eq!(row.status.confirmed, u64::from(hosts), "{sharing:?}");
        let listed = top
            .node
            .list_findings(&FindingFilter::default())
            .expect("read");
        assert_eq!(listed.len(), findings, "{sharing:?}");
        for row in listed {
            assert_eq!(row.organisation, airline.id());
            match name {
                Some(name) => assert_eq!(row.host_name, name),
                None => assert!(!row.host_name.contains("desk"), "{}", row.host_name),
            }
        }
    }
}

#[test]
fn a_shared_finding_is_taken_only_for_who_is_below() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let (liar, honest) = (
        Child::enrol(&top, "vn.liar"),
        Child::enrol(&top, "vn.honest"),
    );
    let (alert, _) = issue_dispatch(&top, &authority);
    let shared = |of: &OrganisationId| {
        let document = SharedFinding {
            schema: 1,
            organisation: of.clone(),
            host: "host".to_owned(),
            alert,
            finding: finding("/x", Judgement::Confirmed),
        };
        Envelope::sign(&document, &[&liar.key])
            .expect("valid")
            .to_bytes()
    };
    assert!(is_refused(
        &liar.sends(&top, shared(&honest.id)),
        "not below it"
    ));
    assert_eq!(liar.sends(&top, shared(&liar.id)), DocumentState::Accepted);
    assert_eq!(liar.sends(&top, shared(&liar.id)), DocumentState::Accepted);
    assert_eq!(
        top.node
            .count_findings(&FindingFilter::default())
            .expect("read"),
        1
    );
}

#[test]
fn many_changes_are_one_roll_up_and_no_change_is_none() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let level = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &level);
    let hosts: Vec<Host> = (0..5)
        .map(|i| Host::enrol(&level, &format!("h{i}"), None))
        .collect();
    let (alert, _) = issue_dispatch(&top, &authority);
    down(&top, &level);
    level.node.make_roll_ups().expect("made");
    for host in &hosts {
        host.send(
            &level,
            host.report(sweep_report("x", alert, clock.now(), (0, 0), true)),
        );
        level.node.make_roll_ups().expect("made");
    }
    assert_eq!(level.node.outgoing().expect("read").documents.len(), 1);
    up(&level, &top);
    level.node.mark_roll_ups_by_clock().expect("looked");
    level.node.make_roll_ups().expect("made");
    assert!(level.node.outgoing().expect("read").documents.is_empty());
    // Only the clock goes on: first a sign of life.
    clock.advance(SignedDuration::from_mins(3));
    level.node.mark_roll_ups_by_clock().expect("looked");
    level.node.make_roll_ups().expect("made");
    assert_eq!(level.node.outgoing().expect("read").documents.len(), 1);
}

#[test]
fn a_node_restored_from_an_old_copy_is_still_heard() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let mut level = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &level);
    let host = Host::enrol(&level, "one", None);
    let (alert, _) = issue_dispatch(&top, &authority);
    down(&top, &level);
    let copy = level.copy();
    for _ in 0..3 {
        clock.advance(SignedDuration::from_mins(3));
        level.node.mark_roll_ups_by_clock().expect("looked");
        up(&level, &top);
    }
    level.restore(copy);
    clock.advance(SignedDuration::from_mins(1));
    host.send(
        &level,
        host.report(sweep_report("one", alert, clock.now(), (0, 0), true)),
    );
    up(&level, &top);
    assert_eq!(complete_hosts(&top, alert), 1);
}

#[test]
fn somebody_far_below_cannot_silence_everybody_between() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let ministry = Level::new(&clock, "vn.mot", |_| {});
    let bystander = Child::enrol(&top, "vn.moh");
    join(&top, &ministry);
    let liar = Child::enrol(&ministry, "vn.liar");
    let (alert, _) = issue_dispatch(&top, &authority);
    down(&top, &ministry);
    // The ministry cannot know who is beside and above it; who is can tell.
    let beside = OrganisationStatus {
        parent: Some(bystander.id.clone()),
        ..status(&organisation("vn.moh.hospital"), 7)
    };
    let rows = vec![liar.status(1), status(&bystander.id, 100), beside];
    assert_eq!(
        liar.says(&ministry, alert, 1, rows),
        DocumentState::Accepted
    );
    up(&ministry, &top);
    let picture = top.node.picture(alert).expect("read").expect("known");
    let of = |id: &OrganisationId| {
        let mut rows = picture.organisations.iter();
        rows.find(|row| row.status.organisation == *id)
            .expect("addressed")
    };
    assert!(of(&ministry.id()).heard && !of(&bystander.id).heard);
    assert_eq!(picture.totals.hosts.complete, 8);
    let hospital = of(&organisation("vn.moh.hospital"));
    assert_eq!(
        hospital.status.parent,
        Some(ministry.id()),
        "not below whom it names"
    );
}

#[test]
fn whoever_moves_up_to_this_node_is_counted_once() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let ministry = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &ministry);
    let office = organisation("vn.office");
    ministry
        .node
        .register_hosted(&office, "Office")
        .expect("registered");
    let (alert, _) = issue_dispatch(&top, &authority);
    down(&top, &ministry);
    up(&ministry, &top);
    top.node
        .register_hosted(&office, "Office")
        .expect("registered");
    up(&ministry, &top);
    let picture = top.node.picture(alert).expect("read").expect("known");
    assert_eq!(picture.totals.addressed, 2);
    assert_eq!(top.node.list_organisations().expect("read").len(), 3);
}

#[test]
fn one_bad_document_in_an_upload_costs_only_itself() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let level = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &level);
    let host = Host::enrol(&level, "one", None);
    let (alert, alert_bytes) = issue_dispatch(&top, &authority);
    down(&top, &level);
    let unknown = AlertId::from_bytes([9; 32]);
    let now = clock.now();
    let upload = vec![
        b"{".to_vec(),
        alert_bytes,
        host.receipt(unknown, now),
        host.receipt(alert, now),
        host.report(sweep_report("one", alert, now, (0, 0), true)),
    ];
    let answers = level.node.accept(&host.peer(), upload).expect("answered");
    let accepted: Vec<bool> = answers
        .iter()
        .map(|answer| answer.state == DocumentState::Accepted)
        .collect();
    assert_eq!(accepted, [false, false, false, true, true]);
    assert!(answers[0].id.is_none() && answers[4].id.is_some());
    assert_eq!(complete_hosts(&level, alert), 1);
}
