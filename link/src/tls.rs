//! TLS 1.3, and nothing older, with one set of algorithms on both sides.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use documents::SigningKey;
use domain::{Clock as _, SystemClock};
use jiff::Timestamp;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{
    ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier,
};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};
use tracing::error;

use crate::authority::{CertificateAuthority, certificate_der, validity};
use crate::identity::renew_at;
use crate::server::ServeError;

/// Returns the algorithms of both sides. Without the suites of TLS 1.2 it is not spoken, whatever the other offers.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    let mut provider = rustls::crypto::ring::default_provider();
    provider
        .cipher_suites
        .retain(|suite| suite.tls13().is_some());
    Arc::new(provider)
}

/// Sets up the server's side: children show certificates of `authority`, strangers none, others are turned away.
pub(crate) fn server_config(
    key: &SigningKey,
    names: &[String],
    authority: &Arc<CertificateAuthority>,
) -> Result<ServerConfig, ServeError> {
    let provider = provider();
    let mut roots = RootCertStore::empty();
    let certificate =
        certificate_der(authority.certificate_pem()).map_err(ServeError::Certificate)?;
    roots
        .add(CertificateDer::from(certificate))
        .map_err(ServeError::Tls)?;
    let children = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .allow_unauthenticated()
        .build()
        .map_err(|error| ServeError::Tls(rustls::Error::General(error.to_string())))?;
    let certificate = OwnCertificate::new(key, names, authority, &provider)?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(ServeError::Tls)?
        .with_client_cert_verifier(children)
        .with_cert_resolver(Arc::new(certificate));
    // No session is resumed: each connection proves anew who is there.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The server's certificate, issued again after two thirds of its life: a node runs longer than that.
struct OwnCertificate {
    key: SigningKey,
    names: Vec<String>,
    authority: Arc<CertificateAuthority>,
    provider: Arc<CryptoProvider>,
    current: Mutex<Issued>,
}

struct Issued {
    certificate: Arc<CertifiedKey>,
    renew_at: Timestamp,
}

impl OwnCertificate {
    fn new(
        key: &SigningKey,
        names: &[String],
        authority: &Arc<CertificateAuthority>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, ServeError> {
        let current = Mutex::new(issue(key, names, authority, provider)?);
        Ok(Self {
            key: key.clone(),
            names: names.to_vec(),
            authority: Arc::clone(authority),
            provider: Arc::clone(provider),
            current,
        })
    }
}

impl ResolvesServerCert for OwnCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if SystemClock.now() >= current.renew_at {
            match issue(&self.key, &self.names, &self.authority, &self.provider) {
                Ok(issued) => *current = issued,
                Err(error) => error!(%error, "could not renew the server's certificate"),
            }
        }
        Some(Arc::clone(&current.certificate))
    }
}

impl fmt::Debug for OwnCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnCertificate({:?})", self.names)
    }
}

fn issue(
    key: &SigningKey,
    names: &[String],
    authority: &CertificateAuthority,
    provider: &CryptoProvider,
) -> Result<Issued, ServeError> {
    let chain_pem = authority
        .issue_server(&key.public_key(), names)
        .map_err(ServeError::Certificate)?;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain_pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| ServeError::Tls(rustls::Error::General(error.to_string())))?;
    let renew_at = chain
        .first()
        .and_then(|leaf| validity(leaf))
        .map_or(Timestamp::MAX, |(from, until)| renew_at(from, until));
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.to_pkcs8_der().to_vec()));
    let certificate = CertifiedKey::from_der(chain, key, provider).map_err(ServeError::Tls)?;
    Ok(Issued {
        certificate: Arc::new(certificate),
        renew_at,
    })
}
