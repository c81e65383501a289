//! The page about refused documents.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use crate::app::App;
use crate::board::Board;
use crate::error::WebError;
use crate::page::{Area, Frame, render};
use crate::pieces::{Moment, brief, moment, plain};
use crate::request::Visitor;
use crate::server::Route;

pub(crate) fn routes() -> Vec<Route> {
    vec![("/refused", get(list))]
}

#[derive(Template)]
#[template(path = "refusals/list.html")]
struct RefusedPage {
    frame: Frame,
    lines: Vec<Line>,
}

struct Line {
    refused: Moment,
    sender: String,
    kind: Option<String>,
    document: Option<String>,
    reason: String,
}

async fn list(State(app): State<App>, visitor: Visitor) -> Result<Response, WebError> {
    let rows = app.ask(Board::list_refused_documents).await?;
    let frame = Frame::new(&app, &visitor, Area::Refused);
    render(&RefusedPage {
        lines: rows
            .iter()
            .map(|row| Line {
                refused: moment(row.refused_at, &frame),
                sender: brief(&row.sender),
                kind: row.kind.as_deref().map(brief),
                document: row.document.map(|id| id.to_string()),
                reason: plain(&row.reason),
            })
            .collect(),
        frame,
    })
}
