//! What this node knows of its parent since it enrolled.

use documents::PublicKey;
use domain::OrganisationId;
use serde::{Deserialize, Serialize};
use store::{Change, StoreError, View};

/// The setting that holds it.
const PARENT: &str = "parent";

/// The parent, and our certificate there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    /// Its organisation.
    pub organisation: OrganisationId,
    /// Its name for people.
    pub name: String,
    /// The key with which its node signs documents.
    pub document_key: PublicKey,
    /// Where it answers.
    pub urls: Vec<String>,
    /// The certificate of its authority.
    pub authority_pem: String,
    /// The certificate chain that it issued for our key.
    pub chain_pem: String,
}

pub(crate) fn find_parent(view: &View<'_>) -> Result<Option<Parent>, StoreError> {
    let Some(text) = view.find_setting(PARENT)? else {
        return Ok(None);
    };
    Ok(Some(serde_json::from_str(&text)?))
}

pub(crate) fn save_parent(change: &Change<'_>, parent: &Parent) -> Result<(), StoreError> {
    change.set_setting(PARENT, &serde_json::to_string(parent)?)
}
