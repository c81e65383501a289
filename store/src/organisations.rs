//! The organisations directly below this node, and those further below as their parents name them.

use domain::OrganisationId;
use jiff::Timestamp;
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use crate::columns::{from_word, instant, maybe_instant, maybe_parsed, parsed, seconds, word};
use crate::store::{Change, StoreError, View};

/// How an organisation directly below takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// By a node of its own.
    Child,
    /// Through this node.
    Hosted,
}

/// One organisation directly below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationRow {
    /// Its id.
    pub id: OrganisationId,
    /// Its name for people.
    pub name: String,
    /// How it takes part.
    pub relation: Relation,
    /// Its node's key, once enrolled.
    pub public_key: Option<Vec<u8>>,
    /// The SHA-256 of the secret of its form.
    pub form_hash: Option<[u8; 32]>,
    /// When it was invited or registered.
    pub registered_at: Timestamp,
    /// When its node enrolled.
    pub enrolled_at: Option<Timestamp>,
    /// When its node was last heard of.
    pub last_seen_at: Option<Timestamp>,
    /// When it was removed.
    pub removed_at: Option<Timestamp>,
}

/// One organisation further below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescendantRow {
    /// Its id.
    pub organisation: OrganisationId,
    /// The child that it is below.
    pub child: OrganisationId,
    /// Its name for people.
    pub name: String,
    /// The organisation above it.
    pub parent: Option<OrganisationId>,
}

fn organisation(row: &Row<'_>) -> rusqlite::Result<OrganisationRow> {
    Ok(OrganisationRow {
        id: parsed(row, "id")?,
        name: row.get("name")?,
        relation: from_word(row, "relation")?,
        public_key: row.get("public_key")?,
        form_hash: row.get("form_hash")?,
        registered_at: instant(row, "registered_at")?,
        enrolled_at: maybe_instant(row, "enrolled_at")?,
        last_seen_at: maybe_instant(row, "last_seen_at")?,
        removed_at: maybe_instant(row, "removed_at")?,
    })
}

impl View<'_> {
    /// Lists the organisations directly below that were not removed.
    pub fn list_organisations(&self) -> Result<Vec<OrganisationRow>, StoreError> {
        self.list(
            "SELECT * FROM organisations WHERE removed_at IS NULL ORDER BY id",
            (),
            organisation,
        )
    }

    /// Returns one organisation directly below, also a removed one.
    pub fn find_organisation(
        &self,
        id: &OrganisationId,
    ) -> Result<Option<OrganisationRow>, StoreError> {
        self.find(
            "SELECT * FROM organisations WHERE id = ?1",
            [id.as_str()],
            organisation,
        )
    }

    /// Returns the child whose node has this key.
    pub fn find_organisation_by_key(
        &self,
        key: &[u8],
    ) -> Result<Option<OrganisationRow>, StoreError> {
        self.find(
            "SELECT * FROM organisations WHERE public_key = ?1 AND removed_at IS NULL",
            [key],
            organisation,
        )
    }

    /// Returns the hosted organisation whose form has this secret.
    pub fn find_organisation_by_form(
        &self,
        hash: &[u8; 32],
    ) -> Result<Option<OrganisationRow>, StoreError> {
        self.find(
            "SELECT * FROM organisations WHERE form_hash = ?1 AND removed_at IS NULL",
            [hash],
            organisation,
        )
    }

    /// Lists the organisations further below.
    pub fn list_descendants(&self) -> Result<Vec<DescendantRow>, StoreError> {
        self.list(
            "SELECT * FROM descendants ORDER BY organisation",
            (),
            |row| {
                Ok(DescendantRow {
                    organisation: parsed(row, "organisation")?,
                    child: parsed(row, "child")?,
                    name: row.get("name")?,
                    parent: maybe_parsed(row, "parent")?,
                })
            },
        )
    }
}

impl Change<'_> {
    /// Registers an organisation directly below, or an earlier one anew: it is no longer removed, and has no key.
    pub fn replace_organisation(
        &self,
        id: &OrganisationId,
        name: &str,
        relation: Relation,
        form_hash: Option<&[u8; 32]>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO organisations (id, name, relation, form_hash, registered_at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, relation = excluded.relation, public_key = NULL,
                form_hash = excluded.form_hash, enrolled_at = NULL, removed_at = NULL",
            params![id.as_str(), name, word(&relation)?, form_hash, seconds(now)],
        )?;
        Ok(())
    }

    /// Notes the key with which a child's node enrolled.
    pub fn enrol_organisation(
        &self,
        id: &OrganisationId,
        key: &[u8],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(
            "UPDATE organisations SET public_key = ?2, enrolled_at = ?3, last_seen_at = ?3 WHERE id = ?1",
            params![id.as_str(), key, seconds(now)],
        )?;
        Ok(())
    }

    /// Notes that a child's node was heard of.
    pub fn see_organisation(&self, id: &OrganisationId, now: Timestamp) -> Result<(), StoreError> {
        self.run(
            "UPDATE organisations SET last_seen_at = ?2 WHERE id = ?1",
            params![id.as_str(), seconds(now)],
        )?;
        Ok(())
    }

    /// Removes an organisation: what it said stays, and is no longer shown or added.
    pub fn remove_organisation(
        &self,
        id: &OrganisationId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let touched = self.run(
            "UPDATE organisations SET removed_at = ?2, public_key = NULL, form_hash = NULL
             WHERE id = ?1 AND removed_at IS NULL",
            params![id.as_str(), seconds(now)],
        )?;
        self.run("DELETE FROM descendants WHERE child = ?1", [id.as_str()])?;
        Ok(touched == 1)
    }

    /// Notes who is below `child`: exactly these, or these as well.
    pub fn replace_descendants(
        &self,
        child: &OrganisationId,
        descendants: &[DescendantRow],
    ) -> Result<(), StoreError> {
        self.run("DELETE FROM descendants WHERE child = ?1", [child.as_str()])?;
        for descendant in descendants {
            self.run(
                "INSERT INTO descendants (organisation, child, name, parent) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (organisation) DO NOTHING",
                params![
                    descendant.organisation.as_str(),
                    child.as_str(),
                    descendant.name,
                    descendant.parent.as_ref().map(OrganisationId::as_str),
                ],
            )?;
        }
        Ok(())
    }
}
