//! Who ended a sweep: whoever was in hand is suspected, examined alone in the next attempt, and left out only when that
//! ends with it again. So an innocent item that was in hand at the same moment is still examined.

use std::collections::BTreeMap;

use domain::Reason;
use sweep::Skips;
use sweep::in_hand::table::Entry;
use sweep::in_hand::{ItemKey, Skip, What};

/// Attempts after which nothing is read any more that an earlier one has not read.
const RESTARTS_MAX: u32 = 50;
/// Attempts that ended, one after the other, before anything was in hand.
const UNEXPLAINED_MAX: u32 = 5;
/// Strikes after which an item is left out.
const STRIKES_MAX: u32 = 3;

/// How a worker ended.
#[derive(Clone, Debug)]
pub struct Death {
    /// Whether the system or somebody ended it, as opposed to its own fault: SIGKILL, SIGTERM.
    pub is_from_outside: bool,
    /// For the log and the ledger.
    pub words: String,
}

/// What follows.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Another attempt.
    Again,
    /// There is no use in another one.
    GiveUp(String),
}

/// What is known of earlier attempts.
#[derive(Debug, Default)]
pub struct Suspicion {
    strikes: BTreeMap<ItemKey, u32>,
    restart_count: u32,
    unexplained_count: u32,
}

impl Suspicion {
    /// Judges an attempt that ended by itself or from outside, with these `in_hand`.
    pub fn judge(&mut self, skips: &mut Skips, in_hand: &[Entry], death: &Death) -> Verdict {
        let items: Vec<&Entry> = in_hand
            .iter()
            .filter(|one| one.what == What::Item)
            .collect();
        if items.is_empty() {
            self.unexplained_count += 1;
            if self.unexplained_count >= UNEXPLAINED_MAX {
                return Verdict::GiveUp(format!("finish the sweep: {}", death.words));
            }
        } else {
            self.unexplained_count = 0;
        }
        // A suspect is examined alone, so that nothing else can have done it.
        let alone = items.iter().find(|one| skips.suspects.contains(&one.key));
        if let Some(entry) = alone {
            let strikes = self.strikes.entry(entry.key.clone()).or_default();
            // Whoever ends processes at random meets the same item twice now and then.
            *strikes += if death.is_from_outside {
                1
            } else {
                STRIKES_MAX
            };
            if *strikes >= STRIKES_MAX {
                skips.suspects.remove(&entry.key);
                let skip = Skip {
                    reason: Reason::DetectorFailed,
                    detail: format!("it ended the program that matched it: {}", death.words),
                };
                skips.items.insert(entry.key.clone(), skip);
            }
        } else {
            skips
                .suspects
                .extend(items.iter().map(|entry| entry.key.clone()));
        }
        self.count_restart(skips)
    }

    /// Counts another attempt; after too many of them the rest is given up.
    pub fn count_restart(&mut self, skips: &mut Skips) -> Verdict {
        self.restart_count += 1;
        if self.restart_count >= RESTARTS_MAX {
            skips.rest = Some(Reason::Time);
        }
        if self.restart_count > 2 * RESTARTS_MAX {
            return Verdict::GiveUp("finish the sweep: it was ended too often".to_owned());
        }
        Verdict::Again
    }
}

#[cfg(test)]
mod tests {
    use domain::ItemPath;

    use super::*;

    fn fault() -> Death {
        Death {
            is_from_outside: false,
            words: "signal 11".to_owned(),
        }
    }

    fn outside() -> Death {
        Death {
            is_from_outside: true,
            words: "signal 9".to_owned(),
        }
    }

    fn entry(thread: usize, what: What, path: &str) -> Entry {
        Entry {
            thread,
            what,
            key: ItemKey::of(path.as_bytes()),
            path: ItemPath::from_bytes(path.as_bytes()),
        }
    }

    #[test]
    fn only_the_item_that_ends_a_sweep_alone_is_left_out() {
        let mut suspicion = Suspicion::default();
        let mut skips = Skips::default();
        let (bad, good) = (entry(0, What::Item, "/bad"), entry(1, What::Item, "/good"));
        let place = entry(1, What::Place, "/");
        suspicion.judge(
            &mut skips,
            &[bad.clone(), place.clone(), good.clone()],
            &fault(),
        );
        assert!(skips.items.is_empty() && skips.suspects.len() == 2);
        suspicion.judge(&mut skips, &[bad.clone(), place], &fault());
        assert_eq!(skips.items.keys().collect::<Vec<_>>(), [&bad.key]);
        assert_eq!(skips.items[&bad.key].reason, Reason::DetectorFailed);
        assert!(skips.suspects.contains(&good.key));
    }

    #[test]
    fn ending_processes_at_random_convicts_nobody_soon() {
        let mut suspicion = Suspicion::default();
        let mut skips = Skips::default();
        let item = entry(0, What::Item, "/big");
        for _ in 0..3 {
            suspicion.judge(&mut skips, std::slice::from_ref(&item), &outside());
            assert!(skips.items.is_empty());
        }
        suspicion.judge(&mut skips, &[item], &outside());
        assert_eq!(skips.items.len(), 1, "the system may end it for its memory");
    }

    #[test]
    fn a_sweep_that_never_begins_is_given_up_and_one_that_is_ended_too_often_stops_reading() {
        let mut suspicion = Suspicion::default();
        let mut skips = Skips::default();
        for _ in 1..UNEXPLAINED_MAX {
            assert_eq!(suspicion.judge(&mut skips, &[], &fault()), Verdict::Again);
        }
        assert!(matches!(
            suspicion.judge(&mut skips, &[], &fault()),
            Verdict::GiveUp(_)
        ));
        let mut suspicion = Suspicion::default();
        for number in 0..RESTARTS_MAX {
            assert_eq!(skips.rest, None);
            let item = entry(0, What::Item, &number.to_string());
            suspicion.judge(&mut skips, &[item], &fault());
        }
        assert_eq!(skips.rest, Some(Reason::Time));
    }
}
