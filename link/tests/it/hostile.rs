//! Peers that do not behave: each costs one connection.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use link::{CertificateAuthority, Identity, Limits, LinkError};
use testkit::signing_key;

use crate::parent::{PATIENCE, Parent, receipt};
use crate::raw::{connect, connect_with, exchange, open, read_to_end};

/// Short enough for a test; nothing is decided by it but when the server gives up.
const SHORT: Duration = Duration::from_millis(200);

/// Asks until there is an answer: with limits as short as in these tests, a busy machine can be too slow for one.
fn is_answered(parent: &Parent) {
    let client = parent.client(&parent.know(&signing_key("honest")));
    let answered = testkit::wait_until(PATIENCE, || client.send(&[receipt(1)]).is_ok());
    assert!(answered, "others are still served");
}

#[test]
fn a_peer_without_a_certificate_gets_nothing_but_the_way_in() {
    let parent = Parent::start();
    for request in [
        "GET /v1/feed?after=0&wait_ms=0 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "POST /v1/documents HTTP/1.1\r\nhost: x\r\ncontent-length: 16\r\nconnection: close\r\n\r\n{\"documents\":[]}",
    ] {
        let answer = exchange(&mut connect(&parent, None), request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    }
    let (feed_count, accept_count) = {
        let state = parent.inbox.state();
        (state.feed_count, state.accept_count)
    };
    assert_eq!((feed_count, accept_count), (0, 0));
    let request = "GET /v1/authority HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answer = exchange(&mut connect(&parent, None), request.as_bytes());
    assert!(answer.contains("BEGIN CERTIFICATE"), "{answer}");
}

#[test]
fn a_certificate_of_another_authority_is_refused_in_the_handshake() {
    let parent = Parent::start();
    let key = signing_key("child");
    parent.know(&key);
    let other = CertificateAuthority::create("vn.mot").expect("an authority");
    let chain = other
        .issue_client(&key.public_key(), "child")
        .expect("a chain");
    let client = parent.client(&Identity::new(key, &chain).expect("an identity"));
    let polled = client.poll(0, Duration::ZERO);
    assert!(polled.is_err(), "{polled:?}");
    assert_eq!(parent.inbox.state().feed_count, 0);
    is_answered(&parent);
}

#[test]
fn a_valid_certificate_of_a_key_that_is_not_on_the_roster_is_refused() {
    let parent = Parent::start();
    let key = signing_key("child");
    let chain = parent
        .authority
        .issue_client(&key.public_key(), "child")
        .expect("a chain");
    let client = parent.client(&Identity::new(key, &chain).expect("an identity"));
    let polled = client.poll(0, Duration::ZERO);
    assert!(
        matches!(polled, Err(LinkError::Refused { status: 403, .. })),
        "{polled:?}"
    );
    assert_eq!(parent.inbox.state().feed_count, 0);
}

#[test]
fn a_server_certificate_is_no_good_as_a_childs() {
    let parent = Parent::start();
    let key = signing_key("child");
    parent.know(&key);
    let chain = parent
        .authority
        .issue_server(&key.public_key(), &["localhost".to_owned()])
        .expect("a chain");
    let client = parent.client(&Identity::new(key, &chain).expect("an identity"));
    assert!(client.poll(0, Duration::ZERO).is_err());
    assert_eq!(parent.inbox.state().feed_count, 0);
}

#[test]
fn tls_1_2_is_not_spoken() {
    let parent = Parent::start();
    let identity = parent.know(&signing_key("child"));
    let mut stream = connect_with(&parent, Some(&identity), &rustls::version::TLS12);
    assert!(stream.write_all(b"GET / HTTP/1.1\r\n\r\n").is_err());
}

#[test]
fn a_body_longer_than_allowed_is_refused_before_it_is_read() {
    let parent = Parent::with_limits(Limits {
        body_bytes_max: 1000,
        ..Limits::default()
    });
    let identity = parent.know(&signing_key("child"));
    let head = "POST /v1/documents HTTP/1.1\r\nhost: x\r\ncontent-length: 1001\r\n\r\n";
    let answer = exchange(&mut connect(&parent, Some(&identity)), head.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let head = "POST /v1/documents HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    let answer = exchange(&mut connect(&parent, Some(&identity)), head.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 411"), "{answer}");
    let head = "POST /v1/enrol HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n";
    let answer = exchange(&mut connect(&parent, None), head.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert_eq!(parent.inbox.state().accept_count, 0);
}

#[test]
fn more_bodies_than_there_is_memory_for_are_told_to_come_back() {
    let parent = Parent::with_limits(Limits {
        bodies_bytes_max: 2048,
        ..Limits::default()
    });
    let client = parent.client(&parent.know(&signing_key("child")));
    let sent = client.send(&[vec![b'x'; 4096]]);
    assert!(
        sent.as_ref().is_err_and(LinkError::is_temporary),
        "{sent:?}"
    );
    client
        .send(&[receipt(1)])
        .expect("there is memory for this one");
}

#[test]
fn whoever_says_nothing_is_hung_up_on() {
    let parent = Parent::with_limits(Limits {
        handshake_timeout: SHORT,
        ..Limits::default()
    });
    let mut stream = open(parent.address);
    let mut buffer = [0; 16];
    assert_eq!(stream.read(&mut buffer).unwrap_or(0), 0);
    is_answered(&parent);
}

#[test]
fn headers_that_never_end_are_cut_off() {
    let parent = Parent::with_limits(Limits {
        headers_timeout: SHORT,
        ..Limits::default()
    });
    let mut stream = connect(&parent, None);
    let answer = exchange(&mut stream, b"GET /v1/authority HTTP/1.1\r\nx: ");
    assert!(!answer.contains(" 200 "), "{answer}");
    is_answered(&parent);
}

#[test]
fn a_body_that_never_comes_is_cut_off() {
    let parent = Parent::with_limits(Limits {
        body_timeout: SHORT,
        ..Limits::default()
    });
    let identity = parent.know(&signing_key("child"));
    let mut stream = connect(&parent, Some(&identity));
    let request = "POST /v1/documents HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{\"doc";
    let answer = exchange(&mut stream, request.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    is_answered(&parent);
}

#[test]
fn a_stranger_is_hung_up_on_however_busy_it_looks() {
    let parent = Parent::with_limits(Limits {
        stranger_timeout: Duration::from_secs(2),
        ..Limits::default()
    });
    let mut stream = connect(&parent, None);
    stream
        .write_all(b"GET /v1/authority HTTP/1.1\r\nhost: x\r\n\r\n")
        .expect("sends");
    assert!(read_to_end(&mut stream).contains(" 200 "));
}

#[test]
fn one_peer_cannot_have_all_connections() {
    let parent = Parent::with_limits(Limits {
        connections_per_peer_max: 1,
        ..Limits::default()
    });
    let greedy = parent.know(&signing_key("greedy"));
    let mut first = connect(&parent, Some(&greedy));
    let request = "GET /v1/feed?after=0&wait_ms=0 HTTP/1.1\r\nhost: x\r\n\r\n";
    first.write_all(request.as_bytes()).expect("sends");
    let mut buffer = [0; 12];
    first.read_exact(&mut buffer).expect("an answer");
    assert_eq!(&buffer, b"HTTP/1.1 200");
    let answer = exchange(&mut connect(&parent, Some(&greedy)), request.as_bytes());
    assert_eq!(answer, "");
    is_answered(&parent);
    drop(first);
    assert!(testkit::wait_until(PATIENCE, || {
        let closing = request.replace("host: x", "host: x\r\nconnection: close");
        exchange(&mut connect(&parent, Some(&greedy)), closing.as_bytes()).contains(" 200 ")
    }));
}

#[test]
fn one_peer_cannot_hold_many_uploads_open() {
    let parent = Parent::start();
    let greedy = parent.know(&signing_key("greedy"));
    let begun = "POST /v1/documents HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{\"doc";
    let whole = "POST /v1/documents HTTP/1.1\r\nhost: x\r\ncontent-length: 16\r\nconnection: close\r\n\r\n{\"documents\":[]}";
    let second = || exchange(&mut connect(&parent, Some(&greedy)), whole.as_bytes());
    let mut held = None;
    // Where the second arrives before the first, it is the first that is sent away: then another is held.
    let is_sent_away = testkit::wait_until(PATIENCE, || {
        let mut stream = connect(&parent, Some(&greedy));
        stream.write_all(begun.as_bytes()).expect("sends");
        held = Some(stream);
        (0..5).any(|_| second().contains(" 503 "))
    });
    assert!(is_sent_away, "it holds one open");
    is_answered(&parent);
    drop(held);
    assert!(testkit::wait_until(PATIENCE, || second().contains(" 200 ")));
}

#[test]
fn requests_that_are_not_of_the_protocol_are_refused_and_nothing_else_happens() {
    let parent = Parent::start();
    let identity = parent.know(&signing_key("child"));
    let post = |path: &str, body: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    for (request, status) in [
        (post("/v1/documents", "{}"), "400"),
        (
            post("/v1/documents", r#"{"documents":[],"documents":[]}"#),
            "400",
        ),
        (post("/v1/documents", r#"{"documents":["*"]}"#), "400"),
        (post("/v1/documents", r#"{"documents":[],"more":1}"#), "400"),
        (post("/v1/enrol", r#"{"secret":"x"}"#), "400"),
        (get("/v1/feed"), "400"),
        (get("/v1/feed?after=-1&wait_ms=0"), "400"),
        (get("/v1/feed?after=0&wait_ms=0&more=1"), "400"),
        (get("/v2/feed"), "404"),
        (get("/v1/documents"), "405"),
        ("nonsense\r\n\r\n".to_owned(), "400"),
    ] {
        let answer = exchange(&mut connect(&parent, Some(&identity)), request.as_bytes());
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{request} → {answer}"
        );
    }
    let state = parent.inbox.state();
    assert_eq!(
        (state.accept_count, state.enrol_count, state.feed_count),
        (0, 0, 0)
    );
}

#[test]
fn a_peer_that_does_not_read_gives_its_memory_back() {
    let large = vec![b'x'; 24 * 1024 * 1024];
    let parent = Parent::with_limits(Limits {
        // Room for one such page being made, and for none beside one being sent.
        pages_bytes_max: 100 * 1024 * 1024,
        write_timeout: Duration::from_secs(2),
        bytes_per_second_min: 4 * 1024 * 1024,
        ..Limits::default()
    });
    parent.inbox.state().feed = vec![large.clone()];
    let silent = parent.know(&signing_key("silent"));
    let mut stream = connect(&parent, Some(&silent));
    let request = "GET /v1/feed?after=0&wait_ms=0 HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.write_all(request.as_bytes()).expect("sends");
    assert!(testkit::wait_until(PATIENCE, || parent
        .inbox
        .state()
        .feed_count
        >= 2));
    let client = parent.client(&parent.know(&signing_key("honest")));
    let page = client.poll(0, Duration::ZERO).expect("there is room again");
    assert!(page.documents == [large]);
    assert!(
        read_to_end(&mut stream).len() < 24 * 1024 * 1024,
        "the silent peer was left"
    );
}
