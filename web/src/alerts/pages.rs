//! Routes and pages about alerts.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::{AlertId, Verb};
use node::{AlertState, AlertSummary};
use texts::Texts;

use super::forms;
use super::picture::PicturePage;
use crate::app::App;
use crate::board::Board;
use crate::error::WebError;
use crate::page::{Area, Frame, render, tag};
use crate::pieces::{Badge, Bar, Deadline, bar, deadline, plain, severity_badge, tlp_class};
use crate::request::Visitor;
use crate::server::Route;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        ("/", get(start)),
        ("/alerts", get(list)),
        ("/alerts/{alert}", get(show)),
        ("/alerts/{alert}/acknowledge", post(forms::acknowledge)),
        ("/alerts/{alert}/decide", post(forms::decide)),
        ("/alerts/{alert}/document", get(document)),
    ]
}

async fn start() -> Redirect {
    Redirect::to("/alerts")
}

#[derive(Template)]
#[template(path = "alerts/list.html")]
struct ListPage {
    frame: Frame,
    in_force: Vec<AlertLine>,
    drills: Vec<AlertLine>,
    past: Vec<AlertLine>,
}

/// One alert of the list.
struct AlertLine {
    id: String,
    number: String,
    version: Option<String>,
    title: String,
    title_tag: &'static str,
    exercise: bool,
    severity: Badge,
    state: Option<String>,
    issued_at: String,
    deadline: Option<Deadline>,
    bar: Bar,
    addressed: String,
    acknowledged: String,
    confirmed: u64,
    suspicious: u64,
    overdue: u64,
    acknowledged_by: Option<String>,
    is_unanswered: bool,
    waiting: Vec<String>,
}

impl AlertLine {
    fn new(alert: &AlertSummary, frame: &Frame) -> Self {
        let (texts, language) = (frame.texts, frame.language);
        let totals = &alert.totals;
        let title_tag = if alert.titles.iter().any(|(of, _)| *of == language) {
            language
        } else {
            alert.titles.first().map_or(language, |(of, _)| *of)
        };
        Self {
            id: alert.id.to_string(),
            number: plain(&alert.number),
            version: version(alert.version, texts),
            title: plain(alert.title(language)),
            title_tag: tag(title_tag),
            exercise: alert.exercise,
            severity: severity_badge(alert.severity, texts),
            state: state_text(alert.state, texts),
            issued_at: texts::when(alert.issued_at, language),
            deadline: alert
                .deadline_at
                .map(|at| deadline(at, frame.now, language)),
            bar: bar(&totals.hosts, texts),
            addressed: texts::count(totals.addressed, language),
            acknowledged: texts::count(totals.acknowledged, language),
            confirmed: totals.confirmed,
            suspicious: totals.suspicious,
            overdue: totals.overdue,
            acknowledged_by: alert
                .acknowledged
                .as_ref()
                .map(|(officer, _)| plain(officer)),
            is_unanswered: alert.addressed && alert.acknowledged.is_none(),
            waiting: alert.waiting.iter().map(|verb| texts.verb(*verb)).collect(),
        }
    }
}

async fn list(State(app): State<App>, visitor: Visitor) -> Result<Response, WebError> {
    let alerts = app.ask(Board::list_alerts).await?;
    let frame = Frame::new(&app, &visitor, Area::Alerts);
    let lines = |wanted: &dyn Fn(&AlertSummary) -> bool| -> Vec<AlertLine> {
        alerts
            .iter()
            .filter(|alert| wanted(alert))
            .map(|alert| AlertLine::new(alert, &frame))
            .collect()
    };
    render(&ListPage {
        in_force: lines(&|alert| is_current(alert.state) && !alert.exercise),
        drills: lines(&|alert| is_current(alert.state) && alert.exercise),
        past: lines(&|alert| !is_current(alert.state)),
        frame,
    })
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(alert): Path<String>,
) -> Result<Response, WebError> {
    let id = parse_alert(&alert)?;
    let picture = app
        .ask(move |board| board.picture(id))
        .await?
        .ok_or(WebError::NotFound)?;
    let frame = Frame::new(&app, &visitor, Area::Alerts);
    render(&PicturePage::new(frame, &picture))
}

/// The exact signed bytes, for checking elsewhere and for the kit.
async fn document(State(app): State<App>, Path(alert): Path<String>) -> Result<Response, WebError> {
    let id = parse_alert(&alert)?;
    let bytes = app
        .ask(move |board| board.find_alert_document(id))
        .await?
        .ok_or(WebError::NotFound)?;
    Ok(download(&file_name(id), bytes))
}

/// Answers with a file to be saved, never shown.
pub(crate) fn download(name: &str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    (
        [
            (CONTENT_TYPE, "application/json".to_owned()),
            (CONTENT_DISPOSITION, disposition),
        ],
        bytes,
    )
        .into_response()
}

/// The name under which an alert is saved: from its id, because its number can hold anything.
pub(crate) fn file_name(alert: AlertId) -> String {
    format!("alert-{}.json", alert.short())
}

pub(crate) fn parse_alert(text: &str) -> Result<AlertId, WebError> {
    text.parse().map_err(|_| WebError::NotFound)
}

pub(crate) fn parse_verb(text: &str) -> Option<Verb> {
    Verb::ALL.into_iter().find(|verb| verb.as_str() == text)
}

/// Still to be acted on, as far as this node knows.
pub(super) fn is_current(state: AlertState) -> bool {
    matches!(state, AlertState::InForce | AlertState::Stale)
}

/// Says what an alert is, unless it simply is in force.
pub(super) fn state_text(state: AlertState, texts: &Texts) -> Option<String> {
    let key = match state {
        AlertState::Expired => "web-state-expired",
        AlertState::InForce => return None,
        AlertState::Stale => "web-state-stale",
        AlertState::Superseded => "web-state-superseded",
        AlertState::Withdrawn => "web-state-withdrawn",
    };
    Some(texts.text(key))
}

/// Editions after the first say so.
pub(super) fn version(version: u32, texts: &Texts) -> Option<String> {
    (version > 1).then(|| texts.text_with("web-edition", &[("count", version.into())]))
}

/// One alert among which the reader of another page can choose.
pub(crate) struct AlertChoice {
    pub id: String,
    pub number: String,
    pub exercise: bool,
    pub current: bool,
}

/// Returns the alert that a page about one is asked for: the one named, or the newest real one in force, and what else
/// there is to choose from.
pub(crate) async fn choices(
    app: &App,
    asked: Option<&str>,
) -> Result<(Option<AlertId>, Vec<AlertChoice>), WebError> {
    let alerts = app.ask(Board::list_alerts).await?;
    let chosen = match asked {
        Some(asked) => {
            let id = parse_alert(asked)?;
            let known = alerts.iter().any(|alert| alert.id == id);
            Some(id).filter(|_| known).ok_or(WebError::NotFound)?.into()
        }
        None => alerts
            .iter()
            .min_by_key(|alert| (!is_current(alert.state), alert.exercise))
            .map(|alert| alert.id),
    };
    let choices = alerts
        .iter()
        .map(|alert| AlertChoice {
            id: alert.id.to_string(),
            number: plain(&alert.number),
            exercise: alert.exercise,
            current: Some(alert.id) == chosen,
        })
        .collect();
    Ok((chosen, choices))
}

/// The class of a Traffic Light Protocol label and the label itself.
pub(super) fn tlp(tlp: domain::Tlp) -> Badge {
    Badge {
        kind: tlp_class(tlp),
        text: tlp.to_string(),
    }
}
