//! Reads back from our own disk what was verified when it came: roots, catalogues, alerts.

use std::sync::Arc;

use documents::{
    Catalogue, Envelope, Expiry, Root, Verified, VerifyError, verify_alert_signatures,
    verify_catalogue, verify_first_root,
};
use domain::{Alert, AlertId, OrganisationId};
use store::{RootRow, StoreError, View};

use crate::node::{Node, ReadError, locked};

/// Alerts kept in memory.
const ALERTS_KEPT: usize = 16;

/// An authority that this node trusts, as far as it knows it.
pub(crate) struct Trusted {
    /// Its newest root.
    pub(crate) root: Verified<Root>,
    /// Its newest catalogue.
    pub(crate) catalogue: Option<Verified<Catalogue>>,
}

/// Lists the authorities that this node trusts.
pub(crate) fn list_trusted(view: &View<'_>) -> Result<Vec<Trusted>, StoreError> {
    let mut rows = view.list_roots()?;
    let mut trusted = Vec::new();
    while let Some(newest) = rows.pop() {
        let (mut earlier, others): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .partition(|row| row.authority == newest.authority);
        rows = others;
        let Some(root) = stored_root(&newest) else {
            continue;
        };
        earlier.push(newest);
        let catalogue = find_stored_catalogue(view, &root.authority, &earlier)?;
        trusted.push(Trusted { root, catalogue });
    }
    Ok(trusted)
}

/// Returns what this node knows of one authority.
pub(crate) fn find_trusted(
    view: &View<'_>,
    authority: &OrganisationId,
) -> Result<Option<Trusted>, StoreError> {
    let all = list_trusted(view)?;
    Ok(all
        .into_iter()
        .find(|trusted| trusted.root.authority == *authority))
}

/// Reads a root that was verified when it was stored: its own id is the pin.
pub(crate) fn stored_root(row: &RootRow) -> Option<Verified<Root>> {
    match verify_first_root(&row.envelope, row.document, Expiry::Ignored) {
        Ok(root) => Some(root),
        Err(error) => {
            tracing::error!(authority = %row.authority, version = row.version, %error, "could not read a stored root");
            None
        }
    }
}

/// The catalogue may have been signed under an earlier root than the newest.
fn find_stored_catalogue(
    view: &View<'_>,
    authority: &OrganisationId,
    roots: &[RootRow],
) -> Result<Option<Verified<Catalogue>>, StoreError> {
    let Some(row) = view.find_catalogue(authority)? else {
        return Ok(None);
    };
    let catalogue = roots
        .iter()
        .rev()
        .filter_map(stored_root)
        .find_map(|root| verify_catalogue(&row.envelope, &root, None, Expiry::Ignored).ok());
    if catalogue.is_none() {
        tracing::error!(%authority, version = row.version, "could not read the stored catalogue");
    }
    Ok(catalogue)
}

impl Node {
    /// Returns an alert that was verified when it was stored.
    pub(crate) fn stored_alert(&self, id: AlertId) -> Result<Option<Arc<Alert>>, ReadError> {
        if let Some(alert) = locked(&self.inner.alerts_read).get(&id) {
            return Ok(Some(Arc::clone(alert)));
        }
        let alert = self.inner.store.read(|view| -> Result<_, StoreError> {
            let (Some(row), Some(document)) =
                (view.find_alert(id)?, view.find_document(id.into())?)
            else {
                return Ok(None);
            };
            let roots: Vec<RootRow> = view
                .list_roots()?
                .into_iter()
                .filter(|root| root.authority == row.authority)
                .collect();
            let alert = roots.iter().rev().filter_map(stored_root).find_map(|root| {
                verify_alert_signatures(&document.envelope, &root, Expiry::Ignored).ok()
            });
            Ok(alert.map(|alert| Arc::new(alert.value().clone())))
        })?;
        if let Some(alert) = &alert {
            let mut kept = locked(&self.inner.alerts_read);
            if kept.len() >= ALERTS_KEPT {
                kept.clear();
            }
            kept.insert(id, Arc::clone(alert));
        }
        Ok(alert)
    }
}

/// Runs `verify` with each trusted authority until one accepts. The error is that of the authority that came closest:
/// one whose keys have signed.
pub(crate) fn verify_with_any<T>(
    trusted: &[Trusted],
    verify: impl Fn(&Trusted) -> Result<T, VerifyError>,
) -> Result<T, Option<VerifyError>> {
    let mut closest = None;
    for authority in trusted {
        match verify(authority) {
            Ok(value) => return Ok(value),
            Err(error) => {
                let stranger = matches!(
                    error,
                    VerifyError::UnknownKey { .. } | VerifyError::TooFewSignatures { .. }
                );
                if closest.is_none() || !stranger {
                    closest = Some(error);
                }
            }
        }
    }
    Err(closest)
}

/// Tells what some bytes say they are, for the record of what is refused.
pub(crate) fn describe(bytes: &[u8]) -> (Option<String>, Option<domain::DocumentId>) {
    match Envelope::parse(bytes) {
        Ok(envelope) => (
            Some(envelope.kind().as_str().to_owned()),
            Some(envelope.id()),
        ),
        Err(_) => (None, None),
    }
}
