//! Sessions and passwords.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use web::{Board as _, WebSettings};

use crate::client::Client;
use crate::sample::{PASSWORD, Sample};

#[tokio::test]
async fn a_wrong_password_opens_nothing() {
    let client = Client::new();
    let answer = client.sign_in("con ngựa sai pin").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("Lê Minh Đức"), "the name is kept");
    assert!(!answer.body.contains("con ngựa"), "the password is not");
    assert_eq!(client.get("/alerts").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn guessing_is_slowed_down_and_ends_with_time() {
    let client = Client::new();
    for _ in 0..5 {
        client.sign_in("con ngựa sai pin").await;
    }
    let answer = client.sign_in(PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers["retry-after"], "1");
    client.board.change(|state| {
        state.now = state
            .now
            .checked_add(jiff::SignedDuration::from_secs(2))
            .unwrap();
    });
    assert_eq!(client.sign_in(PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_ends_by_signing_out_by_time_and_by_a_new_password() {
    for end in ["out", "time", "password"] {
        let client = Client::signed_in().await;
        let page = client.get("/alerts").await;
        assert_eq!(page.status, StatusCode::OK);
        match end {
            "out" => {
                let answer = client.post("/sign-out", &[("token", &page.token())]).await;
                assert_eq!(answer.status, StatusCode::SEE_OTHER);
            }
            "time" => client.board.change(|state| {
                state.now = state
                    .now
                    .checked_add(jiff::SignedDuration::from_hours(13))
                    .unwrap();
            }),
            _ => web::set_admin_password(&*client.board, "mật khẩu mới tinh").unwrap(),
        }
        assert_eq!(
            client.get("/alerts").await.status,
            StatusCode::SEE_OTHER,
            "{end}"
        );
    }
}

#[tokio::test]
async fn the_database_keeps_neither_the_password_nor_the_token() {
    let client = Client::signed_in().await;
    let cookie = client.cookie_line();
    let (_, token) = cookie.split_once("tocsin_session=").unwrap();
    let token = &token[..64];
    let hash = client.board.find_admin_password_hash().unwrap().unwrap();
    assert!(hash.starts_with("argon2id:") && !hash.contains(PASSWORD));
    client.board.change(|state| {
        for kept in state.sessions.keys() {
            assert_ne!(domain::digest::to_hex(kept), token);
        }
        assert_eq!(state.sessions.len(), 1);
    });
}

#[tokio::test]
async fn cookies_are_out_of_reach_of_scripts_and_other_sites() {
    let client = Client::new();
    let answer = client.sign_in(PASSWORD).await;
    let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));

    let behind_tls = web::router_over(
        Arc::new(Sample::new()),
        WebSettings {
            public_host: Some("tocsin.example.vn".to_owned()),
            ..WebSettings::default()
        },
    );
    let request = axum::http::Request::get("/sign-in")
        .header("host", "tocsin.example.vn")
        .body(axum::body::Body::empty())
        .unwrap();
    let answer = tower::ServiceExt::oneshot(behind_tls, request)
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(
        answer.headers()[SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("Secure")
    );
}

#[tokio::test]
async fn after_signing_in_the_page_that_was_asked_for_comes() {
    let client = Client::new();
    let to_sign_in = client.get("/findings?judgement=confirmed").await;
    let page = client.get(to_sign_in.location()).await;
    assert!(
        page.body
            .contains("value=\"/findings?judgement=confirmed\"")
    );
    for (next, expected) in [
        (
            "/findings?judgement=confirmed",
            "/findings?judgement=confirmed",
        ),
        ("//evil.example/", "/alerts"),
    ] {
        let token = client.get("/sign-in").await.token();
        let fields = [
            ("token", &*token),
            ("next", next),
            ("name", "Lê Minh Đức"),
            ("password", PASSWORD),
        ];
        let client = &client;
        let answer = client.post("/sign-in", &fields).await;
        assert_eq!(answer.location(), expected);
        let token = client.get("/alerts").await.token();
        client.post("/sign-out", &[("token", &token)]).await;
    }
}

#[tokio::test]
async fn without_a_password_nobody_signs_in_and_the_page_says_how_to_set_one() {
    let client = Client::new();
    client.board.change(|state| state.password_hash = None);
    let page = client.get("/sign-in").await.body;
    assert!(page.contains("tocsin node set-password"));
    assert!(!page.contains("type=\"password\""));
}
