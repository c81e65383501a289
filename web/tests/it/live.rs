//! Pages are told of changes as they happen.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures_util::StreamExt as _;
use tower::ServiceExt as _;

use crate::client::Client;

/// How long a change may take to be told: far more than it does.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_change_is_told_and_says_nothing_of_what_changed() {
    let client = Client::signed_in().await;
    let request = Request::get("/events")
        .header("host", "localhost")
        .header("cookie", client.cookie_line())
        .body(Body::empty())
        .unwrap();
    let response = client.router().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut events = response.into_body().into_data_stream();
    let mut next = async || {
        let event = tokio::time::timeout(PATIENCE, events.next()).await.unwrap();
        String::from_utf8(event.unwrap().unwrap().to_vec()).unwrap()
    };
    assert_eq!(next().await, "event: hello\ndata: 1\n\n");
    client
        .board
        .change(|state| state.name = "secret".to_owned());
    client.board.change(|_| {});
    assert_eq!(
        next().await,
        "event: change\ndata: 3\n\n",
        "a burst is told once"
    );
}

#[tokio::test]
async fn a_script_without_a_session_gets_no_stream_and_no_redirect() {
    let client = Client::new();
    let request = Request::get("/events").header("sec-fetch-dest", "empty");
    let answer = client.send(request, Body::empty()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_server_stops_although_pages_are_open() {
    let client = Client::signed_in().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(web::serve_on(
        listener,
        client.board.clone(),
        web::WebSettings::default(),
        async {
            let _ = stopped.await;
        },
    ));
    let cookies = client.cookie_line();
    let (open, opened) = tokio::sync::oneshot::channel::<()>();
    let page = tokio::task::spawn_blocking(move || {
        let mut page = std::net::TcpStream::connect(address).unwrap();
        write!(
            page,
            "GET /events HTTP/1.1\r\nhost: localhost\r\ncookie: {cookies}\r\n\r\n"
        )
        .unwrap();
        let mut head = [0; 15];
        page.read_exact(&mut head).unwrap();
        assert_eq!(&head, b"HTTP/1.1 200 OK");
        open.send(()).unwrap();
        page.read_to_end(&mut Vec::new()).unwrap()
    });
    opened.await.unwrap();
    stop.send(()).unwrap();
    tokio::time::timeout(PATIENCE, server)
        .await
        .unwrap()
        .unwrap();
    page.await.unwrap();
}
