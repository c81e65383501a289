//! A list of words that say the same of a text.

use crate::vocabulary::Subject;

/// How a word joins with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::vocabulary) enum Joint {
    /// Anywhere: writings without spaces, or with articles written on.
    Anywhere,
    /// At the beginning of words: languages that change endings.
    Beginning,
    /// As a whole word.
    Whole,
}

/// Words of one weight.
pub(in crate::vocabulary) struct List {
    pub(in crate::vocabulary) subject: Subject,
    pub(in crate::vocabulary) weight: u32,
    pub(in crate::vocabulary) joint: Joint,
    pub(in crate::vocabulary) words: &'static [&'static str],
}

pub(super) const fn list(
    subject: Subject,
    weight: u32,
    joint: Joint,
    words: &'static [&'static str],
) -> List {
    List {
        subject,
        weight,
        joint,
        words,
    }
}
