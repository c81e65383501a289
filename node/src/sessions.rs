//! Keeps the administrator's password hash and the sessions of the pages. How they are hashed is for `web` to say.

use jiff::Timestamp;

use crate::node::{Node, ReadError};

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who: goes into the record of what is acknowledged and decided.
    pub officer: String,
    /// Until when.
    pub expires_at: Timestamp,
}

impl Node {
    /// Keeps the hash of the administrator's password, and ends every session.
    pub fn set_admin_password_hash(&self, _hash: &str) -> Result<(), ReadError> {
        unimplemented!()
    }

    /// Returns the hash of the administrator's password, once one is set.
    pub fn find_admin_password_hash(&self) -> Result<Option<String>, ReadError> {
        unimplemented!()
    }

    /// Keeps a session under the SHA-256 of its token.
    pub fn open_session(
        &self,
        _token_hash: &[u8; 32],
        _session: &Session,
    ) -> Result<(), ReadError> {
        unimplemented!()
    }

    /// Returns the session of a token, unless it is over.
    pub fn find_session(&self, _token_hash: &[u8; 32]) -> Result<Option<Session>, ReadError> {
        unimplemented!()
    }

    /// Ends a session.
    pub fn close_session(&self, _token_hash: &[u8; 32]) -> Result<(), ReadError> {
        unimplemented!()
    }
}
