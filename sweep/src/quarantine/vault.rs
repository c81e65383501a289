//! The vault itself: a folder that nobody else may enter, with one folder for each entry.

use std::ffi::CString;
use std::fs::{File, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use domain::{AlertId, Clock, Finding};
use thiserror::Error;

use super::cipher::{self, VaultKey};
use super::isolating::{self, IsolateError};
use super::manifest::{EntryState, VaultEntry};
use super::recovering;
use super::restoring::{self, Restore, RestoreError};
use crate::platform::{self, EntryKind, FolderHandle, ListBuffer};

/// Files isolated for one alert before the vault stops by itself: more than this on one host is a wrong alert or a
/// disaster, and both need a person.
pub const FILES_PER_ALERT_MAX: usize = 50;

/// A folder that holds isolated files.
#[derive(Debug)]
pub struct Vault {
    folder: PathBuf,
    pub(super) handle: FolderHandle,
    pub(super) files_per_alert_max: usize,
    pub(super) key: VaultKey,
    #[cfg(test)]
    pub(super) kill_at: Option<Step>,
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

/// The moments at which a crash would leave something half done, in their order. Tests end the program at each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    EntryMade,
    CopyBegun,
    CopyWritten,
    Stored,
    OriginalMoved,
    OriginalRemoved,
    Restoring,
    RestoredWritten,
    RestoredNamed,
}

impl Vault {
    /// Opens the vault in `folder`, makes it where there is none, and finishes what a crash left half done.
    pub fn open(folder: &Path) -> Result<Self, VaultError> {
        let failed = |source| VaultError::Io {
            path: folder.to_owned(),
            source,
        };
        fs_err::create_dir_all(folder).map_err(failed)?;
        fs_err::set_permissions(folder, Permissions::from_mode(0o700)).map_err(failed)?;
        let handle = platform::open_root(folder).map_err(failed)?;
        let lock = lock_in(folder).map_err(failed)?;
        let vault = Self {
            folder: folder.to_owned(),
            key: load_key(&handle).map_err(failed)?,
            handle,
            files_per_alert_max: FILES_PER_ALERT_MAX,
            #[cfg(test)]
            kill_at: None,
        };
        recovering::recover(&vault)?;
        drop(lock);
        Ok(vault)
    }

    /// Sets another limit than [`FILES_PER_ALERT_MAX`].
    #[must_use]
    pub fn with_files_per_alert_max(mut self, files_per_alert_max: usize) -> Self {
        self.files_per_alert_max = files_per_alert_max;
        self
    }

    /// Takes the file of a confirmed finding out of its place, if its content is still what the finding says.
    ///
    /// A file with other hard links is taken too; the others stay where they are, and `link_count` says so.
    pub fn isolate(
        &self,
        finding: &Finding,
        alert: AlertId,
        clock: &dyn Clock,
    ) -> Result<VaultEntry, IsolateError> {
        let _lock = self.lock()?;
        isolating::isolate(self, finding, alert, clock)
    }

    /// Checks everything that [`Self::isolate`] checks, and changes nothing.
    pub fn try_out(&self, finding: &Finding, alert: AlertId) -> Result<(), IsolateError> {
        isolating::try_out(self, finding, alert)
    }

    /// Puts an isolated file back bit for bit, with times, owner, mode and extended attributes, or refuses. The copy
    /// stays in the vault.
    pub fn restore(&self, id: &str, to: &Restore) -> Result<VaultEntry, RestoreError> {
        let _lock = self.lock()?;
        restoring::restore(self, id, to)
    }

    /// Lists what is in the vault, oldest first. An entry with a damaged manifest is left out, and logged.
    pub fn list(&self) -> Result<Vec<VaultEntry>, VaultError> {
        let mut entries = Vec::new();
        for id in self.ids()? {
            match self.load(&id) {
                Ok(entry) => entries.push(entry),
                Err(error) => tracing::warn!(id, %error, "could not read an entry of the vault"),
            }
        }
        entries
            .sort_by(|one, other| (one.isolated_at, &one.id).cmp(&(other.isolated_at, &other.id)));
        Ok(entries)
    }

    /// Returns the names of the entries' folders.
    pub(super) fn ids(&self) -> Result<Vec<String>, VaultError> {
        let mut ids = Vec::new();
        // Not the handle itself: where it stands in its listing is shared by all threads.
        let again = self.handle.open_below(b"").map_err(self.failed())?;
        again
            .list(&mut ListBuffer::new(), &mut |name, kind| {
                let name = name.to_string_lossy();
                if kind != EntryKind::File && is_id(&name) {
                    ids.push(name.into_owned());
                }
                true
            })
            .map_err(self.failed())?;
        ids.sort_unstable();
        Ok(ids)
    }

    pub(super) fn entry_folder(&self, id: &str) -> io::Result<FolderHandle> {
        if !is_id(id) {
            return Err(io::Error::from(io::ErrorKind::NotFound));
        }
        self.handle.open_folder(&CString::new(id)?)
    }

    pub(super) fn load(&self, id: &str) -> io::Result<VaultEntry> {
        VaultEntry::load(&self.entry_folder(id)?, id)
    }

    /// Notes how far an entry is.
    pub(super) fn save(&self, entry: &mut VaultEntry, state: EntryState) -> Result<(), VaultError> {
        entry.state = state;
        let saved = self
            .entry_folder(&entry.id)
            .and_then(|folder| entry.save(&folder));
        saved.map_err(self.failed())
    }

    /// Tells whether the copy of an entry is whole and unchanged.
    pub(super) fn is_intact(&self, entry: &VaultEntry) -> io::Result<bool> {
        let mut content = self.entry_folder(&entry.id)?.open_file(c"content", false)?;
        match cipher::take_out(&self.key, &entry.id, &mut content, &mut io::sink()) {
            Ok((digests, size)) => {
                let sha256 = digests.sha256.map(|digest| digest.to_string());
                Ok(size == entry.size_bytes && sha256.as_deref() == Some(&entry.sha256))
            }
            Err(error) => match error.kind() {
                io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => Ok(false),
                _ => Err(error),
            },
        }
    }

    /// Takes an entry out of the vault whose original is in its place.
    pub(super) fn withdraw(&self, id: &str) -> Result<(), VaultError> {
        let remove = || -> io::Result<()> {
            let folder = self.entry_folder(id)?;
            for name in [c"content", c"manifest.new", c"manifest.json"] {
                match folder.remove(name) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            self.handle.remove_folder(&CString::new(id)?)?;
            self.handle.sync()
        };
        remove().map_err(self.failed())
    }

    pub(super) fn failed(&self) -> impl Fn(io::Error) -> VaultError {
        |source| VaultError::Io {
            path: self.folder.clone(),
            source,
        }
    }

    /// Ends the program here, in tests that ask for it.
    #[cfg(test)]
    pub(super) fn reached(&self, step: Step) {
        assert!(self.kill_at != Some(step), "killed at {step:?}");
    }

    /// Does nothing.
    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "tests need it")]
    pub(super) const fn reached(&self, _step: Step) {}

    /// Keeps other processes, and other threads, from changing the vault meanwhile.
    fn lock(&self) -> Result<File, VaultError> {
        lock_in(&self.folder).map_err(self.failed())
    }
}

fn lock_in(folder: &Path) -> io::Result<File> {
    let file = fs_err::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(folder.join("lock"))?
        .into_file();
    platform::lock(&file)?;
    Ok(file)
}

/// Reads the vault's key, or makes one where there is none. It is on the disk before anything depends on it.
fn load_key(handle: &FolderHandle) -> io::Result<VaultKey> {
    let mut bytes = [0; VaultKey::BYTES];
    match handle.open_file(c"key", false) {
        Ok(mut file) => {
            file.read_exact(&mut bytes)?;
            return Ok(VaultKey::from_bytes(bytes));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    match handle.remove(c"key.new") {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = handle.create_file(c"key.new")?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    handle.rename_new(c"key.new", c"key")?;
    handle.sync()?;
    Ok(VaultKey::from_bytes(bytes))
}

/// Tells whether a text has the form of an entry's id: 16 hexadecimal digits and a number.
fn is_id(text: &str) -> bool {
    text.split_once('-').is_some_and(|(digits, number)| {
        digits.len() == 16
            && digits
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
            && (1..=6).contains(&number.len())
            && number.bytes().all(|b| b.is_ascii_digit())
    })
}
