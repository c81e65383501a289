//! Servers of web sites on this machine that answer as a test wants, honest or hostile, plain or over TLS. Each connection has a
//! thread of its own, so that one which is never answered keeps nobody else waiting.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Bytes of a request; nobody whom tests start sends more.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Everything up to the empty line.
    pub head: String,
    /// The server's port, for answers that lead back to it.
    pub port: u16,
}

impl Request {
    /// Returns the path, with what follows the question mark.
    pub fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }
}

/// Makes an answer of a request: these bytes and no others are sent. Nothing at all is an answer that never comes.
type Answering = dyn Fn(&Request) -> Vec<u8> + Send + Sync;

/// A server. It no longer answers once it is dropped.
pub struct Server {
    address: SocketAddr,
    authority: Option<String>,
    asked: Arc<Mutex<Vec<Request>>>,
    ended: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves on the loopback address, without TLS.
    pub fn open(answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::begin(Ipv4Addr::LOCALHOST, None, Arc::new(answer))
    }

    /// Serves without TLS on every address of this machine: 127.0.0.2 is somebody else than 127.0.0.1 then.
    pub fn open_everywhere(answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::begin(Ipv4Addr::UNSPECIFIED, None, Arc::new(answer))
    }

    /// Serves over TLS with a certificate for this name, by an authority of its own.
    pub fn open_tls(
        name: &str,
        answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let tls = tls_for(name);
        Self::begin(Ipv4Addr::LOCALHOST, Some(tls), Arc::new(answer))
    }

    fn begin(
        address: Ipv4Addr,
        tls: Option<(Arc<ServerConfig>, String)>,
        answer: Arc<Answering>,
    ) -> Self {
        let listener = TcpListener::bind((address, 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (tls, authority) = tls.unzip();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let ended = Arc::new(AtomicBool::new(false));
        let connection = Connection {
            port,
            tls,
            answer,
            asked: Arc::clone(&asked),
        };
        let has_ended = Arc::clone(&ended);
        let accepting = thread::spawn(move || {
            for stream in listener.incoming() {
                if has_ended.load(Ordering::Acquire) {
                    return;
                }
                let connection = connection.clone();
                if let Ok(stream) = stream {
                    thread::spawn(move || connection.serve(stream));
                }
            }
        });
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            authority,
            asked,
            ended,
            accepting: Some(accepting),
        }
    }

    /// Returns the address of a path on it.
    pub fn url(&self, path: &str) -> String {
        let secure = if self.authority.is_some() { "s" } else { "" };
        format!("http{secure}://{}{path}", self.address)
    }

    /// Returns its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Returns the certificate of the authority that vouches for it, as PEM.
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// Returns what it was asked, in order.
    pub fn asked(&self) -> Vec<Request> {
        locked(&self.asked).clone()
    }

    /// Returns what it was asked, and forgets it.
    pub fn take_asked(&self) -> Vec<Request> {
        std::mem::take(&mut *locked(&self.asked))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        // Whoever waits for the next visitor is woken by one.
        let woken = TcpStream::connect(self.address);
        if let (Ok(_), Some(accepting)) = (woken, self.accepting.take()) {
            // A thread that failed has nothing more to answer.
            let _ = accepting.join();
        }
    }
}

/// What a connection needs to know.
#[derive(Clone)]
struct Connection {
    port: u16,
    tls: Option<Arc<ServerConfig>>,
    answer: Arc<Answering>,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Connection {
    fn serve(self, mut stream: TcpStream) {
        // A visitor who has had enough hangs up, and one who does not trust the certificate says nothing.
        let _ = match self.tls.clone() {
            None => self.respond(&mut stream),
            Some(tls) => ServerConnection::new(tls)
                .map_err(std::io::Error::other)
                .and_then(|tls| {
                    let mut secured = StreamOwned::new(tls, stream);
                    self.respond(&mut secured)?;
                    secured.conn.send_close_notify();
                    secured.flush()
                }),
        };
    }

    fn respond(&self, stream: &mut (impl Read + Write)) -> std::io::Result<()> {
        let mut head = Vec::new();
        let mut piece = [0; 2_048];
        while !head.ends_with(b"\r\n\r\n") {
            let count = stream.read(&mut piece)?;
            if count == 0 || head.len() > HEAD_BYTES_MAX {
                return Ok(());
            }
            head.extend_from_slice(&piece[..count]);
        }
        let request = Request {
            head: String::from_utf8_lossy(&head).into_owned(),
            port: self.port,
        };
        locked(&self.asked).push(request.clone());
        let answer = (self.answer)(&request);
        if answer.is_empty() {
            // Never answers, and hangs up only when the other does.
            while stream.read(&mut piece)? > 0 {}
        }
        stream.write_all(&answer)?;
        stream.flush()
    }
}

/// Writes an answer. `headers` are whole lines.
pub fn answer(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Writes an answer that is a page.
pub fn html(body: impl AsRef<[u8]>) -> Vec<u8> {
    answer(200, "Content-Type: text/html; charset=utf-8\r\n", body)
}

/// Makes a certificate for this name, and the authority that vouches for it as PEM.
pub fn tls_for(name: &str) -> (Arc<ServerConfig>, String) {
    let mut authority = rcgen::CertificateParams::new([]).expect("no names are right names");
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_key = rcgen::KeyPair::generate().expect("a key");
    let authority = rcgen::CertifiedIssuer::self_signed(authority, authority_key)
        .expect("an authority's certificate");
    let key = rcgen::KeyPair::generate().expect("a key");
    let own = rcgen::CertificateParams::new([name.to_owned()]).expect("a name for a certificate");
    let own = own.signed_by(&key, &authority).expect("a certificate");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions that ring speaks")
        .with_no_client_auth()
        .with_single_cert(vec![own.der().clone()], key)
        .expect("a key that belongs to its certificate");
    (Arc::new(config), authority.pem())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
