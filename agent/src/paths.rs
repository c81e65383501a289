//! Every path that the agent writes to, decided here.

use std::path::{Path, PathBuf};

use domain::{AlertId, OrganisationId};

/// The folder of one agent and what lies where in it.
#[derive(Clone, Debug)]
pub struct AgentPaths {
    folder: PathBuf,
}

impl AgentPaths {
    /// Makes the paths below `folder`.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Returns the folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns what a person may edit: what to sweep and how hard.
    pub fn settings(&self) -> PathBuf {
        self.folder.join("agent.toml")
    }

    /// Returns the private key. Readable by its owner only.
    pub fn identity_key(&self) -> PathBuf {
        self.folder.join("identity.key")
    }

    /// Returns what enrolment brought: ids, the node's address, authority and key, the certificate.
    pub fn enrolment(&self) -> PathBuf {
        self.folder.join("enrolment.json")
    }

    /// Returns the lock that keeps a second agent out.
    pub fn lock(&self) -> PathBuf {
        self.folder.join("lock")
    }

    /// Returns how far the node's feed was read.
    pub fn cursor(&self) -> PathBuf {
        self.folder.join("cursor")
    }

    /// Returns the folder of an authority's root documents, one file for each version.
    pub fn roots(&self) -> PathBuf {
        self.folder.join("roots")
    }

    /// Returns an authority's catalogue.
    pub fn catalogue(&self, authority: &OrganisationId) -> PathBuf {
        self.folder
            .join("catalogues")
            .join(format!("{authority}.json"))
    }

    /// Returns the folder of alerts that were verified, and an alert's file in it.
    pub fn alerts(&self) -> PathBuf {
        self.folder.join("alerts")
    }

    /// Returns the file of one verified alert.
    pub fn alert(&self, alert: AlertId) -> PathBuf {
        self.alerts().join(format!("{alert}.json"))
    }

    /// Returns the alerts that came before the catalogue that lists them.
    pub fn waiting(&self) -> PathBuf {
        self.folder.join("waiting.json")
    }

    /// Returns the folder of the organisation's decisions.
    pub fn decisions(&self) -> PathBuf {
        self.folder.join("decisions")
    }

    /// Returns the organisation's newest decision about an alert.
    pub fn decision(&self, alert: AlertId) -> PathBuf {
        self.decisions().join(format!("{alert}.json"))
    }

    /// Returns what was done about an alert so far.
    pub fn progress(&self, alert: AlertId) -> PathBuf {
        self.folder.join("progress").join(format!("{alert}.json"))
    }

    /// Returns the folder of what sweeps have learned of this host's files.
    pub fn inventory(&self) -> PathBuf {
        self.folder.join("inventory")
    }

    /// Returns the folder of the full lists of what was not examined.
    pub fn not_examined_lists(&self) -> PathBuf {
        self.folder.join("not-examined")
    }

    /// Returns the full list of what the last sweep for an alert did not examine.
    pub fn not_examined(&self, alert: AlertId) -> PathBuf {
        self.not_examined_lists().join(format!("{alert}.jsonl"))
    }

    /// Returns the receipt that was put into the spool for an alert.
    pub fn receipt(&self, alert: AlertId) -> PathBuf {
        self.folder.join("receipts").join(format!("{alert}.json"))
    }

    /// Returns the folder of documents that the node has not yet acknowledged.
    pub fn spool(&self) -> PathBuf {
        self.folder.join("spool")
    }

    /// Returns the vault of isolated files.
    pub fn vault(&self) -> PathBuf {
        self.folder.join("vault")
    }
}
