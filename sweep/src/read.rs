//! One careful read of one file for all checks: opened once, never through a link, never waiting, nothing mapped, stated
//! before and after. What could not be read, or was another when it had been read, is said so.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use domain::Reason;

use crate::detector::HEAD_BYTES;
use crate::hash::{AlgorithmSet, Digests, Hasher};
use crate::in_hand::{self, InHand};
use crate::pace::Pace;
use crate::platform::{self, EntryKind, FileSystem, FolderHandle, Stat};
use crate::room::{NoRoom, Permit, Room};

/// Bytes read at once.
const CHUNK_BYTES: usize = 256 * 1024;
/// A content buffer larger than this is given back after use, so that one large file does not stay in memory.
/// Up to this size a content needs no room of its own either: each thread has so much.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

/// Says when to stop: the caller wants it, or the time is over.
pub(crate) struct Stop<'a> {
    pub(crate) cancel: &'a AtomicBool,
    pub(crate) deadline: Option<Instant>,
    pub(crate) pace: Option<&'a Pace<'a>>,
    pub(crate) in_hand: Option<&'a dyn InHand>,
}

impl<'a> Stop<'a> {
    pub(crate) fn new(cancel: &'a AtomicBool, deadline: Option<Instant>) -> Self {
        Self {
            cancel,
            deadline,
            pace: None,
            in_hand: None,
        }
    }

    /// Waits as long as the budget says, and tells whether to stop. To be called between any two pieces of work.
    pub(crate) fn is_now_after_waiting(&self) -> bool {
        self.is_waiting();
        if let Some(pace) = self.pace {
            pace.wait(&|| self.is_now(), &|| self.is_waiting());
        }
        self.is_now()
    }

    /// Says that this thread is getting on, or waits because it has to.
    pub(crate) fn is_waiting(&self) {
        if let Some(in_hand) = self.in_hand {
            in_hand.touch(in_hand::thread_number());
        }
    }

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
    head: Vec<u8>,
    user_id: u32,
    content_bytes_max: u64,
    room: Arc<Room>,
    /// The room that the content takes.
    permit: Option<Permit>,
    /// Devices that are known to be of an ordinary file system.
    ordinary_devices: Vec<(u32, u32)>,
}

/// A file that was opened, and is what was listed.
pub(crate) struct Opened {
    file: File,
    stat: Stat,
}

/// What is to be read of a file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) algorithms: AlgorithmSet,
    /// The whole content at once, if it is not larger than the limit.
    pub(crate) whole: bool,
    /// The content in pieces.
    pub(crate) pieces: bool,
}

/// What was read of a file.
pub(crate) struct ItemRead {
    pub(crate) file: File,
    /// As it was when it was opened.
    pub(crate) stat: Stat,
    pub(crate) digests: Digests,
    /// Whether [`Reader::content`] holds the content.
    pub(crate) has_content: bool,
    /// Whether any of the content was read.
    pub(crate) is_read: bool,
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

impl ItemRead {
    /// Tells whether a file whose content is not held is another by now than when it was opened.
    pub(crate) fn has_changed(&self) -> bool {
        let now = platform::stat_of(&self.file);
        !self.has_content && !now.is_ok_and(|now| now.same_content(&self.stat))
    }
}

impl Reader {
    pub(crate) fn new(content_bytes_max: u64, room: Arc<Room>) -> Self {
        Self {
            content: Vec::new(),
            chunk: Vec::new(),
            head: Vec::new(),
            user_id: platform::user_id(),
            content_bytes_max,
            room,
            permit: None,
            ordinary_devices: Vec::new(),
        }
    }

    /// Opens a file that was `listed` so.
    pub(crate) fn open(
        &mut self,
        folder: &FolderHandle,
        name: &CStr,
        listed: &Stat,
    ) -> Result<Opened, NotRead> {
        let failed = |error: io::Error| NotRead::Failed(reason_of(&error));
        let noatime = self.user_id == 0 || self.user_id == listed.owner_id;
        let file = folder.open_file(name, noatime).map_err(failed)?;
        let stat = platform::stat_of(&file).map_err(failed)?;
        if stat.kind != EntryKind::File || !self.is_ordinary(&file, &stat).map_err(failed)? {
            return Err(NotRead::Special);
        }
        if !stat.same_file(listed) {
            return Err(NotRead::Replaced);
        }
        Ok(Opened { file, stat })
    }

    /// Reads the beginning of a file, at most [`HEAD_BYTES`].
    pub(crate) fn read_head(&mut self, opened: &Opened) -> Result<&[u8], NotRead> {
        self.head.resize(HEAD_BYTES, 0);
        let mut filled = 0;
        while filled < HEAD_BYTES {
            match opened.file.read_at(&mut self.head[filled..], filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(NotRead::Failed(reason_of(&error))),
            }
        }
        self.head.truncate(filled);
        Ok(&self.head)
    }

    /// Returns the beginning that was read last.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Tells whether a content of this size may be held as a whole.
    pub(crate) fn can_hold(&self, size_bytes: u64) -> bool {
        size_bytes <= self.content_bytes_max.min(self.room.most())
    }

    /// Reads what is wanted of an open file. The whole content is kept only where it is wanted and not larger than the
    /// limit; `each` is given every piece, where pieces are wanted.
    pub(crate) fn read(
        &mut self,
        opened: Opened,
        listed: &Stat,
        wanted: Wanted,
        stop: &Stop<'_>,
        each: &mut dyn FnMut(&[u8]),
    ) -> Result<ItemRead, NotRead> {
        let failed = |error: io::Error| NotRead::Failed(reason_of(&error));
        let Opened { mut file, stat } = opened;
        let has_content = wanted.whole
            && stat.size_bytes <= self.content_bytes_max
            && self.has_room(stat.size_bytes, stop)?;
        let is_read = has_content || wanted.pieces || !wanted.algorithms.is_empty();
        let (bytes, digests) = if has_content {
            let bytes = self.read_content(&mut file, stat.size_bytes, stop)?;
            if wanted.pieces {
                each(&self.content);
            }
            (bytes, Digests::of(&self.content, wanted.algorithms))
        } else if is_read {
            let mut hasher = Hasher::new(wanted.algorithms);
            let mut each = |chunk: &[u8]| {
                hasher.update(chunk);
                if wanted.pieces {
                    each(chunk);
                }
            };
            let bytes = self.read_chunks(&mut file, stat.size_bytes, stop, &mut each)?;
            (bytes, hasher.finish())
        } else {
            (stat.size_bytes, Digests::default())
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
            is_read,
            bytes: if is_read { bytes } else { 0 },
        })
    }

    /// Reads the whole content of a file that was read in pieces; where there is no room for it, it is not read.
    pub(crate) fn read_whole(
        &mut self,
        item: &mut ItemRead,
        stop: &Stop<'_>,
    ) -> Result<(), NotRead> {
        let failed = |error: io::Error| NotRead::Failed(reason_of(&error));
        if item.stat.size_bytes > self.content_bytes_max
            || !self.has_room(item.stat.size_bytes, stop)?
        {
            return Ok(());
        }
        item.file.seek(SeekFrom::Start(0)).map_err(failed)?;
        let bytes = self.read_content(&mut item.file, item.stat.size_bytes, stop)?;
        let after = platform::stat_of(&item.file).map_err(failed)?;
        item.changed |= bytes != item.stat.size_bytes || !after.same_content(&item.stat);
        item.has_content = true;
        Ok(())
    }

    /// Takes the content that was read last out of here, to be opened as a container.
    pub(crate) fn take_content(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.content)
    }

    /// Puts back what was taken, so that its memory is used again.
    pub(crate) fn put_back(&mut self, content: Vec<u8>) {
        self.content = content;
        self.forget();
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
        self.permit = None;
    }

    /// Takes room for a content, and waits for it; returns false where there will never be enough.
    fn has_room(&mut self, size_bytes: u64, stop: &Stop<'_>) -> Result<bool, NotRead> {
        self.permit = None;
        if size_bytes <= KEPT_BYTES as u64 {
            return Ok(true);
        }
        match self.room.take(size_bytes, stop) {
            Ok(permit) => {
                self.permit = Some(permit);
                Ok(true)
            }
            Err(NoRoom::TooLarge) => Ok(false),
            Err(NoRoom::Stopped) => Err(NotRead::Failed(Reason::Time)),
        }
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
        if self.content.try_reserve_exact(size + 1).is_err() {
            return Err(NotRead::Failed(Reason::TooLarge));
        }
        let mut left = size_bytes + 1;
        while left > 0 {
            if stop.is_now_after_waiting() {
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
            if stop.is_now_after_waiting() {
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
