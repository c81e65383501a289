//! The parent's end of the link: it listens, shakes hands and serves each connection within its [`Limits`].

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use documents::{PublicKey, SigningKey};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tower::ServiceExt as _;
use tracing::{debug, warn};

use crate::authority::{AuthorityError, CertificateAuthority, certified_key};
use crate::inbox::Inbox;
use crate::limits::Limits;
use crate::patience::Patient;
use crate::routes::{ConnectionKey, Shared, router};
use crate::tls::server_config;

/// After a failure to accept (no file descriptors left, most often) how long to leave the system alone.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Bytes of a request's headers.
const HEADER_BYTES_MAX: usize = 16 * 1024;

/// What a server needs.
pub struct ServerSettings {
    /// Where to listen; port 0 takes any free one.
    pub address: SocketAddr,
    /// The host names and addresses under which children reach it.
    pub names: Vec<String>,
    /// The node's key.
    pub key: SigningKey,
    /// The node's authority: it issues the server's own certificate, again before each expires.
    pub authority: Arc<CertificateAuthority>,
    /// The node.
    pub inbox: Arc<dyn Inbox>,
    /// What peers may cost.
    pub limits: Limits,
}

/// Why the server does not run.
#[derive(Debug, Error)]
pub enum ServeError {
    /// Its certificate could not be made.
    #[error("make the server's certificate")]
    Certificate(#[source] AuthorityError),
    /// TLS could not be set up.
    #[error("set up TLS")]
    Tls(#[source] rustls::Error),
    /// The address is taken or not ours.
    #[error("listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

/// A server that listens, and serves once it runs.
pub struct Server {
    address: SocketAddr,
    listener: TcpListener,
    acceptor: TlsAcceptor,
    router: Router,
    limits: Limits,
    stop: watch::Sender<bool>,
    connections: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
    peers: PeerConnections,
}

impl Server {
    /// Listens. Connections wait until [`Self::run`].
    pub async fn bind(settings: ServerSettings) -> Result<Self, ServeError> {
        let ServerSettings {
            address,
            names,
            key,
            authority,
            inbox,
            limits,
        } = settings;
        let config = server_config(&key, &names, &authority)?;
        let listen_error = |source| ServeError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let (stop, stopping) = watch::channel(false);
        let shared = Shared::new(authority, inbox, limits.clone(), stopping);
        Ok(Self {
            address,
            listener,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            router: router(Arc::new(shared)),
            connections: Arc::new(Semaphore::new(limits.connections_max)),
            strangers: Arc::new(Semaphore::new(limits.strangers_max)),
            peers: PeerConnections::default(),
            limits,
            stop,
        })
    }

    /// Returns where it listens.
    pub const fn local_address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is ready, then ends what is being answered and returns.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) {
        tokio::select! {
            () = stop => {}
            () = self.accept() => {}
        }
        drop(self.listener);
        // Polls return, idle connections close, and each that ends gives its permit back.
        self.stop.send_replace(true);
        let all = u32::try_from(self.limits.connections_max).unwrap_or(u32::MAX);
        if timeout(self.limits.stop_timeout, self.connections.acquire_many(all))
            .await
            .is_err()
        {
            warn!("stopped while requests were being answered");
        }
    }

    async fn accept(&self) {
        loop {
            let Ok(permit) = Arc::clone(&self.connections).acquire_owned().await else {
                return;
            };
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    let connection = Connection {
                        acceptor: self.acceptor.clone(),
                        router: self.router.clone(),
                        limits: self.limits.clone(),
                        stopping: self.stop.subscribe(),
                        strangers: Arc::clone(&self.strangers),
                        peers: self.peers.clone(),
                        address,
                        _permit: permit,
                    };
                    tokio::spawn(connection.serve(stream));
                }
                Err(error) => {
                    warn!(%error, "could not accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({})", self.address)
    }
}

/// Everything that serving one connection needs. Dropping it frees what it held.
struct Connection {
    acceptor: TlsAcceptor,
    router: Router,
    limits: Limits,
    stopping: watch::Receiver<bool>,
    strangers: Arc<Semaphore>,
    peers: PeerConnections,
    address: SocketAddr,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    async fn serve(self, stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        let handshake = self.acceptor.accept(stream);
        let stream = match timeout(self.limits.handshake_timeout, handshake).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                debug!(address = %self.address, %error, "no handshake");
                return;
            }
            Err(_) => {
                debug!(address = %self.address, "the handshake took too long");
                return;
            }
        };
        match peer_key(&stream) {
            Some(key) => self.serve_peer(stream, key).await,
            None => self.serve_stranger(stream).await,
        }
    }

    async fn serve_peer(self, stream: TlsStream<TcpStream>, key: PublicKey) {
        let Some(_entered) = self.peers.enter(key, self.limits.connections_per_peer_max) else {
            debug!(address = %self.address, "too many connections of one peer");
            return;
        };
        self.serve_http(stream, ConnectionKey(Some(key))).await;
    }

    /// Strangers enrol or renew; that takes seconds, and there is room for a few of them only, so that they can never
    /// keep the peers out.
    async fn serve_stranger(self, stream: TlsStream<TcpStream>) {
        let Ok(_entered) = self.strangers.try_acquire() else {
            debug!(address = %self.address, "too many connections without a certificate");
            return;
        };
        let served = self.serve_http(stream, ConnectionKey(None));
        if timeout(self.limits.stranger_timeout, served).await.is_err() {
            debug!(address = %self.address, "a connection without a certificate took too long");
        }
    }

    async fn serve_http(&self, stream: TlsStream<TcpStream>, key: ConnectionKey) {
        let service = service_fn(|mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(key);
            let router = self.router.clone();
            async move { answer(router, request).await }
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.headers_timeout)
            .max_buf_size(HEADER_BYTES_MAX)
            .serve_connection(
                TokioIo::new(Patient::new(stream, self.limits.clone())),
                service,
            );
        let mut connection = std::pin::pin!(connection);
        let mut stopping = self.stopping.clone();
        let result = tokio::select! {
            result = connection.as_mut() => result,
            () = stopped(&mut stopping) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = result {
            debug!(address = %self.address, %error, "a connection broke");
        }
    }
}

/// Waits until the server stops.
pub(crate) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that the server is gone: stopped, too.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

async fn answer(
    router: Router,
    request: hyper::Request<Incoming>,
) -> Result<axum::response::Response, Infallible> {
    router.oneshot(request).await
}

fn peer_key(stream: &TlsStream<TcpStream>) -> Option<PublicKey> {
    let (_, session) = stream.get_ref();
    certified_key(session.peer_certificates()?.first()?)
}

/// How many connections each key has: one child must not take the place of all others.
#[derive(Clone, Default)]
struct PeerConnections(Arc<Mutex<BTreeMap<PublicKey, usize>>>);

impl PeerConnections {
    fn enter(&self, key: PublicKey, max: usize) -> Option<Entered> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key).or_default();
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(Entered {
            peers: self.clone(),
            key,
        })
    }
}

/// One connection counted, until it is dropped.
struct Entered {
    peers: PeerConnections,
    key: PublicKey,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut counts = self.peers.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}
