//! Keeps the administrator's password hash and the sessions of the pages. How they are hashed is for `web` to say.

use jiff::Timestamp;

use store::{SessionRow, StoreError};

use crate::node::{Node, ReadError, Touches};

/// The setting that holds the hash of the administrator's password.
const PASSWORD_HASH: &str = "admin-password-hash";

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
    pub fn set_admin_password_hash(&self, hash: &str) -> Result<(), ReadError> {
        self.write(Touches::Picture, |change| -> Result<_, StoreError> {
            change.set_setting(PASSWORD_HASH, hash)?;
            change.end_all_sessions()
        })?;
        Ok(())
    }

    /// Returns the hash of the administrator's password, once one is set.
    pub fn find_admin_password_hash(&self) -> Result<Option<String>, ReadError> {
        Ok(self
            .inner
            .store
            .read(|view| view.find_setting(PASSWORD_HASH))?)
    }

    /// Keeps a session under the SHA-256 of its token.
    pub fn open_session(&self, token_hash: &[u8; 32], session: &Session) -> Result<(), ReadError> {
        let row = SessionRow {
            officer: session.officer.clone(),
            expires_at: session.expires_at,
        };
        self.inner
            .store
            .write(|change| change.insert_session(token_hash, &row, self.now()))?;
        Ok(())
    }

    /// Returns the session of a token, unless it is over.
    pub fn find_session(&self, token_hash: &[u8; 32]) -> Result<Option<Session>, ReadError> {
        let row = self
            .inner
            .store
            .read(|view| view.find_session(token_hash, self.now()))?;
        Ok(row.map(|row| Session {
            officer: row.officer,
            expires_at: row.expires_at,
        }))
    }

    /// Ends a session.
    pub fn close_session(&self, token_hash: &[u8; 32]) -> Result<(), ReadError> {
        self.inner
            .store
            .write(|change| change.end_session(token_hash))?;
        Ok(())
    }
}
