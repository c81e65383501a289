//! Cases: who is called, when, and for what again.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use jiff::{SignedDuration, Timestamp};
use watch::Verdict;
use watch::rounds::{After, CaseEvent, CaseRules, Cases, Consequence, Look, Sight};

const URL: &str = "https://so.example/";

struct Desk {
    cases: Cases,
    at: Timestamp,
}

impl Desk {
    fn open() -> Self {
        Self {
            cases: Cases::default(),
            at: "2026-03-01T00:00:00Z".parse().unwrap(),
        }
    }

    fn see(&mut self, verdict: Verdict, look: Look, shown: &[u64]) -> Consequence {
        self.at += SignedDuration::from_secs(10);
        let sight = Sight {
            site: "so.example",
            url: URL,
            verdict,
            look,
            shown: shown.iter().copied().collect(),
            is_kept_out: verdict == Verdict::Nothing,
            at: self.at,
        };
        self.cases.take(&sight, &CaseRules::default())
    }

    fn events(&mut self, verdict: Verdict, look: Look, shown: &[u64]) -> Vec<CaseEvent> {
        let consequence = self.see(verdict, look, shown);
        consequence
            .events
            .into_iter()
            .map(|(event, _)| event)
            .collect()
    }
}

#[test]
fn whoever_shows_nothing_for_hours_is_looked_at_by_a_person() {
    let mut desk = Desk::open();
    for _ in 0..3 {
        desk.see(Verdict::Nothing, Look::Quick, &[]);
    }
    assert_eq!(desk.cases.list_open()[0].worst, Verdict::Nothing);
    desk.at += SignedDuration::from_mins(110);
    assert_eq!(desk.events(Verdict::Nothing, Look::Quick, &[]), []);
    desk.at += SignedDuration::from_mins(10);
    let events = desk.events(Verdict::Nothing, Look::Quick, &[]);
    assert_eq!(events, [CaseEvent::Changed]);
    assert_eq!(desk.cases.list_open()[0].worst, Verdict::Unexplained);
    // It is told once, and over when the page is seen again.
    assert_eq!(desk.events(Verdict::Nothing, Look::Quick, &[]), []);
    desk.see(Verdict::Unchanged, Look::Quick, &[]);
    let events = desk.events(Verdict::Unchanged, Look::Quick, &[]);
    assert_eq!(events, [CaseEvent::Closed]);
    // An outage of a day is an outage.
    for _ in 0..30 {
        desk.at += SignedDuration::from_hours(1);
        desk.see(Verdict::Outage, Look::Quick, &[]);
    }
    assert_eq!(desk.cases.list_open()[0].worst, Verdict::Outage);
}

#[test]
fn nobody_is_called_for_what_the_second_look_does_not_show() {
    let mut desk = Desk::open();
    let first = desk.see(Verdict::Defacement, Look::Quick, &[1]);
    assert_eq!(first.events[0].0, CaseEvent::Opened);
    assert_eq!(first.after, After::Confirm(Look::Quick));
    assert_eq!(
        desk.events(Verdict::Unchanged, Look::Quick, &[]),
        [CaseEvent::Closed]
    );
    assert_eq!(desk.cases.count_confirmed(), 0);
    // What was not confirmed has no relapse.
    let again = desk.see(Verdict::Defacement, Look::Quick, &[1]);
    assert_eq!(again.events[0].1.relapse_of, None);
}

#[test]
fn an_alarm_is_confirmed_once_and_told_again_only_when_it_grows() {
    let mut desk = Desk::open();
    assert_eq!(
        desk.events(Verdict::Injection, Look::Quick, &[1]),
        [CaseEvent::Opened]
    );
    assert_eq!(
        desk.events(Verdict::Injection, Look::Quick, &[1]),
        [CaseEvent::Confirmed]
    );
    assert_eq!(desk.events(Verdict::Injection, Look::Quick, &[1]), []);
    assert_eq!(
        desk.events(Verdict::Injection, Look::Quick, &[1, 2]),
        [CaseEvent::Changed]
    );
    assert_eq!(
        desk.events(Verdict::Takeover, Look::Quick, &[1, 2]),
        [CaseEvent::Changed]
    );
    // Switched off by its owner: neither over nor another case.
    for _ in 0..5 {
        assert_eq!(desk.events(Verdict::Outage, Look::Quick, &[]), []);
    }
    assert_eq!(desk.events(Verdict::Unchanged, Look::Quick, &[]), []);
    assert_eq!(
        desk.events(Verdict::Unchanged, Look::Quick, &[]),
        [CaseEvent::Closed]
    );
}

#[test]
fn what_only_other_visitors_see_is_not_over_because_we_do_not_see_it() {
    let mut desk = Desk::open();
    desk.see(Verdict::Cloaking, Look::Visitors, &[1]);
    desk.see(Verdict::Cloaking, Look::Visitors, &[1]);
    for _ in 0..10 {
        let fine = desk.see(Verdict::Unchanged, Look::Quick, &[]);
        assert_eq!(fine.after, After::Often(Look::Visitors));
        assert!(fine.events.is_empty());
    }
    assert_eq!(
        desk.see(Verdict::Unchanged, Look::Visitors, &[]).after,
        After::Confirm(Look::Visitors)
    );
    assert_eq!(
        desk.events(Verdict::Unchanged, Look::Visitors, &[]),
        [CaseEvent::Closed]
    );
}

#[test]
fn an_outage_is_one_after_three_failures_in_a_row_and_a_flapping_server_never() {
    let mut desk = Desk::open();
    for _ in 0..20 {
        assert_eq!(desk.events(Verdict::Outage, Look::Quick, &[]), []);
        assert_eq!(desk.events(Verdict::Outage, Look::Quick, &[]), []);
        assert_eq!(desk.events(Verdict::Unchanged, Look::Quick, &[]), []);
    }
    desk.see(Verdict::Outage, Look::Quick, &[]);
    desk.see(Verdict::Nothing, Look::Quick, &[]);
    let third = desk.see(Verdict::Outage, Look::Quick, &[]);
    let events: Vec<CaseEvent> = third.events.iter().map(|(event, _)| *event).collect();
    assert_eq!(events, [CaseEvent::Opened, CaseEvent::Confirmed]);
    assert_eq!(third.after, After::BackOff(0));
    assert_eq!(
        desk.see(Verdict::Outage, Look::Quick, &[]).after,
        After::BackOff(1)
    );
    // It comes back as somebody else's: that is confirmed by a second look of its own.
    assert_eq!(desk.events(Verdict::Defacement, Look::Quick, &[7]), []);
    assert_eq!(
        desk.events(Verdict::Defacement, Look::Quick, &[7]),
        [CaseEvent::Changed]
    );
}

#[test]
fn the_same_again_is_a_relapse_and_something_else_or_much_later_is_not() {
    let mut desk = Desk::open();
    let attack = |desk: &mut Desk, shown: &[u64]| {
        desk.see(Verdict::Injection, Look::Quick, shown);
        let confirmed = desk.see(Verdict::Injection, Look::Quick, shown);
        desk.see(Verdict::Unchanged, Look::Quick, &[]);
        desk.see(Verdict::Unchanged, Look::Quick, &[]);
        confirmed.events[0].1.clone()
    };
    let first = attack(&mut desk, &[1, 2]);
    assert_eq!(attack(&mut desk, &[2, 3]).relapse_of, Some(first.number));
    // Named after the first of them, also where only the second showed the same.
    assert_eq!(attack(&mut desk, &[3]).relapse_of, Some(first.number));
    assert_eq!(attack(&mut desk, &[9]).relapse_of, None);
    desk.at += SignedDuration::from_hours(24 * 91);
    assert_eq!(attack(&mut desk, &[1]).relapse_of, None);
}

#[test]
fn what_a_person_approved_is_closed_in_their_name_and_survives_a_restart() {
    let mut desk = Desk::open();
    desk.see(Verdict::Unexplained, Look::Quick, &[1]);
    desk.see(Verdict::Unexplained, Look::Quick, &[1]);
    let bytes = serde_json::to_vec(&desk.cases).unwrap();
    desk.cases = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(desk.cases.count_confirmed(), 1);
    let events = desk.cases.approve("so.example", URL, "Lan", desk.at);
    let text = serde_json::to_string(&events).unwrap();
    assert!(text.contains("Lan") && text.contains("approved"), "{text}");
    assert_eq!(desk.cases.count_confirmed(), 0);
}
