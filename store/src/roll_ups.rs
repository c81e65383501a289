//! What children said of their subtrees, and what this node has said of its own.

use domain::{AlertId, OrganisationId, OrganisationStatus};
use jiff::Timestamp;
use rusqlite::params;

use crate::columns::{alert_id, count, instant, json, parsed, seconds, stored_count, to_json};
use crate::store::{Change, StoreError, View};

/// The newest roll-up of a child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollUpHead {
    /// Who sent it.
    pub child: OrganisationId,
    /// Its revision.
    pub revision: u64,
    /// When it arrived.
    pub received_at: Timestamp,
}

/// One organisation as a child reported it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollUpRow {
    /// The child that reported.
    pub child: OrganisationId,
    /// What it said.
    pub status: OrganisationStatus,
}

/// The newest roll-up that this node has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MadeRollUp {
    /// Its revision.
    pub revision: u64,
    /// When it was made.
    pub made_at: Timestamp,
    /// A digest of what it said, without the instant.
    pub content: [u8; 32],
}

impl View<'_> {
    /// Lists which children have sent a roll-up for `alert`.
    pub fn list_roll_up_heads(&self, alert: AlertId) -> Result<Vec<RollUpHead>, StoreError> {
        self.list(
            "SELECT child, revision, received_at FROM roll_ups WHERE alert = ?1 ORDER BY child",
            [alert.as_bytes()],
            |row| {
                Ok(RollUpHead {
                    child: parsed(row, "child")?,
                    revision: count(row, "revision")?,
                    received_at: instant(row, "received_at")?,
                })
            },
        )
    }

    /// Lists what children reported for `alert`, by organisation.
    pub fn list_roll_up_rows(&self, alert: AlertId) -> Result<Vec<RollUpRow>, StoreError> {
        self.list(
            "SELECT child, status FROM roll_up_rows WHERE alert = ?1 ORDER BY organisation",
            [alert.as_bytes()],
            |row| {
                Ok(RollUpRow {
                    child: parsed(row, "child")?,
                    status: json(row, "status")?,
                })
            },
        )
    }

    /// Lists the organisations reported for `alert`, and by which child.
    pub fn list_roll_up_claims(
        &self,
        alert: AlertId,
    ) -> Result<Vec<(OrganisationId, OrganisationId)>, StoreError> {
        self.list(
            "SELECT organisation, child FROM roll_up_rows WHERE alert = ?1",
            [alert.as_bytes()],
            |row| Ok((parsed(row, "organisation")?, parsed(row, "child")?)),
        )
    }

    /// Lists the alerts of which the picture has changed since the last roll-up.
    pub fn list_roll_ups_due(&self) -> Result<Vec<AlertId>, StoreError> {
        self.list("SELECT alert FROM roll_ups_due", (), |row| {
            alert_id(row, "alert")
        })
    }

    /// Returns the newest roll-up that this node has made for `alert`.
    pub fn find_made_roll_up(&self, alert: AlertId) -> Result<Option<MadeRollUp>, StoreError> {
        self.find(
            "SELECT revision, made_at, content FROM roll_ups_made WHERE alert = ?1",
            [alert.as_bytes()],
            |row| {
                Ok(MadeRollUp {
                    revision: count(row, "revision")?,
                    made_at: instant(row, "made_at")?,
                    content: row.get("content")?,
                })
            },
        )
    }
}

impl Change<'_> {
    /// Puts a child's roll-up in the place of the one before. Returns false, and changes nothing, where that one is not
    /// older. A row that another child has reported is this child's from now on: the caller knows who may speak for whom.
    pub fn replace_roll_up(
        &self,
        alert: AlertId,
        head: &RollUpHead,
        envelope: &[u8],
        statuses: &[OrganisationStatus],
    ) -> Result<bool, StoreError> {
        let touched = self.run(
            "INSERT INTO roll_ups (alert, child, revision, envelope, received_at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (alert, child) DO UPDATE SET
                revision = excluded.revision, envelope = excluded.envelope, received_at = excluded.received_at
             WHERE roll_ups.revision < excluded.revision",
            params![
                alert.as_bytes(),
                head.child.as_str(),
                stored_count(head.revision),
                envelope,
                seconds(head.received_at)
            ],
        )?;
        if touched == 0 {
            return Ok(false);
        }
        self.run(
            "DELETE FROM roll_up_rows WHERE alert = ?1 AND child = ?2",
            params![alert.as_bytes(), head.child.as_str()],
        )?;
        for status in statuses {
            self.run(
                "INSERT INTO roll_up_rows (alert, organisation, child, status) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (alert, organisation) DO UPDATE SET child = excluded.child, status = excluded.status",
                params![
                    alert.as_bytes(),
                    status.organisation.as_str(),
                    head.child.as_str(),
                    to_json(status)?
                ],
            )?;
        }
        Ok(true)
    }

    /// Forgets what a removed child reported: whoever is no longer below is no longer counted.
    pub fn remove_roll_ups(&self, child: &OrganisationId) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM roll_up_rows WHERE child = ?1",
            [child.as_str()],
        )?;
        self.run("DELETE FROM roll_ups WHERE child = ?1", [child.as_str()])?;
        Ok(())
    }

    /// Notes that the picture of `alert` has changed.
    pub fn set_roll_up_due(&self, alert: AlertId) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO roll_ups_due (alert) VALUES (?1) ON CONFLICT DO NOTHING",
            [alert.as_bytes()],
        )?;
        Ok(())
    }

    /// Notes that the picture of `alert` needs no new roll-up.
    pub fn clear_roll_up_due(&self, alert: AlertId) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM roll_ups_due WHERE alert = ?1",
            [alert.as_bytes()],
        )?;
        Ok(())
    }

    /// Notes the newest roll-up that this node has made.
    pub fn replace_made_roll_up(
        &self,
        alert: AlertId,
        made: &MadeRollUp,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO roll_ups_made (alert, revision, made_at, content) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (alert) DO UPDATE SET
                revision = excluded.revision, made_at = excluded.made_at, content = excluded.content",
            params![
                alert.as_bytes(),
                stored_count(made.revision),
                seconds(made.made_at),
                made.content
            ],
        )?;
        Ok(())
    }
}
