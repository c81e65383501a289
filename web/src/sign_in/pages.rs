//! The sign-in page, and what its form and the sign-out button do.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use jiff::SignedDuration;
use node::Session;
use serde::Deserialize;

use super::password;
use crate::app::App;
use crate::board::Board;
use crate::error::WebError;
use crate::page::{Area, Frame, render};
use crate::request::{CheckedForm, Keep, Secret, Visitor, session_cookie};
use crate::server::Route;

/// How long a session lasts: one shift and its handover.
const SESSION: SignedDuration = SignedDuration::from_hours(12);
/// Characters of an officer's name.
const NAME_CHARS_MAX: usize = 100;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        ("/sign-in", get(show).post(sign_in)),
        ("/sign-out", post(sign_out)),
    ]
}

#[derive(Template)]
#[template(path = "sign_in/sign_in.html")]
struct SignInPage {
    frame: Frame,
    next: String,
    name: String,
    problem: Option<String>,
    has_password: bool,
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(Next { next }): Query<Next>,
) -> Result<Response, WebError> {
    if visitor.officer.is_some() {
        return Ok(Redirect::to(local(&next)).into_response());
    }
    let has_password = app.ask(Board::find_admin_password_hash).await?.is_some();
    render(&SignInPage {
        frame: Frame::new(&app, &visitor, Area::None),
        next,
        name: String::new(),
        problem: None,
        has_password,
    })
}

#[derive(Deserialize)]
struct SignIn {
    #[serde(default)]
    next: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

async fn sign_in(
    State(app): State<App>,
    visitor: Visitor,
    CheckedForm(form): CheckedForm<SignIn>,
) -> Result<Response, WebError> {
    let again = |status: StatusCode, problem: String| {
        let page = render(&SignInPage {
            frame: Frame::new(&app, &visitor, Area::None),
            next: form.next.clone(),
            name: form.name.clone(),
            problem: Some(problem),
            has_password: true,
        })?;
        Ok((status, page).into_response())
    };
    let frame = Frame::new(&app, &visitor, Area::None);
    let name = form.name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return again(
            StatusCode::UNPROCESSABLE_ENTITY,
            frame.t("web-error-officer"),
        );
    }
    match check(&app, form.password.clone()).await? {
        Checked::Right => {}
        Checked::Wait { seconds } => {
            let text = frame.count("web-sign-in-wait", seconds.unsigned_abs());
            let mut response = again(StatusCode::TOO_MANY_REQUESTS, text)?;
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
            return Ok(response);
        }
        Checked::Wrong => {
            tracing::warn!(name, "a wrong password was given");
            return again(StatusCode::FORBIDDEN, frame.t("web-sign-in-wrong"));
        }
    }
    let secret = Secret::draw()?;
    let hash = secret.hash();
    let session = Session {
        officer: name.to_owned(),
        expires_at: frame.now.checked_add(SESSION).unwrap_or(frame.now),
    };
    tracing::info!(officer = name, "signed in");
    app.ask(move |board| board.open_session(&hash, &session))
        .await?;
    leave(&app, local(&form.next), &secret.to_cookie(), Keep::Session)
}

#[derive(Deserialize)]
struct Nothing {}

async fn sign_out(
    State(app): State<App>,
    visitor: Visitor,
    CheckedForm(Nothing {}): CheckedForm<Nothing>,
) -> Result<Response, WebError> {
    let hash = visitor.secret.hash();
    app.ask(move |board| board.close_session(&hash)).await?;
    leave(&app, "/sign-in", "", Keep::Removed)
}

/// Goes on to another page with the session's cookie changed.
fn leave(app: &App, to: &str, cookie: &str, keep: Keep) -> Result<Response, WebError> {
    let secure = app.settings.public_host.is_some();
    let cookie = session_cookie(cookie, keep, secure).map_err(|_| WebError::Random)?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to(to)).into_response())
}

enum Checked {
    Right,
    Wait { seconds: i64 },
    Wrong,
}

/// Few at once, because stretching takes memory; and counted before the next, so that guessing in parallel gains nothing.
async fn check(app: &App, password: String) -> Result<Checked, WebError> {
    let _place = app
        .stretching
        .acquire()
        .await
        .map_err(|_| WebError::Interrupted)?;
    let now = app.board.now();
    if let Some(seconds) = attempts(app).wait_seconds(now) {
        return Ok(Checked::Wait { seconds });
    }
    let is_right = app
        .ask(move |board| {
            let hash = board.find_admin_password_hash()?;
            Ok::<_, node::ReadError>(password::is_right(&password, hash.as_deref()))
        })
        .await?;
    if is_right {
        attempts(app).succeed();
        Ok(Checked::Right)
    } else {
        attempts(app).fail(now);
        Ok(Checked::Wrong)
    }
}

fn attempts(app: &App) -> std::sync::MutexGuard<'_, super::Attempts> {
    app.attempts
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Returns `next` where it is a page of ours, and the list of alerts otherwise: `//elsewhere` is not.
fn local(next: &str) -> &str {
    let is_local = next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if is_local { next } else { "/alerts" }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn goes_on_to_no_other_site() {
        assert_eq!(local("/alerts/1?x=y"), "/alerts/1?x=y");
        for foreign in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/a\r\nSet-Cookie: x=y",
        ] {
            assert_eq!(local(foreign), "/alerts", "{foreign:?}");
        }
    }
}
