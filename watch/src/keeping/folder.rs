//! The folder of a watch: one process at a time writes to it.

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use documents::PublicKey;
use fs_err::os::unix::fs::OpenOptionsExt as _;
use fs_err::{File, OpenOptions};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::archive::Archive;
use super::chain::{Chain, ChainError};
use super::contents::{Contents, name_of};
use crate::across::Common;
use crate::memory::SiteMemory;
use crate::rounds::Quiet;
use crate::verdict::Verdict;

/// Bytes of what is kept of one page, 64 MiB.
const MEMORY_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A page under watch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Its address.
    pub url: String,
    /// Whose it is.
    #[serde(default)]
    pub organisation: String,
    /// Who built or hosts it, where that is known: what sites under attack have in common.
    #[serde(default)]
    pub supplier: String,
    /// Whose signed notices say that it will change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub publishers: Vec<PublicKey>,
    /// When it wants to be left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quiet>,
    /// Whom to telephone.
    #[serde(default)]
    pub contact: String,
}

/// What the last check of a page came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// What was said.
    pub verdict: Verdict,
    /// When.
    pub at: Timestamp,
}

/// Why something cannot be kept.
#[derive(Debug, Error)]
pub enum KeepError {
    /// The chain of evidence is not to be trusted.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A file cannot be read or written.
    #[error("use the folder of the watch")]
    File(#[from] std::io::Error),
    /// A file is not what it was written as.
    #[error("read '{path}': {message}", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// Another process uses the folder.
    #[error("use the folder '{path}': another process does", path = path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
}

/// The folder of a watch.
#[derive(Debug)]
pub struct WatchFolder {
    path: PathBuf,
    /// Evidence.
    pub chain: Chain,
    /// Pages as they came.
    pub contents: Contents,
    /// What many sites have, from when somebody asks for it.
    pub(super) counted: OnceLock<Arc<Common>>,
    _lock: File,
}

impl WatchFolder {
    /// Opens a folder, and makes it where there is none.
    pub fn open(path: &Path) -> Result<Self, KeepError> {
        // Evidence holds what intruders put there, and what people wrote on their pages: nobody else reads it, whatever the mask is.
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path.join("sites"))?;
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path.join("lock"))?;
        if lock.file().try_lock().is_err() {
            return Err(KeepError::InUse {
                path: path.to_owned(),
            });
        }
        Ok(Self {
            path: path.to_owned(),
            chain: Chain::open(&path.join("evidence.jsonl"))?,
            contents: Contents::in_folder(&path.join("contents")),
            counted: OnceLock::new(),
            _lock: lock,
        })
    }

    /// Tells whether others than its owner may enter the folder: one that was there before keeps its permissions.
    pub fn is_open_to_others(&self) -> Result<bool, KeepError> {
        let permissions = fs_err::metadata(&self.path)?.permissions();
        Ok(permissions.mode() & 0o077 != 0)
    }

    /// Returns every page under watch.
    pub fn targets(&self) -> Result<Vec<Target>, KeepError> {
        load_targets(&self.path)
    }

    /// Keeps the list of pages under watch.
    pub fn keep_targets(&self, targets: &[Target]) -> Result<(), KeepError> {
        self.keep(&self.path.join("targets.json"), &targets)
    }

    /// Returns what is kept of the site that a page belongs to.
    pub fn memory(&self, url: &str) -> Result<Option<SiteMemory>, KeepError> {
        load_memory(&self.path, url)
    }

    /// Keeps what is known of the site that a page belongs to.
    pub fn keep_memory(&self, url: &str, memory: &SiteMemory) -> Result<(), KeepError> {
        self.keep(&memory_path(&self.path, url), memory)?;
        self.count_again(url, memory);
        Ok(())
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns a further thing that is kept, by the name of its file.
    pub fn part<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, KeepError> {
        load(&self.path.join(name))
    }

    /// Returns a further thing of a folder that another process may be using.
    pub fn read_part<T: DeserializeOwned>(
        folder: &Path,
        name: &str,
    ) -> Result<Option<T>, KeepError> {
        load(&folder.join(name))
    }

    /// Keeps a further thing.
    pub fn keep_part<T: Serialize + ?Sized>(&self, name: &str, value: &T) -> Result<(), KeepError> {
        self.keep(&self.path.join(name), value)
    }

    /// Returns what the last checks came to, by address.
    pub fn standings(&self) -> Result<BTreeMap<String, Standing>, KeepError> {
        load_standings(&self.path)
    }

    /// Keeps what the last checks came to.
    pub fn keep_standings(&self, standings: &BTreeMap<String, Standing>) -> Result<(), KeepError> {
        self.keep(&self.path.join("standings.json"), standings)
    }

    /// Returns where sites can ask about our visits.
    pub fn contact(&self) -> Result<Option<String>, KeepError> {
        load(&self.path.join("contact.json"))
    }

    /// Keeps where sites can ask about our visits.
    pub fn keep_contact(&self, contact: &str) -> Result<(), KeepError> {
        self.keep(&self.path.join("contact.json"), contact)
    }

    /// Forgets what is kept of one page. Its evidence stays.
    pub fn forget(&self, url: &str) -> Result<(), KeepError> {
        if let Some(mut memory) = self.memory(url)? {
            memory.pages.remove(url);
            self.keep_memory(url, &memory)?;
        }
        Ok(())
    }

    /// Returns what is kept, to be read beside what writes it.
    pub fn archive(&self) -> Archive {
        Archive::of(&self.path)
    }

    /// Replaces a file in one step: whoever reads it finds the old one or the new one.
    fn keep<T: Serialize + ?Sized>(&self, path: &Path, value: &T) -> Result<(), KeepError> {
        let bytes = serde_json::to_vec(value).map_err(ChainError::Json)?;
        let folder = path.parent().unwrap_or(&self.path);
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&bytes)?;
        file.as_file().sync_data()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// Returns every page under watch of a folder.
pub(super) fn load_targets(folder: &Path) -> Result<Vec<Target>, KeepError> {
    Ok(load(&folder.join("targets.json"))?.unwrap_or_default())
}

/// Returns what is kept of the site that a page belongs to.
pub(super) fn load_memory(folder: &Path, url: &str) -> Result<Option<SiteMemory>, KeepError> {
    load(&memory_path(folder, url))
}

pub(super) fn memory_path(folder: &Path, url: &str) -> PathBuf {
    folder
        .join("sites")
        .join(format!("{}.json", site_name(url)))
}

/// Returns the name under which the site of a page is kept.
pub(super) fn site_name(url: &str) -> String {
    let mut name = name_of(host_of(url).as_bytes());
    name.truncate(32);
    name
}

/// Returns what the last checks of a folder came to, by address.
pub(super) fn load_standings(folder: &Path) -> Result<BTreeMap<String, Standing>, KeepError> {
    Ok(load(&folder.join("standings.json"))?.unwrap_or_default())
}

pub(super) fn load<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, KeepError> {
    let wrong = |message: String| KeepError::Format {
        path: path.to_owned(),
        message,
    };
    let metadata = match fs_err::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        metadata => metadata?,
    };
    if metadata.len() > MEMORY_BYTES_MAX {
        return Err(wrong("it is too large".to_owned()));
    }
    let bytes = fs_err::read(path)?;
    let value = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    Ok(Some(value))
}

/// Returns whose page it is: the host of its address.
pub fn host_of(url: &str) -> String {
    let url = url::Url::parse(url).ok();
    let host = url.as_ref().and_then(url::Url::host_str);
    host.unwrap_or_default().to_ascii_lowercase()
}

/// Returns an address of a page as it is kept; an error says what is wrong with it.
pub fn page_address(text: &str) -> Result<String, String> {
    let text = text.trim();
    let mut url = url::Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => {
            format!("'{text}' is no address of a page: begin with https:// or http://")
        }
        error => format!("'{text}' is no address of a page: {error}"),
    })?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(format!(
            "'{text}' is no address of a page: begin with https:// or http://"
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!(
            "'{text}' has a name or a password in it: the watch sees what everybody sees"
        ));
    }
    url.set_fragment(None);
    if domain::is_rest_of_site(url.as_str()) {
        return Err(format!(
            "'{url}' stands for what surveys find on the site beside its pages: 'show' and 'export' know it, 'survey --approve-by' approves it"
        ));
    }
    Ok(url.into())
}
