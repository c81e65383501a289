//! The invitation: one line that an administrator hands to whoever sets up a child. It pins the parent, so that the
//! secret in it is told to nobody else, and it works once.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use documents::strict_json;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::authority::Fingerprint;

/// What every invitation begins with, so that people and secret scanners recognise one.
const PREFIX: &str = "tocsin-invitation:";
/// Bytes of the line.
const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// Addresses of one parent.
const URLS_MAX: usize = 8;
/// Bytes of the secret: 256 bits, which nobody guesses.
const SECRET_BYTES: usize = 32;

/// Why a line is not an invitation.
#[derive(Debug, Error)]
pub enum InvitationError {
    /// It does not begin as invitations do.
    #[error("read the invitation: it does not begin with '{PREFIX}'; copy the whole line")]
    Prefix,
    /// It was cut or changed on the way.
    #[error("read the invitation: it was cut off or changed; copy the whole line")]
    Damaged,
    /// An address is not `https://` with a host.
    #[error("use the address '{0}': it is not https:// with a host and nothing after it")]
    Url(String),
    /// There is no address, or there are too many.
    #[error("read the invitation: it has {0} addresses, not 1 to {URLS_MAX}")]
    UrlCount(usize),
    /// The operating system gave no random numbers.
    #[error("draw random numbers")]
    Random(#[source] getrandom::Error),
}

/// The secret that is good for one enrolment. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolSecret(Zeroizing<[u8; SECRET_BYTES]>);

impl EnrolSecret {
    fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        getrandom::fill(bytes.as_mut())?;
        Ok(Self(bytes))
    }

    /// Returns the SHA-256 of the secret: what a node stores and looks up, so that its database lets nobody in.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_slice()).into()
    }

    pub(crate) fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        let bytes = <[u8; SECRET_BYTES]>::try_from(bytes.as_slice()).ok()?;
        Some(Self(Zeroizing::new(bytes)))
    }
}

impl fmt::Debug for EnrolSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnrolSecret(…)")
    }
}

/// Where the parent is, how to know it, and the secret to say there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    urls: Vec<String>,
    authority: Fingerprint,
    secret: EnrolSecret,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawInvitation {
    version: u32,
    urls: Vec<String>,
    authority: String,
    secret: String,
}

impl Invitation {
    /// Makes an invitation with a new secret, to a parent that answers at `urls` and whose authority is `authority`.
    pub fn new(urls: &[String], authority: Fingerprint) -> Result<Self, InvitationError> {
        check_urls(urls)?;
        Ok(Self {
            urls: urls.to_vec(),
            authority,
            secret: EnrolSecret::generate().map_err(InvitationError::Random)?,
        })
    }

    /// Writes the invitation as the line that is handed over. Whoever reads it can enrol.
    pub fn to_token(&self) -> String {
        let raw = RawInvitation {
            version: 1,
            urls: self.urls.clone(),
            authority: self.authority.to_string(),
            secret: self.secret.to_text().to_string(),
        };
        let json = Zeroizing::new(serde_json::to_vec(&raw).expect("strings can always be written"));
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(&*json))
    }

    /// Returns where the parent answers.
    pub fn urls(&self) -> &[String] {
        &self.urls
    }

    /// Returns the fingerprint of the parent's authority.
    pub const fn authority(&self) -> Fingerprint {
        self.authority
    }

    /// Returns the secret.
    pub const fn secret(&self) -> &EnrolSecret {
        &self.secret
    }
}

impl FromStr for Invitation {
    type Err = InvitationError;

    fn from_str(text: &str) -> Result<Self, InvitationError> {
        let encoded = text
            .trim()
            .strip_prefix(PREFIX)
            .ok_or(InvitationError::Prefix)?;
        if encoded.len() > TOKEN_BYTES_MAX {
            return Err(InvitationError::Damaged);
        }
        let json = URL_SAFE_NO_PAD
            .decode(encoded)
            .map(Zeroizing::new)
            .map_err(|_| InvitationError::Damaged)?;
        let raw: RawInvitation =
            strict_json::parse(&json, TOKEN_BYTES_MAX).map_err(|_| InvitationError::Damaged)?;
        if raw.version != 1 {
            return Err(InvitationError::Damaged);
        }
        check_urls(&raw.urls)?;
        Ok(Self {
            urls: raw.urls,
            authority: raw
                .authority
                .parse()
                .map_err(|_| InvitationError::Damaged)?,
            secret: EnrolSecret::from_text(&raw.secret).ok_or(InvitationError::Damaged)?,
        })
    }
}

fn check_urls(urls: &[String]) -> Result<(), InvitationError> {
    if urls.is_empty() || urls.len() > URLS_MAX {
        return Err(InvitationError::UrlCount(urls.len()));
    }
    urls.iter().try_for_each(|url| check_url(url))
}

/// Accepts `https://host` and `https://host:port`, nothing after it.
pub(crate) fn check_url(url: &str) -> Result<(), InvitationError> {
    let error = || InvitationError::Url(url.chars().take(200).collect());
    let uri: http::Uri = url.parse().map_err(|_| error())?;
    let plain = uri.scheme_str() == Some("https")
        && uri.host().is_some_and(|host| !host.is_empty())
        && uri.authority().is_some_and(|a| !a.as_str().contains('@'))
        && matches!(uri.path(), "" | "/")
        && uri.query().is_none();
    if plain && url.len() <= 300 {
        Ok(())
    } else {
        Err(error())
    }
}
