//! The work that is left, shared by all threads: last in, first out, so that a walk stays in one corner of the tree and
//! the queue short.

use std::ffi::CString;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

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
    /// Look at what runs on this machine.
    Live,
}

/// The jobs that are left.
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    /// Threads that wait for a job, to be asked without the lock.
    idle: AtomicUsize,
}

struct State {
    jobs: Vec<Job>,
    /// Jobs that were taken and are not finished: they may still add others.
    running: usize,
}

/// A job that was taken. It is finished when this is dropped.
pub(crate) struct Taken<'q> {
    queue: &'q Queue,
    job: Option<Job>,
}

impl Queue {
    pub(crate) fn new(jobs: Vec<Job>) -> Self {
        Self {
            state: Mutex::new(State { jobs, running: 0 }),
            changed: Condvar::new(),
            idle: AtomicUsize::new(0),
        }
    }

    /// Adds jobs; the last is taken first.
    pub(crate) fn add(&self, jobs: &mut Vec<Job>) {
        if !jobs.is_empty() {
            self.lock().jobs.append(jobs);
            self.changed.notify_all();
        }
    }

    /// Waits for a job; nothing when all are finished.
    pub(crate) fn take(&self) -> Option<Taken<'_>> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop() {
                state.running += 1;
                return Some(Taken {
                    queue: self,
                    job: Some(job),
                });
            }
            if state.running == 0 {
                return None;
            }
            self.idle.fetch_add(1, Ordering::Relaxed);
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            self.idle.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Tells whether another thread has nothing to do.
    pub(crate) fn is_somebody_idle(&self) -> bool {
        self.idle.load(Ordering::Relaxed) > 0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken<'_> {
    /// Returns what is to be done.
    pub(crate) fn job(&mut self) -> Option<Job> {
        self.job.take()
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.running -= 1;
        if thread::panicking() {
            // The sweep has failed; the other threads must not wait for what this one would have added.
            state.jobs.clear();
        }
        if state.running == 0 && state.jobs.is_empty() {
            self.queue.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    fn folder() -> Job {
        Job::Folder {
            parent: None,
            name: CString::default(),
            root: 0,
            share: 0,
        }
    }

    #[test]
    fn every_job_is_taken_once_whoever_adds_it() {
        let queue = Queue::new(vec![folder()]);
        let taken = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while let Some(mut job) = queue.take() {
                        assert!(job.job().is_some());
                        if taken.fetch_add(1, Ordering::Relaxed) < 500 {
                            queue.add(&mut vec![folder(), folder()]);
                        }
                    }
                });
            }
        });
        assert_eq!(taken.into_inner(), 1_001);
    }

    #[test]
    fn a_thread_that_panics_leaves_no_other_waiting() {
        let queue = Queue::new(vec![folder(), folder(), folder()]);
        thread::scope(|scope| {
            scope.spawn(|| {
                let panicked = catch_unwind(AssertUnwindSafe(|| {
                    let _job = queue.take();
                    panic!("a defect");
                }));
                assert!(panicked.is_err());
            });
            scope.spawn(|| while queue.take().is_some() {});
        });
        assert!(queue.take().is_none());
    }
}
