//! The same requests by hand: a connection, the bytes of the request, everything that comes. No names, no politeness, no judging; over
//! TLS the chain of certificates is verified as usual.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::serving::{Served, address_of};
use crate::{Kind, spent};

/// Requests under way at one time.
const BESIDE: usize = 64;

/// Whether TLS begins anew with each request.
#[derive(Clone, Copy)]
pub enum Sessions {
    /// It does, as the watch does it.
    New,
    /// It goes on with a session of before: what that would save.
    Resumed,
}

/// Asks for so many seconds, and prints what that took.
pub fn measure(served: &Served, kind: Kind, seconds: u64, sessions: Sessions) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let connector = (kind == Kind::Tls).then(|| connector(&served.authority, sessions));
    let (looks, next) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicUsize::new(0)));
    let port = served.port(kind);
    let begun = Instant::now();
    let until = begun + Duration::from_secs(seconds);
    runtime.block_on(async {
        let mut workers = Vec::new();
        for _ in 0..BESIDE {
            let (looks, next, connector) =
                (Arc::clone(&looks), Arc::clone(&next), connector.clone());
            workers.push(tokio::spawn(async move {
                while Instant::now() < until {
                    let number = next.fetch_add(1, Ordering::Relaxed) % 2_000;
                    let Ok(stream) = TcpStream::connect((address_of(number), port)).await else {
                        continue;
                    };
                    match &connector {
                        None => ask(stream, number).await,
                        Some(connector) => {
                            let name =
                                ServerName::try_from(format!("s{number}.bench.test")).unwrap();
                            let stream = connector.connect(name, stream).await.unwrap();
                            ask(stream, number).await;
                        }
                    }
                    looks.fetch_add(1, Ordering::Relaxed);
                }
            }));
        }
        for worker in workers {
            worker.await.unwrap();
        }
    });
    let (cpu, peak) = spent();
    let looks = looks.load(Ordering::Relaxed);
    println!("{looks} {} {cpu} {peak} 0", begun.elapsed().as_secs_f64());
}

async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, number: usize) {
    let request = format!(
        "GET / HTTP/1.1\r\nHost: s{number}.bench.test\r\nIf-None-Match: \"one\"\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::with_capacity(1_024);
    // Whether it says farewell does not matter here.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.starts_with(b"HTTP/1.1 "));
}

fn connector(authority: &str, sessions: Sessions) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = match sessions {
        Sessions::New => rustls::client::Resumption::disabled(),
        Sessions::Resumed => rustls::client::Resumption::in_memory_sessions(4_096),
    };
    TlsConnector::from(Arc::new(config))
}
