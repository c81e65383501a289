//! Certificates of servers: looked at, judged by the usual rules, and kept also where those say no. A takeover is not missed
//! because the connection was refused.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::digest::to_hex;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CipherSuite, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Names of one certificate that are kept.
const NAMES_MAX: usize = 100;

/// The certificate that a server showed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// SHA-256 of the certificate, in hexadecimal.
    pub digest: String,
    /// SHA-256 of its public key: it may stay when the certificate is renewed.
    pub key_digest: String,
    /// Whom it names.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The host names in it.
    pub names: Vec<String>,
    /// Until when it is valid, in seconds since 1970.
    pub valid_until: i64,
    /// Why a browser would refuse it.
    pub problem: Option<String>,
}

/// How long it is believed that a certificate is in order for a name without judging it again: it may expire.
const JUDGED_FOR: Duration = Duration::from_hours(1);
/// Certificates that are remembered as judged, each for one name: some 600 bytes. All are forgotten where there are more.
const JUDGED_MAX: usize = 32 * 1024;

/// Sets up connections that accept every certificate and tell of it.
///
/// Sessions are not resumed, although that would be cheaper: a resumed session shows no certificate, and certificates are what
/// the watch is for. What costs most of a handshake, judging the chain of signatures, is remembered instead for exactly these
/// bytes; that the server has the key is proved each time.
pub(crate) struct Inspector {
    config: ClientConfig,
    judge: Arc<Judge>,
}

/// Judges certificates, those that it has just judged by memory.
#[derive(Debug)]
struct Judge {
    verifier: Arc<WebPkiServerVerifier>,
    judged: Mutex<HashMap<[u8; 32], (UnixTime, Certificate)>>,
}

impl Inspector {
    /// Believes the authorities that browsers believe, and those in `further`, which are PEM texts.
    pub(crate) fn new(further: &[String]) -> Result<Self, String> {
        let mut provider = rustls::crypto::ring::default_provider();
        // First what browsers ask for first. Its digest is SHA-256, which processors have built in: 6 of 100 parts of a look.
        provider
            .cipher_suites
            .sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
        let provider = Arc::new(provider);
        let mut roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        for pem in further {
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let certificate = certificate.map_err(|error| error.to_string())?;
                roots.add(certificate).map_err(|error| error.to_string())?;
            }
        }
        let judge =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .map_err(|error| error.to_string())?;
        let judge = Arc::new(Judge {
            verifier: judge,
            judged: Mutex::new(HashMap::new()),
        });
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Shown::new(&judge)))
            .with_no_client_auth();
        config.resumption = rustls::client::Resumption::disabled();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config, judge })
    }

    /// Returns the settings of one connection and where its certificate will be.
    pub(crate) fn connection(&self) -> (Arc<ClientConfig>, Arc<Shown>) {
        let shown = Arc::new(Shown::new(&self.judge));
        let mut config = self.config.clone();
        config
            .dangerous()
            .set_certificate_verifier(Arc::clone(&shown) as Arc<dyn ServerCertVerifier>);
        (Arc::new(config), shown)
    }
}

impl Judge {
    /// Describes and judges a certificate and the chain that came with it.
    fn judge(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Certificate {
        let key = key_of(end_entity, intermediates, name);
        let is_fresh = |at: UnixTime| {
            let age = now.as_secs().checked_sub(at.as_secs());
            age.is_some_and(|age| age < JUDGED_FOR.as_secs())
        };
        if let Some((at, certificate)) = self.judged().get(&key)
            && is_fresh(*at)
        {
            return certificate.clone();
        }
        let verdict = self
            .verifier
            .verify_server_cert(end_entity, intermediates, name, &[], now);
        let mut certificate = describe(end_entity);
        certificate.problem = verdict.err().map(|error| error.to_string());
        let mut judged = self.judged();
        if judged.len() >= JUDGED_MAX {
            judged.clear();
        }
        judged.insert(key, (now, certificate.clone()));
        certificate
    }

    fn judged(&self) -> MutexGuard<'_, HashMap<[u8; 32], (UnixTime, Certificate)>> {
        self.judged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Names exactly these certificates for exactly this name.
fn key_of(
    end_entity: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    name: &ServerName<'_>,
) -> [u8; 32] {
    let mut digest = Sha256::new();
    let name = name.to_str();
    let parts = [name.as_bytes(), end_entity]
        .into_iter()
        .chain(intermediates.iter().map(AsRef::as_ref));
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

/// The certificate of one connection.
#[derive(Debug)]
pub(crate) struct Shown {
    judge: Arc<Judge>,
    certificate: Mutex<Option<Certificate>>,
}

impl Shown {
    fn new(judge: &Arc<Judge>) -> Self {
        Self {
            judge: Arc::clone(judge),
            certificate: Mutex::new(None),
        }
    }

    /// Returns the certificate that was shown.
    pub(crate) fn take(&self) -> Option<Certificate> {
        let mut certificate = self
            .certificate
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        certificate.take()
    }
}

impl ServerCertVerifier for Shown {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let certificate = self
            .judge
            .judge(end_entity, intermediates, server_name, now);
        *self
            .certificate
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(certificate);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.judge
            .verifier
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.judge
            .verifier
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.verifier.supported_verify_schemes()
    }
}

/// Describes a certificate; what cannot be read of it stays empty.
fn describe(der: &CertificateDer<'_>) -> Certificate {
    let mut certificate = Certificate {
        digest: to_hex(&Sha256::digest(der)),
        ..Certificate::default()
    };
    let Ok((_, parsed)) = x509_parser::parse_x509_certificate(der) else {
        return certificate;
    };
    certificate.key_digest = to_hex(&Sha256::digest(parsed.public_key().raw));
    certificate.subject = bounded(&parsed.subject().to_string());
    certificate.issuer = bounded(&parsed.issuer().to_string());
    certificate.valid_until = parsed.validity().not_after.timestamp();
    if let Ok(Some(names)) = parsed.subject_alternative_name() {
        for name in names.value.general_names.iter().take(NAMES_MAX) {
            if let x509_parser::extensions::GeneralName::DNSName(name) = name {
                certificate.names.push(bounded(&name.to_ascii_lowercase()));
            }
        }
    }
    certificate
}

fn bounded(text: &str) -> String {
    text.chars().take(300).collect()
}
