//! Joining an organisation: once, with an invitation that pins its node.

use documents::{PublicKey, SigningKey};
use domain::{HostId, OrganisationId};
use link::{Identity, Invitation, LinkError, Peer};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::disk;
use crate::paths::AgentPaths;
use crate::settings;
use crate::trust::{TakeError, Trust};

/// What enrolment brought, as it is kept on the disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    schema: u32,
    /// This host.
    pub host: HostId,
    /// The organisation whose node this agent answers to.
    pub organisation: OrganisationId,
    /// Its name for people.
    pub organisation_name: String,
    /// The key that signs its decisions.
    pub node_key: PublicKey,
    /// Where its node answers.
    pub urls: Vec<String>,
    /// The certificate of its authority.
    pub authority_pem: String,
    /// This agent's certificate; renewed while it runs.
    pub chain_pem: String,
}

/// Why an agent could not enrol.
#[derive(Debug, Error)]
pub enum EnrolError {
    /// The folder has been used before.
    #[error("enrol: this folder belongs to host {0} already; give another folder")]
    EnrolledAlready(HostId),
    /// The invitation is for an organisation's node, not for a host.
    #[error(
        "enrol: the invitation is for an organisation, not for a host; use `tocsin node enrol`"
    )]
    NotForAHost,
    /// The node was not reached or said no.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The roots that the node sent are not valid.
    #[error("enrol: the node sent a root that does not verify")]
    Root(#[source] TakeError),
    /// The key could not be made or read.
    #[error("make the agent's key")]
    Key(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The folder could not be written.
    #[error("write the agent's folder")]
    Disk(#[from] std::io::Error),
}

/// Why an agent's enrolment could not be read back.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Nobody enrolled in this folder.
    #[error("find an enrolment in '{0}'; run `tocsin agent enrol` first")]
    NotEnrolled(std::path::PathBuf),
    /// The folder could not be read.
    #[error("read the agent's folder")]
    Disk(#[from] std::io::Error),
    /// A file in it is damaged.
    #[error("understand the agent's folder")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Enrols this host. Safe to repeat when it was cut off: the key is on the disk before it is shown to anybody.
pub fn enrol(
    paths: &AgentPaths,
    invitation: &Invitation,
    name: &str,
) -> Result<Enrolment, EnrolError> {
    if let Ok((enrolment, _)) = open(paths) {
        return Err(EnrolError::EnrolledAlready(enrolment.host));
    }
    let key = load_or_make_key(paths)?;
    let grant = link::enrol(invitation, name, &key)?;
    let Peer::Host(host) = grant.peer else {
        return Err(EnrolError::NotForAHost);
    };
    Trust::pin_roots(paths, &grant.roots).map_err(EnrolError::Root)?;
    if disk::read_if_there(&paths.settings())?.is_none() {
        let quoted = toml::Value::String(name.to_owned());
        let text = settings::EXAMPLE.replace(
            "# host_name = \"booking-01\"",
            &format!("host_name = {quoted}"),
        );
        disk::replace(&paths.settings(), text.as_bytes())?;
    }
    let enrolment = Enrolment {
        schema: 1,
        host,
        organisation: grant.organisation,
        organisation_name: grant.organisation_name,
        node_key: grant.document_key,
        urls: grant.urls,
        authority_pem: grant.authority_pem,
        chain_pem: grant.chain_pem,
    };
    save(paths, &enrolment)?;
    Ok(enrolment)
}

/// Reads back the enrolment and the key.
pub fn open(paths: &AgentPaths) -> Result<(Enrolment, SigningKey), OpenError> {
    let not_enrolled = || OpenError::NotEnrolled(paths.folder().to_owned());
    let bytes = disk::read_if_there(&paths.enrolment())?.ok_or_else(not_enrolled)?;
    let enrolment =
        serde_json::from_slice(&bytes).map_err(|error| OpenError::Damaged(error.into()))?;
    let der = disk::read_if_there(&paths.identity_key())?.ok_or_else(not_enrolled)?;
    let key = SigningKey::from_pkcs8_der(&der).map_err(|error| OpenError::Damaged(error.into()))?;
    Ok((enrolment, key))
}

/// Keeps a renewed certificate.
pub fn save(paths: &AgentPaths, enrolment: &Enrolment) -> std::io::Result<()> {
    let bytes = serde_json::to_vec_pretty(enrolment).map_err(std::io::Error::other)?;
    disk::replace(&paths.enrolment(), &bytes)
}

/// Returns what the agent shows to its node.
pub fn identity(enrolment: &Enrolment, key: &SigningKey) -> Result<Identity, OpenError> {
    Identity::new(key.clone(), &enrolment.chain_pem)
        .map_err(|error| OpenError::Damaged(error.into()))
}

fn load_or_make_key(paths: &AgentPaths) -> Result<SigningKey, EnrolError> {
    if let Some(der) = disk::read_if_there(&paths.identity_key())? {
        return SigningKey::from_pkcs8_der(&der).map_err(|error| EnrolError::Key(error.into()));
    }
    let key = SigningKey::generate().map_err(|error| EnrolError::Key(error.into()))?;
    disk::replace(&paths.identity_key(), &key.to_pkcs8_der())?;
    Ok(key)
}
