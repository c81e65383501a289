//! What is said over the link, as JSON, and the texts that are signed in it. Version 1.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use documents::{PublicKey, SigningKey};
use domain::{DocumentId, HostId, OrganisationId};
use serde::{Deserialize, Serialize};

use crate::authority::Fingerprint;
use crate::invitation::EnrolSecret;

/// Serves the certificate of the parent's authority.
pub(crate) const AUTHORITY_PATH: &str = "/v1/authority";
/// Takes documents that go up.
pub(crate) const DOCUMENTS_PATH: &str = "/v1/documents";
/// Takes a new child in.
pub(crate) const ENROL_PATH: &str = "/v1/enrol";
/// Serves documents that go down.
pub(crate) const FEED_PATH: &str = "/v1/feed";
/// Issues the next certificate.
pub(crate) const RENEW_PATH: &str = "/v1/renew";

/// Documents in one upload.
pub(crate) const BATCH_DOCUMENTS_MAX: usize = 256;
/// Characters of the name that a child enrols with.
pub(crate) const NAME_CHARS_MAX: usize = 255;
/// Characters of a reason that one side tells the other.
pub(crate) const REASON_CHARS_MAX: usize = 1000;
/// Bytes of what is asked and answered besides documents.
pub(crate) const SMALL_BODY_BYTES_MAX: usize = 64 * 1024;

/// Who is at the other end of a connection, below us.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Peer {
    /// An agent.
    Host(HostId),
    /// A node.
    Organisation(OrganisationId),
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(id) => write!(f, "host {id}"),
            Self::Organisation(id) => write!(f, "organisation {id}"),
        }
    }
}

/// Some documents that go down, in order, and where to go on after them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedPage {
    /// The documents: envelopes, as they were received.
    pub documents: Vec<Vec<u8>>,
    /// What to ask for next. Opaque to the child, which stores it once the documents are on its disk.
    pub cursor: u64,
}

/// What became of an uploaded document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum DocumentState {
    /// It is on the parent's disk.
    Accepted,
    /// It was there already.
    Duplicate,
    /// It will never be accepted: sending it again is pointless.
    Refused {
        /// Why, in English, for whoever reads the log.
        reason: String,
    },
}

/// The answer to one uploaded document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentAnswer {
    /// Its id; absent where the bytes are no envelope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<DocumentId>,
    /// What became of it.
    pub state: DocumentState,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthorityAnswer {
    pub(crate) certificate: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnrolBody {
    pub(crate) secret: String,
    pub(crate) name: String,
    pub(crate) public_key: PublicKey,
    pub(crate) proof: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnrolAnswer {
    pub(crate) certificate_chain: String,
    pub(crate) peer: Peer,
    pub(crate) organisation: OrganisationId,
    pub(crate) organisation_name: String,
    pub(crate) document_key: PublicKey,
    pub(crate) roots: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenewBody {
    pub(crate) public_key: PublicKey,
    pub(crate) proof: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenewAnswer {
    pub(crate) certificate_chain: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeedAnswer {
    pub(crate) documents: Vec<String>,
    pub(crate) cursor: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentsBody {
    pub(crate) documents: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentsAnswer {
    pub(crate) answers: Vec<DocumentAnswer>,
}

/// Any answer but 200.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefusalAnswer {
    pub(crate) reason: String,
}

/// Writes documents as they travel.
pub(crate) fn encode_documents(documents: &[Vec<u8>]) -> Vec<String> {
    documents
        .iter()
        .map(|bytes| STANDARD.encode(bytes))
        .collect()
}

/// Reads documents as they travel; nothing where one is not base64.
pub(crate) fn decode_documents(documents: Vec<String>) -> Option<Vec<Vec<u8>>> {
    documents
        .into_iter()
        .map(|text| STANDARD.decode(text).ok())
        .collect()
}

/// What a key signs to enrol: only its holder can have it enrolled, and only with this secret at this parent.
pub(crate) fn enrol_statement(
    authority: &Fingerprint,
    secret: &EnrolSecret,
    name: &str,
) -> Vec<u8> {
    let mut statement = b"tocsin-link-enrol-v1\0".to_vec();
    statement.extend_from_slice(authority.as_bytes());
    statement.extend_from_slice(&secret.digest());
    statement.extend_from_slice(name.as_bytes());
    statement
}

/// What a key signs to renew its certificate. Whoever repeats it gets a certificate for a key that they do not hold.
pub(crate) fn renew_statement(authority: &Fingerprint) -> Vec<u8> {
    let mut statement = b"tocsin-link-renew-v1\0".to_vec();
    statement.extend_from_slice(authority.as_bytes());
    statement
}

/// Signs `statement` and writes the signature as it travels.
pub(crate) fn prove(key: &SigningKey, statement: &[u8]) -> String {
    STANDARD.encode(key.sign(statement))
}

/// Tells whether `proof` is the signature of `key` over `statement`.
pub(crate) fn is_proved(key: &PublicKey, statement: &[u8], proof: &str) -> bool {
    STANDARD
        .decode(proof)
        .ok()
        .and_then(|bytes| <[u8; 64]>::try_from(bytes).ok())
        .is_some_and(|signature| key.verifies(statement, &signature))
}

/// Cuts a reason to what may be sent.
pub(crate) fn cut_reason(reason: &str) -> String {
    reason
        .chars()
        .filter(|c| !c.is_control())
        .take(REASON_CHARS_MAX)
        .collect()
}
