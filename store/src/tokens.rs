//! One-time tokens for enrolment. Only their hashes are kept.

use domain::{HostId, OrganisationId};
use jiff::Timestamp;
use rusqlite::params;

use crate::columns::{from_word, instant, maybe_host_id, maybe_instant, parsed, seconds, word};
use crate::store::{Change, StoreError, View};

/// What a token lets its bearer become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenPurpose {
    /// An agent's host.
    Host,
    /// A child's node.
    Organisation,
}

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The SHA-256 of the token.
    pub hash: [u8; 32],
    /// What for.
    pub purpose: TokenPurpose,
    /// For a host: the organisation it belongs to. For an organisation: its id.
    pub organisation: OrganisationId,
    /// The name for people.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From then on it is refused.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
    /// The key that used it.
    pub bound_key: Option<Vec<u8>>,
    /// The host that came of it.
    pub host: Option<HostId>,
}

impl View<'_> {
    /// Returns the token with this hash.
    pub fn find_token(&self, hash: &[u8; 32]) -> Result<Option<Token>, StoreError> {
        self.find("SELECT * FROM tokens WHERE hash = ?1", [hash], |row| {
            Ok(Token {
                hash: row.get("hash")?,
                purpose: from_word(row, "purpose")?,
                organisation: parsed(row, "organisation")?,
                name: row.get("name")?,
                created_at: instant(row, "created_at")?,
                expires_at: instant(row, "expires_at")?,
                used_at: maybe_instant(row, "used_at")?,
                bound_key: row.get("bound_key")?,
                host: maybe_host_id(row, "host")?,
            })
        })
    }
}

impl Change<'_> {
    /// Adds an unused token.
    pub fn insert_token(&self, token: &Token) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO tokens (hash, purpose, organisation, name, created_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                token.hash,
                word(&token.purpose)?,
                token.organisation.as_str(),
                token.name,
                seconds(token.created_at),
                seconds(token.expires_at),
            ],
        )?;
        Ok(())
    }

    /// Forgets the invitations of `organisation`, and of its hosts, that nobody has used.
    pub fn remove_unused_tokens(&self, organisation: &OrganisationId) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM tokens WHERE organisation = ?1 AND used_at IS NULL",
            [organisation.as_str()],
        )?;
        Ok(())
    }

    /// Binds a token to the key that uses it. Returns false where it was used already.
    pub fn use_token(
        &self,
        hash: &[u8; 32],
        key: &[u8],
        host: Option<HostId>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let touched = self.run(
            "UPDATE tokens SET used_at = ?2, bound_key = ?3, host = ?4
             WHERE hash = ?1 AND used_at IS NULL",
            params![hash, seconds(now), key, host.as_ref().map(HostId::as_bytes)],
        )?;
        Ok(touched == 1)
    }
}
