//! The work that is left, shared by all threads: last in, first out, so that a walk stays in one corner of the tree and
//! the queue short.

use std::ffi::CString;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::places::Place;
use crate::platform::{FolderHandle, Stat};

/// One piece of work.
pub(crate) enum Job {
    /// Read files of a folder that has more of them than one thread should read.
    Files {
        place: Arc<Place>,
        handle: Arc<FolderHandle>,
        names: Vec<(CString, Stat)>,
    },
    /// List a folder.
    Folder {
        /// Nothing for a root.
        parent: Option<Arc<Place>>,
        /// Its name in the parent; empty for a root.
        name: CString,
        /// Which root it lies under.
        root: usize,
        /// How much of the whole sweep it is thought to be.
        share: u64,
    },
}

/// The jobs that are left.
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    jobs: Vec<Job>,
    /// Jobs that were taken and are not finished: they may still add others.
    running: usize,
    waiting: usize,
}

impl Queue {
    pub(crate) fn new(jobs: Vec<Job>) -> Self {
        Self {
            state: Mutex::new(State {
                jobs,
                running: 0,
                waiting: 0,
            }),
            changed: Condvar::new(),
        }
    }

    /// Adds jobs; the last is taken first.
    pub(crate) fn add(&self, jobs: &mut Vec<Job>) {
        if jobs.is_empty() {
            return;
        }
        let mut state = self.lock();
        state.jobs.append(jobs);
        if state.waiting > 0 {
            self.changed.notify_all();
        }
    }

    /// Waits for a job; nothing when all are finished. Each job taken must be [`Queue::finish`]ed.
    pub(crate) fn take(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop() {
                state.running += 1;
                return Some(job);
            }
            if state.running == 0 {
                self.changed.notify_all();
                return None;
            }
            state.waiting += 1;
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
    }

    pub(crate) fn finish(&self) {
        let mut state = self.lock();
        state.running -= 1;
        if state.running == 0 && state.jobs.is_empty() {
            self.changed.notify_all();
        }
    }

    /// Tells whether another thread has nothing to do.
    pub(crate) fn is_somebody_idle(&self) -> bool {
        let state = self.lock();
        state.waiting > 0 && state.jobs.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
