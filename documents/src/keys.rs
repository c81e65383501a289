//! Ed25519 keys. A private key is wiped from memory when it is dropped, and nothing prints one.

use std::fmt;
use std::str::FromStr;

use domain::digest::{parse_hex, to_hex};
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use ed25519_dalek::{Signature, Signer, VerifyingKey};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

/// Why bytes are not a key.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// The text is not 64 lower-case hexadecimal digits.
    #[error("read '{0}' as a public key: it is not 64 lower-case hexadecimal digits")]
    Hexadecimal(String),
    /// The bytes are no point of the curve, a point of small order, or not the one way to write their point.
    #[error("accept the public key: it is not a sound Ed25519 point")]
    Point,
    /// The bytes are no PKCS #8 document with an Ed25519 key.
    #[error("read the private key: it is not Ed25519 in PKCS #8")]
    Pkcs8,
}

/// A key that verifies. Written as 64 lower-case hexadecimal digits; there is exactly one way to write each key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Makes the key from its 32 bytes (RFC 8032), if they are a sound point in its only encoding.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Point)?;
        let canonical = key.to_edwards().compress().to_bytes() == bytes;
        if key.is_weak() || !canonical {
            return Err(KeyError::Point);
        }
        Ok(Self(bytes))
    }

    /// Returns the 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the first eight digits, for people to tell keys apart by. Never enough to trust one.
    pub fn short(&self) -> String {
        to_hex(&self.0).chars().take(8).collect()
    }

    /// Tells whether `signature` is this key's over `message`, by the strict rules: no small-order points, no second
    /// way to write a signature.
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        VerifyingKey::from_bytes(&self.0).is_ok_and(|key| {
            key.verify_strict(message, &Signature::from_bytes(signature))
                .is_ok()
        })
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let error = || KeyError::Hexadecimal(text.chars().take(80).collect());
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(error());
        }
        Self::from_bytes(parse_hex(text).ok_or_else(error)?)
    }
}

impl TryFrom<String> for PublicKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.to_string()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

/// A key that signs. Wiped when dropped; `Debug` shows its public half only.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// Draws a new key from the operating system's random numbers.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut())?;
        Ok(Self::from_seed(&seed))
    }

    /// Makes the key of a seed (RFC 8032's private key). For key files and for tests.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// Reads the key from PKCS #8 in DER (RFC 8410).
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        ed25519_dalek::SigningKey::from_pkcs8_der(der)
            .map(Self)
            .map_err(|_| KeyError::Pkcs8)
    }

    /// Writes the key as PKCS #8 in DER (RFC 8410), as TLS libraries want it.
    pub fn to_pkcs8_der(&self) -> Zeroizing<Vec<u8>> {
        let document = self
            .0
            .to_pkcs8_der()
            .expect("an Ed25519 key always fits into PKCS #8");
        Zeroizing::new(document.as_bytes().to_vec())
    }

    /// Returns the seed (RFC 8032's private key).
    pub fn to_seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// Returns the public half.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs `message`. Callers other than [`crate::Envelope`] must put a context of their own in front of it, so that
    /// what they sign can never be read as a document.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(of {})", self.public_key())
    }
}
