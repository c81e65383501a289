//! Routes and pages about findings.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use domain::{AlertId, HostId, Judgement, OrganisationId};
use node::FindingFilter;
use serde::Deserialize;

use super::view::{EvidenceView, FindingLine};
use crate::alerts::{AlertChoice, IndicatorView, choices};
use crate::app::App;
use crate::error::WebError;
use crate::page::{Area, Frame, render};
use crate::request::Visitor;
use crate::server::Route;

/// Findings on one page.
const PAGE_ROWS: u32 = 100;

pub(crate) fn routes() -> Vec<Route> {
    vec![("/findings", get(list)), ("/findings/{finding}", get(show))]
}

#[derive(Template)]
#[template(path = "findings/list.html")]
struct ListPage {
    frame: Frame,
    alerts: Vec<AlertChoice>,
    judgements: Vec<JudgementChoice>,
    asked: Asked,
    lines: Vec<FindingLine>,
    total: u64,
    newer: Option<String>,
    older: Option<String>,
}

struct JudgementChoice {
    value: &'static str,
    name: String,
    current: bool,
}

/// The query. An empty field of the filter's form does not limit.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    alert: String,
    judgement: String,
    host: String,
    organisation: String,
    page: u32,
}

impl Asked {
    fn filter(&self) -> Result<FindingFilter, WebError> {
        Ok(FindingFilter {
            alert: parsed::<AlertId>(&self.alert)?,
            host: parsed::<HostId>(&self.host)?,
            organisation: parsed::<OrganisationId>(&self.organisation)?,
            judgement: match self.judgement.as_str() {
                "" => None,
                "confirmed" => Some(Judgement::Confirmed),
                "context" => Some(Judgement::Context),
                "suspicious" => Some(Judgement::Suspicious),
                _ => return Err(WebError::NotFound),
            },
            limit: PAGE_ROWS,
            offset: self.page.saturating_mul(PAGE_ROWS),
        })
    }

    /// Only what was parsed comes here: nothing in the address needs escaping.
    fn address(&self, page: u32) -> String {
        let Self {
            alert,
            judgement,
            host,
            organisation,
            ..
        } = self;
        format!(
            "/findings?alert={alert}&judgement={judgement}&host={host}&organisation={organisation}&page={page}"
        )
    }
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<Option<T>, WebError> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| WebError::NotFound)
}

async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let filter = asked.filter()?;
    let chosen = Some(asked.alert.as_str()).filter(|alert| !alert.is_empty());
    let (_, mut alerts) = choices(&app, chosen).await?;
    for choice in &mut alerts {
        choice.current = Some(choice.id.as_str()) == chosen;
    }
    let (rows, total) = app
        .ask(move |board| {
            let rows = board.list_findings(&filter)?;
            Ok::<_, node::ReadError>((rows, board.count_findings(&filter)?))
        })
        .await?;
    let frame = Frame::new(&app, &visitor, Area::Findings);
    let judgements = [
        ("confirmed", Judgement::Confirmed),
        ("suspicious", Judgement::Suspicious),
        ("context", Judgement::Context),
    ]
    .map(|(value, judgement)| JudgementChoice {
        value,
        name: frame.texts.judgement(judgement),
        current: asked.judgement == value,
    });
    let shown_before = u64::from(asked.page) * u64::from(PAGE_ROWS);
    let has_older = shown_before + (rows.len() as u64) < total;
    render(&ListPage {
        lines: rows
            .iter()
            .map(|row| FindingLine::new(row, &frame))
            .collect(),
        newer: asked.page.checked_sub(1).map(|page| asked.address(page)),
        older: has_older.then(|| asked.address(asked.page.saturating_add(1))),
        judgements: judgements.into(),
        frame,
        alerts,
        asked,
        total,
    })
}

#[derive(Template)]
#[template(path = "findings/finding.html")]
struct FindingPage {
    frame: Frame,
    line: FindingLine,
    evidence: EvidenceView,
    indicators: Vec<IndicatorView>,
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(finding): Path<String>,
) -> Result<Response, WebError> {
    let id: i64 = finding.parse().map_err(|_| WebError::NotFound)?;
    let row = app
        .ask(move |board| board.finding(id))
        .await?
        .ok_or(WebError::NotFound)?;
    let alert = row.alert;
    let picture = app.ask(move |board| board.picture(alert)).await?;
    let frame = Frame::new(&app, &visitor, Area::Findings);
    let named = |id: &str| row.finding.hits.iter().any(|hit| hit.indicator == id);
    let indicators = picture.as_ref().map_or_else(Vec::new, |picture| {
        picture
            .alert
            .indicators
            .iter()
            .filter(|indicator| named(&indicator.id))
            .map(|indicator| IndicatorView::new(indicator, &frame))
            .collect()
    });
    render(&FindingPage {
        line: FindingLine::new(&row, &frame),
        evidence: EvidenceView::new(&row.finding, &frame),
        indicators,
        frame,
    })
}
