//! Contents by digest: pages as they came, pictures. Each once, compressed, never overwritten.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use domain::digest::to_hex;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use sha2::{Digest as _, Sha256};

/// Bytes of one content after decompression, 64 MiB.
const CONTENT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A folder of contents.
#[derive(Clone, Debug)]
pub struct Contents {
    folder: PathBuf,
}

impl Contents {
    /// Uses this folder; it is made when something is kept.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Keeps a content and returns its name.
    pub fn keep(&self, content: &[u8]) -> std::io::Result<String> {
        if content.len() as u64 > CONTENT_BYTES_MAX {
            return Err(std::io::Error::other("the content is too large to be kept"));
        }
        let name = name_of(content);
        let path = self.path_of(&name);
        if path.try_exists()? {
            return Ok(name);
        }
        let folder = path.parent().unwrap_or(&self.folder);
        fs_err::create_dir_all(folder)?;
        let mut encoder = ZlibEncoder::new(
            tempfile::NamedTempFile::new_in(folder)?,
            Compression::default(),
        );
        encoder.write_all(content)?;
        let file = encoder.finish()?;
        file.as_file().sync_data()?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(name)
    }

    /// Returns a content; an error also where it is no longer what its name says.
    pub fn load(&self, name: &str) -> std::io::Result<Vec<u8>> {
        let is_name = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_name {
            return Err(std::io::Error::other("no digest"));
        }
        let file = fs_err::File::open(self.path_of(name))?;
        let mut content = Vec::new();
        ZlibDecoder::new(file)
            .take(CONTENT_BYTES_MAX)
            .read_to_end(&mut content)?;
        if name_of(&content) != name {
            return Err(std::io::Error::other(
                "the content is not what its digest says",
            ));
        }
        Ok(content)
    }

    fn path_of(&self, name: &str) -> PathBuf {
        self.folder.join(&name[..2]).join(name)
    }
}

/// Returns the name that a content would have: its SHA-256 in hexadecimal.
pub fn name_of(content: &[u8]) -> String {
    to_hex(&Sha256::digest(content))
}
