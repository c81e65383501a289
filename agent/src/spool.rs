//! Documents on their way up: on disk before anything else happens, kept until the node has acknowledged them.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use domain::DocumentId;
use fs_err as fs;

use crate::disk;

/// The spool of one agent.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    next: AtomicU64,
}

/// One document in the spool.
#[derive(Debug)]
pub struct Spooled {
    path: PathBuf,
    /// The document's exact bytes.
    pub bytes: Vec<u8>,
}

impl Spool {
    /// Opens the spool in `folder`; what an earlier run left there is sent first.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let last = disk::list(folder)?
            .last()
            .and_then(|path| sequence_of(path))
            .unwrap_or(0);
        Ok(Self {
            folder: folder.to_owned(),
            next: AtomicU64::new(last + 1),
        })
    }

    /// Puts a document at the end; when this returns, it survives a crash.
    pub fn put(&self, id: DocumentId, bytes: &[u8]) -> io::Result<()> {
        let sequence = self.next.fetch_add(1, Ordering::Relaxed);
        disk::replace(
            &self.folder.join(format!("{sequence:020}-{id}.json")),
            bytes,
        )
    }

    /// Returns the oldest documents, at least one where there is one, and together at most `bytes_max` otherwise.
    pub fn oldest(&self, bytes_max: usize) -> io::Result<Vec<Spooled>> {
        let mut batch = Vec::new();
        let mut total = 0usize;
        for path in disk::list(&self.folder)? {
            let bytes = fs::read(&path)?;
            total = total.saturating_add(bytes.len());
            if !batch.is_empty() && total > bytes_max {
                break;
            }
            batch.push(Spooled { path, bytes });
        }
        Ok(batch)
    }

    /// Takes an acknowledged document out.
    #[expect(
        clippy::disallowed_methods,
        reason = "the spool is one of the two places that let go: the node has it on its disk now"
    )]
    pub fn remove(&self, spooled: &Spooled) -> io::Result<()> {
        std::fs::remove_file(&spooled.path)?;
        disk::sync_folder(&self.folder)
    }
}

fn sequence_of(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.split_once('-')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> DocumentId {
        DocumentId::from_bytes([byte; 32])
    }

    #[test]
    fn keeps_order_across_a_restart() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let spool = Spool::open(folder.path())?;
        for byte in [9, 3] {
            spool.put(id(byte), &[byte])?;
        }
        let spool = Spool::open(folder.path())?;
        spool.put(id(1), &[1])?;
        let order: Vec<u8> = spool
            .oldest(1000)?
            .iter()
            .map(|spooled| spooled.bytes[0])
            .collect();
        assert_eq!(order, [9, 3, 1]);
        Ok(())
    }

    #[test]
    fn gives_one_document_however_large_and_no_more_than_fit() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let spool = Spool::open(folder.path())?;
        for byte in 1..=3 {
            spool.put(id(byte), &[byte; 10])?;
        }
        assert_eq!(spool.oldest(1)?.len(), 1);
        assert_eq!(spool.oldest(20)?.len(), 2);
        Ok(())
    }

    #[test]
    fn passes_over_a_write_that_a_crash_cut_off() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        fs::write(
            folder.path().join("00000000000000000007-half.new"),
            b"{\"pay",
        )?;
        let spool = Spool::open(folder.path())?;
        assert!(spool.oldest(1)?.is_empty());
        Ok(())
    }
}
