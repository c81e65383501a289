//! Who a node or an agent is to its parent: one Ed25519 key and the certificate that the parent issued for it.
//!
//! The same key signs documents. What it signs in each role begins differently and never overlaps: TLS 1.3 with 64
//! spaces and its own label (RFC 8446 §4.4.3), documents with `DSSEv1 `, enrolment with `tocsin-link-`. See
//! `docs/decisions/0002-one-identity-key.md`.

use std::fmt;

use documents::{PublicKey, SigningKey};
use jiff::Timestamp;
use thiserror::Error;

use crate::authority::{AuthorityError, certificate_der, certified_key, validity};

/// Why a key and a chain do not make an identity.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// The chain cannot be read.
    #[error("read the certificate chain")]
    Chain(#[from] AuthorityError),
    /// The first certificate of the chain is not for this key.
    #[error("use the certificate: it is for another key")]
    OtherKey,
}

/// A key and its certificate chain.
#[derive(Clone)]
pub struct Identity {
    key: SigningKey,
    chain_pem: String,
    valid_from: Timestamp,
    expires_at: Timestamp,
}

impl Identity {
    /// Puts a key and the chain issued for it together.
    pub fn new(key: SigningKey, chain_pem: &str) -> Result<Self, IdentityError> {
        let leaf = certificate_der(chain_pem)?;
        if certified_key(&leaf) != Some(key.public_key()) {
            return Err(IdentityError::OtherKey);
        }
        let (valid_from, expires_at) =
            validity(&leaf).ok_or(AuthorityError::Certificate("its dates are not valid"))?;
        Ok(Self {
            key,
            chain_pem: chain_pem.to_owned(),
            valid_from,
            expires_at,
        })
    }

    /// Returns the private key.
    pub const fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Returns the public key.
    pub fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    /// Returns the chain in PEM, the identity's own certificate first.
    pub fn chain_pem(&self) -> &str {
        &self.chain_pem
    }

    /// Returns when the certificate expires.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Returns when to ask for the next certificate: after two thirds of this one's life.
    pub fn renew_at(&self) -> Timestamp {
        renew_at(self.valid_from, self.expires_at)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Identity({}, until {})",
            self.public_key(),
            self.expires_at
        )
    }
}

/// Returns the instant after two thirds of a certificate's life.
pub(crate) fn renew_at(valid_from: Timestamp, expires_at: Timestamp) -> Timestamp {
    let life = expires_at.duration_since(valid_from);
    expires_at.checked_sub(life / 3).unwrap_or(valid_from)
}
