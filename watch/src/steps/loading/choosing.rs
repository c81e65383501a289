//! Which files are asked for in one check. A site is asked one thing a second, so that what matters most comes first and the
//! rest takes turns.

use std::collections::BTreeSet;

use pages::{PageModel, RegionKey, UseKind};
use visit::Wanted;

use super::facts::FileFacts;
use super::memory::LoadedMemory;
use crate::checking::Depth;
use crate::memory::SiteMemory;
use crate::site::registrable;

/// Files that one check asks for, by its depth.
const FILES_QUICK: usize = 6;
const FILES_WHOLE: usize = 12;
/// And where the page is seen for the first time: a person waits once, and knows afterwards what was approved.
const FILES_FIRST: usize = 48;
/// Of them, scripts and style sheets: one in three is left to pictures.
const CODE_OF_TWELVE: usize = 8;
/// Seconds after which scripts and style sheets are asked for again, 30 minutes.
const CODE_AFTER: i64 = 30 * 60;
/// The same for pictures, one hour.
const PICTURES_AFTER: i64 = 60 * 60;
/// Pictures at the beginning of a page that its visitors see first.
const LEADING: usize = 3;
/// Pixels from which a picture is large wherever it stands.
const LARGE_PIXELS: u64 = 250_000;

/// A file that the page loads from its own site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) url: String,
    pub(super) wanted: Wanted,
    pub(super) region: RegionKey,
    /// Whether it is a picture that visitors see.
    pub(super) is_seen: bool,
    /// Whether it is one of the pictures that visitors see first.
    pub(super) is_leading: bool,
}

/// Returns every file that a page loads from its own site, each once, in order of the page.
pub(super) fn candidates_of(
    memory: &SiteMemory,
    own: &Own<'_>,
    page: &PageModel,
) -> Vec<Candidate> {
    let mut told = BTreeSet::new();
    let mut pictures = 0;
    let mut found = Vec::new();
    for one in &page.uses {
        let wanted = match one.kind {
            UseKind::Script => Wanted::Script,
            UseKind::Style => Wanted::Style,
            UseKind::Image => Wanted::Picture,
            _ => continue,
        };
        // What stands in a style sheet names its origin only.
        let is_file = one.url.starts_with("http") && one.url.len() > one.origin.len() + 1;
        if !is_file || !own.has(&one.origin) || !told.insert(one.url.as_str()) {
            continue;
        }
        let is_seen = wanted == Wanted::Picture && !one.is_hidden;
        pictures += usize::from(is_seen);
        found.push(Candidate {
            url: one.url.clone(),
            wanted,
            region: one.region,
            is_seen,
            is_leading: is_seen && (pictures <= LEADING || is_large(&memory.loaded, &one.url)),
        });
    }
    found
}

/// Returns what is asked for now, the most important first.
pub(super) fn choose(
    memory: &SiteMemory,
    page: &str,
    candidates: Vec<Candidate>,
    depth: Depth,
    now: i64,
) -> Vec<Candidate> {
    let most = match depth {
        _ if !memory.pages.contains_key(page) => FILES_FIRST,
        Depth::Quick => FILES_QUICK,
        Depth::Whole | Depth::Visitors => FILES_WHOLE,
    };
    let mut due: Vec<(u8, i64, Candidate)> = Vec::new();
    for candidate in candidates {
        let asked_at = memory
            .loaded
            .files
            .get(&candidate.url)
            .map(|kept| kept.asked_at);
        let is_code = candidate.wanted != Wanted::Picture;
        let after = if is_code { CODE_AFTER } else { PICTURES_AFTER };
        // A clock that was set back must not silence the watch.
        let is_due = |at: i64| now.saturating_sub(at) >= after || at > now;
        if asked_at.is_some_and(|at| !is_due(at)) {
            continue;
        }
        let rank = match (is_code, candidate.is_leading, asked_at) {
            (true, _, None) => 0,
            (true, _, Some(_)) => 1,
            (false, true, _) => 2,
            (false, false, None) => 3,
            (false, false, Some(_)) => 4,
        };
        due.push((rank, asked_at.unwrap_or(0), candidate));
    }
    // Those of one rank that were asked for longest ago come first: so all take turns.
    due.sort_by_key(|(rank, asked_at, _)| (*rank, *asked_at));
    let (code, pictures): (Vec<_>, Vec<_>) = due.into_iter().partition(|(rank, ..)| *rank <= 1);
    let for_pictures = most - most * CODE_OF_TWELVE / FILES_WHOLE;
    let of_code = code.len().min(most - for_pictures.min(pictures.len()));
    let chosen = code.into_iter().take(of_code).chain(pictures);
    chosen.take(most).map(|(.., one)| one).collect()
}

fn is_large(memory: &LoadedMemory, url: &str) -> bool {
    match memory.files.get(url).map(|kept| &kept.facts) {
        Some(FileFacts::Picture(picture)) => picture.pixels() >= LARGE_PIXELS,
        _ => false,
    }
}

/// Whose the site is: where its visits end, as approved, or where this one ended.
pub(super) struct Own<'s> {
    domains: &'s BTreeSet<String>,
}

impl<'s> Own<'s> {
    pub(super) fn of(memory: &'s SiteMemory, now: &'s BTreeSet<String>) -> Self {
        let approved = &memory.facts.ends_at;
        Self {
            domains: if approved.is_empty() { now } else { approved },
        }
    }

    /// Tells whether an origin belongs to the site.
    pub(super) fn has(&self, origin: &str) -> bool {
        registrable(origin).is_some_and(|domain| self.domains.contains(&domain))
    }
}
