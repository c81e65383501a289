//! Room for what all calls in this process hold in memory together. A call that needs more than there is waits for its turn
//! to have more; only one has it, and that one never waits, so that nobody waits for ever.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// Bytes that calls may hold at the same time, beside what the one whose turn it is holds. 32 MiB: few members are larger
/// than one, so that threads rarely wait.
const SHARED_BYTES: u64 = 32 << 20;
/// How long a thread waits before it asks its caller again whether to stop.
const LOOK: Duration = Duration::from_millis(100);

struct Taken {
    bytes: u64,
    /// The thread that may take more than there is.
    turn: Option<ThreadId>,
}

static TAKEN: Mutex<Taken> = Mutex::new(Taken {
    bytes: 0,
    turn: None,
});
static FREED: Condvar = Condvar::new();

/// What one call holds; free again when this is dropped.
#[derive(Default)]
pub(crate) struct Share {
    bytes: u64,
    has_turn: bool,
}

/// The caller said stop while a thread waited.
pub(crate) struct Stopped;

impl Share {
    /// Takes room for `bytes` more, and waits for it where others have it.
    pub(crate) fn take(&mut self, bytes: u64, stop: &dyn Fn() -> bool) -> Result<(), Stopped> {
        let me = thread::current().id();
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let fits = taken.bytes.saturating_add(bytes) <= SHARED_BYTES;
            if !fits && taken.turn.is_none() {
                taken.turn = Some(me);
                self.has_turn = true;
            }
            // A call inside a call has the turn of the outer one.
            if fits || taken.turn == Some(me) {
                taken.bytes = taken.bytes.saturating_add(bytes);
                self.bytes = self.bytes.saturating_add(bytes);
                return Ok(());
            }
            let waited = FREED.wait_timeout(taken, LOOK);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
            // Whoever is asked may wait too, or look at what others do.
            if stop() {
                return Err(Stopped);
            }
            taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Gives back room for `bytes`.
    pub(crate) fn give_back(&mut self, bytes: u64) {
        let bytes = bytes.min(self.bytes);
        if bytes == 0 {
            return;
        }
        self.bytes -= bytes;
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        taken.bytes = taken.bytes.saturating_sub(bytes);
        if self.bytes == 0 && std::mem::take(&mut self.has_turn) {
            taken.turn = None;
        }
        drop(taken);
        FREED.notify_all();
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    use super::*;

    #[test]
    fn threads_that_want_more_than_there_is_have_it_one_after_the_other() {
        let (over, most_over) = (AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for number in 0..8_u64 {
                let (over, most_over) = (&over, &most_over);
                scope.spawn(move || {
                    for round in 0..200 {
                        let mut share = Share::default();
                        // As members in members are held: a part first, then far more than there is.
                        let first = (number + round) % 7 * (SHARED_BYTES / 5);
                        assert!(share.take(first, &|| false).is_ok());
                        assert!(share.take(SHARED_BYTES + 1, &|| false).is_ok());
                        let now = over.fetch_add(1, Ordering::SeqCst) + 1;
                        most_over.fetch_max(now, Ordering::SeqCst);
                        thread::yield_now();
                        over.fetch_sub(1, Ordering::SeqCst);
                        share.give_back(SHARED_BYTES + 1);
                    }
                });
            }
        });
        assert_eq!(most_over.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn whoever_waits_is_told_to_stop_and_a_call_in_a_call_never_waits() {
        let mut mine = Share::default();
        assert!(mine.take(SHARED_BYTES * 3, &|| false).is_ok());
        let asked = AtomicBool::new(false);
        thread::scope(|scope| {
            let waits = scope.spawn(|| {
                let stop = || asked.swap(true, Ordering::SeqCst);
                Share::default().take(SHARED_BYTES, &stop).is_err()
            });
            assert!(waits.join().is_ok_and(|stopped| stopped));
        });
        let mut inner = Share::default();
        assert!(inner.take(SHARED_BYTES * 2, &|| true).is_ok());
    }
}
