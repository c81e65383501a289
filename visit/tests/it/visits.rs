//! What a visit tells.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::io::Write as _;
use std::time::Duration;

use flate2::write::GzEncoder;
use testkit::serving::{Server, answer};
use tokio::time::Instant;
use visit::{
    Failure, Known, Limits, Manners, Names, Outcome, Permission, Resource, VisitSettings, Visitor,
    Wanted, Web,
};

/// How this machine is visited, without a pause.
pub fn settings() -> VisitSettings {
    VisitSettings {
        contact: "watch@cert.example".to_owned(),
        limits: Limits {
            request_time: Duration::from_secs(5),
            ..Limits::default()
        },
        manners: Manners {
            pause: Duration::ZERO,
        },
        permission: Permission {
            hosts: ["127.0.0.1".to_owned()].into(),
        },
        authorities: Vec::new(),
    }
}

/// Returns the way there, without a server of names.
pub fn web(settings: VisitSettings) -> Web {
    let nobody = Names::of_servers(&["127.0.0.1:1".parse().unwrap()]).unwrap();
    Web::new(nobody, settings).unwrap()
}

async fn outcome(server: &Server, path: &str) -> Outcome {
    let web = web(settings());
    web.visit(&server.url(path), Visitor::Watch, None)
        .await
        .outcome
}

fn ok(headers: &str, body: &[u8]) -> Vec<u8> {
    answer(200, headers, body)
}

fn zipped(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_page_behind_redirects_is_told_with_every_step() {
    let server = Server::open(|request| match request.path() {
        "/a" => b"HTTP/1.1 302 F\r\nLocation: /b?c#d\r\nContent-Length: 0\r\n\r\n".to_vec(),
        "/b?c" => b"HTTP/1.1 301 F\r\nLocation: https:/\\x\r\n\r\n".to_vec(),
        _ => Vec::new(),
    });
    let visit = web(settings())
        .visit(&server.url("/a"), Visitor::Watch, None)
        .await;
    let steps: Vec<(&str, Option<u16>)> = visit
        .hops
        .iter()
        .map(|hop| (hop.url.as_str(), hop.status))
        .collect();
    assert_eq!(
        steps,
        [
            (server.url("/a").as_str(), Some(302)),
            (server.url("/b?c").as_str(), Some(301)),
            ("https://x/", None),
        ]
    );
    assert!(
        matches!(visit.outcome, Outcome::Failed(Failure::Unanswered(_))),
        "{:?}",
        visit.outcome
    );
}

#[tokio::test]
async fn a_site_that_is_asked_whether_the_page_is_still_the_same_may_say_so() {
    let server = Server::open(|request| {
        if request
            .head
            .to_lowercase()
            .contains("if-none-match: \"one\"")
        {
            b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec()
        } else {
            ok("ETag: \"one\"\r\nSet-Cookie: id=secret\r\n", b"<p>page")
        }
    });
    let web = web(settings());
    let first = web.visit(&server.url("/"), Visitor::Watch, None).await;
    let page = first.page().unwrap();
    assert_eq!(page.body, b"<p>page");
    assert!(!format!("{first:?}").contains("secret"));
    let again = web
        .visit(&server.url("/"), Visitor::Watch, Some(&page.known))
        .await;
    assert_eq!(again.outcome, Outcome::Unchanged);
}

#[tokio::test]
async fn an_answer_of_not_modified_to_whoever_knew_nothing_is_not_taken_for_unchanged() {
    let server = Server::open(|_| b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec());
    assert!(matches!(outcome(&server, "/").await, Outcome::Page(page) if page.status == 304));
}

#[tokio::test]
async fn every_visitor_comes_under_their_own_name_and_only_the_watch_under_ours() {
    let server = Server::open(|_| ok("", b"x"));
    for visitor in Visitor::ALL {
        web(settings()).visit(&server.url("/"), visitor, None).await;
    }
    let asked = server.asked();
    let heads = asked.iter().map(|one| one.head.to_lowercase());
    let asked = heads.collect::<String>();
    for word in [
        "tocsin-watch/1.0; +watch@cert.example",
        "googlebot",
        "mobile safari",
        "referer: https://www.google.com/",
    ] {
        assert_eq!(asked.matches(word).count(), 1, "{word}");
    }
}

#[tokio::test]
async fn nothing_inside_an_own_network_is_visited_that_was_not_allowed_by_name() {
    let server = Server::open(|_| ok("", b"secret"));
    let strict = VisitSettings {
        permission: Permission::default(),
        ..settings()
    };
    let visit = web(strict)
        .visit(&server.url("/"), Visitor::Watch, None)
        .await;
    assert!(matches!(
        visit.outcome,
        Outcome::Failed(Failure::Forbidden(_))
    ));
    let elsewhere =
        Server::open(|_| b"HTTP/1.1 302 F\r\nLocation: http://[::1]:8080/\r\n\r\n".to_vec());
    assert!(matches!(
        outcome(&elsewhere, "/").await,
        Outcome::Failed(Failure::Forbidden(_))
    ));
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn the_certificate_is_told_and_judged() {
    let server = Server::open_tls("127.0.0.1", |_| ok("", b"x"));
    let stranger = web(settings())
        .visit(&server.url("/"), Visitor::Watch, None)
        .await;
    let certificate = stranger.hops[0].certificate.as_ref().unwrap();
    assert!(
        certificate
            .problem
            .as_ref()
            .unwrap()
            .contains("UnknownIssuer")
    );
    assert_eq!(certificate.key_digest.len(), 64);
    assert!(stranger.page().is_some());
    let believing = VisitSettings {
        authorities: vec![server.authority().unwrap().to_owned()],
        ..settings()
    };
    let friend = web(believing)
        .visit(&server.url("/"), Visitor::Watch, None)
        .await;
    assert_eq!(friend.hops[0].certificate.as_ref().unwrap().problem, None);
}

#[tokio::test]
async fn bombs_endless_pages_loops_and_silence_end() {
    let bomb = Server::open(|_| {
        ok(
            "Content-Encoding: gzip, gzip\r\n",
            &zipped(&zipped(&vec![b'x'; 100_000_000])),
        )
    });
    let Outcome::Page(page) = outcome(&bomb, "/").await else {
        panic!("no page");
    };
    assert!(page.is_cut && page.body.len() == Limits::default().body_bytes);
    let long = Server::open(|_| {
        let mut answer = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".to_vec();
        answer.resize(8_000_000, b'x');
        answer
    });
    assert!(matches!(outcome(&long, "/").await, Outcome::Page(page) if page.is_cut));
    let circle =
        Server::open(|_| b"HTTP/1.1 302 F\r\nLocation: /\r\nContent-Length: 0\r\n\r\n".to_vec());
    assert_eq!(
        outcome(&circle, "/").await,
        Outcome::Failed(Failure::Redirects)
    );
    assert_eq!(circle.asked().len(), 11);
    let headers = Server::open(|_| {
        format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(20_000)).into_bytes()
    });
    assert!(matches!(
        outcome(&headers, "/").await,
        Outcome::Failed(Failure::Protocol(_))
    ));
    let broken = Server::open(|_| ok("Content-Encoding: gzip\r\n", b"no gzip"));
    assert!(matches!(
        outcome(&broken, "/").await,
        Outcome::Failed(Failure::Body(_))
    ));
    let silent = Server::open(|_| Vec::new());
    let hasty = VisitSettings {
        limits: Limits {
            request_time: Duration::from_millis(300),
            ..Limits::default()
        },
        ..settings()
    };
    let visit = web(hasty)
        .visit(&silent.url("/"), Visitor::Watch, None)
        .await;
    assert_eq!(visit.outcome, Outcome::Failed(Failure::Time));
}

#[tokio::test]
async fn a_server_is_asked_once_in_a_pause_however_many_want_it() {
    let server = Server::open(|_| ok("", b"x"));
    let patient = VisitSettings {
        manners: Manners {
            pause: Duration::from_millis(100),
        },
        ..settings()
    };
    let web = web(patient);
    let started = Instant::now();
    let (first, second) = (server.url("/a"), server.url("/b"));
    let known = Known::default();
    tokio::join!(
        web.visit(&first, Visitor::Watch, None),
        web.visit(&second, Visitor::Watch, Some(&known)),
        web.visit(&first, Visitor::Phone, None),
    );
    assert!(started.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn what_is_no_address_of_the_web_is_refused() {
    for address in [
        "",
        "x",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://",
        "javascript:alert(1)",
    ] {
        let visit = web(settings()).visit(address, Visitor::Watch, None).await;
        assert!(
            matches!(visit.outcome, Outcome::Failed(Failure::Address(_))),
            "{address}"
        );
    }
}

#[tokio::test]
async fn what_a_page_loads_is_asked_for_as_browsers_do() {
    let server = Server::open(|request| {
        let head = request.head.to_ascii_lowercase();
        assert!(head.contains("accept: image/webp,image/png"), "{head}");
        // Neither names and passwords nor what stands behind the hash are told.
        assert!(head.contains("/tin?a=1\r\n"), "{head}");
        ok("Content-Type: image/png\r\n", b"picture")
    });
    let page = server
        .url("/tin?a=1#x")
        .replace("http://", "http://user:secret@");
    let picture = server.url("/a.png");
    let resource = Resource {
        url: &picture,
        wanted: Wanted::Picture,
        named_by: &page,
    };
    let visit = web(settings()).load(&resource, None).await;
    assert_eq!(visit.visitor, Visitor::Watch);
    assert_eq!(visit.page().unwrap().body, b"picture");
}
