//! Places in a page: names that stay the same while lists grow and numbers count on, and the texts that stand in them.

use std::collections::HashMap;

use crate::model::{Item, Region, RegionKey};
use crate::texts::Digest;
use crate::tree::Element;

/// Characters of one item.
const ITEM_CHARS: usize = 1_000;
/// Steps of a path that people are shown: the last ones.
const STEPS_SHOWN: usize = 6;
/// Classes of one element that name it.
const CLASSES_MAX: usize = 2;
/// Classes that say how something is at the moment rather than what it is.
const STATES: [&str; 14] = [
    "active",
    "collapsed",
    "current",
    "even",
    "first",
    "hover",
    "in",
    "last",
    "loaded",
    "odd",
    "open",
    "selected",
    "show",
    "visited",
];

/// Returns what an element adds to the names of the places in it: `div#main.news`.
pub(crate) fn step_of(element: &Element) -> String {
    let mut step = element.tag().to_owned();
    if let Some(id) = element.attribute("id").filter(|id| !id.is_empty()) {
        step.push('#');
        step.push_str(&without_numbers(id));
    }
    let classes = element.attribute("class").unwrap_or_default();
    let lasting = classes
        .split_ascii_whitespace()
        .filter(|class| !STATES.contains(class));
    for class in lasting.take(CLASSES_MAX) {
        step.push('.');
        step.push_str(&without_numbers(class));
    }
    step
}

/// Returns the name of a place inside another.
pub(crate) fn key_inside(outer: RegionKey, step: &str) -> RegionKey {
    let mut digest = Digest::new();
    digest.take(&outer.0.to_le_bytes());
    digest.take(step.as_bytes());
    RegionKey(digest.value())
}

/// Returns the name of a place for people.
pub(crate) fn path_of<'s>(steps: impl DoubleEndedIterator<Item = &'s str>) -> String {
    let mut last: Vec<&str> = steps.rev().take(STEPS_SHOWN).collect();
    last.reverse();
    last.join(" > ")
}

fn without_numbers(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars().take(40) {
        if !letter.is_ascii_digit() {
            out.push(letter);
        } else if !out.ends_with('0') {
            out.push('0');
        }
    }
    out
}

/// The regions of a page while it is read.
#[derive(Default)]
pub(crate) struct Regions {
    list: Vec<Region>,
    places: HashMap<RegionKey, usize>,
}

impl Regions {
    /// Adds a text to the place of this name; `path` is asked where the place is new.
    pub(crate) fn add(&mut self, key: RegionKey, path: impl FnOnce() -> String, text: &str) {
        let text = text.trim_end();
        if text.is_empty() {
            return;
        }
        let list = &mut self.list;
        let place = *self.places.entry(key).or_insert_with(|| {
            list.push(Region {
                key,
                path: path(),
                items: Vec::new(),
            });
            list.len() - 1
        });
        let items = &mut self.list[place].items;
        let mut rest = text;
        // A long text is several: what stands at its end is read as well.
        loop {
            let end = rest
                .char_indices()
                .nth(ITEM_CHARS)
                .map_or(rest.len(), |(at, _)| at);
            let (text, after) = rest.split_at(end);
            let digest = Digest::of(text);
            let text = text.to_owned();
            items.push(Item { digest, text });
            rest = after;
            if rest.is_empty() {
                return;
            }
        }
    }

    /// Returns them in the order in which they came.
    pub(crate) fn into_list(self) -> Vec<Region> {
        self.list
    }
}
