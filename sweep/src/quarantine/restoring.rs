//! Restore: bit for bit and with everything beside the content, or not at all.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use domain::ItemPath;
use thiserror::Error;

use super::cipher;
use super::isolating::name_beside;
use super::manifest::{EntryState, VaultEntry, exact_bytes};
use super::vault::{Step, Vault, VaultError};
use crate::platform::{self, FolderHandle, path_bytes, path_from_bytes};

/// Where to put an isolated file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restore {
    /// Where it was.
    Original,
    /// At another path, absolute, which must not exist yet.
    To(PathBuf),
}

/// Why a file was not restored. It is still in the vault, and nothing else was changed.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// There is no such entry, or its manifest is damaged.
    #[error("find '{0}' in the vault")]
    Unknown(String),
    /// The entry is not isolated yet.
    #[error("restore '{0}' before its isolation is finished")]
    Unfinished(String),
    /// The path is not absolute.
    #[error("restore it to '{}': it is no absolute path of a file", .0.display())]
    Path(PathBuf),
    /// Something is there already.
    #[error("restore it to '{}': something is there already", .0.display())]
    AlreadyThere(PathBuf),
    /// The place cannot be written to.
    #[error("write to '{}'", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The copy in the vault is not what was isolated.
    #[error("restore '{0}': its copy in the vault was changed")]
    Tampered(String),
    /// Owner, mode, times or extended attributes cannot be given back.
    #[error("give '{}' its owner, mode, times and attributes back", path.display())]
    Attributes {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The vault cannot be used.
    #[error("restore it")]
    Vault(#[from] VaultError),
}

/// Where a file is restored to.
struct Destination {
    path: PathBuf,
    folder: FolderHandle,
    name: CString,
}

pub(super) fn restore(vault: &Vault, id: &str, to: &Restore) -> Result<VaultEntry, RestoreError> {
    let mut entry = vault.load(id).map_err(|error| {
        tracing::debug!(id, %error, "no such entry in the vault");
        RestoreError::Unknown(id.to_owned())
    })?;
    let before = entry.clone();
    if !matches!(entry.state, EntryState::Isolated | EntryState::Restored) {
        return Err(RestoreError::Unfinished(id.to_owned()));
    }
    let destination = open_destination(&entry, to)?;
    if !vault.is_intact(&entry).map_err(vault.failed())? {
        return Err(RestoreError::Tampered(id.to_owned()));
    }
    entry.restored_to = Some(ItemPath::from_bytes(path_bytes(&destination.path)));
    vault.save(&mut entry, EntryState::Restoring)?;
    vault.reached(Step::Restoring);
    match put_back(vault, &entry, &destination) {
        Ok(()) => {
            vault.save(&mut entry, EntryState::Restored)?;
            Ok(entry)
        }
        Err(error) => {
            entry.restored_to = before.restored_to;
            vault.save(&mut entry, before.state)?;
            Err(error)
        }
    }
}

fn open_destination(entry: &VaultEntry, to: &Restore) -> Result<Destination, RestoreError> {
    let path = match to {
        Restore::Original => {
            let bytes = exact_bytes(&entry.item);
            let bytes = bytes.ok_or_else(|| RestoreError::Unknown(entry.id.clone()))?;
            path_from_bytes(&bytes).to_owned()
        }
        Restore::To(path) => without_links(path)?,
    };
    if !path.is_absolute() {
        return Err(RestoreError::Path(path));
    }
    let (folder, name) = platform::open_parent(&path).map_err(|source| RestoreError::Write {
        path: path.clone(),
        source,
    })?;
    match folder.stat(&name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(Destination { path, folder, name })
        }
        Ok(_) => Err(RestoreError::AlreadyThere(path)),
        Err(source) => Err(RestoreError::Write { path, source }),
    }
}

/// Resolves the links in a path that a person gave, all but the last component.
fn without_links(path: &Path) -> Result<PathBuf, RestoreError> {
    let (true, Some(parent), Some(name)) = (path.is_absolute(), path.parent(), path.file_name())
    else {
        return Err(RestoreError::Path(path.to_owned()));
    };
    let parent = parent
        .canonicalize()
        .map_err(|source| RestoreError::Write {
            path: path.to_owned(),
            source,
        })?;
    Ok(parent.join(name))
}

fn put_back(
    vault: &Vault,
    entry: &VaultEntry,
    destination: &Destination,
) -> Result<(), RestoreError> {
    let beside = name_beside(&entry.id);
    let file = destination.folder.create_file(&beside);
    let mut file = file.map_err(|source| destination.cannot_write(source))?;
    let put = fill(vault, entry, destination, &mut file)
        .and_then(|()| give_its_name(vault, destination, &beside));
    if put.is_err() {
        // Our own copy, which has not got its name.
        if let Err(error) = destination.folder.remove(&beside) {
            tracing::warn!(%error, "could not remove a restored copy that was not finished");
        }
    }
    put
}

fn fill(
    vault: &Vault,
    entry: &VaultEntry,
    destination: &Destination,
    file: &mut File,
) -> Result<(), RestoreError> {
    let mut content = vault
        .entry_folder(&entry.id)
        .and_then(|folder| folder.open_file(c"content", false))
        .map_err(vault.failed())?;
    cipher::take_out(&vault.key, &entry.id, &mut content, file)
        .map_err(|source| destination.cannot_write(source))?;
    vault.reached(Step::RestoredWritten);
    let read_back = file
        .sync_all()
        .and_then(|()| file.seek(SeekFrom::Start(0)))
        .and_then(|_| cipher::digests_of(file));
    let (digests, _) = read_back.map_err(|source| destination.cannot_write(source))?;
    if digests.sha256.map(|digest| digest.to_string()) != Some(entry.sha256.clone()) {
        return Err(RestoreError::Tampered(entry.id.clone()));
    }
    let attributes = entry
        .file_attributes()
        .ok_or_else(|| RestoreError::Tampered(entry.id.clone()))?;
    attributes
        .apply(file)
        .and_then(|()| file.sync_all())
        .map_err(|source| RestoreError::Attributes {
            path: destination.path.clone(),
            source,
        })
}

fn give_its_name(
    vault: &Vault,
    destination: &Destination,
    beside: &CStr,
) -> Result<(), RestoreError> {
    let Destination { path, folder, name } = destination;
    match folder.rename_new(beside, name) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(RestoreError::AlreadyThere(path.clone()));
        }
        Err(source) => return Err(destination.cannot_write(source)),
    }
    vault.reached(Step::RestoredNamed);
    // It has its name: an error here is no reason to take it away again.
    if let Err(error) = folder.sync() {
        tracing::warn!(%error, path = %path.display(), "could not wait until a restored file was on the disk");
    }
    Ok(())
}

impl Destination {
    fn cannot_write(&self, source: io::Error) -> RestoreError {
        RestoreError::Write {
            path: self.path.clone(),
            source,
        }
    }
}
