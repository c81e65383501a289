//! The envelope: DSSE v1 in JSON, around the exact bytes of a payload. It claims signatures and proves nothing;
//! `verifying` does.

use std::borrow::Cow;
use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::DocumentId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::keys::{PublicKey, SigningKey};
use crate::kind::{Document, Kind};
use crate::strict_json::{self, StrictJsonError};

/// Signatures in one envelope.
pub const SIGNATURES_MAX: usize = 64;
/// Bytes of the longest envelope of any kind.
const ANY_ENVELOPE_BYTES_MAX: usize = Kind::Alert.envelope_bytes_max();

/// Why bytes are not an envelope.
#[derive(Debug, Error)]
pub enum EnvelopeError {
    /// The payload or a signature is not base64 in the standard alphabet with padding, in its only form.
    #[error("read the envelope: {0} is not base64")]
    Base64(&'static str),
    /// It is not strict JSON with the fields of an envelope.
    #[error("read the envelope")]
    Json(#[from] StrictJsonError),
    /// A key id is not a public key in its only form.
    #[error("read the envelope: the key id '{0}' is not a public key")]
    KeyId(String),
    /// One key is listed with two signatures: one officer is not two.
    #[error("accept the envelope: key {0} is listed twice")]
    SignedTwice(PublicKey),
    /// A signature has not 64 bytes.
    #[error("read the envelope: a signature has not 64 bytes")]
    SignatureLength,
    /// The payload type is not one of [`Kind`].
    #[error("read the envelope: its type is not known")]
    UnknownType,
    /// The payload, or the whole envelope, is longer than its kind may be.
    #[error("read the envelope: {found} bytes are more than the {max} of this kind")]
    TooLong {
        /// How many bytes it has.
        found: usize,
        /// How many are accepted.
        max: usize,
    },
    /// There are no signatures, or more than [`SIGNATURES_MAX`].
    #[error("read the envelope: it has {0} signatures, not 1 to {SIGNATURES_MAX}")]
    SignatureCount(usize),
}

/// Why a value was not signed.
#[derive(Debug, Error)]
pub enum SignError {
    /// The value contradicts itself.
    #[error("sign the {kind}: {reason}")]
    Invalid {
        /// What was to be signed.
        kind: Kind,
        /// What is wrong with it.
        reason: String,
    },
    /// The value does not survive being written and read again as strict JSON.
    #[error("sign the document: it would not be readable")]
    Unreadable(#[source] StrictJsonError),
    /// The value cannot be written as JSON.
    #[error("sign the document: it cannot be written as JSON")]
    Serialize(#[source] serde_json::Error),
    /// The key has signed already.
    #[error("sign the document: key {0} has signed already")]
    SignedAlready(PublicKey),
    /// There is no room for one more signature, or none was given.
    #[error("sign the document: {0} signatures are not 1 to {SIGNATURES_MAX}")]
    SignatureCount(usize),
}

/// Exact payload bytes with the signatures that are claimed for them: a document's second life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    kind: Kind,
    payload: Vec<u8>,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct EnvelopeSignature {
    key: PublicKey,
    signature: [u8; 64],
}

/// The envelope as DSSE writes it in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEnvelope<'a> {
    #[serde(borrow)]
    payload: Cow<'a, str>,
    #[serde(borrow, rename = "payloadType")]
    payload_type: Cow<'a, str>,
    #[serde(borrow)]
    signatures: Vec<RawSignature<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSignature<'a> {
    #[serde(borrow)]
    keyid: Cow<'a, str>,
    #[serde(borrow)]
    sig: Cow<'a, str>,
}

impl Envelope {
    /// Reads an envelope of any kind. Nothing about it is proved by that.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        strict_json::check(bytes, ANY_ENVELOPE_BYTES_MAX)?;
        let raw: RawEnvelope<'_> = serde_json::from_slice(bytes)
            .map_err(|error| EnvelopeError::Json(StrictJsonError::Shape(error)))?;
        let kind = Kind::from_payload_type(&raw.payload_type).ok_or(EnvelopeError::UnknownType)?;
        check_length(bytes.len(), kind.envelope_bytes_max())?;
        if raw.signatures.is_empty() || raw.signatures.len() > SIGNATURES_MAX {
            return Err(EnvelopeError::SignatureCount(raw.signatures.len()));
        }
        let payload = STANDARD
            .decode(raw.payload.as_bytes())
            .map_err(|_| EnvelopeError::Base64("the payload"))?;
        check_length(payload.len(), kind.payload_bytes_max())?;
        let signatures = raw
            .signatures
            .iter()
            .map(EnvelopeSignature::parse)
            .collect::<Result<Vec<_>, _>>()?;
        let mut seen = BTreeSet::new();
        for signature in &signatures {
            if !seen.insert(signature.key) {
                return Err(EnvelopeError::SignedTwice(signature.key));
            }
        }
        Ok(Self {
            kind,
            payload,
            signatures,
        })
    }

    /// Writes `value` and signs it with each of `keys`. What is signed was read back first: nobody signs what nobody
    /// can read.
    pub fn sign<T: Document>(value: &T, keys: &[&SigningKey]) -> Result<Self, SignError> {
        value.check().map_err(|reason| SignError::Invalid {
            kind: T::KIND,
            reason,
        })?;
        let payload = serde_json::to_vec(value).map_err(SignError::Serialize)?;
        strict_json::parse::<T>(&payload, T::KIND.payload_bytes_max())
            .map_err(SignError::Unreadable)?;
        if keys.is_empty() {
            return Err(SignError::SignatureCount(0));
        }
        let mut envelope = Self {
            kind: T::KIND,
            payload,
            signatures: Vec::new(),
        };
        for key in keys {
            envelope.add_signature(key)?;
        }
        Ok(envelope)
    }

    /// Adds the signature of one more key over the same bytes. The document's id stays what it was.
    pub fn add_signature(&mut self, key: &SigningKey) -> Result<(), SignError> {
        let public_key = key.public_key();
        if self.signers().any(|signer| signer == public_key) {
            return Err(SignError::SignedAlready(public_key));
        }
        let count = self.signatures.len().saturating_add(1);
        if count > SIGNATURES_MAX {
            return Err(SignError::SignatureCount(count));
        }
        let signature = key.sign(&self.pre_authentication());
        self.signatures.push(EnvelopeSignature {
            key: public_key,
            signature,
        });
        Ok(())
    }

    /// Writes the envelope as JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        let raw = RawEnvelope {
            payload: Cow::Owned(STANDARD.encode(&self.payload)),
            payload_type: Cow::Borrowed(self.kind.payload_type()),
            signatures: self
                .signatures
                .iter()
                .map(|signature| RawSignature {
                    keyid: Cow::Owned(signature.key.to_string()),
                    sig: Cow::Owned(STANDARD.encode(signature.signature)),
                })
                .collect(),
        };
        serde_json::to_vec(&raw).expect("strings alone can always be written as JSON")
    }

    /// Returns what the envelope says it holds.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the document's id: the SHA-256 of the payload.
    pub fn id(&self) -> DocumentId {
        DocumentId::from_bytes(Sha256::digest(&self.payload).into())
    }

    /// Returns the exact payload bytes.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Returns the keys that are claimed to have signed; `verifying` tells which of them did.
    pub fn signers(&self) -> impl Iterator<Item = PublicKey> {
        self.signatures.iter().map(|signature| signature.key)
    }

    /// Reads the payload without verifying anything: for showing it to the person who is about to sign, never for
    /// acting on it.
    pub fn read_unverified<T: Document>(&self) -> Result<T, EnvelopeError> {
        if self.kind != T::KIND {
            return Err(EnvelopeError::UnknownType);
        }
        Ok(strict_json::parse(
            &self.payload,
            T::KIND.payload_bytes_max(),
        )?)
    }

    /// Yields each claimed signer with whether the signature is good.
    pub(crate) fn check_signatures(&self) -> impl Iterator<Item = (PublicKey, bool)> {
        let message = self.pre_authentication();
        self.signatures
            .iter()
            .map(move |s| (s.key, s.key.verifies(&message, &s.signature)))
    }

    fn pre_authentication(&self) -> Vec<u8> {
        pre_authentication(self.kind.payload_type(), &self.payload)
    }
}

impl EnvelopeSignature {
    fn parse(raw: &RawSignature<'_>) -> Result<Self, EnvelopeError> {
        let key = raw
            .keyid
            .parse()
            .map_err(|_| EnvelopeError::KeyId(raw.keyid.chars().take(80).collect()))?;
        let signature = STANDARD
            .decode(raw.sig.as_bytes())
            .map_err(|_| EnvelopeError::Base64("a signature"))?
            .try_into()
            .map_err(|_| EnvelopeError::SignatureLength)?;
        Ok(Self { key, signature })
    }
}

fn check_length(found: usize, max: usize) -> Result<(), EnvelopeError> {
    if found > max {
        return Err(EnvelopeError::TooLong { found, max });
    }
    Ok(())
}

/// What DSSE v1 signs: the lengths, the type and the payload, so that no part can be read as another.
fn pre_authentication(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let header = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    );
    let mut message = header.into_bytes();
    message.extend_from_slice(payload);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the DSSE specification, protocol.md, "Test vectors".
    #[test]
    fn what_is_signed_is_what_dsse_says() {
        assert_eq!(
            pre_authentication("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
        assert_eq!(pre_authentication("", b""), b"DSSEv1 0  0 ");
        // Lengths are of bytes, not of characters.
        assert_eq!(
            pre_authentication("đ", "đ".as_bytes()),
            "DSSEv1 2 đ 2 đ".as_bytes()
        );
    }
}
