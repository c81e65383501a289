//! What people can ask of an inventory: how it stands, whether it is right, and to be rid of it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use domain::{Algorithm, Clock, ItemPath};
use jiff::Timestamp;
use thiserror::Error;

use super::encoding::Record;
use super::facts::KnownDigests;
use super::folder::{BASE, InventoryFolder, JOURNAL, NEW_BASE, Unusable};
use super::merging::for_each;
use super::path::FilePath;
use super::store::{Inventory, InventoryError, Note, algorithms_of};
use super::trust::{FileIdentity, Trust};
use crate::hash::{AlgorithmSet, Hasher};
use crate::platform::{self, EntryKind};

/// Bytes read at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// How an inventory stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Files of which something is known.
    pub record_count: u64,
    /// Of these, how many have a digest.
    pub digest_count: u64,
    /// Bytes of its files on the disk.
    pub byte_count: u64,
    /// When the file was read of which something has been known for longest.
    pub oldest_at: Option<Timestamp>,
    /// When a file was read last.
    pub newest_at: Option<Timestamp>,
    /// The digest algorithms that any alert has asked for.
    pub algorithms: Vec<Algorithm>,
    /// How many different judges (rule sources and the like) have verdicts.
    pub judge_count: usize,
    /// Whether a sweep is writing at this moment.
    pub is_in_use: bool,
    /// What is wrong with it.
    pub notes: Vec<Note>,
}

/// What checking an inventory against the files came to.
/// `record_count = same + changed + gone + unread + differing + without_digest`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Records that were taken.
    pub record_count: u64,
    /// The file was read, and has the digests that are recorded.
    pub same_count: u64,
    /// The file shows that it was changed: it would be read again.
    pub changed_count: u64,
    /// There is no such file any more.
    pub gone_count: u64,
    /// The file could not be read.
    pub unread_count: u64,
    /// The file has other digests, although nothing shows that it was changed.
    pub differing_count: u64,
    /// Nothing is recorded that could be compared, or not for long.
    pub without_digest_count: u64,
    /// Whether it was stopped before the end.
    pub is_stopped: bool,
    /// Bytes of content that were read.
    pub read_bytes: u64,
}

/// A file that is another, although nothing shows that it was changed: the disk is damaged, or somebody knew how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The file.
    pub path: ItemPath,
    /// What is recorded.
    pub recorded: KnownDigests,
    /// What it has.
    pub found: KnownDigests,
}

/// Why an inventory could not be asked.
#[derive(Debug, Error)]
pub enum MaintainError {
    /// A sweep is writing to it.
    #[error("change the inventory at '{}': a sweep is using it", path.display())]
    InUse {
        /// Where.
        path: PathBuf,
    },
    /// It cannot be used.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// A file of it cannot be read or removed.
    #[error("use the inventory at '{}'", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Tells how the inventory in `folder` stands.
pub fn status(folder: &Path, clock: &dyn Clock) -> Result<Status, MaintainError> {
    let failed = |source| MaintainError::io(folder, source);
    let inventory = Inventory::open_to_read(folder, clock)?;
    let (algorithms, judge_count) = {
        let tables = inventory.tables();
        (
            algorithms_of(tables.algorithms),
            tables.sets.fingerprint_count(),
        )
    };
    let mut status = Status {
        record_count: 0,
        digest_count: 0,
        byte_count: byte_count(inventory.folder()).map_err(failed)?,
        oldest_at: None,
        newest_at: None,
        algorithms,
        judge_count,
        is_in_use: is_in_use(folder)?,
        notes: inventory.notes().to_vec(),
    };
    let mut times: Option<(i64, i64)> = None;
    let journal = inventory.journal().map_err(failed)?;
    for_each(inventory.base(), journal.as_ref(), &mut |merged| {
        if let Some(record) = Record::decode(merged.body) {
            status.record_count += 1;
            status.digest_count += u64::from(record.facts.digests != KnownDigests::default());
            let (oldest, newest) = times.unwrap_or((record.read_at, record.read_at));
            times = Some((oldest.min(record.read_at), newest.max(record.read_at)));
        }
        Ok(())
    })
    .map_err(failed)?;
    status.oldest_at = times.and_then(|(oldest, _)| Timestamp::from_second(oldest).ok());
    status.newest_at = times.and_then(|(_, newest)| Timestamp::from_second(newest).ok());
    let damaged_count = inventory.base().damaged_count();
    if damaged_count > 0 {
        status.notes.push(Note::Damaged(damaged_count));
    }
    Ok(status)
}

/// Reads the file of every `one_in`th record and compares its digests with what is recorded, until `stop` says so.
/// Hands out each file that differs.
pub fn verify(
    folder: &Path,
    one_in: u64,
    clock: &dyn Clock,
    stop: &dyn Fn() -> bool,
    each: &mut dyn FnMut(Difference),
) -> Result<Verified, MaintainError> {
    let failed = |source| MaintainError::io(folder, source);
    let inventory = Inventory::open_to_read(folder, clock)?;
    let journal = inventory.journal().map_err(failed)?;
    let mut verified = Verified::default();
    let mut number = 0_u64;
    let mut chunk = vec![0; CHUNK_BYTES];
    for_each(inventory.base(), journal.as_ref(), &mut |merged| {
        let is_taken = number.is_multiple_of(one_in.max(1));
        number += 1;
        verified.is_stopped = verified.is_stopped || stop();
        if !is_taken || verified.is_stopped {
            return Ok(());
        }
        let Some(record) = Record::decode(merged.body) else {
            return Ok(());
        };
        verified.record_count += 1;
        match compare(merged.path, &record, &mut chunk, stop) {
            Comparison::Same => verified.same_count += 1,
            Comparison::Changed => verified.changed_count += 1,
            Comparison::Gone => verified.gone_count += 1,
            Comparison::Unread => verified.unread_count += 1,
            Comparison::WithoutDigest => verified.without_digest_count += 1,
            Comparison::Differs(found) => {
                verified.differing_count += 1;
                each(Difference {
                    path: ItemPath::from_bytes(&merged.path.join()),
                    recorded: record.facts.digests,
                    found,
                });
            }
        }
        if record.facts.digests != KnownDigests::default() {
            verified.read_bytes += record.file.size_bytes;
        }
        Ok(())
    })
    .map_err(failed)?;
    Ok(verified)
}

/// Forgets everything; returns how many bytes that were. The folder stays, and the next sweep reads everything again.
pub fn discard(folder: &Path) -> Result<u64, MaintainError> {
    let failed = |source| MaintainError::io(folder, source);
    let mut opened = InventoryFolder::open(folder).map_err(|unusable| match unusable {
        Unusable::Io(source) => failed(source),
        Unusable::NotPrivate => InventoryError::NotPrivate {
            path: folder.to_owned(),
        }
        .into(),
    })?;
    if !opened.lock().map_err(failed)? {
        return Err(MaintainError::InUse {
            path: folder.to_owned(),
        });
    }
    let byte_count = byte_count(&opened).map_err(failed)?;
    // The journal first: without its base it is of no use, and would be passed over.
    for name in [JOURNAL, BASE, NEW_BASE] {
        opened.remove(name).map_err(failed)?;
    }
    opened.handle.sync().map_err(failed)?;
    Ok(byte_count)
}

enum Comparison {
    Same,
    Changed,
    Gone,
    Unread,
    Differs(KnownDigests),
    WithoutDigest,
}

fn compare(
    path: FilePath<'_>,
    record: &Record,
    chunk: &mut [u8],
    stop: &dyn Fn() -> bool,
) -> Comparison {
    let recorded = record.facts.digests;
    let known = Algorithm::ALL
        .iter()
        .filter_map(|algorithm| recorded.digest(*algorithm));
    let algorithms = known.fold(AlgorithmSet::NONE, |set, digest| {
        set.with(AlgorithmSet::of(digest.algorithm()))
    });
    if algorithms.is_empty() || record.trust != Trust::Lasting {
        return Comparison::WithoutDigest;
    }
    let found = match open_same(path, &record.file) {
        Ok(Some(file)) => hash_same(file, &record.file, Hasher::new(algorithms), chunk, stop),
        Ok(None) => return Comparison::Changed,
        Err(error) => Err(error),
    };
    match found {
        Ok(Some(found)) if found == recorded => Comparison::Same,
        Ok(Some(found)) => Comparison::Differs(found),
        Ok(None) => Comparison::Changed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Comparison::Gone,
        Err(_) => Comparison::Unread,
    }
}

/// Opens a file if it is in the state that is recorded, through no link.
fn open_same(path: FilePath<'_>, recorded: &FileIdentity) -> io::Result<Option<File>> {
    let path = path.join();
    let (folder, name) = platform::open_parent(platform::path_from_bytes(&path))?;
    let stat = folder.stat(&name)?;
    if stat.kind != EntryKind::File || FileIdentity::from(&stat) != *recorded {
        return Ok(None);
    }
    let noatime = platform::user_id() == 0 || platform::user_id() == stat.owner_id;
    let file = folder.open_file(&name, noatime)?;
    Ok(is_same(&file, recorded)?.then_some(file))
}

/// Computes the digests of a file; nothing where it was changed meanwhile.
fn hash_same(
    mut file: File,
    recorded: &FileIdentity,
    mut hasher: Hasher,
    chunk: &mut [u8],
    stop: &dyn Fn() -> bool,
) -> io::Result<Option<KnownDigests>> {
    loop {
        if stop() {
            return Err(io::Error::from(io::ErrorKind::TimedOut));
        }
        match file.read(chunk) {
            Ok(0) => break,
            Ok(count) => hasher.update(&chunk[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(is_same(&file, recorded)?.then(|| hasher.finish().into()))
}

fn is_same(file: &File, recorded: &FileIdentity) -> io::Result<bool> {
    let stat = platform::stat_of(file)?;
    Ok(stat.kind == EntryKind::File && FileIdentity::from(&stat) == *recorded)
}

fn byte_count(folder: &InventoryFolder) -> io::Result<u64> {
    let mut bytes = 0;
    for name in [BASE, NEW_BASE, JOURNAL] {
        if let Some(file) = folder.find(name)? {
            bytes += file.metadata()?.len();
        }
    }
    Ok(bytes)
}

/// Tells whether a sweep has the lock. Asking takes it for a moment; a sweep that begins in it works without keeping.
fn is_in_use(folder: &Path) -> Result<bool, MaintainError> {
    let mut again = InventoryFolder::open(folder).map_err(|_| MaintainError::InUse {
        path: folder.to_owned(),
    })?;
    let locked = again
        .lock()
        .map_err(|source| MaintainError::io(folder, source))?;
    Ok(!locked)
}

impl MaintainError {
    fn io(folder: &Path, source: io::Error) -> Self {
        Self::Io {
            path: folder.to_owned(),
            source,
        }
    }
}
