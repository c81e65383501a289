//! Who is signed in to the pages. Only hashes of tokens are kept.

use jiff::Timestamp;
use rusqlite::params;

use crate::columns::{instant, seconds};
use crate::store::{Change, StoreError, View};

/// One session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// Who is signed in.
    pub officer: String,
    /// Until when.
    pub expires_at: Timestamp,
}

impl View<'_> {
    /// Returns the session with this token hash that is not over at `now`.
    pub fn find_session(
        &self,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<SessionRow>, StoreError> {
        self.find(
            "SELECT officer, expires_at FROM sessions WHERE hash = ?1 AND expires_at > ?2",
            params![hash, seconds(now)],
            |row| {
                Ok(SessionRow {
                    officer: row.get("officer")?,
                    expires_at: instant(row, "expires_at")?,
                })
            },
        )
    }
}

impl Change<'_> {
    /// Adds a session, and forgets those that were over at `now`.
    pub fn insert_session(
        &self,
        hash: &[u8; 32],
        session: &SessionRow,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM sessions WHERE expires_at <= ?1",
            [seconds(now)],
        )?;
        self.run(
            "INSERT INTO sessions (hash, officer, expires_at) VALUES (?1, ?2, ?3)",
            params![hash, session.officer, seconds(session.expires_at)],
        )?;
        Ok(())
    }

    /// Ends a session.
    pub fn end_session(&self, hash: &[u8; 32]) -> Result<(), StoreError> {
        self.run("DELETE FROM sessions WHERE hash = ?1", [hash])?;
        Ok(())
    }

    /// Ends every session.
    pub fn end_all_sessions(&self) -> Result<(), StoreError> {
        self.run("DELETE FROM sessions", ())?;
        Ok(())
    }
}
