//! What a manifest must at least be: versions only grow, and there is one manifest of each.

use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use documents::{StrictJsonError, strict_json};
use domain::digest::to_hex;
use fs_err as fs;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::table::Manifest;

/// Bytes of the file.
const FILE_BYTES_MAX: usize = 64 * 1024;

/// Why a manifest is refused although its signature is right.
#[derive(Debug, Error)]
pub enum FloorError {
    /// Two manifests have one version: the publisher's key may be in other hands.
    #[error("accept the manifest: another one with version {0} was accepted before")]
    Equivocation(u64),
    /// The file of the highest version cannot be read or written.
    #[error("remember the version of the manifest in '{path}'", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What happened.
        #[source]
        source: std::io::Error,
    },
    /// The file of the highest version is damaged.
    #[error("read the highest version in '{path}'", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: StrictJsonError,
    },
    /// Of this folder the manifest of another site was accepted before.
    #[error(
        "accept the manifest: it is of site '{found}', and the folder is of site '{known}'. Where it really is another site's by now, remove '{path}'",
        path = path.display()
    )]
    OtherSite {
        /// Of which site the folder is.
        known: String,
        /// Of which site the manifest is.
        found: String,
        /// Where that is remembered.
        path: PathBuf,
    },
    /// A newer one was accepted before.
    #[error(
        "accept the manifest: it has version {found}, and version {floor} of site '{site}' was accepted before"
    )]
    Rollback {
        /// Of which site.
        site: String,
        /// The version of this one.
        found: u64,
        /// The highest version that was accepted.
        floor: u64,
    },
}

/// The highest version that was accepted of each site, in files of one folder.
#[derive(Clone, Debug)]
pub struct Floor {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Accepted {
    schema: u32,
    site: String,
    version: u64,
    id: String,
}

/// Of which site a folder is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bound {
    schema: u32,
    folder: String,
    site: String,
}

impl Floor {
    /// Uses a folder; it is made when something is accepted.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Accepts a manifest, and from now on none that is older.
    pub fn accept(&self, manifest: &Manifest) -> Result<(), FloorError> {
        let head = manifest.head();
        let path = self.path(&head.site);
        let id = to_hex(manifest.id());
        if let Some(before) = load::<Accepted>(&path)? {
            if head.version < before.version {
                return Err(FloorError::Rollback {
                    site: head.site.clone(),
                    found: head.version,
                    floor: before.version,
                });
            }
            if head.version == before.version {
                return if before.id == id {
                    Ok(())
                } else {
                    Err(FloorError::Equivocation(head.version))
                };
            }
        }
        let accepted = Accepted {
            schema: 1,
            site: head.site.clone(),
            version: head.version,
            id,
        };
        self.save(&path, &accepted)
            .map_err(|source| FloorError::File { path, source })
    }

    /// Remembers of which site a folder is, and refuses the manifest of any other from then on: one publisher signs for many sites,
    /// and whoever exchanges a manifest together with the files must not get away with it.
    pub fn bind(&self, root: &Path, manifest: &Manifest) -> Result<(), FloorError> {
        // As it was named: where each version has a folder of its own, a link with one name leads there.
        let root = std::path::absolute(root).map_err(|source| FloorError::File {
            path: root.to_owned(),
            source,
        })?;
        let name = to_hex(&Sha256::digest(root.as_os_str().as_bytes()));
        let path = self.folder.join(format!("{name}.folder.json"));
        let found = &manifest.head().site;
        match load::<Bound>(&path)? {
            Some(bound) if bound.site == *found => Ok(()),
            Some(bound) => Err(FloorError::OtherSite {
                known: bound.site,
                found: found.clone(),
                path,
            }),
            None => {
                let bound = Bound {
                    schema: 1,
                    folder: root.to_string_lossy().into_owned(),
                    site: found.clone(),
                };
                self.save(&path, &bound)
                    .map_err(|source| FloorError::File { path, source })
            }
        }
    }

    /// Returns the highest version of a site that was accepted, or 0.
    pub fn version(&self, site: &str) -> Result<u64, FloorError> {
        let accepted: Option<Accepted> = load(&self.path(site))?;
        Ok(accepted.map_or(0, |accepted| accepted.version))
    }

    fn path(&self, site: &str) -> PathBuf {
        let name = to_hex(&Sha256::digest(site.as_bytes()));
        self.folder.join(format!("{name}.json"))
    }

    fn save(&self, path: &Path, accepted: &impl Serialize) -> std::io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&serde_json::to_vec(accepted)?)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        fs::File::open(&self.folder)?.sync_all()
    }
}

fn load<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, FloorError> {
    let failed = |source| FloorError::File {
        path: path.to_owned(),
        source,
    };
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    let accepted = strict_json::parse(&bytes, FILE_BYTES_MAX);
    accepted.map(Some).map_err(|source| FloorError::Format {
        path: path.to_owned(),
        source,
    })
}
