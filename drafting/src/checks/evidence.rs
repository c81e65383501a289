//! What all values of a draft say together: what stands elsewhere shows what a damaged value was.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap, HashSet};

use domain::Digest;
use domain::name_pattern::fold;

use super::domain::has_known_suffix;
use super::known::is_file_ending;
use crate::material::{Found, Kind, Material};

/// Values looked through for what a damaged value resembles; more would cost more than the hint is worth.
const RESEMBLING_MAX: usize = 5_000;
/// Damaged values for which that is done: nobody reads more problems.
const LOOKUPS_MAX: usize = 500;

/// The values of a draft, by what they can show about others.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// Lower case.
    domains: HashSet<String>,
    /// Lower case, of possible length.
    digests: HashSet<String>,
    /// Folded, with ending.
    names: HashSet<String>,
    /// Folded names of folders.
    folders: HashSet<String>,
    /// Folded paths of folders, each with the folded names of the folders in it.
    children: HashMap<String, HashSet<String>>,
    /// How often resembling values were looked for.
    lookups: Cell<usize>,
}

impl Evidence {
    /// Collects what the material shows.
    pub(crate) fn of(material: &Material) -> Self {
        let mut evidence = Self::default();
        for entry in &material.entries {
            if let Some(label) = &entry.label {
                evidence.add_name(label);
            }
            for found in &entry.found {
                evidence.add(found);
            }
        }
        for found in material.mentions.iter().chain(&material.passed) {
            evidence.add(found);
        }
        evidence
    }

    fn add(&mut self, found: &Found) {
        if found.flaw.is_some() {
            return;
        }
        let value = found.value.as_str();
        match found.kind {
            Kind::Digest(algorithm) if Digest::parse(algorithm, value).is_ok() => {
                self.digests.insert(value.to_ascii_lowercase());
            }
            Kind::Domain => self.add_domain(value),
            Kind::Url => {
                let after = value.split_once("://").map_or(value, |(_, rest)| rest);
                self.add_domain(after.split(['/', ':', '?', '#']).next().unwrap_or(after));
            }
            Kind::FileName => self.add_name(value),
            Kind::Folder => self.add_path(value, PathEnd::Folder),
            Kind::Path => self.add_path(value, PathEnd::File),
            _ => {}
        }
    }

    fn add_domain(&mut self, value: &str) {
        let name = value
            .strip_prefix("*.")
            .unwrap_or(value)
            .to_ascii_lowercase();
        if has_known_suffix(&name) {
            self.domains.insert(name);
        }
    }

    fn add_name(&mut self, value: &str) {
        if value
            .rsplit_once('.')
            .is_some_and(|(stem, ending)| !stem.is_empty() && is_file_ending(ending))
        {
            self.names.insert(fold(value));
        }
    }

    fn add_path(&mut self, value: &str, end: PathEnd) {
        let folded = fold(value).replace('/', "\\");
        let mut parent = String::new();
        let mut components = folded.split('\\').peekable();
        while let Some(component) = components.next() {
            let is_last = components.peek().is_none();
            if component.is_empty() {
                continue;
            }
            if is_last && end == PathEnd::File {
                self.add_name(component);
                break;
            }
            if !component.ends_with([':', '%']) {
                self.folders.insert(component.to_owned());
                self.children
                    .entry(parent.clone())
                    .or_default()
                    .insert(component.to_owned());
            }
            if !parent.is_empty() {
                parent.push('\\');
            }
            parent.push_str(component);
        }
    }

    /// Tells whether a folded name is a folder's elsewhere.
    pub(super) fn is_folder(&self, folded: &str) -> bool {
        self.folders.contains(folded)
    }

    /// Tells whether a folded name is a file's elsewhere.
    pub(super) fn is_name(&self, folded: &str) -> bool {
        self.names.contains(folded)
    }

    /// Tells whether the folded folder `parent` has a folder `child` elsewhere.
    pub(super) fn has_child(&self, parent: &str, child: &str) -> bool {
        self.children
            .get(parent)
            .is_some_and(|children| children.contains(child))
    }

    /// Tells whether a text is a domain, a file's name or a digest elsewhere in the draft.
    pub(super) fn is_value(&self, text: &str) -> bool {
        let lower = text.to_ascii_lowercase();
        self.domains.contains(&lower) || self.digests.contains(&lower) || self.is_name(&fold(text))
    }

    /// Tells whether a digest stands elsewhere in the draft.
    pub(super) fn is_digest(&self, text: &str) -> bool {
        self.digests.contains(&text.to_ascii_lowercase())
    }

    /// Returns the digest of the draft that a damaged one resembles most.
    pub(super) fn resembling_digest(&self, text: &str) -> Option<&str> {
        let lower = text.to_ascii_lowercase();
        self.may_look()
            .then(|| nearest(&lower, 2, self.digests.iter().map(String::as_str)))?
    }

    /// Returns the domain of the draft that a damaged one resembles most.
    pub(super) fn resembling_domain(&self, text: &str) -> Option<&str> {
        let lower = text.to_ascii_lowercase();
        self.may_look()
            .then(|| nearest(&lower, 2, self.domains.iter().map(String::as_str)))?
    }

    fn may_look(&self) -> bool {
        let lookups = self.lookups.get();
        self.lookups.set(lookups.saturating_add(1));
        lookups < LOOKUPS_MAX
    }

    /// Returns the endings of the draft's domains, from the second label to the last.
    pub(super) fn domain_endings(&self) -> BTreeSet<&str> {
        let most = if self.lookups.get() < LOOKUPS_MAX {
            RESEMBLING_MAX
        } else {
            0
        };
        self.domains
            .iter()
            .take(most)
            .filter_map(|name| name.split_once('.').map(|(_, rest)| rest))
            .collect()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum PathEnd {
    File,
    Folder,
}

/// Returns the candidate at the smallest distance, at most `most`; the first in order where several are as near.
fn nearest<'a>(
    text: &str,
    most: usize,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .take(RESEMBLING_MAX)
        .filter(|candidate| *candidate != text)
        .filter_map(|candidate| {
            let distance = edit_distance(text, candidate, most)?;
            Some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Returns how many single changes (a character added, lost or replaced, two neighbours exchanged) lead from one text
/// to the other, if at most `most`.
pub(crate) fn edit_distance(a: &str, b: &str, most: usize) -> Option<usize> {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    if a.len().abs_diff(b.len()) > most || a.len().max(b.len()) > 512 {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        if row.iter().min().is_none_or(|least| *least > most) {
            return None;
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_changes_and_exchanges() {
        assert_eq!(edit_distance("ino", "info", 2), Some(1));
        assert_eq!(edit_distance("ifno", "info", 2), Some(1));
        assert_eq!(edit_distance("same", "same", 2), Some(0));
        assert_eq!(edit_distance("", "ab", 2), Some(2));
        assert_eq!(edit_distance("abcdef", "uvwxyz", 2), None);
        assert_eq!(edit_distance("a", "abcd", 2), None);
    }
}
