//! In which language a line is written, cheaply: by its letters, and for Latin letters by whether its words can be syllables of
//! Vietnamese, with marks or without, and by the little words of other languages.
//!
//! Vietnamese syllables are an onset, a rime and a tone; there are about 27 onsets and 150 rimes as they are spelt, so that a
//! table tells them from nearly every other language. (L. C. Thompson, *A Vietnamese Reference Grammar*, 1965; Đoàn Thiện Thuật,
//! *Ngữ âm tiếng Việt*, 1977; Unicode's NFD for the marks.)

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use unicode_normalization::char::decompose_canonical;

use crate::model::{PageModel, Writing};

/// Words of a line that are looked at.
const WORDS_MAX: usize = 400;
/// Letters below which a line has no language.
const LETTERS_MIN: u32 = 6;
/// Share of words that can be Vietnamese from which on a line is.
const VIETNAMESE_MIN: f64 = 0.75;
/// Share below which it is another.
const VIETNAMESE_MAX: f64 = 0.6;
/// Words of a page in a language that make it one of the page's languages.
const OWN_WORDS_MIN: u32 = 12;

/// What a line is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tongue {
    /// Arabic and Hebrew letters.
    Arabic,
    /// Cyrillic letters.
    Cyrillic,
    /// Chinese, Japanese, Korean.
    EastAsian,
    /// English.
    English,
    /// Latin letters, and neither Vietnamese nor English.
    OtherLatin,
    /// Letters of none of these.
    OtherWriting,
    /// Thai, Lao, Khmer, Burmese.
    SouthEastAsian,
    /// Vietnamese, with marks or without.
    Vietnamese,
}

/// Returns what a line is written in, where that can be told.
pub fn tongue_of(line: &str) -> Option<Tongue> {
    let mut writing = Writing::default();
    writing.count(line);
    let letters = writing.letters();
    let most = [
        (writing.arabic, Tongue::Arabic),
        (writing.cyrillic, Tongue::Cyrillic),
        (writing.east_asian, Tongue::EastAsian),
        (writing.south_east_asian, Tongue::SouthEastAsian),
        (writing.other, Tongue::OtherWriting),
    ];
    if let Some((_, tongue)) = most.iter().find(|(count, _)| *count * 2 > letters) {
        // A Chinese word has two letters.
        let least = if *tongue == Tongue::EastAsian { 2 } else { 4 };
        return (letters >= least).then_some(*tongue);
    }
    if letters < LETTERS_MIN {
        return None;
    }
    latin_tongue_of(line)
}

fn latin_tongue_of(line: &str) -> Option<Tongue> {
    let mut count = Count::default();
    for word in words_of(line).take(WORDS_MAX) {
        count.take(word);
    }
    if count.words == 0 {
        return None;
    }
    let share = f64::from(count.vietnamese) / f64::from(count.words);
    let enough = count.words > 2 || count.is_marked;
    if share >= VIETNAMESE_MIN && (enough || share > 0.99) && count.english < count.words {
        return Some(Tongue::Vietnamese);
    }
    if share > VIETNAMESE_MAX && count.is_marked && count.foreign_marks == 0 {
        return None;
    }
    let others = count.others + count.foreign_marks;
    if count.english > others && count.english * 8 >= count.words {
        Some(Tongue::English)
    } else if others > 0 && others * 8 >= count.words {
        Some(Tongue::OtherLatin)
    } else {
        None
    }
}

/// Returns which share of a text's words can be syllables of Vietnamese, from 0 to 1; nothing where it has no words.
pub fn vietnamese_share(text: &str) -> Option<f64> {
    let mut count = Count::default();
    for word in words_of(text) {
        count.take(word);
    }
    (count.words > 0).then(|| f64::from(count.vietnamese) / f64::from(count.words))
}

impl PageModel {
    /// Returns the languages that a fair part of its visible text is in, each once.
    pub fn tongues(&self) -> Vec<Tongue> {
        let mut counts: Vec<(Tongue, u32)> = Vec::new();
        for line in self.lines().chain([self.title.as_str()]) {
            let Some(tongue) = tongue_of(line) else {
                continue;
            };
            let words = u32::try_from(line.split_whitespace().count()).unwrap_or(u32::MAX);
            match counts.iter_mut().find(|one| one.0 == tongue) {
                Some((_, count)) => *count = count.saturating_add(words),
                None => counts.push((tongue, words)),
            }
        }
        let all: u32 = counts.iter().map(|one| one.1).sum();
        let is_own = |(tongue, count): &(Tongue, u32)| {
            *tongue == Tongue::Vietnamese || *count >= OWN_WORDS_MIN.min(all / 2).max(1)
        };
        counts.into_iter().filter(is_own).map(|one| one.0).collect()
    }
}

#[derive(Default)]
struct Count {
    words: u32,
    vietnamese: u32,
    english: u32,
    others: u32,
    foreign_marks: u32,
    is_marked: bool,
}

impl Count {
    fn take(&mut self, word: &str) {
        let Some(shape) = Shape::of(word) else {
            return;
        };
        self.words += 1;
        self.vietnamese += u32::from(shape.is_syllable());
        self.is_marked |= shape.is_marked;
        self.foreign_marks += u32::from(shape.is_foreign);
        if !shape.is_marked {
            self.english += u32::from(ENGLISH.contains(&shape.letters.as_str()));
            self.others += u32::from(OTHERS.contains(&shape.letters.as_str()));
        }
    }
}

/// Returns the words of a text that have letters only.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    let between =
        |letter: char| !(letter.is_alphanumeric() || matches!(letter, '\u{300}'..='\u{36f}'));
    text.split(between)
        .filter(|word| !word.is_empty() && !word.contains(|letter: char| letter.is_ascii_digit()))
}

/// A word without its marks, and which those were.
struct Shape {
    letters: String,
    is_marked: bool,
    /// Whether it has letters or marks that Vietnamese does not have.
    is_foreign: bool,
    /// Whether its tone may stand before p, t, c, ch: rising or heavy.
    is_stopped_tone: bool,
    tones: u32,
}

impl Shape {
    fn of(word: &str) -> Option<Self> {
        // No syllable is longer than `nghiêng`, no language's little word than this.
        if word.len() > 60 {
            return None;
        }
        let mut shape = Self {
            letters: String::with_capacity(word.len()),
            is_marked: false,
            is_foreign: false,
            is_stopped_tone: true,
            tones: 0,
        };
        for letter in word.chars().flat_map(char::to_lowercase) {
            decompose_canonical(letter, |part| shape.push(part));
        }
        (!shape.letters.is_empty()).then_some(shape)
    }

    fn push(&mut self, part: char) {
        match part {
            'a'..='z' => self.letters.push(part),
            'đ' => {
                self.letters.push('d');
                self.is_marked = true;
            }
            '\u{301}' | '\u{323}' => {
                self.tones += 1;
                self.is_marked = true;
            }
            '\u{300}' | '\u{303}' | '\u{309}' => {
                self.tones += 1;
                self.is_stopped_tone = false;
                self.is_marked = true;
            }
            '\u{302}' | '\u{306}' | '\u{31b}' => self.is_marked = true,
            _ => self.is_foreign = true,
        }
    }

    /// Tells whether it can be a syllable of Vietnamese. Without marks, every tone may be meant.
    fn is_syllable(&self) -> bool {
        if self.is_foreign || self.tones > 1 || self.letters.len() > 7 {
            return false;
        }
        let is_stopped = self.letters.ends_with(['c', 'p', 't']) || self.letters.ends_with("ch");
        if is_stopped && self.is_marked && self.tones == 1 && !self.is_stopped_tone {
            return false;
        }
        SYLLABLES.contains(&self.letters)
    }
}

/// All syllables as they are spelt without marks: each onset with each rime that may follow it.
static SYLLABLES: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let mut syllables = HashSet::new();
    for onset in ONSETS {
        for rime in RIMES {
            if may_follow(onset, rime) {
                syllables.insert(format!("{onset}{rime}"));
            }
        }
    }
    syllables
});

/// The rules of spelling: k, gh and ngh stand before e and i only, c, g and ng before the others, q before u and a vowel.
fn may_follow(onset: &str, rime: &str) -> bool {
    let is_front = rime.starts_with(['e', 'i', 'y']);
    match onset {
        "k" | "gh" | "ngh" => is_front,
        "c" | "g" | "ng" => !is_front || (onset == "g" && rime.starts_with('i')),
        "qu" => !rime.starts_with(['o', 'u']) || matches!(rime, "o" | "oc"),
        "gi" => !rime.starts_with('y'),
        _ => true,
    }
}

const ONSETS: [&str; 28] = [
    "", "b", "c", "ch", "d", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh", "nh",
    "p", "ph", "qu", "r", "s", "t", "th", "tr", "v", "x", "dz",
];

const RIMES: [&str; 110] = [
    "a", "ac", "ach", "ai", "am", "an", "ang", "anh", "ao", "ap", "at", "au", "ay", "e", "ec",
    "ech", "em", "en", "eng", "enh", "eo", "ep", "et", "eu", "i", "ia", "ich", "iec", "iem", "ien",
    "ieng", "iep", "iet", "ieu", "im", "in", "inh", "ip", "it", "iu", "o", "oa", "oac", "oach",
    "oai", "oam", "oan", "oang", "oanh", "oao", "oap", "oat", "oay", "oc", "oe", "oen", "oeo",
    "oet", "oi", "om", "on", "ong", "ooc", "oong", "op", "ot", "u", "ua", "uan", "uang", "uat",
    "uay", "uc", "ue", "uech", "uenh", "ui", "um", "un", "ung", "uo", "uoc", "uoi", "uom", "uon",
    "uong", "uop", "uot", "uou", "up", "ut", "uu", "uy", "uya", "uych", "uyen", "uyet", "uyn",
    "uynh", "uyt", "uyu", "y", "yem", "yen", "yet", "yeu", "yn", "ynh", "yt", "uyp",
];

/// Little words of English that no syllable of the others is.
const ENGLISH: [&str; 62] = [
    "about",
    "after",
    "all",
    "and",
    "are",
    "been",
    "but",
    "by",
    "can",
    "contact",
    "department",
    "for",
    "from",
    "government",
    "has",
    "have",
    "his",
    "how",
    "in",
    "is",
    "it",
    "its",
    "more",
    "national",
    "new",
    "news",
    "not",
    "of",
    "office",
    "on",
    "online",
    "or",
    "other",
    "our",
    "page",
    "people",
    "read",
    "service",
    "services",
    "site",
    "that",
    "the",
    "their",
    "this",
    "to",
    "under",
    "vietnam",
    "was",
    "we",
    "were",
    "what",
    "when",
    "which",
    "who",
    "will",
    "with",
    "year",
    "you",
    "your",
    "home",
    "been",
    "system",
];

/// Little words of Indonesian and Malay, Turkish, Spanish, Portuguese, French, German, Italian, Dutch, Polish, Filipino.
const OTHERS: [&str; 96] = [
    "yang", "dan", "dengan", "untuk", "dari", "adalah", "tidak", "ini", "itu", "anda", "kami",
    "pada", "oleh", "akan", "bisa", "juga", "situs", "daftar", "oleh", "telah", "kamu", "saya",
    "karena", "dalam", "terbaik", "resmi", "bir", "ve", "bu", "icin", "ile", "olarak", "olan",
    "daha", "gibi", "cok", "sitesi", "el", "los", "las", "del", "por", "para", "con", "una", "que",
    "esta", "como", "sus", "os", "uma", "nao", "seu", "voce", "dos", "das", "les", "des", "est",
    "et", "dans", "pour", "vous", "nous", "sur", "avec", "une", "pas", "der", "die", "das", "und",
    "ist", "nicht", "mit", "fur", "ein", "eine", "auf", "wir", "sie", "il", "di", "che", "della",
    "sono", "het", "een", "van", "niet", "jest", "nie", "ang", "mga", "ng", "sa",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vietnamese_is_known_with_and_without_marks() {
        for line in [
            "Sở Thông tin và Truyền thông tổ chức hội nghị triển khai nhiệm vụ năm 2026",
            "Hoi nghi trien khai nhiem vu nam 2026 cua Uy ban nhan dan tinh",
            "Quyết định về việc giao chỉ tiêu kế hoạch cho các đơn vị trực thuộc",
            "Khuyến nông, khuyến ngư; nghiêng, ngoằn ngoèo, quýnh, giếng, gì, khuỷu",
            "Lịch tiếp công dân",
        ] {
            assert_eq!(tongue_of(line), Some(Tongue::Vietnamese), "{line}");
            assert!(
                vietnamese_share(line).unwrap() > 0.85,
                "{line}: {:?}",
                vietnamese_share(line)
            );
        }
    }

    #[test]
    fn other_languages_are_not_vietnamese() {
        for (line, tongue) in [
            (
                "The Ministry of Health has published new guidance for travellers",
                Tongue::English,
            ),
            (
                "Your website was hacked by somebody who wants you to know it",
                Tongue::English,
            ),
            (
                "Situs ini telah diretas oleh kami karena keamanan anda sangat lemah",
                Tongue::OtherLatin,
            ),
            (
                "Güvenliğiniz zayıf, bu site artık bizim ve yöneticiler için bir uyarıdır",
                Tongue::OtherLatin,
            ),
            (
                "Este sitio ha sido tomado por nosotros, la seguridad es una ilusión",
                Tongue::OtherLatin,
            ),
            ("网站安全性很低", Tongue::EastAsian),
            ("Сайт больше не ваш", Tongue::Cyrillic),
            ("تم السيطرة على الموقع", Tongue::Arabic),
            ("เว็บไซต์นี้ถูกยึด", Tongue::SouthEastAsian),
        ] {
            assert_eq!(tongue_of(line), Some(tongue), "{line}");
        }
    }

    #[test]
    fn what_is_too_little_has_no_language() {
        for line in ["", "2026", "OK", "123 456", "PDF", "v1.2"] {
            assert_eq!(tongue_of(line), None, "{line}");
        }
    }

    #[test]
    fn stopped_syllables_have_two_tones_only() {
        let is_syllable = |word: &str| Shape::of(word).unwrap().is_syllable();
        assert!(is_syllable("tích") && is_syllable("tịch") && is_syllable("tich"));
        assert!(
            !is_syllable("tìch") && !is_syllable("ti\u{301}ch\u{301}") && !is_syllable("hacked")
        );
        assert!(is_syllable("nghiêng") && !is_syllable("nghengt"));
    }
}
