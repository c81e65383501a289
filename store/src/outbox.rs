//! What waits to go up. Put there in the transaction of the change that it tells of; taken out once the parent has it.

use domain::DocumentId;
use jiff::Timestamp;
use rusqlite::params;

use crate::columns::{document_id, seconds};
use crate::store::{Change, StoreError, View};

/// One document on its way up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Its place in the queue.
    pub seq: i64,
    /// Its id.
    pub document: DocumentId,
    /// Its exact bytes.
    pub envelope: Vec<u8>,
}

impl View<'_> {
    /// Lists what is to be sent next: at most `count_max` documents, of `bytes_max` together unless the first is larger.
    pub fn list_outbox(
        &self,
        count_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<OutboxEntry>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT seq, document, envelope FROM outbox ORDER BY seq")?;
        let mut rows = statement.query(())?;
        let mut entries: Vec<OutboxEntry> = Vec::new();
        let mut bytes = 0usize;
        while let Some(row) = rows.next()? {
            let entry = OutboxEntry {
                seq: row.get("seq")?,
                document: document_id(row, "document")?,
                envelope: row.get("envelope")?,
            };
            bytes = bytes.saturating_add(entry.envelope.len());
            if entries.len() >= count_max || (bytes > bytes_max && !entries.is_empty()) {
                break;
            }
            entries.push(entry);
        }
        Ok(entries)
    }
}

impl Change<'_> {
    /// Queues a document. With a `slot`, it takes the place of one of the same slot that was not sent yet.
    pub fn queue(
        &self,
        slot: Option<&str>,
        document: DocumentId,
        envelope: &[u8],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if let Some(slot) = slot {
            self.run("DELETE FROM outbox WHERE slot = ?1", [slot])?;
        }
        self.run(
            "INSERT INTO outbox (slot, document, envelope, queued_at) VALUES (?1, ?2, ?3, ?4)",
            params![slot, document.as_bytes(), envelope, seconds(now)],
        )?;
        Ok(())
    }

    /// Takes out what the parent has confirmed. One that was replaced meanwhile is gone already, and its successor stays.
    pub fn remove_sent(&self, seqs: &[i64]) -> Result<(), StoreError> {
        for seq in seqs {
            self.run("DELETE FROM outbox WHERE seq = ?1", [seq])?;
        }
        Ok(())
    }
}
