//! What an officer can do on an alert's page. The rules are the node's; here forms become its calls.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::Answer;
use serde::Deserialize;

use super::pages::{parse_alert, parse_verb};
use crate::app::App;
use crate::error::WebError;
use crate::request::{CheckedForm, Visitor};

#[derive(Deserialize)]
pub(super) struct Acknowledge {}

pub(super) async fn acknowledge(
    State(app): State<App>,
    Path(alert): Path<String>,
    visitor: Visitor,
    CheckedForm(Acknowledge {}): CheckedForm<Acknowledge>,
) -> Result<Response, WebError> {
    let id = parse_alert(&alert)?;
    let officer = visitor.officer()?.to_owned();
    app.ask(move |board| board.acknowledge(id, &officer))
        .await?;
    Ok(Redirect::to(&format!("/alerts/{id}")).into_response())
}

#[derive(Deserialize)]
pub(super) struct Decide {
    #[serde(default)]
    verb: String,
    answer: Option<Answer>,
}

pub(super) async fn decide(
    State(app): State<App>,
    Path(alert): Path<String>,
    visitor: Visitor,
    CheckedForm(form): CheckedForm<Decide>,
) -> Result<Response, WebError> {
    let id = parse_alert(&alert)?;
    let officer = visitor.officer()?.to_owned();
    let unreadable = || WebError::Unreadable("a decision names a verb and an answer".to_owned());
    let verb = parse_verb(&form.verb).ok_or_else(unreadable)?;
    let answer = form.answer.ok_or_else(unreadable)?;
    app.ask(move |board| board.decide(id, verb, answer, &officer))
        .await?;
    Ok(Redirect::to(&format!("/alerts/{id}")).into_response())
}
