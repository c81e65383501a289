//! Ways to addresses: links of pages, site maps, listings of folders. Each is asked for as ourselves; the first page and the site
//! maps also as a crawler, because intruders show their addresses to crawlers only.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use pages::{PageModel, UseKind};
use visit::{Robots, Visitor};

use super::addresses::{Own, Sort, Whose, folders_around, is_for_uploads, sort_of};
use super::asking::Asking;
use super::listings::read_listing;
use super::memory::{FolderState, KnownFolder, KnownMap, SurveyMemory};
use super::nothing::Nothing;
use super::site_maps::{SiteMap, read_site_map};
use crate::checking::read_page;
use crate::memory::SiteMemory;

/// Addresses that one survey takes in.
const ADDRESSES_MAX: usize = 60_000;
/// Site maps that one survey asks for.
const MAPS_A_SURVEY: usize = 6;
/// Site maps in site maps: an index may not name another, some do.
const MAP_DEPTH_MAX: usize = 3;
/// Folders that one survey asks for: that list, that nobody has asked for yet, that did not list and hold something that is known,
/// that did not list otherwise.
const FOLDERS_A_SURVEY: [usize; 4] = [6, 5, 3, 2];
/// Where site maps usually are, where nobody says so.
const USUAL_MAPS: [&str; 5] = [
    "/sitemap.xml",
    "/sitemap_index.xml",
    "/wp-sitemap.xml",
    "/feed",
    "/rss.xml",
];
/// Where the common systems put what people upload.
const USUAL_FOLDERS: [&str; 16] = [
    "/upload/",
    "/uploads/",
    "/images/",
    "/wp-content/uploads/",
    "/Portals/0/",
    "/userfiles/",
    "/files/",
    "/documents/",
    "/media/",
    "/storage/",
    "/sites/default/files/",
    "/attachments/",
    "/customavatars/",
    "/Upload/",
    "/tmp/",
    "/temp/",
];

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    /// Paths on the site.
    pub(super) paths: BTreeSet<String>,
    /// Those of them that were heard of elsewhere.
    pub(super) heard: BTreeSet<String>,
    /// Paths that site maps name to crawlers and not to us.
    pub(super) crawler_only: BTreeSet<String>,
    /// Paths of site maps that were known and had not had their turn: new to us, not to the site.
    pub(super) first_read: BTreeSet<String>,
    /// Hosts of other sites that site maps name, each with an address.
    pub(super) foreign: BTreeMap<String, String>,
    /// Site maps: digest and number of addresses.
    pub(super) maps: BTreeMap<String, (String, u32)>,
    /// Folders that were asked for.
    pub(super) folders: BTreeMap<String, FolderState>,
    /// The first page, as we are shown it.
    pub(super) home: Option<PageModel>,
}

impl Found {
    fn take(&mut self, path: String) {
        if self.paths.len() < ADDRESSES_MAX {
            self.paths.insert(path);
        }
    }

    /// Takes an address that was heard of elsewhere, where it is the site's.
    pub(super) fn take_heard(&mut self, address: &str, own: &Own) {
        if let Whose::Own(path) = own.whose(address) {
            self.heard.insert(path.clone());
            self.take(path);
        }
    }

    /// Tells whether anything is known below a folder.
    fn has_below(&self, folder: &str) -> bool {
        let mut from = self.paths.range(folder.to_owned()..);
        from.next().is_some_and(|path| path.starts_with(folder))
    }

    /// Takes the addresses of pages and of files that a page names on its own site.
    pub(super) fn take_links(&mut self, page: &PageModel, own: &Own) {
        for one in &page.uses {
            if matches!(one.kind, UseKind::Image | UseKind::Link | UseKind::Frame)
                && let Whose::Own(path) = own.whose(&one.url)
            {
                self.take(path);
            }
        }
    }
}

/// Asks for the first page, as ourselves and as a crawler.
pub(super) async fn look_at_home(asking: &mut Asking<'_>, found: &mut Found) {
    for visitor in [Visitor::Watch, Visitor::Crawler] {
        let Some(asked) = asking.ask("/", visitor).await else {
            continue;
        };
        if asked.page.status >= 400 {
            continue;
        }
        // Who is sent on to a secure connection would be sent on with each request.
        if visitor == Visitor::Watch
            && let Some(own) = Own::of(&asked.page.url)
            && own.whose(&asking.own.url_of("/")) == Whose::Own("/".to_owned())
        {
            asking.own = own;
        }
        let model = read_page(&asked.page);
        found.take_links(&model, &asking.own);
        if visitor == Visitor::Watch {
            found.home = Some(model);
        }
    }
}

/// Takes in the links of the pages under watch, as they were approved and as they were seen last.
pub(super) fn take_watched(site: &SiteMemory, own: &Own, found: &mut Found) {
    for memory in site.pages.values() {
        let approved = memory.approved.iter().map(|approval| &approval.page);
        for page in approved.chain([&memory.last]) {
            found.take_links(page, own);
        }
    }
}

/// Reads site maps: those that the site names, those known, and where there is none those at the usual places.
pub(super) async fn read_site_maps(
    asking: &mut Asking<'_>,
    robots: &Robots,
    memory: &SurveyMemory,
    found: &mut Found,
) {
    let mut waiting: VecDeque<(String, usize)> = VecDeque::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut named = Vec::new();
    for address in &robots.site_maps {
        match asking.own.whose(address) {
            Whose::Own(path) => named.push(path),
            Whose::Foreign(host) => {
                found.foreign.insert(host, address.clone());
            }
            Whose::Neighbour | Whose::Nobody => {}
        }
    }
    let may_have = |map: &KnownMap| map.entries > 0 || map.asked_at == 0;
    let mut known: Vec<_> = memory
        .maps
        .iter()
        .filter(|(_, map)| may_have(map))
        .collect();
    known.sort_by_key(|(_, map)| map.asked_at);
    named.extend(known.into_iter().map(|(path, _)| path.clone()));
    if named.is_empty() {
        let turn = memory.surveys as usize % (USUAL_MAPS.len() - 1);
        named.extend([USUAL_MAPS[0], USUAL_MAPS[1 + turn]].map(ToOwned::to_owned));
    }
    for path in named {
        if seen.insert(path.clone()) {
            waiting.push_back((path, 1));
        }
    }
    let mut asked = 0;
    while asked < MAPS_A_SURVEY {
        let Some((path, depth)) = waiting.pop_front() else {
            break;
        };
        asked += 1;
        let Some(map) = read_for_both(asking, &path, found).await else {
            continue;
        };
        let waited = memory
            .maps
            .get(&path)
            .is_some_and(|known| known.asked_at == 0);
        if waited || memory.is_first() {
            let pages = map
                .pages
                .iter()
                .filter_map(|address| match asking.own.whose(address) {
                    Whose::Own(path) => Some(path),
                    _ => None,
                });
            found.first_read.extend(pages);
        }
        for address in map.maps.iter().take(ADDRESSES_MAX) {
            match asking.own.whose(address) {
                Whose::Own(inner) if depth < MAP_DEPTH_MAX && seen.insert(inner.clone()) => {
                    // What is new comes before what is known.
                    if memory.maps.contains_key(&inner) {
                        waiting.push_back((inner, depth + 1));
                    } else {
                        waiting.push_front((inner, depth + 1));
                    }
                }
                Whose::Foreign(host) => {
                    found.foreign.insert(host, address.clone());
                }
                _ => {}
            }
        }
    }
    // What has its turn another time is known from now on.
    for (path, _) in waiting.into_iter().take(ADDRESSES_MAX) {
        found.maps.entry(path).or_default();
    }
}

/// Reads one site map as ourselves and as a crawler; what only the crawler is told, and still when we ask again, is noted.
async fn read_for_both(asking: &mut Asking<'_>, path: &str, found: &mut Found) -> Option<SiteMap> {
    let ours = read_map(asking, path, Visitor::Watch, found).await;
    let theirs = read_map(asking, path, Visitor::Crawler, found).await;
    let paths = |map: &Option<SiteMap>, own: &Own| -> BTreeSet<String> {
        let pages = map.iter().flat_map(|map| &map.pages);
        let own_pages = pages.filter_map(|address| match own.whose(address) {
            Whose::Own(path) => Some(path),
            _ => None,
        });
        own_pages.collect()
    };
    let (our_paths, their_paths) = (paths(&ours, &asking.own), paths(&theirs, &asking.own));
    let mut hidden: BTreeSet<String> = their_paths.difference(&our_paths).cloned().collect();
    if !hidden.is_empty() {
        let again = read_map(asking, path, Visitor::Watch, found).await;
        let again = paths(&again, &asking.own);
        hidden.retain(|path| !again.contains(path));
        // A map that is no longer there for anybody is not cloaked.
        if !asking.can_go_on() {
            hidden.clear();
        }
    }
    found.crawler_only.extend(hidden);
    for path in our_paths.into_iter().chain(their_paths) {
        found.take(path);
    }
    match (ours, theirs) {
        (Some(mut ours), Some(theirs)) => {
            ours.maps.extend(theirs.maps);
            Some(ours)
        }
        (ours, theirs) => ours.or(theirs),
    }
}

async fn read_map(
    asking: &mut Asking<'_>,
    path: &str,
    visitor: Visitor,
    found: &mut Found,
) -> Option<SiteMap> {
    let asked = asking.ask(path, visitor).await?;
    let map = (asked.page.status < 300)
        .then(|| read_site_map(&asked.page.body))
        .flatten();
    if visitor == Visitor::Watch {
        let entries = map
            .as_ref()
            .map_or(0, |map| map.pages.len() + map.maps.len());
        let entries = u32::try_from(entries).unwrap_or(u32::MAX);
        let digest = asked.page.digest.clone();
        found.maps.insert(path.to_owned(), (digest, entries));
    }
    for address in map.iter().flat_map(|map| &map.pages) {
        if let Whose::Foreign(host) = asking.own.whose(address) {
            found.foreign.entry(host).or_insert_with(|| address.clone());
        }
    }
    map
}

/// Asks folders for themselves, and takes in the files of those that list them.
pub(super) async fn read_folders(
    asking: &mut Asking<'_>,
    robots: &Robots,
    memory: &SurveyMemory,
    nothing: &Nothing,
    found: &mut Found,
) {
    for folder in folders_to_ask(asking, robots, memory, found) {
        let Some(asked) = asking.ask(&folder, Visitor::Watch).await else {
            continue;
        };
        let model = read_page(&asked.page);
        let listed = if nothing.is(&asked.page, &model) {
            None
        } else {
            read_listing(&model, &folder, &asking.own)
        };
        let state = match listed {
            Some(files) => {
                for path in files {
                    found.take(path);
                }
                FolderState::Lists
            }
            None => FolderState::Silent,
        };
        found.folders.insert(folder, state);
    }
}

/// Returns folders in the order in which they have their turn: those that list, those that nobody has asked for, those that did not
/// list, each the longest ago first.
fn folders_to_ask(
    asking: &mut Asking<'_>,
    robots: &Robots,
    memory: &SurveyMemory,
    found: &Found,
) -> Vec<String> {
    let mut candidates: BTreeMap<String, KnownFolder> = memory.folders.clone();
    for path in &found.paths {
        if matches!(sort_of(path), Sort::File | Sort::Document)
            || (sort_of(path) == Sort::Folder && is_for_uploads(path))
        {
            for folder in folders_around(path) {
                candidates.entry(folder.to_owned()).or_default();
            }
        }
    }
    for folder in USUAL_FOLDERS {
        candidates.entry(folder.to_owned()).or_default();
    }
    for folder in robots.forbidden_folders() {
        if asking.may(folder) {
            candidates.entry(folder.to_owned()).or_default();
        }
    }
    let mut groups: [Vec<(i64, bool, String)>; 4] = Default::default();
    for (path, folder) in candidates {
        let group = match folder.state {
            FolderState::Lists => 0,
            FolderState::Unasked => 1,
            FolderState::Silent if found.has_below(&path) => 2,
            FolderState::Silent => 3,
        };
        // Of those that nobody has asked for, the folders of pictures on pages come before those that we only guess.
        let is_guess = USUAL_FOLDERS.contains(&path.as_str()) && !found.has_below(&path);
        groups[group].push((folder.asked_at, is_guess || !is_for_uploads(&path), path));
    }
    let mut chosen = Vec::new();
    for (mut group, count) in groups.into_iter().zip(FOLDERS_A_SURVEY) {
        group.sort();
        chosen.extend(group.into_iter().take(count).map(|(_, _, path)| path));
    }
    chosen.retain(|path| asking.may(path));
    chosen
}
