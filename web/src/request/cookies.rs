//! The four cookies: a session, a form's origin, and two preferences. None is read by a script.

use axum::http::header::{COOKIE, InvalidHeaderValue};
use axum::http::{HeaderMap, HeaderValue};

/// Names of cookies.
pub(crate) const LANGUAGE: &str = "tocsin_language";
pub(crate) const SESSION: &str = "tocsin_session";
pub(crate) const VISITOR: &str = "tocsin_visitor";
pub(crate) const WALL: &str = "tocsin_wall";

/// A year: how long preferences are kept.
const PREFERENCE_SECONDS: u32 = 31_536_000;

/// Who may have the cookie sent along.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Until the browser closes; never with requests that other sites start.
    Session,
    /// Until the browser closes; also when a link is followed to here. It proves nothing but where a form came from.
    Visit,
    /// For a year; holds no secret.
    Preference,
    /// Not at all: removes it.
    Removed,
}

/// Returns the value of the first cookie with this name.
pub(crate) fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// Writes a `Set-Cookie` value. `secure` where the pages are served over TLS.
pub(crate) fn write(
    name: &str,
    value: &str,
    keep: Keep,
    secure: bool,
) -> Result<HeaderValue, InvalidHeaderValue> {
    let site = if keep == Keep::Session {
        "Strict"
    } else {
        "Lax"
    };
    let age = match keep {
        Keep::Preference => format!("; Max-Age={PREFERENCE_SECONDS}"),
        Keep::Removed => "; Max-Age=0".to_owned(),
        Keep::Session | Keep::Visit => String::new(),
    };
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!(
        "{name}={value}; Path=/; HttpOnly; SameSite={site}{age}{secure}"
    ))
}

/// Writes the session's cookie, or removes it.
pub(crate) fn session_cookie(
    value: &str,
    keep: Keep,
    secure: bool,
) -> Result<HeaderValue, InvalidHeaderValue> {
    write(SESSION, value, keep, secure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_cookie_among_others_and_not_by_part_of_its_name() {
        let mut headers = HeaderMap::new();
        headers.insert(
            COOKIE,
            HeaderValue::from_static("xtocsin_session=1; tocsin_session=2; a=b"),
        );
        assert_eq!(find(&headers, SESSION), Some("2"));
        assert_eq!(find(&headers, WALL), None);
    }

    #[test]
    fn a_session_never_travels_with_other_sites_requests() {
        let cookie = write(SESSION, "x", Keep::Session, true).unwrap();
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.contains("SameSite=Strict") && cookie.contains("HttpOnly"));
        assert!(cookie.contains("Secure"));
    }
}
