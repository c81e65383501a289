//! Documents that were not accepted, for people to see. Bounded: a hostile peer must not fill the disk with them.

use domain::DocumentId;
use jiff::Timestamp;
use rusqlite::params;

use crate::columns::{instant, maybe_document_id, seconds};
use crate::store::{Change, StoreError, View};

/// How many are kept.
const KEPT: i64 = 1_000;
/// How many of one sender: whoever is refused without end must not push out what others are told of.
const KEPT_OF_SENDER: i64 = 100;
/// Characters of a reason that are kept.
const REASON_CHARS_MAX: usize = 500;

/// One document that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalRow {
    /// When.
    pub refused_at: Timestamp,
    /// Who sent it.
    pub sender: String,
    /// What it said it was.
    pub kind: Option<String>,
    /// Its id.
    pub document: Option<DocumentId>,
    /// Why.
    pub reason: String,
}

impl View<'_> {
    /// Lists the newest refusals first.
    pub fn list_refusals(&self, limit: u32) -> Result<Vec<RefusalRow>, StoreError> {
        self.list(
            "SELECT refused_at, sender, kind, document, reason FROM refusals ORDER BY id DESC LIMIT ?1",
            [limit],
            |row| {
                Ok(RefusalRow {
                    refused_at: instant(row, "refused_at")?,
                    sender: row.get("sender")?,
                    kind: row.get("kind")?,
                    document: maybe_document_id(row, "document")?,
                    reason: row.get("reason")?,
                })
            },
        )
    }
}

impl Change<'_> {
    /// Notes a refusal. The same document refused again for the same reason is one line, with its newest time.
    pub fn insert_refusal(&self, refusal: &RefusalRow) -> Result<(), StoreError> {
        let reason: String = refusal.reason.chars().take(REASON_CHARS_MAX).collect();
        self.run(
            "INSERT INTO refusals (refused_at, sender, kind, document, reason) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (sender, document, reason) DO UPDATE SET refused_at = excluded.refused_at",
            params![
                seconds(refusal.refused_at),
                refusal.sender,
                refusal.kind,
                refusal.document.as_ref().map(DocumentId::as_bytes),
                reason,
            ],
        )?;
        self.run(
            "DELETE FROM refusals WHERE id IN (
                SELECT id FROM refusals WHERE sender = ?1 ORDER BY id DESC LIMIT -1 OFFSET ?2)",
            params![refusal.sender, KEPT_OF_SENDER],
        )?;
        self.run(
            "DELETE FROM refusals WHERE id IN (
                SELECT id FROM refusals ORDER BY id DESC LIMIT -1 OFFSET ?1)",
            [KEPT],
        )?;
        Ok(())
    }
}
