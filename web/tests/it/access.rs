//! Who may see what, for every route of the table.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use web::{ACCESS, Access};

use crate::client::Client;
use crate::sample::{SECRET, alert_id, evidence_id};

/// The table's patterns with something in their places that exists.
fn address(pattern: &str) -> String {
    pattern
        .replace("{alert}", &alert_id(0).to_string())
        .replace("{finding}", "1")
        .replace("{name}", "tocsin.css")
        .replace("{organisation}", "vn.mot.airline")
        .replace("{case}", &evidence_id(0).to_string())
        .replace("{secret}", SECRET)
}

fn with_method(method: &str) -> impl Fn(&'static str) -> Option<&'static str> {
    let method = method.to_owned();
    move |pattern| {
        ACCESS
            .iter()
            .find(|(path, methods, _)| *path == pattern && methods.contains(&&*method))
            .map(|(path, _, _)| *path)
    }
}

#[tokio::test]
async fn nobody_sees_a_page_of_officers_without_signing_in() {
    let client = Client::new();
    for (pattern, _, access) in ACCESS {
        if *access != Access::SignedIn {
            continue;
        }
        if with_method("GET")(pattern).is_some() {
            let answer = client.get(&address(pattern)).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{pattern}");
            assert!(answer.location().starts_with("/sign-in"), "{pattern}");
            assert!(answer.body.is_empty(), "{pattern}");
        }
        if with_method("POST")(pattern).is_some() {
            let answer = client.post(&address(pattern), &[]).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{pattern}");
        }
    }
}

#[tokio::test]
async fn every_page_answers_whoever_may_see_it() {
    let client = Client::signed_in().await;
    for (pattern, methods, _) in ACCESS {
        if !methods.contains(&"GET") || *pattern == "/events" {
            continue;
        }
        let answer = client.get(&address(pattern)).await;
        let expected = match *pattern {
            // Go on to the alerts: at the start, and for whoever is signed in already.
            "/" | "/sign-in" => StatusCode::SEE_OTHER,
            _ => StatusCode::OK,
        };
        assert_eq!(answer.status, expected, "{pattern}: {}", answer.body);
    }
}

#[tokio::test]
async fn no_form_is_taken_without_the_token_of_its_page() {
    let client = Client::signed_in().await;
    for (pattern, methods, _) in ACCESS {
        if !methods.contains(&"POST") {
            continue;
        }
        let forged = [("token", "0".repeat(64))];
        let path = address(pattern);
        let answer = if pattern.ends_with("/reports") {
            client.upload(&path, &[("token", &forged[0].1)], &[]).await
        } else {
            client.post(&path, &[("token", &forged[0].1)]).await
        };
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{pattern}");
    }
    let alert = alert_id(0);
    let page = client.get(&format!("/alerts/{alert}")).await.body;
    assert!(page.contains("id=\"acknowledge\""), "nothing was done");
}

#[tokio::test]
async fn a_form_that_another_site_sends_is_refused_even_with_a_token() {
    let client = Client::signed_in().await;
    let alert = alert_id(0);
    let token = client.get(&format!("/alerts/{alert}")).await.token();
    for origin in ["https://evil.example", "null", "http://localhost:1"] {
        let request = Request::post(format!("/alerts/{alert}/acknowledge"))
            .header("origin", origin)
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = client
            .send(request, Body::from(format!("token={token}")))
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin}");
    }
}

#[tokio::test]
async fn a_name_that_was_made_to_resolve_here_is_not_answered() {
    let client = Client::new();
    for (host, expected) in [
        ("evil.example", StatusCode::MISDIRECTED_REQUEST),
        (
            "localhost.evil.example:8238",
            StatusCode::MISDIRECTED_REQUEST,
        ),
        ("127.0.0.1:8238", StatusCode::OK),
        ("[::1]:8238", StatusCode::OK),
        ("localhost", StatusCode::OK),
    ] {
        let request = Request::get("/sign-in").header("host", host);
        let answer = client.send(request, Body::empty()).await;
        assert_eq!(answer.status, expected, "{host}");
    }
}

#[tokio::test]
async fn every_answer_carries_the_protecting_headers() {
    let client = Client::signed_in().await;
    for path in [
        "/alerts",
        "/no-such-page",
        "/assets/live.js",
        "/healthz",
        "/",
    ] {
        let headers = client.get(path).await.headers;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "same-origin", "{path}");
        let kept = headers["cache-control"].to_str().unwrap();
        assert_eq!(kept.contains("no-store"), !path.starts_with("/assets/"));
    }
}

#[tokio::test]
async fn no_page_has_inline_scripts_styles_or_anything_from_elsewhere() {
    let client = Client::signed_in().await;
    for (pattern, methods, _) in ACCESS {
        if !methods.contains(&"GET") || *pattern == "/events" || pattern.starts_with("/assets") {
            continue;
        }
        let body = client.get(&address(pattern)).await.body;
        // Addresses of watched sites stand there as text; in an attribute they would be fetched or followed.
        for forbidden in [
            " style=", "<style", " onclick", " onload", "=\"http", "='http", "=http", "=\"//",
            "url(http", "url(//", "//cdn",
        ] {
            assert!(!body.contains(forbidden), "{pattern} has {forbidden}");
        }
        for script in body.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"/assets/"), "{pattern}");
        }
    }
}

#[tokio::test]
async fn a_secret_that_is_not_one_finds_no_form() {
    let client = Client::new();
    for path in [
        "/form/0".to_owned(),
        format!("/form/{}", SECRET.to_uppercase()),
        format!("/form/0/alerts/{}", alert_id(0)),
        format!("/form/0/roots/{}", alert_id(0)),
        // Withdrawn: no longer an alert that the organisation is addressed by.
        format!("/form/{SECRET}/alerts/{}", alert_id(2)),
        format!("/form/{SECRET}/roots/{}", alert_id(2)),
    ] {
        assert_eq!(
            client.get(&path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}
