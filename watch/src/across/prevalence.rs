//! Which origins persons approved on many sites: a counter of visits, a film, the gateway of a ministry; and where many sites openly
//! link to. That others have it too makes an alarm a question; it never makes silent what works on visitors.

use std::collections::{BTreeMap, BTreeSet};

use pages::UseKind;

use crate::memory::SiteMemory;

/// Sites of different owners from which on an origin is common: fewer could be one supplier's, or one mistake's.
const COMMON_MIN: u32 = 3;
/// Uses that are counted, by default 200,000: some 20 MB.
const USES_MAX: usize = 200_000;

/// How many sites have which origin approved for what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Common {
    counts: BTreeMap<UseKind, BTreeMap<String, u32>>,
}

impl Common {
    /// Counts what is approved on sites, and the links that everybody sees in their last good looks; several sites of one domain
    /// count once.
    pub fn of<'m>(sites: impl Iterator<Item = &'m SiteMemory>) -> Self {
        let mut of_owner: BTreeMap<&str, BTreeSet<(UseKind, &str)>> = BTreeMap::new();
        for site in sites {
            let owner = site.facts.ends_at.first().map_or("", String::as_str);
            let known = of_owner.entry(owner).or_default();
            known.extend(
                site.origins
                    .iter()
                    .map(|(kind, origin)| (*kind, origin.as_str())),
            );
            let shown = site.pages.values().flat_map(|page| &page.last.uses);
            let links = shown.filter(|one| one.kind == UseKind::Link && !one.is_hidden);
            known.extend(links.map(|one| (one.kind, one.origin.as_str())));
        }
        let mut common = Self::default();
        let mut room = USES_MAX;
        for (kind, origin) in of_owner.into_values().flatten() {
            let counts = common.counts.entry(kind).or_default();
            if let Some(count) = counts.get_mut(origin) {
                *count = count.saturating_add(1);
            } else if room > 0 {
                room -= 1;
                counts.insert(origin.to_owned(), 1);
            }
        }
        common
    }

    /// Returns how many sites have an origin approved for a use.
    pub fn count(&self, kind: UseKind, origin: &str) -> u32 {
        let counts = self.counts.get(&kind);
        counts
            .and_then(|counts| counts.get(origin))
            .copied()
            .unwrap_or(0)
    }

    /// Tells whether enough sites have it that it is nobody's in particular.
    pub fn has(&self, kind: UseKind, origin: &str) -> bool {
        self.count(kind, origin) >= COMMON_MIN
    }
}
