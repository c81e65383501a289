//! The parent's end of the link.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use documents::SigningKey;
use thiserror::Error;

use crate::authority::{AuthorityError, CertificateAuthority};
use crate::inbox::Inbox;
use crate::limits::Limits;

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
}

impl Server {
    /// Listens. Connections wait until [`Self::run`].
    pub async fn bind(settings: ServerSettings) -> Result<Self, ServeError> {
        let _ = settings;
        unimplemented!()
    }

    /// Returns where it listens.
    pub const fn local_address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is ready, then ends what is being answered and returns.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) {
        stop.await;
        unimplemented!()
    }
}
