//! What many sites have in common, counted over the folder of a watch: from nothing, and after a restart with what was counted kept.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use pages::{PageModel, RegionKey, Use, UseKind};
use watch::keeping::WatchFolder;
use watch::{PageMemory, SiteFacts, SiteMemory};

use crate::spent;

/// Uses of each site: half of them its own, half shared with many.
const USES: usize = 80;

/// Makes a folder with so many sites, each of an owner of its own.
pub fn prepare(folder: &Path, sites: usize) {
    let folder = WatchFolder::open(folder).unwrap();
    for site in 0..sites {
        folder
            .keep_memory(&format!("https://s{site}.gov.vn/"), &memory(site))
            .unwrap();
    }
}

/// Counts, and prints how many milliseconds that took, how much processor time, and the most memory in kB.
pub fn measure(folder: &Path) {
    let folder = WatchFolder::open(folder).unwrap();
    let (before, _) = spent();
    let begun = Instant::now();
    let common = folder.common().unwrap();
    let took = begun.elapsed().as_secs_f64() * 1_000.0;
    assert!(common.has(UseKind::Link, "https://shared1.example"));
    let (cpu, peak) = spent();
    println!("{took:.0} {:.0} {peak:.0}", cpu - before);
}

fn memory(site: usize) -> SiteMemory {
    let uses = (0..USES).map(|number| Use {
        kind: UseKind::Link,
        origin: if number % 2 == 0 {
            format!("https://own{number}.s{site}.example")
        } else {
            format!("https://shared{}.example", (number + site % 97) | 1)
        },
        url: "x".repeat(120),
        region: RegionKey(1),
        is_hidden: false,
    });
    let page = PageMemory {
        last: PageModel {
            uses: uses.collect(),
            ..PageModel::default()
        },
        ..PageMemory::default()
    };
    SiteMemory {
        facts: SiteFacts {
            ends_at: BTreeSet::from([format!("s{site}.gov.vn")]),
            ..SiteFacts::default()
        },
        pages: [(format!("https://s{site}.gov.vn/"), page)].into(),
        ..SiteMemory::default()
    }
}
