//! Routes and the page of the form.

use askama::Template;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::{AlertId, Answer, HostCounters};
use node::{HostedAlert, HostedView, ReadError, RootDocument, SitesPicture};
use serde::Deserialize;
use texts::Texts;

use super::answering::{self, REPORT_BYTES_MAX};
use crate::app::App;
use crate::board::Board;
use crate::error::WebError;
use crate::page::{Area, Frame, render, tag};
use crate::pieces::{
    Badge, Bar, Deadline, Moment, alert_title, bar, brief, deadline, moment, overdue_badge, plain,
    severity_badge, tlp_class,
};
use crate::request::Visitor;
use crate::server::Route;
use crate::websites::FindingLine;

pub(crate) fn routes() -> Vec<Route> {
    let upload = post(answering::upload)
        .layer::<_, std::convert::Infallible>(DefaultBodyLimit::max(REPORT_BYTES_MAX));
    vec![
        ("/form/{secret}", get(show).post(answering::answer)),
        ("/form/{secret}/alerts/{alert}", get(document)),
        ("/form/{secret}/reports", upload),
        ("/form/{secret}/roots/{alert}", get(root_document)),
    ]
}

#[derive(Template)]
#[template(path = "hosted_form/form.html")]
struct FormPage {
    frame: Frame,
    secret: String,
    name: String,
    parent_name: String,
    thanks: bool,
    alerts: Vec<AlertView>,
    websites: Option<WebsitesView>,
}

/// How the organisation's web sites stand, where somebody watches them.
struct WebsitesView {
    /// What is said of all of them.
    lead: String,
    /// What stands, the most urgent first.
    findings: Vec<FindingLine>,
}

/// One alert with what the organisation has answered.
struct AlertView {
    id: String,
    file: String,
    root: Option<RootView>,
    report_file: String,
    number: String,
    title: String,
    title_tag: &'static str,
    exercise: bool,
    severity: Badge,
    tlp: &'static str,
    tlp_text: String,
    deadline: Option<Deadline>,
    overdue: Badge,
    text_tag: &'static str,
    lines: Vec<String>,
    acknowledged: Option<Moment>,
    sweep_refused: bool,
    hosts: Option<Bar>,
    counters: HostCounters,
    hosts_found: u64,
    reported_hosts: Vec<String>,
}

/// The root of the alert's authority, without which the kit cannot check a signature.
struct RootView {
    file: String,
    id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    thanks: String,
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(secret): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let form = find(&app, &secret).await?;
    let ids: Vec<AlertId> = form.alerts.iter().map(|alert| alert.id).collect();
    let roots = app
        .ask(move |board| {
            ids.into_iter()
                .map(|id| board.find_root_document(id))
                .collect::<Result<Vec<_>, ReadError>>()
        })
        .await?;
    let frame = Frame::new(&app, &visitor, Area::None);
    let sites = app.ask(Board::sites).await?;
    render(&FormPage {
        websites: WebsitesView::new(&form, &sites, &frame),
        secret,
        name: plain(&form.name),
        parent_name: plain(&form.parent_name),
        thanks: asked.thanks == "1",
        alerts: form
            .alerts
            .iter()
            .zip(&roots)
            .map(|(alert, root)| AlertView::new(alert, root.as_ref(), &frame))
            .collect(),
        frame,
    })
}

impl WebsitesView {
    /// Returns nothing where nobody watches a page of the organisation.
    fn new(form: &HostedView, sites: &SitesPicture, frame: &Frame) -> Option<Self> {
        let mut sums = sites.sums.iter();
        let sum = sums.find(|sum| sum.organisation == form.organisation)?;
        let findings = sites.findings.iter().filter(|row| {
            row.organisation == form.organisation && row.finding.open_state().is_some()
        });
        let findings: Vec<_> = findings.map(|row| FindingLine::new(row, frame)).collect();
        let (key, count) = if !findings.is_empty() {
            ("web-form-websites-found", findings.len() as u64)
        } else if sum.pages.fine == sum.pages.watched() {
            ("web-form-websites-fine", sum.pages.fine)
        } else {
            // Never more certain than the watch itself.
            (
                "web-form-websites-unknown",
                sum.pages.watched() - sum.pages.fine,
            )
        };
        let values = [
            ("parent", plain(&form.parent_name).into()),
            ("count", count.into()),
        ];
        Some(Self {
            lead: Texts::of(frame.language).text_with(key, &values),
            findings,
        })
    }
}

pub(super) async fn find(app: &App, secret: &str) -> Result<HostedView, WebError> {
    let secret = secret.to_owned();
    app.ask(move |board| board.hosted_form(&secret))
        .await?
        .ok_or(WebError::NotFound)
}

/// The signed alert for the kit: only one that the organisation is addressed by.
async fn document(
    State(app): State<App>,
    Path((secret, alert)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let id = addressed_alert(&app, &secret, &alert).await?;
    let bytes = app
        .ask(move |board| board.find_alert_document(id))
        .await?
        .ok_or(WebError::NotFound)?;
    Ok(crate::alerts::download(
        &crate::alerts::file_name(id),
        bytes,
    ))
}

/// The root of the alert's authority, for the kit: only with an alert that the organisation is addressed by.
async fn root_document(
    State(app): State<App>,
    Path((secret, alert)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let id = addressed_alert(&app, &secret, &alert).await?;
    let root = app
        .ask(move |board| board.find_root_document(id))
        .await?
        .ok_or(WebError::NotFound)?;
    Ok(crate::alerts::download(
        &root_file_name(&root),
        root.envelope,
    ))
}

/// The name under which a root is saved: from its own id, so that a newer root never takes an older one's place.
fn root_file_name(root: &RootDocument) -> String {
    let id = root.id.to_string();
    format!("root-{}.json", id.get(..8).unwrap_or(&id))
}

async fn addressed_alert(app: &App, secret: &str, alert: &str) -> Result<AlertId, WebError> {
    let id = crate::alerts::parse_alert(alert)?;
    let form = find(app, secret).await?;
    let is_addressed = form.alerts.iter().any(|alert| alert.id == id);
    Some(id).filter(|_| is_addressed).ok_or(WebError::NotFound)
}

/// Back to the form, which says that the answer is on disk.
pub(super) fn thanks(secret: &str) -> Response {
    Redirect::to(&format!("/form/{secret}?thanks=1")).into_response()
}

impl AlertView {
    fn new(hosted: &HostedAlert, root: Option<&RootDocument>, frame: &Frame) -> Self {
        let (alert, status) = (&hosted.alert, &hosted.status);
        let (title, title_tag) = alert_title(alert, frame.language);
        let text = alert.text(frame.language);
        let file = crate::alerts::file_name(hosted.id);
        Self {
            id: hosted.id.to_string(),
            root: root.map(|root| RootView {
                file: root_file_name(root),
                id: root.id.to_string(),
            }),
            report_file: file.replacen("alert", "report", 1),
            file,
            number: plain(&alert.number),
            title,
            title_tag,
            exercise: alert.exercise,
            severity: severity_badge(alert.severity, frame.texts),
            tlp: tlp_class(alert.tlp),
            tlp_text: alert.tlp.to_string(),
            deadline: alert
                .deadline_at
                .map(|at| deadline(at, frame.now, frame.language)),
            overdue: overdue_badge(hosted.overdue, frame.texts),
            text_tag: text.map_or("vi", |text| tag(text.language)),
            lines: text.map_or_else(Vec::new, |text| text.body.lines().map(plain).collect()),
            acknowledged: status.acknowledged_at.map(|at| moment(at, frame)),
            sweep_refused: status.sweep == Answer::Refuse,
            hosts: status
                .hosts
                .filter(|hosts| hosts.eligible() > 0)
                .map(|hosts| bar(&hosts, frame.texts)),
            counters: status.hosts.unwrap_or_default(),
            hosts_found: status.hosts_found,
            reported_hosts: hosted
                .reported_hosts
                .iter()
                .map(|name| brief(name))
                .collect(),
        }
    }
}
