//! Room for whole contents in memory, of all threads together: a thread that needs more than there is waits for others
//! to be done. Nobody holds room while waiting for more, and all are served in the order in which they came, so that nobody
//! waits for ever.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::limits::Limits;
use crate::read::Stop;

/// How long a thread waits before it looks again whether limits have changed.
const LOOK: Duration = Duration::from_millis(200);

/// How many eighths of all room several contents may take together. One that is larger is in memory alone: there are few such,
/// and two of them at once would make the whole sweep as large as both.
const SHARED_EIGHTHS: u64 = 5;

/// Counts the bytes that are taken.
#[derive(Debug)]
pub(crate) struct Room {
    limits: Arc<Limits>,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Bytes.
    taken: u64,
    /// The turn that the next thread to come gets.
    next_turn: u64,
    /// The turn whose turn it is.
    turn: u64,
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
            state: Mutex::default(),
            freed: Condvar::new(),
        })
    }

    /// Returns how much room there is at most.
    pub(crate) fn most(&self) -> u64 {
        self.limits.now().content_bytes_max
    }

    /// Takes room for `bytes`, and waits for it where others have taken it or came before.
    pub(crate) fn take(self: &Arc<Self>, bytes: u64, stop: &Stop<'_>) -> Result<Permit, NoRoom> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = state.next_turn;
        state.next_turn += 1;
        let outcome = loop {
            let most = self.limits.now().content_bytes_max;
            if state.turn == turn {
                if bytes > most {
                    break Err(NoRoom::TooLarge);
                }
                let shared = most / 8 * SHARED_EIGHTHS;
                if state.taken == 0 || bytes <= shared.saturating_sub(state.taken) {
                    state.taken += bytes;
                    break Ok(Permit {
                        room: Arc::clone(self),
                        bytes,
                    });
                }
                if stop.is_now() {
                    break Err(NoRoom::Stopped);
                }
            }
            stop.is_waiting();
            let waited = self.freed.wait_timeout(state, LOOK);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        };
        state.turn += 1;
        drop(state);
        self.freed.notify_all();
        outcome
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self
            .room
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        state.taken -= self.bytes;
        drop(state);
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
                                    // Alone, or together no more than what is shared; nothing fits everywhere.
                                    let is_shared = now <= most / 8 * SHARED_EIGHTHS;
                                    assert!(*bytes == 0 || now == *bytes || is_shared);
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
            prop_assert_eq!(room.state.lock().unwrap().taken, 0);
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
