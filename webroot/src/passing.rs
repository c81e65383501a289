//! A pass: threads that walk folders, or look at named places, and hand on what differs.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::io;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use serde::Serialize;

use crate::finding::{Finding, Unread};
use crate::free_folders::rule_in;
use crate::judging::{Accepted, BUFFER_BYTES, Judge, Judgement, Subject};
use crate::memory::Memory;
use crate::path::{self, PATH_BYTES_MAX, SitePath};
use crate::platform::{FileKind, Folder, ListBuffer, is_absent, is_in_the_way};
use crate::stopping::{Pace, Stop};

/// Bytes of paths of folders that wait to be walked, 256 MiB. An intruder who makes more of them than that has hidden something: what
/// could not be walked is said.
const WAITING_BYTES_MAX: usize = 256 * 1024 * 1024;
/// File systems that one site may be spread over; further ones are not followed by events.
const DEVICES_MAX: usize = 64;

/// What a pass reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Every content.
    All,
    /// Contents of which the file system says that they may have changed since they were right.
    Changed,
}

/// Takes what a pass finds, from several threads.
pub(crate) trait Sink: Sync {
    /// What is at this path is right, or nothing is there and should not.
    fn fine(&self, path: &[u8]);
    /// Something differs.
    fn found(&self, finding: Finding);
    /// Something could not be compared.
    fn unread(&self, unread: Unread);
}

/// What a pass has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Things that were looked at, but folders.
    pub files: u64,
    /// Folders that were listed.
    pub folders: u64,
    /// Bytes of contents that were read.
    pub read_bytes: u64,
}

/// One pass.
pub(crate) struct Pass<'a> {
    pub(crate) root: &'a Folder,
    pub(crate) accepted: &'a Accepted,
    pub(crate) memory: &'a Memory,
    pub(crate) reading: Reading,
    pub(crate) threads: NonZeroUsize,
    pub(crate) pace: &'a Pace,
    pub(crate) stop: &'a Stop,
    pub(crate) sink: &'a dyn Sink,
}

/// A place to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: Vec<u8>,
    /// Whether everything below it is looked at, too.
    pub(crate) is_deep: bool,
}

enum Job {
    /// Everything in a folder, and below it.
    Folder(Vec<u8>),
    /// Some names in a folder.
    Names { folder: Vec<u8>, places: Vec<Place> },
}

#[derive(Default)]
struct Queue {
    jobs: Vec<Job>,
    busy: usize,
    /// Bytes of the paths of folders that wait.
    bytes: usize,
}

impl Queue {
    /// Adds a folder to walk, or gives it back where there is no room.
    fn push_folder(&mut self, path: Vec<u8>) -> Result<(), Vec<u8>> {
        if self.bytes >= WAITING_BYTES_MAX {
            return Err(path);
        }
        self.bytes += path.len() + size_of::<Job>();
        self.jobs.push(Job::Folder(path));
        Ok(())
    }

    fn pop(&mut self) -> Option<Job> {
        let job = self.jobs.pop()?;
        if let Job::Folder(path) = &job {
            self.bytes = self.bytes.saturating_sub(path.len() + size_of::<Job>());
        }
        Some(job)
    }
}

struct Work<'p, 'a> {
    pass: &'p Pass<'a>,
    judge: Judge<'p>,
    queue: Mutex<Queue>,
    changed: Condvar,
    seen: Vec<AtomicU64>,
    /// Entries that must be there, if no folder above them could not be read.
    wanted: Mutex<Vec<Range<usize>>>,
    devices: Mutex<BTreeMap<(u32, u32), Vec<u8>>>,
    files: AtomicU64,
    folders: AtomicU64,
    read_bytes: AtomicU64,
}

struct Scratch {
    buffer: Vec<u8>,
    list: ListBuffer,
}

impl Pass<'_> {
    /// Looks at everything. Also returns a folder on each further file system that was met.
    pub(crate) fn whole(&self) -> (Totals, Vec<Vec<u8>>) {
        let work = self.work();
        work.want(b"");
        work.add(Job::Folder(Vec::new()));
        work.run();
        let devices =
            std::mem::take(&mut *work.devices.lock().unwrap_or_else(PoisonError::into_inner));
        (work.totals(), devices.into_values().collect())
    }

    /// Looks at some places.
    pub(crate) fn places(&self, mut places: Vec<Place>) -> Totals {
        let work = self.work();
        places.sort_unstable_by(|a, b| path::split(&a.path).cmp(&path::split(&b.path)));
        let mut groups: BTreeMap<Vec<u8>, Vec<Place>> = BTreeMap::new();
        for place in places {
            if place.path.is_empty() {
                work.want(b"");
                work.add(Job::Folder(Vec::new()));
            } else {
                groups
                    .entry(path::split(&place.path).0.to_vec())
                    .or_default()
                    .push(place);
            }
        }
        for (folder, places) in groups {
            work.add(Job::Names { folder, places });
        }
        work.run();
        work.totals()
    }

    fn work(&self) -> Work<'_, '_> {
        let words = self.accepted.current.len().div_ceil(64);
        Work {
            pass: self,
            judge: Judge {
                accepted: self.accepted,
                memory: self.memory,
                reading: self.reading,
                pace: self.pace,
                stop: self.stop,
            },
            queue: Mutex::default(),
            changed: Condvar::new(),
            seen: (0..words).map(|_| AtomicU64::new(0)).collect(),
            wanted: Mutex::default(),
            devices: Mutex::default(),
            files: AtomicU64::new(0),
            folders: AtomicU64::new(0),
            read_bytes: AtomicU64::new(0),
        }
    }
}

impl Work<'_, '_> {
    fn run(&self) {
        std::thread::scope(|scope| {
            for _ in 1..self.pass.threads.get() {
                scope.spawn(|| self.work_through());
            }
            self.work_through();
        });
        if self.pass.stop.is_stopped() {
            return;
        }
        let wanted =
            std::mem::take(&mut *self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
        for number in wanted.into_iter().flatten() {
            if !self.see(number)
                && let Some(finding) = self.judge.gone(number)
            {
                self.pass.sink.found(finding);
            }
        }
    }

    fn work_through(&self) {
        let mut scratch = Scratch {
            buffer: vec![0; BUFFER_BYTES],
            list: ListBuffer::new(),
        };
        while let Some(job) = self.next() {
            match job {
                Job::Folder(path) => self.folder(&path, &mut scratch),
                Job::Names { folder, places } => self.names(&folder, &places, &mut scratch),
            }
            self.done();
        }
    }

    fn next(&self) -> Option<Job> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if self.pass.stop.is_stopped() {
                queue.jobs.clear();
                queue.bytes = 0;
            }
            if let Some(job) = queue.pop() {
                queue.busy += 1;
                return Some(job);
            }
            if queue.busy == 0 {
                self.changed.notify_all();
                return None;
            }
            queue = self
                .changed
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn add(&self, job: Job) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.jobs.push(job);
        drop(queue);
        self.changed.notify_one();
    }

    fn done(&self) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.busy -= 1;
        if queue.busy == 0 {
            self.changed.notify_all();
        }
    }

    /// Looks at everything in a folder.
    fn folder(&self, path: &[u8], scratch: &mut Scratch) {
        let folder = match self.pass.root.open_below(path) {
            Ok(folder) => folder,
            // It went, or became something else, since it was listed: what was in it is not there.
            Err(error) if is_absent(&error) || is_in_the_way(&error) => return,
            Err(error) => return self.unreadable_folder(path, "open the folder", &error),
        };
        self.folders.fetch_add(1, Ordering::Relaxed);
        let free = rule_in(&self.pass.accepted.current.head().free, path);
        let Scratch { buffer, list } = scratch;
        let listed = folder.list(list, &mut |name| {
            let below = path::join(path, name.to_bytes());
            self.look(&folder, name, below, free, true, buffer);
            !self.pass.stop.is_stopped()
        });
        if let Err(error) = listed {
            self.unreadable_folder(path, "list the folder", &error);
        }
    }

    /// Looks at some names in a folder.
    fn names(&self, path: &[u8], places: &[Place], scratch: &mut Scratch) {
        let folder = match self.pass.root.open_below(path) {
            Ok(folder) => folder,
            Err(error) if is_absent(&error) || is_in_the_way(&error) => {
                for place in places {
                    self.gone(&place.path);
                }
                // Something stands where the folder was, or it went: that is said as well.
                if !path.is_empty() {
                    let place = Place {
                        path: path.to_vec(),
                        is_deep: false,
                    };
                    let folder = path::split(path).0.to_vec();
                    self.add(Job::Names {
                        folder,
                        places: vec![place],
                    });
                }
                return;
            }
            Err(error) => return self.unreadable_folder(path, "open the folder", &error),
        };
        let free = rule_in(&self.pass.accepted.current.head().free, path);
        for place in places {
            let Ok(name) = CString::new(path::split(&place.path).1) else {
                continue;
            };
            if self.pass.stop.is_stopped() {
                return;
            }
            if place.is_deep {
                self.want(&place.path);
            }
            self.look(
                &folder,
                &name,
                place.path.clone(),
                free,
                place.is_deep,
                &mut scratch.buffer,
            );
        }
    }

    /// Judges one thing, and has a folder walked where that is wanted or where nobody knows it.
    fn look(
        &self,
        folder: &Folder,
        name: &CStr,
        path: Vec<u8>,
        free: Option<crate::FreeRule>,
        is_deep: bool,
        buffer: &mut [u8],
    ) {
        let stat = match folder.stat(name) {
            Ok(stat) => stat,
            Err(error) if is_absent(&error) => return self.gone(&path),
            Err(error) => return self.unread(path, "ask for its state", &error),
        };
        let subject = Subject {
            folder,
            name,
            path: &path,
            stat,
        };
        let judged = match free {
            None => self.judge.judge(&subject, buffer),
            Some(rule) => self.judge.judge_free(&subject, rule, buffer),
        };
        if let Some(number) = self.pass.accepted.current.find(&path) {
            self.see(number);
        }
        let is_stranger = match judged {
            Ok(Judgement {
                finding,
                read_bytes,
            }) => {
                self.read_bytes.fetch_add(read_bytes, Ordering::Relaxed);
                let is_stranger = finding.is_some();
                match finding {
                    Some(finding) => self.pass.sink.found(finding),
                    None => self.pass.sink.fine(&path),
                }
                is_stranger
            }
            Err(error) if is_absent(&error) => return self.gone(&path),
            Err(error) => {
                self.unread(path, "read its content", &error);
                return;
            }
        };
        if stat.kind != FileKind::Folder {
            self.files.fetch_add(1, Ordering::Relaxed);
        } else if is_deep || is_stranger {
            self.descend(path, stat.device);
        }
    }

    fn descend(&self, path: Vec<u8>, device: (u32, u32)) {
        if path.len() > PATH_BYTES_MAX - 256 {
            let error = io::Error::other("it lies deeper than any path may be long");
            return self.unreadable_folder(&path, "enter the folder", &error);
        }
        let mut devices = self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        if devices.len() < DEVICES_MAX {
            devices.entry(device).or_insert_with(|| path.clone());
        }
        drop(devices);
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = queue.push_folder(path).err();
        drop(queue);
        match refused {
            None => self.changed.notify_one(),
            Some(path) => {
                let error = io::Error::other("more folders wait than there is room for");
                self.unreadable_folder(&path, "enter the folder", &error);
            }
        }
    }

    /// Nothing is at this path.
    fn gone(&self, path: &[u8]) {
        let current = &self.pass.accepted.current;
        let Some(number) = current.find(path) else {
            return self.pass.sink.fine(path);
        };
        for number in std::iter::once(number).chain(current.below(path)) {
            if self.see(number) {
                continue;
            }
            match self.judge.gone(number) {
                Some(finding) => self.pass.sink.found(finding),
                None => self.pass.sink.fine(current.entry(number).path),
            }
        }
    }

    fn unread(&self, path: Vec<u8>, what: &str, error: &io::Error) {
        if self.pass.stop.is_stopped() {
            return;
        }
        let reason = format!("{what}: {error}");
        self.pass.sink.unread(Unread {
            path: SitePath::of_walk(path),
            reason,
        });
    }

    /// Nothing is known of what is in this folder, so nothing of it is called removed.
    fn unreadable_folder(&self, path: &[u8], what: &str, error: &io::Error) {
        for number in self.pass.accepted.current.below(path) {
            self.see(number);
        }
        self.unread(path.to_vec(), what, error);
    }

    /// Wants everything below a path to be met, or to be called removed.
    fn want(&self, path: &[u8]) {
        let below = self.pass.accepted.current.below(path);
        self.wanted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(below);
    }

    /// Marks an entry as met, and tells whether it was before.
    fn see(&self, number: usize) -> bool {
        let bit = 1 << (number % 64);
        self.seen[number / 64].fetch_or(bit, Ordering::Relaxed) & bit != 0
    }

    fn totals(&self) -> Totals {
        Totals {
            files: self.files.load(Ordering::Relaxed),
            folders: self.folders.load(Ordering::Relaxed),
            read_bytes: self.read_bytes.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_without_number_do_not_take_all_memory() {
        let mut queue = Queue::default();
        let long = vec![b'x'; PATH_BYTES_MAX];
        let mut count = 0;
        while queue.push_folder(long.clone()).is_ok() {
            count += 1;
        }
        assert!(count <= WAITING_BYTES_MAX / long.len() + 1, "{count}");
        // What is walked makes room.
        for _ in 0..count {
            assert!(queue.pop().is_some());
        }
        assert!(queue.pop().is_none() && queue.push_folder(long).is_ok());
    }
}
