//! The page about what was not examined.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use domain::Reason;
use node::NotExaminedRow;
use serde::Deserialize;

use crate::alerts::{AlertChoice, choices};
use crate::app::App;
use crate::error::WebError;
use crate::page::{Area, Frame, render};
use crate::pieces::brief;
use crate::request::Visitor;
use crate::server::Route;

/// Hosts listed under one reason; more are counted.
const HOSTS_SHOWN: usize = 200;

pub(crate) fn routes() -> Vec<Route> {
    vec![("/not-examined", get(list))]
}

#[derive(Template)]
#[template(path = "not_examined/list.html")]
struct NotExaminedPage {
    frame: Frame,
    alerts: Vec<AlertChoice>,
    exercise: bool,
    gaps: Vec<ReasonView>,
    others: Vec<ReasonView>,
}

/// One reason with the hosts it was met on.
struct ReasonView {
    name: String,
    meaning: String,
    count: String,
    hosts: Vec<HostView>,
    left_out: u64,
}

struct HostView {
    name: String,
    organisation: String,
    by_form: bool,
    count: String,
    examples: Vec<String>,
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
    let rows = match alert {
        Some(alert) => app.ask(move |board| board.list_not_examined(alert)).await?,
        None => Vec::new(),
    };
    let frame = Frame::new(&app, &visitor, Area::NotExamined);
    let views = |leaves_a_gap: bool| -> Vec<ReasonView> {
        Reason::ALL
            .into_iter()
            .filter(|reason| reason.leaves_a_gap() == leaves_a_gap)
            .filter_map(|reason| ReasonView::new(reason, &rows, &frame))
            .collect()
    };
    render(&NotExaminedPage {
        exercise: alerts
            .iter()
            .any(|choice| choice.current && choice.exercise),
        gaps: views(true),
        others: views(false),
        frame,
        alerts,
    })
}

impl ReasonView {
    /// Returns nothing where the reason was not met.
    fn new(reason: Reason, rows: &[NotExaminedRow], frame: &Frame) -> Option<Self> {
        let rows: Vec<&NotExaminedRow> = rows.iter().filter(|row| row.reason == reason).collect();
        if rows.is_empty() {
            return None;
        }
        let count = rows
            .iter()
            .fold(0u64, |sum, row| sum.saturating_add(row.count));
        Some(Self {
            name: frame.texts.reason(reason),
            meaning: frame.texts.reason_meaning(reason),
            count: texts::count(count, frame.language),
            left_out: rows.len().saturating_sub(HOSTS_SHOWN) as u64,
            hosts: rows
                .into_iter()
                .take(HOSTS_SHOWN)
                .map(|row| HostView {
                    name: brief(&row.host_name),
                    organisation: row.organisation.to_string(),
                    by_form: row.host.is_none(),
                    count: texts::count(row.count, frame.language),
                    examples: row.examples.iter().map(ToString::to_string).collect(),
                })
                .collect(),
        })
    }
}
