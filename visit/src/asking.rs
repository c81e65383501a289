//! One request to one address and its response.

use std::net::SocketAddr;
use std::pin::pin;

use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, HOST, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    REFERER,
};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use url::Url;

use crate::bodies::{Body, decompress, receive};
use crate::certificates::{Certificate, Inspector};
use crate::limits::Limits;
use crate::metering::Metered;
use crate::visiting::{Failure, Known};
use crate::visitors::{Visitor, Wanted};

/// Bytes of all headers of a response, 64 KiB as common servers allow themselves.
const HEADER_BYTES_MAX: usize = 64 * 1024;
/// Headers of a response.
const HEADERS_MAX: usize = 128;
/// Characters of one header that are kept.
const HEADER_CHARS: usize = 1_000;
/// Of the time for a request, so many tenths until the body that has come is taken as it is.
const BODY_TENTHS: u32 = 9;
/// Bytes of a connection beside the body: handshake, heads, and once more the body for how it is cut into pieces.
const BESIDE_BYTES: usize = 1024 * 1024;

/// What is asked.
pub(crate) struct Question<'q> {
    pub(crate) url: &'q Url,
    pub(crate) address: SocketAddr,
    pub(crate) visitor: Visitor,
    pub(crate) contact: &'q str,
    pub(crate) known: Option<&'q Known>,
    pub(crate) wanted: Wanted,
    /// The page that names what is asked for.
    pub(crate) named_by: Option<&'q str>,
    /// Whether the server may be this machine itself.
    pub(crate) may_be_ours: bool,
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

/// Asks, and tells of the certificate also where nothing else comes.
pub(crate) async fn ask(
    inspector: &Inspector,
    question: &Question<'_>,
    limits: &Limits,
) -> (Option<Certificate>, Result<Reply, Failure>) {
    let stream = match TcpStream::connect(question.address).await {
        Ok(stream) => stream,
        Err(error) => return (None, Err(Failure::Connection(error.to_string()))),
    };
    if !question.may_be_ours && is_ours(&stream) {
        let host = question.url.host_str().unwrap_or_default();
        let place = format!("{host} at {}", question.address.ip());
        return (None, Err(Failure::Forbidden(place)));
    }
    // A small request should not wait to become a larger one; where that cannot be said, it waits.
    let _ = stream.set_nodelay(true);
    let bytes_max = limits.wire_bytes.saturating_mul(2);
    let stream = Metered::new(stream, bytes_max.saturating_add(BESIDE_BYTES));
    if question.url.scheme() == "http" {
        return (None, converse(stream, question, limits).await);
    }
    let host = question.url.host_str().unwrap_or_default();
    let name = match ServerName::try_from(host.trim_matches(['[', ']']).to_owned()) {
        Ok(name) => name,
        Err(error) => return (None, Err(Failure::Address(error.to_string()))),
    };
    let (config, shown) = inspector.connection();
    match TlsConnector::from(config).connect(name, stream).await {
        Ok(stream) => {
            let certificate = shown.take();
            (certificate, converse(stream, question, limits).await)
        }
        Err(error) => (shown.take(), Err(Failure::Tls(error.to_string()))),
    }
}

/// Tells whether a connection leads back to the machine that it comes from: a public address of our own is behind no firewall for
/// ourselves.
pub(crate) fn is_ours(stream: &TcpStream) -> bool {
    match (stream.local_addr(), stream.peer_addr()) {
        (Ok(here), Ok(there)) => here.ip() == there.ip(),
        _ => true,
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    question: &Question<'_>,
    limits: &Limits,
) -> Result<Reply, Failure> {
    let failed = |error: hyper::Error| Failure::Protocol(with_causes(&error));
    let until = Instant::now() + limits.request_time * BODY_TENTHS / 10;
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .max_buf_size(HEADER_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(failed)?;
    let request = request_of(question).map_err(Failure::Address)?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(failed)?;
        let (head, incoming): (_, Incoming) = Response::into_parts(response);
        let body = receive(incoming, limits.wire_bytes, until).await?;
        Ok::<_, Failure>((head, body))
    };
    // Both in this task: a task of its own for each connection costs more than an answer that says "unchanged".
    let (mut exchange, mut connection) = (pin!(exchange), pin!(connection));
    let exchanged = tokio::select! {
        biased;
        exchanged = &mut exchange => exchanged,
        // Whatever came before it ended is still handed out.
        _ = &mut connection => exchange.await,
    };
    let (head, body) = exchanged?;
    let encodings: Vec<&str> = head
        .headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let body = if body.bytes.is_empty() {
        body
    } else {
        decompress(body, &encodings.join(","), limits.body_bytes).map_err(Failure::Body)?
    };
    Ok(Reply {
        status: head.status,
        headers: head.headers,
        body,
    })
}

fn request_of(question: &Question<'_>) -> Result<Request<Empty<Bytes>>, String> {
    let url = question.url;
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let mut host = url.host_str().unwrap_or_default().to_owned();
    if let Some(port) = url.port() {
        host = format!("{host}:{port}");
    }
    let mut request = Request::get(path)
        .body(Empty::new())
        .map_err(|error| error.to_string())?;
    let headers = request.headers_mut();
    let value = |text: &str| HeaderValue::from_str(text).map_err(|error| error.to_string());
    headers.insert(HOST, value(&host)?);
    question.visitor.introduce(headers, question.contact);
    headers.insert(ACCEPT, HeaderValue::from_static(question.wanted.accepted()));
    if let Some(page) = question.named_by {
        headers.insert(REFERER, value(page)?);
    }
    headers.insert(
        ACCEPT_ENCODING,
        HeaderValue::from_static("gzip, deflate, br, zstd"),
    );
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    if let Some(known) = question.known {
        if let Some(tag) = &known.etag {
            headers.insert(IF_NONE_MATCH, value(tag)?);
        }
        if let Some(date) = &known.last_modified {
            headers.insert(IF_MODIFIED_SINCE, value(date)?);
        }
    }
    Ok(request)
}

/// Returns headers as they are kept: names in lower case, values bounded, cookies without their values.
pub(crate) fn kept_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let kept = headers.iter().take(HEADERS_MAX).map(|(name, value)| {
        let text = String::from_utf8_lossy(value.as_bytes());
        let text = match name.as_str() {
            "set-cookie" => text.split('=').next().unwrap_or_default(),
            _ => &text,
        };
        (name.to_string(), text.chars().take(HEADER_CHARS).collect())
    });
    kept.collect()
}

pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
