//! Servers that answer as a test wants.
#![expect(
    clippy::unwrap_used,
    reason = "a test whose server cannot be set up has failed"
)]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A server and what it was asked.
pub struct Server {
    pub address: SocketAddr,
    pub asked: Arc<Mutex<Vec<String>>>,
    /// The certificate of the authority that signed its own, as PEM.
    pub authority: Option<String>,
}

impl Server {
    /// Returns an address on it.
    pub fn url(&self, path: &str) -> String {
        let scheme = if self.authority.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}{path}", self.address)
    }
}

/// Serves without TLS: what `answer` makes of each request's head is sent as it is.
pub async fn serve(answer: fn(&str) -> Vec<u8>) -> Server {
    serve_as(answer, None).await
}

/// Serves over TLS with a certificate for 127.0.0.1.
pub async fn serve_tls(answer: fn(&str) -> Vec<u8>) -> Server {
    serve_as(answer, Some("127.0.0.1")).await
}

async fn serve_as(answer: fn(&str) -> Vec<u8>, name: Option<&str>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (acceptor, authority) = match name.map(acceptor) {
        Some((acceptor, authority)) => (Some(acceptor), Some(authority)),
        None => (None, None),
    };
    let server = Server {
        address: listener.local_addr().unwrap(),
        asked: Arc::clone(&asked),
        authority,
    };
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (asked, acceptor) = (Arc::clone(&asked), acceptor.clone());
            tokio::spawn(async move {
                match acceptor {
                    None => respond(stream, answer, &asked).await,
                    Some(acceptor) => {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            respond(stream, answer, &asked).await;
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
    answer: fn(&str) -> Vec<u8>,
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
    asked.lock().unwrap().push(head.clone());
    let answer = answer(&head);
    if answer.is_empty() {
        // Never answers, and never hangs up.
        std::future::pending::<()>().await;
    }
    // A visitor who has had enough hangs up.
    let _ = stream.write_all(&answer).await;
    let _ = stream.shutdown().await;
}

fn acceptor(name: &str) -> (TlsAcceptor, String) {
    let mut authority = rcgen::CertificateParams::new([]).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let authority = rcgen::CertifiedIssuer::self_signed(authority, authority_key).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let own = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
    let own = own.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), authority.pem())
}
