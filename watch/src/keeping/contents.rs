//! Contents by digest: pages as they came, pictures. Each once, compressed, never overwritten.

use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use domain::digest::to_hex;
use flate2::read::ZlibDecoder;
use flate2::{Compress, Compression, FlushCompress, Status};
use sha2::{Digest as _, Sha256};

/// Bytes of one content after decompression, 64 MiB.
const CONTENT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Bytes that are compressed before they are written.
const PIECE_BYTES: usize = 16 * 1024;

/// A folder of contents.
#[derive(Clone, Debug)]
pub struct Contents {
    folder: PathBuf,
    compressor: Arc<Mutex<Option<Compress>>>,
}

impl Contents {
    /// Uses this folder; it is made when something is kept.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            compressor: Arc::default(),
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
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        self.compress(content, &mut file)?;
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

    /// One compressor does them all, one after the other. Each takes 400 kB, and where thousands of contents are kept, what stays in
    /// memory of each comes to lie where a compressor was: the next does not fit there, and the process grows to a gigabyte.
    fn compress(&self, content: &[u8], to: &mut impl Write) -> std::io::Result<()> {
        let mut compressor = self
            .compressor
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let compressor =
            compressor.get_or_insert_with(|| Compress::new(Compression::default(), true));
        compressor.reset();
        let mut piece = [0; PIECE_BYTES];
        let mut rest = content;
        loop {
            let (read, written) = (compressor.total_in(), compressor.total_out());
            let status = compressor.compress(rest, &mut piece, FlushCompress::Finish)?;
            let read = usize::try_from(compressor.total_in() - read).unwrap_or(rest.len());
            let written = usize::try_from(compressor.total_out() - written).unwrap_or(PIECE_BYTES);
            rest = &rest[read..];
            to.write_all(&piece[..written])?;
            if status == Status::StreamEnd {
                return Ok(());
            }
        }
    }

    fn path_of(&self, name: &str) -> PathBuf {
        self.folder.join(&name[..2]).join(name)
    }
}

/// Returns the name that a content would have: its SHA-256 in hexadecimal.
pub fn name_of(content: &[u8]) -> String {
    to_hex(&Sha256::digest(content))
}
