//! What is kept of a site beside its pages under watch: which addresses there are, what a look at each showed, which folders list
//! their files, what `robots.txt` and the site maps said. Bounded: what is beyond is looked at as if it were new, and not alarmed of.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use visit::Robots;

use super::outcome::{InOrder, Survey};
use crate::memory::Approver;

/// Addresses of one site that are known: as many as a site map may have.
const ADDRESSES_MAX: usize = 50_000;
/// Pages of one site of which it is known what they show; the one looked at longest ago goes.
const PAGES_MAX: usize = 1_000;
/// Folders of one site.
const FOLDERS_MAX: usize = 500;
/// Site maps of one site.
const MAPS_MAX: usize = 500;
/// Hosts of other sites that are known from site maps, and that are known from links.
const HOSTS_MAX: usize = 2_000;
/// Surveys of which it is known how many new addresses they found.
const COUNTS_MAX: usize = 30;
/// Approvals that are kept; the oldest goes.
const APPROVERS_MAX: usize = 32;

/// What is kept of a site beside its pages under watch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SurveyMemory {
    /// How many surveys it comes from.
    pub surveys: u32,
    /// When the last one was, in seconds since 1970.
    pub last_at: i64,
    /// What `robots.txt` asked.
    pub robots: Robots,
    /// SHA-256 of it.
    pub robots_digest: String,
    /// Site maps, by path.
    pub maps: BTreeMap<String, KnownMap>,
    /// Folders, by path.
    pub folders: BTreeMap<String, KnownFolder>,
    /// What is known of pages, by the digest of their path.
    pub pages: BTreeMap<u64, KnownPage>,
    /// Hosts of other sites that site maps name.
    pub foreign: BTreeSet<String>,
    /// Domains to which pages that are in order have links.
    pub linked: BTreeSet<String>,
    /// Who approved what surveys found.
    pub approvers: Vec<Approver>,
    /// Digests of the paths that are known.
    addresses: BTreeSet<u64>,
    /// How many new addresses the last surveys found.
    new_counts: Vec<u32>,
}

/// A site map that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownMap {
    /// SHA-256 of it.
    pub digest: String,
    /// How many addresses it has.
    pub entries: u32,
    /// When it was asked for last; 0 where it has not had its turn.
    pub asked_at: i64,
}

/// A folder that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownFolder {
    /// What it showed.
    pub state: FolderState,
    /// When it was asked for last.
    pub asked_at: i64,
}

/// What a folder shows when it is asked for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FolderState {
    /// Nobody has asked.
    #[default]
    Unasked,
    /// The files in it.
    Lists,
    /// A page, or nothing.
    Silent,
}

/// What a look at a page showed: enough to see that it has become another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownPage {
    /// When it was looked at last.
    pub looked_at: i64,
    /// Whether it was there at all.
    pub is_there: bool,
    /// Its title.
    pub title: String,
    /// The language that it says it is in.
    pub language: String,
    /// Words of intruders on it: a page about crime has them too.
    pub terms: BTreeSet<String>,
    /// Domains that it has links to.
    pub linked: BTreeSet<String>,
    /// Whether it was built like other pages of the site.
    pub is_like_site: bool,
}

impl SurveyMemory {
    /// Takes over what a survey found in order. What somebody has to look at stays new until a person approves it.
    pub fn learn(&mut self, survey: &Survey) {
        self.take(survey, Which::InOrder);
    }

    /// Takes over everything that a survey found, because a named person looked at it.
    pub fn approve(&mut self, survey: &Survey, approver: &Approver) {
        self.take(survey, Which::Everything);
        if self.approvers.len() >= APPROVERS_MAX {
            self.approvers.remove(0);
        }
        self.approvers.push(approver.clone());
    }

    fn take(&mut self, survey: &Survey, which: Which) {
        let lesson = &survey.lesson;
        if lesson.is_void {
            return;
        }
        let may = |in_order: InOrder| which == Which::Everything || in_order == InOrder::Yes;
        self.surveys = self.surveys.saturating_add(1);
        self.last_at = survey.at;
        self.robots = lesson.robots.clone();
        self.robots_digest.clone_from(&lesson.robots_digest);
        for (digest, in_order) in &lesson.addresses {
            if may(*in_order) && self.addresses.len() < ADDRESSES_MAX {
                self.addresses.insert(*digest);
            }
        }
        for (digest, (page, in_order)) in &lesson.pages {
            if may(*in_order) {
                let room = HOSTS_MAX.saturating_sub(self.linked.len());
                self.linked.extend(page.linked.iter().take(room).cloned());
                self.keep_page(*digest, page.clone());
            }
        }
        for (path, state) in &lesson.folders {
            if self.folders.len() < FOLDERS_MAX || self.folders.contains_key(path) {
                let folder = self.folders.entry(path.clone()).or_default();
                folder.asked_at = survey.at;
                folder.state = *state;
            }
        }
        for (path, (digest, entries)) in &lesson.maps {
            if self.maps.len() < MAPS_MAX || self.maps.contains_key(path) {
                let map = self.maps.entry(path.clone()).or_default();
                // One without a digest is known by name only: it had no turn.
                if !digest.is_empty() {
                    map.digest.clone_from(digest);
                    map.entries = *entries;
                    map.asked_at = survey.at;
                }
            }
        }
        // What site maps of the first survey name, nobody was called for either.
        if which == Which::Everything || self.surveys == 1 {
            let room = HOSTS_MAX.saturating_sub(self.foreign.len());
            self.foreign
                .extend(lesson.foreign.iter().take(room).cloned());
        }
        // A flood that somebody has to look at is not what is usual.
        let is_usual = which == Which::Everything || !survey.judgement.verdict.wants_person();
        if self.surveys > 1 && is_usual {
            if self.new_counts.len() >= COUNTS_MAX {
                self.new_counts.remove(0);
            }
            self.new_counts.push(lesson.new_count);
        }
    }

    fn keep_page(&mut self, digest: u64, page: KnownPage) {
        if self.pages.len() >= PAGES_MAX && !self.pages.contains_key(&digest) {
            let oldest = self.pages.iter().min_by_key(|(_, page)| page.looked_at);
            if let Some(oldest) = oldest.map(|(digest, _)| *digest) {
                self.pages.remove(&oldest);
            }
        }
        self.pages.insert(digest, page);
    }

    /// Tells whether an address is new. Where no more can be known, nothing is.
    pub(super) fn is_new(&self, digest: u64) -> bool {
        !self.addresses.contains(&digest) && self.addresses.len() < ADDRESSES_MAX
    }

    /// Tells whether everything is new, so that newness says nothing.
    pub(super) fn is_first(&self) -> bool {
        self.surveys == 0
    }

    /// Returns the most new addresses that a survey usually finds.
    pub(super) fn usual_new(&self) -> u32 {
        self.new_counts.iter().copied().max().unwrap_or(0)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Everything,
    InOrder,
}

/// Returns the digest by which a path is known: the first bytes of its SHA-256, since intruders choose paths.
pub(super) fn digest_of(path: &str) -> u64 {
    let digest = Sha256::digest(path.as_bytes());
    let first = digest.first_chunk::<8>().copied().unwrap_or_default();
    u64::from_be_bytes(first)
}
