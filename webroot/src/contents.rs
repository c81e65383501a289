//! Contents by digest: each once, whole, named by its SHA-256. What comes out is what the name says, or nothing comes out.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use domain::digest::to_hex;
use fs_err as fs;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// Bytes copied at once.
const BUFFER_BYTES: usize = 128 * 1024;

/// Why a content cannot be had.
#[derive(Debug, Error)]
pub enum ContentError {
    /// The store or where it is copied to cannot be used.
    #[error("use the store of contents")]
    File(#[from] io::Error),
    /// What is stored is not what its name says.
    #[error("believe the stored content {0}: it is another one")]
    Other(String),
}

/// A folder of contents.
#[derive(Clone, Debug)]
pub struct Contents {
    folder: PathBuf,
}

impl Contents {
    /// Uses a folder, which is made where it is missing.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// Uses a folder that is there.
    pub fn existing(folder: &Path) -> io::Result<Self> {
        fs::read_dir(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// Keeps what is read, and returns its size and digest.
    pub(crate) fn keep(&self, from: &mut dyn Read) -> io::Result<(u64, [u8; 32])> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        let (size, digest) = copy(from, &mut file)?;
        let path = self.path(&digest);
        if is_there(&path, size)? {
            return Ok((size, digest));
        }
        fs::create_dir_all(path.parent().unwrap_or(&self.folder))?;
        file.persist(&path)?;
        Ok((size, digest))
    }

    /// Puts everything that was kept on the disk: once for all, because once for each is a hundred times slower.
    pub(crate) fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::syncfs(fs::File::open(&self.folder)?.file())?)
    }

    /// Tells whether a content of this digest and size is kept.
    pub(crate) fn holds(&self, digest: &[u8; 32], size: u64) -> io::Result<bool> {
        is_there(&self.path(digest), size)
    }

    /// Copies a content to `to`. Where it fails, what was written is not the content and must not be used.
    pub fn copy_to(&self, digest: &[u8; 32], to: &mut dyn Write) -> Result<u64, ContentError> {
        let mut file = fs::File::open(self.path(digest))?;
        let (size, found) = copy(&mut file, to)?;
        if found != *digest {
            return Err(ContentError::Other(to_hex(digest)));
        }
        Ok(size)
    }

    fn path(&self, digest: &[u8; 32]) -> PathBuf {
        let name = to_hex(digest);
        self.folder.join(&name[..2]).join(&name[2..])
    }
}

fn is_there(path: &Path, size: u64) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(metadata.is_file() && metadata.len() == size),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Copies everything, and returns its size and digest.
pub(crate) fn copy(from: &mut dyn Read, to: &mut dyn Write) -> io::Result<(u64, [u8; 32])> {
    let mut sha256 = Sha256::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut size = 0;
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => return Ok((size, sha256.finalize().into())),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        sha256.update(&buffer[..count]);
        to.write_all(&buffer[..count])?;
        size += count as u64;
    }
}
