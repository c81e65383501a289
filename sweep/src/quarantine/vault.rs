//! The vault's verbs: isolate, list, restore.

use std::io;
use std::path::{Path, PathBuf};

use domain::{AlertId, Clock, Finding};
use thiserror::Error;

use super::manifest::VaultEntry;

/// Files isolated for one alert before the vault stops by itself: more than this on one host is a wrong alert or a
/// disaster, and both need a person.
pub const FILES_PER_ALERT_MAX: usize = 50;

/// A folder that holds isolated files.
#[derive(Debug)]
pub struct Vault {
    folder: PathBuf,
    files_per_alert_max: usize,
}

/// Where to put an isolated file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restore {
    /// Where it was.
    Original,
    /// At another path, absolute, which must not exist yet.
    To(PathBuf),
}

/// Why the vault cannot be used.
#[derive(Debug, Error)]
pub enum VaultError {
    /// A file of the vault cannot be read or written.
    #[error("use the vault at '{}'", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Why a file was not isolated. It is where it was, unless the variant says otherwise.
#[derive(Debug, Error)]
pub enum IsolateError {
    /// The vault cannot be used.
    #[error("isolate it")]
    Vault(#[from] VaultError),
}

/// Why a file was not restored. It is still in the vault.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// There is no such entry.
    #[error("find '{0}' in the vault")]
    Unknown(String),
    /// The vault cannot be used.
    #[error("restore it")]
    Vault(#[from] VaultError),
}

#[expect(clippy::unimplemented, reason = "filled in next")]
impl Vault {
    /// Opens the vault in `folder`, makes it where there is none, and finishes what a crash left half done.
    pub fn open(folder: &Path) -> Result<Self, VaultError> {
        Ok(Self {
            folder: folder.to_owned(),
            files_per_alert_max: FILES_PER_ALERT_MAX,
        })
    }

    /// Sets another limit than [`FILES_PER_ALERT_MAX`].
    #[must_use]
    pub fn with_files_per_alert_max(mut self, files_per_alert_max: usize) -> Self {
        self.files_per_alert_max = files_per_alert_max;
        self
    }

    /// Takes the file of a confirmed finding out of its place, if its content is still what the finding says.
    pub fn isolate(
        &self,
        finding: &Finding,
        alert: AlertId,
        clock: &dyn Clock,
    ) -> Result<VaultEntry, IsolateError> {
        let _ = (
            finding,
            alert,
            clock,
            &self.folder,
            self.files_per_alert_max,
        );
        unimplemented!()
    }

    /// Lists what is in the vault, oldest first.
    pub fn list(&self) -> Result<Vec<VaultEntry>, VaultError> {
        unimplemented!()
    }

    /// Puts an isolated file back bit for bit, with times, owner, mode and extended attributes, or refuses. The copy
    /// stays in the vault.
    pub fn restore(&self, id: &str, to: &Restore) -> Result<VaultEntry, RestoreError> {
        let _ = (id, to);
        unimplemented!()
    }
}
