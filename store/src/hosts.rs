//! The hosts whose agents are attached to this node.

use domain::{HostId, OrganisationId};
use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::columns::{host_id, instant, maybe_instant, parsed, seconds};
use crate::store::{Change, StoreError, View};

/// One host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRow {
    /// Its id.
    pub id: HostId,
    /// The organisation it belongs to.
    pub organisation: OrganisationId,
    /// Its name for people.
    pub name: String,
    /// Its agent's key.
    pub public_key: Vec<u8>,
    /// When its agent enrolled.
    pub enrolled_at: Timestamp,
    /// When its agent was last heard of.
    pub last_seen_at: Option<Timestamp>,
    /// When it was removed.
    pub removed_at: Option<Timestamp>,
}

fn host(row: &Row<'_>) -> rusqlite::Result<HostRow> {
    Ok(HostRow {
        id: host_id(row, "id")?,
        organisation: parsed(row, "organisation")?,
        name: row.get("name")?,
        public_key: row.get("public_key")?,
        enrolled_at: instant(row, "enrolled_at")?,
        last_seen_at: maybe_instant(row, "last_seen_at")?,
        removed_at: maybe_instant(row, "removed_at")?,
    })
}

impl View<'_> {
    /// Lists the hosts that were not removed, by name.
    pub fn list_hosts(&self) -> Result<Vec<HostRow>, StoreError> {
        self.list(
            "SELECT * FROM hosts WHERE removed_at IS NULL ORDER BY name, id",
            (),
            host,
        )
    }

    /// Lists the organisations that have hosts.
    pub fn list_organisations_with_hosts(&self) -> Result<Vec<OrganisationId>, StoreError> {
        self.list(
            "SELECT DISTINCT organisation FROM hosts WHERE removed_at IS NULL",
            (),
            |row| parsed(row, "organisation"),
        )
    }

    /// Returns one host, also a removed one.
    pub fn find_host(&self, id: HostId) -> Result<Option<HostRow>, StoreError> {
        self.find("SELECT * FROM hosts WHERE id = ?1", [id.as_bytes()], host)
    }

    /// Returns the host that was removed whose agent has this key.
    pub fn find_removed_host_by_key(&self, key: &[u8]) -> Result<Option<HostRow>, StoreError> {
        self.find(
            "SELECT * FROM hosts WHERE public_key = ?1 AND removed_at IS NOT NULL",
            [key],
            host,
        )
    }

    /// Returns the host whose agent has this key, unless it was removed.
    pub fn find_host_by_key(&self, key: &[u8]) -> Result<Option<HostRow>, StoreError> {
        self.find(
            "SELECT * FROM hosts WHERE public_key = ?1 AND removed_at IS NULL",
            [key],
            host,
        )
    }
}

impl Change<'_> {
    /// Adds a host, or takes one that was removed back under its id.
    pub fn insert_host(&self, host: &HostRow) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO hosts (id, organisation, name, public_key, enrolled_at, last_seen_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5)
             ON CONFLICT (id) DO UPDATE SET organisation = excluded.organisation, name = excluded.name,
                enrolled_at = excluded.enrolled_at, last_seen_at = excluded.last_seen_at, removed_at = NULL",
            params![
                host.id.as_bytes(),
                host.organisation.as_str(),
                host.name,
                host.public_key,
                seconds(host.enrolled_at),
            ],
        )?;
        Ok(())
    }

    /// Notes that a host's agent was heard of.
    pub fn see_host(&self, id: HostId, now: Timestamp) -> Result<(), StoreError> {
        self.run(
            "UPDATE hosts SET last_seen_at = ?2 WHERE id = ?1",
            params![id.as_bytes(), seconds(now)],
        )?;
        Ok(())
    }

    /// Removes a host: it is no longer eligible, and its agent no longer accepted.
    pub fn remove_host(&self, id: HostId, now: Timestamp) -> Result<bool, StoreError> {
        let touched = self.run(
            "UPDATE hosts SET removed_at = ?2 WHERE id = ?1 AND removed_at IS NULL",
            params![id.as_bytes(), seconds(now)],
        )?;
        Ok(touched == 1)
    }
}
