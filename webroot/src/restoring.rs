//! Putting back what was signed: planned first, then done step by step. Each step is one exchange or one move inside folders that are
//! open, so that no link leads it elsewhere; what was there is kept in a folder beside the root.

use std::ffi::CString;
use std::fs::{DirBuilder, File};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use thiserror::Error;

use crate::checking::{CheckOptions, Compared, check_folder};
use crate::contents::{ContentError, Contents};
use crate::finding::{Finding, Unread, What};
use crate::manifest::{Entry, EntryKind, Manifest};
use crate::path::{self, SitePath};
use crate::platform::folders::{path_of, set_file, stat_of};
use crate::platform::{FileKind, Folder, is_absent};

/// Why something was not put back.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// The content cannot be had from the store.
    #[error("take the content from the store")]
    Content(#[from] ContentError),
    /// The file system refuses.
    #[error("put it back")]
    File(#[from] io::Error),
    /// The manifest does not know it, and something else is there by now.
    #[error("put it back: it is not what was planned")]
    Other,
}

/// Why nothing can be restored.
#[derive(Debug, Error)]
pub enum RestoreSetupError {
    /// The folder cannot be compared.
    #[error("compare the folder with its manifest")]
    Compare(#[source] io::Error),
    /// The folder for what is moved away cannot be used.
    #[error("use '{path}' for what is moved away", path = path.display())]
    Removed {
        /// The folder.
        path: PathBuf,
        /// What happened.
        #[source]
        source: io::Error,
    },
}

/// What would be done about one finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It is moved out of the site.
    MoveAway,
    /// It is put back as it was signed; what is there is moved out of the site.
    PutBack,
    /// Owner and permissions of a folder are set as they were signed.
    Set,
}

/// One step of a restoration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What differs.
    #[serde(flatten)]
    pub finding: Finding,
    /// What is done about it.
    pub action: Action,
    /// Whether the store holds what is needed.
    pub is_possible: bool,
}

/// What differs, and what would be done about it, in the order in which it must be done.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
    /// What could not be compared, and is therefore left as it is.
    pub unread: Vec<Unread>,
}

/// A site that is being put back.
pub struct Restoration {
    root: Folder,
    manifest: Arc<Manifest>,
    contents: Contents,
    removed: Folder,
    list: File,
    count: u64,
}

/// One line of the list of what was moved away.
#[derive(Serialize)]
struct Moved<'a> {
    name: &'a str,
    path: &'a SitePath,
}

/// Compares a folder with its manifest and says what would be done.
pub fn plan_restoration(
    root: &Path,
    manifest: &Arc<Manifest>,
    contents: &Contents,
    options: CheckOptions,
) -> Result<Plan, RestoreSetupError> {
    let found = Mutex::new((Vec::new(), Vec::new()));
    let compared = check_folder(root, manifest, options, &|compared| {
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        match compared {
            Compared::Finding(finding) => found.0.push(finding),
            Compared::Unread(unread) => found.1.push(unread),
        }
    });
    compared.map_err(RestoreSetupError::Compare)?;
    let (mut findings, unread) = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Folders before what is in them.
    findings.sort_by_cached_key(|finding| order_of(&finding.path));
    let mut steps: Vec<Step> = Vec::new();
    let mut moved: Option<SitePath> = None;
    for finding in findings {
        let is_folder = finding
            .found
            .as_ref()
            .is_some_and(|found| found.kind == FileKind::Folder);
        let action = match finding.what {
            What::Added | What::Program => Action::MoveAway,
            What::Mode | What::Owner if is_folder => Action::Set,
            // A file gets its permissions with a copy of its own: this one may have other names elsewhere.
            _ => Action::PutBack,
        };
        // What lies in a folder that is moved away goes with it.
        if moved
            .as_ref()
            .is_some_and(|above| is_below(&finding.path, above))
        {
            continue;
        }
        if action == Action::MoveAway && is_folder {
            moved = Some(finding.path.clone());
        }
        let is_possible = match expected_content(manifest, &finding.path) {
            Some((size, digest)) if action == Action::PutBack => {
                contents.holds(digest, size).unwrap_or(false)
            }
            _ => true,
        };
        steps.push(Step {
            finding,
            action,
            is_possible,
        });
    }
    Ok(Plan { steps, unread })
}

impl Restoration {
    /// Prepares to put a site back. What is moved away comes into a new folder in `removed`, which must be on the same file system.
    pub fn begin(
        root: &Path,
        manifest: &Arc<Manifest>,
        contents: &Contents,
        removed: &Path,
    ) -> Result<Self, RestoreSetupError> {
        let opened = Folder::open_root(root).map_err(RestoreSetupError::Compare)?;
        let make = || {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(removed)?;
            let above = Folder::open_root(removed)?;
            check_safe(&above)?;
            let mut inside = path_of(&opened)?;
            inside.push(b'/');
            let mut place = path_of(&above)?;
            place.push(b'/');
            if place.starts_with(&inside) {
                return Err(io::Error::other("it lies in the site"));
            }
            let folder = make_private(&above)?;
            let list = folder.make_file(c"list.jsonl")?;
            Ok((folder, list))
        };
        let failed = |source| RestoreSetupError::Removed {
            path: removed.to_owned(),
            source,
        };
        let (removed, list) = make().map_err(failed)?;
        Ok(Self {
            root: opened,
            manifest: Arc::clone(manifest),
            contents: contents.clone(),
            removed,
            list,
            count: 0,
        })
    }

    /// Does one step.
    pub fn apply(&mut self, step: &Step) -> Result<(), RestoreError> {
        let manifest = Arc::clone(&self.manifest);
        let path = step.finding.path.as_bytes();
        let (folder, name) = path::split(path);
        let folder = self.root.open_below(folder)?;
        let name = CString::new(name).map_err(io::Error::other)?;
        let entry = manifest.find(path).map(|number| manifest.entry(number));
        match (step.action, entry) {
            (Action::MoveAway, None) => self.move_away(&folder, &name, &step.finding.path),
            (Action::Set, Some(entry)) => self.set(&folder, &name, &entry),
            (Action::PutBack, Some(entry)) => {
                self.put_back(&folder, &name, &entry, &step.finding.path)
            }
            _ => Err(RestoreError::Other),
        }
    }

    fn move_away(
        &mut self,
        folder: &Folder,
        name: &CString,
        path: &SitePath,
    ) -> Result<(), RestoreError> {
        let kept = self.next_name(path)?;
        folder.move_to(name, &self.removed, &kept)?;
        Ok(folder.sync()?)
    }

    fn set(&self, folder: &Folder, name: &CString, entry: &Entry<'_>) -> Result<(), RestoreError> {
        let EntryKind::Folder { mode } = entry.kind else {
            return Err(RestoreError::Other);
        };
        if folder.stat(name)?.kind != FileKind::Folder {
            return Err(RestoreError::Other);
        }
        let owner = self.manifest.head().owner;
        let owner = owner.map(|owner| (owner.user, owner.group));
        Ok(folder.set_folder(name, owner, mode)?)
    }

    /// Makes the thing anew outside the site and exchanges it for what is there, or moves it to where nothing is.
    fn put_back(
        &mut self,
        folder: &Folder,
        name: &CString,
        entry: &Entry<'_>,
        path: &SitePath,
    ) -> Result<(), RestoreError> {
        let made = self.next_name(path)?;
        let there = match folder.stat(name) {
            Ok(stat) => Some(stat),
            Err(error) if is_absent(&error) => None,
            Err(error) => return Err(error.into()),
        };
        let stated = self
            .manifest
            .head()
            .owner
            .map(|owner| (owner.user, owner.group));
        let owner = match stated {
            Some(owner) => Some(owner),
            // Nobody has signed whose it is: it becomes whose its folder is.
            None => stat_of(folder).ok().map(|stat| (stat.user, stat.group)),
        };
        match entry.kind {
            EntryKind::File { mode, size, sha256 } => {
                let mut file = self.removed.make_file(&made)?;
                self.contents.copy_to(sha256, size, &mut file)?;
                file.flush()?;
                set_file(&file, owner, mode)?;
                file.sync_all()?;
            }
            EntryKind::Folder { mode } => {
                self.removed.make_folder(&made)?;
                self.removed.set_folder(&made, owner, mode)?;
            }
            EntryKind::Link { target } => {
                self.removed.make_link(target, &made)?;
                if let Some(owner) = owner {
                    self.removed.set_link_owner(&made, owner)?;
                }
            }
        }
        match there {
            Some(_) => folder.exchange(name, &self.removed, &made)?,
            None => self.removed.move_to(&made, folder, name)?,
        }
        Ok(folder.sync()?)
    }

    /// Chooses a name in the folder of what is moved away and writes down, before anything is done, whose it will be.
    fn next_name(&mut self, path: &SitePath) -> io::Result<CString> {
        self.count += 1;
        let name = format!("{:08}", self.count);
        let mut line = serde_json::to_vec(&Moved { name: &name, path })?;
        line.push(b'\n');
        self.list.write_all(&line)?;
        CString::new(name).map_err(io::Error::other)
    }
}

/// Refuses a folder in which somebody else could exchange what we make: what is moved out of the site is an intruder's, and would
/// come to wherever that person says.
fn check_safe(folder: &Folder) -> io::Result<()> {
    let stat = stat_of(folder)?;
    let us = rustix::process::geteuid().as_raw();
    // Whoever is root could do all of that anyway.
    let is_ours = stat.user == us || stat.user == 0;
    if is_ours && stat.mode & 0o022 == 0 {
        return Ok(());
    }
    Err(io::Error::other(
        "it belongs to somebody else, or others may write into it",
    ))
}

/// Makes a folder that was not there and that nobody else may enter, and opens it.
fn make_private(above: &Folder) -> io::Result<Folder> {
    let keys = RandomState::new();
    let name = CString::new(format!("restore-{:016x}", keys.hash_one(0)))?;
    above.make_folder(&name)?;
    let folder = above.open_below(name.as_bytes())?;
    let stat = stat_of(&folder)?;
    let us = rustix::process::geteuid().as_raw();
    if stat.user != us || stat.mode & 0o077 != 0 {
        return Err(io::Error::other("it was replaced while it was made"));
    }
    Ok(folder)
}

/// Sorts a folder directly before everything in it: no name holds the byte 0.
fn order_of(path: &SitePath) -> Vec<u8> {
    let divided = path
        .as_bytes()
        .iter()
        .map(|byte| if *byte == b'/' { 0 } else { *byte });
    divided.collect()
}

fn is_below(path: &SitePath, above: &SitePath) -> bool {
    let rest = path.as_bytes().strip_prefix(above.as_bytes());
    rest.is_some_and(|rest| rest.first() == Some(&b'/'))
}

fn expected_content<'m>(manifest: &'m Manifest, path: &SitePath) -> Option<(u64, &'m [u8; 32])> {
    match manifest.entry(manifest.find(path.as_bytes())?).kind {
        EntryKind::File { size, sha256, .. } => Some((size, sha256)),
        _ => None,
    }
}
