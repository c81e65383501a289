//! The pace of a sweep: all its threads ask here before each file and each piece of one, and wait while the budget says
//! so. What a match uses in one go is paid back by waiting after it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::limits::{Budget, Limits, Paused};
use crate::platform;
use crate::progress::Progress;

/// How long a thread waits at most before it looks again whether limits have changed.
const LOOK: Duration = Duration::from_millis(200);
/// How long a look at battery and pressure is believed.
const BURDEN_AGE_MAX: Duration = Duration::from_secs(1);
/// Running time that may be used at once or saved up: short enough that nobody notices, long enough to be worth waking.
const BURST_SECONDS: f64 = 0.02;
/// Others wait for this part of the time, of the last ten seconds, or more: that is pressure.
const PRESSURE_PERCENT: f64 = 25.0;

/// Holds back the threads of one sweep.
pub(crate) struct Pace<'s> {
    limits: &'s Limits,
    progress: &'s dyn Progress,
    processors: f64,
    state: Mutex<State>,
    /// Nobody tells it: whoever waits wakes by time and looks again.
    waiting: Condvar,
    is_paused: AtomicBool,
}

struct State {
    /// The share is kept from here on.
    since: Instant,
    used_then: Duration,
    cpu_percent: u32,
    burden: Option<Paused>,
    burden_seen_at: Option<Instant>,
}

impl<'s> Pace<'s> {
    pub(crate) fn new(limits: &'s Limits, progress: &'s dyn Progress) -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Self {
            limits,
            progress,
            processors: f64::from(u32::try_from(processors).unwrap_or(u32::MAX)),
            state: Mutex::new(State {
                since: Instant::now(),
                used_then: platform::processor_time(),
                cpu_percent: 100,
                burden: None,
                burden_seen_at: None,
            }),
            waiting: Condvar::new(),
            is_paused: AtomicBool::new(false),
        }
    }

    /// Returns when the budget permits work, or `stop` says that there will be none. `each` is called while waiting.
    pub(crate) fn wait(&self, stop: &dyn Fn() -> bool, each: &dyn Fn()) {
        while !stop() {
            let budget = self.limits.now();
            if budget.is_free() && !self.is_paused.load(Ordering::Relaxed) {
                return;
            }
            let mut state = self.lock();
            let paused = state.pause(&budget);
            self.tell(paused);
            let time = match paused {
                Some(_) => LOOK,
                None => match state.debt(&budget, self.processors) {
                    Some(time) => time.min(LOOK),
                    None => return,
                },
            };
            let waited = self.waiting.wait_timeout(state, time);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
            each();
        }
    }

    fn tell(&self, paused: Option<Paused>) {
        if self.is_paused.swap(paused.is_some(), Ordering::Relaxed) || paused.is_some() {
            self.progress.pause(paused);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn pause(&mut self, budget: &Budget) -> Option<Paused> {
        if budget.is_paused {
            return Some(Paused::Asked);
        }
        if !budget.pauses_on_battery && !budget.pauses_under_pressure {
            return None;
        }
        let is_fresh = self
            .burden_seen_at
            .is_some_and(|seen| seen.elapsed() < BURDEN_AGE_MAX);
        if !is_fresh {
            self.burden = if budget.pauses_on_battery && platform::is_on_battery() {
                Some(Paused::OnBattery)
            } else if budget.pauses_under_pressure && platform::pressure() >= PRESSURE_PERCENT {
                Some(Paused::UnderPressure)
            } else {
                None
            };
            self.burden_seen_at = Some(Instant::now());
        }
        self.burden
    }

    /// Returns how long nothing may run, so that the share is kept.
    fn debt(&mut self, budget: &Budget, processors: f64) -> Option<Duration> {
        if budget.cpu_percent >= 100 {
            self.cpu_percent = budget.cpu_percent;
            return None;
        }
        let (now, used) = (Instant::now(), platform::processor_time());
        if self.cpu_percent != budget.cpu_percent {
            self.cpu_percent = budget.cpu_percent;
            (self.since, self.used_then) = (now, used);
        }
        let rate = processors * f64::from(budget.cpu_percent) / 100.0;
        let permitted = rate * now.duration_since(self.since).as_secs_f64();
        let over = used.saturating_sub(self.used_then).as_secs_f64() - permitted;
        if over < -BURST_SECONDS {
            // What was not used is not saved up.
            (self.since, self.used_then) = (now, used);
        }
        let wait = over / rate;
        (over > BURST_SECONDS * rate).then(|| Duration::from_secs_f64(wait.clamp(0.001, 3600.0)))
    }
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;
    use std::sync::atomic::AtomicU32;

    use super::*;
    use crate::progress::{NoProgress, ProgressNow};

    /// Works as a sweep does, in small pieces, and returns the share of one processor that was used.
    fn work(pace: &Pace<'_>, time: Duration) -> f64 {
        let (began, used) = (Instant::now(), platform::processor_time());
        let mut sum = 0_u64;
        while began.elapsed() < time {
            pace.wait(&|| began.elapsed() >= time, &|| {});
            for number in 0..100_000_u64 {
                sum = black_box(sum.wrapping_mul(31).wrapping_add(number));
            }
        }
        let used = platform::processor_time().saturating_sub(used);
        used.as_secs_f64() / began.elapsed().as_secs_f64()
    }

    #[test]
    fn the_share_is_counted_against_all_processors_and_paid_back_by_waiting() {
        let began = Instant::now();
        let budget = Budget {
            cpu_percent: 10,
            ..Budget::default()
        };
        let mut state = State {
            since: began.checked_sub(Duration::from_secs(10)).unwrap(),
            used_then: platform::processor_time(),
            cpu_percent: 10,
            burden: None,
            burden_seen_at: None,
        };
        // In ten seconds of four processors, four seconds of running are permitted; nothing has been used since.
        assert_eq!(state.debt(&budget, 4.0), None);
        // Now nothing is saved up, and whatever is used from here on has to be waited for.
        assert!(state.since >= began);
    }

    #[test]
    fn a_share_is_held_and_can_be_changed_while_it_is() {
        let limits = Limits::default();
        let pace = Pace::new(&limits, &NoProgress);
        let quarter_of_one = |pace: &Pace<'_>| {
            let percent = (25.0 / pace.processors).max(1.0);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "1 to 25"
            )]
            let percent = percent as u32;
            (percent, f64::from(percent) * pace.processors / 100.0)
        };
        let (cpu_percent, expected) = quarter_of_one(&pace);
        limits.set(&Budget {
            cpu_percent,
            ..Budget::default()
        });
        // Other tests run in this process at the same time, so that it can only be used less by us: never more.
        let share = work(&pace, Duration::from_secs(1));
        assert!(expected < 1.0 && share < 8.0, "{share} of one processor");
        limits.set(&Budget::default());
        let began = Instant::now();
        pace.wait(&|| false, &|| {});
        assert!(
            began.elapsed() < Duration::from_secs(1),
            "without a limit nothing waits"
        );
    }

    #[derive(Default)]
    struct Told(AtomicU32);

    impl Progress for Told {
        fn update(&self, _now: &ProgressNow) {}

        fn pause(&self, paused: Option<Paused>) {
            self.0
                .fetch_add(1 + u32::from(paused.is_none()) * 100, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_pause_is_told_and_ends_when_it_is_taken_back() {
        let limits = Limits::new(&Budget {
            is_paused: true,
            ..Budget::default()
        });
        let told = Told::default();
        let pace = Pace::new(&limits, &told);
        pace.wait(&|| false, &|| limits.set(&Budget::default()));
        assert_eq!(
            told.0.load(Ordering::Relaxed),
            102,
            "told once that it waits, once that it goes on"
        );
    }

    #[test]
    fn a_pause_ends_when_the_sweep_does() {
        let limits = Limits::new(&Budget {
            is_paused: true,
            ..Budget::default()
        });
        let pace = Pace::new(&limits, &NoProgress);
        let began = Instant::now();
        pace.wait(&|| began.elapsed() > LOOK, &|| {});
        assert!(began.elapsed() < Duration::from_secs(5));
    }
}
