//! One careful read of one file for all checks: opened once, never through a link, never waiting, nothing mapped, stated
//! before and after. What could not be read, or was another when it had been read, is said so.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use domain::Reason;

use crate::hash::{AlgorithmSet, Digests, Hasher};
use crate::plan::Need;
use crate::platform::{self, EntryKind, FileSystem, FolderHandle, Stat};

/// Bytes read at once.
const CHUNK_BYTES: usize = 256 * 1024;
/// A content buffer larger than this is given back after use, so that one large file does not stay in memory.
const KEPT_BYTES: usize = 16 * 1024 * 1024;

/// Says when to stop: the caller wants it, or the time is over.
pub(crate) struct Stop<'a> {
    pub(crate) cancel: &'a AtomicBool,
    pub(crate) deadline: Option<Instant>,
}

impl Stop<'_> {
    pub(crate) fn is_now(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
            || self
                .deadline
                .is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// Reads files, one after another, in the same memory.
pub(crate) struct Reader {
    content: Vec<u8>,
    chunk: Vec<u8>,
    user_id: u32,
    content_bytes_max: u64,
    /// Devices that are known to be of an ordinary file system.
    ordinary_devices: Vec<(u32, u32)>,
}

/// What was read of a file.
pub(crate) struct ItemRead {
    file: File,
    /// As it was when it was opened.
    pub(crate) stat: Stat,
    pub(crate) digests: Digests,
    /// Whether [`Reader::content`] holds the content.
    pub(crate) has_content: bool,
    pub(crate) bytes: u64,
    /// Whether its content was another when it was listed, or after it was read.
    pub(crate) changed: bool,
}

/// Why nothing was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotRead {
    /// It cannot be read.
    Failed(Reason),
    /// It is not what was listed any more.
    Replaced,
    /// It is no regular file, or one of the kernel's.
    Special,
}

impl Reader {
    pub(crate) fn new(content_bytes_max: u64) -> Self {
        Self {
            content: Vec::new(),
            chunk: Vec::new(),
            user_id: platform::user_id(),
            content_bytes_max,
            ordinary_devices: Vec::new(),
        }
    }

    /// Reads what is needed of a file that was `listed` so. The whole content is kept only where it is needed and not
    /// larger than the limit.
    pub(crate) fn read(
        &mut self,
        folder: &FolderHandle,
        name: &CStr,
        listed: &Stat,
        need: Need,
        stop: &Stop<'_>,
    ) -> Result<ItemRead, NotRead> {
        let failed = |error: io::Error| NotRead::Failed(reason_of(&error));
        let noatime = self.user_id == 0 || self.user_id == listed.owner_id;
        let mut file = folder.open_file(name, noatime).map_err(failed)?;
        let stat = platform::stat_of(&file).map_err(failed)?;
        if stat.kind != EntryKind::File || !self.is_ordinary(&file, &stat).map_err(failed)? {
            return Err(NotRead::Special);
        }
        if !stat.same_file(listed) {
            return Err(NotRead::Replaced);
        }
        let has_content = need.content && stat.size_bytes <= self.content_bytes_max;
        let (bytes, digests) = if has_content {
            let bytes = self.read_content(&mut file, stat.size_bytes, stop)?;
            (bytes, Digests::of(&self.content, need.algorithms))
        } else if need.algorithms.is_empty() {
            (stat.size_bytes, Digests::default())
        } else {
            let mut hasher = Hasher::new(need.algorithms);
            let mut each = |chunk: &[u8]| hasher.update(chunk);
            let bytes = self.read_chunks(&mut file, stat.size_bytes, stop, &mut each)?;
            (bytes, hasher.finish())
        };
        let after = platform::stat_of(&file).map_err(failed)?;
        Ok(ItemRead {
            file,
            changed: bytes != stat.size_bytes
                || !stat.same_content(listed)
                || !after.same_content(&stat),
            stat,
            digests,
            has_content,
            bytes: if has_content || !need.algorithms.is_empty() {
                bytes
            } else {
                0
            },
        })
    }

    /// Returns the content of the file that was read last, where it was kept.
    pub(crate) fn content(&self) -> &[u8] {
        &self.content
    }

    /// Works out the digests that the plan had no need of, for a finding. A file that is another by now keeps those
    /// that it has.
    pub(crate) fn complete_digests(&mut self, item: &mut ItemRead, stop: &Stop<'_>) {
        if item.digests.are_complete() {
            return;
        }
        let complete = if item.has_content {
            Digests::of(&self.content, AlgorithmSet::ALL)
        } else {
            let mut hasher = Hasher::new(AlgorithmSet::ALL);
            let mut each = |chunk: &[u8]| hasher.update(chunk);
            let size_bytes = item.stat.size_bytes;
            let read = item.file.seek(SeekFrom::Start(0)).is_ok()
                && self
                    .read_chunks(&mut item.file, size_bytes, stop, &mut each)
                    .is_ok();
            if !read {
                return;
            }
            hasher.finish()
        };
        if item.digests.agree_with(&complete) {
            item.digests = complete;
        }
    }

    /// Forgets the content that was read last.
    pub(crate) fn forget(&mut self) {
        self.content.clear();
        self.content.shrink_to(KEPT_BYTES);
    }

    fn read_content(
        &mut self,
        file: &mut File,
        size_bytes: u64,
        stop: &Stop<'_>,
    ) -> Result<u64, NotRead> {
        self.content.clear();
        let size = usize::try_from(size_bytes).map_err(|_| NotRead::Failed(Reason::TooLarge))?;
        // One byte more than there should be, to notice growth.
        if self.content.try_reserve(size + 1).is_err() {
            return Err(NotRead::Failed(Reason::TooLarge));
        }
        let mut left = size_bytes + 1;
        while left > 0 {
            if stop.is_now() {
                return Err(NotRead::Failed(Reason::Time));
            }
            let piece = left.min(CHUNK_BYTES as u64 * 4);
            let read = file
                .by_ref()
                .take(piece)
                .read_to_end(&mut self.content)
                .map_err(|error| NotRead::Failed(reason_of(&error)))?;
            if read == 0 {
                break;
            }
            left -= read as u64;
        }
        Ok(self.content.len() as u64)
    }

    fn read_chunks(
        &mut self,
        source: &mut dyn Read,
        size_bytes: u64,
        stop: &Stop<'_>,
        each: &mut dyn FnMut(&[u8]),
    ) -> Result<u64, NotRead> {
        self.chunk.resize(CHUNK_BYTES, 0);
        let mut total = 0;
        while total <= size_bytes {
            if stop.is_now() {
                return Err(NotRead::Failed(Reason::Time));
            }
            let wanted = (size_bytes - total).saturating_add(1);
            let wanted = usize::try_from(wanted)
                .unwrap_or(CHUNK_BYTES)
                .min(CHUNK_BYTES);
            match source.read(&mut self.chunk[..wanted]) {
                Ok(0) => break,
                Ok(read) => {
                    each(&self.chunk[..read]);
                    total += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(NotRead::Failed(reason_of(&error))),
            }
        }
        Ok(total)
    }

    fn is_ordinary(&mut self, file: &File, stat: &Stat) -> io::Result<bool> {
        if self.ordinary_devices.contains(&stat.device) {
            return Ok(true);
        }
        let ordinary = platform::file_system_of(file)? == FileSystem::Ordinary;
        if ordinary {
            self.ordinary_devices.push(stat.device);
        }
        Ok(ordinary)
    }
}

/// Returns what an error of the system means for the ledger.
pub(crate) fn reason_of(error: &io::Error) -> Reason {
    match error.kind() {
        // A component of the path is no folder any more, or a link: what was listed is gone.
        io::ErrorKind::NotFound
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::StaleNetworkFileHandle => Reason::Vanished,
        io::ErrorKind::PermissionDenied => Reason::Permission,
        _ if platform::is_a_link(error) => Reason::Vanished,
        _ => Reason::ReadError,
    }
}

#[cfg(test)]
mod tests;
