//! What differs between two readings of a page.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::model::{
    Cover, CoverWay, Hidden, InlineScript, PageModel, Region, RegionKey, Use, UseKind,
};

/// Texts of one region that are shown on each side.
const TEXTS_MAX: usize = 200;

/// New addresses that are told.
const ADDRESSES_MAX: usize = 200;
/// Places of other pictures, and pictures of one place, that are shown.
const PICTURES_MAX: usize = 100;

/// What differs between a page before and after.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The title before and after, where it is another.
    pub title: Option<(String, String)>,
    /// The language before and after, where it is another.
    pub language: Option<(String, String)>,
    /// The regions in which something else stands.
    pub regions: Vec<RegionChange>,
    /// Addresses of an origin, for a use, that the page did not have before.
    pub new_uses: Vec<Use>,
    /// The same, that it no longer has.
    pub gone_uses: Vec<Use>,
    /// Scripts, style sheets and frames of an address that the page did not use so, also of its own site.
    #[serde(default)]
    pub new_addresses: Vec<Use>,
    /// Scripts in the page of a shape that it did not have.
    pub new_scripts: Vec<InlineScript>,
    /// Hidden things with a text or with links that were not hidden there before.
    pub new_hidden: Vec<Hidden>,
    /// What lies over the whole page or stands for it now, and did not before; or holds other pictures or texts.
    #[serde(default)]
    pub new_covers: Vec<Cover>,
    /// Places that show other pictures.
    #[serde(default)]
    pub pictures: Vec<PictureChange>,
    /// How much of the earlier page's regions is still there, from 0 to 1.
    pub structure_kept: f64,
    /// How much of its texts.
    pub text_kept: f64,
}

/// A region in which something else stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionChange {
    /// Its name for programs.
    pub key: RegionKey,
    /// Its name for people.
    pub path: String,
    /// Whether it was there before.
    pub was_there: bool,
    /// Whether it is there now.
    pub is_there: bool,
    /// Texts that no longer stand in it.
    pub gone: Vec<String>,
    /// Texts that stand in it now.
    pub come: Vec<String>,
}

/// A place that shows other pictures. What stands behind a question mark in their addresses does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureChange {
    /// Where.
    pub region: RegionKey,
    /// The pictures before, in order.
    pub from: Vec<String>,
    /// The pictures now.
    pub to: Vec<String>,
}

impl Comparison {
    /// Tells whether nothing differs.
    pub fn is_nothing(&self) -> bool {
        self.title.is_none()
            && self.language.is_none()
            && self.regions.is_empty()
            && self.new_uses.is_empty()
            && self.gone_uses.is_empty()
            && self.new_addresses.is_empty()
            && self.new_scripts.is_empty()
            && self.new_hidden.is_empty()
            && self.new_covers.is_empty()
            && self.pictures.is_empty()
    }

    /// Returns everything that a person reads now and did not before.
    pub fn new_text(&self) -> String {
        let mut text = String::new();
        if let Some((_, title)) = &self.title {
            text.push_str(title);
            text.push('\n');
        }
        for line in self.regions.iter().flat_map(|region| &region.come) {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

/// Compares a page before and after.
pub fn compare(before: &PageModel, after: &PageModel) -> Comparison {
    let other = |one: &str, two: &str| (one != two).then(|| (one.to_owned(), two.to_owned()));
    let (new_scripts, new_hidden) = (new_scripts(before, after), new_hidden(before, after));
    Comparison {
        title: other(&before.title, &after.title),
        language: other(&before.language, &after.language),
        regions: changed_regions(before, after),
        new_uses: uses_beyond(after, before),
        gone_uses: uses_beyond(before, after),
        new_addresses: new_addresses(before, after),
        new_scripts,
        new_hidden,
        new_covers: new_covers(before, after),
        pictures: changed_pictures(before, after),
        structure_kept: share_kept(
            before.regions.iter().map(|region| region.key.0),
            after.regions.iter().map(|region| region.key.0),
        ),
        text_kept: share_kept(digests_of(before), digests_of(after)),
    }
}

fn changed_regions(before: &PageModel, after: &PageModel) -> Vec<RegionChange> {
    let earlier: HashMap<RegionKey, &Region> = before
        .regions
        .iter()
        .map(|region| (region.key, region))
        .collect();
    let later: HashSet<RegionKey> = after.regions.iter().map(|region| region.key).collect();
    let changed = after.regions.iter().filter_map(|region| {
        let earlier = earlier.get(&region.key).copied();
        change_of(earlier, Some(region))
    });
    let gone = before
        .regions
        .iter()
        .filter(|region| !later.contains(&region.key))
        .filter_map(|region| change_of(Some(region), None));
    changed.chain(gone).collect()
}

fn change_of(before: Option<&Region>, after: Option<&Region>) -> Option<RegionChange> {
    let of = |region: Option<&Region>| -> HashSet<u64> {
        let items = region
            .map(|region| region.items.as_slice())
            .unwrap_or_default();
        items.iter().map(|item| item.digest).collect()
    };
    let (had, has) = (of(before), of(after));
    let beyond = |region: Option<&Region>, others: &HashSet<u64>| -> Vec<String> {
        let items = region
            .map(|region| region.items.as_slice())
            .unwrap_or_default();
        let new = items.iter().filter(|item| !others.contains(&item.digest));
        new.take(TEXTS_MAX).map(|item| item.text.clone()).collect()
    };
    let (gone, come) = (beyond(before, &has), beyond(after, &had));
    let region = after.or(before)?;
    let is_other = !gone.is_empty() || !come.is_empty() || before.is_some() != after.is_some();
    is_other.then(|| RegionChange {
        key: region.key,
        path: region.path.clone(),
        was_there: before.is_some(),
        is_there: after.is_some(),
        gone,
        come,
    })
}

/// Returns uses of `page` of an origin that `other` does not use so; hidden ones and others are told apart.
fn uses_beyond(page: &PageModel, other: &PageModel) -> Vec<Use> {
    type Kind<'u> = (UseKind, &'u str, bool);
    fn kind_of(one: &Use) -> Kind<'_> {
        (one.kind, one.origin.as_str(), one.is_hidden)
    }
    let known: HashSet<Kind<'_>> = other.uses.iter().map(kind_of).collect();
    let mut told: HashSet<Kind<'_>> = HashSet::new();
    let new = page
        .uses
        .iter()
        .filter(|one| !known.contains(&kind_of(one)) && told.insert(kind_of(one)));
    new.cloned().collect()
}

/// Returns what `after` loads from addresses that `before` does not load the same from.
fn new_addresses(before: &PageModel, after: &PageModel) -> Vec<Use> {
    let is_loaded =
        |one: &&Use| matches!(one.kind, UseKind::Script | UseKind::Style | UseKind::Frame);
    let mut known: HashSet<(UseKind, &str)> = before
        .uses
        .iter()
        .filter(is_loaded)
        .map(|one| (one.kind, without_query(&one.url)))
        .collect();
    let loaded = after.uses.iter().filter(is_loaded);
    let new = loaded.filter(|one| known.insert((one.kind, without_query(&one.url))));
    new.take(ADDRESSES_MAX).cloned().collect()
}

fn new_scripts(before: &PageModel, after: &PageModel) -> Vec<InlineScript> {
    let mut known: HashSet<u64> = before.scripts.iter().map(|script| script.shape).collect();
    let origins: HashSet<&String> = before
        .scripts
        .iter()
        .flat_map(|script| &script.origins)
        .collect();
    let is_new = |script: &&InlineScript| {
        let names_new = script
            .origins
            .iter()
            .any(|origin| !origins.contains(origin));
        known.insert(script.shape) || names_new
    };
    after.scripts.iter().filter(is_new).cloned().collect()
}

fn new_hidden(before: &PageModel, after: &PageModel) -> Vec<Hidden> {
    let known: HashSet<(RegionKey, &str)> = before
        .hidden
        .iter()
        .map(|one| (one.region, one.text.as_str()))
        .collect();
    let says_something = |one: &&Hidden| !one.text.is_empty() || !one.link_origins.is_empty();
    let linked: HashSet<&String> = before
        .hidden
        .iter()
        .flat_map(|one| &one.link_origins)
        .collect();
    let addresses: HashSet<&str> = before
        .hidden
        .iter()
        .flat_map(|one| &one.links)
        .map(|url| without_query(url))
        .collect();
    after
        .hidden
        .iter()
        .filter(says_something)
        .filter(|one| {
            let leads = |url: &String| !addresses.contains(without_query(url));
            !known.contains(&(one.region, one.text.as_str()))
                || one
                    .link_origins
                    .iter()
                    .any(|origin| !linked.contains(origin))
                || one.links.iter().any(leads)
        })
        .cloned()
        .collect()
}

/// Returns the covers of `after` that hold something that none of this way in `before` held.
fn new_covers(before: &PageModel, after: &PageModel) -> Vec<Cover> {
    let known: HashSet<(CoverWay, &str)> = before
        .covers
        .iter()
        .flat_map(|cover| held_by(cover).map(|held| (cover.way, held)))
        .collect();
    let is_new = |cover: &&Cover| held_by(cover).any(|held| !known.contains(&(cover.way, held)));
    after.covers.iter().filter(is_new).cloned().collect()
}

fn held_by(cover: &Cover) -> impl Iterator<Item = &str> {
    let text = Some(cover.text.as_str()).filter(|text| !text.is_empty());
    let pictures = cover.pictures.iter().map(|url| without_query(url));
    pictures
        .chain(text)
        .chain(cover.link_origins.iter().map(String::as_str))
}

/// Returns the places that show other pictures, those of the page before first.
fn changed_pictures(before: &PageModel, after: &PageModel) -> Vec<PictureChange> {
    let mut places: Vec<RegionKey> = Vec::new();
    let mut told: HashSet<RegionKey> = HashSet::new();
    let (from, to) = (pictures_of(before), pictures_of(after));
    for one in before.uses.iter().chain(&after.uses) {
        if told.insert(one.region) {
            places.push(one.region);
        }
    }
    let shown = |pictures: Option<&Vec<&str>>| -> Vec<String> {
        let pictures = pictures.map(Vec::as_slice).unwrap_or_default().iter();
        pictures
            .take(PICTURES_MAX)
            .map(|url| (*url).to_owned())
            .collect()
    };
    let changed = places
        .into_iter()
        .filter(|place| from.get(place) != to.get(place));
    changed
        .take(PICTURES_MAX)
        .map(|region| PictureChange {
            region,
            from: shown(from.get(&region)),
            to: shown(to.get(&region)),
        })
        .collect()
}

fn pictures_of(page: &PageModel) -> HashMap<RegionKey, Vec<&str>> {
    let mut pictures: HashMap<RegionKey, Vec<&str>> = HashMap::new();
    let mut told: HashSet<(RegionKey, &str)> = HashSet::new();
    for one in &page.uses {
        let url = without_query(&one.url);
        if one.kind == UseKind::Image && !one.is_hidden && told.insert((one.region, url)) {
            pictures.entry(one.region).or_default().push(url);
        }
    }
    pictures
}

/// What stands behind a question mark changes with each visit.
fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

fn digests_of(page: &PageModel) -> impl Iterator<Item = u64> {
    let items = page.regions.iter().flat_map(|region| &region.items);
    items.map(|item| item.digest)
}

/// Returns which share of the different ones before is still there; all of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts of a page are small")]
fn share_kept(before: impl Iterator<Item = u64>, after: impl Iterator<Item = u64>) -> f64 {
    let before: HashSet<u64> = before.collect();
    let after: HashSet<u64> = after.collect();
    if before.is_empty() {
        return 1.0;
    }
    before.intersection(&after).count() as f64 / before.len() as f64
}
