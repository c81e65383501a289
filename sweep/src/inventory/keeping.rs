//! The thread that writes the journal: whoever learns something only puts it into memory, and never waits for the disk.

use std::fs::File;
use std::io::{self, IoSlice, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::journal::{self, FRAME_HEAD_BYTES, FrameBuilder, JournalEnd};

/// How long something waits in memory before it is written. A killed program loses no more than that.
const WRITE_INTERVAL: Duration = Duration::from_millis(500);
/// How long something that was written waits until it is on the disk. A machine without power loses no more than both.
const SYNC_INTERVAL: Duration = Duration::from_secs(1);
/// Bytes after which a frame is written at once.
const WRITE_BYTES: usize = 1024 * 1024;
/// Bytes that wait for a slow disk; what comes then is not kept.
const WAITING_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Writes a journal.
pub(super) struct Keeper {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    frame: FrameBuilder,
    stop: bool,
    written_count: u64,
    left_out_count: u64,
    problem: Option<KeepProblem>,
}

/// Why nothing more is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum KeepProblem {
    /// The journal is as long as it may be.
    Full,
    /// The system would not.
    Io(io::ErrorKind, String),
}

/// What became of what was learned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// Records that were written.
    pub(super) written_count: u64,
    pub(super) left_out_count: u64,
    pub(super) problem: Option<KeepProblem>,
}

impl Kept {
    /// Tells whether something was left out because the journal is as long as it may be.
    pub(super) fn is_full(&self) -> bool {
        self.problem == Some(KeepProblem::Full)
    }
}

/// The journal as the thread has it.
struct JournalFile {
    file: File,
    at: u64,
    next_frame: u32,
    bytes_max: u64,
    synced_at: Instant,
    is_synced: bool,
}

impl Keeper {
    /// Starts to write to the end of an open journal.
    pub(super) fn start(file: File, end: JournalEnd, bytes_max: u64) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            waiting: Mutex::default(),
            changed: Condvar::new(),
        });
        let journal = JournalFile {
            file,
            at: end.at,
            next_frame: end.next_frame,
            bytes_max,
            synced_at: Instant::now(),
            is_synced: true,
        };
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("inventory".to_owned())
            .spawn(move || theirs.write_until_stopped(journal))?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Takes something to write. Once nothing is written any more, it only counts.
    pub(super) fn add(&self, add: impl FnOnce(&mut FrameBuilder)) {
        let mut waiting = self.shared.lock();
        if waiting.problem.is_some() || waiting.frame.bytes.len() > WAITING_BYTES_MAX {
            waiting.left_out_count += 1;
            return;
        }
        let was_empty = waiting.frame.bytes.is_empty();
        add(&mut waiting.frame);
        let is_long = waiting.frame.bytes.len() >= WRITE_BYTES;
        drop(waiting);
        if was_empty || is_long {
            self.shared.changed.notify_one();
        }
    }

    /// Counts something that is not kept.
    pub(super) fn count_not_kept(&self) {
        self.shared.lock().left_out_count += 1;
    }

    /// Writes what waits, and returns what became of everything.
    pub(super) fn stop(mut self) -> Kept {
        self.end();
        let waiting = self.shared.lock();
        Kept {
            written_count: waiting.written_count,
            left_out_count: waiting.left_out_count,
            problem: waiting.problem.clone(),
        }
    }

    fn end(&mut self) {
        self.shared.lock().stop = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            let problem = KeepProblem::Io(io::ErrorKind::Other, "the writer panicked".to_owned());
            self.shared.lock().problem.get_or_insert(problem);
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.end();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_until_stopped(&self, mut journal: JournalFile) {
        let mut spare = FrameBuilder::default();
        loop {
            let (frame, stop) = self.next_frame(spare, journal.is_synced);
            let outcome = journal.append(&frame.bytes, stop);
            let mut waiting = self.lock();
            match outcome {
                Ok(()) => waiting.written_count += frame.record_count,
                Err(problem) => {
                    waiting.left_out_count += frame.record_count + waiting.frame.record_count;
                    waiting.frame = FrameBuilder::default();
                    waiting.problem.get_or_insert(problem);
                }
            }
            if stop || waiting.problem.is_some() {
                return;
            }
            drop(waiting);
            spare = frame.emptied();
        }
    }

    /// Waits until there is something to do, and returns it.
    fn next_frame(&self, spare: FrameBuilder, is_synced: bool) -> (FrameBuilder, bool) {
        let mut waiting = self.lock();
        // With nothing to write and nothing to sync it sleeps until there is.
        while is_synced && waiting.frame.bytes.is_empty() && !waiting.stop {
            waiting = self
                .changed
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let more = |waiting: &mut Waiting| !waiting.stop && waiting.frame.bytes.len() < WRITE_BYTES;
        let (mut waiting, _) = self
            .changed
            .wait_timeout_while(waiting, WRITE_INTERVAL, more)
            .unwrap_or_else(PoisonError::into_inner);
        (std::mem::replace(&mut waiting.frame, spare), waiting.stop)
    }
}

impl JournalFile {
    /// Writes a frame. What could not be written whole is taken back, so that the journal stays in order.
    fn append(&mut self, entries: &[u8], is_last: bool) -> Result<(), KeepProblem> {
        if !entries.is_empty() {
            let byte_count = (FRAME_HEAD_BYTES + entries.len()) as u64;
            if self.at + byte_count > self.bytes_max {
                return Err(KeepProblem::Full);
            }
            let head = journal::frame_head(self.next_frame, entries);
            if let Err(error) = write_all(&mut self.file, &head, entries) {
                // Should this fail as well, what is left looks like what a crash leaves.
                let _ = self.file.set_len(self.at);
                return Err(error.into());
            }
            self.at += byte_count;
            self.next_frame += 1;
            self.is_synced = false;
        }
        if !self.is_synced && (is_last || self.synced_at.elapsed() >= SYNC_INTERVAL) {
            self.file.sync_data()?;
            self.is_synced = true;
            self.synced_at = Instant::now();
        }
        Ok(())
    }
}

impl From<io::Error> for KeepProblem {
    fn from(error: io::Error) -> Self {
        Self::Io(error.kind(), error.to_string())
    }
}

/// Writes both in as few calls as the system needs.
fn write_all(file: &mut File, head: &[u8], entries: &[u8]) -> io::Result<()> {
    let written = file.write_vectored(&[IoSlice::new(head), IoSlice::new(entries)])?;
    if let Some(done) = written.checked_sub(head.len()) {
        return file.write_all(&entries[done..]);
    }
    file.write_all(&head[written..])?;
    file.write_all(entries)
}
