//! The one middleware: host name, access, session, language; then errors in words and the protecting headers.

use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{ACCEPT_LANGUAGE, HOST, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use domain::Language;

use super::cookies::{self, Keep};
use super::headers::protect;
use super::visitor::{Secret, Visitor};
use crate::access::{Access, access};
use crate::app::App;
use crate::error::{Failed, WebError};
use crate::page;

/// How long a handler may take, reading the request included. Streams begin to answer at once.
const REQUEST_TIME_MAX: Duration = Duration::from_mins(1);

/// Lets a request through to its handler, or says why not.
pub(crate) async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let is_get = matches!(*request.method(), Method::GET | Method::HEAD);
    let headers = request.headers();
    let is_fetch = headers
        .get("sec-fetch-dest")
        .is_some_and(|dest| dest == "empty");
    let (visitor, cookies) = match meet(&app, headers, &uri, is_get).await {
        Ok(met) => met,
        Err(error) => return protected(error.into_response()),
    };
    let response = match admit(&app, &visitor, &request) {
        Err(error) => error.into_response(),
        // A page that was asked for comes after signing in; what a script asked for does not.
        Ok(Admission::SignInFirst) if is_get && !is_fetch => {
            Redirect::to(&sign_in_address(&visitor.here)).into_response()
        }
        Ok(Admission::SignInFirst) => axum::http::StatusCode::UNAUTHORIZED.into_response(),
        Ok(Admission::Granted) => {
            request.extensions_mut().insert(visitor.clone());
            tokio::time::timeout(REQUEST_TIME_MAX, next.run(request))
                .await
                .unwrap_or_else(|_| WebError::TimedOut.into_response())
        }
    };
    let mut response = explain(&app, &visitor, response);
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    protected(response)
}

enum Admission {
    Granted,
    SignInFirst,
}

fn admit(app: &App, visitor: &Visitor, request: &Request) -> Result<Admission, WebError> {
    check_host(app, request.headers(), request.uri())?;
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        check_origin(request.headers(), request.uri())?;
    }
    let pattern = request
        .extensions()
        .get::<MatchedPath>()
        .map(MatchedPath::as_str);
    match pattern.and_then(access).ok_or(WebError::NotFound)? {
        Access::SignedIn if visitor.officer.is_none() => Ok(Admission::SignInFirst),
        Access::Anyone | Access::SecretLink | Access::SignedIn => Ok(Admission::Granted),
    }
}

/// A page elsewhere can make its own name resolve to this machine (DNS rebinding); it cannot change what the browser
/// says it asked for.
fn check_host(app: &App, headers: &HeaderMap, uri: &Uri) -> Result<(), WebError> {
    let host = host(headers, uri).ok_or(WebError::WrongHost)?;
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    let public = app.settings.public_host.as_deref();
    let local = ["localhost", "127.0.0.1", "[::1]"];
    if local.contains(&name) || public.is_some_and(|public| name.eq_ignore_ascii_case(public)) {
        Ok(())
    } else {
        Err(WebError::WrongHost)
    }
}

/// The first of two walls against forms of other sites; the token in each form is the second.
fn check_origin(headers: &HeaderMap, uri: &Uri) -> Result<(), WebError> {
    let Some(origin) = headers.get(ORIGIN) else {
        return Ok(());
    };
    let origin = origin.to_str().unwrap_or_default();
    let own = host(headers, uri).unwrap_or_default();
    if origin
        .split_once("://")
        .is_some_and(|(_, host)| host == own)
    {
        Ok(())
    } else {
        Err(WebError::ForeignForm)
    }
}

fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .or(uri.authority().map(axum::http::uri::Authority::as_str))
}

/// Returns who asks, and the cookies to set.
async fn meet(
    app: &App,
    headers: &HeaderMap,
    uri: &Uri,
    is_page: bool,
) -> Result<(Visitor, Vec<HeaderValue>), WebError> {
    let mut set = Vec::new();
    let secure = app.settings.public_host.is_some();
    let mut keep = |name: &str, value: &str, keep: Keep| {
        set.extend(cookies::write(name, value, keep, secure));
    };
    let session_secret = cookies::find(headers, cookies::SESSION).and_then(Secret::parse);
    let mut officer = None;
    if let Some(secret) = &session_secret {
        let hash = secret.hash();
        let session = app.ask(move |board| board.find_session(&hash)).await?;
        officer = session.map(|session| session.officer);
    }
    let visit_secret = cookies::find(headers, cookies::VISITOR).and_then(Secret::parse);
    let secret = match (session_secret.filter(|_| officer.is_some()), visit_secret) {
        (Some(secret), _) | (None, Some(secret)) => secret,
        (None, None) => {
            let secret = Secret::draw()?;
            keep(cookies::VISITOR, &secret.to_cookie(), Keep::Visit);
            secret
        }
    };
    let (asked, here) = preferences(uri);
    if let Some(language) = asked.language {
        keep(cookies::LANGUAGE, page::tag(language), Keep::Preference);
    }
    if let Some(wall) = asked.wall {
        let value = if wall { "1" } else { "0" };
        keep(cookies::WALL, value, Keep::Preference);
    }
    let language = asked
        .language
        .or_else(|| cookies::find(headers, cookies::LANGUAGE).and_then(language_of))
        .or(app.settings.language)
        .unwrap_or_else(|| spoken(headers));
    let visitor = Visitor {
        language,
        wall: asked
            .wall
            .unwrap_or_else(|| cookies::find(headers, cookies::WALL) == Some("1")),
        officer,
        secret,
        here: if is_page { here } else { "/".to_owned() },
    };
    Ok((visitor, set))
}

#[derive(Default)]
struct Asked {
    language: Option<Language>,
    wall: Option<bool>,
}

/// Takes `lang` and `wall` out of the query, so that links to the same page do not carry them on.
fn preferences(uri: &Uri) -> (Asked, String) {
    let mut asked = Asked::default();
    let mut rest = Vec::new();
    let query = uri.query().unwrap_or_default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("lang", value)) => asked.language = language_of(value),
            Some(("wall", value)) => asked.wall = Some(value == "1"),
            _ => rest.push(pair),
        }
    }
    let path = uri.path();
    let here = if rest.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", rest.join("&"))
    };
    (asked, here)
}

fn language_of(tag: &str) -> Option<Language> {
    match tag {
        "en" => Some(Language::En),
        "vi" => Some(Language::Vi),
        _ => None,
    }
}

/// The first language of the browser's list that we have; Vietnamese where it names neither.
fn spoken(headers: &HeaderMap) -> Language {
    headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .split([',', ';'])
        .find_map(|tag| language_of(tag.trim().split('-').next().unwrap_or_default()))
        .unwrap_or(Language::Vi)
}

fn sign_in_address(here: &str) -> String {
    if here == "/" {
        "/sign-in".to_owned()
    } else {
        let next: String = here
            .bytes()
            .map(|b| match b {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' => {
                    char::from(b).to_string()
                }
                _ => format!("%{b:02X}"),
            })
            .collect();
        format!("/sign-in?next={next}")
    }
}

fn explain(app: &App, visitor: &Visitor, response: Response) -> Response {
    let Some(Failed(error)) = response.extensions().get::<Failed>().cloned() else {
        return response;
    };
    if error.status().is_server_error() {
        tracing::error!(path = %visitor.here, "could not {error}");
    } else {
        tracing::info!(path = %visitor.here, "could not {error}");
    }
    page::error_page(app, visitor, &error).unwrap_or(response)
}

fn protected(mut response: Response) -> Response {
    protect(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences_are_taken_out_of_the_address() {
        let uri: Uri = "/findings?alert=1&lang=en&wall=1&page=2".parse().unwrap();
        let (asked, here) = preferences(&uri);
        assert_eq!(here, "/findings?alert=1&page=2");
        assert_eq!(asked.language, Some(Language::En));
        assert_eq!(asked.wall, Some(true));
    }

    #[test]
    fn an_address_after_signing_in_keeps_its_query() {
        assert_eq!(
            sign_in_address("/findings?alert=1&page=2"),
            "/sign-in?next=/findings%3Falert%3D1%26page%3D2"
        );
    }

    #[test]
    fn speaks_the_browsers_language_and_else_vietnamese() {
        let speak = |list: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(list));
            spoken(&headers)
        };
        assert_eq!(speak("fr;q=0.9, en-GB;q=0.8, vi"), Language::En);
        assert_eq!(speak("vi-VN,vi;q=0.9,en"), Language::Vi);
        assert_eq!(speak("de"), Language::Vi);
    }
}
