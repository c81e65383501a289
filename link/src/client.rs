//! The child's end of the link. It blocks: an agent has one thread for it, a node one of its blocking threads.

use std::time::Duration;

use documents::{PublicKey, SigningKey};
use domain::OrganisationId;
use thiserror::Error;

use crate::authority::Fingerprint;
use crate::identity::Identity;
use crate::invitation::Invitation;
use crate::protocol::{DocumentAnswer, FeedPage, Peer};

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
    let _ = (invitation, name, key);
    unimplemented!()
}

/// A child's connection to its parent.
#[derive(Debug)]
pub struct ParentClient {
    urls: Vec<String>,
}

impl ParentClient {
    /// Prepares the connection; nothing is sent yet. The addresses are tried in order.
    pub fn new(
        urls: &[String],
        authority_pem: &str,
        identity: &Identity,
    ) -> Result<Self, LinkError> {
        let _ = (authority_pem, identity);
        Ok(Self {
            urls: urls.to_vec(),
        })
    }

    /// Fetches what goes down after the cursor `after`, waiting up to `wait` for something to come.
    pub fn poll(&self, after: u64, wait: Duration) -> Result<FeedPage, LinkError> {
        let _ = (&self.urls, after, wait);
        unimplemented!()
    }

    /// Sends documents up, in as many uploads as it takes, and returns one answer for each, in order. Each may be sent
    /// again safely.
    pub fn send(&self, documents: &[Vec<u8>]) -> Result<Vec<DocumentAnswer>, LinkError> {
        let _ = documents;
        unimplemented!()
    }

    /// Fetches the next certificate chain for the same key. Works when the present one has expired, too: being on the
    /// parent's roster is what counts.
    pub fn renew(&self) -> Result<String, LinkError> {
        unimplemented!()
    }
}
