//! Organisations without a node: by form, by kit, with agents attached here.

use domain::{Answer, Clock as _, HostCounters, Overdue};
use node::{FormLink, HostedAnswer, HostedError};

use crate::tree::{
    Host, Level, clock, down, issue_dispatch, join, national, organisation, sweep_report, up,
};

struct Office {
    top: Level,
    ministry: Level,
    form: FormLink,
    alert: domain::AlertId,
}

fn office() -> Office {
    let clock = clock();
    let (top, authority) = national(&clock);
    let ministry = Level::new(&clock, "vn.mot", |_| {});
    join(&top, &ministry);
    let form = ministry
        .node
        .register_hosted(&organisation("vn.small"), "Small office")
        .expect("registered");
    let (alert, _) = issue_dispatch(&top, &authority);
    down(&top, &ministry);
    Office {
        top,
        ministry,
        form,
        alert,
    }
}

impl Office {
    fn answer(&self) -> HostedAnswer {
        HostedAnswer {
            alert: self.alert,
            officer: "Lê Văn C".to_owned(),
            sweep: None,
            hosts: None,
            hosts_found: 0,
            reports: Vec::new(),
        }
    }

    fn say(&self, answer: &HostedAnswer) -> Result<node::HostedReceipt, HostedError> {
        self.ministry
            .node
            .answer_for_hosted(self.form.secret(), answer)
    }

    fn status(&self, level: &Level) -> node::PictureRow {
        let picture = level
            .node
            .picture(self.alert)
            .expect("read")
            .expect("known");
        picture
            .organisations
            .into_iter()
            .find(|row| row.status.organisation == organisation("vn.small"))
            .expect("addressed")
    }
}

#[test]
fn an_office_that_says_nothing_has_unknown_hosts_not_none() {
    let office = office();
    let row = office.status(&office.ministry);
    assert_eq!(row.status.hosts, None);
    assert!(row.status.received_at.is_some());
    office.say(&office.answer()).expect("taken");
    let row = office.status(&office.ministry);
    assert!(row.status.acknowledged_at.is_some());
    assert_eq!(
        row.overdue,
        Overdue::OpenInTime,
        "it has not said anything about its hosts"
    );
}

#[test]
fn an_office_counts_by_hand_and_the_count_goes_up() {
    let office = office();
    let hosts = HostCounters {
        complete: 3,
        incomplete: 1,
        ..HostCounters::default()
    };
    let answer = HostedAnswer {
        sweep: Some(Answer::Permit),
        hosts: Some(hosts),
        hosts_found: 1,
        ..office.answer()
    };
    office.say(&answer).expect("taken");
    office.say(&answer).expect("said twice, counted once");
    up(&office.ministry, &office.top);
    for level in [&office.ministry, &office.top] {
        let row = office.status(level);
        assert_eq!(row.status.hosts, Some(hosts));
        assert_eq!(
            (row.status.hosts_found, row.overdue),
            (1, Overdue::DoneInTime)
        );
        assert_eq!(row.status.sweep, Answer::Permit);
    }
}

#[test]
fn reports_of_a_kit_take_the_place_of_the_count_and_each_other() {
    let office = office();
    let now = office.ministry.clock.now();
    let counted = HostedAnswer {
        hosts: Some(HostCounters {
            complete: 9,
            ..HostCounters::default()
        }),
        ..office.answer()
    };
    office.say(&counted).expect("taken");
    let mut reports = vec![
        sweep_report("pc-1", office.alert, now, (1, 0), true),
        sweep_report("pc-2", office.alert, now, (0, 0), false),
        sweep_report("pc-2", office.alert, now, (0, 0), true),
        sweep_report(
            "pc-3",
            domain::AlertId::from_bytes([9; 32]),
            now,
            (0, 0),
            true,
        ),
    ];
    reports.push(sweep_report("two\nlines", office.alert, now, (0, 0), true));
    let receipt = office
        .say(&HostedAnswer {
            reports,
            ..office.answer()
        })
        .expect("taken");
    assert_eq!(receipt.refused_reports.len(), 2);
    let status = office.status(&office.ministry).status;
    let hosts = status.hosts.expect("reported");
    assert_eq!(
        (hosts.complete, hosts.eligible(), status.confirmed),
        (2, 2, 1)
    );
    let view = office
        .ministry
        .node
        .hosted_form(office.form.secret())
        .expect("read")
        .expect("known");
    assert_eq!(view.alerts[0].reported_hosts, ["pc-1", "pc-2"]);
    // Counting by hand again takes the reports back, findings and all.
    office.say(&counted).expect("taken");
    let status = office.status(&office.ministry).status;
    assert_eq!(
        (status.hosts.expect("counted").complete, status.confirmed),
        (9, 0)
    );
}

#[test]
fn a_false_clean_is_refused_by_name() {
    let office = office();
    let mut lie = sweep_report(
        "pc-1",
        office.alert,
        office.ministry.clock.now(),
        (1, 0),
        true,
    );
    lie.outcome = domain::Outcome::Clean;
    let receipt = office
        .say(&HostedAnswer {
            reports: vec![lie],
            ..office.answer()
        })
        .expect("taken");
    assert_eq!(receipt.refused_reports[0].0, "pc-1");
    assert_eq!(office.status(&office.ministry).status.hosts, None);
}

#[test]
fn nobody_answers_under_a_false_address_or_with_impossible_counts() {
    let office = office();
    let node = &office.ministry.node;
    assert!(matches!(
        node.answer_for_hosted("false", &office.answer()),
        Err(HostedError::NoOrganisation)
    ));
    assert!(node.hosted_form("false").expect("read").is_none());
    let impossible = HostedAnswer {
        hosts: Some(HostCounters::default()),
        hosts_found: 1,
        ..office.answer()
    };
    assert!(matches!(office.say(&impossible), Err(HostedError::Counts)));
    let unknown = HostedAnswer {
        alert: domain::AlertId::from_bytes([9; 32]),
        ..office.answer()
    };
    assert!(matches!(office.say(&unknown), Err(HostedError::NoAlert(_))));
    let nameless = HostedAnswer {
        officer: String::new(),
        ..office.answer()
    };
    assert!(matches!(office.say(&nameless), Err(HostedError::Officer)));
}

#[test]
fn agents_of_a_hosted_organisation_count_for_it_and_follow_its_answer() {
    let office = office();
    let id = organisation("vn.small");
    let host = Host::enrol(&office.ministry, "attached", Some(&id));
    let own = Host::enrol(&office.ministry, "own", None);
    let now = office.ministry.clock.now();
    host.send(
        &office.ministry,
        host.report(sweep_report("x", office.alert, now, (0, 1), true)),
    );
    let status = office.status(&office.ministry).status;
    assert_eq!(status.hosts.expect("attached").complete, 1);
    let decision = |host: &Host| {
        let page = link::Inbox::feed(
            &office.ministry.node,
            &host.peer(),
            0,
            crate::tree::PAGE_BYTES,
        )
        .expect("a page");
        let bytes = page.documents.last().expect("a decision").clone();
        let key = office.ministry.node.public_key();
        documents::verify_from::<documents::Decision>(&bytes, &key).expect("a decision")
    };
    assert_eq!(decision(&host).organisation, id);
    assert_eq!(decision(&own).organisation, office.ministry.id());
    office
        .say(&HostedAnswer {
            sweep: Some(Answer::Refuse),
            ..office.answer()
        })
        .expect("taken");
    assert_eq!(decision(&host).answer(domain::Verb::Sweep), Answer::Refuse);
    assert_eq!(decision(&own).answer(domain::Verb::Sweep), Answer::Permit);
}
