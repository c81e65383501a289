//! What somebody below, or a broken clock, might do to the picture and to the disk.

use documents::{Envelope, SharedFinding};
use domain::{Clock as _, Judgement, OrganisationId, Overdue, Sharing};
use jiff::SignedDuration;
use link::{DocumentState, EnrolRefusal, Inbox, Peer};
use node::{FindingFilter, HostedAnswer};
use testkit::signing_key;

use crate::roll_ups::{Child, complete_hosts, status};
use crate::tree::{
    Host, Level, clock, down, finding, issue_dispatch, join, national, organisation, request,
    sweep_report, tick, up,
};

#[test]
fn nobody_is_silenced_by_a_claim_made_before_they_came() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let squatter = Child::enrol(&top, "vn.squatter");
    let (alert, _) = issue_dispatch(&top, &authority);
    let coming = organisation("vn.coming");
    squatter.says(
        &top,
        alert,
        1,
        vec![squatter.status(1), status(&coming, 500)],
    );
    let coming = Child::enrol(&top, "vn.coming");
    let said = coming.says(&top, alert, 1, vec![coming.status(2)]);
    assert_eq!(said, DocumentState::Accepted);
    assert_eq!(complete_hosts(&top, alert), 3);
}

#[test]
fn whoever_moves_between_two_children_does_not_block_the_new_one() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let (first, second) = (
        Child::enrol(&top, "vn.first"),
        Child::enrol(&top, "vn.second"),
    );
    let (old, _) = issue_dispatch(&top, &authority);
    let mut next = testkit::alerts::dispatch_238();
    next.number = "239/VNCERT-ĐPƯC".to_owned();
    let (new, _) = crate::tree::issue(&top, &authority, &next);
    let mover = organisation("vn.mover");
    first.says(&top, old, 1, vec![first.status(1), status(&mover, 7)]);
    // The first says so for the newer alert only, and is not heard of for the older one again.
    first.says(&top, new, 1, vec![first.status(1)]);
    second.says(&top, new, 1, vec![second.status(1), status(&mover, 7)]);
    let said = second.says(&top, old, 1, vec![second.status(1), status(&mover, 7)]);
    assert_eq!(said, DocumentState::Accepted);
    assert_eq!(complete_hosts(&top, old), 9);
}

#[test]
fn an_invitation_does_not_come_back_to_life_with_its_organisation() {
    let level = Level::new(&clock(), "vn.mot", |_| {});
    let id = organisation("vn.vna");
    let lost = level
        .node
        .invite_organisation(&id, "Airline")
        .expect("invited");
    level
        .node
        .remove_peer(&Peer::Organisation(id.clone()))
        .expect("removed");
    level
        .node
        .invite_organisation(&id, "Airline")
        .expect("invited anew");
    let thief = signing_key("thief").public_key();
    let refused = level.node.enrol(&request(&lost, "node", &thief));
    assert!(matches!(refused, Err(EnrolRefusal::UnknownSecret)));
}

#[test]
fn a_removed_host_that_is_invited_again_is_the_same_host() {
    let level = Level::new(&clock(), "vn.mot", |_| {});
    let host = Host::enrol(&level, "desk", None);
    level.node.remove_peer(&host.peer()).expect("removed");
    let again = level.node.invite_host("desk again", None).expect("invited");
    let grant = level
        .node
        .enrol(&request(&again, "desk", &host.key.public_key()))
        .expect("taken in");
    assert_eq!(grant.peer, host.peer());
    let hosts = level.node.list_hosts().expect("read");
    assert_eq!(hosts.len(), 1);
    assert_eq!(hosts[0].name, "desk again");
}

#[test]
fn a_clock_set_back_does_not_keep_later_reports_out() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let level = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &level);
    let host = Host::enrol(&level, "desk", None);
    let (alert, _) = issue_dispatch(&top, &authority);
    down(&top, &level);
    let right = clock.now();
    clock.advance(SignedDuration::from_hours(20));
    let clean = sweep_report("desk", alert, clock.now(), (0, 0), true);
    host.send(&level, host.report(clean));
    clock.set(right);
    tick(&clock);
    let found = sweep_report("desk", alert, clock.now(), (1, 0), true);
    host.send(&level, host.report(found));
    let picture = level.node.picture(alert).expect("read").expect("known");
    assert_eq!(picture.totals.confirmed, 1);
}

#[test]
fn a_host_that_reports_without_end_keeps_a_few_reports_only() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let level = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &level);
    let host = Host::enrol(&level, "desk", None);
    let (alert, _) = issue_dispatch(&top, &authority);
    down(&top, &level);
    let mut sent = Vec::new();
    for _ in 0..40 {
        tick(&clock);
        let now = clock.now();
        let report = host.report(sweep_report("desk", alert, now, (0, 0), true));
        sent.push(Envelope::parse(&report).expect("valid").id());
        host.send(&level, report);
        host.send(&level, host.receipt(alert, now));
    }
    let store = store::Store::open(level.folder.path()).expect("opened");
    let kept: Vec<bool> = sent
        .iter()
        .map(|id| store.read(|view| view.has_document(*id)).expect("read"))
        .collect();
    assert!(kept[39], "the newest is evidence");
    assert!(kept.iter().filter(|kept| **kept).count() <= 8);
}

#[test]
fn whoever_has_a_forms_address_cannot_fill_the_disk_with_hosts() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let form = top
        .node
        .register_hosted(&organisation("vn.small"), "Small office")
        .expect("registered");
    let (alert, _) = issue_dispatch(&top, &authority);
    let mut refused = 0;
    for round in 0..6 {
        let reports = (0..1_000)
            .map(|n| {
                let name = format!("pc-{round}-{n}");
                sweep_report(&name, alert, clock.now(), (0, 0), true)
            })
            .collect();
        let answer = HostedAnswer {
            alert,
            officer: "Lê Văn C".to_owned(),
            sweep: None,
            hosts: None,
            hosts_found: 0,
            reports,
        };
        let receipt = top
            .node
            .answer_for_hosted(form.secret(), &answer)
            .expect("taken");
        refused += receipt.refused_reports.len();
    }
    assert_eq!(refused, 1_000);
    assert_eq!(complete_hosts(&top, alert), 5_000);
    // Who is known may still correct itself.
    let again = HostedAnswer {
        alert,
        officer: "Lê Văn C".to_owned(),
        sweep: None,
        hosts: None,
        hosts_found: 0,
        reports: vec![sweep_report("pc-0-0", alert, clock.now(), (1, 0), true)],
    };
    let receipt = top.node.answer_for_hosted(form.secret(), &again);
    assert!(receipt.expect("taken").refused_reports.is_empty());
}

#[test]
fn a_second_report_after_the_deadline_does_not_make_the_first_late() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let level = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &level);
    let host = Host::enrol(&level, "desk", None);
    let (alert, _) = issue_dispatch(&top, &authority);
    down(&top, &level);
    level.node.acknowledge(alert, "Lan").expect("acknowledged");
    let in_time = clock.now();
    let report = |at| host.report(sweep_report("desk", alert, at, (1, 0), true));
    host.send(&level, report(in_time));
    let deadline = testkit::alerts::dispatch_238().deadline_at;
    clock.set(deadline.expect("the dispatch has one"));
    tick(&clock);
    host.send(&level, report(clock.now()));
    let picture = level.node.picture(alert).expect("read").expect("known");
    let row = &picture.organisations[0];
    assert_eq!(row.status.finished_at, Some(in_time));
    assert_eq!(row.overdue, Overdue::DoneInTime);
}

#[test]
fn a_finding_that_is_gone_is_taken_back_at_every_level() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let full = |config: &mut node::Config| config.sharing = Sharing::Pseudonymous;
    let (ministry, office) = (
        Level::new(&clock, "vn.mot", full),
        Level::new(&clock, "vn.mot.office", full),
    );
    join(&top, &ministry);
    join(&ministry, &office);
    let host = Host::enrol(&office, "desk", None);
    let (alert, _) = issue_dispatch(&top, &authority);
    down(&top, &ministry);
    down(&ministry, &office);
    let report = |counts| host.report(sweep_report("desk", alert, clock.now(), counts, true));
    let counted = || {
        [&office, &ministry, &top].map(|level| {
            let filter = FindingFilter::default();
            level.node.count_findings(&filter).expect("read")
        })
    };
    host.send(&office, report((2, 1)));
    up(&office, &ministry);
    up(&ministry, &top);
    assert_eq!(counted(), [3, 3, 3]);
    tick(&clock);
    host.send(&office, report((1, 0)));
    up(&office, &ministry);
    up(&ministry, &top);
    assert_eq!(counted(), [1, 1, 1]);
}

#[test]
fn a_child_takes_back_only_what_it_shared() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let (honest, liar) = (
        Child::enrol(&top, "vn.honest"),
        Child::enrol(&top, "vn.liar"),
    );
    let (alert, _) = issue_dispatch(&top, &authority);
    let say = |child: &Child, of: &OrganisationId, judgement| {
        let document = SharedFinding {
            schema: 1,
            organisation: of.clone(),
            host: "host".to_owned(),
            alert,
            finding: finding("/x", judgement),
        };
        let envelope = Envelope::sign(&document, &[&child.key]).expect("valid");
        child.sends(&top, envelope.to_bytes())
    };
    let below = organisation("vn.honest.below");
    say(&honest, &below, Judgement::Confirmed);
    // Nobody has reported that organisation yet, so the liar may speak of it, and yet not of what others said.
    say(&liar, &below, Judgement::Context);
    let count = |()| top.node.count_findings(&FindingFilter::default());
    assert_eq!(count(()).expect("read"), 1);
    say(&honest, &below, Judgement::Context);
    assert_eq!(count(()).expect("read"), 0);
}
