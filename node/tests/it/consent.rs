//! What an organisation permits: by policy, by an officer, never by default.

use documents::{Decision, Envelope, Kind, verify_from};
use domain::{AlertId, Answer, Consent, HostState, Verb};
use link::Inbox;
use node::DecideError;

use crate::tree::{Host, Level, PAGE_BYTES, clock, down, issue_dispatch, join, national};

/// The decisions that the host is handed now.
fn decisions(level: &Level, host: &Host) -> Vec<Decision> {
    level
        .node
        .feed(&host.peer(), 0, PAGE_BYTES)
        .expect("a page")
        .documents
        .iter()
        .filter(|bytes| Envelope::parse(bytes).expect("valid").kind() == Kind::Decision)
        .map(|bytes| {
            let decision = verify_from::<Decision>(bytes, &level.node.public_key());
            decision.expect("signed by the node").value().clone()
        })
        .collect()
}

fn airline(isolate: Consent, sweep: Consent) -> (Level, Host, AlertId) {
    let clock = clock();
    let (top, authority) = national(&clock);
    let airline = Level::new(&clock, "vn.vna", |config| {
        config.consent.isolate = isolate;
        config.consent.sweep = sweep;
    });
    join(&top, &airline);
    let host = Host::enrol(&airline, "desk-1", None);
    let (alert, _) = issue_dispatch(&top, &authority);
    down(&top, &airline);
    (airline, host, alert)
}

#[test]
fn the_policy_answers_automatic_ask_and_never() {
    for (policy, answer) in [
        (Consent::Automatic, Answer::Permit),
        (Consent::Ask, Answer::Pending),
        (Consent::Never, Answer::Refuse),
    ] {
        let (airline, host, alert) = airline(policy, Consent::Automatic);
        let decided = decisions(&airline, &host);
        assert_eq!(decided.len(), 1);
        assert_eq!(decided[0].alert, alert);
        assert_eq!(decided[0].answer(Verb::Isolate), answer);
        assert_eq!(decided[0].answer(Verb::Sweep), Answer::Permit);
        // Not asked for, so not permitted.
        assert_eq!(decided[0].answer(Verb::CollectFile), Answer::Refuse);
    }
}

#[test]
fn an_officers_answer_is_one_newer_decision_in_place_of_the_old() {
    let (mut airline, host, alert) = airline(Consent::Ask, Consent::Automatic);
    let waiting = airline.node.list_alerts().expect("read")[0].waiting.clone();
    assert_eq!(waiting, [Verb::Block, Verb::Isolate]);
    let before = decisions(&airline, &host)[0].revision;
    airline
        .node
        .decide(alert, Verb::Isolate, Answer::Permit, "Trần Thị B")
        .expect("decided");
    airline.crash();
    let decided = decisions(&airline, &host);
    assert_eq!(decided.len(), 1);
    assert!(decided[0].revision > before);
    assert_eq!(decided[0].answer(Verb::Isolate), Answer::Permit);
    let picture = airline.node.picture(alert).expect("read").expect("known");
    let line = picture
        .decisions
        .iter()
        .find(|line| line.verb == Verb::Isolate)
        .expect("asked for");
    assert_eq!(line.officer.as_deref(), Some("Trần Thị B"));
}

#[test]
fn hosts_of_an_organisation_that_does_not_sweep_count_as_refused() {
    let (airline, _, alert) = airline(Consent::Ask, Consent::Never);
    let states = airline.node.host_states(alert).expect("read");
    assert_eq!(states[0].state, HostState::Refused);
    let totals = airline
        .node
        .picture(alert)
        .expect("read")
        .expect("known")
        .totals;
    assert_eq!((totals.hosts.refused, totals.refused_sweep), (1, 1));
    // An officer may overrule the policy, in both directions.
    airline
        .node
        .decide(alert, Verb::Sweep, Answer::Permit, "B")
        .expect("decided");
    let totals = airline
        .node
        .picture(alert)
        .expect("read")
        .expect("known")
        .totals;
    assert_eq!((totals.hosts.pending, totals.refused_sweep), (1, 0));
}

#[test]
fn only_what_is_asked_can_be_decided_and_only_with_a_name() {
    let (airline, _, alert) = airline(Consent::Ask, Consent::Automatic);
    let node = &airline.node;
    let unknown = AlertId::from_bytes([9; 32]);
    assert!(matches!(
        node.decide(alert, Verb::CollectFile, Answer::Permit, "B"),
        Err(DecideError::NotAsked(Verb::CollectFile))
    ));
    assert!(matches!(
        node.decide(alert, Verb::Sweep, Answer::Pending, "B"),
        Err(DecideError::Pending)
    ));
    assert!(matches!(
        node.acknowledge(alert, "  "),
        Err(DecideError::Officer)
    ));
    assert!(matches!(
        node.acknowledge(unknown, "B"),
        Err(DecideError::NoAlert(_))
    ));
}

#[test]
fn the_first_acknowledgement_stays() {
    let (airline, _, alert) = airline(Consent::Ask, Consent::Automatic);
    airline.node.acknowledge(alert, "First").expect("recorded");
    crate::tree::tick(&airline.clock);
    airline.node.acknowledge(alert, "Second").expect("recorded");
    let picture = airline.node.picture(alert).expect("read").expect("known");
    assert_eq!(picture.acknowledged.expect("recorded").0, "First");
    assert_eq!(picture.totals.acknowledged, 1);
}
