//! What happens to a document on its way down. Each is verified, kept as the bytes it came in, applied, and handed to
//! everybody below; what does not verify costs itself only. A page and the position after it are one commit.
//!
//! An alert: 1. its signatures, authority, dates and content; 2. the catalogue in force lists it; 3. no other alert has
//! its number and version; 4. its bytes are stored and enter the feed; 5. the organisations at this node answer as their
//! policy says, and their agents get the decisions; 6. a roll-up is due.

use documents::{
    Envelope, Expiry, Kind, Verified, VerifyError, verify_alert, verify_alert_signatures,
    verify_catalogue, verify_next_root,
};
use domain::{Alert, AlertId, DocumentId, chain};
use jiff::Timestamp;
use store::{AlertHead, AlertRow, Change, FeedEntry, Lane, RefusalRow, StoreError};

use crate::node::{Node, ReadError, Touches};
use crate::trusted::{Trusted, describe, find_trusted, list_trusted, verify_with_any};

/// The setting that holds the position in the parent's feed.
pub(crate) const CURSOR: &str = "parent-cursor";
/// How the record of refused documents calls the parent.
pub(crate) const PARENT: &str = "parent";

/// Why a document was not applied. The text is for whoever reads the record of refusals.
#[derive(Debug)]
pub(crate) enum NotApplied {
    /// The document is refused; nothing has been changed.
    Refused(String),
    /// The database failed; the whole page will come again.
    Store(StoreError),
}

impl From<StoreError> for NotApplied {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<VerifyError> for NotApplied {
    fn from(error: VerifyError) -> Self {
        Self::Refused(chain(&error))
    }
}

/// What became of a page of the parent's feed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relayed {
    /// Documents that were applied, or were known.
    pub applied: usize,
    /// Documents that were refused.
    pub refused: usize,
}

impl Node {
    /// Takes a page of the parent's feed. When this returns, the page and the position after it are on disk.
    pub fn accept_from_parent(&self, page: &link::FeedPage) -> Result<Relayed, ReadError> {
        let mut relayed = Relayed::default();
        self.write(Touches::Feeds, |change| -> Result<_, StoreError> {
            for bytes in &page.documents {
                match self.relay(change, bytes) {
                    Ok(()) => relayed.applied += 1,
                    Err(NotApplied::Refused(reason)) => {
                        relayed.refused += 1;
                        self.note_refusal(change, PARENT, bytes, reason)?;
                    }
                    Err(NotApplied::Store(error)) => return Err(error),
                }
            }
            change.set_setting(CURSOR, &page.cursor.to_string())
        })?;
        Ok(relayed)
    }

    /// Returns the position in the parent's feed: what to ask for next.
    pub fn parent_cursor(&self) -> Result<u64, ReadError> {
        let text = self
            .inner
            .store
            .read(|view| view.find_setting(CURSOR))?
            .unwrap_or_default();
        Ok(text.parse().unwrap_or(0))
    }

    fn relay(&self, change: &Change<'_>, bytes: &[u8]) -> Result<(), NotApplied> {
        let envelope =
            Envelope::parse(bytes).map_err(|error| NotApplied::Refused(chain(&error)))?;
        match envelope.kind() {
            Kind::Root => self.take_next_root(change, envelope.id(), bytes),
            Kind::Catalogue => self.take_catalogue(change, bytes),
            Kind::Alert => self.take_alert(change, bytes),
            Kind::WatchReport => self.take_watch_from_above(change, bytes),
            other => Err(NotApplied::Refused(format!("a {other} does not come down"))),
        }
    }

    /// Trusts the root that follows on the newest one of its authority.
    pub(crate) fn take_next_root(
        &self,
        change: &Change<'_>,
        id: DocumentId,
        bytes: &[u8],
    ) -> Result<(), NotApplied> {
        if change.list_roots()?.iter().any(|root| root.document == id) {
            return Ok(());
        }
        let trusted = list_trusted(change)?;
        // An expired root can be replaced, and one of a chain need not be valid any more: what relies on it is checked.
        let root = verify_with_any(&trusted, |authority| {
            verify_next_root(bytes, &authority.root, Expiry::Ignored)
        })
        .map_err(unknown_authority)?;
        self.keep_root(change, &root)?;
        Ok(())
    }

    /// Keeps a verified root and hands it down.
    pub(crate) fn keep_root(
        &self,
        change: &Change<'_>,
        root: &Verified<documents::Root>,
    ) -> Result<(), StoreError> {
        let now = self.now();
        change.insert_document(root.id(), Kind::Root.as_str(), root.bytes(), now)?;
        change.insert_root(&root.authority, root.version, root.id(), now)?;
        // All versions stay in the feed: whoever is behind needs each step of the chain.
        change.enter_feed(FeedEntry {
            document: root.id(),
            lane: Lane::Authority,
            organisation: None,
            expires_at: None,
            entered_at: now,
        })?;
        tracing::info!(authority = %root.authority, version = root.version, "trusting a root");
        Ok(())
    }

    /// Makes a catalogue the newest, and lets its list decide what is in force.
    pub(crate) fn take_catalogue(
        &self,
        change: &Change<'_>,
        bytes: &[u8],
    ) -> Result<(), NotApplied> {
        let now = self.now();
        let trusted = list_trusted(change)?;
        let catalogue = verify_with_any(&trusted, |authority| {
            verify_catalogue(
                bytes,
                &authority.root,
                authority.catalogue.as_ref(),
                Expiry::Enforced(now),
            )
        })
        .map_err(unknown_authority)?;
        let before = change.find_catalogue(&catalogue.authority)?;
        if let Some(before) = &before {
            if before.document == catalogue.id() {
                return Ok(());
            }
            change.leave_feed(before.document)?;
        }
        change.insert_document(catalogue.id(), Kind::Catalogue.as_str(), bytes, now)?;
        change.replace_catalogue(
            &catalogue.authority,
            catalogue.version,
            catalogue.id(),
            catalogue.expires_at,
        )?;
        change.enter_feed(FeedEntry {
            document: catalogue.id(),
            lane: Lane::Authority,
            organisation: None,
            expires_at: Some(catalogue.expires_at),
            entered_at: now,
        })?;
        for alert in change.list_alerts()? {
            if alert.authority == catalogue.authority {
                self.set_in_force(change, &alert, catalogue.find(alert.id).is_some())?;
            }
        }
        self.take_waiting_alerts(change, &catalogue)
    }

    /// Takes an alert that the catalogue in force lists.
    pub(crate) fn take_alert(&self, change: &Change<'_>, bytes: &[u8]) -> Result<(), NotApplied> {
        let now = self.now();
        let trusted = list_trusted(change)?;
        let signed = verify_with_any(&trusted, |authority| {
            verify_alert_signatures(bytes, &authority.root, Expiry::Enforced(now))
        })
        .map_err(unknown_authority)?;
        if change.find_alert(signed.alert_id())?.is_some() {
            return Ok(());
        }
        let other =
            change.find_alert_by_number(&signed.authority, &signed.number, signed.version)?;
        if let Some(other) = other {
            return Err(NotApplied::Refused(format!(
                "alert {} has the same number and version",
                other.id
            )));
        }
        let authority = find_trusted(change, &signed.authority)?
            .ok_or_else(|| NotApplied::Refused("its authority is not trusted".to_owned()))?;
        if let Err(error) = check_in_force(bytes, &authority, now) {
            // Kept: the catalogue that lists it may still come, and the parent does not send an alert twice.
            change.insert_document(signed.id(), Kind::Alert.as_str(), bytes, now)?;
            return Err(error);
        }
        self.keep_alert(change, &signed, &authority)?;
        Ok(())
    }

    fn keep_alert(
        &self,
        change: &Change<'_>,
        alert: &Verified<Alert>,
        authority: &Trusted,
    ) -> Result<(), StoreError> {
        let now = self.now();
        change.insert_document(alert.id(), Kind::Alert.as_str(), alert.bytes(), now)?;
        let row = alert_row(alert, authority, now);
        change.insert_alert(&row)?;
        change.enter_feed(alert_entry(&row, now))?;
        self.answer_by_policy(change, &row)?;
        change.set_roll_up_due(row.id)?;
        tracing::info!(number = row.number, version = row.version, id = %row.id, "alert received");
        Ok(())
    }

    fn set_in_force(
        &self,
        change: &Change<'_>,
        alert: &AlertRow,
        in_force: bool,
    ) -> Result<(), StoreError> {
        if alert.in_force == in_force {
            return Ok(());
        }
        change.set_in_force(alert.id, in_force)?;
        if in_force {
            change.enter_feed(alert_entry(alert, self.now()))?;
            self.answer_by_policy(change, alert)?;
            change.set_roll_up_due(alert.id)
        } else {
            self.withdraw_decisions(change, alert.id)?;
            change.leave_feed(alert.id.into())
        }
    }

    /// Takes the alerts that came before the catalogue that lists them.
    fn take_waiting_alerts(
        &self,
        change: &Change<'_>,
        catalogue: &documents::Catalogue,
    ) -> Result<(), NotApplied> {
        for entry in &catalogue.alerts {
            if change.find_alert(entry.id)?.is_some() {
                continue;
            }
            let Some(document) = change.find_document(entry.id.into())? else {
                continue;
            };
            match self.take_alert(change, &document.envelope) {
                Ok(()) => {}
                Err(NotApplied::Refused(reason)) => {
                    self.note_refusal(change, PARENT, &document.envelope, reason)?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Keeps a refusal for people to see.
    pub(crate) fn note_refusal(
        &self,
        change: &Change<'_>,
        sender: &str,
        bytes: &[u8],
        reason: String,
    ) -> Result<(), StoreError> {
        let (kind, document) = describe(bytes);
        tracing::warn!(sender, ?kind, ?document, reason, "document refused");
        change.insert_refusal(&RefusalRow {
            refused_at: self.now(),
            sender: sender.to_owned(),
            kind,
            document,
            reason,
        })
    }
}

fn unknown_authority(error: Option<VerifyError>) -> NotApplied {
    match error {
        Some(error) => error.into(),
        None => NotApplied::Refused("no authority is trusted yet".to_owned()),
    }
}

fn check_in_force(bytes: &[u8], authority: &Trusted, now: Timestamp) -> Result<(), NotApplied> {
    let catalogue = authority
        .catalogue
        .as_ref()
        .ok_or_else(|| NotApplied::Refused("there is no catalogue yet".to_owned()))?;
    verify_alert(bytes, &authority.root, catalogue, Expiry::Enforced(now))?;
    Ok(())
}

fn alert_entry(alert: &AlertRow, now: Timestamp) -> FeedEntry<'static> {
    FeedEntry {
        document: alert.id.into(),
        lane: Lane::Alert,
        organisation: None,
        expires_at: Some(alert.expires_at),
        entered_at: now,
    }
}

fn alert_row(alert: &Verified<Alert>, authority: &Trusted, now: Timestamp) -> AlertRow {
    let id: AlertId = alert.alert_id();
    AlertRow {
        id,
        authority: alert.authority.clone(),
        number: alert.number.clone(),
        version: alert.version,
        supersedes: alert.supersedes,
        issued_at: alert.issued_at,
        expires_at: alert.expires_at,
        received_at: now,
        in_force: true,
        superseded: false,
        head: AlertHead {
            exercise: alert.exercise,
            severity: alert.severity,
            deadline_at: alert.deadline_at,
            titles: alert
                .texts
                .iter()
                .map(|text| (text.language, text.title.clone()))
                .collect(),
            audience: alert.audience.clone(),
            verbs: alert.actions.iter().map(|action| action.verb).collect(),
            signers: alert
                .signers()
                .iter()
                .map(|key| format!("{} {}", authority.root.name, key.short()))
                .collect(),
        },
    }
}
