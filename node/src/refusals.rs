//! What the pages show about documents that this node did not accept: each costs itself only, and is not hidden.

use domain::DocumentId;
use jiff::Timestamp;

use crate::node::{Node, ReadError};

/// Lines on the page.
const SHOWN: u32 = 200;

/// A document that was refused.
#[derive(Clone, Debug)]
pub struct RefusedDocument {
    /// When.
    pub refused_at: Timestamp,
    /// Who sent it: the parent, an organisation's or a host's id.
    pub sender: String,
    /// What it said it was, where that much could be read.
    pub kind: Option<String>,
    /// Its id, where that much could be read.
    pub document: Option<DocumentId>,
    /// Why, in English.
    pub reason: String,
}

impl Node {
    /// Lists the documents refused lately, newest first, at most 200.
    pub fn list_refused_documents(&self) -> Result<Vec<RefusedDocument>, ReadError> {
        let rows = self.inner.store.read(|view| view.list_refusals(SHOWN))?;
        Ok(rows
            .into_iter()
            .map(|row| RefusedDocument {
                refused_at: row.refused_at,
                sender: row.sender,
                kind: row.kind,
                document: row.document,
                reason: row.reason,
            })
            .collect())
    }
}
