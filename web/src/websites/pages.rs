//! Routes and pages about web sites.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use domain::{EvidenceId, OrganisationId, PageState, WatchHealth};
use node::SitesPicture;

use super::view::{
    CountView, EvidenceView, FindingLine, OrganisationLine, WatcherLine, by_organisation,
};
use super::{evidence, words};
use crate::app::App;
use crate::board::Board;
use crate::error::WebError;
use crate::page::{Area, Frame, render};
use crate::request::Visitor;
use crate::server::Route;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        ("/websites", get(list)),
        ("/websites/{organisation}/{case}", get(show)),
        (
            "/websites/{organisation}/{case}/verdict",
            get(evidence::show),
        ),
    ]
}

#[derive(Template)]
#[template(path = "websites/list.html")]
struct ListPage {
    frame: Frame,
    watched: String,
    counts: Vec<CountView>,
    warnings: Vec<String>,
    groups: Vec<Group>,
    ended: Vec<FindingLine>,
    left_out: u64,
    organisations: Vec<OrganisationLine>,
    watchers: Vec<WatcherLine>,
}

/// What stands of one urgency.
struct Group {
    key: &'static str,
    name: String,
    meaning: String,
    lines: Vec<FindingLine>,
    /// Pages that are counted and of which no finding came up.
    unnamed: u64,
}

async fn list(State(app): State<App>, visitor: Visitor) -> Result<Response, WebError> {
    let picture = app.ask(Board::sites).await?;
    let frame = Frame::new(&app, &visitor, Area::Websites);
    let ended = picture
        .findings
        .iter()
        .filter(|row| row.finding.open_state().is_none());
    render(&ListPage {
        watched: texts::count(picture.pages.watched(), frame.language),
        counts: PageState::ALL
            .into_iter()
            .map(|state| CountView::new(state, &picture.pages, &frame))
            .collect(),
        warnings: warnings(&picture, &frame),
        groups: PageState::ALL
            .into_iter()
            .filter_map(|state| Group::new(state, &picture, &frame))
            .collect(),
        ended: ended.map(|row| FindingLine::new(row, &frame)).collect(),
        left_out: picture.findings_left_out,
        organisations: by_organisation(&picture, &frame),
        watchers: picture
            .watchers
            .iter()
            .map(|watcher| WatcherLine::new(watcher, &frame))
            .collect(),
        frame,
    })
}

impl Group {
    /// Returns nothing for what is fine, and where there is nothing to show.
    fn new(state: PageState, picture: &SitesPicture, frame: &Frame) -> Option<Self> {
        let lines: Vec<FindingLine> = picture
            .findings
            .iter()
            .filter(|row| row.finding.open_state() == Some(state))
            .map(|row| FindingLine::new(row, frame))
            .collect();
        let unnamed = picture.pages.of(state).saturating_sub(lines.len() as u64);
        let is_shown = state != PageState::Fine && (unnamed > 0 || !lines.is_empty());
        is_shown.then(|| Self {
            key: words::state_class(state),
            name: frame.t(words::state_key(state)),
            meaning: frame.t(words::state_meaning_key(state)),
            lines,
            unnamed,
        })
    }
}

/// What must not be overlooked before any number is believed.
fn warnings(picture: &SitesPicture, frame: &Frame) -> Vec<String> {
    let mut warnings = Vec::new();
    for watcher in &picture.watchers {
        let name = crate::pieces::brief(&watcher.name);
        let key = match watcher.health {
            WatchHealth::Broken => Some("web-watch-broken"),
            WatchHealth::Running => None,
            WatchHealth::Silent => Some("web-watch-silent"),
        };
        warnings.extend(key.map(|key| frame.with(key, "name", &name)));
        if watcher.is_doubted {
            warnings.push(frame.with("web-watch-doubted", "name", &name));
        }
    }
    if picture.unplaced > 0 {
        warnings.push(frame.count("web-watch-unplaced", picture.unplaced));
    }
    warnings
}

#[derive(Template)]
#[template(path = "websites/finding.html")]
struct FindingPage {
    frame: Frame,
    line: FindingLine,
    action: String,
    evidence: EvidenceView,
    watcher: WatcherLine,
    /// Where the evidence is shown, where it is here.
    verdict: Option<String>,
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path((organisation, case)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let organisation: OrganisationId = organisation.parse().map_err(|_| WebError::NotFound)?;
    let id: EvidenceId = case.parse().map_err(|_| WebError::NotFound)?;
    let row = app
        .ask(move |board| board.site_finding(&organisation, id))
        .await?
        .ok_or(WebError::NotFound)?;
    let frame = Frame::new(&app, &visitor, Area::Websites);
    let line = FindingLine::new(&row, &frame);
    render(&FindingPage {
        verdict: evidence::address(&row, &app),
        action: frame.with(
            words::action_key(row.finding.open_state()),
            "name",
            &line.name,
        ),
        evidence: EvidenceView::new(&row, &frame),
        watcher: WatcherLine::new(&row.watcher, &frame),
        line,
        frame,
    })
}
