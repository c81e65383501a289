//! Which words a site uses, and how a line is written: with the marks of Vietnamese, without, in another writing, in disguise.

use std::collections::BTreeSet;

use pages::{PageModel, Writing};
use serde::{Deserialize, Serialize};

/// Words of one site that are known, by default 8,192: twice what a portal uses in a year.
const WORDS_MAX: usize = 8_192;
/// Letters and words from which the language of a line can be told.
const CLEAR_LETTERS: u32 = 15;
const CLEAR_WORDS: usize = 4;
/// Letters of another writing from which a line is of it: so many in a line of mostly those, or so many in any.
const FOREIGN_MIN: u32 = 3;
const FOREIGN_ANYWHERE: u32 = 8;
/// Words from which on the words of a site tell what it does not say: three or four full pages have so many.
const TELLING_WORDS: usize = 300;
/// Letters that nobody sees, inside words: word processors leave one or two.
const INVISIBLE_MIN: usize = 3;

/// Digests of the words that the pages of a site use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Words(BTreeSet<u32>);

impl Words {
    /// Learns the words of a page that was found in order.
    pub fn learn(&mut self, page: &PageModel) {
        for line in page.texts().chain([page.title.as_str()]) {
            for word in words_of(line) {
                if self.0.len() >= WORDS_MAX {
                    return;
                }
                self.0.insert(digest_of(&word));
            }
        }
    }

    /// Tells whether enough words are known for one that is not to say something.
    pub(crate) fn are_telling(&self) -> bool {
        self.0.len() >= TELLING_WORDS
    }

    /// Returns how many are known.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn has(&self, word: &str) -> bool {
        self.0.contains(&digest_of(word))
    }
}

/// In which manner a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tongue {
    /// With the marks of Vietnamese.
    Marked,
    /// In Latin letters with few marks or none.
    Plain,
    /// In another writing, or with letters that only look like those one reads.
    Foreign,
    /// Too short to tell.
    Unclear,
}

/// Tells how a line is written.
pub(crate) fn tongue_of(line: &str) -> Tongue {
    let mut writing = Writing::default();
    writing.count(line);
    let (letters, foreign) = (writing.letters(), writing.foreign());
    let is_mostly = foreign >= FOREIGN_MIN && foreign.saturating_mul(3) >= letters;
    if is_mostly || foreign >= FOREIGN_ANYWHERE || is_disguised(line) {
        return Tongue::Foreign;
    }
    if letters < CLEAR_LETTERS || words_of(line).count() < CLEAR_WORDS {
        return Tongue::Unclear;
    }
    if writing.vietnamese.saturating_mul(10) >= letters {
        Tongue::Marked
    } else {
        Tongue::Plain
    }
}

/// Tells whether words of a line have letters of two alphabets in them, or letters that nobody sees.
fn is_disguised(line: &str) -> bool {
    if line.is_ascii() {
        return false;
    }
    let invisible = line.chars().filter(|letter| is_invisible(*letter)).count();
    invisible >= INVISIBLE_MIN || count_mixed_words(line) > 0
}

/// Counts the words that are put together of Latin letters and of letters of other alphabets that look like them. Nobody types such
/// a word by chance; in signs of science (`μm`, `α1`, `TNFα`) a Greek letter stands at an end.
pub(crate) fn count_mixed_words(line: &str) -> usize {
    if line.is_ascii() {
        return 0;
    }
    let words = line.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| is_mixed(word)).count()
}

fn is_mixed(word: &str) -> bool {
    let is_latin = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphabetic());
    // Cyrillic, Armenian, Cherokee.
    let is_alike = |letter: char| matches!(letter, '\u{400}'..='\u{58f}' | '\u{13a0}'..='\u{13ff}' | '\u{ab70}'..='\u{abbf}');
    let mut has_latin = false;
    let mut has_alike = false;
    let mut before = None;
    let mut letters = word.chars().peekable();
    while let Some(letter) = letters.next() {
        let is_greek = ('\u{370}'..='\u{3ff}').contains(&letter);
        has_latin |= letter.is_ascii_alphabetic();
        has_alike |=
            is_alike(letter) || (is_greek && is_latin(before) && is_latin(letters.peek().copied()));
        before = Some(letter);
    }
    has_latin && has_alike
}

/// Returns the words of a text in lower case, numbers and single letters left out. Where words are not set apart, each letter is
/// one.
pub(crate) fn words_of(text: &str) -> impl Iterator<Item = String> + '_ {
    let pieces = text.split_inclusive(is_joined).flat_map(|part| {
        part.split(|letter: char| !letter.is_alphanumeric() && !is_invisible(letter))
    });
    pieces.filter_map(|piece| {
        let seen = piece.chars().filter(|letter| !is_invisible(*letter));
        let word: String = seen.flat_map(char::to_lowercase).collect();
        let is_long = word.chars().nth(1).is_some() || word.contains(is_joined);
        (is_long && word.chars().any(char::is_alphabetic)).then_some(word)
    })
}

/// Tells whether a letter is of a writing without spaces: Han, kana, Thai, Lao, Burmese, Khmer.
fn is_joined(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{9fff}')
}

fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'
    )
}

/// A digest that is the same for ever, of FNV-1a's construction with 32 bits.
fn digest_of(word: &str) -> u32 {
    word.bytes().fold(0x811c_9dc5, |digest, byte| {
        (digest ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_told_by_its_marks_its_writing_and_its_disguise() {
        let cases = [
            ("Thông báo lịch tiếp công dân tháng tám", Tongue::Marked),
            ("thong bao lich tiep cong dan thang tam", Tongue::Plain),
            (
                "Güvenlik duvarı bakım nedeniyle kapalı olacaktır",
                Tongue::Plain,
            ),
            ("The office is closed on Monday", Tongue::Plain),
            ("广西代表团访问本省", Tongue::Foreign),
            ("Thоng bао lich tiep cong dаn", Tongue::Foreign),
            ("Th\u{200c}ông b\u{200c}áo lị\u{200c}ch", Tongue::Foreign),
            ("Tin trong ngày", Tongue::Unclear),
        ];
        for (line, tongue) in cases {
            assert_eq!(tongue_of(line), tongue, "{line}");
        }
    }

    #[test]
    fn words_of_two_alphabets_are_told_from_signs_of_science_and_from_other_alphabets() {
        for (line, count) in [
            (
                "Bụi PM2,5 và hạt 10 μm, kháng nguyên α2b, TNFα, Ω-3, tia γ",
                0,
            ),
            ("Đoàn Nga (Россия) và Hy Lạp (Ελλάδα) thăm tỉnh", 0),
            ("vitamin B12, COVID-19, H5N1, Wi-Fi, №1", 0),
            ("Thоng bао lịch tiếp cоng dân", 3),
            ("Inter\u{3bd}et", 1),
        ] {
            assert_eq!(count_mixed_words(line), count, "{line}");
        }
    }

    #[test]
    fn words_are_found_behind_letters_that_nobody_sees() {
        let words: Vec<String> = words_of("Số 12: Lị\u{200c}ch, TIẾP a").collect();
        assert_eq!(words, ["số", "lịch", "tiếp"]);
    }
}
