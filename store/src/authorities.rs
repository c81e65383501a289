//! Whom this node trusts: the chain of roots of each authority, and its newest catalogue.

use domain::{DocumentId, OrganisationId};
use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::columns::{count, document_id, instant, parsed, seconds, stored_count};
use crate::store::{Change, StoreError, View};

/// One accepted root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootRow {
    /// Whose root.
    pub authority: OrganisationId,
    /// Its version.
    pub version: u64,
    /// Its document's id.
    pub document: DocumentId,
    /// Its exact bytes.
    pub envelope: Vec<u8>,
}

/// The newest catalogue of an authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueRow {
    /// Whose catalogue.
    pub authority: OrganisationId,
    /// Its version.
    pub version: u64,
    /// Its document's id.
    pub document: DocumentId,
    /// Its exact bytes.
    pub envelope: Vec<u8>,
    /// From then on it vouches for nothing.
    pub expires_at: Timestamp,
}

const ROOTS: &str = "SELECT roots.authority, roots.version, roots.document, documents.envelope
     FROM roots JOIN documents ON documents.id = roots.document";

fn root(row: &Row<'_>) -> rusqlite::Result<RootRow> {
    Ok(RootRow {
        authority: parsed(row, "authority")?,
        version: count(row, "version")?,
        document: document_id(row, "document")?,
        envelope: row.get("envelope")?,
    })
}

impl View<'_> {
    /// Lists the accepted roots of all authorities, oldest first for each.
    pub fn list_roots(&self) -> Result<Vec<RootRow>, StoreError> {
        self.list(&format!("{ROOTS} ORDER BY authority, version"), (), root)
    }

    /// Returns the newest root of an authority.
    pub fn find_root(&self, authority: &OrganisationId) -> Result<Option<RootRow>, StoreError> {
        self.find(
            &format!("{ROOTS} WHERE authority = ?1 ORDER BY version DESC LIMIT 1"),
            [authority.as_str()],
            root,
        )
    }

    /// Lists the newest catalogue of each authority.
    pub fn list_catalogues(&self) -> Result<Vec<CatalogueRow>, StoreError> {
        self.list(
            "SELECT catalogues.*, documents.envelope
             FROM catalogues JOIN documents ON documents.id = catalogues.document
             ORDER BY authority",
            (),
            |row| {
                Ok(CatalogueRow {
                    authority: parsed(row, "authority")?,
                    version: count(row, "version")?,
                    document: document_id(row, "document")?,
                    envelope: row.get("envelope")?,
                    expires_at: instant(row, "expires_at")?,
                })
            },
        )
    }

    /// Returns the newest catalogue of an authority.
    pub fn find_catalogue(
        &self,
        authority: &OrganisationId,
    ) -> Result<Option<CatalogueRow>, StoreError> {
        let all = self.list_catalogues()?;
        Ok(all.into_iter().find(|row| row.authority == *authority))
    }
}

impl Change<'_> {
    /// Trusts a root from now on. Its document is stored already.
    pub fn insert_root(
        &self,
        authority: &OrganisationId,
        version: u64,
        document: DocumentId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO roots (authority, version, document, accepted_at) VALUES (?1, ?2, ?3, ?4)",
            params![
                authority.as_str(),
                stored_count(version),
                document.as_bytes(),
                seconds(now)
            ],
        )?;
        Ok(())
    }

    /// Makes a catalogue the newest of its authority. Its document is stored already.
    pub fn replace_catalogue(
        &self,
        authority: &OrganisationId,
        version: u64,
        document: DocumentId,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO catalogues (authority, version, document, expires_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (authority) DO UPDATE SET
                version = excluded.version, document = excluded.document, expires_at = excluded.expires_at",
            params![
                authority.as_str(),
                stored_count(version),
                document.as_bytes(),
                seconds(expires_at)
            ],
        )?;
        Ok(())
    }
}
