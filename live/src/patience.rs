//! A limit of time for looks that the kernel may never answer: a process can make whoever reads its command line, its
//! memory or a path in its file tree wait for ever (a page or a folder that a program of its own must deliver).
//!
//! A look that is given up stays behind in its thread. There is a limit to those, and then nothing more is looked at.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::thread;
use std::time::Duration;

use crate::unread::Cause;

/// Looks of this program that may hang at the same time: 64. Each costs a thread that does nothing.
const GIVEN_UP_MAX: usize = 64;
/// Bytes of stack of the thread that looks: 256 KiB.
const STACK_BYTES: usize = 256 * 1024;

/// Looks that hang.
static GIVEN_UP: AtomicUsize = AtomicUsize::new(0);

type Look = Box<dyn FnOnce() + Send>;

/// A thread that looks for us, and how long we wait for it.
#[derive(Debug)]
pub(crate) struct Patience {
    limit: Duration,
    looker: Option<Sender<Look>>,
}

impl Patience {
    /// Makes a patience of `limit` for each look.
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            limit,
            looker: None,
        }
    }

    /// Looks, and returns what was seen unless it takes too long or the look panics.
    pub(crate) fn look<T: Send + 'static>(
        &mut self,
        look: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Cause> {
        let (answer, answered) = mpsc::sync_channel(0);
        let job: Look = Box::new(move || {
            let seen = look();
            // Handed over from hand to hand: it fails only when the look was given up, and now that is over.
            if answer.send(seen).is_err() {
                GIVEN_UP.fetch_sub(1, Ordering::Relaxed);
            }
        });
        self.looker()?
            .send(job)
            .map_err(|_| Cause::Failed("the thread that looks has ended".to_owned()))?;
        self.wait(&answered)
    }

    fn wait<T>(&mut self, answered: &Receiver<T>) -> Result<T, Cause> {
        match answered.recv_timeout(self.limit) {
            Ok(seen) => Ok(seen),
            Err(RecvTimeoutError::Timeout) => {
                GIVEN_UP.fetch_add(1, Ordering::Relaxed);
                self.looker = None;
                Err(Cause::Time)
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.looker = None;
                Err(Cause::Failed("the look panicked".to_owned()))
            }
        }
    }

    fn looker(&mut self) -> Result<&Sender<Look>, Cause> {
        if self.looker.is_none() {
            let (looks, to_do) = mpsc::channel::<Look>();
            spawn(move || {
                for look in to_do {
                    look();
                }
            })?;
            self.looker = Some(looks);
        }
        Ok(self.looker.as_ref().expect("made above"))
    }
}

/// Work on a thread of its own that sends something now and then, and how long we wait for the next of it.
#[derive(Debug)]
pub(crate) struct Errand<T> {
    limit: Duration,
    sent: Receiver<T>,
    given_up: Arc<AtomicBool>,
}

impl<T: Send + 'static> Errand<T> {
    /// Starts the work. It ends when it can no longer send.
    pub(crate) fn start(
        limit: Duration,
        work: impl FnOnce(SyncSender<T>) + Send + 'static,
    ) -> Result<Self, Cause> {
        let given_up = Arc::new(AtomicBool::new(false));
        let (sender, sent) = mpsc::sync_channel(0);
        let over = Arc::clone(&given_up);
        spawn(move || {
            work(sender);
            if over.load(Ordering::Acquire) {
                GIVEN_UP.fetch_sub(1, Ordering::Relaxed);
            }
        })?;
        Ok(Self {
            limit,
            sent,
            given_up,
        })
    }

    /// Returns what comes next, unless it takes too long or the work ends without it.
    pub(crate) fn next(&mut self) -> Result<T, Cause> {
        match self.sent.recv_timeout(self.limit) {
            Ok(next) => Ok(next),
            Err(RecvTimeoutError::Timeout) => {
                // Counted before the work can see it, which then counts it back.
                GIVEN_UP.fetch_add(1, Ordering::Relaxed);
                self.given_up.store(true, Ordering::Release);
                Err(Cause::Time)
            }
            Err(RecvTimeoutError::Disconnected) => {
                Err(Cause::Failed("the look panicked".to_owned()))
            }
        }
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) -> Result<(), Cause> {
    if GIVEN_UP.load(Ordering::Relaxed) >= GIVEN_UP_MAX {
        return Err(Cause::NotAvailable("too many looks were never answered"));
    }
    thread::Builder::new()
        .name("live-look".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(work)
        .map(drop)
        .map_err(|error| Cause::Failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::{Errand, Patience};
    use crate::unread::Cause;

    #[test]
    fn gives_up_a_look_that_is_never_answered_and_looks_on() {
        let mut patience = Patience::new(Duration::from_millis(20));
        let (release, waits) = mpsc::channel::<()>();
        let hung = patience.look(move || waits.recv().is_ok());
        assert_eq!(hung, Err(Cause::Time));
        assert_eq!(patience.look(|| 7), Ok(7));
        drop(release);
    }

    #[test]
    fn survives_a_look_that_panics() {
        let mut patience = Patience::new(Duration::from_secs(10));
        let broken = patience.look(|| -> u8 { panic!("on purpose") });
        assert!(matches!(broken, Err(Cause::Failed(_))), "{broken:?}");
        assert_eq!(patience.look(|| 7), Ok(7));
    }

    #[test]
    fn gives_up_an_errand_that_sends_nothing_more() {
        let (release, waits) = mpsc::channel::<()>();
        let mut errand = Errand::start(Duration::from_millis(20), move |sender| {
            let _ = sender.send(1);
            let _ = waits.recv();
        })
        .unwrap();
        assert_eq!(errand.next(), Ok(1));
        assert_eq!(errand.next(), Err(Cause::Time));
        drop(release);
    }

    #[test]
    fn an_errand_that_panics_has_failed() {
        let limit = Duration::from_secs(10);
        let mut errand = Errand::<u8>::start(limit, |_| panic!("on purpose")).unwrap();
        let failed = errand.next();
        assert!(matches!(failed, Err(Cause::Failed(_))), "{failed:?}");
    }
}
