//! Contents by digest: each once, whole, named by its SHA-256. What comes out is what the name says, or nothing comes out.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use domain::digest::to_hex;
use fs_err as fs;
use rustix::fs::OFlags;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::platform::is_in_the_way;

/// Bytes copied at once.
const BUFFER_BYTES: usize = 128 * 1024;

/// Why a content cannot be had.
#[derive(Debug, Error)]
pub enum ContentError {
    /// The store or where it is copied to cannot be used.
    #[error("use the store of contents")]
    File(#[from] io::Error),
    /// What is stored is not what its name says, or no file.
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
        // What is there may have been changed since; what was read now has just been proven.
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

    /// Copies a content of this size to `to`, and not a byte more, whatever was put into its place: a link, a pipe, a file without
    /// end. Where it fails, what was written is not the content and must not be used.
    pub fn copy_to(
        &self,
        digest: &[u8; 32],
        size: u64,
        to: &mut dyn Write,
    ) -> Result<(), ContentError> {
        let other = || ContentError::Other(to_hex(digest));
        let file = open_stored(&self.path(digest))?.ok_or_else(other)?;
        let (found_size, found) = copy(&mut file.take(size.saturating_add(1)), to)?;
        if (found_size, found) != (size, *digest) {
            return Err(other());
        }
        Ok(())
    }

    fn path(&self, digest: &[u8; 32]) -> PathBuf {
        let name = to_hex(digest);
        self.folder.join(&name[..2]).join(&name[2..])
    }
}

/// Opens a file, without waiting for anybody; nothing where it is something else.
fn open_stored(path: &Path) -> io::Result<Option<fs::File>> {
    use fs::os::unix::fs::OpenOptionsExt as _;

    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    let opened = fs::OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path);
    match opened {
        Ok(file) if file.metadata()?.is_file() => Ok(Some(file)),
        Ok(_) => Ok(None),
        Err(error) if is_in_the_way(&error) => Ok(None),
        Err(error) => Err(error),
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
