//! What many sites have: counted as it changes, it is what counting everything anew gives; and a watch that is ended at any moment
//! counts the same when it begins again.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::collections::{BTreeMap, BTreeSet};

use pages::{PageModel, RegionKey, Use, UseKind};
use proptest::prelude::*;
use watch::keeping::WatchFolder;
use watch::{Common, PageMemory, SiteFacts, SiteMemory};

const KINDS: [UseKind; 3] = [UseKind::Script, UseKind::Link, UseKind::Frame];

/// What happens to one of a few sites.
#[derive(Clone, Debug)]
struct Step {
    site: u8,
    /// What it is now; nothing where it is taken from under watch.
    is_now: Option<SiteMemory>,
}

fn memories() -> impl Strategy<Value = SiteMemory> {
    let one = (0..3_usize, 0..6_u8);
    let approved = proptest::collection::btree_set(one.clone(), 0..6);
    let shown = proptest::collection::vec((one, any::<bool>()), 0..6);
    (0..4_u8, approved, shown).prop_map(|(owner, approved, shown)| {
        let mut memory = SiteMemory {
            facts: SiteFacts {
                ends_at: BTreeSet::from([format!("owner{owner}.gov.vn")]),
                ..SiteFacts::default()
            },
            ..SiteMemory::default()
        };
        let origin = |number: u8| format!("https://o{number}.example");
        let approved = approved.into_iter();
        memory.origins = approved
            .map(|(kind, number)| (KINDS[kind], origin(number)))
            .collect();
        let uses = shown.into_iter().map(|((kind, number), is_hidden)| Use {
            kind: KINDS[kind],
            origin: origin(number),
            url: String::new(),
            region: RegionKey(1),
            is_hidden,
        });
        let page = PageMemory {
            last: PageModel {
                uses: uses.collect(),
                ..PageModel::default()
            },
            ..PageMemory::default()
        };
        memory.pages.insert("https://x.example/".to_owned(), page);
        memory
    })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..8_u8, proptest::option::weighted(0.8, memories()));
    let step = step.prop_map(|(site, is_now)| Step { site, is_now });
    proptest::collection::vec(step, 0..40)
}

/// Everything that can be asked of a count.
fn answers(common: &Common) -> Vec<u32> {
    let origins = (0..6).map(|number| format!("https://o{number}.example"));
    origins
        .flat_map(|origin| KINDS.map(|kind| common.count(kind, &origin)))
        .collect()
}

fn by_hand(sites: &BTreeMap<u8, SiteMemory>) -> Vec<u32> {
    let mut owners: BTreeMap<(usize, u8), BTreeSet<&String>> = BTreeMap::new();
    for memory in sites.values() {
        let owner = memory.facts.ends_at.first().unwrap();
        for number in 0..6 {
            let origin = format!("https://o{number}.example");
            for (at, kind) in KINDS.into_iter().enumerate() {
                let is_shown = memory.pages.values().any(|page| {
                    let mut uses = page.last.uses.iter();
                    uses.any(|one| one.origin == origin && one.kind == kind && !one.is_hidden)
                });
                let is_link = kind == UseKind::Link && is_shown;
                if is_link || memory.origins.contains(&(kind, origin.clone())) {
                    owners.entry((at, number)).or_default().insert(owner);
                }
            }
        }
    }
    (0..6)
        .flat_map(|number| (0..3).map(move |kind| (kind, number)))
        .map(|of| {
            owners
                .get(&of)
                .map_or(0, |owners| u32::try_from(owners.len()).unwrap())
        })
        .collect()
}

proptest! {
    #[test]
    fn what_is_counted_as_it_changes_is_what_counting_anew_gives(steps in steps()) {
        let common = Common::default();
        let mut sites = BTreeMap::new();
        for step in steps {
            if let Some(memory) = step.is_now {
                common.put(&step.site.to_string(), &memory);
                sites.insert(step.site, memory);
            } else {
                common.forget(&step.site.to_string());
                sites.remove(&step.site);
            }
            prop_assert_eq!(answers(&common), by_hand(&sites));
        }
        prop_assert_eq!(answers(&Common::of(sites.values())), by_hand(&sites));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_folder_counts_what_is_kept_in_it_however_it_was_ended(steps in steps(), ends in 0..5_usize) {
        let place = tempfile::tempdir().unwrap();
        let mut sites = BTreeMap::new();
        for (number, some) in steps.chunks(8).enumerate() {
            let folder = WatchFolder::open(place.path()).unwrap();
            let common = folder.common().unwrap();
            prop_assert_eq!(answers(&common), by_hand(&sites), "from before");
            for step in some {
                let url = format!("https://s{}.example/", step.site);
                if let Some(memory) = &step.is_now {
                    folder.keep_memory(&url, memory).unwrap();
                    sites.insert(step.site, memory.clone());
                } else {
                    folder.keep_memory(&url, &SiteMemory::default()).unwrap();
                    sites.remove(&step.site);
                }
                prop_assert_eq!(answers(&common), by_hand(&sites));
            }
            // Sometimes it is killed: what was counted since is not kept.
            if number % 2 == ends % 2 {
                folder.keep_common().unwrap();
            }
        }
        // Whatever stands in the file, the count is that of the sites.
        fs_err::write(place.path().join("common.json"), "{\"counted_as\":1").unwrap();
        let folder = WatchFolder::open(place.path()).unwrap();
        prop_assert_eq!(answers(&folder.common().unwrap()), by_hand(&sites));
    }
}

#[test]
fn a_site_with_more_origins_than_are_counted_does_not_crowd_out_the_others() {
    let with = |numbers: std::ops::Range<u32>, owner: &str| SiteMemory {
        facts: SiteFacts {
            ends_at: BTreeSet::from([owner.to_owned()]),
            ..SiteFacts::default()
        },
        origins: numbers
            .map(|number| (UseKind::Script, format!("https://o{number}.example")))
            .collect(),
        ..SiteMemory::default()
    };
    let common = Common::default();
    common.put("flood", &with(0..100_000, "flood.example"));
    for owner in ["a.gov.vn", "b.gov.vn", "c.gov.vn"] {
        common.put(owner, &with(200_000..200_001, owner));
    }
    assert!(common.has(UseKind::Script, "https://o200000.example"));
    let counted = (0..100_000)
        .filter(|number| common.count(UseKind::Script, &format!("https://o{number}.example")) > 0);
    assert_eq!(counted.count(), 512);
}
