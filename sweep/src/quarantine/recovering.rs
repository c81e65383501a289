//! After a crash: each entry that was half done is finished or taken back, by looking at what is where.

use std::ffi::CStr;
use std::io;

use domain::ItemPath;

use super::cipher;
use super::isolating::name_beside;
use super::manifest::{EntryState, VaultEntry, exact_bytes};
use super::vault::{Vault, VaultError};
use crate::platform::{self, EntryKind, FolderHandle, path_from_bytes};

/// What has a name in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Present {
    Nothing,
    /// Something else than the entry's content.
    Other,
    /// A file with the entry's content.
    Same,
}

/// Goes through the vault. An entry that cannot be decided now (its disk is not mounted, say) stays as it is.
pub(super) fn recover(vault: &Vault) -> Result<(), VaultError> {
    for id in vault.ids()? {
        let recovered = match vault.load(&id) {
            Ok(entry) => recover_entry(vault, entry),
            Err(error) if error.kind() == io::ErrorKind::NotFound => recover_nameless(vault, &id),
            Err(error) => Err(error),
        };
        if let Err(error) = recovered {
            tracing::warn!(id, %error, "could not finish an entry of the vault");
        }
    }
    Ok(())
}

fn recover_entry(vault: &Vault, entry: VaultEntry) -> io::Result<()> {
    match entry.state {
        EntryState::Copying => withdraw(vault, &entry.id),
        EntryState::Stored => recover_stored(vault, entry),
        EntryState::Restoring => recover_restoring(vault, entry),
        EntryState::Isolated | EntryState::Restored => Ok(()),
    }
}

/// An entry without a manifest was never more than begun: the manifest is written before the content.
fn recover_nameless(vault: &Vault, id: &str) -> io::Result<()> {
    match vault.entry_folder(id)?.stat(c"content") {
        Err(error) if error.kind() == io::ErrorKind::NotFound => withdraw(vault, id),
        Ok(_) => Err(io::Error::other("there is content without a manifest")),
        Err(error) => Err(error),
    }
}

fn recover_stored(vault: &Vault, mut entry: VaultEntry) -> io::Result<()> {
    let aside = name_beside(&entry.id);
    let Some((folder, name)) = open_place(&entry.item)? else {
        // The folder is gone, and the original with it.
        return note(vault, &mut entry, EntryState::Isolated);
    };
    match look(&folder, &aside, &entry)? {
        Present::Nothing => {}
        Present::Same if vault.is_intact(&entry)? => {
            folder.remove(&aside)?;
            folder.sync()?;
            return note(vault, &mut entry, EntryState::Isolated);
        }
        Present::Same | Present::Other => {
            folder.rename_new(&aside, &name)?;
            folder.sync()?;
        }
    }
    match look(&folder, &name, &entry)? {
        Present::Same => withdraw(vault, &entry.id),
        Present::Nothing | Present::Other => note(vault, &mut entry, EntryState::Isolated),
    }
}

fn recover_restoring(vault: &Vault, mut entry: VaultEntry) -> io::Result<()> {
    let place = entry.restored_to.clone();
    let place = place.as_ref().map(open_place).transpose()?.flatten();
    let mut state = EntryState::Isolated;
    if let Some((folder, name)) = place {
        let beside = name_beside(&entry.id);
        if look(&folder, &beside, &entry)? != Present::Nothing {
            // Our own copy, which has not got its name; the vault has the content.
            folder.remove(&beside)?;
        }
        if look(&folder, &name, &entry)? == Present::Same {
            state = EntryState::Restored;
        }
    }
    if state == EntryState::Isolated {
        entry.restored_to = None;
    }
    note(vault, &mut entry, state)
}

/// Opens the folder of a path; nothing where the folder is gone.
fn open_place(item: &ItemPath) -> io::Result<Option<(FolderHandle, std::ffi::CString)>> {
    let bytes = exact_bytes(item).ok_or(io::ErrorKind::InvalidData)?;
    match platform::open_parent(path_from_bytes(&bytes)) {
        Ok(place) => Ok(Some(place)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn look(folder: &FolderHandle, name: &CStr, entry: &VaultEntry) -> io::Result<Present> {
    let stat = match folder.stat(name) {
        Ok(stat) => stat,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Present::Nothing),
        Err(error) => return Err(error),
    };
    if stat.kind != EntryKind::File || stat.size_bytes != entry.size_bytes {
        return Ok(Present::Other);
    }
    let (digests, _) = cipher::digests_of(&mut folder.open_file(name, true)?)?;
    let sha256 = digests.sha256.map(|digest| digest.to_string());
    Ok(if sha256.as_deref() == Some(&entry.sha256) {
        Present::Same
    } else {
        Present::Other
    })
}

fn note(vault: &Vault, entry: &mut VaultEntry, state: EntryState) -> io::Result<()> {
    vault.save(entry, state).map_err(into_io)
}

fn withdraw(vault: &Vault, id: &str) -> io::Result<()> {
    vault.withdraw(id).map_err(into_io)
}

fn into_io(error: VaultError) -> io::Error {
    let VaultError::Io { source, .. } = error;
    source
}
