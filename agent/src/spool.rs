//! Documents on their way up: on disk before anything else happens, kept until the node has acknowledged them.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use domain::DocumentId;
use fs_err as fs;
use tracing::warn;

use crate::disk;

/// Digits of a number in a file's name, so that names sort as numbers do.
const SEQUENCE_DIGITS: usize = 20;
/// Never reached by counting; a file that states more was put there by somebody else.
const SEQUENCE_MAX: u64 = u64::MAX / 2;

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
        disk::make_folder(folder)?;
        let last = list(folder)?.last().map_or(0, |(sequence, _, _)| *sequence);
        Ok(Self {
            folder: folder.to_owned(),
            next: AtomicU64::new(last + 1),
        })
    }

    /// Puts a document at the end; when this returns, it survives a crash. A document that waits already is not put
    /// there twice: whoever was killed, or could not note that it had done so, does it again.
    pub fn put(&self, id: DocumentId, bytes: &[u8]) -> io::Result<()> {
        if list(&self.folder)?.iter().any(|(_, other, _)| *other == id) {
            return Ok(());
        }
        let sequence = self.next.fetch_add(1, Ordering::Relaxed);
        disk::replace(
            &self
                .folder
                .join(format!("{sequence:0SEQUENCE_DIGITS$}-{id}.json")),
            bytes,
        )
    }

    /// Returns the oldest documents, at least one where there is one, and together at most `bytes_max` otherwise.
    pub fn oldest(&self, bytes_max: usize) -> io::Result<Vec<Spooled>> {
        let mut batch = Vec::new();
        let mut total = 0usize;
        for (_, _, path) in list(&self.folder)? {
            let bytes = match fs::read(&path) {
                Ok(bytes) => bytes,
                Err(error) => {
                    // A bad sector must not hold up what lies behind it.
                    warn!(%error, "a document in the spool is passed over");
                    continue;
                }
            };
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

/// Lists what the spool itself put there, oldest first. Anything else in the folder is nobody's to send.
fn list(folder: &Path) -> io::Result<Vec<(u64, DocumentId, PathBuf)>> {
    let mut listed: Vec<_> = disk::list(folder)?
        .into_iter()
        .filter_map(|path| {
            let (sequence, id) = read_name(&path)?;
            Some((sequence, id, path))
        })
        .collect();
    listed.sort();
    Ok(listed)
}

fn read_name(path: &Path) -> Option<(u64, DocumentId)> {
    let (sequence, id) = path.file_stem()?.to_str()?.split_once('-')?;
    if sequence.len() != SEQUENCE_DIGITS || !sequence.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let sequence = sequence.parse().ok()?;
    (sequence <= SEQUENCE_MAX).then_some((sequence, id.parse().ok()?))
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

    #[test]
    fn sends_nothing_that_it_did_not_put_there_and_is_not_led_astray_by_names() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let spool = Spool::open(folder.path())?;
        spool.put(id(1), &[1])?;
        let own = id(7);
        for name in [
            "passwords.json",
            "zzz.json",
            "-.json",
            &format!("7-{own}.json"),
            &format!("18446744073709551615-{own}.json"),
            &format!("99999999999999999999-{own}.json"),
            &format!("+0000000000000000007-{own}.json"),
            "00000000000000000007-half.json",
            &format!("{}.json", "x".repeat(250)),
        ] {
            fs::write(folder.path().join(name), b"secret")?;
        }
        fs::create_dir_all(folder.path().join(format!("{:020}-{own}.json", 3)))?;
        let spool = Spool::open(folder.path())?;
        spool.put(id(2), &[2])?;
        let sent: Vec<Vec<u8>> = spool
            .oldest(1000)?
            .into_iter()
            .map(|spooled| spooled.bytes)
            .collect();
        assert_eq!(sent, [[1], [2]]);
        Ok(())
    }

    #[test]
    fn a_document_that_waits_already_is_not_put_there_twice() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let spool = Spool::open(folder.path())?;
        for _ in 0..3 {
            spool.put(id(1), &[1])?;
        }
        let waiting = spool.oldest(1000)?;
        assert_eq!(waiting.len(), 1);
        spool.remove(&waiting[0])?;
        assert!(spool.oldest(1000)?.is_empty());
        spool.put(id(1), &[1])?;
        assert_eq!(spool.oldest(1000)?.len(), 1, "it may be sent again later");
        Ok(())
    }
}
