//! What an authority's node does: it trusts its own root, puts signed alerts into force and keeps the catalogue fresh.
//!
//! It treats its own documents as everybody below does: they go through the same doors of `relay.rs`.

use std::collections::BTreeSet;

use documents::{
    CATALOGUE_ALERTS_MAX, Catalogue, CatalogueEntry, Envelope, EnvelopeError, Expiry, Root, SCHEMA,
    SignError, SigningKey, Verified, VerifyError, verify_alert_signatures, verify_first_root,
    verify_next_root,
};
use domain::{Alert, AlertId, OrganisationId};
use jiff::{SignedDuration, Timestamp};
use store::{AlertRow, Change, StoreError};
use thiserror::Error;

use crate::node::{Node, ReadError, Touches};
use crate::relay::NotApplied;
use crate::trusted::{Trusted, find_trusted};

/// Why an alert, a root or a catalogue was not issued.
#[derive(Debug, Error)]
pub enum IssueError {
    /// This node issues nothing: its settings have no `[authority]`.
    #[error("issue from this node: its settings have no [authority]")]
    NoAuthority,
    /// No root has been adopted yet.
    #[error("issue before the authority's root is adopted")]
    NoRoot,
    /// The root is another organisation's.
    #[error("adopt the root of '{0}', which is not this node's organisation")]
    OtherRoot(OrganisationId),
    /// The root does not let this node sign catalogues alone.
    #[error("adopt the root: its role 'catalogue' must have key {0} and a threshold of 1")]
    CatalogueKey(String),
    /// The document is no envelope.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The document does not verify.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// Another alert has this number and version, or a newer version has been issued.
    #[error("issue '{number}' version {version}: {reason}")]
    Number {
        /// The number.
        number: String,
        /// The version.
        version: u32,
        /// What is in its way.
        reason: String,
    },
    /// The catalogue is full, or there is no such alert in it.
    #[error("change the catalogue: {0}")]
    Catalogue(String),
    /// The catalogue could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The database failed.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<StoreError> for IssueError {
    fn from(error: StoreError) -> Self {
        Self::Read(error.into())
    }
}

impl From<NotApplied> for IssueError {
    fn from(error: NotApplied) -> Self {
        match error {
            NotApplied::Refused(reason) => Self::Catalogue(reason),
            NotApplied::Store(error) => error.into(),
        }
    }
}

impl Node {
    /// Adopts the authority's own root: the first one is trusted because the administrator says so, each next one because
    /// the one before vouches for it.
    pub fn adopt_root(&self, bytes: &[u8]) -> Result<(), IssueError> {
        let key = self
            .inner
            .catalogue_key
            .as_ref()
            .ok_or(IssueError::NoAuthority)?;
        let id = Envelope::parse(bytes)?.id();
        self.write(Touches::Feeds, |change| {
            let expiry = Expiry::Enforced(self.now());
            let root = match find_trusted(change, self.organisation())? {
                Some(trusted) if trusted.root.id() == id => return Ok(()),
                Some(trusted) => verify_next_root(bytes, &trusted.root, expiry)?,
                None => verify_first_root(bytes, id, expiry)?,
            };
            self.check_own_root(&root, key)?;
            self.keep_root(change, &root)?;
            self.replace_catalogue(change, key, |_| true, None)
        })
    }

    /// Puts an alert that its officers have signed into force. Issuing the same one again changes nothing.
    pub fn issue(&self, bytes: &[u8], officer: &str) -> Result<AlertId, IssueError> {
        let key = self
            .inner
            .catalogue_key
            .as_ref()
            .ok_or(IssueError::NoAuthority)?;
        let id = self.write(Touches::Feeds, |change| {
            let trusted = self.own_authority(change)?;
            let alert =
                verify_alert_signatures(bytes, &trusted.root, Expiry::Enforced(self.now()))?;
            let known = change.find_alert(alert.alert_id())?;
            if known.is_some_and(|row| row.in_force) {
                return Ok::<_, IssueError>(alert.alert_id());
            }
            check_number(change, &alert)?;
            let replaced =
                |row: &AlertRow| row.number == alert.number || alert.supersedes == Some(row.id);
            self.replace_catalogue(change, key, |row| !replaced(row), Some(&alert))?;
            self.take_alert(change, bytes)?;
            Ok(alert.alert_id())
        })?;
        tracing::info!(%id, officer, "alert issued");
        Ok(id)
    }

    /// Takes an alert out of force: nobody acts on it any more.
    pub fn withdraw(&self, alert: AlertId, officer: &str) -> Result<(), IssueError> {
        let key = self
            .inner
            .catalogue_key
            .as_ref()
            .ok_or(IssueError::NoAuthority)?;
        self.write(Touches::Feeds, |change| {
            let row = change
                .find_alert(alert)?
                .filter(|row| row.in_force && row.authority == *self.organisation())
                .ok_or_else(|| IssueError::Catalogue(format!("alert {alert} is not in it")))?;
            self.replace_catalogue(change, key, |other| other.id != row.id, None)
        })?;
        tracing::info!(%alert, officer, "alert withdrawn");
        Ok(())
    }

    /// Signs the catalogue anew once half of its life is over. A job: safe to run at any time. Returns whether it did.
    pub fn refresh_catalogue(&self) -> Result<bool, IssueError> {
        let Some(key) = self.inner.catalogue_key.as_ref() else {
            return Ok(false);
        };
        let due = self.inner.store.read(|view| -> Result<_, StoreError> {
            let trusted = find_trusted(view, self.organisation())?;
            Ok(trusted.is_some_and(|trusted| self.is_refresh_due(&trusted)))
        })?;
        if !due {
            return Ok(false);
        }
        self.write(Touches::Feeds, |change| {
            let trusted = self.own_authority(change)?;
            if self.is_refresh_due(&trusted) {
                self.replace_catalogue(change, key, |_| true, None)?;
            }
            Ok::<_, IssueError>(())
        })?;
        Ok(true)
    }

    fn is_refresh_due(&self, trusted: &Trusted) -> bool {
        trusted.catalogue.as_ref().is_none_or(|catalogue| {
            let life = catalogue.expires_at.duration_since(catalogue.issued_at);
            self.now().duration_since(catalogue.issued_at) >= life / 2
        })
    }

    fn own_authority(&self, change: &Change<'_>) -> Result<Trusted, IssueError> {
        find_trusted(change, self.organisation())?.ok_or(IssueError::NoRoot)
    }

    fn check_own_root(&self, root: &Verified<Root>, key: &SigningKey) -> Result<(), IssueError> {
        if root.authority != *self.organisation() {
            return Err(IssueError::OtherRoot(root.authority.clone()));
        }
        let key = key.public_key();
        if root.catalogue.contains(&key) && root.catalogue.threshold == 1 {
            Ok(())
        } else {
            Err(IssueError::CatalogueKey(key.to_string()))
        }
    }

    /// Signs the next catalogue: the alerts in force that `keep` keeps and that have not expired, and `added`.
    fn replace_catalogue(
        &self,
        change: &Change<'_>,
        key: &SigningKey,
        keep: impl Fn(&AlertRow) -> bool,
        added: Option<&Verified<Alert>>,
    ) -> Result<(), IssueError> {
        let now = self.now();
        let mut alerts: Vec<CatalogueEntry> = change
            .list_alerts()?
            .into_iter()
            .filter(|row| row.authority == *self.organisation())
            .filter(|row| row.in_force && row.expires_at > now && keep(row))
            .map(|row| CatalogueEntry {
                id: row.id,
                number: row.number,
                version: row.version,
            })
            .collect();
        alerts.extend(added.map(|alert| CatalogueEntry {
            id: alert.alert_id(),
            number: alert.number.clone(),
            version: alert.version,
        }));
        if alerts.len() > CATALOGUE_ALERTS_MAX {
            return Err(IssueError::Catalogue(format!(
                "it would list more than {CATALOGUE_ALERTS_MAX} alerts"
            )));
        }
        let before = change.find_catalogue(self.organisation())?;
        let catalogue = Catalogue {
            schema: SCHEMA,
            authority: self.organisation().clone(),
            version: self.next_revision(before.map(|row| row.version)),
            issued_at: now,
            expires_at: self.catalogue_end(now),
            alerts,
        };
        let bytes = Envelope::sign(&catalogue, &[key])?.to_bytes();
        self.take_catalogue(change, &bytes)?;
        Ok(())
    }

    fn catalogue_end(&self, now: Timestamp) -> Timestamp {
        let life = self.config().authority.unwrap_or_default().catalogue_life;
        let life = SignedDuration::try_from(life).unwrap_or(SignedDuration::from_hours(24));
        now.saturating_add(life).unwrap_or(Timestamp::MAX)
    }
}

fn check_number(change: &Change<'_>, alert: &Verified<Alert>) -> Result<(), IssueError> {
    let same: BTreeSet<u32> = change
        .list_alerts()?
        .into_iter()
        .filter(|row| row.authority == alert.authority && row.number == alert.number)
        .filter(|row| row.id != alert.alert_id())
        .map(|row| row.version)
        .collect();
    let reason = match same.last() {
        Some(newest) if *newest == alert.version => "another alert has them".to_owned(),
        Some(newest) if *newest > alert.version => format!("version {newest} has been issued"),
        _ => return Ok(()),
    };
    Err(IssueError::Number {
        number: alert.number.clone(),
        version: alert.version,
        reason,
    })
}
