//! Which alarms stand: each is told once, again when it becomes another, and its end is told.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Alarms that stand at a time; further ones are told each time that they are found.
const STANDING_MAX: usize = 500_000;

/// Alarms by path.
#[derive(Default)]
pub(super) struct Standing {
    keys: RandomState,
    alarms: Mutex<HashMap<Vec<u8>, Alarm>>,
    /// Most of the time nothing stands, and nothing is asked.
    count: AtomicUsize,
}

struct Alarm {
    print: u64,
    /// The pass that has found it last.
    pass: u64,
}

impl Standing {
    /// Notes what was found at a path, and tells whether that is new.
    pub(super) fn note(&self, path: &[u8], what: &impl Hash, pass: u64) -> bool {
        let print = self.keys.hash_one(what);
        let mut alarms = self.alarms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(alarm) = alarms.get_mut(path) {
            alarm.pass = alarm.pass.max(pass);
            return std::mem::replace(&mut alarm.print, print) != print;
        }
        if alarms.len() < STANDING_MAX {
            alarms.insert(path.to_vec(), Alarm { print, pass });
            self.count.store(alarms.len(), Ordering::Release);
        }
        true
    }

    /// Notes that a path is right, and tells whether an alarm stood there.
    pub(super) fn clear(&self, path: &[u8]) -> bool {
        if self.count.load(Ordering::Acquire) == 0 {
            return false;
        }
        let mut alarms = self.alarms.lock().unwrap_or_else(PoisonError::into_inner);
        let stood = alarms.remove(path).is_some();
        self.count.store(alarms.len(), Ordering::Release);
        stood
    }

    /// Returns the paths of alarms that no pass has found since the one of this number.
    pub(super) fn not_found_since(&self, pass: u64) -> Vec<Vec<u8>> {
        let alarms = self.alarms.lock().unwrap_or_else(PoisonError::into_inner);
        let old = alarms.iter().filter(|(_, alarm)| alarm.pass < pass);
        old.map(|(path, _)| path.clone()).collect()
    }
}
