//! Heads of requests to a proxy: a tunnel (`CONNECT`, RFC 9110, 9.3.6) or a plain request with a whole address (RFC 9112, 3.2.2).

use url::Url;

/// Headers of one request.
const HEADERS_MAX: usize = 128;
/// Headers that are between the browser and us, or that we say ourselves.
const NOT_PASSED: [&str; 7] = [
    "connection",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "upgrade",
];

/// What the browser wants.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// A connection in which we understand nothing.
    Tunnel { host: String, port: u16 },
    /// One request without TLS.
    Plain {
        host: String,
        port: u16,
        /// The head as the server is sent it. It says that the connection ends with the answer: the next request may be for
        /// another place, and has to ask us again.
        head: Vec<u8>,
        /// How much comes after the head.
        body_bytes: u64,
    },
}

/// Reads a head. `None` where it is none, or nothing that we do.
pub(super) fn parse(head: &[u8]) -> Option<Wish> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    if !request.parse(head).ok()?.is_complete() {
        return None;
    }
    let (method, target) = (request.method?, request.path?);
    if method == "CONNECT" {
        let url = Url::parse(&format!("https://{target}/")).ok()?;
        return Some(Wish::Tunnel {
            host: host_of(&url)?,
            port: url.port_or_known_default()?,
        });
    }
    let url = Url::parse(target)
        .ok()
        .filter(|url| url.scheme() == "http")?;
    let host = host_of(&url)?;
    let port = url.port_or_known_default()?;
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let place = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str()?),
        None => url.host_str()?.to_owned(),
    };
    let mut text =
        format!("{method} {path} HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n").into_bytes();
    let mut body_bytes = 0;
    for header in request.headers.iter() {
        let name = header.name.to_ascii_lowercase();
        if name == "content-length" {
            body_bytes = std::str::from_utf8(header.value)
                .ok()?
                .trim()
                .parse()
                .ok()?;
        }
        // Browsers do not send bodies of unknown length to servers of HTTP/1.
        if name == "transfer-encoding" {
            return None;
        }
        if !NOT_PASSED.contains(&name.as_str()) {
            text.extend_from_slice(header.name.as_bytes());
            text.extend_from_slice(b": ");
            text.extend_from_slice(header.value);
            text.extend_from_slice(b"\r\n");
        }
    }
    text.extend_from_slice(b"\r\n");
    Some(Wish::Plain {
        host,
        port,
        head: text,
        body_bytes,
    })
}

/// Returns a host as names and permissions are asked for it: lower case, an address without brackets.
fn host_of(url: &Url) -> Option<String> {
    let host = url.host_str()?.trim_matches(['[', ']']);
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tunnel(target: &str) -> Option<(String, u16)> {
        let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
        match parse(head.as_bytes())? {
            Wish::Tunnel { host, port } => Some((host, port)),
            Wish::Plain { .. } => None,
        }
    }

    #[test]
    fn a_place_is_understood_in_each_way_to_write_it() {
        let is = |target: &str, host: &str, port| {
            assert_eq!(tunnel(target), Some((host.to_owned(), port)), "{target}");
        };
        is("Example.GOV.vn:443", "example.gov.vn", 443);
        is("[::1]:8443", "::1", 8_443);
        // Ways to write 127.0.0.1 that a browser understands as well.
        is("0x7f.1:80", "127.0.0.1", 80);
        is("2130706433:80", "127.0.0.1", 80);
        is("a@b.example:443", "b.example", 443);
        for wrong in ["", ":443", "a:99999", "a b:1", "[::1:443"] {
            assert_eq!(tunnel(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_plain_request_is_passed_on_alone_and_to_where_its_address_says() {
        let head = b"POST http://a.example:8080/x?y HTTP/1.1\r\nHost: inside.example\r\nProxy-Connection: keep-alive\r\n\
            Content-Length: 3\r\nCookie: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nabc";
        let Some(Wish::Plain {
            host,
            port,
            head,
            body_bytes,
        }) = parse(head)
        else {
            panic!("not understood");
        };
        assert_eq!((host.as_str(), port, body_bytes), ("a.example", 8_080, 3));
        let expected = "POST /x?y HTTP/1.1\r\nHost: a.example:8080\r\nConnection: close\r\nContent-Length: 3\r\nCookie: a\r\n\r\n";
        assert_eq!(String::from_utf8(head).unwrap(), expected);
        for wrong in [
            "GET / HTTP/1.1\r\n\r\n",
            "GET https://a.example/ HTTP/1.1\r\n\r\n",
            "GET file:///etc/passwd HTTP/1.1\r\n\r\n",
            "GET http://a.example/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET http://a.example/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        ] {
            assert_eq!(parse(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
