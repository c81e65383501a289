//! Which alarms stand: each is told once, again when it becomes another, and its end is told.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Alarms that stand at a time; further ones are told each time that they are found.
const STANDING_MAX: usize = 500_000;
/// Bytes of their paths, likewise.
const STANDING_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Alarms by path.
#[derive(Default)]
pub(super) struct Standing {
    keys: RandomState,
    alarms: Mutex<Alarms>,
    /// Most of the time nothing stands, and nothing is asked.
    count: AtomicUsize,
}

#[derive(Default)]
struct Alarms {
    by_path: HashMap<Vec<u8>, Alarm>,
    /// Bytes of the paths.
    bytes: usize,
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
        if let Some(alarm) = alarms.by_path.get_mut(path) {
            alarm.pass = alarm.pass.max(pass);
            return std::mem::replace(&mut alarm.print, print) != print;
        }
        if alarms.by_path.len() < STANDING_MAX && alarms.bytes < STANDING_BYTES_MAX {
            alarms.bytes += path.len();
            alarms.by_path.insert(path.to_vec(), Alarm { print, pass });
            self.count.store(alarms.by_path.len(), Ordering::Release);
        }
        true
    }

    /// Notes that a path is right, and tells whether an alarm stood there.
    pub(super) fn clear(&self, path: &[u8]) -> bool {
        if self.count.load(Ordering::Acquire) == 0 {
            return false;
        }
        let mut alarms = self.alarms.lock().unwrap_or_else(PoisonError::into_inner);
        let stood = alarms.by_path.remove(path).is_some();
        if stood {
            alarms.bytes -= path.len();
        }
        self.count.store(alarms.by_path.len(), Ordering::Release);
        stood
    }

    /// Returns the paths of alarms that no pass has found since the one of this number.
    pub(super) fn not_found_since(&self, pass: u64) -> Vec<Vec<u8>> {
        let alarms = self.alarms.lock().unwrap_or_else(PoisonError::into_inner);
        let old = alarms.by_path.iter().filter(|(_, alarm)| alarm.pass < pass);
        old.map(|(path, _)| path.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_as_long_as_can_be_do_not_take_all_memory_and_are_still_told() {
        let standing = Standing::default();
        let long = vec![b'x'; 16 * 1024];
        let path = |number: u32| [&long[..], &number.to_be_bytes()].concat();
        for number in 0..10_000 {
            assert!(standing.note(&path(number), &"added", 1));
        }
        let kept = standing.not_found_since(2).len();
        assert!(kept <= STANDING_BYTES_MAX / long.len() + 1, "{kept}");
        assert!(!standing.note(&path(0), &"added", 1));
        // What is over makes room for the next.
        assert!(standing.clear(&path(0)) && !standing.clear(&path(0)));
        assert!(standing.note(&path(20_000), &"added", 1));
        assert!(!standing.note(&path(20_000), &"added", 1));
    }
}
