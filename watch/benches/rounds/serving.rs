//! Sites on loopback addresses, as little work for each answer as possible, and a server of names for them.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};
use tokio_rustls::TlsAcceptor;

use crate::Kind;

const NOT_MODIFIED: &[u8] =
    b"HTTP/1.1 304 Not Modified\r\nServer: nginx\r\nDate: Sun, 01 Mar 2026 00:00:00 GMT\r\n\
    ETag: \"one\"\r\nConnection: close\r\n\r\n";

/// Where everything is.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Served {
    /// The server of names.
    pub names: SocketAddr,
    /// Ports: pages that answer 304, pages that answer 200, TLS.
    ports: [u16; 3],
    /// Who signed the certificate.
    pub authority: String,
}

impl Served {
    /// Reads where everything is.
    pub fn read(folder: &Path) -> Self {
        serde_json::from_slice(&fs_err::read(folder.join("served.json")).unwrap()).unwrap()
    }

    /// Returns the address of a site.
    pub fn url(&self, kind: Kind, number: usize) -> String {
        let scheme = if kind == Kind::Tls { "https" } else { "http" };
        format!("{scheme}://s{number}.bench.test:{}/", self.port(kind))
    }

    /// Returns the port of sites that answer so.
    pub fn port(&self, kind: Kind) -> u16 {
        match kind {
            Kind::NotModified => self.ports[0],
            Kind::Same => self.ports[1],
            Kind::Tls => self.ports[2],
        }
    }
}

/// Returns the address of a site.
pub fn address_of(number: usize) -> Ipv4Addr {
    let number = u32::try_from(number).unwrap() + 256;
    Ipv4Addr::from(0x7f01_0000 + number)
}

/// Serves until it is ended.
pub fn serve(folder: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let names = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mut listeners = Vec::new();
        for _ in 0..3 {
            listeners.push(TcpListener::bind("0.0.0.0:0").await.unwrap());
        }
        let (mut tls, authority) = testkit::serving::tls_for("*.bench.test");
        // Sessions can be resumed here: the watch never does, what is measured beside it does.
        Arc::make_mut(&mut tls).ticketer = rustls::crypto::ring::Ticketer::new().unwrap();
        let port = |at: usize| listeners[at].local_addr().unwrap().port();
        let served = Served {
            names: names.local_addr().unwrap(),
            ports: [port(0), port(1), port(2)],
            authority,
        };
        fs_err::write(
            folder.join("served.json"),
            serde_json::to_vec(&served).unwrap(),
        )
        .unwrap();
        tokio::spawn(answer_names(names));
        let mut tls = Some(TlsAcceptor::from(tls));
        for (number, listener) in listeners.into_iter().enumerate().rev() {
            let tls = tls.take();
            tokio::spawn(accept(listener, number == 1, tls));
        }
        println!("listening");
        // Ended by whoever started it.
        std::future::pending::<()>().await;
    });
}

async fn accept(listener: TcpListener, is_whole: bool, tls: Option<TlsAcceptor>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let tls = tls.clone();
        tokio::spawn(async move {
            match tls {
                None => respond(stream, is_whole).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        respond(stream, is_whole).await;
                    }
                }
            }
        });
    }
}

async fn respond(mut stream: impl AsyncRead + AsyncWrite + Unpin, is_whole: bool) {
    let mut head = Vec::with_capacity(2_048);
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_buf(&mut head).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
    // The first look is without a condition.
    let knows = String::from_utf8_lossy(&head)
        .to_ascii_lowercase()
        .contains("if-none-match");
    let answer = if is_whole || !knows {
        page(is_whole)
    } else {
        NOT_MODIFIED.to_vec()
    };
    let _ = stream.write_all(&answer).await;
    let _ = stream.shutdown().await;
}

fn page(is_whole: bool) -> Vec<u8> {
    let mut body =
        b"<!DOCTYPE html><html lang=vi><head><title>So Y te</title></head><body><div id=main>"
            .to_vec();
    for number in 0..20 {
        let text =
            format!("<p class=news>Thong bao so {number}</p><a href=/tin/{number}>Tin tuc</a>\n");
        body.extend_from_slice(text.as_bytes());
    }
    // Little of a page is text; what is remembered of it is small.
    body.extend_from_slice(b"<!--");
    body.resize(20_000, b'x');
    body.extend_from_slice(b"-->");
    body.extend_from_slice(b"</div></body></html>");
    let tag = if is_whole { "" } else { "ETag: \"one\"\r\n" };
    let head = format!(
        "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html; charset=utf-8\r\n{tag}Content-Length: {}\r\n\
        Connection: close\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body].concat()
}

/// Answers every question for `s<number>.bench.test` with its address, and every other kind of question with nothing.
async fn answer_names(socket: UdpSocket) {
    let mut question = [0; 512];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut question).await else {
            continue;
        };
        if let Some(answer) = answer_to(&question[..length]) {
            let _ = socket.send_to(&answer, from).await;
        }
    }
}

fn answer_to(question: &[u8]) -> Option<Vec<u8>> {
    let first = usize::from(*question.get(12)?);
    let label = std::str::from_utf8(question.get(13..13 + first)?).ok()?;
    let number: usize = label.strip_prefix('s')?.parse().ok()?;
    let mut end = 12;
    while *question.get(end)? != 0 {
        end += usize::from(question[end]) + 1;
    }
    let asked = question.get(12..end + 5)?;
    let is_address = question[end + 2] == 1;
    let mut answer = question[..2].to_vec();
    answer.extend([0x81, 0x80, 0, 1, 0, u8::from(is_address), 0, 0, 0, 0]);
    answer.extend(asked);
    if is_address {
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4]);
        answer.extend(address_of(number).octets());
    }
    Some(answer)
}
