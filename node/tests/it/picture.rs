//! What the clock makes of silence, and what the pages are told.

use domain::{Clock as _, HostState, Overdue};
use jiff::SignedDuration;
use link::Inbox;

use crate::tree::{
    Host, Level, clock, down, issue, issue_dispatch, join, national, sweep_report, up,
};

#[test]
fn a_silent_host_becomes_unreachable_here_and_above_and_comes_back() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let level = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &level);
    let host = Host::enrol(&level, "desk", None);
    let (alert, _) = issue_dispatch(&top, &authority);
    down(&top, &level);
    let state = || level.node.host_states(alert).expect("read")[0].state;
    assert_eq!(state(), HostState::Pending);
    clock.advance(SignedDuration::from_secs(901));
    assert_eq!(state(), HostState::Unreachable);
    level.node.mark_roll_ups_by_clock().expect("looked");
    up(&level, &top);
    let above = || {
        top.node
            .picture(alert)
            .expect("read")
            .expect("known")
            .totals
            .hosts
    };
    assert_eq!((above().unreachable, above().pending), (1, 0));
    level.node.seen(&host.peer());
    assert_eq!(state(), HostState::Pending);
    level.node.save_seen().expect("written");
    level.node.mark_roll_ups_by_clock().expect("looked");
    up(&level, &top);
    assert_eq!((above().unreachable, above().pending), (0, 1));
}

#[test]
fn silence_past_the_deadline_is_overdue_and_an_answer_after_it_late() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let level = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &level);
    let host = Host::enrol(&level, "desk", None);
    let (alert, _) = issue_dispatch(&top, &authority);
    down(&top, &level);
    up(&level, &top);
    let row = || {
        let picture = top.node.picture(alert).expect("read").expect("known");
        (picture.organisations[0].overdue, picture.totals.overdue)
    };
    assert_eq!(row(), (Overdue::OpenInTime, 0));
    clock.set(testkit::at("2016-08-05T09:00:01Z"));
    assert_eq!(row(), (Overdue::OpenOverdue, 1));
    level.node.acknowledge(alert, "B").expect("recorded");
    host.send(
        &level,
        host.report(sweep_report("x", alert, clock.now(), (0, 0), true)),
    );
    up(&level, &top);
    assert_eq!(row(), (Overdue::DoneLate, 0));
}

#[test]
fn a_drill_is_never_added_to_the_real_thing() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let level = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &level);
    let host = Host::enrol(&level, "desk", None);
    let (real, _) = issue_dispatch(&top, &authority);
    let (drill, _) = issue(
        &top,
        &authority,
        &testkit::alerts::exercise(&[("m.txt", [7; 32])]),
    );
    down(&top, &level);
    host.send(
        &level,
        host.report(sweep_report("x", drill, clock.now(), (4, 0), true)),
    );
    up(&level, &top);
    let alerts = top.node.list_alerts().expect("read");
    let totals = |id| {
        alerts
            .iter()
            .find(|alert| alert.id == id)
            .expect("listed")
            .totals
    };
    assert_eq!((totals(real).confirmed, totals(drill).confirmed), (0, 4));
    assert_eq!(
        (totals(real).hosts.pending, totals(drill).hosts.complete),
        (1, 1)
    );
    let exercise = |id| {
        alerts
            .iter()
            .find(|alert| alert.id == id)
            .expect("listed")
            .exercise
    };
    assert!(exercise(drill) && !exercise(real));
}

#[test]
fn a_host_that_enrols_late_gets_alert_and_decision() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let level = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &level);
    let (alert, bytes) = issue_dispatch(&top, &authority);
    down(&top, &level);
    let host = Host::enrol(&level, "late", None);
    let page = level
        .node
        .feed(&host.peer(), 0, crate::tree::PAGE_BYTES)
        .expect("a page");
    assert!(page.documents.contains(&bytes));
    assert_eq!(page.documents.len(), 4);
    let hosts = level
        .node
        .picture(alert)
        .expect("read")
        .expect("known")
        .totals
        .hosts;
    assert_eq!(hosts.pending, 1);
}

#[test]
fn receipts_are_shown_before_reports() {
    let clock = clock();
    let (top, authority) = national(&clock);
    let level = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &level);
    let host = Host::enrol(&level, "desk", None);
    let (alert, _) = issue_dispatch(&top, &authority);
    down(&top, &level);
    host.send(&level, host.receipt(alert, clock.now()));
    let states = level.node.host_states(alert).expect("read");
    assert!(states[0].received_at.is_some() && states[0].answered_at.is_none());
    host.send(
        &level,
        host.report(sweep_report("x", alert, clock.now(), (1, 2), false)),
    );
    let states = level.node.host_states(alert).expect("read");
    assert_eq!(states[0].state, HostState::Incomplete);
    assert_eq!(
        (
            states[0].confirmed,
            states[0].suspicious,
            states[0].not_examined
        ),
        (1, 2, 3)
    );
    let checks = states[0].self_test.expect("the report says so");
    assert_eq!((checks.passed, checks.failed, checks.total), (5, 1, 7));
    assert!(states[0].received_at.is_some(), "the receipt stays");
}
