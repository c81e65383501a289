//! What a browser showed, and what is kept of it once a person has approved it.

use std::collections::BTreeSet;

use browser::{Refused, Request, RequestKind};
use pages::Term;
use pictures::{Picture, Tiles};
use serde::{Deserialize, Serialize};

use crate::site::registrable;

/// Appearances of one page that are kept; the oldest goes.
const APPROVED_MAX: usize = 8;
/// Domains, hosts and words of each sort that are approved for one page.
const APPROVED_NAMES_MAX: usize = 512;

/// What a browser showed.
///
/// Whoever keeps evidence gives `png` to `keeping::Contents::keep`, where it is not empty: `screenshot` is the name that it has there.
/// `before` is the name of the approved screenshot that it was compared with, which is there since that was approved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rendered {
    /// Why there is nothing, where there is nothing.
    pub not_seen: Option<NotSeen>,
    /// The window's content; empty where nothing was seen.
    #[serde(skip)]
    pub png: Vec<u8>,
    /// Its SHA-256, in hexadecimal.
    pub screenshot: Option<String>,
    /// The digest of the approved screenshot that is nearest to it.
    pub before: Option<String>,
    /// What it looks like, where its picture could be read.
    pub picture: Option<Picture>,
    /// And in tiles.
    pub tiles: Option<Tiles>,
    /// Where the browser was at last.
    pub final_url: String,
    /// The title then.
    pub title: String,
    /// What was asked for, bounded.
    pub requests: Vec<Request>,
    /// What the browser was not connected with.
    pub refused: Vec<Refused>,
    /// What the page said in windows that wait for an answer.
    pub questions: Vec<String>,
    /// Words of intruders in the text that scripts made of the page.
    pub terms: Vec<Term>,
    /// Whether everything had come before there was no more time.
    pub is_complete: bool,
}

/// Why a page was not seen in a browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotSeen {
    /// It could not be shown, for this reason.
    Failed(String),
    /// There is no browser on this machine.
    NoBrowser,
}

/// What one approved version looked like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Appearance {
    /// SHA-256 of its screenshot, in hexadecimal.
    pub screenshot: String,
    /// The whole of it.
    pub picture: Picture,
    /// And in tiles.
    pub tiles: Tiles,
}

/// What is kept of what a page looks like and of what it loads.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RenderedMemory {
    /// How its approved versions look, the newest last.
    pub approved: Vec<Appearance>,
    /// How often each tile was another in one approved version than in that before, row by row.
    pub varying: Vec<u32>,
    /// Domains, as somebody can register them, that scripts and frames came from.
    pub loads_from: BTreeSet<String>,
    /// Domains at which browsers ended.
    pub ends_at: BTreeSet<String>,
    /// Places inside own networks that it asked for.
    pub reaches: BTreeSet<String>,
    /// What it asked its visitors.
    pub questions: BTreeSet<String>,
    /// Words in what scripts made of it.
    pub words: BTreeSet<String>,
}

impl RenderedMemory {
    /// Takes over what a person approved. A look at which nothing was seen teaches nothing.
    pub(crate) fn approve(&mut self, rendered: &Rendered) {
        if rendered.not_seen.is_some() {
            return;
        }
        let working = rendered.requests.iter().filter(|one| works(one.kind));
        extend(
            &mut self.loads_from,
            working.filter_map(|one| registrable(&one.url)),
        );
        extend(&mut self.ends_at, registrable(&rendered.final_url));
        extend(&mut self.reaches, rendered.inside());
        extend(&mut self.questions, rendered.questions.iter().cloned());
        let words = rendered.terms.iter().map(|term| term.word.clone());
        extend(&mut self.words, words);
        if let Some(appearance) = rendered.appearance() {
            self.keep(appearance);
        }
    }

    /// Returns the approved appearance that is nearest to a picture.
    pub(super) fn nearest(&self, picture: &Picture) -> Option<&Appearance> {
        self.approved.iter().min_by(|one, other| {
            let far = |appearance: &Appearance| {
                let difference = appearance.picture.distance(picture);
                (difference.hash, difference.colour)
            };
            let (one, other) = (far(one), far(other));
            one.0.cmp(&other.0).then(one.1.total_cmp(&other.1))
        })
    }

    /// Returns how much of the page looks otherwise than an approved version, in percent of the tiles that do not vary anyway.
    pub(super) fn changed_percent(&self, approved: &Appearance, tiles: &Tiles) -> u8 {
        let changed = approved.tiles.changed(tiles);
        let varies = |at: usize| self.varying.get(at).is_some_and(|count| *count > 0);
        let counted = (0..changed.len()).filter(|at| !varies(*at)).count();
        let changed = changed
            .iter()
            .enumerate()
            .filter(|(at, changed)| **changed && !varies(*at));
        u8::try_from(changed.count() * 100 / counted.max(1)).unwrap_or(100)
    }

    fn keep(&mut self, appearance: Appearance) {
        if let Some(last) = self.approved.last() {
            let changed = last.tiles.changed(&appearance.tiles);
            // Of a page that was made anew nothing is learned of how it varies.
            let is_another = changed.iter().filter(|changed| **changed).count() * 2 > changed.len();
            self.varying.resize(changed.len(), 0);
            if !is_another {
                for (count, changed) in self.varying.iter_mut().zip(changed) {
                    *count = count.saturating_add(u32::from(changed));
                }
            }
        }
        if self.approved.len() >= APPROVED_MAX {
            self.approved.remove(0);
        }
        self.approved.push(appearance);
    }
}

impl Rendered {
    /// Says that nothing was seen.
    pub(super) fn nothing(why: NotSeen) -> Self {
        Self {
            not_seen: Some(why),
            ..Self::default()
        }
    }

    /// Returns the places inside own networks that the page asked for.
    pub(super) fn inside(&self) -> impl Iterator<Item = String> {
        let inside = self.refused.iter().filter(|one| one.is_inside);
        inside.map(|one| one.place.clone())
    }

    fn appearance(&self) -> Option<Appearance> {
        Some(Appearance {
            screenshot: self.screenshot.clone()?,
            picture: self.picture.clone()?,
            tiles: self.tiles.clone()?,
        })
    }
}

/// Tells whether what is loaded works on visitors.
pub(super) fn works(kind: RequestKind) -> bool {
    matches!(kind, RequestKind::Frame | RequestKind::Script)
}

fn extend(known: &mut BTreeSet<String>, new: impl IntoIterator<Item = String>) {
    for name in new {
        if known.len() < APPROVED_NAMES_MAX {
            known.insert(name);
        }
    }
}
