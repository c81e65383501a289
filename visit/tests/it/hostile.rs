//! Servers that lie, dribble and never end.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::Instant;
use visit::{
    Failure, Known, Limits, Outcome, Resource, Visit, VisitSettings, Visitor, Wanted, Web,
};

use crate::visits;

/// Says `first`, and then `again` as often as somebody listens; hangs up after nothing.
async fn serve(first: Vec<u8>, again: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (first, again) = (first.clone(), again.clone());
            tokio::spawn(async move {
                let mut head = vec![0; 16 * 1024];
                let _ = stream.read(&mut head).await;
                let mut goes_on = stream.write_all(&first).await.is_ok() && !again.is_empty();
                while goes_on {
                    goes_on = stream.write_all(&again).await.is_ok();
                }
            });
        }
    });
    address
}

/// Says `first`, and nothing more without hanging up.
async fn stall(first: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut vec![0; 16 * 1024]).await;
            let _ = stream.write_all(&first).await;
            open.push(stream);
        }
    });
    address
}

fn web(time: Duration) -> Web {
    visits::web(VisitSettings {
        limits: Limits {
            request_time: time,
            ..Limits::default()
        },
        ..visits::settings()
    })
}

async fn visit(address: SocketAddr, known: Option<&Known>) -> Visit {
    let web = web(Duration::from_secs(5));
    let url = format!("http://{address}/");
    web.visit(&url, Visitor::Watch, known).await
}

fn ok(headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// A frame of zstd with blocks as they are (RFC 8878, 3.1.1): each `(is_repeated, bytes, count)`.
fn zstd_frame(window: u8, blocks: &[(bool, &[u8], u32)]) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, window];
    for (number, (is_repeated, bytes, count)) in blocks.iter().enumerate() {
        let is_last = u32::from(number + 1 == blocks.len());
        let head = is_last | (u32::from(*is_repeated) << 1) | (count << 3);
        frame.extend_from_slice(&head.to_le_bytes()[..3]);
        frame.extend_from_slice(bytes);
    }
    frame
}

fn raw_frame(text: &str) -> Vec<u8> {
    let count = u32::try_from(text.len()).unwrap();
    zstd_frame(0x50, &[(false, text.as_bytes(), count)])
}

#[tokio::test]
async fn a_page_that_never_ends_is_read_as_far_as_it_came() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<h1>Hacked".to_vec();
    let stalled = stall(half.clone()).await;
    let started = Instant::now();
    let web = web(Duration::from_secs(1));
    let visit = web
        .visit(&format!("http://{stalled}/"), Visitor::Watch, None)
        .await;
    assert_eq!(visit.outcome, Outcome::Failed(Failure::Time));
    assert_eq!(visit.unfinished.unwrap().body, b"<h1>Hacked");
    assert!(started.elapsed() < Duration::from_secs(4));
    let broken = serve(half, Vec::new()).await;
    let visit = self::visit(broken, None).await;
    assert!(matches!(
        visit.outcome,
        Outcome::Failed(Failure::Protocol(_))
    ));
    assert_eq!(visit.unfinished.unwrap().body, b"<h1>Hacked");
}

#[tokio::test]
async fn nobody_says_unchanged_who_was_not_asked_for_it() {
    let lies = b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec();
    let address = serve(lies, Vec::new()).await;
    let nothing = Known::default();
    let outcome = visit(address, Some(&nothing)).await.outcome;
    let Outcome::Page(page) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(page.status, 304);
}

#[tokio::test]
async fn every_frame_of_zstd_is_read_as_browsers_do() {
    let skipped = [
        &0x184d_2a50_u32.to_le_bytes()[..],
        &3_u32.to_le_bytes(),
        b"xyz",
    ]
    .concat();
    let body = [raw_frame("<p>one"), skipped, raw_frame("<p>two")].concat();
    let address = serve(ok("Content-Encoding: zstd\r\n", &body), Vec::new()).await;
    let visit = visit(address, None).await;
    assert_eq!(visit.page().unwrap().body, b"<p>one<p>two");
}

#[tokio::test]
async fn a_window_larger_than_the_web_knows_is_refused() {
    // 16 MiB: exponent 14 over 2^10.
    let block: (bool, &[u8], u32) = (true, b"a", 128 * 1024);
    let body = zstd_frame(14 << 3, &[block; 200]);
    let address = serve(ok("Content-Encoding: zstd\r\n", &body), Vec::new()).await;
    let outcome = visit(address, None).await.outcome;
    assert!(
        matches!(outcome, Outcome::Failed(Failure::Body(_))),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn thousands_of_empty_members_cost_little_and_are_no_page() {
    let frames = raw_frame("").repeat(50_000);
    let address = serve(ok("Content-Encoding: zstd\r\n", &frames), Vec::new()).await;
    let started = Instant::now();
    assert!(visit(address, None).await.page().is_none());
    let empty = {
        let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
        encoder.finish().unwrap()
    };
    let members = empty.repeat(4 * 1024 * 1024 / empty.len() - 1);
    let address = serve(ok("Content-Encoding: gzip\r\n", &members), Vec::new()).await;
    let _ = visit(address, None).await;
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn answers_before_the_answer_do_not_flow_for_ever() {
    let early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(1_000);
    let address = serve(Vec::new(), early).await;
    let started = Instant::now();
    let outcome = visit(address, None).await.outcome;
    assert!(
        matches!(outcome, Outcome::Failed(Failure::Protocol(_))),
        "{outcome:?}"
    );
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_body_in_pieces_of_one_byte_is_not_read_for_ever() {
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let pieces = b"1;x=yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\na\r\n".repeat(1_000);
    let address = serve(head, pieces).await;
    let visit = visit(address, None).await;
    assert!(visit.page().is_none());
    let came = visit.unfinished.map_or(0, |page| page.body.len());
    assert!(came < 1024 * 1024, "{came}");
}

#[tokio::test]
async fn a_redirect_or_a_page_leads_to_no_port_of_mail_or_shells() {
    for target in ["http://127.0.0.1:25/", "https://127.0.0.1:22/x"] {
        let answer =
            format!("HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n");
        let address = serve(answer.into_bytes(), Vec::new()).await;
        let visit = visit(address, None).await;
        assert!(
            matches!(visit.outcome, Outcome::Failed(Failure::Address(_))),
            "{:?}",
            visit.outcome
        );
        assert_eq!(visit.hops.last().unwrap().address, None);
    }
    let resource = Resource {
        url: "http://127.0.0.1:25/x.js",
        wanted: Wanted::Script,
        named_by: "http://127.0.0.1:8080/",
    };
    let outcome = web(Duration::from_secs(1))
        .load(&resource, None)
        .await
        .outcome;
    assert!(matches!(outcome, Outcome::Failed(Failure::Address(_))));
}

#[tokio::test]
async fn headers_that_do_what_markup_does_are_told() {
    let headers = "Refresh: 0; url=https://elsewhere.example/\r\nLink: </a.css>; rel=stylesheet\r\nX-Robots-Tag: noindex\r\n";
    let address = serve(ok(headers, b"x"), Vec::new()).await;
    let visit = visit(address, None).await;
    let told = &visit.page().unwrap().working_headers;
    let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["link", "refresh", "x-robots-tag"]);
    assert_eq!(told[1].1, "0; url=https://elsewhere.example/");
}

#[tokio::test]
async fn a_handshake_that_dribbles_or_never_ends_is_given_up() {
    // The beginning of a record with a handshake of 16 KiB (RFC 8446, 5.1), and nothing of it.
    let dribbling = stall(vec![0x16, 0x03, 0x03, 0x40]).await;
    // The same handshake message as often as somebody listens: a server's hello that is 16 MiB long.
    let mut record = vec![0x16, 0x03, 0x03, 0x40, 0x00, 0x02, 0xff, 0xff, 0xff];
    record.resize(5 + 0x4000, 0);
    let mut further = vec![0x16, 0x03, 0x03, 0x40, 0x00];
    further.resize(5 + 0x4000, 0);
    let endless = serve(record, further).await;
    let started = Instant::now();
    let web = web(Duration::from_secs(1));
    for address in [dribbling, endless] {
        let url = format!("https://{address}/");
        let outcome = web.visit(&url, Visitor::Watch, None).await.outcome;
        assert!(
            matches!(outcome, Outcome::Failed(Failure::Time | Failure::Tls(_))),
            "{outcome:?}"
        );
    }
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn headers_without_end_are_not_read_for_ever() {
    let line = b"HTTP/1.1 200 OK\r\n".to_vec();
    let many = b"X-A: b\r\n".repeat(1_000);
    let long = [&line[..], b"X-A: "].concat();
    let folded = b"HTTP/1.1 200 OK\r\nX-A: b".to_vec();
    let started = Instant::now();
    for (first, again) in [
        (line.clone(), many),
        (long, vec![b'a'; 10_000]),
        (folded, b"\r\n c".repeat(1_000)),
        (Vec::new(), vec![b'\n'; 10_000]),
    ] {
        let address = serve(first, again).await;
        let outcome = visit(address, None).await.outcome;
        assert!(
            matches!(outcome, Outcome::Failed(Failure::Protocol(_))),
            "{outcome:?}"
        );
    }
    assert!(started.elapsed() < Duration::from_secs(5));
}
