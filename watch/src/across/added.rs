//! What was added to a page, in a form that is the same on every page to which the same was added.

use std::collections::BTreeMap;

use pages::RegionChange;
use pictures::Hash;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::verdict::{Judgement, Reason};

/// Things of one look that are compared with other sites.
const ADDED_MAX: usize = 256;
/// Letters of a text from which it is compared: shorter ones are alike by accident.
const TEXT_LETTERS_MIN: usize = 16;
/// Bits of a picture's hash that have to be set for it to be told from others.
const PICTURE_BITS_MIN: u32 = 24;
/// Characters of a thing that are shown.
const SHOWN_CHARS: usize = 200;

/// What sort of thing was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddedKind {
    /// An origin that the page now uses, links to, or sends visitors to.
    Origin,
    /// A script in the page.
    Script,
    /// A text that visitors see or do not see.
    Text,
    /// Words of intruders.
    Words,
    /// A picture where another stood. Last, because the order is part of the digests.
    Picture,
}

/// One thing that was added to a page.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Added {
    /// What sort of thing.
    pub kind: AddedKind,
    /// The same for the same thing on every page.
    pub digest: u64,
    /// What a person reads.
    pub shown: String,
    /// Of a picture, what it looks like: stored anew on another site, it is nearly the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looks: Option<Hash>,
}

/// Returns what a judgement says was added, each thing once.
pub fn added_by(judgement: &Judgement) -> Vec<Added> {
    let mut found = Found::default();
    for reason in &judgement.reasons {
        found.take_reason(reason);
    }
    for new in &judgement.comparison.new_uses {
        found.origin(&new.origin);
    }
    for script in &judgement.comparison.new_scripts {
        let shape = script.shape.to_le_bytes();
        found.put(AddedKind::Script, &shape, &script.beginning);
    }
    for hidden in &judgement.comparison.new_hidden {
        found.text(&hidden.text);
        found.origins(&hidden.link_origins);
    }
    let regions = judgement.comparison.regions.iter();
    let regions = regions.filter(|region| says_something(region, &judgement.reasons));
    for text in regions.flat_map(|region| &region.come) {
        found.text(text);
    }
    found.things.into_values().collect()
}

/// Tells whether what came to a region is part of what is wrong. Counters, weather and news change on many sites at one time, and would
/// make a campaign of all that have the same software: where contents vary only what a reason quotes counts.
fn says_something(region: &RegionChange, reasons: &[Reason]) -> bool {
    let is_meant = |reason: &Reason| match reason {
        Reason::StaticText { path, .. } => *path == region.path,
        Reason::LittleLeft { .. } | Reason::ForeignWriting { .. } => true,
        _ => false,
    };
    !region.was_there || reasons.iter().any(is_meant)
}

#[derive(Default)]
struct Found {
    things: BTreeMap<(AddedKind, u64), Added>,
}

impl Found {
    fn take_reason(&mut self, reason: &Reason) {
        match reason {
            Reason::FormTarget { origin }
            | Reason::Frame { origin, .. }
            | Reason::Link { origin }
            | Reason::Refresh { origin }
            | Reason::Resource { origin, .. }
            | Reason::ScriptOrigin { origin } => self.origin(origin),
            Reason::Redirect { to, .. } => self.origin(to),
            Reason::HiddenText {
                text, link_origins, ..
            } => {
                self.text(text);
                self.origins(link_origins);
            }
            Reason::InlineScript { origins, .. } => {
                self.origins(origins);
            }
            Reason::Title { to: text, .. }
            | Reason::StaticText { to: text, .. }
            | Reason::NewPlace { text, .. }
            | Reason::OddText { text, .. } => self.text(text),
            Reason::LoadedPicture {
                url,
                looks: Some(looks),
                ..
            } => self.picture(url, *looks),
            Reason::Terms { words, .. } if words.len() > 2 => {
                let mut words = words.clone();
                words.sort_unstable();
                let words = words.join(", ");
                self.put(AddedKind::Words, words.as_bytes(), &words);
            }
            _ => {}
        }
    }

    fn origins(&mut self, origins: &[String]) {
        for origin in origins {
            self.origin(origin);
        }
    }

    fn origin(&mut self, origin: &str) {
        // "data:" and the like are everywhere.
        if origin.contains('.') {
            self.put(AddedKind::Origin, origin.as_bytes(), origin);
        }
    }

    fn text(&mut self, text: &str) {
        let normal = normalised(text);
        if normal.chars().filter(|one| one.is_alphabetic()).count() >= TEXT_LETTERS_MIN {
            self.put(AddedKind::Text, normal.as_bytes(), text);
        }
    }

    fn picture(&mut self, url: &str, looks: Hash) {
        // Plain pictures look all the same.
        if looks.distance(Hash::default()) < PICTURE_BITS_MIN {
            return;
        }
        self.put_thing(AddedKind::Picture, &looks.to_bytes(), url, Some(looks));
    }

    fn put(&mut self, kind: AddedKind, bytes: &[u8], shown: &str) {
        self.put_thing(kind, bytes, shown, None);
    }

    fn put_thing(&mut self, kind: AddedKind, bytes: &[u8], shown: &str, looks: Option<Hash>) {
        if self.things.len() >= ADDED_MAX {
            return;
        }
        let digest = digest_of(kind, bytes);
        self.things.entry((kind, digest)).or_insert_with(|| Added {
            kind,
            digest,
            shown: shown.chars().take(SHOWN_CHARS).collect(),
            looks,
        });
    }
}

/// Returns a text without what differs from site to site: case, digits, marks, spaces.
fn normalised(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        if letter.is_alphabetic() {
            normal.push(letter);
        } else if !normal.ends_with(' ') {
            normal.push(' ');
        }
    }
    normal.trim().to_owned()
}

fn digest_of(kind: AddedKind, bytes: &[u8]) -> u64 {
    let mut digest = Sha256::new();
    digest.update([kind as u8]);
    digest.update(bytes);
    let digest = digest.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use pages::RegionKey;

    use super::*;
    use crate::verdict::Verdict;

    #[test]
    fn a_counter_that_many_sites_have_makes_no_campaign_of_them() {
        let change = |path: &str, was_there, text: &str| RegionChange {
            key: RegionKey(1),
            path: path.to_owned(),
            was_there,
            is_there: true,
            gone: Vec::new(),
            come: vec![text.to_owned()],
        };
        let mut judgement = Judgement::of(
            Verdict::Injection,
            vec![Reason::Link {
                origin: "https://bets.example".to_owned(),
            }],
        );
        judgement.comparison.regions = vec![
            change(
                "footer",
                true,
                "Đang trực tuyến: 13 – Lượt truy cập: 1001603",
            ),
            change("div", false, "Nhà cái uy tín nhất hôm nay"),
        ];
        let shown = |judgement: &Judgement| -> Vec<String> {
            let added = added_by(judgement).into_iter();
            added.map(|one| one.shown).collect()
        };
        let expected = ["https://bets.example", "Nhà cái uy tín nhất hôm nay"];
        assert_eq!(shown(&judgement), expected);
        // Another page altogether: everything on it was put there.
        judgement.reasons.push(Reason::LittleLeft {
            structure_percent: 3,
            text_percent: 0,
        });
        assert_eq!(shown(&judgement).len(), 3);
    }

    #[test]
    fn the_same_text_with_another_number_and_case_is_the_same_addition() {
        let of = |text: &str| {
            let reason = Reason::Title {
                from: String::new(),
                to: text.to_owned(),
            };
            added_by(&Judgement::of(Verdict::Defacement, vec![reason]))
        };
        let (one, other) = (
            of("Hacked by the Example Team 2019!"),
            of("  HACKED by the  example team (2026)"),
        );
        assert_eq!(one[0].digest, other[0].digest);
        assert!(of("Welcome 1").is_empty(), "alike by accident");
        assert_ne!(
            one[0].digest,
            of("Hacked by another team of people")[0].digest
        );
    }
}
