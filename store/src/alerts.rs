//! Alerts: what every page needs of them, without their indicators and rules, which stay in the document.

use domain::{AlertId, Language, OrganisationId, Severity, Verb};
use jiff::Timestamp;
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use crate::columns::{alert_id, instant, json, parsed, seconds, to_json};
use crate::store::{Change, StoreError, View};

/// What is kept of an alert outside its document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertHead {
    /// A drill.
    pub exercise: bool,
    /// How urgent it is.
    pub severity: Severity,
    /// When it must be answered.
    pub deadline_at: Option<Timestamp>,
    /// Titles by language.
    pub titles: Vec<(Language, String)>,
    /// Whom it addresses; nobody named: everybody.
    pub audience: Vec<OrganisationId>,
    /// What it asks for.
    pub verbs: Vec<Verb>,
    /// Who signed it, by name or by key.
    pub signers: Vec<String>,
}

/// One alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertRow {
    /// Its id.
    pub id: AlertId,
    /// Who issued it.
    pub authority: OrganisationId,
    /// The issuer's number.
    pub number: String,
    /// Its edition.
    pub version: u32,
    /// The alert that it replaces.
    pub supersedes: Option<AlertId>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// From then on it is not acted on.
    pub expires_at: Timestamp,
    /// When it arrived here.
    pub received_at: Timestamp,
    /// Whether the newest catalogue lists it.
    pub in_force: bool,
    /// Whether a newer edition, or one that replaces it, has arrived. Derived when it is read.
    pub superseded: bool,
    /// The rest.
    pub head: AlertHead,
}

const ALERTS: &str = "SELECT alerts.*, EXISTS (
        SELECT 1 FROM alerts AS newer
        WHERE newer.authority = alerts.authority
          AND ((newer.number = alerts.number AND newer.version > alerts.version)
               OR newer.supersedes = alerts.id)
    ) AS superseded FROM alerts";

fn alert(row: &Row<'_>) -> rusqlite::Result<AlertRow> {
    Ok(AlertRow {
        id: alert_id(row, "id")?,
        authority: parsed(row, "authority")?,
        number: row.get("number")?,
        version: row.get("version")?,
        supersedes: row
            .get::<_, Option<[u8; 32]>>("supersedes")?
            .map(AlertId::from_bytes),
        issued_at: instant(row, "issued_at")?,
        expires_at: instant(row, "expires_at")?,
        received_at: instant(row, "received_at")?,
        in_force: row.get("in_force")?,
        superseded: row.get("superseded")?,
        head: json(row, "head")?,
    })
}

impl View<'_> {
    /// Lists all alerts, the newest first.
    pub fn list_alerts(&self) -> Result<Vec<AlertRow>, StoreError> {
        self.list(
            &format!("{ALERTS} ORDER BY issued_at DESC, received_at DESC, id"),
            (),
            alert,
        )
    }

    /// Returns one alert.
    pub fn find_alert(&self, id: AlertId) -> Result<Option<AlertRow>, StoreError> {
        self.find(&format!("{ALERTS} WHERE id = ?1"), [id.as_bytes()], alert)
    }

    /// Returns the alert with this number and version.
    pub fn find_alert_by_number(
        &self,
        authority: &OrganisationId,
        number: &str,
        version: u32,
    ) -> Result<Option<AlertRow>, StoreError> {
        self.find(
            &format!("{ALERTS} WHERE authority = ?1 AND number = ?2 AND version = ?3"),
            params![authority.as_str(), number, version],
            alert,
        )
    }
}

impl Change<'_> {
    /// Adds an alert that is in force. Its document is stored already. `superseded` is not looked at.
    pub fn insert_alert(&self, alert: &AlertRow) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO alerts (id, authority, number, version, supersedes, issued_at, expires_at, received_at,
                                 in_force, head)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                alert.id.as_bytes(),
                alert.authority.as_str(),
                alert.number,
                alert.version,
                alert.supersedes.as_ref().map(AlertId::as_bytes),
                seconds(alert.issued_at),
                seconds(alert.expires_at),
                seconds(alert.received_at),
                alert.in_force,
                to_json(&alert.head)?,
            ],
        )?;
        Ok(())
    }

    /// Notes whether the newest catalogue lists the alert.
    pub fn set_in_force(&self, id: AlertId, in_force: bool) -> Result<(), StoreError> {
        self.run(
            "UPDATE alerts SET in_force = ?2 WHERE id = ?1",
            params![id.as_bytes(), in_force],
        )?;
        Ok(())
    }
}
