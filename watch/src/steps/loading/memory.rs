//! What is kept of the files that the pages of a site load: as they were approved, or first seen and found in order.

use std::collections::BTreeMap;

use pages::RegionKey;
use serde::{Deserialize, Serialize};
use visit::{Known, Wanted};

use super::choosing::Candidate;
use super::facts::FileFacts;
use crate::verdict::Verdict;

/// Files of one site that are kept; the one that was asked for longest ago goes.
const FILES_MAX: usize = 600;
/// Bytes of all style sheets of one site that are kept, 2 MiB: those of two pages with nothing in common.
const TEXT_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Pages of one site and places of one page whose pictures are kept.
const PLACES_MAX: usize = 200;
/// Looks after which a picture that was always the same in its place is taken for a lasting one.
const LOOKS_ENOUGH: u32 = 5;

/// What is kept of what the pages of a site load from it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoadedMemory {
    /// Its files, by address.
    pub files: BTreeMap<String, KeptFile>,
    /// Which picture stands where, by page and place, of places with one picture.
    pub places: BTreeMap<String, BTreeMap<RegionKey, PicturePlace>>,
}

/// A file as it should be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptFile {
    /// What to ask the site with.
    pub known: Known,
    /// SHA-256 of it.
    pub digest: String,
    /// What is known of it.
    pub facts: FileFacts,
    /// When it was asked for, in seconds since 1970.
    pub asked_at: i64,
    /// When it came in the place of another without a question, in seconds since 1970; 0 where a person approved it, or nothing
    /// stood there before.
    #[serde(default)]
    pub replaced_at: i64,
    /// Whether it is another one by itself each time.
    pub varies: bool,
}

/// A place in a page that has one picture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PicturePlace {
    /// Its address.
    pub url: String,
    /// In how many looks it was there.
    pub looks: u32,
    /// How often it was another.
    pub changes: u32,
}

/// What a check saw of what the page loads from its own site.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Loaded {
    /// The page that loads it.
    pub page: String,
    /// The files that were asked for, in order.
    pub files: Vec<LoadedFile>,
    /// The places with one picture.
    pub places: Vec<(RegionKey, String)>,
}

/// A file that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadedFile {
    /// Its address.
    pub url: String,
    /// What it is for.
    pub wanted: Wanted,
    /// When it was asked for, in seconds since 1970.
    pub asked_at: i64,
    /// What came, where something new did.
    pub came: Option<KeptFile>,
    /// What is said of it.
    pub verdict: Verdict,
}

impl LoadedMemory {
    /// Remembers what was asked for when. What a person has to look at is asked for again with each check, so that it does not
    /// look as if it had gone.
    pub(crate) fn note(&mut self, loaded: &Loaded) {
        for file in &loaded.files {
            if let Some(kept) = self.files.get_mut(&file.url)
                && !file.verdict.wants_person()
            {
                kept.asked_at = file.asked_at;
            }
        }
    }

    /// Learns what was found in order.
    pub(crate) fn learn(&mut self, loaded: &Loaded) {
        for file in &loaded.files {
            if !file.verdict.wants_person() {
                self.keep(file);
            }
        }
        self.learn_places(loaded);
    }

    /// Takes over what a person approved.
    pub(crate) fn approve(&mut self, loaded: &Loaded) {
        for file in &loaded.files {
            self.keep(file);
            if let Some(kept) = self.files.get_mut(&file.url) {
                kept.replaced_at = 0;
            }
        }
        self.learn_places(loaded);
        self.note(loaded);
    }

    fn keep(&mut self, file: &LoadedFile) {
        let Some(came) = &file.came else {
            return;
        };
        let is_full = self.files.len() >= FILES_MAX && !self.files.contains_key(&file.url);
        if is_full {
            let oldest = self.files.iter().min_by_key(|(_, kept)| kept.asked_at);
            if let Some(url) = oldest.map(|(url, _)| url.clone()) {
                self.files.remove(&url);
            }
        }
        self.files.remove(&file.url);
        let kept = self.files.values().map(|kept| kept.facts.text_bytes());
        let mut came = came.clone();
        let text_bytes = came.facts.text_bytes();
        if text_bytes > 0
            && kept.sum::<usize>() + text_bytes > TEXT_BYTES_MAX
            && let FileFacts::Style { text, bytes_cut } = &mut came.facts
        {
            *bytes_cut += std::mem::take(text).len();
        }
        self.files.insert(file.url.clone(), came);
    }

    fn learn_places(&mut self, loaded: &Loaded) {
        if self.places.len() >= PLACES_MAX && !self.places.contains_key(&loaded.page) {
            return;
        }
        let places = self.places.entry(loaded.page.clone()).or_default();
        for (region, url) in &loaded.places {
            if places.len() >= PLACES_MAX && !places.contains_key(region) {
                continue;
            }
            let place = places.entry(*region).or_default();
            let is_other = !place.url.is_empty() && path_of(&place.url) != path_of(url);
            if is_other {
                place.changes = place.changes.saturating_add(1);
            }
            place.looks = place.looks.saturating_add(1);
            place.url.clone_from(url);
        }
    }

    /// Returns the file that stood where one of the page stands now: the same one with another version in its address, or the only
    /// picture that a place ever had.
    pub(super) fn predecessor(&self, page: &str, candidate: &Candidate) -> Option<Predecessor<'_>> {
        let name = |url: &str| match candidate.wanted {
            // Numbers in the names of pictures tell one from the other.
            Wanted::Picture | Wanted::Page => path_of(url).to_owned(),
            Wanted::Script | Wanted::Style => unversioned(path_of(url)),
        };
        let wanted = name(&candidate.url);
        let of_name = self.files.iter().filter(|(url, _)| name(url) == wanted);
        if let Some((_, kept)) = of_name.max_by_key(|(_, kept)| kept.asked_at) {
            return Some(Predecessor::Version(kept));
        }
        let url = self.lasting_picture(page, candidate.region)?;
        let kept = self.files.get(url)?;
        Some(Predecessor::Place { url, kept })
    }

    /// Returns the picture that always stood in a place of a page.
    pub(super) fn lasting_picture(&self, page: &str, region: RegionKey) -> Option<&str> {
        let place = self.places.get(page)?.get(&region)?;
        (place.changes == 0 && place.looks >= LOOKS_ENOUGH).then_some(place.url.as_str())
    }
}

/// What stood where something else stands now.
#[derive(Clone, Copy, Debug)]
pub(super) enum Predecessor<'k> {
    /// Another picture in the same place of the page.
    Place {
        /// Its address.
        url: &'k str,
        /// What is kept of it.
        kept: &'k KeptFile,
    },
    /// The same file with another version in its address.
    Version(&'k KeptFile),
}

impl<'k> Predecessor<'k> {
    /// Returns what is kept of it.
    pub(super) fn kept(self) -> &'k KeptFile {
        match self {
            Self::Place { kept, .. } | Self::Version(kept) => kept,
        }
    }
}

impl Loaded {
    /// Begins with the places of a page that have one picture.
    pub(super) fn of(page: &str, pictures: &[(RegionKey, String)]) -> Self {
        let mut counts: BTreeMap<RegionKey, usize> = BTreeMap::new();
        for (region, _) in pictures {
            *counts.entry(*region).or_default() += 1;
        }
        let is_alone = |(region, _): &&(RegionKey, String)| counts.get(region) == Some(&1);
        let places = pictures.iter().filter(is_alone).take(PLACES_MAX).cloned();
        Self {
            page: page.to_owned(),
            files: Vec::new(),
            places: places.collect(),
        }
    }
}

/// Returns an address without what stands behind a question mark.
pub(super) fn path_of(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}

/// Returns a way without what programs that publish sites put into names: `app.*.js` of `app.3f9c01ab.js` and of `app.12.js`.
fn unversioned(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_version = |piece: &str| {
        let digits = piece.bytes().filter(u8::is_ascii_digit).count();
        let is_word = piece.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_word && digits > 0 && (digits == piece.len() || piece.len() >= 8)
    };
    let mut plain = format!("{folder}/");
    let mut was_version = false;
    for piece in name.split(['.', '-', '_']) {
        let is_version = is_version(piece);
        if !(is_version && was_version) {
            plain.push_str(if is_version { "*" } else { piece });
            plain.push('.');
        }
        was_version = is_version;
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_a_file_are_one_and_files_are_not() {
        for (one, other) in [
            ("/js/app.3f9c01ab.js", "/js/app.77d0e2c4.js"),
            ("/js/jquery-3.4.1.min.js", "/js/jquery-3.7.1.min.js"),
            ("/js/jquery-1.9.min.js", "/js/jquery-1.12.4.min.js"),
        ] {
            assert_eq!(unversioned(one), unversioned(other));
        }
        for (one, other) in [
            ("/js/app.js", "/js/menu.js"),
            ("/js/app.js", "/lib/app.js"),
            ("/js/app.3f9c01ab.js", "/js/app.js"),
        ] {
            assert_ne!(unversioned(one), unversioned(other));
        }
    }
}
