//! Room for whole contents in memory, of all threads together: a thread that needs more than there is waits for others
//! to be done. Nobody holds room while waiting for more, so that nobody waits for ever.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::limits::Limits;
use crate::read::Stop;

/// How long a thread waits before it looks again whether limits have changed.
const LOOK: Duration = Duration::from_millis(200);

/// Counts the bytes that are taken.
#[derive(Debug)]
pub(crate) struct Room {
    limits: Arc<Limits>,
    taken: Mutex<u64>,
    freed: Condvar,
}

/// Room that is held, and free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    room: Arc<Room>,
    bytes: u64,
}

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// There will never be.
    TooLarge,
    /// The sweep ends.
    Stopped,
}

impl Room {
    pub(crate) fn new(limits: Arc<Limits>) -> Arc<Self> {
        Arc::new(Self {
            limits,
            taken: Mutex::new(0),
            freed: Condvar::new(),
        })
    }

    /// Returns how much room there is at most.
    pub(crate) fn most(&self) -> u64 {
        self.limits.now().content_bytes_max
    }

    /// Takes room for `bytes`, and waits for it where others have taken it.
    pub(crate) fn take(self: &Arc<Self>, bytes: u64, stop: &Stop<'_>) -> Result<Permit, NoRoom> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let most = self.limits.now().content_bytes_max;
            if bytes > most {
                return Err(NoRoom::TooLarge);
            }
            if bytes <= most.saturating_sub(*taken) {
                *taken += bytes;
                return Ok(Permit {
                    room: Arc::clone(self),
                    bytes,
                });
            }
            if stop.is_now() {
                return Err(NoRoom::Stopped);
            }
            stop.is_waiting();
            let waited = self.freed.wait_timeout(taken, LOOK);
            taken = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut taken = self
            .room
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *taken -= self.bytes;
        drop(taken);
        self.room.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    use std::thread;

    use proptest::prelude::*;

    use super::*;
    use crate::limits::Budget;

    fn room_of(content_bytes_max: u64) -> Arc<Room> {
        Room::new(Arc::new(Limits::new(&Budget {
            content_bytes_max,
            ..Budget::default()
        })))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn never_more_is_taken_than_there_is_and_everybody_gets_it_in_the_end(
            most in 1_u64..1000,
            threads in prop::collection::vec(prop::collection::vec(0_u64..1200, 0..40), 1..5),
        ) {
            let room = room_of(most);
            let held = AtomicU64::new(0);
            let cancel = AtomicBool::new(false);
            thread::scope(|scope| {
                let (room, held, cancel) = (&room, &held, &cancel);
                for wanted in &threads {
                    scope.spawn(move || {
                        let stop = Stop::new(cancel, None);
                        for bytes in wanted {
                            match room.take(*bytes, &stop) {
                                Ok(permit) => {
                                    let now = held.fetch_add(*bytes, Ordering::SeqCst) + bytes;
                                    assert!(now <= most && *bytes <= most);
                                    thread::yield_now();
                                    held.fetch_sub(*bytes, Ordering::SeqCst);
                                    drop(permit);
                                }
                                Err(none) => assert!(none == NoRoom::TooLarge && *bytes > most),
                            }
                        }
                    });
                }
            });
            prop_assert_eq!(*room.taken.lock().unwrap(), 0);
        }
    }

    #[test]
    fn whoever_waits_is_told_when_the_sweep_ends() {
        let room = room_of(10);
        let cancel = AtomicBool::new(true);
        let stop = Stop::new(&cancel, None);
        let held = room.take(10, &stop).unwrap();
        assert_eq!(room.take(1, &stop).unwrap_err(), NoRoom::Stopped);
        drop(held);
        assert!(room.take(1, &stop).is_ok());
    }
}
