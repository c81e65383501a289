//! Ids of indicators, rules and combinations: from their labels, each once.

use std::collections::{HashMap, HashSet};

/// Characters of an id.
const ID_CHARS_MAX: usize = 64;

/// Tells whether a text is an id as documents allow it.
pub(crate) fn is_id(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    (1..=ID_CHARS_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

/// Makes an id of a label; what is an id stays as it is.
pub(crate) fn slug(label: &str) -> String {
    if is_id(label) {
        return label.to_owned();
    }
    let mut slug = String::new();
    for c in crate::text::plain(label).chars() {
        let c = if c.is_ascii_alphanumeric() || "._".contains(c) {
            c
        } else {
            '-'
        };
        if c != '-' || !(slug.is_empty() || slug.ends_with('-')) {
            slug.push(c);
        }
        if slug.len() == ID_CHARS_MAX {
            break;
        }
    }
    let slug = slug.trim_matches('-');
    if slug.is_empty() {
        "indicator".to_owned()
    } else {
        slug.to_owned()
    }
}

/// Ids that are taken.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    taken: HashSet<String>,
    /// For each id that was wanted twice, the next number to try.
    next: HashMap<String, u64>,
}

impl Ids {
    /// Takes `wanted`, or `wanted-2` and so on where it is taken already.
    pub(crate) fn take(&mut self, wanted: &str) -> String {
        let mut id = wanted.to_owned();
        while !self.taken.insert(id.clone()) {
            let next = self.next.entry(wanted.to_owned()).or_insert(1);
            *next += 1;
            let stem = &wanted[..wanted.len().min(ID_CHARS_MAX - 8)];
            id = format!("{stem}-{next}");
        }
        id
    }
}

impl FromIterator<String> for Ids {
    fn from_iter<T: IntoIterator<Item = String>>(taken: T) -> Self {
        Self {
            taken: taken.into_iter().collect(),
            next: HashMap::new(),
        }
    }
}
