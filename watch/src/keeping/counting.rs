//! What many sites have in common, counted over all that is kept of them. The files of 14,000 sites are read one at a time, and only
//! those that have changed since they were counted: length and time tell, so a count that was not kept costs time and nothing else.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use pages::UseKind;
use serde::Deserialize;

use super::folder::{KeepError, WatchFolder, load, memory_path, site_name};
use crate::across::{COUNTED_AS, Common, CountedSite, KeptCounts, Stamp, UsesOfSite};
use crate::memory::SiteMemory;

/// The file of what was counted.
const FILE: &str = "common.json";

/// What is read of a site to count it; the rest is passed over without being kept in memory.
#[derive(Deserialize)]
struct SiteToCount {
    facts: FactsToCount,
    pages: BTreeMap<String, PageToCount>,
    origins: Vec<(UseKind, String)>,
}

#[derive(Deserialize)]
struct FactsToCount {
    ends_at: Vec<String>,
}

#[derive(Deserialize)]
struct PageToCount {
    last: ModelToCount,
}

#[derive(Deserialize)]
struct ModelToCount {
    uses: Vec<UseToCount>,
}

#[derive(Deserialize)]
struct UseToCount {
    kind: UseKind,
    origin: String,
    is_hidden: bool,
}

impl WatchFolder {
    /// Returns what many sites have. From then on it follows what is kept of sites through this folder.
    pub fn common(&self) -> Result<Arc<Common>, KeepError> {
        if let Some(common) = self.counted.get() {
            return Ok(Arc::clone(common));
        }
        let common = Arc::new(self.count_sites()?);
        self.keep_counted(&common)?;
        Ok(Arc::clone(self.counted.get_or_init(|| common)))
    }

    /// Keeps what was counted, where that has changed: the next to ask need not read every site.
    pub fn keep_common(&self) -> Result<(), KeepError> {
        self.counted
            .get()
            .map_or(Ok(()), |common| self.keep_counted(common))
    }

    /// Counts a site anew that was just kept.
    pub(super) fn count_again(&self, url: &str, memory: &SiteMemory) {
        let Some(common) = self.counted.get() else {
            return;
        };
        let name = site_name(url);
        if memory.pages.is_empty() {
            common.forget(&name);
        } else {
            let stamp = stamp_of(&memory_path(self.path(), url));
            common.put_stamped(&name, stamp, memory);
        }
    }

    fn keep_counted(&self, common: &Common) -> Result<(), KeepError> {
        common.keep_with(|kept| self.keep_part(FILE, kept))
    }

    fn count_sites(&self) -> Result<Common, KeepError> {
        type Kept = KeptCounts<BTreeMap<Box<str>, CountedSite>>;
        // It only saves time: what cannot be read is counted anew.
        let kept: Option<Kept> = self.part(FILE).unwrap_or_default();
        let kept = kept.filter(|kept| kept.counted_as == COUNTED_AS);
        let common = kept.map_or_else(Common::default, Common::of_kept);
        let mut files = HashMap::new();
        for entry in fs_err::read_dir(self.path().join("sites"))? {
            let path = entry?.path();
            let is_site = path.extension().is_some_and(|end| end == "json");
            let name = path.file_stem().and_then(|name| name.to_str());
            if let Some(name) = name.filter(|_| is_site) {
                files.insert(name.to_owned(), (stamp_of(&path), path));
            }
        }
        common.retain(|name, stamp| {
            let file = files.get(name);
            file.is_some_and(|(now, _)| now.is_some() && *now == stamp)
        });
        for (name, (stamp, path)) in files {
            if !common.counts(&name) {
                count_site(&common, &name, &path, stamp);
            }
        }
        Ok(common)
    }
}

/// Counts a site by its file; one that cannot be read, or of which no page is under watch, counts nothing.
fn count_site(common: &Common, name: &str, path: &Path, stamp: Option<Stamp>) {
    let site: Option<SiteToCount> = load(path).unwrap_or_default();
    let Some(site) = site.filter(|site| !site.pages.is_empty()) else {
        common.forget(name);
        return;
    };
    let shown = site.pages.values().flat_map(|page| &page.last.uses);
    let links = shown.filter(|one| one.kind == UseKind::Link && !one.is_hidden);
    let approved = site.origins.iter();
    let uses = UsesOfSite {
        owner: site.facts.ends_at.iter().min().map(String::as_str),
        uses: approved
            .map(|(kind, origin)| (*kind, origin.as_str()))
            .chain(links.map(|one| (one.kind, one.origin.as_str()))),
    };
    common.put_uses(name, stamp, uses);
}

fn stamp_of(path: &Path) -> Option<Stamp> {
    let about = fs_err::metadata(path).ok()?;
    let since = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Stamp {
        bytes: about.len(),
        modified_ns: u64::try_from(since.as_nanos()).ok()?,
    })
}
