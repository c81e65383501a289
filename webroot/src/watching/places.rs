//! Where events say that something has happened, and who did it: bounded, whatever happens.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::process::Process;
use crate::passing::Place;
use crate::path;

/// Places that wait to be looked at; with more, everything is looked at. 100,000 take some 20 MB.
const PLACES_MAX: usize = 100_000;
/// Bytes of their paths: whoever makes folders inside folders makes long ones.
const PLACES_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Places of which it is remembered who was there, in each of two generations.
const CULPRITS_MAX: usize = 50_000;
/// Bytes of their paths, in each.
const CULPRITS_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How long somebody who was at a place is named for what is found there: what no event tells was somebody else.
const BLAME_TIME: Duration = Duration::from_mins(1);
/// How long a file is left alone that somebody has begun to write and not closed.
const WRITING_TIME: Duration = Duration::from_secs(2);

/// What waits to be looked at.
#[derive(Default)]
pub(super) struct Places {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: HashMap<Vec<u8>, Waiting>,
    /// Bytes of the paths of what waits.
    waiting_bytes: usize,
    is_everything: bool,
    culprits: HashMap<Vec<u8>, Culprit>,
    /// Bytes of their paths.
    culprits_bytes: usize,
    older_culprits: HashMap<Vec<u8>, Culprit>,
}

/// Who was at a place, and when.
type Culprit = (Arc<Process>, Instant);

struct Waiting {
    is_deep: bool,
    is_being_written: bool,
    since: Instant,
}

/// What is to be looked at now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    Everything,
    Places(Vec<Place>),
}

impl Places {
    /// Adds a place, and who was there.
    pub(super) fn add(&self, place: Place, is_being_written: bool, process: Option<Arc<Process>>) {
        let mut state = self.lock();
        if let Some(process) = process {
            if state.culprits.len() >= CULPRITS_MAX || state.culprits_bytes >= CULPRITS_BYTES_MAX {
                state.older_culprits = std::mem::take(&mut state.culprits);
                state.culprits_bytes = 0;
            }
            let culprit = (process, Instant::now());
            if state.culprits.insert(place.path.clone(), culprit).is_none() {
                state.culprits_bytes += place.path.len();
            }
        }
        if state.is_everything {
            return;
        }
        if let Some(waiting) = state.waiting.get_mut(&place.path) {
            waiting.is_deep |= place.is_deep;
            waiting.is_being_written = is_being_written;
        } else if state.waiting.len() < PLACES_MAX && state.waiting_bytes < PLACES_BYTES_MAX {
            let waiting = Waiting {
                is_deep: place.is_deep,
                is_being_written,
                since: Instant::now(),
            };
            state.waiting_bytes += place.path.len();
            state.waiting.insert(place.path, waiting);
        } else {
            state.become_everything();
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Adds everything: events were lost.
    pub(super) fn add_everything(&self) {
        let mut state = self.lock();
        state.become_everything();
        drop(state);
        self.changed.notify_one();
    }

    /// Waits until something waits, or so long.
    pub(super) fn wait(&self, time: Duration) {
        let state = self.lock();
        let is_idle = |state: &mut State| state.waiting.is_empty() && !state.is_everything;
        drop(self.changed.wait_timeout_while(state, time, is_idle));
    }

    /// Takes what is due, everything only where `everything_is_due`.
    pub(super) fn take(&self, everything_is_due: bool) -> Option<Due> {
        let mut state = self.lock();
        if state.is_everything {
            if !everything_is_due {
                return None;
            }
            state.is_everything = false;
            return Some(Due::Everything);
        }
        let is_due = |waiting: &Waiting| {
            !waiting.is_being_written || waiting.since.elapsed() >= WRITING_TIME
        };
        let due: Vec<Place> = state
            .waiting
            .extract_if(|_, waiting| is_due(waiting))
            .map(|(path, waiting)| Place {
                path,
                is_deep: waiting.is_deep,
            })
            .collect();
        state.waiting_bytes = state.waiting.keys().map(Vec::len).sum();
        (!due.is_empty()).then_some(Due::Places(due))
    }

    /// Returns who was last at a place, or moved or removed a folder above it.
    pub(super) fn culprit(&self, path: &[u8]) -> Option<Arc<Process>> {
        let state = self.lock();
        let mut path = path;
        loop {
            let found = state
                .culprits
                .get(path)
                .or_else(|| state.older_culprits.get(path));
            if let Some((process, at)) = found
                && at.elapsed() < BLAME_TIME
            {
                return Some(Arc::clone(process));
            }
            if path.is_empty() {
                return None;
            }
            path = path::split(path).0;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn become_everything(&mut self) {
        self.waiting = HashMap::new();
        self.waiting_bytes = 0;
        self.is_everything = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str) -> Place {
        Place {
            path: path.as_bytes().to_vec(),
            is_deep: false,
        }
    }

    #[test]
    fn too_many_places_become_everything() {
        let places = Places::default();
        for number in 0..=PLACES_MAX {
            places.add(place(&number.to_string()), false, None);
        }
        assert_eq!(places.take(false), None);
        assert_eq!(places.take(true), Some(Due::Everything));
        assert_eq!(places.take(true), None);
    }

    #[test]
    fn long_paths_become_everything_sooner() {
        let places = Places::default();
        let long = "x/".repeat(2_000);
        for number in 0..=PLACES_BYTES_MAX / 4_000 {
            places.add(place(&format!("{long}{number}")), false, None);
        }
        assert_eq!(places.take(true), Some(Due::Everything));
        // What was taken makes room.
        for number in 0..3 * PLACES_BYTES_MAX / 4_000 {
            places.add(place(&format!("{long}{number}")), false, None);
            if number % 1_000 == 0 {
                assert!(matches!(places.take(true), Some(Due::Places(_))));
            }
        }
    }

    #[test]
    fn a_file_that_is_being_written_is_left_until_it_is_closed() {
        let places = Places::default();
        places.add(place("a"), true, None);
        assert_eq!(places.take(true), None);
        places.add(place("a"), false, None);
        assert_eq!(places.take(true), Some(Due::Places(vec![place("a")])));
    }
}
