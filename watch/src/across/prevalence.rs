//! Which origins persons approved on many sites: a counter of visits, a film, the gateway of a ministry; and where many sites openly
//! link to. That others have it too makes an alarm a question; it never makes silent what works on visitors.
//!
//! Counted site by site: what a site had goes out, what it has comes in. Of each use there are eight bytes, never the address.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use pages::UseKind;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::memory::SiteMemory;

/// Sites of different owners from which on an origin is common: fewer could be one supplier's, or one mistake's.
const COMMON_MIN: u32 = 3;
/// Uses of one site that are counted: portals with many partners have some two hundred. Of more, those that chance draws.
const USES_OF_SITE_MAX: usize = 512;
/// Uses of all sites together, by default 1,500,000: some 85 MB where each is another. What is beyond is not counted, and not common.
const USES_MAX: usize = 1_500_000;
/// Changed with what digests are made of; what was counted otherwise is counted anew.
pub(crate) const COUNTED_AS: u32 = 1;

/// How many sites have which origin approved for what; several sites of one owner count once.
#[derive(Debug)]
pub struct Common {
    counts: RwLock<Counts>,
    is_changed: AtomicBool,
}

#[derive(Debug)]
struct Counts {
    /// Nobody who does not know it can make an origin that is taken for a common one.
    key: [u64; 2],
    sites: BTreeMap<Box<str>, CountedSite>,
    /// Of an owner and a use: how many sites of the owner have it.
    sites_of_owner: HashMap<u64, u32>,
    /// Of a use: how many owners have it.
    owners: HashMap<u64, u32>,
    uses: usize,
}

/// What of one site was counted, by digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CountedSite {
    /// By what is seen that the site has changed since.
    pub(crate) stamp: Option<Stamp>,
    owner: u64,
    uses: Box<[u64]>,
}

/// Length and time of the file in which a site stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    pub(crate) bytes: u64,
    pub(crate) modified_ns: u64,
}

/// Everything that was counted, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptCounts<S> {
    pub(crate) counted_as: u32,
    key: [u64; 2],
    pub(crate) sites: S,
}

/// What is counted of a site.
pub(crate) struct UsesOfSite<'u, I: Iterator<Item = (UseKind, &'u str)>> {
    pub(crate) owner: Option<&'u str>,
    pub(crate) uses: I,
}

impl Default for Common {
    fn default() -> Self {
        let chance = RandomState::new();
        Self::keyed([chance.hash_one(1), chance.hash_one(2)])
    }
}

impl Common {
    /// Counts what is approved on sites, and the links that everybody sees in their last good looks; several sites of one domain
    /// count once.
    pub fn of<'m>(sites: impl Iterator<Item = &'m SiteMemory>) -> Self {
        let common = Self::default();
        for (number, site) in sites.enumerate() {
            common.put(&number.to_string(), site);
        }
        common
    }

    fn keyed(key: [u64; 2]) -> Self {
        Self {
            counts: RwLock::new(Counts {
                key,
                sites: BTreeMap::new(),
                sites_of_owner: HashMap::new(),
                owners: HashMap::new(),
                uses: 0,
            }),
            is_changed: AtomicBool::new(false),
        }
    }

    /// Takes over what was counted before.
    pub(crate) fn of_kept(kept: KeptCounts<BTreeMap<Box<str>, CountedSite>>) -> Self {
        let common = Self::keyed(kept.key);
        let mut counts = common.write();
        for (name, site) in kept.sites {
            counts.add(&name, site);
        }
        drop(counts);
        common
    }

    /// Counts a site as it is now; what was counted of it before counts no more.
    pub fn put(&self, site: &str, memory: &SiteMemory) {
        self.put_stamped(site, None, memory);
    }

    /// As [`Common::put`], for a site that stands in a file.
    pub(crate) fn put_stamped(&self, site: &str, stamp: Option<Stamp>, memory: &SiteMemory) {
        let shown = memory.pages.values().flat_map(|page| &page.last.uses);
        let links = shown.filter(|one| one.kind == UseKind::Link && !one.is_hidden);
        let approved = memory.origins.iter();
        let uses = UsesOfSite {
            owner: memory.facts.ends_at.first().map(String::as_str),
            uses: approved
                .map(|(kind, origin)| (*kind, origin.as_str()))
                .chain(links.map(|one| (one.kind, one.origin.as_str()))),
        };
        self.put_uses(site, stamp, uses);
    }

    /// As [`Common::put`], for whoever has only read what is counted.
    pub(crate) fn put_uses<'u>(
        &self,
        site: &str,
        stamp: Option<Stamp>,
        uses: UsesOfSite<'u, impl Iterator<Item = (UseKind, &'u str)>>,
    ) {
        let key = self.read().key;
        let counted = CountedSite::of(key, stamp, uses);
        let mut counts = self.write();
        if counts.sites.get(site) != Some(&counted) {
            counts.take_out(site);
            counts.add(site, counted);
            self.is_changed.store(true, Ordering::Relaxed);
        }
    }

    /// Counts a site no more.
    pub fn forget(&self, site: &str) {
        if self.write().take_out(site) {
            self.is_changed.store(true, Ordering::Relaxed);
        }
    }

    /// Forgets sites that are not among these, and those whose file is another by now.
    pub(crate) fn retain(&self, is_as_counted: impl Fn(&str, Option<Stamp>) -> bool) {
        let counts = self.read();
        let sites = counts.sites.iter();
        let gone: Vec<Box<str>> = sites
            .filter(|(name, site)| !is_as_counted(name, site.stamp))
            .map(|(name, _)| name.clone())
            .collect();
        drop(counts);
        for name in gone {
            self.forget(&name);
        }
    }

    /// Tells whether a site is counted.
    pub(crate) fn counts(&self, site: &str) -> bool {
        self.read().sites.contains_key(site)
    }

    /// Returns how many sites have an origin approved for a use.
    pub fn count(&self, kind: UseKind, origin: &str) -> u32 {
        let counts = self.read();
        let digest = digest_of(counts.key, &format!("{kind:?}"), origin);
        counts.owners.get(&digest).copied().unwrap_or(0)
    }

    /// Tells whether enough sites have it that it is nobody's in particular.
    pub fn has(&self, kind: UseKind, origin: &str) -> bool {
        self.count(kind, origin) >= COMMON_MIN
    }

    /// Hands out everything that was counted, where it has changed since it was kept last.
    pub(crate) fn keep_with<E>(
        &self,
        keep: impl FnOnce(&KeptCounts<&BTreeMap<Box<str>, CountedSite>>) -> Result<(), E>,
    ) -> Result<(), E> {
        if !self.is_changed.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let counts = self.read();
        let kept = keep(&KeptCounts {
            counted_as: COUNTED_AS,
            key: counts.key,
            sites: &counts.sites,
        });
        if kept.is_err() {
            self.is_changed.store(true, Ordering::Relaxed);
        }
        kept
    }

    fn read(&self) -> RwLockReadGuard<'_, Counts> {
        self.counts.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Counts> {
        self.counts.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CountedSite {
    fn of<'u>(
        key: [u64; 2],
        stamp: Option<Stamp>,
        site: UsesOfSite<'u, impl Iterator<Item = (UseKind, &'u str)>>,
    ) -> Self {
        let mut uses: Vec<u64> = site
            .uses
            .map(|(kind, origin)| digest_of(key, &format!("{kind:?}"), origin))
            .collect();
        uses.sort_unstable();
        uses.dedup();
        uses.truncate(USES_OF_SITE_MAX);
        Self {
            stamp,
            owner: digest_of(key, "owner", site.owner.unwrap_or_default()),
            uses: uses.into_boxed_slice(),
        }
    }
}

impl Counts {
    fn add(&mut self, name: &str, mut site: CountedSite) {
        let room = USES_MAX.saturating_sub(self.uses);
        if site.uses.len() > room {
            site.uses = Box::from(&site.uses[..room]);
        }
        self.uses += site.uses.len();
        for one in &site.uses {
            let of_owner = self.sites_of_owner.entry(pair(site.owner, *one));
            let sites = of_owner.or_default();
            *sites += 1;
            if *sites == 1 {
                *self.owners.entry(*one).or_default() += 1;
            }
        }
        self.sites.insert(name.into(), site);
    }

    fn take_out(&mut self, name: &str) -> bool {
        let Some(site) = self.sites.remove(name) else {
            return false;
        };
        self.uses -= site.uses.len();
        for one in &site.uses {
            if less(&mut self.sites_of_owner, pair(site.owner, *one)) {
                less(&mut self.owners, *one);
            }
        }
        true
    }
}

/// Counts one less, and tells whether none is left.
fn less(counts: &mut HashMap<u64, u32>, of: u64) -> bool {
    let Some(count) = counts.get_mut(&of) else {
        return false;
    };
    *count -= 1;
    let is_none = *count == 0;
    if is_none {
        counts.remove(&of);
    }
    is_none
}

/// Names a use of an owner: both are digests with a key already.
fn pair(owner: u64, one: u64) -> u64 {
    owner.rotate_left(32).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ one
}

fn digest_of(key: [u64; 2], what: &str, origin: &str) -> u64 {
    let mut digest = Sha256::new();
    for part in key {
        digest.update(part.to_le_bytes());
    }
    digest.update(what);
    digest.update([0]);
    digest.update(origin);
    let digest = digest.finalize();
    let first = digest.first_chunk::<8>().copied().unwrap_or_default();
    u64::from_le_bytes(first)
}
