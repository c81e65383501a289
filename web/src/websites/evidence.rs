//! The page of a verdict out of the evidence of this node's own watch. It stands alone: what came from a hostile site is shown
//! without the frame, the script and the forms of our other pages, and browsers are told to run nothing there.

use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse as _, Response};
use domain::{EvidenceId, OrganisationId};
use node::{Side, SiteFindingRow};
use verdicts::{Served, VerdictPage, render_served};

use crate::app::App;
use crate::assets;
use crate::error::WebError;
use crate::request::Visitor;

/// Returns where the evidence of a finding is shown; nothing where another watch has it.
pub(super) fn address(row: &SiteFindingRow, app: &App) -> Option<String> {
    let is_here = row.watcher.side == Side::Own && app.settings.verdicts.is_some();
    is_here.then(|| format!("/websites/{}/{}/verdict", row.organisation, row.finding.id))
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path((organisation, case)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let organisation: OrganisationId = organisation.parse().map_err(|_| WebError::NotFound)?;
    let id: EvidenceId = case.parse().map_err(|_| WebError::NotFound)?;
    let back = format!("/websites/{organisation}/{id}");
    let row = app
        .ask(move |board| board.site_finding(&organisation, id))
        .await?
        .filter(|row| row.watcher.side == Side::Own)
        .ok_or(WebError::NotFound)?;
    let page = read(&app, row).await?.ok_or(WebError::NotFound)?;
    let served = Served {
        style: assets::address("verdict.css"),
        back,
        back_text: texts::Texts::of(visitor.language).text("web-websites"),
    };
    let language = visitor.language;
    let html = tokio::task::spawn_blocking(move || render_served(&page, language, served))
        .await
        .map_err(|_| WebError::Interrupted)?
        .map_err(|error| WebError::Evidence(error.into()))?;
    let mut response = Html(html).into_response();
    let policy = HeaderValue::from_static(verdicts::POLICY);
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// Reads the evidence on a thread that may wait for the disk. The place among the readers is free again only when it is done.
async fn read(app: &App, row: SiteFindingRow) -> Result<Option<VerdictPage>, WebError> {
    let Some(source) = app.settings.verdicts.clone() else {
        return Ok(None);
    };
    let place = std::sync::Arc::clone(&app.evidence).acquire_owned().await;
    let place = place.map_err(|_| WebError::Interrupted)?;
    let reading = tokio::task::spawn_blocking(move || {
        let verdict = source.verdict(&row.finding.page, row.finding.newest);
        drop(place);
        verdict
    });
    let read = reading.await.map_err(|_| WebError::Interrupted)?;
    read.map_err(WebError::Evidence)
}
