//! The page about hosts.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use node::{HostRow, HostStateRow, ReadError, SelfTestCounts};
use serde::Deserialize;

use crate::alerts::{AlertChoice, choices};
use crate::app::App;
use crate::error::WebError;
use crate::page::{Area, Frame, render};
use crate::pieces::{Badge, Moment, brief, host_badge, moment};
use crate::request::Visitor;
use crate::server::Route;

pub(crate) fn routes() -> Vec<Route> {
    vec![("/hosts", get(list))]
}

#[derive(Template)]
#[template(path = "hosts/list.html")]
struct HostsPage {
    frame: Frame,
    alerts: Vec<AlertChoice>,
    exercise: bool,
    lines: Vec<HostLine>,
    silent: u64,
}

struct HostLine {
    id: String,
    name: String,
    organisation: String,
    seen: Option<Moment>,
    reachable: bool,
    standing: Option<Standing>,
}

/// Where a host stands with the alert.
struct Standing {
    state: Badge,
    outcome: Option<Badge>,
    checks: Option<Checks>,
    answered: Option<Moment>,
    received: bool,
    confirmed: u64,
    suspicious: u64,
    isolated: u64,
    not_examined: String,
    has_gaps: bool,
}

/// Which checks of the alert work on the host.
struct Checks {
    work: String,
    fail: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    alert: Option<String>,
}

async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let (alert, alerts) = choices(&app, asked.alert.as_deref()).await?;
    let (states, hosts) = app
        .ask(move |board| {
            let states = alert.map_or_else(|| Ok(Vec::new()), |alert| board.host_states(alert))?;
            Ok::<_, ReadError>((states, board.list_hosts()?))
        })
        .await?;
    let frame = Frame::new(&app, &visitor, Area::Hosts);
    let others = hosts
        .iter()
        .filter(|host| !states.iter().any(|row| row.host.id == host.id));
    let mut lines: Vec<HostLine> = states
        .iter()
        .map(|row| HostLine::new(&row.host, Some(Standing::new(row, &frame)), &frame))
        .collect();
    lines.extend(others.map(|host| HostLine::new(host, None, &frame)));
    render(&HostsPage {
        exercise: alerts
            .iter()
            .any(|choice| choice.current && choice.exercise),
        silent: lines.iter().filter(|line| !line.reachable).count() as u64,
        frame,
        alerts,
        lines,
    })
}

impl HostLine {
    fn new(host: &HostRow, standing: Option<Standing>, frame: &Frame) -> Self {
        Self {
            id: host.id.to_string(),
            name: brief(&host.name),
            organisation: host.organisation.to_string(),
            seen: host.last_seen_at.map(|at| moment(at, frame)),
            reachable: host.reachable,
            standing,
        }
    }
}

impl Standing {
    fn new(row: &HostStateRow, frame: &Frame) -> Self {
        let outcome = row.outcome.map(|outcome| Badge {
            kind: match (outcome.is_found(), outcome.is_complete()) {
                (true, _) => "confirmed",
                (false, true) => "complete",
                (false, false) => "incomplete",
            },
            text: frame.texts.outcome(outcome),
        });
        Self {
            state: host_badge(row.state, frame.texts),
            outcome,
            checks: row.self_test.map(|counts| Checks::new(counts, frame)),
            answered: row.answered_at.map(|at| moment(at, frame)),
            received: row.received_at.is_some(),
            confirmed: row.confirmed,
            suspicious: row.suspicious,
            isolated: row.isolated,
            not_examined: texts::count(row.not_examined, frame.language),
            has_gaps: row.not_examined > 0,
        }
    }
}

impl Checks {
    fn new(counts: SelfTestCounts, frame: &Frame) -> Self {
        let values = [
            ("passed", counts.passed.into()),
            ("total", counts.total.into()),
        ];
        Self {
            work: frame.texts.text_with("self-test-value", &values),
            fail: (counts.failed > 0).then(|| frame.count("web-checks-fail", counts.failed)),
        }
    }
}
