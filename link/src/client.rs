//! The child's end of the link. It blocks: an agent has one thread for it, a node one of its blocking threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use documents::{PublicKey, SigningKey, strict_json};
use domain::OrganisationId;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use ureq::Agent;
use ureq::http::Response;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};
use zeroize::Zeroizing;

use crate::authority::{Fingerprint, certificate_der};
use crate::identity::Identity;
use crate::invitation::{Invitation, check_url};
use crate::protocol::{
    AUTHORITY_PATH, AuthorityAnswer, BATCH_DOCUMENTS_MAX, DOCUMENTS_PATH, DocumentAnswer,
    DocumentState, DocumentsAnswer, DocumentsBody, ENROL_PATH, EnrolAnswer, EnrolBody, FEED_PATH,
    FeedAnswer, FeedPage, Peer, RENEW_PATH, RefusalAnswer, RenewAnswer, RenewBody,
    SMALL_BODY_BYTES_MAX, cut_reason, decode_documents, encode_documents, enrol_statement, prove,
    renew_statement,
};
use crate::tls::provider;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// For anything but waiting and sending.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);
/// The slowest line that is put up with, as the server does by default.
const BYTES_PER_SECOND_MIN: usize = 16 * 1024;
/// Bytes of documents in one upload, unless one alone is larger.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of one document: what its base64 may have in a body, with room for the rest.
const DOCUMENT_BYTES_MAX: usize = 95 * 1024 * 1024;
/// Bytes of an answer with documents: the largest one in base64, as uploads are bounded.
const ANSWER_BYTES_MAX: usize = 128 * 1024 * 1024;

/// Why the parent was not reached, or did not do what it was asked.
#[derive(Debug, Error)]
pub enum LinkError {
    /// What was to be sent, or an address or certificate of our own, is not valid. Trying again is pointless.
    #[error("use the link: {0}")]
    Invalid(String),
    /// The parent at this address has another authority than the invitation pins: it is not our parent.
    #[error("trust the parent at {url}: its authority is {found}, the invitation pins {pin}")]
    Pin {
        /// Where.
        url: String,
        /// What the invitation pins.
        pin: Fingerprint,
        /// What was shown.
        found: Fingerprint,
    },
    /// The parent, or somebody in its place, does not speak the protocol.
    #[error("understand the parent: {0}")]
    Protocol(String),
    /// The parent says no.
    #[error("get the parent's consent: {reason} (status {status})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Why, in its words.
        reason: String,
    },
    /// The parent was not reached, or said that it cannot answer now. Trying again later makes sense.
    #[error("reach the parent at {url}: {reason}")]
    Unreachable {
        /// Where.
        url: String,
        /// Why.
        reason: String,
    },
}

impl LinkError {
    /// Tells whether the same request may succeed later without anybody doing anything.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

/// What a child that was taken in knows from then on.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Who it is.
    pub peer: Peer,
    /// The parent organisation.
    pub organisation: OrganisationId,
    /// Its name for people.
    pub organisation_name: String,
    /// The key with which the parent's node signs documents.
    pub document_key: PublicKey,
    /// Where the parent answers.
    pub urls: Vec<String>,
    /// The certificate of the parent's authority, which was checked against the invitation.
    pub authority_pem: String,
    /// The certificate chain for the child's key: with the key, its [`Identity`].
    pub chain_pem: String,
    /// The roots of the authority whose alerts come down, oldest first. Not verified.
    pub roots: Vec<Vec<u8>>,
}

/// Enrols with the parent that `invitation` names. The secret is said only to a parent whose authority is the pinned
/// one. Safe to repeat with the same key when the answer was lost.
pub fn enrol(invitation: &Invitation, name: &str, key: &SigningKey) -> Result<Grant, LinkError> {
    let stranger = agent(Trust::Nobody, None);
    first_reachable(invitation.urls(), 0, |url| {
        enrol_at(url, &stranger, invitation, name, key)
    })
    .map(|(_, grant)| grant)
}

fn enrol_at(
    url: &str,
    stranger: &Agent,
    invitation: &Invitation,
    name: &str,
    key: &SigningKey,
) -> Result<Grant, LinkError> {
    // Step 1: whoever answers may say anything here; only the pinned certificate is listened to.
    let request = stranger.get(join(url, AUTHORITY_PATH));
    let shown: AuthorityAnswer = read(url, request.call(), SMALL_BODY_BYTES_MAX)?;
    let found = Fingerprint::of_pem(&shown.certificate)
        .map_err(|_| LinkError::Protocol("it shows no certificate".to_owned()))?;
    if found != invitation.authority() {
        return Err(LinkError::Pin {
            url: url.to_owned(),
            pin: invitation.authority(),
            found,
        });
    }
    // Step 2: on a new connection, to a server that this authority certifies.
    let pinned = agent(Trust::authority(&shown.certificate)?, None);
    let statement = enrol_statement(&found, invitation.secret(), name);
    let body = EnrolBody {
        secret: invitation.secret().to_text().to_string(),
        name: name.to_owned(),
        public_key: key.public_key(),
        proof: prove(key, &statement),
    };
    let answer: EnrolAnswer = post(url, &pinned, ENROL_PATH, &body, ANSWER_BYTES_MAX)?;
    let grant = Grant {
        peer: answer.peer,
        organisation: answer.organisation,
        organisation_name: answer.organisation_name,
        document_key: answer.document_key,
        urls: invitation.urls().to_vec(),
        authority_pem: shown.certificate,
        chain_pem: answer.certificate_chain,
        roots: decode_documents(answer.roots)
            .ok_or_else(|| LinkError::Protocol("a root is not base64".to_owned()))?,
    };
    check_chain(key, &grant.chain_pem)?;
    Ok(grant)
}

/// A child's connection to its parent.
#[derive(Debug)]
pub struct ParentClient {
    urls: Vec<String>,
    /// The address that answered last: the next request begins there.
    preferred: AtomicUsize,
    key: SigningKey,
    authority: Fingerprint,
    /// Shows the certificate.
    known: Agent,
    /// Shows none: for renewing, when the certificate has expired.
    stranger: Agent,
}

impl ParentClient {
    /// Prepares the connection; nothing is sent yet. The addresses are tried in order.
    pub fn new(
        urls: &[String],
        authority_pem: &str,
        identity: &Identity,
    ) -> Result<Self, LinkError> {
        let invalid = |error: &dyn std::error::Error| LinkError::Invalid(error.to_string());
        if urls.is_empty() {
            return Err(LinkError::Invalid("the parent has no address".to_owned()));
        }
        for url in urls {
            check_url(url).map_err(|error| invalid(&error))?;
        }
        let authority = Fingerprint::of_pem(authority_pem).map_err(|error| invalid(&error))?;
        Ok(Self {
            urls: urls.to_vec(),
            preferred: AtomicUsize::new(0),
            key: identity.key().clone(),
            authority,
            known: agent(
                Trust::authority(authority_pem)?,
                Some(client_certificate(identity)?),
            ),
            stranger: agent(Trust::authority(authority_pem)?, None),
        })
    }

    /// Fetches what goes down after the cursor `after`, waiting up to `wait` for something to come.
    pub fn poll(&self, after: u64, wait: Duration) -> Result<FeedPage, LinkError> {
        let answer: FeedAnswer = self.ask(|url| {
            let request = self
                .known
                .get(join(url, FEED_PATH))
                .query("after", after.to_string())
                .query("wait_ms", wait.as_millis().to_string())
                .config()
                .timeout_global(Some(ANSWER_TIMEOUT.saturating_add(wait)))
                .build();
            read(url, request.call(), ANSWER_BYTES_MAX)
        })?;
        let documents = decode_documents(answer.documents)
            .ok_or_else(|| LinkError::Protocol("a document is not base64".to_owned()))?;
        Ok(FeedPage {
            documents,
            cursor: answer.cursor,
        })
    }

    /// Sends documents up, in as many uploads as it takes, and returns exactly one answer for each, in order. Where the
    /// parent is lost on the way it is an error, even if some have arrived: all may be sent again safely.
    pub fn send(&self, documents: &[Vec<u8>]) -> Result<Vec<DocumentAnswer>, LinkError> {
        let mut answers = Vec::with_capacity(documents.len());
        let mut left = documents;
        while let Some((first, others)) = left.split_first() {
            if first.len() > DOCUMENT_BYTES_MAX {
                answers.push(too_long());
                left = others;
            } else {
                let (batch, others) = left.split_at(count_batch(left));
                answers.extend(self.send_batch(batch)?);
                left = others;
            }
        }
        Ok(answers)
    }

    /// Fetches the next certificate chain for the same key. Works when the present one has expired, too: being on the
    /// parent's roster is what counts.
    pub fn renew(&self) -> Result<String, LinkError> {
        let body = RenewBody {
            public_key: self.key.public_key(),
            proof: prove(&self.key, &renew_statement(&self.authority)),
        };
        let answer: RenewAnswer =
            self.ask(|url| post(url, &self.stranger, RENEW_PATH, &body, SMALL_BODY_BYTES_MAX))?;
        check_chain(&self.key, &answer.certificate_chain)?;
        Ok(answer.certificate_chain)
    }

    fn send_batch(&self, batch: &[Vec<u8>]) -> Result<Vec<DocumentAnswer>, LinkError> {
        let body = DocumentsBody {
            documents: encode_documents(batch),
        };
        let answer: DocumentsAnswer =
            self.ask(|url| post(url, &self.known, DOCUMENTS_PATH, &body, ANSWER_BYTES_MAX))?;
        if answer.answers.len() == batch.len() {
            Ok(answer.answers)
        } else {
            Err(LinkError::Protocol(
                "it did not answer each document".to_owned(),
            ))
        }
    }

    fn ask<T>(&self, request: impl Fn(&str) -> Result<T, LinkError>) -> Result<T, LinkError> {
        let begin = self.preferred.load(Ordering::Relaxed);
        let (index, answer) = first_reachable(&self.urls, begin, request)?;
        self.preferred.store(index, Ordering::Relaxed);
        Ok(answer)
    }
}

/// Tries each address once, beginning with the one at `begin`, until one answers. Returns which one, and its answer, or
/// the last error.
fn first_reachable<T>(
    urls: &[String],
    begin: usize,
    request: impl Fn(&str) -> Result<T, LinkError>,
) -> Result<(usize, T), LinkError> {
    let mut last = LinkError::Invalid("the parent has no address".to_owned());
    let indices = (0..urls.len()).cycle().skip(begin).take(urls.len());
    for (index, url) in indices.filter_map(|index| Some((index, urls.get(index)?))) {
        match request(url) {
            Ok(answer) => return Ok((index, answer)),
            Err(error) if error.is_temporary() => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// Counts the first documents that go into one upload: at least one, where there is one.
fn count_batch(documents: &[Vec<u8>]) -> usize {
    let mut bytes = 0usize;
    let count = documents
        .iter()
        .take(BATCH_DOCUMENTS_MAX)
        .take_while(|document| {
            bytes = bytes.saturating_add(document.len());
            bytes <= BATCH_BYTES
        })
        .count();
    count.max(1).min(documents.len())
}

fn too_long() -> DocumentAnswer {
    DocumentAnswer {
        id: None,
        state: DocumentState::Refused {
            reason: format!("it is longer than {DOCUMENT_BYTES_MAX} bytes"),
        },
    }
}

/// Whom to believe about a server's certificate.
enum Trust {
    /// The parent's authority, alone.
    Authority(Box<Certificate<'static>>),
    /// Nobody: for fetching the certificate that is then compared with the pin.
    Nobody,
}

impl Trust {
    fn authority(pem: &str) -> Result<Self, LinkError> {
        let der = certificate_der(pem).map_err(|error| LinkError::Invalid(error.to_string()))?;
        Ok(Self::Authority(Box::new(
            Certificate::from_der(&der).to_owned(),
        )))
    }
}

fn agent(trust: Trust, identity: Option<ClientCert>) -> Agent {
    let tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(provider())
        .client_cert(identity);
    let tls = match trust {
        Trust::Authority(certificate) => tls.root_certs(RootCerts::new_with_certs(&[*certificate])),
        // The key exchange and the handshake's signature are still checked; who made the certificate is not.
        Trust::Nobody => tls.disable_verification(true),
    };
    Agent::config_builder()
        .tls_config(tls.build())
        .https_only(true)
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_global(Some(ANSWER_TIMEOUT))
        .build()
        .new_agent()
}

fn client_certificate(identity: &Identity) -> Result<ClientCert, LinkError> {
    let chain = CertificateDer::pem_slice_iter(identity.chain_pem().as_bytes())
        .map(|der| der.map(|der| Certificate::from_der(&der).to_owned()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| LinkError::Invalid(error.to_string()))?;
    let key = PrivateKey::from_pem(private_key_pem(identity.key()).as_bytes())
        .map_err(|error| LinkError::Invalid(error.to_string()))?;
    Ok(ClientCert::new_with_certs(&chain, key))
}

/// Writes a key as the TLS library wants it: PKCS #8 in PEM (RFC 7468 §10).
fn private_key_pem(key: &SigningKey) -> Zeroizing<String> {
    let base64 = Zeroizing::new(STANDARD.encode(&*key.to_pkcs8_der()));
    let (first, second) = base64.split_at(64.min(base64.len()));
    Zeroizing::new(format!(
        "-----BEGIN PRIVATE KEY-----\n{first}\n{second}\n-----END PRIVATE KEY-----\n"
    ))
}

/// A certificate for another key would only be noticed once it is needed.
fn check_chain(key: &SigningKey, chain_pem: &str) -> Result<(), LinkError> {
    Identity::new(key.clone(), chain_pem)
        .map(|_| ())
        .map_err(|error| LinkError::Protocol(error.to_string()))
}

fn join(url: &str, path: &str) -> String {
    format!("{}{path}", url.trim_end_matches('/'))
}

fn post<T: DeserializeOwned>(
    url: &str,
    agent: &Agent,
    path: &str,
    body: &impl Serialize,
    answer_bytes_max: usize,
) -> Result<T, LinkError> {
    let body = serde_json::to_vec(body).map_err(|error| LinkError::Invalid(error.to_string()))?;
    let seconds = u64::try_from(body.len() / BYTES_PER_SECOND_MIN).unwrap_or(u64::MAX);
    let timeout = ANSWER_TIMEOUT.saturating_add(Duration::from_secs(seconds));
    let request = agent
        .post(join(url, path))
        .content_type("application/json")
        .config()
        .timeout_global(Some(timeout))
        .build();
    read(url, request.send(&body[..]), answer_bytes_max)
}

fn read<T: DeserializeOwned>(
    url: &str,
    answer: Result<Response<ureq::Body>, ureq::Error>,
    bytes_max: usize,
) -> Result<T, LinkError> {
    let answer = answer.map_err(|error| link_error(url, &error))?;
    let status = answer.status();
    let limit = if status.is_success() {
        bytes_max
    } else {
        SMALL_BODY_BYTES_MAX
    };
    let bytes = answer
        .into_body()
        .into_with_config()
        .limit(u64::try_from(limit).unwrap_or(u64::MAX))
        .read_to_vec()
        .map_err(|error| link_error(url, &error))?;
    if status.is_success() {
        return strict_json::parse(&bytes, bytes_max)
            .map_err(|error| LinkError::Protocol(error.to_string()));
    }
    let reason = strict_json::parse::<RefusalAnswer>(&bytes, SMALL_BODY_BYTES_MAX).map_or_else(
        |_| "it gives no reason".to_owned(),
        |r| cut_reason(&r.reason),
    );
    Err(match status.as_u16() {
        408 | 425 | 429 | 500.. => LinkError::Unreachable {
            url: url.to_owned(),
            reason,
        },
        status => LinkError::Refused { status, reason },
    })
}

fn link_error(url: &str, error: &ureq::Error) -> LinkError {
    let unreachable = |reason: String| LinkError::Unreachable {
        url: url.to_owned(),
        reason,
    };
    let tls = match error {
        ureq::Error::Rustls(tls) => Some(tls),
        ureq::Error::Io(io) => io
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>()),
        _ => None,
    };
    match (tls, error) {
        // In TLS 1.3 the server judges our certificate after the handshake: its alert arrives instead of an answer.
        (Some(rustls::Error::AlertReceived(alert)), _) => LinkError::Refused {
            status: 401,
            reason: format!("our certificate is not accepted: {alert:?}"),
        },
        // Somebody else answers there: perhaps only on the network that we are in now.
        (Some(tls), _) => unreachable(tls.to_string()),
        (None, ureq::Error::Io(io)) => unreachable(io.to_string()),
        (
            None,
            ureq::Error::Timeout(_) | ureq::Error::HostNotFound | ureq::Error::ConnectionFailed,
        ) => unreachable(error.to_string()),
        (None, ureq::Error::BadUri(_) | ureq::Error::RequireHttpsOnly(_)) => {
            LinkError::Invalid(error.to_string())
        }
        (None, _) => LinkError::Protocol(error.to_string()),
    }
}
