//! Isolate: copy, read back, and only then take the original away, if it is still that file.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;

use domain::{AlertId, Clock, Finding, Judgement, Strength};
use thiserror::Error;

use super::cipher;
use super::manifest::{EntryState, Origin, VaultEntry, exact_bytes};
use super::vault::{Step, Vault, VaultError};
use crate::hash::Digests;
use crate::platform::{
    self, EntryKind, FileAttributes, FolderHandle, Stat, path_from_bytes, stat_of,
};

/// Entries of one content that are told apart.
const SAME_CONTENT_MAX: u32 = 100_000;

/// Why a file was not isolated. It is where it was, unless the variant says otherwise.
#[derive(Debug, Error)]
pub enum IsolateError {
    /// The finding is not confirmed.
    #[error("isolate what is not confirmed")]
    NotConfirmed,
    /// It is no file of a disk: a member of a container, or something that runs.
    #[error("isolate '{0}': it is no file by itself; isolate what holds it by hand")]
    NotOnDisk(String),
    /// The finding is confirmed by what lies beside the file, not by its own content.
    #[error("isolate what no content confirms")]
    NoContentHit,
    /// As many files as may be were isolated for this alert.
    #[error("isolate more than {0} files for one alert without a person's word")]
    LimitReached(usize),
    /// The path is no absolute path of a file.
    #[error("isolate '{0}': it is no absolute path")]
    Path(String),
    /// The file cannot be read.
    #[error("read '{}'", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is no regular file, any more or ever.
    #[error("isolate '{}': it is no regular file", .0.display())]
    NotAFile(PathBuf),
    /// The content is not that of the finding.
    #[error("isolate '{}': its content is not what was found", .0.display())]
    OtherContent(PathBuf),
    /// The file changed while it was copied, or another was put in its place.
    #[error("isolate '{}': it changed meanwhile", .0.display())]
    Changed(PathBuf),
    /// The original cannot be removed.
    #[error("remove '{}'", path.display())]
    Remove {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another file was put in the place of the original at the last moment. It was moved aside and cannot be moved
    /// back, because a third one has its name by now. Nothing is lost.
    #[error("put back what was in the place of '{}': it is beside it as '{moved_to}'", path.display())]
    Displaced {
        /// Where it was.
        path: PathBuf,
        /// Its name now.
        moved_to: String,
    },
    /// The vault cannot be used.
    #[error("isolate it")]
    Vault(#[from] VaultError),
}

/// The file to be isolated, opened.
struct Original {
    path: PathBuf,
    folder: FolderHandle,
    name: CString,
    file: File,
    stat: Stat,
}

pub(super) fn isolate(
    vault: &Vault,
    finding: &Finding,
    alert: AlertId,
    clock: &dyn Clock,
) -> Result<VaultEntry, IsolateError> {
    let sha256 = check_finding(finding)?;
    check_limit(vault, alert)?;
    let mut original = open_original(finding)?;
    let attributes = FileAttributes::of(&original.file, &original.stat)
        .map_err(|source| original.cannot_read(source))?;
    let digests = check_content(&mut original, sha256)?;
    let origin = Origin {
        item: finding.item.clone(),
        size_bytes: original.stat.size_bytes,
        attributes,
        link_count: original.stat.link_count,
    };
    let id = make_entry_folder(vault, sha256)?;
    vault.reached(Step::EntryMade);
    let mut entry = VaultEntry::new(id, alert, clock.now(), in_words(&digests), origin);
    match take_in(vault, &mut original, &mut entry) {
        Ok(()) => Ok(entry),
        Err(error @ IsolateError::Displaced { .. }) => Err(error),
        Err(error) => {
            // The original is in its place: the copy is of no use.
            vault.withdraw(&entry.id)?;
            Err(error)
        }
    }
}

/// Finds out whether a file would be isolated, as far as that can be known without touching it.
pub(super) fn try_out(
    vault: &Vault,
    finding: &Finding,
    alert: AlertId,
) -> Result<(), IsolateError> {
    let sha256 = check_finding(finding)?;
    check_limit(vault, alert)?;
    let mut original = open_original(finding)?;
    FileAttributes::of(&original.file, &original.stat)
        .map_err(|source| original.cannot_read(source))?;
    check_content(&mut original, sha256)?;
    Ok(())
}

/// Returns the name that a file of an entry has for a moment, beside its place.
pub(super) fn name_beside(id: &str) -> CString {
    CString::new(format!(".tocsin-{id}")).expect("an id has no zero byte")
}

fn check_finding(finding: &Finding) -> Result<&str, IsolateError> {
    if finding.judgement != Judgement::Confirmed {
        return Err(IsolateError::NotConfirmed);
    }
    if !finding.kind.is_file() {
        return Err(IsolateError::NotOnDisk(finding.item.to_string()));
    }
    let by_content = finding
        .hits
        .iter()
        .any(|hit| hit.strength == Strength::Content);
    match &finding.sha256 {
        Some(sha256) if by_content => Ok(sha256),
        _ => Err(IsolateError::NoContentHit),
    }
}

fn check_limit(vault: &Vault, alert: AlertId) -> Result<(), IsolateError> {
    let isolated = vault
        .list()?
        .iter()
        .filter(|entry| entry.alert == alert && entry.state != EntryState::Restored)
        .count();
    if isolated >= vault.files_per_alert_max {
        return Err(IsolateError::LimitReached(vault.files_per_alert_max));
    }
    Ok(())
}

fn open_original(finding: &Finding) -> Result<Original, IsolateError> {
    let no_path = || IsolateError::Path(finding.item.to_string());
    let bytes = exact_bytes(&finding.item).ok_or_else(no_path)?;
    let path = path_from_bytes(&bytes).to_owned();
    if !path.is_absolute() {
        return Err(no_path());
    }
    let cannot_read = |source| IsolateError::Read {
        path: path.clone(),
        source,
    };
    let (folder, name) = platform::open_parent(&path).map_err(cannot_read)?;
    let listed = folder.stat(&name).map_err(cannot_read)?;
    if listed.kind != EntryKind::File {
        return Err(IsolateError::NotAFile(path));
    }
    let file = folder.open_file(&name, true).map_err(cannot_read)?;
    let stat = stat_of(&file).map_err(cannot_read)?;
    if stat.kind != EntryKind::File {
        return Err(IsolateError::NotAFile(path));
    }
    Ok(Original {
        path,
        folder,
        name,
        file,
        stat,
    })
}

/// Checks that the opened file's content is that of the finding, now.
fn check_content(original: &mut Original, sha256: &str) -> Result<Digests, IsolateError> {
    let (digests, _) =
        cipher::digests_of(&mut original.file).map_err(|source| original.cannot_read(source))?;
    let is_same = digests
        .sha256
        .is_some_and(|digest| digest.to_string() == sha256);
    if !is_same {
        return Err(IsolateError::OtherContent(original.path.clone()));
    }
    let rewound = original.file.seek(SeekFrom::Start(0));
    rewound.map_err(|source| original.cannot_read(source))?;
    Ok(digests)
}

fn make_entry_folder(vault: &Vault, sha256: &str) -> Result<String, VaultError> {
    let digits = sha256.get(..16).unwrap_or(sha256);
    for number in 1..SAME_CONTENT_MAX {
        let id = format!("{digits}-{number}");
        let name = CString::new(id.as_str()).expect("digits have no zero byte");
        match vault.handle.create_folder(&name) {
            Ok(()) => {
                vault.handle.sync().map_err(vault.failed())?;
                return Ok(id);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(vault.failed()(error)),
        }
    }
    Err(vault.failed()(io::ErrorKind::AlreadyExists.into()))
}

fn take_in(
    vault: &Vault,
    original: &mut Original,
    entry: &mut VaultEntry,
) -> Result<(), IsolateError> {
    vault.save(entry, EntryState::Copying)?;
    vault.reached(Step::CopyBegun);
    copy(vault, original, entry)?;
    vault.reached(Step::CopyWritten);
    vault.save(entry, EntryState::Stored)?;
    vault.reached(Step::Stored);
    remove_original(vault, original, entry)?;
    vault.reached(Step::OriginalRemoved);
    vault.save(entry, EntryState::Isolated)?;
    Ok(())
}

/// Copies the content into the vault, waits until it is on the disk, and reads it back.
fn copy(vault: &Vault, original: &mut Original, entry: &VaultEntry) -> Result<(), IsolateError> {
    let write = |original: &mut Original| -> io::Result<(Digests, u64)> {
        let folder = vault.entry_folder(&entry.id)?;
        let mut content = folder.create_file(c"content")?;
        let copied = cipher::store(&vault.key, &entry.id, &mut original.file, &mut content)?;
        content.flush()?;
        content.sync_all()?;
        folder.sync()?;
        Ok(copied)
    };
    let (digests, size_bytes) = write(original).map_err(vault.failed())?;
    let after = stat_of(&original.file).map_err(|source| original.cannot_read(source))?;
    let same = in_words(&digests)[2] == entry.sha256
        && size_bytes == entry.size_bytes
        && after.same_content(&original.stat);
    if !same {
        return Err(IsolateError::Changed(original.path.clone()));
    }
    if !vault.is_intact(entry).map_err(vault.failed())? {
        return Err(vault.failed()(io::ErrorKind::InvalidData.into()).into());
    }
    Ok(())
}

/// Moves what has the original's name aside, looks whether it is the original, and only then removes it: whatever was
/// put in its place meanwhile is moved back.
fn remove_original(
    vault: &Vault,
    original: &Original,
    entry: &VaultEntry,
) -> Result<(), IsolateError> {
    let Original { folder, name, .. } = original;
    let cannot_remove = |source| IsolateError::Remove {
        path: original.path.clone(),
        source,
    };
    let present = folder.stat(name).map_err(cannot_remove)?;
    if !present.same_content(&original.stat) {
        return Err(IsolateError::Changed(original.path.clone()));
    }
    let aside = name_beside(&entry.id);
    folder.rename_new(name, &aside).map_err(cannot_remove)?;
    vault.reached(Step::OriginalMoved);
    // Moving changes the time of change, and nothing else.
    let moved = folder.stat(&aside).is_ok_and(|stat| {
        stat.same_file(&original.stat)
            && stat.size_bytes == original.stat.size_bytes
            && stat.modified == original.stat.modified
    });
    if !moved {
        return move_back(
            original,
            &aside,
            IsolateError::Changed(original.path.clone()),
        );
    }
    if let Err(error) = folder.remove(&aside) {
        return move_back(original, &aside, cannot_remove(error));
    }
    folder.sync().map_err(vault.failed())?;
    Ok(())
}

fn move_back(original: &Original, aside: &CStr, error: IsolateError) -> Result<(), IsolateError> {
    match original.folder.rename_new(aside, &original.name) {
        Ok(()) => Err(error),
        Err(_) => Err(IsolateError::Displaced {
            path: original.path.clone(),
            moved_to: aside.to_string_lossy().into_owned(),
        }),
    }
}

impl Original {
    fn cannot_read(&self, source: io::Error) -> IsolateError {
        IsolateError::Read {
            path: self.path.clone(),
            source,
        }
    }
}

fn in_words(digests: &Digests) -> [String; 3] {
    [digests.md5, digests.sha1, digests.sha256]
        .map(|digest| digest.map(|digest| digest.to_string()).unwrap_or_default())
}
