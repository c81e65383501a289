//! The catalogue: every alert that an authority has in force. Short-lived, so that nobody can be kept in the past.

use std::collections::BTreeSet;

use domain::{AlertId, OrganisationId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kind::{Document, Kind, check_line, check_schema};

/// Alerts in force at once.
pub const CATALOGUE_ALERTS_MAX: usize = 10_000;
/// Characters of an alert's number, as in the alert itself.
const NUMBER_CHARS_MAX: usize = 300;

/// Every alert in force. An alert that is not in it is not accepted, however well it is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Always [`crate::SCHEMA`].
    pub schema: u32,
    /// Whose catalogue it is.
    pub authority: OrganisationId,
    /// Greater in each edition: an older one than already seen is refused.
    pub version: u64,
    /// When it was signed.
    pub issued_at: Timestamp,
    /// From then on it vouches for nothing: hours to days, so that withholding a newer one is noticed.
    pub expires_at: Timestamp,
    /// The alerts in force.
    pub alerts: Vec<CatalogueEntry>,
}

/// One alert in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueEntry {
    /// Its id.
    pub id: AlertId,
    /// Its number.
    pub number: String,
    /// Its version.
    pub version: u32,
}

impl Catalogue {
    /// Returns the entry of the alert `id`.
    pub fn find(&self, id: AlertId) -> Option<&CatalogueEntry> {
        self.alerts.iter().find(|entry| entry.id == id)
    }
}

impl Document for Catalogue {
    const KIND: Kind = Kind::Catalogue;

    fn check(&self) -> Result<(), String> {
        check_schema(self.schema)?;
        if self.version == 0 {
            return Err("versions begin at 1".to_owned());
        }
        if self.issued_at >= self.expires_at {
            return Err("it expires before it is issued".to_owned());
        }
        if self.alerts.len() > CATALOGUE_ALERTS_MAX {
            return Err(format!("it lists more than {CATALOGUE_ALERTS_MAX} alerts"));
        }
        let mut ids = BTreeSet::new();
        let mut numbers = BTreeSet::new();
        for entry in &self.alerts {
            check_line(&entry.number, NUMBER_CHARS_MAX, "a number")?;
            if !ids.insert(entry.id) {
                return Err(format!("it lists alert {} twice", entry.id));
            }
            if !numbers.insert((&entry.number, entry.version)) {
                return Err(format!(
                    "it lists two alerts as '{}' version {}",
                    entry.number, entry.version
                ));
            }
        }
        Ok(())
    }
}
