//! What a node must answer for the link to serve its children. All rules are behind this trait.

use documents::PublicKey;
use domain::OrganisationId;
use thiserror::Error;
use tokio::sync::watch;

use crate::invitation::EnrolSecret;
use crate::protocol::{DocumentAnswer, FeedPage, Peer};

/// The node cannot answer now: its disk is full, its database is locked. The child is told to try again later.
#[derive(Debug, Error)]
#[error("use the node's store")]
pub struct InboxError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl InboxError {
    /// Wraps the cause.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// A child that wants to be taken in. Its possession of the key has been proved.
#[derive(Clone, Debug)]
pub struct EnrolRequest {
    /// The secret that it says.
    pub secret: EnrolSecret,
    /// What it calls itself, for people: 1 to 255 characters, no control characters.
    pub name: String,
    /// Its key.
    pub public_key: PublicKey,
}

/// What a child that is taken in is told. The certificate is added by the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolGrant {
    /// Who it is from now on.
    pub peer: Peer,
    /// The parent organisation.
    pub organisation: OrganisationId,
    /// Its name for people.
    pub organisation_name: String,
    /// The key with which the parent's node signs documents.
    pub document_key: PublicKey,
    /// The roots of the authority whose alerts come down, oldest first.
    pub roots: Vec<Vec<u8>>,
}

/// Why a child is not taken in.
#[derive(Debug, Error)]
pub enum EnrolRefusal {
    /// The key is on the roster already under another secret.
    #[error("the key is enrolled already")]
    KeyKnown,
    /// The time to use the secret is over.
    #[error("the invitation has expired")]
    SecretExpired,
    /// The secret was used with another key.
    #[error("the invitation has been used")]
    SecretUsed,
    /// The node cannot answer now.
    #[error(transparent)]
    Unavailable(#[from] InboxError),
    /// The secret is not one that the node gave out.
    #[error("the invitation is not known")]
    UnknownSecret,
}

/// A node, as the link sees it. Methods block; the server calls them on threads that may.
pub trait Inbox: Send + Sync + 'static {
    /// Returns who has `key`, if it is on the roster now. Asked anew for each request.
    fn find_peer(&self, key: &PublicKey) -> Result<Option<Peer>, InboxError>;

    /// Takes a child in. The same secret with the same key gets the same grant again, because the first answer may have
    /// been lost; with another key it is refused. The roster is on disk when this returns.
    fn enrol(&self, request: &EnrolRequest) -> Result<EnrolGrant, EnrolRefusal>;

    /// Returns documents for `peer` after the cursor `after`, in order: at least one where there are any, and no more
    /// than `max_bytes` unless the first alone is larger. Without documents, the cursor stays `after`.
    fn feed(&self, peer: &Peer, after: u64, max_bytes: usize) -> Result<FeedPage, InboxError>;

    /// Takes documents in and returns one answer for each, in order. What is answered as accepted is on disk.
    fn accept(
        &self,
        peer: &Peer,
        documents: Vec<Vec<u8>>,
    ) -> Result<Vec<DocumentAnswer>, InboxError>;

    /// Returns a receiver whose value changes whenever any feed or the roster may have changed.
    fn changes(&self) -> watch::Receiver<u64>;

    /// Is told that `peer` has been heard of.
    fn seen(&self, peer: &Peer);
}
