//! What each thread has in hand, noted where it outlives the process: whoever supervises a sweep learns from it which item
//! killed a matcher or never came back, and has the next attempt leave it out and say so.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use domain::{Reason, digest};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub mod table;

/// Bytes of the digest that stands for a path.
const KEY_BYTES: usize = 16;

/// Is told what threads have in hand. Each call must return quickly.
pub trait InHand: Sync {
    /// Thread number `thread` begins with something; inside a place that it also has in hand, or as that place.
    fn begin(&self, thread: usize, what: What, key: &ItemKey, path: &[u8]);

    /// Thread number `thread` is getting on, or waits because it was told to.
    fn touch(&self, thread: usize);

    /// Thread number `thread` is done with the item, or with the place.
    fn end(&self, thread: usize, what: What);
}

/// What can be in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// A folder, or the running system as a whole, which is being listed.
    Place,
    /// One item with what is inside it.
    Item,
}

/// Stands for the path of an item or a folder, however long that is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemKey(String);

impl ItemKey {
    /// Returns the key of a path.
    pub fn of(path: &[u8]) -> Self {
        Self(digest::to_hex(&Sha256::digest(path)[..KEY_BYTES]))
    }

    fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// What a sweep leaves out, because an earlier attempt ended with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skips {
    /// These are items that are not examined.
    pub items: BTreeMap<ItemKey, Skip>,
    /// While one of these is examined, nothing else is: should the sweep end again, it is known which it was.
    pub suspects: BTreeSet<ItemKey>,
    /// Nothing is read any more, for this reason: only what the inventory remembers is judged.
    pub rest: Option<Reason>,
}

/// Why an item is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    /// As the ledger counts it.
    pub reason: Reason,
    /// More, for people.
    pub detail: String,
}

impl Skips {
    fn is_empty(&self) -> bool {
        self.items.is_empty() && self.suspects.is_empty() && self.rest.is_none()
    }

    fn find(&self, key: &ItemKey, what: What) -> Option<Skip> {
        let rest = || {
            let reason = self.rest.filter(|_| what == What::Item)?;
            let detail = "the sweep was ended too often".to_owned();
            Some(Skip { reason, detail })
        };
        self.items.get(key).cloned().or_else(rest)
    }
}

thread_local! {
    static THREAD: Cell<usize> = const { Cell::new(0) };
}

/// Says which thread of its sweep this one is.
pub(crate) fn be_thread(number: usize) {
    THREAD.set(number);
}

/// Returns which thread of its sweep this one is.
pub(crate) fn thread_number() -> usize {
    THREAD.get()
}

/// Takes things into the hands of threads.
pub(crate) struct Hands<'s> {
    in_hand: Option<&'s dyn InHand>,
    skips: &'s Skips,
    /// Written by who must be alone; only used where there are suspects.
    alone: RwLock<()>,
}

/// Something in hand, until this is dropped.
pub(crate) struct Held<'h> {
    in_hand: Option<&'h dyn InHand>,
    what: What,
    _shared: Option<RwLockReadGuard<'h, ()>>,
    _alone: Option<RwLockWriteGuard<'h, ()>>,
}

impl<'s> Hands<'s> {
    pub(crate) fn new(in_hand: Option<&'s dyn InHand>, skips: &'s Skips) -> Self {
        Self {
            in_hand,
            skips,
            alone: RwLock::new(()),
        }
    }

    /// Takes something in hand, or says why it is to be left out. `touch` is called while waiting to be alone.
    pub(crate) fn take(
        &self,
        what: What,
        path: &dyn Fn() -> Vec<u8>,
    ) -> Result<Option<Held<'_>>, Skip> {
        if self.in_hand.is_none() && self.skips.is_empty() {
            return Ok(None);
        }
        let path = path();
        let key = ItemKey::of(&path);
        if let Some(skip) = self.skips.find(&key, what) {
            return Err(skip);
        }
        let has_suspects = what == What::Item && !self.skips.suspects.is_empty();
        let is_suspect = has_suspects && self.skips.suspects.contains(&key);
        // A poisoned lock is a lock all the same.
        let alone = is_suspect.then(|| self.alone.write().unwrap_or_else(PoisonError::into_inner));
        let shared = (has_suspects && !is_suspect)
            .then(|| self.alone.read().unwrap_or_else(PoisonError::into_inner));
        if let Some(in_hand) = self.in_hand {
            in_hand.begin(thread_number(), what, &key, &path);
        }
        Ok(Some(Held {
            in_hand: self.in_hand,
            what,
            _shared: shared,
            _alone: alone,
        }))
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if let Some(in_hand) = self.in_hand {
            in_hand.end(thread_number(), self.what);
        }
    }
}
