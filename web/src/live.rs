//! Tells open pages that something has changed; what has changed they fetch as a page. Nothing of the node is in the
//! stream.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;

use crate::app::{App, stopped};
use crate::error::WebError;
use crate::server::Route;

/// Changes that come together are told once: a sweep's reports arrive in bursts.
const PAUSE: Duration = Duration::from_millis(300);
/// Keeps proxies from closing a silent stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(crate) fn routes() -> Vec<Route> {
    vec![("/events", get(events)), ("/healthz", get(health))]
}

/// Says that the process answers. Nothing about the node: anybody may ask.
async fn health() -> &'static str {
    "ok\n"
}

async fn events(State(app): State<App>) -> Result<Response, WebError> {
    let place = app
        .streams
        .clone()
        .try_acquire_owned()
        .map_err(|_| WebError::TooManyStreams)?;
    let changes = app.board.subscribe();
    let stopping = app.stopping.clone();
    // The first event says where things stand: a page that was open before the connection broke may have missed some.
    let first = true;
    let stream = stream::unfold(
        (changes, stopping, place, first),
        |(mut changes, stopping, place, first)| async move {
            if !first {
                tokio::select! {
                    next = changes.changed() => next.ok()?,
                    () = stopped(stopping.clone()) => return None,
                }
                tokio::time::sleep(PAUSE).await;
            }
            let revision = *changes.borrow_and_update();
            let name = if first { "hello" } else { "change" };
            let event = Event::default().event(name).data(revision.to_string());
            Some((
                Ok::<_, Infallible>(event),
                (changes, stopping, place, false),
            ))
        },
    );
    Ok(Sse::new(stream)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response())
}
