//! Whether a line reads as the lines of this site do: by its words, which the site uses or not, and by how it is written.

use pages::RegionKey;

use super::ground::Ground;
use crate::wording::{Tongue, count_mixed_words, tongue_of, words_of};

/// Share of a corrected line's words that stood there before, in percent.
const CORRECTED_PERCENT: usize = 50;
/// New words of a correction that the site has not used: names, mostly.
const CORRECTED_UNKNOWN: usize = 3;
/// Share of a line's words that the site uses, in percent.
const USED_PERCENT: usize = 80;
/// The same of a line in a list, for news bring new words: as long as little of the site was read, and when most of its words are
/// known. Of honest lines three in a hundred have less than 30 % known words when 400 words of a site are known, and one in a
/// thousand when 700 are.
const USED_IN_LISTS_PERCENT: std::ops::RangeInclusive<usize> = 10..=30;
/// Words of a site from which more is asked of a line, and how many more ask for one percent more.
const READ_LITTLE: usize = 500;
const WORDS_A_PERCENT: usize = 20;
/// Words that the site does not use from which they are counted in lists.
const UNKNOWN_IN_LISTS: usize = 5;
/// Share of a line's words that the site does not use from which it is somebody else's, in percent.
const ALIEN_PERCENT: usize = 60;

/// How a line fits a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    /// It reads as the site does.
    Fits,
    /// It does not.
    Odd,
    /// Neither its words nor its language are the site's.
    Alien,
}

/// Counts of a line's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) words: usize,
    /// Those that the site does not use.
    pub(crate) unknown: usize,
}

impl Count {
    pub(crate) fn is_mostly_unknown(self) -> bool {
        self.unknown >= 2 && self.unknown * 100 >= self.words * ALIEN_PERCENT
    }

    fn is_used(self) -> bool {
        self.unknown <= 1 || (self.words - self.unknown) * 100 >= self.words * USED_PERCENT
    }
}

impl Ground<'_> {
    /// Counts the words of a line.
    pub(crate) fn count(&self, line: &str) -> Count {
        let mut count = Count {
            words: 0,
            unknown: 0,
        };
        for word in words_of(line) {
            count.words += 1;
            count.unknown += usize::from(!self.site.words.has(&word));
        }
        count
    }

    /// Says how a line fits where texts stay as they are, and `gone` stood before.
    pub(crate) fn fit_static(&self, line: &str, gone: &[String], place: RegionKey) -> Fit {
        if self.knows_text(line) {
            return Fit::Fits;
        }
        let unusual = self.unusual(line, place);
        let beside = self.lines_at(place);
        let mut before = gone.iter().map(String::as_str).chain(beside);
        if unusual == Fit::Fits
            && (self.count(line).is_used() || before.any(|one| self.is_correction(line, one)))
        {
            Fit::Fits
        } else {
            unusual.max(Fit::Odd)
        }
    }

    /// Says how a line fits where other lines come every day.
    pub(crate) fn fit_list(&self, line: &str, place: RegionKey) -> Fit {
        if self.knows_text(line) {
            return Fit::Fits;
        }
        let count = self.count(line);
        let more = self.site.words.count().saturating_sub(READ_LITTLE) / WORDS_A_PERCENT;
        let least = (USED_IN_LISTS_PERCENT.start() + more).min(*USED_IN_LISTS_PERCENT.end());
        let is_strange = self.site.words.are_telling()
            && count.unknown >= UNKNOWN_IN_LISTS
            && (count.words - count.unknown) * 100 < count.words * least
            && tongue_of(line) == Tongue::Marked;
        let odd = if is_strange { Fit::Odd } else { Fit::Fits };
        self.unusual(line, place).max(odd)
    }

    /// Says how the language and writing of a line fit a place.
    fn unusual(&self, line: &str, place: RegionKey) -> Fit {
        let tongue = tongue_of(line);
        if count_mixed_words(line) > 0 {
            Fit::Alien
        } else if self.writes_so(tongue, place) {
            Fit::Fits
        } else if self.count(line).is_mostly_unknown() || tongue == Tongue::Foreign {
            Fit::Alien
        } else {
            Fit::Odd
        }
    }

    /// Tells whether a line is another one, that stood or stands there, with some words changed.
    fn is_correction(&self, line: &str, before: &str) -> bool {
        let before: Vec<String> = words_of(before).collect();
        let (kept, new): (Vec<String>, Vec<String>) =
            words_of(line).partition(|word| before.contains(word));
        let unknown = new.iter().filter(|word| !self.site.words.has(word));
        kept.len() * 100 >= (kept.len() + new.len()) * CORRECTED_PERCENT
            && unknown.count() <= CORRECTED_UNKNOWN
    }
}
