//! A server that answers as a test wants, under every name that leads to it.
#![expect(
    clippy::unwrap_used,
    reason = "a test whose server cannot be set up has failed"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use browser::{Browser, BrowserError, Limits, Opening, Rendered};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use visit::{Names, Permission};

/// The names that lead to this machine, and are allowed to.
pub const NAMES: [&str; 3] = ["site.test", "other.test", "gone.test"];

/// A server, and the first two lines of what it was asked.
pub struct Server {
    pub port: u16,
    pub asked: Arc<Mutex<Vec<String>>>,
}

/// Serves without TLS: what `answer` makes of each path and the server's port is sent as it is, nothing where it is empty.
pub async fn serve(answer: fn(&str, u16) -> Vec<u8>) -> Server {
    serve_as(answer, None).await
}

/// Serves over TLS with a certificate that only its own key vouches for.
pub async fn serve_tls(answer: fn(&str, u16) -> Vec<u8>) -> Server {
    let key = rcgen::KeyPair::generate().unwrap();
    let own = rcgen::CertificateParams::new([NAMES[0].to_owned()]).unwrap();
    let own = own.self_signed(&key).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.der().clone()], key)
        .unwrap();
    serve_as(answer, Some(TlsAcceptor::from(Arc::new(config)))).await
}

async fn serve_as(answer: fn(&str, u16) -> Vec<u8>, acceptor: Option<TlsAcceptor>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let server = Server {
        port,
        asked: Arc::clone(&asked),
    };
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (asked, acceptor) = (Arc::clone(&asked), acceptor.clone());
            tokio::spawn(async move {
                match acceptor {
                    None => respond(stream, answer, port, &asked).await,
                    Some(acceptor) => {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            respond(stream, answer, port, &asked).await;
                        }
                    }
                }
            });
        }
    });
    server
}

async fn respond(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: fn(&str, u16) -> Vec<u8>,
    port: u16,
    asked: &Mutex<Vec<String>>,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let lines: Vec<&str> = head.lines().take(2).collect();
    asked.lock().unwrap().push(lines.join(" "));
    let path = head.split(' ').nth(1).unwrap_or_default();
    let answer = answer(path, port);
    if answer.is_empty() {
        // Never answers, and never hangs up.
        std::future::pending::<()>().await;
    }
    let _ = stream.write_all(&answer).await;
    let _ = stream.shutdown().await;
}

/// Writes an answer.
pub fn ok(headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Writes a page.
pub fn html(body: &str) -> Vec<u8> {
    ok("Content-Type: text/html; charset=utf-8\r\n", body)
}

/// Opens a page as `agent`, and makes sure that nothing of the browser is left.
pub async fn open(
    browser: &Browser,
    url: &str,
    agent: &str,
    keys: &BTreeSet<String>,
) -> Result<Rendered, BrowserError> {
    let nobody = Names::of_servers(&["127.0.0.1:1".parse().unwrap()]).unwrap();
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let pins: BTreeMap<String, IpAddr> = NAMES.map(|name| (name.to_owned(), here)).into();
    let permission = Permission {
        hosts: NAMES.map(str::to_owned).into(),
    };
    let opening = Opening {
        url,
        agent,
        pins: &pins,
        keys,
        permission: &permission,
    };
    let rendered = browser.open(&nobody, &opening).await;
    assert_eq!(left_over(agent), Vec::<String>::new());
    rendered
}

/// Returns processes that live and were told of this agent.
fn left_over(agent: &str) -> Vec<String> {
    let folders = std::fs::read_dir("/proc").unwrap().map_while(Result::ok);
    let lines = folders.filter_map(|folder| {
        let path = folder.path().join("cmdline");
        let line = read_or_nothing(&path)?;
        line.contains(agent).then_some(line)
    });
    lines.collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "processes come and go, and no error is told"
)]
fn read_or_nothing(path: &std::path::Path) -> Option<String> {
    let bytes = std::fs::read(path).ok()?;
    Some(String::from_utf8_lossy(&bytes).replace('\0', " "))
}

/// Returns a browser that waits briefly; nothing, and says so, where there is none.
pub fn browser() -> Option<Browser> {
    let browser = Browser::find();
    if browser.is_none() {
        testkit::skipping::skipped(
            "pages in a browser",
            "chromium is not installed (apt-get install chromium)",
        );
    }
    browser.map(|browser| browser.with_limits(limits()))
}

/// Limits of tests.
pub fn limits() -> Limits {
    Limits {
        linger: std::time::Duration::from_millis(1_500),
        ..Limits::default()
    }
}
